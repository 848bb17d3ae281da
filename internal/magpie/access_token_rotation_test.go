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
	each(t, plainKinds(), func(t *testing.T, kind string) {
		o := emulate(t)
		foreign := o.seed(o.owner(kind))
		first, second, third := of(kind), of(kind), of(kind)
		config := func(lines ...string) string { return o.config(block(kind, lines...)) }
		o.test(
			resource.TestStep{Config: config(), Check: first.keep},
			resource.TestStep{Config: config(`rotation_triggers = { generation = "1" }`), ConfigPlanChecks: planned(kind, plancheck.ResourceActionUpdate), Check: first.same},
			resource.TestStep{
				Config: config(`rotation_triggers = { generation = "2" }`), ConfigPlanChecks: planned(kind, plancheck.ResourceActionDestroyBeforeCreate),
				Check: all(first.replaced, second.keep, o.works(kind), o.refuses(first), o.holds(2)),
			},
			resource.TestStep{
				Config: config(`rotation_triggers = { generation = "3" }`, beforeDestroy), ConfigPlanChecks: planned(kind, plancheck.ResourceActionCreateBeforeDestroy),
				Check: all(second.replaced, third.keep, o.works(kind), o.refuses(second), o.holds(2)),
			},
			resource.TestStep{Config: config(), ConfigPlanChecks: planned(kind, plancheck.ResourceActionUpdate), Check: all(third.same, o.works(kind))},
		)
		if _, there := o.Magpie.Token(foreign.ID); !there {
			t.Error("somebody else's token is gone")
		}
	})
}

// TestAccMagpieAccessToken_rotationTriggerUnknown changes a trigger to a value that only the apply tells.
func TestAccMagpieAccessToken_rotationTriggerUnknown(t *testing.T) {
	each(t, []string{personal, exclusive}, func(t *testing.T, kind string) {
		o := emulate(t)
		first := of(kind)
		config := func(input string) string {
			return o.config("resource \"terraform_data\" \"version\" {\n  input = \""+input+"\"\n}\n", block(kind, `rotation_triggers = { version = terraform_data.version.output }`))
		}
		action := plancheck.ResourceActionDestroyBeforeCreate
		if kind == exclusive {
			action = plancheck.ResourceActionUpdate
		}
		o.test(
			resource.TestStep{Config: config("1"), Check: first.keep},
			resource.TestStep{
				Config: config("2"), ConfigPlanChecks: planned(kind, action),
				Check: all(first.replaced, o.works(kind), o.refuses(first), o.holds(1), has(kind, "rotation_triggers.version", "2")),
			},
		)
	})
}

// TestAccMagpieAccessToken_userNameChanged moves a token to another service account.
func TestAccMagpieAccessToken_userNameChanged(t *testing.T) {
	each(t, []string{service, exclusive}, func(t *testing.T, kind string) {
		o := emulate(t)
		o.user("other@example.com")
		first := of(kind)
		o.test(
			resource.TestStep{Config: o.config(block(kind)), Check: first.keep},
			resource.TestStep{
				Config: o.config(blockFor(kind, "other@example.com")), ConfigPlanChecks: planned(kind, plancheck.ResourceActionDestroyBeforeCreate),
				Check: all(first.replaced, o.works(kind), o.refuses(first), o.holds(0)),
			},
		)
	})
}

// TestAccMagpieAccessToken_expired replaces tokens that have ended, whether or not the organization still lists them.
func TestAccMagpieAccessToken_expired(t *testing.T) {
	const second = "second@example.com"
	for name, set := range map[string]func(*fake.Switches){
		"listed": func(*fake.Switches) {},
		"hidden": func(w *fake.Switches) { w.HideExpired = true },
		"word":   func(w *fake.Switches) { w.ExpiredWord = true },
	} {
		t.Run(name, func(t *testing.T) {
			o := emulate(t, switched(func(w *fake.Switches) { w.TokenLifetime = fakeapi.Duration(720 * time.Hour); set(w) }))
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
		})
	}
}

// TestMagpieAccessToken_expiredWarning says at the refresh what is going to happen.
func TestMagpieAccessToken_expiredWarning(t *testing.T) {
	t.Parallel()
	for _, hide := range []bool{false, true} {
		for _, kind := range kinds() {
			o := emulate(t, switched(func(w *fake.Switches) { w.TokenLifetime, w.HideExpired = fakeapi.Duration(time.Hour), hide }))
			config := map[string]any{}
			if kind != personal {
				config["user_name"] = robot
			}
			made := o.protocol().apply(kind, nil, config)
			o.Clock().Advance(2 * time.Hour)
			read := o.protocol().read(kind, made)
			text := read.warnings()
			if !strings.Contains(text, "has expired: The token "+made.text("id")) || !strings.Contains(text, "ended at "+made.text("expires_at")+". It is planned for replacement.") {
				t.Errorf("%s: %q", kind, text)
			}
			if read.text("status") != "expired" {
				t.Errorf("%s: %v", kind, read.values())
			}
		}
	}
}

// TestAccMagpieAccessToken_expiresBeforeApply applies a plan of a token that was alive when the plan was made.
func TestAccMagpieAccessToken_expiresBeforeApply(t *testing.T) {
	for name, hide := range map[string]bool{"listed": false, "hidden": true} {
		t.Run(name, func(t *testing.T) {
			o := emulate(t, switched(func(w *fake.Switches) { w.TokenLifetime, w.HideExpired = fakeapi.Duration(time.Hour), hide }))
			first := of(service)
			step := resource.TestStep{
				Config: o.config(block(service, `description = "new"`)), ExpectNonEmptyPlan: !hide,
				ConfigPlanChecks: then(planned(service, plancheck.ResourceActionUpdate), func() { o.Clock().Advance(2 * time.Hour) }),
			}
			if hide {
				step.ExpectError = says(`is not on the account any more`)
			}
			o.test(resource.TestStep{Config: o.config(block(service)), Check: first.keep}, step)
		})
	}
}
