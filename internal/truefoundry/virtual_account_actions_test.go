package truefoundry_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

const (
	syncType      = "mint_truefoundry_sync_virtual_account_token"
	revokeJWTType = "mint_truefoundry_revoke_virtual_account_token"
)

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
		"to its secret store: the store is sealed":                                            {"name": "loader"},
		"Only an account with a secret_store_config":                                          {"name": "bare"},
		"None of the 2 virtual accounts that the provider's key can see is named \"nobody\".": {"name": "nobody"},
		"There is no virtual account with the id \"nothing\"":                                 {"id": "nothing"},
	} {
		progress, said := e.Invoke(syncType, config)
		if contains(t, said.Errors(), message); len(said.Errors()) != 1 || len(progress) != 0 {
			t.Errorf("%q, %s", progress, said)
		}
		if isMissing := strings.Contains(message, "provider's key can see") || config["id"] != nil; isMissing != (said[0].Summary == "No such TrueFoundry virtual account") {
			t.Errorf("%s: the summary is %q", message, said[0].Summary)
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
		gone := func(config args, text string) {
			progress, said := e.Invoke(revokeJWTType, config)
			e.NoError(said)
			if kind == "silent" {
				text = "TrueFoundry does not show which tokens the account has"
			}
			contains(p.t, progress[len(progress)-1:], text)
			contains(p.t, progress[len(progress)-1:], "so nothing was revoked. It may have been revoked already")
		}
		gone(previous, "not found: the virtual account loader ("+account.ID+") has no token with the id "+account.ActiveID)
		gone(previous, "its tokens are: "+now.ActiveID)
		progress, said = e.Invoke(revokeJWTType, args{"id": account.ID, "jwt_id": now.ActiveID})
		e.NoError(said)
		contains(p.t, progress, "is the active token of the virtual account loader ("+account.ID+"): once it is revoked, the account has no active token until another one is issued")
		p.check(second, false)
		gone(args{"id": account.ID, "jwt_id": now.ActiveID}, "it has no tokens now")
	})
}

// TestRevokeVirtualAccountToken_untold warns of a token that may be the active one where nothing tells.
func TestRevokeVirtualAccountToken_untold(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { w.Rows = "page" })
	account := p.account(fake.Manifest{"name": "loader"})
	e := p.engine(vaType)
	progress, said := e.Invoke(revokeJWTType, args{"name": "loader", "jwt_id": "bogus"})
	e.NoError(said)
	contains(t, progress, "bogus may be the active token")
	contains(t, progress, "so the account may not have this one")
	contains(t, progress, "not found: TrueFoundry knows no token with the id bogus")
	p.check(account.Secret(), true)
	progress, said = e.Invoke(revokeJWTType, args{"name": "loader", "jwt_id": account.ActiveID})
	e.NoError(said)
	p.ends(progress, "revoked the token "+account.ActiveID+" of the virtual account loader ("+account.ID+")")
	p.check(account.Secret(), false)
}

// TestRevokeVirtualAccountToken_uncertain does not say that a token works which may be revoked.
func TestRevokeVirtualAccountToken_uncertain(t *testing.T) {
	t.Parallel()
	switched(t, map[string]func(*fake.Switches){
		"unread": func(*fake.Switches) {}, "silent": func(w *fake.Switches) { w.HideJWTs = "always" },
	}, func(p *plane, kind string) {
		account := p.account(fake.Manifest{"name": "loader"})
		p.fault("DELETE", vasRoute+"/{id}/jwt/{jwtId}", "html-after", 1)
		if kind == "unread" {
			p.afterwards["DELETE"] = func() { p.fault("GET", vasRoute+"/{id}", "status:403", 1) }
		}
		_, said := p.engine(vaType).Invoke(revokeJWTType, args{"id": account.ID, "jwt_id": account.ActiveID})
		contains(p.t, said.Errors(), "might not have been revoked")
		if strings.Contains(saying(said), "still works") {
			p.t.Errorf("it says %s", said)
		}
		p.check(account.Secret(), false)
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

// TestRevokeVirtualAccountToken_unknownKey refuses where the key is one of the account, and its id is not that of an issued token.
func TestRevokeVirtualAccountToken_unknownKey(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	robot := p.robot("robot")
	key := signedKey(`{"sub":"` + robot.ID + `","jti":"another"}`)
	p.takes(key, robot.Secret())
	_, said := p.engine(vaType, args{"api_key": key}).Invoke(revokeJWTType, args{"name": "robot", "jwt_id": robot.ActiveID})
	contains(t, said.Errors(), refused)
	contains(t, said.Errors(), "which may be the token "+robot.ActiveID)
	p.changesNothing()
	p.check(robot.Secret(), true)
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
