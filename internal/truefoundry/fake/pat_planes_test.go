package fake_test

import (
	"strconv"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestPAT_byPAT has a personal access token make others: newer control planes refuse it on every route, with a status that is not
// declared, and go on to answer what exists.
func TestPAT_byPAT(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			s := start(t, fake.Newer())
			s.set(func(w *fake.Switches) { w.PATByPATStatus = status })
			s.user(fake.User{Email: "mate@example.com"})
			refused(t, s.send("POST", pats, `{"name": "abc"}`), status, "cannot create")
			refused(t, s.send("POST", pats+"/for-user", `{"name": "abc", "userEmail": "mate@example.com"}`), status, "cannot create")
			refused(t, s.send("GET", pats+"/abc", ""), status, "cannot create")
			s.fine("GET", pats+"/bootstrap", "")
			if len(s.Live()) != 0 {
				t.Error("a token was made")
			}
		})
	}
}

// TestPAT_forUser makes tokens for others with the key of a virtual account, which may be shown them or not.
func TestPAT_forUser(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Newer())
	mate := s.user(fake.User{Email: "mate@example.com", Teams: []string{"data"}})
	rights := fake.Manifest{"permissions": []any{map[string]any{"resource_fqn": "t", "resource_type": "tenant", "role_id": "tenant-admin"}}}
	admin, other := s.add("admin", rights).Secret(), s.add("other", rights).Secret()
	const route = pats + "/for-user"
	for body, says := range map[string]string{
		`{"name": "abc", "userEmail": "mate@example.com", "teamName": "red"}`:     "not a member of team red",
		`{"name": "abc", "userEmail": "mate@example.com", "tokenType": "jwt"}`:    "tokenType should not exist",
		`{"name": "abc", "userEmail": "mate@example.com", "accountName": "main"}`: "accountName should not exist",
	} {
		refused(t, s.sendAs(admin, "POST", route, body), 400, says)
	}
	made := s.sendAs(admin, "POST", route, `{"name": "abc", "userEmail": "mate@example.com", "teamName": "data"}`)
	if made.status != 200 || !s.works(made.string("token")) {
		t.Fatalf("%d %s", made.status, made.text)
	}
	refused(t, s.sendAs(admin, "GET", pats, ""), 403, "permission")
	s.set(func(w *fake.Switches) { w.AccountPATList = "empty" })
	for list, want := range map[string][2]string{
		"own": {"", ""}, "made": {"abc", ""}, "tenant": {"bootstrap bootstrap abc", "bootstrap bootstrap abc"},
	} {
		s.set(func(w *fake.Switches) { w.PATList = list })
		for i, key := range []string{admin, other} {
			if names := s.sendAs(key, "GET", pats, "").names(); names != want[i] {
				t.Errorf("%s: %q", list, names)
			}
		}
	}
	s.set(func(w *fake.Switches) { w.PATList = "made" })
	row := s.sendAs(admin, "GET", pats+"?nameSearchQuery=abc", "").items()[0]
	if creator, _ := row["createdBySubject"].(map[string]any); creator["subjectType"] != "virtualaccount" {
		t.Errorf("created by %v", creator)
	}
	id, _ := row["id"].(string)
	s.set(func(w *fake.Switches) { w.KeepPATsOfOthers = true })
	refused(t, s.sendAs(admin, "DELETE", pats+"/"+id, ""), 404, "not found")
	s.set(func(w *fake.Switches) { w.KeepPATsOfOthers, w.ForUserCreator = false, "owner" })
	if r := s.sendAs(admin, "DELETE", pats+"/"+id, ""); r.status != 200 || s.works(made.string("token")) {
		t.Errorf("%d %s", r.status, r.text)
	}
	s.sendAs(admin, "POST", route, `{"name": "abc", "userEmail": "mate@example.com"}`)
	row = s.sendAs(admin, "GET", pats+"?nameSearchQuery=abc", "").items()[0]
	if creator, _ := row["createdBySubject"].(map[string]any); creator["subjectId"] != mate.UserID {
		t.Errorf("created by %v", creator)
	}
}
