package serve_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/serve"
)

// Review: the second round of a shared refresh runs in the context of the first caller, whose call is over by then: it finds no logger, so its requests are not logged.
func TestReview_EveryRoundOfARefreshFindsTheLoggersOfALiveCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lists rest.Lists[string]
		var seen []any
		fetch := func(ctx context.Context) ([]string, error) {
			time.Sleep(time.Second)
			seen = append(seen, ctx.Value(key{}))
			return nil, nil
		}
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				ctx, end := serve.Begin(context.WithValue(t.Context(), key{}, "loggers"))
				defer end()
				_, _ = lists.Refresh(ctx, "k", fetch)
			})
			time.Sleep(time.Second / 4)
		}
		all.Wait()
		if len(seen) != 2 || seen[0] != "loggers" || seen[1] != "loggers" {
			t.Errorf("the rounds found %v", seen)
		}
	})
}
