package sailpoint_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// leftBehind is the warning about the token that an interrupted rotation has left behind.
func leftBehind(id string) string {
	return "An interrupted rotation has left the token " + id + " behind"
}

// TestPersonalAccessToken_interrupted loses the process of a rotation in place with everything that it knew: before the answer to the
// mint, after it, or when all was done. The next run starts from the old state, and ends with a current token and the previous one, both
// of whose secrets are in the state.
func TestPersonalAccessToken_interrupted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		version             string
		rotations, diesWith int
		afterAnswer         bool
	}{
		"before the answer":                    {"v1", 0, 1, false},
		"after the answer, rotated before":     {"v1", 1, 1, true},
		"at the end":                           {"v1", 0, 0, false},
		"before the answer, older":             {"v2024", 1, 1, false},
		"at the end, older and rotated before": {"v2024", 1, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			known := s.made(overlapping(), versioned(c.version))
			for range c.rotations {
				known = s.rotatedInPlace(known, overlapping(triggered("2")), versioned(c.version))
			}
			config := overlapping(triggered("3"))
			plan := s.engine(versioned(c.version)).Plan(known, config)
			network := &protocoltest.Network{
				DiesWith: c.diesWith, AfterAnswer: c.afterAnswer, Counts: protocoltest.Route(http.MethodPost, contracts()[c.version]),
			}
			_, _ = s.engineOn(network, versioned(c.version)).Apply(plan)
			if network.Dead() != (c.diesWith > 0) {
				t.Fatal("the process has not died as it should")
			}
			orphan := s.minted()[len(s.minted())-1].ID
			if orphan == known.Text("id") || orphan == known.Text("previous_id") {
				t.Fatal("nothing was minted before the interruption")
			}

			_, _, diagnostics := s.refreshed(known, versioned(c.version))
			if got := warned(diagnostics); got != leftBehind(orphan) {
				t.Errorf("warned of %q", got)
			}
			after := s.rotatedInPlace(known, config, versioned(c.version))
			before, now := known.Attributes, after.Attributes
			s.only(before.Text("id"), now.Text("id"))
			s.mustWork(before.Text("id"), before.Text("secret"))
			s.mustWork(now.Text("id"), now.Text("secret"))
			if now.Text("previous_id") != before.Text("id") || now.Text("previous_secret") != before.Text("secret") {
				t.Errorf("the previous token is %s", now.Text("previous_id"))
			}
			s.plansNothing(after, config, versioned(c.version))
			s.engine(versioned(c.version)).Destroy(after)
			s.only()
		})
	}
}

// TestPersonalAccessToken_interruptedForGood never rotates again: the destruction deletes what was left, and so does a rotation to
// another prefix.
func TestPersonalAccessToken_interruptedForGood(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*tenant, *object){
		"destroyed": func(s *tenant, made *object) { s.engine().Destroy(made); s.only() },
		"another prefix": func(s *tenant, made *object) {
			after := s.rotatedInPlace(made, overlapping(triggered("2"), values{"name_prefix": "deploy-"}))
			s.only(made.Text("id"), after.Text("id"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			made := s.made(overlapping())
			config := overlapping(triggered("2"))
			e := s.engine()
			_, diagnostics := e.Apply(e.Plan(made, config))
			e.NoError(diagnostics)
			s.RequireLive(t, 2)
			end(s, made)
		})
	}
}

// TestPersonalAccessToken_interruptedAndUsed finds the next token in use, although its state is not here: nothing is touched.
func TestPersonalAccessToken_interruptedAndUsed(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	made := s.made(overlapping())
	config := overlapping(triggered("2"))
	e := s.engine()
	elsewhere := e.MustApply(e.Plan(made, config))
	state := elsewhere.Attributes
	s.mustWork(state.Text("id"), state.Text("secret"))

	e, prior, _ := s.refreshed(made)
	_, diagnostics := e.Apply(e.Plan(prior, config))
	failure := s.failed(diagnostics)
	if failure == nil || !says("It is in use, so somebody has its secret, and it was not touched").MatchString(failure.Detail) || !strings.Contains(failure.Detail, state.Text("id")) {
		t.Errorf("failed with %+v", failure)
	}
	s.only(made.Text("id"), state.Text("id"))
	// Neither does the destruction.
	e.Destroy(prior)
	s.only(state.Text("id"))
}

