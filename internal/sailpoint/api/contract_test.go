package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/contract"
	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// unused are the routes of a version that the client does not use.
func unused(version api.Version) contract.Unused {
	if version != api.V1 {
		return nil
	}
	return contract.Unused{
		"POST " + bulkRoute: "does what PATCH does, and the vendor's text mentions it without declaring it; sent only where PATCH is not let through",
	}
}

// TestContract holds every request of the client and every answer of the emulator against the vendor's OpenAPI files, in the
// folder that MINT_SPECS names.
func TestContract(t *testing.T) {
	t.Parallel()
	for version, switches := range map[api.Version][]fake.Switches{
		api.V1: {
			{},
			{ClearExpiration: "both", Microseconds: true},
			{ClearExpiration: "replace_null", OmittedScope: "null", HideNeverExpiresFlag: true},
		},
		api.V2026: {{}, {ClearExpiration: "replace_null"}},
		api.Beta:  {{}, {OldDefaultLifted: true, OmittedScope: "null"}},
	} {
		for _, w := range switches {
			document := specification(t, version)
			// The contract contradicts its own prose, which has an expiration date replaced with null. It is sent only where the schema's
			// way is refused.
			document.Spec.Components.Schemas["JsonPatchOperation"].Value.Properties["value"].Value.Nullable = w.ClearExpiration == "replace_null"
			t.Run(string(version), func(t *testing.T) {
				t.Parallel()
				s := start(t, w)
				c := s.client(t, version, func(c *api.Config) {
					c.HTTP.Transport = &contract.Watch{T: t, Document: document, Via: c.HTTP.Transport, Outside: []string{"/oauth/token"}}
				})
				exercise(t, s, c)
				if err := document.Account(unused(version)); err != nil {
					t.Error(err)
				}
				if err := contract.Untried(c, "contract_test.go"); err != nil {
					t.Error(err)
				}
				collection := "/personal-access-tokens"
				if version == api.V1 {
					collection += "/v1"
				}
				wanted := map[string][]int{
					"GET " + collection:              {200, 400, 403, 500},
					"POST " + collection:             {200, 400},
					"PATCH " + collection + "/{id}":  {200, 400, 404},
					"DELETE " + collection + "/{id}": {204, 404},
				}
				if version == api.V1 {
					wanted["PATCH "+bulkRoute] = []int{200, 400, 403}
				}
				for operation, statuses := range wanted {
					for _, status := range statuses {
						if !document.Answered(operation, status) {
							t.Errorf("%s with %d was not seen", operation, status)
						}
					}
				}
			})
		}
	}
}

// specification reads the OpenAPI file of a version.
func specification(t *testing.T, version api.Version) *contract.Document {
	t.Helper()
	document := contract.Open(t, "sailpoint-"+string(version)+".json")
	// The contract contradicts its own prose: a token that never expires has no expiration date.
	document.Spec.Components.Schemas["CreatePersonalAccessTokenResponse"].Value.Properties["expirationDate"].Value.Nullable = true
	return document
}

// exercise calls everything that the client can do, and what the tenant refuses.
func exercise(t *testing.T, s tenant, c *api.Client) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	refused := func(status int, err error) {
		t.Helper()
		if failure(t, err).Status != status {
			t.Errorf("want %d, got %v", status, err)
		}
	}
	must(c.Ready(ctx))
	want := dated("a", s.in(time.Hour))
	want.Scope, want.AccessTokenValiditySeconds = []string{"sp:a:read"}, new(int64(15))
	made := s.create(t, c, want)
	_, err := c.Create(ctx, want)
	refused(400, err)
	changes := api.Changes{Name: new("b"), Scope: []string{"sp:b:read", "sp:c:read"}}
	_, err = c.Patch(ctx, made.ID, changes)
	must(err)
	if c.Version().PatchesExpiry() {
		s.create(t, c, endless("endless"))
		later := s.in(2 * time.Hour)
		_, err = c.Patch(ctx, made.ID, api.Changes{Expiry: &api.Expiry{At: &later}})
		must(err)
		_, err = c.Patch(ctx, made.ID, api.Changes{Expiry: &api.Expiry{}})
		must(err)
	} else {
		s.create(t, c, api.NewPersonalAccessToken{Name: "with the default"})
	}
	_, err = c.Patch(ctx, made.ID, api.Changes{Name: new(" ")})
	refused(400, err)
	_, err = c.Patch(ctx, "no-such-token", changes)
	refused(404, err)
	for _, owner := range []string{api.Me, api.Everybody, s.Bootstrap().IdentityID} {
		_, err = c.List(ctx, owner)
		must(err)
		_, err = c.ListRecent(ctx, owner)
		must(err)
		_, err = c.Refresh(ctx, owner)
		must(err)
	}
	unlock, err := c.LockName(ctx, "a")
	must(err)
	unlock()
	must(c.Sleep(ctx, 0))
	_, err = c.ListFiltered(ctx, api.Everybody, "lastUsed isnull")
	must(err)
	_, err = c.ListFiltered(ctx, api.Me, "name eq x")
	refused(400, err)
	if err := s.Stage().Faults.Add(fakeapi.Fault{Method: http.MethodGet, Fault: "status:500", Times: 2}); err != nil {
		t.Fatal(err)
	}
	_, err = c.Refresh(ctx, api.Me)
	refused(500, err)
	must(s.Stage().Faults.Add(fakeapi.Fault{Method: http.MethodGet, Fault: "status:403"}))
	_, err = c.Refresh(ctx, api.Me)
	refused(403, err)
	exerciseBulkUpdate(t, s, c, made.ID)
	must(c.Delete(ctx, made.ID, ""))
	must(c.Revoke(ctx, api.PersonalAccessToken{ID: made.ID}))
	must(c.Verify(ctx, s.Bootstrap().ClientID, rest.NewSecret(s.Bootstrap().ClientSecret)))
	must(s.DeleteToken(s.Bootstrap().ClientID))
	if err := c.Delete(ctx, "x", ""); failure(t, err).Kind != rest.LoginRefused {
		t.Errorf("a deleted credential still works: %v", err)
	}
}

// exerciseBulkUpdate gives tokens a later expiry and none, and has the tenant refuse.
func exerciseBulkUpdate(t *testing.T, s tenant, c *api.Client, id string) {
	t.Helper()
	later := s.in(3 * time.Hour)
	if _, err := c.BulkUpdateExpiry(t.Context(), []string{id}, api.Expiry{At: &later}); (err == nil) != (c.Version() == api.V1) {
		t.Error(err)
	}
	if c.Version() != api.V1 {
		return
	}
	if _, err := c.BulkUpdateExpiry(t.Context(), []string{id, s.Bootstrap().ClientID}, api.Expiry{}); err != nil {
		t.Error(err)
	}
	_, err := c.BulkUpdateExpiry(t.Context(), []string{id, "no-such-token"}, api.Expiry{At: &later})
	if failure(t, err).Status != 400 {
		t.Error(err)
	}
	s.fault(t, http.MethodPatch, bulkRoute, "status:403")
	_, err = c.BulkUpdateExpiry(t.Context(), []string{id}, api.Expiry{At: &later})
	if failure(t, err).Status != 403 {
		t.Error(err)
	}
}
