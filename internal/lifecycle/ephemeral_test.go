package lifecycle_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

func ptr(at time.Time) *time.Time { return &at }

// TestEphemeral: a token is there from its opening to its closing, which both tell the server what is needed and nothing else.
func TestEphemeral(t *testing.T) {
	t.Parallel()
	for resource, c := range map[string]struct {
		config       values
		setup        func(s *toyServer)
		opens, renew string
		lists        int
	}{
		named:    {values{"lifetime": "30m", "verify": true}, func(s *toyServer) { s.ExpiresPrevious = true }, "create, verify t1", "end t1", 1},
		nameless: {lent(values{"lifetime": "30m"}), func(s *toyServer) { s.TellsID = true }, "create, change t1", "extend t1", 2},
	} {
		w := newToy(t, resource, c.setup, func(s *toyServer) { s.Ahead = 7 * time.Minute })
		e := w.Start()
		opened := e.MustOpen(resource, c.config)
		if lists := w.Counted("list"); lists != c.lists || w.Counted("login") != 1 {
			t.Errorf("%s: %d lists instead of %d, %d logins", resource, lists, c.lists, w.Counted("login"))
		}
		w.Sent(c.opens)
		if opened.Text("id") != "t1" || opened.Text("secret")+opened.Text("token") != "secret-t1" || !opened.Time("created_at").Equal(w.Now()) {
			t.Errorf("%s: opened is %s", resource, opened.Attributes)
		}
		remembered := opened.Remembered()
		if strings.Contains(remembered, "secret") || !strings.Contains(remembered, `"id":"t1"`) {
			t.Errorf("%s: remembered is %s", resource, remembered)
		}
		// Half of the lifetime, by the clock of the machine.
		for range 3 {
			if want := w.Now().Add(7*time.Minute + 15*time.Minute); !opened.RenewAt.Equal(want) {
				t.Errorf("%s: it is renewed at %s instead of %s", resource, opened.RenewAt, want)
			}
			w.Pass(15 * time.Minute)
			e.NoError(e.Renew(opened))
			w.Sent(c.renew)
			if stored, until := w.Token("t1"), w.Now().Add(30*time.Minute); resource == named && !stored.Expiry.Equal(until) || resource == nameless && stored.Note != lentNote+rotation.Format(until) {
				t.Errorf("%s: on the server it is %+v", resource, stored)
			}
		}
		w.HasAlive("t1")
		e.NoError(e.Close(opened))
		w.Sent("delete t1")
		w.HasAlive("")
	}
}

// TestEphemeral_handle: another process can close the token of an account.
func TestEphemeral_handle(t *testing.T) {
	t.Parallel()
	w := newToy(t, nameless)
	opened := w.Start().MustOpen(nameless, lent())
	if got := opened.Remembered(); !strings.Contains(got, `"handle":{"account":"acc"}`) {
		t.Errorf("remembered is %s", got)
	}
	e := w.Start()
	e.NoError(e.Close(opened))
	w.HasAlive("")
}

// TestEphemeral_expires: the server expires a token with a name by itself; the mark of another says until when it is lent.
func TestEphemeral_expires(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	opened := w.Start().MustOpen(named, values{"lifetime": "10m"})
	if !opened.Time("expires_at").Equal(w.Now().Add(10 * time.Minute)) {
		t.Errorf("it expires at %s", opened.Text("expires_at"))
	}
	w.Pass(10 * time.Minute)
	w.HasAlive("")

	w = newToy(t, nameless, func(s *toyServer) { s.Lifetime = 30 * day })
	opened = w.Start().MustOpen(nameless, lent(values{"lifetime": "10m"}))
	if stored := w.Token("t1"); !opened.Time("expires_at").Equal(*stored.Expiry) || stored.Note != "lent until 2030-01-31T12:10:00Z" {
		t.Errorf("opened is %s, and %+v", opened.Attributes, w.Token("t1"))
	}
}

