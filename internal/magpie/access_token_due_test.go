package magpie_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
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
	atOnce(t, kinds(), func(t *testing.T, kind string) {
		t.Helper()
		for _, overlap := range []any{nil, "48h"} {
			if kind == exclusive && overlap != nil {
				continue
			}
			o := monthly(t)
			l := o.life(kind)
			config := with("rotate_before_expiry", "168h")
			want := "replace"
			if overlap != nil || kind == exclusive {
				want = "rotate"
			}
			if overlap != nil {
				config["overlap"] = overlap
			}
			first := l.does("create", config)
			end := first.at("expires_at")
			o.Clock().Advance(end.Add(-168*time.Hour - 20*time.Second).Sub(o.Clock().Now()))
			l.does("nothing", config)
			o.lives(first.text("token"))
			o.Clock().Advance(20 * time.Second)
			second := l.does(want, config)
			o.holdsWorking(second)
			around(t, second.at("expires_at"), o.Clock().Now().Add(30*day))
			if overlap == nil {
				o.lives(second.text("token"))
			} else {
				second.hasPrevious(first)
				o.lives(first.text("token"), second.text("token"))
			}
			l.ends()
		}
	})
}

// TestMagpieAccessToken_savedPlans applies plans on another day than they were made: the clock shapes neither of the two plans.
func TestMagpieAccessToken_savedPlans(t *testing.T) {
	t.Parallel()
	atOnce(t, plainKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := monthly(t)
		l := o.life(kind)
		config := with("rotate_before_expiry", "168h", "overlap", "48h")
		first := l.does("create", config)

		// An update that was planned before the threshold stays one.
		o.Clock().Advance(22 * day)
		l.refresh()
		described := with("rotate_before_expiry", "168h", "overlap", "48h", "description", "mine")
		early := l.plan(described).fine()
		o.Clock().Advance(2 * day)
		done, made := l.carryOut(early, described)
		if made.fine(); done != "update" || made.text("id") != first.text("id") {
			t.Errorf("%s: %s", kind, done)
		}

		// A rotation that was planned is carried out a day later, and its overlap counts from then.
		l.refresh()
		early = l.plan(described).fine()
		o.Clock().Advance(day)
		done, second := l.carryOut(early, described)
		if second.fine(); done != "rotate" {
			t.Errorf("%s: %s", kind, done)
		}
		second.hasPrevious(first)
		around(t, second.at("previous_revoked_after"), o.Clock().Now().Add(48*time.Hour))
		o.lives(first.text("token"), second.text("token"))

		// So is a revocation.
		o.Clock().Advance(49 * time.Hour)
		l.refresh()
		early = l.plan(described).fine()
		o.Clock().Advance(day)
		if done, made = l.carryOut(early, described); done != "update" {
			t.Errorf("%s: %s", kind, done)
		}
		made.fine().hasNoPrevious()
		o.lives(second.text("token"))
		l.ends()
	})
}

// TestMagpieAccessToken_neverDue has no end, or none that can be read: nothing rotates.
func TestMagpieAccessToken_neverDue(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*fake.Switches){
		"never":      func(*fake.Switches) {},
		"unreadable": func(w *fake.Switches) { w.TokenLifetime, w.TimeForm = fakeapi.Duration(2000*day), "text" },
	} {
		o := emulate(t, switched(set))
		l := o.life(service)
		config := with("rotate_before_expiry", "8760h", "overlap", "48h")
		first := l.does("create", config)
		if !first.values()["expires_at"].IsNull() {
			t.Errorf("%s: ends at %s", name, first.text("expires_at"))
		}
		o.Clock().Advance(1990 * day)
		l.does("nothing", config)
		o.lives(first.text("token"))
		l.ends()
	}
}

