package api_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

func (s tenant) logins() int { return s.count(fakeapi.Filter{Path: "/oauth/token"}) }

// onItsClock lets the client's clock follow the tenant's.
func (s tenant) onItsClock(c *api.Config) { c.HTTP.Now = s.Stage().Clock.Now }

func TestLogin(t *testing.T) {
	t.Parallel()
	for _, omitted := range []bool{false, true} {
		s := start(t, fake.Switches{OmitIdentityID: omitted})
		c := s.client(t, api.V1)
		if c.Identity() != "" || len(s.Stage().Journal.Entries()) != 0 {
			t.Error("a client asks before it is used")
		}
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if err := c.Ready(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		want := s.Bootstrap().IdentityID
		if omitted {
			want = ""
		}
		if c.Identity() != want || c.ClientID() != s.Bootstrap().ClientID || s.logins() != 1 {
			t.Errorf("identity %q, %d logins", c.Identity(), s.logins())
		}
		// Credentials in the query would be in the log of every proxy.
		if entry := s.Stage().Journal.Entries()[0]; entry.Query != "" {
			t.Errorf("the login has the query %s", entry.Query)
		}
	}
}

// TestLoginWithPrefix: a gateway's path stands in front of everything.
func TestLoginWithPrefix(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	var paths []string
	c := s.client(t, api.Beta, func(c *api.Config) {
		c.HTTP.BaseURL = c.HTTP.BaseURL.JoinPath("gateway", "isc")
		via := c.HTTP.Transport
		c.HTTP.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			paths = append(paths, r.URL.Path)
			r = r.Clone(r.Context())
			r.URL.Path = strings.TrimPrefix(r.URL.Path, "/gateway/isc")
			return via.RoundTrip(r)
		})
	})
	list(t, c, api.Me)
	if !slices.Equal(paths, []string{"/gateway/isc/oauth/token", "/gateway/isc/beta/personal-access-tokens"}) {
		t.Errorf("asked for %v", paths)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestRefusedLogin(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	c := s.client(t, api.V1, func(c *api.Config) { c.ClientSecret = rest.NewSecret("not-the-secret") })
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			_, err := c.Create(t.Context(), endless("a"))
			e := failure(t, err)
			if e.Kind != rest.LoginRefused || e.Status != 401 || e.Executed || e.Route != "/oauth/token" || e.Code != "invalid_client" ||
				e.Message != "Bad client credentials" || e.RequestID == "" {
				t.Errorf("got %+v", e)
			}
		})
	}
	all.Wait()
	if s.logins() != 1 || s.apiCalls() != 0 {
		t.Errorf("%d logins, %d calls", s.logins(), s.apiCalls())
	}
}

// TestStrangeLogin: an answer that is no login's is refused without quoting it.
func TestStrangeLogin(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"HTML": "<html>" + secret + "</html>", "no token": `{"note": "` + secret + `"}`, "an empty token": `{"access_token": "", "note": "` + secret + `"}`,
		"a list": `["` + secret + `"]`, "null": `null`, "broken off": `{"access_token": "` + secret,
	} {
		s := &scripted{status: 200, login: body}
		_, err := s.client(t).Create(t.Context(), endless("a"))
		if e := failure(t, err); e.Kind != rest.Malformed || e.Executed || strings.Contains(e.Error(), secret) || s.calls != 0 {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// TestFailedLogin: a create whose login failed was not sent, however the login failed.
func TestFailedLogin(t *testing.T) {
	t.Parallel()
	for word, kind := range map[string]rest.Kind{"status:503": rest.Faulty, "drop-after": rest.Lost, "502-after": rest.Faulty} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			s := start(t, fake.Switches{})
			for range 2 {
				s.fault(t, http.MethodPost, "/oauth/token", word)
			}
			_, err := s.client(t, api.V1).Create(t.Context(), endless("a"))
			if e := failure(t, err); e.Kind != kind || e.Executed || s.logins() != 2 || s.apiCalls() != 0 {
				t.Errorf("%d logins: %+v", s.logins(), e)
			}
		})
	}
}

// TestLoginIsRepeated, unlike a create, when its answer is lost.
func TestLoginIsRepeated(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	s.fault(t, http.MethodPost, "/oauth/token", "drop-after")
	s.create(t, s.client(t, api.V1), endless("a"))
	if s.logins() != 2 || s.apiCalls() != 1 {
		t.Errorf("%d logins, %d calls", s.logins(), s.apiCalls())
	}
}

// TestShortBearer: a bearer of 15 seconds is renewed before it ends, and not before every call.
func TestShortBearer(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{BearerSeconds: 15})
	c := s.client(t, api.V1, s.onItsClock)
	for range 12 {
		if _, err := c.Refresh(t.Context(), api.Me); err != nil {
			t.Fatal(err)
		}
		s.Stage().Clock.Advance(4 * time.Second)
	}
	if s.count(fakeapi.Filter{Status: 401}) != 0 || s.logins() != 4 || s.apiCalls() != 12 {
		t.Errorf("%d refusals, %d logins, %d calls", s.count(fakeapi.Filter{Status: 401}), s.logins(), s.apiCalls())
	}
}

