package system

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// validate runs the validators of the attributes of a configuration. The framework does so while Terraform validates, when no variable has a
// value yet; of resources and data sources Terraform has that repeated once values are known, of actions not. A list that turns out to be
// empty selects nothing, and is no mistake.
func validate(ctx context.Context, config tfsdk.Config) diag.Diagnostics {
	var diags diag.Diagnostics
	for name, attribute := range config.Schema.GetAttributes() {
		at := path.Root(name)
		switch a := attribute.(type) {
		case interface{ StringValidators() []validator.String }:
			value, more := valueOf[basetypes.StringValuable](ctx, config, name).ToStringValue(ctx)
			diags.Append(more...)
			for _, v := range a.StringValidators() {
				var resp validator.StringResponse
				v.ValidateString(ctx, validator.StringRequest{Path: at, PathExpression: at.Expression(), Config: config, ConfigValue: value}, &resp)
				diags.Append(resp.Diagnostics...)
			}
		case interface{ BoolValidators() []validator.Bool }:
			value, more := valueOf[basetypes.BoolValuable](ctx, config, name).ToBoolValue(ctx)
			diags.Append(more...)
			for _, v := range a.BoolValidators() {
				var resp validator.BoolResponse
				v.ValidateBool(ctx, validator.BoolRequest{Path: at, PathExpression: at.Expression(), Config: config, ConfigValue: value}, &resp)
				diags.Append(resp.Diagnostics...)
			}
		case interface{ Int64Validators() []validator.Int64 }:
			value, more := valueOf[basetypes.Int64Valuable](ctx, config, name).ToInt64Value(ctx)
			diags.Append(more...)
			for _, v := range a.Int64Validators() {
				var resp validator.Int64Response
				v.ValidateInt64(ctx, validator.Int64Request{Path: at, PathExpression: at.Expression(), Config: config, ConfigValue: value}, &resp)
				diags.Append(resp.Diagnostics...)
			}
		}
	}
	return diags
}

// valueOf is the value of an attribute, which may have a type of this provider's own. The configuration fits its schema.
func valueOf[V any](ctx context.Context, config tfsdk.Config, name string) V {
	value := reflect.New(reflect.TypeOf(config.Schema.GetAttributes()[name].GetType().ValueType(ctx)))
	_ = config.GetAttribute(ctx, path.Root(name), value.Interface())
	valuable, _ := value.Elem().Interface().(V)
	return valuable
}
