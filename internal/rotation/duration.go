package rotation

import (
	"context"
	"errors"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var (
	_ basetypes.StringTypable                    = DurationType{}
	_ basetypes.StringValuableWithSemanticEquals = DurationText{}
	_ xattr.ValidateableAttribute                = DurationText{}
)

// parseDuration is the one place that knows how durations are written. The error follows "Attribute lifetime".
func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	switch {
	case err == nil:
		return d, nil
	case regexp.MustCompile(`^\+?((\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h))+$`).MatchString(text):
		// It is well written, but does not fit into a [time.Duration].
		return 0, errors.New(`must not be longer than "2562047h", which is about 292 years, got "` + text + `".`)
	}
	return 0, errors.New(`must be a duration such as "720h" or "1h30m", got "` + text + `". The units are h, m and s: 30 days are "720h".`)
}

// DurationType is the type of attributes that hold a duration.
type DurationType struct{ basetypes.StringType }

// String implements [attr.Type].
func (DurationType) String() string { return "rotation.DurationType" }

// ValueType implements [attr.Type].
func (DurationType) ValueType(context.Context) attr.Value { return DurationText{} }

// Equal implements [attr.Type].
func (DurationType) Equal(other attr.Type) bool {
	_, ok := other.(DurationType)
	return ok
}

// ValueFromString implements [basetypes.StringTypable].
func (DurationType) ValueFromString(_ context.Context, in basetypes.StringValue) (basetypes.StringValuable, diag.Diagnostics) {
	return DurationText{in}, nil
}

// ValueFromTerraform implements [attr.Type].
func (t DurationType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	v, err := t.StringType.ValueFromTerraform(ctx, in)
	text, _ := v.(basetypes.StringValue)
	return DurationText{text}, err
}

// DurationText is a duration as an attribute; the zero value is null. Two texts for the same length are no change.
type DurationText struct{ basetypes.StringValue }

// DurationValue is a duration as an attribute.
func DurationValue(d time.Duration) DurationText {
	return DurationText{basetypes.NewStringValue(d.String())}
}

// Type implements [attr.Value].
func (DurationText) Type(context.Context) attr.Type { return DurationType{} }

// Equal implements [attr.Value].
func (v DurationText) Equal(other attr.Value) bool {
	o, ok := other.(DurationText)
	return ok && v.StringValue.Equal(o.StringValue)
}

// StringSemanticEquals implements [basetypes.StringValuableWithSemanticEquals].
func (v DurationText) StringSemanticEquals(_ context.Context, other basetypes.StringValuable) (bool, diag.Diagnostics) {
	o, ok := other.(DurationText)
	one, isSet := Duration(v)
	two, wasSet := Duration(o)
	return ok && isSet && wasSet && one == two, nil
}

// ValidateAttribute implements [xattr.ValidateableAttribute].
func (v DurationText) ValidateAttribute(_ context.Context, req xattr.ValidateAttributeRequest, resp *xattr.ValidateAttributeResponse) {
	if v.IsNull() || v.IsUnknown() {
		return
	}
	if _, err := parseDuration(v.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid duration", "Attribute "+req.Path.String()+" "+err.Error())
	}
}

// Duration reads a duration of a configuration or a state; false when it is null or unknown.
func Duration(v DurationText) (time.Duration, bool) {
	if v.IsNull() || v.IsUnknown() {
		return 0, false
	}
	d, err := parseDuration(v.ValueString())
	return d, err == nil
}

// SameDuration plans a duration: the state's text stays as long as it means the same.
func SameDuration(config, state DurationText) DurationText {
	wanted, isSet := Duration(config)
	had, wasSet := Duration(state)
	if isSet && wasSet && wanted == had {
		return state
	}
	return config
}
