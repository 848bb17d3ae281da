package rotation

import (
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// NameArguments are name and name_prefix, of which a configuration has exactly one.
func NameArguments(rules ...validator.String) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Optional: true, Computed: true,
			Validators: append([]validator.String{
				stringvalidator.ExactlyOneOf(path.MatchRoot("name"), path.MatchRoot("name_prefix")), stringvalidator.LengthAtLeast(1),
			}, rules...),
			MarkdownDescription: "The token's name. Exactly one of `name` and `name_prefix` must be set.",
		},
		"name_prefix": schema.StringAttribute{
			Optional: true, Computed: true,
			Validators: append([]validator.String{stringvalidator.LengthAtLeast(1)}, rules...),
			MarkdownDescription: "The beginning of the token's name; a unique ending of 10 characters is added for each token, so that two generations can live side by side. " +
				"Needed with `create_before_destroy`.",
		},
	}
}

// ExpiryArguments are lifetime and expires_at, of which a configuration has one at the most.
func ExpiryArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"lifetime": schema.StringAttribute{
			Optional: true, Computed: true, CustomType: timetypes.GoDurationType{}, Validators: []validator.String{PositiveDuration()},
			MarkdownDescription: "How long a token lives from the moment it is minted, as a duration such as `2160h`. Editing it never rotates the token. " +
				"After an import it is filled in when it can be told from the token. Conflicts with `expires_at`.",
		},
		"expires_at": schema.StringAttribute{
			Optional: true, Computed: true, CustomType: timetypes.RFC3339Type{},
			Validators:          []validator.String{stringvalidator.ConflictsWith(path.MatchRoot("lifetime"))},
			MarkdownDescription: "When the token ends, as an RFC 3339 time such as `2030-01-31T00:00:00Z`. Without it the end follows from `lifetime`; null means never. Conflicts with `lifetime`.",
		},
	}
}

// TriggersArgument is rotation_triggers.
func TriggersArgument() schema.Attribute {
	return schema.MapAttribute{
		Optional: true, ElementType: types.StringType,
		MarkdownDescription: "A map of any strings. Changing it, also to a value that is only known after apply, rotates: a new token is minted and the old one revoked. Adding the whole map, removing it, and importing do not.",
	}
}

// ComputedAttributes are what every token tells about itself.
func ComputedAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"created_at": schema.StringAttribute{
			Computed: true, CustomType: timetypes.RFC3339Type{},
			MarkdownDescription: "When the token was minted, as an RFC 3339 time in UTC.",
		},
		"status": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "`" + StatusActive + "`, or `" + StatusExpired + "` once `expires_at` has passed; an expired token is planned for replacement.",
		},
	}
}
