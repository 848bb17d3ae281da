package truefoundry

import (
	"context"
	"maps"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

const (
	// The bounds of names on the vendor's pages. Older control planes end at 25 characters, and say so themselves.
	nameMin = 3
	nameMax = 36

	tokenTypeJWT    = "jwt"
	tokenTypeOpaque = "opaque"
)

// nameRules hold a whole name to the vendor's pattern.
func nameRules() []validator.String {
	return []validator.String{
		stringvalidator.LengthBetween(nameMin, nameMax),
		stringvalidator.RegexMatches(regexp.MustCompile(`^[a-z]([a-z0-9-]*[a-z0-9])?$`),
			"must start with a lowercase letter, end with a lowercase letter or a digit, and hold only lowercase letters, digits and hyphens"),
	}
}

// prefixRules leave room for the generated ending, which completes the pattern.
func prefixRules() []validator.String {
	return []validator.String{
		stringvalidator.LengthAtMost(nameMax - rotation.SuffixLength),
		stringvalidator.RegexMatches(regexp.MustCompile(`^[a-z][a-z0-9-]*$`),
			"must start with a lowercase letter and hold only lowercase letters, digits and hyphens"),
	}
}

// nameArguments are the arguments of all systems, held to this system's pattern.
func nameArguments() map[string]schema.Attribute {
	whole, prefix := rotation.NameArguments(nameRules()...), rotation.NameArguments(prefixRules()...)
	return map[string]schema.Attribute{"name": whole["name"], "name_prefix": prefix["name_prefix"]}
}

// Schema implements [resource.Resource].
func (r *personalAccessTokenResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"id": schema.StringAttribute{Computed: true, MarkdownDescription: "The token's id."},
		"team_name": schema.StringAttribute{
			Optional: true, Computed: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "The team that the token belongs to; some tenants demand one. Changing it needs a new token; leaving it out later keeps the team that the token has.",
		},
		"token_type": schema.StringAttribute{
			Optional: true, Computed: true, Validators: []validator.String{stringvalidator.OneOf(tokenTypeJWT, tokenTypeOpaque)},
			MarkdownDescription: "`jwt` or `opaque`. Without it the tenant decides. Changing it needs a new token; leaving it out later keeps the kind that the token has.",
		},
		"token": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "The token itself. TrueFoundry shows it once, when the token is minted; it is null after an import, and with `encrypt_secret_to`.",
		},
		"created_by": createdByAttribute(),
	}
	maps.Copy(attributes, nameArguments())
	maps.Copy(attributes, rotation.ExpiryArguments())
	maps.Copy(attributes, rotation.ComputedAttributes())
	maps.Copy(attributes, rotation.RotatingArguments(rotation.ShorterThanLifetime(), rotation.NotWithExpiresAt()))
	maps.Copy(attributes, rotation.OverlapArguments("The first apply after that revokes it: TrueFoundry cannot expire it by itself.", rotation.NeedsNamePrefix(), rotation.UncutOverlap()))
	attributes["status"] = schema.StringAttribute{
		Computed: true,
		MarkdownDescription: "`" + rotation.StatusActive + "`; `" + rotation.StatusDue + "` once `rotate_before_expiry` asks for a rotation; `" + rotation.StatusExpired + "` once `expires_at` has passed; or `" + rotation.StatusMissing +
			"` when the token was deleted outside Terraform while the previous one is still alive. A token that is not active is planned for rotation.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A personal access token of the user whose key the provider has, on TrueFoundry. It has the rights of that user, and dies with them: prefer `mint_truefoundry_virtual_account` for machines. " +
			"Nothing about a token can be changed, so a change of `name`, `name_prefix`, `expires_at`, `team_name` or `token_type` needs a new one: with `overlap` that is a rotation in place, without it a replacement. Names must differ among a user's tokens.\n\n" +
			"TrueFoundry keeps expiries to the minute: that of a `lifetime` is rounded up, `expires_at` is cut to its minute. A tenant may limit how long tokens live; without `lifetime` and `expires_at` a token never expires, or when the tenant says.\n\n" +
			"~> The token is stored in the state, unless `encrypt_secret_to` encrypts it. Protect the state, or keep it encrypted.",
		Attributes: attributes,
	}
}

func createdByAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Computed: true, MarkdownDescription: "Who created it.",
		Attributes: map[string]schema.Attribute{
			"type": schema.StringAttribute{Computed: true, MarkdownDescription: "The kind of subject, such as `user` or `virtualaccount`."},
			"id":   schema.StringAttribute{Computed: true, MarkdownDescription: "The subject's id."},
			"name": schema.StringAttribute{Computed: true, MarkdownDescription: "The subject's e-mail address or name; null where TrueFoundry does not tell."},
		},
	}
}
