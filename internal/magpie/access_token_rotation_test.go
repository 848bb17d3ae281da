package magpie_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// TestAccMagpieAccessToken_rotationTriggers replaces the token on a change, in either order; adding the map and removing it rotates
// nothing.
func TestAccMagpieAccessToken_rotationTriggers(t *testing.T) {
	o := emulate(t)
	foreign := []fake.Token{o.seed(o.owner(personal)), o.seed(robot)}
	var first, second, third []*generation
	for _, kind := range plainKinds() {
		first, second, third = append(first, of(kind)), append(second, of(kind)), append(third, of(kind))
	}
	config := func(lines ...string) string { return o.config(block(personal, lines...), block(service, lines...)) }
	plans := func(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
		checks := planned(personal, action)
		checks.PreApply = append(checks.PreApply, planned(service, action).PreApply...)
		return checks
	}
	works := all(o.works(personal), o.works(service))
	o.test(
		resource.TestStep{Config: config(), Check: all(first[0].keep, first[1].keep)},
		resource.TestStep{
			Config: config(`rotation_triggers = { generation = "1" }`), ConfigPlanChecks: plans(plancheck.ResourceActionUpdate), Check: all(first[0].same, first[1].same),
		},
		resource.TestStep{
			Config: config(`rotation_triggers = { generation = "2" }`), ConfigPlanChecks: plans(plancheck.ResourceActionDestroyBeforeCreate),
			Check: all(first[0].replaced, first[1].replaced, second[0].keep, second[1].keep, works, o.refuses(first[0]), o.refuses(first[1]), o.holds(4)),
		},
		resource.TestStep{
			Config: config(`rotation_triggers = { generation = "3" }`, beforeDestroy), ConfigPlanChecks: plans(plancheck.ResourceActionCreateBeforeDestroy),
			Check: all(second[0].replaced, second[1].replaced, third[0].keep, third[1].keep, works, o.refuses(second[0]), o.refuses(second[1]), o.holds(4)),
		},
		resource.TestStep{Config: config(), ConfigPlanChecks: plans(plancheck.ResourceActionUpdate), Check: all(third[0].same, third[1].same, works)},
	)
	o.left(foreign[0].ID, foreign[1].ID)
}

// TestAccMagpieAccessToken_rotationTriggerUnknown changes a trigger to a value that only the apply tells.
func TestAccMagpieAccessToken_rotationTriggerUnknown(t *testing.T) {
	o := emulate(t)
	own, only := of(personal), of(exclusive)
	config := func(input string) string {
		const line = `rotation_triggers = { version = terraform_data.version.output }`
		return o.config("resource \"terraform_data\" \"version\" {\n  input = \""+input+"\"\n}\n", block(personal, line), block(exclusive, line))
	}
	plans := planned(personal, plancheck.ResourceActionDestroyBeforeCreate)
	plans.PreApply = append(plans.PreApply, planned(exclusive, plancheck.ResourceActionUpdate).PreApply...)
	o.test(
		resource.TestStep{Config: config("1"), Check: all(own.keep, only.keep)},
		resource.TestStep{
			Config: config("2"), ConfigPlanChecks: plans,
			Check: all(own.replaced, only.replaced, o.works(personal), o.works(exclusive), o.refuses(own), o.refuses(only), o.holds(2),
				has(personal, "rotation_triggers.version", "2"), has(exclusive, "rotation_triggers.version", "2")),
		},
	)
}

// TestAccMagpieAccessToken_userNameChanged moves tokens to other service accounts.
func TestAccMagpieAccessToken_userNameChanged(t *testing.T) {
	o := emulate(t)
	for _, name := range []string{"second@example.com", "third@example.com", "fourth@example.com"} {
		o.user(name)
	}
	plain, only := of(service), of(exclusive)
	plans := planned(service, plancheck.ResourceActionDestroyBeforeCreate)
	plans.PreApply = append(plans.PreApply, planned(exclusive, plancheck.ResourceActionDestroyBeforeCreate).PreApply...)
	o.test(
		resource.TestStep{Config: o.config(block(service), blockFor(exclusive, "second@example.com")), Check: all(plain.keep, only.keep)},
		resource.TestStep{
			Config: o.config(blockFor(service, "third@example.com"), blockFor(exclusive, "fourth@example.com")), ConfigPlanChecks: plans,
			Check: all(plain.replaced, only.replaced, o.works(service), o.works(exclusive), o.refuses(plain), o.refuses(only), o.holds(0)),
		},
	)
}

