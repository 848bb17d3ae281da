package serve_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/serve"
)

// rememberingServer counts how often it is made to forget the calls that have ended, and lets a test look at a call while it runs.
type rememberingServer struct {
	serve.FullServer
	emptied int
	during  func()
}

// StopProvider implements [tfprotov6.ProviderServer].
func (s *rememberingServer) StopProvider(ctx context.Context, request *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	s.emptied++
	return s.FullServer.StopProvider(ctx, request)
}

// GetFunctions implements [tfprotov6.ProviderServer].
func (s *rememberingServer) GetFunctions(ctx context.Context, request *tfprotov6.GetFunctionsRequest) (*tfprotov6.GetFunctionsResponse, error) {
	if s.during != nil {
		s.during()
	}
	return s.FullServer.GetFunctions(ctx, request)
}

// newRememberingServer returns a server and its wrapper.
func newRememberingServer(t *testing.T) (*rememberingServer, tfprotov6.ProviderServer) {
	t.Helper()
	full, ok := newFrameworkServer().(serve.FullServer)
	if !ok {
		t.Fatal("the framework's server cannot do everything")
	}
	remembering := &rememberingServer{FullServer: full}
	return remembering, serve.Forgetful(remembering)
}

// The framework's server forgets calls that have ended, every one of them but those of state stores, once there are many.
func TestEndedCallsAreForgotten(t *testing.T) {
	t.Parallel()
	for method := range reflect.TypeFor[serve.FullServer]().Methods() {
		if method.Name == "StopProvider" || strings.Contains(method.Name, "State") && !strings.Contains(method.Name, "ResourceState") {
			continue
		}
		t.Run(method.Name, func(t *testing.T) {
			t.Parallel()
			remembering, server := newRememberingServer(t)
			for range serve.MostShells - 1 {
				call(t, server, method.Name)
			}
			if remembering.emptied != 0 {
				t.Errorf("forgotten %d times after %d calls", remembering.emptied, serve.MostShells-1)
			}
			for range serve.MostShells + 1 {
				call(t, server, method.Name)
			}
			if remembering.emptied != 2 {
				t.Errorf("forgotten %d times after %d calls, want 2", remembering.emptied, 2*serve.MostShells)
			}
		})
	}
}

// Nothing is forgotten while a call runs, which that would cancel.
func TestRunningCallsAreNotForgotten(t *testing.T) {
	t.Parallel()
	remembering, server := newRememberingServer(t)
	remembering.during = func() {
		for range 2 * serve.MostShells {
			call(t, server, "UpgradeResourceState")
		}
		if remembering.emptied != 0 {
			t.Errorf("forgotten %d times while a call runs", remembering.emptied)
		}
	}
	call(t, server, "GetFunctions")
	if remembering.emptied != 1 {
		t.Errorf("forgotten %d times after the call, want 1", remembering.emptied)
	}
}
