package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

const bulkRoute = "/personal-access-tokens/v1/bulk-update"

// seed adds tokens of an owner, the first administrator if empty, with an expiry in a day.
func (s tenant) seed(t *testing.T, owner string, names ...string) []string {
	t.Helper()
	day := s.in(24 * time.Hour)
	for _, name := range names {
		if _, err := s.AddToken(fake.Token{ID: name, Name: name, Owner: owner, Expiration: &day}); err != nil {
			t.Fatal(err)
		}
	}
	return names
}

// expireAt reports whether the tenant keeps every one of the tokens with an expiry. Two that are counted from now differ by what lies between.
func (s tenant) expireAt(at *time.Time, ids ...string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool {
		token, exists := s.Token(id)
		return !exists || (token.Expiration == nil) != (at == nil) || at != nil && token.Expiration.Sub(*at).Abs() > time.Minute
	})
}

func idsOf(tokens []api.PersonalAccessToken) []string {
	ids := []string{}
	for _, token := range tokens {
		ids = append(ids, token.ID)
	}
	return ids
}

func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("token%02d", i)
	}
	return names
}

// TestBulkUpdateExpiry: one request changes up to 25 tokens, anybody's and the platform's too, and every copy of the lists shows it.
func TestBulkUpdateExpiry(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, api.BulkLimit} {
		s := start(t, fake.Switches{})
		c := s.client(t, api.V1)
		if _, err := s.AddUser(fake.User{ID: "other", Name: "other"}); err != nil {
			t.Fatal(err)
		}
		ids := s.seed(t, "other", numbered(n)...)
		s.seed(t, "", "mine", "kept")
		if _, err := s.AddToken(fake.Token{ID: "platform", Name: "platform", Managed: true}); err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			ids = append(ids, "mine", "platform")
		}
		kept, later := s.in(24*time.Hour), s.in(time.Hour)
		owners := []string{api.Me, api.Everybody, "other"}
		for _, owner := range owners {
			list(t, c, owner)
		}
		if _, err := c.ListFiltered(t.Context(), api.Everybody, "lastUsed isnull"); err != nil {
			t.Fatal(err)
		}
		updated, err := c.BulkUpdateExpiry(t.Context(), ids, api.Expiry{At: &later})
		if err != nil || !slices.Equal(idsOf(updated), ids) || !updated[0].ExpirationDate.Equal(later) || updated[0].Owner.ID != "other" {
			t.Errorf("%v, %v", idsOf(updated), err)
		}
		if !s.expireAt(&later, ids...) || !s.expireAt(&kept, "kept") {
			t.Errorf("the tenant keeps %+v", s.Tokens())
		}
		before := s.apiCalls()
		for _, owner := range owners {
			for _, token := range list(t, c, owner) {
				if stored, _ := s.Token(token.ID); (stored.Expiration == nil) != (token.ExpirationDate == nil) || stored.Expiration != nil && !stored.Expiration.Equal(*token.ExpirationDate) {
					t.Errorf("the list of %q shows %s with %v", owner, token.ID, token.ExpirationDate)
				}
			}
		}
		filtered, err := c.ListFiltered(t.Context(), api.Everybody, "lastUsed isnull")
		if found := find(filtered, ids[0]); err != nil || found == nil || !found.ExpirationDate.Equal(later) {
			t.Errorf("%+v, %v", found, err)
		}
		if requests := s.count(fakeapi.Filter{Path: bulkRoute}); requests != 1 || s.apiCalls() != before+1 {
			t.Errorf("%d bulk updates, and %d lists after them, of which only the filtered one is new", requests, s.apiCalls()-before)
		}
	}
}

// TestBulkUpdateExpiry_never takes an expiry away in whichever form the tenant takes, which a patch of one token then knows.
func TestBulkUpdateExpiry_never(t *testing.T) {
	t.Parallel()
	for word, requests := range map[string]int{"remove": 1, "replace_null": 2, "both": 1} {
		s := start(t, fake.Switches{ClearExpiration: word})
		c := s.client(t, api.V1)
		ids := s.seed(t, "", "a", "b", "c")
		updated, err := c.BulkUpdateExpiry(t.Context(), ids[:2], api.Expiry{})
		if err != nil || len(updated) != 2 || updated[1].ExpirationDate != nil || !s.expireAt(nil, "a", "b") || s.expireAt(nil, "c") {
			t.Errorf("%s: %+v, %v", word, updated, err)
		}
		if _, err := c.Patch(t.Context(), "c", api.Changes{Expiry: &api.Expiry{}}); err != nil || !s.expireAt(nil, "c") {
			t.Errorf("%s: %v", word, err)
		}
		if got := s.count(fakeapi.Filter{Method: http.MethodPatch}); got != requests+1 {
			t.Errorf("%s: %d requests", word, got)
		}
	}
}

