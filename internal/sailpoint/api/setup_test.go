package api_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// tenant is an emulated tenant on a loopback port.
type tenant struct {
	*fake.Server
	url string
}

func start(tb testing.TB, switches fake.Switches) tenant {
	tb.Helper()
	s, err := fake.New(fake.Options{Switches: switches})
	if err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	return tenant{s, server.URL}
}

// client logs in as the tenant's first administrator; the changes come last.
func (s tenant) client(tb testing.TB, version api.Version, changes ...func(*api.Config)) *api.Client {
	tb.Helper()
	via := &http.Transport{}
	tb.Cleanup(via.CloseIdleConnections)
	base, err := url.Parse(s.url)
	if err != nil {
		tb.Fatal(err)
	}
	config := api.Config{
		ClientID: s.Bootstrap().ClientID, ClientSecret: rest.NewSecret(s.Bootstrap().ClientSecret), Version: version,
		HTTP: rest.Options{
			System: "sailpoint", Title: "SailPoint", BaseURL: base, Transport: via, Timeout: 10 * time.Second, MaxRetries: 1,
			UserAgent: "terraform-provider-mint/test", Now: time.Now, Redactor: &rest.Redactor{},
		},
	}
	for _, change := range changes {
		change(&config)
	}
	return api.New(config)
}

func (s tenant) count(filter fakeapi.Filter) int { return s.Stage().Journal.Count(filter) }

// apiCalls counts what is no login.
func (s tenant) apiCalls() int {
	return len(s.Stage().Journal.Entries()) - s.count(fakeapi.Filter{Path: "/oauth/token"})
}

func (s tenant) fault(t *testing.T, method, route, word string) {
	t.Helper()
	if err := s.Stage().Faults.Add(fakeapi.Fault{Method: method, Route: route, Fault: word}); err != nil {
		t.Fatal(err)
	}
}

// in is a time that counts from the tenant's clock, to the millisecond as the vendor keeps it.
func (s tenant) in(d time.Duration) time.Time {
	return s.Stage().Clock.Now().Add(d).Truncate(time.Millisecond)
}

func (s tenant) create(t *testing.T, c *api.Client, want api.NewPersonalAccessToken) *api.PersonalAccessToken {
	t.Helper()
	token, err := c.Create(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// scripted is a tenant that lets everybody in and gives one answer to everything else.
type scripted struct {
	status  int
	body    string
	headers map[string]string
	// login stands in for the answer to the login.
	login string
	calls int
}

func (s *scripted) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body, header := s.status, s.body, http.Header{"Content-Type": {"application/json"}}
	if strings.HasSuffix(r.URL.Path, "/oauth/token") && s.login == "" {
		status, body = 200, `{"access_token": "a-bearer-0123456789", "token_type": "bearer", "expires_in": 749}`
	} else if strings.HasSuffix(r.URL.Path, "/oauth/token") {
		body = s.login
	} else {
		s.calls++
	}
	for name, value := range s.headers {
		header.Set(name, value)
	}
	return &http.Response{StatusCode: status, Header: header, Request: r, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func (s *scripted) client(t *testing.T) *api.Client {
	t.Helper()
	return start(t, fake.Switches{}).client(t, api.V1, func(c *api.Config) { c.HTTP.Transport = s })
}

func failure(t *testing.T, err error) *rest.Error {
	t.Helper()
	var e *rest.Error
	if !errors.As(err, &e) {
		t.Fatalf("want a *rest.Error, got %T: %v", err, err)
	}
	return e
}

func dated(name string, at time.Time) api.NewPersonalAccessToken {
	stamp := api.Timestamp(at)
	return api.NewPersonalAccessToken{Name: name, ExpirationDate: &stamp}
}

func endless(name string) api.NewPersonalAccessToken {
	return api.NewPersonalAccessToken{Name: name, NeverExpires: new(true)}
}

func find(tokens []api.PersonalAccessToken, id string) *api.PersonalAccessToken {
	i := slices.IndexFunc(tokens, func(t api.PersonalAccessToken) bool { return t.ID == id })
	if i < 0 {
		return nil
	}
	return &tokens[i]
}

func list(t *testing.T, c *api.Client, owner string) []api.PersonalAccessToken {
	t.Helper()
	tokens, err := c.List(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}
