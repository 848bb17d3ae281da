package sailpoint_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// overlapLines are the arguments of a token that rotates in place.
func overlapLines(generation string, more ...string) []string {
	return append([]string{`name_prefix = "ci-"`, scoped, `lifetime = "720h"`, `overlap = "24h"`, `rotation_triggers = { generation = "` + generation + `" }`}, more...)
}

// follows checks that the state holds another token than a generation, and that one as the previous one, and that both work.
func (s *tenant) follows(g *generation) resource.TestCheckFunc {
	return all(g.replaced, s.works, func(state *terraform.State) error {
		var now generation
		if err := now.keep(state); err != nil {
			return err
		}
		if now.attributes["previous_id"] != g.id || now.attributes["previous_secret"] != g.secret {
			return fmt.Errorf("the previous token is %s instead of %s", now.attributes["previous_id"], g.id)
		}
		if probe := s.use(g); !probe.Works() {
			return fmt.Errorf("the previous token does not work: %+v", probe)
		}
		return nil
	}, s.alive(2))
}

// alone checks that there is no previous token.
func (s *tenant) alone() resource.TestCheckFunc {
	return all(s.alive(1), s.stored(1), lacks("previous_id"), lacks("previous_secret"), lacks("previous_encrypted_secret"), lacks("previous_revoked_after"))
}

// TestAccSailPointPersonalAccessToken_overlap rotates in place: both tokens work for the overlap, and the first apply after it
// leaves one.
func TestAccSailPointPersonalAccessToken_overlap(t *testing.T) {
	for version := range contracts() {
		t.Run(version, func(t *testing.T) {
			s := emulate(t)
			var first, second generation
			config := func(generation string) string {
				return s.configOf(argument("api_version", `"`+version+`"`), token(overlapLines(generation)...))
			}
			s.test(
				resource.TestStep{Config: config("1"), Check: all(first.keep, s.works, s.alone())},
				resource.TestStep{Config: config("2"), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate), Check: all(s.follows(&first), second.keep, s.stored(2))},
				resource.TestStep{
					PreConfig: func() { s.Clock().Advance(23 * time.Hour) },
					Config:    config("2"), ConfigPlanChecks: planned(plancheck.ResourceActionNoop), Check: all(second.same, s.alive(2)),
				},
				resource.TestStep{
					PreConfig: func() {
						s.Clock().Advance(2 * time.Hour)
						// The newer contract ends it without an apply.
						if want := map[bool]int{true: 1, false: 2}[version == "v1"]; len(s.Minted()) != want {
							t.Errorf("%d tokens are alive after the overlap instead of %d", len(s.Minted()), want)
						}
					},
					Config: config("2"), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
					Check: all(second.same, s.works, s.refuses(&first), s.alone()),
				},
			)
		})
	}
}

// TestAccSailPointPersonalAccessToken_overlapDestroyed destroys a resource while two tokens are alive.
func TestAccSailPointPersonalAccessToken_overlapDestroyed(t *testing.T) {
	for version := range contracts() {
		t.Run(version, func(t *testing.T) {
			s := emulate(t)
			var first generation
			config := func(generation string) string {
				return s.configOf(argument("api_version", `"`+version+`"`), token(overlapLines(generation)...))
			}
			s.test(
				resource.TestStep{Config: config("1"), Check: first.keep},
				resource.TestStep{Config: config("2"), Check: s.follows(&first)},
			)
			if left := s.minted(); len(left) != 0 {
				t.Errorf("the destroy left %+v", left)
			}
		})
	}
}

