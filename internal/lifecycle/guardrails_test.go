package lifecycle_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// limited is a policy that tokens of basic and overlapping break: they live for 30 days.
func limited() rotation.Guardrails { return rotation.Guardrails{MaxLifetime: 10 * day} }

// breaking are policies, what each of them finds of a configuration, and where.
func breaking() map[string]struct {
	policy   rotation.Guardrails
	config   values
	argument string
	says     string
} {
	return map[string]struct {
		policy   rotation.Guardrails
		config   values
		argument string
		says     string
	}{
		"lifetime":            {limited(), nil, "lifetime", "policy.max_lifetime lets tokens live for 10d at most, and the token would live for 30d. Set lifetime within this limit."},
		"expires_at":          {limited(), values{"lifetime": nil, "rotate_before_expiry": nil, "expires_at": "2030-02-11T12:02:01Z"}, "expires_at", "would live for 11d2m. Set an earlier expires_at"},
		"no expiry":           {limited(), values{"lifetime": nil, "rotate_before_expiry": nil}, "lifetime", "the token would have no expiry that is known. Set lifetime"},
		"nothing rotates it":  {rotation.Guardrails{RequireRotation: true}, values{"rotation_triggers": nil, "rotate_before_expiry": nil}, "rotate_before_expiry", "would have nothing that ever rotates it"},
		"nothing encrypts it": {rotation.Guardrails{RequireEncryption: true}, nil, "encrypt_secret_to", "policy.require_encryption"},
	}
}

// TestGuardrails_mint: a token that breaks a rule is refused in the plan, on the argument, whether it is the first, or follows one for a
// change of the configuration. Nothing is sent, and what there is works on.
func TestGuardrails_mint(t *testing.T) {
	t.Parallel()
	for name, c := range breaking() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named, func(s *toyServer) { s.Policy = c.policy })
			w.refusedAt(c.argument, w.Fails("plan", basic(c.config), "In the provider block, ", c.says))
			w.Sent("")
			w.HasAlive("")

			for _, base := range []values{basic(c.config), overlapping(c.config)} {
				w = newToy(t, named)
				w.Does(create, base)
				w.Requests()
				w.Policy = c.policy
				for _, change := range []values{triggered("2"), {"scope": "rw"}, {"region": "us"}} {
					if c.argument == "rotate_before_expiry" && change["rotation_triggers"] != nil {
						continue
					}
					w.refusedAt(c.argument, w.Fails("plan", base.With(change), c.says))
				}
				w.Sent("")
				w.HasAlive("t1")
			}
		})
	}
}

// TestGuardrails_obeyed: what obeys is not mentioned.
func TestGuardrails_obeyed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy rotation.Guardrails
		config values
	}{
		"lifetime":             {rotation.Guardrails{MaxLifetime: 30 * day}, nil},
		"expires_at":           {rotation.Guardrails{MaxLifetime: 30 * day}, values{"lifetime": nil, "rotate_before_expiry": nil, "expires_at": "2030-03-02T12:00:00Z"}},
		"rotate_before_expiry": {rotation.Guardrails{RequireRotation: true}, values{"rotation_triggers": nil}},
		"rotation_triggers":    {rotation.Guardrails{RequireRotation: true}, values{"rotate_before_expiry": nil}},
		"encrypt_secret_to":    {rotation.Guardrails{RequireEncryption: true}, newReader(t).to()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named, func(s *toyServer) { s.Policy, s.Precision = c.policy, time.Minute })
			for _, change := range []values{nil, triggered("2"), {"note": "b"}, {"scope": "rw"}} {
				if change["rotation_triggers"] != nil && name == "rotate_before_expiry" {
					continue
				}
				if done := w.Run(overlapping(c.config, change)); done.Failed != "" || strings.Contains(done.Diagnostics.String(), "policy.") {
					t.Error(done.Diagnostics)
				}
			}
		})
	}
}

// TestGuardrails_untouched: a token that exists is warned of and otherwise left alone; it can be changed in what no rule is about, and
// destroyed.
func TestGuardrails_untouched(t *testing.T) {
	t.Parallel()
	for name, c := range breaking() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named)
			config := overlapping(c.config)
			w.Does(create, config)
			w.Requests()
			w.Policy = c.policy
			done := w.Run(config)
			if done.Failed != "" || done.Action != nothing {
				t.Fatalf("%s: %s", done.Action, done.Diagnostics)
			}
			w.saysOf(c.argument, done.Diagnostics.Warnings(), "the token ci-", "(t1) ", "This plan leaves the token as it is.")
			w.Sent("")
			if done = w.Run(config.With(values{"note": "b"})); done.Failed != "" || done.Action != update {
				t.Fatalf("%s: %s", done.Action, done.Diagnostics)
			}
			w.Sent("change t1")
			w.HasAlive("t1")
			// Terraform plans before it destroys.
			if saved := w.RefreshAndPlan(config); saved.Failed() {
				t.Error(saved.Diagnostics)
			}
			if said := w.Destroy(); said.Failed() {
				t.Error(said)
			}
			w.HasAlive("")
		})
	}
}

