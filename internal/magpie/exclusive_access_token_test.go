package magpie_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// TestAccMagpieServiceAccountExclusiveAccessToken_rotates deletes every other token when it is created and when it rotates, in place, and none
// at other times.
func TestAccMagpieServiceAccountExclusiveAccessToken_rotates(t *testing.T) {
	o := emulate(t)
	o.user("other@example.com")
	elsewhere := o.seed("other@example.com")
	o.seed(robot)
	o.seed(robot)
	var another fake.Token
	first, second := of(exclusive), of(exclusive)
	config := func(lines ...string) string { return o.config(block(exclusive, lines...)) }
	others := func(want int) resource.TestCheckFunc {
		return has(exclusive, "other_token_ids.#", fmt.Sprint(want))
	}
	o.testLeaving(
		resource.TestStep{Config: config(`description = "mine"`), Check: all(first.keep, o.works(exclusive), o.holds(1), others(0))},
		resource.TestStep{Config: config(`description = "mine"`, `rotation_triggers = { generation = "1" }`), Check: all(first.same, o.holds(1))},
		resource.TestStep{
			// Somebody else's token is shown, and left alone by everything but a trigger.
			PreConfig: func() { another = o.seed(robot) },
			Config:    config(`description = "new"`, `rotation_triggers = { generation = "1" }`), ConfigPlanChecks: planned(exclusive, plancheck.ResourceActionUpdate),
			Check: all(first.same, o.holds(2), others(1), func(state *terraform.State) error {
				return resource.TestCheckTypeSetElemAttr(address(exclusive), "other_token_ids.*", another.ID)(state)
			}),
		},
		resource.TestStep{Config: config(`description = "new"`, `rotation_triggers = { generation = "1" }`), PlanOnly: true},
		resource.TestStep{
			Config: config(`description = "new"`, `rotation_triggers = { generation = "2" }`), ConfigPlanChecks: planned(exclusive, plancheck.ResourceActionUpdate),
			Check: all(first.replaced, second.keep, o.works(exclusive), o.refuses(first), o.holds(1), others(0), has(exclusive, "description", "new")),
		},
		resource.TestStep{Config: config(), ConfigPlanChecks: planned(exclusive, plancheck.ResourceActionUpdate), Check: second.same},
		resource.TestStep{PreConfig: func() { another = o.seed(robot) }, Config: config(), Destroy: true},
	)
	if ids := o.ids(); !slices.Equal(ids, []string{another.ID}) {
		t.Errorf("after the destroy: %v", ids)
	}
	if _, there := o.Magpie.Token(elsewhere.ID); !there {
		t.Error("a token of another account is gone")
	}
}

// TestAccMagpieServiceAccountExclusiveAccessToken_otherCreator cannot tell which of two tokens the rotation made. The secret is kept; once the
// other one is gone, the token that is left is the managed one.
func TestAccMagpieServiceAccountExclusiveAccessToken_otherCreator(t *testing.T) {
	o := emulate(t)
	first := of(exclusive)
	var another fake.Token
	after := func() { o.Magpie.OnAfterCreate(func(user string) { another = o.seed(user) }) }
	calm := func() { o.Magpie.OnAfterCreate(nil) }
	config := func(generation string, lines ...string) string {
		return o.config(block(exclusive, append([]string{`rotation_triggers = { generation = "` + generation + `" }`}, lines...)...))
	}
	held := func(state *terraform.State) error {
		secret := state.RootModule().Resources[address(exclusive)].Primary.Attributes["token"]
		if secret == "" || secret == first.secret || !o.use(secret).Works() {
			return fmt.Errorf("the state does not hold the new token")
		}
		return nil
	}
	uncertain := says(`the account does not have exactly one token, so the new one's id is not certain. New on the account: `)
	o.test(
		resource.TestStep{Config: config("1"), Check: first.keep},
		resource.TestStep{PreConfig: after, Config: config("2"), ExpectError: uncertain},
		resource.TestStep{PreConfig: calm, RefreshState: true, Check: all(held, lacks(exclusive, "id"))},
		resource.TestStep{Config: config("2", `description = "x"`), ExpectError: says(`The id of the token is not known, so it cannot be changed. Delete the account's other tokens in Magpie`)},
		// Another rotation is one way out.
		resource.TestStep{Config: config("3"), Check: all(held, o.works(exclusive), o.holds(1))},
		resource.TestStep{PreConfig: after, Config: config("4"), ExpectError: uncertain},
		// Deleting the other token is the other.
		resource.TestStep{
			PreConfig: func() { calm(); o.forget(another.ID) }, Config: config("4"),
			ConfigPlanChecks: planned(exclusive, plancheck.ResourceActionNoop), Check: all(held, o.works(exclusive), o.holds(1)),
		},
	)
}

