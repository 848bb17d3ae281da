package magpie_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

const day = 24 * time.Hour

// monthly is an organization whose tokens live 30 days.
func monthly(t *testing.T) *organization {
	t.Helper()
	return emulate(t, switched(func(w *fake.Switches) { w.TokenLifetime = fakeapi.Duration(30 * day) }))
}

// TestMagpieAccessToken_rotateBeforeExpiry rotates exactly when no more than that is left, with an overlap and without.
func TestMagpieAccessToken_rotateBeforeExpiry(t *testing.T) {
	t.Parallel()
	eachOf(t, distinctKinds(), func(t *testing.T, kind string) {
		t.Helper()
		for _, overlap := range []any{nil, "48h"} {
			if kind == exclusive && overlap != nil {
				continue
			}
			o := monthly(t)
			l := o.subject(kind)
			config := values{"rotate_before_expiry": "168h"}
			want := protocoltest.Replace
			if overlap != nil || kind == exclusive {
				want = "rotate"
			}
			if overlap != nil {
				config["overlap"] = overlap
			}
			first := l.Does("create", config)
			end := first.Time("expires_at")
			o.Clock().Advance(end.Add(-168*time.Hour - 20*time.Second).Sub(o.Clock().Now()))
			l.Does("nothing", config)
			o.alive(first.Text("token"))
			o.Clock().Advance(20 * time.Second)
			l.refresh()
			saved := l.plans(config)
			if l.Object.Text("status") != "due" || saved.IsKnown("status") {
				t.Errorf("the status is %s, and planned as %s", l.Object.Text("status"), saved.Attributes["status"])
			}
			if overlap == nil {
				// What an overlap makes of a plan that is applied later, the test below shows.
				o.Clock().Advance(day)
			}
			second := l.did(want, l.Apply(saved, config))
			l.Does("nothing", config)
			o.holdsWorking(second)
			around(t, second.Time("expires_at"), o.Clock().Now().Add(30*day))
			if overlap == nil {
				o.alive(second.Text("token"))
			} else {
				o.hasPrevious(second, first)
				o.alive(first.Text("token"), second.Text("token"))
			}
			l.destroys()
		}
	})
}

// TestMagpieAccessToken_rotateBeforeExpiryHasNoEffect: where the organization's tokens show no expiry, each plan says so, once.
func TestMagpieAccessToken_rotateBeforeExpiryHasNoEffect(t *testing.T) {
	t.Parallel()
	eachOf(t, distinctKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t)
		l := o.subject(kind)
		config := values{"rotate_before_expiry": "168h"}
		made := l.Does("create", config)
		for range 2 {
			o.Clock().Advance(400 * day)
			run := l.Run(config)
			if got := run.Diagnostics.Summaries(); run.Failed != "" || got != "rotate_before_expiry has no effect" {
				t.Errorf("it says %s", run.Diagnostics)
			}
			if !strings.Contains(run.Diagnostics.String(), "the token "+made.Text("id")) {
				t.Errorf("it does not name the token %s: %s", made.Text("id"), run.Diagnostics)
			}
		}
		o.alive(made.Text("token"))
	})
}

// TestMagpieAccessToken_savedPlans applies plans on another day than they were made: the clock shapes neither of the two plans.
func TestMagpieAccessToken_savedPlans(t *testing.T) {
	t.Parallel()
	o := monthly(t)
	l := o.subject(service)
	config := values{"rotate_before_expiry": "168h", "overlap": "48h"}
	first := l.Does("create", config)

	// An update that was planned before the threshold stays one.
	o.Clock().Advance(22 * day)
	l.refresh()
	described := values{"rotate_before_expiry": "168h", "overlap": "48h", "description": "mine"}
	early := l.plans(described)
	o.Clock().Advance(2 * day)
	if made := l.did("update", l.Apply(early, described)); made.Text("id") != first.Text("id") {
		t.Errorf("%v", made)
	}

	// A rotation that was planned is carried out a day later, and its overlap counts from then.
	l.refresh()
	early = l.plans(described)
	o.Clock().Advance(day)
	second := l.did("rotate", l.Apply(early, described))
	o.hasPrevious(second, first)
	around(t, second.Time("previous_revoked_after"), o.Clock().Now().Add(48*time.Hour))
	o.alive(first.Text("token"), second.Text("token"))

	// So is a revocation.
	o.Clock().Advance(49 * time.Hour)
	l.refresh()
	early = l.plans(described)
	o.Clock().Advance(day)
	o.hasNoPrevious(l.did("update", l.Apply(early, described)))
	o.alive(second.Text("token"))
	l.destroys()
}

