package system

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// Noun names what an object is about: its system, its part of the type name, and the words for it in messages.
type Noun struct {
	// System is the system's name ("sailpoint").
	System string
	// Type follows the system's name in the type name ("personal_access_token").
	Type string
	// Words are for messages ("SailPoint personal access token").
	Words string
}

// base is what every kind of object has: the link to its system.
type base[C any] struct {
	noun   Noun
	plural string
	link   *Link
}

func (b *base[C]) typeName(provider string) string {
	return provider + "_" + b.noun.System + "_" + b.noun.Type + b.plural
}

func (b *base[C]) configure(data any) diag.Diagnostics {
	var diags diag.Diagnostics
	if data == nil {
		// Terraform validates before it configures.
		return diags
	}
	all, ok := data.(ProviderData)
	if !ok || all[b.noun.System] == nil {
		diags.AddError("Provider bug: unexpected provider data",
			fmt.Sprintf("The %s object got %T. Please report this.", b.noun.Words, data))
		return diags
	}
	b.link = all[b.noun.System]
	return diags
}

// Client returns the system's client, or says why there is none: the system is not configured, or an argument of its block
// is not known yet.
func (b *base[C]) Client(diags *diag.Diagnostics) (C, bool) {
	client, ok := b.Known()
	if ok {
		return client, true
	}
	switch {
	case b.link == nil:
		diags.AddError("Provider bug: the object is not configured", "Please report this.")
	case b.link.Unknown:
		diags.AddError("The provider's "+b.noun.System+" block is not known yet",
			fmt.Sprintf("A %s has to be read now, but an argument of the provider's %q block depends on something that has not been created yet. "+
				"Create that first (terraform apply -target), or give the provider a value that is known when planning.", b.noun.Words, b.noun.System))
	case b.link.Missing != nil:
		diags.Append(b.link.Missing)
	default:
		diags.AddError("Provider bug: unexpected client type", fmt.Sprintf("The %s object got %T. Please report this.", b.noun.Words, b.link.Connection.Client))
	}
	return client, false
}

// Planner returns the client for a plan or a refresh, if there is one. That the system is not configured it says once in a run:
// whoever comes later may keep quiet, because the run has failed with the first.
func (b *base[C]) Planner(diags *diag.Diagnostics) (C, bool) {
	client, ok := b.Known()
	if !ok && b.link != nil && b.link.Missing != nil && b.link.FirstNotice("missing") {
		diags.Append(b.link.Missing)
	}
	return client, ok
}

// Reader returns the client for a refresh, and is as quiet as [base.Planner]; what is not known yet is an error for each.
func (b *base[C]) Reader(diags *diag.Diagnostics) (C, bool) {
	if b.link != nil && b.link.Missing != nil {
		return b.Planner(diags)
	}
	return b.Client(diags)
}

// Known returns the client if there is one, without a complaint: a plan that sends nothing can do without.
func (b *base[C]) Known() (C, bool) {
	var none C
	if b.link == nil || b.link.Missing != nil || b.link.Unknown {
		return none, false
	}
	client, ok := b.link.Connection.Client.(C)
	return client, ok
}

// Noun returns what the object is about.
func (b *base[C]) Noun() Noun { return b.noun }

// Link returns the run's connection; nil before the provider is configured.
func (b *base[C]) Link() *Link { return b.link }

// ExpiryWarning returns the provider's expiry_warning; 0 warns of nothing.
func (b *base[C]) ExpiryWarning() time.Duration {
	if b.link == nil {
		return 0
	}
	return b.link.ExpiryWarning
}

// ResourceBase is embedded by every resource: Metadata, Configure, and access to the client.
type ResourceBase[C any] struct{ base[C] }

// NewResourceBase returns the base of a noun's resource.
func NewResourceBase[C any](noun Noun) ResourceBase[C] { return ResourceBase[C]{base[C]{noun: noun}} }

// Metadata implements [resource.Resource].
func (b *ResourceBase[C]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = b.typeName(req.ProviderTypeName)
}

// Configure implements [resource.ResourceWithConfigure].
func (b *ResourceBase[C]) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	resp.Diagnostics.Append(b.configure(req.ProviderData)...)
}

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
