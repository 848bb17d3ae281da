package sailpoint_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// ahead is a time from now on, in the notation of a configuration.
func ahead(d time.Duration) string {
	return time.Now().Add(d).UTC().Truncate(time.Second).Format(time.RFC3339)
}

// shows fails the test unless an object has these values. A nil is a null, and a list of texts is in order.
func (s *tenant) shows(of *object, want values) {
	s.t.Helper()
	for name, value := range want {
		if texts, isList := value.([]string); isList {
			elements := make([]tftypes.Value, 0, len(texts))
			for _, text := range texts {
				elements = append(elements, tftypes.NewValue(tftypes.String, text))
			}
			value = elements
		}
		if got := of.Attributes[name]; !got.Equal(tftypes.NewValue(got.Type(), value)) {
			s.t.Errorf("%s is %s instead of %v", name, got, value)
		}
	}
}

// fine fails the test on any error.
func (s *tenant) fine(diagnostics protocoltest.Diagnostics) {
	s.t.Helper()
	if failed := diagnostics.Errors(); len(failed) > 0 {
		s.t.Fatal(failed)
	}
}

// onTenant is a token as the tenant stores it.
func (s *tenant) onTenant(id string) fake.Token {
	s.t.Helper()
	stored, there := s.SailPoint.Token(id)
	if !there {
		s.t.Fatalf("the tenant has no token %s", id)
	}
	return stored
}

// endsAfter fails the test unless the tenant ends the token of an object that long after its creation. How exactly
// the provider knows the tenant's time depends on how busy the machine is.
func (s *tenant) endsAfter(of *object, want time.Duration) {
	s.t.Helper()
	stored := s.onTenant(of.Text("id"))
	if stored.Expiration == nil || (stored.Expiration.Sub(stored.Created)-want).Abs() > time.Minute {
		s.t.Errorf("the token, created at %s, ends at %v instead of %s later", stored.Created, stored.Expiration, want)
	}
}

// stays fails the test unless an object still has the token that it had, secret included, and no other one is stored.
func (s *tenant) stays(before, now *object) {
	s.t.Helper()
	if before.Text("id") != now.Text("id") || before.Text("secret") != now.Text("secret") {
		s.t.Errorf("the token %s was replaced by %s", before.Text("id"), now.Text("id"))
	}
	s.alone(now)
}

// givesWay fails the test unless another token has taken the place of the one that an object had, which is gone.
func (s *tenant) givesWay(before, now *object) {
	s.t.Helper()
	if before.Text("id") == now.Text("id") || before.Text("secret") == now.Text("secret") {
		s.t.Errorf("the token %s was not replaced", before.Text("id"))
	}
	s.mustFail(before.Text("id"), before.Text("secret"))
	s.alone(now)
}

// alone fails the test unless an object has a token that works, no previous one, and nothing else is stored, expired tokens included.
func (s *tenant) alone(now *object) {
	s.t.Helper()
	s.mustWork(now.Text("id"), now.Text("secret"))
	s.isNull(now, previousNames()...)
	s.only(now.Text("id"))
	if minted := s.minted(); len(minted) != 1 {
		s.t.Errorf("the tenant keeps %d tokens instead of 1: %+v", len(minted), minted)
	}
}

// TestAccSailPointPersonalAccessToken_lifecycle creates, imports, changes and destroys a token.
func TestAccSailPointPersonalAccessToken_lifecycle(t *testing.T) {
	s := start(t)
	var first generation
	s.test(
		resource.TestStep{
			Config: s.config(token(`name_prefix = "mint-test-"`, scoped, `lifetime = "90d"`)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate),
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("secret")),
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("expires_at")),
				plancheck.ExpectSensitiveValue(address, tfjsonpath.New("secret")),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectSensitiveValue(address, tfjsonpath.New("secret")),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("owner"), knownvalue.ObjectPartial(map[string]knownvalue.Check{"id": knownvalue.NotNull(), "name": knownvalue.NotNull()})),
			},
			Check: all(first.keep, s.works, s.alive(1),
				has("status", "active"), has("managed", "false"), has("never_expires", "false"),
				has("access_token_validity_seconds", "43200"), has("scope.#", "1"), has("lifetime", "90d")),
		},
		importVerifies(),
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

