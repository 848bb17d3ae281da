package rest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// shop is what a server holds; a fetch takes a second and shows what was there when it began.
type shop struct {
	mu      sync.Mutex
	items   []string
	err     error
	fetches int
}

func (s *shop) fetch(ctx context.Context) ([]string, error) {
	s.mu.Lock()
	items, err := slices.Clone(s.items), s.err
	s.fetches++
	s.mu.Unlock()
	select {
	case <-time.After(time.Second):
		return items, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *shop) set(err error, items ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items, s.err = items, err
}

// with returns a change that comes out the same the second time.
func with(item string) func([]string) []string {
	return func(all []string) []string {
		return append(slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == item }), item)
	}
}

func without(item string) func([]string) []string {
	return func(all []string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == item })
	}
}

func expect(t *testing.T, lists *rest.Lists[string], s *shop, fetches int, want ...string) {
	t.Helper()
	got, err := lists.Get(t.Context(), "k", s.fetch)
	if err != nil || !slices.Equal(got, want) || s.fetches != fetches {
		t.Errorf("%d fetches, got %q, want %q: %v", s.fetches, got, want, err)
	}
}

func TestListsFetchOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lists rest.Lists[string]
		var all sync.WaitGroup
		s := &shop{items: []string{"a", "b"}}
		for range 100 {
			all.Go(func() {
				got, err := lists.Get(t.Context(), "k", s.fetch)
				if err != nil || !slices.Equal(got, []string{"a", "b"}) {
					t.Errorf("got %q, %v", got, err)
					return
				}
				// All share the slice, and none can grow it into what the others see.
				if grown := append(got, "own"); &grown[0] == &got[0] {
					t.Error("the slice has room")
				}
			})
		}
		all.Wait()
		expect(t, &lists, s, 1, "a", "b")
		other := &shop{}
		if got, err := lists.Get(t.Context(), "other", other.fetch); err != nil || len(got) != 0 || other.fetches != 1 {
			t.Errorf("another key: %q, %v", got, err)
		}
		// An empty list is a list.
		if _, err := lists.Get(t.Context(), "other", other.fetch); err != nil || other.fetches != 1 {
			t.Errorf("%d fetches of an empty list: %v", other.fetches, err)
		}
	})
}

// TestListsFetchOnceWhenFast: a reader who finds no copy and comes a moment after the fetch has ended does not fetch again.
func TestListsFetchOnceWhenFast(t *testing.T) {
	t.Parallel()
	for range 500 {
		var lists rest.Lists[string]
		var fetches atomic.Int32
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				_, _ = lists.Get(t.Context(), "k", func(context.Context) ([]string, error) {
					fetches.Add(1)
					return []string{"a"}, nil
				})
			})
		}
		all.Wait()
		if fetches.Load() != 1 {
			t.Fatalf("%d fetches", fetches.Load())
		}
	}
}

func TestListsChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lists rest.Lists[string]
		s := &shop{items: []string{"a", "b"}}
		// Nothing is there yet, and the fetch will show it.
		lists.Change("k", with("never"))
		expect(t, &lists, s, 1, "a", "b")
		lists.Change("k", with("c"))
		lists.Change("k", without("a"))
		lists.Change("other", with("x"))
		expect(t, &lists, s, 1, "b", "c")
	})
}

// TestListsChangeDuringFetch: a fetch that began before a write may have missed it, or may hold it already.
func TestListsChangeDuringFetch(t *testing.T) {
	t.Parallel()
	for _, fresh := range []bool{false, true} {
		t.Run(fmt.Sprintf("fresh %t", fresh), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var lists rest.Lists[string]
				var all sync.WaitGroup
				s := &shop{items: []string{"a", "b", "c"}}
				fetches := 1
				if fresh {
					expect(t, &lists, s, 1, "a", "b", "c")
					fetches++
				}
				all.Go(func() {
					read := lists.Get
					if fresh {
						read = lists.Refresh
					}
					if got, err := read(t.Context(), "k", s.fetch); err != nil || !slices.Equal(got, []string{"b", "c", "d"}) {
						t.Errorf("the fetch returned %q, %v", got, err)
					}
				})
				synctest.Wait()
				time.Sleep(time.Second / 2)
				lists.Change("k", without("a"))
				lists.Change("k", with("c"))
				lists.Change("k", with("d"))
				all.Wait()
				expect(t, &lists, s, fetches, "b", "c", "d")
				// What was worked in once is not worked in again.
				s.set(nil, "z")
				if got, err := lists.Refresh(t.Context(), "k", s.fetch); err != nil || !slices.Equal(got, []string{"z"}) {
					t.Errorf("got %q, %v", got, err)
				}
			})
		})
	}
}

// TestListsOverlappingFetches: each fetch is given the changes since it began, and no earlier ones. A first read and a refresh may
// be under way together; of two refreshes the second begins when the first has ended.
func TestListsOverlappingFetches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lists rest.Lists[string]
		var all sync.WaitGroup
		s := &shop{items: []string{"a"}}
		reads := func(read func(context.Context, string, func(context.Context) ([]string, error)) ([]string, error), want ...string) {
			all.Go(func() {
				got, err := read(t.Context(), "k", s.fetch)
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("got %q, want %q: %v", got, want, err)
				}
			})
		}
		reads(lists.Get, "a", "b", "c")
		synctest.Wait()
		lists.Change("k", with("b"))
		time.Sleep(time.Second / 2)
		// Somebody else deletes b before the second fetch begins.
		s.set(nil, "a")
		reads(lists.Refresh, "a", "c")
		synctest.Wait()
		lists.Change("k", with("c"))
		all.Wait()
		expect(t, &lists, s, 2, "a", "c")
	})
}