// TestGuardrails_edited: a change of an argument to what breaks its rule is refused. One to what obeys leaves a token that still lives too long, which
// is said.
func TestGuardrails_edited(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Does(create, overlapping(values{"lifetime": "960h"}))
	w.Policy = limited()
	w.refusedAt("lifetime", w.Fails("plan", overlapping(values{"lifetime": "720h"}), "would live for 30d"))
	w.refusedAt("lifetime", w.Fails("plan", overlapping(values{"lifetime": nil}), "no expiry that is known"))
	w.HasAlive("t1")
	config := overlapping(values{"lifetime": "240h"})
	done := w.Run(config)
	if done.Failed != "" || done.Action != update {
		t.Fatalf("%s: %s", done.Action, done.Diagnostics)
	}
	w.saysOf("expires_at", done.Diagnostics, "the token ci-", "lives for 40d. Its arguments obey the rule", "terraform apply -replace")
	w.Does(rotate, config.With(triggered("2")))
	if said := w.Refresh(); len(said) > 0 {
		t.Error(said)
	}

	w = newToy(t, named)
	encrypted := newReader(t).to()
	w.Does(create, overlapping(encrypted))
	w.Policy = rotation.Guardrails{RequireRotation: true, RequireEncryption: true}
	w.refusedAt("encrypt_secret_to", w.Fails("plan", overlapping(), "policy.require_encryption"))
	w.refusedAt("rotate_before_expiry", w.Fails("plan", overlapping(encrypted, values{"rotation_triggers": nil, "rotate_before_expiry": nil}), "policy.require_rotation"))
	w.HasAlive("t1")
}

// TestGuardrails_due: what time or the server brings about is a warning in the plan, and refused when it is applied, before anything is sent. So the
// token can be destroyed.
func TestGuardrails_due(t *testing.T) {
	t.Parallel()
	for name, happens := range map[string]func(w *toy){
		"due":         func(w *toy) { w.Pass(23 * day) },
		"expired":     func(w *toy) { w.Pass(31 * day) },
		"secret lost": losesSecret,
	} {
		for kind, config := range map[string]values{"replaced": basic(), "in place": overlapping()} {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				w := newToy(t, named)
				w.Does(create, config)
				w.Policy = limited()
				happens(w)
				w.Requests()
				saved := w.RefreshAndPlan(config)
				if saved.Failed() {
					t.Fatal(saved.Diagnostics)
				}
				w.saysOf("lifetime", saved.Diagnostics, "would live for 30d", "Applying this plan fails before anything is sent.")
				before := w.Alive()
				w.refusedAt("lifetime", w.Fails("apply", config, "would live for 30d. Set lifetime"))
				w.Sent("")
				w.HasAlive(before)
				if said := w.Destroy(); said.Failed() {
					t.Error(said)
				}
				w.HasAlive("")
			})
		}
	}
}

// TestGuardrails_moved: that somebody else has moved the expiry is nobody's edit, and does not fail the plan that moves it back.
func TestGuardrails_moved(t *testing.T) {
	t.Parallel()
	for _, config := range []values{overlapping(), until("2031-01-31T12:00:00Z")} {
		w := newToy(t, named, func(s *toyServer) { s.MovesExpiry = true })
		w.Does(create, config)
		w.Policy = limited()
		moved := w.Now().Add(20 * day)
		w.Change("t1", func(token *toyToken) { token.Expiry = &moved })
		if saved := w.RefreshAndPlan(config); saved.Failed() || saved.Action != update {
			t.Errorf("%s: %s", saved.Action, saved.Diagnostics)
		}
	}
}

// TestGuardrails_unknown: what is not known while planning is judged when it is, before anything is sent.
func TestGuardrails_unknown(t *testing.T) {
	t.Parallel()
	at := func(expiry any) values {
		return values{"lifetime": nil, "rotate_before_expiry": nil, "expires_at": expiry}
	}
	for name, c := range map[string]struct {
		planned, breaks, obeys values
		argument               string
	}{
		"lifetime":   {values{"lifetime": unknown}, nil, values{"lifetime": "240h"}, "lifetime"},
		"expires_at": {at(unknown), at("2031-01-31T12:00:00Z"), at("2030-02-05T12:00:00Z"), "expires_at"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, base := range []values{basic(), overlapping()} {
				w := newToy(t, named, func(s *toyServer) { s.Policy = limited() })
				saved := w.Plan(base.With(c.planned))
				if saved.Failed() {
					t.Fatal(saved.Diagnostics)
				}
				// The plan that Terraform makes again when it applies knows.
				w.refusedAt(c.argument, w.Apply(saved, base.With(c.breaks)))
				w.Sent("")
				if done := w.Apply(w.Plan(base.With(c.planned)), base.With(c.obeys)); done.Failed != "" {
					t.Error(done.Diagnostics)
				}
				w.HasAlive("t1")
			}
		})
	}
}

