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
		Optional:            true,
		MarkdownDescription: "Rules for every token that this provider configuration mints. It is an error if a plan would mint a token that breaks a rule, or change an argument so that a token breaks it. For an existing token that is not changed, a broken rule is a warning, so that the token can still be destroyed. For a rotation that falls due by time, it is a warning in the plan, and the apply refuses the rotation. Values that are not known while planning are checked during the apply, before a token is minted. A replacement without `create_before_destroy` has revoked the previous token by then.",
		Attributes: map[string]schema.Attribute{
			"max_lifetime": schema.StringAttribute{
				Optional: true, CustomType: rotation.DurationType{}, Validators: []validator.String{rotation.PositiveDuration()},
				MarkdownDescription: "How long a token may live at most, as a duration such as `90d`. A token without an expiry, or with an expiry that is not known, breaks the rule, too. Where the configuration cannot set an expiry, as on Magpie, a token obeys the rule if `rotate_after` and `overlap` add up to no more than this. So does a rotation in place if the expiry of the previous token shows that the server lets tokens live no longer than this. For a virtual account, `auto_rotate_interval` and `grace_period` of `auto_rotate` count in the same way.",
			},
			"require_rotation": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "`true` requires that every token is rotated by something: `rotate_before_expiry`, `rotate_after`, `rotation_triggers` with at least one element, or the `auto_rotate` of a virtual account. " +
					"`rotate_before_expiry` does not count for an existing token that has no known expiry.",
			},
			"require_encryption": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "`true` requires `encrypt_secret_to`, so that no secret is stored in the state in plain text. A virtual account with `store_token = false` obeys the rule without it.",
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
