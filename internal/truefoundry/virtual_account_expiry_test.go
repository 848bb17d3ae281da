package truefoundry_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// limited is a control plane on which every token of an account expires after 30 days.
func limited(w *fake.Switches) { w.AccountTokenDays = 30 }

// due is a configuration that rotates ten days before the token expires.
func due(overlap any) args {
	return args{"name": "loader", "rotate_before_expiry": "240h", "overlap": overlap}
}

// TestVirtualAccount_beforeExpiry rotates at the threshold, and not before, where the control plane tells when a token expires,
// and never where it does not.
func TestVirtualAccount_beforeExpiry(t *testing.T) {
	t.Parallel()
	each(t, []string{"never", "list", "always"}, func(w *fake.Switches, hide string) { limited(w); w.HideJWTs = hide }, func(p *plane, hide string) {
		account := p.subject(vaType)
		if hide == "always" {
			account.Does("create", due("72h"))
			p.pass(29 * day)
			if got := account.Run(due("72h")).Diagnostics.Summaries(); got != "rotate_before_expiry has no effect" {
				p.t.Errorf("it says %q", got)
			}
			account.Does("nothing", due("72h"))
			account.end()
			return
		}
		for _, overlap := range map[string][]any{"never": {nil, "72h"}, "list": {"72h"}}[hide] {
			account.Does("create", due(overlap))
			first := account.works()
			threshold := account.moment("expires_at").Add(-10 * day)
			account.until(threshold.Add(-10 * time.Second))
			account.Does("nothing", due(overlap))
			// The control plane tells its time in whole seconds.
			account.until(threshold.Add(time.Second))
			account.refresh()
			if plan := account.Plan(due(overlap)); account.text("status") != "due" || plan.IsKnown("status") {
				p.t.Errorf("the status is %s, and planned as %s", account.text("status"), plan.Attributes["status"])
			}
			account.Does("update", due(overlap))
			if account.works(); account.text("status") != "active" {
				p.t.Errorf("the status is %s", account.text("status"))
			}
			p.check(first, overlap != nil)
			account.hasPrevious(overlap != nil)
			if overlap != nil {
				if p.living(2); account.text("previous_secret") != first {
					p.t.Error("the previous secret is another")
				}
				p.pass(4 * day)
				account.Does("nothing", due(overlap))
				account.hasPrevious(false)
				p.check(first, false)
			}
			p.living(1)
			account.end()
		}
	})
}

// TestVirtualAccount_savedPlans applies plans a day after they were made, over every threshold.
func TestVirtualAccount_savedPlans(t *testing.T) {
	t.Parallel()
	account := emulate(t, limited).subject(vaType)
	account.Does("create", due("72h"))
	first := account.works()
	account.until(account.moment("expires_at").Add(-10*day - 12*time.Hour))
	account.later(with(due("72h"), args{"overlap": "96h"}), day)
	if account.mints() != 0 || account.works() != first {
		t.Error("the update has rotated")
	}
	account.later(due("72h"), day)
	if account.mints() != 1 || account.works() == first {
		t.Error("the rotation has not rotated once")
	}
	account.check(first, true)
	account.living(2)
	if names := account.later(due("72h"), 4*day).Changes(); len(names) > 0 {
		t.Errorf("changes of %v", names)
	}
	account.check(first, false)
	account.Does("nothing", due("72h"))
	account.hasPrevious(false)
	account.end()
}

// TestVirtualAccount_editsRotateNothing edits what never rotates by itself.
func TestVirtualAccount_editsRotateNothing(t *testing.T) {
	t.Parallel()
	account := emulate(t, limited, func(w *fake.Switches) { w.PageCap = 2 }).subject(vaType)
	for _, name := range []string{"other", "another"} {
		if _, err := account.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": name}}); err != nil {
			t.Fatal(err)
		}
	}
	base := args{"name": "loader"}
	account.Does("create", base)
	first := account.works()
	edits := []args{{"rotate_before_expiry": "24h"}, {"rotate_before_expiry": "700h"}, {"overlap": "24h"}, {"overlap": "48h"}}
	for _, change := range append(edits, trigger("1"), args{"rotation_triggers": nil}, trigger("2"), args{}) {
		account.Does("update", with(base, change))
	}
	account.imports("loader")
	account.Does("update", with(base, trigger("3")))
	if account.mints() != 0 || account.works() != first {
		t.Errorf("%d mints", account.mints())
	}
	account.Does("update", with(base, trigger("4")))
	if account.mints() != 1 {
		t.Errorf("%d mints", account.mints())
	}
	account.check(first, false)
	account.end()
}

