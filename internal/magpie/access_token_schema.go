package magpie

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
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
			Optional: true, MarkdownDescription: "A description, changed in place.",
		},
		"disabled": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "`true` switches the token off: it is refused until it is enabled again. Changed in place. Default `false`.",
		},
		"created_at": schema.StringAttribute{
			Computed: true, CustomType: timetypes.RFC3339Type{},
			MarkdownDescription: "When the token was minted, as an RFC 3339 time in UTC.",
		},
		"expires_at": schema.StringAttribute{
			Computed: true, CustomType: timetypes.RFC3339Type{},
			MarkdownDescription: "When the token ends; null where Magpie tells no end. The organization decides how long its tokens live.",
		},
		"status": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "`active`, `disabled`, `expired` once `expires_at` has passed (an expired token is planned for rotation), or another word that Magpie lists.",
		},
	})
	return attributes
}

// overlapAttributes are what tokens have beside that live side by side on an account.
func overlapAttributes() map[string]schema.Attribute {
	attributes := tokenAttributes()
	maps.Copy(attributes, rotation.OverlapArguments("The first apply after that revokes it: Magpie cannot end it by itself."))
	attributes["status"] = schema.StringAttribute{
		Computed: true,
		MarkdownDescription: "`active`, `disabled`, `expired` once `expires_at` has passed, `missing` when the token was deleted outside Terraform while the one before is still alive (both are planned for rotation), " +
			"or another word that Magpie lists.",
	}
	return attributes
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
