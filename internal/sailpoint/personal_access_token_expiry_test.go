package sailpoint_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// lives checks that the tenant ends the token that long after its creation.
func (s *tenant) lives(want time.Duration) resource.TestCheckFunc {
	return s.onServer(func(stored fake.Token) error {
		if stored.Expiration == nil {
			return fmt.Errorf("the token never expires")
		}
		if got := stored.Expiration.Sub(stored.Created); (got - want).Abs() > 5*time.Second {
			return fmt.Errorf("the token lives %s instead of %s", got, want)
		}
		return nil
	})
}

// endless checks that the tenant never ends the token.
func (s *tenant) endless() resource.TestCheckFunc {
	return s.onServer(func(stored fake.Token) error {
		if stored.Expiration != nil || !stored.UserAwareTokenNeverExpires {
			return fmt.Errorf("the token ends at %v", stored.Expiration)
		}
		return nil
	})
}

// endsAt checks when the tenant ends the token.
func (s *tenant) endsAt(want string) resource.TestCheckFunc {
	return s.onServer(func(stored fake.Token) error {
		at, err := time.Parse(time.RFC3339, want)
		if err != nil {
			return err
		}
		if stored.Expiration == nil || !stored.Expiration.Equal(at) {
			return fmt.Errorf("the token ends at %v instead of %s", stored.Expiration, want)
		}
		return nil
	})
}

func TestAccSailPointPersonalAccessToken_lifetimeEdited(t *testing.T) {
	s := emulate(t)
	var first generation
	config := func(lifetime string) string {
		return s.config(token(`name = "ci"`, scoped, `lifetime = "`+lifetime+`"`))
	}
	s.test(
		resource.TestStep{Config: config("720h"), Check: all(first.keep, s.lives(720*time.Hour))},
		// The same length in another notation.
		resource.TestStep{Config: config("43200m"), ConfigPlanChecks: planned(plancheck.ResourceActionNoop), Check: first.same},
		resource.TestStep{
			Config:           config("2160h"),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check:            all(first.same, s.works, s.lives(2160*time.Hour), has("lifetime", "2160h")),
		},
		resource.TestStep{
			Config: config("24h"), Check: all(first.same, s.lives(24*time.Hour)),
		},
	)
}

// TestAccSailPointPersonalAccessToken_lifetimeEditedOlderContract edits a lifetime where the end is fixed: it counts from the
// next mint.
func TestAccSailPointPersonalAccessToken_lifetimeEditedOlderContract(t *testing.T) {
	s := emulate(t)
	var first generation
	config := func(lifetime, trigger string) string {
		return s.configOf(argument("api_version", `"beta"`),
			token(`name = "ci"`, scoped, `lifetime = "`+lifetime+`"`, `rotation_triggers = { generation = "`+trigger+`" }`))
	}
	s.test(
		resource.TestStep{Config: config("720h", "1"), Check: all(first.keep, s.lives(720*time.Hour))},
		resource.TestStep{
			Config:           config("2160h", "1"),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check:            all(first.same, s.lives(720*time.Hour), has("lifetime", "2160h")),
		},
		resource.TestStep{Config: config("2160h", "2"), Check: all(first.replaced, s.lives(2160*time.Hour))},
	)
	if got := s.requests("PATCH", ""); got != 0 {
		t.Errorf("%d patches were sent", got)
	}
}

// TestAccSailPointPersonalAccessToken_expiryForms goes from one form of an end to the next.
func TestAccSailPointPersonalAccessToken_expiryForms(t *testing.T) {
	s := emulate(t)
	var first generation
	end := ahead(1000 * time.Hour)
	never, lifetime, absolute := `never_expires = true`, `lifetime = "720h"`, `expires_at = "`+end+`"`
	checks := map[string]resource.TestCheckFunc{
		never:    all(s.endless(), has("never_expires", "true"), lacks("expires_at"), lacks("lifetime")),
		lifetime: all(s.lives(720*time.Hour), has("never_expires", "false"), has("lifetime", "720h")),
		absolute: all(s.endsAt(end), has("never_expires", "false"), has("expires_at", end), lacks("lifetime")),
	}
	steps := []resource.TestStep{{Config: s.config(token(`name = "ci"`, scoped, never)), Check: all(first.keep, checks[never])}}
	for _, form := range []string{lifetime, absolute, never} {
		steps = append(steps, resource.TestStep{
			Config: s.config(token(`name = "ci"`, scoped, form)), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check: all(first.same, s.works, checks[form]),
		})
	}
	s.test(steps...)
}

