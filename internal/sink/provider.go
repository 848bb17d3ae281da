package sink

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var (
	_ provider.Provider = vendor{}
	_ resource.Resource = store{}
)

// vendor is a provider of some kinds of resources.
type vendor struct {
	sink  *Sink
	name  string
	kinds []kind
}

// Metadata implements [provider.Provider].
func (v vendor) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = v.name
}

// Schema implements [provider.Provider].
func (vendor) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

// Configure implements [provider.Provider].
func (vendor) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

// DataSources implements [provider.Provider].
func (vendor) DataSources(context.Context) []func() datasource.DataSource { return nil }

// Resources implements [provider.Provider].
func (v vendor) Resources(context.Context) []func() resource.Resource {
	var all []func() resource.Resource
	for _, k := range v.kinds {
		all = append(all, func() resource.Resource { return store{sink: v.sink, kind: k} })
	}
	return all
}

// store is the resource of any kind.
type store struct {
	sink *Sink
	kind kind
}

// Metadata implements [resource.Resource].
func (s store) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = s.kind.typeName
}

// Schema implements [resource.Resource].
func (s store) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = s.kind.schema
}

// Create implements [resource.Resource].
func (s store) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	slot := s.slot(ctx, req.Plan, &resp.Diagnostics)
	if s.deliver(ctx, slot, req.Config, &resp.Diagnostics); resp.Diagnostics.HasError() {
		return
	}
	resp.State.Raw = req.Plan.Raw
	for _, name := range s.kind.computed {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), slot)...)
	}
}

// Read implements [resource.Resource]. Like a real store, it does not give the secret out, and misses one that somebody has deleted.
func (s store) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if s.kind.secret == "" {
		return
	}
	if _, found := s.sink.Secret(s.slot(ctx, req.State, &resp.Diagnostics)); !found {
		resp.State.RemoveResource(ctx)
	}
}

// Update implements [resource.Resource]. The secret is written if its version has changed, and only then. A version whose secret was refused is
// in the state all the same: that is what the plugin SDK does, on which most vendors' providers are built.
func (s store) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
	if s.kind.version != "" {
		var before, now types.Int64
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root(s.kind.version), &before)...)
		resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root(s.kind.version), &now)...)
		if now.Equal(before) {
			return
		}
	}
	s.deliver(ctx, s.slot(ctx, req.Plan, &resp.Diagnostics), req.Config, &resp.Diagnostics)
}

// Delete implements [resource.Resource].
func (s store) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if s.kind.secret != "" {
		s.sink.drop(s.slot(ctx, req.State, &resp.Diagnostics))
	}
}

// values is a state, a plan or a configuration.
type values interface {
	GetAttribute(ctx context.Context, at path.Path, target any) diag.Diagnostics
}

// slot is where the secret is put.
func (s store) slot(ctx context.Context, from values, diags *diag.Diagnostics) string {
	parts := make([]string, 0, len(s.kind.place))
	for _, at := range s.kind.place {
		var part types.String
		diags.Append(from.GetAttribute(ctx, at, &part)...)
		parts = append(parts, part.ValueString())
	}
	return s.kind.prefix + strings.Join(parts, "/")
}

// deliver takes the secret from the configuration, the only place where a write-only argument has a value. A map is delivered as JSON.
func (s store) deliver(ctx context.Context, slot string, config values, diags *diag.Diagnostics) {
	if s.kind.secret == "" || diags.HasError() {
		return
	}
	secret, err := s.secret(ctx, config, diags)
	if err == nil && !diags.HasError() {
		err = s.sink.deliver(slot, secret)
	}
	if err != nil {
		diags.AddError("The store refuses the secret", err.Error())
	}
}

func (s store) secret(ctx context.Context, config values, diags *diag.Diagnostics) (string, error) {
	at := path.Root(s.kind.secret)
	if s.kind.schema.Attributes[s.kind.secret].GetType().Equal(types.StringType) {
		var text types.String
		diags.Append(config.GetAttribute(ctx, at, &text)...)
		return text.ValueString(), nil
	}
	texts := map[string]string{}
	diags.Append(config.GetAttribute(ctx, at, &texts)...)
	text, err := json.Marshal(texts)
	return string(text), err
}
