package sailpoint_test

import (
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestPersonalAccessToken_outlivesItsLifetime moves the expiry of a token outside Terraform. It is put back as long as that is
// possible; afterwards nothing is planned, and every refresh says that the token lives longer than it should.
func TestPersonalAccessToken_outlivesItsLifetime(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(*fake.Token){
		"cleared": func(k *fake.Token) { k.Expiration, k.UserAwareTokenNeverExpires = nil, true },
		"moved": func(k *fake.Token) {
			later := k.Created.Add(24 * time.Hour)
			k.Expiration = &later
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			e := s.engine()
			config := lasting("1h").With(values{"rotation_triggers": generationOf("1")})
			made := e.Create(config)

			s.edit(move)
			e = s.engine()
			moved, diagnostics := e.Read(made)
			if len(diagnostics) != 0 {
				t.Errorf("diagnostics %+v", diagnostics)
			}
			plan := e.Plan(moved, config)
			if planned := plan.Attributes["expires_at"]; planned.IsKnown() || plan.Replaces() {
				t.Errorf("expires_at is planned as %s, replacement %v", planned, plan.RequiresReplace)
			}
			restored := s.plansNothing(e.MustApply(plan), config)
			if stored := s.minted()[0]; stored.Expiration == nil || (stored.Expiration.Sub(stored.Created)-time.Hour).Abs() > 2*time.Second {
				t.Errorf("the token expires at %v", stored.Expiration)
			}

			s.edit(move)
			s.Clock().Advance(2 * time.Hour)
			s.Journal().Reset()
			e = s.engine()
			outlived, diagnostics := e.Read(restored)
			e.NoError(diagnostics)
			if got := warned(diagnostics); got != "SailPoint personal access token outlives its lifetime" {
				t.Errorf("warned of %q", got)
			}
			if got := outlived.Text("status"); got != "active" {
				t.Errorf("status %q", got)
			}
			s.plansNothing(outlived, config)
			if got := s.requests("PATCH", ""); got != 0 {
				t.Errorf("%d patches were sent", got)
			}
			// What the warning advises.
			plan = e.Plan(outlived, config.With(values{"rotation_triggers": generationOf("2")}))
			if e.NoError(plan.Diagnostics); !plan.Replaces() {
				t.Error("a changed trigger does not replace the token")
			}
		})
	}
}

// TestPersonalAccessToken_neverDenied takes never_expires = true back without saying when the token expires: on the contract that requires
// a decision the plan asks for one. Leaving the argument out, or the older contract, asks for nothing.
func TestPersonalAccessToken_neverDenied(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		version string
		edit    values
		refused bool
	}{
		"older":         {"beta", values{"never_expires": false}, false},
		"v1":            {"v1", values{"never_expires": false}, true},
		"v2025":         {"v2025", values{"never_expires": false}, true},
		"left out":      {"v1", values{"never_expires": nil}, false},
		"with lifetime": {"v1", values{"never_expires": false, "lifetime": "1h"}, false},
		"with an end":   {"v1", values{"never_expires": false, "expires_at": ahead(time.Hour)}, false},
		"end to come":   {"v1", values{"never_expires": false, "expires_at": protocoltest.Unknown}, false},
		"on to come":    {"v1", values{"never_expires": protocoltest.Unknown}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t, switched(func(w *fake.Switches) { w.OldDefaultLifted = true }))
			e := s.engine(values{"api_version": c.version})
			config := values{"name": "ci", "scope": []string{"sp:my-personal-access-tokens:read"}, "never_expires": true}
			if c.version == "beta" {
				// There it is what a token without an argument gets from this tenant.
				delete(config, "never_expires")
			}
			made := e.Create(config)
			failure := s.failed(e.Plan(made, config.With(c.edit)).Diagnostics)
			if (failure != nil) != c.refused {
				t.Fatalf("failed with %+v", failure)
			}
			if failure == nil {
				return
			}
			s.pointsAt(failure, "lifetime")
			if !says(`Set one of lifetime (such as "90d"), expires_at (an RFC 3339 time) or never_expires = true`).MatchString(failure.Detail) {
				t.Errorf("%s: %s", failure.Summary, failure.Detail)
			}
		})
	}
}