// TestBulkUpdateExpiry_notSent is what the tenant is not asked for.
func TestBulkUpdateExpiry_notSent(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	later := s.in(time.Hour)
	for _, version := range api.Versions() {
		for _, n := range []int{0, api.BulkLimit + 1, 1} {
			c := s.client(t, api.Version(version))
			says := "between 1 and 25"
			if version != "v1" {
				says = "API version " + version
			} else if n == 1 {
				continue
			}
			if updated, err := c.BulkUpdateExpiry(t.Context(), numbered(n), api.Expiry{At: &later}); err == nil || !strings.Contains(err.Error(), says) || updated != nil {
				t.Errorf("%s, %d tokens: %v", version, n, err)
			}
		}
	}
	if got := len(s.Stage().Journal.Entries()); got != 0 {
		t.Errorf("%d requests", got)
	}
}

// TestBulkUpdateExpiry_unknown: whatever the tenant does about the others when it does not know one token, the outcome says so, and no list
// shows what is not so.
func TestBulkUpdateExpiry_unknown(t *testing.T) {
	t.Parallel()
	for word, c := range map[string]struct {
		updated []string
		changes bool
		says    string
	}{
		"none":   {nil, false, `"gone" does not exist`},
		"others": {nil, true, `"gone" does not exist`},
		"skip":   {[]string{"a", "b"}, true, "1 of the 3 personal access tokens are not confirmed to have the new expiry: gone: PATCH " + bulkRoute},
	} {
		s := start(t, fake.Switches{BulkUpdateUnknown: word})
		client := s.client(t, api.V1)
		s.seed(t, "", "a", "b")
		list(t, client, api.Me)
		later := s.in(time.Hour)
		updated, err := client.BulkUpdateExpiry(t.Context(), []string{"a", "gone", "b"}, api.Expiry{At: &later})
		if err == nil || !strings.Contains(err.Error(), c.says) || !rest.MayHaveExecuted(err) || !slices.Equal(idsOf(updated), append([]string{}, c.updated...)) {
			t.Errorf("%s: %v, %v", word, idsOf(updated), err)
		}
		if s.expireAt(&later, "a", "b") != c.changes {
			t.Errorf("%s: the tenant keeps %+v", word, s.Tokens())
		}
		if found := find(list(t, client, api.Me), "b"); found == nil || found.ExpirationDate.Equal(later) != c.changes {
			t.Errorf("%s: the list shows %+v", word, found)
		}
		if _, err := client.BulkUpdateExpiry(t.Context(), []string{"gone"}, api.Expiry{At: &later}); err == nil || rest.MayHaveExecuted(err) != (word == "skip") {
			t.Errorf("%s, alone: %v", word, err)
		}
	}
}

