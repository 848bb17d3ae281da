package serve_test

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// probe is a provider with one function, "probe", that runs what a test gives it.
type probe struct{ run func(context.Context) }

var _ provider.ProviderWithFunctions = probe{}

func (probe) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "mint"
}
func (probe) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse)          {}
func (probe) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}
func (probe) DataSources(context.Context) []func() datasource.DataSource                        { return nil }
func (probe) Resources(context.Context) []func() resource.Resource                              { return nil }
func (p probe) Functions(context.Context) []func() function.Function {
	return []func() function.Function{func() function.Function { return probeFunction(p) }}
}

// newChattyProbe returns a provider whose function writes a line to its log.
func newChattyProbe() provider.Provider {
	return probe{run: func(ctx context.Context) { tflog.Info(ctx, "the probe has run") }}
}

type probeFunction probe

func (probeFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "probe"
}

func (probeFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition.Return = function.BoolReturn{}
}

func (f probeFunction) Run(ctx context.Context, _ function.RunRequest, resp *function.RunResponse) {
	f.run(ctx)
	resp.Error = resp.Result.Set(ctx, true)
}
