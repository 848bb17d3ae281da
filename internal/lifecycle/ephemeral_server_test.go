package lifecycle_test

import (
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// TestEphemeral_sweepSlow: what another run extends while leftovers are deleted is no leftover.
func TestEphemeral_sweepSlow(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.ExpiresPrevious = true })
	w.Add(toyToken{Name: rotation.NewEphemeralName("ci-"), Expiry: ptr(w.Now())})
	w.Add(toyToken{Name: rotation.NewEphemeralName("ci-"), Expiry: ptr(w.Now().Add(time.Minute))})
	w.Before = func(r string) {
		if r == "delete t1" {
			w.now = w.now.Add(2 * time.Minute)
			w.tokens[1].Expiry = ptr(w.now.Add(10 * time.Minute))
		}
	}
	w.Start().MustOpen(named, nil)
	if w.Token("t1").ID != "" || w.Token("t2").ID == "" {
		t.Errorf("alive are %q", w.Alive())
	}
}

// TestEphemeral_sweepStops: a server that fails does not hold up the run once for each leftover.
func TestEphemeral_sweepStops(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	for range 5 {
		w.Add(toyToken{Name: rotation.NewEphemeralName("ci-"), Expiry: ptr(w.Now())})
	}
	w.Fail("delete", unavailable)
	opened, said := w.Start().Open(named, nil)
	if says(t, said, "could not be deleted"); opened == nil || w.Counted("delete t1") != 1 || w.Counted("delete t2") != 0 {
		t.Errorf("%d and %d deletions: %s", w.Counted("delete t1"), w.Counted("delete t2"), said)
	}
}

// TestEphemeral_expiryRefused: a token that lives longer than was requested is revoked at once: nothing else would end it in time.
func TestEphemeral_expiryRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		expiry func(w *toy) *time.Time
		says   string
	}{
		"never": {func(*toy) *time.Time { return nil }, "never expires"},
		"later": {func(w *toy) *time.Time { return ptr(w.now.Add(time.Hour)) }, "expires at"},
	} {
		w := newToy(t, named, func(s *toyServer) { s.AnswersRow = false })
		w.Before = func(r string) {
			if r == "list" && w.minted > 0 && len(w.tokens) > 0 {
				w.tokens[0].Expiry = c.expiry(w)
			}
		}
		opened, said := w.Start().Open(named, values{"lifetime": "10m"})
		if opened != nil {
			t.Errorf("%s: it is open", name)
		}
		says(t, said, c.says, "the requested lifetime", "revokes it")
		w.HasAlive("")
	}
}

// TestBulkAction_lent: an ephemeral token that some run may be using is spared unless it is named.
func TestBulkAction_lent(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Add(toyToken{Name: "a"})
	lent := w.Add(toyToken{Name: rotation.NewEphemeralName("ci-"), Expiry: ptr(w.Now().Add(time.Hour))})
	progress, said := w.Start().Invoke(revokeNamed, values{"never_used": true})
	if said.Failed() || w.Token(lent.ID).ID == "" || len(progress) != 3 {
		t.Errorf("said is %q: %s", progress, said)
	}
	if _, said := w.Start().Invoke(revokeNamed, values{"ids": []any{lent.ID}}); said.Failed() || w.Token(lent.ID).ID != "" {
		t.Errorf("a token that is named is spared: %s", said)
	}
}
