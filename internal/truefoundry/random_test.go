package truefoundry_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest/randomrun"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// anyPlane is a control plane of one of the kinds.
func anyPlane(t *testing.T, d *randomrun.Draw, change func(*fake.Switches)) (p *plane, kind string) {
	t.Helper()
	kinds := planes()
	kind = randomrun.Pick(d, append(slices.Sorted(maps.Keys(kinds)), "current")...)
	return emulate(t, func(w *fake.Switches) {
		if set := kinds[kind]; set != nil {
			set(w)
		}
		change(w)
	}), kind
}

// randomCase is what is common to both kinds.
func (p *plane) randomCase(kind string) *randomrun.Case {
	return &randomrun.Case{
		Start: p.startsWith(kind),
		Clock: p.Stage().Clock, Faults: p.Stage().Faults, Requests: 12,
		Secret:   "token",
		Refusals: []string{"The token would be rotated in every run", "The token would be expired when it is minted", "The id of the token is not known yet"},
		Works: func(token randomrun.Token) bool {
			probe, err := fake.UseToken(p.t.Context(), p.base, token.Secret)
			return err == nil && probe.Works()
		},
		End: p.neverCreatedByReading,
	}
}

// startsWith starts processes whose provider has these arguments beside the usual ones.
func (p *plane) startsWith(kind string, more ...args) func(*protocoltest.Network) *protocoltest.Engine {
	return func(network *protocoltest.Network) *protocoltest.Engine {
		process := p.process(kind, more...)
		network.Next, process.Network = p, network
		process.Server = p.serverOn(network)
		return protocoltest.Start(p.t, process)
	}
}

func route(method, path string) fakeapi.Fault {
	return fakeapi.Fault{System: fake.Name, Method: method, Route: path}
}

// TestPersonalAccessToken_random takes a token through random runs, on every kind of control plane.
func TestPersonalAccessToken_random(t *testing.T) {
	t.Parallel()
	randomrun.Test(t, func(t *testing.T, d *randomrun.Draw) *randomrun.Case {
		t.Helper()
		capped := d.OneIn(4)
		p, kind := anyPlane(t, d, func(w *fake.Switches) {
			if capped {
				w.PATMaxAgeDays = 20
			}
		})
		c := p.randomTokens("")
		c.About = fmt.Sprintf("control plane %q, capped %t", kind, capped)
		return c
	})
}

// TestPersonalAccessTokenOfUser_random does so with a token of another user, where the list is the
// whole tenant's.
func TestPersonalAccessTokenOfUser_random(t *testing.T) {
	t.Parallel()
	randomrun.Test(t, func(t *testing.T, d *randomrun.Draw) *randomrun.Case {
		t.Helper()
		kind := randomrun.Pick(d, "tenant", "untold")
		p := emulate(t, visible()[kind])
		block := p.ofAlice().block
		c := p.randomTokens(alice)
		c.About = fmt.Sprintf("administrators are shown %q", kind)
		// A list that is refused shows nothing, and is no failure: then a token is known by its name.
		c.Routes, c.List = []fakeapi.Fault{route("POST", forUser), route("DELETE", patsRoute+"/{id}")}, route("GET", vasRoute)
		c.Mint = route("POST", forUser)
		c.Config = theirs("0")
		c.Edits = slices.DeleteFunc(c.Edits, func(e randomrun.Edit) bool { return e.Name == "token_type" || kind == "untold" && e.Name == "name" })
		c.ImportID = func(of *protocoltest.Object) string { return alice + "/" + of.Text("id") }
		c.Start = p.startsWith(patType, block)
		return c
	})
}

// randomTokens are the random runs of a user's tokens.
func (p *plane) randomTokens(owner string) *randomrun.Case {
	before := p.PersonalAccessTokens()
	c := p.randomCase(patType)
	c.Routes = []fakeapi.Fault{route("GET", patsRoute), route("POST", patsRoute), route("DELETE", patsRoute+"/{id}")}
	c.Mint, c.List, c.Current = route("POST", patsRoute), route("GET", patsRoute), "id"
	c.Config, c.Needs = overlapping("0"), []string{"name", "name_prefix", "expires_at", "team_name", "token_type"}
	c.Edits = p.tokenEdits()
	c.Stored = func() []randomrun.Token {
		var all []randomrun.Token
		for _, pat := range p.PersonalAccessTokens() {
			if !slices.ContainsFunc(before, func(old fake.PersonalAccessToken) bool { return old.ID == pat.ID }) {
				all = append(all, randomrun.Token{ID: pat.ID, Name: pat.Name, Secret: pat.Token.Secret, Expires: pat.Expiration})
			}
		}
		return all
	}
	c.Delete = func(token randomrun.Token) {
		if err := p.DeletePersonalAccessToken(token.ID); err != nil {
			p.t.Error(err)
		}
	}
	// The name of the next generation, under which a later run finds it.
	c.Findable = func(token randomrun.Token, of *protocoltest.Object) bool {
		prefix, _ := rotation.Prefix(token.Name)
		return of.Text("id") != "" && token.Name == rotation.NextName(prefix, of.Text("id"))
	}
	c.ImportID = func(of *protocoltest.Object) string { return of.Text("id") }
	c.Stranger = func(d *randomrun.Draw) randomrun.Token {
		pat, err := p.AddPersonalAccessToken(fake.PersonalAccessToken{Name: fmt.Sprintf("theirs-%d", d.IntN(1e9)), Owner: owner})
		if err != nil {
			p.t.Error(err)
		}
		return randomrun.Token{ID: pat.ID, Name: pat.Name, Secret: pat.Token.Secret}
	}
	return c
}