// ended are the ways in which the organization shows a token that has ended.
func ended() map[string]func(*fake.Switches) {
	return map[string]func(*fake.Switches){
		"listed": func(*fake.Switches) {},
		"hidden": func(w *fake.Switches) { w.HideExpired = true },
		"word":   func(w *fake.Switches) { w.ExpiredWord = true },
	}
}

// TestAccMagpieAccessToken_expired replaces tokens that have ended.
func TestAccMagpieAccessToken_expired(t *testing.T) {
	const second = "second@example.com"
	o := emulate(t, switched(func(w *fake.Switches) { w.TokenLifetime, w.HideExpired = fakeapi.Duration(720*time.Hour), true }))
	o.user(second)
	own, robots, only := of(personal), of(service), of(exclusive)
	config := o.config(block(personal), block(service, beforeDestroy), blockFor(exclusive, second))
	every := func(check func(kind string) resource.TestCheckFunc) resource.TestCheckFunc {
		return all(check(personal), check(service), check(exclusive))
	}
	status := func(want string) resource.TestCheckFunc {
		return every(func(kind string) resource.TestCheckFunc { return has(kind, "status", want) })
	}
	plans := planned(personal, plancheck.ResourceActionDestroyBeforeCreate)
	plans.PreApply = append(plans.PreApply, planned(service, plancheck.ResourceActionCreateBeforeDestroy).PreApply...)
	plans.PreApply = append(plans.PreApply, planned(exclusive, plancheck.ResourceActionUpdate).PreApply...)
	o.test(
		resource.TestStep{Config: config, Check: all(own.keep, robots.keep, only.keep, every(o.works), status("active"))},
		resource.TestStep{PreConfig: func() { o.Clock().Advance(721 * time.Hour) }, RefreshState: true, ExpectNonEmptyPlan: true, Check: status("expired")},
		resource.TestStep{
			Config: config, ConfigPlanChecks: plans,
			Check: all(own.replaced, robots.replaced, only.replaced, every(o.works), o.refuses(own), o.refuses(robots), o.refuses(only), status("active")),
		},
	)
}

// TestMagpieAccessToken_expired says at the refresh what is going to happen, plans it, and can delete what has ended.
func TestMagpieAccessToken_expired(t *testing.T) {
	t.Parallel()
	for name, set := range ended() {
		for _, kind := range distinctKinds() {
			o := emulate(t, switched(func(w *fake.Switches) { w.TokenLifetime = fakeapi.Duration(time.Hour); set(w) }))
			made := o.engine(kind).Create(arguments(kind, nil))
			o.Clock().Advance(2 * time.Hour)
			p := o.engine(kind)
			read, diagnostics := p.Read(made)
			text := o.warned(diagnostics)
			want := "has expired: The token " + made.Text("id") + " expired at " + made.Text("expires_at") + ". It is planned for replacement."
			if kind == exclusive {
				want = "has expired: The token " + made.Text("id") + " of " + robot + " expired at " + made.Text("expires_at") + ". It is planned for rotation in place."
			}
			if !strings.Contains(text, want) {
				t.Errorf("%s, %s: %q", kind, name, text)
			}
			if read.Text("status") != "expired" {
				t.Errorf("%s, %s: %v", kind, name, read.Attributes)
			}
			planned := p.MustPlan(read, arguments(kind, nil))
			if planned.Replaces() != (kind != exclusive) || planned.IsKnown("id") {
				t.Errorf("%s, %s: planned %v", kind, name, planned.Attributes)
			}
			if kind == exclusive {
				o.holdsWorking(p.MustApply(planned))
				continue
			}
			p.Destroy(read)
			if name != "hidden" {
				o.left()
			}
		}
	}
}

// TestMagpieAccessToken_expiresBeforeApply applies a plan of a token that was alive when the plan was made, on a machine whose clock is slow:
// the organization's answers tell the time.
func TestMagpieAccessToken_expiresBeforeApply(t *testing.T) {
	t.Parallel()
	for name, set := range ended() {
		o := emulate(t, switched(func(w *fake.Switches) { w.TokenLifetime = fakeapi.Duration(time.Hour); set(w) }))
		o.env.Now = time.Now
		made := o.engine(service).Create(arguments(service, nil))
		config := arguments(service, values{"description": "new"})
		planned := o.engine(service).MustPlan(made, config)
		o.Clock().Advance(2 * time.Hour)
		applied, diagnostics := o.engine(service).Apply(planned)
		if name == "hidden" {
			o.refused(`is not on the account any more`, diagnostics)
		} else if diagnostics.Failed() {
			t.Error(diagnostics.Errors())
		}
		if applied == nil || applied.Text("token") != made.Text("token") {
			t.Errorf("%s: the state holds %v", name, applied)
		}
	}
}