// TestEphemeral_renew: a server that cannot extend a token is not asked to, and one that has granted less is asked in time.
func TestEphemeral_renew(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	e := w.Start()
	opened := e.MustOpen(named, values{"lifetime": "30m"})
	if !opened.RenewAt.IsZero() {
		t.Errorf("it is renewed at %s", opened.RenewAt)
	}
	w.Requests()
	if said := e.Renew(opened); len(said) > 0 || !opened.RenewAt.IsZero() {
		t.Errorf("it is renewed at %s: %s", opened.RenewAt, said)
	}
	w.Sent("")

	w = newToy(t, named, func(s *toyServer) { s.ExpiresPrevious, s.MaxLifetime = true, 10*time.Minute })
	e = w.Start()
	opened = e.MustOpen(named, values{"lifetime": "30m"})
	for range 2 {
		if want := w.Now().Add(5 * time.Minute); !opened.RenewAt.Equal(want) {
			t.Errorf("it is renewed at %s instead of %s", opened.RenewAt, want)
		}
		w.Pass(5 * time.Minute)
		e.NoError(e.Renew(opened))
	}

	for resource, c := range map[string]struct {
		config  values
		request string
	}{named: {nil, "end t1"}, nameless: {lent(), "extend t1"}} {
		for _, heals := range []bool{true, false} {
			w = newToy(t, resource, func(s *toyServer) { s.ExpiresPrevious = true })
			e = w.Start()
			opened = e.MustOpen(resource, c.config)
			until := w.Now().Add(time.Hour)
			w.Pass(30 * time.Minute)
			w.Fail(c.request, refused)
			// Terraform shows nothing of a renewal that fails, and asks for no other after an error.
			if said := e.Renew(opened); len(said) > 0 || !opened.RenewAt.After(w.Now()) || !opened.RenewAt.Before(until) {
				t.Errorf("%s: it is renewed at %s: %s", resource, opened.RenewAt, said)
			}
			if heals {
				e.NoError(e.Renew(opened))
			} else {
				w.Pass(31 * time.Minute)
				w.Fail(c.request, refused)
				if said := e.Renew(opened); len(said) > 0 || !opened.RenewAt.IsZero() {
					t.Errorf("%s: it is renewed at %s: %s", resource, opened.RenewAt, said)
				}
			}
			said := e.Close(opened)
			e.NoError(said)
			if heals && len(said) > 0 {
				t.Errorf("%s: %s", resource, said)
			} else if !heals {
				says(t, said, "An ephemeral token could not be extended", "refused", "Set a longer lifetime")
			}
			w.HasAlive("")
		}
	}
}

// TestEphemeral_renewedWithin: no renewal outlives what the policy allows.
func TestEphemeral_renewedWithin(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) {
		s.ExpiresPrevious, s.Policy = true, rotation.Guardrails{MaxLifetime: 40 * time.Minute}
	})
	e := w.Start()
	minted := w.Now()
	opened := e.MustOpen(named, values{"lifetime": "30m"})
	for range 5 {
		if opened.RenewAt.IsZero() {
			break
		}
		w.Pass(opened.RenewAt.Sub(w.Now()))
		opened.RenewAt = time.Time{}
		e.NoError(e.Renew(opened))
	}
	if expiry := w.Token("t1").Expiry; expiry == nil || !expiry.Equal(minted.Add(40*time.Minute)) {
		t.Errorf("it expires at %v", expiry)
	}
}