// TestVirtualAccount_unknowns plans with arguments that are not known yet.
func TestVirtualAccount_unknowns(t *testing.T) {
	t.Parallel()
	account := emulate(t, limited).subject(vaType)
	config := with(due("72h"), trigger("1"))
	account.Does("create", config)
	first := account.works()
	// Triggers that turn out as they were, and changed, with an overlap that is not known either.
	account.filled(with(config, args{"rotation_triggers": unknown()}), config)
	account.filled(with(config, args{"rotation_triggers": unknown(), "overlap": unknown()}), config)
	account.filled(with(config, args{"rotation_triggers": args{"n": unknown()}, "overlap": unknown()}), with(config, trigger("2")))
	if account.mints() != 1 || account.text("previous_secret") != first {
		t.Errorf("%d mints", account.mints())
	}
	// Also where there is a previous token already, and will be none.
	config = with(config, trigger("2"))
	account.filled(with(config, args{"rotation_triggers": unknown(), "overlap": "0s"}), with(config, args{"overlap": "0s"}))
	account.hasPrevious(true)
	_, recipient := identity(t)
	account.filled(with(config, args{"rotate_before_expiry": unknown()}), with(config, args{"rotate_before_expiry": "200h"}))
	account.filled(with(config, args{"encrypt_secret_to": []any{unknown()}}), with(config, args{"encrypt_secret_to": []any{recipient}}))
	account.filled(with(config, args{"rotation_triggers": unknown()}), config)
	if account.mints() != 1 || account.text("token") != "" || account.text("encrypted_secret") == "" || account.text("previous_secret") != "" {
		t.Errorf("%d mints, or a plain secret", account.mints())
	}
	account.until(account.moment("expires_at").Add(-9 * day))
	account.filled(with(config, args{"rotate_before_expiry": unknown()}), with(config, args{"rotate_before_expiry": "1h"}))
	if account.mints() != 1 {
		t.Error("rotated although less was asked for")
	}
	account.filled(config, config)
	account.filled(with(config, args{"rotate_before_expiry": unknown()}), config)
	if account.mints() != 2 {
		t.Errorf("%d mints", account.mints())
	}
	account.end()
}

// TestVirtualAccount_refused refuses what would rotate in every run, and what rotates by itself.
func TestVirtualAccount_refused(t *testing.T) {
	t.Parallel()
	each(t, []string{"never", "list"}, func(w *fake.Switches, hide string) { w.AccountTokenDays, w.HideJWTs = 5, hide }, func(p *plane, _ string) {
		account := p.subject(vaType)
		e := account.engine()
		contains(p.t, e.Validate(with(due("72h"), args{"expiration_date": "2045-01-31"})), "set a later expiration_date in time")
		contains(p.t, e.Validate(with(due("72h"), args{"auto_rotate": args{"auto_rotate_interval": 30, "grace_period": 1}})), "Set one of the two")
		if diagnostics := e.Validate(with(due("72h"), args{"expiration_date": unknown()})); len(diagnostics) > 0 {
			p.t.Error(diagnostics)
		}
		for _, day := range []string{"2045-02-30", "2045-1-31", "2045-01-31T00:00:00Z", ""} {
			contains(p.t, e.Validate(args{"name": "loader", "expiration_date": day}), "must be a day in the form yyyy-mm-dd")
		}
		// What the control plane grants is not the configuration's fault: a plan warns, and nothing is rotated for it.
		const every = "The token would be rotated in every run"
		config := with(due("72h"), trigger("1"))
		account.succeeds(config)
		first := account.works()
		for range 2 {
			account.Does("nothing", config)
			_, diagnostics := account.plans(config)
			contains(p.t, diagnostics.Warnings(), every)
			contains(p.t, diagnostics.Warnings(), "So this argument does not rotate the token.")
			p.pass(day)
		}
		// A rotation that is asked for would end the same, and is refused before anything is sent.
		p.Stage().Journal.Reset()
		run := account.fails(every, with(config, with(trigger("2"), args{"tags": args{"a": "1"}})))
		if run.Failed != "apply" || p.mints() != 0 || p.requests("PUT", "") != 0 {
			p.t.Errorf("failed in the %q after %d mints", run.Failed, p.mints())
		}
		contains(p.t, run.Saved.Diagnostics.Warnings(), every)
		contains(p.t, run.Saved.Diagnostics.Warnings(), "Applying this plan fails.")
		account.Does("update", with(config, args{"rotate_before_expiry": "24h"}))
		if account.works() != first || p.mints() != 0 {
			p.t.Error("rotated")
		}
		account.end()
	})
}

// TestVirtualAccount_daily runs every day: nothing but the rotations is planned.
func TestVirtualAccount_daily(t *testing.T) {
	t.Parallel()
	p := emulate(t, limited)
	account := p.subject(vaType)
	account.Does("create", due("72h"))
	minted, changed := account.daily(due("72h"), func() { p.living(2) })
	if !slices.Equal(minted, changed) || len(minted) != 2 {
		t.Errorf("minted on days %v, and changes on days %v", minted, changed)
	}
	// A run at the same hour finds a token due on its 20th day, or a moment too early.
	last := 0
	for _, today := range minted {
		if gap := today - last; gap < 20 || gap > 21 {
			t.Errorf("minted on days %v", minted)
		}
		last = today
	}
	account.end()
}

