package lifecycle

import (
	"context"

	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Revalidate holds the configuration of an action to the validators of its schema when it is invoked. Terraform validates it only before
// everything is known, so that a filter which turns out to be empty would select everything.
func Revalidate(ctx context.Context, schema actionschema.Schema, config tfsdk.Config) diag.Diagnostics {
	var diags diag.Diagnostics
	for name, attribute := range schema.Attributes {
		switch declared := attribute.(type) {
		case actionschema.StringAttribute:
			diags.Append(revalidateText(ctx, declared.Validators, config, name)...)
		case actionschema.BoolAttribute:
			var value types.Bool
			diags.Append(config.GetAttribute(ctx, path.Root(name), &value)...)
			for _, rule := range declared.Validators {
				var resp validator.BoolResponse
				rule.ValidateBool(ctx, validator.BoolRequest{Path: path.Root(name), PathExpression: path.MatchRoot(name), Config: config, ConfigValue: value}, &resp)
				diags.Append(resp.Diagnostics...)
			}
		case actionschema.Int64Attribute:
			var value types.Int64
			diags.Append(config.GetAttribute(ctx, path.Root(name), &value)...)
			for _, rule := range declared.Validators {
				var resp validator.Int64Response
				rule.ValidateInt64(ctx, validator.Int64Request{Path: path.Root(name), PathExpression: path.MatchRoot(name), Config: config, ConfigValue: value}, &resp)
				diags.Append(resp.Diagnostics...)
			}
		case actionschema.ListAttribute:
			// An id that a resource does not have at the moment is null, and so is a list of ids that nothing is in: they select nothing.
			continue
		}
	}
	return diags
}

// revalidateText reads the text through a pointer, because it may be of a type of its own.
func revalidateText(ctx context.Context, rules []validator.String, config tfsdk.Config, name string) diag.Diagnostics {
	var text *string
	diags := config.GetAttribute(ctx, path.Root(name), &text)
	for _, rule := range rules {
		var resp validator.StringResponse
		rule.ValidateString(ctx, validator.StringRequest{Path: path.Root(name), PathExpression: path.MatchRoot(name), Config: config, ConfigValue: types.StringPointerValue(text)}, &resp)
		diags.Append(resp.Diagnostics...)
	}
	return diags
}
