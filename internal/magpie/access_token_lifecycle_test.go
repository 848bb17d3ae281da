package magpie_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// plansOf expects actions for the three resources.
func plansOf(plain, only plancheck.ResourceActionType) resource.ConfigPlanChecks {
	var plans resource.ConfigPlanChecks
	for kind, action := range map[string]plancheck.ResourceActionType{personal: plain, service: plain, exclusive: only} {
		plans.PreApply = append(plans.PreApply, planned(kind, action).PreApply...)
	}
	return plans
}

// generations are the latest tokens of the three resources.
type generations map[string]*generation

// every checks each of the resources, given what was its latest token so far.
func (g generations) every(check func(kind string, last *generation) resource.TestCheckFunc) resource.TestCheckFunc {
	var checks []resource.TestCheckFunc
	for _, kind := range kinds() {
		checks = append(checks, check(kind, g[kind]))
	}
	return all(checks...)
}

// TestAccMagpieAccessToken_lifecycle mints a token that logs in and lists; disabled, it is refused; enabled, it works; replaced in either
// order or rotated by a trigger, it is refused and its successor works; deleted, that is refused, and the organization holds what it held
// before.
func TestAccMagpieAccessToken_lifecycle(t *testing.T) {
	const second, text = "second@example.com", "ünïcode ✓"
	o := emulate(t)
	o.user(second)
	foreign := []string{o.seed(o.Magpie.Bootstrap().UserName).ID, o.seed(robot).ID}
	config := func(description, generation, plain string, lines ...string) string {
		lines = append(lines, fmt.Sprintf("rotation_triggers = { generation = %q }", generation))
		if description != "" {
			lines = append(lines, fmt.Sprintf("description = %q", description))
		}
		only := blockFor(exclusive, second, lines...)
		lines = append(lines, plain)
		return o.config(block(personal, lines...), block(service, lines...), only)
	}
	made := generations{personal: of(personal), service: of(service), exclusive: of(exclusive)}
	rotated := made.every(func(kind string, last *generation) resource.TestCheckFunc {
		return func(state *terraform.State) error {
			before := *last
			return all(before.replaced, o.refuses(&before), last.keep, o.works(kind), has(kind, "description", text))(state)
		}
	})
	const create, update = plancheck.ResourceActionCreate, plancheck.ResourceActionUpdate
	o.test(
		resource.TestStep{
			Config: config("built by CI", "1", ""), ConfigPlanChecks: plansOf(create, create),
			Check: made.every(func(kind string, first *generation) resource.TestCheckFunc {
				return all(first.keep, o.works(kind), has(kind, "description", "built by CI"), has(kind, "disabled", "false"),
					has(kind, "status", "active"), lacks(kind, "expires_at"), resource.TestCheckResourceAttrSet(address(kind), "created_at"))
			}),
		},
		resource.TestStep{
			Config: config("", "1", "", `disabled = true`), ConfigPlanChecks: plansOf(update, update),
			Check: made.every(func(kind string, first *generation) resource.TestCheckFunc {
				return all(first.same, o.refuses(first), has(kind, "status", "disabled"), lacks(kind, "description"))
			}),
		},
		resource.TestStep{
			Config: config(text, "1", ""), ConfigPlanChecks: plansOf(update, update),
			Check: made.every(func(kind string, first *generation) resource.TestCheckFunc {
				return all(first.same, o.works(kind), has(kind, "status", "active"), func(*terraform.State) error {
					if stored, _ := o.Magpie.Token(first.id); stored.Description != text {
						return fmt.Errorf("the organization has %q", stored.Description)
					}
					return nil
				})
			}),
		},
		resource.TestStep{
			Config: config(text, "2", ""), ConfigPlanChecks: plansOf(plancheck.ResourceActionDestroyBeforeCreate, update), Check: all(rotated, o.holds(4)),
		},
		resource.TestStep{
			Config: config(text, "3", beforeDestroy), ConfigPlanChecks: plansOf(plancheck.ResourceActionCreateBeforeDestroy, update), Check: all(rotated, o.holds(4)),
		},
	)
	for kind, last := range made {
		if probe := o.use(last.secret); probe.Login != http.StatusUnauthorized {
			t.Errorf("%s, after the destroy: %+v", kind, probe)
		}
	}
	o.left(foreign...)
	if left := o.Magpie.Tokens(second); len(left) != 0 {
		t.Errorf("%s has %v", second, left)
	}
	if got := o.Journal().Count(fakeapi.Filter{Method: "DELETE", Route: textRoute}); got != 0 {
		t.Errorf("%d deletes of a description", got)
	}
}
