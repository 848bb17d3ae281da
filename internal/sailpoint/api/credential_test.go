package api_test

import (
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestCredentialExpiry: any answer that shows the client's own token tells when that expires, and none is asked for.
func TestCredentialExpiry(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	end := s.in(time.Hour)
	own, err := s.AddToken(fake.Token{Name: "own", Expiration: &end})
	if err != nil {
		t.Fatal(err)
	}
	logIn := func(c *api.Config) { c.ClientID, c.ClientSecret = own.ID, rest.NewSecret(own.Secret) }
	tells := func(c *api.Client, want *time.Time) {
		t.Helper()
		name, at := c.CredentialExpiry()
		if (at == nil) != (want == nil) || want != nil && (!at.Equal(*want) || name != "own ("+own.ID+")") {
			t.Errorf("%q, %v instead of %v", name, at, want)
		}
	}
	for name, read := range map[string]func(*api.Client) error{
		"own list":    func(c *api.Client) error { _, err := c.List(t.Context(), api.Me); return err },
		"everybody's": func(c *api.Client) error { _, err := c.Refresh(t.Context(), api.Everybody); return err },
		"by last use": func(c *api.Client) error {
			_, err := c.ListFiltered(t.Context(), api.Me, "lastUsed isnull")
			return err
		},
		"another's":    func(c *api.Client) error { _, err := c.List(t.Context(), "nobody"); return err },
		"only a login": func(c *api.Client) error { return c.Ready(t.Context()) },
	} {
		c := s.client(t, api.V1, logIn)
		if err := read(c); err != nil {
			t.Fatal(err)
		}
		want := &end
		if name == "another's" || name == "only a login" || name == "by last use" {
			// The login has used it.
			want = nil
		}
		tells(c, want)
	}
	c := s.client(t, api.V1, logIn)
	list(t, c, api.Me)
	later := s.in(2 * time.Hour)
	for _, at := range []*time.Time{&later, nil} {
		if _, err := c.Patch(t.Context(), own.ID, api.Changes{Expiry: &api.Expiry{At: at}}); err != nil {
			t.Fatal(err)
		}
		tells(c, at)
	}
}
