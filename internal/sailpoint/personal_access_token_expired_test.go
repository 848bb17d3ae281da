package sailpoint_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// between runs between plan and apply.
type between func()

// CheckPlan implements [plancheck.PlanCheck].
func (b between) CheckPlan(context.Context, plancheck.CheckPlanRequest, *plancheck.CheckPlanResponse) {
	b()
}

// then adds what happens between plan and apply.
func then(checks resource.ConfigPlanChecks, happens func()) resource.ConfigPlanChecks {
	checks.PreApply = append(checks.PreApply, between(happens))
	return checks
}

// stored checks how many minted tokens the tenant keeps, expired ones included.
func (s *tenant) stored(want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if minted := s.minted(); len(minted) != want {
			return fmt.Errorf("the tenant keeps %d tokens instead of %d: %+v", len(minted), want, minted)
		}
		return nil
	}
}

func TestAccSailPointPersonalAccessToken_expired(t *testing.T) {
	for name, hide := range map[string]bool{"listed": false, "hidden": true} {
		for _, lifecycle := range []string{"", createBeforeDestroy} {
			action := plancheck.ResourceActionDestroyBeforeCreate
			if lifecycle != "" {
				name, action = name+" create before destroy", plancheck.ResourceActionCreateBeforeDestroy
			}
			t.Run(name, func(t *testing.T) {
				s := emulate(t, switched(func(w *fake.Switches) { w.HideExpired = hide }))
				var first generation
				config := s.config(token(`name_prefix = "ci-"`, scoped, `lifetime = "720h"`, lifecycle))
				kept := 1
				if hide {
					// The emulator keeps what it hides.
					kept = 2
				}
				s.test(
					resource.TestStep{Config: config, Check: all(first.keep, s.works)},
					resource.TestStep{
						PreConfig:        func() { s.Clock().Advance(721 * time.Hour) },
						Config:           config,
						ConfigPlanChecks: planned(action),
						Check:            all(first.replaced, s.works, s.refuses(&first), s.alive(1), s.stored(kept), has("status", "active"), s.lives(720*time.Hour)),
					},
				)
			})
		}
	}
}

func TestAccSailPointPersonalAccessToken_expiredStatus(t *testing.T) {
	s := emulate(t)
	config := s.config(token(`name = "ci"`, scoped, `lifetime = "1h"`))
	s.test(
		resource.TestStep{Config: config, Check: has("status", "active")},
		resource.TestStep{
			PreConfig: func() { s.Clock().Advance(61 * time.Minute) }, RefreshState: true,
			Check: has("status", "expired"), ExpectNonEmptyPlan: true,
		},
	)
	if left := s.minted(); len(left) != 0 {
		t.Errorf("the destroy left %+v", left)
	}
}

// TestAccSailPointPersonalAccessToken_expiredAbsolute is not replaced as long as the configured expiry has passed: the plan is accepted,
// so that the resource can be destroyed, and its apply mints nothing.
func TestAccSailPointPersonalAccessToken_expiredAbsolute(t *testing.T) {
	s := emulate(t)
	var first generation
	config := s.config(token(`name = "ci"`, scoped, `expires_at = "`+ahead(time.Hour)+`"`))
	s.test(
		resource.TestStep{Config: config, Check: first.keep},
		resource.TestStep{
			PreConfig: func() { s.Clock().Advance(2 * time.Hour) }, Config: config, PlanOnly: true, ExpectNonEmptyPlan: true,
		},
		resource.TestStep{
			PreConfig: s.Journal().Reset, Config: config,
			ExpectError: says(`Attribute expires_at asks for an expiry at`),
		},
		resource.TestStep{
			PreConfig: func() {
				if got := s.asked(); got.posts != 0 {
					t.Errorf("the tenant was asked %+v", got)
				}
			},
			Config: config, PlanOnly: true, ExpectNonEmptyPlan: true,
		},
		resource.TestStep{
			Config: s.config(token(`name = "ci"`, scoped, `expires_at = "`+ahead(4*time.Hour)+`"`)),
			Check:  all(first.replaced, s.works, s.alive(1), s.stored(1)),
		},
	)
}

// TestAccSailPointPersonalAccessToken_expiresBeforeApply applies a plan of a token that was alive when the plan was made.
func TestAccSailPointPersonalAccessToken_expiresBeforeApply(t *testing.T) {
	cases := map[string]struct {
		lines  []string
		action plancheck.ResourceActionType
		check  func(*tenant, *generation) resource.TestCheckFunc
	}{
		"renamed": {
			[]string{`name = "new"`, scoped, `lifetime = "1h"`},
			plancheck.ResourceActionUpdate,
			func(_ *tenant, g *generation) resource.TestCheckFunc { return all(g.same, has("name", "new")) },
		},
		"prolonged": {
			[]string{`name = "ci"`, scoped, `lifetime = "720h"`},
			plancheck.ResourceActionUpdate,
			func(s *tenant, g *generation) resource.TestCheckFunc { return all(g.same, s.works, s.alive(1)) },
		},
		"replaced": {
			[]string{`name = "ci"`, scoped, `lifetime = "1h"`, `access_token_validity_seconds = 60`},
			plancheck.ResourceActionDestroyBeforeCreate,
			func(s *tenant, g *generation) resource.TestCheckFunc {
				return all(g.replaced, s.works, s.alive(1), s.stored(1))
			},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := emulate(t)
			var first generation
			s.test(
				resource.TestStep{Config: s.config(token(`name = "ci"`, scoped, `lifetime = "1h"`)), Check: first.keep},
				resource.TestStep{
					Config:             s.config(token(c.lines...)),
					ConfigPlanChecks:   then(planned(c.action), func() { s.Clock().Advance(2 * time.Hour) }),
					Check:              c.check(s, &first),
					ExpectNonEmptyPlan: name == "renamed",
				},
			)
		})
	}
}
