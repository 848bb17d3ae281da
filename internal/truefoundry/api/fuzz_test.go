package api_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/distrust"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

const (
	// marked is a secret in the answers.
	marked = "Marked-Secret-0123456789"
	// messageLimit is what an error may say: the control plane's words are cut, and what is said around them is short.
	messageLimit = 1000
)

// oneAnswer is a control plane that gives one answer to everything, and counts how often if it is told where.
type oneAnswer struct {
	status   int
	media    string
	body     []byte
	answered *int
}

func (o oneAnswer) RoundTrip(r *http.Request) (*http.Response, error) {
	if o.answered != nil {
		*o.answered++
	}
	// A pause that is too long to be taken, for the status that asks for one.
	header := http.Header{"Content-Type": {o.media}, "Retry-After": {"1000000"}}
	return &http.Response{StatusCode: o.status, Header: header, Request: r, Body: io.NopCloser(bytes.NewReader(o.body))}, nil
}

func (o oneAnswer) client() (*api.Client, *rest.Redactor) { return o.clientWith(key) }

func (o oneAnswer) clientWith(key string) (*api.Client, *rest.Redactor) {
	redactor := &rest.Redactor{}
	return api.New(api.Config{APIKey: rest.NewSecret(key), HTTP: rest.Options{
		System: "truefoundry", Title: "TrueFoundry", BaseURL: &url.URL{Scheme: "https", Host: "acme.truefoundry.cloud"}, Transport: o,
		Timeout: time.Minute, Now: time.Now, Redactor: redactor,
	}}), redactor
}

func whole(body []byte) oneAnswer {
	return oneAnswer{status: http.StatusOK, media: "application/json", body: body}
}

// checkError holds an error to what it may say. The marked secret must not be in it where it is the value of the field token in the
// answer, and nowhere else.
func checkError(t *testing.T, err error, body []byte) {
	t.Helper()
	secrets := []string{key}
	if bytes.Count(body, []byte(marked)) == bytes.Count(body, []byte(`"token": "`+marked+`"`)) {
		secrets = append(secrets, marked)
	}
	if problem := distrust.CheckMessage(err.Error(), messageLimit, secrets...); problem != nil {
		t.Errorf("%q: %v", body, problem)
	}
}

// isEmptyPage reports whether an answer surely is a list without rows: an empty list under data and, where it is told, a count of none.
func isEmptyPage(body []byte) bool {
	value, err := distrust.Parse(body)
	data, isOne := distrust.Named(value, "data")
	pagination, _ := distrust.Named(value, "pagination")
	total, isTold := distrust.Named(pagination, "total")
	number, _ := total.(interface{ String() string })
	return err == nil && isOne && distrust.IsEmptyList(data) && (!isTold || total == nil || number != nil && number.String() == "0")
}

func FuzzList(f *testing.F) {
	for _, body := range []string{
		`{"data": [], "pagination": {"total": 0}}`, `{"data": []}`, `{"data": [], "pagination": null}`, `{"data": [], "pagination": {"total": 3}}`, `{"data": [], "pagination": {"total": -1}}`,
		`{"data": null}`, `{}`, `[]`, `null`, `{"data": [], "Data": [{"id": "1", "name": "n"}]}`, `{"data": [null]}`, `{"data": [{"id": "1"}]}`, `{"data": [{"id": "1", "name": "n"}], "pagination": {"total": -1}}`,
		`{"data":[{"id":"cm1","name":"ci","type":"personal-access-token","jwtId":"j1","jwts":[{"id":"j1","tokenType":"opaque","createdAt":"2030-01-31T00:00:00.000Z","expiry":"2030-03-01T00:00:00Z"}],` +
			`"manifest":{"name":"ci","type":"personal-access-token","user_fqn":"user:alice@example.com","expiration_date":"2030-03-01"},"createdBySubject":{"subjectType":"user","subjectId":"u1","subjectSlug":"alice@example.com"},` +
			`"createdAt":"2030-01-31T00:00:00.000Z","lastAccessedAt":null,"isExpired":false,"nextScheduledRotation":null}],"pagination":{"total":1,"offset":0,"limit":1000}}`,
		`{"data":[{"id":"cm2","manifest":{"name":"loader","type":"virtual-account","ownedBy":{"team":"blue"},"permissions":[]},"jwtId":null}],"pagination":{"total":1}}`,
		`{"data": [{"id": "1", "name": "n", "token": "` + marked + `", "jwts": 1}]}`, `{"data": [{"id": "1", "name": "n", "manifest": {"name": {}}, "jwtId": {}}, {"id": "1", "name": "n"}]}`,
		`{"data": [`, `<html>`, ``,
	} {
		f.Add([]byte(body), "application/json")
	}
	f.Add([]byte(`{"data": []}`), "text/html")
	f.Fuzz(func(t *testing.T, body []byte, media string) {
		server := oneAnswer{status: http.StatusOK, media: media, body: body}
		client, _ := server.client()
		rows, err := client.ListVirtualAccounts(t.Context())
		if err != nil {
			checkError(t, err, body)
			return
		}
		if _, err := distrust.Parse(body); err != nil || strings.Contains(strings.ToLower(media), "html") {
			t.Errorf("%q as %q is read as %v: %v", body, media, rows, err)
		}
		if len(rows) == 0 && !isEmptyPage(body) {
			t.Errorf("%q is read as empty", body)
		}
		for _, row := range rows {
			if row.ID == "" || row.Name == "" {
				t.Errorf("%q has a row without an id or a name", body)
			}
			// What is asked of every row.
			row.ActiveJWT()
			row.HasNoToken()
			row.HasExpired(time.Unix(0, 0))
			row.Team()
		}
		another, _ := server.client()
		if again, err := another.ListVirtualAccounts(t.Context()); err != nil || !reflect.DeepEqual(again, rows) {
			t.Errorf("%q is read as %v, then as %v, %v", body, rows, again, err)
		}
	})
}

