package rotation

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/xhit/go-str2duration/v2"
)

var (
	_ basetypes.StringTypable                    = DurationType{}
	_ basetypes.StringValuableWithSemanticEquals = DurationText{}
	_ xattr.ValidateableAttribute                = DurationText{}
)

// parseDuration is the one place that knows how durations are written: as Go writes them, and with days of 24 hours and weeks of 7
// days. There are no units for months and years, which differ in length. The error follows "Attribute lifetime", has no full stop, and
// repeats the beginning of the text.
func parseDuration(text string) (time.Duration, error) {
	d, err := str2duration.ParseDuration(text)
	switch {
	case err == nil:
		return d, nil
	case regexp.MustCompile(`^[+-]?((\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h|d|w))+$`).MatchString(text):
		// It is well written, but does not fit into a [time.Duration].
		return 0, fmt.Errorf(`must not be longer than "106751d", which is about 292 years, got %.100q`, text)
	}
	return 0, fmt.Errorf(`must be a duration such as "90d" or "36h", got %.100q. The units are w, d, h, m and s: a week has 7 days, and a day has 24 hours`, text)
}

// formatDuration writes a duration the short way: "90d", "1d12h". The library would count 90 days as "12w6d".
func formatDuration(d time.Duration) string {
	days, rest := d/str2duration.Day, d%str2duration.Day
	switch {
	case days == 0:
		return str2duration.String(d)
	case rest == 0:
		return fmt.Sprintf("%dd", days)
	}
	return fmt.Sprintf("%dd%s", days, strings.TrimPrefix(str2duration.String(rest), "-"))
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

// DurationValue is a duration as an attribute, written the short way.
func DurationValue(d time.Duration) DurationText {
	return DurationText{basetypes.NewStringValue(formatDuration(d))}
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
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid duration", "Attribute "+req.Path.String()+" "+err.Error()+".")
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

// SameDuration plans a duration: the state's text stays as long as it means the same. The framework knows that two texts mean the same
// only where it reads and applies, not where it plans.
func SameDuration() planmodifier.String { return sameDuration{} }

type sameDuration struct{}

func (sameDuration) Description(context.Context) string {
	return "another spelling of the same duration is no change"
}

func (m sameDuration) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (sameDuration) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	wanted, isSet := Duration(DurationText{req.PlanValue})
	had, wasSet := Duration(DurationText{req.StateValue})
	if isSet && wasSet && wanted == had {
		resp.PlanValue = req.StateValue
	}
}
