package api

import (
	"strings"
	"testing"
	"time"
)

func yes() *bool { b := true; return &b }
func no() *bool  { b := false; return &b }

func text(s string) *string { return &s }

func instant(s string) *time.Time {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	at = at.UTC()
	return &at
}

func sameBool(a, b *bool) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

func sameText(a, b *string) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

func sameTime(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

func TestParseList_records(t *testing.T) {
	t.Parallel()
	created, expires := instant("2025-01-02T03:04:05Z"), instant("2026-01-02T03:04:05Z")
	for record, want := range map[string]AccessToken{
		// The default record.
		`{"id": 17, "created": "2025-01-02T03:04:05Z", "expires": "2026-01-02T03:04:05Z", "status": "Active", "description": "x"}`: {
			ID: "17", Created: Moment{At: created}, Expires: Moment{At: expires}, Description: text("x"), Disabled: no(),
		},
		// IDs.
		`{"id": 9007199254740993}`:                                {ID: "9007199254740993"},
		`{"id": 18446744073709551617}`:                            {ID: "18446744073709551617"},
		`{"id": "17"}`:                                            {ID: "17"},
		`{"id": "a/b +%c"}`:                                       {ID: "a/b +%c"},
		`{"id": null, "tokenId": 5}`:                              {ID: "5"},
		`{"tokenId": 5, "uuid": "u"}`:                             {ID: "5"},
		`{"access_token_id": 5}`:                                  {ID: "5"},
		`{"AccessTokenId": 5}`:                                    {ID: "5"},
		`{"UUID": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}`:        {ID: "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
		`{"token-id": "7"}`:                                       {ID: "7"},
		`{"id": 1, "tokenId": 2, "token": "secret", "value": {}}`: {ID: "1"},
		// Descriptions.
		`{"id": 1, "description": null}`:                   {ID: "1", Description: text("")},
		`{"id": 1, "description": null, "comment": "c"}`:   {ID: "1", Description: text("c")},
		`{"id": 1, "Comment": "c", "note": "n"}`:           {ID: "1", Description: text("c")},
		`{"id": 1, "note": "n"}`:                           {ID: "1", Description: text("n")},
		`{"id": 1, "description": "ü\u0000"}`:              {ID: "1", Description: text("ü\x00")},
		`{"id": 1, "description": "d", "disabled": false}`: {ID: "1", Description: text("d"), Disabled: no()},
		// Statuses.
		`{"id": 1, "disabled": true, "status": "Active"}`:    {ID: "1", Disabled: yes()},
		`{"id": 1, "is_disabled": false}`:                    {ID: "1", Disabled: no()},
		`{"id": 1, "enabled": true}`:                         {ID: "1", Disabled: no()},
		`{"id": 1, "isEnabled": false}`:                      {ID: "1", Disabled: yes()},
		`{"id": 1, "active": false}`:                         {ID: "1", Disabled: yes()},
		`{"id": 1, "is-active": true}`:                       {ID: "1", Disabled: no()},
		`{"id": 1, "disabled": "no", "status": "INACTIVE "}`: {ID: "1", Disabled: yes()},
		`{"id": 1, "status": "enabled"}`:                     {ID: "1", Disabled: no()},
		`{"id": 1, "tokenStatus": "Disabled"}`:               {ID: "1", Disabled: yes()},
		`{"id": 1, "access_token_status": "ACTIVE"}`:         {ID: "1", Disabled: no()},
		`{"id": 1, "state": "inactive"}`:                     {ID: "1", Disabled: yes()},
		`{"id": 1, "status": "Expired"}`:                     {ID: "1", Status: "Expired"},
		`{"id": 1, "status": true}`:                          {ID: "1", Disabled: yes()},
		`{"id": 1, "status": false}`:                         {ID: "1", Disabled: no()},
		`{"id": 1, "status": {"name": "Active"}}`:            {ID: "1"},
		`{"id": 1, "status": 3}`:                             {ID: "1"},
	} {
		for name, list := range map[string]string{"bare": `[` + record + `]`, "wrapped": `{"Access_Tokens": [` + record + `], "total": 1}`} {
			tokens, err := parseList([]byte(list))
			if err != nil || len(tokens) != 1 {
				t.Errorf("%s %s: %v %v", name, record, tokens, err)
				continue
			}
			got := tokens[0]
			if got.ID != want.ID || got.Status != want.Status || !sameBool(got.Disabled, want.Disabled) || !sameText(got.Description, want.Description) ||
				!sameTime(got.Created.At, want.Created.At) || !sameTime(got.Expires.At, want.Expires.At) {
				t.Errorf("%s %s: %+v", name, record, got)
			}
		}
	}
}

func TestParseList_timeNames(t *testing.T) {
	t.Parallel()
	at := instant("2025-01-02T03:04:05Z")
	for _, name := range []string{
		"created", "createdAt", "created_on", "CreatedDate", "created-time", "creationDate", "creation_time", "dateCreated", "createTime", "issuedAt",
	} {
		tokens, err := parseList([]byte(`[{"id": 1, "` + name + `": "2025-01-02T03:04:05Z"}]`))
		if err != nil || !sameTime(tokens[0].Created.At, at) || tokens[0].Expires.At != nil {
			t.Errorf("%s: %+v %v", name, tokens, err)
		}
	}
	for _, name := range []string{
		"expires", "expiresAt", "expires_on", "Expiration", "expiration-date", "expirationTime", "expiry", "expiry_date", "validUntil",
	} {
		tokens, err := parseList([]byte(`[{"id": 1, "` + name + `": 1735787045}]`))
		if err != nil || !sameTime(tokens[0].Expires.At, at) || tokens[0].Created.At != nil {
			t.Errorf("%s: %+v %v", name, tokens, err)
		}
	}
}

func TestParseList_wrappers(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"accessTokens", "access_tokens", "tokens", "items", "data", "results", "content"} {
		if tokens, err := parseList([]byte(`{"` + key + `": [], "other": [1]}`)); err != nil || len(tokens) != 0 {
			t.Errorf("%s: %v %v", key, tokens, err)
		}
	}
	if tokens, err := parseList([]byte(" [ ] \n")); err != nil || tokens == nil || len(tokens) != 0 {
		t.Errorf("empty: %v %v", tokens, err)
	}
}

func TestParseList_broken(t *testing.T) {
	t.Parallel()
	for body, problem := range map[string]string{
		``:                                       `not JSON, or broke off`,
		`[{"id": 1}`:                             `not JSON, or broke off`,
		`<!DOCTYPE html>`:                        `not JSON, or broke off`,
		`null`:                                   `not a list`,
		`"secret"`:                               `not a list`,
		`17`:                                     `not a list`,
		`true`:                                   `not a list`,
		`{}`:                                     `without a recognizable list of tokens; its keys are `,
		`{"error": "secret"}`:                    `its keys are "error"`,
		`{"entries": [{"id": 1}]}`:               `its keys are "entries"`,
		`{"tokens": [], "items": []}`:            `its keys are "items", "tokens"`,
		`{"tokens": {"id": 1}}`:                  `its keys are "tokens"`,
		`{"17": {"id": 17}}`:                     `its keys are "17"`,
		`[1]`:                                    `not an object`,
		`[null]`:                                 `not an object`,
		`["secret"]`:                             `not an object`,
		`[{"id": 1}, {"name": "secret"}]`:        `has no id; its keys are "name"`,
		`[{"id": null, "token": "secret"}]`:      `has no id; its keys are "id", "token"`,
		`[{"id": ""}]`:                           `has no id`,
		`[{"id": "."}]`:                          `has no id`,
		`[{"id": ".."}]`:                         `has no id`,
		`[{"id": {"value": 1}}]`:                 `has no id`,
		`[{"id": true}]`:                         `has no id`,
		`[{"id": 1}, {"id": "1"}]`:               `the id 1 twice`,
		`{"data": [{"id": 1}], "content": [{}]}`: `its keys are "content", "data"`,
	} {
		tokens, err := parseList([]byte(body))
		if err == nil || !strings.Contains(err.Error(), problem) || tokens != nil {
			t.Errorf("%s: %v %v", body, tokens, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error quotes a value: %s", body, err)
		}
	}
}

func TestMoment(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`"2025-01-02T03:04:05Z"`:         "2025-01-02T03:04:05Z",
		`"2025-01-02T03:04:05.678Z"`:     "2025-01-02T03:04:05.678Z",
		`"2025-01-02T05:04:05+02:00"`:    "2025-01-02T03:04:05Z",
		`"2025-01-02T05:04:05.000+0200"`: "2025-01-02T03:04:05Z",
		`"2025-01-02T03:04:05"`:          "2025-01-02T03:04:05Z",
		`"2025-01-02T03:04:05.123456"`:   "2025-01-02T03:04:05.123456Z",
		`"2025-01-02T03:04"`:             "2025-01-02T03:04:00Z",
		`"2025-01-02 03:04:05"`:          "2025-01-02T03:04:05Z",
		`" 2025-01-02 "`:                 "2025-01-02T00:00:00Z",
		`1735787045`:                     "2025-01-02T03:04:05Z",
		`1735787045.5`:                   "2025-01-02T03:04:05.5Z",
		`1735787045000`:                  "2025-01-02T03:04:05Z",
		`"1735787045000"`:                "2025-01-02T03:04:05Z",
		`1.735787045e12`:                 "2025-01-02T03:04:05Z",
		`253402300799`:                   "9999-12-31T23:59:59Z",
		`253402300799000`:                "9999-12-31T23:59:59Z",
		// What is no time, or none that RFC 3339 can write, is kept as text.
		`9223372036854775807`:      "",
		`1e400`:                    "",
		`0`:                        "",
		`-1`:                       "",
		`2025`:                     "",
		`"20250102"`:               "",
		`"Jan 2, 2025 3:04:05 AM"`: "",
		`"never"`:                  "",
		`""`:                       "",
		`null`:                     "",
		`true`:                     "",
		`{"at": 1}`:                "",
	} {
		tokens, err := parseList([]byte(`[{"id": 1, "expires": ` + value + `}]`))
		if err != nil {
			t.Errorf("%s: %s", value, err)
			continue
		}
		got := tokens[0].Expires
		if want == "" && got.At != nil || want != "" && !sameTime(got.At, instant(want)) {
			t.Errorf("%s: %v", value, got.At)
		}
		if strings.HasPrefix(value, `"never`) && got.Text != "never" {
			t.Errorf("%s: the text is lost: %+v", value, got)
		}
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	const unauthorized, forbidden = "session or credentials not accepted", "the user needs the permission AccessToken, and must be an organization admin for service accounts' tokens"
	for _, c := range []struct {
		status int
		body   string
		want   string
	}{
		{400, `{"error": "bad id"}`, "bad id"},
		{400, `{"message": "m", "error": "e"}`, "e"},
		{400, `{"error": {"code": 1}, "message": "m"}`, "m"},
		{400, `{"errorMessage": "m"}`, "m"},
		{400, `{"detail": "d", "error": " "}`, "d"},
		{400, `{"other": "o"}`, ""},
		{400, `no such token`, "no such token"},
		{400, "  \n", ""},
		{400, ``, ""},
		{502, `<html><body>Bad Gateway</body></html>`, ""},
		{500, `{"error": "cut of`, ""},
		{500, `[1, 2]`, ""},
		{401, ``, unauthorized},
		{401, `{"error": "expired"}`, unauthorized + ": expired"},
		{403, `<html></html>`, forbidden},
		{403, `not an admin`, forbidden + ": not an admin"},
	} {
		if code, got := explain(c.status, []byte(c.body)); got != c.want || code != "" {
			t.Errorf("%d %s: %q %q", c.status, c.body, code, got)
		}
	}
}

// TestParseList_wholeLists refuses a wrapped list that is a part only, or comes with an error: what it lacks may be there.
func TestParseList_wholeLists(t *testing.T) {
	t.Parallel()
	for text, whole := range map[string]bool{
		`{"items": [{"id": 1}], "total": 1}`:                              true,
		`{"items": [{"id": 1}], "total": 2}`:                              false,
		`{"items": [], "total_count": 9007199254740993}`:                  false,
		`{"items": [], "total": null, "error": null, "next": ""}`:         true,
		`{"data": [], "error": "timeout"}`:                                false,
		`{"data": [], "errors": []}`:                                      true,
		`{"data": [], "errors": [{"message": "timeout"}]}`:                false,
		`{"content": [{"id": 1}], "hasMore": false}`:                      true,
		`{"content": [{"id": 1}], "has_more": true}`:                      false,
		`{"results": [{"id": 1}], "next": "https://example.com/?page=2"}`: false,
		`{"results": [{"id": 1}], "nextPageToken": "abc"}`:                false,
	} {
		tokens, err := parseList([]byte(text))
		if (err == nil) != whole {
			t.Errorf("%s: %v %v", text, tokens, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "incomplete") || strings.Contains(err.Error(), "timeout")) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestParseList_absentDescriptions takes an absent description for empty only where other records have one.
func TestParseList_absentDescriptions(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]*string{
		`[{"id": 1}, {"id": 2}]`:                      nil,
		`[{"id": 1}, {"id": 2, "description": "x"}]`:  text(""),
		`[{"id": 1}, {"id": 2, "description": null}]`: text(""),
	} {
		tokens, err := parseList([]byte(list))
		if err != nil || !sameText(tokens[0].Description, want) {
			t.Errorf("%s: %+v %v", list, tokens, err)
		}
	}
}
