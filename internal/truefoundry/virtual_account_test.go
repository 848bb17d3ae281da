package truefoundry_test

import (
	"fmt"
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
		ExpectError: says(`"loader" is the name of a virtual account that exists`),
	})
	if left := p.VirtualAccounts(); len(left) != 0 {
		t.Errorf("left behind: %+v", left)
	}
}

func TestAccTrueFoundryVirtualAccount_manyRefreshInOneRequest(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	config := p.config(`
resource "mint_truefoundry_virtual_account" "test" {
  count = 12
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
		acc.TestStep{Config: config, Check: acc.TestCheckResourceAttr("data.mint_truefoundry_virtual_accounts.many", "virtual_accounts.#", "3")},
		acc.TestStep{PreConfig: func() { p.Stage().Journal.Reset() }, RefreshState: true, Check: func(*terraform.State) error {
			// One whole list, and one filtered.
			if n := p.requests("GET", vasRoute); n != 2 || p.requests("", "") != n {
				return fmt.Errorf("%d list requests of %d", n, p.requests("", ""))
			}
			return nil
		}},
	)
}

// TestAccTrueFoundryVirtualAccount_fields creates, changes and removes all fields at once; each alone is tested at protocol level.
func TestAccTrueFoundryVirtualAccount_fields(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	var token string
	step := func(action plancheck.ResourceActionType, lines ...string) acc.TestStep {
		return acc.TestStep{
			Config: p.config(block(vaAddress, append(lines, `name = "loader"`)...)), ConfigPlanChecks: does(action),
			Check: all(save(vaAddress, &token), p.authenticates(&token, true)),
		}
	}
	p.test(
		step(plancheck.ResourceActionCreate,
			`permissions = [{ resource_fqn = "a:b", resource_type = "workspace", role_id = "viewer" }, { resource_fqn = "c:d", resource_type = "workspace", role_id = "viewer" }]`,
			`expiration_date = "2035-01-31"`, `auto_rotate = { auto_rotate_interval = 30, grace_period = 1 }`,
			`notification_target = { type = "slack-bot", notification_channel = "x:y", channels = ["b", "a"] }`,
			`secret_store_config = { integration_fqn = "x:y", secret_path = "a/b" }`, `owned_by = { team = "blue" }`, `tags = { a = "1", b = "2" }`,
			`identity_provider_mapping = [{ identity_provider = "x:y", value = "v" }]`, `token_type = "jwt"`),
		step(plancheck.ResourceActionUpdate,
			`permissions = [{ resource_fqn = "a:b", resource_type = "workspace", role_id = "member" }]`,
			`expiration_date = "2036-01-31"`, `auto_rotate = { auto_rotate_interval = 60, grace_period = 2 }`,
			`notification_target = { type = "email", notification_channel = "x:y", to_emails = ["b@example.com", "a@example.com"] }`,
			`secret_store_config = { integration_fqn = "x:y", secret_path = "a/c" }`, `owned_by = { team = "red", account = "acme" }`, `tags = { a = "3" }`,
			`identity_provider_mapping = [{ identity_provider = "x:y", value = "w" }]`),
		acc.TestStep{ResourceName: vaAddress, ImportState: true, ImportStateVerify: true},
		step(plancheck.ResourceActionUpdate),
	)
}
