package fake_test

import (
	"fmt"
	"net/url"
	"strconv"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

func (s *tenant) add(name string, more fake.Manifest) fake.VirtualAccount {
	s.t.Helper()
	manifest := fake.Manifest{"name": name}
	for key, value := range more {
		manifest[key] = value
	}
	added, err := s.AddVirtualAccount(fake.VirtualAccount{Manifest: manifest})
	if err != nil {
		s.t.Fatal(err)
	}
	return added
}

func TestList_filters(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	s.add("red-bot", fake.Manifest{"ownedBy": map[string]string{"team": "a"}, "expiration_date": "2020-01-01"})
	s.add("blue-bot", fake.Manifest{"ownedBy": map[string]string{"team": "b"}})
	s.add("green-cat", fake.Manifest{"ownedBy": map[string]string{"team": "c"}, "expiration_date": "2090-01-01"})
	leaf := func(value string) string {
		return `{"column": "name", "op": "STRING_CONTAINS", "value": "` + value + `"}`
	}
	tree := func(text string) string { return "filter=" + url.QueryEscape(text) }
	for query, want := range map[string]string{
		"":                              "red-bot blue-bot green-cat",
		"nameSearchQuery=bot":           "red-bot blue-bot",
		"nameSearchQuery=nothing":       "",
		"ownedByTeams=a,c":              "red-bot green-cat",
		"ownedByTeams=a&ownedByTeams=b": "red-bot blue-bot",
		"ownedByTeams=" + url.QueryEscape(`["a", "c"]`): "red-bot green-cat",
		"isExpired=true":                        "red-bot",
		"isExpired=false":                       "blue-bot green-cat",
		"isExpired=false&nameSearchQuery=bot":   "blue-bot",
		tree(leaf("red")):                       "red-bot",
		tree(`{"type": "AND", "children": []}`): "red-bot blue-bot green-cat",
		tree(`{"type": "OR", "children": []}`):  "",
		tree(`{"type": "OR", "children": [` + leaf("red") + `, ` + leaf("cat") + `]}`):                                 "red-bot green-cat",
		tree(`{"type": "AND", "children": [` + leaf("bot") + `, {"type": "OR", "children": [` + leaf("blue") + `]}]}`): "blue-bot",
	} {
		if r := s.fine("GET", accounts+"?"+query, ""); r.names() != want {
			t.Errorf("%s: %q", query, r.names())
		}
	}
	for query, says := range map[string]string{
		"isExpired=perhaps": "isExpired", tree("["): "JSON", "limit=0": "limit", "limit=1001": "limit", "limit=x": "limit", "offset=-1": "offset",
		tree(`{"column": "tenant", "op": "STRING_CONTAINS", "value": "x"}`):                     "not supported",
		tree(`{"type": "AND", "children": [{"column": "name", "op": "EQUALS", "value": "x"}]}`): "not supported",
	} {
		refused(t, s.send("GET", accounts+"?"+query, ""), 400, says)
	}
	s.set(func(w *fake.Switches) { w.OldFilters = true })
	if got := s.fine("GET", accounts+"?isExpired=true&ownedByTeams=c&filter=x&nameSearchQuery=bot", "").names(); got != "red-bot blue-bot" {
		t.Errorf("old filters: %q", got)
	}
}

func TestList_pages(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	for i := range 1001 {
		s.add(fmt.Sprintf("robot-%04d", i), nil)
	}
	for query, rows := range map[string]int{"": 100, "limit=1000": 1000, "limit=1000&offset=1000": 1, "offset=1001": 0, "limit=7": 7} {
		r := s.fine("GET", accounts+"?"+query, "")
		if len(r.items()) != rows || r.at("pagination", "total") != 1001.0 {
			t.Errorf("%s: %d rows, %v", query, len(r.items()), r.at("pagination"))
		}
	}
	s.set(func(w *fake.Switches) { w.PageCap, w.BarePagination, w.NewestFirst = 2, true, true })
	r := s.fine("GET", accounts+"?limit=1000&offset=1", "")
	if pagination, _ := r.at("pagination").(map[string]any); r.names() != "robot-0999 robot-0998" || len(pagination) != 1 {
		t.Errorf("%q %v", r.names(), pagination)
	}
}

func TestList_changesBetweenPages(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	for i := range 5 {
		s.add("robot-"+strconv.Itoa(i), nil)
	}
	var pages []fake.Page
	s.AfterPage(func(p fake.Page) {
		pages = append(pages, p)
		if p.Offset == 0 {
			first, _ := s.VirtualAccountNamed("robot-0")
			if err := s.DeleteVirtualAccount(first.ID); err != nil {
				t.Error(err)
			}
		}
	})
	first := s.fine("GET", accounts+"?limit=2", "")
	second := s.fine("GET", accounts+"?limit=2&offset=2", "")
	if first.names() != "robot-0 robot-1" || second.names() != "robot-3 robot-4" {
		t.Errorf("%q, %q: robot-2 slips through", first.names(), second.names())
	}
	want := fake.Page{Collection: accounts, Offset: 2, Limit: 2, Rows: 2, Total: 4}
	if len(pages) != 2 || pages[1] != want {
		t.Errorf("%+v", pages)
	}
	s.AfterPage(nil)
	s.fine("GET", accounts, "")
	if len(pages) != 2 {
		t.Error("the hook is still there")
	}
}

func TestList_lag(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	s.fault(fakeapi.Fault{Method: "GET", Route: accounts, Fault: "lag:1"})
	s.account("robot", `"auto_rotate": {"auto_rotate_interval": 30, "grace_period": 2}`)
	if first, second := s.fine("GET", accounts, ""), s.fine("GET", accounts, ""); first.names() != "" || second.names() != "robot" {
		t.Errorf("%q, then %q", first.names(), second.names())
	}
	s.pat(`{"name": "abc"}`)
	s.fault(fakeapi.Fault{Method: "GET", Route: pats, Fault: "lag:1"})
	if got := s.fine("GET", pats, "").names(); got != "bootstrap" {
		t.Errorf("%q", got)
	}
}

// TestLostAnswers loses the answer of every write after the work is done.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	_, pat := s.pat(`{"name": "abc"}`)
	_, id := s.account("robot", `"secret_store_config": {"type": "secret-store", "integration_fqn": "store", "secret_path": "p"}`)
	active := func() string { a, _ := s.VirtualAccount(id); return a.ActiveID }
	before := active()
	other := s.user(fake.User{Email: "other@example.com"})
	item := accounts + "/{id}"
	for _, c := range []struct {
		method, route, path, body string
		done                      func() bool
	}{
		{"POST", pats, pats, `{"name": "lost"}`, func() bool { _, ok := s.PersonalAccessTokenNamed("", "lost"); return ok }},
		{"GET", pats + "/{name}", pats + "/trap", "", func() bool { _, ok := s.PersonalAccessTokenNamed("", "trap"); return ok }},
		{
			"POST", pats + "/for-user", pats + "/for-user", `{"name": "theirs", "userEmail": "other@example.com"}`,
			func() bool { _, ok := s.PersonalAccessTokenNamed("other@example.com", "theirs"); return ok },
		},
		{"DELETE", pats + "/{id}", pats + "/" + pat, "", func() bool { _, ok := s.PersonalAccessToken(pat); return !ok }},
		{"DELETE", pats + "/revoke/all", pats + "/revoke/all", `{"email": "other@example.com"}`, func() bool { return !s.works(other.Token) }},
		{"PUT", accounts, accounts, `{"manifest": ` + manifest("second", "") + `}`, func() bool { return len(s.VirtualAccounts()) == 2 }},
		{
			"POST", item + "/regenerate-token", accounts + "/" + id + "/regenerate-token", `{"gracePeriodInMinutes": 60}`,
			func() bool { return active() != before },
		},
		{
			"POST", item + "/sync-to-secret-store", accounts + "/" + id + "/sync-to-secret-store", "",
			func() bool { a, _ := s.VirtualAccount(id); return a.SyncedSecret == a.Secret() },
		},
		{
			"DELETE", item + "/jwt/{jwtId}", accounts + "/" + id + "/jwt/" + before, "",
			func() bool { a, _ := s.VirtualAccount(id); return len(a.Tokens) == 1 },
		},
		{"DELETE", item, accounts + "/" + id, "", func() bool { return len(s.VirtualAccounts()) == 1 }},
	} {
		s.fault(fakeapi.Fault{Method: c.method, Route: c.route, Fault: "drop-after"})
		if r, err := s.as(s.Bootstrap().Token, c.method, c.path, c.body); err == nil {
			t.Errorf("%s %s: answered %d", c.method, c.route, r.status)
		}
		if !c.done() {
			t.Errorf("%s %s: not done", c.method, c.route)
		}
	}
}