// TestVirtualAccount_rotatesByItself follows the control plane's own rotations, and mints nothing.
func TestVirtualAccount_rotatesByItself(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	p.warning = 14 * day
	account := p.subject(vaType)
	config := args{"name": "loader", "auto_rotate": args{"auto_rotate_interval": 30, "grace_period": 2}}
	account.Does("create", config)
	token, seen := account.works(), 0
	for range 9 {
		p.pass(7 * day)
		said := account.refresh()
		if now := account.works(); now != token {
			token, seen = now, seen+1
		}
		if len(said) > 0 {
			t.Error(said)
		}
		account.Does("nothing", config)
		account.hasPrevious(false)
	}
	if seen != 2 || p.mints() != 0 {
		t.Errorf("%d rotations seen, %d mints", seen, p.mints())
	}
	account.end()
}

// TestVirtualAccount_warnings warns of what expires soon, and says what to do about it.
func TestVirtualAccount_warnings(t *testing.T) {
	t.Parallel()
	p := emulate(t, limited)
	p.warning = 14 * day
	account := p.subject(vaType)
	says := func(config args, want string) {
		t.Helper()
		_, diagnostics := account.plans(config)
		if got := diagnostics.Warnings(); want != "" {
			contains(t, got, want)
		} else if len(got) > 0 {
			t.Errorf("warns: %s", got)
		}
	}
	account.Does("create", graced("1"))
	account.until(account.moment("expires_at").Add(-14*day - time.Minute))
	says(graced("1"), "")
	p.pass(2 * time.Minute)
	says(graced("1"), "Set rotate_before_expiry")
	says(with(graced("1"), args{"auto_rotate": args{"auto_rotate_interval": 30, "grace_period": 1}}), "")
	says(with(graced("1"), args{"rotate_before_expiry": "1h"}), "")
	p.warning = 0
	says(graced("1"), "")
	p.warning = 14 * day
	// A previous token needs no warning: TrueFoundry revokes it.
	account.Does("update", graced("2"))
	says(graced("2"), "")
	// That the account expires is another matter.
	ending := with(graced("2"), args{"expiration_date": p.Stage().Clock.Now().AddDate(0, 0, 10).Format(time.DateOnly)})
	account.Does("update", ending)
	says(ending, "Set a later expiration_date in time")
	account.end()
}

// TestVirtualAccount_tokenExpired rotates a token that has expired because no run came in time: the account itself never expires.
func TestVirtualAccount_tokenExpired(t *testing.T) {
	t.Parallel()
	for _, overlap := range []any{nil, "72h"} {
		account := emulate(t, limited).subject(vaType)
		account.Does("create", due(overlap))
		first := account.works()
		account.pass(31 * day)
		said := account.refresh().Warnings().String()
		contains(t, said, "is planned for rotation")
		if strings.Contains(said, "expiration_date") {
			t.Errorf("advises: %s", said)
		}
		account.Does("update", due(overlap))
		account.works()
		account.check(first, false)
		account.hasPrevious(false)
		account.living(1)
		account.end()
	}
	account := emulate(t, limited).subject(vaType)
	account.Does("create", graced("1"))
	account.pass(31 * day)
	contains(t, account.refresh().Warnings(), "Change rotation_triggers")
	account.Does("nothing", graced("1"))
	account.Does("update", graced("2"))
	account.works()
	account.end()
}

// TestVirtualAccount_expiryNotListed learns from the account itself when a token expires that it has not issued, where the list hides it.
func TestVirtualAccount_expiryNotListed(t *testing.T) {
	t.Parallel()
	each(t, []string{"imported", "elsewhere", "not read back"}, func(w *fake.Switches, _ string) { limited(w); w.HideJWTs = "list" }, func(p *plane, how string) {
		account := p.subject(vaType)
		account.Does("create", due(nil))
		p.pass(5 * day)
		switch how {
		case "imported":
			account.imports("loader")
			account.Does("update", due(nil))
		case "elsewhere":
			if _, err := p.RegenerateToken(account.text("id"), 0); err != nil {
				p.t.Fatal(err)
			}
		case "not read back":
			p.afterwards["POST"] = func() { p.fault("GET", vasRoute+"/{id}", "status:403", 1) }
			diagnostics := account.Run(with(due(nil), trigger("1"))).Diagnostics
			p.t.Log(diagnostics.Warnings())
			account.reads("update", with(due(nil), trigger("2")))
			p.afterwards["POST"] = func() { p.fault("GET", vasRoute+"/{id}", "status:403", 1) }
			diagnostics = account.Run(with(due(nil), trigger("3"))).Diagnostics
			contains(p.t, diagnostics.Warnings(), "could not be read back")
			account.Does("update", due(nil))
		}
		account.Does("nothing", due(nil))
		mints := p.mints()
		account.until(account.moment("expires_at").Add(-9 * day))
		account.Does("update", due(nil))
		account.works()
		if p.mints() != mints+1 {
			p.t.Errorf("%d mints", p.mints()-mints)
		}
		account.end()
	})
}