// TestEphemeral_close: closing succeeds only if the token is surely gone.
func TestEphemeral_close(t *testing.T) {
	t.Parallel()
	for resource, c := range map[string]struct {
		config values
		says   []string
	}{
		named:    {nil, []string{"Unable to revoke ephemeral Toy named token", "mint-ephemeral-", "(t1) ", "not", "revoked", "works until it expires", "Delete it manually"}},
		nameless: {lent(), []string{"Unable to revoke ephemeral Toy nameless token", "token t1 ", "not", "revoked", "revokes it after its lifetime", "Delete it manually"}},
	} {
		for name, happens := range map[string]func(w *toy, cancel func()){
			"deleted outside the run":   func(w *toy, _ func()) { w.Remove("t1") },
			"the run is interrupted":    func(_ *toy, cancel func()) { cancel() },
			"refused":                   func(w *toy, _ func()) { w.Fail("delete t1", refused) },
			"the answer is lost":        func(w *toy, _ func()) { w.Fail("delete t1", lostBefore) },
			"expired, and listed still": func(w *toy, _ func()) { w.Pass(3 * time.Hour) },
		} {
			w := newToy(t, resource)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w.Context = ctx
			e := w.Start()
			opened := e.MustOpen(resource, c.config)
			happens(w, cancel)
			w.Requests()
			said := e.Close(opened)
			w.Sent("delete t1")
			if fails := name == "refused" || name == "the answer is lost"; fails {
				says(t, said.Errors(), c.says...)
				w.HasAlive("t1")
			} else if len(said) > 0 || w.Token("t1").ID != "" {
				t.Errorf("%s, %s: %s", resource, name, said)
			}
		}
	}
}

// TestEphemeral_sweep: an Open deletes what earlier ones have left behind and has expired, and nothing else.
func TestEphemeral_sweep(t *testing.T) {
	t.Parallel()
	ephemeralName := func(prefix string) string { return rotation.NewEphemeralName(prefix) }
	note := func(w *toy, passed time.Duration) string { return lentNote + rotation.Format(w.Now().Add(-passed)) }
	for name, c := range map[string]struct {
		resource string
		token    func(w *toy) toyToken
		setup    func(w *toy)
		deletes  bool
		warns    []string
	}{
		"expired":         {named, func(w *toy) toyToken { return toyToken{Name: ephemeralName("ci-"), Expiry: ptr(w.Now())} }, nil, true, nil},
		"about to expire": {named, func(w *toy) toyToken { return toyToken{Name: ephemeralName("ci-"), Expiry: ptr(w.Now().Add(1))} }, nil, false, nil},
		"never expires":   {named, func(*toy) toyToken { return toyToken{Name: ephemeralName("ci-")} }, nil, false, nil},
		"expired, of a resource": {named, func(w *toy) toyToken {
			return toyToken{Name: rotation.NewName("mint-ephemeral-"), Expiry: ptr(w.Now())}
		}, nil, false, nil},
		"expired, of somebody":         {named, func(w *toy) toyToken { return toyToken{Name: "mint-ephemeral-mine", Expiry: ptr(w.Now())} }, nil, false, nil},
		"expired, the provider's own":  {named, func(w *toy) toyToken { return toyToken{Name: ephemeralName("ci-"), Expiry: ptr(w.Now())} }, func(w *toy) { w.Own = "t1" }, false, nil},
		"expired, and refused":         {named, func(w *toy) toyToken { return toyToken{Name: ephemeralName("ci-"), Expiry: ptr(w.Now())} }, func(w *toy) { w.Fail("delete t1", refused) }, true, []string{"could not be deleted", "(t1)", "refused", "next run tries again"}},
		"lent, and over":               {nameless, func(w *toy) toyToken { return toyToken{Account: "acc", Note: note(w, 0)} }, nil, true, nil},
		"lent, and not over":           {nameless, func(w *toy) toyToken { return toyToken{Account: "acc", Note: note(w, -time.Second)} }, nil, false, nil},
		"not lent":                     {nameless, func(*toy) toyToken { return toyToken{Account: "acc", Note: "mine"} }, nil, false, nil},
		"not lent, and expired":        {nameless, func(w *toy) toyToken { return toyToken{Account: "acc", Expiry: ptr(w.Now())} }, nil, false, nil},
		"lent, and of another account": {nameless, func(w *toy) toyToken { return toyToken{Account: "other", Note: note(w, time.Hour)} }, nil, false, nil},
		"lent, over, and refused":      {nameless, func(w *toy) toyToken { return toyToken{Account: "acc", Note: note(w, time.Hour)} }, func(w *toy) { w.Fail("delete t1", refused) }, true, []string{"could not be deleted", "t1", "refused"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, c.resource, func(s *toyServer) { s.TellsID = true })
			w.Add(c.token(w))
			if c.setup != nil {
				c.setup(w)
			}
			config := map[string]values{nameless: lent()}[c.resource]
			opened, said := w.Start().Open(c.resource, config)
			if opened == nil || said.Failed() || opened.Text("id") != "t2" {
				t.Fatalf("it did not open: %s", said)
			}
			if c.warns != nil {
				says(t, said, c.warns...)
			} else if len(said) > 0 {
				t.Error(said)
			}
			sent := w.Requests()
			if strings.HasPrefix(sent, "delete t1, create") != c.deletes || strings.Contains(sent, "delete") != c.deletes {
				t.Errorf("sent was %q", sent)
			}
			if isGone := w.Token("t1").ID == ""; isGone != (c.deletes && c.warns == nil) {
				t.Errorf("it is gone: %t", isGone)
			}
		})
	}
}

