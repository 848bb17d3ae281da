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

// TestAccMagpieAccessToken_lifecycle mints a token that logs in and lists; disabled, it is refused; enabled, it works; deleted, it
// is refused, and the organization holds what it held before.
func TestAccMagpieAccessToken_lifecycle(t *testing.T) {
	const second = "second@example.com"
	o := emulate(t)
	o.user(second)
	foreign := o.seed(o.Magpie.Bootstrap().UserName)
	config := func(lines ...string) string {
		return o.config(block(personal, lines...), block(service, lines...), blockFor(exclusive, second, lines...))
	}
	var plans [2]resource.ConfigPlanChecks
	for _, kind := range kinds() {
		plans[0].PreApply = append(plans[0].PreApply, planned(kind, plancheck.ResourceActionCreate).PreApply...)
		plans[1].PreApply = append(plans[1].PreApply, planned(kind, plancheck.ResourceActionUpdate).PreApply...)
	}
	made := map[string]*generation{}
	every := func(check func(kind string, first *generation) resource.TestCheckFunc) resource.TestCheckFunc {
		var checks []resource.TestCheckFunc
		for _, kind := range kinds() {
			if made[kind] == nil {
				made[kind] = of(kind)
			}
			checks = append(checks, check(kind, made[kind]))
		}
		return all(checks...)
	}
	const text = "ünïcode ✓"
	o.test(
		resource.TestStep{
			Config: config(`description = "built by CI"`), ConfigPlanChecks: plans[0],
			Check: every(func(kind string, first *generation) resource.TestCheckFunc {
				return all(first.keep, o.works(kind), has(kind, "description", "built by CI"), has(kind, "disabled", "false"),
					has(kind, "status", "active"), lacks(kind, "expires_at"), resource.TestCheckResourceAttrSet(address(kind), "created_at"))
			}),
		},
		resource.TestStep{
			Config: config(`disabled = true`), ConfigPlanChecks: plans[1],
			Check: every(func(kind string, first *generation) resource.TestCheckFunc {
				return all(first.same, o.refuses(first), has(kind, "status", "disabled"), lacks(kind, "description"))
			}),
		},
		resource.TestStep{
			Config: config(`description = "` + text + `"`), ConfigPlanChecks: plans[1],
			Check: every(func(kind string, first *generation) resource.TestCheckFunc {
				return all(first.same, o.works(kind), has(kind, "status", "active"), func(*terraform.State) error {
					if stored, _ := o.Magpie.Token(first.id); stored.Description != text {
						return fmt.Errorf("the organization has %q", stored.Description)
					}
					return nil
				})
			}),
		},
		resource.TestStep{Config: config(`description = "` + text + `"`), Destroy: true},
	)
	for kind, first := range made {
		if probe := o.use(first.secret); probe.Login != http.StatusUnauthorized {
			t.Errorf("%s, after the destroy: %+v", kind, probe)
		}
	}
	o.left(foreign.ID)
	if left := o.Magpie.Tokens(second); len(left) != 0 {
		t.Errorf("%s has %v", second, left)
	}
	if got := o.Journal().Count(fakeapi.Filter{Method: "DELETE", Route: textRoute}); got != 0 {
		t.Errorf("%d deletes of a description", got)
	}
}
