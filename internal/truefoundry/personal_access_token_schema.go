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
	return "must not begin with \"" + systemMade + "\", the prefix of the tokens that TrueFoundry creates itself"
}

func (v notSystemMade) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v notSystemMade) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if strings.HasPrefix(req.ConfigValue.ValueString(), systemMade) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid name",
			"Attribute "+req.Path.String()+" "+v.Description(ctx)+": this provider's lists and revoke actions leave such tokens out. Choose another name.")
	}
}

// emailRules hold a text to the form of an e-mail address.
func emailRules() []validator.String {
	return []validator.String{stringvalidator.RegexMatches(regexp.MustCompile(`^[^@/\s]+@[^@/\s]+$`), "must be an e-mail address")}
}

// nameArguments are the arguments of all systems, held to this system's pattern.
func nameArguments() map[string]schema.Attribute {
	const rule = "lowercase letters, digits and hyphens, beginning with a letter, and not with `" + systemMade + "`. Names must differ among a user's tokens. " +
		"Changing it mints a new token, in place with `overlap`, otherwise by replacing the resource."
	whole := rotation.NameArguments("TrueFoundry allows 3 to 36 characters (older control planes 25), the last one a letter or a digit: "+rule, append(nameRules(), notSystemMade{})...)
	prefix := rotation.NameArguments("With the suffix, TrueFoundry allows 36 characters (older control planes 25), so up to 26 for the prefix: "+rule, append(prefixRules(), notSystemMade{})...)
	return map[string]schema.Attribute{"name": whole["name"], "name_prefix": prefix["name_prefix"]}
}

// Schema implements [resource.Resource].
func (r *personalAccessTokenResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "The token's id. It is `<user_email>/<name>` as long as TrueFoundry does not show the token of another user to the provider.",
		},
		"user_email": schema.StringAttribute{
			Optional: true, Validators: emailRules(),
			MarkdownDescription: "The e-mail address of another user, to whom the token belongs. Without it the token belongs to the user whose key the provider uses. It requires a newer control plane, and as `api_key` the token of a virtual account that has the role of a tenant administrator. " +
				"TrueFoundry may not show other users' tokens to that key. The provider then cannot revoke the token or notice its deletion, so use a short `lifetime`. Changing it replaces the resource.",
		},
		"team_name": schema.StringAttribute{
			Optional: true, Computed: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "The team that the token belongs to. Some tenants require one. With `user_email` the owner must be a member of the team. Defaults to what the server decides. Changing it mints a new token, in place with `overlap`, otherwise by replacing the resource. Removing it later keeps the team that the token has.",
		},
		"token_type": schema.StringAttribute{
			Optional: true, Computed: true,
			Validators:          []validator.String{stringvalidator.OneOf(tokenTypeJWT, tokenTypeOpaque), stringvalidator.ConflictsWith(path.MatchRoot("user_email"))},
			MarkdownDescription: "The form of the token: `jwt` or `opaque`. Defaults to the tenant's setting. Conflicts with `user_email`, with which it is null. Changing it mints a new token, in place with `overlap`, otherwise by replacing the resource. Removing it later keeps the form that the token has.",
		},
		"token": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "The token itself. TrueFoundry shows it only once, when the token is minted. Null after an import, and with `encrypt_secret_to`.",
		},
		"owner": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "The user that the token belongs to. Null where TrueFoundry does not report it.",
			Attributes: map[string]schema.Attribute{
				"id":   schema.StringAttribute{Computed: true, MarkdownDescription: ownerID},
				"name": schema.StringAttribute{Computed: true, MarkdownDescription: ownerName},
			},
		},
		"created_by": createdByAttribute(),
	}
	maps.Copy(attributes, nameArguments())
	maps.Copy(attributes, rotation.ExpiryArguments(
		"TrueFoundry keeps expiries to the minute: the expiry is rounded up to a whole minute. A tenant may limit how long tokens live. Without `lifetime` and `expires_at` the token never expires, unless the tenant sets an expiry. "+
			"Changing it never rotates the token: it applies to the next one.",
		"TrueFoundry keeps expiries to the minute: seconds are cut off. Changing it mints a new token, in place with `overlap`, otherwise by replacing the resource.",
	))
	maps.Copy(attributes, rotation.ComputedAttributes())
	maps.Copy(attributes, rotation.RotatingArguments(rotation.ShorterThanLifetime(), rotation.NotWithExpiresAt()))
	maps.Copy(attributes, rotation.OverlapArguments("The first apply after that revokes the previous token, because TrueFoundry cannot shorten the life of a token. Requires `name_prefix`.", rotation.NeedsNamePrefix()))
	attributes["status"] = schema.StringAttribute{
		Computed: true,
		MarkdownDescription: "`" + rotation.StatusActive + "`; `" + rotation.StatusDue + "` once `rotate_before_expiry` or `rotate_after` has made the token due for rotation; `" + rotation.StatusExpired + "` once `expires_at` has passed; or `" + rotation.StatusMissing +
			"` when the token was deleted outside Terraform while the previous one is still alive. A token that is not active is planned for rotation.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A personal access token on TrueFoundry, of the user whose key the provider uses or, with `user_email`, of another user. It has the rights of that user, and stops working when the user is removed: prefer `mint_truefoundry_virtual_account` for machines. " +
			"Newer control planes do not let a personal access token create personal access tokens. There, set `api_key` to the token of a virtual account that has the role of a tenant administrator, and set `user_email`.\n\n" +
			"TrueFoundry cannot change a token, so a change of `name`, `name_prefix`, `expires_at`, `team_name` or `token_type` needs a new one: with `overlap` a rotation in place, without it a replacement of the resource. Names must differ among a user's tokens.\n\n" +
			"TrueFoundry keeps expiries to the minute: an expiry from `lifetime` is rounded up, `expires_at` is cut to its minute. A tenant may limit how long tokens live. Without `lifetime` and `expires_at` a token never expires, unless the tenant sets an expiry.\n\n" +
			"~> The token is stored in the state. Use an encrypted backend, or set `encrypt_secret_to`.",
		Attributes: attributes,
	}
}

const (
	ownerID   = "The user's id. Null where TrueFoundry reports only the e-mail address."
	ownerName = "The user's e-mail address. Null where TrueFoundry reports only the id."
)

func createdByAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Computed: true, MarkdownDescription: "Who created the token or the account.",
		Attributes: map[string]schema.Attribute{
			"type": schema.StringAttribute{Computed: true, MarkdownDescription: "The kind of subject, such as `user` or `virtualaccount`."},
			"id":   schema.StringAttribute{Computed: true, MarkdownDescription: "The subject's id."},
			"name": schema.StringAttribute{Computed: true, MarkdownDescription: "The subject's e-mail address or name; null where TrueFoundry does not report it."},
		},
	}
}
