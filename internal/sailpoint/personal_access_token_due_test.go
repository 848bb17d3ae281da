package sailpoint_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

const (
	day = 24 * time.Hour
	// tick is more than the error of the provider's clock, which learns the tenant's time from whole seconds.
	tick = 3 * time.Second
)

// TestPersonalAccessToken_dueAtThreshold is due when just rotate_before_expiry is left, and not before.
func TestPersonalAccessToken_dueAtThreshold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		version string
		overlap any
	}{"v1 replaced": {"v1", nil}, "v1 in place": {"v1", "24h"}, "v2024 in place": {"v2024", "24h"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			config := overlapping(values{"rotate_before_expiry": "48h", "overlap": c.overlap})
			made := s.made(config, versioned(c.version))
			s.Clock().Advance(672*time.Hour - 2*tick)
			first, plan := s.run(made, config, versioned(c.version))
			if plan != nil {
				t.Errorf("planned before the threshold: replacement for %v", plan.RequiresReplace)
			}
			s.Clock().Advance(3 * tick)
			second, plan := s.run(first, config, versioned(c.version))
			if plan == nil || plan.Replaces() != (c.overlap == nil) {
				t.Fatalf("plan %+v", plan)
			}
			before, after := first.Attributes, second.Attributes
			s.mustWork(after.Text("id"), after.Text("secret"))
			if c.overlap == nil {
				s.only(after.Text("id"))
				return
			}
			s.mustWork(before.Text("id"), before.Text("secret"))
			s.only(after.Text("id"), before.Text("id"))
			s.plansNothing(second, config, versioned(c.version))
		})
	}
}

// savedPlans are plans that are applied later than they are made.
func savedPlans() map[string]struct {
	config, edit    values
	rotated         bool
	before, between time.Duration
	alive           int
} {
	soon := values{"rotate_before_expiry": "48h"}
	return map[string]struct {
		config, edit    values
		rotated         bool
		before, between time.Duration
		alive           int
	}{
		"update before the threshold":    {overlapping(soon), values{"scope": []string{"a"}}, false, 28*day - time.Hour, day, 1},
		"rotation in place":              {overlapping(soon), nil, false, 28*day + time.Hour, day, 2},
		"triggered":                      {overlapping(), triggered("2"), false, day, day, 2},
		"revocation":                     {overlapping(), triggered("2"), true, 25 * time.Hour, 2 * day, 1},
		"update before the revocation":   {overlapping(), triggered("2").With(values{"scope": []string{"a"}}), true, 23 * time.Hour, 2 * day, 1},
		"expired":                        {overlapping(), nil, false, 31 * day, day, 1},
		"expires between plan and apply": {overlapping(), triggered("2"), false, 30*day - time.Hour, day, 1},
		"nothing, and a warning is near": {overlapping(), nil, false, 16*day - time.Hour, day, 1},
	}
}

