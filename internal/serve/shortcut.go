package serve

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Shortcut is a provider that can answer for some objects that do not change without the framework.
type Shortcut interface {
	// ReadStored returns nil for a refresh that the framework has to answer, and the context for that.
	ReadStored(ctx context.Context, request *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, context.Context)
	// PlanUnchanged returns nil for a plan that the framework has to make.
	PlanUnchanged(ctx context.Context, request *tfprotov6.PlanResourceChangeRequest) *tfprotov6.PlanResourceChangeResponse
}

// shortcutServer asks the provider first about refreshes and plans.
type shortcutServer struct {
	FullServer
	short Shortcut
	stop  *stop
}

// shortened wraps the framework's server, where the provider can answer for itself.
func shortened(server tfprotov6.ProviderServer, of provider.Provider) tfprotov6.ProviderServer {
	full, isFull := server.(FullServer)
	short, answers := of.(Shortcut)
	if !isFull || !answers {
		return server
	}
	return shortcutServer{full, short, newStop()}
}

// ReadResource implements [tfprotov6.ProviderServer].
func (s shortcutServer) ReadResource(ctx context.Context, request *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	ctx, end := s.stop.begin(ctx)
	defer end()
	answer, ctx := s.short.ReadStored(ctx, request)
	if answer != nil {
		return answer, nil
	}
	return s.FullServer.ReadResource(ctx, request)
}

// PlanResourceChange implements [tfprotov6.ProviderServer].
func (s shortcutServer) PlanResourceChange(ctx context.Context, request *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	if answer := s.short.PlanUnchanged(ctx, request); answer != nil {
		return answer, nil
	}
	return s.FullServer.PlanResourceChange(ctx, request)
}

// StopProvider implements [tfprotov6.ProviderServer]: the framework cancels only what it has been asked itself.
func (s shortcutServer) StopProvider(ctx context.Context, request *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	s.stop.now()
	return s.FullServer.StopProvider(ctx, request)
}

// stop cancels calls when Terraform is interrupted. As with the framework, calls that come later run: a provider that Terraform is
// attached to outlives the run that was interrupted.
type stop struct {
	mu      sync.Mutex
	calls   int
	cancels map[int]context.CancelFunc
}

func newStop() *stop { return &stop{cancels: map[int]context.CancelFunc{}} }

// begin returns the context of a call, and what ends it.
func (s *stop) begin(parent context.Context) (context.Context, func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithCancel(parent)
	call := s.calls
	s.calls++
	s.cancels[call] = cancel
	return ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.cancels, call)
		cancel()
	}
}

// now cancels what runs.
func (s *stop) now() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, cancel := range s.cancels {
		cancel()
	}
}
