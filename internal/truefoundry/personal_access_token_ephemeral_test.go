package truefoundry_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// neverAsked fails the test if a request was sent.
func (p *plane) neverAsked() {
	p.t.Helper()
	if n := p.requests("", ""); n != 0 {
		p.t.Errorf("%d requests", n)
	}
}

// TestPersonalAccessToken_ephemeral mints a token that works until it is closed, and leaves nothing behind, on control planes of all ages.
func TestPersonalAccessToken_ephemeral(t *testing.T) {
	t.Parallel()
	switched(t, map[string]func(*fake.Switches){
		"jwt":    func(*fake.Switches) {},
		"opaque": func(w *fake.Switches) { w.TokenType = "opaque" },
		"older":  func(w *fake.Switches) { *w = fake.Older() },
	}, func(p *plane, kind string) {
		e := p.engine(patType)
		config := args{"verify": true, "lifetime": "90m"}
		if kind == "jwt" {
			config = with(config, args{"team_name": "red", "token_type": "opaque", "name_prefix": "ci-"})
		}
		opened := e.MustOpen(patType, config)
		token := opened.Text("token")
		p.check(token, true)
		stored, _ := p.PersonalAccessToken(opened.Text("id"))
		if !rotation.IsEphemeralName(stored.Name) || stored.Name != opened.Text("name") || stored.Token.Secret != token {
			p.t.Errorf("it is called %q", stored.Name)
		}
		if kind == "jwt" && (!strings.HasPrefix(stored.Name, "ci-") || stored.Team != "red" || !strings.HasPrefix(token, "tfy_pat_ci-")) {
			p.t.Errorf("stored is %+v", stored)
		}
		if stored.Expiration == nil || stored.Expiration.Sub(stored.Created).Round(time.Hour/2) != 90*time.Minute {
			p.t.Errorf("it expires at %v", stored.Expiration)
		}
		if !opened.RenewAt.IsZero() {
			p.t.Errorf("it is to be renewed at %s", opened.RenewAt)
		}
		e.NoError(e.Renew(opened))
		p.living(1)
		e.NoError(p.engine(patType).Close(opened))
		p.living(0)
		p.check(token, false)
		// What is gone already is no error.
		e.NoError(p.engine(patType).Close(opened))
		p.neverCreatedByReading()
	})
}

// TestPersonalAccessToken_ephemeralUnclosed leaves a token to its expiry, after which it does not work.
func TestPersonalAccessToken_ephemeralUnclosed(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	token := p.engine(patType).MustOpen(patType, args{}).Text("token")
	p.pass(59 * time.Minute)
	p.check(token, true)
	p.pass(3 * time.Minute)
	p.check(token, false)
}

// TestPersonalAccessToken_ephemeralNotMinted sends nothing.
func TestPersonalAccessToken_ephemeralNotMinted(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	e := p.engine(patType)
	opened := e.MustOpen(patType, args{"mint_when": false})
	for _, name := range []string{"id", "token", "expires_at", "name"} {
		if !opened.IsNull(name) {
			t.Errorf("%s is %s", name, opened.Attributes[name])
		}
	}
	e.NoError(e.Close(opened))
	p.neverAsked()
}

// TestPersonalAccessToken_ephemeralSwept deletes what an earlier run has left behind once it has expired, and nothing else.
func TestPersonalAccessToken_ephemeralSwept(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	past := p.now().Add(-time.Minute)
	foreign, err := p.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "mint-ephemeral-abcdefghij", Expiration: &past})
	if err != nil {
		t.Fatal(err)
	}
	made := p.subject(patType)
	made.Does("create", args{"name_prefix": "mint-ephemeral-", "lifetime": "30m"})
	left := p.engine(patType).MustOpen(patType, args{"lifetime": "30m"})
	alive := p.engine(patType).MustOpen(patType, args{"lifetime": "10h"})
	p.pass(time.Hour)
	p.late += time.Hour
	e := p.engine(patType)
	e.NoError(e.Close(e.MustOpen(patType, args{})))
	for id, stays := range map[string]bool{made.text("id"): true, foreign.ID: true, left.Text("id"): false, alive.Text("id"): true} {
		if _, exists := p.PersonalAccessToken(id); exists != stays {
			t.Errorf("%s exists: %t", id, exists)
		}
	}
	p.check(alive.Text("token"), true)
}

// TestPersonalAccessToken_ephemeralOfUser mints for another user where the list shows the token, and revokes it.
func TestPersonalAccessToken_ephemeralOfUser(t *testing.T) {
	t.Parallel()
	switched(t, visible(), func(p *plane, _ string) {
		alices := p.ofAlice()
		e := alices.engine()
		opened := e.MustOpen(patType, args{"user_email": alice, "verify": true})
		stored, _ := p.PersonalAccessTokenNamed(alice, opened.Text("name"))
		if stored.ID == "" || stored.ID != opened.Text("id") {
			p.t.Errorf("it is %+v, and not %s", stored, opened.Text("id"))
		}
		p.check(opened.Text("token"), true)
		e.NoError(alices.engine().Close(opened))
		p.check(opened.Text("token"), false)
		p.living(0)
		// What another run has left behind is deleted.
		left := alices.engine().MustOpen(patType, args{"user_email": alice})
		alices.passes(2 * time.Hour)
		again := alices.engine().MustOpen(patType, args{"user_email": alice})
		if _, exists := p.PersonalAccessToken(left.Text("id")); exists {
			p.t.Error("the leftover was not deleted")
		}
		e.NoError(alices.engine().Close(again))
		p.living(0)
	})
}

