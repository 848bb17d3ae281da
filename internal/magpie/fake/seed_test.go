package fake_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	want := []fakeapi.Setting{
		{Argument: "base_url", Variable: "MAGPIE_BASE_URL", Value: o.url},
		{Argument: "access_token", Variable: "MAGPIE_ACCESS_TOKEN", Value: o.Bootstrap().AccessToken},
		{Variable: "MAGPIE_USERNAME", Value: o.Bootstrap().UserName},
		{Variable: "MAGPIE_PASSWORD", Value: o.Bootstrap().Password},
	}
	if diff := cmp.Diff(want, o.Settings(o.url)); diff != "" {
		t.Error(diff)
	}
	minted := o.Stage().Vault.Minted()
	for _, secret := range []string{o.Bootstrap().AccessToken, o.Bootstrap().Password, o.admin} {
		if !slices.Contains(minted, secret) {
			t.Error("the vault lacks a secret")
		}
	}
	if live := o.Live(); live == nil || len(live) != 0 {
		t.Errorf("live: %+v", live)
	}
}

func TestSeed_usersAndTokens(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	made, err := o.SeedJSON(json.RawMessage(`{
		"users": [
			{"name": "boss", "password": "a long password", "admin": true},
			{"name": "svc", "service_account": true, "permissions": ["AccessToken"]},
			{"name": "guest", "permissions": []}
		],
		"tokens": [
			{"id": "4711", "user": "svc", "description": "old", "created": "-1000h", "expires": "24h"},
			{"user": "svc", "disabled": true},
			{"user": "svc", "created": "2020-01-02T03:04:05Z", "expires": "-1h"},
			{"description": "own"}
		]}`))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Users  []struct{ Name, Password string }  `json:"users"`
		Tokens []struct{ ID, User, Token string } `json:"tokens"`
	}
	if err := json.Unmarshal(text, &got); err != nil || len(got.Users) != 3 || len(got.Tokens) != 4 {
		t.Fatalf("%s %v", text, err)
	}
	if got.Users[0].Password != "a long password" || o.password("svc", got.Users[1].Password).status != 200 {
		t.Error("passwords do not work")
	}
	for i, works := range []bool{true, false, false, true} {
		if o.uses(got.Tokens[i].Token).Works() != works {
			t.Errorf("tokens[%d] works: %t", i, !works)
		}
	}
	refused(t, o.as(o.session("guest"), "GET", tokens, ""), 403, "AccessToken")
	token, _ := o.Token("4711")
	if age := o.Stage().Clock.Now().Sub(token.Created).Round(time.Hour); age != 1000*time.Hour {
		t.Errorf("age %s", age)
	}
	want := []fakeapi.LiveToken{
		{ID: got.Tokens[3].ID, Owner: o.Bootstrap().UserName, Name: "own", Status: "active", Seeded: true},
		{ID: "4711", Owner: "svc", Name: "old", Status: "active", Seeded: true},
	}
	if diff := cmp.Diff(want, o.Live()); diff != "" {
		t.Error(diff)
	}
}

func TestSeed_refused(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	o.add(fake.Token{ID: "t1", User: robot, Secret: "given"})
	for body, says := range map[string]string{
		`{"token": []}`:                                    `unknown field "token"`,
		`{"tokens": [{"owner": "x"}]}`:                     `unknown field "owner"`,
		`{"tokens": [{"user": "nobody"}]}`:                 "tokens[0]: user \"nobody\": no such user",
		`{"tokens": [{"id": "t1"}]}`:                       "existed already",
		`{"tokens": [{"created": "soon"}]}`:                "neither an RFC 3339 time nor a duration",
		`{"users": [{}]}`:                                  "users[0]: a user needs a name",
		`{"users": [{"name": "robot@example.com"}]}`:       "exists already",
		`{"users": [{"name": "x", "permissions": ["y"]}]}`: `permission "y" is not emulated`,
	} {
		if _, err := o.SeedJSON(json.RawMessage(body)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v does not say %q", body, err, says)
		}
	}
	if _, err := o.AddToken(fake.Token{User: robot, Secret: "given"}); err == nil {
		t.Error("the same token twice")
	}
}

