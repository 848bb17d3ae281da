package truefoundry_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

const (
	revokeType     = "mint_truefoundry_revoke_personal_access_tokens"
	revokeUserType = "mint_truefoundry_revoke_user_personal_access_tokens"
)

// seeded adds tokens of the administrator, or of an owner, and returns them by name.
func (p *plane) seeded(owner string, names ...string) map[string]fake.PersonalAccessToken {
	p.t.Helper()
	all := map[string]fake.PersonalAccessToken{}
	for _, name := range names {
		added, err := p.AddPersonalAccessToken(fake.PersonalAccessToken{Name: name, Owner: owner})
		if err != nil {
			p.t.Fatal(err)
		}
		all[name] = added
	}
	return all
}

// remain fails the test unless exactly these of the tokens work.
func (p *plane) remain(of map[string]fake.PersonalAccessToken, names ...string) {
	p.t.Helper()
	for name, token := range of {
		p.check(token.Token.Secret, slices.Contains(names, name))
	}
}

// defaultOf is the token that the system has made for a user.
func (p *plane) defaultOf(owner string) (fake.PersonalAccessToken, bool) {
	for _, token := range p.PersonalAccessTokens() {
		if strings.HasPrefix(token.Name, "default-") && token.Owner == owner {
			return token, true
		}
	}
	return fake.PersonalAccessToken{}, false
}

// ends fails the test unless the last line of an action's progress is this.
func (p *plane) ends(progress []string, last string) {
	p.t.Helper()
	if len(progress) == 0 || progress[len(progress)-1] != last {
		p.t.Errorf("it ends with %q instead of %q", progress, last)
	}
}

// TestRevokePersonalAccessTokens revokes what passes the filters, spares the provider's own key and the system's own token, and can be repeated.
func TestRevokePersonalAccessTokens(t *testing.T) {
	t.Parallel()
	each(t, []string{"jwt", "opaque"}, func(w *fake.Switches, kind string) { w.TokenType = kind }, func(p *plane, _ string) {
		all := p.seeded("", "ci-a", "ci-b", "ci-c", "cd-a")
		e := p.engine(patType)
		config := args{"name_prefix": "ci-", "except_ids": []any{all["ci-b"].ID, nil}}
		progress, said := e.Invoke(revokeType, with(config, args{"dry_run": true}))
		e.NoError(said)
		p.ends(progress, "dry run: 2 would be revoked, nothing was changed")
		p.remain(all, "ci-a", "ci-b", "ci-c", "cd-a")
		progress, said = e.Invoke(revokeType, config)
		e.NoError(said)
		p.ends(progress, "2 revoked")
		p.remain(all, "ci-b", "cd-a")
		progress, said = e.Invoke(revokeType, config)
		e.NoError(said)
		p.ends(progress, "0 revoked")
		// Everything: the key itself and the system's own token are spared.
		progress, said = e.Invoke(revokeType, args{"never_expires": true})
		e.NoError(said)
		p.ends(progress, "2 revoked, 2 skipped")
		p.remain(all)
		p.check(p.Bootstrap().Token, true)
		own, exists := p.defaultOf(p.Bootstrap().UserID)
		if !exists {
			p.t.Fatal("the system's own token was revoked")
		}
		// By its id it is revoked; the key never is.
		progress, said = e.Invoke(revokeType, args{"ids": []any{own.ID, p.Bootstrap().ID, "nothing"}})
		e.NoError(said)
		p.ends(progress, "1 revoked, 1 skipped, 1 not found")
		p.check(p.Bootstrap().Token, true)
		p.neverCreatedByReading()
	})
}

// TestRevokePersonalAccessTokens_bounds changes nothing where more match than may, where no filter is set, and where the list fails.
func TestRevokePersonalAccessTokens_bounds(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	all := p.seeded("", "ci-a", "ci-b")
	e := p.engine(patType)
	_, said := e.Invoke(revokeType, args{"name_prefix": "ci-", "max_count": 1})
	contains(t, said.Errors(), "2 match, and max_count is 1")
	for _, config := range []args{{}, {"user_email": alice}, {"except_ids": []any{"x"}}} {
		contains(t, e.ValidateAction(revokeType, config).Errors(), "No filter is set")
	}
	p.fault("GET", patsRoute, "status:403", 1)
	_, said = e.Invoke(revokeType, args{"name_contains": "ci"})
	contains(t, said.Errors(), "Unable to list TrueFoundry personal access token")
	p.changesNothing()
	p.remain(all, "ci-a", "ci-b")
}

// TestRevokePersonalAccessTokens_partly goes on after one that fails, and counts.
func TestRevokePersonalAccessTokens_partly(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	all := p.seeded("", "ci-a", "ci-b", "ci-c")
	p.fault("DELETE", patsRoute+"/{id}", "status:403", 1)
	progress, said := p.engine(patType).Invoke(revokeType, args{"name_prefix": "ci-"})
	p.ends(progress, "2 revoked, 1 failed")
	contains(t, said.Errors(), "ci-a ("+all["ci-a"].ID+")")
	p.remain(all, "ci-a")
}

