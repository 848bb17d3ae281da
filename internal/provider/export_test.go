package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// ExpiryWarning is what Configure makes of the argument.
func ExpiryWarning(ctx context.Context, config tfsdk.Config) (time.Duration, diag.Diagnostics) {
	return expiryWarning(ctx, config)
}

// Guardrails is what Configure makes of the policy.
func Guardrails(ctx context.Context, config tfsdk.Config) (rotation.Guardrails, diag.Diagnostics) {
	return guardrails(ctx, config)
}

// NewOf returns the constructor of a provider of these systems.
func NewOf(env system.Env, systems ...system.System) func() provider.Provider {
	return func() provider.Provider { return newMint(env, systems) }
}

// Inventoried are the nouns whose tokens the inventory shows.
func Inventoried() []system.Noun {
	var all []system.Noun
	for _, s := range systems() {
		for _, one := range s.Inventory {
			all = append(all, one.Noun)
		}
	}
	return all
}
