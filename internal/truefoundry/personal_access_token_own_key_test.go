package truefoundry_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// signedKey is a signed key with these claims.
func signedKey(claims string) string {
	return "eyJhbGciOiJSUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2lnbmF0dXJlc2lnbmF0dXJl"
}

// takes has the control plane take one key for another: nothing is documented of the claims that a signed one has.
func (p *plane) takes(key, secret string) {
	p.intercept = func(r *http.Request) *http.Response {
		if r.Header.Get("Authorization") == "Bearer "+key {
			r.Header.Set("Authorization", "Bearer "+secret)
		}
		return nil
	}
}

const unspared = "does not show which of the tokens the provider is logged in with"

// TestRevokePersonalAccessTokens_unknownKey refuses where nothing tells which token the provider is logged in with, also when ids are given.
func TestRevokePersonalAccessTokens_unknownKey(t *testing.T) {
	t.Parallel()
	for name, claims := range map[string]string{
		"older": "", "no id": `{"sub":"USER","exp":4000000000}`, "another id": `{"jti":"another","sub":"USER"}`, "nothing": `{}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := emulate(t, func(w *fake.Switches) {
				if name == "older" {
					*w = fake.Older()
				}
			})
			all := p.seeded("", "ci-a", "ci-b")
			config := args{}
			if claims != "" {
				key := signedKey(strings.ReplaceAll(claims, "USER", p.Bootstrap().UserID))
				p.takes(key, p.Bootstrap().Token)
				config = args{"api_key": key}
			}
			for _, chosen := range []args{{"never_expires": true}, {"ids": []any{p.Bootstrap().ID}}, {"ids": []any{all["ci-a"].ID}}, {"name_prefix": "ci-", "user_email": p.Bootstrap().Email}} {
				_, said := p.engine(patType, config).Invoke(revokeType, chosen)
				contains(t, said.Errors(), unspared)
				contains(t, said.Errors(), "Set api_key to the key of a virtual account")
			}
			p.changesNothing()
			p.remain(all, "ci-a", "ci-b")
			p.check(p.Bootstrap().Token, true)
		})
	}
}

// TestRevokePersonalAccessTokens_othersKey revokes another user's tokens where the key is no token of theirs, although no row names it.
func TestRevokePersonalAccessTokens_othersKey(t *testing.T) {
	t.Parallel()
	switched(t, map[string]func(*fake.Switches){
		"subject": func(w *fake.Switches) { w.PATList = "tenant" },
		"account": func(w *fake.Switches) { *w = fake.Older(); w.PATList = "tenant" },
	}, func(p *plane, kind string) {
		var config args
		if kind == "account" {
			if _, err := p.AddUser(fake.User{Email: alice}); err != nil {
				p.t.Fatal(err)
			}
			config = args{"api_key": p.robot("robot").Secret()}
		} else {
			p.ofAlice()
			key := signedKey(`{"sub":"` + p.Bootstrap().UserID + `"}`)
			p.takes(key, p.Bootstrap().Token)
			config = args{"api_key": key}
		}
		mine, hers := p.seeded("", "ci-a"), p.seeded(alice, "ci-a", "ci-b")
		progress, said := p.engine(patType, config).Invoke(revokeType, args{"name_prefix": "ci-", "user_email": alice})
		p.engine(patType).NoError(said)
		p.ends(progress, "2 revoked")
		p.remain(hers)
		p.remain(mine, "ci-a")
	})
}

// TestRevokePersonalAccessTokens_creators goes by the creators of tokens where nothing else tells whose they are, and leaves other users' alone.
func TestRevokePersonalAccessTokens_creators(t *testing.T) {
	t.Parallel()
	switched(t, map[string]func(*fake.Switches){
		"named": func(*fake.Switches) {}, "by id": func(w *fake.Switches) { w.CreatedBy = "minimal" },
	}, func(p *plane, _ string) {
		if err := p.SetSwitches(func(w *fake.Switches) { w.PATList, w.PATManifest = "tenant", "virtual-account" }); err != nil {
			p.t.Fatal(err)
		}
		if _, err := p.AddUser(fake.User{Email: alice}); err != nil {
			p.t.Fatal(err)
		}
		mine, hers := p.seeded("", "ci-mine"), p.seeded(alice, "ci-hers")
		rows, said := p.engine(patType).List(patType, args{"name_prefix": "ci-"}, whole())
		p.engine(patType).NoError(said)
		if len(rows) != 1 || !strings.HasPrefix(rows[0].DisplayName, "ci-mine") {
			p.t.Errorf("listed are %d", len(rows))
		}
		progress, said := p.engine(patType).Invoke(revokeType, args{"name_prefix": "ci-"})
		p.engine(patType).NoError(said)
		p.ends(progress, "1 revoked")
		p.remain(mine)
		p.remain(hers, "ci-hers")
	})
}

// TestRevokePersonalAccessTokens_unknownCaller asks for the user where tokens have several creators, and nothing tells which one the caller is.
func TestRevokePersonalAccessTokens_unknownCaller(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { w.PATList, w.PATManifest = "tenant", "virtual-account" })
	if _, err := p.AddUser(fake.User{Email: alice}); err != nil {
		t.Fatal(err)
	}
	mine, hers := p.seeded("", "ci-mine"), p.seeded(alice, "ci-hers")
	key := signedKey(`{}`)
	p.takes(key, p.Bootstrap().Token)
	e := p.engine(patType, args{"api_key": key})
	_, said := e.Invoke(revokeType, args{"name_prefix": "ci-"})
	contains(t, said.Errors(), "TrueFoundry lists tokens of several users")
	contains(t, said.Errors(), "Set user_email")
	rows, said := e.List(patType, args{}, whole())
	e.NoError(said)
	if len(rows) != 0 {
		t.Errorf("listed are %d", len(rows))
	}
	p.changesNothing()
	p.remain(mine, "ci-mine")
	p.remain(hers, "ci-hers")
}

// TestRevokePersonalAccessTokens_unusedUntold refuses a filter on the last use where the control plane does not record it: the token may be in
// use. Named by its id, it is revoked.
func TestRevokePersonalAccessTokens_unusedUntold(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { *w = fake.Older(); w.PATList = "tenant" })
	if _, err := p.AddUser(fake.User{Email: alice}); err != nil {
		t.Fatal(err)
	}
	e := p.engine(patType, args{"api_key": p.robot("robot").Secret()})
	hers := p.seeded(alice, "ci-a")
	p.remain(hers, "ci-a")
	for _, filter := range []args{{"never_used": true}, {"unused_for": "1h"}} {
		progress, said := e.Invoke(revokeType, with(args{"user_email": alice}, filter))
		contains(t, said.Errors(), "The filter cannot be applied")
		contains(t, said.Errors(), "when these tokens were last used")
		if len(progress) > 0 {
			t.Errorf("it says %q", progress)
		}
	}
	p.remain(hers, "ci-a")
	_, said := e.Invoke(revokeType, args{"user_email": alice, "never_used": true, "ids": []any{hers["ci-a"].ID}})
	e.NoError(said)
	p.remain(hers)
}