// TestAccSailPointPersonalAccessToken_overlapTriggerUnknown rotates for a trigger that only the apply tells, and does not for one that
// turns out to be as it was.
func TestAccSailPointPersonalAccessToken_overlapTriggerUnknown(t *testing.T) {
	s := emulate(t)
	var first, second generation
	config := func(input, again string) string {
		return s.config(`resource "terraform_data" "version" {`, `  input = "`+input+`"`, `  triggers_replace = "`+again+`"`, `}`,
			token(`name_prefix = "ci-"`, scoped, `lifetime = "720h"`, `overlap = "24h"`, `rotation_triggers = { version = terraform_data.version.output }`))
	}
	s.test(
		resource.TestStep{Config: config("1", "a"), Check: first.keep},
		resource.TestStep{Config: config("1", "b"), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate), Check: all(first.same, s.alone())},
		resource.TestStep{Config: config("2", "b"), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate), Check: all(s.follows(&first), second.keep)},
		resource.TestStep{Config: config("2", "c"), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate), Check: all(second.same, s.follows(&first))},
	)
}

// TestAccSailPointPersonalAccessToken_overlapChanged needs a new token for another reason than a trigger.
func TestAccSailPointPersonalAccessToken_overlapChanged(t *testing.T) {
	s := emulate(t)
	var first generation
	s.test(
		resource.TestStep{Config: s.config(token(overlapLines("1")...)), Check: first.keep},
		resource.TestStep{
			Config: s.config(token(overlapLines("1", `access_token_validity_seconds = 60`)...)), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check: all(s.follows(&first), has("access_token_validity_seconds", "60")),
		},
	)
}

// TestAccSailPointPersonalAccessToken_beforeExpiry rotates in time, by replacement and in place.
func TestAccSailPointPersonalAccessToken_beforeExpiry(t *testing.T) {
	for name, overlap := range map[string]string{"replaced": "", "in place": `overlap = "24h"`} {
		t.Run(name, func(t *testing.T) {
			s := emulate(t)
			var first generation
			config := s.config(token(`name_prefix = "ci-"`, scoped, `lifetime = "720h"`, `rotate_before_expiry = "48h"`, overlap))
			action, check := plancheck.ResourceActionDestroyBeforeCreate, all(first.replaced, s.refuses(&first), s.alone())
			if overlap != "" {
				action, check = plancheck.ResourceActionUpdate, s.follows(&first)
			}
			s.test(
				resource.TestStep{Config: config, Check: first.keep},
				resource.TestStep{PreConfig: func() { s.Clock().Advance(671 * time.Hour) }, Config: config, ConfigPlanChecks: planned(plancheck.ResourceActionNoop), Check: first.same},
				resource.TestStep{PreConfig: func() { s.Clock().Advance(2 * time.Hour) }, Config: config, ConfigPlanChecks: planned(action), Check: all(check, s.works, s.lives(720*time.Hour))},
			)
		})
	}
}

// TestAccSailPointPersonalAccessToken_overlapExpired rotates in place of a token that has expired, which is not kept.
func TestAccSailPointPersonalAccessToken_overlapExpired(t *testing.T) {
	s := emulate(t)
	var first generation
	config := s.config(token(overlapLines("1")...))
	s.test(
		resource.TestStep{Config: config, Check: first.keep},
		resource.TestStep{
			PreConfig: func() { s.Clock().Advance(721 * time.Hour) }, Config: config, ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check: all(first.replaced, s.works, s.refuses(&first), s.alone(), has("status", rotation.StatusActive)),
		},
	)
}

// TestAccSailPointPersonalAccessToken_overlapMissing loses the current token while the previous one is alive.
func TestAccSailPointPersonalAccessToken_overlapMissing(t *testing.T) {
	s := emulate(t)
	var first, second generation
	config := s.config(token(overlapLines("2")...))
	lose := func() {
		s.Clock().Advance(afterLag)
		if err := s.SailPoint.DeleteToken(second.id); err != nil {
			t.Fatal(err)
		}
	}
	s.test(
		resource.TestStep{Config: s.config(token(overlapLines("1")...)), Check: first.keep},
		resource.TestStep{Config: config, Check: second.keep},
		resource.TestStep{PreConfig: lose, RefreshState: true, ExpectNonEmptyPlan: true, Check: all(second.same, has("status", rotation.StatusMissing))},
		resource.TestStep{Config: config, ConfigPlanChecks: planned(plancheck.ResourceActionUpdate), Check: all(second.replaced, s.follows(&first))},
	)
}
