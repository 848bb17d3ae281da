package truefoundry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

const (
	alice       = "alice@example.com"
	forUser     = patsRoute + "/for-user"
	cannotSee   = "The provider cannot see a TrueFoundry personal access token"
	mayNotSee   = "The provider may not be able to revoke this token"
	cannotEnd   = "Unable to revoke a TrueFoundry personal access token"
	stillWorks  = "may still work"
	adminRights = "tenant-admin"
)

// visible and hiding are what an administrator may be shown of other users' tokens.
func visible() map[string]func(*fake.Switches) {
	return map[string]func(*fake.Switches){
		"tenant": func(w *fake.Switches) { w.PATList = "tenant" },
		"made":   func(w *fake.Switches) { w.PATList = "made" },
		"owner":  func(w *fake.Switches) { w.PATList, w.ForUserCreator = "made", "owner" },
		// Rows do not tell whose they are: only a name that the provider has made up tells.
		"untold": func(w *fake.Switches) { w.PATList, w.PATManifest, w.Rows = "tenant", "virtual-account", "page" },
	}
}

func hiding() map[string]func(*fake.Switches) {
	return map[string]func(*fake.Switches){
		"refused": func(*fake.Switches) {},
		"empty":   func(w *fake.Switches) { w.AccountPATList = "empty" },
	}
}

// administrator adds a virtual account that administers the tenant, and returns its key.
func (p *plane) administrator(name string) string {
	p.t.Helper()
	rights := []any{map[string]any{"resource_fqn": "t", "resource_type": "tenant", "role_id": adminRights}}
	account, err := p.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": name, "permissions": rights}})
	if err != nil {
		p.t.Fatal(err)
	}
	return account.Secret()
}

// ofAlice is a token of another user on a newer control plane, managed with an administrator's key.
func (p *plane) ofAlice() *subject {
	p.t.Helper()
	if err := p.SetSwitches(func(w *fake.Switches) { w.PATByPATStatus = fake.Newer().PATByPATStatus }); err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.AddUser(fake.User{Email: alice, Teams: []string{"red", "blue"}}); err != nil {
		p.t.Fatal(err)
	}
	token := p.subject(patType)
	token.block = args{"api_key": p.administrator("admin")}
	return token
}

// passes moves the clocks of both sides on: who is refused every list does not learn the server's time.
func (s *subject) passes(d time.Duration) {
	s.pass(d)
	s.late += d
}

func theirs(n string) args { return with(overlapping(n), args{"user_email": alice}) }

func replacing(n string) args { return with(theirs(n), args{"overlap": nil}) }

// ownerOf is the owner that an object shows.
func ownerOf(t *testing.T, attributes protocoltest.Attributes) protocoltest.Attributes {
	t.Helper()
	owner := map[string]tftypes.Value{}
	if err := attributes["owner"].As(&owner); err != nil {
		t.Fatal(err)
	}
	return owner
}

// TestPersonalAccessTokenOfUser_visible mints, rotates in place and by replacement, finds again, imports and revokes tokens of another
// user where the list shows them.
func TestPersonalAccessTokenOfUser_visible(t *testing.T) {
	t.Parallel()
	switched(t, visible(), func(p *plane, kind string) {
		token := p.ofAlice()
		token.Does("create", with(theirs("1"), args{"team_name": "red"}))
		first := token.works()
		if stored, _ := p.PersonalAccessTokenNamed(alice, token.text("name")); stored.ID != token.text("id") || stored.Team != "red" {
			p.t.Errorf("the id is %s: %+v", token.text("id"), stored)
		}
		token.Does("rotate", theirs("2"))
		second := token.works()
		p.check(first, true)
		p.living(2)
		token.pass(73 * time.Hour)
		token.Does("update", theirs("2"))
		p.check(first, false)
		token.Does("replace", replacing("3"))
		p.check(second, false)
		third := token.works()
		p.living(1)
		if name := ownerOf(p.t, token.Object.Attributes).Text("name"); name != alice {
			p.t.Errorf("the owner is %q", name)
		}
		if kind != "untold" {
			token.importsSame("token", "rotation_triggers", "overlap", "lifetime", "name_prefix", "user_email", "token_type")
		}
		// By the e-mail address and the name, and by the id.
		for _, id := range []string{alice + "/" + token.text("name"), alice + "/" + token.text("id")} {
			imported := token.engine().MustImport(id)
			if imported.Text("id") != token.text("id") || imported.Text("user_email") != alice {
				p.t.Errorf("%s was imported as %s of %s", id, imported.Text("id"), imported.Text("user_email"))
			}
			token.Object = imported
			token.Does("update", replacing("3"))
			token.Does("nothing", replacing("3"))
		}
		token.end()
		p.check(third, false)
	})
}

