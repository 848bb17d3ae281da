package truefoundry_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// early is a configuration that rotates ten days before the end, with an overlap or without.
func early(overlap any) args {
	return args{"name_prefix": "ci-", "lifetime": "720h", "rotate_before_expiry": "240h", "overlap": overlap}
}

// TestPersonalAccessToken_beforeExpiry rotates at the threshold, and not before: in place, and by a replacement in either order. Where the
// control plane shows no more than the day of an expiry, and where it shows none of the issued tokens, the threshold is the same.
func TestPersonalAccessToken_beforeExpiry(t *testing.T) {
	t.Parallel()
	overlaps := map[string][]any{"current": {nil, "72h"}, "older": {nil}, "no jwts": {"72h"}}
	each(t, slices.Collect(maps.Keys(overlaps)), set, func(p *plane, kind string) {
		for _, overlap := range overlaps[kind] {
			token := p.subject(patType)
			token.CreateBeforeDestroy = kind == "current"
			token.Does("create", early(overlap))
			first := token.works()
			threshold := token.moment("expires_at").Add(-10 * day)
			token.until(threshold.Add(-10 * time.Second))
			token.Does("nothing", early(overlap))
			token.until(threshold)
			token.refresh()
			if saved := token.Plan(early(overlap)); saved.Creation != nil && saved.Creation.IsKnown("token") || saved.Creation == nil && saved.IsKnown("token") {
				p.t.Error("the plan knows the next token")
			}
			token.Does(map[bool]protocoltest.Action{true: "replace", false: "rotate"}[overlap == nil], early(overlap))
			token.works()
			p.check(first, overlap != nil)
			p.living(map[bool]int{true: 1, false: 2}[overlap == nil])
			token.end()
		}
	})
}

// TestPersonalAccessToken_savedPlans applies plans a day after they were made, over every threshold.
func TestPersonalAccessToken_savedPlans(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	token.Does("create", early("72h"))
	first := token.works()
	// An update, planned before the threshold.
	token.until(token.moment("expires_at").Add(-10*day - 12*time.Hour))
	token.later(with(early("72h"), args{"overlap": "96h"}), day)
	if token.mints() != 1 || token.works() != first {
		t.Error("the update has rotated")
	}
	// A rotation.
	token.later(early("72h"), day)
	second := token.works()
	if token.mints() != 2 || second == first {
		t.Error("the rotation has not rotated once")
	}
	token.check(first, true)
	token.living(2)
	// Nothing, planned before the end of the overlap.
	if names := token.later(early("72h"), 4*day).Changes(); len(names) > 0 {
		t.Errorf("changes of %v", names)
	}
	token.check(first, true)
	// The revocation.
	token.later(early("72h"), day)
	token.check(first, false)
	token.living(1)
	token.hasPrevious(false)
	token.Does("nothing", early("72h"))
	token.end()
	// A replacement.
	token.Does("create", early(nil))
	token.until(token.moment("expires_at").Add(-9 * day))
	if saved := token.later(early(nil), day); saved.Action != protocoltest.Replace {
		t.Error("no replacement")
	}
	token.end()
}

// TestPersonalAccessToken_expiredWithinDay: where the control plane tells no more than the day of an expiry, a token has expired at the moment that
// it was asked for, and not at the end of that day. Of one that was imported the day alone is known, the whole of which must pass.
func TestPersonalAccessToken_expiredWithinDay(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { *w = fake.Older() })
	token := p.subject(patType)
	config := args{"name_prefix": "ci-", "expires_at": token.Stage().Clock.Now().UTC().Truncate(day).Add(30*day + 6*time.Hour).Format(time.RFC3339)}
	token.Does("create", config)
	imported := p.subject(patType)
	imported.imports(token.text("id"))
	expiry := token.moment("expires_at")
	token.until(expiry.Add(-time.Second))
	token.refresh()
	if status := token.text("status"); status != "active" {
		t.Errorf("before its expiry the token is %s", status)
	}
	token.until(expiry)
	contains(t, token.refresh(), "expired at "+expiry.Format(time.RFC3339))
	if status := token.text("status"); status != "expired" {
		t.Errorf("after its expiry the token is %s", status)
	}
	for _, c := range []struct {
		at   time.Time
		want string
	}{{expiry, "active"}, {expiry.Truncate(day).Add(day), "expired"}} {
		imported.until(c.at)
		imported.refresh()
		if status := imported.text("status"); status != c.want {
			t.Errorf("the imported token is %s at %s", status, c.at)
		}
	}
	renewed := with(config, args{"expires_at": nil, "lifetime": "720h"})
	token.Does("replace", renewed)
	token.Does("nothing", renewed)
	token.living(1)
}

// TestPersonalAccessToken_withoutEnd never is due.
func TestPersonalAccessToken_withoutEnd(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	config := args{"name_prefix": "ci-", "rotate_before_expiry": "240h", "overlap": "72h"}
	token.Does("create", config)
	token.pass(3000 * day)
	token.Does("nothing", config)
	token.Does("update", with(config, trigger("1")))
	token.Does("rotate", with(config, trigger("2")))
	token.living(2)
	token.end()
}

