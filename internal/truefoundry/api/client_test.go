package api_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

const key = "tfy_pat_key_0123456789"

// start returns a client of a handler.
func start(t *testing.T, handler http.HandlerFunc) *api.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL + "/gateway")
	if err != nil {
		t.Fatal(err)
	}
	return api.New(api.Config{APIKey: rest.NewSecret(key), HTTP: rest.Options{
		System: "truefoundry", Title: "TrueFoundry", BaseURL: base, Transport: http.DefaultTransport,
		Timeout: 5 * time.Second, Now: time.Now, Redactor: &rest.Redactor{},
	}})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

type object = map[string]any

// exchange is one request as a server sees it.
type exchange struct {
	method, path, query, authorization string
	body                               object
}

// record answers everything with one body and notes what was asked.
func record(status int, body any, into *[]exchange) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen := exchange{method: r.Method, path: r.URL.EscapedPath(), query: r.URL.RawQuery, authorization: r.Header.Get("Authorization")}
		raw, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(raw, &seen.body)
		*into = append(*into, seen)
		answer(w, status, body)
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	at := time.Date(2035, 1, 31, 10, 20, 30, 0, time.FixedZone("", 3600))
	manifest := api.NewManifest("loader")
	for name, c := range map[string]struct {
		call   func(context.Context, *api.Client) error
		method string
		path   string
		query  string
		body   object
	}{
		"list tokens": {
			func(ctx context.Context, c *api.Client) error { _, err := c.ListPersonalAccessTokens(ctx); return err },
			"GET", "personal-access-tokens", "limit=1000&offset=0", nil,
		},
		"search accounts": {
			func(ctx context.Context, c *api.Client) error {
				expired := true
				_, err := c.SearchVirtualAccounts(ctx, api.VirtualAccountFilter{NameContains: "x", OwnedByTeams: []string{"a", "b"}, Expired: &expired})
				return err
			},
			"GET", "virtual-accounts", "isExpired=true&limit=1000&nameSearchQuery=x&offset=0&ownedByTeams=a&ownedByTeams=b", nil,
		},
		"create a token with all fields": {
			func(ctx context.Context, c *api.Client) error {
				_, err := c.CreatePersonalAccessToken(ctx, api.NewPersonalAccessToken{Name: "ci", ExpiresAt: &at, TeamName: "blue", TokenType: "jwt"})
				return err
			},
			"POST", "personal-access-tokens", "",
			object{"name": "ci", "expirationDate": "2035-01-31T09:20", "teamName": "blue", "tokenType": "jwt"},
		},
		"create a token with a name alone": {
			func(ctx context.Context, c *api.Client) error {
				_, err := c.CreatePersonalAccessToken(ctx, api.NewPersonalAccessToken{Name: "ci"})
				return err
			},
			"POST", "personal-access-tokens", "",
			object{"name": "ci"},
		},
		"create a token for another user": {
			func(ctx context.Context, c *api.Client) error {
				_, err := c.CreatePersonalAccessToken(ctx, api.NewPersonalAccessToken{
					Name: "ci", UserEmail: "alice@example.com", ExpiresAt: &at, TeamName: "blue", TokenType: "jwt",
				})
				return err
			},
			"POST", "personal-access-tokens/for-user", "",
			object{"name": "ci", "userEmail": "alice@example.com", "expirationDate": "2035-01-31T09:20", "teamName": "blue"},
		},
		"delete a token": {
			func(ctx context.Context, c *api.Client) error {
				_, err := c.DeletePersonalAccessToken(ctx, "a/b")
				return err
			},
			"DELETE", "personal-access-tokens/a%2Fb", "", nil,
		},
		"revoke all tokens": {
			func(ctx context.Context, c *api.Client) error {
				return c.RevokeAllPersonalAccessTokens(ctx, "alice@example.com")
			},
			"DELETE", "personal-access-tokens/revoke/all", "",
			object{"email": "alice@example.com"},
		},
		"create an account": {
			func(ctx context.Context, c *api.Client) error {
				_, _, err := c.CreateVirtualAccount(ctx, manifest)
				return err
			},
			"PUT", "virtual-accounts", "",
			object{"manifest": object{"name": "loader", "type": "virtual-account"}},
		},
		"regenerate": {
			func(ctx context.Context, c *api.Client) error {
				_, err := c.RegenerateVirtualAccountToken(ctx, "v1", 90*time.Second)
				return err
			},
			"POST", "virtual-accounts/v1/regenerate-token", "",
			object{"gracePeriodInMinutes": 2.0},
		},
		"read a secret": {
			func(ctx context.Context, c *api.Client) error {
				_, err := c.GetVirtualAccountToken(ctx, "v1")
				return err
			},
			"GET", "virtual-accounts/v1/token", "", nil,
		},
		"synchronize": {
			func(ctx context.Context, c *api.Client) error {
				_, err := c.SyncVirtualAccountToken(ctx, "v1", false)
				return err
			},
			"POST", "virtual-accounts/v1/sync-to-secret-store", "", nil,
		},
		"synchronize by force": {
			func(ctx context.Context, c *api.Client) error {
				_, err := c.SyncVirtualAccountToken(ctx, "v1", true)
				return err
			},
			"POST", "virtual-accounts/v1/sync-to-secret-store", "force=true", nil,
		},
		"delete an issued token": {
			func(ctx context.Context, c *api.Client) error {
				_, err := c.DeleteVirtualAccountJWT(ctx, "v1", "j1")
				return err
			},
			"DELETE", "virtual-accounts/v1/jwt/j1", "", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen []exchange
			client := start(t, record(http.StatusOK, object{"data": []any{}, "pagination": object{"total": 0}, "token": "minted-secret", "syncTokenInSecretStoreInfo": object{"updatedAt": "2030-01-01"}}, &seen))
			err := c.call(t.Context(), client)
			if err != nil && name != "create an account" {
				t.Fatal(err)
			}
			if len(seen) != 1 {
				t.Fatalf("%d requests", len(seen))
			}
			got := seen[0]
			if got.method != c.method || got.path != "/gateway/api/svc/v1/"+c.path || got.query != c.query || got.authorization != "Bearer "+key {
				t.Errorf("sent %+v", got)
			}
			if fmt.Sprint(got.body) != fmt.Sprint(c.body) {
				t.Errorf("body %v instead of %v", got.body, c.body)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status        int
		body          any
		code, message string
		kind          rest.Kind
		refusal       bool
	}{
		"a string as code": {400, object{"statusCode": 400, "message": "no", "code": "BAD"}, "BAD", "no", rest.Refused, true},
		"a number as code": {422, object{"message": "no", "code": 17, "details": []any{object{"path": "a.b", "message": "is wrong"}, object{"x": 1}}}, "17", "no (a.b is wrong)", rest.Refused, true},
		"several messages": {404, object{"message": []string{"one", "two"}}, "", "one; two", rest.Refused, true},
		"a taken name":     {409, object{"message": "taken"}, "", "taken", rest.Refused, false},
		"a dead key":       {401, object{"message": "Invalid or expired token"}, "", "Invalid or expired token", rest.LoginRefused, false},
		"a failure":        {500, "oops", "", "Internal Server Error", rest.Faulty, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen []exchange
			_, err := start(t, record(c.status, c.body, &seen)).GetVirtualAccountToken(t.Context(), "v1")
			var e *rest.Error
			if !errors.As(err, &e) || e.Code != c.code || e.Message != c.message || e.Kind != c.kind || api.IsRefusal(err) != c.refusal {
				t.Errorf("%#v", e)
			}
		})
	}
}

