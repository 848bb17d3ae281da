package truefoundry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestPersonalAccessTokenOfUser_previousDisappears loses sight of a previous token that is known by its id: its owner deletes it, and the
// list does not prove that. Applies go on, and with its expiry it is forgotten.
func TestPersonalAccessTokenOfUser_previousDisappears(t *testing.T) {
	t.Parallel()
	prepare := func(t *testing.T) (*subject, string, string) {
		t.Helper()
		token := emulate(t, visible()["owner"]).ofAlice()
		token.Does("create", theirs("1"))
		name := token.text("name")
		token.Does("rotate", theirs("2"))
		previous := token.text("previous_id")
		if err := token.DeletePersonalAccessToken(previous); err != nil {
			t.Fatal(err)
		}
		return token, previous, name
	}
	t.Run("overlap", func(t *testing.T) {
		t.Parallel()
		token, previous, name := prepare(t)
		token.passes(73 * time.Hour)
		said := token.succeeds(theirs("2"))
		for _, part := range []string{name + " (" + previous + ")", "may still work", "until it expires at "} {
			contains(t, said.Warnings(), part)
		}
		token.hasPrevious(false)
		token.Does("nothing", theirs("2"))
		token.works()
		// A destruction stops at what may still work, and asks for it by its name.
		errors := token.destroyed().Errors()
		contains(t, errors, cannotEnd)
		contains(t, errors, `ask `+alice+` to delete the token "`+name+`"`)
		if token.Object == nil {
			t.Fatal("the token was forgotten")
		}
		token.passes(60 * day)
		if said := token.refresh().String(); strings.Contains(said, previous) {
			t.Error(said)
		}
		token.end()
	})
	t.Run("rotation", func(t *testing.T) {
		t.Parallel()
		token, previous, _ := prepare(t)
		contains(t, token.succeeds(theirs("3")).Warnings(), previous)
		token.works()
		token.living(2)
		token.passes(60 * day)
		token.end()
	})
	t.Run("expired", func(t *testing.T) {
		t.Parallel()
		token, _, _ := prepare(t)
		token.passes(60 * day)
		token.end()
	})
}

// TestPersonalAccessTokenOfUser_listCloses mints where the list shows the tokens, and later may neither list nor delete them.
func TestPersonalAccessTokenOfUser_listCloses(t *testing.T) {
	t.Parallel()
	token := emulate(t, visible()["made"]).ofAlice()
	token.Does("create", theirs("1"))
	token.Does("rotate", theirs("2"))
	previous := token.text("previous_secret")
	if err := token.SetSwitches(func(w *fake.Switches) { w.PATList, w.KeepPATsOfOthers = "own", true }); err != nil {
		t.Fatal(err)
	}
	token.passes(73 * time.Hour)
	contains(t, token.succeeds(theirs("2")).Warnings(), "may still work")
	token.Does("nothing", theirs("2"))
	contains(t, token.succeeds(theirs("3")).Warnings(), "may still work")
	token.check(previous, true)
	token.living(3)
	contains(t, token.destroyed().Errors(), cannotEnd)
	token.living(3)
	token.passes(60 * day)
	token.end()
}
