package fake_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

func (s *tenant) add(token fake.Token) fake.Token {
	s.t.Helper()
	added, err := s.AddToken(token)
	if err != nil {
		s.t.Fatal(err)
	}
	return added
}

func TestList_item(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	used, created := time.Date(2030, 1, 2, 3, 4, 5, 6_007_000, time.UTC), time.Date(2029, 1, 2, 3, 4, 5, 6_007_000, time.UTC)
	s.add(fake.Token{Name: "a", ID: "0123", Scope: []string{"x"}, Created: created, LastUsed: &used})
	bearer := s.bearer()
	want := map[string]any{
		"id": "0123", "name": "a", "scope": []any{"x"}, "managed": false, "lastUsed": "2030-01-02T03:04:05.006Z",
		"owner":   map[string]any{"type": "IDENTITY", "id": s.Bootstrap().IdentityID, "name": "mint.bootstrap"},
		"created": "2029-01-02T03:04:05.006Z", "accessTokenValiditySeconds": 43200.0, "expirationDate": nil,
		"userAwareTokenNeverExpires": true,
	}
	if diff := cmp.Diff(want, s.list(v1, bearer, "?owner-id=me").items()[1]); diff != "" {
		t.Error(diff)
	}
	delete(want, "userAwareTokenNeverExpires")
	for _, version := range []string{"beta", "v3", "v2024"} {
		if diff := cmp.Diff(want, s.list("/"+version+"/personal-access-tokens", bearer, "?owner-id=me").items()[1]); diff != "" {
			t.Errorf("%s: %s", version, diff)
		}
	}
}

func TestList_answerSwitches(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	created := time.Date(2029, 1, 2, 3, 4, 5, 6_007_000, time.UTC)
	s.add(fake.Token{Name: "a", Created: created})
	s.add(fake.Token{Name: "b", Created: created, Scope: []string{"x", "y"}})
	bearer := s.bearer()
	item := func(index int) map[string]any {
		t.Helper()
		return s.list(v1, bearer, "?owner-id=me").items()[index]
	}
	made := func(name string) map[string]any {
		t.Helper()
		return s.created(v1, bearer, `{"name": "`+name+`", "userAwareTokenNeverExpires": true}`).object()
	}

	s.set(func(w *fake.Switches) { w.NeverExpiration = "absent" })
	for _, object := range []map[string]any{item(1), made("absent")} {
		if _, present := object["expirationDate"]; present {
			t.Errorf("absent: %v", object)
		}
	}
	s.set(func(w *fake.Switches) { w.NeverExpiration = "empty" })
	for _, object := range []map[string]any{item(1), made("empty")} {
		if object["expirationDate"] != "" {
			t.Errorf("empty: %v", object)
		}
	}
	s.set(func(w *fake.Switches) { w.HideNeverExpiresFlag = true })
	if _, present := item(1)["userAwareTokenNeverExpires"]; present {
		t.Error("the flag shows")
	}
	s.set(func(w *fake.Switches) { w.Microseconds = true })
	if item(1)["created"] != "2029-01-02T03:04:05.006007Z" {
		t.Errorf("microseconds: %v", item(1)["created"])
	}
	s.set(func(w *fake.Switches) { w.OmittedScope = "null" })
	for _, object := range []map[string]any{item(1), made("omitted")} {
		if scope, present := object["scope"]; scope != nil || !present {
			t.Errorf("omitted scope: %v", object)
		}
	}
	s.set(func(w *fake.Switches) { w.ShuffleScopes = true })
	first, second := item(2)["scope"], item(2)["scope"]
	if cmp.Equal(first, second) {
		t.Errorf("the order stays: %v, %v", first, second)
	}
	s.set(func(w *fake.Switches) { w.ListCut = 2 })
	if n := len(s.list(v1, bearer, "").items()); n != 2 {
		t.Errorf("cut: %d items", n)
	}
}

func TestList_owners(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	other, err := s.AddUser(fake.User{Name: "other", Admin: true})
	if err != nil {
		t.Fatal(err)
	}
	s.add(fake.Token{Name: "mine"})
	s.add(fake.Token{Name: "theirs", Owner: "other"})
	s.add(fake.Token{Name: "workflow", Owner: "other", Managed: true})
	bearer := s.bearer()
	for query, want := range map[string]string{
		"?owner-id=me":                     "bootstrap mine",
		"?owner-id=" + other.IdentityID:    "bootstrap theirs workflow",
		"":                                 "bootstrap bootstrap mine theirs workflow",
		"?owner-id=nobody":                 "",
		"?owner-id=me&limit=1&unknown=yes": "bootstrap mine",
	} {
		if got := s.list(v1, bearer, query).names(); got != want {
			t.Errorf("%q: %q instead of %q", query, got, want)
		}
	}
	if r := s.list(v1, bearer, "?owner-id=nobody"); r.text != "[]\n" {
		t.Errorf("empty list: %q", r.text)
	}
	// An administrator without the right on managed tokens does not see them, nor does a narrow scope.
	if got := s.list(v1, s.bearerOf(other.ClientID, other.ClientSecret), "?owner-id=me").names(); got != "bootstrap theirs" {
		t.Errorf("without the managed right: %q", got)
	}
	narrow := s.scoped("mint.bootstrap", "sp:all-personal-access-tokens:read")
	if got := s.list(v1, narrow, "?owner-id="+other.IdentityID).names(); got != "bootstrap theirs" {
		t.Errorf("with a narrow scope: %q", got)
	}
}

