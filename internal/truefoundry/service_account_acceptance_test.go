package truefoundry_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	acc "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestAccTrueFoundry_encrypted holds neither secret in plain, of both resources, on a control plane of the older contract.
func TestAccTrueFoundry_encrypted(t *testing.T) {
	t.Parallel()
	key, recipient := identity(t)
	addresses := []string{patAddress, vaAddress}
	p := emulate(t, planes()["days"])
	config := func(n string) string {
		common := []string{`encrypt_secret_to = ["` + recipient + `"]`, `rotation_triggers = { n = "` + n + `" }`}
		return p.config(block(patAddress, append(common, `name_prefix = "ci-"`, `overlap = "72h"`)...), block(vaAddress, append(common, `name = "loader"`, `overlap = "72h"`)...))
	}
	check := func(living int) acc.TestCheckFunc {
		return func(state *terraform.State) error {
			for _, address := range addresses {
				attributes := state.RootModule().Resources[address].Primary.Attributes
				if attributes["token"] != "" || attributes["previous_secret"] != "" {
					return fmt.Errorf("%s holds a secret in plain", address)
				}
				for _, name := range []string{"encrypted_secret", "previous_encrypted_secret"} {
					if attributes[name] == "" && (name == "encrypted_secret" || living == 4) {
						return fmt.Errorf("%s holds no %s", address, name)
					}
					if attributes[name] == "" {
						continue
					}
					secret := decrypt(t, attributes[name], key)
					if err := p.authenticates(&secret, true)(nil); err != nil {
						return err
					}
				}
			}
			return p.alive(living)(nil)
		}
	}
	var planned []plancheck.PlanCheck
	for _, address := range addresses {
		planned = append(planned, plancheck.ExpectKnownValue(address, tfjsonpath.New("token"), knownvalue.Null()), plancheck.ExpectUnknownValue(address, tfjsonpath.New("encrypted_secret")),
			plancheck.ExpectKnownValue(address, tfjsonpath.New("previous_secret"), knownvalue.Null()))
	}
	checks := acc.ConfigPlanChecks{PreApply: planned}
	p.test(
		acc.TestStep{Config: config("1"), ConfigPlanChecks: checks, Check: check(2)},
		acc.TestStep{Config: config("2"), ConfigPlanChecks: checks, Check: check(4)},
	)
}