// TestPersonalAccessToken_plansTwiceInPlace plans everything that an overlap brings twice, in two processes and with a later clock, as a
// saved plan does. The plans must agree to the byte, and be carried out.
func TestPersonalAccessToken_plansTwiceInPlace(t *testing.T) {
	t.Parallel()
	for name, c := range savedPlans() {
		for _, version := range []string{"v1", "v2024"} {
			if version == "v2024" && !c.rotated && c.alive < 2 {
				// The contracts differ in what becomes of a previous token.
				continue
			}
			t.Run(version+" "+name, func(t *testing.T) {
				t.Parallel()
				s := emulate(t)
				made := s.made(c.config, versioned(version))
				if c.rotated {
					made = s.rotatedInPlace(made, c.config.With(triggered("2")), versioned(version))
				}
				s.Clock().Advance(c.before)
				config := c.config.With(c.edit)
				first, prior, _ := s.refreshed(made, versioned(version))
				plan := first.Plan(prior, config)
				first.NoError(plan.Diagnostics)
				s.Clock().Advance(c.between)
				second := s.engine(versioned(version))
				again := second.Plan(prior, config)
				if !bytes.Equal(plan.State.MsgPack, again.State.MsgPack) || !bytes.Equal(plan.Private, again.Private) {
					second.Narrows(plan, again)
					t.Errorf("the two plans differ")
				}
				if plan.Replaces() || again.Replaces() {
					t.Errorf("replacement for %v and %v", plan.RequiresReplace, again.RequiresReplace)
				}
				after := second.MustApply(again)
				alive := c.alive
				if c.rotated && version == "v2024" && name == "update before the revocation" {
					// Nobody has revoked it yet, and the older contract does not end it.
					alive = 2
				}
				if got := len(s.Minted()); got != alive {
					t.Errorf("%d tokens are alive instead of %d", got, alive)
				}
				// The next runs end with one token.
				for range 3 {
					after, _ = s.run(after, config, versioned(version))
					s.Clock().Advance(2 * day)
				}
				after, _ = s.run(after, config, versioned(version))
				s.only(after.Text("id"))
				s.mustWork(after.Text("id"), after.Text("secret"))
			})
		}
	}
}

// TestPersonalAccessToken_days refreshes and plans on the days around everything that happens, with one configuration: tokens are
// minted when they are due, the previous ones revoked when their overlap is over, and on no other day anything is planned.
func TestPersonalAccessToken_days(t *testing.T) {
	t.Parallel()
	for version, route := range map[string]string{"v1": listRoute, "v3": contracts()["v3"]} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			config := overlapping(values{"rotate_before_expiry": "97h", "overlap": "71h"})
			object := s.made(config, versioned(version))
			// 97 hours are left on the 26th day, and 71 hours have passed on the third after that.
			today := 0
			for _, next := range []int{1, 25, 26, 27, 28, 29, 30, 51, 52, 53, 54, 55} {
				s.Clock().Advance(time.Duration(next-today) * day)
				today = next
				before := object.Attributes
				changed, plan := s.run(object, config, versioned(version))
				object = changed
				after := object.Attributes
				mints := before.Text("id") != after.Text("id")
				revokes := !mints && plan != nil && before.Text("previous_id") != "" && after.Text("previous_id") == ""
				if mints != (today%26 == 0) || revokes != (today > 26 && today%26 == 3) || !mints && !revokes && plan != nil {
					t.Errorf("day %d: minted %t, revoked %t, plan %v", today, mints, revokes, plan)
				}
				alive := []string{after.Text("id")}
				if previous := after.Text("previous_id"); previous != "" {
					alive = append(alive, previous)
				}
				s.only(alive...)
			}
			if got := s.requests("POST", route); got != 3 {
				t.Errorf("%d tokens were minted", got)
			}
			s.engine(versioned(version)).Destroy(object)
			s.only()
		})
	}
}

