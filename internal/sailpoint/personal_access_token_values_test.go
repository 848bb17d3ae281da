package sailpoint_test

import (
	"maps"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// TestPersonalAccessToken_edits rotates nothing for what is edited, added or removed alone.
func TestPersonalAccessToken_edits(t *testing.T) {
	t.Parallel()
	bare := overlapping(values{"overlap": nil, "rotation_triggers": nil})
	for name, c := range map[string]struct {
		config, edit values
	}{
		"lifetime":           {overlapping(), values{"lifetime": "1000h"}},
		"lead added":         {overlapping(), values{"rotate_before_expiry": "48h"}},
		"lead edited":        {overlapping(values{"rotate_before_expiry": "48h"}), values{"rotate_before_expiry": "96h"}},
		"lead removed":       {overlapping(values{"rotate_before_expiry": "48h"}), values{"rotate_before_expiry": nil}},
		"overlap added":      {bare, values{"overlap": "24h"}},
		"overlap edited":     {overlapping(), values{"overlap": "48h"}},
		"overlap removed":    {overlapping(), values{"overlap": nil}},
		"overlap to come":    {overlapping(), values{"overlap": protocoltest.Unknown}},
		"triggers added":     {bare, triggered("1")},
		"triggers removed":   {overlapping(), values{"rotation_triggers": nil}},
		"recipients added":   {overlapping(), values{"encrypt_secret_to": []string{ageReader(t).recipient}}},
		"lifetime to come":   {overlapping(), values{"lifetime": protocoltest.Unknown}},
		"lead to come":       {overlapping(), values{"rotate_before_expiry": protocoltest.Unknown}},
		"recipients to come": {overlapping(), values{"encrypt_secret_to": []any{protocoltest.Unknown}}},
		"scope and access removed": {overlapping(values{"access_token_validity_seconds": 60}), values{
			"scope": nil, "access_token_validity_seconds": nil,
		}},
	} {
		for _, version := range []string{"v1", "v2024"} {
			t.Run(version+" "+name, func(t *testing.T) {
				t.Parallel()
				s := emulate(t)
				made := s.made(c.config, versioned(version))
				config := c.config.With(c.edit)
				e, prior, _ := s.refreshed(made, versioned(version))
				plan := e.Plan(prior, config)
				e.NoError(plan.Diagnostics)
				if id := plan.Attributes["id"]; plan.Replaces() || !id.Equal(prior.Attributes["id"]) {
					t.Errorf("replacement for %v, id %s", plan.RequiresReplace, id)
				}
				told := told(config, ageReader(t))
				again := e.Plan(prior, told)
				e.Narrows(plan, again)
				after := e.MustApply(again)
				s.only(made.Text("id"))
				if got := s.requests("POST", contracts()[version]); got != 1 {
					t.Errorf("%d tokens were minted", got)
				}
				s.plansNothing(after, told, versioned(version))
			})
		}
	}
}

// told is a configuration whose unknown values have become known.
func told(config values, to reader) values {
	known := values{"overlap": "24h", "lifetime": "900h", "rotate_before_expiry": "48h", "rotation_triggers": generationOf("1"), "access_token_validity_seconds": 43200}
	told := maps.Clone(config)
	for name, value := range config {
		if value == any(protocoltest.Unknown) {
			told[name] = known[name]
		}
	}
	if all, isList := config["encrypt_secret_to"].([]any); isList && all[0] == any(protocoltest.Unknown) {
		told["encrypt_secret_to"] = []string{to.recipient}
	}
	return told
}

// TestPersonalAccessToken_valuesToCome plans with values that only the apply tells. Whatever they turn out to be, the second plan keeps
// what the first has promised: a rotation happens if and only if they ask for one.
func TestPersonalAccessToken_valuesToCome(t *testing.T) {
	t.Parallel()
	someTriggers := values{"generation": protocoltest.Unknown}
	allTriggers := protocoltest.Unknown
	validity := protocoltest.Unknown
	lead := values{"rotate_before_expiry": "48h"}
	to := ageReader(t)
	sealed := values{"encrypt_secret_to": []string{to.recipient}}
	plain := values{"encrypt_secret_to": nil}
	for name, c := range map[string]struct {
		config, early, late values
		after               time.Duration
		rotates             bool
	}{
		"triggers, as before":            {overlapping(), values{"rotation_triggers": allTriggers}, triggered("1"), 0, false},
		"triggers, changed":              {overlapping(), values{"rotation_triggers": allTriggers}, triggered("2"), 0, true},
		"trigger, as before":             {overlapping(), values{"rotation_triggers": someTriggers}, triggered("1"), 0, false},
		"trigger, changed":               {overlapping(), values{"rotation_triggers": someTriggers}, triggered("2"), 0, true},
		"triggers, none":                 {overlapping(), values{"rotation_triggers": allTriggers}, values{"rotation_triggers": nil}, 0, false},
		"triggers, encrypted, as before": {overlapping(sealed), values{"rotation_triggers": allTriggers}.With(plain), triggered("1").With(plain), 0, false},
		"triggers, decrypted":            {overlapping(sealed), values{"rotation_triggers": allTriggers}.With(plain), triggered("2").With(plain), 0, true},
		"triggers, encrypted":            {overlapping(), values{"rotation_triggers": allTriggers}.With(sealed), triggered("2").With(sealed), 0, true},
		"validity, as before":            {overlapping(), values{"access_token_validity_seconds": validity}, values{"access_token_validity_seconds": 43200}, 0, false},
		"validity, changed":              {overlapping(), values{"access_token_validity_seconds": validity}, values{"access_token_validity_seconds": 60}, 0, true},
		"lead, due, none":                {overlapping(lead), values{"rotate_before_expiry": protocoltest.Unknown}, values{"rotate_before_expiry": nil}, 29 * day, false},
		"lead, due, shorter":             {overlapping(lead), values{"rotate_before_expiry": protocoltest.Unknown}, values{"rotate_before_expiry": "1h"}, 29 * day, false},
		"lead, due, longer":              {overlapping(lead), values{"rotate_before_expiry": protocoltest.Unknown}, values{"rotate_before_expiry": "96h"}, 29 * day, true},
		"lifetime, due":                  {overlapping(lead), values{"lifetime": protocoltest.Unknown}, values{"lifetime": "1440h"}, 29 * day, true},
		"end, none":                      {overlapping(), values{"expires_at": protocoltest.Unknown, "lifetime": "1000h"}, values{"lifetime": "1000h"}, 0, false},
		"expired":                        {overlapping(), values{"lifetime": protocoltest.Unknown, "rotation_triggers": allTriggers}, triggered("1"), 31 * day, true},
		"recipients":                     {overlapping(), triggered("2").With(values{"encrypt_secret_to": []any{protocoltest.Unknown}}), triggered("2").With(sealed), 0, true},
		"prefix":                         {overlapping(), triggered("2").With(values{"name_prefix": protocoltest.Unknown}), triggered("2").With(values{"name_prefix": "ci-"}), 0, true},
	} {
		for _, version := range []string{"v1", "v3"} {
			t.Run(version+" "+name, func(t *testing.T) {
				t.Parallel()
				s := emulate(t)
				made := s.made(c.config, versioned(version))
				s.Clock().Advance(c.after)
				e, prior, _ := s.refreshed(made, versioned(version))
				early := e.Plan(prior, c.config.With(c.early))
				e.NoError(early.Diagnostics)
				config := c.config.With(c.late)
				late := e.Plan(prior, config)
				e.Narrows(early, late)
				if early.Replaces() {
					t.Fatalf("replacement for %v", early.RequiresReplace)
				}
				after := e.MustApply(late)
				before, now := made.Attributes, after.Attributes
				if got := before.Text("id") != now.Text("id"); got != c.rotates {
					t.Fatalf("rotated: %t", got)
				}
				alive := []string{now.Text("id")}
				if previous := now.Text("previous_id"); previous != "" {
					alive = append(alive, previous)
				}
				if want := c.rotates && name != "expired"; (len(alive) == 2) != want {
					t.Errorf("%v are kept", alive)
				}
				s.only(alive...)
				s.plansNothing(after, config, versioned(version))
			})
		}
	}
}
