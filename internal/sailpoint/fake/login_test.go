package fake_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

func TestLogin_answer(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	granted := s.login(s.Bootstrap().ClientID, s.Bootstrap().ClientSecret)
	if granted.status != 200 || granted.header.Get("SLPT-Request-ID") == "" {
		t.Fatalf("%d %v", granted.status, granted.header)
	}
	for key, want := range map[string]any{
		"token_type": "bearer", "expires_in": 43200.0, "scope": "sp:scopes:all",
		"org": "acme", "identity_id": s.Bootstrap().IdentityID,
	} {
		if granted.object()[key] != want {
			t.Errorf("%s is %v", key, granted.object()[key])
		}
	}
	for _, key := range []string{"tenant_id", "jti"} {
		if granted.string(key) == "" {
			t.Errorf("%s is missing", key)
		}
	}
	parts := strings.Split(granted.string("access_token"), ".")
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || len(parts) != 3 || !strings.Contains(string(claims), s.Bootstrap().IdentityID) {
		t.Errorf("claims: %s %v", claims, err)
	}
}

func TestLogin_threeForms(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	id, secret := s.Bootstrap().ClientID, s.Bootstrap().ClientSecret
	query := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}.Encode()
	multipart := ""
	for name, value := range map[string]string{"grant_type": "client_credentials", "client_id": id, "client_secret": secret} {
		multipart += "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	for name, r := range map[string]reply{
		"form":      s.login(id, secret),
		"query":     s.send("POST", "/oauth/token?"+query, "", "", ""),
		"multipart": s.send("POST", "/oauth/token", "", "multipart/form-data; boundary=b", multipart+"--b--\r\n"),
	} {
		if r.status != 200 || r.string("access_token") == "" {
			t.Errorf("%s: %d %s", name, r.status, r.text)
		}
	}
	if n := s.Stage().Journal.Count(fakeapi.Filter{Route: "/oauth/token", Caller: id, Status: 200}); n != 3 {
		t.Errorf("%d logins in the journal", n)
	}
	for _, entry := range s.Stage().Journal.Entries() {
		if strings.Contains(entry.Query, secret) {
			t.Error("the journal holds the secret")
		}
	}
}

