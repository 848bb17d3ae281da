package truefoundry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestVirtualAccount_subDayOverlap keeps the previous token for 90 minutes where the control plane can, and for a whole day where it knows
// only days: the state says which.
func TestVirtualAccount_subDayOverlap(t *testing.T) {
	t.Parallel()
	for kind, keeps := range map[string]time.Duration{"current": 90 * time.Minute, "days": day} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			account := emulate(t, func(w *fake.Switches) { set(w, kind) }).subject(vaType)
			config := func(n string) args { return with(graced(n), args{"overlap": "1h30m"}) }
			account.Does("create", config("1"))
			first := account.works()
			if said := account.succeeds(config("2")); len(said) > 0 {
				t.Error(said)
			}
			until := account.moment("previous_revoked_after")
			if left := until.Sub(account.Stage().Clock.Now()); (left - keeps).Abs() > time.Minute {
				t.Errorf("the overlap is %s", left)
			}
			account.Does("nothing", with(config("2"), args{"overlap": "90m"}))
			account.until(until.Add(-10 * time.Second))
			account.check(first, true)
			account.pass(12 * time.Second)
			account.check(first, false)
			account.Does("nothing", config("2"))
			account.hasPrevious(false)
			account.living(1)
			account.end()
		})
	}
}

// TestVirtualAccount_graceIgnored rotates where the control plane ignores the unit that is sent first, and ends the previous token at
// once: a warning says so, the state has no previous token, and the next rotation begins with the other unit. Where that is the unit which
// is ignored, nothing is lost.
func TestVirtualAccount_graceIgnored(t *testing.T) {
	t.Parallel()
	each(t, []string{"older", "newer"}, func(w *fake.Switches, plane string) { w.AccountPlane, w.GraceMismatch = plane, "ignored" }, func(p *plane, plane string) {
		account := p.subject(vaType)
		account.Does("create", graced("1"))
		first := account.works()
		said := account.succeeds(graced("2"))
		account.works()
		p.check(first, plane == "newer")
		account.hasPrevious(plane == "newer")
		if plane == "newer" {
			p.living(2)
			if len(said) > 0 {
				p.t.Error(said)
			}
		} else {
			p.living(1)
			contains(p.t, said.Warnings(), "TrueFoundry did not grant the overlap")
			contains(p.t, said.Warnings(), "revoked it when it issued the new one")
		}
		if p.mints() != 1 {
			p.t.Errorf("%d mints", p.mints())
		}
		account.Does("nothing", graced("2"))
		// The next one asks in the other unit, also in another process.
		second := account.works()
		if said := account.succeeds(graced("3")); len(said) > 0 {
			p.t.Error(said)
		}
		p.check(second, true)
		account.hasPrevious(true)
		account.Does("nothing", graced("3"))
		// Without an overlap there is nothing to warn of.
		if said := account.succeeds(with(graced("4"), args{"overlap": nil})); len(said) > 0 {
			p.t.Error(said)
		}
		account.end()
	})
}

// TestVirtualAccount_graceTooLong is refused the length of the overlap in minutes by a control plane that ignores days: nothing is sent in
// days, which would end the previous token at once.
func TestVirtualAccount_graceTooLong(t *testing.T) {
	t.Parallel()
	account := emulate(t, func(w *fake.Switches) { w.GraceMismatch = "ignored" }).subject(vaType)
	account.Does("create", graced("1"))
	account.rewrites("POST", vasRoute+"/"+account.text("id")+"/regenerate-token", func(body string) string {
		return strings.Replace(body, "4320", "4320000", 1)
	})
	first := account.works()
	account.fails("gracePeriodInMinutes must be a number between 0 and 525600", graced("2"))
	if n := account.requests("POST", regenerateRoute); account.works() != first || n != 1 {
		t.Errorf("%d requests, or another token", n)
	}
	account.living(1)
	account.end()
}

