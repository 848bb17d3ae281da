package serve_test

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/hashicorp/terraform-plugin-log/tfsdklog"
)

// probe is a provider with one function, "probe", that runs and returns what a test gives it, and one resource, "mint_note".
type probe struct{ run func(context.Context) bool }

var _ provider.ProviderWithFunctions = probe{}

func (probe) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "mint"
}
func (probe) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse)          {}
func (probe) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}
func (probe) DataSources(context.Context) []func() datasource.DataSource                        { return nil }

func (probe) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return note{} }}
}

func (p probe) Functions(context.Context) []func() function.Function {
	return []func() function.Function{func() function.Function { return probeFunction(p) }}
}

// note is a resource that keeps nothing but what it is told.
type note struct{}

var _ resource.ResourceWithImportState = note{}

func (note) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = noteType
}

func (note) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema.Attributes = map[string]schema.Attribute{"text": schema.StringAttribute{Required: true}}
}

func (note) Create(_ context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
}

// Read says that it has been asked.
func (note) Read(_ context.Context, _ resource.ReadRequest, resp *resource.ReadResponse) {
	resp.Diagnostics.AddWarning("Read", "The note has been read.")
}

func (note) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}

func (note) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

func (note) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resource.ImportStatePassthroughID(ctx, path.Root("text"), req, resp)
}

// noteType is the type of notes, and aNote one on the wire and in a state file.
const noteType = "mint_note"

func aNote() (*tfprotov6.DynamicValue, *tfprotov6.RawState) {
	encoded, err := tfprotov6.NewDynamicValue(
		tftypes.Object{AttributeTypes: map[string]tftypes.Type{"text": tftypes.String}},
		tftypes.NewValue(tftypes.Object{AttributeTypes: map[string]tftypes.Type{"text": tftypes.String}}, map[string]tftypes.Value{"text": tftypes.NewValue(tftypes.String, "a")}),
	)
	if err != nil {
		panic(err)
	}
	return &encoded, &tfprotov6.RawState{JSON: []byte(`{"text":"a"}`)}
}

// chattyProbe is one that plans without the framework.
type chattyProbe struct{ probe }

func (chattyProbe) ReadStored(ctx context.Context, _ *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, context.Context) {
	return nil, ctx
}

func (chattyProbe) PlanUnchanged(context.Context, *tfprotov6.PlanResourceChangeRequest) *tfprotov6.PlanResourceChangeResponse {
	return &tfprotov6.PlanResourceChangeResponse{}
}

// newChattyProbe returns a provider whose function writes a line to its log, and finds out whether the libraries do any work
// for lines of theirs.
func newChattyProbe() provider.Provider {
	return chattyProbe{probe{run: func(ctx context.Context) bool {
		tflog.Info(ctx, "the probe has run")
		tfsdklog.Info(ctx, "a line of no part of the SDK")
		return testing.AllocsPerRun(100, func() {
			tfsdklog.SubsystemTrace(ctx, "proto", "a line of the protocol library")
			tfsdklog.SubsystemTrace(ctx, "framework", "a line of the framework")
		}) > 0
	}}}
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
