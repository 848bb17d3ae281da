package main

import (
	"context"
	"crypto/rand"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type pets struct{}

func newProvider() provider.Provider { return pets{} }

// Metadata implements [provider.Provider].
func (pets) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "random"
}

// Schema implements [provider.Provider].
func (pets) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

// Configure implements [provider.Provider].
func (pets) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

// DataSources implements [provider.Provider].
func (pets) DataSources(context.Context) []func() datasource.DataSource { return nil }

// Resources implements [provider.Provider].
func (pets) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return pet{} }}
}

type pet struct{}

type petModel struct {
	ID        types.String `tfsdk:"id"`
	Keepers   types.Map    `tfsdk:"keepers"`
	Length    types.Int64  `tfsdk:"length"`
	Prefix    types.String `tfsdk:"prefix"`
	Separator types.String `tfsdk:"separator"`
	Suffix    types.String `tfsdk:"suffix"`
	Result    types.String `tfsdk:"result"`
}

// Metadata implements [resource.Resource].
func (pet) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "random_pet"
}

// Schema implements [resource.Resource].
func (pet) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	replaced := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	computed := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"id":        schema.StringAttribute{Computed: true, PlanModifiers: computed},
		"keepers":   schema.MapAttribute{Optional: true, ElementType: types.StringType, PlanModifiers: []planmodifier.Map{mapplanmodifier.RequiresReplace()}},
		"length":    schema.Int64Attribute{Optional: true, Computed: true, Default: int64default.StaticInt64(2), PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplace()}},
		"prefix":    schema.StringAttribute{Optional: true, PlanModifiers: replaced},
		"separator": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("-"), PlanModifiers: replaced},
		"suffix":    schema.StringAttribute{Optional: true, PlanModifiers: replaced},
		"result":    schema.StringAttribute{Computed: true, PlanModifiers: computed},
	}}
}

// Create makes up as many words as are asked for.
func (pet) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var model petModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	parts := []string{model.Prefix.ValueString()}
	for range model.Length.ValueInt64() {
		parts = append(parts, rand.Text()[:8])
	}
	text := types.StringValue(strings.Join(append(parts, model.Suffix.ValueString()), model.Separator.ValueString()))
	model.ID, model.Result = text, text
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

// Read implements [resource.Resource].
func (pet) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

// Update implements [resource.Resource].
func (pet) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var model petModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

// Delete implements [resource.Resource].
func (pet) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
