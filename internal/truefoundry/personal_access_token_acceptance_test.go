package truefoundry_test

import (
	"testing"
	"time"

	acc "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

// action checks how a plan is announced.
func action(address string, wanted plancheck.ResourceActionType, more ...plancheck.PlanCheck) acc.ConfigPlanChecks {
	return acc.ConfigPlanChecks{PreApply: append(more, plancheck.ExpectResourceAction(address, wanted))}
}

// TestAccTrueFoundryPersonalAccessToken_lifecycle mints, edits, replaces with the new token before the old one is gone, imports and
// destroys. It does so on a newer control plane, for another user.
func TestAccTrueFoundryPersonalAccessToken_lifecycle(t *testing.T) {
	t.Parallel()
	p := emulate(t, visible()["tenant"])
	key, _ := p.ofAlice().block["api_key"].(string)
	config := func(lifetime, n string) string {
		return p.configWith(key, block(patAddress, `user_email = "`+alice+`"`, `name_prefix = "ci-"`, `lifetime = "`+lifetime+`"`, `rotation_triggers = { n = "`+n+`" }`,
			"lifecycle {\n    create_before_destroy = true\n  }"))
	}
	var first, second string
	p.test(
		acc.TestStep{
			Config: config("720h", "1"), ConfigPlanChecks: action(patAddress, plancheck.ResourceActionCreate),
			Check: all(save(patAddress, &first), p.authenticates(&first, true), p.alive(1), acc.TestCheckResourceAttrSet(patAddress, "id"),
				acc.TestCheckResourceAttr(patAddress, "status", "active"), acc.TestCheckNoResourceAttr(patAddress, "token_type")),
		},
		acc.TestStep{
			Config: config("2d", "1"), ConfigPlanChecks: action(patAddress, plancheck.ResourceActionUpdate),
			Check: all(acc.TestCheckResourceAttrPtr(patAddress, "token", &first), p.alive(1)),
		},
		acc.TestStep{
			Config: config("2d", "2"), ConfigPlanChecks: action(patAddress, plancheck.ResourceActionReplace, plancheck.ExpectUnknownValue(patAddress, tfjsonpath.New("token"))),
			Check: all(save(patAddress, &second), p.authenticates(&first, false), p.authenticates(&second, true), p.alive(1)),
		},
		acc.TestStep{
			ResourceName: patAddress, ImportState: true, ImportStateIdPrefix: alice + "/", ImportStateVerify: true, ImportStateVerifyIgnore: []string{"token", "secret_version", "rotation_triggers", "lifetime", "name_prefix"},
		},
	)
	p.check(second, false)
}

// TestAccTrueFoundryPersonalAccessToken_overlap rotates in place for triggers that only the apply tells, revokes after the overlap, and
// shows both secrets to outputs that are sensitive.
func TestAccTrueFoundryPersonalAccessToken_overlap(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	config := func(n string) string {
		return p.config("resource \"terraform_data\" \"n\" {\n  input = \""+n+"\"\n}\n",
			block(patAddress, `name_prefix = "ci-"`, `lifetime = "720h"`, `rotate_before_expiry = "240h"`, `overlap = "72h"`, `rotation_triggers = { n = terraform_data.n.output }`),
			"output \"both\" {\n  sensitive = true\n  value = ["+patAddress+".token, "+patAddress+".previous_secret]\n}")
	}
	var first, second string
	p.test(
		acc.TestStep{Config: config("1"), Check: all(save(patAddress, &first), p.alive(1), acc.TestCheckNoResourceAttr(patAddress, "previous_id"))},
		acc.TestStep{
			Config: config("2"), ConfigPlanChecks: action(patAddress, plancheck.ResourceActionUpdate),
			Check: all(save(patAddress, &second), p.authenticates(&first, true), p.authenticates(&second, true), p.alive(2),
				acc.TestCheckResourceAttrPtr(patAddress, "previous_secret", &first), acc.TestCheckResourceAttrSet(patAddress, "previous_revoked_after")),
		},
		acc.TestStep{
			PreConfig: func() { p.pass(73 * time.Hour) },
			Config:    config("2"), ConfigPlanChecks: action(patAddress, plancheck.ResourceActionUpdate),
			Check: all(acc.TestCheckResourceAttrPtr(patAddress, "token", &second), p.authenticates(&first, false), p.authenticates(&second, true), p.alive(1),
				acc.TestCheckNoResourceAttr(patAddress, "previous_id")),
		},
	)
	p.check(second, false)
}
