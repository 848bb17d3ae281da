package system

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// DataSourceBase is embedded by every data source.
type DataSourceBase[C any] struct{ base[C] }

// NewDataSourceBase returns the base of a noun's data source, of one object or, with many, of several.
func NewDataSourceBase[C any](noun Noun, many bool) DataSourceBase[C] {
	b := base[C]{noun: noun}
	if many {
		b.plural = "s"
	}
	return DataSourceBase[C]{b}
}

// Metadata implements [datasource.DataSource].
func (b *DataSourceBase[C]) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = b.typeName(req.ProviderTypeName)
}

// Configure implements [datasource.DataSourceWithConfigure].
func (b *DataSourceBase[C]) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	resp.Diagnostics.Append(b.configure(req.ProviderData)...)
}

// Begin is the first statement of a Read: it fills the model from the configuration and returns the client. Without a client the
// read is over. Where a resource has said why, so that the run has failed, this one answers with nothing in what is computed.
func (b *DataSourceBase[C]) Begin(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse, model any) (C, bool) {
	resp.Diagnostics.Append(req.Config.Get(ctx, model)...)
	client, ok := b.Client(Looking, &resp.Diagnostics)
	if !ok && !resp.Diagnostics.HasError() {
		resp.State.Raw = hollow(req.Config)
	}
	return client, ok && !resp.Diagnostics.HasError()
}

// hollow is a configuration with nothing in what is computed.
func hollow(config tfsdk.Config) tftypes.Value {
	values := map[string]tftypes.Value{}
	if err := config.Raw.As(&values); err != nil {
		return config.Raw
	}
	for name, attribute := range config.Schema.GetAttributes() {
		if attribute.IsComputed() && values[name].IsNull() {
			values[name] = nothing(values[name].Type())
		}
	}
	return tftypes.NewValue(config.Raw.Type(), values)
}

// nothing is the value of a type on which the fewest expressions fail: no element, or null. An error in somebody's expression would
// hide the one that is to be fixed.
func nothing(kind tftypes.Type) tftypes.Value {
	switch kind := kind.(type) {
	case tftypes.List, tftypes.Set:
		return tftypes.NewValue(kind, []tftypes.Value{})
	case tftypes.Map:
		return tftypes.NewValue(kind, map[string]tftypes.Value{})
	case tftypes.Object:
		fields := map[string]tftypes.Value{}
		for name, of := range kind.AttributeTypes {
			fields[name] = nothing(of)
		}
		return tftypes.NewValue(kind, fields)
	}
	return tftypes.NewValue(kind, nil)
}
