package magpie_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// TestAccMagpieAccessToken_unidentified cannot tell the id of a new token: the secret is kept, every plan reminds, destroying names
// what it could be, and once that is gone the resource can be destroyed.
func TestAccMagpieAccessToken_unidentified(t *testing.T) {
	o := emulate(t)
	o.Clock().Advance(48 * time.Hour)
	o.meanwhile(func() { o.seed(robot) })
	config := o.config(block(service))
	untouched := func() {
		if ids := o.ids(); !slices.Equal(ids, []string{"18", "19"}) {
			t.Errorf("on the account: %v", ids)
		}
	}
	o.test(
		resource.TestStep{Config: config, ExpectError: says(`its id is not certain. It is one of: 18, 19. Terraform marks the resource as tainted.`)},
		resource.TestStep{
			PreConfig: untouched, RefreshState: true, ExpectNonEmptyPlan: true,
			Check: all(lacks(service, "id"), func(state *terraform.State) error {
				secret := state.RootModule().Resources[address(service)].Primary.Attributes["token"]
				if stored, _ := o.Magpie.Token("19"); stored.Secret != secret || !o.use(secret).Works() {
					return errors.New("the state lacks the secret")
				}
				return nil
			}),
		},
		resource.TestStep{Config: config, ExpectError: says(`deleting it could hit somebody else's. It is one of: 18, 19`)},
		resource.TestStep{PreConfig: untouched, Config: config, Destroy: true, ExpectError: says(`Find out in Magpie which one and delete it there; then remove the resource from the state with terraform state rm`)},
		resource.TestStep{
			PreConfig: func() { untouched(); o.forget("18"); o.forget("19"); o.Clock().Advance(settled) },
			Config:    config, ConfigPlanChecks: planned(service, plancheck.ResourceActionReplace), Check: all(o.works(service), o.holds(1)),
		},
	)
}

// TestMagpieAccessToken_unidentified is about the same without Terraform: nothing is deleted until nothing is left that it could be.
func TestMagpieAccessToken_unidentified(t *testing.T) {
	t.Parallel()
	for _, kind := range plainKinds() {
		o := emulate(t)
		o.meanwhile(func() { o.seed(o.owner(kind)) })
		made := o.fails(`It is one of: 18, 19.`)(o.engine(kind).TryChange(nil, arguments(kind, nil)))
		kept := o.fails(`deleting it could hit somebody else's. It is one of: 18, 19`)(o.engine(kind).TryDestroy(made))
		o.left("18", "19")
		o.forget("18")
		kept = o.fails(`It is one of: 19.`)(o.engine(kind).TryDestroy(kept))
		o.forget("19")
		o.engine(kind).Destroy(kept)
	}
}

// TestMagpieAccessToken_unlistableAfterMint keeps the secret although the id cannot be looked for. While a list may not show the token
// yet, its absence proves nothing.
func TestMagpieAccessToken_unlistableAfterMint(t *testing.T) {
	t.Parallel()
	for _, kind := range plainKinds() {
		o := emulate(t)
		old := o.seed(o.owner(kind))
		o.meanwhile(func() { o.fault("GET", listOf(kind), "html", 1) })
		made := o.fails(`its secret is in the state, but its id could not be found, because the list failed`)(o.engine(kind).TryChange(nil, arguments(kind, nil)))
		o.fault("GET", listOf(kind), "lag:1", 1)
		kept := o.fails(`its id could not be told, and the list does not show it. It may do so later: apply again in two minutes`)(o.engine(kind).TryDestroy(made))
		kept = o.fails(`It is one of: 19.`)(o.engine(kind).TryDestroy(kept))
		o.left(old.ID, "19")
		o.forget("19")
		o.Clock().Advance(settled)
		o.engine(kind).Destroy(kept)
		o.left(old.ID)
	}
}

// TestMagpieAccessToken_unlistableIDTold names an id that the answer told after all, although the list cannot prove it.
func TestMagpieAccessToken_unlistableIDTold(t *testing.T) {
	t.Parallel()
	o := emulate(t, switched(func(w *fake.Switches) { w.CreateID = true }))
	o.meanwhile(func() { o.fault("GET", ownRoute, "html", 1) })
	made := o.fails(`the answer told the id 18, but the list, which must show it, failed`)(o.engine(personal).TryChange(nil, nil))
	if !o.use(made.Text("token")).Works() {
		t.Errorf("the state lacks the secret: %v", made.Attributes)
	}
}
