package truefoundry_test

import (
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestPersonalAccessTokenOfUser_importedWithoutOwner imports tokens of another user without naming the owner: naming them in the
// configuration then sends nothing, and what is not theirs is replaced.
func TestPersonalAccessTokenOfUser_importedWithoutOwner(t *testing.T) {
	t.Parallel()
	switched(t, visible(), func(p *plane, kind string) {
		token := p.ofAlice()
		token.Does("create", theirs("1"))
		secret := token.works()
		id, name := token.text("id"), token.text("name")
		imports := map[string]func() (*protocoltest.Object, protocoltest.Diagnostics){
			"identity": func() (*protocoltest.Object, protocoltest.Diagnostics) {
				return token.engine().ImportByIdentity(protocoltest.Values{"id": id})
			},
			"id":   func() (*protocoltest.Object, protocoltest.Diagnostics) { return token.engine().Import(id) },
			"name": func() (*protocoltest.Object, protocoltest.Diagnostics) { return token.engine().Import(name) },
		}
		for by, imported := range imports {
			object, diagnostics := imported()
			if diagnostics.Failed() {
				p.t.Fatal(by, diagnostics.Errors())
			}
			token.Object = object
			token.refresh()
			token.Does("update", theirs("1"))
			if token.text("id") != id || token.text("user_email") != alice {
				p.t.Errorf("by %s it is %s of %s", by, token.text("id"), token.text("user_email"))
			}
			if owner := ownerOf(p.t, token.Object.Attributes).Text("name"); owner != alice {
				p.t.Errorf("by %s the owner is %q", by, owner)
			}
			token.Does("nothing", theirs("1"))
		}
		if n := p.requests("POST", forUser); n != 1 {
			p.t.Errorf("%d tokens were minted", n)
		}
		p.check(secret, true)
		token.Does("rotate", theirs("2"))
		token.works()
		p.living(2)
		token.end()
	})
	t.Run("and rotated at once", func(t *testing.T) {
		t.Parallel()
		token := emulate(t, visible()["owner"]).ofAlice()
		token.Does("create", theirs("1"))
		first := token.works()
		token.imports(token.text("name"))
		token.Does("rotate", with(theirs("1"), args{"team_name": "blue"}))
		token.works()
		token.check(first, true)
		token.living(2)
		token.end()
	})
	t.Run("of somebody else", func(t *testing.T) {
		t.Parallel()
		token := emulate(t, visible()["owner"]).ofAlice()
		if _, err := token.AddUser(fake.User{Email: "bob@example.com"}); err != nil {
			t.Fatal(err)
		}
		token.Does("create", theirs("1"))
		token.imports(token.text("name"))
		token.Does("replace", with(theirs("1"), args{"user_email": "bob@example.com"}))
		token.living(1)
		token.end()
	})
}

// TestPersonalAccessTokenOfUser_tokenType leaves token_type out of the state, which nobody may ask for beside user_email: a configuration
// that Terraform generates after an import has to be valid.
func TestPersonalAccessTokenOfUser_tokenType(t *testing.T) {
	t.Parallel()
	token := emulate(t, visible()["made"]).ofAlice()
	absent := func() {
		t.Helper()
		if kind := token.Object.Attributes["token_type"]; !kind.IsNull() {
			t.Errorf("token_type is %s", kind)
		}
	}
	token.Does("create", theirs("1"))
	absent()
	token.Does("rotate", theirs("2"))
	absent()
	token.end()
	token.Does("create", theirs("1"))
	token.imports(alice + "/" + token.text("name"))
	absent()
	token.end()
}
