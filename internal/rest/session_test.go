package rest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// desk hands out credentials c1, c2 and so on, and counts.
type desk struct {
	logins   atomic.Int32
	lifetime time.Duration
	takes    time.Duration
	refuse   error
}

func (d *desk) session() *rest.Session {
	return &rest.Session{
		LogIn: func(ctx context.Context) (rest.Login, error) {
			number := d.logins.Add(1)
			select {
			case <-time.After(d.takes):
			case <-ctx.Done():
				return rest.Login{}, ctx.Err()
			}
			if d.refuse != nil {
				return rest.Login{}, d.refuse
			}
			return rest.Login{Credential: rest.NewSecret(fmt.Sprintf("c%d", number)), Lifetime: d.lifetime}, nil
		},
		Put:   func(r *http.Request, s rest.Secret) { r.Header.Set("Authorization", s.Reveal()) },
		Clock: time.Now,
	}
}

// guarded is a client whose server lets only the listed credentials through; the set may change while it runs.
func guarded(tb testing.TB, d *desk, valid *sync.Map, s *seen) *rest.Client {
	tb.Helper()
	return offline(tb, func(r *http.Request) (*http.Response, error) {
		s.note(r)
		written(r)
		time.Sleep(10 * time.Millisecond)
		if _, ok := valid.Load(r.Header.Get("Authorization")); !ok {
			return reply(r, 401, ""), nil
		}
		return reply(r, 200, "{}"), nil
	}, func(o *rest.Options) { o.Session = d.session() })
}

func valid(credentials ...string) *sync.Map {
	var m sync.Map
	for _, c := range credentials {
		m.Store(c, true)
	}
	return &m
}

// inParallel makes ten creates at once and returns their errors.
func inParallel(ctx context.Context, api *rest.Client) []error {
	failures := make([]error, 10)
	var all sync.WaitGroup
	for i := range failures {
		all.Go(func() { _, failures[i] = api.Do(ctx, mint()) })
	}
	all.Wait()
	return failures
}

func TestOneLoginForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, s := &desk{takes: time.Second}, &seen{}
		if err := errors.Join(inParallel(t.Context(), guarded(t, d, valid("c1"), s))...); err != nil {
			t.Error(err)
		}
		if d.logins.Load() != 1 || s.count() != 10 {
			t.Errorf("%d logins, %d requests", d.logins.Load(), s.count())
		}
	})
}

func TestRefusedLoginIsFinal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refused := &rest.Error{Kind: rest.LoginRefused, Message: "bad credentials"}
		d, s := &desk{takes: time.Second, refuse: refused}, &seen{}
		api := guarded(t, d, valid("c1"), s)
		for _, err := range append(inParallel(t.Context(), api), api.Ready(t.Context())) {
			// The very same error, so that it is reported once.
			if failure(t, err) != refused {
				t.Errorf("got %v", err)
			}
		}
		if d.logins.Load() != 1 || s.count() != 0 {
			t.Errorf("%d logins, %d requests", d.logins.Load(), s.count())
		}
	})
}

func TestSharedRenewal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, s, good := &desk{takes: time.Second}, &seen{}, valid("c1")
		api := guarded(t, d, good, s)
		if _, err := api.Do(t.Context(), get("/tokens")); err != nil {
			t.Fatal(err)
		}
		good.Clear()
		good.Store("c2", true)
		if err := errors.Join(inParallel(t.Context(), api)...); err != nil {
			t.Error(err)
		}
		if d.logins.Load() != 2 || s.count() != 21 {
			t.Errorf("%d logins, %d requests; want 2 and 1+10+10", d.logins.Load(), s.count())
		}
		for i, body := range s.bodies[1:] {
			if body != `{"name":"a"}` {
				t.Errorf("request %d has the body %q", i+1, body)
			}
		}
	})
}

// TestRenewalAgainAndAgain: a credential that only ever worked right after its renewal has worked.
func TestRenewalAgainAndAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, s, good := &desk{}, &seen{}, valid()
		api := guarded(t, d, good, s)
		for i := range 4 {
			good.Clear()
			good.Store(fmt.Sprintf("c%d", i+1), true)
			if _, err := api.Do(t.Context(), mint()); err != nil {
				t.Fatalf("call %d: %v", i+1, err)
			}
		}
		if d.logins.Load() != 4 {
			t.Errorf("%d logins", d.logins.Load())
		}
	})
}

// TestCredentialThatNeverWorked is not asked for again: repeated logins lock accounts.
func TestCredentialThatNeverWorked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, s := &desk{}, &seen{}
		for _, err := range inParallel(t.Context(), guarded(t, d, valid(), s)) {
			if e := failure(t, err); e.Status != 401 || e.Executed {
				t.Errorf("got %+v", e)
			}
		}
		if d.logins.Load() != 1 || s.count() != 10 {
			t.Errorf("%d logins, %d requests", d.logins.Load(), s.count())
		}
	})
}

