package truefoundry_test

import (
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

func (s *subject) version() int64 { return s.Object.Number("secret_version") }

// hasVersion fails the test unless the version is the time of a mint just now.
func (s *subject) hasVersion() {
	s.t.Helper()
	if got := s.Stage().Clock.Now().Unix() - s.version(); got < 0 || got > 1800 {
		s.t.Errorf("the version is %d seconds old", got)
	}
}

// TestVirtualAccount_secretVersion grows with every new token, also with one that somebody else has issued, and with nothing else.
func TestVirtualAccount_secretVersion(t *testing.T) {
	t.Parallel()
	each(t, []string{"never", "list", "always"}, func(w *fake.Switches, tells string) {
		w.HideJWTs, w.TokenType = tells, "jwt"
	}, func(p *plane, tells string) {
		t := p.t
		account := p.subject(vaType)
		config := func(trigger string) args {
			return args{"name": "loader", "overlap": "24h", "rotation_triggers": args{"n": trigger}}
		}
		if saved := account.Plan(config("1")); saved.IsKnown("secret_version") {
			t.Error("a creation knows its version")
		}
		account.Does("create", config("1"))
		account.hasVersion()
		first := account.version()
		p.pass(time.Hour)
		for _, edit := range []args{{"tags": args{"a": "b"}}, {"rotate_before_expiry": "24h"}, {"overlap": "48h"}} {
			if saved := account.RefreshAndPlan(with(config("1"), edit)); saved.Number("secret_version") != first {
				t.Errorf("%v plans %s", edit, saved.Attributes["secret_version"])
			}
			account.Does("update", with(config("1"), edit))
		}
		_, recipient := identity(p.t)
		account.Does("update", with(config("1"), args{"encrypt_secret_to": []string{recipient}}))
		account.Does("update", config("1"))
		if account.version() != first {
			t.Errorf("edits have changed the version to %d", account.version())
		}
		p.pass(time.Hour)
		if saved := account.RefreshAndPlan(config("2")); saved.IsKnown("secret_version") {
			t.Error("a rotation knows its version")
		}
		account.Does("update", config("2"))
		account.hasVersion()
		account.Does("update", config("3"))
		p.pass(time.Hour)
		before := account.version()
		if _, err := account.RegenerateToken(account.text("id"), 0); err != nil {
			t.Fatal(err)
		}
		account.refresh()
		if tells != "always" {
			account.hasVersion()
			account.works()
		} else if account.version() < before {
			t.Error("the version has fallen")
		}
		known := account.version()
		p.pass(time.Hour)
		account.Does("nothing", config("3"))
		if account.version() != known {
			t.Error("the version has changed without a mint")
		}
		account.end()
	})
}

// TestVirtualAccount_secretVersionReissued: another expiration_date may have a new token issued, which only the answer tells.
func TestVirtualAccount_secretVersionReissued(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	config := args{"name": "loader", "expiration_date": "2045-01-31"}
	account.Does("create", config)
	before, secret := account.version(), account.text("token")
	account.pass(time.Hour)
	account.Does("update", with(config, args{"expiration_date": "2046-01-31"}))
	if isNew := account.text("token") != secret; isNew != (account.version() > before) {
		t.Errorf("a new token %t, and the version %d after %d", isNew, account.version(), before)
	}
	account.end()
}

// TestVirtualAccount_secretVersionFilled: a state of an older version, and an import, have a version after the refresh, and keep it.
func TestVirtualAccount_secretVersionFilled(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	config := args{"name": "loader"}
	account.Does("create", config)
	account.pass(time.Hour)
	version := account.version()
	account.Object = account.engine().Forget(account.Object, "secret_version")
	if plan := account.Plan(config); plan.Action != "nothing" {
		t.Errorf("without a refresh: a change of %v", plan.Changes())
	}
	account.Does("nothing", config)
	// The time of the mint, as the control plane tells it, lies a moment before the answer.
	if late := account.version() - version; late < -60 || late > 60 {
		t.Errorf("%d instead of %d", account.version(), version)
	}
	account.imports("loader")
	imported := account.version()
	account.pass(time.Hour)
	account.Does("update", config)
	if account.version() != imported || imported == 0 {
		t.Errorf("%d and then %d", imported, account.version())
	}
	account.end()
}