// TestMagpieAccessToken_leadTooLong refuses a rotate_before_expiry that would rotate in every run; a creation can only warn.
func TestMagpieAccessToken_leadTooLong(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		o := monthly(t)
		l := o.life(kind)
		const refused = `Attribute rotate_before_expiry must be shorter than the token's life: the server lets a token live 720h0m0s`
		done, made := l.try(arguments(kind, with("rotate_before_expiry", "720h")))
		if text := made.fine().remarks(); done != "create" || !strings.Contains(text, refused) || !strings.Contains(text, "The next plan refuses it") {
			t.Errorf("%s: %s, warned %q", kind, done, text)
		}
		o.Clock().Advance(day)
		l.fails(refused, with("rotate_before_expiry", "720h"))
		l.does("update", with("rotate_before_expiry", "600h"))
		o.lives(made.text("token"))
		l.ends()
	}
}

// TestMagpieAccessToken_edits edits what rotates nothing, one after the other, over the threshold of what is edited.
func TestMagpieAccessToken_edits(t *testing.T) {
	t.Parallel()
	atOnce(t, kinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := monthly(t)
		l := o.life(kind)
		first := l.does("create", nil)
		o.Clock().Advance(20 * day)
		for i, config := range []map[string]any{
			with("rotate_before_expiry", "96h"), with("rotate_before_expiry", "120h", "rotation_triggers", "1"), with("rotation_triggers", "1"), with("description", "mine"),
			with("overlap", "48h"), with("overlap", "72h", "rotation_triggers", "2"), with("overlap", "72h"),
		} {
			if _, overlaps := config["overlap"]; overlaps && kind == exclusive {
				continue
			}
			if l.does("update", config); l.now.text("token") != first.text("token") {
				t.Errorf("%s: edit %d rotated", kind, i)
			}
		}
		// A longer lead counts from the apply that wrote it, which is a policy for the next refresh.
		done, made := l.try(with("rotate_before_expiry", "264h"))
		if made.fine(); done != "update" {
			t.Errorf("%s: %s", kind, done)
		}
		o.lives(first.text("token"))
		if done, made = l.try(with("rotate_before_expiry", "264h")); made.fine().text("token") == first.text("token") {
			t.Errorf("%s: %s, not rotated", kind, done)
		}
		o.protocol().destroy(kind, *l.now).fine()
		o.left()
	})
}

// TestMagpieAccessToken_unknowns plans with arguments that only the apply tells.
func TestMagpieAccessToken_unknowns(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		o := monthly(t)
		l := o.life(kind)
		config := with("rotation_triggers", "1", "rotate_before_expiry", "168h")
		if kind != exclusive {
			config["overlap"] = "48h"
		}
		edit := func(name string, value any) map[string]any {
			edited := with()
			for k, v := range config {
				edited[k] = v
			}
			edited[name] = value
			return edited
		}
		first := l.does("create", config)
		p := o.protocol()
		// Triggers that may change plan a rotation, which turns out to be none.
		for _, name := range []string{"rotation_triggers", "rotate_before_expiry", "encrypt_secret_to"} {
			early := l.plan(edit(name, unknownOf(p, kind, name))).fine()
			if rotates := !early.values()["id"].IsKnown(); rotates != (name == "rotation_triggers") {
				t.Errorf("%s: an unknown %s rotates: %t", kind, name, rotates)
			}
			if done, made := l.carryOut(early, config); done != "nothing" {
				t.Errorf("%s: %s: %s %s", kind, name, done, made.errors())
			}
		}
		// A lead that may not be shorter does not stop a rotation that is due, unless it turns out to be.
		o.Clock().Advance(24 * day)
		l.refresh()
		early := l.plan(edit("rotate_before_expiry", unknownOf(p, kind, "rotate_before_expiry"))).fine()
		if early.values()["id"].IsKnown() {
			t.Errorf("%s: not due", kind)
		}
		shorter := edit("rotate_before_expiry", "48h")
		if done, made := l.carryOut(early, shorter); done != "update" {
			t.Errorf("%s: %s %s", kind, done, made.errors())
		}
		if planned := l.plan(shorter).fine(); !planned.equals(*l.now) {
			t.Errorf("%s: planned %v", kind, planned.values())
		}
		o.lives(first.text("token"))
		if kind != exclusive {
			unsure := with("rotation_triggers", "2", "overlap", unknownOf(p, kind, "overlap"))
			l.plan(unsure).fails(`Attribute overlap must be known while planning, because it decides between replacement and rotation in place`)
			l.plan(with("rotation_triggers", "1", "overlap", unknownOf(p, kind, "overlap"))).fine()
		}
		l.ends()
	}
}