// TestPersonalAccessTokenOfUser_hidden does all that where the list never shows the tokens: none is minted twice or taken for deleted,
// and that they cannot be revoked is said everywhere.
func TestPersonalAccessTokenOfUser_hidden(t *testing.T) {
	t.Parallel()
	switched(t, hiding(), func(p *plane, _ string) {
		token := p.ofAlice()
		plan := token.engine().MustPlan(nil, theirs("1"))
		contains(p.t, plan.Diagnostics.Warnings(), mayNotSee)
		said := token.succeeds(theirs("1"))
		contains(p.t, said.Warnings(), cannotSee)
		contains(p.t, said.Warnings(), "ask "+alice+" to delete the token \""+token.text("name")+"\"")
		first := token.works()
		if want := alice + "/" + token.text("name"); token.text("id") != want {
			p.t.Errorf("the id is %q instead of %q", token.text("id"), want)
		}
		due := token.text("rotation_due_at")
		contains(p.t, token.refresh().Warnings(), cannotSee)
		if now := token.text("rotation_due_at"); due == "" || now != due {
			p.t.Errorf("it was due at %q when it was minted, and is at %q", due, now)
		}
		token.Does("nothing", theirs("1"))
		if n := p.requests("POST", forUser); n != 1 {
			p.t.Errorf("%d tokens were minted", n)
		}
		// In place: the previous token is left to expire.
		contains(p.t, token.succeeds(theirs("2")).Warnings(), cannotSee)
		second := token.works()
		if token.text("previous_secret") != first {
			p.t.Error("the previous token is not in the state")
		}
		contains(p.t, token.succeeds(theirs("2")).Warnings(), "The previous token cannot be revoked")
		token.passes(73 * time.Hour)
		contains(p.t, token.succeeds(theirs("2")).Warnings(), stillWorks)
		token.hasPrevious(false)
		p.check(first, true)
		p.check(second, true)
		// What is left to expire is no change that is planned again and again, and is not forgotten.
		contains(p.t, token.succeeds(theirs("2")).Warnings(), stillWorks)
		token.Does("nothing", theirs("2"))
		diagnostics := token.destroyed()
		contains(p.t, diagnostics.Errors(), cannotEnd)
		for _, name := range []string{"terraform state rm", token.text("name"), alice + "/ci-"} {
			contains(p.t, diagnostics.Errors(), name)
		}
		if token.Object == nil {
			p.t.Fatal("the token was forgotten")
		}
		p.living(2)
		// When they have expired, they are gone.
		token.passes(31 * day)
		if diagnostics := token.refresh(); strings.Contains(diagnostics.String(), stillWorks) {
			p.t.Error(diagnostics)
		}
		token.Does("rotate", theirs("2"))
		token.works()
		p.living(1)
		token.passes(31 * day)
		token.end()
	})
}

