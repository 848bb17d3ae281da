package rotation_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// configured validates one argument of a configuration that has a text at another attribute: nil is null, "?" unknown.
func configured(t *testing.T, rule validator.String, argument, value, other string, text *string) diag.Diagnostics {
	t.Helper()
	whole := schema.Schema{Attributes: map[string]schema.Attribute{
		argument: schema.StringAttribute{Optional: true},
		other:    schema.StringAttribute{Optional: true},
	}}
	switch other {
	case "lifetime":
		whole.Attributes[other] = schema.StringAttribute{Optional: true, CustomType: rotation.DurationType{}}
	case "expires_at":
		whole.Attributes[other] = schema.StringAttribute{Optional: true, CustomType: rotation.TimeType{}}
	}
	known := func(text *string) tftypes.Value {
		switch {
		case text == nil:
			return tftypes.NewValue(tftypes.String, nil)
		case *text == "?":
			return tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
		}
		return tftypes.NewValue(tftypes.String, *text)
	}
	raw := tftypes.NewValue(whole.Type().TerraformType(t.Context()), map[string]tftypes.Value{argument: known(&value), other: known(text)})
	given := types.StringValue(value)
	if value == "?" {
		given = types.StringUnknown()
	}
	req := validator.StringRequest{Path: path.Root(argument), ConfigValue: given, Config: tfsdk.Config{Raw: raw, Schema: whole}}
	var resp validator.StringResponse
	rule.ValidateString(t.Context(), req, &resp)
	return resp.Diagnostics
}

func described(t *testing.T, v validator.String) {
	t.Helper()
	if v.Description(t.Context()) == "" || v.Description(t.Context()) != v.MarkdownDescription(t.Context()) {
		t.Error("the validator is not described")
	}
}

func TestShorterThanLifetime(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	for _, c := range []struct {
		lead     string
		lifetime *string
		fails    bool
	}{
		{"24h", nil, false},
		{"24h", text("?"), false},
		{"?", text("24h"), false},
		{"24h", text("24h0m0.000000001s"), false},
		{"24h", text("24h"), true},
		{"24h", text("1440m"), true},
		{"24h", text("23h59m"), true},
		{"1ns", text("1ns"), true},
		// The attribute's type complains about these.
		{"a day", text("24h"), false},
		{"24h", text("a day"), false},
	} {
		diags := configured(t, rotation.ShorterThanLifetime(), "rotate_before_expiry", c.lead, "lifetime", c.lifetime)
		found := false
		for _, d := range diags {
			found = found || d.Summary() == "The token would be rotated in every run" &&
				strings.Contains(d.Detail(), "Attribute rotate_before_expiry must be shorter than lifetime")
		}
		if found != c.fails {
			t.Errorf("%s of %v: %v", c.lead, c.lifetime, diags)
		}
	}
	described(t, rotation.ShorterThanLifetime())
}

func TestNotWithExpiresAt(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	for _, c := range []struct {
		lead  string
		end   *string
		fails bool
	}{
		{"24h", nil, false},
		{"24h", text("2030-01-31T00:00:00Z"), true},
		// One that is not known yet may turn out to be null.
		{"24h", text("?"), false},
		{"?", text("2030-01-31T00:00:00Z"), false},
	} {
		diags := configured(t, rotation.NotWithExpiresAt(), "rotate_before_expiry", c.lead, "expires_at", c.end)
		if diags.HasError() != c.fails {
			t.Errorf("%s with %v: %v", c.lead, c.end, diags)
		}
		for _, d := range diags {
			if !strings.Contains(d.Detail(), "Attribute rotate_before_expiry cannot be set together with expires_at") || !strings.Contains(d.Detail(), "Set lifetime instead") {
				t.Error(d.Detail())
			}
		}
	}
	described(t, rotation.NotWithExpiresAt())
}

