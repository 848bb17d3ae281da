package rest_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// TestListsRecent_whileARefreshRuns: the copy is as old as the fetch that it is from, and not as one of somebody else that has not ended.
func TestListsRecent_whileARefreshRuns(t *testing.T) {
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

// TestListsRecent_afterAnInterruptedRefresh: a fetch that brought nothing does not make the copy younger.
func TestListsRecent_afterAnInterruptedRefresh(t *testing.T) {
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

// TestListsRecent_joinsNoOldFetch: a list that another reader began to fetch long before the call is not recent, and is fetched again.
func TestListsRecent_joinsNoOldFetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lists := rest.Lists[string]{Now: time.Now}
		s := &shop{items: []string{"a"}}
		slow := func(ctx context.Context) ([]string, error) {
			items, err := s.fetch(ctx)
			time.Sleep(time.Minute)
			return items, err
		}
		var all sync.WaitGroup
		all.Go(func() { _, _ = lists.Get(t.Context(), "k", slow) })
		time.Sleep(30 * time.Second)
		s.set(nil, "a", "foreign")
		if got, err := lists.Recent(t.Context(), "k", s.fetch); err != nil || !slices.Equal(got, []string{"a", "foreign"}) {
			t.Errorf("recent is %q (%v): what was there half a minute ago", got, err)
		}
		all.Wait()
		// A fetch that has just ended and began a minute ago is old. Who has been interrupted gets neither it nor another.
		if _, err := lists.Refresh(t.Context(), "k", slow); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		fetches := s.fetches
		_, err := lists.Recent(ctx, "k", s.fetch)
		if synctest.Wait(); !errors.Is(err, context.Canceled) || s.fetches != fetches {
			t.Errorf("somebody who was interrupted gets %v, after %d fetches", err, s.fetches-fetches)
		}
	})
}