// TestListsRefreshShared: those who wait at the same time share a refresh, and none gets one that began before its call.
func TestListsRefreshShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lists rest.Lists[string]
		var all sync.WaitGroup
		s := &shop{items: []string{"a"}}
		refreshes := func(want ...string) {
			all.Go(func() {
				got, err := lists.Refresh(t.Context(), "k", s.fetch)
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("got %q, want %q: %v", got, want, err)
				}
			})
		}
		refreshes("a")
		synctest.Wait()
		s.set(nil, "a", "b")
		for range 10 {
			refreshes("a", "b")
		}
		all.Wait()
		if s.fetches != 2 {
			t.Errorf("%d fetches for one refresh and ten that wait for the next", s.fetches)
		}
	})
}

// TestListsRecent: a copy that is old by the clock of the lists is fetched again.
func TestListsRecent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lists := rest.Lists[string]{Now: time.Now}
		s := &shop{items: []string{"a"}}
		for _, step := range []struct {
			after   time.Duration
			fetches int
		}{{0, 1}, {3 * time.Second, 1}, {3 * time.Second, 2}} {
			time.Sleep(step.after)
			if _, err := lists.Recent(t.Context(), "k", s.fetch); err != nil || s.fetches != step.fetches {
				t.Errorf("%d fetches instead of %d: %v", s.fetches, step.fetches, err)
			}
		}
	})
}

func TestListsRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lists rest.Lists[string]
		s := &shop{items: []string{"a"}}
		expect(t, &lists, s, 1, "a")
		s.set(nil, "a", "b")
		expect(t, &lists, s, 1, "a")
		got, err := lists.Refresh(t.Context(), "k", s.fetch)
		if err != nil || !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("got %q, %v", got, err)
		}
		got[0] = "spoilt"
		expect(t, &lists, s, 2, "a", "b")
	})
}

// TestListsRememberFailure: a list that failed has failed for the run, until somebody refreshes it.
func TestListsRememberFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lists rest.Lists[string]
		var all sync.WaitGroup
		broken := &rest.Error{Kind: rest.Faulty, Status: 503}
		s := &shop{err: broken}
		for range 10 {
			all.Go(func() {
				if _, err := lists.Get(t.Context(), "k", s.fetch); !errors.Is(err, broken) {
					t.Errorf("got %v", err)
				}
			})
		}
		all.Wait()
		s.set(nil, "a")
		if _, err := lists.Get(t.Context(), "k", s.fetch); !errors.Is(err, broken) || s.fetches != 1 {
			t.Errorf("%d fetches: %v", s.fetches, err)
		}
		// A change cannot be worked into a list that is not there.
		lists.Change("k", with("b"))
		if _, err := lists.Get(t.Context(), "k", s.fetch); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		lists.Drop()
		expect(t, &lists, s, 2, "a")
	})
}

// TestListsCancelledFetch is not remembered, and the others who waited for it ask themselves.
func TestListsCancelledFetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lists rest.Lists[string]
		var all sync.WaitGroup
		s := &shop{items: []string{"a"}}
		ctx, cancel := context.WithCancel(t.Context())
		all.Go(func() {
			if _, err := lists.Get(ctx, "k", s.fetch); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		for range 10 {
			all.Go(func() {
				got, err := lists.Get(t.Context(), "k", s.fetch)
				if err != nil || !slices.Equal(got, []string{"a"}) {
					t.Errorf("got %q, %v", got, err)
				}
			})
		}
		synctest.Wait()
		cancel()
		all.Wait()
		expect(t, &lists, s, 2, "a")
	})
}

// TestListsCancelledWaiter leaves, and the fetch goes on for the others.
func TestListsCancelledWaiter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lists rest.Lists[string]
		var all sync.WaitGroup
		s, start := &shop{items: []string{"a"}}, time.Now()
		all.Go(func() {
			got, err := lists.Get(t.Context(), "k", s.fetch)
			if err != nil || !slices.Equal(got, []string{"a"}) {
				t.Errorf("got %q, %v", got, err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := lists.Get(ctx, "k", s.fetch); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Millisecond {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		all.Wait()
		expect(t, &lists, s, 1, "a")
	})
}

// TestListsDropDuringFetch: what was fetched before a write is not kept after it, whether that fetch ends before the next one or after it.
func TestListsDropDuringFetch(t *testing.T) {
	t.Parallel()
	for _, longer := range []time.Duration{0, 2 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			var lists rest.Lists[string]
			var all sync.WaitGroup
			s := &shop{items: []string{"a"}}
			all.Go(func() {
				_, err := lists.Get(t.Context(), "k", func(ctx context.Context) ([]string, error) {
					items, err := s.fetch(ctx)
					time.Sleep(longer)
					return items, err
				})
				if err != nil {
					t.Error(err)
				}
			})
			time.Sleep(time.Second / 2)
			s.set(nil, "b")
			lists.Drop()
			// These come after the write and must not be served with what was there before it.
			all.Go(func() { expect(t, &lists, s, 2, "b") })
			time.Sleep(3 * time.Second / 4)
			expect(t, &lists, s, 2, "b")
			all.Wait()
			expect(t, &lists, s, 2, "b")
		})
	}
}

// TestListsInterruptedFetch: the client's own word for an interrupt is not remembered either.
func TestListsInterruptedFetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lists rest.Lists[string]
		s := &shop{err: &rest.Error{Kind: rest.Interrupted}}
		if _, err := lists.Refresh(t.Context(), "k", s.fetch); err == nil {
			t.Error("no error")
		}
		s.set(nil, "a")
		expect(t, &lists, s, 2, "a")
	})
}
