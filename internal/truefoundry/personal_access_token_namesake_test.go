package truefoundry_test

import (
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestPersonalAccessToken_namesakesOfOthers is shown other users' tokens beside its own: their names are not taken for it, and an import
// by a name means the caller's own token.
func TestPersonalAccessToken_namesakesOfOthers(t *testing.T) {
	t.Parallel()
	token := emulate(t, visible()["tenant"]).subject(patType)
	if _, err := token.AddUser(fake.User{Email: alice}); err != nil {
		t.Fatal(err)
	}
	alices, err := token.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "audit", Owner: alice})
	if err != nil {
		t.Fatal(err)
	}
	config := args{"name": "audit", "lifetime": "720h"}
	plan := token.engine().MustPlan(nil, config)
	if said := plan.Diagnostics.String(); strings.Contains(said, "taken") || strings.Contains(said, alices.ID) {
		t.Error(said)
	}
	token.Does("create", config)
	token.works()
	if token.text("id") == alices.ID {
		t.Fatal("the token of another user was taken")
	}
	token.importsSame("token", "lifetime")
	// One's own is taken.
	contains(t, token.engine().MustPlan(nil, config).Diagnostics.Warnings(), "is taken by another")
	token.check(alices.Token.Secret, true)
	if diagnostics := token.Destroy(); diagnostics.Failed() {
		t.Error(diagnostics.Errors())
	}
	token.check(alices.Token.Secret, true)
	token.living(0)
}

// TestPersonalAccessToken_namesakesOfNobody has the key of a virtual account, which owns none of the tokens that it is shown: nothing is said
// of their names.
func TestPersonalAccessToken_namesakesOfNobody(t *testing.T) {
	t.Parallel()
	token := emulate(t, visible()["tenant"]).ofAlice()
	alices, err := token.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "audit", Owner: alice})
	if err != nil {
		t.Fatal(err)
	}
	config := args{"name": "audit", "lifetime": "720h"}
	plan := token.Plan(config)
	run := token.Run(config)
	for _, said := range []string{plan.Diagnostics.String(), run.Diagnostics.String()} {
		if strings.Contains(said, "taken") || strings.Contains(said, alices.ID) {
			t.Error(said)
		}
	}
	token.check(alices.Token.Secret, true)
}

// TestPersonalAccessToken_namesakesUntold is not told whose the tokens are, so that every one may be the caller's.
func TestPersonalAccessToken_namesakesUntold(t *testing.T) {
	t.Parallel()
	token := emulate(t, visible()["untold"]).subject(patType)
	if _, err := token.AddUser(fake.User{Email: alice}); err != nil {
		t.Fatal(err)
	}
	if _, err := token.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "audit", Owner: alice}); err != nil {
		t.Fatal(err)
	}
	plan := token.engine().MustPlan(nil, args{"name": "audit", "lifetime": "720h"})
	contains(t, plan.Diagnostics.Warnings(), "is taken by")
}
