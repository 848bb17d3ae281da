package truefoundry_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestPersonalAccessToken_mintFails leaves everything as it was.
func TestPersonalAccessToken_mintFails(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	token.does("create", overlapping("1"))
	token.does("update", overlapping("2"))
	current, former := token.works(), token.text("previous_secret")
	token.fault("POST", patsRoute, "status:403", 1)
	_, diagnostics := token.try(overlapping("3"))
	contains(t, failed(diagnostics), "Unable to update")
	if token.text("token") != current || token.text("previous_secret") != former {
		t.Error("the state has changed")
	}
	token.check(current, true)
	token.check(former, true)
	token.living(2)
	token.does("update", overlapping("3"))
	token.check(current, true)
	token.check(former, false)
	token.living(2)
	token.end()
}

// TestPersonalAccessToken_crash loses the process between the mint and the state: the next run finds the orphan under the name that
// the next generation has again, also where a list shows it late. One that was used is somebody's.
func TestPersonalAccessToken_crash(t *testing.T) {
	t.Parallel()
	each(t, []string{"", "late", "used", "used, but not told", "answers lost"}, func(w *fake.Switches, how string) {
		if how == "used, but not told" {
			w.Rows = "page"
		}
	}, func(p *plane, how string) {
		token := p.subject(patType)
		if how == "late" {
			// The mint is to be the latest write.
			token.does("create", overlapping("1"))
		} else {
			token.does("create", overlapping("0"))
			token.does("update", overlapping("1"))
		}
		current := token.works()
		before := *token.now
		if _, diagnostics := token.try(overlapping("2")); failed(diagnostics) != "" {
			p.t.Fatal(failed(diagnostics))
		}
		lost := token.text("token")
		token.now = &before
		switch how {
		case "late":
			// For the lists of the plan, of the plan in the apply, and of the rotation.
			p.fault("GET", patsRoute, "lag:3", 1)
		case "used", "used, but not told":
			p.check(lost, true)
		case "answers lost":
			p.fault("POST", patsRoute, "drop-after", 1)
		}
		if how == "used" {
			_, diagnostics := token.try(overlapping("2"))
			contains(p.t, failed(diagnostics), "somebody holds it")
			p.check(lost, true)
			p.check(current, true)
			for _, pat := range p.PersonalAccessTokens() {
				if pat.Token.Secret == lost {
					contains(p.t, failed(diagnostics), pat.ID)
					if err := p.DeletePersonalAccessToken(pat.ID); err != nil {
						p.t.Fatal(err)
					}
				}
			}
		}
		token.does("update", overlapping("2"))
		token.works()
		p.check(current, true)
		p.check(lost, false)
		p.living(2)
		if token.text("previous_secret") != current {
			p.t.Error("the generation before is not in the state")
		}
		token.end()
	})
}

