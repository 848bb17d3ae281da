package truefoundry_test

import (
	"testing"
	"time"

	acc "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// TestAccTrueFoundryVirtualAccount_lifecycle creates with all fields at once, imports, changes all of them together with a rotation, which needs the mapping removed, and
// removes them after the grace period; each field alone is tested at protocol level.
func TestAccTrueFoundryVirtualAccount_lifecycle(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	config := func(n string, fields ...string) string {
		return p.config(block(vaAddress, append(fields, `name = "loader"`, `overlap = "48h"`, `rotation_triggers = { n = "`+n+`" }`)...))
	}
	var first, second string
	p.test(
		acc.TestStep{
			Config: config("1",
				`permissions = [{ resource_fqn = "a:b", resource_type = "workspace", role_id = "viewer" }, { resource_fqn = "c:d", resource_type = "workspace", role_id = "viewer" }]`,
				`expiration_date = "2035-01-31"`, `auto_rotate = { auto_rotate_interval = 30, grace_period = 1 }`,
				`notification_target = { type = "slack-bot", notification_channel = "x:y", channels = ["b", "a"] }`,
				`secret_store_config = { integration_fqn = "x:y", secret_path = "a/b" }`, `owned_by = { team = "blue" }`, `tags = { a = "1", b = "2" }`,
				`identity_provider_mapping = [{ identity_provider = "x:y", value = "v" }]`, `token_type = "jwt"`),
			ConfigPlanChecks: action(vaAddress, plancheck.ResourceActionCreate),
			Check:            all(save(vaAddress, &first), p.authenticates(&first, true), p.alive(1)),
		},
		acc.TestStep{
			ResourceName: vaAddress, ImportState: true, ImportStateId: "loader", ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"overlap", "rotation_triggers", "token", "secret_version", "store_token"},
		},
		acc.TestStep{
			Config: config("2",
				`permissions = [{ resource_fqn = "a:b", resource_type = "workspace", role_id = "member" }]`,
				`expiration_date = "2036-01-31"`, `auto_rotate = { auto_rotate_interval = 60, grace_period = 2 }`,
				`notification_target = { type = "email", notification_channel = "x:y", to_emails = ["b@example.com", "a@example.com"] }`,
				`secret_store_config = { secret_group = "x:y", key = "k" }`, `owned_by = { team = "red", account = "acme" }`, `tags = { a = "3" }`),
			ConfigPlanChecks: action(vaAddress, plancheck.ResourceActionUpdate),
			Check:            all(save(vaAddress, &second), p.authenticates(&first, true), p.authenticates(&second, true), p.alive(2)),
		},
		acc.TestStep{
			PreConfig: func() { p.pass(48*time.Hour + time.Minute) },
			Config:    config("2"), ConfigPlanChecks: action(vaAddress, plancheck.ResourceActionUpdate),
			Check: all(acc.TestCheckResourceAttrPtr(vaAddress, "token", &second), p.authenticates(&first, false), p.authenticates(&second, true)),
		},
	)
	p.check(second, false)
}
