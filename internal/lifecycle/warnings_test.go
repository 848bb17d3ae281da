package lifecycle_test

import (
	"strings"
	"testing"
	"time"
)

// TestWarnings: what a run says of each kind, and that it says it once.
func TestWarnings(t *testing.T) {
	t.Parallel()
	const (
		missing = "Toy named token is missing"
		orphan  = "An interrupted rotation has left the token t4 behind"
		pending = "The Toy named token t1 is still to be revoked"
		two     = "The previous token still works"
		due     = "The previous token is due for revocation"
		expired = "Toy named token has expired"
	)
	for name, c := range map[string]struct {
		happens func(w *toy)
		config  values
		plain   bool
		want    []string
	}{
		"two alive, one pending, an orphan":   {nil, nil, false, []string{orphan, two, pending}},
		"the overlap is over":                 {func(w *toy) { w.Pass(25 * time.Hour) }, nil, false, []string{orphan, due, pending}},
		"expired":                             {func(w *toy) { w.Pass(31 * day) }, nil, false, []string{expired, orphan}},
		"missing":                             {func(w *toy) { w.Pass(time.Hour); w.Remove("t3") }, nil, false, []string{missing, orphan}},
		"rotated: what is pending is revoked": {nil, triggered("9"), false, []string{orphan}},
		"the server's notice":                 {func(w *toy) { w.Notice = "This API is deprecated" }, triggered("9"), false, []string{orphan, "This API is deprecated", "This API is deprecated"}},
		"the kind's own check":                {nil, triggered("9").With(values{"note": "warn me"}), false, []string{orphan, "A note to be warned of"}},
		"the kind's own check keeps quiet":    {nil, values{"note": "warn me"}, false, []string{orphan, two, pending}},
		"nothing":                             {nil, nil, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var w *toy
			config := overlapping()
			if c.plain {
				w = newToy(t, named)
				w.Does(create, config)
			} else {
				w, config = full(t)
			}
			if c.happens != nil {
				c.happens(w)
			}
			done := w.Run(config.With(c.config))
			if done.Failed != "" {
				t.Fatal(done.Diagnostics)
			}
			if got, want := done.Diagnostics.Summaries(), strings.Join(c.want, "; "); got != want {
				t.Errorf("said is  %s\ninstead of %s", got, want)
			}
		})
	}
}

// TestWarnings_successor: what an expired token is planned for is what is planned.
func TestWarnings_successor(t *testing.T) {
	t.Parallel()
	for want, config := range map[string]values{"planned for replacement": basic(), "planned for rotation in place": overlapping()} {
		w := newToy(t, named)
		w.Does(create, config)
		w.Pass(31 * day)
		says(t, w.Refresh(), "has expired", "expired at 2030-03-02T12:00:00Z", want)
	}
}

// TestWarnings_rotateBeforeExpiryHasNoEffect: where no expiry is known, every plan that keeps the token says once that time never rotates
// it; one that gives the token an expiry does not.
func TestWarnings_rotateBeforeExpiryHasNoEffect(t *testing.T) {
	t.Parallel()
	const summary = "rotate_before_expiry has no effect"
	w := newToy(t, nameless)
	config := account(values{"rotate_before_expiry": "168h"})
	w.Does(create, config)
	w.Pass(400 * day)
	for range 2 {
		done := w.Run(config)
		says(t, done.Diagnostics, summary, "the expiry of the token t1 is not known", "So time never rotates it")
	}
	says(t, w.Run(config.With(values{"note": "another"})).Diagnostics, summary)
	if said := w.Run(account(values{"note": "another"})).Diagnostics; len(said) > 0 {
		t.Errorf("without the argument it says %s", said)
	}
	w.HasAlive("t1")

	w = newToy(t, named, func(s *toyServer) { s.MovesExpiry = true })
	config = basic(values{"lifetime": nil})
	w.Does(create, config)
	says(t, w.Run(config).Diagnostics, summary)
	if said := w.Run(config.With(values{"lifetime": "720h"})).Diagnostics; len(said) > 0 {
		t.Errorf("a plan that sets an expiry says %s", said)
	}
}
