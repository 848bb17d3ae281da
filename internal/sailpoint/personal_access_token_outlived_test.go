package sailpoint_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestPersonalAccessToken_outlivesItsLifetime moves the end of a token behind Terraform's back. It is put back as long as that is
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
			config := lasting("1h").with(values{"rotation_triggers": generationOf("1")})
			made := e.apply(nil, e.plan(nil, config), config)

			s.edit(move)
			e = s.engine()
			moved, diagnostics := e.read(made)
			if len(diagnostics) != 0 {
				t.Errorf("diagnostics %+v", diagnostics)
			}
			plan := e.plan(moved, config)
			if planned := e.attributes(plan.PlannedState)["expires_at"]; planned.IsKnown() || len(plan.RequiresReplace) > 0 {
				t.Errorf("expires_at is planned as %s, replacement %v", planned, plan.RequiresReplace)
			}
			restored := e.settled(e.apply(moved, plan, config), config)
			if stored := s.minted()[0]; stored.Expiration == nil || (stored.Expiration.Sub(stored.Created)-time.Hour).Abs() > 2*time.Second {
				t.Errorf("the token ends at %v", stored.Expiration)
			}

			s.edit(move)
			s.Clock().Advance(2 * time.Hour)
			s.Journal().Reset()
			e = s.engine()
			outlived, diagnostics := e.read(restored)
			e.fine(diagnostics)
			if got := warned(diagnostics); got != "SailPoint personal access token outlives its lifetime" {
				t.Errorf("warned of %q", got)
			}
			if got := e.attributes(outlived.state).text("status"); got != "active" {
				t.Errorf("status %q", got)
			}
			e.settled(outlived, config)
			if got := s.requests("PATCH", ""); got != 0 {
				t.Errorf("%d patches were sent", got)
			}
			// What the warning advises.
			plan = e.plan(outlived, config.with(values{"rotation_triggers": generationOf("2")}))
			if e.fine(plan.Diagnostics); len(plan.RequiresReplace) == 0 {
				t.Error("a changed trigger does not replace the token")
			}
		})
	}
}

// TestPersonalAccessToken_neverDenied takes never_expires = true back without saying when the token ends: on the contract that wants
// a decision the plan asks for one. Leaving the argument out, or the older contract, asks for nothing.
func TestPersonalAccessToken_neverDenied(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		version string
		edit    values
		refused bool
	}{
		"older":         {"beta", values{"never_expires": flag(false)}, false},
		"v1":            {"v1", values{"never_expires": flag(false)}, true},
		"v2025":         {"v2025", values{"never_expires": flag(false)}, true},
		"left out":      {"v1", values{"never_expires": tftypes.NewValue(tftypes.Bool, nil)}, false},
		"with lifetime": {"v1", values{"never_expires": flag(false), "lifetime": text("1h")}, false},
		"with an end":   {"v1", values{"never_expires": flag(false), "expires_at": text(ahead(time.Hour))}, false},
		"end to come":   {"v1", values{"never_expires": flag(false), "expires_at": unknownText()}, false},
		"on to come":    {"v1", values{"never_expires": tftypes.NewValue(tftypes.Bool, tftypes.UnknownValue)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t, switched(func(w *fake.Switches) { w.OldDefaultLifted = true }))
			e := s.engine(values{"api_version": text(c.version)})
			config := values{"name": text("ci"), "scope": texts("sp:my-personal-access-tokens:read"), "never_expires": flag(true)}
			if c.version == "beta" {
				// There it is what a token without an argument gets from this tenant.
				delete(config, "never_expires")
			}
			made := e.apply(nil, e.plan(nil, config), config)
			failure := e.failed(e.plan(made, config.with(c.edit)).Diagnostics)
			if (failure != nil) != c.refused {
				t.Fatalf("failed with %+v", failure)
			}
			if failure == nil {
				return
			}
			e.pointsAt(failure, "lifetime")
			if !says(`Set one of lifetime (such as "2160h"), expires_at (an RFC 3339 time) or never_expires = true`).MatchString(failure.Detail) {
				t.Errorf("%s: %s", failure.Summary, failure.Detail)
			}
		})
	}
}
