package truefoundry_test

import (
	"fmt"
	"testing"
	"time"

	acc "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

func action(address string, wanted plancheck.ResourceActionType) acc.ConfigPlanChecks {
	return acc.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, wanted)}}
}

// TestAccTrueFoundryPersonalAccessToken_overlap goes through triggers, the end of an overlap, the threshold before the end, a second
// rotation within the overlap, and a destroy within one.
func TestAccTrueFoundryPersonalAccessToken_overlap(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	config := func(n string) string {
		return p.config(block(patAddress, `name_prefix = "ci-"`, `lifetime = "720h"`, `rotate_before_expiry = "240h"`, `overlap = "72h"`, `rotation_triggers = { n = "`+n+`" }`),
			"output \"both\" {\n  sensitive = true\n  value = ["+patAddress+".token, "+patAddress+".previous_secret]\n}")
	}
	var first, second, third, fourth string
	p.test(
		acc.TestStep{Config: config("1"), Check: all(save(patAddress, &first), p.alive(1), acc.TestCheckNoResourceAttr(patAddress, "previous_id"))},
		acc.TestStep{
			Config: config("2"), ConfigPlanChecks: action(patAddress, plancheck.ResourceActionUpdate),
			Check: all(save(patAddress, &second), p.authenticates(&first, true), p.authenticates(&second, true), p.alive(2),
				acc.TestCheckResourceAttrPtr(patAddress, "previous_secret", &first), acc.TestCheckResourceAttrSet(patAddress, "previous_revoked_after")),
		},
		acc.TestStep{
			PreConfig: func() { p.pass(73 * time.Hour) },
			Config:    config("2"), ConfigPlanChecks: action(patAddress, plancheck.ResourceActionUpdate),
			Check: all(p.authenticates(&first, false), p.authenticates(&second, true), p.alive(1), acc.TestCheckNoResourceAttr(patAddress, "previous_id")),
		},
		acc.TestStep{
			PreConfig: func() { p.pass(18 * day) },
			Config:    config("2"), ConfigPlanChecks: action(patAddress, plancheck.ResourceActionUpdate),
			Check: all(save(patAddress, &third), p.authenticates(&second, true), p.authenticates(&third, true), p.alive(2)),
		},
		acc.TestStep{
			Config: config("3"), ConfigPlanChecks: action(patAddress, plancheck.ResourceActionUpdate),
			Check: all(save(patAddress, &fourth), p.authenticates(&second, false), p.authenticates(&third, true), p.authenticates(&fourth, true), p.alive(2)),
		},
	)
	for _, token := range []*string{&third, &fourth} {
		if err := p.authenticates(token, false)(nil); err != nil {
			t.Errorf("after destroy: %s", err)
		}
	}
}

// TestAccTrueFoundryPersonalAccessToken_beforeExpiry replaces without an overlap, and creates before it destroys if asked to.
func TestAccTrueFoundryPersonalAccessToken_beforeExpiry(t *testing.T) {
	t.Parallel()
	for _, lifecycle := range []string{"", "lifecycle {\n    create_before_destroy = true\n  }"} {
		t.Run(fmt.Sprint(lifecycle != ""), func(t *testing.T) {
			t.Parallel()
			p := emulate(t)
			config := p.config(block(patAddress, `name_prefix = "ci-"`, `lifetime = "720h"`, `rotate_before_expiry = "240h"`, lifecycle))
			var first, second string
			p.test(
				acc.TestStep{Config: config, Check: all(save(patAddress, &first), p.alive(1))},
				acc.TestStep{
					PreConfig: func() { p.pass(19 * day) },
					Config:    config, ConfigPlanChecks: action(patAddress, plancheck.ResourceActionNoop),
				},
				acc.TestStep{
					PreConfig: func() { p.pass(2 * day) },
					Config:    config, ConfigPlanChecks: acc.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction(patAddress, map[bool]plancheck.ResourceActionType{
							true: plancheck.ResourceActionReplace, false: plancheck.ResourceActionDestroyBeforeCreate,
						}[lifecycle != ""]),
						plancheck.ExpectUnknownValue(patAddress, tfjsonpath.New("token")),
					}},
					Check: all(save(patAddress, &second), p.authenticates(&first, false), p.authenticates(&second, true), p.alive(1)),
				},
			)
		})
	}
}