// TestPersonalAccessToken_rotationWarnings tells what nobody else would: an expiry that nothing rotates before, a previous token that only
// an apply revokes, and one whose revocation is due.
func TestPersonalAccessToken_rotationWarnings(t *testing.T) {
	t.Parallel()
	expiring := "SailPoint personal access token expires soon"
	for name, c := range map[string]struct {
		version, warning string
		config           values
		rotated          bool
		after            time.Duration
		want             string
	}{
		"early":                   {"v1", "", overlapping(), false, 15 * day, ""},
		"default":                 {"v1", "", overlapping(), false, 17 * day, expiring},
		"custom, early":           {"v1", "48h", overlapping(), false, 27 * day, ""},
		"custom":                  {"v1", "48h", overlapping(), false, 28*day + time.Hour, expiring},
		"off":                     {"v1", "0s", overlapping(), false, 29 * day, ""},
		"rotates by itself":       {"v1", "", overlapping(values{"rotate_before_expiry": "24h"}), false, 28 * day, ""},
		"two alive":               {"v1", "0s", overlapping(), true, time.Hour, ""},
		"two alive, older":        {"v3", "0s", overlapping(), true, time.Hour, "The previous token still works"},
		"due for revocation":      {"v1", "0s", overlapping(), true, 25 * time.Hour, "The previous token is due for revocation"},
		"due for revocation, old": {"v3", "0s", overlapping(), true, 25 * time.Hour, "The previous token is due for revocation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			s.expiryWarning = c.warning
			made := s.made(c.config, versioned(c.version))
			config := c.config
			if c.rotated {
				config = config.With(triggered("2"))
				made = s.rotatedInPlace(made, config, versioned(c.version))
			}
			s.Clock().Advance(c.after)
			e, prior, diagnostics := s.refreshed(made, versioned(c.version))
			plan := e.Plan(prior, config)
			e.NoError(plan.Diagnostics)
			if got := warned(append(diagnostics, plan.Diagnostics...)); got != c.want {
				t.Errorf("warned of %q instead of %q", got, c.want)
			}
			for _, d := range plan.Diagnostics {
				if want := map[bool]string{true: "expires_at", false: "previous_id"}[c.want == expiring]; d.Attribute == nil || !d.Attribute.Equal(tftypes.NewAttributePath().WithAttributeName(want)) {
					t.Errorf("%q stands at %s", d.Summary, d.Attribute)
				}
			}
		})
	}
}

// TestPersonalAccessToken_expiresSoonAndProlonged does not warn of an expiry that the plan moves away.
func TestPersonalAccessToken_expiresSoonAndProlonged(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	made := s.made(overlapping())
	s.Clock().Advance(29 * day)
	after, plan := s.run(made, overlapping(values{"lifetime": "2000h"}))
	if got := warned(plan.Diagnostics); got != "" {
		t.Errorf("warned of %q", got)
	}
	s.only(made.Text("id"))
	s.plansNothing(after, overlapping(values{"lifetime": "2000h"}))
}

