package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/contract"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// unused are the routes that the client does not use.
func unused() contract.Unused {
	const tokens = "/api/svc/v1/personal-access-tokens"
	return contract.Unused{
		"GET " + tokens + "/{key}":       "creates the token if there is none, so it is no way to read one",
		"GET " + tokens + "/{key}/token": "works only where the tenant allows it, and the answer to the create holds the token",
	}
}

// TestContract holds every request of the client, and the answers to them, against the OpenAPI file in the folder that MINT_SPECS
// names, on control planes of both contracts. All that the emulator can answer is held against it by the emulator's own test.
func TestContract(t *testing.T) {
	t.Parallel()
	document := contract.Open(t, "truefoundry.json")
	for _, switches := range []fake.Switches{{}, {AccountPlane: "older"}, {AccountPlane: "older", GraceStatus: 422}} {
		server, err := fake.New(fake.Options{Switches: switches})
		if err != nil {
			t.Fatal(err)
		}
		front := httptest.NewServer(server)
		t.Cleanup(front.Close)
		base, _ := url.Parse(front.URL)
		watch := &contract.Watch{T: t, Document: document, Via: http.DefaultTransport}
		client := api.New(api.Config{APIKey: rest.NewSecret(server.Bootstrap().Token), HTTP: rest.Options{
			System: "truefoundry", Title: "TrueFoundry", BaseURL: base, Transport: watch, Timeout: 5 * time.Second, Now: time.Now, Redactor: &rest.Redactor{},
		}})
		if err := server.EditUser(server.Bootstrap().UserID, func(u *fake.User) { u.Teams = []string{"blue"} }); err != nil {
			t.Fatal(err)
		}
		exercise(t, client, rest.NewSecret(server.Bootstrap().Token))
		if err := contract.Untried(client, "contract_test.go"); err != nil {
			t.Error(err)
		}
	}
	if err := document.Account(unused()); err != nil {
		t.Error(err)
	}
}

// exercise calls everything that the client can do.
func exercise(t *testing.T, c *api.Client, key rest.Secret) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	unlock, err := c.LockName(ctx, api.KindVirtualAccount, "loader")
	must(err)
	unlock()
	end, expired := time.Now().Add(time.Hour), false
	_, err = c.CreatePersonalAccessToken(ctx, api.NewPersonalAccessToken{Name: "ci-full", ExpiresAt: &end, TeamName: "blue", TokenType: "opaque"})
	must(err)
	announced, withdraw := c.AnnouncePersonalAccessToken(ctx)
	_, err = c.CreatePersonalAccessToken(announced, api.NewPersonalAccessToken{Name: "ci-bare"})
	withdraw()
	must(err)
	_, err = c.CreatePersonalAccessToken(ctx, api.NewPersonalAccessToken{
		Name: "ci-theirs", UserEmail: "mint.bootstrap@example.com", ExpiresAt: &end, TeamName: "blue", TokenType: "jwt",
	})
	must(err)
	_, err = c.ListPersonalAccessTokens(ctx)
	must(err)
	_, err = c.RefreshPersonalAccessTokens(ctx)
	must(err)
	_, err = c.RecentPersonalAccessTokens(ctx)
	must(err)
	must(c.Sleep(ctx, time.Nanosecond))
	tokens, err := c.SearchPersonalAccessTokens(ctx, "ci-")
	must(err)
	for _, token := range tokens {
		for _, want := range []bool{true, false} {
			if found, err := c.DeletePersonalAccessToken(ctx, token.ID); err != nil || found != want {
				t.Errorf("found %v, %v", found, err)
			}
		}
	}
	manifest := api.NewManifest("loader")
	must(json.Unmarshal([]byte(`{"permissions": [{"resource_fqn": "a", "resource_type": "b", "role_id": "c"}], "expiration_date": "2090-01-31",
		"auto_rotate": {"auto_rotate_interval": 30, "grace_period": 5}, "ownedBy": {"team": "data", "account": "acme"},
		"notification_target": {"type": "email", "notification_channel": "ch", "to_emails": ["a@example.com"]},
		"secret_store_config": {"integration_fqn": "store", "secret_path": "p"}, "tags": {"a": "1"},
		"token_type": "jwt"}`), &manifest))
	account, _, err := c.CreateVirtualAccount(ctx, manifest)
	must(err)
	_, _, err = c.UpdateVirtualAccount(ctx, api.NewManifest("loader"))
	must(err)
	_, _, err = c.UpdateVirtualAccount(ctx, manifest)
	must(err)
	_, err = c.ListVirtualAccounts(ctx)
	must(err)
	_, err = c.RefreshVirtualAccounts(ctx)
	must(err)
	_, err = c.RecentVirtualAccounts(ctx)
	must(err)
	_, err = c.SearchVirtualAccounts(ctx, api.VirtualAccountFilter{NameContains: "load", OwnedByTeams: []string{"data", "red"}, Expired: &expired})
	must(err)
	_, err = c.VirtualAccountExists(ctx, "loader")
	must(err)
	_, err = c.RefreshVirtualAccountExists(ctx, "loader")
	must(err)
	var made api.Regenerated
	for range 2 {
		made, err = c.RegenerateVirtualAccountToken(ctx, account.ID, 365*24*time.Hour)
		must(err)
		c.TryUnit(c.NotKept(made))
	}
	_, err = c.GetVirtualAccount(ctx, account.ID)
	must(err)
	_, err = c.GetVirtualAccountToken(ctx, account.ID)
	must(err)
	for _, force := range []bool{false, true} {
		_, err = c.SyncVirtualAccountToken(ctx, account.ID, force)
		must(err)
	}
	_, err = c.DeleteVirtualAccountJWT(ctx, account.ID, *account.JWTID)
	must(err)
	must(json.Unmarshal([]byte(`{"identity_provider_mapping": [{"identity_provider": "idp", "value": "v"}]}`), &manifest))
	_, _, err = c.UpdateVirtualAccount(ctx, manifest)
	must(err)
	must(c.DeleteVirtualAccount(ctx, account.ID))
	if _, err = c.GetVirtualAccount(ctx, account.ID); !rest.IsNotFound(err) {
		t.Error(err)
	}
	must(c.Verify(ctx, key))
	must(c.RevokeAllPersonalAccessTokens(context.WithoutCancel(ctx), "mint.bootstrap@example.com"))
}
