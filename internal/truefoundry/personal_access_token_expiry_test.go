package truefoundry_test

import (
	"fmt"
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
	each(t, []string{"current", "older", "no jwts"}, set, func(p *plane, kind string) {
		for _, overlap := range []any{nil, "72h"} {
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

// TestPersonalAccessToken_editsRotateNothing edits what never rotates by itself.
func TestPersonalAccessToken_editsRotateNothing(t *testing.T) {
	t.Parallel()
	token := emulate(t, func(w *fake.Switches) { w.PageCap = 2 }).subject(patType)
	base := args{"name_prefix": "ci-", "lifetime": "720h"}
	token.Does("create", base)
	first := token.works()
	for i := range 4 {
		if _, err := token.AddPersonalAccessToken(fake.PersonalAccessToken{Name: fmt.Sprintf("other-%d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	edits := []args{{"lifetime": "1000h"}, {"rotate_before_expiry": "24h"}, {"rotate_before_expiry": "719h"}, {"overlap": "24h"}, {"overlap": "48h"}}
	for _, change := range append(edits, trigger("1"), args{"rotation_triggers": nil}, trigger("2"), args{}) {
		token.Does("update", with(base, change))
	}
	token.imports(token.text("name"))
	token.Does("update", with(base, trigger("3")))
	if token.mints() != 1 {
		t.Errorf("%d mints", token.mints())
	}
	token.check(first, true)
	token.Does("rotate", with(base, with(trigger("4"), args{"overlap": "24h"})))
	if token.mints() != 2 || token.text("previous_id") == "" {
		t.Errorf("%d mints", token.mints())
	}
	token.check(first, true)
	token.end()
}

// TestPersonalAccessToken_unknowns plans with arguments that are not known yet.
func TestPersonalAccessToken_unknowns(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	config := with(early("72h"), trigger("1"))
	token.Does("create", config)
	first := token.works()
	// Triggers that turn out as they were, and changed.
	token.filled(with(config, args{"rotation_triggers": unknown()}), config)
	token.filled(with(config, args{"rotation_triggers": args{"n": unknown()}}), with(config, trigger("2")))
	if token.mints() != 2 || token.text("previous_secret") != first {
		t.Errorf("%d mints", token.mints())
	}
	config = with(config, trigger("2"))
	// A lifetime, a lead and recipients rotate nothing.
	_, recipient := identity(t)
	token.filled(with(config, args{"lifetime": unknown()}), with(config, args{"lifetime": "1000h"}))
	token.filled(with(config, args{"rotate_before_expiry": unknown()}), with(config, args{"rotate_before_expiry": "200h"}))
	token.filled(with(config, args{"overlap": unknown()}), config)
	token.filled(with(config, args{"encrypt_secret_to": []any{unknown()}}), with(config, args{"encrypt_secret_to": []any{recipient}}))
	token.filled(config, config)
	if token.mints() != 2 || token.text("encrypted_secret") == "" || token.text("token") != "" || token.text("previous_secret") != "" {
		t.Errorf("%d mints, or a plain secret", token.mints())
	}
	// A lead that is not known does not stop a rotation that is due; nor does one that then asks for less.
	token.until(token.moment("expires_at").Add(-9 * day))
	token.filled(with(config, args{"rotate_before_expiry": unknown()}), with(config, args{"rotate_before_expiry": "1h"}))
	if token.mints() != 2 {
		t.Error("rotated although less was asked for")
	}
	token.filled(config, config)
	if token.filled(with(config, args{"rotate_before_expiry": unknown()}), config); token.mints() != 3 {
		t.Errorf("%d mints", token.mints())
	}
	// The overlap decides about the way.
	token.refresh()
	plan := token.Plan(with(config, with(trigger("3"), args{"overlap": unknown()})))
	contains(t, plan.Diagnostics.Errors(), "overlap must be known while planning")
	token.end()
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
	// The tenant gives less than was asked for, which is not the configuration's fault: a plan warns, and nothing is rotated for it.
	token := p.subject(patType)
	const every, notRotated = "The token would be rotated in every run", "So it is not rotated for that."
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
	if len(minted) != 3 || len(revoked) != 3 || len(changed) != 6 {
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

// TestPersonalAccessToken_warnings tells what ends soon, what is alive beside, and what is due.
func TestPersonalAccessToken_warnings(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	p.warning = 14 * day
	token := p.subject(patType)
	says := func(config args, want string, yes bool) {
		t.Helper()
		_, diagnostics := token.plans(config)
		if got := diagnostics.Warnings(); yes {
			contains(t, got, want)
		} else if len(got) > 0 {
			t.Errorf("warns: %s", got)
		}
	}
	token.Does("create", overlapping("1"))
	token.until(token.moment("expires_at").Add(-14*day - time.Minute))
	says(overlapping("1"), "", false)
	token.pass(2 * time.Minute)
	says(overlapping("1"), "expires soon", true)
	p.warning = 0
	says(overlapping("1"), "", false)
	p.warning = 400 * day
	says(overlapping("1"), "expires soon", true)
	says(with(overlapping("1"), args{"rotate_before_expiry": "1h"}), "", false)
	token.Does("rotate", overlapping("2"))
	p.warning = 0
	says(overlapping("2"), "The previous token still works", true)
	token.pass(73 * time.Hour)
	says(overlapping("2"), "is due for revocation", true)
	// A fixed end is that of the next token, too.
	p.warning = 14 * day
	fixed := args{"name_prefix": "ci-", "overlap": "72h", "expires_at": p.Stage().Clock.Now().Add(10 * day).Format(time.RFC3339)}
	token.Does("rotate", fixed)
	p.pass(73 * time.Hour)
	token.Does("update", fixed)
	says(fixed, "Set a later expires_at", true)
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
