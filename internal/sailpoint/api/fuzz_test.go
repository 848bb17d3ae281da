package api_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/distrust"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
)

const (
	// marked is a secret in the answers, ownSecret the one that the client logs in with.
	marked    = "Marked-Secret-0123456789"
	ownSecret = "Own-Client-Secret-9876543210"
	// messageLimit is what an error may say: the tenant's words are cut, and what is said around them is short.
	messageLimit = 1000
)

// oneAnswer is a tenant that lets everybody in and answers everything else with one body.
type oneAnswer struct {
	status int
	media  string
	body   []byte
	login  []byte
}

func (o oneAnswer) RoundTrip(r *http.Request) (*http.Response, error) {
	status, media, body := o.status, o.media, o.body
	if strings.HasSuffix(r.URL.Path, "/oauth/token") {
		status, media, body = http.StatusOK, "application/json", o.login
	}
	// A pause that is too long to be taken, for the status that asks for one.
	header := http.Header{"Content-Type": {media}, "Retry-After": {"1000000"}}
	return &http.Response{StatusCode: status, Header: header, Request: r, Body: io.NopCloser(bytes.NewReader(body))}, nil
}

func (o oneAnswer) client(version api.Version) (*api.Client, *rest.Redactor) {
	if o.login == nil {
		o.login = []byte(`{"access_token": "a-bearer-0123456789", "token_type": "bearer", "expires_in": 749}`)
	}
	redactor := &rest.Redactor{}
	return api.New(api.Config{ClientID: "own-id", ClientSecret: rest.NewSecret(ownSecret), Version: version, HTTP: rest.Options{
		System: "sailpoint", Title: "SailPoint", BaseURL: &url.URL{Scheme: "https", Host: "acme.api.identitynow.com"}, Transport: o,
		Timeout: time.Minute, Now: time.Now, Redactor: redactor,
	}}), redactor
}

func whole(body []byte) oneAnswer {
	return oneAnswer{status: http.StatusOK, media: "application/json", body: body}
}

// checkError holds an error to what it may say. The marked secret must not be in it where it is the value of a field that holds secrets,
// and nowhere else in the answer.
func checkError(t *testing.T, err error, body []byte) {
	t.Helper()
	secrets := []string{ownSecret}
	if bytes.Count(body, []byte(marked)) == bytes.Count(body, []byte(`"secret": "`+marked+`"`))+bytes.Count(body, []byte(`"access_token": "`+marked+`"`)) {
		secrets = append(secrets, marked)
	}
	if problem := distrust.CheckMessage(err.Error(), messageLimit, secrets...); problem != nil {
		t.Errorf("%q: %v", body, problem)
	}
}

const rowSeed = `{"id":"86f1dc6fe8f54414950454cbb11278fa","name":"ci","scope":["a:b","c:d"],"owner":{"type":"IDENTITY","id":"2c91","name":"Ada"},"created":"2030-01-31T22:40:20.123Z",` +
	`"lastUsed":"2030-02-01T00:00:00.000Z","managed":false,"accessTokenValiditySeconds":43200,"expirationDate":"2030-07-01T00:00:00Z"}`

// FuzzList holds lists in both contracts.
func FuzzList(f *testing.F) {
	for _, body := range []string{
		`[]`, ` [ ] `, `null`, `{}`, `[null]`, `[` + rowSeed + `]`, `[` + rowSeed + `,` + rowSeed + `]`, `[{"id": "1"}]`, `[{"id": 1}]`, `[{"id": "1", "expirationDate": "soon"}]`,
		`[{"id": "1", "scope": null, "lastUsed": null, "expirationDate": ""}]`, `[{"id": "1", "secret": "` + marked + `", "created": 1}]`, `[{"id": "1", "ID": "2"}]`,
		`[] []`, `[]]`, `[`, ``, `<html>`, `[{"id": "1", "secret": {"secret": "` + marked + `"}}]`, `[{"id": "1", "accessTokenValiditySeconds": 1e30}]`,
	} {
		f.Add([]byte(body), "application/json", true)
	}
	f.Add([]byte(`[]`), "text/html", false)
	f.Add([]byte(`[`+rowSeed+`]`), "", false)
	f.Fuzz(func(t *testing.T, body []byte, media string, isNew bool) {
		version := api.V3
		if isNew {
			version = api.V1
		}
		server := oneAnswer{status: http.StatusOK, media: media, body: body}
		client, _ := server.client(version)
		tokens, err := client.List(t.Context(), api.Me)
		if err != nil {
			checkError(t, err, body)
			return
		}
		value, err := distrust.Parse(body)
		if err != nil || strings.Contains(strings.ToLower(media), "html") {
			t.Errorf("%q as %q is read as %v: %v", body, media, tokens, err)
		}
		if list, _ := value.(distrust.List); list == nil || len(list) != len(tokens) {
			t.Errorf("%q is read as %d tokens", body, len(tokens))
		}
		for _, token := range tokens {
			if token.ID == "" || !token.Secret.IsEmpty() {
				t.Errorf("%q has a token without an id, or with a secret", body)
			}
		}
		another, _ := server.client(version)
		if again, err := another.List(t.Context(), api.Me); err != nil || !reflect.DeepEqual(again, tokens) {
			t.Errorf("%q is read as %v, then as %v, %v", body, tokens, again, err)
		}
	})
}

