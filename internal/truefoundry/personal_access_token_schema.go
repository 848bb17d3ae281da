package truefoundry

import (
	"context"
	"maps"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
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

// notSystemMade refuses a name, or the beginning of one, like those of the tokens that the system itself makes.
type notSystemMade struct{}

var _ validator.String = notSystemMade{}

func (notSystemMade) Description(context.Context) string {
	return "must not begin with \"" + systemMade + "\", by which TrueFoundry names its own tokens"
}

func (v notSystemMade) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v notSystemMade) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if strings.HasPrefix(req.ConfigValue.ValueString(), systemMade) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid name",
			"Attribute "+req.Path.String()+" "+v.Description(ctx)+": the token would neither be listed nor revoked with others. Choose another one.")
	}
}

// emailRules hold a text to the form of an e-mail address.
func emailRules() []validator.String {
	return []validator.String{stringvalidator.RegexMatches(regexp.MustCompile(`^[^@/\s]+@[^@/\s]+$`), "must be an e-mail address")}
}

// nameArguments are the arguments of all systems, held to this system's pattern.
func nameArguments() map[string]schema.Attribute {
	whole, prefix := rotation.NameArguments(append(nameRules(), notSystemMade{})...), rotation.NameArguments(append(prefixRules(), notSystemMade{})...)
	return map[string]schema.Attribute{"name": whole["name"], "name_prefix": prefix["name_prefix"]}
}

// Schema implements [resource.Resource].
func (r *personalAccessTokenResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "The token's id. As long as TrueFoundry does not show a token of another user to the provider, it is `<user_email>/<name>` instead.",
		},
		"user_email": schema.StringAttribute{
			Optional: true, Validators: emailRules(),
			MarkdownDescription: "The e-mail address of another user, to whom the token belongs. This takes the API key of a tenant administrator that is no personal access token, such as that of a virtual account with the role of a tenant administrator, and a newer control plane. " +
				"TrueFoundry may not show the tokens of other users to that key: then the provider can neither notice that the token is deleted nor revoke it, so use a short `lifetime`. Changing it replaces the resource. Without it the token belongs to the user whose key the provider has.",
		},
		"team_name": schema.StringAttribute{
			Optional: true, Computed: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "The team that the token belongs to; some tenants require one. With `user_email` the owner must be a member of it. Changing it needs a new token; removing it later keeps the team that the token has.",
		},
		"token_type": schema.StringAttribute{
			Optional: true, Computed: true,
			Validators:          []validator.String{stringvalidator.OneOf(tokenTypeJWT, tokenTypeOpaque), stringvalidator.ConflictsWith(path.MatchRoot("user_email"))},
			MarkdownDescription: "`jwt` or `opaque`. Without it the tenant decides. Conflicts with `user_email`, with which it is null. Changing it needs a new token; removing it later keeps the kind that the token has.",
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
	maps.Copy(attributes, rotation.OverlapArguments("The first apply after that revokes it: TrueFoundry cannot expire it by itself.", rotation.NeedsNamePrefix()))
	attributes["status"] = schema.StringAttribute{
		Computed: true,
		MarkdownDescription: "`" + rotation.StatusActive + "`; `" + rotation.StatusDue + "` once `rotate_before_expiry` or `rotate_after` asks for a rotation; `" + rotation.StatusExpired + "` once `expires_at` has passed; or `" + rotation.StatusMissing +
			"` when the token was deleted outside Terraform while the previous one is still alive. A token that is not active is planned for rotation.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A personal access token on TrueFoundry, of the user whose key the provider has or, with `user_email`, of another user. It has the rights of that user, and dies with them: prefer `mint_truefoundry_virtual_account` for machines. " +
			"Newer control planes do not let a personal access token create personal access tokens: there, give the provider the API key of a tenant administrator's virtual account, and set `user_email`.\n\n" +
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
