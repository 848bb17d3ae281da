package rotation

import (
	ephemeral "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// Ephemeral makes the arguments of a resource those of an ephemeral resource, so that a word has one meaning in both. It
// takes the kinds of attribute that this package defines.
func Ephemeral(arguments map[string]schema.Attribute) map[string]ephemeral.Attribute {
	all := make(map[string]ephemeral.Attribute, len(arguments))
	for name, argument := range arguments {
		switch a := argument.(type) {
		case schema.StringAttribute:
			all[name] = ephemeral.StringAttribute{
				CustomType: a.CustomType, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive,
				Description: a.Description, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
			}
		case schema.Int64Attribute:
			all[name] = ephemeral.Int64Attribute{
				CustomType: a.CustomType, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive,
				Description: a.Description, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
			}
		case schema.MapAttribute:
			all[name] = ephemeral.MapAttribute{
				ElementType: a.ElementType, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive,
				Description: a.Description, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
			}
		case schema.ListAttribute:
			all[name] = ephemeral.ListAttribute{
				ElementType: a.ElementType, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive,
				Description: a.Description, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators,
			}
		}
	}
	return all
}
