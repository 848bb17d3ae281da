package truefoundry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
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

// TestPersonalAccessToken_secondRotation rotates twice within one overlap: the older generation goes, never the current one. When
// that fails, it is owed.
func TestPersonalAccessToken_secondRotation(t *testing.T) {
	t.Parallel()
	each(t, []string{"", "status:403", "drop-before"}, nil, func(p *plane, word string) {
		token := p.subject(patType)
		token.Does("create", overlapping("1"))
		first := token.works()
		token.Does("rotate", overlapping("2"))
		second := token.works()
		p.pass(time.Hour)
		if word != "" {
			p.fault("DELETE", patsRoute+"/{id}", word, 10)
			older := token.text("previous_id")
			run := token.fails("could not be revoked", overlapping("3"))
			contains(p.t, run.Action, "rotate")
			contains(p.t, run.Diagnostics.Errors(), older)
			p.living(3)
			p.check(first, true)
			if token.text("previous_secret") != second {
				p.t.Error("the generation before is not in the state")
			}
			third := token.works()
			p.Stage().Faults.Clear()
			names, diagnostics := token.plans(overlapping("3"))
			if len(names) != 1 || names[0] != "previous_revoked_after" {
				p.t.Errorf("%v are planned", names)
			}
			contains(p.t, diagnostics.Warnings(), "is still to be revoked")
			token.Does("update", overlapping("3"))
			if token.works() != third {
				p.t.Error("the current token has changed")
			}
		} else {
			token.Does("rotate", overlapping("3"))
		}
		p.check(first, false)
		p.check(second, true)
		token.works()
		p.living(2)
		if p.mints() != 3 {
			p.t.Errorf("%d mints", p.mints())
		}
		token.end()
	})
}

// TestPersonalAccessToken_missing deletes the current token elsewhere while the one before lives: it is not lost.
func TestPersonalAccessToken_missing(t *testing.T) {
	t.Parallel()
	each(t, []string{"overlap", "no overlap", "overlap over", "gone too", "destroyed"}, nil, func(p *plane, how string) {
		token := p.subject(patType)
		token.Does("create", overlapping("1"))
		token.Does("rotate", overlapping("2"))
		former := token.text("previous_secret")
		config := overlapping("2")
		if how == "no overlap" {
			config["overlap"] = nil
			token.Does("update", config)
		}
		if err := p.DeletePersonalAccessToken(token.text("id")); err != nil {
			p.t.Fatal(err)
		}
		p.pass(time.Hour)
		switch how {
		case "gone too":
			if err := p.DeletePersonalAccessToken(token.text("previous_id")); err != nil {
				p.t.Fatal(err)
			}
			token.refresh()
			if token.Object != nil {
				p.t.Error("what is gone is kept")
			}
			p.living(0)
			return
		case "overlap over":
			p.pass(72 * time.Hour)
		}
		contains(p.t, token.refresh().Warnings(), "is missing")
		if token.text("status") != "missing" {
			p.t.Error(token.text("status"))
		}
		if how != "destroyed" {
			token.Does("rotate", config)
			token.works()
			if how == "overlap over" {
				p.check(former, false)
				p.living(1)
				token.hasPrevious(false)
			} else {
				p.check(former, true)
				p.living(2)
				if token.text("previous_secret") != former {
					p.t.Error("the generation before was lost")
				}
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
	token.Does("nothing", overlapping("2"))
	token.hasPrevious(false)
	token.works()
	token.living(1)
	token.end()
}

// TestPersonalAccessToken_expiredInPlace rotates what has ended: nothing of it is kept.
func TestPersonalAccessToken_expiredInPlace(t *testing.T) {
	t.Parallel()
	each(t, []string{"listed", "hidden", "with another before"}, func(w *fake.Switches, how string) { w.HideExpiredPATs = how == "hidden" }, func(p *plane, how string) {
		token := p.subject(patType)
		token.Does("create", overlapping("1"))
		if how == "with another before" {
			token.Does("rotate", overlapping("2"))
		}
		config := overlapping(map[bool]string{true: "2", false: "1"}[how == "with another before"])
		p.pass(31 * day)
		contains(p.t, token.refresh().Warnings(), "has expired")
		token.Does("rotate", config)
		token.works()
		token.hasPrevious(false)
		p.living(1)
		left := 0
		for _, pat := range p.PersonalAccessTokens() {
			if strings.HasPrefix(pat.Name, "ci-") {
				left++
			}
		}
		if left != 1 && how != "hidden" {
			p.t.Errorf("%d tokens are left", left)
		}
		token.end()
	})
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