// TestAccSailPointPersonalAccessToken_olderContract changes name and scope in place, and needs a new token for another expiry.
func TestAccSailPointPersonalAccessToken_olderContract(t *testing.T) {
	s := emulate(t)
	var first generation
	before, after := ahead(720*time.Hour), ahead(1440*time.Hour)
	config := func(lines ...string) string { return s.configOf(argument("api_version", `"beta"`), token(lines...)) }
	s.test(
		resource.TestStep{
			Config: config(`name = "one"`, scoped, `expires_at = "`+before+`"`),
			Check:  all(first.keep, s.works, has("expires_at", before)),
		},
		resource.TestStep{
			Config:           config(`name = "two"`, `scope = ["sp:scopes:default"]`, `expires_at = "`+before+`"`),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check:            all(first.same, s.works, has("name", "two"), has("scope.0", "sp:scopes:default")),
		},
		resource.TestStep{
			Config:           config(`name = "two"`, `scope = ["sp:scopes:default"]`, `expires_at = "`+after+`"`),
			ConfigPlanChecks: planned(plancheck.ResourceActionDestroyBeforeCreate),
			Check:            all(first.replaced, s.works, s.refuses(&first), s.alive(1), has("expires_at", after)),
		},
	)
}

// TestPersonalAccessToken_versions changes name and scope with every version of both contracts, and then the end: in place on the newer
// one, by a new token on the older one.
func TestPersonalAccessToken_versions(t *testing.T) {
	t.Parallel()
	for version, moves := range map[string]protocoltest.Action{
		"v1": protocoltest.Update, "v2026": protocoltest.Update, "v2025": protocoltest.Update,
		"v2024": protocoltest.Replace, "v3": protocoltest.Replace, "beta": protocoltest.Replace,
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			w := s.workspace(nil, versioned(version))
			before, after := ahead(720*time.Hour), ahead(1440*time.Hour)
			first := w.Does(protocoltest.Create, values{"name": "one", "scope": []string{"sp:my-personal-access-tokens:read"}, "expires_at": before})
			s.alone(first)
			s.shows(first, values{"expires_at": before})

			config := values{"name": "two", "scope": []string{"sp:scopes:default"}, "expires_at": before}
			changed := w.Does(protocoltest.Update, config)
			s.stays(first, changed)
			s.shows(changed, values{"name": "two", "scope": []string{"sp:scopes:default"}, "expires_at": before})
			if stored := s.onTenant(first.Text("id")); stored.Name != "two" || !slices.Equal(stored.Scope, []string{"sp:scopes:default"}) {
				t.Errorf("the tenant has %+v", stored)
			}

			moved := w.Does(moves, config.With(values{"expires_at": after}))
			if moves == protocoltest.Update {
				s.stays(first, moved)
			} else {
				s.givesWay(first, moved)
			}
			s.shows(moved, values{"expires_at": after})
			if end := s.onTenant(moved.Text("id")).Expiration; end == nil || !end.Equal(moved.Time("expires_at")) {
				t.Errorf("the tenant ends the token at %v instead of %s", end, after)
			}
			s.fine(w.Destroy())
			s.only()
		})
	}
}

// TestPersonalAccessToken_olderContractDefault mints a token without a word about its end: it ends after six months.
func TestPersonalAccessToken_olderContractDefault(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	made := s.workspace(nil, versioned("beta")).Does(protocoltest.Create, lasting("720h").With(nullLifetime()))
	s.alone(made)
	s.shows(made, values{"never_expires": false, "lifetime": nil})
	if stored := s.onTenant(made.Text("id")); stored.Expiration == nil || stored.Expiration.Sub(stored.Created) < 180*24*time.Hour {
		t.Errorf("the token expires at %v", stored.Expiration)
	}
}

// TestPersonalAccessToken_omittedStays keeps what a configuration stops naming. Leaving the scope out again must not widen what the token
// may do, and another validity needs a new token.
func TestPersonalAccessToken_omittedStays(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	w := s.workspace(nil)
	config := values{"name": "ci", "never_expires": true, "access_token_validity_seconds": 15}
	first := w.Does(protocoltest.Create, config)
	s.alone(first)
	s.shows(first, values{"scope": []string{"sp:scopes:all"}, "access_token_validity_seconds": 15})

	narrowed := w.Does(protocoltest.Update, config.With(values{"scope": []string{"sp:scopes:default"}}))
	s.stays(first, narrowed)
	omitted := w.Does(protocoltest.Nothing, config.With(values{"access_token_validity_seconds": nil}))
	s.stays(first, omitted)
	s.shows(omitted, values{"scope": []string{"sp:scopes:default"}, "access_token_validity_seconds": 15})

	longer := w.Does(protocoltest.Replace, config.With(values{"scope": []string{"sp:scopes:default"}, "access_token_validity_seconds": 43200}))
	s.givesWay(first, longer)
	if got := s.onTenant(longer.Text("id")).AccessTokenValiditySeconds; got != 43200 {
		t.Errorf("its bearers live for %d s", got)
	}
}
