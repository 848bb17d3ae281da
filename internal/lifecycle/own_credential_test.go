package lifecycle_test

import (
	"strings"
	"testing"
	"time"
)

const ownToken = "The provider is logged in with this token"

// TestOwnCredential_delete: whichever token of a resource it is, nothing at all is sent.
func TestOwnCredential_delete(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"t1", "t2", "t3"} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			w, _ := full(t)
			w.Own = id
			// That the plan is no error is what makes the resource destructible at all, later.
			says(t, w.Destroy().Errors(), ownToken, id, "state rm")
			w.Sent("")
			w.HasAlive("t1 t2 t3 t4")
			w.Own = ""
			if said := w.Destroy(); said.Failed() {
				t.Error(said)
			}
			w.HasAlive("")
		})
	}
	t.Run("an orphan", func(t *testing.T) {
		t.Parallel()
		w, _ := full(t)
		w.Own = "t4"
		said := w.Destroy()
		says(t, said.Warnings(), "t4 behind", "The provider is logged in with it")
		if said.Failed() {
			t.Error(said)
		}
		w.HasAlive("t4")
	})
	t.Run("the list fails", func(t *testing.T) {
		t.Parallel()
		w, _ := full(t)
		w.Own = "t3"
		w.Fail("list", unavailable)
		says(t, w.Destroy().Errors(), ownToken)
		w.Sent("")
	})
}

// TestOwnCredential_replace: a replacement that destroys first is refused before anything is sent.
func TestOwnCredential_replace(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Does(create, basic())
	w.Requests()
	w.Own = "t1"
	w.Fails("destroy", basic(triggered("2")), ownToken)
	w.Sent("")
	w.Holds("t1", "")
}

// TestOwnCredential_rotate: with an overlap the next token is minted, and the provider's own goes on working until it is told to use
// another one; only then it is revoked.
func TestOwnCredential_rotate(t *testing.T) {
	t.Parallel()
	for resource, config := range map[string]values{named: overlapping(), nameless: account()} {
		t.Run(resource, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, resource)
			w.Does(create, config)
			w.Own = "t1"
			config := config.With(triggered("2"))
			w.Does(rotate, config)
			w.Holds("t2", "t1")
			w.Pass(25 * time.Hour)
			w.Requests()
			for range 2 {
				w.Fails("apply", config, ownToken, "t1", "Configure the provider with another credential")
				w.Holds("t2", "t1")
			}
			w.Sent("")
			w.Own = "t2"
			w.Does(update, config)
			w.Holds("t2", "")
			w.HasAlive("t2")
		})
	}
}

// TestOwnCredential_rotateAgain: a rotation that would revoke the provider's own token is refused before anything is sent: within the
// overlap, which would end, and after it.
func TestOwnCredential_rotateAgain(t *testing.T) {
	t.Parallel()
	for resource, config := range map[string]values{named: overlapping(), nameless: account()} {
		for name, passes := range map[string]time.Duration{"within the overlap": time.Hour, "after it": 25 * time.Hour} {
			t.Run(resource+", "+name, func(t *testing.T) {
				t.Parallel()
				w := newToy(t, resource)
				w.Does(create, config)
				w.Does(rotate, config.With(triggered("2")))
				w.Own = "t1"
				w.Pass(passes)
				w.Requests()
				for range 2 {
					w.Fails("apply", config.With(triggered("3")), ownToken, "t1")
				}
				w.Sent("")
				w.Holds("t2", "t1")
				w.HasAlive("t1 t2")
				w.Own = "t2"
				w.Does(rotate, config.With(triggered("3")))
				w.Holds("t3", "t2")
				w.HasAlive("t2 t3")
			})
		}
	}
}

// TestOwnCredential_change: the token that the provider is logged in with can be changed.
func TestOwnCredential_change(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Does(create, overlapping())
	w.Own = "t1"
	w.Does(update, overlapping(values{"note": "b"}))
	if said := w.Refresh(); strings.Contains(said.String(), ownToken) {
		t.Error(said)
	}
}
