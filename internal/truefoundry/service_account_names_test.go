package truefoundry_test

import (
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// named are the resources with a fixed name.
func named(name string) map[string]args {
	return map[string]args{patType: {"name": name, "lifetime": "720h"}, vaType: {"name": name}}
}

// TestName_twiceInOneApply plans two objects of one name, and creates them at the same time in one process: the second one meets the first,
// and leaves it alone.
func TestName_twiceInOneApply(t *testing.T) {
	t.Parallel()
	for kind, config := range named("twice") {
		s := emulate(t).subject(kind)
		e := s.engine()
		plans := []*protocoltest.Plan{e.MustPlan(nil, config), e.MustPlan(nil, config)}
		type result struct {
			made        *protocoltest.Object
			diagnostics protocoltest.Diagnostics
		}
		results := make(chan result, len(plans))
		for _, plan := range plans {
			go func() {
				made, diagnostics := e.Apply(plan)
				results <- result{made, diagnostics}
			}()
		}
		made, other := <-results, <-results
		if made.diagnostics.Failed() {
			made, other = other, made
		}
		if e.NoError(made.diagnostics); other.made != nil {
			t.Errorf("%s: both are made", kind)
		}
		s.Object = made.made
		contains(t, other.diagnostics.Errors(), map[string]string{
			patType: `The name "twice" is taken by the token ` + s.text("id"), vaType: `"twice" is the name of a virtual account that exists, with the id ` + s.text("id"),
		}[kind])
		s.works()
		s.living(1)
		s.end()
		if left := s.VirtualAccounts(); len(left) != 0 {
			t.Errorf("left behind: %+v", left)
		}
	}
}

// TestTainted replaces objects whose fixed names are still taken while the replacement is planned.
func TestTainted(t *testing.T) {
	t.Parallel()
	for kind, config := range named("fixed") {
		s := emulate(t).subject(kind)
		s.Does("create", config)
		first := s.works()
		s.Object.Tainted = true
		s.Does("replace", config)
		s.check(first, false)
		s.works()
		s.living(1)
		s.end()
	}
}

// TestVirtualAccount_nameExists warns of a plan that would take an account over, says how to import it, and refuses the apply.
func TestVirtualAccount_nameExists(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	foreign, err := account.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": "loader", "tags": map[string]any{"a": "b"}}})
	if err != nil {
		t.Fatal(err)
	}
	run := account.Run(args{"name": "loader"})
	contains(t, run.Saved.Diagnostics.Warnings(), "terraform import <the resource's address> "+foreign.ID)
	contains(t, run.Diagnostics.Errors(), "terraform import <the resource's address> "+foreign.ID)
	if n := account.requests("PUT", vasRoute); run.Failed != "apply" || n != 0 {
		t.Errorf("failed in the %q after %d requests to put", run.Failed, n)
	}
	account.living(0)
}

// TestVirtualAccount_replacedBeforeDestroyed cannot create an account beside the one of the same name: Terraform puts that back, and goes on
// when the order is turned round.
func TestVirtualAccount_replacedBeforeDestroyed(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	account.Does("create", args{"name": "loader"})
	first := account.works()
	account.Object.Tainted, account.CreateBeforeDestroy = true, true
	run := account.Run(args{"name": "loader"})
	if contains(t, run.Diagnostics.Errors(), "remove create_before_destroy"); run.Failed != "apply" {
		t.Errorf("failed in the %q", run.Failed)
	}
	if account.works() != first || len(account.Deposed) > 0 {
		t.Error("the account was not put back")
	}
	account.living(1)
	account.CreateBeforeDestroy = false
	account.Does("replace", args{"name": "loader"})
	account.check(first, false)
	account.living(1)
}

// TestVirtualAccount_stolenName loses the name to somebody else between the look and the put.
func TestVirtualAccount_stolenName(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	var stranger fake.VirtualAccount
	account.before["PUT"] = func() {
		stranger, _ = account.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": "loader"}})
	}
	account.fails("else created a virtual account named", args{"name": "loader"})
	if account.Object != nil {
		t.Error("the stranger's account is in the state")
	}
	if now, ok := account.VirtualAccount(stranger.ID); !ok || now.Secret() != stranger.Secret() {
		t.Error("the stranger's account or its token is gone")
	}
	account.check(stranger.Secret(), true)
	account.living(0)
}
