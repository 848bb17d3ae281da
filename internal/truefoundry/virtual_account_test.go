package truefoundry_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	acc "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

func does(action plancheck.ResourceActionType) acc.ConfigPlanChecks {
	return acc.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(vaAddress, action)}}
}

func TestAccTrueFoundryVirtualAccount_lifecycle(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	var first, second string
	config := func(trigger string) string {
		return p.config(block(vaAddress, `name = "loader"`, `overlap = 2`, `rotation_triggers = { n = "`+trigger+`" }`))
	}
	p.test(
		acc.TestStep{Config: config("1"), Check: all(save(vaAddress, &first), p.authenticates(&first, true), p.alive(1))},
		acc.TestStep{
			Config: config("2"), ConfigPlanChecks: does(plancheck.ResourceActionUpdate),
			Check: all(save(vaAddress, &second), p.authenticates(&first, true), p.authenticates(&second, true), p.alive(2)),
		},
		acc.TestStep{
			PreConfig: func() { p.Stage().Clock.Advance(48*time.Hour + time.Minute) },
			Config:    config("2"), Check: all(p.authenticates(&first, false), p.authenticates(&second, true)),
		},
		acc.TestStep{
			ResourceName: vaAddress, ImportState: true, ImportStateId: "loader", ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"overlap", "rotation_triggers"},
		},
	)
	if err := p.authenticates(&second, false)(nil); err != nil {
		t.Errorf("after destroy: %s", err)
	}
}

// manifestFields are lines that set a field, and lines that change it.
func manifestFields() map[string][2]string {
	return map[string][2]string{
		"permissions": {
			`permissions = [{ resource_fqn = "a:b", resource_type = "workspace", role_id = "viewer" }, { resource_fqn = "c:d", resource_type = "workspace", role_id = "viewer" }]`,
			`permissions = [{ resource_fqn = "a:b", resource_type = "workspace", role_id = "member" }]`,
		},
		"expiration_date":     {`expiration_date = "2035-01-31"`, `expiration_date = "2036-01-31"`},
		"auto_rotate":         {`auto_rotate = { auto_rotate_interval = 30, grace_period = 1 }`, `auto_rotate = { auto_rotate_interval = 60, grace_period = 2 }`},
		"notification_target": {`notification_target = { type = "email", notification_channel = "x:y", to_emails = ["b@example.com", "a@example.com"] }`, `notification_target = { type = "pagerduty", notification_channel = "x:y" }`},
		"secret_store_config": {`secret_store_config = { integration_fqn = "x:y", secret_path = "a/b" }`, `secret_store_config = { integration_fqn = "x:y", secret_path = "a/c" }`},
		"owned_by":            {`owned_by = { team = "blue" }`, `owned_by = { team = "red", account = "acme" }`},
		"tags":                {`tags = { a = "1", b = "2" }`, `tags = { a = "3" }`},
		"identity_provider_mapping": {
			`identity_provider_mapping = [{ identity_provider = "x:y", value = "v" }]`, `identity_provider_mapping = [{ identity_provider = "x:y", value = "w" }]`,
		},
		"token_type": {`token_type = "jwt"`, `token_type = "opaque"`},
	}
}

func TestAccTrueFoundryVirtualAccount_fields(t *testing.T) {
	t.Parallel()
	for field, lines := range manifestFields() {
		for name, change := range map[string]func(*fake.Switches){
			"current": func(*fake.Switches) {}, "kept": func(w *fake.Switches) { w.OmittedFields = "kept" },
			"reissues": func(w *fake.Switches) { w.ExpirationEdit = "reissues" }, "instant": func(w *fake.Switches) { w.ExpirationEcho, w.ExtraKeys = "instant", true },
			"hidden": func(w *fake.Switches) { w.PermissionsEcho, w.HideJWTs = "hidden", "always" },
		} {
			if name != "current" && field != "expiration_date" && field != "permissions" {
				continue
			}
			t.Run(field+" "+name, func(t *testing.T) {
				t.Parallel()
				p := emulate(t, change)
				var token string
				step := func(line string, action plancheck.ResourceActionType) acc.TestStep {
					return acc.TestStep{
						Config: p.config(block(vaAddress, `name = "loader"`, line)), ConfigPlanChecks: does(action),
						Check: all(save(vaAddress, &token), p.authenticates(&token, true)),
					}
				}
				p.test(
					step(lines[0], plancheck.ResourceActionCreate), step(lines[1], plancheck.ResourceActionUpdate),
					acc.TestStep{
						ResourceName: vaAddress, ImportState: true, ImportStateVerify: name != "hidden" && field != "token_type",
						ImportStateVerifyIgnore: []string{"token"},
					},
					step("", plancheck.ResourceActionUpdate), step(lines[1], plancheck.ResourceActionUpdate),
				)
			})
		}
	}
}

