package truefoundry_test

import (
	"fmt"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestVirtualAccount_creates creates 20 accounts: whether a name is free is asked of the whole tenant, which the list does not show, for the
// first five while planning, and for each once before it is created. The answer to a creation needs no request after it.
func TestVirtualAccount_creates(t *testing.T) {
	t.Parallel()
	const accounts = 20
	p := emulate(t)
	config := func(i int) args { return args{"name": fmt.Sprint("loader-", i)} }
	asked := func(want int) {
		t.Helper()
		if asked := p.requests("GET", vasRoute+"/exists"); asked != want {
			t.Errorf("%d questions for a name instead of %d", asked, want)
		}
		p.Stage().Journal.Reset()
	}
	e := p.engine(vaType)
	p.Stage().Journal.Reset()
	for i := range accounts {
		e.MustPlan(nil, config(i))
	}
	asked(5)
	e = p.engine(vaType)
	for i := range accounts {
		e.Change(nil, config(i))
	}
	if puts := p.requests("PUT", ""); puts != accounts {
		t.Errorf("%d creations", puts)
	}
	asked(accounts)
}

// TestVirtualAccount_manyHiddenNames: the plan warns of a hidden account whose name is among the first that it asks for. All others are
// refused by their creation, before anything is sent.
func TestVirtualAccount_manyHiddenNames(t *testing.T) {
	t.Parallel()
	account := emulate(t, func(w *fake.Switches) { w.HideForeignAccounts = true }).subject(vaType)
	account.manager()
	const accounts = 7
	e := account.engine()
	var plans []*protocoltest.Plan
	for i := range accounts {
		name := fmt.Sprint("loader-", i)
		if _, err := account.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": name}}); err != nil {
			t.Fatal(err)
		}
		plan := e.MustPlan(nil, args{"name": name})
		if warns := len(plan.Diagnostics) > 0; warns != (i < 5) {
			t.Errorf("%s is planned with %q", name, plan.Diagnostics)
		}
		plans = append(plans, plan)
	}
	e = account.engine()
	for _, plan := range plans {
		_, said := e.Apply(plan)
		contains(t, said.Errors(), "the provider's key cannot see")
	}
	if n := account.requests("PUT", ""); n != 0 {
		t.Errorf("%d requests to put", n)
	}
}
