package rotation_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

func generation(id string) rotation.Generation {
	return rotation.Generation{ID: types.StringValue(id), Secret: rotation.StoredSecret{Plain: types.StringValue("secret of " + id), Encrypted: types.StringNull()}}
}

func encrypted(id string) rotation.Generation {
	return rotation.Generation{ID: types.StringValue(id), Secret: rotation.StoredSecret{Plain: types.StringNull(), Encrypted: types.StringValue("encrypted of " + id)}}
}

func imported(id string) rotation.Generation {
	return rotation.Generation{ID: types.StringValue(id), Secret: rotation.NoSecret()}
}

func previous(g rotation.Generation, until rotation.TimeText) rotation.Previous {
	return rotation.Previous{
		PreviousID: g.ID, PreviousSecret: g.Secret.Plain, PreviousEncryptedSecret: g.Secret.Encrypted, PreviousRevokedAfter: until,
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	until := func(d time.Duration) rotation.TimeText { return rotation.TimeValue(at(d)) }
	for name, c := range map[string]struct {
		before  rotation.Previous
		current rotation.Generation
		end     *time.Time
		overlap time.Duration
		reason  rotation.Reason
		due     bool
		want    rotation.Previous
		pending []string
	}{
		"the first rotation":              {rotation.NoPrevious(), generation("1"), nil, day, rotation.ReasonTriggered, false, previous(generation("1"), until(day)), nil},
		"encrypted":                       {rotation.NoPrevious(), encrypted("1"), nil, day, rotation.ReasonTriggered, false, previous(encrypted("1"), until(day)), nil},
		"imported":                        {rotation.NoPrevious(), imported("1"), nil, day, rotation.ReasonTriggered, false, previous(imported("1"), until(day)), nil},
		"ends after the overlap":          {rotation.NoPrevious(), generation("1"), at(day + 1), day, rotation.ReasonDue, false, previous(generation("1"), until(day)), nil},
		"ends with the overlap":           {rotation.NoPrevious(), generation("1"), at(day), day, rotation.ReasonDue, false, previous(generation("1"), until(day)), nil},
		"ends within the overlap":         {rotation.NoPrevious(), generation("1"), at(time.Hour), day, rotation.ReasonDue, false, previous(generation("1"), until(time.Hour)), nil},
		"the second within the overlap":   {previous(generation("1"), until(time.Hour)), generation("2"), nil, day, rotation.ReasonTriggered, false, previous(generation("2"), until(day)), []string{"1"}},
		"the second after the overlap":    {previous(generation("1"), until(-day)), generation("2"), nil, day, rotation.ReasonChanged, false, previous(generation("2"), until(day)), []string{"1"}},
		"expired":                         {rotation.NoPrevious(), generation("1"), at(-time.Hour), day, rotation.ReasonExpired, false, rotation.NoPrevious(), []string{"1"}},
		"expired, with one before":        {previous(generation("1"), until(day)), generation("2"), at(-time.Hour), day, rotation.ReasonExpired, false, previous(generation("1"), until(day)), []string{"2"}},
		"deleted elsewhere":               {previous(generation("1"), until(day)), generation("2"), nil, day, rotation.ReasonMissing, false, previous(generation("1"), until(day)), nil},
		"deleted elsewhere, none before":  {rotation.NoPrevious(), generation("2"), nil, day, rotation.ReasonMissing, false, rotation.NoPrevious(), nil},
		"the end in another zone":         {rotation.NoPrevious(), generation("1"), elsewhere(at(time.Hour)), day, rotation.ReasonDue, false, previous(generation("1"), until(time.Hour)), nil},
		"without an overlap it ends now":  {rotation.NoPrevious(), generation("1"), nil, 0, rotation.ReasonTriggered, false, rotation.NoPrevious(), []string{"1"}},
		"secret lost":                     {rotation.NoPrevious(), imported("1"), nil, day, rotation.ReasonSecretLost, false, rotation.NoPrevious(), []string{"1"}},
		"secret lost, with one before":    {previous(generation("1"), until(day)), imported("2"), nil, day, rotation.ReasonSecretLost, false, previous(generation("1"), until(day)), []string{"2"}},
		"expired, the overlap is over":    {previous(generation("1"), until(-day)), generation("2"), at(-time.Hour), day, rotation.ReasonExpired, true, rotation.NoPrevious(), []string{"1", "2"}},
		"missing, the overlap is over":    {previous(generation("1"), until(-day)), generation("2"), nil, day, rotation.ReasonMissing, true, rotation.NoPrevious(), []string{"1"}},
		"triggered, the overlap is over":  {previous(generation("1"), until(-day)), generation("2"), nil, day, rotation.ReasonTriggered, true, previous(generation("2"), until(day)), []string{"1"}},
		"the longest overlap that can be": {rotation.NoPrevious(), generation("1"), at(day), 100_000 * time.Hour, rotation.ReasonTriggered, false, previous(generation("1"), until(day)), nil},
	} {
		got, pending := c.before.Next(c.current, c.end, c.overlap, noon(), c.reason, c.due)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		if !slices.Equal(pending, c.pending) {
			t.Errorf("%s: pending %q, want %q", name, pending, c.pending)
		}
	}
}

func elsewhere(at *time.Time) *time.Time {
	moved := at.In(time.FixedZone("", 9*3600))
	return &moved
}

// TestNext_losesNothing: whatever the reason, every token of before is the current one's follower, or pending. What was deleted
// elsewhere is the exception: there is nothing left of it. And the plan promised just this.
func TestNext_losesNothing(t *testing.T) {
	t.Parallel()
	befores := []rotation.Previous{rotation.NoPrevious(), previous(generation("1"), rotation.TimeValue(at(day))), previous(encrypted("1"), rotation.TimeText{})}
	for _, before := range befores {
		for _, current := range []rotation.Generation{generation("2"), encrypted("2"), imported("2")} {
			for _, end := range []*time.Time{nil, at(-day), at(0), at(1), at(day), at(300 * day)} {
				for _, overlap := range []time.Duration{1, time.Hour, 30 * day} {
					for _, reason := range reasons() {
						for _, due := range []bool{false, true} {
							losesNothing(t, before, current, end, overlap, reason, due)
						}
					}
				}
			}
		}
	}
}

func losesNothing(t *testing.T, before rotation.Previous, current rotation.Generation, end *time.Time, overlap time.Duration, reason rotation.Reason, due bool) {
	t.Helper()
	next, pending := before.Next(current, end, overlap, noon(), reason, due)
	kept := append([]string{next.PreviousID.ValueString()}, pending...)
	if before.HasPrevious() && !slices.Contains(kept, "1") {
		t.Errorf("%q: the previous token is lost: %q", reason, kept)
	}
	if reason != rotation.ReasonMissing && !slices.Contains(kept, "2") {
		t.Errorf("%q: the current token is lost: %q", reason, kept)
	}
	if slices.Contains(pending, next.PreviousID.ValueString()) {
		t.Errorf("%q: %s is kept and revoked", reason, next.PreviousID)
	}
	if due && next.PreviousID.ValueString() == "1" {
		t.Errorf("%q: the previous token is kept although its overlap is over", reason)
	}
	agrees(t, reason, before.PlanNext(current, reason, due), next)
	if until := rotation.Instant(next.PreviousRevokedAfter); !reason.Ended() && (until == nil || until.After(noon().Add(overlap)) || end != nil && until.After(*end)) {
		t.Errorf("%q: kept until %v, with the end %v and the overlap %s", reason, until, end, overlap)
	}
}

// agrees fails the test unless what came out is what was planned, wherever the plan knew it.
func agrees(t *testing.T, reason rotation.Reason, planned, came rotation.Previous) {
	t.Helper()
	for _, pair := range [][2]types.String{
		{planned.PreviousID, came.PreviousID},
		{planned.PreviousSecret, came.PreviousSecret},
		{planned.PreviousEncryptedSecret, came.PreviousEncryptedSecret},
		{planned.PreviousRevokedAfter.StringValue, came.PreviousRevokedAfter.StringValue},
	} {
		if !pair[0].IsUnknown() && !pair[0].Equal(pair[1]) {
			t.Errorf("%q: %s was planned, %s came out", reason, pair[0], pair[1])
		}
		if pair[1].IsUnknown() {
			t.Errorf("%q: something is unknown after the rotation", reason)
		}
	}
}

// TestPlanNext_knowsNoTime: a plan that knew a time from the clock would be another one a day later.
func TestPlanNext_knowsNoTime(t *testing.T) {
	t.Parallel()
	before := previous(generation("1"), rotation.TimeValue(at(day)))
	for _, reason := range reasons() {
		if reason.Ended() && before.PlanNext(generation("2"), reason, true).HasPrevious() {
			t.Errorf("%q: the previous token stays although its overlap is over", reason)
		}
		got := before.PlanNext(generation("2"), reason, false)
		if reason.Ended() {
			if diff := cmp.Diff(before, got); diff != "" {
				t.Errorf("%q: the previous token does not stay:\n%s", reason, diff)
			}
			continue
		}
		if diff := cmp.Diff(previous(generation("2"), rotation.UnknownTime()), got); diff != "" {
			t.Errorf("%q:\n%s", reason, diff)
		}
	}
}

func TestPreviousPlan(t *testing.T) {
	t.Parallel()
	kept := previous(generation("1"), rotation.TimeValue(at(day)))
	unknown := previous(generation("1"), rotation.UnknownTime())
	none := rotation.NoPrevious()
	noneOwing := none
	noneOwing.PreviousRevokedAfter = rotation.UnknownTime()
	due := rotation.Decision{PreviousDue: true}
	for name, c := range map[string]struct {
		before rotation.Previous
		record rotation.Record
		want   rotation.Previous
	}{
		"nothing":                               {none, rotation.Record{}, none},
		"kept":                                  {kept, rotation.Record{}, kept},
		"due":                                   {kept, rotation.Record{Decision: due}, none},
		"due, and another is pending":           {kept, rotation.Record{Decision: due, Pending: []string{"0"}}, none},
		"due, but there is none":                {none, rotation.Record{Decision: due}, none},
		"kept, and another is pending":          {kept, rotation.Record{Pending: []string{"0"}}, unknown},
		"none, but one is pending":              {none, rotation.Record{Pending: []string{"0"}}, noneOwing},
		"none, one is pending, an old decision": {none, rotation.Record{Decision: due, Pending: []string{"0"}}, noneOwing},
		"other verdicts":                        {kept, rotation.Record{Decision: rotation.Decision{Due: true, Ending: true}}, kept},
	} {
		got := c.before.Plan(c.record)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		// Whatever is to be done must show, or Terraform would not apply it.
		if toDo := len(c.record.Pending) > 0 || c.before.HasPrevious() && c.record.PreviousDue; toDo == cmp.Equal(got, c.before) {
			t.Errorf("%s: something to do %t, and the plan does not show it", name, toDo)
		}
	}
}

func TestPreviousLife(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before rotation.Previous
		end    *time.Time
		want   rotation.Life
	}{
		"nothing":             {rotation.NoPrevious(), nil, rotation.Life{}},
		"an end":              {rotation.NoPrevious(), at(day), rotation.Life{ExpiresAt: at(day)}},
		"kept":                {previous(generation("1"), rotation.TimeValue(at(day))), nil, rotation.Life{HasPrevious: true, PreviousRevokedAfter: at(day)}},
		"kept, nobody knows":  {previous(generation("1"), rotation.TimeText{}), at(day), rotation.Life{ExpiresAt: at(day), HasPrevious: true}},
		"kept, without an id": {previous(generation(""), rotation.TimeValue(at(day))), nil, rotation.Life{PreviousRevokedAfter: at(day)}},
	} {
		c.want.MintedAt = at(-day)
		if diff := cmp.Diff(c.want, c.before.Life(at(-day), c.end)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestPending(t *testing.T) {
	t.Parallel()
	var r rotation.Record
	r.AddPending()
	r.AddPending("")
	r.DropPending("1")
	if len(r.Pending) > 0 {
		t.Errorf("nothing is pending: %q", r.Pending)
	}
	r.AddPending("1", "", "2", "1")
	r.AddPending("2", "3")
	if want := []string{"1", "2", "3"}; !slices.Equal(r.Pending, want) {
		t.Errorf("pending %q, want %q", r.Pending, want)
	}
	// What is pending is dropped one by one while a loop walks over it.
	var walked []string
	for _, id := range r.Pending {
		walked = append(walked, id)
		if id != "2" {
			r.DropPending(id)
		}
	}
	if !slices.Equal(walked, []string{"1", "2", "3"}) || !slices.Equal(r.Pending, []string{"2"}) {
		t.Errorf("walked over %q, still pending %q", walked, r.Pending)
	}
	r.DropPending("")
	r.DropPending("2")
	r.DropPending("2")
	if len(r.Pending) > 0 {
		t.Errorf("still pending: %q", r.Pending)
	}
}

// TestRecordNext: a token that is pending may not be forgotten by a rotation, which forgets everything else about the previous token.
func TestRecordNext(t *testing.T) {
	t.Parallel()
	r := rotation.Record{
		Imported: true, MintedAt: at(0), Tenant: "acme", Login: "ann", GrantedExpiry: at(day), ExpiryMoved: true, AskedLifetime: day, SecretLost: true,
		Normalized: map[string]string{"name": `"x"`}, Known: []string{"7"}, Decision: rotation.Decision{Due: true, Ending: true, PreviousDue: true},
		Extra: json.RawMessage(`{"a":1}`),
	}
	r.AddPending("1")
	want := rotation.Record{Pending: []string{"1"}, Extra: json.RawMessage(`{"a":1}`)}
	if diff := cmp.Diff(want, r.Next()); diff != "" {
		t.Error(diff)
	}
}

func TestExpected(t *testing.T) {
	t.Parallel()
	year := 365 * day
	for name, c := range map[string]struct {
		asked          time.Duration
		granted        *time.Time
		lifetime       time.Duration
		created, shown *time.Time
		want           time.Duration
	}{
		"nothing known":                            {0, nil, 0, nil, nil, 0},
		"a lifetime, nothing else":                 {0, nil, year, nil, nil, year},
		"the server granted what was asked":        {year, at(year), year, at(0), at(year), year},
		"the server granted less":                  {year, at(day), year, at(0), at(day), day},
		"the server granted more":                  {day, at(year), day, at(0), at(year), year},
		"another lifetime is planned":              {year, at(day), 2 * day, at(0), at(day), 2 * day},
		"no lifetime, the server decides":          {0, at(day), 0, at(0), at(day), day},
		"no lifetime any more, but it had one":     {year, at(day), 0, at(0), at(day), day},
		"somebody moved the end":                   {year, at(year), year, at(0), at(day), year},
		"never ends":                               {0, nil, 0, at(0), nil, 0},
		"imported: what is shown":                  {0, nil, 0, at(0), at(day), day},
		"creation unknown":                         {year, at(day), year, nil, at(day), year},
		"creation unknown, no lifetime":            {0, at(day), 0, nil, at(day), 0},
		"the end that is shown was only asked for": {0, nil, 0, at(0), at(year), year},
	} {
		r := rotation.Record{AskedLifetime: c.asked, GrantedExpiry: c.granted}
		if got := r.Expected(c.lifetime, c.created, c.shown); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
