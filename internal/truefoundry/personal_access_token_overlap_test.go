package truefoundry_test

import (
	"strings"
	"testing"
	"time"
)

func overlapping(n string) args {
	return with(args{"name_prefix": "ci-", "lifetime": "720h", "overlap": "72h"}, trigger(n))
}

// TestPersonalAccessToken_overlapOfAll changes each argument that only a new token can have.
func TestPersonalAccessToken_overlapOfAll(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]args{
		"prefix": {"name_prefix": "cd-"}, "team": {"team_name": "red"}, "kind": {"token_type": "opaque"},
		"end": {"lifetime": nil, "expires_at": "2045-01-31T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token := emulate(t).subject(patType)
			config := with(overlapping("1"), args{"team_name": "blue", "token_type": "jwt"})
			token.Does("create", config)
			first := token.works()
			token.Does("rotate", with(config, change))
			token.works()
			token.check(first, true)
			token.living(2)
			for attribute, want := range change {
				if text, ok := want.(string); ok && token.text(attribute) != text {
					t.Errorf("%s is %s", attribute, token.text(attribute))
				}
			}
			if name != "team" && token.text("team_name") != "blue" || name != "kind" && token.text("token_type") != "jwt" {
				t.Error("what was left alone has changed")
			}
			token.end()
		})
	}
}

// TestPersonalAccessToken_leftOutStays rotates after the team and the kind were left out: the next generation has them, too.
func TestPersonalAccessToken_leftOutStays(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	config := overlapping("1")
	token.Does("create", with(config, args{"team_name": "blue", "token_type": "opaque"}))
	token.Does("nothing", config)
	token.Does("rotate", overlapping("2"))
	if pat := token.PersonalAccessTokens()[len(token.PersonalAccessTokens())-1]; pat.Team != "blue" || !strings.HasPrefix(token.works(), "tfy_pat_") {
		t.Errorf("team %q", pat.Team)
	}
	token.end()
}

// TestPersonalAccessToken_secondRotation rotates twice within one overlap, and loses the answers to the revocation of the older generation:
// that is pending, and the next apply does it.
func TestPersonalAccessToken_secondRotation(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	token := p.subject(patType)
	token.Does("create", overlapping("1"))
	first := token.works()
	token.Does("rotate", overlapping("2"))
	second := token.works()
	p.pass(time.Hour)
	p.fault("DELETE", patsRoute+"/{id}", "drop-before", 10)
	older := token.text("previous_id")
	run := token.fails("could not be revoked", overlapping("3"))
	contains(t, run.Action, "rotate")
	contains(t, run.Diagnostics.Errors(), older)
	p.living(3)
	p.check(first, true)
	if token.text("previous_secret") != second {
		t.Error("the previous token is not in the state")
	}
	third := token.works()
	p.Stage().Faults.Clear()
	names, diagnostics := token.plans(overlapping("3"))
	if len(names) != 1 || names[0] != "previous_revoked_after" {
		t.Errorf("%v are planned", names)
	}
	contains(t, diagnostics.Warnings(), "is still to be revoked")
	token.Does("update", overlapping("3"))
	if token.works() != third {
		t.Error("the current token has changed")
	}
	p.check(first, false)
	p.check(second, true)
	p.living(2)
	if p.mints() != 3 {
		t.Errorf("%d mints", p.mints())
	}
	token.end()
}

// TestPersonalAccessToken_missing deletes the current token elsewhere while the previous one lives: it is not lost.
func TestPersonalAccessToken_missing(t *testing.T) {
	t.Parallel()
	each(t, []string{"overlap", "overlap over", "destroyed"}, nil, func(p *plane, how string) {
		token := p.subject(patType)
		token.Does("create", overlapping("1"))
		token.Does("rotate", overlapping("2"))
		former := token.text("previous_secret")
		if err := p.DeletePersonalAccessToken(token.text("id")); err != nil {
			p.t.Fatal(err)
		}
		p.pass(time.Hour)
		if how == "overlap over" {
			p.pass(72 * time.Hour)
		}
		contains(p.t, token.refresh().Warnings(), "is missing")
		if token.text("status") != "missing" {
			p.t.Error(token.text("status"))
		}
		if how != "destroyed" {
			token.Does("rotate", overlapping("2"))
			token.works()
		}
		switch how {
		case "overlap over":
			p.check(former, false)
			p.living(1)
			token.hasPrevious(false)
		case "overlap":
			p.check(former, true)
			p.living(2)
			if token.text("previous_secret") != former {
				p.t.Error("the previous token was lost")
			}
		}
		token.end()
		p.check(former, false)
	})
}

// TestPersonalAccessToken_previousGone deletes the previous token elsewhere: that is nothing to plan.
func TestPersonalAccessToken_previousGone(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	token.Does("create", overlapping("1"))
	token.Does("rotate", overlapping("2"))
	if err := token.DeletePersonalAccessToken(token.text("previous_id")); err != nil {
		t.Fatal(err)
	}
	// Soon after a mint a list that lacks it proves nothing.
	token.Does("nothing", overlapping("2"))
	token.hasPrevious(true)
	token.pass(5 * time.Minute)
	token.Does("nothing", overlapping("2"))
	token.hasPrevious(false)
	token.works()
	token.living(1)
	token.end()
}

// TestPersonalAccessToken_overlapRemoved replaces once there is no overlap any more: nothing of what was kept survives.
func TestPersonalAccessToken_overlapRemoved(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	token.Does("create", overlapping("1"))
	token.Does("rotate", overlapping("2"))
	first := token.text("previous_secret")
	token.Does("update", with(overlapping("2"), args{"overlap": nil}))
	token.hasPrevious(true)
	token.check(first, true)
	token.Does("replace", with(overlapping("3"), args{"overlap": nil}))
	token.hasPrevious(false)
	token.works()
	token.living(1)
	token.end()
}
