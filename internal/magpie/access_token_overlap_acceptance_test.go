package magpie_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// keepsPrevious checks that the state keeps a generation as the one before, and that it works.
func (o *organization) keepsPrevious(g *generation) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		held := state.RootModule().Resources[address(g.kind)].Primary.Attributes
		if held["previous_id"] != g.id || held["previous_secret"] != g.secret || held["previous_revoked_after"] == "" {
			return fmt.Errorf("the generation before is not %s: %v", g.id, held)
		}
		if probe := o.use(g.secret); !probe.Works() {
			return fmt.Errorf("the generation before does not work: %+v", probe)
		}
		return nil
	}
}

func lacksPrevious(kind string) resource.TestCheckFunc {
	return all(lacks(kind, "previous_id"), lacks(kind, "previous_secret"), lacks(kind, "previous_encrypted_secret"), lacks(kind, "previous_revoked_after"))
}

// TestAccMagpieAccessToken_overlap rotates by a trigger, and once more; revokes after the overlap; and destroys inside one.
func TestAccMagpieAccessToken_overlap(t *testing.T) {
	each(t, plainKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t)
		first, second, third := of(kind), of(kind), of(kind)
		config := func(generation string) string {
			return o.config(block(kind, `overlap = "72h"`, `description = "mine"`, fmt.Sprintf("rotation_triggers = { generation = %q }", generation)))
		}
		update := planned(kind, plancheck.ResourceActionUpdate)
		o.test(
			resource.TestStep{Config: config("1"), Check: all(first.keep, lacksPrevious(kind), o.holds(1))},
			resource.TestStep{
				Config: config("2"), ConfigPlanChecks: update,
				Check: all(first.replaced, second.keep, o.works(kind), o.keepsPrevious(first), o.holds(2), has(kind, "description", "mine")),
			},
			resource.TestStep{Config: config("2"), PlanOnly: true},
			resource.TestStep{
				PreConfig: func() { o.Clock().Advance(73 * time.Hour) },
				Config:    config("2"), ConfigPlanChecks: update, Check: all(second.same, lacksPrevious(kind), o.refuses(first), o.holds(1)),
			},
			resource.TestStep{Config: config("3"), ConfigPlanChecks: update, Check: all(third.keep, o.keepsPrevious(second), o.holds(2))},
			resource.TestStep{
				Config: config("4"), ConfigPlanChecks: update, Check: all(o.works(kind), o.keepsPrevious(third), o.refuses(second), o.holds(2)),
			},
		)
		o.left()
	})
}

// TestAccMagpieAccessToken_overlapMissing mints in place when the current token was deleted elsewhere.
func TestAccMagpieAccessToken_overlapMissing(t *testing.T) {
	o := emulate(t)
	first, second := of(service), of(service)
	config := func(generation string) string {
		return o.config(block(service, `overlap = "72h"`, fmt.Sprintf("rotation_triggers = { generation = %q }", generation)))
	}
	o.test(
		resource.TestStep{Config: config("1"), Check: first.keep},
		resource.TestStep{Config: config("2"), Check: second.keep},
		resource.TestStep{
			PreConfig:    func() { o.forget(second.id); o.Clock().Advance(afterLag) },
			RefreshState: true, ExpectNonEmptyPlan: true, Check: all(has(service, "status", "missing"), o.keepsPrevious(first)),
		},
		resource.TestStep{
			Config: config("2"), ConfigPlanChecks: planned(service, plancheck.ResourceActionUpdate),
			Check: all(second.replaced, o.works(service), o.keepsPrevious(first), o.holds(2), has(service, "status", "active")),
		},
	)
	o.left()
}

