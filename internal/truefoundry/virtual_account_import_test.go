package truefoundry_test

import (
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestVirtualAccount_importEmpty refuses an id and an identity that are empty.
func TestVirtualAccount_importEmpty(t *testing.T) {
	t.Parallel()
	e := emulate(t).subject(vaType).engine()
	_, byID := e.Import("")
	_, byIdentity := e.ImportByIdentity(args{"id": ""})
	for _, said := range []protocoltest.Diagnostics{byID, byIdentity} {
		contains(t, said.Errors(), "Invalid import ID: The import of a TrueFoundry virtual account requires id, and it is empty.")
	}
}

// TestVirtualAccount_import reads no token: the next apply does, as the configuration asks for it, and leaves nothing to do.
func TestVirtualAccount_import(t *testing.T) {
	t.Parallel()
	each(t, []string{"stored", "not stored", "refused", "shown again", "rotated before", "revoked before", "fails once"}, func(w *fake.Switches, how string) {
		if how == "refused" || how == "shown again" {
			w.TokenType = "opaque"
		}
		if how == "shown again" {
			w.OpaqueTokens = "again"
		}
	}, func(p *plane, how string) {
		const tokenRoute = vasRoute + "/{id}/token"
		seeded, err := p.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": "loader"}})
		if err != nil {
			p.t.Fatal(err)
		}
		account := p.subject(vaType)
		account.imports("loader")
		want, config := seeded.Secret(), args{"name": "loader"}
		account.unchanged("after the import")
		switch how {
		case "not stored":
			want, config = "", args{"name": "loader", "store_token": false}
		case "refused":
			want = ""
		case "rotated before":
			if want, err = p.RegenerateToken(seeded.ID, 0); err != nil {
				p.t.Fatal(err)
			}
		case "revoked before":
			want = ""
			if err := p.DeleteToken(seeded.ID, seeded.ActiveID); err != nil {
				p.t.Fatal(err)
			}
			contains(p.t, account.refresh().Warnings(), "has no token")
		case "fails once":
			p.fault("GET", tokenRoute, "html", 1)
			account.fails("its token could not be read", config)
			p.Stage().Faults.Clear()
		}
		if n := p.requests("GET", tokenRoute); n != 0 && how != "fails once" {
			p.t.Errorf("the token was read %d times", n)
		}
		p.hides("the state", account.Object)
		p.hides("the plan", account.RefreshAndPlan(config))
		said := account.succeeds(config)
		if how == "refused" {
			contains(p.t, said.Warnings(), "The token is to be stored in the state, and TrueFoundry refused to show the token")
			contains(p.t, said.Warnings(), "Add rotation_triggers and apply")
		} else if how != "revoked before" && len(said) > 0 {
			p.t.Error(said)
		}
		if got := account.text("token"); got != want {
			p.t.Errorf("the token is %q", got)
		}
		account.Does("nothing", config)
		if p.mints() != 0 {
			p.t.Error("minted")
		}
		// What could not be read can be issued again.
		if how == "refused" || how == "revoked before" {
			account.Does("update", with(config, trigger("1")))
			account.Does("update", with(config, trigger("2")))
			account.works()
		}
		account.end()
	})
}

// TestVirtualAccount_importThenRotate rotates in the first apply after an import: the token that gives way is read before nobody can.
func TestVirtualAccount_importThenRotate(t *testing.T) {
	t.Parallel()
	each(t, []string{"plain", "encrypted", "opaque", "fails"}, func(w *fake.Switches, how string) {
		limited(w)
		if how == "opaque" {
			w.TokenType = "opaque"
		}
	}, func(p *plane, how string) {
		key, recipient := identity(p.t)
		seeded, err := p.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": "loader"}})
		if err != nil {
			p.t.Fatal(err)
		}
		config := due("72h")
		account := p.subject(vaType)
		account.imports("loader")
		account.Does("update", with(config, args{"store_token": false}))
		account.until(account.moment("expires_at").Add(-9 * day))
		switch how {
		case "encrypted":
			config["encrypt_secret_to"] = []any{recipient}
			account.sealed("update", config, key)
			if decrypt(p.t, account.text("previous_encrypted_secret"), key) != seeded.Secret() {
				p.t.Error("another previous secret")
			}
		case "fails":
			p.fault("GET", vasRoute+"/{id}/token", "html", 1)
			account.fails("Nothing was regenerated", config)
			p.living(0)
			p.check(seeded.Secret(), true)
		default:
			account.Does("update", config)
			account.works()
			if got := account.text("previous_secret"); (got == seeded.Secret()) != (how == "plain") {
				p.t.Errorf("the previous secret is %q", got)
			}
		}
		if how != "fails" {
			p.check(seeded.Secret(), true)
			account.hasPrevious(true)
		}
		account.end()
	})
}
