package sailpoint_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/querycheck/queryfilter"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
)

// TestAccSailPointPersonalAccessToken_ephemeral hands a token on to another provider, which keeps what it was given: the token has worked, and does
// not any more.
func TestAccSailPointPersonalAccessToken_ephemeral(t *testing.T) {
	s := start(t)
	factories := s.factories()
	factories["echo"] = echoprovider.NewProviderServer()
	block := func(lines string) string {
		return s.config("ephemeral \"mint_sailpoint_personal_access_token\" \"test\" {\n  " + scoped + "\n  lifetime = \"30m\"\n  verify = true\n" + lines + "}\n" +
			"provider \"echo\" {\n  data = ephemeral.mint_sailpoint_personal_access_token.test\n}\n")
	}
	s.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		TerraformVersionChecks:   sandboxtest.Ephemerals(),
		Steps: []resource.TestStep{
			{
				Config: block("") + "resource \"echo\" \"test\" {}\n",
				Check: all(resource.TestCheckResourceAttrSet("echo.test", "data.secret"), s.alive(0), func(state *terraform.State) error {
					given := state.RootModule().Resources["echo.test"].Primary.Attributes
					return s.refuses(&generation{id: given["data.id"], secret: given["data.secret"]})(state)
				}),
			},
			// In a plan it mints nothing when it is told so.
			{Config: block("  mint_when = terraform.applying\n") + "resource \"echo\" \"test\" {}\n", PlanOnly: true},
		},
	})
	if left := s.Minted(); len(left) != 0 {
		t.Errorf("left are %v", left)
	}
}

// TestAccSailPointPersonalAccessToken_query lists the tokens that can be adopted.
func TestAccSailPointPersonalAccessToken_query(t *testing.T) {
	s := emulate(t)
	seeded := s.household()
	list := func(lines string) string {
		return s.config("list \"mint_sailpoint_personal_access_token\" \"test\" {\n  provider = mint\n  include_resource = true\n  config {\n" + lines + "  }\n}\n")
	}
	identity := func(name string) map[string]knownvalue.Check {
		return map[string]knownvalue.Check{"id": knownvalue.StringExact(seeded[name].ID)}
	}
	const label = "mint_sailpoint_personal_access_token.test"
	s.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: s.factories(),
		TerraformVersionChecks:   sandboxtest.Queries(),
		Steps: []resource.TestStep{
			{
				Query:  true,
				Config: list("    name_prefix = \"used-\"\n    strict = true\n"),
				QueryResultChecks: []querycheck.QueryResultCheck{
					querycheck.ExpectLength(label, 2), querycheck.ExpectIdentity(label, identity("used-lately")), querycheck.ExpectIdentity(label, identity("used-long-ago")),
					querycheck.ExpectResourceDisplayName(label, queryfilter.ByResourceIdentity(identity("used-lately")),
						knownvalue.StringExact("used-lately (owner mint.bootstrap, never expires, last used "+s.Clock().Now().Add(-48*time.Hour).UTC().Format(time.DateOnly)+")")),
				},
			},
			{
				Query:             true,
				Config:            list("    name_prefix = \"exp\"\n    expires_within = \"7d\"\n    include_expired = true\n"),
				QueryResultChecks: []querycheck.QueryResultCheck{querycheck.ExpectLength(label, 2), querycheck.ExpectIdentity(label, identity("expired"))},
			},
		},
	})
}

// left checks the names of the tokens that the tenant stores.
func (s *tenant) left(want ...string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if got := s.names(); !slices.Equal(got, want) {
			return fmt.Errorf("left are %q instead of %q", got, want)
		}
		return nil
	}
}

// TestAccSailPointPersonalAccessToken_action has both actions triggered by a resource whose token they leave alone. What is known in the apply only
// is held to the rules, too.
func TestAccSailPointPersonalAccessToken_action(t *testing.T) {
	s := emulate(t)
	for _, name := range []string{"ci-one", "ci-two", "other"} {
		s.seed(name)
	}
	config := func(prefix, lifetime string) string {
		return s.config(token(`name = "ci-current"`, scoped, `lifetime = "`+lifetime+`"`, `lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.mint_sailpoint_revoke_personal_access_tokens.test, action.mint_sailpoint_expire_personal_access_tokens.test]
    }
  }`), `resource "terraform_data" "prefix" {
  input = "`+prefix+`"
}
action "mint_sailpoint_revoke_personal_access_tokens" "test" {
  config {
    name_prefix = terraform_data.prefix.output
    except_ids  = [`+address+`.id, `+address+`.previous_id]
  }
}
action "mint_sailpoint_expire_personal_access_tokens" "test" {
  config {
    name_prefix = "other"
    expires_in  = "1d"
    except_ids  = [`+address+`.id]
  }
}
`)
	}
	expires := func(*terraform.State) error {
		if got := s.expiring(s.Clock().Now().Add(25 * time.Hour)); !slices.Equal(got, []string{"other"}) {
			return fmt.Errorf("expiring are %q", got)
		}
		return nil
	}
	s.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: s.factories(),
		TerraformVersionChecks:   sandboxtest.Actions(),
		Steps: []resource.TestStep{
			{Config: config("ci-", "720h"), Check: all(s.left("ci-current", "other"), expires, s.works)},
			// The second time nothing is left to do.
			{Config: config("ci-", "721h"), Check: all(s.left("ci-current", "other"), expires, s.sent("DELETE", itemRoute, 2), s.sent("PATCH", bulkRoute, 1))},
			{Config: config("", "722h"), ExpectError: says("name_prefix string length must be at least 1")},
			{Config: config("ci-", "722h"), Check: s.left("ci-current", "other")},
		},
	})
	if got := s.names(); !slices.Equal(got, []string{"other"}) {
		t.Errorf("left are %q", got)
	}
}
