package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// policyName is the argument of the provider block that holds the guardrails.
const policyName = "policy"

// policyAttribute declares the guardrails.
func policyAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Rules for every token that this provider configuration mints. A plan that would mint a token which breaks one, or change an argument so that it does, is an error. " +
			"A token that exists already and is not changed gets a warning, so that it can still be destroyed. A rotation that time brings about is a warning in the plan, and refused when it is applied. " +
			"What is not known while planning is checked when it is applied, before a token is minted; a replacement without `create_before_destroy` has revoked the previous token by then.",
		Attributes: map[string]schema.Attribute{
			"max_lifetime": schema.StringAttribute{
				Optional: true, CustomType: rotation.DurationType{}, Validators: []validator.String{rotation.PositiveDuration()},
				MarkdownDescription: "The longest that a token may live, as a duration such as `90d`. A token without an expiry, or whose expiry is not known, breaks the rule, too. " +
					"Where the configuration cannot say when a token expires, as on Magpie, the rule accepts a token whose `rotate_after` and `overlap` together are not longer, and a rotation in place (with `overlap`) if the previous token shows that the server lets tokens live no longer. " +
					"For a virtual account it also accepts an `auto_rotate` whose `auto_rotate_interval` and `grace_period` together are not longer.",
			},
			"require_rotation": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "`true` requires something that rotates the token: `rotate_before_expiry`, `rotate_after`, `rotation_triggers` with at least one element, or the `auto_rotate` of a virtual account. " +
					"`rotate_before_expiry` does not count for an existing token that has no known expiry.",
			},
			"require_encryption": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "`true` requires `encrypt_secret_to`, so that no secret is stored in the state in plain text. A virtual account with `store_token = false` does not need it.",
			},
		},
	}
}

type policyModel struct {
	MaxLifetime       rotation.DurationText `tfsdk:"max_lifetime"`
	RequireRotation   types.Bool            `tfsdk:"require_rotation"`
	RequireEncryption types.Bool            `tfsdk:"require_encryption"`
}

// guardrails reads the policy. What is not known yet asks for nothing: Terraform configures the provider again before it applies.
func guardrails(ctx context.Context, config tfsdk.Config) (rotation.Guardrails, diag.Diagnostics) {
	var block types.Object
	diags := config.GetAttribute(ctx, path.Root(policyName), &block)
	var policy policyModel
	if !block.IsNull() && !block.IsUnknown() && !diags.HasError() {
		diags.Append(config.GetAttribute(ctx, path.Root(policyName), &policy)...)
	}
	longest, _ := rotation.Duration(policy.MaxLifetime)
	return rotation.Guardrails{
		MaxLifetime: longest, RequireRotation: policy.RequireRotation.ValueBool(), RequireEncryption: policy.RequireEncryption.ValueBool(),
	}, diags
}
