package rotation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	ends := func(at *time.Time) rotation.Life { return rotation.Life{ExpiresAt: at} }
	previous := func(until *time.Time) rotation.Life {
		return rotation.Life{HasPrevious: true, PreviousRevokedAfter: until}
	}
	lead := func(d time.Duration) rotation.Policy { return rotation.Policy{Lead: d} }
	warning := func(d time.Duration) rotation.Policy { return rotation.Policy{Warning: d} }
	expected := func(lead, expected time.Duration) rotation.Policy {
		return rotation.Policy{Lead: lead, Expected: expected}
	}
	due, ending, previousDue := rotation.Verdict{Due: true}, rotation.Verdict{Ending: true}, rotation.Verdict{PreviousDue: true}
	for name, c := range map[string]struct {
		policy rotation.Policy
		life   rotation.Life
		want   rotation.Verdict
	}{
		"nothing asked for, nothing known": {},
		"no lead":                          {lead(0), ends(at(1)), rotation.Verdict{}},
		"a negative lead asks for nothing": {lead(-time.Hour), ends(at(-2 * time.Hour)), rotation.Verdict{}},
		"never ends":                       {lead(day), ends(nil), rotation.Verdict{}},
		"a moment before the threshold":    {lead(day), ends(at(day + 1)), rotation.Verdict{}},
		"at the threshold":                 {lead(day), ends(at(day)), due},
		"a moment after the threshold":     {lead(day), ends(at(day - 1)), due},
		"at its end":                       {lead(day), ends(at(0)), due},
		"long past its end":                {lead(day), ends(at(-365 * day)), due},
		"the shortest lead":                {lead(1), ends(at(1)), due},
		"the shortest lead, before":        {lead(1), ends(at(2)), rotation.Verdict{}},

		"a new one would be due at once":      {expected(day, day), ends(at(0)), rotation.Verdict{}},
		"a new one would be overdue":          {expected(day, day-1), ends(at(0)), rotation.Verdict{}},
		"a new one would not be due at once":  {expected(day, day+1), ends(at(day)), due},
		"how long a new one lives is unknown": {expected(day, 0), ends(at(day)), due},

		"no warning":                        {warning(0), ends(at(1)), rotation.Verdict{}},
		"never ends, no warning":            {warning(day), ends(nil), rotation.Verdict{}},
		"a moment before the warning":       {warning(day), ends(at(day + 1)), rotation.Verdict{}},
		"at the warning":                    {warning(day), ends(at(day)), ending},
		"a moment before the end":           {warning(day), ends(at(1)), ending},
		"has ended: that is no warning yet": {warning(day), ends(at(0)), rotation.Verdict{}},
		"lead and warning":                  {rotation.Policy{Lead: day, Warning: 2 * day}, ends(at(day)), rotation.Verdict{Due: true, Ending: true}},
		"warning before the lead":           {rotation.Policy{Lead: day, Warning: 2 * day}, ends(at(2 * day)), ending},
		"futile, but the warning stays":     {rotation.Policy{Lead: day, Warning: day, Expected: day}, ends(at(day)), ending},

		"no previous one":                     {rotation.Policy{}, rotation.Life{PreviousRevokedAfter: at(-day)}, rotation.Verdict{}},
		"a moment before the overlap's end":   {rotation.Policy{}, previous(at(1)), rotation.Verdict{}},
		"at the overlap's end":                {rotation.Policy{}, previous(at(0)), previousDue},
		"after the overlap's end":             {rotation.Policy{}, previous(at(-1)), previousDue},
		"an overlap whose end nobody recalls": {rotation.Policy{}, previous(nil), previousDue},
		"all at once": {
			rotation.Policy{Lead: day, Warning: day, Expected: 2 * day},
			rotation.Life{ExpiresAt: at(day), HasPrevious: true, PreviousRevokedAfter: at(0)},
			rotation.Verdict{Due: true, Ending: true, PreviousDue: true},
		},
	} {
		if got := rotation.Judge(c.policy, c.life, noon()); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestJudge_everyThreshold: whatever the policy, a verdict changes at its threshold and nowhere else, to the nanosecond, and
// in whatever zone the clock is.
func TestJudge_everyThreshold(t *testing.T) {
	t.Parallel()
	spans := []time.Duration{1, time.Second, time.Hour, 30 * day, 3650 * day}
	steps := []time.Duration{-365 * day, -1, 0, 1, 365 * day}
	for _, span := range spans {
		end := noon().Add(span)
		for _, step := range steps {
			now := noon().Add(step).In(time.FixedZone("", -7*3600))
			got := rotation.Judge(rotation.Policy{Lead: span, Warning: span},
				rotation.Life{ExpiresAt: &end, HasPrevious: true, PreviousRevokedAfter: at(0)}, now)
			want := rotation.Verdict{Due: step >= 0, Ending: step >= 0 && step < span, PreviousDue: step >= 0}
			if got != want {
				t.Errorf("%s before the end, %s off: %+v, want %+v", span, step, got, want)
			}
		}
	}
}

// TestJudge_nothingIsUndone: what is due stays due as time goes by.
func TestJudge_nothingIsUndone(t *testing.T) {
	t.Parallel()
	life := rotation.Life{ExpiresAt: at(10 * day), HasPrevious: true, PreviousRevokedAfter: at(3 * day)}
	var before rotation.Verdict
	for hour := range 24 * 30 {
		now := rotation.Judge(rotation.Policy{Lead: 5 * day, Expected: 20 * day}, life, *at(time.Duration(hour) * time.Hour))
		if before.Due && !now.Due || before.PreviousDue && !now.PreviousDue {
			t.Fatalf("after %d hours %+v follows %+v", hour, now, before)
		}
		before = now
	}
	if !before.Due || !before.PreviousDue {
		t.Errorf("in the end %+v", before)
	}
}

func duration(d time.Duration) timetypes.GoDuration { return timetypes.NewGoDurationValue(d) }

// TestCauseOf goes through the whole product of what a plan can meet, and holds each outcome to the reasons in words.
func TestCauseOf(t *testing.T) {
	t.Parallel()
	noTriggers, unknownTriggers := types.MapNull(types.StringType), types.MapUnknown(types.StringType)
	one, two := triggers("a", "1"), triggers("a", "2")
	unset, unknown := timetypes.NewGoDurationNull(), timetypes.NewGoDurationUnknown()
	statuses := map[string]types.String{
		"null": types.StringNull(), "unknown": types.StringUnknown(), "active": types.StringValue("active"), "disabled": types.StringValue("disabled"),
		"expired": types.StringValue("expired"), "missing": types.StringValue("missing"),
	}
	edits := map[string]struct {
		state, plan types.Map
		rotates     bool
	}{
		"no triggers":       {noTriggers, noTriggers, false},
		"the same triggers": {one, one, false},
		"triggers added":    {noTriggers, one, false},
		"added as unknown":  {noTriggers, unknownTriggers, false},
		"triggers removed":  {one, noTriggers, false},
		"triggers changed":  {one, two, true},
		"become unknown":    {one, unknownTriggers, true},
	}
	leads := map[string]struct {
		state, plan timetypes.GoDuration
		// stillDue is set where a verdict of Read holds for the planned lead, too.
		stillDue bool
	}{
		"no lead":       {unset, unset, false},
		"the same":      {duration(day), duration(day), true},
		"other words":   {timetypes.NewGoDurationValueFromStringMust("24h"), timetypes.NewGoDurationValueFromStringMust("1440m"), true},
		"more":          {duration(day), duration(day + 1), true},
		"less":          {duration(day), duration(day - 1), false},
		"added":         {unset, duration(day), false},
		"removed":       {duration(day), unset, false},
		"unknown":       {duration(day), unknown, true},
		"no text of it": {duration(day), timetypes.GoDuration{StringValue: types.StringValue("soon")}, false},
	}
	for status, statusValue := range statuses {
		for edit, triggers := range edits {
			for change, lead := range leads {
				for _, record := range []rotation.Record{{}, {Verdict: rotation.Verdict{Due: true}}, {SecretLost: true}, {SecretLost: true, Verdict: rotation.Verdict{Due: true}}} {
					state := rotation.Rotating{RotationTriggers: triggers.state, RotateBeforeExpiry: lead.state}
					plan := rotation.Rotating{RotationTriggers: triggers.plan, RotateBeforeExpiry: lead.plan}
					want := rotation.CauseNone
					switch {
					case status == "missing":
						want = rotation.CauseMissing
					case status == "expired":
						want = rotation.CauseExpired
					case record.SecretLost:
						want = rotation.CauseSecretLost
					case triggers.rotates:
						want = rotation.CauseTriggered
					case record.Due && lead.stillDue:
						want = rotation.CauseDue
					}
					// The other verdicts are none of a token's own rotation.
					for _, others := range []bool{false, true} {
						record.Ending, record.PreviousDue = others, others
						if got := rotation.CauseOf(plan, state, statusValue, record); got != want {
							t.Errorf("%s, %s, lead %s, %+v: %q, want %q", status, edit, change, record, got, want)
						}
					}
				}
			}
		}
	}
}

func TestCauseEnded(t *testing.T) {
	t.Parallel()
	for cause, want := range map[rotation.Cause]bool{
		rotation.CauseNone: false, rotation.CauseMissing: true, rotation.CauseExpired: true, rotation.CauseSecretLost: true,
		rotation.CauseTriggered: false, rotation.CauseDue: false, rotation.CauseChanged: false,
	} {
		if cause.Ended() != want {
			t.Errorf("%q: ended %t", cause, !want)
		}
	}
}

func causes() []rotation.Cause {
	return []rotation.Cause{
		rotation.CauseNone, rotation.CauseMissing, rotation.CauseExpired, rotation.CauseSecretLost, rotation.CauseTriggered, rotation.CauseDue, rotation.CauseChanged,
	}
}

func TestWayOf(t *testing.T) {
	t.Parallel()
	without := []attr.Value{timetypes.NewGoDurationNull(), types.Int64Null()}
	with := []attr.Value{duration(time.Hour), timetypes.NewGoDurationUnknown(), types.Int64Value(7), types.Int64Value(0), types.Int64Unknown()}
	for _, cause := range causes() {
		wantWithout, wantWith := rotation.Replaced, rotation.InPlace
		switch cause {
		case rotation.CauseNone:
			wantWithout, wantWith = rotation.Stays, rotation.Stays
		case rotation.CauseMissing:
			// A replacement would end the previous generation, the only one that is left.
			wantWithout = rotation.InPlace
		default:
		}
		for _, overlap := range without {
			if got := rotation.WayOf(cause, overlap); got != wantWithout {
				t.Errorf("%q without overlap: %d, want %d", cause, got, wantWithout)
			}
		}
		for _, overlap := range with {
			if got := rotation.WayOf(cause, overlap); got != wantWith {
				t.Errorf("%q with overlap %s: %d, want %d", cause, fmt.Sprint(overlap), got, wantWith)
			}
		}
	}
}

func TestHangsOnOverlap(t *testing.T) {
	t.Parallel()
	for _, cause := range causes() {
		for _, overlap := range []attr.Value{timetypes.NewGoDurationNull(), duration(time.Hour), types.Int64Value(7)} {
			if rotation.HangsOnOverlap(cause, overlap) {
				t.Errorf("%q hangs on the overlap %s", cause, overlap)
			}
		}
		// Without a cause nothing is decided, and a token that is missing always gives way in place.
		want := cause != rotation.CauseNone && cause != rotation.CauseMissing
		if got := rotation.HangsOnOverlap(cause, timetypes.NewGoDurationUnknown()); got != want {
			t.Errorf("%q with an overlap to come: %t", cause, got)
		}
	}
}
