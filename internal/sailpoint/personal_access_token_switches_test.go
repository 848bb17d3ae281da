package sailpoint_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// undocumented is one answer to what the vendor's pages leave open, with two configurations that meet it.
type undocumented struct {
	version       string
	set           func(*fake.Switches)
	first, second values
	replaces      bool
}

func undocumentedCases() map[string]undocumented {
	scopes := []string{"sp:my-personal-access-tokens:manage", "sp:my-personal-access-tokens:read", "sp:scopes:default"}
	fewer := []string{"sp:my-personal-access-tokens:read", "sp:scopes:default"}
	never := values{"never_expires": true, "scope": scopes}
	lasting := values{"lifetime": "720h", "scope": fewer}
	unscoped := values{"never_expires": true}
	half := values{"lifetime": "700h", "scope": scopes}
	long := values{"expires_at": ahead(9 * 30 * 24 * time.Hour), "scope": scopes}
	// On the older contract a lifetime that was edited is not the one that the token has, and an import cannot tell it.
	same, none, noneFewer := values{"lifetime": "700h", "scope": fewer}, values{"scope": scopes}, values{"scope": fewer}
	as := func(version string, set func(*fake.Switches), first, second values) undocumented {
		return undocumented{version: version, set: set, first: first, second: second}
	}
	lifted := as("beta", func(w *fake.Switches) { w.OldCapLifted = true }, half, long)
	lifted.replaces = true
	return map[string]undocumented{
		"NeverExpiration null":   as("v1", func(w *fake.Switches) { w.NeverExpiration = "null" }, never, lasting),
		"NeverExpiration absent": as("v1", func(w *fake.Switches) { w.NeverExpiration = "absent" }, never, lasting),
		"NeverExpiration empty":  as("v1", func(w *fake.Switches) { w.NeverExpiration = "empty" }, never, lasting),
		"ClearExpiration null":   as("v1", func(w *fake.Switches) { w.ClearExpiration = "replace_null" }, lasting, never),
		"ClearExpiration remove": as("v1", func(w *fake.Switches) { w.ClearExpiration = "remove" }, lasting, never),
		"ClearExpiration both":   as("v1", func(w *fake.Switches) { w.ClearExpiration = "both" }, lasting, never),
		"HideExpired off":        as("v1", func(w *fake.Switches) { w.HideExpired = false }, lasting, half),
		"HideExpired on":         as("v1", func(w *fake.Switches) { w.HideExpired = true }, lasting, half),
		"OldCapLifted off":       as("beta", func(w *fake.Switches) { w.OldCapLifted = false }, half, same),
		"OldCapLifted on":        lifted,
		"OldDefaultLifted off":   as("beta", func(w *fake.Switches) { w.OldDefaultLifted = false }, none, noneFewer),
		"OldDefaultLifted on":    as("beta", func(w *fake.Switches) { w.OldDefaultLifted = true }, none, noneFewer),
		"HideNeverExpires off":   as("v1", func(w *fake.Switches) { w.HideNeverExpiresFlag = false }, never, lasting),
		"HideNeverExpires on":    as("v1", func(w *fake.Switches) { w.HideNeverExpiresFlag = true }, never, lasting),
		"Microseconds off":       as("v1", func(w *fake.Switches) { w.Microseconds = false }, half, lasting),
		"Microseconds on":        as("v1", func(w *fake.Switches) { w.Microseconds = true }, half, lasting),
		"Microseconds, beta":     as("beta", func(w *fake.Switches) { w.Microseconds = true }, half, same),
		"ShuffleScopes off":      as("v1", func(w *fake.Switches) { w.ShuffleScopes = false }, half, lasting),
		"ShuffleScopes on":       as("v1", func(w *fake.Switches) { w.ShuffleScopes = true }, half, lasting),
		"OmittedScope all":       as("v1", func(w *fake.Switches) { w.OmittedScope = "all" }, unscoped, lasting),
		"OmittedScope null":      as("v1", func(w *fake.Switches) { w.OmittedScope = "null" }, unscoped, lasting),
		"OmittedScope, kept":     as("v1", func(w *fake.Switches) { w.OmittedScope = "null" }, unscoped, values{"lifetime": "720h"}),
		"OmitIdentityID off":     as("v1", func(w *fake.Switches) { w.OmitIdentityID = false }, never, lasting),
		"OmitIdentityID on":      as("v1", func(w *fake.Switches) { w.OmitIdentityID = true }, never, lasting),
	}
}

