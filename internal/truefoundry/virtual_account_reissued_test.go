package truefoundry_test

import (
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestVirtualAccount_reissued: a control plane that issues a new token for another expiration_date begins its age again, whether or not it
// shows which token that is.
func TestVirtualAccount_reissued(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*fake.Switches){
		"tokens are shown":        func(*fake.Switches) {},
		"never listed":            func(w *fake.Switches) { w.HideJWTs = "always" },
		"rows without token ids":  func(w *fake.Switches) { w.Rows = "page" },
		"shown outside the lists": func(w *fake.Switches) { w.HideJWTs = "list" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := emulate(t, func(w *fake.Switches) { set(w); w.TokenType, w.ExpirationEdit = "jwt", "reissues" })
			account := p.subject(vaType)
			account.Does("create", aged(args{"expiration_date": "2045-01-31"}))
			first, version := account.text("token"), account.version()
			p.pass(9 * day)
			config := aged(args{"expiration_date": "2046-01-31"})
			account.Does("update", config)
			if account.text("token") == first || account.version() <= version {
				t.Errorf("the version is %d after %d", account.version(), version)
			}
			p.pass(2 * day)
			account.refresh()
			if due, err := time.Parse(time.RFC3339, account.text("rotation_due_at")); err != nil || due.Before(p.now().Add(7*day)) || account.text("status") != "active" {
				t.Errorf("it is %s, and due at %v (%v)", account.text("status"), due, err)
			}
			account.Does("nothing", config)
			account.end()
		})
	}
}

// TestVirtualAccount_notReissued: the same secret, encrypted once more, is no new token.
func TestVirtualAccount_notReissued(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { w.Rows, w.TokenType, w.ExpirationEdit = "page", "jwt", "moves" })
	account := p.subject(vaType)
	_, recipient := identity(t)
	config := args{"name": "loader", "expiration_date": "2045-01-31", "encrypt_secret_to": []string{recipient}}
	account.Does("create", config)
	version := account.version()
	p.pass(9 * day)
	account.Does("update", config.With(args{"expiration_date": "2046-01-31"}))
	if account.version() != version {
		t.Errorf("the version has grown from %d to %d", version, account.version())
	}
	account.end()
}

// TestVirtualAccount_listLagsAfterAge: a list that still shows the account as it was before a rotation makes the token neither older nor another
// one.
func TestVirtualAccount_listLagsAfterAge(t *testing.T) {
	t.Parallel()
	each(t, []string{"never", "list", "always"}, func(w *fake.Switches, hide string) { w.HideJWTs, w.TokenType = hide, "jwt" }, func(p *plane, _ string) {
		t := p.t
		account := p.subject(vaType)
		config := aged(nil)
		account.Does("create", config)
		p.pass(10*day + time.Minute)
		account.Does("update", config)
		version, mints, token := account.version(), p.mints(), account.text("token")
		p.fault("GET", "", "lag:1", 1)
		if run := account.Run(config); run.Failed != "" || account.version() != version || p.mints() != mints || account.text("token") != token || account.text("status") != "active" {
			t.Errorf("%s %s: version %d after %d, %d mints after %d", run.Action, run.Diagnostics, account.version(), version, p.mints(), mints)
		}
	})
}
