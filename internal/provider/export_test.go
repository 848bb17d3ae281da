package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
)

// ExpiryWarning is what Configure makes of the argument.
func ExpiryWarning(ctx context.Context, config tfsdk.Config) (time.Duration, diag.Diagnostics) {
	return expiryWarning(ctx, config)
}