func TestList_filters(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	now := s.Stage().Clock.Now()
	for name, ago := range map[string]time.Duration{"week": 7 * 24 * time.Hour, "year": 365 * 24 * time.Hour} {
		used := now.Add(-ago)
		s.add(fake.Token{Owner: "mint.bootstrap", Name: name, LastUsed: &used})
	}
	s.add(fake.Token{Name: "never"})
	bearer := s.bearer()
	month := now.AddDate(0, -1, 0).Format(time.RFC3339)
	for filters, want := range map[string]string{
		"lastUsed isnull":                                     "never",
		"lastUsed le " + month:                                "year",
		"lastUsed le \"" + month + "\"":                       "year",
		"lastUsed le " + month + " or lastUsed isnull":        "never year",
		"not lastUsed isnull and not lastUsed le " + month:    "bootstrap week",
		"not (lastUsed isnull or lastUsed le " + month + ")":  "bootstrap week",
		"lastUsed isnull and (lastUsed le " + month + ")":     "",
		"lastUsed isnull or lastUsed isnull and not lastUsed": "error",
		`name eq "week"`:                                      "error",
		"lastUsed ge " + month:                                "error",
		"lastUsed le yesterday":                               "error",
		"lastUsed isnull lastUsed isnull":                     "error",
		"(lastUsed isnull":                                    "error",
		"lastUsed isnull or":                                  "error",
	} {
		r := s.list(v1, bearer, "?owner-id=me&filters="+url.QueryEscape(filters))
		if want == "error" {
			refused(t, r, 400, "Invalid filters")
			continue
		}
		got := map[string]bool{}
		for _, name := range strings.Fields(r.names()) {
			got[name] = true
		}
		expected := map[string]bool{}
		for _, name := range strings.Fields(want) {
			expected[name] = true
		}
		if diff := cmp.Diff(expected, got); r.status != 200 || diff != "" {
			t.Errorf("%s: %d %s", filters, r.status, diff)
		}
	}
}

func TestExpired_listedOrGone(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	expiry := s.in(time.Hour)
	made := s.created(v1, s.bearer(), `{"name": "a", "expirationDate": "`+expiry+`"}`)
	if n := len(s.Live()); n != 1 {
		t.Errorf("%d tokens are alive", n)
	}
	s.Stage().Clock.Advance(time.Hour)
	bearer, body := s.bearer(), `{"name": "a", "expirationDate": "`+s.in(time.Hour)+`"}`
	if n := len(s.Live()); n != 0 {
		t.Errorf("%d tokens are alive", n)
	}
	items := s.list(v1, bearer, "?owner-id=me").items()
	if len(items) != 2 || items[1]["expirationDate"] != expiry {
		t.Errorf("listed: %v", items)
	}
	refused(t, s.create(v1, bearer, body), 400, "exists already")

	s.set(func(w *fake.Switches) { w.HideExpired = true })
	if got := s.list(v1, bearer, "?owner-id=me").names(); got != "bootstrap" {
		t.Errorf("hidden: %q", got)
	}
	refused(t, s.remove(v1, made.string("id"), bearer), 404, "404 Not found")
	refused(t, s.patch(v1, made.string("id"), bearer, `[]`), 404, "404 Not found")
	s.created(v1, bearer, body)

	s.set(func(w *fake.Switches) { w.HideExpired = false })
	if r := s.remove(v1, made.string("id"), bearer); r.status != 204 || r.text != "" {
		t.Errorf("delete an expired token: %d %s", r.status, r.text)
	}
}

func TestList_lagsBehindCreate(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	bearer := s.bearer()
	s.created(beta, bearer, `{"name": "a"}`)
	if err := s.Stage().Faults.Add(fakeapi.Fault{Fault: "lag:1"}); err != nil {
		t.Fatal(err)
	}
	if got := s.list(beta, bearer, "?owner-id=me").names(); got != "bootstrap" {
		t.Errorf("lagging: %q", got)
	}
	if got := s.list(beta, bearer, "?owner-id=me").names(); got != "bootstrap a" {
		t.Errorf("caught up: %q", got)
	}
}
