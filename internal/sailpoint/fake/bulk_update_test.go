package fake_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

const bulkUpdate = v1 + "/bulk-update"

// bulk sends a bulk update with these operations for these tokens.
func (s *tenant) bulk(method, bearer, patch string, ids ...string) reply {
	s.t.Helper()
	list, err := json.Marshal(ids)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.send(method, bulkUpdate, bearer, "application/json", fmt.Sprintf(`{"ids": %s, "patch": %s}`, list, patch))
}

// expires is the patch that sets an expiry.
func expires(at string) string {
	return `[{"op": "replace", "path": "/expirationDate", "value": "` + at + `"}]`
}

// expiryOf is a token's expiry as the API writes it; empty for never.
func (s *tenant) expiryOf(id string) string {
	s.t.Helper()
	token, exists := s.Token(id)
	if !exists {
		s.t.Fatalf("no token %s", id)
	}
	if token.Expiration == nil {
		return ""
	}
	return token.Expiration.Format("2006-01-02T15:04:05.000Z")
}

// TestBulkUpdate changes the expiry of anybody's tokens, and answers with them in the order of their ids.
func TestBulkUpdate(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"PATCH", "POST"} {
		s := start(t, fake.Switches{})
		if _, err := s.AddUser(fake.User{ID: "other", Name: "other"}); err != nil {
			t.Fatal(err)
		}
		s.add(fake.Token{ID: "b", Name: "b"})
		s.add(fake.Token{ID: "a", Name: "a", Owner: "other"})
		s.add(fake.Token{ID: "c", Name: "c"})
		bearer, expiry := s.bearer(), s.in(time.Hour)
		r := s.bulk(method, bearer, expires(expiry), "b", "a")
		if r.status != 200 || r.names() != "a b" {
			t.Errorf("%s: %d %s", method, r.status, r.text)
		}
		for _, item := range r.items() {
			if _, told := item["userAwareTokenNeverExpires"]; told || item["expirationDate"] != expiry || item["secret"] != nil {
				t.Errorf("%s: %v", method, item)
			}
		}
		if s.expiryOf("a") != expiry || s.expiryOf("b") != expiry || s.expiryOf("c") != "" {
			t.Errorf("%s: the tenant keeps %+v", method, s.Tokens())
		}
		if r := s.bulk(method, bearer, clearByRemove, "a"); r.status != 200 || s.expiryOf("a") != "" || s.expiryOf("b") != expiry {
			t.Errorf("%s: %d %s", method, r.status, r.text)
		}
		if stored, _ := s.Token("a"); !stored.UserAwareTokenNeverExpires {
			t.Errorf("%s: the acknowledgement is not kept", method)
		}
	}
}

func TestBulkUpdate_refused(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	s.add(fake.Token{ID: "a", Name: "a"})
	bearer := s.bearer()
	patch := expires(s.in(time.Hour))
	var tooMany []string
	for i := range 26 {
		tooMany = append(tooMany, s.add(fake.Token{Name: fmt.Sprint("t", i)}).ID)
	}
	for _, c := range []struct {
		ids   []string
		patch string
		says  string
	}{
		{nil, patch, "between 1 and 25"},
		{[]string{}, patch, "between 1 and 25"},
		{tooMany, patch, "between 1 and 25"},
		{[]string{"a", "a"}, patch, "unique"},
		{[]string{"a", " "}, patch, "blank"},
		{[]string{"a"}, `[]`, "patch is required"},
		{[]string{"a"}, `null`, "patch is required"},
		{[]string{"a"}, `{}`, "not an array"},
		{[]string{"a"}, `[{"op": "replace", "path": "/name", "value": "b"}]`, `The path \"/name\" is not patchable`},
		{[]string{"a"}, `[{"op": "replace", "path": "/scope", "value": ["x"]}]`, "not patchable"},
		{[]string{"a"}, expires(s.in(-time.Hour)), "in the future"},
		{[]string{"a"}, `[{"op": "remove", "path": "/expirationDate"}]`, "same request"},
		{[]string{"a"}, clearByNull, "must not be null"},
	} {
		refused(t, s.bulk("PATCH", bearer, c.patch, c.ids...), 400, c.says)
	}
	for body, says := range map[string]string{
		`[]`: "not a JSON object", `{"patch": ` + patch + `}`: "between 1 and 25", `{"ids": ["a"]}`: "patch is required",
		`{"ids": ["a"], "patch": ` + patch + `, "dry": true}`: "Unknown property", `{"ids": "a", "patch": ` + patch + `}`: "array of strings",
	} {
		refused(t, s.send("PATCH", bulkUpdate, bearer, "application/json", body), 400, says)
	}
	refused(t, s.send("PATCH", bulkUpdate, bearer, "application/json-patch+json", `{"ids": ["a"], "patch": `+patch+`}`), 415, "application/json")
	if s.bulk("PATCH", bearer, patch, tooMany[:25]...).status != 200 || s.expiryOf("a") != "" {
		t.Error("25 tokens are not too many, and a refused patch changes nothing")
	}
}