// TestBulkUpdateExpiry_doubtful answers 200 with something else than was requested. Every token that is not confirmed is named, however many.
func TestBulkUpdateExpiry_doubtful(t *testing.T) {
	t.Parallel()
	const at = "2035-01-31T10:20:30.000Z"
	row := func(id, at string) string {
		return `{"id": "` + id + `", "name": "n", "scope": null, "owner": {"id": "o"}, "created": "2030-01-01T00:00:00Z", "expirationDate": ` + at + `}`
	}
	later, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		body, updated, says string
	}{
		"whole seconds":   {"[" + row("a", `"2035-01-31T10:20:30Z"`) + "," + row("b", `"`+at+`"`) + "]", "a b", ""},
		"another one too": {"[" + row("a", `"`+at+`"`) + "," + row("b", `"`+at+`"`) + "," + row("x", "null") + "]", "a b", ""},
		"another expiry":  {"[" + row("a", `"`+at+`"`) + "," + row("b", `"2031-01-01T00:00:00Z"`) + "]", "a", "b (which expires at 2031-01-01T00:00:00Z)"},
		"no expiry":       {"[" + row("a", "null") + "," + row("b", `"`+at+`"`) + "]", "b", "a (which never expires)"},
		"a broken row":    {"[" + row("a", `"`+at+`"`) + "," + row("b", `"soon"`) + "]", "a", `: b: PATCH ` + bulkRoute + `: 200: row 1 of the list cannot be read: its field "expirationDate"`},
		"an empty list":   {"[]", "", ": a, b: PATCH"},
		"null":            {"null", "", ": a, b: PATCH"},
		"a page":          {"<html>", "", ": a, b: PATCH"},
		"nothing":         {"", "", "the answer is empty"},
	} {
		s := &scripted{status: 200, body: c.body}
		updated, err := s.client(t).BulkUpdateExpiry(t.Context(), []string{"a", "b"}, api.Expiry{At: &later})
		if got := strings.Join(idsOf(updated), " "); got != c.updated || (err == nil) != (c.says == "") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if err != nil && (!strings.Contains(err.Error(), c.says) || failure(t, err).Kind != rest.Malformed || !rest.MayHaveExecuted(err)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var ids []string
	for _, name := range numbered(api.BulkLimit) {
		ids = append(ids, name+strings.Repeat("0", 25))
	}
	_, err = (&scripted{status: 200, body: "[]"}).client(t).BulkUpdateExpiry(t.Context(), ids, api.Expiry{At: &later})
	for _, id := range ids {
		if !strings.Contains(err.Error(), id) {
			t.Errorf("%s is not named", id)
		}
	}
}

// TestBulkUpdateExpiry_refused: without the right nothing is changed, and a refusal is not repeated.
func TestBulkUpdateExpiry_refused(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	if _, err := s.AddUser(fake.User{ID: "plain", Name: "plain"}); err != nil {
		t.Fatal(err)
	}
	own, err := s.AddToken(fake.Token{Name: "own", Owner: "plain"})
	if err != nil {
		t.Fatal(err)
	}
	s.seed(t, "plain", "a")
	day, later := s.in(24*time.Hour), s.in(time.Hour)
	c := s.client(t, api.V1, func(c *api.Config) { c.ClientID, c.ClientSecret = own.ID, rest.NewSecret(own.Secret) })
	_, err = c.BulkUpdateExpiry(t.Context(), []string{"a"}, api.Expiry{At: &later})
	if e := failure(t, err); e.Status != 403 || e.Executed || !strings.Contains(e.Message, "idn:all-personal-access-tokens:update") {
		t.Errorf("%+v", e)
	}
	past := s.in(-time.Hour)
	_, err = s.client(t, api.V1).BulkUpdateExpiry(t.Context(), []string{"a"}, api.Expiry{At: &past})
	if e := failure(t, err); e.Status != 400 || e.Executed {
		t.Errorf("%+v", e)
	}
	if !s.expireAt(&day, "a") || s.count(fakeapi.Filter{Path: bulkRoute}) != 2 {
		t.Errorf("%d requests, and the tenant keeps %+v", s.count(fakeapi.Filter{Path: bulkRoute}), s.Tokens())
	}
}

// TestBulkUpdateExpiry_lost repeats a request whose answer is lost. If none comes at all the lists are read again: it may have been executed.
func TestBulkUpdateExpiry_lost(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	c := s.client(t, api.V1)
	ids := s.seed(t, "", "a", "b")
	list(t, c, api.Me)
	later, latest := s.in(time.Hour), s.in(2*time.Hour)
	s.fault(t, http.MethodPatch, bulkRoute, "drop-after")
	if updated, err := c.BulkUpdateExpiry(t.Context(), ids, api.Expiry{At: &later}); err != nil || len(updated) != 2 || !s.expireAt(&later, ids...) {
		t.Errorf("%v, %v", idsOf(updated), err)
	}
	for range 2 {
		s.fault(t, http.MethodPatch, bulkRoute, "drop-after")
	}
	if updated, err := c.BulkUpdateExpiry(t.Context(), ids, api.Expiry{At: &latest}); !rest.MayHaveExecuted(err) || len(updated) != 0 || !s.expireAt(&latest, ids...) {
		t.Errorf("%v, %v", idsOf(updated), err)
	}
	if found := find(list(t, c, api.Me), "a"); found == nil || !found.ExpirationDate.Equal(latest) {
		t.Errorf("the list shows %+v", found)
	}
	if got := s.count(fakeapi.Filter{Path: bulkRoute}); got != 4 {
		t.Errorf("%d requests", got)
	}
}

// TestBulkUpdateExpiry_withoutPatch: POST does the same, and is sent only where PATCH is not let through.
func TestBulkUpdateExpiry_withoutPatch(t *testing.T) {
	t.Parallel()
	for _, hasPost := range []bool{true, false} {
		s := start(t, fake.Switches{BulkUpdateNoPost: !hasPost})
		c := s.client(t, api.V1)
		ids := s.seed(t, "", "a", "b")
		later := s.in(time.Hour)
		s.fault(t, http.MethodPatch, bulkRoute, "status:405")
		_, err := c.BulkUpdateExpiry(t.Context(), ids, api.Expiry{At: &later})
		if hasPost != (err == nil) || hasPost != s.expireAt(&later, ids...) || s.count(fakeapi.Filter{Method: http.MethodPost, Path: bulkRoute}) != 1 {
			t.Errorf("POST is served: %t: %v", hasPost, err)
		}
		if !hasPost && (failure(t, err).Status != 405 || rest.MayHaveExecuted(err)) {
			t.Errorf("POST is not served either: %v", err)
		}
	}
}

// TestBulkUpdateExpiry_ownCredential: the answer tells of the client's own token as a list does.
func TestBulkUpdateExpiry_ownCredential(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	c := s.client(t, api.V1)
	later := s.in(time.Hour)
	if _, err := c.BulkUpdateExpiry(t.Context(), []string{s.Bootstrap().ClientID}, api.Expiry{At: &later}); err != nil {
		t.Fatal(err)
	}
	if _, at := c.CredentialExpiry(); at == nil || !at.Equal(later) {
		t.Errorf("%v", at)
	}
}