// TestPersonalAccessTokenOfUser_hiddenReplaced replaces a token that cannot be revoked: the plan says that it fails, and nothing is minted
// or lost.
func TestPersonalAccessTokenOfUser_hiddenReplaced(t *testing.T) {
	t.Parallel()
	token := emulate(t).ofAlice()
	token.succeeds(replacing("1"))
	first := token.works()
	token.refresh()
	plan := token.Plan(replacing("2"))
	contains(t, plan.Diagnostics.Warnings(), "Applying this plan fails")
	token.fails(cannotEnd, replacing("2"))
	token.check(first, true)
	token.living(1)
	if token.text("token") != first {
		t.Error("the token is lost")
	}
	token.passes(31 * day)
	token.refresh()
	token.Does("replace", replacing("2"))
	token.works()
	token.living(1)
	token.passes(31 * day)
	token.end()
}

// TestPersonalAccessTokenOfUser_becomesVisible is shown tokens that were hidden when they were minted: they get their ids, and what is
// left is revoked.
func TestPersonalAccessTokenOfUser_becomesVisible(t *testing.T) {
	t.Parallel()
	token := emulate(t).ofAlice()
	token.succeeds(theirs("1"))
	token.succeeds(theirs("2"))
	token.passes(73 * time.Hour)
	token.succeeds(theirs("2"))
	token.living(2)
	if err := token.SetSwitches(func(w *fake.Switches) { w.PATList = "tenant" }); err != nil {
		t.Fatal(err)
	}
	token.Does("update", theirs("2"))
	token.living(1)
	token.works()
	if strings.Contains(token.text("id"), "/") {
		t.Errorf("the id is %s", token.text("id"))
	}
	token.end()
}

// TestPersonalAccessTokenOfUser_absent does not take for deleted what a list may not show, and does so where the list proves to show all
// tokens of the user.
func TestPersonalAccessTokenOfUser_absent(t *testing.T) {
	t.Parallel()
	t.Run("the whole tenant", func(t *testing.T) {
		t.Parallel()
		token := emulate(t, visible()["tenant"]).ofAlice()
		token.Does("create", theirs("1"))
		token.pass(time.Hour)
		if err := token.DeletePersonalAccessToken(token.text("id")); err != nil {
			t.Fatal(err)
		}
		token.Does("create", theirs("1"))
		token.living(1)
		token.end()
	})
	t.Run("those of another administrator", func(t *testing.T) {
		t.Parallel()
		token := emulate(t, visible()["owner"]).ofAlice()
		token.Does("create", theirs("1"))
		secret := token.works()
		token.pass(time.Hour)
		// The other one has made a token for the same user, and is shown that.
		token.block = args{"api_key": token.administrator("other")}
		second := token.plane.subject(patType)
		second.block = token.block
		second.Does("create", args{"user_email": alice, "name": "another", "lifetime": "720h"})
		contains(t, token.refresh().Warnings(), cannotSee)
		if token.Object == nil || token.text("token") != secret {
			t.Fatal("the token was taken for deleted")
		}
		token.living(2)
		token.engine().Destroy(token.Object)
		second.end()
	})
}

// TestPersonalAccessTokenOfUser_namesakes never touches the token of a third user that has the same name.
func TestPersonalAccessTokenOfUser_namesakes(t *testing.T) {
	t.Parallel()
	switched(t, visible(), func(p *plane, kind string) {
		token := p.ofAlice()
		config := args{"user_email": alice, "name": "audit", "lifetime": "720h"}
		if _, err := p.AddUser(fake.User{Email: "bob@example.com"}); err != nil {
			p.t.Fatal(err)
		}
		add := func() fake.PersonalAccessToken {
			pat, err := p.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "audit", Owner: "bob@example.com"})
			if err != nil {
				p.t.Error(err)
			}
			return pat
		}
		var bobs fake.PersonalAccessToken
		p.before["POST"] = func() { bobs = add() }
		said := token.succeeds(config)
		token.works()
		if kind == "untold" {
			contains(p.t, said.Warnings(), "but does not show who owns it")
			contains(p.t, token.destroyed().Errors(), "but does not show who owns it")
			p.check(bobs.Token.Secret, true)
			return
		}
		if token.text("id") == bobs.ID {
			p.t.Error("the token of another user was taken")
		}
		_, diagnostics := token.engine().Import("carol@example.com/audit")
		contains(p.t, diagnostics.Errors(), "none of carol@example.com has the id or the name")
		token.end()
		p.check(bobs.Token.Secret, true)
	})
}

