package truefoundry_test

import (
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestVirtualAccount_mappingBarsRotation refuses a rotation that TrueFoundry would refuse: in the plan where the configuration asks for it,
// before anything is sent at apply where that shows only then, and not at all where only time asks for it.
func TestVirtualAccount_mappingBarsRotation(t *testing.T) {
	t.Parallel()
	const refused = "TrueFoundry does not regenerate this token"
	account := emulate(t, limited).subject(vaType)
	config := func(n string) args { return with(graced(n), mapping("v")) }
	account.Does("create", config("1"))
	first := account.works()
	sent := func() int { return account.mints() + account.requests("PUT", "") }
	before := sent()
	if run := account.fails(refused, config("2")); run.Failed != "plan" {
		t.Errorf("failed in the %q", run.Failed)
	}
	account.engine().NoError(account.planDestroy())
	// Triggers that are not known yet may turn out unchanged, or not.
	unsure := with(config("1"), args{"rotation_triggers": args{"n": unknown()}})
	saved := account.RefreshAndPlan(unsure)
	contains(t, saved.Diagnostics.Warnings(), refused)
	if run := account.Apply(saved, config("2")); run.Failed == "" {
		t.Error("applied")
	}
	account.filled(unsure, config("1"))
	// The mapping may be what is not known.
	hidden := with(config("2"), args{"identity_provider_mapping": unknown()})
	saved = account.RefreshAndPlan(hidden)
	if run := account.Apply(saved, config("2")); run.Failed == "" {
		t.Error("applied")
	}
	if sent() != before {
		t.Errorf("%d requests were sent", sent()-before)
	}
	account.check(first, true)
	// Time alone rotates nothing, and a warning says so from the beginning.
	due := with(config("1"), args{"rotate_before_expiry": "240h"})
	contains(t, account.engine().Validate(due), "rotate_before_expiry has no effect")
	account.Does("update", due)
	account.until(account.moment("expires_at").Add(-9 * day))
	account.Does("nothing", due)
	account.warning = 14 * day
	_, said := account.plans(due)
	contains(t, said.Warnings(), "expires soon")
	if account.works() != first || account.mints() != 0 {
		t.Error("rotated")
	}
	// Without the mapping it works, in the same apply.
	account.Does("update", graced("2"))
	account.works()
	account.check(first, true)
	account.living(2)
	account.end()
}

// TestVirtualAccount_mappingHidden meets a mapping that only the server knows: its refusal is shown, and the other unit is not sent.
func TestVirtualAccount_mappingHidden(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	account.Does("create", graced("1"))
	first := account.works()
	account.before["POST"] = func() {
		made := account.VirtualAccounts()[0]
		made.Manifest["identity_provider_mapping"] = []any{map[string]any{"identity_provider": "x", "value": "y"}}
		if err := account.EditVirtualAccount(made.ID, func(a *fake.VirtualAccount) { a.Manifest = made.Manifest }); err != nil {
			t.Error(err)
		}
	}
	account.fails("identity provider mapping cannot be regenerated", graced("2"))
	if n := account.requests("POST", regenerateRoute); n != 1 {
		t.Errorf("%d requests", n)
	}
	account.check(first, true)
	account.living(1)
	account.end()
}
