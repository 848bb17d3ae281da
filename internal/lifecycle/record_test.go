package lifecycle_test

import (
	"strings"
	"testing"
	"time"
)

// TestRecord_unchanged: a refresh that finds nothing leaves private state as it is, byte for byte, also right after a creation, a
// change and a rotation. [protocoltest.Workspace.Settled] checks it; here it is checked where something was noted that a refresh could drop.
func TestRecord_unchanged(t *testing.T) {
	t.Parallel()
	setups := map[string]func(*toyServer){
		"plain": func(*toyServer) {}, "another expiry": func(s *toyServer) { s.MaxLifetime = 10 * day }, "by the minute": func(s *toyServer) { s.Precision = time.Minute },
		"by the day": func(s *toyServer) { s.Precision = day }, "normalizes": func(s *toyServer) { s.Normalizes = strings.ToUpper }, "answers the secret": func(s *toyServer) { s.AnswersRow = false },
		"moves expiry": func(s *toyServer) { s.MovesExpiry, s.ExpiresPrevious = true, true },
	}
	for setup, set := range setups {
		t.Run(setup, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named, set)
			config := overlapping(values{"rotate_before_expiry": nil, "lifetime": "720h10s", "team": "dev"})
			w.Does(create, config)
			for _, more := range []values{{"note": "b"}, {"note": "B"}, {"note": "b"}, {"note": "C"}, triggered("2"), {"note": nil}, {"lifetime": "800h"}, triggered("3")} {
				config = config.With(more)
				if done := w.Run(config); done.Failed != "" {
					t.Fatal(done.Diagnostics)
				}
				w.Settled(config)
			}
		})
	}
}

// TestRecord_older: a record of an older version is read, and stays as it was written until there is something new to say.
func TestRecord_older(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	config := overlapping()
	w.Does(create, config)
	const older = `{"granted_expiry":"2030-03-02T12:00:00Z","asked_lifetime":2592000000000000}`
	w.Remember(older)
	private := string(w.Object.Private)
	w.Does(nothing, config)
	if got := string(w.Object.Private); got != private {
		t.Errorf("the record was written again, as %s", w.Object.Remembered())
	}
	// What was moved outside Terraform is known by it, and a decision is something new to say.
	w.Pass(23 * day)
	w.Refresh()
	if got := w.Object.Remembered(); !strings.Contains(got, `"version":1`) || !strings.Contains(got, `"due":true`) || !strings.Contains(got, `"granted_expiry":"2030-03-02T12:00:00Z"`) {
		t.Errorf("the record is %s", got)
	}
	w.Does(rotate, config)
	w.Holds("t2", "t1")
}

// TestRecord_olderPending: what an older version could not revoke is revoked.
func TestRecord_olderPending(t *testing.T) {
	t.Parallel()
	w, config := rotated(t)
	pending := w.Add(toyToken{Name: "pending"})
	w.Remember(`{"owed":["` + pending.ID + `"]}`)
	w.Does(update, config)
	w.Sent("delete t3")
	w.Holds("t2", "t1")
}

// TestRecord_unreadable: a record that is damaged, or was written by a newer version, is one warning and counts as empty: what only
// it names is not touched. What the state names is.
func TestRecord_unreadable(t *testing.T) {
	t.Parallel()
	for name, record := range map[string]string{"newer": `{"version":2,"owed":["t3"]}`, "damaged": `{"version":1,"owed":["t3"],"minted_at":"soon"}`, "no object": `["t3"]`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, config := rotated(t)
			w.Add(toyToken{Name: "known to the record only"})
			w.Pass(25 * time.Hour)
			w.Remember(record)
			done := w.Run(config)
			if done.Failed != "" || done.Action != update {
				t.Fatal(done.Diagnostics)
			}
			if got := strings.Count(done.Diagnostics.Summaries(), "The private state of a token cannot be read"); got != 1 {
				t.Errorf("it is said %d times: %s", got, done.Diagnostics)
			}
			w.Sent("delete t1")
			w.HasAlive("t2 t3")
			w.Settled(config)
			w.Remember(record)
			if said := w.Destroy(); said.Failed() || !strings.Contains(said.Summaries(), "cannot be read") {
				t.Error(said)
			}
			w.Sent("delete t2")
			w.HasAlive("t3")
		})
	}
}