// TestPersonalAccessToken_refused refuses what would rotate in every run, and what cannot be.
func TestPersonalAccessToken_refused(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { w.PATMaxAgeDays = 5 })
	e := p.engine(patType)
	contains(t, e.Validate(with(early(nil), args{"lifetime": "240h"})), "must be shorter than lifetime")
	contains(t, e.Validate(args{"name": "fixed", "overlap": "1h"}), "Set name_prefix instead of name")
	contains(t, e.Validate(args{"name": "fixed", "expires_at": "2045-01-31T00:00:00Z", "rotate_before_expiry": "1h"}), "expires_at")
	if diagnostics := e.Validate(early("72h")); len(diagnostics) > 0 {
		t.Error(diagnostics)
	}
	// The tenant gives less than was requested, which is not the configuration's fault: a plan warns, and nothing is rotated for it.
	token := p.subject(patType)
	const every, notRotated = "The token would be rotated in every run", "So this argument does not rotate the token."
	config := with(early("72h"), trigger("1"))
	contains(t, token.succeeds(config).Warnings(), notRotated)
	first := token.works()
	for range 2 {
		token.Does("nothing", config)
		_, diagnostics := token.plans(config)
		contains(t, diagnostics.Warnings(), every)
		contains(t, diagnostics.Warnings(), notRotated)
		token.pass(day)
	}
	// A rotation that is asked for would end the same, and is refused before anything is sent.
	p.Stage().Journal.Reset()
	run := token.fails(every, with(config, trigger("2")))
	if run.Failed != "apply" || run.Action != "rotate" || p.mints() != 0 {
		t.Errorf("%s failed in the %q after %d mints", run.Action, run.Failed, p.mints())
	}
	contains(t, run.Saved.Diagnostics.Warnings(), every)
	contains(t, run.Saved.Diagnostics.Warnings(), "Applying this plan fails.")
	token.check(first, true)
	token.living(1)
	token.Does("update", with(config, args{"rotate_before_expiry": "24h"}))
	if token.works() != first {
		t.Error("rotated")
	}
	token.end()
}

// TestPersonalAccessToken_daily runs every day: nothing but the rotations and the revocations is planned.
func TestPersonalAccessToken_daily(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	token.Does("create", early("72h"))
	minted, changed := token.daily(early("72h"), func() { token.living(2) })
	revoked := slices.DeleteFunc(slices.Clone(changed), func(today int) bool { return slices.Contains(minted, today) })
	if len(minted) != 2 || len(revoked) != 2 || len(changed) != 4 {
		t.Fatalf("minted on days %v, and changes on days %v", minted, changed)
	}
	last := 0
	for i, today := range minted {
		// A lifetime ends on a whole minute, so that a token is due on its 21st day, seconds after the hour of the first.
		if gap, overlap := today-last, revoked[i]-today; gap < 20 || gap > 21 || overlap < 3 || overlap > 4 {
			t.Errorf("minted on days %v, and changes on days %v", minted, changed)
		}
		last = today
	}
	token.living(1)
	token.end()
}

// TestPersonalAccessToken_fixedExpirySoon warns of an expiry that the next token has, too.
func TestPersonalAccessToken_fixedExpirySoon(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	token.warning = 14 * day
	config := args{"name_prefix": "ci-", "overlap": "72h", "expires_at": token.Stage().Clock.Now().Add(10 * day).Format(time.RFC3339)}
	token.Does("create", config)
	_, diagnostics := token.plans(config)
	contains(t, diagnostics.Warnings(), "Set a later expires_at")
	token.warning = 0
	if _, diagnostics := token.plans(config); len(diagnostics) > 0 {
		t.Errorf("warns: %s", diagnostics)
	}
	token.end()
}

// TestPersonalAccessToken_leadForUnknownLifetime does not judge a lead by the lifetime before.
func TestPersonalAccessToken_leadForUnknownLifetime(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	config := args{"name_prefix": "ci-", "lifetime": "720h", "overlap": "72h"}
	token.Does("create", config)
	config["rotate_before_expiry"] = "800h"
	token.filled(with(config, args{"lifetime": unknown()}), with(config, args{"lifetime": "1000h"}))
	if token.mints() != 1 {
		t.Error("rotated by the edit")
	}
	token.Does("rotate", with(config, args{"lifetime": "1000h"}))
	if token.mints() != 2 {
		t.Error("not rotated when it was due")
	}
	token.end()
}

// TestPersonalAccessToken_dayOnly takes the end that was asked for, where the control plane shows no more than the day of it.
func TestPersonalAccessToken_dayOnly(t *testing.T) {
	t.Parallel()
	token := emulate(t, func(w *fake.Switches) { *w = fake.Older() }).subject(patType)
	config := args{"name_prefix": "ci-", "lifetime": "48h", "rotate_before_expiry": "47h"}
	token.Does("create", config)
	first := token.works()
	token.pass(30 * time.Minute)
	token.Does("nothing", config)
	token.check(first, true)
	token.pass(time.Hour)
	token.Does("replace", config)
	token.check(first, false)
	token.end()
}

// TestPersonalAccessToken_endsThisMinute asks for an expiry in the minute that has begun, which is all that TrueFoundry keeps of it: the
// plan warns, and the apply fails before anything is sent.
func TestPersonalAccessToken_endsThisMinute(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	minute := token.Stage().Clock.Now().Truncate(time.Minute).Add(time.Minute)
	token.until(minute.Add(20 * time.Second))
	config := args{"name": "brief", "expires_at": minute.Add(59 * time.Second).UTC().Format(time.RFC3339)}
	const expired = "The token would be expired when it is minted"
	run := token.fails(expired, config)
	if run.Failed != "apply" || token.mints() != 0 || token.Object != nil {
		t.Errorf("failed in the %q after %d mints", run.Failed, token.mints())
	}
	contains(t, run.Saved.Diagnostics.Warnings(), expired)
	contains(t, run.Saved.Diagnostics.Warnings(), "Applying this plan fails.")
	token.living(0)
}
