package sailpoint_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// importing is an import block for the token under test.
func importing(id string) string {
	return "import {\n  to = " + address + "\n  id = \"" + id + "\"\n}\n"
}

// adopted checks the state after an import: this id, and no secret.
func adopted(id string) resource.TestCheckFunc {
	return all(has("id", id), lacks("secret"))
}

// importCases are configurations with the tokens that they describe.
func importCases() map[string]struct {
	version string
	lines   []string
	edit    func(*fake.Token)
} {
	end := time.Now().Add(1000 * time.Hour).UTC().Truncate(time.Second)
	scope := []string{"sp:my-personal-access-tokens:read"}
	generated := rotation.NewName("ci-")
	ends := func(after time.Duration) func(*fake.Token) {
		return func(k *fake.Token) {
			k.Scope, k.Created = scope, time.Now().Add(-48*time.Hour).UTC()
			at := k.Created.Add(after)
			k.Expiration = &at
		}
	}
	named := func(name string, edit func(*fake.Token)) func(*fake.Token) {
		return func(k *fake.Token) { edit(k); k.Name = name }
	}
	return map[string]struct {
		version string
		lines   []string
		edit    func(*fake.Token)
	}{
		"lifetime":                {"v1", []string{`name = "ci"`, scoped, `lifetime = "720h"`}, ends(720 * time.Hour)},
		"expires_at":              {"v1", []string{`name = "ci"`, scoped, `expires_at = "` + end.Format(time.RFC3339) + `"`}, func(k *fake.Token) { k.Scope, k.Expiration = scope, &end }},
		"expires_at, whole hours": {"v1", []string{`name = "ci"`, scoped, `expires_at = "` + end.Format(time.RFC3339) + `"`}, func(k *fake.Token) { k.Scope, k.Expiration, k.Created = scope, &end, end.Add(-2000*time.Hour) }},
		"never_expires":           {"v1", []string{`name = "ci"`, scoped, `never_expires = true`}, func(k *fake.Token) { k.Scope = scope }},
		"name_prefix":             {"v1", []string{`name_prefix = "ci-"`, scoped, `lifetime = "720h"`}, named(generated, ends(720*time.Hour))},
		"generated name as name":  {"v1", []string{`name = "` + generated + `"`, scoped, `never_expires = true`}, func(k *fake.Token) { k.Scope, k.Name = scope, generated }},
		"no scope":                {"v1", []string{`name = "ci"`, `never_expires = true`}, func(*fake.Token) {}},
		"validity":                {"v1", []string{`name = "ci"`, scoped, `never_expires = true`, `access_token_validity_seconds = 60`}, func(k *fake.Token) { k.Scope, k.AccessTokenValiditySeconds = scope, 60 }},
		"older lifetime":          {"beta", []string{`name = "ci"`, scoped, `lifetime = "720h"`}, ends(720 * time.Hour)},
		"older default":           {"v3", []string{`name = "ci"`, scoped}, ends(181 * 24 * time.Hour)},
		"older never":             {"beta", []string{`name = "ci"`, scoped}, func(k *fake.Token) { k.Scope = scope }},
	}
}

// TestAccSailPointPersonalAccessToken_importBlock takes over a token that somebody else made: the configuration that describes it
// leads to no change.
func TestAccSailPointPersonalAccessToken_importBlock(t *testing.T) {
	for name, c := range importCases() {
		t.Run(name, func(t *testing.T) {
			s := emulate(t)
			foreign := s.seed("ci", c.edit)
			s.test(resource.TestStep{
				Config:           s.configOf(argument("api_version", `"`+c.version+`"`), importing(foreign.ID), token(c.lines...)),
				ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
				Check:            all(adopted(foreign.ID), has("name", foreign.Name)),
			})
			for _, method := range []string{"POST", "PATCH"} {
				if got := s.requests(method, "") - s.requests(method, loginRoute); got != 0 {
					t.Errorf("the import sent %d %s", got, method)
				}
			}
			if left := s.minted(); len(left) != 0 {
				t.Errorf("the destroy left %+v", left)
			}
		})
	}
}

