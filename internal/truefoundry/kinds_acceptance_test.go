package truefoundry_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	acc "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// testOn runs steps where Terraform is new enough; nothing that was minted may be alive afterwards.
func (p *plane) testOn(versions []tfversion.TerraformVersionCheck, steps ...acc.TestStep) {
	p.t.Helper()
	factories := p.factories()
	// In these tests the configurations of one provider share a server.
	factories["lent"], factories["echo"] = p.server, echoprovider.NewProviderServer()
	acc.Test(p.t, acc.TestCase{TerraformVersionChecks: versions, ProtoV6ProviderFactories: factories, Steps: steps, CheckDestroy: p.alive(0)})
}

// TestAccTrueFoundryTokens_ephemeral: while the run lasts, another configuration of the provider logs in with the token that was minted. Afterwards it is
// refused. That of an account works on.
func TestAccTrueFoundryTokens_ephemeral(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	account := p.account(fake.Manifest{"name": "loader"})
	p.testOn(sandboxtest.Ephemerals(), acc.TestStep{
		Config: p.config(
			fmt.Sprintf("ephemeral %q \"test\" {\n  name_prefix = \"ci-\"\n  lifetime = \"20m\"\n  verify = true\n}\n", patType),
			fmt.Sprintf("ephemeral %q \"test\" {\n  name = \"loader\"\n}\n", vaTokenType),
			fmt.Sprintf("provider \"lent\" {\n  truefoundry = {\n    base_url = %q\n    api_key = ephemeral.%s.test.token\n  }\n}\n", p.base, patType),
			fmt.Sprintf("data \"%ss\" \"seen\" {\n  provider = lent\n  name_prefix = \"ci-\"\n}\n", patType),
			"provider \"echo\" {\n  data = {\n    minted = ephemeral."+patType+".test.token\n    read = ephemeral."+vaTokenType+".test.token\n  }\n}\nresource \"echo\" \"test\" {}\n"),
		Check: func(state *terraform.State) error {
			echoed := state.RootModule().Resources["echo.test"].Primary.Attributes
			minted, read := echoed["data.minted"], echoed["data.read"]
			seen := state.RootModule().Resources["data."+patType+"s.seen"].Primary.Attributes
			if minted == "" || read != account.Secret() || seen["tokens.#"] != "1" {
				return fmt.Errorf("what arrives is not what was minted and read, or it saw %s tokens", seen["tokens.#"])
			}
			return errors.Join(p.authenticates(&minted, false)(nil), p.authenticates(&read, true)(nil), p.alive(0)(nil))
		},
	})
}

// TestAccTrueFoundryTokens_query lists what can be adopted of both nouns.
func TestAccTrueFoundryTokens_query(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	tokens, account := p.seeded("", "ci-a", "cd-a"), p.account(fake.Manifest{"name": "loader", "ownedBy": map[string]any{"team": "red"}})
	p.account(fake.Manifest{"name": "other"})
	query := func(kind, lines string) string {
		return fmt.Sprintf("list %q \"test\" {\n  provider = mint\n  include_resource = true\n  config {\n    %s\n  }\n}\n", kind, lines)
	}
	p.testOn(sandboxtest.Queries(), acc.TestStep{
		Query: true, Config: p.config(query(patType, `name_prefix = "ci-"`), query(vaType, `owned_by_teams = ["red"]`)),
		QueryResultChecks: []querycheck.QueryResultCheck{
			querycheck.ExpectLength(patType+".test", 1), querycheck.ExpectLength(vaType+".test", 1),
			querycheck.ExpectIdentity(patType+".test", map[string]knownvalue.Check{"id": knownvalue.StringExact(tokens["ci-a"].ID)}),
			querycheck.ExpectIdentity(vaType+".test", map[string]knownvalue.Check{"id": knownvalue.StringExact(account.ID)}),
		},
	})
	p.changesNothing()
}

// TestAccTrueFoundryTokens_action runs all four actions when a resource is created.
func TestAccTrueFoundryTokens_action(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	if _, err := p.AddUser(fake.User{Email: alice}); err != nil {
		t.Fatal(err)
	}
	mine, hers, account := p.seeded("", "ci-a", "cd-a"), p.seeded(alice, "ci-a"), p.stored("loader")
	if _, err := p.RegenerateToken(account.ID, 3); err != nil {
		t.Fatal(err)
	}
	act := func(kind, lines string) string {
		return fmt.Sprintf("action %q \"test\" {\n  config {\n    %s\n  }\n}\n", kind, lines)
	}
	p.testOn(sandboxtest.Actions(), acc.TestStep{
		Config: p.config(
			act(revokeType, `ids = ["`+mine["ci-a"].ID+`"]`), act(revokeUserType, `user_email = "`+alice+`"`), act(syncType, `name = "loader"`),
			act(revokeJWTType, "name = \"loader\"\n    jwt_id = \""+account.ActiveID+`"`),
			block(patAddress, `name_prefix = "deploy-"`, `lifetime = "30d"`,
				fmt.Sprintf("lifecycle {\n    action_trigger {\n      events = [after_create]\n      actions = [action.%s.test, action.%s.test, action.%s.test, action.%s.test]\n    }\n  }", revokeType, revokeUserType, syncType, revokeJWTType))),
		Check: all(p.alive(1), func(*terraform.State) error {
			now, _ := p.VirtualAccount(account.ID)
			if now.SyncedSecret != now.Secret() || len(now.Tokens) != 1 {
				return fmt.Errorf("the account has %d tokens, and was synchronized at %v", len(now.Tokens), now.SyncedAt)
			}
			p.remain(mine, "cd-a")
			p.remain(hers)
			return nil
		}),
	})
}
