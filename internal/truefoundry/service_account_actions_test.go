package truefoundry_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

const (
	revokeType     = "mint_truefoundry_revoke_personal_access_tokens"
	revokeUserType = "mint_truefoundry_revoke_user_personal_access_tokens"
	syncType       = "mint_truefoundry_sync_virtual_account_token"
	revokeJWTType  = "mint_truefoundry_revoke_virtual_account_token"
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
		p.ends(progress, "2 revoked, 2 spared")
		p.remain(all)
		p.check(p.Bootstrap().Token, true)
		own, exists := p.defaultOf(p.Bootstrap().UserID)
		if !exists {
			p.t.Fatal("the system's own token was revoked")
		}
		// By its id it is revoked; the key never is.
		progress, said = e.Invoke(revokeType, args{"ids": []any{own.ID, p.Bootstrap().ID, "nothing"}})
		e.NoError(said)
		p.ends(progress, "1 revoked, 1 spared, 1 not found")
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

// TestRevokePersonalAccessTokens_older refuses to choose where nothing tells which token the provider is logged in with.
func TestRevokePersonalAccessTokens_older(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { *w = fake.Older() })
	all := p.seeded("", "ci-a", "ci-b")
	e := p.engine(patType)
	_, said := e.Invoke(revokeType, args{"never_expires": true})
	contains(t, said.Errors(), "does not show which of the tokens the provider is logged in with")
	p.changesNothing()
	progress, said := e.Invoke(revokeType, args{"ids": []any{all["ci-a"].ID}})
	e.NoError(said)
	p.ends(progress, "1 revoked")
	p.remain(all, "ci-b")
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
			contains(p.t, said.Errors(), "The provider's own key may be revoked")
		}
		if kind == "older" {
			// There nothing tells whose the key is.
			_, said := e.Invoke(revokeUserType, args{"user_email": alice})
			contains(p.t, said.Errors(), "does not tell whose its key is")
		}
		p.changesNothing()
		p.check(p.Bootstrap().Token, true)
	})
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

// stored adds an account with a secret store.
func (p *plane) stored(name string) fake.VirtualAccount {
	return p.account(fake.Manifest{"name": name, "secret_store_config": map[string]any{"type": "secret-store", "integration_fqn": "acme:store", "secret_path": "a/b"}})
}

// TestSyncVirtualAccountToken writes the active token to the store, by the account's id or name, again only where it is forced to or the plane
// is an older one.
func TestSyncVirtualAccountToken(t *testing.T) {
	t.Parallel()
	switched(t, map[string]func(*fake.Switches){"newer": func(*fake.Switches) {}, "older": func(w *fake.Switches) { w.AccountPlane = "older" }}, func(p *plane, kind string) {
		account := p.stored("loader")
		at := func(config args) time.Time {
			e := p.engine(vaType)
			progress, said := e.Invoke(syncType, config)
			e.NoError(said)
			_, when, isTold := strings.Cut(strings.Join(progress, "\n"), "("+account.ID+"), synchronized at ")
			synced, err := time.Parse(time.RFC3339, when)
			if now, _ := p.VirtualAccount(account.ID); !isTold || err != nil || now.SyncedSecret != account.Secret() || synced.Sub(now.SyncedAt.Truncate(time.Second)).Abs() > time.Second {
				p.t.Errorf("%q, %v, stored at %v", progress, err, now.SyncedAt)
			}
			return synced
		}
		first := at(args{"id": account.ID})
		p.pass(time.Hour)
		if second := at(args{"name": "loader"}); second.After(first) != (kind == "older") {
			p.t.Errorf("it was written at %s, and then at %s", first, second)
		}
		p.pass(time.Hour)
		if third := at(args{"name": "loader", "force": true}); third.Sub(first) < 2*time.Hour {
			p.t.Errorf("it was not written again, but at %s", third)
		}
	})
}

// TestSyncVirtualAccountToken_fails: a problem that comes in a 200 is an error, too.
func TestSyncVirtualAccountToken_fails(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { w.SyncError = "the store is sealed" })
	p.stored("loader")
	p.account(fake.Manifest{"name": "bare"})
	e := p.engine(vaType)
	for message, config := range map[string]args{
		"to its secret store: the store is sealed":        {"name": "loader"},
		"Only an account with a secret_store_config":      {"name": "bare"},
		"No such TrueFoundry virtual account":             {"name": "nobody"},
		"There is no virtual account with the id nothing": {"id": "nothing"},
	} {
		progress, said := e.Invoke(syncType, config)
		if contains(t, said.Errors(), message); len(said.Errors()) != 1 || len(progress) != 0 {
			t.Errorf("%q, %s", progress, said)
		}
	}
	contains(t, e.ValidateAction(syncType, args{}).Errors(), "one (and only one)")
}

