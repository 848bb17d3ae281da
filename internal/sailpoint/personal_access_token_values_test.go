package sailpoint_test

import (
	"maps"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// edit is a change of arguments alone.
type edit struct {
	name string
	to   values
}

// lifetimeEdits are those that the two contracts plan differently.
func lifetimeEdits() []edit {
	return []edit{{"lifetime", values{"lifetime": "1000h"}}, {"lifetime to come", values{"lifetime": protocoltest.Unknown}}}
}

// edits are one after another.
func edits(t *testing.T) []edit {
	t.Helper()
	return append(lifetimeEdits(), []edit{
		{"lead added", values{"rotate_before_expiry": "72h"}},
		{"lead edited", values{"rotate_before_expiry": "96h"}},
		{"lead to come", values{"rotate_before_expiry": protocoltest.Unknown}},
		{"lead removed", values{"rotate_before_expiry": nil}},
		{"overlap edited", values{"overlap": "48h"}},
		{"overlap to come", values{"overlap": protocoltest.Unknown}},
		{"overlap removed", values{"overlap": nil}},
		{"triggers removed", values{"rotation_triggers": nil}},
		{"triggers added", triggered("1")},
		{"overlap added", values{"overlap": "24h"}},
		{"scope and access removed", values{"scope": nil, "access_token_validity_seconds": nil}},
		{"recipients to come", values{"encrypt_secret_to": []any{protocoltest.Unknown}}},
		{"recipients removed", values{"encrypt_secret_to": nil}},
		{"recipients added", values{"encrypt_secret_to": []string{ageReader(t).recipient}}},
	}...)
}

// TestPersonalAccessToken_edits rotates nothing for what is edited, added or removed alone.
func TestPersonalAccessToken_edits(t *testing.T) {
	t.Parallel()
	for version, edits := range map[string][]edit{"v1": edits(t), "v2024": lifetimeEdits()} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			w := s.workspace(nil, versioned(version))
			config := overlapping(values{"access_token_validity_seconds": 60})
			made := w.Does(protocoltest.Create, config)
			for _, edit := range edits {
				t.Log(edit.name)
				s.fine(w.Refresh())
				config = config.With(edit.to)
				saved := w.Plan(config)
				if id := saved.Attributes["id"]; saved.Failed() || saved.Replaces() || !id.Equal(made.Attributes["id"]) {
					t.Errorf("replacement for %v, id %s: %s", saved.RequiresReplace, id, saved.Diagnostics)
				}
				config = told(config, ageReader(t))
				if run := w.Apply(saved, config); run.Failed != "" {
					t.Fatalf("the %s has failed: %s", run.Failed, run.Diagnostics)
				}
				w.Settled(config)
				s.only(made.Text("id"))
			}
			if got := s.requests("POST", contracts()[version]); got != 1 {
				t.Errorf("%d tokens were minted", got)
			}
			stored := s.onTenant(made.Text("id"))
			if stored.AccessTokenValiditySeconds != 60 || len(stored.Scope) != 1 {
				t.Errorf("the tenant has %+v", stored)
			}
		})
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

// valueToCome is a plan with a value that only the apply tells, and what the value turns out to be.
type valueToCome struct {
	config, early, late values
	after               time.Duration
	rotates             bool
	// versions are those that plan it differently; none are the newest alone.
	versions []string
}

func valuesToCome(to reader) map[string]valueToCome {
	unknown, both := protocoltest.Unknown, []string{"v1", "v3"}
	lead := values{"rotate_before_expiry": "48h"}
	sealed, plain := values{"encrypt_secret_to": []string{to.recipient}}, values{"encrypt_secret_to": nil}
	end := ahead(1000 * time.Hour)
	ends := nullLifetime()
	return map[string]valueToCome{
		"triggers, as before":  {overlapping(), values{"rotation_triggers": unknown}, triggered("1"), 0, false, nil},
		"trigger, changed":     {overlapping(), values{"rotation_triggers": values{"generation": unknown}}, triggered("2"), 0, true, nil},
		"triggers, none":       {overlapping(), values{"rotation_triggers": unknown}, values{"rotation_triggers": nil}, 0, false, nil},
		"triggers, decrypted":  {overlapping(sealed), values{"rotation_triggers": unknown}.With(plain), triggered("2").With(plain), 0, true, nil},
		"triggers, encrypted":  {overlapping(), values{"rotation_triggers": unknown}.With(sealed), triggered("2").With(sealed), 0, true, nil},
		"as before, decrypted": {overlapping(sealed), values{"rotation_triggers": unknown}.With(plain), triggered("1").With(plain), 0, false, nil},
		"validity, as before":  {overlapping(), values{"access_token_validity_seconds": unknown}, values{"access_token_validity_seconds": 43200}, 0, false, nil},
		"validity, changed":    {overlapping(), values{"access_token_validity_seconds": unknown}, values{"access_token_validity_seconds": 60}, 0, true, nil},
		"lifetime, due":        {overlapping(lead), values{"lifetime": unknown}, values{"lifetime": "1440h"}, 29 * day, true, both},
		"end, none":            {overlapping(), values{"expires_at": unknown, "lifetime": "1000h"}, values{"lifetime": "1000h"}, 0, false, both},
		"end, as before":       {overlapping(ends, values{"expires_at": end}), values{"expires_at": unknown}, values{"expires_at": end}, 0, false, both},
		"expired":              {overlapping(), values{"lifetime": unknown, "rotation_triggers": unknown}, triggered("1"), 31 * day, true, both},
		"recipients":           {overlapping(), triggered("2").With(values{"encrypt_secret_to": []any{unknown}}), triggered("2").With(sealed), 0, true, nil},
	}
}

// TestPersonalAccessToken_valuesToCome plans with values that only the apply tells. Whatever they turn out to be, the second plan keeps
// what the first has promised: a rotation happens if and only if they ask for one.
func TestPersonalAccessToken_valuesToCome(t *testing.T) {
	t.Parallel()
	for name, c := range valuesToCome(ageReader(t)) {
		if c.versions == nil {
			c.versions = []string{"v1"}
		}
		for _, version := range c.versions {
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