// TestBulkUpdate_rights: it takes the scope on everybody's tokens, of an administrator.
func TestBulkUpdate_rights(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	if _, err := s.AddUser(fake.User{ID: "plain", Name: "plain"}); err != nil {
		t.Fatal(err)
	}
	s.add(fake.Token{ID: "a", Name: "a", Owner: "plain"})
	patch := expires(s.in(time.Hour))
	for bearer, status := range map[string]int{
		s.bearer(): 200,
		s.scoped("", "sp:all-personal-access-tokens:manage"):                                      200,
		s.scoped("", "sp:all-personal-access-tokens:read", "sp:my-personal-access-tokens:manage"): 403,
		s.scoped("plain", "sp:all-personal-access-tokens:manage"):                                 403,
		s.scoped("plain", "sp:scopes:all"):                                                        403,
		"none":                                                                                    401,
	} {
		if r := s.bulk("PATCH", bearer, patch, "a"); r.status != status || status == 403 && !strings.Contains(r.text, "idn:all-personal-access-tokens:update") {
			t.Errorf("%d %s; expected %d", r.status, r.text, status)
		}
	}
}

// TestBulkUpdate_switches are what the vendor leaves open: what one token that cannot be updated means for the others, and POST.
func TestBulkUpdate_switches(t *testing.T) {
	t.Parallel()
	for word, c := range map[string]struct {
		status  int
		changes bool
	}{"": {400, false}, "none": {400, false}, "others": {400, true}, "skip": {200, true}} {
		s := start(t, fake.Switches{BulkUpdateUnknown: word})
		s.add(fake.Token{ID: "a", Name: "a"})
		expiry := s.in(time.Hour)
		r := s.bulk("PATCH", s.bearer(), expires(expiry), "no-such-token", "a")
		if r.status != c.status || (s.expiryOf("a") == expiry) != c.changes {
			t.Errorf("%q: %d %s, and the other token expires at %q", word, r.status, r.text, s.expiryOf("a"))
		}
		if r.status == 200 && r.names() != "a" {
			t.Errorf("%q: %s", word, r.text)
		}
		// Whatever it is, what is wrong with the patch itself changes nothing.
		refused(t, s.bulk("PATCH", s.bearer(), `[{"op": "replace", "path": "/name", "value": "b"}]`, "a"), 400, "not patchable")
	}
	s := start(t, fake.Switches{BulkUpdateNoPost: true})
	s.add(fake.Token{ID: "a", Name: "a"})
	refused(t, s.bulk("POST", s.bearer(), expires(s.in(time.Hour)), "a"), 405, "405")
	for _, path := range []string{"/v2026/personal-access-tokens", beta} {
		if r := s.send("POST", path+"/bulk-update", s.bearer(), "application/json", `{}`); r.status != 405 {
			t.Errorf("%s: %d %s", path, r.status, r.text)
		}
	}
}
