package magpie_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

// keepsPrevious checks that the state keeps a generation as the previous one, and that it works.
func (o *organization) keepsPrevious(g *generation) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		held := state.RootModule().Resources[address(g.kind)].Primary.Attributes
		if held["previous_id"] != g.id || held["previous_secret"] != g.secret || held["previous_revoked_after"] == "" {
			return fmt.Errorf("the previous token is not %s: %v", g.id, held)
		}
		if probe := o.use(g.secret); !probe.Works() {
			return fmt.Errorf("the previous token does not work: %+v", probe)
		}
		return nil
	}
}

func lacksPrevious(kind string) resource.TestCheckFunc {
	return all(lacks(kind, "previous_id"), lacks(kind, "previous_secret"), lacks(kind, "previous_encrypted_secret"), lacks(kind, "previous_revoked_after"))
}

// TestAccMagpieAccessToken_overlap rotates in place by a trigger, revokes after the overlap, rotates once more, and destroys inside an
// overlap: one token in plain text, and one that is encrypted and never in the state, until nobody asks for that any more. In the end that one rotates by its age.
func TestAccMagpieAccessToken_overlap(t *testing.T) {
	o := emulate(t)
	key := newKey(t)
	config := func(generation string, lines ...string) string {
		both := []string{`overlap = "72h"`, `description = "mine"`, fmt.Sprintf("rotation_triggers = { generation = %q }", generation)}
		return o.config(block(personal, both...), block(service, append(both, lines...)...))
	}
	encrypted := fmt.Sprintf("encrypt_secret_to = [%q]", key.Recipient().String())
	update := plancheck.ResourceActionUpdate
	updates := planned(personal, update)
	updates.PreApply = append(updates.PreApply, planned(service, update).PreApply...)
	first, second, third := of(personal), of(personal), of(service)
	var secrets []string
	opens := func(name string) resource.TestCheckFunc {
		return func(state *terraform.State) error {
			secrets = append(secrets, o.decrypt(state.RootModule().Resources[address(service)].Primary.Attributes[name], key))
			return nil
		}
	}
	hidden := all(lacks(service, "token"), lacks(service, "previous_secret"), func(state *terraform.State) error {
		text := fmt.Sprint(state.RootModule().Resources[address(service)].Primary.Attributes)
		for _, token := range o.stored() {
			if strings.Contains(text, token.Secret) {
				return fmt.Errorf("the state holds the secret of the token %s", token.ID)
			}
		}
		return nil
	})
	o.test(
		resource.TestStep{
			Config: config("1", encrypted),
			Check:  all(first.keep, lacksPrevious(personal), lacksPrevious(service), hidden, opens("encrypted_secret"), o.holds(2)),
		},
		resource.TestStep{
			Config: config("2", encrypted), ConfigPlanChecks: updates,
			Check: all(first.replaced, second.keep, o.works(personal), o.keepsPrevious(first), has(personal, "description", "mine"), o.holds(4),
				hidden, opens("previous_encrypted_secret"), opens("encrypted_secret")),
		},
		resource.TestStep{
			PreConfig: func() { o.Clock().Advance(73 * time.Hour) }, Config: config("2", encrypted), ConfigPlanChecks: updates,
			Check: all(second.same, lacksPrevious(personal), o.refuses(first), lacksPrevious(service), hidden, opens("encrypted_secret"), o.holds(2)),
		},
		resource.TestStep{
			Config: config("3"), ConfigPlanChecks: updates,
			Check: all(second.replaced, o.works(personal), o.keepsPrevious(second), o.holds(4),
				o.works(service), lacks(service, "encrypted_secret"), lacks(service, "previous_secret"), opens("previous_encrypted_secret")),
		},
		resource.TestStep{
			PreConfig: func() { o.Clock().Advance(73 * time.Hour) }, Config: config("3", `rotate_after = "240h"`), ConfigPlanChecks: updates,
			Check: all(third.keep, has(service, "status", "active"), o.holds(2)),
		},
		resource.TestStep{
			// Time alone.
			PreConfig: func() { o.Clock().Advance(240 * time.Hour) }, Config: config("3", `rotate_after = "240h"`), ConfigPlanChecks: planned(service, update),
			Check: all(third.replaced, o.works(service), o.keepsPrevious(third), has(service, "status", "active"), o.holds(3)),
		},
	)
	if len(secrets) != 5 || secrets[0] != secrets[1] || secrets[1] == secrets[2] || secrets[2] != secrets[3] || secrets[3] != secrets[4] {
		t.Errorf("%d secrets", len(secrets))
	}
	o.left()
}
