package truefoundry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// aged is a configuration that rotates a token that is ten days old.
func aged(more args) args {
	return with(args{"name": "loader", "rotate_after": "240h", "overlap": "72h"}, more)
}

// TestVirtualAccount_rotateAfter rotates a token that never expires when it is that old: it is the token's age that counts, and not the
// account's, also where the control plane does not show tokens.
func TestVirtualAccount_rotateAfter(t *testing.T) {
	t.Parallel()
	each(t, []string{"never", "list", "always"}, func(w *fake.Switches, hide string) { w.HideJWTs = hide }, func(p *plane, _ string) {
		account := p.subject(vaType)
		if saved := account.Plan(aged(nil)); saved.IsKnown("rotation_due_at") {
			p.t.Error("a creation knows when it is due")
		}
		account.Does("create", aged(nil))
		for range 2 {
			first := account.works()
			due := account.moment("rotation_due_at")
			if off := due.Sub(p.Stage().Clock.Now().Add(10 * day)).Abs(); off > time.Minute {
				p.t.Errorf("it is due at %s", due)
			}
			account.until(due.Add(-10 * time.Second))
			account.Does("nothing", aged(nil))
			account.until(due.Add(time.Second))
			account.refresh()
			if plan := account.Plan(aged(nil)); account.text("status") != "due" || plan.IsKnown("status") || plan.IsKnown("rotation_due_at") {
				p.t.Errorf("the status is %s, and planned as %s", account.text("status"), plan.Attributes["status"])
			}
			account.Does("update", aged(nil))
			account.works()
			p.check(first, true)
			account.hasVersion()
		}
		if p.mints() != 2 {
			p.t.Errorf("%d mints", p.mints())
		}
		account.end()
	})
}

// TestVirtualAccount_rotateAfterRules: beside TrueFoundry's own rotation it is refused, and with a mapping it has no effect. With an
// expiration_date it rotates, but not when the account has expired.
func TestVirtualAccount_rotateAfterRules(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	e := account.engine()
	refused := e.Validate(aged(args{"auto_rotate": args{"auto_rotate_interval": 30, "grace_period": 1}}))
	contains(t, refused.Errors(), "rotate_after would rotate it, too. Set one of the two")
	mapped := args{"identity_provider_mapping": []any{args{"identity_provider": "tenant:idp", "value": "loader"}}}
	contains(t, e.Validate(aged(mapped)).Warnings(), "rotate_after has no effect")
	contains(t, e.Validate(aged(args{"overlap": "241h"})).Warnings(), "With this rotate_after the token is rotated every 10d")
	if said := e.Validate(aged(args{"expiration_date": "2045-01-31"})); len(said) > 0 {
		t.Error(said)
	}

	end := account.Stage().Clock.Now().Add(15 * day).UTC().Format(time.DateOnly)
	dated := aged(args{"expiration_date": end})
	account.Does("create", dated)
	minted := account.Stage().Clock.Now()
	account.moment("rotation_due_at")
	account.until(minted.Add(10*day + time.Minute))
	account.Does("update", dated)
	if account.mints() != 1 || !account.Object.IsNull("rotation_due_at") {
		t.Errorf("%d mints, due at %s", account.mints(), account.text("rotation_due_at"))
	}
	account.until(minted.Add(40 * day))
	account.Does("nothing", dated)
	if account.mints() != 1 || account.text("status") != "expired" {
		t.Errorf("%d mints, %s", account.mints(), account.text("status"))
	}
	account.end()
}

// TestVirtualAccount_rotateAfterElsewhere: a token that somebody else has issued is as old as that.
func TestVirtualAccount_rotateAfterElsewhere(t *testing.T) {
	t.Parallel()
	each(t, []string{"never", "list"}, func(w *fake.Switches, hide string) { w.HideJWTs, w.TokenType = hide, "jwt" }, func(p *plane, _ string) {
		account := p.subject(vaType)
		account.Does("create", aged(nil))
		p.pass(9 * day)
		if _, err := p.RegenerateToken(account.text("id"), 0); err != nil {
			p.t.Fatal(err)
		}
		account.refresh()
		if off := account.moment("rotation_due_at").Sub(p.Stage().Clock.Now().Add(10 * day)).Abs(); off > time.Minute {
			p.t.Errorf("it is due at %s", account.text("rotation_due_at"))
		}
		p.pass(2 * day)
		account.Does("nothing", aged(nil))
		account.end()
	})
}

// TestVirtualAccount_rotateAfterEdited: an edit alone rotates nothing, and its plan says when the token is due then. A state of an older
// version plans nothing.
func TestVirtualAccount_rotateAfterEdited(t *testing.T) {
	t.Parallel()
	account := emulate(t, limited).subject(vaType)
	account.Does("create", due("72h"))
	account.pass(15 * day)
	before := account.moment("rotation_due_at")
	account.Object = account.engine().Forget(account.Object, "secret_version", "rotation_due_at", "rotate_after")
	if plan := account.Plan(due("72h")); plan.Action != "nothing" {
		t.Errorf("without a refresh: a change of %v", plan.Changes())
	}
	account.Does("nothing", due("72h"))
	if !account.moment("rotation_due_at").Equal(before) {
		t.Errorf("it is due at %s instead of %s", account.text("rotation_due_at"), before)
	}
	for _, age := range []string{"18d", "10d", "25d"} {
		config := with(due("72h"), args{"rotate_after": age})
		saved := account.RefreshAndPlan(config)
		if run := account.Apply(saved, config); run.Failed != "" || !saved.IsKnown("rotation_due_at") {
			t.Fatalf("%s, %s", saved.Attributes["rotation_due_at"], run.Diagnostics)
		}
		planned := account.text("rotation_due_at")
		account.refresh()
		if account.text("rotation_due_at") != planned || account.mints() != 0 || (account.text("status") == "due") != strings.HasPrefix(age, "10") {
			t.Errorf("%s: due at %s and then at %s, %s", age, planned, account.text("rotation_due_at"), account.text("status"))
		}
		if age == "25d" && !account.moment("rotation_due_at").Equal(before) {
			t.Errorf("the expiry comes first, and not %s", account.text("rotation_due_at"))
		}
	}
	account.end()
}
