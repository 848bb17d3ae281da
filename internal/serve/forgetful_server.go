package serve

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// FullServer is everything that the framework's server can do. The protocol library asks a server for the optional parts by
// these interfaces; a wrapper that lacked one would take that part from the provider.
type FullServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// forgetfulServer gives every call that is made per object a context of its own, which lets go of the request once it is
// answered.
//
// It is here for a fault of terraform-plugin-framework (seen in v1.19.0, internal/proto6server/serve.go): registerContext puts
// the cancel function of every request into a slice that is emptied by StopProvider alone. The function holds the context
// of its request, and with it the loggers and the whole request, so the memory of a provider grows with each call: some 90 %
// of the heap of a plan of 1,000 objects. What is kept of a call now is an empty shell, and the shells are thrown away when no
// call runs. A test notices when a new version of the framework no longer keeps contexts; then this file can go.
//
// Calls that Terraform makes a few times in a run, such as ConfigureProvider, keep their own context; they are counted, so that
// they are not taken for ended. What is not written out below is passed on as it is: the calls of state stores, which this
// provider does not have.
type forgetfulServer struct {
	FullServer
	calls *calls
}

// forgetful wraps the framework's server. One that cannot do everything above is served as it is: at the price of memory
// nothing is lost, and no part is announced that is not there.
func forgetful(server tfprotov6.ProviderServer) tfprotov6.ProviderServer {
	if full, ok := server.(FullServer); ok {
		return forgetfulServer{full, &calls{emptied: full}}
	}
	return server
}

// begin counts a call and gives it a context of its own, until the end.
func (s forgetfulServer) begin(ctx context.Context) (context.Context, func()) {
	s.calls.begin()
	ctx, end := begin(ctx)
	return ctx, func() {
		end()
		s.calls.end()
	}
}

// answer makes one call in a context of its own.
func answer[Request, Response any](
	ctx context.Context, s forgetfulServer, request Request, call func(context.Context, Request) (Response, error),
) (Response, error) {
	ctx, end := s.begin(ctx)
	defer end()
	return call(ctx, request)
}

// counted makes one call in the context that it has.
func counted[Request, Response any](
	ctx context.Context, s forgetfulServer, request Request, call func(context.Context, Request) (Response, error),
) (Response, error) {
	s.calls.begin()
	defer s.calls.end() //nolint:contextcheck // forgetting what has ended belongs to no call
	return call(ctx, request)
}

// ending yields a stream and ends its call once the stream has been read or given up.
func ending[T any](stream iter.Seq[T], end func()) iter.Seq[T] {
	return func(yield func(T) bool) {
		defer end()
		stream(yield)
	}
}

// ListResource is over when its results have been read.
func (s forgetfulServer) ListResource(ctx context.Context, request *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	ctx, end := s.begin(ctx)
	stream, err := s.FullServer.ListResource(ctx, request)
	if err != nil {
		end()
		return nil, err
	}
	stream.Results = ending(stream.Results, end)
	return stream, nil
}

// InvokeAction is over when its events have been read: the action runs while they are.
func (s forgetfulServer) InvokeAction(ctx context.Context, request *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	ctx, end := s.begin(ctx)
	stream, err := s.FullServer.InvokeAction(ctx, request)
	if err != nil {
		end()
		return nil, err
	}
	stream.Events = ending(stream.Events, end)
	return stream, nil
}

func (s forgetfulServer) ValidateResourceConfig(ctx context.Context, request *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return answer(ctx, s, request, s.FullServer.ValidateResourceConfig)
}

func (s forgetfulServer) UpgradeResourceState(ctx context.Context, request *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return answer(ctx, s, request, s.FullServer.UpgradeResourceState)
}

func (s forgetfulServer) UpgradeResourceIdentity(ctx context.Context, request *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return answer(ctx, s, request, s.FullServer.UpgradeResourceIdentity)
}

func (s forgetfulServer) ReadResource(ctx context.Context, request *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return answer(ctx, s, request, s.FullServer.ReadResource)
}

func (s forgetfulServer) PlanResourceChange(ctx context.Context, request *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return answer(ctx, s, request, s.FullServer.PlanResourceChange)
}

