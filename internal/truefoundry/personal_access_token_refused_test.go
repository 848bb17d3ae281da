package truefoundry_test

import (
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestPersonalAccessTokenOfUser_configuration refuses arguments that the route for other users does not know.
func TestPersonalAccessTokenOfUser_configuration(t *testing.T) {
	t.Parallel()
	e := emulate(t).engine(patType)
	for attribute, config := range map[string]args{
		"token_type": with(theirs("1"), args{"token_type": "jwt"}),
		"user_email": with(theirs("1"), args{"user_email": "alice"}),
	} {
		failed := e.Validate(config).Errors()
		if len(failed) != 1 || !strings.Contains(failed[0].Attribute.String(), attribute) {
			t.Errorf("%s: %v", attribute, failed)
		}
	}
}

// TestPersonalAccessToken_systemName refuses a name like those of the tokens that the system itself makes: they are not listed, and bulk revocations
// spare them.
func TestPersonalAccessToken_systemName(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	e := p.engine(patType)
	for _, attribute := range []string{"name", "name_prefix"} {
		failed := e.Validate(args{attribute: "default-ci"}).Errors()
		if contains(t, failed, "must not begin with \"default-\", the prefix of the tokens that TrueFoundry creates itself"); len(failed) != 1 {
			t.Errorf("%s: %v", attribute, failed)
		}
		if said := e.Validate(args{attribute: "defaults"}); len(said) > 0 {
			t.Error(said)
		}
	}
	// An account may have such a name.
	if said := p.engine(vaType).Validate(args{"name": "default-loader"}); len(said) > 0 {
		t.Error(said)
	}
	p.neverAsked()
}

// TestPersonalAccessToken_refusedCredential has newer control planes refuse the provider's key, with each status that there may be: the
// advice stands beside the server's own message and names a key that works.
func TestPersonalAccessToken_refusedCredential(t *testing.T) {
	t.Parallel()
	for status, number := range map[string]int{"400": 400, "401": 401, "403": 403} {
		for _, kind := range []string{"jwt", "opaque"} {
			t.Run(status+" "+kind, func(t *testing.T) {
				t.Parallel()
				p := emulate(t, func(w *fake.Switches) { w.PATByPATStatus, w.TokenType = number, kind })
				if _, err := p.AddUser(fake.User{Email: alice}); err != nil {
					t.Fatal(err)
				}
				token := p.subject(patType)
				for _, config := range []args{overlapping("1"), theirs("1")} {
					run := token.fails("A personal access token cannot create a personal access token", config)
					said := run.Diagnostics.Errors().String()
					contains(t, said, "Status: "+status)
					contains(t, said, "set api_key to the key of a virtual account that has the role of a tenant administrator")
					if strings.Contains(said, "does not accept the provider's credentials") {
						t.Error(said)
					}
				}
				p.living(0)
				// What is advised works.
				token.block = args{"api_key": p.administrator("admin")}
				run := token.fails("set user_email to", overlapping("1"))
				contains(t, run.Diagnostics.Errors(), "403")
			})
		}
	}
}

// TestPersonalAccessTokenOfUser_refused meets each refusal of the route for other users, with its next step.
func TestPersonalAccessTokenOfUser_refused(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		config   args
		prepares func(*subject)
	}{
		"is a member of team_name":                 {config: args{"team_name": "green"}},
		"there may be no such user in this tenant": {config: args{"user_email": "nobody@example.com"}},
		"The user already has a token of this name": {config: args{"name": "audit", "name_prefix": nil, "overlap": nil}, prepares: func(s *subject) {
			_, _ = s.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "audit", Owner: alice})
		}},
		"requires the key of a tenant administrator": {prepares: func(s *subject) {
			account, _ := s.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": "plain", "permissions": []any{
				map[string]any{"resource_fqn": "w", "resource_type": "workspace", "role_id": "workspace-viewer"},
			}}})
			s.block = args{"api_key": account.Secret()}
		}},
		"Older control planes": {prepares: func(s *subject) {
			_ = s.SetSwitches(func(w *fake.Switches) { w.HideNewRoutes = true })
		}},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			token := emulate(t).ofAlice()
			if c.prepares != nil {
				c.prepares(token)
			}
			token.fails(says, with(theirs("1"), c.config))
			token.living(0)
			if token.Object != nil {
				t.Error("there is a state")
			}
		})
	}
}

// TestPersonalAccessTokenOfUser_olderPlane mints with the administrator's own token, where control planes still allow that: its list shows
// the administrator's tokens in any case.
func TestPersonalAccessTokenOfUser_olderPlane(t *testing.T) {
	t.Parallel()
	each(t, []string{"own", "made", "tenant"}, func(w *fake.Switches, list string) { w.PATList = list }, func(p *plane, list string) {
		if _, err := p.AddUser(fake.User{Email: alice}); err != nil {
			p.t.Fatal(err)
		}
		token := p.subject(patType)
		token.succeeds(theirs("1"))
		token.succeeds(theirs("2"))
		token.works()
		p.living(2)
		if isHidden := strings.Contains(token.text("id"), "/"); isHidden != (list == "own") {
			p.t.Errorf("the id is %s", token.text("id"))
		}
		if list == "own" {
			token.pass(31 * day)
		}
		token.end()
	})
}

// TestPersonalAccessTokenOfUser_partlyHidden rotates with the key of another administrator, who is shown what they have made: the
// destruction revokes the current token, and keeps the resource for the sake of the previous one until that has expired.
func TestPersonalAccessTokenOfUser_partlyHidden(t *testing.T) {
	t.Parallel()
	token := emulate(t).ofAlice()
	token.succeeds(theirs("1"))
	first := token.works()
	if err := token.SetSwitches(func(w *fake.Switches) { w.PATList = "made" }); err != nil {
		t.Fatal(err)
	}
	token.block = args{"api_key": token.administrator("other")}
	token.succeeds(theirs("2"))
	second := token.works()
	token.living(2)
	contains(t, token.destroyed().Errors(), token.text("previous_id"))
	token.check(second, false)
	token.check(first, true)
	for range 2 {
		token.refresh()
		if token.Object == nil || token.text("status") != "missing" {
			t.Fatal("the resource is gone, or the deleted token is not missing")
		}
	}
	token.pass(31 * day)
	token.end()
}

// TestPersonalAccessTokenOfUser_hiddenOwner warns also where the owner changes that the replaced token cannot be revoked.
func TestPersonalAccessTokenOfUser_hiddenOwner(t *testing.T) {
	t.Parallel()
	token := emulate(t).ofAlice()
	if _, err := token.AddUser(fake.User{Email: "bob@example.com"}); err != nil {
		t.Fatal(err)
	}
	token.succeeds(theirs("1"))
	plan := token.Plan(with(theirs("1"), args{"user_email": "bob@example.com"}))
	contains(t, plan.Diagnostics.Warnings(), "Applying this plan fails")
}