// TestAccMagpieServiceAccountExclusiveAccessToken_createdUnidentified cannot tell the id of its first token.
func TestAccMagpieServiceAccountExclusiveAccessToken_createdUnidentified(t *testing.T) {
	o := emulate(t)
	var another fake.Token
	o.Magpie.OnAfterCreate(func(user string) { another = o.seed(user) })
	config := o.config(block(exclusive))
	o.test(
		resource.TestStep{Config: config, ExpectError: says(`so the new one's id is not certain. New on the account: 18, 19.`)},
		resource.TestStep{Config: config, Destroy: true, ExpectError: says(`It is one of: 18, 19.`)},
		resource.TestStep{
			PreConfig: func() { o.Magpie.OnAfterCreate(nil); o.forget(another.ID) }, Config: config,
			ConfigPlanChecks: planned(exclusive, plancheck.ResourceActionReplace), Check: all(o.works(exclusive), o.holds(1)),
		},
	)
}

// TestAccMagpieServiceAccountExclusiveAccessToken_settlingFails has rotated when the description cannot be set: the next apply sets it and
// does not rotate again.
func TestAccMagpieServiceAccountExclusiveAccessToken_settlingFails(t *testing.T) {
	o := emulate(t)
	first := of(exclusive)
	config := func(generation string) string {
		return o.config(block(exclusive, `description = "mine"`, `rotation_triggers = { generation = "`+generation+`" }`))
	}
	o.test(
		resource.TestStep{Config: config("1"), Check: first.keep},
		resource.TestStep{PreConfig: func() { o.fault("PUT", textRoute, "status:403", 1) }, Config: config("2"), ExpectError: says(`the description could not be set`)},
		resource.TestStep{
			Config: config("2"), ConfigPlanChecks: planned(exclusive, plancheck.ResourceActionUpdate),
			Check: all(first.replaced, o.works(exclusive), has(exclusive, "description", "mine"), o.sent("POST", rotateRoute, 2)),
		},
	)
}

// TestMagpieServiceAccountExclusiveAccessToken_warnings looks at what Terraform prints beside a plan.
func TestMagpieServiceAccountExclusiveAccessToken_warnings(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	p := o.protocol()
	created := p.plan(exclusive, nil, map[string]any{"user_name": robot})
	if text := created.warnings(); !strings.Contains(text, "deletes every token of the service account "+robot+", also those that others use") {
		t.Errorf("at creation: %q", text)
	}
	state := p.read(exclusive, p.imported(exclusive, o.seedExclusive())).state
	if text := p.plan(exclusive, state, map[string]any{"user_name": robot}).warnings(); text != "" {
		t.Errorf("without a change: %q", text)
	}
	other := o.seed(robot)
	fresh := o.protocol()
	drifted := fresh.read(exclusive, state)
	if text := drifted.warnings(); !strings.Contains(text, other.ID) || !strings.Contains(text, "Change rotation_triggers to delete them") {
		t.Errorf("with another token: %q", text)
	}
}

// seedExclusive gives the robot one token, and returns its import ID.
func (o *organization) seedExclusive() string {
	o.seed(robot)
	return robot
}
