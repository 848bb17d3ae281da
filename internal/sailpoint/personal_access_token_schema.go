package sailpoint

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

const (
	// The bounds of accessTokenValiditySeconds and its default on the vendor's page "Personal Access Tokens".
	validityMin     = 15
	validityMax     = 43200
	validityDefault = 43200
)

// Schema implements [resource.Resource].
func (r *personalAccessTokenResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The token's id, which is also the client id for authenticating with it.",
		},
		"scope": schema.SetAttribute{
			Optional: true, Computed: true, ElementType: types.StringType,
			Validators: []validator.Set{
				setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1)),
			},
			MarkdownDescription: "The scopes of the token, such as `sp:my-personal-access-tokens:read`. Changed in place; the tenant may take up to 20 minutes until new bearer tokens have them. " +
				"Without it a token is minted with `sp:scopes:all`, all rights of its owner, and the plan warns. Removing it later keeps the scopes that the token has, through a rotation with `overlap` too. Without `overlap` the plan warns then: a replacement that would have more rights is refused, except one that Terraform is told to make, such as with `-replace`. " +
				"When `ignore_changes` names `scope` or is `all`, a plan cannot see that the configuration sets no scope, so a replacement is not refused and gets all rights of the owner: set `scope`.",
		},
		"access_token_validity_seconds": schema.Int64Attribute{
			Optional: true, Computed: true, Validators: []validator.Int64{int64validator.Between(validityMin, validityMax)},
			MarkdownDescription: "How many seconds a bearer token lives that is obtained with this token, from 15 to 43200. Default 43200. Changing it needs a new token.",
		},
		"never_expires": schema.BoolAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "`true` mints a token without an end, and acknowledges what that means. Needs `api_version` `v1`, `v2026` or `v2025`. Conflicts with `lifetime` and `expires_at`.",
		},
		"secret": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "The token's secret. SailPoint shows it once, when the token is minted; it is null after an import, and with `encrypt_secret_to`.",
		},
		"owner": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "The identity that the token belongs to: the one that the provider authenticates as.",
			Attributes: map[string]schema.Attribute{
				"type": schema.StringAttribute{Computed: true, MarkdownDescription: "The owner's type, `IDENTITY`."},
				"id":   schema.StringAttribute{Computed: true, MarkdownDescription: "The owner's id."},
				"name": schema.StringAttribute{Computed: true, MarkdownDescription: "The owner's display name."},
			},
		},
		"managed": schema.BoolAttribute{
			Computed: true, MarkdownDescription: "Whether the platform itself manages the token, as it does for workflows.",
		},
	}
	maps.Copy(attributes, rotation.NameArguments())
	maps.Copy(attributes, rotation.ExpiryArguments())
	maps.Copy(attributes, rotation.ComputedAttributes())
	maps.Copy(attributes, rotation.RotatingArguments(rotation.ShorterThanLifetime(), rotation.NotWithExpiresAt()))
	maps.Copy(attributes, rotation.OverlapArguments("With `api_version` `v1`, `v2026` or `v2025` SailPoint itself expires it then, and the first apply after that deletes what is left of it; with the older versions it works until that apply, which revokes it. "+
		"Needs `name_prefix`, and one free place among the identity's 10 tokens.", rotation.NeedsNamePrefix()))
	attributes["status"] = schema.StringAttribute{
		Computed: true,
		MarkdownDescription: "`" + rotation.StatusActive + "`; `" + rotation.StatusDue + "` once `rotate_before_expiry` or `rotate_after` asks for a rotation; `" + rotation.StatusExpired + "` once `expires_at` has passed; `" + rotation.StatusMissing +
			"` when the token was deleted outside Terraform while the previous one is still alive. A token that is not active is planned for rotation.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A personal access token of the identity that the provider authenticates as, on SailPoint Identity Security Cloud. Its name, its scopes and, with `api_version` `v1`, `v2026` or `v2025`, " +
			"its expiration change in place; what else changes needs a new token, which replaces this one or, with `overlap`, follows it in place. SailPoint allows 10 tokens for each identity, and their names must differ.\n\n" +
			"With those versions exactly one of `lifetime`, `expires_at` and `never_expires` must be set to mint a token; with the older ones a token without `lifetime` and `expires_at` expires after six months.\n\n" +
			"~> The secret is stored in the state. Protect the state, or name recipients in `encrypt_secret_to`.",
		Attributes: attributes,
	}
}

// ValidateConfig implements [resource.ResourceWithValidateConfig]: never_expires is exclusive only where it says true. Even then
// nothing can be rotated before an end that never comes.
func (r *personalAccessTokenResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config personalAccessTokenModel
	resp.Diagnostics.Append(rotation.ReadModel(ctx, req.Config.Raw, req.Config.Schema, &config)...)
	if resp.Diagnostics.HasError() || !config.NeverExpires.ValueBool() {
		return
	}
	if !config.RotateBeforeExpiry.IsNull() {
		resp.Diagnostics.AddAttributeError(path.Root("rotate_before_expiry"), "Invalid attribute combination",
			"A token that never expires has no expiry to rotate before. Set rotate_after instead of rotate_before_expiry: it rotates a token once it is older than that. Or set lifetime instead of never_expires = true.")
	}
	for argument, isNull := range map[string]bool{"lifetime": config.Lifetime.IsNull(), "expires_at": config.ExpiresAt.IsNull()} {
		if !isNull {
			resp.Diagnostics.AddAttributeError(path.Root("never_expires"), "Invalid attribute combination",
				"A token that never expires has no "+argument+": set either never_expires = true or "+argument+".")
		}
	}
}