// TestMagpieAccessToken_neverDue has no end, or none that can be read: nothing rotates.
func TestMagpieAccessToken_neverDue(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*fake.Switches){
		"never":      func(*fake.Switches) {},
		"unreadable": func(w *fake.Switches) { w.TokenLifetime, w.TimeForm = fakeapi.Duration(2000*day), "text" },
	} {
		o := emulate(t, switched(set))
		l := o.subject(service)
		config := values{"rotate_before_expiry": "8760h", "overlap": "48h"}
		first := l.Does("create", config)
		if !first.IsNull("expires_at") {
			t.Errorf("%s: ends at %s", name, first.Text("expires_at"))
		}
		o.Clock().Advance(1990 * day)
		l.Does("nothing", config)
		o.alive(first.Text("token"))
		l.destroys()
	}
}

// TestMagpieAccessToken_leadTooLong warns of a rotate_before_expiry that is not shorter than the life that the organization grants, and never
// rotates for it. A rotation in place for another reason is refused before anything is sent, because every run would rotate then.
func TestMagpieAccessToken_leadTooLong(t *testing.T) {
	t.Parallel()
	const problem = `Attribute rotate_before_expiry must be shorter than the token's life: the server lets a token live 30d,`
	for _, kind := range distinctKinds() {
		o := monthly(t)
		l := o.subject(kind)
		config := func(lead, generation string) values {
			c := values{"rotate_before_expiry": lead, "rotation_triggers": generationOf(generation)}
			if kind != exclusive {
				c["overlap"] = "48h"
			}
			return c
		}
		run := l.Run(config("720h", "1"))
		made := l.did("create", run)
		if text := o.warned(run.Diagnostics); !strings.Contains(text, problem) || !strings.Contains(text, "So this argument does not rotate the token.") {
			t.Errorf("%s: warned %q", kind, text)
		}
		o.Clock().Advance(day)
		l.Does("nothing", config("720h", "1"))
		if text := o.warned(l.plans(config("720h", "1")).Diagnostics); !strings.Contains(text, problem) || !strings.Contains(text, "So this argument does not rotate the token.") {
			t.Errorf("%s: warned %q", kind, text)
		}
		if text := o.warned(l.plans(config("720h", "2")).Diagnostics); !strings.Contains(text, problem) || !strings.Contains(text, "Applying this plan fails.") {
			t.Errorf("%s: warned %q", kind, text)
		}
		if kept := l.fails(problem, config("720h", "2")); !same(kept, made) {
			t.Errorf("%s: %v", kind, kept.Attributes)
		}
		o.asked("POST", mintOf(kind), 1)
		l.Does("update", config("600h", "1"))
		o.alive(made.Text("token"))
		l.Does("rotate", config("600h", "2"))
		l.destroys()
	}
}

// TestMagpieAccessToken_edits edits what rotates nothing, one after the other, over the threshold of what is edited.
func TestMagpieAccessToken_edits(t *testing.T) {
	t.Parallel()
	eachOf(t, distinctKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := monthly(t)
		l := o.subject(kind)
		first := l.Does("create", nil)
		o.Clock().Advance(20 * day)
		for i, config := range []values{
			{"rotate_before_expiry": "96h"},
			{"rotate_before_expiry": "120h", "rotation_triggers": generationOf("1")},
			{"rotation_triggers": generationOf("1")},
			{"description": "mine"},
			{"overlap": "48h"},
			{"overlap": "72h", "rotation_triggers": generationOf("2")},
			{"overlap": "72h"},
		} {
			if _, overlaps := config["overlap"]; overlaps && kind == exclusive {
				continue
			}
			if l.Does("update", config); l.Object.Text("token") != first.Text("token") {
				t.Errorf("%s: edit %d rotated", kind, i)
			}
		}
		// A longer lead counts from the apply that wrote it, which is a policy for the next refresh.
		l.did("update", l.Run(values{"rotate_before_expiry": "264h"}))
		o.alive(first.Text("token"))
		if run := l.Run(values{"rotate_before_expiry": "264h"}); run.Failed != "" || l.Object.Text("token") == first.Text("token") {
			t.Errorf("%s: %s, not rotated: %s", kind, run.Action, run.Diagnostics)
		}
		l.destroys()
	})
}

// TestMagpieAccessToken_unknowns plans with arguments that only the apply tells.
func TestMagpieAccessToken_unknowns(t *testing.T) {
	t.Parallel()
	for _, kind := range distinctKinds() {
		o := monthly(t)
		l := o.subject(kind)
		config := values{"rotation_triggers": generationOf("1"), "rotate_before_expiry": "168h"}
		if kind != exclusive {
			config["overlap"] = "48h"
		}
		edit := func(name string, value any) values {
			return config.With(values{name: value})
		}
		first := l.Does("create", config)
		// Triggers that may change plan a rotation, which turns out to be none.
		for _, name := range []string{"rotation_triggers", "rotate_before_expiry", "encrypt_secret_to"} {
			early := l.plans(edit(name, protocoltest.Unknown))
			if rotates := !early.IsKnown("id"); rotates != (name == "rotation_triggers") {
				t.Errorf("%s: an unknown %s rotates: %t", kind, name, rotates)
			}
			l.did("nothing", l.Apply(early, config))
		}
		// A lead that may not be shorter does not stop a rotation that is due, unless it turns out to be.
		o.Clock().Advance(24 * day)
		l.refresh()
		early := l.plans(edit("rotate_before_expiry", protocoltest.Unknown))
		if early.IsKnown("id") {
			t.Errorf("%s: not due", kind)
		}
		shorter := edit("rotate_before_expiry", "48h")
		l.did("update", l.Apply(early, shorter))
		if planned := l.plans(shorter); len(planned.Changes()) > 0 {
			t.Errorf("%s: planned %v", kind, planned.Attributes)
		}
		o.alive(first.Text("token"))
		if kind != exclusive {
			unsure := values{"rotation_triggers": generationOf("2"), "overlap": protocoltest.Unknown}
			if plan := l.plans(unsure); plan.Replaces() || !strings.Contains(plan.Diagnostics.String(), "Attribute overlap is not known while planning, so this plan rotates the token in place") {
				t.Errorf("%s: %s", kind, plan.Diagnostics)
			}
			l.plans(values{"rotation_triggers": generationOf("1"), "overlap": protocoltest.Unknown})
		}
		l.destroys()
	}
}

