package system

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
)

// EphemeralBase is embedded by every ephemeral resource.
type EphemeralBase[C any] struct{ base[C] }

// NewEphemeralBase returns the base of a noun's ephemeral resource.
func NewEphemeralBase[C any](noun Noun) EphemeralBase[C] {
	return EphemeralBase[C]{base[C]{noun: noun}}
}

// Metadata implements [ephemeral.EphemeralResource].
func (b *EphemeralBase[C]) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = b.typeName(req.ProviderTypeName)
}

// Configure implements [ephemeral.EphemeralResourceWithConfigure].
func (b *EphemeralBase[C]) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	resp.Diagnostics.Append(b.configure(req.ProviderData)...)
}
