package serve_test

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/serve"
)

// planningProbe is a provider that refreshes and plans for itself.
type planningProbe struct {
	probe
	read *tfprotov6.ReadResourceResponse
	plan *tfprotov6.PlanResourceChangeResponse
}

func (p planningProbe) ReadStored(ctx context.Context, _ *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, context.Context) {
	return p.read, ctx
}

func (p planningProbe) PlanUnchanged(context.Context, *tfprotov6.PlanResourceChangeRequest) *tfprotov6.PlanResourceChangeResponse {
	return p.plan
}

// What is served is both wrappers around the framework: the provider is asked first, and no call is kept. Where somebody wants the logs,
// the provider is not asked, because the framework logs what it does.
func TestServer(t *testing.T) {
	t.Parallel()
	short := planningProbe{read: &tfprotov6.ReadResourceResponse{}, plan: &tfprotov6.PlanResourceChangeResponse{}}
	for name, isLogged := range map[string]bool{"without logs": false, "with logs": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			served := serve.Server(short, isLogged)
			if got, err := served.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{}); err != nil || (got != short.read) != isLogged {
				t.Errorf("a refresh is answered with %v, %v", got, err)
			}
			if got, err := served.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{}); err != nil || (got != short.plan) != isLogged {
				t.Errorf("a plan is answered with %v, %v", got, err)
			}
			if keepsContext(t, serve.Server(newChattyProbe(), isLogged), "ReadResource") {
				t.Error("the context of a call is kept")
			}
		})
	}
}
