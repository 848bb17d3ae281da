package rotation_test

import (
	"testing"

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
		return `Invalid duration: Attribute http.timeout must be a duration such as "720h" or "1h30m", got "` + text + `". The units are h, m and s: 30 days are "720h".`
	}
	long := func(text string) string {
		return `Invalid duration: Attribute http.timeout must not be longer than "2562047h", which is about 292 years, got "` + text + `".`
	}
	for value, want := range map[any]string{
		nil: "", tftypes.UnknownValue: "", "720h": "", "1h30m": "", "0": "", "-1h": "", "1.5h": "", "2562047h": "",
		"30d": none("30d"), "abc": none("abc"), "": none(""), "12": none("12"), "1h ": none("1h "), "h": none("h"), ".h": none(".h"),
		"2562048h": long("2562048h"), "87600000h": long("87600000h"), "1h99999999999999999999s": long("1h99999999999999999999s"),
	} {
		if got := complaint(t, rotation.DurationType{}, value); got != want {
			t.Errorf("%v:\n%s\ninstead of\n%s", value, got, want)
		}
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