func (s forgetfulServer) ApplyResourceChange(ctx context.Context, request *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return answer(ctx, s, request, s.FullServer.ApplyResourceChange)
}

func (s forgetfulServer) ImportResourceState(ctx context.Context, request *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return answer(ctx, s, request, s.FullServer.ImportResourceState)
}

func (s forgetfulServer) MoveResourceState(ctx context.Context, request *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	return answer(ctx, s, request, s.FullServer.MoveResourceState)
}

func (s forgetfulServer) GenerateResourceConfig(ctx context.Context, request *tfprotov6.GenerateResourceConfigRequest) (*tfprotov6.GenerateResourceConfigResponse, error) {
	return answer(ctx, s, request, s.FullServer.GenerateResourceConfig)
}

func (s forgetfulServer) ValidateDataResourceConfig(ctx context.Context, request *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return answer(ctx, s, request, s.FullServer.ValidateDataResourceConfig)
}

func (s forgetfulServer) ReadDataSource(ctx context.Context, request *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return answer(ctx, s, request, s.FullServer.ReadDataSource)
}

func (s forgetfulServer) ValidateEphemeralResourceConfig(ctx context.Context, request *tfprotov6.ValidateEphemeralResourceConfigRequest) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	return answer(ctx, s, request, s.FullServer.ValidateEphemeralResourceConfig)
}

func (s forgetfulServer) OpenEphemeralResource(ctx context.Context, request *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return answer(ctx, s, request, s.FullServer.OpenEphemeralResource)
}

func (s forgetfulServer) RenewEphemeralResource(ctx context.Context, request *tfprotov6.RenewEphemeralResourceRequest) (*tfprotov6.RenewEphemeralResourceResponse, error) {
	return answer(ctx, s, request, s.FullServer.RenewEphemeralResource)
}

func (s forgetfulServer) CloseEphemeralResource(ctx context.Context, request *tfprotov6.CloseEphemeralResourceRequest) (*tfprotov6.CloseEphemeralResourceResponse, error) {
	return answer(ctx, s, request, s.FullServer.CloseEphemeralResource)
}

func (s forgetfulServer) CallFunction(ctx context.Context, request *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	return answer(ctx, s, request, s.FullServer.CallFunction)
}

func (s forgetfulServer) ValidateListResourceConfig(ctx context.Context, request *tfprotov6.ValidateListResourceConfigRequest) (*tfprotov6.ValidateListResourceConfigResponse, error) {
	return answer(ctx, s, request, s.FullServer.ValidateListResourceConfig)
}

func (s forgetfulServer) ValidateActionConfig(ctx context.Context, request *tfprotov6.ValidateActionConfigRequest) (*tfprotov6.ValidateActionConfigResponse, error) {
	return answer(ctx, s, request, s.FullServer.ValidateActionConfig)
}

func (s forgetfulServer) PlanAction(ctx context.Context, request *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	return answer(ctx, s, request, s.FullServer.PlanAction)
}

func (s forgetfulServer) GetMetadata(ctx context.Context, request *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	return counted(ctx, s, request, s.FullServer.GetMetadata)
}

func (s forgetfulServer) GetProviderSchema(ctx context.Context, request *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return counted(ctx, s, request, s.FullServer.GetProviderSchema)
}

func (s forgetfulServer) GetResourceIdentitySchemas(ctx context.Context, request *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return counted(ctx, s, request, s.FullServer.GetResourceIdentitySchemas)
}

func (s forgetfulServer) GetFunctions(ctx context.Context, request *tfprotov6.GetFunctionsRequest) (*tfprotov6.GetFunctionsResponse, error) {
	return counted(ctx, s, request, s.FullServer.GetFunctions)
}

func (s forgetfulServer) ValidateProviderConfig(ctx context.Context, request *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return counted(ctx, s, request, s.FullServer.ValidateProviderConfig)
}

func (s forgetfulServer) ConfigureProvider(ctx context.Context, request *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return counted(ctx, s, request, s.FullServer.ConfigureProvider)
}