// TestMagpieAccessToken_importedTriggers imports a token, and adding and removing triggers, an overlap and a lead rotates nothing.
func TestMagpieAccessToken_importedTriggers(t *testing.T) {
	t.Parallel()
	for _, kind := range plainKinds() {
		o := monthly(t)
		token := o.seed(o.owner(kind))
		id := token.ID
		if kind == service {
			id = robot + "/" + id
		}
		imported := o.protocol().imported(kind, id)
		l := o.life(kind)
		l.now = &imported
		config := with("rotation_triggers", "1", "overlap", "48h", "rotate_before_expiry", "168h")
		l.does("update", config)
		o.left(token.ID)
		l.does("update", nil)
		l.does("update", config)
		config = with("rotation_triggers", "2", "overlap", "48h", "rotate_before_expiry", "168h")
		second := l.does("rotate", config)
		if second.text("previous_id") != token.ID || second.text("previous_secret") != "" || !o.use(token.Secret).Works() {
			t.Errorf("%s: %v", kind, second.values())
		}
		o.Clock().Advance(49 * time.Hour)
		l.does("update", config)
		o.left(second.text("id"))
		l.ends()
	}
}

// TestMagpieAccessToken_year runs every day of a year with a configuration that never changes.
func TestMagpieAccessToken_year(t *testing.T) {
	t.Parallel()
	atOnce(t, kinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := monthly(t)
		l := o.life(kind)
		config := with("rotate_before_expiry", "168h", "description", "a year")
		overlaps := kind != exclusive
		if overlaps {
			config["overlap"] = "72h"
		}
		if done, made := l.try(config); done != "create" {
			t.Fatal(made.errors())
		}
		rotations := 0
		for today := 1; today <= 365; today++ {
			o.Clock().Advance(day)
			want := "nothing"
			switch {
			case today%23 == 0:
				want = "rotate"
				rotations++
			case today > 23 && today%23 == 3 && overlaps:
				want = "update"
			}
			if done, made := l.try(config); done != want {
				t.Fatalf("%s: day %d: %s instead of %s: %s", kind, today, done, want, made.errors())
			}
		}
		o.asked("POST", mintOf(kind), rotations+1)
		o.lives(l.now.text("token"))
		if rotations != 15 {
			t.Errorf("%d rotations", rotations)
		}
		l.ends()
	})
}

// TestMagpieAccessToken_endsSoon warns of an end that nothing prevents, as early as the provider block says.
func TestMagpieAccessToken_endsSoon(t *testing.T) {
	t.Parallel()
	o := monthly(t)
	l := o.life(service)
	made := l.does("create", nil)
	warned := func(setting any, config map[string]any) string {
		p := o.protocol(func(block map[string]any) {
			if setting != nil {
				block["expiry_warning"] = setting
			}
		})
		read := p.read(service, *l.now).fine()
		return p.plan(service, &read, arguments(service, config)).fine().remarks()
	}
	want := fmt.Sprintf("service account access token ends soon: The token %s for %s ends at %s", made.text("id"), robot, made.text("expires_at"))
	for _, c := range []struct {
		passed  time.Duration
		setting any
		config  map[string]any
		want    bool
	}{
		{0, nil, nil, false},
		{15 * day, nil, nil, false},
		{2 * day, nil, nil, true},
		{0, "0s", nil, false},
		{0, "168h", nil, false},
		{0, nil, with("rotate_before_expiry", "24h"), false},
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
	o.protocol().destroy(service, *l.now).fine()
	o.left()
}
