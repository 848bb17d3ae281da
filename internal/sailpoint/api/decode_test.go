package api_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
)

const (
	secret = "1d1bef2b9f426383447f64f69349fc7c"
	token  = `"id": "t1", "name": "a", "scope": ["s"], "owner": {"type": "IDENTITY", "id": "i1", "name": "n"}, "created": "2030-01-31T12:00:00.123Z"`
	minted = token + `, "secret": "` + secret + `"`
)

// TestTolerantCreate: the answer holds the only copy of the secret, so nothing else about it may be a reason to lose that.
func TestTolerantCreate(t *testing.T) {
	t.Parallel()
	end := time.Date(2031, 1, 31, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		body  string
		check func(*api.PersonalAccessToken) bool
	}{
		"as documented": {`{` + minted + `, "accessTokenValiditySeconds": 15, "expirationDate": "2031-01-31T12:00:00.000Z"}`, func(t *api.PersonalAccessToken) bool {
			return t.ExpirationDate.Equal(end) && t.AccessTokenValiditySeconds == 15 && t.Created.Nanosecond() == 123e6
		}},
		"no expiration date":         {`{` + minted + `}`, func(t *api.PersonalAccessToken) bool { return t.ExpirationDate == nil }},
		"null":                       {`{` + minted + `, "expirationDate": null}`, func(t *api.PersonalAccessToken) bool { return t.ExpirationDate == nil }},
		"empty":                      {`{` + minted + `, "expirationDate": ""}`, func(t *api.PersonalAccessToken) bool { return t.ExpirationDate == nil }},
		"microseconds":               {`{` + minted + `, "expirationDate": "2031-01-31T12:00:00.000001Z"}`, func(t *api.PersonalAccessToken) bool { return t.ExpirationDate.Equal(end.Add(time.Microsecond)) }},
		"another zone":               {`{` + minted + `, "expirationDate": "2031-01-31T13:00:00+01:00"}`, func(t *api.PersonalAccessToken) bool { return t.ExpirationDate.Equal(end) }},
		"an unreadable date":         {`{` + minted + `, "expirationDate": "soon"}`, func(t *api.PersonalAccessToken) bool { return t.ExpirationDate.Equal(end) }},
		"no validity":                {`{` + minted + `, "accessTokenValiditySeconds": null}`, func(t *api.PersonalAccessToken) bool { return t.AccessTokenValiditySeconds == 43200 }},
		"unknown fields":             {`{` + minted + `, "later": [1], "managed": false}`, func(t *api.PersonalAccessToken) bool { return true }},
		"hardly anything":            {`{"id": "t1", "secret": "` + secret + `"}`, func(t *api.PersonalAccessToken) bool { return t.Name == "a" && t.Created.IsZero() }},
		"an unreadable creation":     {`{"id": "t1", "secret": "` + secret + `", "created": "now"}`, func(t *api.PersonalAccessToken) bool { return t.Created.IsZero() }},
		"a creation of another type": {`{"id": "t1", "created": 1896091200000, "secret": "` + secret + `"}`, func(t *api.PersonalAccessToken) bool { return t.Created.IsZero() }},
		"a validity with a fraction": {`{"id": "t1", "accessTokenValiditySeconds": 900.5, "secret": "` + secret + `"}`, func(t *api.PersonalAccessToken) bool { return t.AccessTokenValiditySeconds == 43200 }},
		"a scope of another type":    {`{"id": "t1", "scope": "s", "secret": "` + secret + `"}`, func(t *api.PersonalAccessToken) bool { return slices.Equal(t.Scope, []string{"b", "c"}) }},
		"a date of another type":     {`{"id": "t1", "expirationDate": 1927540800000, "secret": "` + secret + `"}`, func(t *api.PersonalAccessToken) bool { return t.ExpirationDate.Equal(end) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := dated("a", end)
			want.Scope = []string{"c", "b"}
			got, err := (&scripted{status: 200, body: c.body}).client(t).Create(t.Context(), want)
			if err != nil || got.ID != "t1" || got.Secret.Reveal() != secret || !c.check(got) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// TestCreateWithoutSecret: what is no token may have become one all the same.
func TestCreateWithoutSecret(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no secret":         `{` + token + `}`,
		"null as secret":    `{` + token + `, "secret": null}`,
		"an empty secret":   `{` + token + `, "secret": ""}`,
		"a number":          `{` + token + `, "secret": 12345678}`,
		"no id":             `{"name": "a", "secret": "` + secret + `"}`,
		"null as id":        `{"id": null, "secret": "` + secret + `"}`,
		"an id of a number": `{"id": 12345678, "secret": "` + secret + `"}`,
		"null":              `null`,
		"a list":            `[{` + minted + `}]`,
		"empty":             ``,
		"broken off":        `{` + minted,
		"HTML":              `<html>` + secret + `</html>`,
		"a text":            `"` + secret + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &scripted{status: 200, body: body}
			_, err := s.client(t).Create(t.Context(), endless("a"))
			e := failure(t, err)
			if !e.Executed || e.Kind != rest.Malformed || s.calls != 1 {
				t.Errorf("sent %d times: %+v", s.calls, e)
			}
			if strings.Contains(e.Error(), secret) || strings.Contains(e.Error(), "12345678") {
				t.Errorf("the answer is quoted: %v", e)
			}
		})
	}
}

// TestList: only a well-formed list is one. Whatever else comes must not read as "there are no tokens".
func TestList(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   int
	}{
		"empty list":           {200, ` [ ] `, 0},
		"one":                  {200, `[{` + token + `}]`, 1},
		"dates of every kind":  {200, `[{` + token + `, "lastUsed": null}, {` + token + `, "lastUsed": "", "expirationDate": "2031-01-31T12:00:00.000001Z"}]`, 2},
		"null":                 {200, `null`, -1},
		"an object":            {200, `{"items": []}`, -1},
		"an empty body":        {200, ``, -1},
		"no content":           {204, ``, -1},
		"HTML":                 {200, `<html></html>`, -1},
		"broken off":           {200, `[{` + token + `}`, -1},
		"an item without id":   {200, `[{"name": "a"}]`, -1},
		"null as item":         {200, `[null]`, -1},
		"unreadable creation":  {200, `[{"id": "t1", "created": "now"}]`, -1},
		"unreadable end":       {200, `[{` + token + `, "expirationDate": "soon"}]`, -1},
		"unreadable last use":  {200, `[{` + token + `, "lastUsed": "soon"}]`, -1},
		"another type":         {200, `[{"id": 1}]`, -1},
		"forbidden":            {403, `[]`, -1},
		"not found":            {404, `[]`, -1},
		"moved":                {301, `[]`, -1},
		"broken":               {500, `[]`, -1},
		"something on the way": {511, `[]`, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := (&scripted{status: c.status, body: c.body}).client(t).List(t.Context(), api.Me)
			if c.want < 0 {
				if err == nil {
					t.Fatalf("taken for a list: %+v", got)
				}
				if e := failure(t, err); e.Executed || len(got) != 0 {
					t.Errorf("%v with %+v", err, got)
				}
				return
			}
			if err != nil || len(got) != c.want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// TestListKeepsNoSecret: a tenant that were to answer one would not find it passed on.
func TestListKeepsNoSecret(t *testing.T) {
	t.Parallel()
	got, err := (&scripted{status: 200, body: `[{` + minted + `}]`}).client(t).List(t.Context(), api.Me)
	if err != nil || len(got) != 1 || !got[0].Secret.IsEmpty() {
		t.Errorf("got %d, %v", len(got), err)
	}
}

func TestPatchAnswer(t *testing.T) {
	t.Parallel()
	for body, ok := range map[string]bool{
		`{` + token + `}`: true, `{` + minted + `}`: true, `{"id": "t2", "name": "a"}`: false, `null`: false, `{}`: false, ``: false, `[]`: false,
		`{` + token + `, "expirationDate": "soon"}`: false,
	} {
		got, err := (&scripted{status: 200, body: body}).client(t).Patch(t.Context(), "t1", api.Changes{Name: new("a")})
		if ok && (err != nil || got.ID != "t1" || !got.Secret.IsEmpty()) {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
		if !ok && (!rest.MayHaveExecuted(err) || failure(t, err).Kind != rest.Malformed) {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}

// TestErrorBodies: the vendor's error bodies differ by status.
func TestErrorBodies(t *testing.T) {
	t.Parallel()
	text := func(s string) string { return `{"locale": "en-US", "localeOrigin": "DEFAULT", "text": "` + s + `"}` }
	for name, c := range map[string]struct {
		status        int
		body          string
		code, message string
	}{
		"coded": {
			400, `{"detailCode": "400.1 Bad Request Content", "trackingId": "e7ea", "messages": [` + text("Invalid.") + `], "causes": [` + text("No name.") + `]}`,
			"400.1 Bad Request Content", "Invalid. No name. (tracking id e7ea)",
		},
		"said twice":         {400, `{"messages": [` + text("Invalid.") + `, ` + text("Invalid.") + `], "causes": [` + text("Invalid.") + `]}`, "", "Invalid."},
		"without texts":      {404, `{"detailCode": "404 Not found", "trackingId": "e7ea", "messages": [], "causes": null}`, "404 Not found", "Not Found (tracking id e7ea)"},
		"of 401":             {401, `{"error": "JWT validation failed"}`, "", "JWT validation failed"},
		"of 429":             {429, `{"message": " Rate Limit Exceeded "}`, "", "Rate Limit Exceeded"},
		"of OAuth":           {400, `{"error": "invalid_grant", "error_description": "No such grant"}`, "invalid_grant", "No such grant"},
		"an object as error": {500, `{"error": {"secret": 1}, "message": "Broken"}`, "", "Broken"},
		"HTML":               {502, `<html>Bad</html>`, "", "Bad Gateway"},
		"empty":              {403, ``, "", "Forbidden"},
		"null":               {403, `null`, "", "Forbidden"},
		"a list":             {403, `[]`, "", "Forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Some answers come with an encoding that does not exist, and are plain all the same.
			s := &scripted{status: c.status, body: c.body, headers: map[string]string{
				"SLPT-Request-ID": "r1", "Content-Encoding": "UTF-8", "Retry-After": "1000",
			}}
			_, err := s.client(t).Create(t.Context(), endless("a"))
			if e := failure(t, err); e.Status != c.status || e.Code != c.code || e.Message != c.message || e.RequestID != "r1" {
				t.Errorf("got code %q, message %q: %+v", e.Code, e.Message, e)
			}
		})
	}
}

// TestWireFormat: what is sent, to the letter.
func TestWireFormat(t *testing.T) {
	t.Parallel()
	at := api.Timestamp(time.Date(2031, 1, 31, 13, 0, 0, 123456789, time.FixedZone("", 3600)))
	for want, in := range map[string]any{
		`{"name":"a"}`: api.NewPersonalAccessToken{Name: "a"},
		`{"name":"a","scope":["s"],"accessTokenValiditySeconds":15,"expirationDate":"2031-01-31T12:00:00.123Z"}`: api.NewPersonalAccessToken{
			Name: "a", Scope: []string{"s"}, AccessTokenValiditySeconds: new(int64(15)), ExpirationDate: &at,
		},
		`{"name":"a","userAwareTokenNeverExpires":true}`: endless("a"),
		`"2031-01-31T12:00:00.123Z"`:                     at,
	} {
		if got, err := json.Marshal(in); err != nil || string(got) != want {
			t.Errorf("got %s, want %s: %v", got, want, err)
		}
	}
}
