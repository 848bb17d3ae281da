package rest_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// sleep waits for a time, or until the context ends.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TestListsAnnounce: ten write at the same time, each for another time, and look at one list, which is begun after the last.
func TestListsAnnounce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lists := rest.Lists[string]{Sleep: sleep}
		var all sync.WaitGroup
		s, start := &shop{items: []string{"a"}}, time.Now()
		for i := range 10 {
			all.Go(func() {
				ctx, withdraw := lists.Announce(t.Context(), "k")
				defer withdraw()
				// After all have announced themselves.
				time.Sleep(time.Duration(i+1) * 100 * time.Millisecond)
				if i == 9 {
					s.set(nil, "a", "b")
				}
				if got, err := lists.Refresh(ctx, "k", s.fetch); err != nil || len(got) != 2 {
					t.Errorf("got %q, %v", got, err)
				}
			})
		}
		all.Wait()
		if passed := time.Since(start) - time.Second; s.fetches != 1 || passed != time.Second {
			t.Errorf("%d lists after %s", s.fetches, passed)
		}
	})
}

// TestListsAnnounce_whom: a list waits for nobody who is late, who has withdrawn, who has come already, or who looks at another list; nor for
// the one who asks for it.
func TestListsAnnounce_whom(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		others func(ctx context.Context, lists *rest.Lists[string], s *shop)
		wait   time.Duration
	}{
		"nobody": {func(context.Context, *rest.Lists[string], *shop) {}, 0},
		"late":   {func(ctx context.Context, lists *rest.Lists[string], _ *shop) { lists.Announce(ctx, "k") }, time.Second},
		"withdrawn": {func(ctx context.Context, lists *rest.Lists[string], _ *shop) {
			_, withdraw := lists.Announce(ctx, "k")
			withdraw()
			withdraw()
		}, 0},
		"withdraws later": {func(ctx context.Context, lists *rest.Lists[string], _ *shop) {
			_, withdraw := lists.Announce(ctx, "k")
			time.AfterFunc(300*time.Millisecond, withdraw)
		}, 300 * time.Millisecond},
		"has come": {func(ctx context.Context, lists *rest.Lists[string], s *shop) {
			ctx, withdraw := lists.Announce(ctx, "k")
			defer withdraw()
			if _, err := lists.Refresh(ctx, "k", s.fetch); err != nil {
				t.Error(err)
			}
		}, 0},
		"another list": {func(ctx context.Context, lists *rest.Lists[string], _ *shop) { lists.Announce(ctx, "other") }, 0},
		"no clock": {func(ctx context.Context, lists *rest.Lists[string], _ *shop) {
			lists.Announce(ctx, "k")
			lists.Sleep = nil
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				lists := rest.Lists[string]{Sleep: sleep}
				s := &shop{items: []string{"a"}}
				c.others(t.Context(), &lists, s)
				ctx, withdraw := lists.Announce(t.Context(), "k")
				start := time.Now()
				if got, err := lists.Refresh(ctx, "k", s.fetch); err != nil || len(got) != 1 {
					t.Errorf("got %q, %v", got, err)
				}
				withdraw()
				if passed := time.Since(start) - time.Second; passed != c.wait {
					t.Errorf("waited %s instead of %s", passed, c.wait)
				}
			})
		})
	}
}
