package rest_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// Review: a copy that is a minute old passes for recent while somebody else's refresh is under way, or after one that was interrupted.
func TestReview_RecentIsNotAnOldCopyWhileARefreshRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lists := rest.Lists[string]{Now: time.Now}
		s := &shop{items: []string{"a"}}
		if _, err := lists.Get(t.Context(), "k", s.fetch); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		s.set(nil, "a", "foreign")
		var all sync.WaitGroup
		all.Go(func() { _, _ = lists.Refresh(t.Context(), "k", s.fetch) })
		time.Sleep(time.Second / 2) // the refresh takes a second
		if got, err := lists.Recent(t.Context(), "k", s.fetch); err != nil || !slices.Equal(got, []string{"a", "foreign"}) {
			t.Errorf("recent is %q (%v): the copy of a minute ago", got, err)
		}
		all.Wait()
	})
}

func TestReview_RecentIsNotAnOldCopyAfterAnInterruptedRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lists := rest.Lists[string]{Now: time.Now}
		s := &shop{items: []string{"a"}}
		if _, err := lists.Get(t.Context(), "k", s.fetch); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		s.set(&rest.Error{Kind: rest.Interrupted})
		_, _ = lists.Refresh(t.Context(), "k", s.fetch)
		s.set(nil, "a", "foreign")
		if got, err := lists.Recent(t.Context(), "k", s.fetch); err != nil || !slices.Equal(got, []string{"a", "foreign"}) {
			t.Errorf("recent is %q (%v): the copy of a minute ago", got, err)
		}
	})
}

// Review: nothing else notices if Put no longer tells a fetch that is under way, and may have missed the item.
func TestReview_PutDuringFetch(t *testing.T) {
	t.Parallel()
	for _, fresh := range []string{"b1", "", "b0"} {
		synctest.Test(t, func(t *testing.T) {
			lists := rest.Lists[string]{ID: func(item string) string { return item[:1] }}
			s := &shop{items: []string{"a1"}}
			if fresh != "" {
				s.items = append(s.items, fresh)
			}
			var all sync.WaitGroup
			all.Go(func() { _, _ = lists.Get(t.Context(), "k", s.fetch) })
			time.Sleep(time.Second / 2)
			lists.Put("k", "b1")
			all.Wait()
			expect(t, &lists, s, 1, "a1", "b1")
		})
	}
}
