package lifecycle_test

import (
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// TestIgnoreChanges_late: a token that was minted in place of an expired one, whose expiry the plan had to promise, is known by its own:
// where a list shows it late, the next run waits for it, and neither mints another one nor revokes it.
func TestIgnoreChanges_late(t *testing.T) {
	t.Parallel()
	for name, ignores := range map[string][]string{"nothing": nil, "the expiry": {"expires_at"}, "all": {protocoltest.IgnoreAll}} {
		for _, answer := range []string{"row", "secret"} {
			t.Run(name+", "+answer, func(t *testing.T) {
				t.Parallel()
				w := newToy(t, named, func(s *toyServer) { s.AnswersRow = answer == "row" })
				w.IgnoreChanges = ignores
				config := values{"name_prefix": "ci-", "lifetime": "720h", "overlap": "24h"}
				w.Does(create, config)
				w.Pass(31 * day)
				if done := w.Run(config); done.Failed != "" || done.Action != rotate {
					t.Fatalf("%s, %q: %s", done.Action, done.Failed, done.Diagnostics)
				}
				w.HasAlive("t2")
				end := w.Now().Add(30 * day)
				if due := w.Object.Time("rotation_due_at"); !due.Equal(end) {
					t.Errorf("time rotates it at %s instead of %s", due, end)
				}
				// What is changed before the next refresh does not forget that.
				config = config.With(values{"note": "late"})
				saved, want := w.Plan(config), update
				if name == "all" {
					want = nothing
				}
				if done := w.Apply(saved, config); done.Failed != "" || done.Action != want {
					t.Fatalf("%s, %q: %s", done.Action, done.Failed, done.Diagnostics)
				}
				w.Requests()
				w.Change("t2", func(token *toyToken) { token.hidden = 1 })
				w.Does(nothing, config)
				w.Sent("")
				w.HasAlive("t2")
				if got := w.Object.Time("expires_at"); !got.Equal(end) || w.Object.Text("status") != "active" {
					t.Errorf("the state shows %s, %s", got, w.Object.Text("status"))
				}
			})
		}
	}
}

// TestIgnoreChanges_unidentified: the same is known of a token that no list has shown yet when the apply ends.
func TestIgnoreChanges_unidentified(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.AnswersRow = false })
	w.IgnoreChanges = []string{"expires_at"}
	config := values{"name_prefix": "ci-", "lifetime": "720h", "overlap": "24h"}
	w.Does(create, config)
	w.Pass(31 * day)
	w.Lag = 50
	if done := w.Run(config); done.Failed != "apply" {
		t.Fatalf("%s, %q: %s", done.Action, done.Failed, done.Diagnostics)
	}
	w.Requests()
	w.Change("t2", func(token *toyToken) { token.hidden = 1 })
	// What the apply could not revoke any more goes now.
	w.Does(update, config)
	w.Sent("delete t1")
	w.HasAlive("t2")
	w.Holds("t2", "")
	if !w.Object.Time("expires_at").Equal(*w.Token("t2").Expiry) {
		t.Errorf("the state shows %s", w.Object.Text("expires_at"))
	}
}
