package lifecycle_test

import (
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// TestGuardrails_clock: what a plan does about a fixed expiry under max_lifetime does not hang on when it is made, because Terraform plans
// again when it applies.
func TestGuardrails_clock(t *testing.T) {
	t.Parallel()
	fixed := func(expiry string) values {
		return basic(values{"lifetime": nil, "rotate_before_expiry": nil, "expires_at": expiry})
	}
	// A later expiry that is too late is the configuration's own wish, also where the token has expired since.
	w := newToy(t, named)
	w.Does(create, fixed("2030-02-10T12:00:00Z"))
	w.Policy = limited()
	w.Pass(11 * day)
	w.refusedAt("expires_at", w.Fails("plan", fixed("2030-02-22T12:00:00Z"), "would live for 11d"))
	w.Does(replace, fixed("2030-02-20T12:00:00Z"))

	// Time alone makes this token due. The apply comes when the same expiry is near enough.
	aged := fixed("2030-02-21T12:00:00Z").With(values{"rotate_after": "48h"})
	w = newToy(t, named)
	w.Does(create, aged)
	w.Policy = limited()
	w.Pass(9 * day)
	saved := w.RefreshAndPlan(aged)
	w.saysOf("expires_at", saved.Diagnostics, "would live for 21d")
	w.Requests()
	w.Pass(3 * day)
	if done := w.Apply(saved, aged); !done.Diagnostics.Failed() {
		t.Errorf("%s: %s", done.Action, done.Diagnostics)
	}
	w.Sent("")
	w.HasAlive("t1")
}

// TestGuardrails_movedToObey: a token whose expiry a plan moves to what obeys is not warned of.
func TestGuardrails_movedToObey(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.MovesExpiry = true })
	w.Does(create, overlapping(values{"lifetime": "960h"}))
	w.Policy = limited()
	done := w.Run(overlapping(values{"lifetime": "240h", "rotate_before_expiry": "48h"}))
	if done.Action != update || len(done.Diagnostics) > 0 {
		t.Errorf("%s: %s", done.Action, done.Diagnostics)
	}
	w.Settled(overlapping(values{"lifetime": "240h", "rotate_before_expiry": "48h"}))
}

// TestGuardrails_age: where the server alone decides how long a token lives, rotate_after and the overlap bound it.
func TestGuardrails_age(t *testing.T) {
	t.Parallel()
	for _, c := range map[string]struct {
		arguments values
		says      string
	}{
		"within":          {values{"rotate_after": "9d", "overlap": "1d"}, ""},
		"with an overlap": {values{"rotate_after": "9d", "overlap": "2d"}, "a rotation revokes it only after 11d"},
		"alone":           {values{"rotate_after": "10d", "overlap": nil}, ""},
		"too late":        {values{"rotate_after": "11d", "overlap": nil}, "a rotation revokes it only after 11d"},
	} {
		w := newToy(t, nameless, func(s *toyServer) { s.Policy = rotation.Guardrails{MaxLifetime: 10 * day, RequireRotation: true} })
		config := account(values{"rotation_triggers": nil}, c.arguments)
		if c.says != "" {
			w.refusedAt("rotate_after", w.Fails("plan", config, c.says))
			continue
		}
		w.Does(create, config)
		// Editing it later is as much the configuration's wish.
		w.refusedAt("rotate_after", w.Fails("plan", config.With(values{"rotate_after": "12d"}), "revokes it only after"))
	}
}