// TestGuardrails_unknownPolicy: a policy that is not known while planning asks for nothing then, and the apply obeys it.
func TestGuardrails_unknownPolicy(t *testing.T) {
	t.Parallel()
	for name, c := range breaking() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := overlapping(c.config)
			w := newToy(t, named)
			w.refusedLate(c.argument, w.Plan(config), config, c.policy)
			w.HasAlive("")
			w.Does(create, config)
			w.Requests()
			w.refusedLate(c.argument, w.Plan(config.With(values{"scope": "rw"})), config.With(values{"scope": "rw"}), c.policy)
			w.HasAlive("t1")
		})
	}
	w := newToy(t, named)
	w.Does(create, overlapping())
	w.Requests()
	config := overlapping(values{"lifetime": "960h", "note": "b"})
	w.refusedLate("lifetime", w.Plan(config), config, limited())
	w.HasAlive("t1")
}

// TestGuardrails_savedPlan: a plan that obeys can be applied on another day.
func TestGuardrails_savedPlan(t *testing.T) {
	t.Parallel()
	config := until("2030-02-10T12:00:00Z")
	w := newToy(t, named, func(s *toyServer) { s.Policy = limited() })
	saved := w.Plan(config)
	w.Pass(3 * day)
	if done := w.Apply(saved, config); done.Failed != "" {
		t.Fatal(done.Diagnostics)
	}
	w.HasAlive("t1")
}

// TestGuardrails_nameless: where the server alone decides how long a token lives, an earlier token tells. Nothing tells before the first one.
func TestGuardrails_nameless(t *testing.T) {
	t.Parallel()
	w := newToy(t, nameless, func(s *toyServer) { s.Policy, s.Lifetime = limited(), 5*day })
	w.refusedAt("rotate_after", w.Fails("plan", account(), "would have no expiry that is known. The server decides how long this token lives"))
	w.Policy = rotation.Guardrails{}
	w.Does(create, account())
	w.Policy = limited()
	if done := w.Run(account(triggered("2"))); done.Failed != "" || len(done.Diagnostics.Errors()) > 0 || strings.Contains(done.Diagnostics.String(), "policy.") {
		t.Fatal(done.Diagnostics)
	}
	w.HasAlive("t1 t2")

	w = newToy(t, nameless, func(s *toyServer) { s.Lifetime = 400 * day })
	w.Does(create, account())
	w.Policy = limited()
	done := w.Run(account())
	w.saysOf("rotate_after", done.Diagnostics, "the token t1 lives for 400d.")
	w.refusedAt("rotate_after", w.Fails("plan", account(triggered("2")), "would live for 400d"))
	w.HasAlive("t1")

	// rotate_before_expiry rotates nothing where the server tells no expiry; before the first token that is not known.
	w = newToy(t, nameless, func(s *toyServer) { s.Policy = rotation.Guardrails{RequireRotation: true} })
	config := account(values{"rotation_triggers": nil, "rotate_before_expiry": "24h"})
	if done = w.Run(config); done.Failed != "" {
		t.Fatal(done.Diagnostics)
	}
	if said := w.Run(config).Diagnostics; said.Failed() || !strings.Contains(said.String(), "the token t1 has nothing that ever rotates it") {
		t.Error(said)
	}
}

// TestGuardrails_unconnected: as long as the provider is not configured, only what takes no time is judged.
func TestGuardrails_unconnected(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.Policy = limited() })
	e := w.start(named, values{"host": unknown})
	if said := e.Plan(nil, basic()).Diagnostics; !said.Failed() || !strings.Contains(said.String(), "would live for 30d") {
		t.Error(said)
	}
	if said := e.Plan(nil, until("2031-01-31T12:00:00Z")).Diagnostics; said.Failed() {
		t.Error(said)
	}
}

// refusedLate applies a saved plan under a policy that the plan did not know, which must fail on an argument before anything is sent.
func (w *toy) refusedLate(argument string, saved *protocoltest.Saved, config values, policy rotation.Guardrails) {
	w.T.Helper()
	if saved.Failed() {
		w.T.Fatal(saved.Diagnostics)
	}
	w.Policy = policy
	w.refusedAt(argument, w.Apply(saved, config))
	w.Policy = rotation.Guardrails{}
	w.Sent("")
}

// refusedAt fails the test unless a run has failed with an error on an argument.
func (w *toy) refusedAt(argument string, done run) {
	w.T.Helper()
	if done.Failed == "" {
		w.T.Error("it was not refused")
	}
	w.saysOf(argument, done.Diagnostics.Errors(), "policy.")
}

// saysOf fails the test unless just one message is about an argument, and it says all of the given texts.
func (w *toy) saysOf(argument string, said diagnostics, texts ...string) {
	w.T.Helper()
	var about diagnostics
	for _, d := range said.At(argument) {
		if strings.Contains(d.Detail, "In the provider block, policy.") {
			about = append(about, d)
		}
	}
	if len(about) == 0 {
		w.T.Errorf("nothing is said of %s: %s", argument, said)
		return
	}
	says(w.T, about, texts...)
}
