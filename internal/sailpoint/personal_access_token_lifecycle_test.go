package sailpoint_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// ahead is a time from now on, in the notation of a configuration.
func ahead(d time.Duration) string {
	return time.Now().Add(d).UTC().Truncate(time.Second).Format(time.RFC3339)
}

func TestAccSailPointPersonalAccessToken_lifecycle(t *testing.T) {
	s := start(t)
	var first generation
	s.test(
		resource.TestStep{
			Config: s.config(token(`name_prefix = "mint-test-"`, scoped, `lifetime = "2160h"`)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate),
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("secret")),
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("expires_at")),
				plancheck.ExpectSensitiveValue(address, tfjsonpath.New("secret")),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectSensitiveValue(address, tfjsonpath.New("secret")),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("owner"), knownvalue.ObjectPartial(map[string]knownvalue.Check{"type": knownvalue.StringExact("IDENTITY")})),
			},
			Check: all(first.keep, s.works, s.alive(1),
				has("status", "active"), has("managed", "false"), has("never_expires", "false"),
				has("access_token_validity_seconds", "43200"), has("scope.#", "1"), has("lifetime", "2160h")),
		},
		resource.TestStep{
			Config:           s.config(token(`name_prefix = "mint-test-"`, `scope = ["sp:my-personal-access-tokens:read", "sp:scopes:default"]`, `lifetime = "4320h"`)),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check:            all(first.same, s.works, s.alive(1), has("scope.#", "2")),
		},
	)
	if probe := s.use(&first); probe.Login != http.StatusUnauthorized {
		t.Errorf("after the destroy the token still works: %+v", probe)
	}
}

// TestAccSailPointPersonalAccessToken_versions changes name and scope on both contracts, and then the end: in place on the
// newer one, by a new token on the older one.
func TestAccSailPointPersonalAccessToken_versions(t *testing.T) {
	for version, expiry := range map[string]plancheck.ResourceActionType{
		"v1":    plancheck.ResourceActionUpdate,
		"v2026": plancheck.ResourceActionUpdate,
		"v2025": plancheck.ResourceActionUpdate,
		"v2024": plancheck.ResourceActionDestroyBeforeCreate,
		"v3":    plancheck.ResourceActionDestroyBeforeCreate,
		"beta":  plancheck.ResourceActionDestroyBeforeCreate,
	} {
		t.Run(version, func(t *testing.T) {
			s := emulate(t)
			var first generation
			before, after := ahead(720*time.Hour), ahead(1440*time.Hour)
			config := func(lines ...string) string {
				return s.configOf(argument("api_version", `"`+version+`"`), token(lines...))
			}
			last := all(first.same, s.works, s.alive(1), has("expires_at", after))
			if expiry != plancheck.ResourceActionUpdate {
				last = all(first.replaced, s.works, s.refuses(&first), s.alive(1), has("expires_at", after))
			}
			steps := []resource.TestStep{
				{
					Config: config(`name = "one"`, scoped, `expires_at = "`+before+`"`),
					Check:  all(first.keep, s.works, has("expires_at", before)),
				},
				{
					Config:           config(`name = "two"`, `scope = ["sp:scopes:default"]`, `expires_at = "`+before+`"`),
					ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
					Check: all(first.same, s.works, has("name", "two"), s.onServer(func(stored fake.Token) error {
						if stored.Name != "two" || !slices.Equal(stored.Scope, []string{"sp:scopes:default"}) {
							return fmt.Errorf("the tenant has %+v", stored)
						}
						return nil
					})),
				},
				{
					Config:           config(`name = "two"`, `scope = ["sp:scopes:default"]`, `expires_at = "`+after+`"`),
					ConfigPlanChecks: planned(expiry),
					Check:            last,
				},
			}
			if version != "v1" && version != "beta" {
				// One version of each contract takes all steps.
				steps = slices.Delete(steps, 1, 2)
			}
			s.test(steps...)
		})
	}
}

func TestAccSailPointPersonalAccessToken_olderContractDefault(t *testing.T) {
	s := emulate(t)
	s.test(resource.TestStep{
		Config: s.configOf(argument("api_version", `"beta"`), token(`name = "ci"`, scoped)),
		Check: all(s.works, has("never_expires", "false"), lacks("lifetime"), s.onServer(func(stored fake.Token) error {
			if stored.Expiration == nil || stored.Expiration.Sub(stored.Created) < 180*24*time.Hour {
				return fmt.Errorf("the token ends at %v", stored.Expiration)
			}
			return nil
		})),
	})
}

func TestAccSailPointPersonalAccessToken_scopeOmitted(t *testing.T) {
	s := emulate(t)
	var first generation
	s.test(
		resource.TestStep{
			Config: s.config(token(`name = "ci"`, `never_expires = true`)),
			Check:  all(first.keep, s.works, resource.TestCheckTypeSetElemAttr(address, "scope.*", "sp:scopes:all")),
		},
		resource.TestStep{
			Config: s.config(token(`name = "ci"`, `never_expires = true`, `scope = ["sp:scopes:default"]`)),
			Check:  all(first.same, resource.TestCheckTypeSetElemAttr(address, "scope.*", "sp:scopes:default")),
		},
		// Leaving the argument out again must not widen what the token may do.
		resource.TestStep{
			Config:           s.config(token(`name = "ci"`, `never_expires = true`)),
			ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
			Check:            all(first.same, has("scope.#", "1"), resource.TestCheckTypeSetElemAttr(address, "scope.*", "sp:scopes:default")),
		},
	)
}

func TestAccSailPointPersonalAccessToken_validitySecondsReplaces(t *testing.T) {
	s := emulate(t)
	var first generation
	s.test(
		resource.TestStep{
			Config: s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`, `access_token_validity_seconds = 15`)),
			Check:  all(first.keep, s.works, has("access_token_validity_seconds", "15")),
		},
		resource.TestStep{
			Config:           s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`)),
			ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
			Check:            first.same,
		},
		resource.TestStep{
			Config:           s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`, `access_token_validity_seconds = 43200`)),
			ConfigPlanChecks: planned(plancheck.ResourceActionDestroyBeforeCreate),
			Check:            all(first.replaced, s.works, s.refuses(&first), s.alive(1)),
		},
	)
}
