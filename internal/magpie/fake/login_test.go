package fake_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

func TestLogin_documentedBodies(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{LoginCookie: true})
	bootstrap := o.Bootstrap()
	for name, r := range map[string]reply{
		"password": o.password(bootstrap.UserName, bootstrap.Password),
		"token":    o.token(bootstrap.AccessToken),
	} {
		if r.status != 200 || r.string("token") == "" || !strings.Contains(r.header.Get("Set-Cookie"), r.string("token")) {
			t.Fatalf("%s: %d %s", name, r.status, r.text)
		}
		if list := o.as(r.string("token"), "GET", tokens, ""); list.status != 200 || len(list.items()) != 1 {
			t.Errorf("%s: list: %d %s", name, list.status, list.text)
		}
	}
	for caller, want := range map[string]int{bootstrap.UserName: 1, bootstrap.TokenID: 1} {
		if got := o.Stage().Journal.Count(fakeapi.Filter{Route: api + "/login", Caller: caller}); got != want {
			t.Errorf("%d logins of %s in the journal", got, caller)
		}
	}
	refused(t, o.login(`{"email": "`+bootstrap.UserName+`"}`), 401, "not enabled")
	o.set(func(w *fake.Switches) { w.SSO = true })
	if r := o.login(`{"email": "` + bootstrap.UserName + `"}`); r.status != 200 || r.string("token") == "" {
		t.Errorf("SSO: %d %s", r.status, r.text)
	}
	refused(t, o.login(`{"email": "nobody@example.com"}`), 401, "Unknown user")
}

func TestLogin_refusesOtherBodies(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	for _, body := range []string{
		``, `[]`, `null`, `{}`, `{"token": 1}`, `{"Token": "x"}`, `{"userName": "a", "password": "b"}`, `{"username": "a"}`,
		`{"username": "a", "password": "b", "token": "c"}`, `{"token": "a"} {}`,
	} {
		refused(t, o.login(body), 400, "request body")
	}
	refused(t, o.send("POST", api+"/login", `{"token": "x"}`), 415, "application/json")
}

func TestLogin_lockAfterTenWrongPasswords(t *testing.T) {
	t.Parallel()
	for _, keeps := range []bool{false, true} {
		t.Run(fmt.Sprintf("tokens kept: %t", keeps), func(t *testing.T) {
			t.Parallel()
			o := start(t, fake.Switches{LockedStatus: 403, LockKeepsTokens: keeps})
			b := o.Bootstrap()
			wrong := func(n int) {
				t.Helper()
				for range n {
					refused(t, o.password(b.UserName, "wrong"), 401, "Invalid username or password")
				}
			}
			wrong(9)
			if n := o.WrongPasswords(b.UserName); n != 9 {
				t.Errorf("%d wrong passwords", n)
			}
			if r := o.password(b.UserName, b.Password); r.status != 200 {
				t.Fatalf("after nine: %d", r.status)
			}
			wrong(9)
			if o.Locked(b.UserName) {
				t.Error("a right password did not reset the count")
			}
			wrong(1)
			if !o.Locked(b.UserName) {
				t.Error("not locked")
			}
			refused(t, o.password(b.UserName, b.Password), 403, "disabled")
			if works := o.uses(b.AccessToken).Works(); works != keeps {
				t.Errorf("token works: %t", works)
			}
			if list := o.as(o.admin, "GET", tokens, ""); (list.status == 200) != keeps {
				t.Errorf("open session: %d", list.status)
			}
			if err := o.EnableUser(b.UserName); err != nil {
				t.Fatal(err)
			}
			if r := o.password(b.UserName, b.Password); r.status != 200 || o.WrongPasswords(b.UserName) != 0 {
				t.Errorf("enabled again: %d %s", r.status, r.text)
			}
		})
	}
}

func TestLogin_refusedStatus(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	for _, status := range []int{401, 400, 403, 200} {
		o.set(func(w *fake.Switches) { w.LoginRefusedStatus = status })
		refused(t, o.token("made-up"), status, `{"error":"Invalid access token."}`)
		refused(t, o.password("nobody@example.com", "x"), status, `{"error":"Invalid username or password."}`)
	}
}

func TestSession_documentedPlaces(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	if r := o.send("GET", tokens, "", "Cookie: token="+o.admin); r.status != 200 {
		t.Errorf("cookie: %d", r.status)
	}
	for _, header := range []string{
		"X-None: x", "Authorization: Bearer " + o.admin, "Authorization: " + o.admin, "Authorization: token made-up",
		"Authorization: token " + o.Bootstrap().AccessToken, "Cookie: session=" + o.admin,
	} {
		refused(t, o.send("GET", tokens, "", header), 401, `"error":`)
	}
	o.set(func(w *fake.Switches) { w.NoSessionStatus = 403 })
	refused(t, o.send("GET", tokens, ""), 403, "required")
	refused(t, o.token(o.admin), 401, "Invalid access token")
}

func TestSession_ends(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	status := func(session string) int {
		t.Helper()
		return o.as(session, "GET", api+"/version", "").status
	}
	first := o.session(person)
	o.Stage().Clock.Advance(12*time.Hour - time.Minute)
	if status(first) != 200 {
		t.Error("ended early")
	}
	o.Stage().Clock.Advance(time.Minute)
	if status(first) != 401 {
		t.Error("does not end")
	}
	o.set(func(w *fake.Switches) { w.SessionLifetime = fakeapi.Duration(-1) })
	first = o.session(person)
	o.Stage().Clock.Advance(10000 * time.Hour)
	if status(first) != 200 {
		t.Error("ended although it has no end")
	}
	second := o.session(person)
	if status(first) != 200 || status(second) != 200 {
		t.Error("two sessions cannot live side by side")
	}
	o.set(func(w *fake.Switches) { w.SingleSession = true })
	third := o.session(person)
	if status(first) != 401 || status(second) != 401 || status(third) != 200 {
		t.Error("the earlier sessions did not end")
	}
	o.EndSessions()
	if status(third) != 401 {
		t.Error("EndSessions left a session")
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	if r := o.as(o.admin, "GET", api+"/version", ""); r.status != 200 || r.string("version") == "" {
		t.Errorf("%d %s", r.status, r.text)
	}
	refused(t, o.send("GET", api+"/version", ""), 401, "session")
	o.set(func(w *fake.Switches) { w.OpenVersion = true })
	if r := o.send("GET", api+"/version", ""); r.status != 200 {
		t.Errorf("open: %d", r.status)
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	b := o.Bootstrap()
	probe, err := fake.UsePassword(t.Context(), o.url, b.UserName, b.Password)
	if err != nil || !probe.Works() || !o.uses(b.AccessToken).Works() {
		t.Errorf("%+v %v", probe, err)
	}
	if probe, err = fake.UsePassword(t.Context(), o.url, b.UserName, "wrong"); err != nil || probe != (fake.Probe{Login: 401}) {
		t.Errorf("%+v %v", probe, err)
	}
	o.fault(fakeapi.Fault{Route: api + "/login", Fault: "html"})
	if _, err := fake.UseToken(t.Context(), o.url, b.AccessToken); err == nil {
		t.Error("a page passes for a login")
	}
}