// TestPersonalAccessTokenOfUser_answersLost loses answers: no second token is left behind where the list shows them; where it does not,
// the name of the one that may exist is told.
func TestPersonalAccessTokenOfUser_answersLost(t *testing.T) {
	t.Parallel()
	each(t, losses(), func(w *fake.Switches, _ string) { w.PATList = "made" }, func(p *plane, word string) {
		token := p.ofAlice()
		token.lose("POST", forUser, word)
		token.Does("create", theirs("1"))
		token.works()
		p.living(1)
		if word != "html" {
			// The list has just shown the token, so that it proves now that the token is gone.
			token.lose("DELETE", patsRoute+"/{id}", word)
		}
		token.end()
	})
	t.Run("hidden", func(t *testing.T) {
		t.Parallel()
		token := emulate(t).ofAlice()
		token.lose("POST", forUser, "drop-after")
		token.fails(`he answer to an earlier request for "audit" was lost`, args{"user_email": alice, "name": "audit", "lifetime": "720h"})
		token.living(1)
		token.fails("nobody knows its secret: ask the user to delete it", args{"user_email": alice, "name": "audit", "lifetime": "720h"})
		token.living(1)
	})
}

// TestPersonalAccessTokenOfUser_listFails fails to list after the mint: the resource is not tainted, and the next refresh finds the token.
func TestPersonalAccessTokenOfUser_listFails(t *testing.T) {
	t.Parallel()
	token := emulate(t, visible()["tenant"]).ofAlice()
	token.afterwards["POST"] = func() { token.fault("GET", patsRoute, "status:503", 12) }
	run := token.Run(theirs("1"))
	token.Stage().Faults.Clear()
	if run.Failed != "" {
		t.Fatal(run.Diagnostics.Errors())
	}
	token.Does("nothing", theirs("1"))
	token.works()
	token.living(1)
	token.end()
}

// TestPersonalAccessTokenOfUser_crash loses the process between the mint and the state.
func TestPersonalAccessTokenOfUser_crash(t *testing.T) {
	t.Parallel()
	token := emulate(t, visible()["tenant"]).ofAlice()
	token.Does("create", theirs("1"))
	before := token.Object
	token.succeeds(theirs("2"))
	lost := token.text("token")
	token.Object = before
	token.Does("rotate", theirs("2"))
	token.check(lost, false)
	token.living(2)
	token.end()
}

// TestPersonalAccessTokenOfUser_owner replaces the resource for another user, or for none.
func TestPersonalAccessTokenOfUser_owner(t *testing.T) {
	t.Parallel()
	token := emulate(t, visible()["tenant"]).ofAlice()
	if _, err := token.AddUser(fake.User{Email: "bob@example.com"}); err != nil {
		t.Fatal(err)
	}
	token.Does("create", theirs("1"))
	first := token.works()
	token.Does("replace", with(theirs("1"), args{"user_email": "bob@example.com"}))
	token.check(first, false)
	token.works()
	token.living(1)
	token.end()
}

// TestPersonalAccessTokenOfUser_notDeleted meets a control plane that shows the tokens, and does not let an administrator delete them.
func TestPersonalAccessTokenOfUser_notDeleted(t *testing.T) {
	t.Parallel()
	token := emulate(t, func(w *fake.Switches) { w.PATList, w.KeepPATsOfOthers = "tenant", true }).ofAlice()
	token.Does("create", theirs("1"))
	secret := token.works()
	contains(t, token.destroyed().Errors(), "Ask this user to delete it")
	token.check(secret, true)
	if token.Object == nil {
		t.Fatal("the token was forgotten")
	}
	if err := token.SetSwitches(func(w *fake.Switches) { w.KeepPATsOfOthers = false }); err != nil {
		t.Fatal(err)
	}
	token.end()
}