// TestRevokeVirtualAccountToken revokes one issued token and no other, says when it was the active one, and can be repeated.
func TestRevokeVirtualAccountToken(t *testing.T) {
	t.Parallel()
	switched(t, map[string]func(*fake.Switches){
		"newer": func(*fake.Switches) {}, "older": func(w *fake.Switches) { w.AccountPlane = "older" }, "dead": func(w *fake.Switches) { w.KeepDeadJWTs = true },
		"stale": func(w *fake.Switches) { w.ActiveJWTDelete = "stale" }, "silent": func(w *fake.Switches) { w.HideJWTs = "always" },
	}, func(p *plane, kind string) {
		account := p.account(fake.Manifest{"name": "loader"})
		second, err := p.RegenerateToken(account.ID, 3)
		if err != nil {
			p.t.Fatal(err)
		}
		first := account.Secret()
		now, _ := p.VirtualAccount(account.ID)
		e := p.engine(vaType)
		previous := args{"name": "loader", "jwt_id": account.ActiveID}
		progress, said := e.Invoke(revokeJWTType, with(previous, args{"dry_run": true}))
		e.NoError(said)
		p.ends(progress, "dry run: nothing was changed")
		p.changesNothing()
		progress, said = e.Invoke(revokeJWTType, previous)
		e.NoError(said)
		if p.ends(progress, "revoked the token "+account.ActiveID+" of the virtual account loader ("+account.ID+")"); len(progress) != 1 {
			p.t.Errorf("it says %q", progress)
		}
		p.check(first, false)
		p.check(second, true)
		progress, said = e.Invoke(revokeJWTType, previous)
		e.NoError(said)
		if kind != "silent" {
			contains(p.t, progress, "already gone")
		}
		progress, said = e.Invoke(revokeJWTType, args{"id": account.ID, "jwt_id": now.ActiveID})
		e.NoError(said)
		contains(p.t, progress, "is the active token of the virtual account loader")
		p.check(second, false)
		progress, said = e.Invoke(revokeJWTType, args{"id": account.ID, "jwt_id": now.ActiveID})
		e.NoError(said)
		if kind != "silent" {
			contains(p.t, progress, "already gone")
		}
	})
}

// TestRevokeVirtualAccountToken_ownKey refuses the token that the provider is logged in with, or may be, before anything is sent.
func TestRevokeVirtualAccountToken_ownKey(t *testing.T) {
	t.Parallel()
	each(t, []string{"jwt", "opaque"}, func(w *fake.Switches, kind string) { w.TokenType = kind }, func(p *plane, kind string) {
		robot := p.robot("robot")
		e := p.engine(vaType, args{"api_key": robot.Secret()})
		for _, dry := range []bool{true, false} {
			_, said := e.Invoke(revokeJWTType, args{"name": "robot", "jwt_id": robot.ActiveID, "dry_run": dry})
			contains(p.t, said.Errors(), refused)
		}
		if kind == "opaque" {
			_, said := e.Invoke(revokeJWTType, args{"name": "robot", "jwt_id": "another"})
			contains(p.t, said.Errors(), "which may be the token another")
		}
		p.changesNothing()
		p.check(robot.Secret(), true)
		// An earlier token of the same account is another one, as far as the key tells.
		if _, err := p.RegenerateToken(robot.ID, 3); err != nil {
			p.t.Fatal(err)
		}
		now, _ := p.VirtualAccount(robot.ID)
		if _, said := e.Invoke(revokeJWTType, args{"name": "robot", "jwt_id": now.ActiveID}); said.Failed() != (kind == "opaque") {
			p.t.Errorf("it says %s", said)
		}
		p.check(robot.Secret(), true)
	})
}

// TestRevokeVirtualAccountToken_refused reports a token that still works.
func TestRevokeVirtualAccountToken_refused(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { w.ActiveJWTDelete = "refused" })
	account := p.account(fake.Manifest{"name": "loader"})
	_, said := p.engine(vaType).Invoke(revokeJWTType, args{"name": "loader", "jwt_id": account.ActiveID})
	contains(t, said.Errors(), "was not revoked, and still works")
	contains(t, said.Errors(), "The active token cannot be deleted")
	p.check(account.Secret(), true)
	_, said = p.engine(vaType).Invoke(revokeJWTType, args{"name": "nobody", "jwt_id": "x"})
	contains(t, said.Errors(), "No such TrueFoundry virtual account")
}

// TestActions_redacted shows no secret in what an action says, whatever the control plane answers.
func TestActions_redacted(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	account := p.stored("loader")
	e := p.engine(vaType)
	e.MustOpen(vaTokenType, args{"name": "loader"})
	p.intercept = func(r *http.Request) *http.Response {
		if !strings.HasSuffix(r.URL.Path, "/sync-to-secret-store") {
			return nil
		}
		return respond(`{"syncTokenInSecretStoreInfo":{"updatedAt":"2026-01-01T00:00:00Z","error":"cannot write ` + account.Secret() + `"}}`)
	}
	_, said := e.Invoke(syncType, args{"name": "loader"})
	contains(t, said.Errors(), "cannot write")
	if strings.Contains(saying(said), account.Secret()) {
		t.Error("the message shows the token")
	}
}
