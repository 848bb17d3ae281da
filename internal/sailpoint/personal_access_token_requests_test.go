package sailpoint_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

// tally is what one command may ask of the tenant.
type tally struct {
	logins, lists, posts, patches, deletes int
}

// asked returns what the tenant was asked since the journal was emptied, and empties it.
func (s *tenant) asked() tally {
	defer s.Journal().Reset()
	return tally{
		logins: s.requests("POST", loginRoute), lists: s.requests("GET", listRoute), posts: s.requests("POST", listRoute),
		patches: s.requests("PATCH", itemRoute), deletes: s.requests("DELETE", itemRoute),
	}
}

// planAsks expects what the plan asks of the tenant.
func (s *tenant) planAsks(want tally) resource.ConfigPlanChecks {
	return then(resource.ConfigPlanChecks{}, func() {
		if got := s.asked(); got != want {
			s.t.Errorf("the plan asked %+v instead of %+v", got, want)
		}
	})
}

// applyAsks expects what the apply asks of the tenant.
func (s *tenant) applyAsks(want tally) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if got := s.asked(); got != want {
			return fmt.Errorf("the apply asked %+v instead of %+v", got, want)
		}
		return nil
	}
}

// TestAccSailPointPersonalAccessToken_requests counts every request for nine tokens, from creation to destruction: all that fit
// beside the provider's own.
func TestAccSailPointPersonalAccessToken_requests(t *testing.T) {
	s := emulate(t)
	config := func(name string, lines ...string) string {
		return s.config(token(append([]string{`count = 9`, `name = "` + name + `-${count.index}"`, scoped}, lines...)...))
	}
	s.test(
		resource.TestStep{
			PreConfig: s.Journal().Reset, Config: config("ci", `lifetime = "720h"`),
			ConfigPlanChecks: s.planAsks(tally{logins: 1}),
			Check:            all(s.alive(9), s.applyAsks(tally{logins: 1, lists: 1, posts: 9})),
		},
		resource.TestStep{
			PreConfig: s.Journal().Reset, Config: config("ci", `lifetime = "720h"`),
			ConfigPlanChecks: s.planAsks(tally{logins: 1, lists: 1}),
			Check:            s.applyAsks(tally{}),
		},
		resource.TestStep{
			PreConfig: s.Journal().Reset, Config: config("new", `never_expires = true`),
			ConfigPlanChecks: s.planAsks(tally{logins: 1, lists: 1}),
			Check:            s.applyAsks(tally{logins: 1, patches: 9}),
		},
		resource.TestStep{
			PreConfig: s.Journal().Reset, Config: config("new", `never_expires = true`), Destroy: true,
			ConfigPlanChecks: s.planAsks(tally{logins: 1, lists: 1}),
		},
	)
	// After the destroy comes one more plan, of nothing.
	if got, want := s.asked(), (tally{logins: 1, lists: 1, deletes: 9}); got != want {
		t.Errorf("the destroy asked %+v instead of %+v", got, want)
	}
}

// TestAccSailPointPersonalAccessToken_requestsOfDataSources shares the one list between resources and data sources.
func TestAccSailPointPersonalAccessToken_requestsOfDataSources(t *testing.T) {
	s := emulate(t)
	s.seed("foreign")
	config := s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`),
		`data "mint_sailpoint_personal_access_token" "foreign" {`, `  name = "foreign"`, `}`,
		`data "mint_sailpoint_personal_access_tokens" "all" {`, `}`,
		`data "mint_sailpoint_personal_access_tokens" "expiring" {`, `  expires_within = "24h"`, `}`)
	s.test(
		resource.TestStep{Config: config},
		resource.TestStep{PreConfig: s.Journal().Reset, Config: config, ConfigPlanChecks: s.planAsks(tally{logins: 1, lists: 1})},
	)
}

// TestAccSailPointPersonalAccessToken_requestsOfRotation replaces five tokens: one request to mint and one to revoke each.
func TestAccSailPointPersonalAccessToken_requestsOfRotation(t *testing.T) {
	s := emulate(t)
	config := func(generation string) string {
		return s.config(token(`count = 4`, `name_prefix = "ci-"`, scoped, `lifetime = "720h"`, `rotation_triggers = { generation = "`+generation+`" }`, createBeforeDestroy))
	}
	s.test(
		resource.TestStep{Config: config("1")},
		resource.TestStep{
			PreConfig: s.Journal().Reset, Config: config("2"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{between(func() {
				if got, want := s.asked(), (tally{logins: 1, lists: 1}); got != want {
					t.Errorf("the plan asked %+v instead of %+v", got, want)
				}
			})}},
			Check: all(s.alive(4), s.applyAsks(tally{logins: 1, lists: 1, posts: 4, deletes: 4})),
		},
	)
}