// TestEphemeral_sweepRenewed: what another run extends while it works is not taken for expired, although an older list says so.
func TestEphemeral_sweepRenewed(t *testing.T) {
	t.Parallel()
	w := newToy(t, nameless)
	one, other := w.Start(), w.Start()
	lasting := one.MustOpen(nameless, lent(values{"lifetime": "10m"}))
	other.NoError(other.Close(other.MustOpen(nameless, lent())))
	w.Pass(9 * time.Minute)
	one.NoError(one.Renew(lasting))
	w.Pass(5 * time.Minute)
	other.NoError(other.Close(other.MustOpen(nameless, lent())))
	w.HasAlive("t1")
}

// TestEphemeral_parallel: any number of tokens that are opened at once have names of their own, and cost one list.
func TestEphemeral_parallel(t *testing.T) {
	t.Parallel()
	const tokens = 10
	w := newToy(t, named)
	w.Add(toyToken{Name: rotation.NewEphemeralName("ci-"), Expiry: ptr(w.Now())})
	e := w.Start()
	var all sync.WaitGroup
	var mu sync.Mutex
	ids := map[string]bool{}
	for range tokens {
		all.Go(func() {
			opened, said := e.Open(named, nil)
			if opened == nil {
				t.Errorf("it did not open: %s", said)
				return
			}
			mu.Lock()
			ids[opened.Text("id")] = true
			mu.Unlock()
			if said := e.Close(opened); said.Failed() {
				t.Error(said)
			}
		})
	}
	all.Wait()
	if len(ids) != tokens || w.Counted("list") != 1 || w.Counted("create") != tokens || w.Counted("delete t1") != 1 {
		t.Errorf("%d tokens, %d lists, %d creations, %d times swept", len(ids), w.Counted("list"), w.Counted("create"), w.Counted("delete t1"))
	}
	w.HasAlive("")
}

// TestEphemeral_sweepAgain: what cannot be deleted is warned of, and tried again by the next run.
func TestEphemeral_sweepAgain(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Add(toyToken{Name: rotation.NewEphemeralName("ci-"), Expiry: ptr(w.Now())})
	w.Fail("delete t1", refused)
	e := w.Start()
	var all diagnostics
	for range 3 {
		opened, said := e.Open(named, nil)
		all = append(all, said...)
		e.NoError(e.Close(opened))
	}
	says(t, all, "could not be deleted")
	if w.Counted("delete t1") != 1 {
		t.Errorf("it was tried %d times", w.Counted("delete t1"))
	}
	again := w.Start()
	again.NoError(again.Close(again.MustOpen(named, nil)))
	w.HasAlive("")
}
