package lifecycle_test

import (
	"strings"
	"testing"
	"time"
)

// TestOverlap: the previous token works and is readable until its overlap is over, and the first apply after that revokes it.
func TestOverlap(t *testing.T) {
	t.Parallel()
	w, config := rotated(t)
	until := w.Object.Time("previous_revoked_after")
	for until.After(w.Now().Add(time.Minute)) {
		w.Does(nothing, config)
		w.Holds("t2", "t1")
		w.HasAlive("t1 t2")
		w.Pass(until.Sub(w.Now()) / 2)
	}
	w.Sent("")
	w.Pass(until.Sub(w.Now()))
	done := w.MustRun(update, config)
	w.Sent("delete t1")
	w.Holds("t2", "")
	w.HasAlive("t2")
	if count(done, "is due for revocation") != 1 {
		t.Error(done.Diagnostics)
	}
	for _, attribute := range []string{"previous_id", "previous_secret", "previous_encrypted_secret", "previous_revoked_after"} {
		if !w.Object.IsNull(attribute) || !done.Saved.IsNull(attribute) {
			t.Errorf("%s is not null", attribute)
		}
	}
}

// TestOverlap_end: how long the previous token is kept.
func TestOverlap_end(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config values
		passes time.Duration
		// kept is how long it is kept from the rotation on.
		kept time.Duration
	}{
		"the overlap":                  {overlapping(), time.Hour, 24 * time.Hour},
		"longer than the token's life": {overlapping(values{"overlap": "9999h"}), time.Hour, 719 * time.Hour},
		"the token expires with it":    {overlapping(values{"rotate_before_expiry": nil}), 696 * time.Hour, 24 * time.Hour},
		"the token expires before it":  {overlapping(values{"rotate_before_expiry": nil}), 700 * time.Hour, 20 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named)
			w.Does(create, c.config)
			w.Requests()
			w.Pass(c.passes)
			w.Does(rotate, c.config.With(triggered("2")))
			w.Sent("create")
			w.Holds("t2", "t1")
			if got := w.Object.Time("previous_revoked_after"); !got.Equal(w.Now().Add(c.kept)) {
				t.Errorf("it is kept for %s instead of %s", got.Sub(w.Now()), c.kept)
			}
		})
	}
}

// TestOverlap_edited: an overlap that has begun ends as it was to.
func TestOverlap_edited(t *testing.T) {
	t.Parallel()
	w, config := rotated(t)
	until := w.Object.Text("previous_revoked_after")
	config = config.With(values{"overlap": "1h"})
	w.Does(update, config)
	if got := w.Object.Text("previous_revoked_after"); got != until {
		t.Errorf("it ends at %s instead of %s", got, until)
	}
	w.Holds("t2", "t1")
	// Without any, a replacement takes the previous one with it.
	delete(config, "overlap")
	w.Does(update, config)
	w.Holds("t2", "t1")
	w.Requests()
	w.Does(replace, config.With(triggered("3")))
	w.Sent("delete t1, delete t2, create")
}

// TestOverlap_server: where the server can expire the previous token by itself, it is told to, and where that fails it is a warning:
// the first apply after the overlap revokes it all the same.
func TestOverlap_server(t *testing.T) {
	t.Parallel()
	const fails = "The previous token does not expire by itself"
	for name, c := range map[string]struct {
		happens func(w *toy)
		sent    string
		warns   int
		expires bool
	}{
		"done":               {nil, "create, end t1", 0, true},
		"refused":            {func(w *toy) { w.Fail("end", refused) }, "create, end t1", 1, false},
		"the answer is lost": {func(w *toy) { w.Fail("end", lostAfter) }, "create, end t1", 1, true},
		"gone":               {func(w *toy) { w.Fail("end", notFound) }, "create, end t1", 0, false},
		"it expires before": {func(w *toy) {
			w.Change("t1", func(token *toyToken) { end := w.now.Add(time.Hour); token.Expiry = &end })
		}, "create", 0, false},
		"the server does not do it":  {func(w *toy) { w.ExpiresPrevious = false }, "create", 0, false},
		"it has no expiry by itself": {func(w *toy) { w.Change("t1", func(token *toyToken) { token.Expiry = nil }) }, "create, end t1", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named, func(s *toyServer) { s.ExpiresPrevious = true })
			w.Does(create, overlapping())
			w.Requests()
			if c.happens != nil {
				c.happens(w)
			}
			config := overlapping(triggered("2"))
			done := w.Run(config)
			if done.Failed != "" || count(done, fails) != c.warns {
				t.Errorf("%q: %s", done.Failed, done.Diagnostics)
			}
			w.Sent(c.sent)
			w.Holds("t2", "t1")
			until := w.Object.Time("previous_revoked_after")
			if end := w.Token("t1").Expiry; (end != nil && end.Equal(until) && end.Sub(w.Now()) == day) != c.expires {
				t.Errorf("the server has it expire at %s", end)
			}
			// A refresh says again that it does not, as long as the server could.
			if said := w.Refresh(); strings.Count(said.Summaries(), fails) != map[bool]int{true: 1}[name == "refused" || name == "gone"] {
				t.Error(said)
			}
			w.Settled(config)
			w.Pass(25 * time.Hour)
			w.Does(update, config)
			w.Holds("t2", "")
			w.Sent("delete t1")
		})
	}
}

// TestOverlap_moved: somebody who gives the previous token a longer life outside Terraform is warned of.
func TestOverlap_moved(t *testing.T) {
	t.Parallel()
	w, _ := rotated(t, func(s *toyServer) { s.ExpiresPrevious = true })
	w.Change("t1", func(token *toyToken) { token.Expiry = nil })
	says(t, w.Refresh(), "does not expire by itself", "t1", "the first apply after that")
	w.Change("t1", func(token *toyToken) { token.Expiry = &token.Created })
	if said := w.Refresh(); len(said) > 0 {
		t.Error(said)
	}
}
