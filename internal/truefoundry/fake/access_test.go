package fake_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

func TestAuthentication(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	refused(t, s.sendAs("", "GET", pats, ""), 401, "missing")
	refused(t, s.sendAs("never-minted", "GET", pats, ""), 401, "Invalid or expired token")
	pat, id := s.pat(`{"name": "short", "expirationDate": "` + s.in(time.Hour, "2006-01-02T15:04") + `"}`)
	account, _ := s.account("robot", "")
	if !s.works(pat) || !s.works(account) {
		t.Error("a new token does not work")
	}
	s.advance(time.Hour)
	if s.works(pat) || !s.works(account) {
		t.Error("only the personal access token is expired")
	}
	s.fine("DELETE", pats+"/"+id, "")
	refused(t, s.send("DELETE", pats+"/"+id, ""), 404, "not found")
}

func TestRights_perOperation(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	member := s.user(fake.User{Email: "member@example.com"})
	mate := s.user(fake.User{Email: "mate@example.com", Teams: []string{"data"}})
	manager := s.user(fake.User{Email: "manager@example.com", ManagesVirtualAccounts: true})
	plain, _ := s.account("plain", "")
	granted, _ := s.account("granted", `"permissions": [{"resource_fqn": "c", "resource_type": "cluster", "role_id": "viewer"}]`)
	ruler, _ := s.account("ruler", `"permissions": [{"resource_fqn": "t", "resource_type": "tenant", "role_id": "tenant-admin"}]`)
	_, id := s.account("team-owned", `"ownedBy": {"team": "data"}`)
	_, pat := s.pat(`{"name": "admins-own"}`)
	// Statuses of: list own PATs, create PAT, delete the admin's PAT, create for a user, list accounts, read one, write one.
	for _, c := range []struct {
		name, token string
		want        [7]int
		sees        string
	}{
		{"member", member.Token, [7]int{200, 200, 404, 403, 200, 404, 403}, ""},
		{"mate", mate.Token, [7]int{200, 200, 404, 403, 200, 200, 403}, "team-owned"},
		{"manager", manager.Token, [7]int{200, 200, 404, 403, 200, 200, 200}, "plain granted ruler team-owned"},
		{"plain", plain, [7]int{403, 403, 404, 403, 403, 403, 403}, ""},
		{"granted", granted, [7]int{403, 403, 404, 403, 200, 404, 403}, ""},
		{"ruler", ruler, [7]int{403, 403, 200, 200, 200, 200, 200}, "plain granted ruler team-owned"},
	} {
		replies := []reply{
			s.sendAs(c.token, "GET", pats, ""),
			s.sendAs(c.token, "POST", pats, `{"name": "new"}`),
			s.sendAs(c.token, "DELETE", pats+"/"+pat, ""),
			s.sendAs(c.token, "POST", pats+"/for-user", `{"name": "for-`+c.name+`", "userEmail": "mate@example.com"}`),
			s.sendAs(c.token, "GET", accounts, ""),
			s.sendAs(c.token, "GET", accounts+"/"+id, ""),
			s.sendAs(c.token, "PUT", accounts, `{"manifest": `+manifest("team-owned", `"ownedBy": {"team": "data"}`)+`}`),
		}
		for i, r := range replies {
			if r.status != c.want[i] {
				t.Errorf("%s, operation %d: %d instead of %d: %s", c.name, i, r.status, c.want[i], r.text)
			}
		}
		if got := replies[4].names(); got != c.sees {
			t.Errorf("%s sees %q", c.name, got)
		}
	}
	refused(t, s.sendAs(member.Token, "DELETE", pats+"/revoke/all", `{"email": "mate@example.com"}`), 403, "revoke")
	refused(t, s.sendAs(mate.Token, "GET", accounts+"/"+id+"/token", ""), 403, "virtual-account:")
}

func TestUser_inactive(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	leaver := s.user(fake.User{Email: "leaver@example.com"})
	if !s.works(leaver.Token) {
		t.Fatal("does not work")
	}
	if err := s.EditUser("leaver@example.com", func(u *fake.User) { u.Inactive = true }); err != nil {
		t.Fatal(err)
	}
	if s.works(leaver.Token) {
		t.Error("the token of an inactive user works")
	}
	if _, err := s.AddUser(fake.User{Email: "leaver@example.com"}); err == nil {
		t.Error("the same email twice")
	}
}

