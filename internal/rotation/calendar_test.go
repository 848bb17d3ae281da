package rotation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// TestDueAt goes through the whole product of what can be known, and holds the moment and the decision to each other: a token is due from
// that moment on, and not before.
func TestDueAt(t *testing.T) {
	t.Parallel()
	const never = time.Duration(-1)
	for _, minted := range []*time.Time{nil, at(0)} {
		for _, expires := range []*time.Time{nil, at(30 * day)} {
			for _, lead := range []time.Duration{0, -day, 10 * day, 29 * day} {
				for _, age := range []time.Duration{0, -day, day, 20 * day, 40 * day} {
					for _, expected := range []time.Duration{0, 10 * day, 30 * day} {
						policy := rotation.Policy{RotateBefore: lead, RotateAfter: age, Warning: day, Expected: expected}
						byExpiry, byAge := never, never
						if lead > 0 && expires != nil && (expected == 0 || expected > lead) {
							byExpiry = 30*day - lead
						}
						if age > 0 && minted != nil {
							byAge = age
						}
						want := byExpiry
						if want == never || byAge != never && byAge < want {
							want = byAge
						}
						known := rotation.Life{MintedAt: minted, ExpiresAt: expires}
						about := fmt.Sprintf("minted %v, expires %v, %+v", minted, expires, policy)
						due := rotation.DueAt(policy, known)
						if (due == nil) != (want == never) || due != nil && !due.Equal(*at(want)) {
							t.Errorf("%s: %v, want %s", about, due, want)
							continue
						}
						for _, passed := range []time.Duration{0, day, 5 * day, 20*day - 1, 20 * day, 20*day + 1, 29 * day, 30 * day, 41 * day} {
							got := rotation.Evaluate(policy, known, *at(passed))
							if got.Due != (byExpiry != never && passed >= byExpiry) || got.Aged != (byAge != never && passed >= byAge) || got.IsDue() != rotation.Expired(due, *at(passed)) {
								t.Errorf("%s, %s later: %+v, due at %v", about, passed, got, due)
							}
						}
					}
				}
			}
		}
	}
}

func TestEarliest(t *testing.T) {
	t.Parallel()
	if rotation.Earliest() != nil || rotation.Earliest(nil, nil) != nil {
		t.Error("never is a moment")
	}
	for _, moments := range [][]*time.Time{{at(1)}, {nil, at(1)}, {at(1), nil}, {at(2), at(1), at(3)}, {at(1), at(1)}} {
		if got := rotation.Earliest(moments...); got == nil || !got.Equal(*at(1)) {
			t.Errorf("%v: %v", moments, got)
		}
	}
}

// TestDecision_status: a token is due for either reason, unless it has ended; an edit and an apply leave it as one that is not.
func TestDecision_status(t *testing.T) {
	t.Parallel()
	for _, due := range []bool{false, true} {
		for _, aged := range []bool{false, true} {
			d := rotation.Decision{Due: due, Aged: aged, Ending: true, PreviousDue: true}
			for _, known := range []string{"active", "disabled", "expired", "missing"} {
				want := known
				if (due || aged) && known != "expired" && known != "missing" {
					want = "due"
				}
				if got := d.Status(types.StringValue(known)); got.ValueString() != want {
					t.Errorf("%+v of %s: %s, want %s", d, known, got, want)
				}
			}
			if got := d.PlanStatus(types.StringValue("due")).ValueString(); (got == "active") != (due || aged) {
				t.Errorf("%+v is planned as %s", d, got)
			}
			if got := d.Applied(types.StringValue("active")); got.IsDue() || !got.Ending || !got.PreviousDue {
				t.Errorf("%+v is applied as %+v", d, got)
			}
			if got := d.Applied(types.StringValue("due")); got != d {
				t.Errorf("%+v stays as %+v", d, got)
			}
		}
	}
}

// TestIsRescheduled: only an edit of what decides about the time of a rotation moves it.
func TestIsRescheduled(t *testing.T) {
	t.Parallel()
	unknown := rotation.DurationText{StringValue: types.StringUnknown()}
	base := rotation.Rotating{RotateBeforeExpiry: duration(day), RotateAfter: duration(2 * day)}
	for name, c := range map[string]struct {
		edit             func(*rotation.Rotating)
		isChanged, known bool
	}{
		"nothing":         {func(*rotation.Rotating) {}, false, true},
		"the triggers":    {func(m *rotation.Rotating) { m.RotationTriggers = triggers("a", "1") }, false, true},
		"the lead":        {func(m *rotation.Rotating) { m.RotateBeforeExpiry = duration(2 * day) }, true, true},
		"no lead":         {func(m *rotation.Rotating) { m.RotateBeforeExpiry = rotation.DurationText{} }, true, true},
		"the age":         {func(m *rotation.Rotating) { m.RotateAfter = duration(day) }, true, true},
		"an unknown lead": {func(m *rotation.Rotating) { m.RotateBeforeExpiry = unknown }, true, false},
		"an unknown age":  {func(m *rotation.Rotating) { m.RotateAfter = unknown }, true, false},
	} {
		plan := base
		c.edit(&plan)
		if isChanged, known := plan.IsRescheduled(base); isChanged != c.isChanged || known != c.known {
			t.Errorf("%s: changed %t, known %t", name, isChanged, known)
		}
	}
}

// TestRotateAfter_lifetime: a token that expires before it is rotated is refused where the configuration says so.
func TestRotateAfter_lifetime(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	age, ok := rotation.RotatingArguments()["rotate_after"].(schema.StringAttribute)
	if !ok {
		t.Fatal("it is no text")
	}
	for _, c := range []struct {
		age      string
		lifetime *string
		fails    bool
	}{
		{"24h", nil, false},
		{"24h", text("?"), false},
		{"?", text("24h"), false},
		{"24h", text("25h"), false},
		{"1d", text("24h"), true},
		{"25h", text("24h"), true},
		{"a day", text("24h"), false},
		{"24h", text("a day"), false},
	} {
		var all diag.Diagnostics
		for _, rule := range age.Validators {
			all.Append(configured(t, rule, "rotate_after", c.age, "lifetime", c.lifetime)...)
		}
		if all.HasError() != c.fails || c.fails && !strings.Contains(all[0].Detail(), "Attribute rotate_after must be shorter than lifetime: a token that lives 1d has expired before it is") {
			t.Errorf("%s of %v: %v", c.age, c.lifetime, all)
		}
	}
	for _, rule := range age.Validators {
		described(t, rule)
	}
}