// TestKey_handedOutOnce meets a key that dies in the middle of a run: it is not sent again and again.
func TestKey_handedOutOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	requests := 0
	client := start(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if requests++; requests == 1 {
			answer(w, http.StatusOK, object{"token": "minted-secret"})
			return
		}
		answer(w, http.StatusUnauthorized, object{"message": "Invalid or expired token"})
	})
	for range 4 {
		_, err := client.GetVirtualAccountToken(t.Context(), "v1")
		var e *rest.Error
		if errors.As(err, &e) && (e.Kind != rest.LoginRefused || strings.Contains(err.Error(), key)) {
			t.Errorf("%#v", e)
		}
	}
	if requests != 2 {
		t.Errorf("%d requests", requests)
	}
}

func TestCreateVirtualAccount_keepsTheTokenOfAnUnreadableRow(t *testing.T) {
	t.Parallel()
	var seen []exchange
	client := start(t, record(http.StatusOK, object{"data": object{"id": 7}, "token": "minted-secret"}, &seen))
	account, token, err := client.CreateVirtualAccount(t.Context(), api.NewManifest("loader"))
	if err != nil || account != nil || token.Reveal() != "minted-secret" {
		t.Errorf("%v %v", account, err)
	}
}

func TestHoldsOwnKey(t *testing.T) {
	t.Parallel()
	const claims = "e30.eyJqdGkiOiJqMSIsInN1YiI6InYxIn0.x" // {"jti":"j1","sub":"v1"}
	for name, c := range map[string]struct {
		key    string
		holder api.Holder
		want   bool
	}{
		"the token":                     {key, api.Holder{Token: key}, true},
		"another token":                 {key, api.Holder{Token: "tfy_pat_other_1"}, false},
		"nothing known":                 {key, api.Holder{Kind: "pat"}, false},
		"an opaque key's name":          {key, api.Holder{Kind: "pat", Name: "key"}, true},
		"the beginning of its name":     {key, api.Holder{Kind: "pat", Name: "ke"}, false},
		"the name of another kind":      {key, api.Holder{Kind: "va", Name: "key"}, false},
		"a signed key's id":             {claims, api.Holder{JWTID: "j1"}, true},
		"a signed key's subject":        {claims, api.Holder{ID: "v1"}, true},
		"others than a signed key's":    {claims, api.Holder{ID: "v2", JWTID: "j2"}, false},
		"a key of three parts, no JSON": {"a.b.c", api.Holder{ID: "v2", JWTID: "j2"}, false},
	} {
		client := api.New(api.Config{APIKey: rest.NewSecret(c.key), HTTP: rest.Options{Redactor: &rest.Redactor{}, BaseURL: &url.URL{}}})
		if got := client.HoldsOwnKey(c.holder); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestCredentialExpiry: a signed key tells when it expires, in whatever way a number can be written.
func TestCredentialExpiry(t *testing.T) {
	t.Parallel()
	sign := func(claims string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".x"
	}
	for key, want := range map[string]string{
		sign(`{"exp": 1790000000}`):                     "2026-09-21T14:13:20Z",
		sign(`{"exp": 1.79e9}`):                         "2026-09-21T14:13:20Z",
		sign(`{"exp": 1790000000.7, "jti": 7}`):         "2026-09-21T14:13:20Z",
		sign(`{"exp": "1790000000"}`):                   "2026-09-21T14:13:20Z",
		sign(`{"exp": null}`):                           "",
		sign(`{"exp": 0}`):                              "",
		sign(`{"exp": -1}`):                             "",
		sign(`{"exp": 1e300}`):                          "",
		sign(`{"exp": "soon"}`):                         "",
		sign(`{"exp": {}}`):                             "",
		sign(`{}`):                                      "",
		sign(`[]`):                                      "",
		"tfy_pat_ci_0123456789":                         "",
		"a.b.c":                                         "",
		"e30.eyJleHAiOiAxNzkwMDAwMDAwfQ.signature.more": "",
	} {
		client := api.New(api.Config{APIKey: rest.NewSecret(key), HTTP: rest.Options{Redactor: &rest.Redactor{}, BaseURL: &url.URL{}}})
		got := ""
		name, at := client.CredentialExpiry()
		if at != nil {
			got = at.UTC().Format(time.RFC3339)
		}
		if got != want || name != "" {
			t.Errorf("%s: %q, %q instead of %q", key, name, got, want)
		}
	}
}

// TestSyncProblemIsFitToBeShown: the problem of a synchronization is text of the server in a success.
func TestSyncProblemIsFitToBeShown(t *testing.T) {
	t.Parallel()
	var seen []exchange
	client := start(t, record(http.StatusOK, object{"syncTokenInSecretStoreInfo": object{"error": "\x1b[31mno access with " + key + "\nat all"}}, &seen))
	outcome, err := client.SyncVirtualAccountToken(t.Context(), "v1", false)
	if want := `\x1b[31mno access with (sensitive value) at all`; err != nil || outcome.Problem != want {
		t.Errorf("got %q, %v, want %q", outcome.Problem, err, want)
	}
}

// TestKey_refusedForOneThing has a control plane answer 401 to the creation of a token alone: that is no word about the key, which
// goes on to work.
func TestKey_refusedForOneThing(t *testing.T) {
	t.Parallel()
	c := start(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			answer(w, http.StatusUnauthorized, object{"message": "not with this kind of token"})
			return
		}
		answer(w, http.StatusOK, object{"data": []any{}, "pagination": object{"total": 0}})
	})
	if _, err := c.ListPersonalAccessTokens(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := c.CreatePersonalAccessToken(t.Context(), api.NewPersonalAccessToken{Name: "ci"})
		var e *rest.Error
		if !errors.As(err, &e) || e.Kind != rest.Refused || e.Message != "not with this kind of token" || rest.MayHaveExecuted(err) {
			t.Errorf("%v", err)
		}
		if _, err := c.RefreshPersonalAccessTokens(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