func TestBehindTheAPI(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{})
	token := o.create(robot)
	if err := o.PatchToken(token.ID, func(t *fake.Token) { t.Description, t.ID, t.User = "b", "other", person }); err != nil {
		t.Fatal(err)
	}
	if got, exists := o.Token(token.ID); !exists || got.Description != "b" || got.User != robot {
		t.Errorf("%+v", got)
	}
	if err := o.SetDisabled(token.ID, true); err != nil || o.uses(token.Secret).Works() || len(o.Live()) != 0 {
		t.Errorf("disabled: %v %+v", err, o.Live())
	}
	if err := o.SetDisabled(token.ID, false); err != nil || !o.uses(token.Secret).Works() || len(o.Live()) != 1 {
		t.Errorf("enabled: %v %+v", err, o.Live())
	}
	session := o.session(robot)
	if err := o.DisableUser(robot); err != nil || !o.Locked(robot) || o.uses(token.Secret).Works() {
		t.Errorf("disabled user: %v", err)
	}
	refused(t, o.as(session, "GET", tokens, ""), 401, "disabled")
	if err := o.DeleteToken(token.ID); err != nil {
		t.Fatal(err)
	}
	if err := o.DropUser(robot); err != nil {
		t.Fatal(err)
	}
	o.user(fake.User{Name: robot})
	refused(t, o.as(session, "GET", tokens, ""), 401, "Invalid session")
	if err := o.PatchUser(person, func(u *fake.User) { u.Name, u.Password = "x", "another password" }); err != nil {
		t.Fatal(err)
	}
	if r := o.password(person, "another password"); r.status != 200 {
		t.Errorf("patched user: %d %s", r.status, r.text)
	}
	for _, err := range []error{o.DeleteToken(token.ID), o.SetDisabled("none", true)} {
		if !errors.Is(err, fake.ErrNoToken) {
			t.Errorf("error %v", err)
		}
	}
	_, err := o.OpenSession("nobody")
	for _, err := range []error{err, o.DropUser("nobody"), o.EnableUser("nobody"), o.PatchUser("nobody", func(*fake.User) {})} {
		if !errors.Is(err, fake.ErrNoUser) {
			t.Errorf("error %v", err)
		}
	}
	if o.Tokens("nobody") != nil || o.Locked("nobody") || o.WrongPasswords("nobody") != 0 {
		t.Error("nobody is somebody")
	}
}

func TestSwitches_json(t *testing.T) {
	t.Parallel()
	o := start(t, fake.Switches{HideExpired: true})
	if err := o.SwitchJSON(json.RawMessage(`{"id_kind": "uuid", "token_lifetime": "24h"}`)); err != nil {
		t.Fatal(err)
	}
	want := fake.Switches{HideExpired: true, IDKind: "uuid", TokenLifetime: fakeapi.Duration(24 * time.Hour)}
	if diff := cmp.Diff(want, o.Switches()); diff != "" {
		t.Error(diff)
	}
	for body, says := range map[string]string{
		`{"hide_expired": false, "nonsense": 1}`: `unknown field "nonsense"`,
		`{"create_status": 202}`:                 "create_status",
		`{"list_lag": -1}`:                       "list_lag must not be negative",
		`{"token_lifetime": "-1h"}`:              "token_lifetime must not be negative",
		`{"failing_deletes": -1}`:                "failing_deletes must not be negative",
	} {
		if err := o.SwitchJSON(json.RawMessage(body)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v does not say %q", body, err, says)
		}
	}
	for name := range fake.SwitchWords() {
		if err := o.SwitchJSON(json.RawMessage(`{"` + name + `": "x"}`)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if diff := cmp.Diff(want, o.Switches()); diff != "" {
		t.Errorf("a refused change left traces: %s", diff)
	}
	text, err := o.SwitchesJSON()
	if err != nil || o.SwitchJSON(text) != nil {
		t.Errorf("the switches do not read back: %s %v", text, err)
	}
	if _, err := fake.New(fake.Options{Switches: fake.Switches{IDKind: "x"}}); err == nil {
		t.Error("New accepts a bad switch")
	}
}