// FuzzCreate: the secret of an answer is never lost for another field beside it, and never shown.
func FuzzCreate(f *testing.F) {
	for _, body := range []string{
		`{"id": "1", "name": "n", "secret": "` + marked + `", "created": "2030-01-31T22:40:20Z"}`, `{"id": "1", "secret": "` + marked + `", "scope": 1, "created": {}, "expirationDate": "soon"}`,
		`{"id": 1, "secret": "` + marked + `"}`, `{"secret": "` + marked + `"}`, `{"id": "1", "secret": null}`, `{"id": "1", "secret": ["` + marked + `"]}`, `{}`, `[]`, ``, `{"id": "1", "secret": "` + marked + `"} x`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		client, redactor := whole(body).client(api.V1)
		value, _ := distrust.Parse(body)
		id, hasID := distrust.Named(value, "id")
		secret, hasSecret := distrust.Named(value, "secret")
		token, err := client.Create(t.Context(), api.NewPersonalAccessToken{Name: "n", NeverExpires: new(true)})
		if err != nil {
			checkError(t, err, body)
			if text, isText := id.(string); hasID && isText && text != "" && secret == marked {
				t.Errorf("%q: the secret is lost: %v", body, err)
			}
			return
		}
		plain := token.Secret.Reveal()
		if hasID && id != token.ID || hasSecret && secret != plain || plain == "" || token.ID == "" {
			t.Errorf("%q is read as the token %q with %q", body, token.ID, plain)
		}
		if len(plain) >= 4 && strings.Contains(redactor.Redact(" "+plain+" "), plain) {
			t.Errorf("%q: the secret %q is not redacted", body, plain)
		}
	})
}

// FuzzChange holds the answers to a patch and to a bulk update.
func FuzzChange(f *testing.F) {
	for _, body := range []string{
		rowSeed, `[` + rowSeed + `]`, `{"id": "1", "name": "n"}`, `[{"id": "1"}, {"id": "2"}]`, `{"id": "1", "created": "x", "secret": "` + marked + `"}`, `[{"id": "1", "secret": "` + marked + `"}, 1]`, `{}`, `[]`, `null`, ``, `[{"id": "1"}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		client, _ := whole(body).client(api.V1)
		value, _ := distrust.Parse(body)
		name := "n"
		token, err := client.Patch(t.Context(), "1", api.Changes{Name: &name})
		if err != nil {
			checkError(t, err, body)
		} else if id, isOnly := distrust.Named(value, "id"); isOnly && id != "1" || token.ID != "1" || !token.Secret.IsEmpty() {
			t.Errorf("%q is read as %q", body, token.ID)
		}
		updated, err := client.BulkUpdateExpiry(t.Context(), []string{"1", "2"}, api.Expiry{})
		if err != nil {
			checkError(t, err, body)
		}
		for _, token := range updated {
			if token.ID != "1" && token.ID != "2" || token.ExpirationDate != nil {
				t.Errorf("%q confirms %v", body, token)
			}
		}
		if (err == nil) != (len(updated) == 2) {
			t.Errorf("%q confirms %d tokens: %v", body, len(updated), err)
		}
	})
}

func FuzzLogin(f *testing.F) {
	for _, body := range []string{
		`{"access_token": "` + marked + `", "token_type": "bearer", "expires_in": 749, "identity_id": "2c91"}`, `{"access_token": "` + marked + `", "expires_in": "1e400"}`,
		`{"access_token": "` + marked + `", "expires_in": -1}`, `{"access_token": "` + marked + `", "expires_in": 1e300, "identity_id": 1}`, `{"access_token": {"access_token": "` + marked + `"}}`, `{"error": "invalid_client"}`, `access_token=x`, `{}`, ``,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		client, _ := oneAnswer{status: http.StatusOK, media: "application/json", body: []byte(`[]`), login: append([]byte{}, body...)}.client(api.V1)
		if err := client.Ready(t.Context()); err != nil {
			checkError(t, err, body)
		} else if tokens, err := client.List(t.Context(), api.Me); err != nil || len(tokens) != 0 {
			t.Errorf("%q: after the login: %v, %v", body, tokens, err)
		}
	})
}

func FuzzError(f *testing.F) {
	for _, body := range []string{
		`{"detailCode":"400.1 Bad request","trackingId":"e7eab60924f64aa284175b9fa3309599","messages":[{"locale":"en-US","text":"no ` + ownSecret + `"}],"causes":[{"text":"why"}]}`, `{"error": "x", "error_description": "y"}`,
		`{"error": {"a": 1}}`, `{"message": " \u001b[1m "}`, `{"messages": [{"text": 1}]}`, `{"messages": {"text": "x"}}`, `<html>`, ``, `[`, `{"message": "` + strings.Repeat("long ", 1000) + `"}`,
	} {
		f.Add(uint8(0), []byte(body))
		f.Add(uint8(29), []byte(body))
		f.Add(uint8(100), []byte(body))
	}
	f.Fuzz(func(t *testing.T, above uint8, body []byte) {
		client, _ := oneAnswer{status: http.StatusBadRequest + int(above), media: "application/json", body: body}.client(api.V1)
		tokens, err := client.List(t.Context(), api.Me)
		if err == nil {
			t.Fatalf("%q is read as %v", body, tokens)
		}
		checkError(t, err, body)
	})
}

// TestListMemory: what a list takes in memory is a multiple of its size, whatever it holds.
func TestListMemory(t *testing.T) { //nolint:paralleltest // it measures memory
	for name, body := range distrust.Shapes(1<<18, "data") {
		client, _ := whole(body).client(api.V1)
		cost := distrust.Cost(func() { _, _ = client.List(t.Context(), api.Me) })
		t.Logf("%s: %d bytes, %.1f times", name, len(body), float64(cost)/float64(len(body)))
		if cost > distrust.Bound(len(body), 160) {
			t.Errorf("%s: %d bytes take %d", name, len(body), cost)
		}
	}
}