// TestPersonalAccessToken_leadTooLong refuses a policy that would rotate the token in every run.
func TestPersonalAccessToken_leadTooLong(t *testing.T) {
	t.Parallel()
	t.Run("configured", func(t *testing.T) {
		t.Parallel()
		s := emulate(t)
		e := s.engine()
		for _, c := range []struct {
			config    values
			attribute string
		}{
			{overlapping(values{"rotate_before_expiry": "720h"}), "rotate_before_expiry"},
			{overlapping(values{"rotate_before_expiry": "721h"}), "rotate_before_expiry"},
			{overlapping(nullLifetime(), values{"rotate_before_expiry": "1h", "never_expires": true}), "rotate_before_expiry"},
			{overlapping(nullLifetime(), values{"rotate_before_expiry": "1h", "expires_at": ahead(day)}), "rotate_before_expiry"},
			{overlapping(values{"rotate_after": "720h"}), "rotate_after"},
			{overlapping(values{"name_prefix": nil, "name": "ci"}), "overlap"},
			{overlapping(values{"overlap": "0s"}), "overlap"},
		} {
			if failure := s.failed(e.Validate(c.config)); failure == nil {
				t.Errorf("%v is accepted", c.config)
			} else {
				s.pointsAt(failure, c.attribute)
				if _, never := c.config["never_expires"]; never && !says("Set rotate_after instead of rotate_before_expiry").MatchString(failure.Detail) {
					t.Error(failure.Detail)
				}
			}
		}
	})
	t.Run("told by the apply", func(t *testing.T) {
		t.Parallel()
		s := emulate(t)
		e := s.engine()
		plan := e.Plan(nil, overlapping(values{"rotate_before_expiry": "48h", "lifetime": protocoltest.Unknown}))
		e.NoError(plan.Diagnostics)
		again := e.Plan(nil, overlapping(values{"rotate_before_expiry": "48h", "lifetime": "24h"}))
		if failure := s.failed(again.Diagnostics); failure == nil {
			t.Error("a lead that is longer than the lifetime is accepted")
		} else {
			s.pointsAt(failure, "rotate_before_expiry")
		}
		again = e.Plan(nil, overlapping(values{"rotate_before_expiry": nil, "rotate_after": "48h", "lifetime": "24h"}))
		if failure := s.failed(again.Diagnostics); failure == nil {
			t.Error("an age that is longer than the lifetime is accepted")
		} else {
			s.pointsAt(failure, "rotate_after")
		}
		s.only()
	})
	t.Run("granted", func(t *testing.T) {
		t.Parallel()
		s, _ := capped(t, false)
		config := overlapping(values{"rotate_before_expiry": "48h"})
		made, diagnostics := s.change(nil, config)
		granted := made.Time("expires_at").Sub(made.Time("created_at")).Round(time.Second)
		if got, want := warned(diagnostics), anotherExpiry+"; "+everyRun; got != want {
			t.Errorf("warned of %q instead of %q", got, want)
		}
		// Nothing rotates it for that, and every plan says so.
		s.plansNothing(made, config)
		e, prior, _ := s.refreshed(made)
		s.warnsOfLead(e.MustPlan(prior, config), granted, "So this argument does not rotate the token.")
		// A rotation for another reason is refused when it is applied, before anything is sent.
		plan := e.MustPlan(prior, config.With(triggered("2")))
		s.warnsOfLead(plan, granted, "Applying this plan fails.")
		s.Journal().Reset()
		left, diagnostics := e.Apply(plan)
		if failure := s.failed(diagnostics); failure == nil || !says("the server lets a token live "+rotation.DurationValue(granted).ValueString()).MatchString(failure.Detail) {
			t.Errorf("failed with %+v", failure)
		} else {
			s.pointsAt(failure, "rotate_before_expiry")
		}
		if got := s.requests("", ""); got != 0 {
			t.Errorf("%d requests were sent", got)
		}
		if changed := prior.Differences(left.Attributes); len(changed) != 0 {
			t.Errorf("the state has other %v than before", changed)
		}
		s.only(made.Text("id"))
		config = config.With(values{"rotate_before_expiry": "1h"})
		after, _ := s.run(left, config)
		s.plansNothing(after, config)
		s.only(made.Text("id"))
		// The next token teaches the same.
		config = config.With(triggered("2"))
		second := s.rotatedInPlace(after, config)
		s.only(made.Text("id"), second.Text("id"))
		s.plansNothing(second, config)
		granted = second.Time("expires_at").Sub(second.Time("created_at")).Round(time.Second)
		e, prior, _ = s.refreshed(second)
		s.warnsOfLead(e.MustPlan(prior, config.With(values{"rotate_before_expiry": "48h"})), granted, "So this argument does not rotate the token.")
		s.warnsOfLead(e.MustPlan(prior, config.With(values{"rotate_before_expiry": "48h"}, triggered("3"))), granted, "Applying this plan fails.")
	})
}

// everyRun is what a rotate_before_expiry is warned of or refused for that is longer than a token lives.
const everyRun = "The token would be rotated in every run"

// warnsOfLead checks that a plan warns of a rotate_before_expiry that is longer than the lifetime that the tenant grants, and of nothing else.
func (s *tenant) warnsOfLead(plan *protocoltest.Plan, granted time.Duration, consequence string) {
	s.t.Helper()
	if got := warned(plan.Diagnostics); got != everyRun {
		s.t.Fatalf("warned of %q", got)
	}
	s.pointsAt(plan.Diagnostics[0], "rotate_before_expiry")
	detail := plan.Diagnostics[0].Detail
	if !strings.Contains(detail, "the server lets a token live "+rotation.DurationValue(granted).ValueString()+",") || !strings.HasSuffix(detail, consequence) {
		s.t.Error(detail)
	}
}