// TestRevokePersonalAccessTokens_ofUser revokes another user's tokens only where that user is named.
func TestRevokePersonalAccessTokens_ofUser(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { w.PATList = "tenant" })
	alices := p.ofAlice()
	mine, hers := p.seeded("", "ci-a"), p.seeded(alice, "ci-a", "ci-b")
	for _, key := range []string{"user", "account"} {
		e := p.engine(patType)
		if key == "account" {
			e = alices.engine()
		}
		progress, said := e.Invoke(revokeType, args{"name_prefix": "ci-", "user_email": alice, "dry_run": true})
		e.NoError(said)
		p.ends(progress, "dry run: 2 would be revoked, nothing was changed")
	}
	_, said := alices.engine().Invoke(revokeType, args{"name_prefix": "ci-"})
	contains(t, said.Errors(), "which owns no personal access tokens. Set user_email")
	p.changesNothing()
	progress, said := p.engine(patType).Invoke(revokeType, args{"name_prefix": "ci-"})
	p.engine(patType).NoError(said)
	p.ends(progress, "1 revoked")
	p.remain(mine)
	p.remain(hers, "ci-a", "ci-b")
	progress, said = alices.engine().Invoke(revokeType, args{"name_prefix": "ci-", "user_email": alice})
	p.engine(patType).NoError(said)
	p.ends(progress, "2 revoked")
	p.remain(hers)
}

// TestRevokeUserPersonalAccessTokens ends every token of one user and nothing else, the system's own included.
func TestRevokeUserPersonalAccessTokens(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*fake.Switches){
		"hidden": func(*fake.Switches) {}, "tenant": func(w *fake.Switches) { w.PATList = "tenant" }, "opaque": func(w *fake.Switches) { w.TokenType, w.PATList = "opaque", "tenant" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := emulate(t, change)
			alices := p.ofAlice()
			mine, hers := p.seeded("", "ci-a"), p.seeded(alice, "ci-a", "ci-b")
			account := p.account(fake.Manifest{"name": "loader"})
			owner := hers["ci-a"].Owner
			engines := []*protocoltest.Engine{alices.engine()}
			if name != "opaque" {
				// An opaque key tells its name alone, which one of hers has, too.
				engines = append(engines, p.engine(patType))
			}
			for _, e := range engines {
				progress, said := e.Invoke(revokeUserType, args{"user_email": alice, "dry_run": true})
				e.NoError(said)
				p.ends(progress, "dry run: nothing was changed")
				contains(t, progress, "would revoke every personal access token of "+alice+", the system's own (default-…) included")
				if shows := strings.Contains(strings.Join(progress, "\n"), "ci-b ("+hers["ci-b"].ID+")"); shows != (name != "hidden") {
					t.Errorf("it shows them: %t", shows)
				}
			}
			p.changesNothing()
			e := alices.engine()
			for range 2 {
				progress, said := e.Invoke(revokeUserType, args{"user_email": alice})
				e.NoError(said)
				p.ends(progress, "revoked every personal access token of "+alice)
			}
			p.remain(hers)
			if _, exists := p.defaultOf(owner); exists {
				t.Error("the system's own token is there")
			}
			p.remain(mine, "ci-a")
			p.check(account.Secret(), true)
			p.check(p.Bootstrap().Token, true)
		})
	}
}

// TestRevokeUserPersonalAccessTokens_ownKey refuses where the provider's own key may be one of them, before anything is revoked.
func TestRevokeUserPersonalAccessTokens_ownKey(t *testing.T) {
	t.Parallel()
	switched(t, map[string]func(*fake.Switches){
		"jwt": func(*fake.Switches) {}, "opaque": func(w *fake.Switches) { w.TokenType = "opaque" }, "older": func(w *fake.Switches) { *w = fake.Older() },
		"tenant": func(w *fake.Switches) { w.PATList = "tenant" },
	}, func(p *plane, kind string) {
		e := p.engine(patType)
		for _, dry := range []bool{true, false} {
			_, said := e.Invoke(revokeUserType, args{"user_email": p.Bootstrap().Email, "dry_run": dry})
			contains(p.t, said.Errors(), "The provider's own key "+map[bool]string{true: "may", false: "would"}[kind == "older"]+" be revoked")
		}
		if kind == "older" {
			// There nothing tells whose the key is.
			_, said := e.Invoke(revokeUserType, args{"user_email": alice})
			contains(p.t, said.Errors(), "does not show who owns the provider's key")
		}
		p.changesNothing()
		p.check(p.Bootstrap().Token, true)
	})
}

// TestRevokeUserPersonalAccessTokens_uncertain does not say that tokens were not revoked which may be.
func TestRevokeUserPersonalAccessTokens_uncertain(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	alices := p.ofAlice()
	hers := p.seeded(alice, "ci-a")
	p.fault("DELETE", patsRoute+"/revoke/all", "html-after", 1)
	_, said := alices.engine().Invoke(revokeUserType, args{"user_email": alice})
	contains(t, said.Errors(), "The personal access tokens of "+alice+" might not have been revoked")
	p.remain(hers)
}

// TestRevokeUserPersonalAccessTokens_refused says what to do.
func TestRevokeUserPersonalAccessTokens_refused(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	e := p.engine(patType)
	_, said := e.Invoke(revokeUserType, args{"user_email": "nobody@example.com"})
	contains(t, said.Errors(), "there may be no such user in this tenant")
	p.fault("DELETE", patsRoute+"/revoke/all", "status:403", 1)
	_, said = e.Invoke(revokeUserType, args{"user_email": "nobody@example.com"})
	contains(t, said.Errors(), "Only a tenant administrator may do this")
	p.fault("GET", patsRoute, "status:401", 9)
	_, said = p.engine(patType).Invoke(revokeUserType, args{"user_email": "nobody@example.com"})
	contains(t, said.Errors(), "Unable to list")
	contains(t, e.ValidateAction(revokeUserType, args{"user_email": "nobody"}).Errors(), "must be an e-mail address")
}
