package api

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/distrust"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

const (
	// marked is a secret in the answers, ownToken the one that the client logs in with.
	marked   = "Marked-Secret-0123456789"
	ownToken = "Own-Access-Token-9876543210"
	// messageLimit is what an error may say: the server's words are cut, and what is said around them is short.
	messageLimit = 1000
	// costMultiple bounds what a list may take in memory. Measured are 60 times its size, and 151 for 9000 objects in one another: with more
	// than 10000 of them the decoder gives up.
	costMultiple = 160
)

// oneAnswer is an organization that lets everybody in and answers everything else with one body.
type oneAnswer struct {
	status int
	media  string
	body   []byte
	login  []byte
}

func (o oneAnswer) RoundTrip(r *http.Request) (*http.Response, error) {
	status, media, body := o.status, o.media, o.body
	if strings.HasSuffix(r.URL.Path, "/login") {
		status, media, body = http.StatusOK, "application/json", o.login
	}
	// A pause that is too long to be taken, for the status that asks for one.
	header := http.Header{"Content-Type": {media}, "Retry-After": {"1000000"}}
	return &http.Response{StatusCode: status, Header: header, Request: r, Body: io.NopCloser(bytes.NewReader(body))}, nil
}

func (o oneAnswer) client() *Client {
	if o.login == nil {
		o.login = []byte(`{"token": "session-value"}`)
	}
	return New(Config{Credential: Credential{AccessToken: rest.NewSecret(ownToken)}, HTTP: rest.Options{
		System: "magpie", Title: "Silectis Magpie", BaseURL: &url.URL{Scheme: "https", Host: "acme.silect.is"}, Transport: o,
		Timeout: time.Minute, Now: time.Now, Redactor: &rest.Redactor{},
	}})
}

// holdsSecret reports whether the marked secret is in a body as the value of the field token, and nowhere else: where it is a key or an
// id, a message may show it.
func holdsSecret(body []byte) bool {
	return bytes.Contains(body, []byte(marked)) && bytes.Count(body, []byte(marked)) == bytes.Count(body, []byte(`"token": "`+marked+`"`))
}

func checkError(t *testing.T, err error, body []byte) {
	t.Helper()
	secrets := []string{ownToken}
	if holdsSecret(body) {
		secrets = append(secrets, marked)
	}
	if problem := distrust.CheckMessage(err.Error(), messageLimit, secrets...); problem != nil {
		t.Errorf("%q: %v", body, problem)
	}
}

// isEmptyAnswer reports whether an answer surely is a list without tokens: a list, or an object with one list under a likely name, that
// counts none and has nothing of an error or of a next page.
func isEmptyAnswer(body []byte) bool {
	value, err := distrust.Parse(body)
	if err != nil {
		return false
	}
	object, isObject := value.(distrust.Object)
	if !isObject {
		return distrust.IsEmptyList(value)
	}
	lists := 0
	for _, member := range object {
		key := strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(member.Key))
		_, isList := member.Value.(distrust.List)
		isNothing := member.Value == nil || member.Value == "" || member.Value == false || distrust.IsEmptyList(member.Value)
		switch {
		case slices.Contains([]string{"accesstokens", "tokens", "items", "data", "results", "content"}, key) && isList:
			if lists++; !isNothing {
				return false
			}
		case strings.HasPrefix(key, "error"), strings.HasPrefix(key, "next"), strings.HasPrefix(key, "hasmore"), strings.HasPrefix(key, "hasnext"):
			if known := []string{"error", "errors", "errormessage", "next", "nextpage", "nextpagetoken", "nextcursor", "hasmore", "hasnext"}; slices.Contains(known, key) && !isNothing {
				return false
			}
		case slices.Contains([]string{"total", "totalcount", "totalitems", "totalelements", "totalresults"}, key):
			if number, isNumber := member.Value.(interface{ String() string }); member.Value != nil && (!isNumber || number.String() != "0") {
				return false
			}
		}
	}
	return lists == 1
}

