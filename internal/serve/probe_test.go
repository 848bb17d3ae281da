package serve_test

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/hashicorp/terraform-plugin-log/tfsdklog"
)

// probe is a provider with one function, "probe", that runs and returns what a test gives it.
type probe struct{ run func(context.Context) bool }

var _ provider.ProviderWithFunctions = probe{}

func (probe) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "mint"
}
func (probe) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse)          {}
func (probe) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}
func (probe) DataSources(context.Context) []func() datasource.DataSource                        { return nil }

func (probe) Resources(context.Context) []func() resource.Resource { return nil }

func (p probe) Functions(context.Context) []func() function.Function {
	return []func() function.Function{func() function.Function { return probeFunction(p) }}
}

// newChattyProbe returns a provider whose function writes a line to its log, and finds out whether the libraries do any work
// for lines of theirs.
func newChattyProbe() provider.Provider {
	return probe{run: func(ctx context.Context) bool {
		tflog.Info(ctx, "the probe has run")
		tfsdklog.Info(ctx, "a line of no part of the SDK")
		return testing.AllocsPerRun(100, func() {
			tfsdklog.SubsystemTrace(ctx, "proto", "a line of the protocol library")
			tfsdklog.SubsystemTrace(ctx, "framework", "a line of the framework")
		}) > 0
	}}
}

type probeFunction probe

func (probeFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "probe"
}

func (probeFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition.Return = function.BoolReturn{}
}

func (f probeFunction) Run(ctx context.Context, _ function.RunRequest, resp *function.RunResponse) {
	resp.Error = resp.Result.Set(ctx, f.run(ctx))
}