// TestPersonalAccessToken_undocumented meets every answer: a token is created, not planned for a change, changed, imported and
// destroyed.
func TestPersonalAccessToken_undocumented(t *testing.T) {
	t.Parallel()
	for name, c := range undocumentedCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t, switched(c.set))
			config := func(name string, of values) values {
				of = maps.Clone(of)
				of["name"] = name
				return of
			}
			process := func() *protocoltest.Engine { return s.engine(values{"api_version": c.version}) }
			e := process()
			first := e.Create(config("one", c.first))
			first = s.plansNothing(first, config("one", c.first), versioned(c.version))
			e = process()
			planned := e.Plan(first, config("two", c.second))
			e.NoError(planned.Diagnostics)
			if got := planned.Replaces(); got != c.replaces {
				t.Errorf("replacement: %v", planned.RequiresReplace)
			}
			second, _ := s.run(first, config("two", c.second), versioned(c.version))
			second = s.plansNothing(second, config("two", c.second), versioned(c.version))
			e = process()
			id := second.Text("id")
			imported := e.MustImport(id)
			s.plansNothing(imported, config("two", c.second), versioned(c.version))
			if probe, err := fake.UseToken(t.Context(), s.base(), id, second.Text("secret")); err != nil || !probe.Works() {
				t.Errorf("the token does not work: %+v, %v", probe, err)
			}
			s.RequireLive(t, 1)
			e.Destroy(second)
			s.RequireLive(t, 0)
		})
	}
}

// TestAccSailPointPersonalAccessToken_undocumented does the same through Terraform, with all answers at once.
func TestAccSailPointPersonalAccessToken_undocumented(t *testing.T) {
	for _, version := range []string{"v1", "beta"} {
		t.Run(version, func(t *testing.T) {
			s := emulate(t, switched(func(w *fake.Switches) {
				w.NeverExpiration, w.ClearExpiration, w.HideExpired, w.HideNeverExpiresFlag = "empty", "remove", true, true
				w.OldCapLifted, w.OldDefaultLifted = true, true
				w.Microseconds, w.ShuffleScopes, w.OmittedScope, w.OmitIdentityID = true, true, "null", true
			}))
			var first generation
			config := func(lines ...string) string {
				if version == "beta" {
					lines = slices.DeleteFunc(lines, func(line string) bool { return line == `never_expires = true` })
				}
				return s.configOf(argument("api_version", `"`+version+`"`), token(lines...))
			}
			scopes := `scope = ["sp:my-personal-access-tokens:read", "sp:my-personal-access-tokens:manage", "sp:scopes:default"]`
			s.test(
				resource.TestStep{Config: config(`name = "one"`, `never_expires = true`), Check: all(first.keep, s.works, s.alive(1))},
				resource.TestStep{
					Config: config(`name = "two"`, `lifetime = "720h"`, scopes), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
					Check: all(first.same, s.works, s.alive(1)),
				},
				resource.TestStep{
					Config: config(`name = "two"`, `never_expires = true`, scopes), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
					Check: all(first.same, s.works, s.alive(1), lacks("expires_at")),
				},
				importVerifies(),
			)
		})
	}
}

// TestAccSailPointPersonalAccessToken_olderCap shows the tenant's own words for an expiry that the older contract refuses.
func TestAccSailPointPersonalAccessToken_olderCap(t *testing.T) {
	s := emulate(t)
	s.test(resource.TestStep{
		Config:      s.configOf(argument("api_version", `"beta"`), token(`name = "ci"`, scoped, `lifetime = "6480h"`)),
		ExpectError: says(`expirationDate must not be more than 6 months after the creation date`),
	})
	s.RequireLive(t, 0)
}