// TestPersonalAccessToken_rotatedIDNotFound fails after the mint: neither the new secret nor the generation before is lost.
func TestPersonalAccessToken_rotatedIDNotFound(t *testing.T) {
	t.Parallel()
	each(t, []string{"refreshed", "destroyed", "owed"}, nil, func(p *plane, then string) {
		token := p.subject(patType)
		token.does("create", overlapping("1"))
		if then == "owed" {
			token.does("update", overlapping("2"))
		}
		first, id := token.works(), token.text("id")
		p.afterwards["POST"] = func() { p.fault("GET", patsRoute, "status:403", 1) }
		_, diagnostics := token.try(overlapping("3"))
		contains(p.t, failed(diagnostics), "its id could not be found, because the list failed")
		second := token.works()
		p.check(first, true)
		if token.text("previous_id") != id || token.text("previous_secret") != first || token.text("id") != "" {
			p.t.Error("the generation before is not in the state")
		}
		switch then {
		case "destroyed":
			token.engine().fine(token.engine().destroy(token.now))
			token.now = nil
			p.check(second, false)
		case "refreshed":
			// Without a refresh there is nothing to revoke the token by after its overlap.
			plan := token.engine().plan(token.now, overlapping("4"))
			contains(p.t, failed(plan.Diagnostics), "The id of the token is not known yet")
			token.does("nothing", overlapping("3"))
			if token.text("id") == "" || token.works() != second {
				p.t.Error("the refresh has not found the id")
			}
			p.living(2)
		case "owed":
			p.living(3)
			token.does("update", overlapping("3"))
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
	token.does("create", overlapping("1"))
	token.does("update", overlapping("2"))
	first := token.text("previous_secret")
	token.pass(73 * time.Hour)
	token.fault("DELETE", patsRoute+"/{id}", "status:403", 1)
	_, diagnostics := token.try(overlapping("2"))
	contains(t, failed(diagnostics), "apply again to revoke it")
	token.hasPrevious(true)
	token.check(first, true)
	token.does("update", overlapping("2"))
	token.check(first, false)
	token.hasPrevious(false)
	token.works()
	token.end()
}

// TestPersonalAccessToken_destroyFails fails to delete one of the generations: the state keeps what is left, and the next destroy
// deletes it.
func TestPersonalAccessToken_destroyFails(t *testing.T) {
	t.Parallel()
	each(t, []string{"previous", "current", "owed"}, nil, func(p *plane, which string) {
		token := p.subject(patType)
		token.does("create", overlapping("1"))
		token.does("update", overlapping("2"))
		if which == "owed" {
			p.fault("DELETE", patsRoute+"/{id}", "status:403", 1)
			if _, diagnostics := token.try(overlapping("3")); failed(diagnostics) == "" {
				p.t.Error("nothing has failed")
			}
		}
		fails := map[string]int{"previous": 0, "owed": 1, "current": 1}[which]
		seen := 0
		p.meddle = func(r *http.Request) *http.Response {
			if r.Method != http.MethodDelete {
				return nil
			}
			if seen++; seen-1 != fails {
				return nil
			}
			answer := respond(`{"statusCode":403,"message":"no"}`)
			answer.StatusCode = http.StatusForbidden
			return answer
		}
		e := token.engine()
		nothing := e.none().state
		answer, err := e.server.ApplyResourceChange(p.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
			TypeName: e.name, PriorState: token.now.state, Config: nothing, PlannedState: nothing, PlannedPrivate: token.now.private,
		})
		if err != nil {
			p.t.Fatal(err)
		}
		contains(p.t, failed(answer.Diagnostics), "Unable to delete")
		p.meddle = nil
		p.living(1)
		token.now = &object{state: answer.NewState, private: answer.Private, identity: answer.NewIdentity}
		if text := failed(e.destroy(token.now)); text != "" {
			p.t.Error(text)
		}
		token.now = nil
		token.end()
	})
}

// TestPersonalAccessToken_crashThenDestroy finds what a rotation left behind that was cut off, although no other follows.
func TestPersonalAccessToken_crashThenDestroy(t *testing.T) {
	t.Parallel()
	each(t, []string{"", "used", "kept"}, nil, func(p *plane, how string) {
		token := p.subject(patType)
		token.does("create", overlapping("0"))
		token.does("update", overlapping("1"))
		before := *token.now
		if _, diagnostics := token.try(overlapping("2")); failed(diagnostics) != "" {
			p.t.Fatal(failed(diagnostics))
		}
		lost, id := token.text("token"), token.text("id")
		token.now = &before
		token.refresh()
		switch how {
		case "used":
			p.check(lost, true)
		case "kept":
			p.fault("DELETE", patsRoute+"/{id}", "status:403", 1)
			contains(p.t, failed(token.engine().destroy(token.now)), id)
		}
		diagnostics := token.engine().destroy(token.now)
		token.engine().fine(diagnostics)
		token.now = nil
		if how == "used" {
			contains(p.t, warned(diagnostics), id)
			p.check(lost, true)
			if err := p.DeletePersonalAccessToken(id); err != nil {
				p.t.Fatal(err)
			}
		}
		token.end()
	})
}

// TestPersonalAccessToken_crashOfOwnKey leaves alone what the provider authenticates with, also where no row tells that it was used.
func TestPersonalAccessToken_crashOfOwnKey(t *testing.T) {
	t.Parallel()
	each(t, []string{"jwt", "opaque"}, func(w *fake.Switches, kind string) { w.TokenType, w.Rows = kind, "named" }, func(p *plane, _ string) {
		token := p.subject(patType)
		token.does("create", overlapping("1"))
		before := *token.now
		if _, diagnostics := token.try(overlapping("2")); failed(diagnostics) != "" {
			p.t.Fatal(failed(diagnostics))
		}
		lost := token.works()
		token.now, token.block = &before, args{"api_key": lost}
		_, diagnostics := token.try(overlapping("2"))
		contains(p.t, failed(diagnostics), "The provider authenticates with it")
		diagnostics = token.engine().destroy(token.now)
		token.engine().fine(diagnostics)
		contains(p.t, warned(diagnostics), "the provider authenticates with it")
		p.check(lost, true)
	})
}
