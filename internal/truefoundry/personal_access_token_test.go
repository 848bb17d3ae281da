package truefoundry_test

import (
	"testing"

	acc "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

func TestAccTrueFoundryPersonalAccessToken_lifecycle(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	var first, second string
	p.test(
		acc.TestStep{
			Config: p.config(block(patAddress, `name_prefix = "ci-"`, `lifetime = "720h"`, `rotation_triggers = { n = "1" }`)),
			Check: all(save(patAddress, &first), p.authenticates(&first, true), p.alive(1),
				acc.TestCheckResourceAttrSet(patAddress, "id"), acc.TestCheckResourceAttr(patAddress, "status", "active"),
				acc.TestCheckResourceAttr(patAddress, "token_type", "jwt")),
		},
		acc.TestStep{
			Config: p.config(block(patAddress, `name_prefix = "ci-"`, `lifetime = "48h0m0s"`, `rotation_triggers = { n = "1" }`)),
			ConfigPlanChecks: acc.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(patAddress, plancheck.ResourceActionUpdate),
			}},
		},
		acc.TestStep{
			Config: p.config(block(patAddress, `name_prefix = "ci-"`, `lifetime = "48h0m0s"`, `rotation_triggers = { n = "2" }`)),
			Check:  all(save(patAddress, &second), p.authenticates(&first, false), p.authenticates(&second, true), p.alive(1)),
		},
		acc.TestStep{
			ResourceName: patAddress, ImportState: true, ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"token", "rotation_triggers"},
		},
	)
	if err := p.authenticates(&second, false)(nil); err != nil {
		t.Errorf("after destroy: %s", err)
	}
}

func TestAccTrueFoundryPersonalAccessToken_nameTaken(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	p.test(acc.TestStep{
		Config: p.config(block(patAddress, `name = "twice"`, `lifetime = "720h"`),
			block("mint_truefoundry_personal_access_token.other", `name = "twice"`, `lifetime = "720h"`)),
		ExpectError: says(`The name "twice" is taken by the token c`),
	})
}

func TestAccTrueFoundryPersonalAccessToken_dataSources(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	p.test(acc.TestStep{
		Config: p.config(block(patAddress, `name = "seen"`, `lifetime = "720h"`), `
data "mint_truefoundry_personal_access_token" "one" {
  name = mint_truefoundry_personal_access_token.test.name
}
data "mint_truefoundry_personal_access_tokens" "many" {
  name_contains = "see"
  depends_on    = [mint_truefoundry_personal_access_token.test]
}`),
		Check: all(
			acc.TestCheckResourceAttrPair("data.mint_truefoundry_personal_access_token.one", "id", patAddress, "id"),
			acc.TestCheckResourceAttr("data.mint_truefoundry_personal_access_tokens.many", "tokens.#", "1"),
		),
	})
}
