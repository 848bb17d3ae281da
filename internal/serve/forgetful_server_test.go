package serve_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/serve"
)

// Terraform interrupts a provider through StopProvider, or gives up a single call; both end what runs.
func TestInterruptionReachesARunningCall(t *testing.T) {
	t.Parallel()
	for name, interrupt := range map[string]func(*testing.T, tfprotov6.ProviderServer, context.CancelFunc){
		"the call is given up": func(_ *testing.T, _ tfprotov6.ProviderServer, cancel context.CancelFunc) { cancel() },
		"the provider is stopped": func(t *testing.T, server tfprotov6.ProviderServer, _ context.CancelFunc) {
			t.Helper()
			if _, err := server.StopProvider(t.Context(), &tfprotov6.StopProviderRequest{}); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running := make(chan struct{})
			var waiting provider.Provider = probe{run: func(ctx context.Context) bool {
				close(running)
				<-ctx.Done()
				return true
			}}
			server := serve.Forgetful(providerserver.NewProtocol6(waiting)())
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			returned := make(chan error)
			go func() {
				_, err := server.CallFunction(ctx, &tfprotov6.CallFunctionRequest{Name: "probe"})
				returned <- err
			}()
			<-running
			interrupt(t, server, cancel)
			if err := <-returned; err != nil {
				t.Fatal(err)
			}
		})
	}
}

// streams is a server whose streams tell whether the context of their call is alive.
type streams struct {
	serve.FullServer
	ctx *context.Context
	err error
}

func (s streams) ListResource(ctx context.Context, _ *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	*s.ctx = ctx
	return &tfprotov6.ListResourceServerStream{Results: func(yield func(tfprotov6.ListResourceResult) bool) {
		for range 3 {
			if !yield(tfprotov6.ListResourceResult{DisplayName: state(ctx)}) {
				return
			}
		}
	}}, s.err
}

func (s streams) InvokeAction(ctx context.Context, _ *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	*s.ctx = ctx
	return &tfprotov6.InvokeActionServerStream{Events: func(yield func(tfprotov6.InvokeActionEvent) bool) {
		for range 3 {
			if !yield(tfprotov6.InvokeActionEvent{Type: tfprotov6.ProgressInvokeActionEventType{Message: state(ctx)}}) {
				return
			}
		}
	}}, s.err
}

func state(ctx context.Context) string {
	if value, ok := ctx.Value(key{}).(string); ok && ctx.Err() == nil {
		return value
	}
	return "over"
}

// A stream is read after its call has returned; it has its context until then, and no longer.
func TestStreamKeepsItsContextWhileItIsRead(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(context.Context, serve.FullServer, int) ([]string, error){
		"list": func(ctx context.Context, server serve.FullServer, limit int) ([]string, error) {
			stream, err := server.ListResource(ctx, &tfprotov6.ListResourceRequest{})
			if err != nil {
				return nil, err
			}
			var seen []string
			for result := range stream.Results {
				if seen = append(seen, result.DisplayName); len(seen) == limit {
					break
				}
			}
			return seen, nil
		},
		"action": func(ctx context.Context, server serve.FullServer, limit int) ([]string, error) {
			stream, err := server.InvokeAction(ctx, &tfprotov6.InvokeActionRequest{})
			if err != nil {
				return nil, err
			}
			var seen []string
			for event := range stream.Events {
				progress, _ := event.Type.(tfprotov6.ProgressInvokeActionEventType)
				if seen = append(seen, progress.Message); len(seen) == limit {
					break
				}
			}
			return seen, nil
		},
	} {
		for _, c := range []struct {
			name  string
			limit int
			err   error
			want  []string
		}{
			{"read to its end", 9, nil, []string{"alive", "alive", "alive"}},
			{"given up", 2, nil, []string{"alive", "alive"}},
			{"refused", 9, errors.New("no stream"), nil},
		} {
			t.Run(name+" "+c.name, func(t *testing.T) {
				t.Parallel()
				var used context.Context
				server, _ := serve.Forgetful(streams{ctx: &used, err: c.err}).(serve.FullServer)
				seen, err := read(context.WithValue(t.Context(), key{}, "alive"), server, c.limit)
				if !errors.Is(err, c.err) || !slices.Equal(seen, c.want) {
					t.Errorf("read %q and %v, want %q and %v", seen, err, c.want, c.err)
				}
				if state(used) != "over" || !isDone(used) {
					t.Error("the context outlives its stream")
				}
			})
		}
	}
}
