package rotation

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var (
	_ basetypes.StringTypable                    = TimeType{}
	_ basetypes.StringValuableWithSemanticEquals = TimeText{}
	_ xattr.ValidateableAttribute                = TimeText{}
)

// TimeType is the type of attributes that hold an RFC 3339 time.
type TimeType struct{ basetypes.StringType }

// String implements [attr.Type].
func (TimeType) String() string { return "rotation.TimeType" }

// ValueType implements [attr.Type].
func (TimeType) ValueType(context.Context) attr.Value { return TimeText{} }

// Equal implements [attr.Type].
func (TimeType) Equal(other attr.Type) bool {
	_, ok := other.(TimeType)
	return ok
}

// ValueFromString implements [basetypes.StringTypable].
func (TimeType) ValueFromString(_ context.Context, in basetypes.StringValue) (basetypes.StringValuable, diag.Diagnostics) {
	return TimeText{in}, nil
}

// ValueFromTerraform implements [attr.Type].
func (t TimeType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	v, err := t.StringType.ValueFromTerraform(ctx, in)
	text, _ := v.(basetypes.StringValue)
	return TimeText{text}, err
}

// TimeText is a time as an attribute; the zero value is null. "Z" and "+00:00" are no change.
type TimeText struct{ basetypes.StringValue }

// TimeValue is an instant as an attribute; nil is null.
func TimeValue(at *time.Time) TimeText {
	if at == nil {
		return TimeText{}
	}
	return TimeText{basetypes.NewStringValue(Format(*at))}
}

// UnknownTime is an instant that is not known yet.
func UnknownTime() TimeText { return TimeText{basetypes.NewStringUnknown()} }

// Type implements [attr.Value].
func (TimeText) Type(context.Context) attr.Type { return TimeType{} }

// Equal implements [attr.Value].
func (v TimeText) Equal(other attr.Value) bool {
	o, ok := other.(TimeText)
	return ok && v.StringValue.Equal(o.StringValue)
}

// StringSemanticEquals implements [basetypes.StringValuableWithSemanticEquals].
func (v TimeText) StringSemanticEquals(_ context.Context, other basetypes.StringValuable) (bool, diag.Diagnostics) {
	o, _ := other.(TimeText)
	one, two := Instant(v), Instant(o)
	return one != nil && two != nil && one.Format(time.RFC3339) == two.Format(time.RFC3339), nil
}

// ValidateAttribute implements [xattr.ValidateableAttribute].
func (v TimeText) ValidateAttribute(_ context.Context, req xattr.ValidateAttributeRequest, resp *xattr.ValidateAttributeResponse) {
	if v.IsNull() || v.IsUnknown() {
		return
	}
	text, at := v.ValueString(), Instant(v)
	must := `must be an RFC 3339 time with its zone, such as "2030-01-31T00:00:00Z"`
	switch {
	case at != nil && at.UTC().Year() > lastYear, at == nil && regexp.MustCompile(`^\+?\d{5,}-`).MatchString(text):
		must = "must be a time before the year 10000 in UTC"
	case at != nil:
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Invalid time", fmt.Sprintf("Attribute %s %s, got %.100q.", req.Path, must, text))
}

// lastYear is the last one that RFC 3339 can write. A time that is written with another zone may lie after it.
const lastYear = 9999

// Format writes an instant as this provider keeps them in state: RFC 3339, UTC, to the millisecond.
func Format(at time.Time) string {
	return at.UTC().Truncate(time.Millisecond).Format(time.RFC3339Nano)
}

// Instant reads a time of a configuration or a state; nil when it is null or unknown.
func Instant(v TimeText) *time.Time {
	if v.IsNull() || v.IsUnknown() {
		return nil
	}
	at, err := time.Parse(time.RFC3339, v.ValueString())
	if err != nil {
		return nil
	}
	return &at
}
