package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// httpDate writes a time as HTTP does, counted from the fake clock.
func httpDate(after time.Duration) string { return time.Now().Add(after).UTC().Format(http.TimeFormat) }

// TestRetryAfter measures, on a fake clock, when the second try follows a 429.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		headers func() []string
		wait    time.Duration
	}{
		"seconds":             {func() []string { return []string{"Retry-After", "7"} }, 7 * time.Second},
		"the longest seconds": {func() []string { return []string{"Retry-After", "120"} }, 2 * time.Minute},
		"date":                {func() []string { return []string{"Retry-After", httpDate(9 * time.Second)} }, 9 * time.Second},
		"date on the server's own clock": {func() []string {
			return []string{"Date", httpDate(time.Hour), "Retry-After", httpDate(time.Hour + 5*time.Second)}
		}, 5 * time.Second},
		"date in the past": {func() []string { return []string{"Retry-After", httpDate(-time.Hour)} }, time.Second},
		"absent":           {func() []string { return nil }, time.Second},
		"zero":             {func() []string { return []string{"Retry-After", "0"} }, time.Second},
		"negative":         {func() []string { return []string{"Retry-After", "-5"} }, time.Second},
		"unreadable":       {func() []string { return []string{"Retry-After", "soon"} }, time.Second},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &seen{}
				api := offline(t, func(r *http.Request) (*http.Response, error) {
					if s.note(r) == 1 {
						return reply(r, 429, "", c.headers()...), nil
					}
					return reply(r, 200, "{}"), nil
				})
				if _, err := api.Do(t.Context(), mint()); err != nil {
					t.Fatal(err)
				}
				if got := s.times[1].Sub(s.times[0]); got != c.wait {
					t.Errorf("waited %s, want %s", got, c.wait)
				}
			})
		})
	}
}

// TestRetryAfterTooLong: past the longest pause the error tells at once how long the server asks to wait.
func TestRetryAfterTooLong(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	for name, c := range map[string]struct {
		header func() string
		wait   time.Duration
	}{
		"seconds": {func() string { return "121" }, 121 * time.Second},
		"date":    {func() string { return httpDate(121 * time.Second) }, 121 * time.Second},
		// More than a duration, or even a number, can hold: a year stands for all of it.
		"absurd seconds":       {func() string { return "10000000000" }, year},
		"absurd in 32 bits":    {func() string { return "4294967297" }, year},
		"seconds beyond count": {func() string { return "99999999999999999999" }, year},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, start := &seen{}, time.Now()
				api := offline(t, func(r *http.Request) (*http.Response, error) {
					s.note(r)
					return reply(r, 429, `{"message": "slow down"}`, "Retry-After", c.header()), nil
				})
				_, err := api.Do(t.Context(), mint())
				e := failure(t, err)
				if e.Kind != rest.Throttled || e.Wait != c.wait || e.Executed || e.Message != "slow down" {
					t.Errorf("got %+v", e)
				}
				if s.count() != 1 || time.Since(start) != 0 {
					t.Errorf("%d requests in %s", s.count(), time.Since(start))
				}
			})
		})
	}
}

// TestPauseBudget: a server that limits for ever is given up, and the pauses that were taken count, not the ones asked for.
func TestPauseBudget(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string][]string{
		"long pauses": {"Retry-After", "100"}, "short pauses": {"Retry-After", "10"}, "without a length": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, start := &seen{}, time.Now()
				api := offline(t, func(r *http.Request) (*http.Response, error) {
					s.note(r)
					return reply(r, 429, "", headers...), nil
				})
				_, err := api.Do(t.Context(), get("/tokens"))
				if e := failure(t, err); e.Kind != rest.Throttled || e.Wait != 0 {
					t.Errorf("got %+v; no single pause was too long", e)
				}
				if took := time.Since(start); took > 5*time.Minute || took < 3*time.Minute {
					t.Errorf("gave up after %s and %d requests", took, s.count())
				}
			})
		})
	}
}