func TestLastAccessed(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	account, id := s.account("robot", "")
	if r := s.fine("GET", accounts+"/"+id, ""); r.at("data", "lastAccessedAt") != nil {
		t.Errorf("before use: %s", r.text)
	}
	s.works(account)
	if r := s.fine("GET", accounts+"/"+id, ""); r.string("data", "lastAccessedAt") == "" {
		t.Errorf("after use: %s", r.text)
	}
}

func TestErrors_bodies(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	r := s.put("x", "")
	refused(t, r, 422, "manifest.name")
	if r.at("code") != "UNPROCESSABLE_ENTITY" || !strings.Contains(r.text, `"details":[{"message":`) {
		t.Errorf("full: %s", r.text)
	}
	s.set(func(w *fake.Switches) { w.ErrorBody, w.ManifestStatus = "numeric", 400 })
	if r := s.put("x", ""); r.at("code") != 400.0 || r.status != 400 {
		t.Errorf("numeric: %s", r.text)
	}
	s.set(func(w *fake.Switches) { w.ErrorBody = "bare" })
	if r := s.put("x", ""); len(r.body) != 2 {
		t.Errorf("bare: %s", r.text)
	}
	refused(t, s.send("POST", accounts, `{}`), 404, "Cannot POST "+accounts)
	refused(t, s.send("POST", "/api/svc/v1/service-account/virtual-account", `{}`), 404, "Cannot POST")
	for word, status := range map[string]int{"status:500": 500, "status:401": 401, "429:3": 429} {
		s.fault(fakeapi.Fault{Route: accounts, Fault: word})
		refused(t, s.send("GET", accounts, ""), status, "")
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{RateLimit: 2, RateWindow: fakeapi.Duration(time.Hour)})
	for range 2 {
		s.fine("GET", pats, "")
	}
	r := s.send("GET", pats, "")
	refused(t, r, 429, "Too many requests")
	if seconds, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || seconds < 3590 || seconds > 3600 {
		t.Errorf("Retry-After: %q", r.header.Get("Retry-After"))
	}
	s.set(func(w *fake.Switches) { w.RateHeader = "reset" })
	r = s.send("GET", pats, "")
	reset, err := strconv.ParseInt(r.header.Get("X-RateLimit-Reset"), 10, 64)
	if ahead := time.Unix(reset, 0).Sub(s.Stage().Clock.Now()); err != nil || ahead < 3590*time.Second || ahead > 3601*time.Second {
		t.Errorf("X-RateLimit-Reset: %q", r.header.Get("X-RateLimit-Reset"))
	}
	s.set(func(w *fake.Switches) { w.RateHeader = "none" })
	if r = s.send("GET", pats, ""); r.status != 429 || r.header.Get("Retry-After") != "" {
		t.Errorf("none: %d %v", r.status, r.header)
	}
}

func TestJournal_namesTheCaller(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	token, id := s.account("robot", "")
	s.works(token)
	entries := s.Stage().Journal.Select(fakeapi.Filter{System: fake.Name, Method: http.MethodGet, Route: accounts, Caller: id})
	if len(entries) != 1 || entries[0].Status != 403 {
		t.Errorf("%+v", entries)
	}
	s.fine("GET", accounts+"/"+id+"/token", "")
	if n := s.Stage().Journal.Count(fakeapi.Filter{Route: accounts + "/{id}/token", Caller: s.Bootstrap().ID}); n != 1 {
		t.Errorf("%d entries", n)
	}
}

func TestParallelUse(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	s.AfterPage(func(fake.Page) { s.Live() })
	t.Cleanup(func() {
		if n := len(s.Live()); n != 0 {
			t.Errorf("%d tokens are alive", n)
		}
	})
	for i := range 8 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			mine := &tenant{Server: s.Server, t: t, url: s.url, via: s.via}
			for j := range 5 {
				name := "robot-" + strconv.Itoa(i) + "-" + strconv.Itoa(j)
				_, account := mine.account(name, `"auto_rotate": {"auto_rotate_interval": 30, "grace_period": 2}`)
				_, pat := mine.pat(`{"name": "` + name + `"}`)
				mine.fine("GET", accounts, "")
				mine.fine("GET", pats, "")
				mine.regenerate(account, "1")
				mine.set(func(w *fake.Switches) { w.NewestFirst = !w.NewestFirst })
				mine.advance(day)
				mine.fine("DELETE", accounts+"/"+account, "")
				mine.fine("DELETE", pats+"/"+pat, "")
			}
		})
	}
}
