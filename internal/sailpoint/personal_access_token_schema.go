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
			MarkdownDescription: "The scopes of the token, such as `sp:my-personal-access-tokens:read`. Changing it updates the token in place; it can take up to 20 minutes until new bearer tokens have the new scopes. " +
				"Defaults to `sp:scopes:all`, all rights of the owner, and the plan warns of that. Removing it later keeps the scopes that the token has, also through a rotation with `overlap`. " +
				"Without `overlap` the plan then warns, because a replacement would have more rights than the token. The provider refuses such a replacement, except one that Terraform is told to make, such as with `-replace`. " +
				"With `scope` or `all` in `ignore_changes` the provider cannot see that the configuration sets no scope, and does not refuse: set `scope`.",
		},
		"access_token_validity_seconds": schema.Int64Attribute{
			Optional: true, Computed: true, Validators: []validator.Int64{int64validator.Between(validityMin, validityMax)},
			MarkdownDescription: "The life of a bearer token that is obtained with this token, in seconds, from 15 to 43200. Default 43200. SailPoint cannot change it: changing it mints a new token, in place with `overlap`, otherwise by replacing the resource. Removing it later keeps the value that the token has.",
		},
		"never_expires": schema.BoolAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "`true` mints a token that never expires, and tells SailPoint that this is intended. Requires `api_version` `v1`, `v2026` or `v2025`. Conflicts with `lifetime` and `expires_at`. Defaults to `true` for a token without an expiry, otherwise `false`. Changing it updates the token in place.",
		},
		"secret": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "The token's secret. SailPoint shows it only once, when the token is minted. Null after an import, and with `encrypt_secret_to`.",
		},
		"owner": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "The identity that the token belongs to: the one that the provider authenticates as.",
			Attributes: map[string]schema.Attribute{
				"id":   schema.StringAttribute{Computed: true, MarkdownDescription: "The owner's id."},
				"name": schema.StringAttribute{Computed: true, MarkdownDescription: "The owner's display name."},
			},
		},
		"managed": schema.BoolAttribute{
			Computed: true, MarkdownDescription: "Whether the platform itself manages the token, as it does for workflows.",
		},
	}
	maps.Copy(attributes, rotation.NameArguments("SailPoint requires names to differ among an identity's tokens. Changing it renames the token in place."))
	maps.Copy(attributes, rotation.ExpiryArguments(
		"With `api_version` `v2024`, `v3` and `beta` it is at most six months, which is also the default; with the newer versions one of `lifetime`, `expires_at` and `never_expires` is required. "+
			"Changing it never rotates the token: the newer versions update its expiry in place, counted from its creation, and with the older ones it applies to the next token.",
		"With `api_version` `v1`, `v2026` or `v2025` changing it updates the token in place. With the older versions changing it mints a new token, in place with `overlap`, otherwise by replacing the resource, and it must be within six months.",
	))
	maps.Copy(attributes, rotation.ComputedAttributes())
	maps.Copy(attributes, rotation.RotatingArguments(rotation.ShorterThanLifetime(), rotation.NotWithExpiresAt()))
	maps.Copy(attributes, rotation.OverlapArguments("With `api_version` `v1`, `v2026` or `v2025` SailPoint itself then expires the previous token, and the next apply deletes it. With the older versions the previous token works until the next apply, which revokes it. "+
		"Requires `name_prefix`, and one free place among the 10 tokens that SailPoint allows an identity.", rotation.NeedsNamePrefix()))
	attributes["status"] = schema.StringAttribute{
		Computed: true,
		MarkdownDescription: "`" + rotation.StatusActive + "`; `" + rotation.StatusDue + "` once `rotate_before_expiry` or `rotate_after` has made the token due for rotation; `" + rotation.StatusExpired + "` once `expires_at` has passed; or `" + rotation.StatusMissing +
			"` when the token was deleted outside Terraform while the previous one is still alive. A token that is not active is planned for rotation.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A personal access token on SailPoint Identity Security Cloud, of the identity that the provider authenticates as. Its name and its scopes change in place, and with `api_version` `v1`, `v2026` or `v2025` its expiry, too. " +
			"Any other change needs a new token: with `overlap` a rotation in place, without it a replacement of the resource. SailPoint allows 10 tokens per identity, and their names must differ.\n\n" +
			"With those versions exactly one of `lifetime`, `expires_at` and `never_expires` must be set to mint a token. With the older versions a token without `lifetime` and `expires_at` expires after six months.\n\n" +
			"~> The secret is stored in the state. Use an encrypted backend, or set `encrypt_secret_to`.",
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
			"A token that never expires has no expiry to rotate before. Set rotate_after instead of rotate_before_expiry: it rotates the token once it is older than that. Or set lifetime instead of never_expires = true.")
	}
	for argument, isNull := range map[string]bool{"lifetime": config.Lifetime.IsNull(), "expires_at": config.ExpiresAt.IsNull()} {
		if !isNull {
			resp.Diagnostics.AddAttributeError(path.Root("never_expires"), "Invalid attribute combination",
				"A token that never expires has no "+argument+": set either never_expires = true or "+argument+".")
		}
	}
}
