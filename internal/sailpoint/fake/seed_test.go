package fake_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

func TestSeed_usersAndTokens(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	made, err := s.SeedJSON(json.RawMessage(`{
		"users": [{"id": "u1", "name": "svc", "admin": true, "reads_managed": true}],
		"tokens": [
			{"id": "t1", "owner": "svc", "name": "old", "scope": ["x"], "managed": true, "access_token_validity_seconds": 60,
			 "created": "-1000h", "last_used": "2020-01-02T03:04:05Z", "expiration": "24h"},
			{"name": "plain"}
		]}`))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Users []struct {
			ID           string `json:"id"`
			ClientID     string `json:"client_id"`
			ClientSecret string `json:"client_secret"`
		} `json:"users"`
		Tokens []struct{ ID, Owner, Name, Secret string } `json:"tokens"`
	}
	if err := json.Unmarshal(text, &got); err != nil || len(got.Users) != 1 || len(got.Tokens) != 2 {
		t.Fatalf("%s %v", text, err)
	}
	s.bearerOf(got.Users[0].ClientID, got.Users[0].ClientSecret)
	s.bearerOf(got.Tokens[1].ID, got.Tokens[1].Secret)
	token, _ := s.Token("t1")
	now := s.Stage().Clock.Now()
	if token.Owner != "u1" || !token.Managed || token.AccessTokenValiditySeconds != 60 || token.LastUsed.Year() != 2020 ||
		now.Sub(token.Created).Round(time.Hour) != 1000*time.Hour || token.Expiration.Sub(now).Round(time.Hour) != 24*time.Hour {
		t.Errorf("%+v", token)
	}
	want := []fakeapi.LiveToken{
		{ID: "t1", Owner: "u1", Name: "old", Status: "active", Seeded: true},
		{ID: got.Tokens[1].ID, Owner: s.Bootstrap().IdentityID, Name: "plain", Status: "active", Seeded: true},
	}
	if diff := cmp.Diff(want, s.Live()); diff != "" {
		t.Error(diff)
	}
}

func TestSeed_refused(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	s.add(fake.Token{ID: "t1", Name: "taken"})
	for body, says := range map[string]string{
		`{"token": []}`:                                  `unknown field "token"`,
		`{"tokens": [{"title": "x"}]}`:                   `unknown field "title"`,
		`{"tokens": [{"owner": "me"}]}`:                  "not a user",
		`{"tokens": [{}]}`:                               "tokens[0]: a token needs a name",
		`{"tokens": [{"name": "taken"}]}`:                "exists already",
		`{"tokens": [{"name": "x", "id": "t1"}]}`:        "exists already",
		`{"tokens": [{"name": "x", "created": "soon"}]}`: "neither an RFC 3339 time nor a duration",
		`{"users": [{"id": "x"}]}`:                       "users[0]: a user needs a name",
		`{"users": [{"name": "mint.bootstrap"}]}`:        "exists already",
	} {
		if _, err := s.SeedJSON(json.RawMessage(body)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v does not say %q", body, err, says)
		}
	}
}

func TestBehindTheAPI(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	token := s.add(fake.Token{Name: "a"})
	if err := s.PatchToken(token.ID, func(t *fake.Token) { t.Name, t.ID = "b", "other" }); err != nil {
		t.Fatal(err)
	}
	if got := s.list(v1, s.bearer(), "?owner-id=me").names(); got != "bootstrap b" {
		t.Errorf("after PatchToken: %q", got)
	}
	s.created(beta, s.bearer(), `{"name": "a"}`)
	if all := s.Tokens(); len(all) != 3 || all[1].ID != token.ID {
		t.Errorf("%+v", all)
	}
	if err := s.DeleteToken(token.ID); err != nil {
		t.Fatal(err)
	}
	if _, exists := s.Token(token.ID); exists {
		t.Error("still there")
	}
	for _, err := range []error{s.DeleteToken(token.ID), s.PatchToken(token.ID, func(*fake.Token) {})} {
		if !errors.Is(err, fake.ErrNoToken) {
			t.Errorf("error %v", err)
		}
	}
}

func TestSwitches_json(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{Microseconds: true})
	if err := s.SwitchJSON(json.RawMessage(`{"hide_expired": true, "rate_window": "2s"}`)); err != nil {
		t.Fatal(err)
	}
	want := fake.Switches{Microseconds: true, HideExpired: true, RateWindow: fakeapi.Duration(2 * time.Second)}
	if diff := cmp.Diff(want, s.Switches()); diff != "" {
		t.Error(diff)
	}
	for body, says := range map[string]string{
		`{"hide_expired": false, "nonsense": 1}`:                   `unknown field "nonsense"`,
		`{"hide_expired": false, "never_expiration": "sometimes"}`: "never_expiration",
		`{"clear_expiration": "x"}`:                                "clear_expiration",
		`{"omitted_scope": "x"}`:                                   "omitted_scope",
		`{"list_cut": -1}`:                                         "negative",
	} {
		if err := s.SwitchJSON(json.RawMessage(body)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v does not say %q", body, err, says)
		}
	}
	if diff := cmp.Diff(want, s.Switches()); diff != "" {
		t.Errorf("a refused change left traces: %s", diff)
	}
	text, err := s.SwitchesJSON()
	if err != nil || s.SwitchJSON(text) != nil {
		t.Errorf("the switches do not read back: %s %v", text, err)
	}
	if _, err := fake.New(fake.Options{Switches: fake.Switches{OmittedScope: "x"}}); err == nil {
		t.Error("New accepts a bad switch")
	}
}
