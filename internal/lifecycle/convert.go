package lifecycle

import (
	"fmt"
	"maps"

	action "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	ephemeral "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	list "github.com/hashicorp/terraform-plugin-framework/list/schema"
)

// The framework has schemas of its own for each kind of object. An argument that several kinds share is declared once, for data sources.

// ListArguments are the arguments of a data source as those of a list block.
func ListArguments(parts ...map[string]schema.Attribute) map[string]list.Attribute {
	return each(Attributes(parts...), func(argument schema.Attribute) list.Attribute {
		switch a := argument.(type) {
		case schema.StringAttribute:
			return list.StringAttribute{CustomType: a.CustomType, Required: a.Required, Optional: a.Optional, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators}
		case schema.BoolAttribute:
			return list.BoolAttribute{Required: a.Required, Optional: a.Optional, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators}
		case schema.ListAttribute:
			return list.ListAttribute{ElementType: a.ElementType, Required: a.Required, Optional: a.Optional, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators}
		}
		return nil
	})
}

// ActionArguments are the arguments of a data source as those of an action.
func ActionArguments(parts ...map[string]schema.Attribute) map[string]action.Attribute {
	return each(Attributes(parts...), func(argument schema.Attribute) action.Attribute {
		switch a := argument.(type) {
		case schema.StringAttribute:
			return action.StringAttribute{CustomType: a.CustomType, Required: a.Required, Optional: a.Optional, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators}
		case schema.BoolAttribute:
			return action.BoolAttribute{Required: a.Required, Optional: a.Optional, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators}
		case schema.ListAttribute:
			return action.ListAttribute{ElementType: a.ElementType, Required: a.Required, Optional: a.Optional, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators}
		case schema.Int64Attribute:
			return action.Int64Attribute{Required: a.Required, Optional: a.Optional, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators}
		}
		return nil
	})
}

// each converts attributes. A kind that no conversion knows is found by the first test that loads the schema.
func each[To any](from map[string]schema.Attribute, convert func(schema.Attribute) To) map[string]To {
	to := make(map[string]To, len(from))
	for name, attribute := range from {
		converted := convert(attribute)
		if any(converted) == nil {
			panic(fmt.Sprintf("the argument %s is of a kind that this schema does not take", name))
		}
		to[name] = converted
	}
	return to
}

// EphemeralAttributes are those of all maps; of two with one name the later counts.
func EphemeralAttributes(parts ...map[string]ephemeral.Attribute) map[string]ephemeral.Attribute {
	all := map[string]ephemeral.Attribute{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}
