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
			MarkdownDescription: "The token itself. Magpie shows it only once, when the token is minted. Null after an import, and with `encrypt_secret_to`.",
		},
		"description": schema.StringAttribute{
			Optional: true, Validators: []validator.String{noLentMark{}}, MarkdownDescription: "A description of the token. Changing it updates the token in place. It must not look like the mark that this provider puts on ephemeral tokens.",
		},
		"disabled": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "`true` disables the token: Magpie refuses it until it is enabled again. Default `false`. Changing it updates the token in place.",
		},
		"created_at": schema.StringAttribute{
			Computed: true, CustomType: rotation.TimeType{},
			MarkdownDescription: "When the token was minted, as an RFC 3339 time in UTC.",
		},
		"expires_at": schema.StringAttribute{
			Computed: true, CustomType: rotation.TimeType{},
			MarkdownDescription: "When the token expires, as an RFC 3339 time in UTC. Null where Magpie does not report it. The organization decides how long its tokens live.",
		},
		"status": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "`active`; `disabled`; `due` once `rotate_before_expiry` or `rotate_after` has made the token due for rotation; `expired` once `expires_at` has passed; or another word that Magpie lists. A token that is due or expired is planned for rotation.",
		},
	})
	return attributes
}

// seriesAttributes are what tokens have besides that exist side by side on an account.
func seriesAttributes() map[string]schema.Attribute {
	attributes := tokenAttributes()
	maps.Copy(attributes, rotation.OverlapArguments("The first apply after that revokes the previous token, because Magpie cannot expire it."))
	attributes["status"] = schema.StringAttribute{
		Computed: true,
		MarkdownDescription: "`active`; `disabled`; `due` once `rotate_before_expiry` or `rotate_after` has made the token due for rotation; `expired` once `expires_at` has passed; `missing` when the token was deleted outside Terraform while the previous one is still alive; " +
			"or another word that Magpie lists. A token that is due, expired or missing is planned for rotation.",
	}
	return attributes
}

const (
	lifetimeNote = " The organization decides how long a token lives. Where Magpie reports no expiry, `expires_at` is null and `rotate_before_expiry` never rotates: use `rotate_after`.\n\n"
	secretNote   = "~> The token is stored in the state. Use an encrypted backend, or set `encrypt_secret_to`."
)

// Schema implements [resource.Resource].
func (r *personalAccessTokenResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "An access token on Silectis Magpie, of the user that the provider logs in as. The user needs the organization permission `AccessToken`. " +
			"Always log in as the same user: Magpie does not list the tokens of other users." + lifetimeNote + secretNote,
		Attributes: seriesAttributes(),
	}
}

// Schema implements [resource.Resource].
func (r *serviceAccountAccessTokenResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := seriesAttributes()
	attributes["user_name"] = userNameAttribute()
	resp.Schema = schema.Schema{
		MarkdownDescription: "An access token of a service account on Silectis Magpie. The provider must log in as an organization admin. " +
			"Do not use this resource for an account that `mint_magpie_service_account_exclusive_access_token` owns: each rotation there deletes the account's other tokens." + lifetimeNote + secretNote,
		Attributes: attributes,
	}
}

func userNameAttribute() schema.Attribute {
	return schema.StringAttribute{
		Required: true, Validators: []validator.String{userName()},
		PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
		MarkdownDescription: "The user name of the service account. Changing it replaces the resource.",
	}
}

// userName refuses what would turn the path of a request into that of another.
func userName() validator.String {
	return stringvalidator.All(stringvalidator.LengthAtLeast(1), stringvalidator.NoneOf(".", ".."))
}