func TestUncutOverlap(t *testing.T) {
	t.Parallel()
	whole := schema.Schema{Attributes: map[string]schema.Attribute{}}
	for _, name := range []string{"overlap", "lifetime", "rotate_before_expiry", "rotate_after"} {
		whole.Attributes[name] = schema.StringAttribute{Optional: true, CustomType: rotation.DurationType{}}
	}
	// As on systems where the server decides how long tokens live.
	lifeless := schema.Schema{Attributes: maps.Clone(whole.Attributes)}
	delete(lifeless.Attributes, "lifetime")
	known := func(text string) tftypes.Value {
		switch text {
		case "":
			return tftypes.NewValue(tftypes.String, nil)
		case "?":
			return tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
		}
		return tftypes.NewValue(tftypes.String, text)
	}
	for _, c := range []struct{ lifetime, lead, age, overlap, want string }{
		{"720h", "168h", "", "72h", ""},
		{"720h", "168h", "", "168h", ""},
		{"720h", "168h", "", "169h", "expires before its overlap is over"},
		{"", "168h", "", "169h", "expires before its overlap is over"},
		{"720h", "700h", "", "20h", ""},
		{"720h", "700h", "", "21h", "is rotated every 20h,"},
		{"", "700h", "", "21h", ""},
		{"?", "700h", "", "21h", ""},
		// What is refused elsewhere is not warned of.
		{"700h", "720h", "", "21h", ""},
		{"240h", "", "240h", "24h", ""},
		// Without rotations in time an overlap may be as long as it likes.
		{"720h", "", "", "700h", ""},
		{"720h", "?", "", "700h", ""},
		{"720h", "", "?", "700h", ""},
		{"720h", "168h", "", "long", ""},

		{"", "", "240h", "240h", ""},
		{"", "", "240h", "241h", "With this rotate_after the token is rotated every 10d, before an overlap of 10d1h is over"},
		{"?", "", "240h", "241h", "is rotated every 10d,"},
		{"720h", "", "480h", "240h", ""},
		{"720h", "", "480h", "241h", "rotated when it is 20d old has 10d left, and expires before an overlap of 10d1h is over"},
		{"720h", "", "100h", "101h", "is rotated every 4d4h,"},
		// Whichever is due first decides.
		{"720h", "168h", "240h", "240h", ""},
		{"720h", "168h", "240h", "241h", "With this rotate_after the token is rotated every 10d,"},
		{"720h", "168h", "600h", "169h", "is longer than rotate_before_expiry"},
		{"720h", "700h", "30h", "21h", "With this lifetime and rotate_before_expiry the token is rotated every 20h,"},
		{"", "168h", "240h", "169h", "is longer than rotate_before_expiry"},
	} {
		for _, on := range []schema.Schema{whole, lifeless} {
			values := map[string]tftypes.Value{
				"overlap": known(c.overlap), "lifetime": known(c.lifetime), "rotate_before_expiry": known(c.lead), "rotate_after": known(c.age),
			}
			if _, there := on.Attributes["lifetime"]; !there {
				if delete(values, "lifetime"); c.lifetime != "" {
					continue
				}
			}
			raw := tftypes.NewValue(on.Type().TerraformType(t.Context()), values)
			req := validator.StringRequest{Path: path.Root("overlap"), ConfigValue: types.StringValue(c.overlap), Config: tfsdk.Config{Raw: raw, Schema: on}}
			var resp validator.StringResponse
			rotation.UncutOverlap().ValidateString(t.Context(), req, &resp)
			if resp.Diagnostics.HasError() || resp.Diagnostics.WarningsCount() > 1 || (c.want != "") != (resp.Diagnostics.WarningsCount() == 1) {
				t.Errorf("%+v: %v", c, resp.Diagnostics)
				continue
			}
			for _, d := range resp.Diagnostics {
				if !strings.Contains(d.Detail(), c.want) {
					t.Errorf("%+v: %s", c, d.Detail())
				}
			}
		}
	}
	described(t, rotation.UncutOverlap())
}

func TestUnknownOverlap(t *testing.T) {
	t.Parallel()
	d := rotation.UnknownOverlap()
	if d.Severity() != diag.SeverityWarning || !strings.Contains(d.Detail(), "Attribute overlap is not known while planning") {
		t.Error(d)
	}
}

func TestNeedsNamePrefix(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	for _, c := range []struct {
		overlap string
		name    *string
		fails   bool
	}{
		{"24h", nil, false},
		{"24h", text("ci"), true},
		// One that is not known yet may turn out to be null.
		{"24h", text("?"), false},
		{"?", text("ci"), false},
	} {
		diags := configured(t, rotation.NeedsNamePrefix(), "overlap", c.overlap, "name", c.name)
		if diags.HasError() != c.fails {
			t.Errorf("%s with %v: %v", c.overlap, c.name, diags)
		}
		for _, d := range diags {
			if !strings.Contains(d.Detail(), "With overlap two tokens exist side by side") || !strings.Contains(d.Detail(), "Set name_prefix instead of name") {
				t.Error(d.Detail())
			}
		}
	}
	described(t, rotation.NeedsNamePrefix())
}

