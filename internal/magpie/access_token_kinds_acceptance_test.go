package magpie_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
)

// TestAccMagpieAccessToken_ephemeral: while the run lasts, another configuration of the provider logs in with the token. Afterwards it is
// refused, and what a killed run has left behind is deleted.
func TestAccMagpieAccessToken_ephemeral(t *testing.T) {
	o := emulate(t)
	left := o.seed(robot, func(k *fake.Token) { k.Description = lentUntil(o.Clock().Now().Add(-time.Minute)) })
	factories := o.factories()
	factories["echo"] = echoprovider.NewProviderServer()
	// In these tests the configurations of one provider share a server.
	factories["lent"] = o.factories()["mint"]
	lent := fmt.Sprintf("provider \"lent\" {\n  magpie = {\n    base_url     = %q\n    access_token = ephemeral.%s.test.token\n  }\n}\n", o.URL("magpie"), service)
	o.Test(t, resource.TestCase{
		TerraformVersionChecks: sandboxtest.Ephemerals(), ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: o.config(lent, fmt.Sprintf("ephemeral %q \"test\" {\n  user_name = %q\n  lifetime = \"20m\"\n  verify = true\n}\n", service, robot),
				// Opened at once, on the same account.
				fmt.Sprintf("ephemeral %q \"many\" {\n  count = 4\n  user_name = %q\n}\n", service, robot),
				fmt.Sprintf("ephemeral %q \"none\" {\n  mint_when = false\n}\n", personal),
				"provider \"echo\" {\n  data = {\n    token = ephemeral."+service+".test.token\n    none = ephemeral."+personal+".none.token\n  }\n}\nresource \"echo\" \"test\" {}\n",
				look(personal+"s", "seen", "provider = lent")),
			Check: func(state *terraform.State) error {
				echoed := state.RootModule().Resources["echo.test"].Primary.Attributes
				token := echoed["data.token"]
				seen := state.RootModule().Resources["data."+personal+"s.seen"].Primary.Attributes
				_, isLeft := o.Magpie.Token(left.ID)
				switch {
				case token == "" || echoed["data.none"] != "":
					return fmt.Errorf("what arrives is %v", echoed)
				case o.use(token).Works():
					return errors.New("the token still works")
				case seen["tokens.#"] == "0":
					return fmt.Errorf("while it worked it saw %v", seen)
				case isLeft || len(o.ids()) > 0:
					return fmt.Errorf("left are %v", o.ids())
				}
				return nil
			},
		}},
	})
}

// TestAccMagpieAccessToken_query lists what can be adopted, without what a run is at work with.
func TestAccMagpieAccessToken_query(t *testing.T) {
	o := emulate(t)
	robots := o.described(robot, "nightly", lentUntil(o.Clock().Now().Add(time.Hour)))
	own := o.described(o.Magpie.Bootstrap().UserName, "mine")
	query := func(kind string, lines string) string {
		return fmt.Sprintf("list %q \"test\" {\n  provider = mint\n  include_resource = true\n  config {\n    %s\n  }\n}\n", kind, lines)
	}
	o.testOn(sandboxtest.Queries(), resource.TestStep{
		Query: true, Config: o.config(query(service, fmt.Sprintf("user_name = %q", robot)), query(personal, fmt.Sprintf("except_ids = [%q]", o.Magpie.Bootstrap().TokenID))),
		QueryResultChecks: []querycheck.QueryResultCheck{
			querycheck.ExpectLength(service+".test", 1), querycheck.ExpectLength(personal+".test", 1),
			querycheck.ExpectIdentity(service+".test", map[string]knownvalue.Check{"id": knownvalue.StringExact(robots[0]), "user_name": knownvalue.StringExact(robot)}),
			querycheck.ExpectIdentity(personal+".test", map[string]knownvalue.Check{"id": knownvalue.StringExact(own[0])}),
		},
	})
}

// TestAccMagpieAccessToken_action disables one token and revokes another when a resource is created.
func TestAccMagpieAccessToken_action(t *testing.T) {
	o := emulate(t)
	disabled, revoked, kept := o.seed(robot), o.seed(robot), o.seed(robot)
	act := func(name string, token fake.Token) string {
		return fmt.Sprintf("action %q \"test\" {\n  config {\n    user_name = %q\n    ids = [%q]\n  }\n}\n", name, robot, token.ID)
	}
	trigger := fmt.Sprintf("lifecycle {\n    action_trigger {\n      events = [after_create]\n      actions = [action.%s.test, action.%s.test]\n    }\n  }", disableTokens, revokeService)
	o.testOn(sandboxtest.Actions(), resource.TestStep{
		Config: o.config(act(disableTokens, disabled), act(revokeService, revoked), block(service, trigger)),
		Check: all(o.works(service), func(*terraform.State) error {
			off, _ := o.Magpie.Token(disabled.ID)
			_, isLeft := o.Magpie.Token(revoked.ID)
			if !off.Disabled || isLeft || !o.use(kept.Secret).Works() || o.use(disabled.Secret).Works() || o.use(revoked.Secret).Works() {
				return fmt.Errorf("left are %v", o.stored())
			}
			return nil
		}),
	})
}

// testOn runs the steps where Terraform is new enough.
func (o *organization) testOn(versions []tfversion.TerraformVersionCheck, steps ...resource.TestStep) {
	o.t.Helper()
	o.Test(o.t, resource.TestCase{TerraformVersionChecks: versions, ProtoV6ProviderFactories: o.factories(), Steps: steps})
}
