package truefoundry_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestVirtualAccount_rotatedElsewhere rotates behind Terraform's back: the token is read again, or a warning says why not.
func TestVirtualAccount_rotatedElsewhere(t *testing.T) {
	t.Parallel()
	each(t, []string{"jwt", "opaque"}, func(w *fake.Switches, kind string) { w.TokenType = kind }, func(p *plane, kind string) {
		t, account := p.t, p.subject(vaType)
		config := func(trigger string) args { return args{"name": "loader", "rotation_triggers": args{"n": trigger}} }
		account.Does("create", config("1"))
		first := account.works()
		if _, err := account.RegenerateToken(account.VirtualAccounts()[0].ID, 0); err != nil {
			t.Fatal(err)
		}
		account.check(first, false)
		for range 2 {
			warnings := account.refresh().Warnings()
			if kind == "jwt" && len(warnings) > 0 {
				t.Error(warnings)
			}
			if kind == "opaque" {
				contains(t, warnings, "The token was rotated outside Terraform")
			}
		}
		if kind == "opaque" && account.text("token") != first {
			t.Error("the token of the state was lost")
		}
		account.Does("nothing", config("1"))
		account.Does("update", config("2"))
		account.works()
		if diagnostics := account.refresh(); len(diagnostics) > 0 {
			t.Error(diagnostics)
		}
		account.end()
	})
}

// TestVirtualAccount_tokenRevoked revokes the active token behind Terraform's back, and has a new one issued.
func TestVirtualAccount_tokenRevoked(t *testing.T) {
	t.Parallel()
	each(t, []string{"clear", "stale"}, func(w *fake.Switches, then string) { w.ActiveJWTDelete = then }, func(p *plane, _ string) {
		t, account := p.t, p.subject(vaType)
		config := func(trigger string) args { return args{"name": "loader", "rotation_triggers": args{"n": trigger}} }
		account.Does("create", config("1"))
		if err := account.DeleteToken(account.text("id"), account.text("jwt_id")); err != nil {
			t.Fatal(err)
		}
		contains(t, account.refresh().Warnings(), "has no token")
		account.Does("nothing", config("1"))
		account.Does("update", config("2"))
		account.works()
		account.end()
	})
}

// TestVirtualAccount_adviceWithoutTriggers follows the advice to somebody who has no rotation_triggers: to add them rotates nothing.
func TestVirtualAccount_adviceWithoutTriggers(t *testing.T) {
	t.Parallel()
	each(t, []string{"revoked", "expired", "unreadable"}, func(w *fake.Switches, _ string) { limited(w); w.TokenType = "opaque" }, func(p *plane, how string) {
		account := p.subject(vaType)
		config := args{"name": "loader"}
		account.Does("create", config)
		switch how {
		case "revoked":
			if err := p.DeleteToken(account.text("id"), account.text("jwt_id")); err != nil {
				p.t.Fatal(err)
			}
		case "expired":
			p.pass(31 * day)
		case "unreadable":
			if _, err := p.RegenerateToken(account.text("id"), 0); err != nil {
				p.t.Fatal(err)
			}
		}
		contains(p.t, account.refresh().Warnings(), "Add rotation_triggers and apply, then change it and apply again")
		account.Does("update", with(config, trigger("1")))
		contains(p.t, account.refresh().Warnings(), "Change rotation_triggers")
		account.Does("update", with(config, trigger("2")))
		account.works()
		account.end()
	})
}

func TestVirtualAccount_storeToken(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	config := func(store bool, trigger string) args {
		return args{"name": "loader", "store_token": store, "rotation_triggers": args{"n": trigger}}
	}
	none := func(want protocoltest.Action, config args) {
		t.Helper()
		account.Does(want, config)
		if account.text("token") != "" || account.text("jwt_id") == "" {
			t.Error("the state has a token, or not its id")
		}
	}
	none("create", config(false, "1"))
	none("update", config(false, "2"))
	if _, err := account.RegenerateToken(account.VirtualAccounts()[0].ID, 0); err != nil {
		t.Fatal(err)
	}
	none("nothing", config(false, "2"))
	if n := account.requests("GET", vasRoute+"/{id}/token"); n != 0 {
		t.Errorf("the token was read %d times", n)
	}
	account.Does("update", config(true, "2"))
	account.works()
	none("update", config(false, "2"))
	account.end()
}

// TestVirtualAccount_manyRefreshInOneRequest refreshes accounts of which there are as many as one page holds.
func TestVirtualAccount_manyRefreshInOneRequest(t *testing.T) {
	t.Parallel()
	const many = 1000
	p := emulate(t)
	account := p.subject(vaType)
	account.Does("create", args{"name": "loader"})
	for i := range many - 1 {
		if _, err := p.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": fmt.Sprintf("seeded-%d", i)}}); err != nil {
			t.Fatal(err)
		}
	}
	e := account.engine()
	p.Stage().Journal.Reset()
	for range 12 {
		if next, diagnostics := e.Read(account.Object); next == nil || len(diagnostics) > 0 {
			t.Fatalf("gone, or %v", diagnostics)
		}
	}
	if n := p.requests("", ""); n != 1 {
		t.Errorf("%d requests", n)
	}
	account.end()
}

// TestPersonalAccessToken_imposedEnd asks for a later end than the tenant gives.
func TestPersonalAccessToken_imposedEnd(t *testing.T) {
	t.Parallel()
	token := emulate(t, func(w *fake.Switches) { w.PATMaxAgeDays = 30 }).subject(patType)
	config := args{"name": "capped", "expires_at": "2035-01-31T00:00:00Z"}
	diagnostics := token.Run(config).Diagnostics
	contains(t, diagnostics.Warnings(), "The server gave the token another expiry")
	token.unchanged("after the creation")
	token.Does("nothing", config)
	if got := token.text("expires_at"); got != "2035-01-31T00:00:00Z" {
		t.Errorf("ends at %s", got)
	}
	token.Stage().Clock.Advance(31 * 24 * time.Hour)
	text := token.refresh().Warnings().String()
	contains(t, text, "has expired")
	if strings.Contains(text, "2035") {
		t.Errorf("the message names the end that was asked for: %s", text)
	}
	token.Does("replace", config)
	token.end()
}