func TestAccTrueFoundryVirtualAccount_nameExists(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	foreign, err := p.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": "loader", "tags": map[string]any{"a": "b"}}})
	if err != nil {
		t.Fatal(err)
	}
	p.test(acc.TestStep{
		Config: p.config(block(vaAddress, `name = "loader"`)), ExpectError: says("terraform import <the resource's address> " + foreign.ID),
	})
	if n := p.requests("PUT", vasRoute); n != 0 {
		t.Errorf("%d requests to put", n)
	}
}

func TestAccTrueFoundryVirtualAccount_twiceInOneApply(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	p.test(acc.TestStep{
		Config:      p.config(block(vaAddress, `name = "loader"`), block("mint_truefoundry_virtual_account.other", `name = "loader"`)),
		ExpectError: says("The name is taken by another TrueFoundry virtual account"),
	})
	if left := p.VirtualAccounts(); len(left) != 0 {
		t.Errorf("left behind: %+v", left)
	}
}

func TestAccTrueFoundryVirtualAccount_answersLost(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"jwt", "opaque"} {
		for _, word := range []string{"drop-after", "502-after", "truncate", "html-after", "drop-before", "hang-after"} {
			t.Run(kind+" "+word, func(t *testing.T) {
				t.Parallel()
				p := emulate(t, func(w *fake.Switches) { w.TokenType = kind })
				var first, second string
				config := func(trigger, tag string) string {
					text := p.config(block(vaAddress, `name = "loader"`, `rotation_triggers = { n = "`+trigger+`" }`, `tags = { a = "`+tag+`" }`))
					return strings.Replace(text, "api_key", "dry_run = false\n    api_key", 1)
				}
				steps := []acc.TestStep{
					{
						PreConfig: func() { p.fault("PUT", vasRoute, word, 1) },
						Config:    config("1", "1"), Check: all(save(vaAddress, &first), p.authenticates(&first, true), p.alive(1)),
					},
					{
						PreConfig: func() { p.fault("PUT", vasRoute, word, 1) },
						Config:    config("1", "2"), Check: all(p.authenticates(&first, true), p.alive(1)),
					},
				}
				if word != "drop-before" {
					steps = append(steps, acc.TestStep{
						PreConfig: func() { p.fault("POST", vasRoute+"/{id}/regenerate-token", word, 1) },
						Config:    config("2", "2"), Check: all(save(vaAddress, &second), p.authenticates(&first, false), p.authenticates(&second, true), p.alive(1)),
					}, acc.TestStep{
						PreConfig: func() { p.fault("DELETE", vasRoute+"/{id}", word, 1) },
						Config:    config("2", "2"),
					})
				}
				p.test(steps...)
			})
		}
	}
}

func TestAccTrueFoundryVirtualAccount_rotatedElsewhere(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"jwt", "opaque"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := emulate(t, func(w *fake.Switches) { w.TokenType = kind })
			var first, second string
			config := p.config(block(vaAddress, `name = "loader"`))
			p.test(
				acc.TestStep{Config: config, Check: save(vaAddress, &first)},
				acc.TestStep{
					PreConfig: func() {
						if _, err := p.RegenerateToken(p.VirtualAccounts()[0].ID, 0); err != nil {
							t.Fatal(err)
						}
					},
					Config: config, Check: all(save(vaAddress, &second), p.authenticates(&first, false), func(s *terraform.State) error {
						if (first == second) != (kind == "opaque") {
							return fmt.Errorf("the state's token is the old one: %v", first == second)
						}
						return nil
					}),
				},
			)
		})
	}
}

