package lifecycle

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// Attributes are those of all maps; of two with one name the later counts.
func Attributes(parts ...map[string]schema.Attribute) map[string]schema.Attribute {
	all := map[string]schema.Attribute{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

// KeyArguments are id and name, of which a configuration has exactly one: a [Lookup] goes by it, and shows the other.
func KeyArguments(id, name string) map[string]schema.Attribute {
	isOne := stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"))
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Optional: true, Computed: true, Validators: []validator.String{isOne, stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: id + " Exactly one of `id` and `name` must be set.",
		},
		"name": schema.StringAttribute{
			Optional: true, Computed: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: name,
		},
	}
}

// TextArgument is an optional argument that is not empty.
func TextArgument(description string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: description}
}

// TextFact is a text that a data source shows.
func TextFact(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

// TimeFact is a time that a data source shows.
func TimeFact(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, CustomType: rotation.TimeType{}, MarkdownDescription: description}
}

// MintedFact is minted_by_provider where tokens have names; see [rotation.IsGenerated].
func MintedFact() schema.BoolAttribute {
	return schema.BoolAttribute{
		Computed:            true,
		MarkdownDescription: "`true` if the name ends in a suffix that this provider generates for `name_prefix`: it very likely minted the token, because only one other name in a thousand has valid check characters by chance. `false` does not prove the opposite, because a token that was minted with `name` has no suffix.",
	}
}

// ListFact is a list of objects that a data source shows.
func ListFact(description string, of map[string]schema.Attribute) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{Computed: true, MarkdownDescription: description, NestedObject: schema.NestedAttributeObject{Attributes: of}}
}
