package rotation_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

func TestEvaluate(t *testing.T) {
	t.Parallel()
	ends := func(at *time.Time) rotation.Life { return rotation.Life{ExpiresAt: at} }
	previous := func(until *time.Time) rotation.Life {
		return rotation.Life{HasPrevious: true, PreviousRevokedAfter: until}
	}
	lead := func(d time.Duration) rotation.Policy { return rotation.Policy{RotateBefore: d} }
	warning := func(d time.Duration) rotation.Policy { return rotation.Policy{Warning: d} }
	expected := func(lead, expected time.Duration) rotation.Policy {
		return rotation.Policy{RotateBefore: lead, Expected: expected}
	}
	due, ending, previousDue := rotation.Decision{Due: true}, rotation.Decision{Ending: true}, rotation.Decision{PreviousDue: true}
	for name, c := range map[string]struct {
		policy rotation.Policy
		life   rotation.Life
		want   rotation.Decision
	}{
		"nothing asked for, nothing known": {},
		"no lead":                          {lead(0), ends(at(1)), rotation.Decision{}},
		"a negative lead asks for nothing": {lead(-time.Hour), ends(at(-2 * time.Hour)), rotation.Decision{}},
		"never ends":                       {lead(day), ends(nil), rotation.Decision{}},
		"a moment before the threshold":    {lead(day), ends(at(day + 1)), rotation.Decision{}},
		"at the threshold":                 {lead(day), ends(at(day)), due},
		"a moment after the threshold":     {lead(day), ends(at(day - 1)), due},
		"at its end":                       {lead(day), ends(at(0)), due},
		"long past its end":                {lead(day), ends(at(-365 * day)), due},
		"the shortest lead":                {lead(1), ends(at(1)), due},
		"the shortest lead, before":        {lead(1), ends(at(2)), rotation.Decision{}},

		"a new one would be due at once":      {expected(day, day), ends(at(0)), rotation.Decision{}},
		"a new one would be overdue":          {expected(day, day-1), ends(at(0)), rotation.Decision{}},
		"a new one would not be due at once":  {expected(day, day+1), ends(at(day)), due},
		"how long a new one lives is unknown": {expected(day, 0), ends(at(day)), due},

		"no warning":                        {warning(0), ends(at(1)), rotation.Decision{}},
		"never ends, no warning":            {warning(day), ends(nil), rotation.Decision{}},
		"a moment before the warning":       {warning(day), ends(at(day + 1)), rotation.Decision{}},
		"at the warning":                    {warning(day), ends(at(day)), ending},
		"a moment before the end":           {warning(day), ends(at(1)), ending},
		"has ended: that is no warning yet": {warning(day), ends(at(0)), rotation.Decision{}},
		"lead and warning":                  {rotation.Policy{RotateBefore: day, Warning: 2 * day}, ends(at(day)), rotation.Decision{Due: true, Ending: true}},
		"warning before the lead":           {rotation.Policy{RotateBefore: day, Warning: 2 * day}, ends(at(2 * day)), ending},
		"futile, but the warning stays":     {rotation.Policy{RotateBefore: day, Warning: day, Expected: day}, ends(at(day)), ending},

		"no previous one":                     {rotation.Policy{}, rotation.Life{PreviousRevokedAfter: at(-day)}, rotation.Decision{}},
		"a moment before the overlap's end":   {rotation.Policy{}, previous(at(1)), rotation.Decision{}},
		"at the overlap's end":                {rotation.Policy{}, previous(at(0)), previousDue},
		"after the overlap's end":             {rotation.Policy{}, previous(at(-1)), previousDue},
		"an overlap whose end nobody recalls": {rotation.Policy{}, previous(nil), previousDue},
		"all at once": {
			rotation.Policy{RotateBefore: day, Warning: day, Expected: 2 * day},
			rotation.Life{ExpiresAt: at(day), HasPrevious: true, PreviousRevokedAfter: at(0)},
			rotation.Decision{Due: true, Ending: true, PreviousDue: true},
		},
	} {
		if got := rotation.Evaluate(c.policy, c.life, noon()); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestJudge_everyThreshold: whatever the policy, a decision changes at its threshold and nowhere else, to the nanosecond, and
// in whatever zone the clock is.
func TestJudge_everyThreshold(t *testing.T) {
	t.Parallel()
	spans := []time.Duration{1, time.Second, time.Hour, 30 * day, 3650 * day}
	steps := []time.Duration{-365 * day, -1, 0, 1, 365 * day}
	for _, span := range spans {
		end := noon().Add(span)
		for _, step := range steps {
			now := noon().Add(step).In(time.FixedZone("", -7*3600))
			got := rotation.Evaluate(rotation.Policy{RotateBefore: span, Warning: span},
				rotation.Life{ExpiresAt: &end, HasPrevious: true, PreviousRevokedAfter: at(0)}, now)
			want := rotation.Decision{Due: step >= 0, Ending: step >= 0 && step < span, PreviousDue: step >= 0}
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
	var before rotation.Decision
	for hour := range 24 * 30 {
		now := rotation.Evaluate(rotation.Policy{RotateBefore: 5 * day, Expected: 20 * day}, life, *at(time.Duration(hour) * time.Hour))
		if before.Due && !now.Due || before.PreviousDue && !now.PreviousDue {
			t.Fatalf("after %d hours %+v follows %+v", hour, now, before)
		}
		before = now
	}
	if !before.Due || !before.PreviousDue {
		t.Errorf("in the end %+v", before)
	}
}

func duration(d time.Duration) rotation.DurationText { return rotation.DurationValue(d) }

// TestReasonFor goes through the whole product of what a plan can meet, and holds each outcome to the reasons in words.
func TestReasonFor(t *testing.T) {
	t.Parallel()
	noTriggers, unknownTriggers := types.MapNull(types.StringType), types.MapUnknown(types.StringType)
	one, two := triggers("a", "1"), triggers("a", "2")
	unset, unknown := rotation.DurationText{}, rotation.DurationText{StringValue: types.StringUnknown()}
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
		state, plan rotation.DurationText
		// stillDue is set where a decision of Read holds for the planned lead, too.
		stillDue bool
	}{
		"no lead":       {unset, unset, false},
		"the same":      {duration(day), duration(day), true},
		"other words":   {rotation.DurationText{StringValue: types.StringValue("24h")}, rotation.DurationText{StringValue: types.StringValue("1440m")}, true},
		"more":          {duration(day), duration(day + 1), true},
		"less":          {duration(day), duration(day - 1), false},
		"added":         {unset, duration(day), false},
		"removed":       {duration(day), unset, false},
		"unknown":       {duration(day), unknown, true},
		"no text of it": {duration(day), rotation.DurationText{StringValue: types.StringValue("soon")}, false},
	}
	// Of an age more asks for less.
	ages := maps.Clone(leads)
	for change, opposite := range map[string]string{"more": "less", "less": "more"} {
		age := leads[change]
		age.stillDue = leads[opposite].stillDue
		ages[change] = age
	}
	var records []rotation.Record
	for _, lost := range []bool{false, true} {
		for _, due := range []bool{false, true} {
			for _, aged := range []bool{false, true} {
				records = append(records, rotation.Record{SecretLost: lost, Decision: rotation.Decision{Due: due, Aged: aged}})
			}
		}
	}
	for status, statusValue := range statuses {
		for edit, triggers := range edits {
			for both := range len(leads) * len(ages) {
				change, grows := slices.Sorted(maps.Keys(leads))[both%len(leads)], slices.Sorted(maps.Keys(ages))[both/len(leads)]
				lead, age := leads[change], ages[grows]
				for _, record := range records {
					state := rotation.Rotating{RotationTriggers: triggers.state, RotateBeforeExpiry: lead.state, RotateAfter: age.state}
					plan := rotation.Rotating{RotationTriggers: triggers.plan, RotateBeforeExpiry: lead.plan, RotateAfter: age.plan}
					want := rotation.ReasonNone
					switch {
					case status == "missing":
						want = rotation.ReasonMissing
					case status == "expired":
						want = rotation.ReasonExpired
					case record.SecretLost:
						want = rotation.ReasonSecretLost
					case triggers.rotates:
						want = rotation.ReasonTriggered
					case record.Due && lead.stillDue, record.Aged && age.stillDue:
						want = rotation.ReasonDue
					}
					// The other verdicts are none of a token's own rotation.
					for _, others := range []bool{false, true} {
						record.Ending, record.PreviousDue = others, others
						if got := rotation.ReasonFor(plan, state, statusValue, record); got != want {
							t.Errorf("%s, %s, lead %s, age %s, %+v: %q, want %q", status, edit, change, grows, record, got, want)
						}
					}
				}
			}
		}
	}
}

func TestReasonEnded(t *testing.T) {
	t.Parallel()
	for reason, want := range map[rotation.Reason]bool{
		rotation.ReasonNone: false, rotation.ReasonMissing: true, rotation.ReasonExpired: true, rotation.ReasonSecretLost: true,
		rotation.ReasonTriggered: false, rotation.ReasonDue: false, rotation.ReasonChanged: false,
	} {
		if reason.Ended() != want {
			t.Errorf("%q: ended %t", reason, !want)
		}
	}
}

func reasons() []rotation.Reason {
	return []rotation.Reason{
		rotation.ReasonNone, rotation.ReasonMissing, rotation.ReasonExpired, rotation.ReasonSecretLost, rotation.ReasonTriggered, rotation.ReasonDue, rotation.ReasonChanged,
	}
}

func TestActionFor(t *testing.T) {
	t.Parallel()
	without := []attr.Value{rotation.DurationText{}, types.Int64Null()}
	with := []attr.Value{duration(time.Hour), rotation.DurationText{StringValue: types.StringUnknown()}, types.Int64Value(7), types.Int64Value(0), types.Int64Unknown()}
	for _, reason := range reasons() {
		wantWithout, wantWith := rotation.Replace, rotation.RotateInPlace
		switch reason {
		case rotation.ReasonNone:
			wantWithout, wantWith = rotation.Keep, rotation.Keep
		case rotation.ReasonMissing:
			// A replacement would end the previous generation, the only one that is left.
			wantWithout = rotation.RotateInPlace
		default:
		}
		for _, overlap := range without {
			if got := rotation.ActionFor(reason, overlap); got != wantWithout {
				t.Errorf("%q without overlap: %d, want %d", reason, got, wantWithout)
			}
		}
		for _, overlap := range with {
			if got := rotation.ActionFor(reason, overlap); got != wantWith {
				t.Errorf("%q with overlap %s: %d, want %d", reason, fmt.Sprint(overlap), got, wantWith)
			}
		}
	}
}