func TestNoNegativeDuration(t *testing.T) {
	t.Parallel()
	for value, fails := range map[types.String]bool{
		types.StringNull():          false,
		types.StringUnknown():       false,
		types.StringValue("336h"):   false,
		types.StringValue("0s"):     false,
		types.StringValue("0"):      false,
		types.StringValue("-0s"):    false,
		types.StringValue("-1ns"):   true,
		types.StringValue("-336h"):  true,
		types.StringValue("a week"): false,
	} {
		req := validator.StringRequest{Path: path.Root("expiry_warning"), ConfigValue: value}
		var resp validator.StringResponse
		rotation.NoNegativeDuration().ValidateString(t.Context(), req, &resp)
		if resp.Diagnostics.HasError() != fails {
			t.Errorf("%s: %v", value, resp.Diagnostics)
		}
		for _, d := range resp.Diagnostics {
			want := `Attribute expiry_warning must be a duration that is not negative, such as "14d" or "0s", got ` + value.String() + "."
			if d.Detail() != want {
				t.Error(d.Detail())
			}
		}
	}
	described(t, rotation.NoNegativeDuration())
}

func TestCheckRotateBefore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lead     rotation.DurationText
		expected time.Duration
		fails    bool
	}{
		"no lead":            {rotation.DurationText{}, day, false},
		"unknown":            {rotation.DurationText{StringValue: types.StringUnknown()}, day, false},
		"shorter":            {duration(day - 1), day, false},
		"as long":            {duration(day), day, true},
		"longer":             {duration(day + 1), day, true},
		"life unknown":       {duration(day), 0, false},
		"ends in the past":   {duration(day), -day, false},
		"no duration at all": {rotation.DurationText{StringValue: types.StringValue("soon")}, day, false},
	} {
		diags := rotation.CheckRotateBefore(rotation.Rotating{RotateBeforeExpiry: c.lead}, c.expected)
		if diags.HasError() != c.fails {
			t.Errorf("%s: %v", name, diags)
		}
		for _, d := range diags {
			if !strings.Contains(d.Detail(), "Attribute rotate_before_expiry must be shorter than the token's life: the server lets a token live 1d,") {
				t.Error(d.Detail())
			}
		}
		// A plan that passes is one of which Read would not say at once that it is due.
		if lead, isSet := rotation.Duration(c.lead); c.fails && isSet {
			end := noon().Add(c.expected)
			if rotation.Evaluate(rotation.Policy{RotateBefore: lead, Expected: c.expected}, rotation.Life{ExpiresAt: &end}, noon()).Due {
				t.Errorf("%s: refused, and would rotate in every run", name)
			}
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	kept := previous(generation("1"), rotation.TimeValue(at(day)))
	rotating := rotation.Rotating{RotateBeforeExpiry: duration(day)}
	end := rotation.TimeValue(at(day))
	subject := rotation.Subject{Words: "Acme token", Name: "ci"}
	const ends, alive, due, owed = "Acme token expires soon", "The previous token still works", "The previous token is due for revocation", "The Acme token %s is still to be revoked"
	minted := rotation.Subject{Words: "Acme token", Name: "ci", MintedAt: at(-day)}
	const late = "rotate_after has no effect"
	const idle = "rotate_before_expiry has no effect"
	for name, c := range map[string]struct {
		subject rotation.Subject
		plan    rotation.Rotating
		state   rotation.Previous
		end     rotation.TimeText
		record  rotation.Record
		want    []string
	}{
		"nothing":   {subject, rotation.Rotating{}, rotation.NoPrevious(), end, rotation.Record{}, nil},
		"ends soon": {subject, rotation.Rotating{}, rotation.NoPrevious(), end, rotation.Record{Decision: rotation.Decision{Ending: true}}, []string{ends}},
		"ends soon, at a fixed end": {
			rotation.Subject{Words: "Acme token", EndIsFixed: true}, rotation.Rotating{}, rotation.NoPrevious(), end, rotation.Record{Decision: rotation.Decision{Ending: true}}, []string{ends},
		},
		"ends soon, and rotates": {subject, rotating, rotation.NoPrevious(), end, rotation.Record{Decision: rotation.Decision{Ending: true}}, nil},
		"ends soon, and will rotate": {
			subject,
			rotation.Rotating{RotateBeforeExpiry: rotation.DurationText{StringValue: types.StringUnknown()}},
			rotation.NoPrevious(), end,
			rotation.Record{Decision: rotation.Decision{Ending: true}},
			nil,
		},
		"the system rotates it": {
			rotation.Subject{Words: "Acme token", RotatesByItself: true},
			rotation.Rotating{},
			rotation.NoPrevious(), end,
			rotation.Record{Decision: rotation.Decision{Ending: true}},
			nil,
		},
		"two alive":                        {subject, rotating, kept, end, rotation.Record{}, []string{alive}},
		"two alive, one expires by itself": {rotation.Subject{Words: "Acme token", EndsByItself: true}, rotating, kept, end, rotation.Record{}, nil},
		"due":                              {subject, rotating, kept, end, rotation.Record{Decision: rotation.Decision{PreviousDue: true}}, []string{due}},
		"due, although it expires by itself": {
			rotation.Subject{Words: "Acme token", EndsByItself: true}, rotating, kept, end, rotation.Record{Decision: rotation.Decision{PreviousDue: true}}, []string{due},
		},
		"owed":                        {subject, rotating, rotation.NoPrevious(), end, rotation.Record{Pending: []string{"8", "9"}}, []string{fmt.Sprintf(owed, "8"), fmt.Sprintf(owed, "9")}},
		"all of it":                   {subject, rotation.Rotating{}, kept, end, rotation.Record{Pending: []string{"9"}, Decision: rotation.Decision{Ending: true, PreviousDue: true}}, []string{ends, due, fmt.Sprintf(owed, "9")}},
		"ends, but when":              {subject, rotation.Rotating{}, rotation.NoPrevious(), rotation.TimeText{}, rotation.Record{Decision: rotation.Decision{Ending: true}}, nil},
		"no expiry is known":          {subject, rotating, rotation.NoPrevious(), rotation.TimeText{}, rotation.Record{}, []string{idle}},
		"no expiry, and no lead":      {subject, rotation.Rotating{}, rotation.NoPrevious(), rotation.TimeText{}, rotation.Record{}, nil},
		"no expiry, the lead unknown": {subject, rotation.Rotating{RotateBeforeExpiry: rotation.DurationText{StringValue: types.StringUnknown()}}, rotation.NoPrevious(), rotation.TimeText{}, rotation.Record{}, nil},
		"the expiry is to be moved":   {subject, rotating, rotation.NoPrevious(), rotation.UnknownTime(), rotation.Record{}, nil},
		"no expiry, but an age":       {subject, rotation.Rotating{RotateBeforeExpiry: duration(day), RotateAfter: duration(day)}, rotation.NoPrevious(), rotation.TimeText{}, rotation.Record{}, nil},
		"an age":                      {minted, rotation.Rotating{RotateAfter: duration(2*day - 1)}, rotation.NoPrevious(), end, rotation.Record{Decision: rotation.Decision{Ending: true}}, nil},
		"an age that is not reached":  {minted, rotation.Rotating{RotateAfter: duration(2 * day)}, rotation.NoPrevious(), end, rotation.Record{}, []string{late}},
		"nor has to be":               {minted, rotation.Rotating{RotateAfter: duration(2 * day), RotateBeforeExpiry: duration(day)}, rotation.NoPrevious(), end, rotation.Record{}, nil},
		"an age of who knows what":    {subject, rotation.Rotating{RotateAfter: duration(2 * day)}, rotation.NoPrevious(), end, rotation.Record{}, nil},
		"the server has set an expiry": {
			subject, rotating, rotation.NoPrevious(), rotation.TimeText{}, rotation.Record{GrantedExpiry: at(day), Normalized: map[string]string{"expires_at": "x"}}, nil,
		},
	} {
		var got []string
		for _, d := range c.subject.Warnings(c.plan, c.state, c.end, c.record) {
			got = append(got, d.Summary())
			if d.Severity() != diag.SeverityWarning {
				t.Errorf("%s: an error: %s", name, d.Summary())
			}
			if fixed := strings.Contains(d.Detail(), "because expires_at says so"); d.Summary() == ends && fixed != c.subject.EndIsFixed {
				t.Errorf("%s: the wrong advice: %s", name, d.Detail())
			}
			if d.Summary() == idle && d.Detail() != "Attribute rotate_before_expiry rotates a token before it expires, but the expiry of the token ci is not known: it never expires, or the server does not report its expiry. So time never rotates it. Set rotate_after instead, which rotates the token once it is older than that." {
				t.Errorf("%s: %s", name, d.Detail())
			}
			if strings.Contains(d.Detail(), "secret of") {
				t.Errorf("%s: the warning holds a secret", name)
			}
		}
		if strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