// TestPersonalAccessToken_expiryForms goes from every form of an end to every other one, unknown ones included.
func TestPersonalAccessToken_expiryForms(t *testing.T) {
	t.Parallel()
	forms := map[string]values{
		"never": {"never_expires": true}, "lifetime": lasting("720h"), "other lifetime": lasting("24h"), "absolute": {"expires_at": ahead(1000 * time.Hour)},
	}
	later := map[string]string{"lifetime": "lifetime", "absolute": "expires_at"}
	for from, before := range forms {
		for to, after := range forms {
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				s := emulate(t)
				e := s.engine()
				named := func(of values) values {
					of = maps.Clone(of)
					of["name"], of["scope"] = "ci", []string{"sp:my-personal-access-tokens:read"}
					return of
				}
				first := e.Create(named(before))
				first = s.plansNothing(first, named(before))
				planned := e.Plan(first, named(after))
				if attribute := later[to]; attribute != "" {
					// What is unknown while planning narrows down to what the apply plans.
					unknown := named(after)
					unknown[attribute] = protocoltest.Unknown
					early := e.Plan(first, unknown)
					if e.NoError(early.Diagnostics); early.Replaces() {
						t.Errorf("replacement: %v", early.RequiresReplace)
					}
					e.Narrows(early, planned)
				}
				if planned.Replaces() {
					t.Errorf("replacement: %v", planned.RequiresReplace)
				}
				e = s.engine()
				s.plansNothing(e.MustApply(planned), named(after))
				if stored := s.minted()[0]; (stored.Expiration == nil) != (to == "never") {
					t.Errorf("the token ends at %v", stored.Expiration)
				}
			})
		}
	}
}

func TestAccSailPointPersonalAccessToken_neverExpiresFalse(t *testing.T) {
	s := emulate(t)
	var first generation
	s.test(
		resource.TestStep{Config: s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`, `never_expires = false`)), Check: all(first.keep, s.lives(720*time.Hour))},
		resource.TestStep{
			Config:           s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`)),
			ConfigPlanChecks: planned(plancheck.ResourceActionNoop), Check: first.same,
		},
	)
}

// TestAccSailPointPersonalAccessToken_expiryLeftOut keeps the end that a token has when the configuration stops naming one.
func TestAccSailPointPersonalAccessToken_expiryLeftOut(t *testing.T) {
	s := emulate(t)
	var first generation
	s.test(
		resource.TestStep{Config: s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`)), Check: first.keep},
		resource.TestStep{Config: s.config(token(`name = "ci"`, scoped)), Check: all(first.same, s.lives(720*time.Hour), lacks("lifetime"))},
	)
}

func TestAccSailPointPersonalAccessToken_expiresAtUnknown(t *testing.T) {
	for version, action := range map[string]plancheck.ResourceActionType{
		"v1":   plancheck.ResourceActionUpdate,
		"beta": plancheck.ResourceActionDestroyBeforeCreate,
	} {
		t.Run(version, func(t *testing.T) {
			s := emulate(t)
			before, after := ahead(720*time.Hour), ahead(1440*time.Hour)
			config := func(end string) string {
				return s.configOf(argument("api_version", `"`+version+`"`), `resource "terraform_data" "end" {`, `  input = "`+end+`"`, `}`,
					token(`name = "ci"`, scoped, `expires_at = terraform_data.end.output`))
			}
			s.test(
				resource.TestStep{Config: config(before), Check: all(s.works, has("expires_at", before))},
				resource.TestStep{
					Config: config(after), ConfigPlanChecks: planned(action),
					Check: all(s.works, s.alive(1), has("expires_at", after), s.endsAt(after)),
				},
			)
		})
	}
}

// TestAccSailPointPersonalAccessToken_expiresAtZone writes one instant in several ways.
func TestAccSailPointPersonalAccessToken_expiresAtZone(t *testing.T) {
	for _, version := range []string{"v1", "beta"} {
		t.Run(version, func(t *testing.T) {
			s := emulate(t)
			var first generation
			end := time.Now().Add(720 * time.Hour).Truncate(time.Second)
			zone := time.FixedZone("", 5*3600+1800)
			config := func(text string) string {
				return s.configOf(argument("api_version", `"`+version+`"`), token(`name = "ci"`, scoped, `expires_at = "`+text+`"`))
			}
			s.test(
				resource.TestStep{Config: config(end.In(zone).Format(time.RFC3339)), Check: all(first.keep, s.endsAt(end.UTC().Format(time.RFC3339)))},
				resource.TestStep{
					Config:           config(end.UTC().Format(time.RFC3339)),
					ConfigPlanChecks: planned(plancheck.ResourceActionNoop), Check: first.same,
				},
				resource.TestStep{
					Config:           config(end.UTC().Format("2006-01-02T15:04:05.000Z")),
					ConfigPlanChecks: planned(plancheck.ResourceActionNoop), Check: first.same,
				},
			)
			if got := s.requests("PATCH", ""); got != 0 {
				t.Errorf("%d patches were sent", got)
			}
		})
	}
}