// TestAccMagpieAccessToken_rotateBeforeExpiry rotates when less than that is left: by a replacement, in place, and by the rotate
// endpoint.
func TestAccMagpieAccessToken_rotateBeforeExpiry(t *testing.T) {
	const second = "second@example.com"
	o := emulate(t, switched(func(w *fake.Switches) { w.TokenLifetime = fakeapi.Duration(720 * time.Hour) }))
	o.user(second)
	own, robots, only := of(personal), of(service), of(exclusive)
	const lead = `rotate_before_expiry = "168h"`
	config := o.config(block(personal, lead), block(service, lead, `overlap = "48h"`), blockFor(exclusive, second, lead))
	var plans, revocation resource.ConfigPlanChecks
	for kind, action := range map[string]plancheck.ResourceActionType{
		personal: plancheck.ResourceActionDestroyBeforeCreate, service: plancheck.ResourceActionUpdate, exclusive: plancheck.ResourceActionUpdate,
	} {
		plans.PreApply = append(plans.PreApply, planned(kind, action).PreApply...)
	}
	revocation.PreApply = append(planned(personal, plancheck.ResourceActionNoop).PreApply, planned(service, plancheck.ResourceActionUpdate).PreApply...)
	// A saved plan is applied a day later.
	plans = then(plans, func() { o.Clock().Advance(24 * time.Hour) })
	o.test(
		resource.TestStep{Config: config, Check: all(own.keep, robots.keep, only.keep)},
		resource.TestStep{PreConfig: func() { o.Clock().Advance(551 * time.Hour) }, Config: config, PlanOnly: true},
		resource.TestStep{
			PreConfig: func() { o.Clock().Advance(2 * time.Hour) }, Config: config, ConfigPlanChecks: plans,
			Check: all(own.replaced, robots.replaced, only.replaced, o.works(personal), o.works(service), o.works(exclusive), o.refuses(own), o.refuses(only), o.keepsPrevious(robots)),
		},
		resource.TestStep{
			PreConfig: func() { o.Clock().Advance(49 * time.Hour) }, Config: config, ConfigPlanChecks: revocation,
			Check: all(lacksPrevious(service), o.refuses(robots)),
		},
	)
	o.left()
}

// TestAccMagpieAccessToken_encrypted keeps secrets out of the state, from creation over a rotation to the end of the overlap.
func TestAccMagpieAccessToken_encrypted(t *testing.T) {
	o := emulate(t)
	key := newKey(t)
	config := func(generation string, lines ...string) string {
		return o.config(block(service, append(lines, `overlap = "72h"`, fmt.Sprintf("rotation_triggers = { generation = %q }", generation))...))
	}
	sealed := fmt.Sprintf("encrypt_secret_to = [%q]", key.Recipient().String())
	var secrets []string
	hidden := func(state *terraform.State) error {
		text := fmt.Sprint(state.RootModule().Resources[address(service)].Primary.Attributes)
		for _, token := range o.stored() {
			if strings.Contains(text, token.Secret) {
				return fmt.Errorf("the state holds the secret of the token %s", token.ID)
			}
		}
		return nil
	}
	opens := func(name string) resource.TestCheckFunc {
		return func(state *terraform.State) error {
			secrets = append(secrets, o.decrypt(state.RootModule().Resources[address(service)].Primary.Attributes[name], key))
			return nil
		}
	}
	o.test(
		resource.TestStep{Config: config("1", sealed), Check: all(lacks(service, "token"), hidden, opens("encrypted_secret"))},
		resource.TestStep{
			Config: config("2", sealed), ConfigPlanChecks: planned(service, plancheck.ResourceActionUpdate),
			Check: all(lacks(service, "token"), lacks(service, "previous_secret"), hidden, opens("previous_encrypted_secret"), opens("encrypted_secret")),
		},
		resource.TestStep{
			PreConfig: func() { o.Clock().Advance(73 * time.Hour) }, Config: config("2", sealed), Check: all(lacksPrevious(service), hidden, opens("encrypted_secret"), o.holds(1)),
		},
		resource.TestStep{Config: config("3"), Check: all(o.works(service), lacks(service, "encrypted_secret"), lacks(service, "previous_secret"), opens("previous_encrypted_secret"))},
		resource.TestStep{Config: config("3", sealed), ConfigPlanChecks: planned(service, plancheck.ResourceActionUpdate), Check: all(hidden, opens("encrypted_secret"))},
	)
	if len(secrets) != 6 || secrets[0] != secrets[1] || secrets[2] != secrets[3] || secrets[4] != secrets[3] || secrets[5] == secrets[4] {
		t.Errorf("%d secrets", len(secrets))
	}
	o.left()
}
