package provider_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// plan writes a configuration, saves a plan of it, and returns what it would do to whom, by the members' names.
func (w *workshop) plan(o order) map[string]string {
	w.t.Helper()
	w.write(o.configuration())
	w.mustRun("plan", "-no-color", "-out=plan")
	return w.planned()
}

// planned reads the saved plan.
func (w *workshop) planned() map[string]string {
	w.t.Helper()
	before := w.printed.Len()
	text := w.mustRun("show", "-json", "plan")
	// This is for programs: it holds the state, secrets included.
	w.printed.Truncate(before)
	var plan struct {
		Changes []struct {
			Address string
			Change  struct {
				Actions   []string
				Importing any
			}
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal([]byte(text), &plan); err != nil {
		w.t.Fatal(err)
	}
	actions := map[string]string{}
	for _, change := range plan.Changes {
		what := strings.Join(change.Change.Actions, ", ")
		if change.Change.Importing != nil {
			what = "import, " + what
		}
		if _, name, _ := strings.Cut(change.Address, "."); what != "no-op" {
			actions[name] = what
		}
	}
	return actions
}

// doing fails the test unless a plan does one thing to these members, and nothing else.
func doing(t *testing.T, planned map[string]string, what string, names ...string) {
	t.Helper()
	want := map[string]string{}
	for _, name := range names {
		want[name] = what
	}
	if fmt.Sprint(planned) != fmt.Sprint(want) {
		t.Errorf("the plan is %v, want %v", planned, want)
	}
}

// names are those of the members that a condition selects.
func names(selected func(member) bool) []string {
	var chosen []string
	for _, m := range fleet() {
		if selected(m) {
			chosen = append(chosen, m.name)
		}
	}
	return chosen
}

func everyone(member) bool { return true }

// TestAccRotation_savedPlans applies plans when the clock has moved on. Terraform plans a second time then, and the two plans must
// agree: whatever is planned is what happens.
func TestAccRotation_savedPlans(t *testing.T) {
	t.Parallel()
	w := newFleet(t)
	clock := w.sandbox.Clock()
	w.apply(order{triggers: "1", lead: "168h", overlap: true})
	count := w.mints()

	t.Log("an update, planned before the threshold and applied after it")
	clock.Advance(life - 169*hour)
	doing(t, w.plan(order{triggers: "1", lead: "170h", overlap: true}), "update", names(everyone)...)
	clock.Advance(2 * hour)
	w.mustRun("apply", "-no-color", "plan")
	count = w.mintedSince(count, all(0))
	w.balanced(each(1))

	t.Log("a rotation, applied a day after it was planned")
	first := w.tokens()
	doing(t, w.plan(order{triggers: "1", lead: "170h", overlap: true, accountTriggers: "2"}), "update", names(everyone)...)
	clock.Advance(24 * hour)
	w.mustRun("apply", "-no-color", "plan")
	count = w.mintedSince(count, all(1))
	w.balanced(each(2))
	second := w.tokens()
	w.follows(first, second)
	w.unchanged()

	t.Log("an update, planned before the overlap's end and applied after it")
	clock.Advance(overlap - hour)
	doing(t, w.plan(order{triggers: "1", lead: "168h", overlap: true, accountTriggers: "2"}), "update", names(everyone)...)
	clock.Advance(2 * hour)
	w.mustRun("apply", "-no-color", "plan")
	count = w.mintedSince(count, all(0))
	for _, m := range fleet() {
		if want := each(2)[m.name]; !m.endsByItself && len(w.alive(m)) != want {
			t.Errorf("%s: %q are alive: the plan did not say so", m.name, w.alive(m))
		}
	}

	t.Log("a revocation, applied a day after it was planned")
	// The end of a grace period needs no apply.
	doing(t, w.plan(order{triggers: "1", lead: "168h", overlap: true, accountTriggers: "2"}), "update",
		names(func(m member) bool { return m.overlap != "" && m.name != "account" })...)
	clock.Advance(24 * hour)
	w.mustRun("apply", "-no-color", "plan")
	count = w.mintedSince(count, all(0))
	w.balanced(each(1))
	w.refused(first)
	w.unchanged()

	t.Log("a replacement, applied a day after it was planned")
	planned := w.plan(order{triggers: "3", lead: "168h"})
	for _, m := range fleet() {
		inPlace := m.name == "account" || m.overlap == ""
		if want := map[bool]string{true: "update", false: "delete, create"}[inPlace]; planned[m.name] != want {
			t.Errorf("%s: the plan is to %q, want %q", m.name, planned[m.name], want)
		}
	}
	clock.Advance(24 * hour)
	w.mustRun("apply", "-no-color", "plan")
	w.mintedSince(count, all(1))
	w.balanced(each(1))
	w.refused(second)
	w.unchanged()
}

// follows fails the test unless, of every member, the one generation is the previous one of the other, and both work.
func (w *workshop) follows(before, after map[string]generations) {
	w.t.Helper()
	for name, now := range after {
		m, old := named(name), before[name]
		w.works(m, now.ID, now.Secret, true)
		if now.ID == old.ID || now.Secret == old.Secret {
			w.t.Errorf("%s is the same token", m.name)
		}
		if m.overlap == "" {
			w.works(m, old.ID, old.Secret, false)
			continue
		}
		w.works(m, old.ID, old.Secret, true)
		if now.PreviousID != old.ID || now.PreviousSecret != old.Secret {
			w.t.Errorf("%s: the previous one is %q instead of %q", m.name, now.PreviousID, old.ID)
		}
		until, err := time.Parse(time.RFC3339, now.PreviousRevokedAfter)
		if left := until.Sub(w.sandbox.Clock().Now()); err != nil || left > overlap || left < overlap-hour {
			w.t.Errorf("%s: the previous one is kept until %s", m.name, now.PreviousRevokedAfter)
		}
	}
}

// refused fails the test if a current token of an earlier state is still accepted.
func (w *workshop) refused(before map[string]generations) {
	w.t.Helper()
	for name, t := range before {
		w.works(named(name), t.ID, t.Secret, false)
	}
}

// adopt puts tokens on the servers that the configuration can import, and returns the import blocks.
func (w *workshop) adopt() string {
	w.t.Helper()
	end := w.sandbox.Clock().Now().Add(life)
	own := w.sandbox.Magpie.Bootstrap().UserName
	ids := map[string]string{"account": "account", "exclusive": billing}
	for _, name := range []string{"newer", "older"} {
		made, err := w.sandbox.SailPoint.AddToken(sailpoint.Token{Name: name + "-by-hand", Scope: []string{"sp:my-personal-access-tokens:read"}, Expiration: &end})
		if err != nil {
			w.t.Fatal(err)
		}
		ids[name] = made.ID
	}
	made, err := w.sandbox.TrueFoundry.AddPersonalAccessToken(truefoundry.PersonalAccessToken{Name: "pat-by-hand", Expiration: &end})
	if err != nil {
		w.t.Fatal(err)
	}
	ids["pat"] = made.Name
	if _, err := w.sandbox.TrueFoundry.AddVirtualAccount(truefoundry.VirtualAccount{Manifest: map[string]any{"name": "account"}}); err != nil {
		w.t.Fatal(err)
	}
	for name, user := range map[string]string{"own": own, "service": loader, "exclusive": billing} {
		made, err := w.sandbox.Magpie.AddToken(magpie.Token{User: user, Description: name, Expires: &end})
		if err != nil {
			w.t.Fatal(err)
		}
		switch name {
		case "own":
			ids[name] = made.ID
		case "service":
			ids[name] = user + "/" + made.ID
		}
	}
	var text strings.Builder
	for _, m := range fleet() {
		fmt.Fprintf(&text, "import {\n  to = %s\n  id = %q\n}\n", m.address(), ids[m.name])
	}
	return text.String()
}

// TestAccRotation_savedImport imports the whole fleet by a plan of the day before, with triggers and a lead: nothing rotates. The next
// change of a trigger does, and keeps the imported token for the overlap.
func TestAccRotation_savedImport(t *testing.T) {
	t.Parallel()
	w := newFleet(t)
	imports := w.adopt()
	planned := w.plan(order{triggers: "1", lead: "24h", overlap: true, also: imports})
	for _, name := range names(everyone) {
		if !slices.Contains([]string{"import, no-op", "import, update"}, planned[name]) {
			t.Errorf("%s: the plan is to %q", name, planned[name])
		}
	}
	w.sandbox.Clock().Advance(24 * hour)
	w.mustRun("apply", "-no-color", "plan")
	count := w.mintedSince(all(0), all(0))
	w.unchanged()
	w.balanced(each(1))

	before := w.tokens()
	w.apply(order{triggers: "2", lead: "24h", overlap: true})
	w.mintedSince(count, all(1))
	w.balanced(each(2))
	for name, now := range w.tokens() {
		if m := named(name); m.overlap != "" && (now.PreviousID != before[name].ID || m.name != "account" && now.PreviousSecret != "") {
			t.Errorf("%s: the previous one is %q instead of %q", name, now.PreviousID, before[name].ID)
		}
		w.works(named(name), now.ID, now.Secret, true)
	}
	w.destroyed()
}
