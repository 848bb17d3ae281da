package truefoundry_test

import (
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

func graced(n string) args { return with(args{"name": "loader", "overlap": "72h"}, trigger(n)) }

const jwtRoute = vasRoute + "/{id}/jwt/{jwtId}"

// TestVirtualAccount_olderNotRevoked fails to revoke the last but one token: that is pending, and the next apply does it.
func TestVirtualAccount_olderNotRevoked(t *testing.T) {
	t.Parallel()
	each(t, []string{"apply", "change refused", "waits", "elsewhere"}, nil, func(p *plane, then string) {
		account := p.subject(vaType)
		account.Does("create", graced("1"))
		first := account.works()
		account.Does("update", graced("2"))
		second, older := account.works(), account.text("previous_id")
		p.fault("DELETE", jwtRoute, "status:403", 10)
		diagnostics := account.Run(graced("3")).Diagnostics
		contains(p.t, diagnostics.Errors(), older)
		contains(p.t, diagnostics.Errors(), "Apply again to revoke it")
		p.living(3)
		third := account.works()
		if account.text("previous_secret") != second {
			p.t.Error("the previous token is not in the state")
		}
		p.Stage().Faults.Clear()
		switch then {
		case "apply":
			names, diagnostics := account.plans(graced("3"))
			if len(names) != 1 || names[0] != "previous_revoked_after" {
				p.t.Errorf("%v are planned", names)
			}
			contains(p.t, diagnostics.Warnings(), "is still to be revoked")
			account.Does("update", graced("3"))
			p.living(2)
			p.check(second, true)
		case "change refused":
			// It keeps no earlier token alive.
			p.fault("PUT", vasRoute, "status:403", 1)
			if run := account.Run(with(graced("3"), args{"tags": map[string]any{"a": "b"}})); run.Failed != "apply" {
				p.t.Errorf("failed in %q", run.Failed)
			}
			p.living(2)
			account.Does("nothing", graced("3"))
		case "waits":
			p.pass(4 * day)
			account.Does("nothing", graced("3"))
			p.living(1)
		case "elsewhere":
			if err := p.DeleteToken(account.text("id"), older); err != nil {
				p.t.Fatal(err)
			}
			account.Does("nothing", graced("3"))
			p.living(2)
		}
		p.check(first, false)
		if account.works() != third || p.mints() != 2 {
			p.t.Errorf("%d mints, or another token", p.mints())
		}
		account.end()
	})
}

// TestVirtualAccount_notFoundIsNotRevoked does not believe a 404 about a token that the account still shows.
func TestVirtualAccount_notFoundIsNotRevoked(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	account.Does("create", graced("1"))
	account.Does("update", graced("2"))
	account.fault("DELETE", jwtRoute, "status:404", 1)
	account.fails("still shows the token", graced("3"))
	account.living(3)
	account.Does("update", graced("3"))
	account.living(2)
	account.end()
}

// TestVirtualAccount_rotationFails leaves everything as it was.
func TestVirtualAccount_rotationFails(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	account.Does("create", graced("1"))
	account.Does("update", graced("2"))
	first, second := account.text("previous_secret"), account.works()
	account.fault("POST", vasRoute+"/{id}/regenerate-token", "status:403", 1)
	account.fails("Unable to update", graced("3"))
	if account.works() != second || account.text("previous_secret") != first {
		t.Error("the state has changed")
	}
	account.check(first, true)
	account.living(2)
	account.Does("update", graced("3"))
	account.check(first, false)
	account.living(2)
	account.end()
}

// TestVirtualAccount_crash loses the process between the regeneration and the state: the next run reads the token, or has another
// one issued, and every token is revoked in the end.
func TestVirtualAccount_crash(t *testing.T) {
	t.Parallel()
	each(t, []string{"jwt", "opaque"}, func(w *fake.Switches, kind string) { w.TokenType = kind }, func(p *plane, kind string) {
		account := p.subject(vaType)
		account.Does("create", graced("1"))
		first, id, before := account.works(), account.text("jwt_id"), account.Object
		account.succeeds(graced("2"))
		lost := account.text("jwt_id")
		account.Object = before
		account.Does("update", graced("2"))
		account.works()
		p.check(first, true)
		// If the lost token can be read, it is the previous one. If not, the previous one is that of the state, which works.
		if want := map[string]string{"jwt": lost, "opaque": id}[kind]; account.text("previous_id") != want {
			p.t.Errorf("the previous token is %s", account.text("previous_id"))
		}
		p.check(account.text("previous_secret"), true)
		p.pass(4 * day)
		p.check(first, false)
		account.Does("nothing", graced("2"))
		p.living(1)
		account.end()
	})
}

// TestVirtualAccount_previousRevokedElsewhere drops it with the next refresh.
func TestVirtualAccount_previousRevokedElsewhere(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	account.Does("create", graced("1"))
	account.Does("update", graced("2"))
	if err := account.DeleteToken(account.text("id"), account.text("previous_id")); err != nil {
		t.Fatal(err)
	}
	account.Does("nothing", graced("2"))
	account.hasPrevious(false)
	account.living(1)
	account.end()
}

// TestVirtualAccount_activeRevokedElsewhere has no previous token after a token that is gone, and keeps one that is in its grace period.
func TestVirtualAccount_activeRevokedElsewhere(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	account.Does("create", graced("1"))
	account.Does("update", graced("2"))
	if err := account.DeleteToken(account.text("id"), account.text("jwt_id")); err != nil {
		t.Fatal(err)
	}
	contains(t, account.refresh().Warnings(), "has no token")
	account.hasPrevious(true)
	account.Does("update", graced("3"))
	account.works()
	account.hasPrevious(false)
	account.living(1)
	account.end()
}

// TestVirtualAccount_rotatedElsewhereInOverlap leaves the previous token of this provider's rotation alone.
func TestVirtualAccount_rotatedElsewhereInOverlap(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	account.Does("create", graced("1"))
	account.Does("update", graced("2"))
	previous := account.text("previous_secret")
	if _, err := account.RegenerateToken(account.text("id"), 1); err != nil {
		t.Fatal(err)
	}
	account.Does("nothing", graced("2"))
	account.works()
	if account.text("previous_secret") != previous {
		t.Error("the previous token has changed")
	}
	account.check(previous, true)
	account.living(3)
	account.end()
}

// TestVirtualAccount_overlapEndsWithAccount keeps the previous token no longer than the account lives.
func TestVirtualAccount_overlapEndsWithAccount(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	end := account.Stage().Clock.Now().AddDate(0, 0, 2).Format(time.DateOnly)
	config := func(n string) args { return with(graced(n), args{"expiration_date": end}) }
	account.Does("create", config("1"))
	account.Does("update", config("2"))
	if got := account.moment("previous_revoked_after").Format(time.DateOnly); got != end {
		t.Errorf("ends on %s", got)
	}
	account.pass(3 * day)
	contains(t, account.refresh().Warnings(), "has expired")
	account.hasPrevious(false)
	account.Does("nothing", config("2"))
	account.living(0)
	account.end()
}
