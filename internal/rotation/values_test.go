package rotation_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

func noon() time.Time { return time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC) }

// at is noon and a bit; nil pointers are written as nil.
func at(d time.Duration) *time.Time {
	t := noon().Add(d)
	return &t
}

func triggers(pairs ...string) types.Map {
	elements := map[string]attr.Value{}
	for i := 0; i+1 < len(pairs); i += 2 {
		elements[pairs[i]] = types.StringValue(pairs[i+1])
	}
	return types.MapValueMust(types.StringType, elements)
}

func TestTriggered(t *testing.T) {
	t.Parallel()
	null, unknown := types.MapNull(types.StringType), types.MapUnknown(types.StringType)
	partly := types.MapValueMust(types.StringType, map[string]attr.Value{"a": types.StringUnknown()})
	nulled := types.MapValueMust(types.StringType, map[string]attr.Value{"a": types.StringNull()})
	cases := map[string]struct {
		prior, planned types.Map
		want           bool
	}{
		"none":                  {null, null, false},
		"added":                 {null, triggers("a", "1"), false},
		"added empty":           {null, triggers(), false},
		"added unknown":         {null, unknown, false},
		"added partly unknown":  {null, partly, false},
		"removed":               {triggers("a", "1"), null, false},
		"equal":                 {triggers("a", "1", "b", "2"), triggers("b", "2", "a", "1"), false},
		"both empty":            {triggers(), triggers(), false},
		"value changed":         {triggers("a", "1"), triggers("a", "2"), true},
		"key changed":           {triggers("a", "1"), triggers("b", "1"), true},
		"element added":         {triggers("a", "1"), triggers("a", "1", "b", "2"), true},
		"element removed":       {triggers("a", "1", "b", "2"), triggers("a", "1"), true},
		"filled":                {triggers(), triggers("a", "1"), true},
		"emptied":               {triggers("a", "1"), triggers(), true},
		"becomes unknown":       {triggers("a", "1"), unknown, true},
		"empty becomes unknown": {triggers(), unknown, true},
		"element unknown":       {triggers("a", "1"), partly, true},
		"element null":          {triggers("a", "1"), nulled, true},
		"unknown before":        {unknown, triggers("a", "1"), false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := rotation.Triggered(c.prior, c.planned); got != c.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestSameInstant(t *testing.T) {
	t.Parallel()
	elsewhere := noon().In(time.FixedZone("", 3*3600))
	cases := map[string]struct {
		a, b *time.Time
		want bool
	}{
		"both absent":         {nil, nil, true},
		"one absent":          {at(0), nil, false},
		"the same":            {at(0), at(0), true},
		"another zone":        {at(0), &elsewhere, true},
		"a microsecond apart": {at(0), at(time.Microsecond), true},
		"below a second":      {at(0), at(time.Second - 1), true},
		"a second":            {at(0), at(time.Second), false},
		"an hour":             {at(0), at(time.Hour), false},
	}
	for name, c := range cases {
		if rotation.SameInstant(c.a, c.b) != c.want || rotation.SameInstant(c.b, c.a) != c.want {
			t.Errorf("%s: want %t in both directions", name, c.want)
		}
	}
}

func TestExpiredAndStatus(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		at     *time.Time
		want   bool
		status string
	}{
		"never":            {nil, false, "active"},
		"later":            {at(1), false, "active"},
		"at this instant":  {at(0), true, "expired"},
		"a moment ago":     {at(-1), true, "expired"},
		"at the zero time": {&time.Time{}, true, "expired"},
	}
	for name, c := range cases {
		if got := rotation.Expired(c.at, noon()); got != c.want {
			t.Errorf("%s: expired %t", name, got)
		}
		if got := rotation.Status(c.at, noon()); got != c.status {
			t.Errorf("%s: status %s", name, got)
		}
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for want, in := range map[string]time.Time{
		"2030-01-31T12:00:00Z":     noon(),
		"2030-01-31T09:00:00Z":     time.Date(2030, 1, 31, 12, 0, 0, 0, time.FixedZone("", 3*3600)),
		"2030-01-31T12:00:00.5Z":   noon().Add(500 * time.Millisecond),
		"2030-01-31T12:00:00.123Z": noon().Add(123999 * time.Microsecond),
	} {
		if got := rotation.Format(in); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestTimeValue(t *testing.T) {
	t.Parallel()
	if got := rotation.TimeValue(nil); !got.IsNull() {
		t.Errorf("never is %s", got)
	}
	got := rotation.TimeValue(at(1500 * time.Microsecond))
	if got.ValueString() != "2030-01-31T12:00:00.001Z" {
		t.Errorf("got %s", got)
	}
	if back := rotation.Instant(got); back == nil || !back.Equal(noon().Add(time.Millisecond)) {
		t.Errorf("read back as %v", back)
	}
	for _, v := range []rotation.TimeText{{}, rotation.UnknownTime(), {StringValue: types.StringValue("soon")}} {
		if back := rotation.Instant(v); back != nil {
			t.Errorf("%s is read as %v", v, back)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	if got, ok := rotation.Duration(rotation.DurationValue(90 * time.Minute)); !ok || got != 90*time.Minute {
		t.Errorf("got %s, %t", got, ok)
	}
	for _, v := range []rotation.DurationText{{}, {StringValue: types.StringUnknown()}, {StringValue: types.StringValue("soon")}} {
		if got, ok := rotation.Duration(v); ok {
			t.Errorf("%s is read as %s", v, got)
		}
	}
}