func TestLogin_refused(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	id, secret := s.Bootstrap().ClientID, s.Bootstrap().ClientSecret
	expiry := s.Stage().Clock.Now().Add(time.Hour)
	expiring, err := s.AddToken(fake.Token{Name: "expiring", Expiration: &expiry})
	if err != nil {
		t.Fatal(err)
	}
	deleted, err := s.AddToken(fake.Token{Name: "deleted"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteToken(deleted.ID); err != nil {
		t.Fatal(err)
	}
	s.Stage().Clock.Advance(time.Hour)
	for name, r := range map[string]reply{
		"wrong secret": s.login(id, "wrong"),
		"unknown id":   s.login("nobody", secret),
		"expired":      s.login(expiring.ID, expiring.Secret),
		"deleted":      s.login(deleted.ID, deleted.Secret),
	} {
		if r.status != 401 || r.string("error") != "invalid_client" || r.string("error_description") == "" {
			t.Errorf("%s: %d %s", name, r.status, r.text)
		}
	}
	r := s.send("POST", "/oauth/token", "", "application/x-www-form-urlencoded", "grant_type=password")
	refused(t, r, 400, "unsupported_grant_type")
	refused(t, s.send("GET", "/oauth/token", "", "", ""), 405, "error_description")
	for _, entry := range s.Stage().Journal.Select(fakeapi.Filter{Status: 401}) {
		if entry.Caller == "nobody" {
			t.Error("the journal repeats an unknown client ID")
		}
	}
}

func TestLogin_identityAndLifetimeSwitches(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{OmitIdentityID: true, BearerSeconds: 60})
	granted := s.login(s.Bootstrap().ClientID, s.Bootstrap().ClientSecret)
	claims, _ := base64.RawURLEncoding.DecodeString(strings.Split(granted.string("access_token"), ".")[1])
	if strings.Contains(granted.text+string(claims), s.Bootstrap().IdentityID) {
		t.Errorf("the identity shows in %s and %s", granted.text, claims)
	}
	if granted.object()["expires_in"] != 60.0 {
		t.Errorf("expires_in is %v", granted.object()["expires_in"])
	}
	bearer := granted.string("access_token")
	s.Stage().Clock.Advance(58 * time.Second)
	if r := s.list(v1, bearer, "?owner-id=me"); r.status != 200 {
		t.Errorf("before its end: %d", r.status)
	}
	s.Stage().Clock.Advance(2 * time.Second)
	refused(t, s.list(v1, bearer, "?owner-id=me"), 401, `"error":"JWT validation failed: JWT is expired"`)
}

func TestBearer_diesWithItsToken(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	admin := s.bearer()
	made := s.created(v1, admin, `{"name": "a", "accessTokenValiditySeconds": 15, "expirationDate": "`+s.in(time.Hour)+`"}`)
	id, secret := made.string("id"), made.string("secret")

	bearer := s.bearerOf(id, secret)
	s.Stage().Clock.Advance(16 * time.Second)
	refused(t, s.list(v1, bearer, "?owner-id=me"), 401, "JWT is expired")

	if err := s.PatchToken(id, func(t *fake.Token) { t.AccessTokenValiditySeconds = 43200 }); err != nil {
		t.Fatal(err)
	}
	bearer = s.bearerOf(id, secret)
	s.Stage().Clock.Advance(time.Hour)
	refused(t, s.list(v1, bearer, "?owner-id=me"), 401, "JWT validation failed")

	second := s.created(v1, admin, `{"name": "b", "expirationDate": "`+s.in(time.Hour)+`"}`)
	bearer = s.bearerOf(second.string("id"), second.string("secret"))
	if r := s.remove(v1, second.string("id"), bearer); r.status != 204 {
		t.Fatalf("delete with itself: %d %s", r.status, r.text)
	}
	refused(t, s.list(v1, bearer, "?owner-id=me"), 401, "JWT validation failed")
}

func TestBearer_missingOrUnknown(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	refused(t, s.list(v1, "", "?owner-id=me"), 401, `"error":`)
	refused(t, s.list(v1, "made-up", "?owner-id=me"), 401, `"error":`)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+v1, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(s.Bootstrap().ClientID, s.Bootstrap().ClientSecret)
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 401 {
		t.Errorf("basic authentication: %d", response.StatusCode)
	}
}

func TestLastUsed_movesOnceADay(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	token, err := s.AddToken(fake.Token{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	lastUsed := func() *time.Time {
		t.Helper()
		s.bearerOf(token.ID, token.Secret)
		stored, _ := s.Token(token.ID)
		return stored.LastUsed
	}
	first := lastUsed()
	s.Stage().Clock.Advance(23 * time.Hour)
	if same := lastUsed(); !same.Equal(*first) {
		t.Errorf("moved within a day: %s, %s", first, same)
	}
	s.Stage().Clock.Advance(time.Hour)
	if later := lastUsed(); !later.After(*first) {
		t.Errorf("did not move after a day: %s, %s", first, later)
	}
}

func TestUseToken(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	token, err := s.AddToken(fake.Token{Name: "a", Scope: []string{"idn:other:read"}})
	if err != nil {
		t.Fatal(err)
	}
	probe, err := fake.UseToken(t.Context(), s.url, s.Bootstrap().ClientID, s.Bootstrap().ClientSecret)
	if err != nil || probe != (fake.Probe{Login: 200, List: 200}) || !probe.Works() {
		t.Errorf("bootstrap: %+v %v", probe, err)
	}
	probe, err = fake.UseToken(t.Context(), s.url, token.ID, token.Secret)
	if err != nil || probe != (fake.Probe{Login: 200, List: 403}) || !probe.Works() {
		t.Errorf("without the scope: %+v %v", probe, err)
	}
	if err := s.DeleteToken(token.ID); err != nil {
		t.Fatal(err)
	}
	probe, err = fake.UseToken(t.Context(), s.url, token.ID, token.Secret)
	if err != nil || probe != (fake.Probe{Login: 401}) || probe.Works() {
		t.Errorf("revoked: %+v %v", probe, err)
	}
}