// TestAccTrueFoundryPersonalAccessToken_unknownTriggers rotates for triggers that only the apply tells.
func TestAccTrueFoundryPersonalAccessToken_unknownTriggers(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	config := func(n, trigger string) string {
		return p.config("resource \"terraform_data\" \"n\" {\n  input = \""+n+"\"\n}\n",
			block(patAddress, `name_prefix = "ci-"`, `lifetime = "720h"`, `overlap = "72h"`, `rotation_triggers = { n = `+trigger+` }`))
	}
	const output, length = "terraform_data.n.output", "length(terraform_data.n.output)"
	var first string
	p.test(
		acc.TestStep{Config: config("a", output), Check: save(patAddress, &first)},
		acc.TestStep{Config: config("b", output), Check: all(p.alive(2), acc.TestCheckResourceAttrPtr(patAddress, "previous_secret", &first), save(patAddress, &first))},
		acc.TestStep{Config: config("b", length), Check: all(p.alive(2), acc.TestCheckResourceAttrPtr(patAddress, "previous_secret", &first), save(patAddress, &first))},
		// It turns out as it was.
		acc.TestStep{Config: config("c", length), Check: all(p.alive(2), acc.TestCheckResourceAttrPtr(patAddress, "token", &first))},
	)
}

// TestAccTrueFoundryPersonalAccessToken_missing deletes the current token elsewhere.
func TestAccTrueFoundryPersonalAccessToken_missing(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	config := func(n string) string {
		return p.config(block(patAddress, `name_prefix = "ci-"`, `overlap = "72h"`, `rotation_triggers = { n = "`+n+`" }`))
	}
	var first, id string
	p.test(
		acc.TestStep{Config: config("1"), Check: save(patAddress, &first)},
		acc.TestStep{Config: config("2"), Check: acc.TestCheckResourceAttrWith(patAddress, "id", func(v string) error { id = v; return nil })},
		acc.TestStep{
			PreConfig: func() {
				if err := p.DeletePersonalAccessToken(id); err != nil {
					t.Fatal(err)
				}
				p.pass(time.Hour)
			},
			Config: config("2"), ConfigPlanChecks: action(patAddress, plancheck.ResourceActionUpdate),
			Check: all(p.alive(2), p.authenticates(&first, true), acc.TestCheckResourceAttrPtr(patAddress, "previous_secret", &first)),
		},
	)
}

// TestAccTrueFoundry_encrypted holds neither secret in plain.
func TestAccTrueFoundry_encrypted(t *testing.T) {
	t.Parallel()
	key, recipient := identity(t)
	addresses := []string{patAddress, vaAddress}
	p := emulate(t)
	config := func(n string) string {
		common := []string{`encrypt_secret_to = ["` + recipient + `"]`, `rotation_triggers = { n = "` + n + `" }`}
		return p.config(block(patAddress, append(common, `name_prefix = "ci-"`, `overlap = "72h"`)...), block(vaAddress, append(common, `name = "loader"`, `overlap = 3`)...))
	}
	check := func(living int) acc.TestCheckFunc {
		return func(state *terraform.State) error {
			for _, address := range addresses {
				attributes := state.RootModule().Resources[address].Primary.Attributes
				if attributes["token"] != "" || attributes["previous_secret"] != "" {
					return fmt.Errorf("%s holds a secret in plain", address)
				}
				for _, name := range []string{"encrypted_secret", "previous_encrypted_secret"} {
					if attributes[name] == "" && name == "encrypted_secret" {
						return fmt.Errorf("%s holds no secret", address)
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

// TestAccTrueFoundryVirtualAccount_beforeExpiry rotates where the control plane ends tokens by itself.
func TestAccTrueFoundryVirtualAccount_beforeExpiry(t *testing.T) {
	t.Parallel()
	p := emulate(t, limited)
	config := p.config(block(vaAddress, `name = "loader"`, `rotate_before_expiry = "240h"`, `overlap = 3`))
	var first, second string
	p.test(
		acc.TestStep{Config: config, Check: all(save(vaAddress, &first), p.alive(1))},
		acc.TestStep{PreConfig: func() { p.pass(19 * day) }, Config: config, ConfigPlanChecks: does(plancheck.ResourceActionNoop)},
		acc.TestStep{
			PreConfig: func() { p.pass(2 * day) },
			Config:    config, ConfigPlanChecks: does(plancheck.ResourceActionUpdate),
			Check: all(save(vaAddress, &second), p.authenticates(&first, true), p.authenticates(&second, true), p.alive(2), acc.TestCheckResourceAttrPtr(vaAddress, "previous_secret", &first)),
		},
		acc.TestStep{
			PreConfig: func() { p.pass(4 * day) },
			Config:    config, ConfigPlanChecks: does(plancheck.ResourceActionNoop),
			Check: all(p.authenticates(&first, false), p.alive(1), acc.TestCheckNoResourceAttr(vaAddress, "previous_secret")),
		},
	)
}
