package rest_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

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
