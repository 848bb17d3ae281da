package serve

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// planner is a provider that can plan some objects that do not change without the framework.
type planner interface {
	// PlanUnchanged returns nil for a plan that the framework has to make.
	PlanUnchanged(ctx context.Context, request *tfprotov6.PlanResourceChangeRequest) *tfprotov6.PlanResourceChangeResponse
}

// shortcutServer asks the provider first about plans.
type shortcutServer struct {
	fullServer
	planner planner
}

// shortened wraps the framework's server, where the provider can plan for itself.
func shortened(server tfprotov6.ProviderServer, of provider.Provider) tfprotov6.ProviderServer {
	full, isFull := server.(fullServer)
	planner, plans := of.(planner)
	if !isFull || !plans {
		return server
	}
	return shortcutServer{full, planner}
}

// PlanResourceChange implements [tfprotov6.ProviderServer].
func (s shortcutServer) PlanResourceChange(ctx context.Context, request *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	if answer := s.planner.PlanUnchanged(ctx, request); answer != nil {
		return answer, nil
	}
	return s.fullServer.PlanResourceChange(ctx, request)
}
