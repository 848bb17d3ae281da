package truefoundry_test

import (
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestPersonalAccessToken_mintFails leaves everything as it was.
func TestPersonalAccessToken_mintFails(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	token.Does("create", overlapping("1"))
	token.Does("rotate", overlapping("2"))
	current, former := token.works(), token.text("previous_secret")
	token.fault("POST", patsRoute, "status:403", 1)
	token.fails("Unable to update", overlapping("3"))
	if token.text("token") != current || token.text("previous_secret") != former {
		t.Error("the state has changed")
	}
	token.check(current, true)
	token.check(former, true)
	token.living(2)
	token.Does("rotate", overlapping("3"))
	token.check(current, true)
	token.check(former, false)
	token.living(2)
	token.end()
}

// TestPersonalAccessToken_crash loses the process between the mint and the state: the next run finds the orphan under the name that
// the next generation has again. One that was used is somebody's, if the control plane tells.
func TestPersonalAccessToken_crash(t *testing.T) {
	t.Parallel()
	each(t, []string{"", "used", "used, but not told"}, func(w *fake.Switches, how string) {
		if how == "used, but not told" {
			w.Rows = "page"
		}
	}, func(p *plane, how string) {
		token := p.subject(patType)
		token.Does("create", overlapping("0"))
		token.Does("rotate", overlapping("1"))
		current := token.works()
		before := token.Object
		token.succeeds(overlapping("2"))
		lost := token.text("token")
		token.Object = before
		if how != "" {
			p.check(lost, true)
		}
		if how == "used" {
			run := token.fails("It is in use, so somebody has its secret", overlapping("2"))
			p.check(lost, true)
			p.check(current, true)
			for _, pat := range p.PersonalAccessTokens() {
				if pat.Token.Secret == lost {
					contains(p.t, run.Diagnostics.Errors(), pat.ID)
					if err := p.DeletePersonalAccessToken(pat.ID); err != nil {
						p.t.Fatal(err)
					}
				}
			}
		}
		token.Does("rotate", overlapping("2"))
		token.works()
		p.check(current, true)
		p.check(lost, false)
		p.living(2)
		if token.text("previous_secret") != current {
			p.t.Error("the previous token is not in the state")
		}
		token.end()
	})
}

// TestPersonalAccessToken_rotatedIDNotFound fails after the mint: neither the new secret nor the previous token is lost.
func TestPersonalAccessToken_rotatedIDNotFound(t *testing.T) {
	t.Parallel()
	each(t, []string{"refreshed", "destroyed", "owed"}, nil, func(p *plane, then string) {
		token := p.subject(patType)
		token.Does("create", overlapping("1"))
		if then == "owed" {
			token.Does("rotate", overlapping("2"))
		}
		first, id := token.works(), token.text("id")
		p.afterwards["POST"] = func() { p.fault("GET", patsRoute, "status:403", 1) }
		token.fails("its id could not be found, because the list failed", overlapping("3"))
		second := token.works()
		p.check(first, true)
		if token.text("previous_id") != id || token.text("previous_secret") != first || token.text("id") != "" {
			p.t.Error("the previous token is not in the state")
		}
		switch then {
		case "destroyed":
			token.engine().NoError(token.destroyed())
			p.check(second, false)
		case "refreshed":
			// Without a refresh there is nothing to revoke the token by after its overlap.
			plan := token.Plan(overlapping("4"))
			token.engine().NoError(plan.Diagnostics)
			contains(p.t, plan.Diagnostics, "The id of the token is not known yet")
			contains(p.t, token.Apply(plan, overlapping("4")).Diagnostics.Errors(), "The id of the token is not known yet")
			p.living(2)
			token.Does("nothing", overlapping("3"))
			if token.text("id") == "" || token.works() != second {
				p.t.Error("the refresh has not found the id")
			}
			p.living(2)
		case "owed":
			p.living(3)
			token.Does("update", overlapping("3"))
			p.living(2)
			p.check(first, true)
		}
		token.end()
	})
}

// TestPersonalAccessToken_revocationFails fails to revoke what is due: the state keeps it, and the next apply tries again.
func TestPersonalAccessToken_revocationFails(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	token.Does("create", overlapping("1"))
	token.Does("rotate", overlapping("2"))
	first := token.text("previous_secret")
	token.pass(73 * time.Hour)
	token.fault("DELETE", patsRoute+"/{id}", "status:403", 1)
	token.fails("run again to revoke it", overlapping("2"))
	token.hasPrevious(true)
	token.check(first, true)
	token.Does("update", overlapping("2"))
	token.check(first, false)
	token.hasPrevious(false)
	token.works()
	token.end()
}

// TestPersonalAccessToken_crashOfOwnKey leaves alone what the provider authenticates with, also where no row tells that it was used.
func TestPersonalAccessToken_crashOfOwnKey(t *testing.T) {
	t.Parallel()
	each(t, []string{"jwt", "opaque"}, func(w *fake.Switches, kind string) { w.TokenType, w.Rows = kind, "named" }, func(p *plane, _ string) {
		token := p.subject(patType)
		token.Does("create", overlapping("1"))
		before := token.Object
		token.succeeds(overlapping("2"))
		lost := token.works()
		token.Object, token.block = before, args{"api_key": lost}
		token.fails("The provider is logged in with it", overlapping("2"))
		diagnostics := token.destroyed()
		token.engine().NoError(diagnostics)
		contains(p.t, diagnostics.Warnings(), "The provider is logged in with it")
		p.check(lost, true)
	})
}