// TestEndedBearer: one that the tenant ends early is renewed once for all, creates included.
func TestEndedBearer(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{TokensPerUser: -1})
	c := s.client(t, api.V1)
	list(t, c, api.Me)
	s.Stage().Clock.Advance(13 * time.Hour)
	var all sync.WaitGroup
	for _, name := range strings.Split("a b c d e f g h i j", " ") {
		all.Go(func() {
			if _, err := c.Create(t.Context(), endless(name)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if s.logins() != 2 || len(s.Live()) != 10 {
		t.Errorf("%d logins, %d tokens", s.logins(), len(s.Live()))
	}
}

// TestSecretsAreRegistered: the configured one, every bearer, and every minted one.
func TestSecretsAreRegistered(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	redactor := &rest.Redactor{}
	c := s.client(t, api.V1, func(c *api.Config) { c.HTTP.Redactor = redactor })
	s.create(t, c, endless("a"))
	if got := len(s.Stage().Vault.Minted()); got < 3 {
		t.Fatalf("the tenant has handed out %d secrets", got)
	}
	for _, one := range s.Stage().Vault.Minted() {
		// A part of the bearer is noted by the tenant too, and goes with the whole.
		whole := slices.ContainsFunc(redactor.Values(), func(v string) bool { return strings.Contains(v, one) })
		if !whole {
			t.Errorf("a secret of %d characters is not registered", len(one))
		}
	}
}

func TestDeprecated(t *testing.T) {
	t.Parallel()
	for _, marked := range []bool{false, true} {
		s := start(t, fake.Switches{Deprecated: marked})
		c := s.client(t, api.Beta)
		list(t, c, api.Me)
		if c.Deprecated() != marked || c.Version() != api.Beta {
			t.Errorf("deprecated %t, want %t", c.Deprecated(), marked)
		}
	}
}

// TestTenantsClock: it is the tenant who decides when a token has expired.
func TestTenantsClock(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	s.Stage().Clock.Advance(48 * time.Hour)
	c := s.client(t, api.V1)
	if err := c.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ahead := time.Until(c.Now()); (ahead - 48*time.Hour).Abs() > 5*time.Second {
		t.Errorf("%s ahead", ahead)
	}
}

// TestIDsAreEscaped: an id from an import is a user's text and must not reach another path.
func TestIDsAreEscaped(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	c := s.client(t, api.V1)
	for _, id := range []string{"a/b", "a+b c", "ä?x=1#y", "%2e%2e"} {
		if err := c.Delete(t.Context(), id, ""); err != nil {
			t.Error(err)
		}
		want := url.PathEscape(id)
		entries := s.Stage().Journal.Select(fakeapi.Filter{Method: http.MethodDelete, Path: "/personal-access-tokens/v1/" + id})
		if len(entries) != 1 || entries[0].Route != "/personal-access-tokens/v1/{id}" || entries[0].Query != "" {
			t.Errorf("%s (%s): %+v", id, want, entries)
		}
	}
}

// TestVerify logs in with other credentials, and the client's own session goes on.
func TestVerify(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	if _, err := s.AddUser(fake.User{ID: "other", Name: "other"}); err != nil {
		t.Fatal(err)
	}
	theirs, err := s.AddToken(fake.Token{Name: "theirs", Owner: "other"})
	if err != nil {
		t.Fatal(err)
	}
	redactor := &rest.Redactor{}
	c := s.client(t, api.V1, func(c *api.Config) { c.HTTP.Redactor = redactor })
	if err := c.Verify(t.Context(), theirs.ID, rest.NewSecret(theirs.Secret)); err != nil || s.logins() != 1 || c.Identity() != "" {
		t.Errorf("%d logins, as %q, %v", s.logins(), c.Identity(), err)
	}
	list(t, c, api.Me)
	if c.Identity() != s.Bootstrap().IdentityID || s.logins() != 2 {
		t.Errorf("%d logins, as %q", s.logins(), c.Identity())
	}
	wrong := rest.NewSecret("not-the-secret")
	if e := failure(t, c.Verify(t.Context(), theirs.ID, wrong)); e.Kind != rest.LoginRefused || e.Status != 401 || s.logins() != 3 {
		t.Errorf("%d logins, %+v", s.logins(), e)
	}
	if err := s.DeleteToken(theirs.ID); err != nil {
		t.Fatal(err)
	}
	if e := failure(t, c.Verify(t.Context(), theirs.ID, rest.NewSecret(theirs.Secret))); e.Kind != rest.LoginRefused {
		t.Errorf("a deleted token: %+v", e)
	}
	for range 2 {
		s.fault(t, http.MethodPost, "/oauth/token", "status:503")
	}
	if e := failure(t, c.Verify(t.Context(), theirs.ID, wrong)); e.Kind != rest.Faulty {
		t.Errorf("a tenant that does not tell: %+v", e)
	}
	if text := redactor.Redact(theirs.Secret + " and not-the-secret"); text != "(sensitive value) and (sensitive value)" {
		t.Errorf("shown: %s", text)
	}
	// What became of the others is no matter of the client's own session.
	before := s.logins()
	if _, err := c.Refresh(t.Context(), api.Me); err != nil || s.logins() != before || c.ClientID() != s.Bootstrap().ClientID {
		t.Errorf("%d logins, %v", s.logins(), err)
	}
}
