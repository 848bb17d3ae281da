package fake_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

const clearByNull = `[{"op": "replace", "path": "/expirationDate", "value": null}, {"op": "replace", "path": "/userAwareTokenNeverExpires", "value": true}]`

const clearByRemove = `[{"op": "remove", "path": "/expirationDate"}, {"op": "replace", "path": "/userAwareTokenNeverExpires", "value": true}]`

func TestPatch_nameAndScope(t *testing.T) {
	t.Parallel()
	for _, path := range []string{v1, beta} {
		s := start(t, fake.Switches{})
		expiry := s.Stage().Clock.Now().Add(time.Hour).Truncate(time.Millisecond)
		token := s.add(fake.Token{Name: "a", Expiration: &expiry})
		r := s.patch(path, token.ID, s.bearer(), `[{"op": "replace", "path": "/name", "value": "b"}, {"op": "add", "path": "/scope", "value": ["x", "y"]}]`)
		if r.status != 200 || r.string("name") != "b" || r.string("secret") != "" || r.string("id") != token.ID {
			t.Errorf("%d %s", r.status, r.text)
		}
		if diff := cmp.Diff([]any{"x", "y"}, r.object()["scope"]); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(s.list(path, s.bearer(), "?owner-id=me").items()[1], r.object()); diff != "" {
			t.Errorf("patch and list differ: %s", diff)
		}
	}
}

func TestPatch_refused(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	expiry := s.Stage().Clock.Now().Add(time.Hour).Truncate(time.Millisecond)
	token := s.add(fake.Token{Name: "a", Expiration: &expiry})
	never := s.add(fake.Token{Name: "never"})
	bearer, future := s.bearer(), s.in(2*time.Hour)
	for _, c := range []struct{ path, id, body, says string }{
		{v1, token.ID, `{"name": "b"}`, "not an array"},
		{v1, token.ID, ``, "not an array"},
		{v1, token.ID, `[{"op": "test", "path": "/name", "value": "a"}]`, "not supported"},
		{v1, token.ID, `[{"op": "swap", "path": "/name", "value": "b"}]`, "not supported"},
		{v1, token.ID, `[{"path": "/name", "value": "b"}]`, "not supported"},
		{v1, token.ID, `[{"op": "replace", "path": "/name"}]`, "needs a value"},
		{v1, token.ID, `[{"op": "replace", "path": "/name", "value": ""}]`, "name is required"},
		{v1, token.ID, `[{"op": "replace", "path": "/name", "value": "never"}]`, "exists already"},
		{v1, token.ID, `[{"op": "replace", "path": "/name", "values": "b"}]`, "Unknown property"},
		{v1, token.ID, `[{"op": "replace", "path": "name", "value": "b"}]`, "not patchable"},
		{v1, token.ID, `[{"op": "replace", "path": "/accessTokenValiditySeconds", "value": 60}]`, "not patchable"},
		{v1, token.ID, `[{"op": "replace", "path": "/scope", "value": "x"}]`, "array of strings"},
		{v1, token.ID, `[{"op": "remove", "path": "/scope"}]`, "cannot be removed"},
		{v1, token.ID, `[{"op": "replace", "path": "/expirationDate", "value": "` + s.in(-time.Hour) + `"}]`, "in the future"},
		{v1, token.ID, `[{"op": "replace", "path": "/expirationDate", "value": null}]`, "must not be null"},
		{v1, token.ID, `[{"op": "remove", "path": "/expirationDate"}]`, "same request"},
		{v1, token.ID, strings.Replace(clearByRemove, "true", "false", 1), "same request"},
		{v1, token.ID, `[{"op": "replace", "path": "/userAwareTokenNeverExpires", "value": "yes"}]`, "boolean"},
		{v1, never.ID, `[{"op": "replace", "path": "/userAwareTokenNeverExpires", "value": false}]`, "must be provided"},
		{beta, token.ID, `[{"op": "replace", "path": "/expirationDate", "value": "` + future + `"}]`, "not patchable"},
		{beta, token.ID, `[{"op": "replace", "path": "/userAwareTokenNeverExpires", "value": true}]`, "not patchable"},
		{beta, token.ID, `[{"op": "remove", "path": "/expirationDate"}]`, "cannot be removed"},
		// All operations or none.
		{v1, token.ID, `[{"op": "replace", "path": "/name", "value": "b"}, {"op": "replace", "path": "/id", "value": "b"}]`, "not patchable"},
	} {
		refused(t, s.patch(c.path, c.id, bearer, c.body), 400, c.says)
	}
	body := `[{"op": "replace", "path": "/name", "value": "b"}]`
	refused(t, s.send("PATCH", v1+"/"+token.ID, bearer, "application/json", body), 415, "application/json-patch+json")
	refused(t, s.patch(v1, "unknown", bearer, body), 404, "404 Not found")
	if stored, _ := s.Token(token.ID); stored.Name != "a" || !stored.Expiration.Equal(expiry) {
		t.Errorf("a refused patch changed the token: %+v", stored)
	}
}

func TestPatch_othersTokenIsForbiddenDeleteIsNot(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	if _, err := s.AddUser(fake.User{Name: "other"}); err != nil {
		t.Fatal(err)
	}
	token := s.add(fake.Token{Owner: "other", Name: "a"})
	refused(t, s.patch(v1, token.ID, s.bearer(), `[{"op": "replace", "path": "/name", "value": "b"}]`), 403, "403 Forbidden")
	if r := s.remove(v1, token.ID, s.bearer()); r.status != 204 {
		t.Errorf("delete: %d %s", r.status, r.text)
	}
}

func TestPatch_expiry(t *testing.T) {
	t.Parallel()
	for _, path := range []string{v1, "/v2026/personal-access-tokens", "/v2025/personal-access-tokens"} {
		s := start(t, fake.Switches{})
		token := s.add(fake.Token{Name: "never"})
		bearer, expiry := s.bearer(), s.in(time.Hour)
		r := s.patch(path, token.ID, bearer, `[{"op": "replace", "path": "/expirationDate", "value": "`+expiry+`"}]`)
		if r.string("expirationDate") != expiry || r.object()["userAwareTokenNeverExpires"] != false {
			t.Errorf("set: %d %s", r.status, r.text)
		}
		r = s.patch(path, token.ID, bearer, clearByRemove)
		if r.object()["expirationDate"] != nil || r.object()["userAwareTokenNeverExpires"] != true {
			t.Errorf("clear: %d %s", r.status, r.text)
		}
	}
}

func TestPatch_clearExpirySwitch(t *testing.T) {
	t.Parallel()
	for word, want := range map[string][2]int{
		"": {400, 200}, "both": {200, 200}, "replace_null": {200, 400}, "remove": {400, 200},
	} {
		s := start(t, fake.Switches{ClearExpiration: word})
		for i, body := range []string{clearByNull, clearByRemove} {
			expiry := s.Stage().Clock.Now().Add(time.Hour)
			token := s.add(fake.Token{Name: body, Expiration: &expiry})
			if r := s.patch(v1, token.ID, s.bearer(), body); r.status != want[i] {
				t.Errorf("%s, %s: %d %s", word, body, r.status, r.text)
			}
		}
	}
}

func TestPatch_scopeEndsAnOmittedOne(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{OmittedScope: "null"})
	token := s.add(fake.Token{Name: "a"})
	r := s.patch(v1, token.ID, s.bearer(), `[{"op": "replace", "path": "/scope", "value": ["sp:scopes:all"]}]`)
	if diff := cmp.Diff([]any{"sp:scopes:all"}, r.object()["scope"]); diff != "" {
		t.Error(diff)
	}
}
