package sailpoint_test

import (
	"maps"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestPersonalAccessToken_edits rotates nothing for what is edited, added or removed alone.
func TestPersonalAccessToken_edits(t *testing.T) {
	t.Parallel()
	null := nullText()
	noTriggers := tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, nil)
	bare := overlapping(values{"overlap": null, "rotation_triggers": noTriggers})
	for name, c := range map[string]struct {
		config, edit values
	}{
		"lifetime":           {overlapping(), values{"lifetime": text("1000h")}},
		"lead added":         {overlapping(), values{"rotate_before_expiry": text("48h")}},
		"lead edited":        {overlapping(values{"rotate_before_expiry": text("48h")}), values{"rotate_before_expiry": text("96h")}},
		"lead removed":       {overlapping(values{"rotate_before_expiry": text("48h")}), values{"rotate_before_expiry": null}},
		"overlap added":      {bare, values{"overlap": text("24h")}},
		"overlap edited":     {overlapping(), values{"overlap": text("48h")}},
		"overlap removed":    {overlapping(), values{"overlap": null}},
		"overlap to come":    {overlapping(), values{"overlap": unknownText()}},
		"triggers added":     {bare, triggered("1")},
		"triggers removed":   {overlapping(), values{"rotation_triggers": noTriggers}},
		"recipients added":   {overlapping(), values{"encrypt_secret_to": list(ageReader(t).recipient)}},
		"lifetime to come":   {overlapping(), values{"lifetime": unknownText()}},
		"lead to come":       {overlapping(), values{"rotate_before_expiry": unknownText()}},
		"recipients to come": {overlapping(), values{"encrypt_secret_to": list(unknownValue)}},
		"scope and access removed": {overlapping(values{"access_token_validity_seconds": seconds(60)}), values{
			"scope": tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, nil), "access_token_validity_seconds": tftypes.NewValue(tftypes.Number, nil),
		}},
	} {
		for _, version := range []string{"v1", "v2024"} {
			t.Run(version+" "+name, func(t *testing.T) {
				t.Parallel()
				s := emulate(t)
				made := s.made(c.config, versioned(version))
				config := c.config.with(c.edit)
				e, prior, _ := s.refreshed(made, versioned(version))
				plan := e.plan(prior, config)
				e.fine(plan.Diagnostics)
				if id := e.attributes(plan.PlannedState)["id"]; len(plan.RequiresReplace) > 0 || !id.Equal(e.attributes(prior.state)["id"]) {
					t.Errorf("replacement for %v, id %s", plan.RequiresReplace, id)
				}
				told := told(config, ageReader(t))
				again := e.plan(prior, told)
				e.narrows(plan, again)
				after := e.apply(prior, again, told)
				s.only(e.attributes(made.state).text("id"))
				if got := s.requests("POST", contracts()[version]); got != 1 {
					t.Errorf("%d tokens were minted", got)
				}
				s.engine(versioned(version)).settled(after, told)
			})
		}
	}
}

// unknownValue stands for an element that is not known yet.
const unknownValue = "unknown"

// told is a configuration whose unknown values have become known.
func told(config values, to reader) values {
	known := map[string]tftypes.Value{"overlap": text("24h"), "lifetime": text("900h"), "rotate_before_expiry": text("48h"), "rotation_triggers": generationOf("1"), "access_token_validity_seconds": seconds(43200)}
	told := maps.Clone(config)
	for name, value := range config {
		if !value.IsFullyKnown() {
			told[name] = known[name]
		}
	}
	if value, ok := config["encrypt_secret_to"]; ok && !value.IsFullyKnown() {
		told["encrypt_secret_to"] = list(to.recipient)
	}
	return told
}