// tokenEdits are what a random run changes of a token; those that do not go together are left out.
func (p *plane) tokenEdits() []randomrun.Edit {
	edits := []randomrun.Edit{
		randomrun.Triggers(), randomrun.Encrypts(),
		randomrun.Set("overlap", nil, "24h", "72h", "200h"),
		{Name: "name_prefix", Make: func(d *randomrun.Draw) args {
			return args{"name_prefix": randomrun.Pick(d, "ci-", "deploy-"), "name": nil}
		}},
		{Name: "name", Make: func(d *randomrun.Draw) args {
			return args{"name": randomrun.Pick(d, "fixed", "fast"), "name_prefix": nil, "overlap": nil}
		}},
		randomrun.Set("rotate_before_expiry", nil, "48h", "100h"), randomrun.Set("rotate_after", nil, nil, "200h", "350h"),
		{Name: "lifetime", Make: func(d *randomrun.Draw) args {
			return args{"lifetime": randomrun.Pick[any](d, nil, "720h", "400h", "500h"), "expires_at": nil}
		}},
		{Name: "expires_at", Make: func(d *randomrun.Draw) args {
			return args{"expires_at": rotation.Format(d.Now().Add(400 * time.Hour)), "lifetime": nil, "rotate_before_expiry": nil}
		}},
	}
	if p.Switches().OldFields != "refused" {
		edits = append(edits, randomrun.Set("team_name", nil, "red", "blue"), randomrun.Set("token_type", nil, "jwt", "opaque"))
	}
	return edits
}

// TestVirtualAccount_random takes an account through random runs.
func TestVirtualAccount_random(t *testing.T) {
	t.Parallel()
	randomrun.Test(t, func(t *testing.T, d *randomrun.Draw) *randomrun.Case {
		t.Helper()
		limited := d.OneIn(3)
		p, kind := anyPlane(t, d, func(w *fake.Switches) {
			// An opaque token is told once: the secret of one that was minted by a process that died is lost, of which Read warns.
			w.TokenType = "jwt"
			if limited {
				w.AccountTokenDays = 20
			}
		})
		c := p.randomCase(vaType)
		c.About = fmt.Sprintf("control plane %q, limited %t", kind, limited)
		c.Routes = []fakeapi.Fault{
			route("GET", vasRoute), route("PUT", vasRoute), route("POST", vasRoute+"/{id}/regenerate-token"), route("DELETE", jwtRoute), route("DELETE", vasRoute+"/{id}"),
		}
		c.Mint, c.List, c.Current = route("POST", vasRoute+"/{id}/regenerate-token"), route("GET", vasRoute), "jwt_id"
		c.Config = with(graced("0"), args{"permissions": []any{permission("a:b", "viewer")}})
		c.Needs, c.Edits = []string{"name", "expiration_date"}, p.accountEdits()
		c.Stored = p.accountTokens
		c.Delete = p.deleteAccountToken
		return c
	})
}

// accountTokens are the tokens that were issued for accounts, one for each.
func (p *plane) accountTokens() []randomrun.Token {
	var all []randomrun.Token
	for _, account := range p.VirtualAccounts() {
		for _, token := range account.Tokens {
			all = append(all, randomrun.Token{ID: token.ID, Account: account.ID, Name: account.Name(), Secret: token.Secret, Expires: token.Expiry})
		}
	}
	return all
}

// deleteAccountToken deletes an account with its active token, or a token that has only its grace period left.
func (p *plane) deleteAccountToken(token randomrun.Token) {
	account, _ := p.VirtualAccount(token.Account)
	err := p.DeleteToken(token.Account, token.ID)
	if account.ActiveID == token.ID {
		err = p.DeleteVirtualAccount(token.Account)
	}
	if err != nil {
		p.t.Error(err)
	}
}

func (p *plane) accountEdits() []randomrun.Edit {
	edits := []randomrun.Edit{
		randomrun.Triggers(), randomrun.Encrypts(),
		randomrun.Set("overlap", nil, "24h", "72h", "90m"),
		randomrun.Set("rotate_before_expiry", nil, "48h", "100h"), randomrun.Set("rotate_after", nil, nil, "200h", "350h"),
		randomrun.Set("store_token", nil, nil, false),
		randomrun.Set("expiration_date", nil, nil, "2045-01-31"),
	}
	if p.Switches().OldFields == "" {
		edits = append(edits, randomrun.Set("tags", nil, args{"a": "x"}, args{"a": "y"}))
	}
	return edits
}