// TestPersonalAccessToken_mintFails leaves everything as it was when the next token cannot be minted.
func TestPersonalAccessToken_mintFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(*tenant)
		message string
	}{
		"refused":    {func(s *tenant) { s.fault("POST", listRoute, "status:403", 1) }, "refuse"},
		"unlistable": {func(s *tenant) { s.fault("GET", listRoute, "status:403", 5) }, "nothing was rotated, because the tokens that exist could not be listed first"},
		"limit": {func(s *tenant) {
			for _, name := range strings.Fields("a b c d e f g h") {
				s.seed(name)
			}
		}, "A rotation with overlap or create_before_destroy requires one free place"},
		"name taken by another's": {func(s *tenant) {
			s.seed(rotation.NextName("ci-", s.minted()[0].ID), func(k *fake.Token) { now := s.Clock().Now(); k.LastUsed = &now })
		}, "is in use"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			made := s.made(overlapping())
			config := overlapping(triggered("2"))
			e := s.engine()
			plan := e.Plan(made, config)
			c.happens(s)
			stored := len(s.minted())
			made.Identity, plan.Identity = nil, nil
			after, diagnostics := s.engine().Apply(plan)
			if id := after.IdentityAttributes.Text("id"); id != made.Text("id") {
				t.Errorf("the identity is %s", id)
			}
			failure := s.failed(diagnostics)
			if failure == nil || !strings.Contains(strings.ToLower(failure.Detail), strings.ToLower(c.message)) {
				t.Errorf("failed with %+v", failure)
			}
			before := made.Attributes
			for name, value := range after.Attributes {
				if !value.Equal(before[name]) {
					t.Errorf("%s is %s", name, value)
				}
			}
			s.only(before.Text("id"))
			s.mustWork(before.Text("id"), before.Text("secret"))
			if got := len(s.minted()); got != stored {
				t.Errorf("the tenant keeps %d tokens instead of %d", got, stored)
			}
			if got := s.requests("DELETE", ""); got != 0 {
				t.Errorf("%d tokens were deleted", got)
			}
		})
	}
}

// TestPersonalAccessToken_answerLostInPlace recovers a lost answer within the same rotation.
func TestPersonalAccessToken_answerLostInPlace(t *testing.T) {
	t.Parallel()
	for version, route := range map[string]string{"v1": listRoute, "v3": contracts()["v3"]} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			made := s.made(overlapping(), versioned(version))
			s.fault("POST", route, "drop-after", 1)
			after := s.rotatedInPlace(made, overlapping(triggered("2")), versioned(version))
			s.only(made.Text("id"), after.Text("id"))
			s.mustWork(after.Text("id"), after.Text("secret"))
		})
	}
}

// TestPersonalAccessToken_revocationFails cannot revoke the older of two previous tokens: an error says so, nothing is forgotten, and the
// next apply revokes it.
func TestPersonalAccessToken_revocationFails(t *testing.T) {
	t.Parallel()
	for version, route := range map[string]string{"v1": listRoute, "v3": contracts()["v3"]} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			first := s.made(overlapping(), versioned(version))
			second := s.rotatedInPlace(first, overlapping(triggered("2")), versioned(version))
			one, two := first.Attributes, second.Attributes
			config := overlapping(triggered("3"))
			e := s.engine(versioned(version))
			plan := e.Plan(second, config)
			s.fault("DELETE", route+"/{id}", "status:403", 1)
			third, diagnostics := e.Apply(plan)
			failure := s.failed(diagnostics)
			if failure == nil || !says("could not be revoked, and may still work. It is not forgotten: run again").MatchString(failure.Detail) || !strings.Contains(failure.Detail, one.Text("id")) {
				t.Fatalf("failed with %+v", failure)
			}
			e.Keeps(plan, third)
			three := third.Attributes
			if three.Text("previous_id") != two.Text("id") {
				t.Errorf("previous_id is %s", three.Text("previous_id"))
			}
			s.only(one.Text("id"), two.Text("id"), three.Text("id"))

			e, prior, _ := s.refreshed(third, versioned(version))
			again := e.Plan(prior, config)
			e.NoError(again.Diagnostics)
			if !strings.Contains(warned(again.Diagnostics), "is still to be revoked") {
				t.Errorf("warned of %q", warned(again.Diagnostics))
			}
			after := e.MustApply(again)
			s.only(two.Text("id"), three.Text("id"))
			s.mustWork(two.Text("id"), three.Text("previous_secret"))
			s.mustWork(three.Text("id"), three.Text("secret"))
			if strings.Contains(after.Remembered(), one.Text("id")) {
				t.Errorf("the revocation of %s is still pending: %s", one.Text("id"), after.Remembered())
			}
			s.plansNothing(after, config, versioned(version))
		})
	}
}