// TestAccTrueFoundry_import imports by import blocks, by name and by id, with a configuration that says nothing of permissions: nothing
// changes but that the account's token is read.
func TestAccTrueFoundry_import(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	end := p.now().AddDate(0, 0, 90).UTC().Truncate(time.Minute)
	if _, err := p.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "audit", Expiration: &end}); err != nil {
		t.Fatal(err)
	}
	account, err := p.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{
		"name": "loader", "permissions": []any{map[string]any{"resource_fqn": "a", "resource_type": "b", "role_id": "c"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	imports := func(address, id string) string { return "import {\n  to = " + address + "\n  id = \"" + id + "\"\n}\n" }
	p.test(acc.TestStep{
		Config: p.config(block(patAddress, `name = "audit"`, `expires_at = "`+end.Format(time.RFC3339)+`"`), block(vaAddress, `name = "loader"`),
			imports(patAddress, "audit"), imports(vaAddress, account.ID)),
		ConfigPlanChecks: action(vaAddress, plancheck.ResourceActionUpdate, plancheck.ExpectResourceAction(patAddress, plancheck.ResourceActionNoop)),
		Check: all(acc.TestCheckResourceAttr(vaAddress, "token", account.Secret()), acc.TestCheckResourceAttr(vaAddress, "permissions.#", "1"),
			acc.TestCheckResourceAttrSet(patAddress, "id"), acc.TestCheckNoResourceAttr(patAddress, "token")),
	})
}

// TestAccTrueFoundry_dataSources reads all data sources beside resources that Terraform refreshes at once: they share one list.
func TestAccTrueFoundry_dataSources(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	config := p.config(block(patAddress, `name = "seen"`, `lifetime = "720h"`), `
resource "mint_truefoundry_virtual_account" "test" {
  count    = 12
  name     = "loader-${count.index}"
  owned_by = { team = "blue" }
}
data "mint_truefoundry_personal_access_token" "one" {
  name = mint_truefoundry_personal_access_token.test.name
}
data "mint_truefoundry_personal_access_tokens" "many" {
  name_contains  = "see"
  expires_within = "1000h"
  depends_on     = [mint_truefoundry_personal_access_token.test]
}
data "mint_truefoundry_virtual_account" "one" {
  name = mint_truefoundry_virtual_account.test[7].name
}
data "mint_truefoundry_virtual_accounts" "many" {
  name_contains  = "loader-1"
  owned_by_teams = ["red", "blue"]
  never_expires  = true
  depends_on     = [mint_truefoundry_virtual_account.test]
}`)
	p.test(
		acc.TestStep{Config: p.config(data("personal_access_token", "one")), ExpectError: says(`one (and only one) of [id,name] is required`)},
		acc.TestStep{Config: p.config(data("virtual_account", "one", `id = "a"`, `name = "b"`)), ExpectError: says(`one (and only one) of [id,name] is required`)},
		acc.TestStep{Config: config, Check: all(
			acc.TestCheckResourceAttrPair("data.mint_truefoundry_personal_access_token.one", "id", patAddress, "id"),
			acc.TestCheckResourceAttr("data.mint_truefoundry_personal_access_tokens.many", "tokens.#", "1"),
			acc.TestCheckResourceAttrPair("data.mint_truefoundry_virtual_account.one", "id", vaAddress+".7", "id"),
			acc.TestCheckResourceAttr("data.mint_truefoundry_virtual_accounts.many", "virtual_accounts.#", "3"),
		)},
		acc.TestStep{PreConfig: func() { p.Stage().Journal.Reset() }, RefreshState: true, Check: func(*terraform.State) error {
			// One whole list of each kind, and one that is filtered.
			accounts, tokens := p.requests("GET", vasRoute), p.requests("GET", patsRoute)
			if all := p.requests("", ""); accounts != 2 || tokens != 2 || all != 4 {
				return fmt.Errorf("%d lists of accounts and %d of tokens, of %d requests", accounts, tokens, all)
			}
			return nil
		}},
	)
}

// data is a data source of this system.
func data(kind, name string, lines ...string) string {
	return fmt.Sprintf("data %q %q {\n  %s\n}\n", "mint_truefoundry_"+kind, name, strings.Join(lines, "\n  "))
}

// TestAccTrueFoundry_deadKey ends a plan of many objects with one error for each list.
func TestAccTrueFoundry_deadKey(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	config := strings.Replace(p.config(block(vaAddress, `count = 3`, `name = "loader-${count.index}"`), block(patAddress, `count = 3`, `name_prefix = "ci-"`)), p.Bootstrap().Token, "tfy_pat_dead_0123456789", 1)
	said := ""
	acc.Test(t, acc.TestCase{
		ProtoV6ProviderFactories: p.factories(), Steps: []acc.TestStep{{Config: config}},
		ErrorCheck: func(err error) error { said = err.Error(); return nil },
	})
	// A library's message may quote an error in a line of its own, but not after an empty one.
	refused := says("TrueFoundry does not accept the provider's credentials: Invalid or expired token.").FindAllString(said, -1)
	if n := strings.Count(said, "\n\nError: "); n != 2 || len(refused) != n || !says("Check the credentials in the provider's \"truefoundry\" block or TFY_API_KEY.").MatchString(said) {
		t.Errorf("%d errors: %s", n, said)
	}
	if n := p.requests("", ""); n > 4 {
		t.Errorf("%d requests", n)
	}
}