// TestRenewalThatDoesNotHelp ends after one more try.
func TestRenewalThatDoesNotHelp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, s, good := &desk{}, &seen{}, valid("c1")
		api := guarded(t, d, good, s)
		if _, err := api.Do(t.Context(), get("/tokens")); err != nil {
			t.Fatal(err)
		}
		good.Clear()
		for range 3 {
			_, err := api.Do(t.Context(), mint())
			if e := failure(t, err); e.Status != 401 || e.Executed {
				t.Errorf("got %+v", e)
			}
		}
		if d.logins.Load() != 2 || s.count() != 1+2+1+1 {
			t.Errorf("%d logins, %d requests", d.logins.Load(), s.count())
		}
	})
}

func TestEarlyRenewal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ lifetime, serves time.Duration }{
		{15 * time.Second, 12 * time.Second},
		{100 * time.Second, 80 * time.Second},
		{749 * time.Second, 719 * time.Second},
		{12 * time.Hour, 12*time.Hour - 30*time.Second},
		{0, 1000 * time.Hour},
	} {
		t.Run(c.lifetime.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := &desk{lifetime: c.lifetime}
				session := d.session()
				ready := func(want int) {
					t.Helper()
					credential, generation, err := session.Ready(t.Context())
					if err != nil || generation != want || credential.Reveal() != fmt.Sprintf("c%d", want) {
						t.Errorf("generation %d, want %d: %v", generation, want, err)
					}
				}
				ready(1)
				time.Sleep(c.serves - time.Millisecond)
				ready(1)
				if c.lifetime > 0 {
					time.Sleep(time.Millisecond)
					ready(2)
				}
			})
		})
	}
}

// TestCancelledWaiter does not wait for somebody else's login, and does not spoil it.
func TestCancelledWaiter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, s, start := &desk{takes: time.Minute}, &seen{}, time.Now()
		api := guarded(t, d, valid("c1"), s)
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := api.Do(t.Context(), mint()); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := api.Do(ctx, mint())
		if e := failure(t, err); e.Kind != rest.Interrupted || e.Executed || time.Since(start) != time.Second {
			t.Errorf("after %s: %+v", time.Since(start), e)
		}
		all.Wait()
		if d.logins.Load() != 1 || s.count() != 1 {
			t.Errorf("%d logins, %d requests", d.logins.Load(), s.count())
		}
	})
}

// TestCancelledLogin says nothing about the credential: the next caller logs in.
func TestCancelledLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, s := &desk{takes: time.Minute}, &seen{}
		api := guarded(t, d, valid("c2"), s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := api.Do(ctx, mint()); failure(t, err).Kind != rest.Interrupted {
			t.Errorf("got %v", err)
		}
		if _, err := api.Do(t.Context(), mint()); err != nil || d.logins.Load() != 2 {
			t.Errorf("%d logins: %v", d.logins.Load(), err)
		}
	})
}

// TestInterruptedRenewal: a request that was answered 401 has not been executed, even if the run ends before it is repeated.
func TestInterruptedRenewal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, s, good := &desk{}, &seen{}, valid("c1")
		api := guarded(t, d, good, s)
		if _, err := api.Do(t.Context(), get("/tokens")); err != nil {
			t.Fatal(err)
		}
		good.Clear()
		d.takes = time.Minute
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := api.Do(ctx, mint())
		if e := failure(t, err); e.Kind != rest.Interrupted || e.Executed {
			t.Errorf("got %+v", e)
		}
	})
}

// TestAnonymousLogin runs the login over the same client, as systems do, and lets it fail in every way.
func TestAnonymousLogin(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		status   int
		body     string
		kind     rest.Kind
		requests int
	}{
		"refused with 400": {400, `{"message": "no"}`, rest.LoginRefused, 1},
		"refused with 401": {401, `{"message": "no"}`, rest.LoginRefused, 1},
		"refused with 403": {403, `{"message": "no"}`, rest.LoginRefused, 1},
		"broken":           {503, ``, rest.Faulty, 2},
		"not there":        {404, `<html>`, rest.Refused, 1},
		"no JSON":          {200, plain, rest.Malformed, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var api *rest.Client
				s := &seen{}
				session := (&desk{}).session()
				session.LogIn = func(ctx context.Context) (rest.Login, error) {
					r, err := http.NewRequestWithContext(ctx, http.MethodPost, imaginary+"/login", http.NoBody)
					if err != nil {
						return rest.Login{}, err
					}
					resp, err := api.Anonymous("/login").RoundTrip(r)
					if err == nil {
						_ = resp.Body.Close()
						err = errors.New("cannot parse " + c.body)
					}
					return rest.Login{}, api.RefuseLogin(err, "/login")
				}
				api = offline(t, func(r *http.Request) (*http.Response, error) {
					s.note(r)
					return reply(r, c.status, c.body), nil
				}, func(o *rest.Options) { o.Session = session })
				for range 2 {
					_, err := api.Do(t.Context(), mint())
					// The call behind the login was never sent, so it has not been executed.
					if e := failure(t, err); e.Kind != c.kind || e.Executed || e.Route != "/login" || leaks(e.Error()) {
						t.Errorf("got %+v", e)
					}
				}
				if s.count() != c.requests {
					t.Errorf("%d requests", s.count())
				}
			})
		})
	}
}