// TestPersonalAccessToken_ephemeralHidden mints for another user where no list shows the token: it works, a warning says that nothing can revoke
// it, and closing says nothing more.
func TestPersonalAccessToken_ephemeralHidden(t *testing.T) {
	t.Parallel()
	switched(t, hiding(), func(p *plane, _ string) {
		alices := p.ofAlice()
		opened, said := alices.engine().Open(patType, args{"user_email": alice, "lifetime": "30m", "verify": true})
		if said.Failed() || len(said.Warnings()) != 1 {
			p.t.Fatal(said)
		}
		contains(p.t, said.Warnings(), "An ephemeral token might not be revoked")
		token := opened.Text("token")
		p.check(token, true)
		if want := alice + "/" + opened.Text("name"); opened.Text("id") != want {
			p.t.Errorf("the id is %q instead of %q", opened.Text("id"), want)
		}
		if closed := alices.engine().Close(opened); len(closed) != 0 {
			p.t.Errorf("closing says %s", closed)
		}
		p.check(token, true)
		p.pass(40 * time.Minute)
		p.check(token, false)
	})
}

// TestPersonalAccessToken_ephemeralShownLate revokes a token that the list shows by the end of the run.
func TestPersonalAccessToken_ephemeralShownLate(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	alices := p.ofAlice()
	opened, said := alices.engine().Open(patType, args{"user_email": alice})
	contains(t, said.Warnings(), "An ephemeral token might not be revoked")
	if err := p.SetSwitches(func(w *fake.Switches) { w.PATList = "made" }); err != nil {
		t.Fatal(err)
	}
	alices.engine().NoError(alices.engine().Close(opened))
	p.check(opened.Text("token"), false)
	p.living(0)
}

// TestPersonalAccessToken_ephemeralFails leaves nothing behind, whatever step fails.
func TestPersonalAccessToken_ephemeralFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		message string
		prepare func(p *plane)
	}{
		"connect": {"Unable to mint ephemeral TrueFoundry personal access token", func(p *plane) { p.fault("GET", patsRoute, "status:403", 9) }},
		"mint":    {"Unable to mint ephemeral TrueFoundry personal access token", func(p *plane) { p.fault("POST", patsRoute, "status:400", 1) }},
		"find": {"revoked again", func(p *plane) {
			p.afterwards["POST"] = func() { p.fault("GET", patsRoute, "status:403", 1) }
		}},
		"verify": {"logging in with it failed", func(p *plane) { p.fault("GET", vasRoute, "status:401", 9) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := emulate(t)
			c.prepare(p)
			opened, said := p.engine(patType).Open(patType, args{"verify": true})
			if opened != nil || len(said.Errors()) != 1 {
				t.Errorf("%v is open: %s", opened, said)
			}
			contains(t, said.Errors(), c.message)
			p.living(0)
		})
	}
}

// TestPersonalAccessToken_ephemeralHiddenFails says that a token works on which does not log in, and which no list shows.
func TestPersonalAccessToken_ephemeralHiddenFails(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	alices := p.ofAlice()
	p.intercept = func(r *http.Request) *http.Response {
		if r.URL.Path == vasRoute {
			refusal := respond(`{"statusCode":401,"message":"Invalid or expired token"}`)
			refusal.StatusCode = http.StatusUnauthorized
			return refusal
		}
		return nil
	}
	opened, said := alices.engine().Open(patType, args{"user_email": alice, "verify": true})
	if opened != nil {
		t.Error("it is open")
	}
	contains(t, said.Errors(), "logging in with it failed")
	contains(t, said.Errors(), "was not revoked. It works until it expires")
}

// TestPersonalAccessToken_ephemeralAnswerLost mints once more after it has deleted what nobody knows the secret of.
func TestPersonalAccessToken_ephemeralAnswerLost(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	p.fault("POST", patsRoute, "drop-after", 1)
	e := p.engine(patType)
	opened := e.MustOpen(patType, args{})
	p.check(opened.Text("token"), true)
	p.living(1)
	e.NoError(e.Close(opened))
	p.living(0)
}

// TestPersonalAccessToken_ephemeralNotClosed reports a token that could not be revoked.
func TestPersonalAccessToken_ephemeralNotClosed(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	e := p.engine(patType)
	opened := e.MustOpen(patType, args{})
	p.fault("DELETE", patsRoute+"/{id}", "status:403", 1)
	closed := e.Close(opened)
	contains(t, closed.Errors(), opened.Text("name")+" ("+opened.Text("id")+") was not revoked")
	p.living(1)
	e.NoError(e.Close(opened))
	p.living(0)
}

// TestPersonalAccessToken_ephemeralRules refuses what cannot work, before anything is sent.
func TestPersonalAccessToken_ephemeralRules(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	e := p.engine(patType)
	for message, config := range map[string]args{
		"at most 26":          {"name_prefix": strings.Repeat("a", 27)},
		"lowercase letter":    {"name_prefix": "CI-"},
		"must not begin with": {"name_prefix": "default-ci-"},
		"an e-mail address":   {"user_email": "alice"},
		"from 1m to 1d":       {"lifetime": "25h"},
		"cannot be specified": {"user_email": alice, "token_type": "jwt"},
	} {
		contains(t, e.ValidateEphemeral(patType, config).Errors(), message)
	}
	p.neverAsked()
}
