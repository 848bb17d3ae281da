package truefoundry_test

import (
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestVirtualAccount_expired is shown, and reactivated by a later date.
func TestVirtualAccount_expired(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	config := func(days int) args {
		return args{"name": "loader", "expiration_date": account.Stage().Clock.Now().AddDate(0, 0, days).Format(time.DateOnly)}
	}
	first := config(10)
	account.Does("create", first)
	account.pass(11 * day)
	contains(t, account.refresh().Warnings(), "Set a later expiration_date to reactivate it")
	account.Does("nothing", first)
	if got := account.text("status"); got != "expired" {
		t.Errorf("the status is %s", got)
	}
	account.living(0)
	account.Does("update", config(40))
	if got := account.text("status"); got != "active" {
		t.Errorf("the status is %s", got)
	}
	account.works()
	account.end()
}

// TestVirtualAccount_expirationRemoved asks for rotations in the change that removes expiration_date.
func TestVirtualAccount_expirationRemoved(t *testing.T) {
	t.Parallel()
	each(t, []string{"", "keeps", "reissues"}, func(w *fake.Switches, edit string) { limited(w); w.ExpirationEdit = edit }, func(p *plane, edit string) {
		account := p.subject(vaType)
		account.Does("create", args{"name": "loader", "expiration_date": p.Stage().Clock.Now().AddDate(0, 0, 5).Format(time.DateOnly)})
		if account.succeeds(due("72h")); p.mints() != 0 {
			p.t.Fatalf("%d mints", p.mints())
		}
		if edit == "keeps" {
			// The token still expires on that day, and the account does not.
			account.Does("update", due("72h"))
		}
		account.Settled(due("72h"))
		account.works()
		account.end()
	})
}

// TestVirtualAccount_expirationSetElsewhere removes an expiration_date that somebody else has set, and rotates nothing for it.
func TestVirtualAccount_expirationSetElsewhere(t *testing.T) {
	t.Parallel()
	p := emulate(t, limited)
	account := p.subject(vaType)
	account.Does("create", due(nil))
	first := account.works()
	soon := p.Stage().Clock.Now().AddDate(0, 0, 5)
	if err := p.EditVirtualAccount(account.text("id"), func(a *fake.VirtualAccount) {
		a.Manifest["expiration_date"] = soon.Format(time.DateOnly)
		for i := range a.Tokens {
			a.Tokens[i].Expiry = &soon
		}
	}); err != nil {
		t.Fatal(err)
	}
	account.Does("update", due(nil))
	if account.works() != first || p.mints() != 0 {
		t.Errorf("%d mints", p.mints())
	}
	account.end()
}

// TestVirtualAccount_expiredIsNotRotated leaves the token of an account alone that has expired, although it is due.
func TestVirtualAccount_expiredIsNotRotated(t *testing.T) {
	t.Parallel()
	p := emulate(t, limited)
	account := p.subject(vaType)
	account.Does("create", due(nil))
	p.pass(15 * day)
	yesterday := p.Stage().Clock.Now().AddDate(0, 0, -1).Format(time.DateOnly)
	if err := p.EditVirtualAccount(account.text("id"), func(a *fake.VirtualAccount) { a.Manifest["expiration_date"] = yesterday }); err != nil {
		t.Fatal(err)
	}
	p.pass(8 * day)
	contains(t, account.refresh().Warnings(), "has expired")
	if run := account.Run(due(nil)); run.Failed != "" || run.Action != protocoltest.Update || p.mints() != 0 {
		t.Errorf("%s with %d mints: %s", run.Action, p.mints(), run.Diagnostics.Errors())
	}
	account.end()
}
