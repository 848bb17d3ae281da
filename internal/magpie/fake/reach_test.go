package fake_test

import (
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

func TestReach(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	o.user(fake.User{Name: "boss@example.com", Admin: true})
	o.user(fake.User{Name: "guest@example.com", Permissions: []string{}})
	own := map[string]fake.Token{}
	for _, user := range []string{o.Bootstrap().UserName, "boss@example.com", person, robot, "guest@example.com"} {
		own[user] = o.add(fake.Token{User: user})
	}
	admin := o.Bootstrap().UserName
	for _, c := range []struct {
		caller, owner string
		status        int
	}{
		{admin, admin, 200},
		{admin, robot, 200},
		{admin, person, 403},
		{admin, "boss@example.com", 403},
		{person, person, 200},
		{person, robot, 403},
		{person, admin, 403},
		{robot, robot, 403},
		{"guest@example.com", "guest@example.com", 403},
	} {
		session, path := o.session(c.caller), tokens+"/"+own[c.owner].ID
		for _, r := range []reply{
			o.as(session, "PUT", path+"/status/false", ""),
			o.as(session, "PUT", path+"/description", "x"),
			o.as(session, "DELETE", path+"/description", ""),
			o.as(session, "DELETE", path, ""),
		} {
			if r.status != c.status {
				t.Errorf("%s on a token of %s: %d %s", c.caller, c.owner, r.status, r.text)
			}
		}
		if c.status == 200 {
			own[c.owner] = o.add(fake.Token{User: c.owner})
		}
	}
}

func TestReach_serviceAccounts(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	for _, c := range []struct {
		caller, user string
		status       int
		says         string
	}{
		{o.Bootstrap().UserName, robot, 200, ""},
		{o.Bootstrap().UserName, person, 403, "not a service account"},
		{o.Bootstrap().UserName, o.Bootstrap().UserName, 403, "not a service account"},
		{o.Bootstrap().UserName, "nobody", 404, "does not exist"},
		{person, robot, 403, "Only administrators"},
		{person, person, 403, "Only administrators"},
		{robot, robot, 403, "Only administrators"},
	} {
		session := o.session(c.caller)
		refused(t, o.as(session, "GET", tokens+"/user/"+c.user, ""), c.status, c.says)
		refused(t, o.as(session, "POST", tokens+"/user/"+c.user, ""), c.status, c.says)
		refused(t, o.as(session, "POST", tokens+"/rotate/"+c.user, ""), c.status, c.says)
	}
	session := o.session(robot)
	refused(t, o.as(session, "POST", tokens, ""), 403, "Only administrators")
	if r := o.as(session, "GET", tokens, ""); r.status != 200 || len(r.items()) != 1 {
		t.Errorf("%d %s", r.status, r.text)
	}
	o.set(func(w *fake.Switches) { w.ServiceAccountsManageOwn = true })
	refused(t, o.as(session, "POST", tokens, ""), 200, `"token"`)
}

func TestReach_withoutPermission(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	token := o.add(fake.Token{User: person})
	session := o.session(person)
	if err := o.PatchUser(person, func(u *fake.User) { u.Permissions = nil }); err != nil {
		t.Fatal(err)
	}
	refused(t, o.as(session, "GET", tokens, ""), 403, "AccessToken")
	refused(t, o.as(session, "POST", tokens, ""), 403, "AccessToken")
	refused(t, o.token(token.Secret), 401, "may not use access tokens")
}

func TestUnknownUser(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	for word, want := range map[string]int{"404": 404, "400": 400, "500": 500, "empty": 200} {
		o.set(func(w *fake.Switches) { w.UnknownUser = word })
		r := o.list("nobody@example.com")
		if r.status != want || word == "empty" && r.text != "[]\n" {
			t.Errorf("%s: %d %s", word, r.status, r.text)
		}
		if made := o.as(o.admin, "POST", tokens+"/user/nobody@example.com", ""); made.status < 400 {
			t.Errorf("%s: create: %d", word, made.status)
		}
	}
	o.set(func(w *fake.Switches) { w.UnknownUser = "empty" })
	refused(t, o.as(o.session(person), "GET", tokens+"/user/nobody@example.com", ""), 403, "Only administrators")
	o.create(robot)
	if err := o.DropUser(robot); err != nil {
		t.Fatal(err)
	}
	if r := o.list(robot); len(r.items()) != 0 || len(o.Live()) != 0 {
		t.Errorf("dropped: %d %s", r.status, r.text)
	}
}

func TestUnknownID(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	for _, status := range []int{404, 400, 500, 200} {
		o.set(func(w *fake.Switches) { w.UnknownIDStatus = status })
		for _, c := range [][2]string{{"DELETE", ""}, {"PUT", "/status/true"}, {"PUT", "/description"}} {
			refused(t, o.as(o.admin, c[0], tokens+"/4711"+c[1], ""), status, "does not exist")
		}
	}
}

func TestUserNames_surviveThePath(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	names := []string{
		"a+b@example.com", "a b@example.com", "team/a@example.com", "zoë@exämple.com", "100%@example.com", "a%2Fb",
		"description", "rotate", "user", "日本", "q?x=1#y;z",
	}
	for _, plusIsSpace := range []bool{false, true} {
		o.set(func(w *fake.Switches) { w.PlusIsSpace = plusIsSpace })
		for _, name := range names {
			if !plusIsSpace {
				o.user(fake.User{Name: name, ServiceAccount: true})
			}
			before := len(o.Tokens(name))
			o.create(name)
			if list := o.list(name); len(list.items()) != before+1 {
				t.Errorf("%q: list %d %s", name, list.status, list.text)
			}
			if r := o.as(o.admin, "POST", tokens+"/rotate/"+escape(name), ""); r.status != 200 || len(o.Tokens(name)) != 1 {
				t.Errorf("%q: rotate %d %s", name, r.status, r.text)
			}
		}
	}
	o.fault(fakeapi.Fault{Method: "GET", Route: tokens + "/user/{user}", Fault: "status:503"})
	refused(t, o.list("team/a@example.com"), 503, "Service Unavailable")
}

func TestUserNames_unescapedPlus(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	o.user(fake.User{Name: "a+b", ServiceAccount: true})
	o.user(fake.User{Name: "a b", ServiceAccount: true})
	var hooked []string
	o.OnBeforeCreate(func(user string) { hooked = append(hooked, user) })
	o.as(o.admin, "POST", tokens+"/user/a+b", "")
	if len(o.Tokens("a+b")) != 1 {
		t.Error("an unescaped plus sign is no plus sign")
	}
	o.set(func(w *fake.Switches) { w.PlusIsSpace = true })
	o.as(o.admin, "POST", tokens+"/user/a+b", "")
	if len(o.Tokens("a+b")) != 1 || len(o.Tokens("a b")) != 1 {
		t.Error("an unescaped plus sign is no space")
	}
	if got := strings.Join(hooked, ","); got != "a+b,a b" {
		t.Errorf("hooked: %s", got)
	}
}
