package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// trouble is a way for a server to fail, and what each effect makes of it when one repetition is allowed. Effects stand in
// the order Reads, Sets, Mints.
type trouble struct {
	answer   func(w http.ResponseWriter)
	requests [3]int
	executed [3]bool
	kind     rest.Kind
	status   int
}

func status(code int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { w.WriteHeader(code) }
}

func troubles() map[string]trouble {
	repeated, never, changed := [3]int{2, 2, 1}, [3]bool{}, [3]bool{false, true, true}
	once := [3]int{1, 1, 1}
	return map[string]trouble{
		"dropped": {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, repeated, changed, rest.Lost, 0},
		"closed at once": {func(w http.ResponseWriter) {
			if hijacker, ok := w.(http.Hijacker); ok {
				if conn, _, err := hijacker.Hijack(); err == nil {
					_ = conn.Close()
				}
			}
		}, repeated, changed, rest.Lost, 0},
		"truncated": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"id":`)
		}, repeated, changed, rest.Lost, 0},
		"500": {status(500), repeated, changed, rest.Faulty, 500},
		"502": {status(502), repeated, changed, rest.Faulty, 502},
		"503": {status(503), repeated, changed, rest.Faulty, 503},
		"504": {status(504), repeated, changed, rest.Faulty, 504},
		"501": {status(501), once, changed, rest.Faulty, 501},
		"408": {status(408), repeated, changed, rest.Refused, 408},
		"400": {status(400), once, never, rest.Refused, 400},
		"401": {status(401), once, never, rest.Refused, 401},
		"403": {status(403), once, never, rest.Refused, 403},
		"404": {status(404), once, never, rest.Refused, 404},
		"409": {status(409), once, never, rest.Refused, 409},
		"302": {status(302), once, changed, rest.Malformed, 302},
	}
}

// TestRetryByEffect counts what reaches a real server: a create is sent once, whatever happens after its first byte.
func TestRetryByEffect(t *testing.T) {
	t.Parallel()
	for name, c := range troubles() {
		for effect, word := range []string{"Reads", "Sets", "Mints"} {
			t.Run(name+"/"+word, func(t *testing.T) {
				t.Parallel()
				server, s := online(t, func(w http.ResponseWriter, _ *http.Request, _ int) { c.answer(w) })
				call := mint()
				call.Effect = rest.Effect(effect)
				_, err := client(t, server.URL, network(t)).Do(t.Context(), call)
				e := failure(t, err)
				if got := s.count(); got != c.requests[effect] {
					t.Errorf("%d requests, want %d", got, c.requests[effect])
				}
				if rest.MayHaveExecuted(err) != c.executed[effect] || e.Kind != c.kind || e.Status != c.status {
					t.Errorf("executed %t, kind %d, status %d: %v", e.Executed, e.Kind, e.Status, err)
				}
				for i, body := range s.bodies {
					if body != `{"name":"a"}` {
						t.Errorf("request %d has the body %q", i, body)
					}
				}
			})
		}
	}
}

// TestRetryBeforeSending: what was never sent is tried again, a create too, and has surely not been executed.
func TestRetryBeforeSending(t *testing.T) {
	t.Parallel()
	// Nobody listens there; a port that was free a moment ago may be another test's by now.
	const closed = "http://127.0.0.1:1"
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)

	cases := map[string]struct {
		base  string
		dials int32
	}{
		"refused":               {closed, 3},
		"untrusted certificate": {untrusted.URL, 1},
	}
	for name, c := range cases {
		for effect := range 3 {
			t.Run(fmt.Sprintf("%s/%d", name, effect), func(t *testing.T) {
				t.Parallel()
				var dials atomic.Int32
				via := network(t)
				via.DialContext = func(ctx context.Context, kind, address string) (net.Conn, error) {
					dials.Add(1)
					return (&net.Dialer{}).DialContext(ctx, kind, address)
				}
				call := mint()
				call.Effect = rest.Effect(effect)
				_, err := client(t, c.base, via, func(o *rest.Options) { o.MaxRetries = 2 }).Do(t.Context(), call)
				if e := failure(t, err); e.Kind != rest.Unreachable || e.Executed || e.Status != 0 || e.Message == "" {
					t.Errorf("got %+v", e)
				}
				if dials.Load() != c.dials {
					t.Errorf("%d dials, want %d", dials.Load(), c.dials)
				}
			})
		}
	}
}

// TestRetryEndsWell: the first tries fail, the last one is answered.
func TestRetryEndsWell(t *testing.T) {
	t.Parallel()
	refused := func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }
	limited := func(r *http.Request) (*http.Response, error) { return reply(r, 429, ""), nil }
	broken := func(r *http.Request) (*http.Response, error) { return reply(r, 503, ""), nil }
	lost := func(r *http.Request) (*http.Response, error) {
		written(r)
		return nil, io.ErrUnexpectedEOF
	}
	cases := map[string]struct {
		effect rest.Effect
		first  []transport
	}{
		"a read after everything":            {rest.Reads, []transport{refused, limited, broken, lost}},
		"a write after everything":           {rest.Sets, []transport{refused, limited, broken, lost}},
		"a create after what was not sent":   {rest.Mints, []transport{refused, refused, limited}},
		"many limits count as no repetition": {rest.Mints, []transport{limited, limited, limited, limited, limited, limited}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				api := offline(t, func(r *http.Request) (*http.Response, error) {
					if tries++; tries <= len(c.first) {
						return c.first[tries-1](r)
					}
					return reply(r, 200, "{}"), nil
				}, func(o *rest.Options) { o.MaxRetries = 3 })
				call := mint()
				call.Effect = c.effect
				if _, err := api.Do(t.Context(), call); err != nil || tries != len(c.first)+1 {
					t.Errorf("%d tries: %v", tries, err)
				}
			})
		})
	}
}

// TestRetryRemembersEarlierTries: an earlier try may have been executed, whatever the last one was answered.
func TestRetryRemembersEarlierTries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		effect   rest.Effect
		executed bool
	}{{rest.Reads, false}, {rest.Sets, true}} {
		synctest.Test(t, func(t *testing.T) {
			tries := 0
			api := offline(t, func(r *http.Request) (*http.Response, error) {
				if tries++; tries == 1 {
					return reply(r, 503, ""), nil
				}
				return reply(r, 409, ""), nil
			})
			call := mint()
			call.Effect = c.effect
			_, err := api.Do(t.Context(), call)
			if e := failure(t, err); e.Status != 409 || e.Executed != c.executed {
				t.Errorf("got %+v", e)
			}
		})
	}
}

// TestBackoff: pauses double up to a bound, and a Retry-After beside a 503 is followed.
func TestBackoff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		headers       []string
		shortest, sum time.Duration
	}{
		"without a header": {nil, 250 * time.Millisecond, (250 + 500 + 1000 + 2000) * time.Millisecond},
		"with Retry-After": {[]string{"Retry-After", "7"}, 7 * time.Second, 28 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, start := &seen{}, time.Now()
				api := offline(t, func(r *http.Request) (*http.Response, error) {
					s.note(r)
					return reply(r, 503, "", c.headers...), nil
				}, func(o *rest.Options) { o.MaxRetries = 4 })
				_, err := api.Do(t.Context(), get("/tokens"))
				took := time.Since(start)
				if failure(t, err).Status != 503 || s.count() != 5 {
					t.Errorf("%d requests: %v", s.count(), err)
				}
				if took < c.sum || took > c.sum*5/4 || s.times[1].Sub(s.times[0]) < c.shortest {
					t.Errorf("took %s, want %s and up to a quarter more", took, c.sum)
				}
			})
		})
	}
}
