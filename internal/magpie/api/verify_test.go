package api_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// start returns an emulated organization, and a client that logs in with its administrator's password.
func start(t *testing.T, switches fake.Switches) (*fake.Server, *api.Client, *rest.Redactor) {
	t.Helper()
	s, err := fake.New(fake.Options{Switches: switches})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	redactor := &rest.Redactor{}
	credential := api.Credential{Username: s.Bootstrap().UserName, Password: rest.NewSecret(s.Bootstrap().Password)}
	return s, api.New(api.Config{Credential: credential, HTTP: rest.Options{
		System: "magpie", Title: "Silectis Magpie", BaseURL: base, Transport: http.DefaultTransport, Timeout: time.Minute, MaxRetries: 1,
		Now: time.Now, Redactor: redactor,
	}}), redactor
}

// TestVerify logs in with an access token, and the client's own session goes on, if the organization lets it.
func TestVerify(t *testing.T) {
	t.Parallel()
	for _, switches := range []fake.Switches{
		{}, {SingleSession: true}, {LoginRefusedStatus: http.StatusBadRequest}, {LoginRefusedStatus: http.StatusForbidden},
	} {
		s, c, redactor := start(t, switches)
		logins := func() int { return s.Stage().Journal.Count(fakeapi.Filter{Path: "/api/magpie/login"}) }
		if _, err := c.List(t.Context(), api.Own); err != nil {
			t.Fatal(err)
		}
		good := s.Bootstrap().AccessToken
		if err := c.Verify(t.Context(), rest.NewSecret(good)); err != nil || logins() != 2 {
			t.Errorf("%+v: %d logins, %v", switches, logins(), err)
		}
		want := 2
		if switches.SingleSession {
			want++
		}
		if _, err := c.Refresh(t.Context(), api.Own); err != nil || logins() != want || c.UsesAccessToken() {
			t.Errorf("%+v: %d logins, %v", switches, logins(), err)
		}
		for _, dead := range []string{"no-such-token", good} {
			if dead == good {
				if err := s.DeleteToken(s.Bootstrap().TokenID); err != nil {
					t.Fatal(err)
				}
			}
			before := logins()
			var e *rest.Error
			if err := c.Verify(t.Context(), rest.NewSecret(dead)); !errors.As(err, &e) || e.Kind != rest.LoginRefused || logins() != before+1 {
				t.Errorf("%+v: %d logins, %v", switches, logins()-before, err)
			}
			if redactor.Redact(dead) == dead {
				t.Error("the token is not redacted")
			}
		}
		before := logins()
		if _, err := c.Refresh(t.Context(), api.Own); err != nil || logins() != before {
			t.Errorf("%+v: after refusals: %d logins, %v", switches, logins()-before, err)
		}
	}
}

// TestVerify_untold: what fails says nothing of the token, and no token at all is not sent.
func TestVerify_untold(t *testing.T) {
	t.Parallel()
	s, c, _ := start(t, fake.Switches{})
	if err := c.Verify(t.Context(), rest.Secret{}); err == nil || len(s.Stage().Journal.Entries()) != 0 {
		t.Errorf("%d requests, %v", len(s.Stage().Journal.Entries()), err)
	}
	if err := s.Stage().Faults.Add(fakeapi.Fault{Fault: "status:503", Times: 2}); err != nil {
		t.Fatal(err)
	}
	var e *rest.Error
	if err := c.Verify(t.Context(), rest.NewSecret(s.Bootstrap().AccessToken)); !errors.As(err, &e) || e.Kind != rest.Faulty {
		t.Errorf("%v", err)
	}
}

// TestAccountOf: what a list has shown tells whose a token is.
func TestAccountOf(t *testing.T) {
	t.Parallel()
	s, c, _ := start(t, fake.Switches{})
	own := s.Bootstrap().TokenID
	if _, isKnown := c.AccountOf(own); isKnown {
		t.Error("it is known before any list")
	}
	robot, err := s.AddUser(fake.User{Name: "robot@example.com", ServiceAccount: true})
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.AddToken(fake.Token{User: robot.UserName})
	if err != nil {
		t.Fatal(err)
	}
	for account, id := range map[api.Account]string{api.Own: own, api.Account(robot.UserName): token.ID} {
		if _, err := c.List(t.Context(), account); err != nil {
			t.Fatal(err)
		}
		if got, isKnown := c.AccountOf(id); got != account || !isKnown {
			t.Errorf("%s is of %q (%t) instead of %q", id, got, isKnown, account)
		}
	}
}
