package system

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
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

// base is what every kind of object has: the connection to its system.
type base[C any] struct {
	noun       Noun
	plural     string
	connection *Connection
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
	b.connection = all[b.noun.System]
	return diags
}

// Phase is what an object needs its client for; it decides what is said where there is none.
type Phase int

const (
	// Planning is a resource's plan, which can do without: what is not known yet will be known when the plan is carried out.
	Planning Phase = iota
	// Reading is a resource's refresh.
	Reading
	// Looking is a data source's read.
	Looking
	// Applying is a create, an update, a delete or an import, which cannot end without a client and without an error.
	Applying
)

// Client returns the system's client. Where there is none, the first resource of a run that needs it says why: something is
// missing, unusable, or not known yet. Whoever comes later keeps quiet, because the run has failed with the first, or refers to it
// where an operation has to fail for itself. A data source's error is not enough for that: inside a check block Terraform turns it
// into a warning, and the run goes on.
func (b *base[C]) Client(phase Phase, diags *diag.Diagnostics) (C, bool) {
	var none C
	c := b.connection
	switch {
	case c == nil && phase == Planning:
	case c == nil:
		diags.AddError("Provider bug: the object is not configured", "Please report this.")
	case c.problem == nil:
		client, ok := c.client.(C)
		if !ok {
			diags.AddError("Provider bug: unexpected client type", fmt.Sprintf("The %s object got %T. Please report this.", b.noun.Words, c.client))
		}
		return client, ok
	case c.unknown && phase == Planning:
	default:
		diags.Append(c.complain(phase)...)
	}
	return none, false
}

// Noun returns what the object is about.
func (b *base[C]) Noun() Noun { return b.noun }

// Connection returns the run's connection; nil before the provider is configured.
func (b *base[C]) Connection() *Connection { return b.connection }

// ExpiryWarning returns the provider's expiry_warning; 0 warns of nothing.
func (b *base[C]) ExpiryWarning() time.Duration {
	if b.connection == nil {
		return 0
	}
	return b.connection.ExpiryWarning
}

// Guardrails returns the provider's policy.
func (b *base[C]) Guardrails() rotation.Guardrails {
	if b.connection == nil {
		return rotation.Guardrails{}
	}
	return b.connection.Guardrails
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
