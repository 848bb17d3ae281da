package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// ExpiryWarning is what Configure makes of the argument.
func ExpiryWarning(ctx context.Context, config tfsdk.Config) (time.Duration, diag.Diagnostics) {
	return expiryWarning(ctx, config)
}

// Guardrails is what Configure makes of the policy.
func Guardrails(ctx context.Context, config tfsdk.Config) (rotation.Guardrails, diag.Diagnostics) {
	return guardrails(ctx, config)
}
