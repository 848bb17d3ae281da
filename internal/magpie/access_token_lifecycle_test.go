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

// importVerifies imports the resource under test and compares it with the state. The token itself cannot be imported.
func importVerifies(kind string) resource.TestStep {
	return resource.TestStep{
		ResourceName: address(kind), ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"token"},
		ImportStateVerifyIdentifierAttribute: map[bool]string{true: "user_name", false: "id"}[kind == exclusive],
		ImportStateIdFunc: func(state *terraform.State) (string, error) {
			found := state.RootModule().Resources[address(kind)].Primary.Attributes
			switch kind {
			case personal:
				return found["id"], nil
			case service:
				return found["user_name"] + "/" + found["id"], nil
			}
			return found["user_name"], nil
		},
	}
}

// TestAccMagpieAccessToken_lifecycle mints a token that logs in and lists; disabled, it is refused; enabled, it works; deleted, it
// is refused, and the organization holds what it held before.
func TestAccMagpieAccessToken_lifecycle(t *testing.T) {
	each(t, kinds(), func(t *testing.T, kind string) {
		o := emulate(t)
		foreign := o.seed(o.Magpie.Bootstrap().UserName)
		first := of(kind)
		config := func(lines ...string) string { return o.config(block(kind, lines...)) }
		o.test(
			resource.TestStep{
				Config: config(`description = "built by CI"`), ConfigPlanChecks: planned(kind, plancheck.ResourceActionCreate),
				Check: all(first.keep, o.works(kind), o.holds(2), has(kind, "description", "built by CI"), has(kind, "disabled", "false"),
					has(kind, "status", "active"), lacks(kind, "expires_at"), resource.TestCheckResourceAttrSet(address(kind), "created_at")),
			},
			resource.TestStep{
				Config: config(`disabled = true`), ConfigPlanChecks: planned(kind, plancheck.ResourceActionUpdate),
				Check: all(first.same, o.refuses(first), has(kind, "status", "disabled"), lacks(kind, "description")),
			},
			resource.TestStep{
				Config: config(`description = "ünïcode ✓"`), ConfigPlanChecks: planned(kind, plancheck.ResourceActionUpdate),
				Check: all(first.same, o.works(kind), has(kind, "status", "active"), func(*terraform.State) error {
					if stored, _ := o.Magpie.Token(first.id); stored.Description != "ünïcode ✓" {
						return fmt.Errorf("the organization has %q", stored.Description)
					}
					return nil
				}),
			},
			resource.TestStep{Config: config(`description = "ünïcode ✓"`), Destroy: true},
		)
		if probe := o.use(first.secret); probe.Login != http.StatusUnauthorized {
			t.Errorf("after the destroy: %+v", probe)
		}
		if ids := o.ids(); len(ids) != 1 || ids[0] != foreign.ID {
			t.Errorf("the organization held [%s] and holds %v", foreign.ID, ids)
		}
		if got := o.Journal().Count(fakeapi.Filter{Method: "DELETE", Route: textRoute}); got != 0 {
			t.Errorf("%d deletes of a description", got)
		}
	})
}