// TestAccSailPointPersonalAccessToken_importVerify imports what the provider itself made.
func TestAccSailPointPersonalAccessToken_importVerify(t *testing.T) {
	for name, lines := range map[string][]string{
		"lifetime":      {`name = "ci"`, scoped, `lifetime = "720h0m0s"`},
		"expires_at":    {`name = "ci"`, scoped, `expires_at = "` + ahead(1000*time.Hour) + `"`},
		"never_expires": {`name = "ci"`, scoped, `never_expires = true`},
		"name_prefix":   {`name_prefix = "ci-"`, scoped, `lifetime = "720h0m0s"`},
	} {
		t.Run(name, func(t *testing.T) {
			s := emulate(t)
			var ignore []string
			if name == "expires_at" {
				// A whole number of hours is taken for a lifetime.
				ignore = []string{"lifetime"}
			}
			s.test(resource.TestStep{Config: s.config(token(lines...))}, importVerifies(ignore...))
		})
	}
}

// TestAccSailPointPersonalAccessToken_importedThenChanged goes on with an imported token like with any other.
func TestAccSailPointPersonalAccessToken_importedThenChanged(t *testing.T) {
	s := emulate(t)
	end := time.Now().Add(720 * time.Hour)
	foreign := s.seed("ci", func(k *fake.Token) { k.Scope, k.Expiration = []string{"sp:my-personal-access-tokens:read"}, &end })
	s.test(
		// The map of triggers comes with the import and rotates nothing.
		resource.TestStep{
			Config: s.config(importing(foreign.ID), token(`name = "new"`, `scope = ["sp:scopes:default"]`, `lifetime = "2160h"`, `rotation_triggers = { generation = "1" }`)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
			}},
			Check: all(adopted(foreign.ID), has("name", "new"), has("lifetime", "2160h"), s.lives(2160*time.Hour)),
		},
		resource.TestStep{
			Config:           s.config(token(`name = "new"`, `scope = ["sp:scopes:default"]`, `never_expires = true`, `rotation_triggers = { generation = "1" }`)),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check:            all(adopted(foreign.ID), s.endless()),
		},
		resource.TestStep{
			Config:           s.config(token(`name = "new"`, `scope = ["sp:scopes:default"]`, `never_expires = true`, `rotation_triggers = { generation = "2" }`)),
			ConfigPlanChecks: planned(plancheck.ResourceActionDestroyBeforeCreate),
			Check: all(s.works, s.alive(1), s.stored(1), func(state *terraform.State) error {
				if state.RootModule().Resources[address].Primary.ID == foreign.ID {
					return fmt.Errorf("the token was not replaced")
				}
				return nil
			}),
		},
	)
}

func TestAccSailPointPersonalAccessToken_importUnknown(t *testing.T) {
	s := emulate(t)
	s.test(resource.TestStep{
		Config:      s.config(importing("0123456789abcdef0123456789abcdef"), token(`name = "ci"`, scoped, `never_expires = true`)),
		ExpectError: says(`Among the tokens that the provider can see, none has the id`),
	})
}

func TestAccSailPointPersonalAccessToken_importIdentity(t *testing.T) {
	s := emulate(t)
	foreign := s.seed("ci", func(k *fake.Token) { k.Scope = []string{"sp:my-personal-access-tokens:read"} })
	s.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: s.factories(),
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{{
			Config: s.config("import {\n  to = "+address+"\n  identity = {\n    id = \""+foreign.ID+"\"\n  }\n}\n",
				token(`name = "ci"`, scoped, `never_expires = true`)),
			ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
			Check:            adopted(foreign.ID),
		}},
	})
}

// importVerifies imports the token under test and compares it with the state. A secret cannot be imported.
func importVerifies(ignore ...string) resource.TestStep {
	return resource.TestStep{
		ResourceName: address, ImportState: true, ImportStateVerify: true,
		ImportStateVerifyIgnore: append([]string{"secret"}, ignore...),
	}
}
