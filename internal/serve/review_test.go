package serve_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

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

// planningProbe is a provider that plans for itself.
type planningProbe struct {
	probe
	answer *tfprotov6.PlanResourceChangeResponse
}

func (p planningProbe) PlanUnchanged(context.Context, *tfprotov6.PlanResourceChangeRequest) *tfprotov6.PlanResourceChangeResponse {
	return p.answer
}

// Review: what main serves is both wrappers around the framework. Without this test either can be left out of Server, and every test passes.
func TestReview_ServerIsBothWrappers(t *testing.T) {
	t.Parallel()
	want := &tfprotov6.PlanResourceChangeResponse{}
	served := serve.Server(planningProbe{answer: want})
	if got, err := served.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{}); err != nil || got != want {
		t.Errorf("the provider is not asked about a plan: %v, %v", got, err)
	}
	if keepsContext(t, serve.Server(newChattyProbe()), "ReadResource") {
		t.Error("the served provider keeps the context of a call")
	}
}