// TestVirtualAccount_graceUnverified rotates where the control plane does not show what became of the previous token: days are sent first
// where the rows are those of an older model, and a warning says that nothing tells, unless the control plane has refused the other unit.
func TestVirtualAccount_graceUnverified(t *testing.T) {
	t.Parallel()
	const warning = "The overlap could not be verified"
	for name, c := range map[string]struct {
		switches     fake.Switches
		kept, warned bool
	}{
		"older":             {fake.Older(), true, true},
		"older, ignores":    {fake.Older(), true, true},
		"hidden, ignores":   {fake.Switches{HideJWTs: "always", AccountPlane: "older"}, false, true},
		"hidden, refuses":   {fake.Switches{HideJWTs: "always", AccountPlane: "older"}, true, false},
		"hidden, newer":     {fake.Switches{HideJWTs: "always"}, true, true},
		"older rows, newer": {fake.Switches{Rows: "page"}, true, false},
		"shown":             {fake.Switches{}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			account := emulate(t, func(w *fake.Switches) {
				if *w = c.switches; strings.HasSuffix(name, "ignores") {
					w.GraceMismatch = "ignored"
				}
			}).subject(vaType)
			config := func(n string) args { return with(graced(n), args{"permissions": []any{permission("a:b", "viewer")}}) }
			account.Does("create", config("1"))
			for _, n := range []string{"2", "3"} {
				first := account.works()
				said := account.succeeds(config(n)).Warnings().String()
				if strings.Contains(said, warning) != c.warned {
					t.Errorf("warned %q", said)
				}
				if c.warned {
					contains(t, said, "Send a request with the previous token")
				}
				account.works()
				account.check(first, c.kept)
				account.Does("nothing", config(n))
			}
			if said := account.succeeds(with(config("4"), args{"overlap": nil})).Warnings().String(); strings.Contains(said, warning) {
				t.Errorf("without an overlap: %q", said)
			}
			account.end()
		})
	}
}

// TestVirtualAccount_graceLostInDays loses the answer to a rotation in days: the overlap in the state is in whole days.
func TestVirtualAccount_graceLostInDays(t *testing.T) {
	t.Parallel()
	account := emulate(t, func(w *fake.Switches) { *w = fake.Older() }).subject(vaType)
	config := func(n string) args {
		return with(graced(n), args{"overlap": "90m", "permissions": []any{permission("a:b", "viewer")}})
	}
	account.Does("create", config("1"))
	first := account.works()
	account.fault("POST", regenerateRoute, "drop-after", 1)
	account.succeeds(config("2"))
	if left := account.moment("previous_revoked_after").Sub(account.Stage().Clock.Now()); (left - day).Abs() > time.Minute {
		t.Errorf("the overlap is %s", left)
	}
	account.check(first, true)
	account.end()
}

// TestVirtualAccount_graceOtherwise puts into the state for how long the control plane keeps the previous token.
func TestVirtualAccount_graceOtherwise(t *testing.T) {
	t.Parallel()
	for minutes, keeps := range map[string]time.Duration{"60": time.Hour, "14400": 10 * day} {
		account := emulate(t).subject(vaType)
		account.Does("create", graced("1"))
		account.rewrites("POST", vasRoute+"/"+account.text("id")+"/regenerate-token", func(body string) string {
			return strings.Replace(body, "4320", minutes, 1)
		})
		said := account.succeeds(graced("2"))
		contains(t, said.Warnings(), "according to the control plane")
		if left := account.moment("previous_revoked_after").Sub(account.Stage().Clock.Now()); (left - keeps).Abs() > time.Minute {
			t.Errorf("the overlap is %s", left)
		}
		account.check(account.text("previous_secret"), true)
		account.Does("nothing", graced("2"))
		account.pass(keeps + time.Minute)
		account.Does("nothing", graced("2"))
		account.hasPrevious(false)
		account.end()
	}
}

// TestVirtualAccount_graceLost loses the answer to the first unit: the other one is not sent.
func TestVirtualAccount_graceLost(t *testing.T) {
	t.Parallel()
	each(t, []string{"drop-after", "drop-before", "status:500"}, nil, func(p *plane, word string) {
		account := p.subject(vaType)
		account.Does("create", graced("1"))
		first := account.works()
		p.fault("POST", regenerateRoute, word, 1)
		run := account.Run(graced("2"))
		p.check(first, true)
		if n := p.requests("POST", regenerateRoute); n != 1 || (run.Failed == "") != (word == "drop-after") {
			p.t.Errorf("%d requests: %s", n, run.Diagnostics.Errors())
		}
		if word == "drop-after" {
			account.works()
			p.living(2)
		} else {
			p.living(1)
		}
		account.end()
	})
}

// TestVirtualAccount_overlapBounds refuses what TrueFoundry does not grant.
func TestVirtualAccount_overlapBounds(t *testing.T) {
	t.Parallel()
	e := emulate(t).engine(vaType)
	for overlap, says := range map[string]string{
		"8760h": "", "0s": "", "8760h1s": `must not be longer than "365d"`, "-1h": "must be a duration that is not negative", "3": "must be a duration",
	} {
		said := e.Validate(with(graced("1"), args{"overlap": overlap}))
		if contains(t, said, says); says == "" && len(said) > 0 {
			t.Errorf("%s: %v", overlap, said)
		}
	}
}
