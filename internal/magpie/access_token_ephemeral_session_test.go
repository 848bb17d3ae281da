package magpie_test

import (
	"net/http"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// withPassword has the provider log in with username and password.
func (o *organization) withPassword(block values) {
	owner := o.Magpie.Bootstrap()
	block["magpie"] = values{"base_url": o.URL("magpie"), "username": owner.UserName, "password": owner.Password}
}

// withSession gives the provider a session of a user.
func (o *organization) withSession(user string) func(block values) {
	o.t.Helper()
	session, err := o.Magpie.OpenSession(user)
	if err != nil {
		o.t.Fatal(err)
	}
	return func(block values) {
		block["magpie"] = values{"base_url": o.URL("magpie"), "session_token": session}
	}
}

// TestMagpieAccessToken_ephemeralSession: a login with the new token must not end the session that the provider was given.
func TestMagpieAccessToken_ephemeralSession(t *testing.T) {
	t.Parallel()
	single := switched(func(w *fake.Switches) { w.SingleSession, w.ServiceAccountsManageOwn = true, true })
	verified := values{"verify": true}
	t.Run("own user", func(t *testing.T) {
		t.Parallel()
		o := emulate(t, single)
		e := o.engine(personal, o.withSession(o.Magpie.Bootstrap().UserName))
		_, said := e.Open(personal, verified)
		o.refusedAt("logged in with a session token of the same user", said, "verify")
		if sent := o.Journal().Count(fakeapi.Filter{System: fake.Name}); sent != 0 {
			t.Errorf("%d requests", sent)
		}
		e.NoError(e.Close(e.MustOpen(personal, nil)))
		e.NoError(e.Close(e.MustOpen(personal, values{"verify": true, "mint_when": false})))
		o.left()
	})
	t.Run("service account", func(t *testing.T) {
		t.Parallel()
		o := emulate(t, single)
		e := o.engine(service, o.withSession(o.Magpie.Bootstrap().UserName))
		e.NoError(e.Close(e.MustOpen(service, arguments(service, verified))))
		o.left()
	})
	t.Run("service account of the session", func(t *testing.T) {
		t.Parallel()
		o := emulate(t, single)
		if err := o.Magpie.PatchUser(robot, func(u *fake.User) { u.Admin = true }); err != nil {
			t.Fatal(err)
		}
		e := o.engine(service, o.withSession(robot))
		_, said := e.Open(service, arguments(service, verified))
		o.refused("logged in with a session token of this service account", said)
		o.fault(http.MethodGet, ownRoute, "status:403", 1)
		_, said = e.Open(service, arguments(service, verified))
		o.refused("could not find out whether", said)
		o.left()
		e.NoError(e.Close(e.MustOpen(service, arguments(service, nil))))
		o.left()
	})
	for name, login := range map[string]func(o *organization) func(values){
		"password":     func(o *organization) func(values) { return o.withPassword },
		"access token": func(*organization) func(values) { return func(values) {} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := emulate(t, single)
			e := o.engine(personal, login(o))
			e.NoError(e.Close(e.MustOpen(personal, verified)))
			o.left()
		})
	}
}