// TestMagpieAccessToken_importedTriggers imports a token, and adding and removing triggers, an overlap and a lead rotates nothing.
func TestMagpieAccessToken_importedTriggers(t *testing.T) {
	t.Parallel()
	o := monthly(t)
	token := o.seed(o.owner(service))
	l := o.subject(service)
	l.Object = o.engine(service).MustImport(robot + "/" + token.ID)
	config := values{"rotation_triggers": generationOf("1"), "overlap": "48h", "rotate_before_expiry": "168h"}
	l.Does("update", config)
	o.left(token.ID)
	l.Does("update", nil)
	l.Does("update", config)
	config = values{"rotation_triggers": generationOf("2"), "overlap": "48h", "rotate_before_expiry": "168h"}
	second := l.Does("rotate", config)
	if second.Text("previous_id") != token.ID || second.Text("previous_secret") != "" || !o.use(token.Secret).Works() {
		t.Errorf("the state holds %v", second.Attributes)
	}
	o.Clock().Advance(49 * time.Hour)
	l.Does("update", config)
	o.left(second.Text("id"))
	l.destroys()
}

// TestMagpieAccessToken_hundredDays runs with a configuration that never changes, on every day on which something is due and on the days
// before and after it.
func TestMagpieAccessToken_hundredDays(t *testing.T) {
	t.Parallel()
	eachOf(t, distinctKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := monthly(t)
		l := o.subject(kind)
		config := values{"rotate_before_expiry": "168h", "description": "for long"}
		overlaps := kind != exclusive
		if overlaps {
			config["overlap"] = "72h"
		}
		l.did("create", l.Run(config))
		rotations := 0
		for today := 1; today <= 100; today++ {
			o.Clock().Advance(day)
			// A token is rotated after 23 days, and the previous one is revoked three days later.
			if since := (today + 1) % 23; since == 2 || since > 4 {
				continue
			}
			want := protocoltest.Nothing
			switch {
			case today%23 == 0:
				want = "rotate"
				rotations++
			case today > 23 && today%23 == 3 && overlaps:
				want = "update"
			}
			if run := l.Run(config); run.Failed != "" || run.Action != want {
				t.Fatalf("%s: day %d: %s instead of %s: %s", kind, today, run.Action, want, run.Diagnostics.Errors())
			}
		}
		o.asked("POST", mintOf(kind), rotations+1)
		o.alive(l.Object.Text("token"))
		if rotations != 4 {
			t.Errorf("%d rotations", rotations)
		}
		l.destroys()
	})
}

// TestMagpieAccessToken_endsSoon warns of an end that nothing prevents, as early as the provider block says.
func TestMagpieAccessToken_endsSoon(t *testing.T) {
	t.Parallel()
	o := monthly(t)
	l := o.subject(service)
	made := l.Does("create", nil)
	warned := func(setting any, config values) string {
		p := o.engine(service, func(block values) {
			if setting != nil {
				block["expiry_warning"] = setting
			}
		})
		read := p.MustRead(l.Object)
		return o.warned(p.MustPlan(read, arguments(service, config)).Diagnostics)
	}
	want := fmt.Sprintf("service account access token expires soon: The token %s expires at %s", made.Text("id"), made.Text("expires_at"))
	for _, c := range []struct {
		passed  time.Duration
		setting any
		config  values
		want    bool
	}{
		{0, nil, nil, false},
		{15 * day, nil, nil, false},
		{2 * day, nil, nil, true},
		{0, "0s", nil, false},
		{0, "168h", nil, false},
		{0, nil, values{"rotate_before_expiry": "24h"}, false},
		{8 * day, "168h", nil, true},
		{0, "0s", nil, false},
		{5 * day, nil, nil, false},
	} {
		o.Clock().Advance(c.passed)
		if text := warned(c.setting, c.config); strings.Contains(text, want) != c.want {
			t.Errorf("after %s more, with %v: %q", c.passed, c.setting, text)
		}
	}
	l.refresh()
	l.destroys()
}
