package truefoundry_test

import (
	"testing"

	acc "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
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

func TestAccTrueFoundryPersonalAccessToken_expiresAt(t *testing.T) {
	t.Parallel()
	for _, echo := range []string{"as_sent", "instant", "minutes", "date"} {
		for _, hide := range []string{"never", "always"} {
			t.Run(echo+" "+hide, func(t *testing.T) {
				t.Parallel()
				p := emulate(t, func(w *fake.Switches) { w.PATExpirationEcho, w.HideJWTs = echo, hide })
				config := p.config(block(patAddress, `name = "audit"`, `expires_at = "2035-01-31T10:20:30Z"`))
				p.test(acc.TestStep{
					Config: config, Check: acc.TestCheckResourceAttr(patAddress, "expires_at", "2035-01-31T10:20:30Z"),
				}, acc.TestStep{
					Config:       p.config(block(patAddress, `name = "audit"`, `expires_at = "2035-01-31T10:20:00Z"`)),
					ResourceName: patAddress, ImportState: true, ImportStateId: "audit",
				})
			})
		}
	}
}

func TestAccTrueFoundryPersonalAccessToken_createAnswerLost(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"drop-after", "502-after", "truncate", "html-after", "hang-after", "drop-before", "status:503"} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			p := emulate(t)
			p.fault("POST", patsRoute, word, 1)
			var token string
			p.test(acc.TestStep{
				Config: p.config(block(patAddress, `name = "pipeline"`, `lifetime = "720h"`)),
				Check:  all(save(patAddress, &token), p.authenticates(&token, true), p.alive(1)),
			})
		})
	}
}

// TestAccTrueFoundryPersonalAccessToken_idNotFound fails after the mint: the next run finds the token by its name and deletes it.
func TestAccTrueFoundryPersonalAccessToken_idNotFound(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	var token string
	config := p.config(block(patAddress, `name = "late"`, `lifetime = "720h"`))
	p.test(
		acc.TestStep{
			PreConfig: func() {
				p.afterwards["POST"] = func() { p.fault("GET", patsRoute, "status:403", 1) }
			},
			Config: config, ExpectError: says("its id could not be found, because the list failed"),
		},
		acc.TestStep{
			Config: config, Check: all(save(patAddress, &token), p.authenticates(&token, true), p.alive(1)),
		},
	)
}

func TestAccTrueFoundryPersonalAccessToken_nameTaken(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	p.test(acc.TestStep{
		Config: p.config(block(patAddress, `name = "twice"`, `lifetime = "720h"`),
			block("mint_truefoundry_personal_access_token.other", `name = "twice"`, `lifetime = "720h"`)),
		ExpectError: says(`The name "twice" is taken by the token with the id`),
	})
}

func TestAccTrueFoundryPersonalAccessToken_imposedEnd(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { w.PATMaxAgeDays = 30 })
	p.test(acc.TestStep{
		Config: p.config(block(patAddress, `name = "capped"`, `expires_at = "2035-01-31T00:00:00Z"`)),
		Check:  acc.TestCheckResourceAttr(patAddress, "expires_at", "2035-01-31T00:00:00Z"),
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
