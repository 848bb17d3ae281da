package provider_test

import (
	"slices"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// refuse orders a refusal for these requests.
func (w *workshop) refuse(routes ...fakeapi.Filter) {
	w.t.Helper()
	for _, route := range routes {
		if err := w.sandbox.Faults().Add(fakeapi.Fault{System: route.System, Method: route.Method, Route: route.Route, Fault: "status:403"}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestAccRotation_refused: servers that refuse a mint leave everything as it is; servers that refuse a revocation leave a token that
// the state knows, and that the next apply revokes.
func TestAccRotation_refused(t *testing.T) {
	t.Parallel()
	w := newFleet(t)
	generation := func(n string) order { return order{triggers: n, overlap: true} }
	w.apply(generation("1"))
	w.apply(generation("2"))
	before := w.tokens()

	t.Log("mints")
	for _, m := range fleet() {
		w.refuse(m.mint)
	}
	w.write(generation("3").configuration())
	w.mustFail("Error: ", "apply", "-no-color", "-auto-approve")
	if left := w.sandbox.Faults().Pending(); len(left) > 0 {
		t.Errorf("no request met %+v", left)
	}
	for name, now := range w.tokens() {
		if now != before[name] {
			t.Errorf("%s has changed", name)
		}
		w.works(named(name), now.ID, now.Secret, true)
	}
	w.balanced(each(2))

	t.Log("revocations of the older generation")
	for _, m := range fleet() {
		if m.overlap != "" {
			w.refuse(m.revoke)
		}
	}
	w.mustFail("run again", "apply", "-no-color", "-auto-approve")
	after := w.tokens()
	for _, m := range fleet() {
		w.works(m, after[m.name].ID, after[m.name].Secret, true)
		if m.overlap == "" {
			continue
		}
		w.works(m, before[m.name].ID, before[m.name].Secret, true)
		if alive := w.alive(m); len(alive) != 3 || after[m.name].PreviousID != before[m.name].ID {
			t.Errorf("%s: %q are alive, the state knows %q", m.name, alive, after[m.name].known())
		}
	}
	count := w.mints()
	output := w.apply(generation("3"))
	w.mintedSince(count, all(0))
	w.balanced(each(2))
	w.unchanged()
	if t.Failed() {
		t.Logf("%s\n%+v", output, w.sandbox.Journal().Select(fakeapi.Filter{Method: "DELETE"}))
	}

	t.Log("revocations when everything is destroyed")
	for _, m := range fleet() {
		w.refuse(m.revoke)
	}
	w.mustFail("Error: ", "destroy", "-no-color", "-auto-approve")
	w.sandbox.Faults().Clear()
	w.destroyed()
}

// TestAccRotation_deletedElsewhere: whichever of two generations somebody deletes, the other one lives on.
func TestAccRotation_deletedElsewhere(t *testing.T) {
	t.Parallel()
	w := newFleet(t)
	o := order{triggers: "1", overlap: true}
	w.apply(o)
	o.triggers = "2"
	w.apply(o)

	t.Log("the previous ones")
	before := w.tokens()
	// A list may show a younger token late, so its absence proves nothing.
	w.sandbox.Clock().Advance(settled)
	for _, m := range fleet() {
		w.deleteElsewhere(m, before[m.name].PreviousID)
	}
	w.unchanged()
	w.mustRun("apply", "-no-color", "-auto-approve", "-refresh-only")
	w.balanced(each(1))
	for name, now := range w.tokens() {
		if now.PreviousID+now.PreviousSecret+now.PreviousRevokedAfter != "" || now.ID != before[name].ID {
			t.Errorf("%s: the state still knows %q", name, now.known())
		}
	}

	t.Log("the current ones")
	o.triggers = "3"
	w.apply(o)
	before = w.tokens()
	w.sandbox.Clock().Advance(settled)
	overlapping := names(func(m member) bool { return m.overlap != "" && m.name != "account" })
	for _, name := range overlapping {
		w.deleteElsewhere(named(name), before[name].ID)
	}
	count := w.mints()
	doing(t, w.plan(o), "update", overlapping...)
	w.mustRun("apply", "-no-color", "plan")
	minted := all(0)
	for _, name := range overlapping {
		minted[name] = 1
	}
	w.mintedSince(count, minted)
	w.balanced(each(2))
	for _, name := range overlapping {
		if now := w.tokens()[name]; now.PreviousID != before[name].PreviousID || now.PreviousRevokedAfter != before[name].PreviousRevokedAfter || now.Status != "active" {
			t.Errorf("%s: the state knows %q, %s", name, now.known(), now.Status)
		}
		w.works(named(name), before[name].PreviousID, before[name].PreviousSecret, true)
	}
	w.unchanged()
	w.destroyed()
}

// settled is longer than a list may show a new token late.
const settled = 5 * time.Minute

// deleteElsewhere deletes a token behind Terraform's back.
func (w *workshop) deleteElsewhere(m member, id string) {
	w.t.Helper()
	if id == "" {
		return
	}
	var err error
	switch {
	case m.name == "account":
		account, _ := w.sandbox.TrueFoundry.VirtualAccountNamed("account")
		err = w.sandbox.TrueFoundry.DeleteToken(account.ID, id)
	case m.name == "pat":
		err = w.sandbox.TrueFoundry.DeletePersonalAccessToken(id)
	case slices.Contains([]string{"newer", "older"}, m.name):
		err = w.sandbox.SailPoint.DeleteToken(id)
	default:
		err = w.sandbox.Magpie.DeleteToken(id)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}
