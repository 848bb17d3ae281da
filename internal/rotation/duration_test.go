package rotation_test

import (
	"math"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// complaint is what an attribute at http.timeout says about a value: its summary and detail, or nothing.
func complaint(t *testing.T, kind basetypes.StringTypable, of any) string {
	t.Helper()
	value, err := kind.ValueFromTerraform(t.Context(), tftypes.NewValue(tftypes.String, of))
	if err != nil {
		t.Fatal(err)
	}
	checked, ok := value.(xattr.ValidateableAttribute)
	if !ok || !value.Type(t.Context()).Equal(kind) || kind.String() != value.Type(t.Context()).String() {
		t.Fatalf("%T is no value of %s", value, kind)
	}
	var resp xattr.ValidateAttributeResponse
	checked.ValidateAttribute(t.Context(), xattr.ValidateAttributeRequest{Path: path.Root("http").AtName("timeout")}, &resp)
	text := ""
	for _, d := range resp.Diagnostics {
		text += d.Summary() + ": " + d.Detail()
	}
	return text
}

// TestDurationText_invalid: the message names the argument and shows a right value, in words of this provider.
func TestDurationText_invalid(t *testing.T) {
	t.Parallel()
	none := func(text string) string {
		return `Invalid duration: Attribute http.timeout must be a duration such as "90d" or "36h", got "` + text + `". The units are w, d, h, m and s: a week has 7 days, and a day has 24 hours.`
	}
	long := func(text string) string {
		return `Invalid duration: Attribute http.timeout must not be longer than "106751d", which is about 292 years, got "` + text + `".`
	}
	for value, want := range map[any]string{
		nil: "", tftypes.UnknownValue: "", "720h": "", "1h30m": "", "0": "", "-1h": "", "1.5h": "", "2562047h": "",
		"90d": "", "2w": "", "36h": "", "1d12h": "", "2160h0m0s": "", "1w2d3h4m5s": "", "1.5d": "", "0d": "", "-2w": "", "+1d": "", "106751d": "", "15250w": "",
		"abc": none("abc"), "": none(""), "12": none("12"), "1h ": none("1h "), " 90d": none(" 90d"), "h": none("h"), ".h": none(".h"), "d": none("d"), "90": none("90"),
		"1y": none("1y"), "6mo": none("6mo"), "6M": none("6M"), "90D": none("90D"), "2W": none("2W"), "90 d": none("90 d"), "90days": none("90days"), "1d 12h": none("1d 12h"),
		"P90D": none("P90D"), "1d12": none("1d12"), "1e3d": none("1e3d"), "--1d": none("--1d"), "٣d": none("٣d"), "1,5d": none("1,5d"),
		"2562048h": long("2562048h"), "87600000h": long("87600000h"), "1h99999999999999999999s": long("1h99999999999999999999s"),
		"106752d": long("106752d"), "15251w": long("15251w"), "106751d24h": long("106751d24h"), "99999999999999999999d": long("99999999999999999999d"), "-106752d": long("-106752d"),
	} {
		if got := complaint(t, rotation.DurationType{}, value); got != want {
			t.Errorf("%v:\n%s\ninstead of\n%s", value, got, want)
		}
	}
}

// TestDurationValue: a duration is written the short way, and read again as the same.
func TestDurationValue(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for want, d := range map[string]time.Duration{
		"0s": 0, "90d": 90 * day, "14d": 14 * day, "1d": day, "1d12h": 36 * time.Hour, "12h": 12 * time.Hour, "1h30m": 90 * time.Minute, "30s": 30 * time.Second,
		"30d30s": 30*day + 30*time.Second, "2d1h20m": 49*time.Hour + 20*time.Minute, "1d1ns": day + 1, "1ns": 1, "1m1s500ms": 61*time.Second + 500*time.Millisecond,
		"106751d23h47m16s854ms775us807ns": math.MaxInt64, "-1d12h": -36 * time.Hour, "-5m": -5 * time.Minute,
	} {
		value := rotation.DurationValue(d)
		if got := value.ValueString(); got != want {
			t.Errorf("%s is written %q instead of %q", d, got, want)
		}
		if got, isSet := rotation.Duration(value); !isSet || got != d {
			t.Errorf("%s is read as %s", value, got)
		}
	}
	if got, isSet := rotation.Duration(rotation.DurationValue(math.MinInt64)); !isSet || got != math.MinInt64 {
		t.Errorf("the least duration is read as %s", got)
	}
}

// TestTimeText_invalid: the same for times, also for those that this provider could not write in UTC.
func TestTimeText_invalid(t *testing.T) {
	t.Parallel()
	none := func(text string) string {
		return `Invalid time: Attribute http.timeout must be an RFC 3339 time with its zone, such as "2030-01-31T00:00:00Z", got "` + text + `".`
	}
	late := func(text string) string {
		return `Invalid time: Attribute http.timeout must be a time before the year 10000 in UTC, got "` + text + `".`
	}
	for value, want := range map[any]string{
		nil: "", tftypes.UnknownValue: "", "2030-01-31T00:00:00Z": "", "2030-01-31T00:00:00.5+01:00": "", "9999-12-31T23:59:59Z": "",
		"tomorrow": none("tomorrow"), "": none(""), "2030-01-31": none("2030-01-31"), "2030-01-31T00:00:00": none("2030-01-31T00:00:00"),
		"2030-02-30T00:00:00Z": none("2030-02-30T00:00:00Z"), "01-31-2030": none("01-31-2030"),
		"10000-01-01T00:00:00Z": late("10000-01-01T00:00:00Z"), "+12345-01-01T00:00:00Z": late("+12345-01-01T00:00:00Z"),
		"9999-12-31T23:59:59-01:00": late("9999-12-31T23:59:59-01:00"),
	} {
		if got := complaint(t, rotation.TimeType{}, value); got != want {
			t.Errorf("%v:\n%s\ninstead of\n%s", value, got, want)
		}
	}
}

// TestTexts_sameMeaning: another spelling of the same value is no change, and a value of another type or without a meaning is one.
func TestTexts_sameMeaning(t *testing.T) {
	t.Parallel()
	duration := func(text string) rotation.DurationText {
		return rotation.DurationText{StringValue: types.StringValue(text)}
	}
	moment := func(text string) rotation.TimeText {
		return rotation.TimeText{StringValue: types.StringValue(text)}
	}
	for name, c := range map[string]struct {
		one   basetypes.StringValuableWithSemanticEquals
		other basetypes.StringValuable
		want  bool
	}{
		"minutes":            {duration("90m"), duration("1h30m"), true},
		"days":               {duration("90d"), duration("2160h"), true},
		"days, as of before": {duration("2160h0m0s"), duration("90d"), true},
		"weeks":              {duration("2w"), duration("14d"), true},
		"a day and a half":   {duration("1d12h"), duration("36h"), true},
		"months are minutes": {duration("3m"), duration("90d"), false},
		"another length":     {duration("90m"), duration("91m"), false},
		"no durations":       {duration("a"), duration("b"), false},
		"a duration's text":  {duration("90m"), types.StringValue("90m"), false},
		"zero and no length": {duration("0s"), types.StringValue("0s"), false},
		"Z":                  {moment("2030-01-31T00:00:00Z"), moment("2030-01-31T00:00:00+00:00"), true},
		"another zone":       {moment("2030-01-31T00:00:00Z"), moment("2030-01-31T01:00:00+01:00"), false},
		"another time":       {moment("2030-01-31T00:00:00Z"), moment("2030-01-31T00:00:01Z"), false},
		"no times":           {moment("a"), moment("b"), false},
		"a time's text":      {moment("2030-01-31T00:00:00Z"), types.StringValue("2030-01-31T00:00:00Z"), false},
	} {
		got, diags := c.one.StringSemanticEquals(t.Context(), c.other)
		if got != c.want || len(diags) > 0 {
			t.Errorf("%s: %t, %v", name, got, diags)
		}
		if !c.one.Equal(c.one) || c.one.Equal(c.other) {
			t.Errorf("%s: equality is not that of the texts", name)
		}
	}
	if (rotation.DurationType{}).Equal(rotation.TimeType{}) || (rotation.TimeType{}).Equal(rotation.DurationType{}) {
		t.Error("two types are one")
	}
}