// FuzzMint holds the answers that have a secret in them: a new personal access token, a new virtual account, and its token again.
func FuzzMint(f *testing.F) {
	for _, body := range []string{
		`{"token": "` + marked + `"}`, `{"data": {"id": "1", "name": "n", "manifest": {"name": "n"}}, "token": "` + marked + `"}`, `{"data": {"id": 1}, "token": "` + marked + `"}`,
		`{"data": {"id": "1"}}`, `{"data": null, "token": null}`, `{"token": 1}`, `{}`, `[]`, ``, `{"token": "` + marked + `"} x`, `{"token": "` + marked, `{"token": {"token": "` + marked + `"}}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, mint := range []func(*api.Client) (rest.Secret, error){
			func(c *api.Client) (rest.Secret, error) {
				return c.CreatePersonalAccessToken(t.Context(), api.NewPersonalAccessToken{Name: "n"})
			},
			func(c *api.Client) (rest.Secret, error) {
				account, secret, err := c.CreateVirtualAccount(t.Context(), api.NewManifest("n"))
				if err == nil && account == nil && secret.IsEmpty() {
					t.Errorf("%q: neither an account nor a token, and no error", body)
				}
				return secret, err
			},
			func(c *api.Client) (rest.Secret, error) { return c.GetVirtualAccountToken(t.Context(), "1") },
		} {
			client, redactor := whole(body).client()
			secret, err := mint(client)
			if err != nil {
				checkError(t, err, body)
				continue
			}
			token := secret.Reveal()
			if len(token) >= 4 && strings.Contains(redactor.Redact(" "+token+" "), token) {
				t.Errorf("%q: the token %q is not redacted", body, token)
			}
			if value, err := distrust.Parse(body); err == nil {
				if told, isOnly := distrust.Named(value, "token"); isOnly && told != nil && told != token {
					t.Errorf("%q: the token is %q", body, token)
				}
			}
		}
	})
}

// FuzzAccount holds the other answers: one account, whether one exists, and what became of a synchronization.
func FuzzAccount(f *testing.F) {
	for _, body := range []string{
		`{"data": {"id": "1", "name": "n", "jwtId": "j", "jwts": [{"id": "j"}]}}`, `{"data": null}`, `{}`, `{"exists": true}`, `{"exists": null}`, `{"exists": 1}`, `{"exists": true, "Exists": false}`,
		`{"syncTokenInSecretStoreInfo": {"updatedAt": "2030-01-31T00:00:00Z", "error": "no \u001b[1m"}}`, `{"syncTokenInSecretStoreInfo": null}`, `null`, `[`, ``,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		client, _ := whole(body).client()
		value, doubt := distrust.Parse(body)
		if account, err := client.GetVirtualAccount(t.Context(), "1"); err != nil {
			checkError(t, err, body)
		} else if account == nil || account.ID == "" || account.Name == "" || doubt != nil {
			t.Errorf("%q is read as the account %v: %v", body, account, doubt)
		}
		client, _ = whole(body).client()
		if exists, err := client.VirtualAccountExists(t.Context(), "n"); err != nil {
			checkError(t, err, body)
		} else if told, isOnly := distrust.Named(value, "exists"); doubt != nil || !isOnly || told != exists {
			t.Errorf("%q: exists is %t", body, exists)
		}
		if outcome, err := client.SyncVirtualAccountToken(t.Context(), "1", false); err != nil {
			checkError(t, err, body)
		} else if problem := distrust.CheckMessage(outcome.Problem, messageLimit, key); problem != nil {
			t.Errorf("%q: %v", body, problem)
		}
	})
}

func FuzzError(f *testing.F) {
	for _, body := range []string{
		`{"message": "no", "code": 17, "details": [{"path": ["a", "b"], "message": "must be ` + key + `"}]}`, `{"message": ["a", "b"], "code": "x"}`, `{"message": {}, "details": [1, {"message": "m", "path": 1}]}`,
		`{"message": "\u001b[1m\u202e"}`, `<html>`, ``, `[`, `{"message": "` + strings.Repeat("long ", 1000) + `"}`, `{"code": 1e308}`, `{"message": "grace period must be at most 7 days"}`,
	} {
		f.Add(uint8(0), []byte(body))
		f.Add(uint8(29), []byte(body))
		f.Add(uint8(100), []byte(body))
	}
	f.Fuzz(func(t *testing.T, above uint8, body []byte) {
		server := oneAnswer{status: http.StatusBadRequest + int(above), media: "application/json", body: body}
		client, _ := server.client()
		if rows, err := client.ListVirtualAccounts(t.Context()); err == nil {
			t.Errorf("%q is read as %v", body, rows)
		} else {
			checkError(t, err, body)
		}
		if _, err := client.CreatePersonalAccessToken(t.Context(), api.NewPersonalAccessToken{Name: "n"}); err == nil {
			t.Errorf("%q is read as a token", body)
		} else {
			checkError(t, err, body)
		}
	})
}

// FuzzKey holds what a signed API key tells about itself.
func FuzzKey(f *testing.F) {
	for _, claims := range []string{`{"jti": "j", "sub": "s", "exp": 1893456000}`, `{"exp": 1e400}`, `{"exp": "1893456000"}`, `{"exp": -1}`, `{"exp": 253402300800}`, `{"jti": 1, "sub": "s"}`, `[`, ``} {
		f.Add("header." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".signature")
	}
	f.Add("..")
	f.Add("tfy_pat_name_0123")
	f.Fuzz(func(t *testing.T, key string) {
		client, _ := whole(nil).clientWith(key)
		if _, at := client.CredentialExpiry(); at != nil && (at.Unix() < 0 || at.UTC().Year() > 9999) {
			t.Errorf("%q expires at %s", key, at)
		}
		if client.HoldsOwnKey(api.Holder{}) || key != "" && !client.HoldsOwnKey(api.Holder{Token: key}) {
			t.Errorf("%q is held by nobody, or not by its holder", key)
		}
		client.KeyKind(nil)
	})
}

// FuzzParseEnd: an end that is read can be written and read again.
func FuzzParseEnd(f *testing.F) {
	for _, text := range []string{"2030-01-31", "2030-01-31T10:20:30.123Z", "2030-01-31T10:20+01:00", "2030-01-31T10:20", "2030-01-31 10:20:30", "0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "", "x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		end, ok := api.ParseEnd(text)
		if !ok {
			return
		}
		form := time.RFC3339Nano
		if end.Day {
			form = time.DateOnly
		}
		if year := end.At.Year(); year < 0 || year > 9999 {
			return
		}
		if again, ok := api.ParseEnd(end.At.Format(form)); !ok || !again.At.Equal(end.At) || again.Day != end.Day {
			t.Errorf("%q is %v, then %v", text, end, again)
		}
	})
}

// TestListMemory: what a list takes in memory is a multiple of the size of its pages, whatever they hold. Where rows move, it is begun again,
// and its pages come several times.
func TestListMemory(t *testing.T) { //nolint:paralleltest // it measures memory
	for name, body := range distrust.Shapes(1<<18, "data") {
		pages := 0
		server := whole(body)
		server.answered = &pages
		client, _ := server.client()
		cost := distrust.Cost(func() { _, _ = client.ListVirtualAccounts(t.Context()) })
		size := pages * len(body)
		t.Logf("%s: %d bytes, %.1f times", name, size, float64(cost)/float64(size))
		// Measured are 140 times its size.
		if cost > distrust.Bound(size, 160) {
			t.Errorf("%s: %d bytes take %d", name, size, cost)
		}
	}
}
