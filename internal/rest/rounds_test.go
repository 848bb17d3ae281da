package rest_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// TestListsRefresh_context: each fetch has the context of somebody who waits for it, and not of one who has left, but does not end with that one.
func TestListsRefresh_context(t *testing.T) {
	t.Parallel()
	type who struct{}
	synctest.Test(t, func(t *testing.T) {
		var lists rest.Lists[string]
		var all sync.WaitGroup
		s := &shop{items: []string{"a"}}
		var found []any
		fetch := func(ctx context.Context) ([]string, error) {
			found = append(found, ctx.Value(who{}))
			return s.fetch(ctx)
		}
		refreshes := func(name string, after time.Duration) {
			ctx, stop := context.WithTimeout(context.WithValue(t.Context(), who{}, name), after)
			all.Go(func() {
				defer stop()
				_, _ = lists.Refresh(ctx, "k", fetch)
			})
			synctest.Wait()
		}
		refreshes("first", 500*time.Millisecond)
		refreshes("left before it began", 200*time.Millisecond)
		refreshes("still there", time.Minute)
		all.Wait()
		if len(found) != 2 || found[0] != "first" || found[1] != "still there" {
			t.Errorf("the fetches had the contexts of %v", found)
		}
		expect(t, &lists, s, 2, "a")
	})
}