// TestOnePauseForAll: ten callers meet the same limit, stand still together and come back once.
func TestOnePauseForAll(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		headers []string
		pause   time.Duration
	}{
		"with a length": {[]string{"Retry-After", "7"}, 7 * time.Second}, "without": {nil, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, start := &seen{}, time.Now()
				api := offline(t, func(r *http.Request) (*http.Response, error) {
					s.note(r)
					time.Sleep(10 * time.Millisecond)
					if time.Since(start) < c.pause {
						return reply(r, 429, "", c.headers...), nil
					}
					return reply(r, 200, "{}"), nil
				})
				var all sync.WaitGroup
				for range 10 {
					all.Go(func() {
						if _, err := api.Do(t.Context(), mint()); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				if s.count() != 20 {
					t.Errorf("%d requests, want 20", s.count())
				}
				if last := s.times[s.count()-1].Sub(start); last > c.pause+20*time.Millisecond {
					t.Errorf("the last request came after %s, want %s", last, c.pause)
				}
			})
		})
	}
}

// TestPausesGrow: a server that goes on refusing without a length is asked less and less often, and an answer ends that.
func TestPausesGrow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, good := &seen{}, map[int]bool{4: true, 6: true}
		api := offline(t, func(r *http.Request) (*http.Response, error) {
			if good[s.note(r)] {
				return reply(r, 200, "{}"), nil
			}
			return reply(r, 429, ""), nil
		})
		for range 2 {
			if _, err := api.Do(t.Context(), get("/tokens")); err != nil {
				t.Fatal(err)
			}
		}
		var gaps []time.Duration
		for i := 1; i < s.count(); i++ {
			gaps = append(gaps, s.times[i].Sub(s.times[i-1]).Round(time.Second))
		}
		if got := fmt.Sprint(gaps); got != "[1s 2s 4s 0s 1s]" {
			t.Errorf("pauses %s", got)
		}
	})
}

// window is a server that counts as vendors do: so many requests in any window of that length, at arrival.
type window struct {
	limit   int
	per     time.Duration
	latency func(number int) time.Duration
	seen
	refused int
}

// forget empties the window.
func (w *window) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.times = nil
}

func (w *window) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	number := len(w.times)
	w.mu.Unlock()
	if w.latency != nil {
		time.Sleep(w.latency(number))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now, recent := time.Now(), 0
	for _, at := range w.times {
		if now.Sub(at) < w.per {
			recent++
		}
	}
	if recent >= w.limit {
		w.refused++
		return reply(r, 429, "", "Retry-After", "1"), nil
	}
	w.times = append(w.times, now)
	return reply(r, 200, "{}"), nil
}

// TestWindow: the documented limit is kept without being told, and hardly any time is given away.
func TestWindow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limit, calls int
		per          time.Duration
		latency      func(int) time.Duration
	}{
		"5 per 300 ms":              {5, 23, 300 * time.Millisecond, nil},
		"5 per 300 ms, over a line": {5, 23, 300 * time.Millisecond, func(n int) time.Duration { return time.Duration(n%6) * time.Millisecond }},
		"100 per 10 s":              {100, 300, 10 * time.Second, func(n int) time.Duration { return time.Duration(n%40) * time.Millisecond }},
		"one at a time":             {1, 4, time.Second, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server, start := &window{limit: c.limit, per: c.per, latency: c.latency}, time.Now()
				api := client(t, imaginary, server, func(o *rest.Options) { o.Limit = rest.Limit{Requests: c.limit, Per: c.per} })
				var all sync.WaitGroup
				for range c.calls {
					all.Go(func() {
						if _, err := api.Do(t.Context(), mint()); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				own := time.Duration((c.calls-1)/c.limit) * c.per
				if took := time.Since(start); server.refused > 0 || took < own || took > own*105/100 {
					t.Errorf("%d refused, took %s, the limit's own time is %s", server.refused, took, own)
				}
			})
		})
	}
}

// TestCreateThatWaitsForItsTurn is interrupted: it must not be sent at all.
func TestCreateThatWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &seen{}
		api := offline(t, func(r *http.Request) (*http.Response, error) {
			s.note(r)
			return reply(r, 200, "{}"), nil
		}, func(o *rest.Options) { o.Limit = rest.Limit{Requests: 1, Per: time.Minute} })
		if _, err := api.Do(t.Context(), get("/tokens")); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := api.Do(ctx, mint())
		if e := failure(t, err); e.Kind != rest.Interrupted || e.Executed {
			t.Errorf("got %+v", e)
		}
		time.Sleep(2 * time.Minute)
		if s.count() != 1 {
			t.Errorf("%d requests were sent", s.count())
		}
	})
}