func TestAccTrueFoundryVirtualAccount_dryRun(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { w.Permissions = "required" })
	p.test(acc.TestStep{
		Config: p.config(block(vaAddress, `name = "loader"`)), PlanOnly: true, ExpectError: says("manifest.permissions is required"),
	})
}

func TestAccTrueFoundryVirtualAccount_storeToken(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	var token string
	none := acc.TestCheckNoResourceAttr(vaAddress, "token")
	p.test(
		acc.TestStep{Config: p.config(block(vaAddress, `name = "loader"`, `store_token = false`, `rotation_triggers = { n = "1" }`)), Check: none},
		acc.TestStep{Config: p.config(block(vaAddress, `name = "loader"`, `store_token = false`, `rotation_triggers = { n = "2" }`)), Check: none},
		acc.TestStep{Config: p.config(block(vaAddress, `name = "loader"`)), Check: all(save(vaAddress, &token), p.authenticates(&token, true))},
		acc.TestStep{Config: p.config(block(vaAddress, `name = "loader"`, `store_token = false`)), Check: none},
	)
}

func TestAccTrueFoundryVirtualAccount_manyRefreshInOneRequest(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	config := p.config(`
resource "mint_truefoundry_virtual_account" "test" {
  count = 40
  name  = "loader-${count.index}"
}
data "mint_truefoundry_virtual_account" "one" {
  name = mint_truefoundry_virtual_account.test[7].name
}
data "mint_truefoundry_virtual_accounts" "many" {
  name_contains = "loader-1"
  depends_on    = [mint_truefoundry_virtual_account.test]
}`)
	p.test(
		acc.TestStep{Config: config, Check: acc.TestCheckResourceAttr("data.mint_truefoundry_virtual_accounts.many", "virtual_accounts.#", "11")},
		acc.TestStep{PreConfig: func() { p.Stage().Journal.Reset() }, RefreshState: true, Check: func(*terraform.State) error {
			// One whole list, and one filtered.
			if n := p.requests("GET", vasRoute); n != 2 || p.requests("", "") != n {
				return fmt.Errorf("%d list requests of %d", n, p.requests("", ""))
			}
			return nil
		}},
	)
}

func TestAccTrueFoundryVirtualAccount_olderPlane(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { *w = fake.Older() })
	var token string
	config := func(trigger string) string {
		return p.config(block(vaAddress, `name = "loader"`, `expiration_date = "2035-01-31"`, `permissions = [{ resource_fqn = "a:b", resource_type = "workspace", role_id = "viewer" }]`,
			`rotation_triggers = { n = "`+trigger+`" }`))
	}
	p.test(
		acc.TestStep{Config: config("1"), Check: all(save(vaAddress, &token), p.authenticates(&token, true), acc.TestCheckNoResourceAttr(vaAddress, "jwt_id"))},
		acc.TestStep{Config: config("2"), Check: all(p.authenticates(&token, false), save(vaAddress, &token), p.authenticates(&token, true))},
	)
}

// TestAccTrueFoundryVirtualAccount_regenerateLostWithoutIDs loses the answer on a control plane that shows no ids of tokens.
func TestAccTrueFoundryVirtualAccount_regenerateLostWithoutIDs(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { w.Rows = "page" })
	var first, second string
	config := func(trigger string) string {
		return p.config(block(vaAddress, `name = "loader"`, `rotation_triggers = { n = "`+trigger+`" }`))
	}
	const route = vasRoute + "/{id}/regenerate-token"
	p.test(
		acc.TestStep{Config: config("1"), Check: save(vaAddress, &first)},
		acc.TestStep{
			PreConfig: func() { p.fault("POST", route, "drop-before", 1) },
			Config:    config("2"), ExpectError: says("it cannot be shown that it happened"),
		},
		acc.TestStep{
			PreConfig: func() { p.fault("POST", route, "drop-after", 1) },
			Config:    config("2"), Check: all(save(vaAddress, &second), p.authenticates(&first, false), p.authenticates(&second, true)),
		},
	)
}
