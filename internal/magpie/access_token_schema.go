package magpie

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// tokenAttributes are what the resources of this system share.
func tokenAttributes() map[string]schema.Attribute {
	attributes := rotation.RotatingArguments()
	maps.Copy(attributes, map[string]schema.Attribute{
		"id": schema.StringAttribute{Computed: true, MarkdownDescription: "The token's id, as Magpie lists it."},
		"token": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "The token itself. Magpie shows it once, when the token is minted; it is null after an import, and with `encrypt_secret_to`.",
		},
		"description": schema.StringAttribute{
			Optional: true, Validators: []validator.String{noLentMark{}}, MarkdownDescription: "A description, changed in place.",
		},
		"disabled": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "`true` switches the token off: it is refused until it is enabled again. Changed in place. Default `false`.",
		},
		"created_at": schema.StringAttribute{
			Computed: true, CustomType: rotation.TimeType{},
			MarkdownDescription: "When the token was minted, as an RFC 3339 time in UTC.",
		},
		"expires_at": schema.StringAttribute{
			Computed: true, CustomType: rotation.TimeType{},
			MarkdownDescription: "When the token expires; null where Magpie does not say. The organization decides how long its tokens live.",
		},
		"status": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "`active`, `disabled`, `due` once `rotate_before_expiry` or `rotate_after` asks for a rotation, `expired` once `expires_at` has passed (both are planned for rotation), or another word that Magpie lists.",
		},
	})
	return attributes
}

// seriesAttributes are what tokens have besides that exist side by side on an account.
func seriesAttributes() map[string]schema.Attribute {
	attributes := tokenAttributes()
	maps.Copy(attributes, rotation.OverlapArguments("The first apply after that revokes it: Magpie cannot expire it by itself."))
	attributes["status"] = schema.StringAttribute{
		Computed: true,
		MarkdownDescription: "`active`, `disabled`, `due` once `rotate_before_expiry` or `rotate_after` asks for a rotation, `expired` once `expires_at` has passed, `missing` when the token was deleted outside Terraform while the previous one is still alive (these three are planned for rotation), " +
			"or another word that Magpie lists.",
	}
	return attributes
}

const (
	lifetimeNote = " How long a token lives is the organization's decision, and where Magpie tells no expiry in `expires_at`, `rotate_before_expiry` never rotates: use `rotate_after`.\n\n"
	secretNote   = "~> The token is stored in the state. Protect the state, keep it encrypted, or set `encrypt_secret_to`."
)

// Schema implements [resource.Resource].
func (r *personalAccessTokenResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "An access token of the user that the provider logs in as, on Silectis Magpie. The user needs the organization permission `AccessToken`. " +
			"Always log in as the same user: a token of another user is not listed." + lifetimeNote + secretNote,
		Attributes: seriesAttributes(),
	}
}

// Schema implements [resource.Resource].
func (r *serviceAccountAccessTokenResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := seriesAttributes()
	attributes["user_name"] = userNameAttribute()
	resp.Schema = schema.Schema{
		MarkdownDescription: "An access token of a service account, on Silectis Magpie. The provider must log in as an organization admin. " +
			"Do not manage tokens of an account here that `mint_magpie_service_account_exclusive_access_token` owns: it deletes them." + lifetimeNote + secretNote,
		Attributes: attributes,
	}
}

func userNameAttribute() schema.Attribute {
	return schema.StringAttribute{
		Required: true, Validators: []validator.String{userName()},
		PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
		MarkdownDescription: "The user name of the service account. Changing it replaces the token.",
	}
}

// userName refuses what would turn the path of a request into that of another.
func userName() validator.String {
	return stringvalidator.All(stringvalidator.LengthAtLeast(1), stringvalidator.NoneOf(".", ".."))
}
