package rest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// slow is a server that takes a minute and, like a real connection, gives up with the request's context.
func slow(s *seen) transport {
	return func(r *http.Request) (*http.Response, error) {
		s.note(r)
		written(r)
		select {
		case <-time.After(time.Minute):
			return reply(r, 200, `{"id":"1"}`), nil
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

func patient(o *rest.Options) { o.Timeout = time.Hour }

// TestInterruptedInFlight: a create that is on its way is not abandoned, because its answer is the only copy of a secret;
// everything else is.
func TestInterruptedInFlight(t *testing.T) {
	t.Parallel()
	for effect, c := range map[rest.Effect]struct {
		took     time.Duration
		executed bool
	}{
		rest.Reads: {time.Second, false}, rest.Sets: {time.Second, true}, rest.Mints: {time.Minute, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, start := &seen{}, time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			call := mint()
			call.Effect = effect
			answer, err := offline(t, slow(s), patient).Do(ctx, call)
			if took := time.Since(start); took != c.took || s.count() != 1 {
				t.Errorf("effect %d: %d requests in %s", effect, s.count(), took)
			}
			if effect == rest.Mints {
				if err != nil || string(answer.Body) != `{"id":"1"}` {
					t.Errorf("the answer is lost: %v", err)
				}
				return
			}
			if e := failure(t, err); e.Kind != rest.Lost || e.Executed != c.executed {
				t.Errorf("effect %d: %+v", effect, e)
			}
		})
	}
}

// TestInterruptedInFlightOnline is the same over a real connection.
func TestInterruptedInFlightOnline(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	server, s := online(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		close(arrived)
		time.Sleep(100 * time.Millisecond)
		_, _ = io.WriteString(w, `{"id":"1"}`)
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		<-arrived
		cancel()
	}()
	answer, err := client(t, server.URL, network(t)).Do(ctx, mint())
	if err != nil || string(answer.Body) != `{"id":"1"}` || s.count() != 1 {
		t.Errorf("%d requests: %v", s.count(), err)
	}
}

// TestInterruptedBefore: what has not begun does not begin.
func TestInterruptedBefore(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := &seen{}
	for effect := range 3 {
		call := mint()
		call.Effect = rest.Effect(effect)
		_, err := offline(t, slow(s)).Do(ctx, call)
		if e := failure(t, err); e.Kind != rest.Interrupted || e.Executed || e.Message == "" {
			t.Errorf("got %+v", e)
		}
	}
	if s.count() != 0 {
		t.Errorf("%d requests were sent", s.count())
	}
}

// TestTimeout bounds every try, a create too.
func TestTimeout(t *testing.T) {
	t.Parallel()
	for effect, want := range map[rest.Effect]int{rest.Reads: 2, rest.Sets: 2, rest.Mints: 1} {
		synctest.Test(t, func(t *testing.T) {
			s, start := &seen{}, time.Now()
			call := mint()
			call.Effect = effect
			_, err := offline(t, slow(s)).Do(t.Context(), call)
			e := failure(t, err)
			if e.Kind != rest.Lost || e.Message != "no answer within 10s" || e.Executed != (effect != rest.Reads) {
				t.Errorf("got %+v", e)
			}
			if took := time.Since(start).Round(time.Second); s.count() != want || took != time.Duration(want)*10*time.Second {
				t.Errorf("effect %d: %d requests in %s", effect, s.count(), took)
			}
		})
	}
}

// drip is a body that ends well only after the timeout.
type drip struct{ ctx context.Context }

func (d drip) Read([]byte) (int, error) {
	select {
	case <-time.After(time.Minute):
		return 0, io.EOF
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
}

// TestTimeoutOfBody: the timeout covers the body, not just the headers.
func TestTimeoutOfBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := offline(t, func(r *http.Request) (*http.Response, error) {
			written(r)
			resp := reply(r, 200, "")
			resp.Body = io.NopCloser(drip{r.Context()})
			return resp, nil
		}).Do(t.Context(), mint())
		e := failure(t, err)
		if e.Kind != rest.Lost || !e.Executed || !strings.HasPrefix(e.Message, "the answer broke off") || time.Since(start) != 10*time.Second {
			t.Errorf("after %s: %+v", time.Since(start), e)
		}
	})
}

// TestBodyIsMadeWhenSent: a body that depends on the time is made for each try, after all waiting, and goes out whole.
func TestBodyIsMadeWhenSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, start := &seen{}, time.Now()
		api := offline(t, func(r *http.Request) (*http.Response, error) {
			length := r.ContentLength
			number := s.note(r)
			if want := int64(len(s.bodies[number-1])); length != want {
				t.Errorf("announced %d bytes and sent %d", length, want)
			}
			switch number {
			case 2:
				return reply(r, 429, "", "Retry-After", "7"), nil
			case 3:
				return nil, errors.New("connection refused")
			default:
				return reply(r, 200, "{}"), nil
			}
		}, func(o *rest.Options) { o.Limit = rest.Limit{Requests: 1, Per: time.Minute} })
		if _, err := api.Do(t.Context(), get("/tokens")); err != nil {
			t.Fatal(err)
		}
		call := mint()
		call.MakeBody = func() []byte { return []byte(time.Since(start).String()) }
		if _, err := api.Do(t.Context(), call); err != nil {
			t.Fatal(err)
		}
		if s.count() != 4 {
			t.Errorf("%d requests were sent", s.count())
		}
		for i, body := range s.bodies[1:] {
			if sent := s.times[i+1].Sub(start); body != sent.String() || sent < time.Minute {
				t.Errorf("try %d was made at %s and sent at %s", i+1, body, sent)
			}
		}
	})
}

// endless is a body that never stops.
type endless struct{ sent int }

func (e *endless) Read(p []byte) (int, error) {
	e.sent += len(p)
	return len(p), nil
}

// TestAnswerThatNeverEnds: an answer is read as far as a bound, and not asked for again; the error says which bound.
func TestAnswerThatNeverEnds(t *testing.T) {
	t.Parallel()
	for effect, executed := range map[rest.Effect]bool{rest.Reads: false, rest.Sets: true, rest.Mints: true} {
		body, requests := &endless{}, 0
		call := mint()
		call.Effect = effect
		_, err := offline(t, func(r *http.Request) (*http.Response, error) {
			requests++
			written(r)
			resp := reply(r, 200, "")
			resp.Body = io.NopCloser(body)
			return resp, nil
		}).Do(t.Context(), call)
		e := failure(t, err)
		if e.Kind != rest.TooLong || e.Executed != executed || e.Message != "the answer has more than 64 MiB" || requests != 1 || body.sent > 128<<20 {
			t.Errorf("effect %d: %d requests, %d bytes, %+v", effect, requests, body.sent, e)
		}
	}
}

// TestLongErrorIsNotDecoded: of an error's body only as much is looked at as a message may have.
func TestLongErrorIsNotDecoded(t *testing.T) {
	t.Parallel()
	looked := 0
	_, err := offline(t, always(400, strings.Repeat(" ", 8<<20)), func(o *rest.Options) {
		o.Explain = func(_ int, body []byte) (code, message string) {
			looked = len(body)
			return "", ""
		}
	}).Do(t.Context(), get("/tokens"))
	if e := failure(t, err); e.Status != 400 || e.Message != "Bad Request" || looked != 1<<20 {
		t.Errorf("%d bytes, %+v", looked, e)
	}
}
