package fake_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

func TestSeed(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	made, err := s.SeedJSON(json.RawMessage(`{
		"users": [{"id": "u1", "email": "u@example.com", "name": "U", "admin": true, "manages_virtual_accounts": true, "teams": ["a"]}],
		"personal_access_tokens": [
			{"id": "p1", "owner": "u@example.com", "name": "old", "team": "a", "account": "b", "token_type": "opaque",
			 "created": "-1000h", "last_accessed": "2020-01-02T03:04:05Z", "expiration": "24h"},
			{"name": "plain"}],
		"virtual_accounts": [
			{"id": "v1", "manifest": {"name": "robot", "ownedBy": {"team": "a"}, "auto_rotate": {"auto_rotate_interval": 30, "grace_period": 5}},
			 "created": "-1000h", "last_accessed": "-1h"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string][]map[string]string
	if err := json.Unmarshal(text, &got); err != nil || len(got["personal_access_tokens"]) != 2 {
		t.Fatalf("%s %v", text, err)
	}
	for _, token := range []string{
		got["users"][0]["token"], got["personal_access_tokens"][0]["token"], got["virtual_accounts"][0]["token"],
	} {
		if !s.works(token) {
			t.Errorf("a seeded token does not work: %s", text)
		}
	}
	want := []fakeapi.LiveToken{
		{ID: "p1", Owner: "u1", Name: "old", Status: "active", Seeded: true},
		{ID: got["personal_access_tokens"][1]["id"], Owner: s.Bootstrap().UserID, Name: "plain", Status: "active", Seeded: true},
		{ID: "v1", Owner: "a", Name: "robot", Status: "active", Seeded: true},
	}
	if diff := cmp.Diff(want, s.Live()); diff != "" {
		t.Error(diff)
	}
	for body, says := range map[string]string{
		`{"tokens": []}`:                                                    `unknown field "tokens"`,
		`{"users": [{"name": "x"}]}`:                                        "users[0]: a user needs an email",
		`{"users": [{"email": "u@example.com"}]}`:                           "exists already",
		`{"personal_access_tokens": [{}]}`:                                  "needs a name",
		`{"personal_access_tokens": [{"name": "plain"}]}`:                   "exists already",
		`{"personal_access_tokens": [{"name": "new", "id": "p1"}]}`:         "exists already",
		`{"personal_access_tokens": [{"name": "new", "owner": "nobody"}]}`:  "not a user",
		`{"virtual_accounts": [{"manifest": {}}]}`:                          "virtual_accounts[0]",
		`{"virtual_accounts": [{"manifest": {"name": "robot"}}]}`:           "exists already",
		`{"virtual_accounts": [{"id": "v1", "manifest": {"name": "new"}}]}`: "exists already",
	} {
		if _, err := s.SeedJSON(json.RawMessage(body)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v does not say %q", body, err, says)
		}
	}
}

func TestSeed_wantedSecrets(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	if _, err := s.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "abc", Token: fake.IssuedToken{Secret: "pat-secret"}}); err != nil {
		t.Fatal(err)
	}
	a, err := s.AddVirtualAccount(fake.VirtualAccount{
		Manifest: fake.Manifest{"name": "robot"}, Tokens: []fake.IssuedToken{{Secret: "robot-secret"}},
	})
	if err != nil || a.Secret() != "robot-secret" || !s.works("pat-secret") || !s.works("robot-secret") {
		t.Errorf("%v %v", a, err)
	}
}

func TestBehindTheAPI(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	token, id := s.account("robot", "")
	first := s.get(id).string("data", "jwtId")
	fresh, err := s.RegenerateToken(id, 1)
	if err != nil || !s.works(token) || !s.works(fresh) || s.get(id).string("data", "jwtId") == first {
		t.Errorf("regenerate: %v", err)
	}
	if err := s.DeleteToken(id, first); err != nil || s.works(token) {
		t.Errorf("delete a token: %v", err)
	}
	date := s.in(2*day, "2006-01-02")
	err = s.EditVirtualAccount(id, func(a *fake.VirtualAccount) {
		a.ID, a.Manifest["expiration_date"], a.Manifest["tags"] = "other", date, map[string]string{"a": "b"}
	})
	r := s.get(id)
	if err != nil || r.at("data", "manifest", "tags", "a") != "b" || r.jwts()[0]["expiry"] != date+"T00:00:00.000Z" {
		t.Errorf("edit: %v %s", err, r.text)
	}
	if err := s.DeleteVirtualAccount(id); err != nil || s.works(fresh) {
		t.Errorf("delete: %v", err)
	}
	pat, patID := s.pat(`{"name": "abc"}`)
	now := s.Stage().Clock.Now()
	err = s.EditPersonalAccessToken(patID, func(p *fake.PersonalAccessToken) { p.Expiration, p.ID = &now, "x" })
	if err != nil || s.works(pat) {
		t.Errorf("edit a personal access token: %v", err)
	}
	if err := s.DeletePersonalAccessToken(patID); err != nil {
		t.Error(err)
	}
	_, err = s.RegenerateToken(id, 0)
	for i, err := range []error{err, s.DeleteToken(id, first), s.DeleteVirtualAccount(id), s.EditVirtualAccount(id, nil)} {
		if !errors.Is(err, fake.ErrNoVirtualAccount) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if !errors.Is(s.DeletePersonalAccessToken(patID), fake.ErrNoPersonalAccessToken) ||
		!errors.Is(s.EditPersonalAccessToken(patID, nil), fake.ErrNoPersonalAccessToken) || !errors.Is(s.EditUser("x", nil), fake.ErrNoUser) {
		t.Error("unknown objects are not refused")
	}
	other := s.add("other", nil)
	if !errors.Is(s.DeleteToken(other.ID, "x"), fake.ErrNoToken) {
		t.Error("an unknown token is not refused")
	}
}

func TestSwitches_json(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{NameMax: 25})
	if err := s.SwitchJSON(json.RawMessage(`{"rows": "page", "rate_window": "2s"}`)); err != nil {
		t.Fatal(err)
	}
	if w := s.Switches(); w.Rows != "page" || w.NameMax != 25 {
		t.Errorf("%+v", w)
	}
	for body, says := range map[string]string{
		`{"rows": "current", "nonsense": 1}`: `unknown field "nonsense"`,
		`{"rows": "x"}`:                      "rows",
		`{"manifest_status": 500}`:           "manifest_status",
		`{"name_max": 2}`:                    "name_max",
		`{"page_cap": -1}`:                   "negative",
	} {
		if err := s.SwitchJSON(json.RawMessage(body)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v does not say %q", body, err, says)
		}
	}
	if s.Switches().Rows != "page" {
		t.Error("a refused change left traces")
	}
	text, err := s.SwitchesJSON()
	if err != nil || s.SwitchJSON(text) != nil {
		t.Errorf("the switches do not read back: %s %v", text, err)
	}
	if _, err := fake.New(fake.Options{Switches: fake.Switches{Day: "noon"}}); err == nil {
		t.Error("New accepts a bad switch")
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	want := []fakeapi.Setting{
		{Argument: "base_url", Variable: "TFY_HOST", Value: "http://x"},
		{Argument: "api_key", Variable: "TFY_API_KEY", Value: s.Bootstrap().Token},
	}
	if diff := cmp.Diff(want, s.Settings("http://x")); diff != "" || len(s.Live()) != 0 {
		t.Errorf("%s %v", diff, s.Live())
	}
}
