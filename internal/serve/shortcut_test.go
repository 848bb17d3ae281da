package serve_test

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/serve"
)

// waiter is a provider that answers refreshes without the framework, and not before their context is done.
type waiter struct {
	probe
	running chan struct{}
}

func (w waiter) ReadStored(ctx context.Context, request *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, context.Context) {
	w.running <- struct{}{}
	<-ctx.Done()
	return &tfprotov6.ReadResourceResponse{Private: request.Private}, ctx
}

func (waiter) PlanUnchanged(context.Context, *tfprotov6.PlanResourceChangeRequest) *tfprotov6.PlanResourceChangeResponse {
	return nil
}

// Terraform's interrupt reaches what the provider answers without the framework, too: every call that runs, in one run after another.
func TestInterruptionReachesAShortcut(t *testing.T) {
	t.Parallel()
	const calls = 3
	w := waiter{running: make(chan struct{})}
	server := serve.Server(w, false)
	for range 2 {
		returned := make(chan error)
		for range calls {
			go func() {
				answer, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{Private: []byte("kept")})
				if err == nil && string(answer.Private) != "kept" {
					t.Errorf("answered %s", answer.Private)
				}
				returned <- err
			}()
		}
		for range calls {
			<-w.running
		}
		if _, err := server.StopProvider(t.Context(), &tfprotov6.StopProviderRequest{}); err != nil {
			t.Fatal(err)
		}
		for range calls {
			if err := <-returned; err != nil {
				t.Fatal(err)
			}
		}
	}
}