// TestPersonalAccessToken_valuesToCome plans with values that only the apply tells. Whatever they turn out to be, the second plan keeps
// what the first has promised: a rotation happens if and only if they ask for one.
func TestPersonalAccessToken_valuesToCome(t *testing.T) {
	t.Parallel()
	null := nullText()
	someTriggers := tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"generation": unknownText()})
	allTriggers := tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, tftypes.UnknownValue)
	validity := tftypes.NewValue(tftypes.Number, tftypes.UnknownValue)
	lead := values{"rotate_before_expiry": text("48h")}
	to := ageReader(t)
	sealed := values{"encrypt_secret_to": list(to.recipient)}
	plain := values{"encrypt_secret_to": tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, nil)}
	for name, c := range map[string]struct {
		config, early, late values
		after               time.Duration
		rotates             bool
	}{
		"triggers, as before":            {overlapping(), values{"rotation_triggers": allTriggers}, triggered("1"), 0, false},
		"triggers, changed":              {overlapping(), values{"rotation_triggers": allTriggers}, triggered("2"), 0, true},
		"trigger, as before":             {overlapping(), values{"rotation_triggers": someTriggers}, triggered("1"), 0, false},
		"trigger, changed":               {overlapping(), values{"rotation_triggers": someTriggers}, triggered("2"), 0, true},
		"triggers, none":                 {overlapping(), values{"rotation_triggers": allTriggers}, values{"rotation_triggers": tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, nil)}, 0, false},
		"triggers, encrypted, as before": {overlapping(sealed), values{"rotation_triggers": allTriggers}.with(plain), triggered("1").with(plain), 0, false},
		"triggers, decrypted":            {overlapping(sealed), values{"rotation_triggers": allTriggers}.with(plain), triggered("2").with(plain), 0, true},
		"triggers, encrypted":            {overlapping(), values{"rotation_triggers": allTriggers}.with(sealed), triggered("2").with(sealed), 0, true},
		"validity, as before":            {overlapping(), values{"access_token_validity_seconds": validity}, values{"access_token_validity_seconds": seconds(43200)}, 0, false},
		"validity, changed":              {overlapping(), values{"access_token_validity_seconds": validity}, values{"access_token_validity_seconds": seconds(60)}, 0, true},
		"lead, due, none":                {overlapping(lead), values{"rotate_before_expiry": unknownText()}, values{"rotate_before_expiry": null}, 29 * day, false},
		"lead, due, shorter":             {overlapping(lead), values{"rotate_before_expiry": unknownText()}, values{"rotate_before_expiry": text("1h")}, 29 * day, false},
		"lead, due, longer":              {overlapping(lead), values{"rotate_before_expiry": unknownText()}, values{"rotate_before_expiry": text("96h")}, 29 * day, true},
		"lifetime, due":                  {overlapping(lead), values{"lifetime": unknownText()}, values{"lifetime": text("1440h")}, 29 * day, true},
		"end, none":                      {overlapping(), values{"expires_at": unknownText(), "lifetime": text("1000h")}, values{"lifetime": text("1000h")}, 0, false},
		"expired":                        {overlapping(), values{"lifetime": unknownText(), "rotation_triggers": allTriggers}, triggered("1"), 31 * day, true},
		"recipients":                     {overlapping(), triggered("2").with(values{"encrypt_secret_to": list(unknownValue)}), triggered("2").with(sealed), 0, true},
		"prefix":                         {overlapping(), triggered("2").with(values{"name_prefix": unknownText()}), triggered("2").with(values{"name_prefix": text("ci-")}), 0, true},
	} {
		for _, version := range []string{"v1", "v3"} {
			t.Run(version+" "+name, func(t *testing.T) {
				t.Parallel()
				s := emulate(t)
				made := s.made(c.config, versioned(version))
				s.Clock().Advance(c.after)
				e, prior, _ := s.refreshed(made, versioned(version))
				early := e.plan(prior, c.config.with(c.early))
				e.fine(early.Diagnostics)
				config := c.config.with(c.late)
				late := e.plan(prior, config)
				e.narrows(early, late)
				if len(early.RequiresReplace) > 0 {
					t.Fatalf("replacement for %v", early.RequiresReplace)
				}
				after := e.apply(prior, late, config)
				before, now := e.attributes(made.state), e.attributes(after.state)
				if got := before.text("id") != now.text("id"); got != c.rotates {
					t.Fatalf("rotated: %t", got)
				}
				alive := []string{now.text("id")}
				if previous := now.text("previous_id"); previous != "" {
					alive = append(alive, previous)
				}
				if want := c.rotates && name != "expired"; (len(alive) == 2) != want {
					t.Errorf("%v are kept", alive)
				}
				s.only(alive...)
				s.engine(versioned(version)).settled(after, config)
			})
		}
	}
}

// TestPersonalAccessToken_overlapToCome cannot decide between replacement and rotation in place.
func TestPersonalAccessToken_overlapToCome(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	made := s.made(overlapping())
	e := s.engine()
	failure := e.failed(e.plan(made, overlapping(triggered("2"), values{"overlap": unknownText()})).Diagnostics)
	if failure == nil {
		t.Fatal("nothing failed")
	}
	e.pointsAt(failure, "overlap")
	s.only(e.attributes(made.state).text("id"))
}