func FuzzList(f *testing.F) {
	for _, body := range []string{
		`[]`, ` [ ] `, `null`, `{}`, `[null]`, `[1]`, `[`, `[]]`, `[] []`, ``, `<html>`, `[{"id": 1}]`, `[{"id": 1}, {"id": 1}]`, `[{"id": "..", "token": "` + marked + `"}]`,
		`[{"id":17,"created":"2030-01-02T03:04:05Z","description":"ci","disabled":false},{"id":18,"createdAt":1735787045000,"status":"active"}]`,
		`{"tokens": []}`, `{"tokens": [], "data": []}`, `{"data": [], "total": 0}`, `{"data": [], "total": 3}`, `{"data": [], "total": "3"}`, `{"items": [], "next": "x"}`,
		`{"items": [], "has_more": true}`, `{"items": [{"id": 1}], "error": {"token": "` + marked + `"}}`, `{"tokens": [], "tokens": [{"id": 1}]}`, `[{"id": 1, "ID": 2}]`,
		`[{"token_id": 1, "tokenId": 2}]`, `[{"id": 9007199254740993, "expires": 1e400, "enabled": "no"}]`, `[{"id": 1, "token": "` + marked + `"}, 2]`,
	} {
		f.Add([]byte(body), "application/json")
	}
	f.Add([]byte(`[]`), "text/html")
	f.Add([]byte(`[]`), "application/xml")
	f.Fuzz(func(t *testing.T, body []byte, media string) {
		server := oneAnswer{status: http.StatusOK, media: media, body: body}
		tokens, err := server.client().List(t.Context(), "robot")
		if err != nil {
			checkError(t, err, body)
			return
		}
		if strings.Contains(strings.ToLower(media), "html") {
			t.Errorf("%q is read from a page", body)
		}
		if _, err := distrust.Parse(body); err != nil {
			t.Errorf("%q is read as %v, but %v", body, tokens, err)
		}
		if len(tokens) == 0 && !isEmptyAnswer(body) {
			t.Errorf("%q is read as empty", body)
		}
		seen := map[string]bool{}
		for _, token := range tokens {
			if !IsPathName(token.ID) || seen[token.ID] {
				t.Errorf("%q has the id %q", body, token.ID)
			}
			seen[token.ID] = true
		}
		again, err := server.client().List(t.Context(), "robot")
		if err != nil || !reflect.DeepEqual(again, tokens) {
			t.Errorf("%q is read as %v, then as %v, %v", body, tokens, again, err)
		}
	})
}

func FuzzMint(f *testing.F) {
	for _, body := range []string{
		`{"token": "` + marked + `"}`, `{"token": "` + marked + `", "id": 17}`, `{"token": "` + marked + `", "tokenId": 1, "token_id": 2}`, `{"token": "` + marked + `"} x`,
		`{"token": {"token": "` + marked + `"}}`, `["` + marked + `"]`, `{"token": null}`, `{}`, ``, `{"token": "` + marked,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		client := oneAnswer{status: http.StatusOK, media: "application/json", body: body}.client()
		minted, err := client.Rotate(t.Context(), "robot")
		if err != nil {
			checkError(t, err, body)
			if !rest.MayHaveExecuted(err) {
				t.Errorf("%q: nothing was minted for sure: %v", body, err)
			}
			return
		}
		token := minted.Token.Reveal()
		if token == "" || len(token) >= 4 && strings.Contains(client.rest.Redactor().Redact(" "+token+" "), token) {
			t.Errorf("%q: the token %q is not redacted", body, token)
		}
		if value, err := distrust.Parse(body); err == nil {
			if told, isOnly := distrust.Named(value, "token"); isOnly && told != token {
				t.Errorf("%q: the token is %q", body, token)
			}
		}
	})
}

func FuzzLogin(f *testing.F) {
	for _, body := range []string{`{"token": "` + marked + `"}`, `{"token": ""}`, `{"token": 1}`, `{}`, ``, `<html>`, `{"token": "` + marked + `", "token": "x"}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		client := oneAnswer{status: http.StatusOK, media: "application/json", login: append([]byte{}, body...)}.client()
		if err := client.Ready(t.Context()); err != nil {
			checkError(t, err, body)
		}
	})
}

func FuzzError(f *testing.F) {
	for _, body := range []string{
		`{"error": "no"}`, `{"message": {"a": 1}, "detail": "why ` + ownToken + `"}`, `plain text`, `<html>`, ``, `{"message": "\u001b[1m\u202e"}`, `[`, "\x1b[2J" + ownToken,
		`{"error": "` + strings.Repeat("long ", 1000) + `"}`,
	} {
		f.Add(uint8(0), []byte(body))
		f.Add(uint8(29), []byte(body))
		f.Add(uint8(100), []byte(body))
	}
	f.Fuzz(func(t *testing.T, above uint8, body []byte) {
		client := oneAnswer{status: http.StatusBadRequest + int(above), media: "application/json", body: body}.client()
		tokens, err := client.List(t.Context(), Own)
		if err == nil {
			t.Fatalf("%q is read as %v", body, tokens)
		}
		checkError(t, err, body)
	})
}

// TestListMemory: what a list takes in memory is a multiple of its size, whatever it holds.
func TestListMemory(t *testing.T) { //nolint:paralleltest // it measures memory
	for name, body := range distrust.Shapes(1<<18, "tokens") {
		client := oneAnswer{status: http.StatusOK, media: "application/json", body: body}.client()
		cost := distrust.Cost(func() { _, _ = client.List(t.Context(), "robot") })
		t.Logf("%s: %d bytes, %.1f times", name, len(body), float64(cost)/float64(len(body)))
		if cost > distrust.Bound(len(body), costMultiple) {
			t.Errorf("%s: %d bytes take %d", name, len(body), cost)
		}
	}
}
