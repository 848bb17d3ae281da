package sailpoint_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestPersonalAccessToken_interrupted loses the process of a rotation in place with everything that it knew: before the answer to the
// mint, after it, or when all was done. The next run starts from the state before, and ends with the current generation and the one
// before, both of which somebody knows.
func TestPersonalAccessToken_interrupted(t *testing.T) {
	t.Parallel()
	for name, transport := range map[string]*cut{"before the answer": {}, "after the answer": {afterAnswer: true}, "at the end": nil} {
		for _, version := range []string{"v1", "v2024"} {
			for _, rotations := range []int{0, 1} {
				t.Run(strings.Join([]string{version, name, "after " + string(rune('0'+rotations))}, " "), func(t *testing.T) {
					t.Parallel()
					s := emulate(t)
					known := s.made(overlapping(), versioned(version))
					for range rotations {
						known = s.rotatedInPlace(known, overlapping(triggered("2")), versioned(version))
					}
					config := overlapping(triggered("3"))
					plan := s.engine(versioned(version)).plan(known, config)
					if transport != nil {
						s.env.Transport = &cut{afterAnswer: transport.afterAnswer}
						s.impatience = time.Second
					}
					_, _ = s.engine(versioned(version)).tryApply(known, plan, config)
					s.env.Transport, s.impatience = nil, 0
					if got := len(s.minted()); got < 2 {
						t.Fatalf("the tenant keeps %d tokens: nothing was interrupted", got)
					}

					_, _, diagnostics := s.refreshed(known, versioned(version))
					if got := warned(diagnostics); got != "A SailPoint personal access token of an interrupted rotation" {
						t.Errorf("warned of %q", got)
					}
					after := s.rotatedInPlace(known, config, versioned(version))
					before, now := s.state(known), s.state(after)
					s.only(before.text("id"), now.text("id"))
					s.mustWork(before.text("id"), before.text("secret"))
					s.mustWork(now.text("id"), now.text("secret"))
					if now.text("previous_id") != before.text("id") || now.text("previous_secret") != before.text("secret") {
						t.Errorf("the generation before is %s", now.text("previous_id"))
					}
					s.engine(versioned(version)).settled(after, config)
					s.engine(versioned(version)).destroy(after)
					s.only()
				})
			}
		}
	}
}

// TestPersonalAccessToken_interruptedForGood never rotates again: the destruction deletes what was left, and so does a rotation to
// another prefix.
func TestPersonalAccessToken_interruptedForGood(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*tenant, *object){
		"destroyed": func(s *tenant, made *object) { s.engine().destroy(made); s.only() },
		"another prefix": func(s *tenant, made *object) {
			after := s.rotatedInPlace(made, overlapping(triggered("2"), values{"name_prefix": text("deploy-")}))
			s.only(s.state(made).text("id"), s.state(after).text("id"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			made := s.made(overlapping())
			config := overlapping(triggered("2"))
			e := s.engine()
			_, diagnostics := e.tryApply(made, e.plan(made, config), config)
			e.fine(diagnostics)
			s.RequireLive(t, 2)
			end(s, made)
		})
	}
}

// TestPersonalAccessToken_interruptedAndUsed finds the next generation in use, although its state is not here: nothing is touched.
func TestPersonalAccessToken_interruptedAndUsed(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	made := s.made(overlapping())
	config := overlapping(triggered("2"))
	e := s.engine()
	elsewhere := e.apply(made, e.plan(made, config), config)
	state := e.attributes(elsewhere.state)
	s.mustWork(state.text("id"), state.text("secret"))

	e, prior, _ := s.refreshed(made)
	_, diagnostics := e.tryApply(prior, e.plan(prior, config), config)
	failure := e.failed(diagnostics)
	if failure == nil || !says("So somebody has its secret, and it was not touched").MatchString(failure.Detail) || !strings.Contains(failure.Detail, state.text("id")) {
		t.Errorf("failed with %+v", failure)
	}
	s.only(e.attributes(made.state).text("id"), state.text("id"))
	// Neither does the destruction.
	e.destroy(prior)
	s.only(state.text("id"))
}

// TestPersonalAccessToken_mintFails leaves everything as it was when the next generation cannot be minted.
func TestPersonalAccessToken_mintFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(*tenant)
		message string
	}{
		"refused":    {func(s *tenant) { s.fault("POST", listRoute, "status:403", 1) }, "refuse"},
		"unlistable": {func(s *tenant) { s.fault("GET", listRoute, "status:403", 5) }, "nothing was created"},
		"limit": {func(s *tenant) {
			for _, name := range strings.Fields("a b c d e f g h") {
				s.seed(name)
			}
		}, "A rotation with overlap or create_before_destroy needs one free place"},
		"name taken by another's": {func(s *tenant) {
			s.seed(rotation.NextName("ci-", s.minted()[0].ID), func(k *fake.Token) { now := s.Clock().Now(); k.LastUsed = &now })
		}, "has been used"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			made := s.made(overlapping())
			config := overlapping(triggered("2"))
			e := s.engine()
			plan := e.plan(made, config)
			c.happens(s)
			stored := len(s.minted())
			made.identity, plan.PlannedIdentity = nil, nil
			after, diagnostics := e.tryApply(made, plan, config)
			if id, err := after.identity.IdentityData.Unmarshal(tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}); err != nil || !strings.Contains(id.String(), e.attributes(made.state).text("id")) {
				t.Errorf("the identity is %s (%v)", id, err)
			}
			failure := e.failed(diagnostics)
			if failure == nil || !strings.Contains(strings.ToLower(failure.Detail), strings.ToLower(c.message)) {
				t.Errorf("failed with %+v", failure)
			}
			before := e.attributes(made.state)
			for name, value := range e.attributes(after.state) {
				if !value.Equal(before[name]) {
					t.Errorf("%s is %s", name, value)
				}
			}
			s.only(before.text("id"))
			s.mustWork(before.text("id"), before.text("secret"))
			if got := len(s.minted()); got != stored {
				t.Errorf("the tenant keeps %d tokens instead of %d", got, stored)
			}
			if got := s.requests("DELETE", ""); got != 0 {
				t.Errorf("%d tokens were deleted", got)
			}
		})
	}
}

// TestPersonalAccessToken_answerLostInPlace mends a lost answer within the same rotation.
func TestPersonalAccessToken_answerLostInPlace(t *testing.T) {
	t.Parallel()
	for version, route := range contracts() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			made := s.made(overlapping(), versioned(version))
			s.fault("POST", route, "drop-after", 1)
			after := s.rotatedInPlace(made, overlapping(triggered("2")), versioned(version))
			s.only(s.state(made).text("id"), s.state(after).text("id"))
			s.mustWork(s.state(after).text("id"), s.state(after).text("secret"))
		})
	}
}

// TestPersonalAccessToken_revocationFails cannot revoke the older of two earlier generations: an error says so, nothing is forgotten, and
// the next apply settles it.
func TestPersonalAccessToken_revocationFails(t *testing.T) {
	t.Parallel()
	for version, route := range contracts() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			first := s.made(overlapping(), versioned(version))
			second := s.rotatedInPlace(first, overlapping(triggered("2")), versioned(version))
			one, two := s.state(first), s.state(second)
			config := overlapping(triggered("3"))
			e := s.engine(versioned(version))
			plan := e.plan(second, config)
			s.fault("DELETE", route+"/{id}", "status:403", 1)
			third, diagnostics := e.tryApply(second, plan, config)
			failure := e.failed(diagnostics)
			if failure == nil || !says("could not be revoked, and may still work. It is not forgotten: apply again").MatchString(failure.Detail) || !strings.Contains(failure.Detail, one.text("id")) {
				t.Fatalf("failed with %+v", failure)
			}
			e.keeps(plan, third.state)
			three := e.attributes(third.state)
			if three.text("previous_id") != two.text("id") {
				t.Errorf("previous_id is %s", three.text("previous_id"))
			}
			s.only(one.text("id"), two.text("id"), three.text("id"))

			e, prior, _ := s.refreshed(third, versioned(version))
			again := e.plan(prior, config)
			e.fine(again.Diagnostics)
			if !strings.Contains(warned(again.Diagnostics), "is still to be revoked") {
				t.Errorf("warned of %q", warned(again.Diagnostics))
			}
			after := e.apply(prior, again, config)
			s.only(two.text("id"), three.text("id"))
			s.mustWork(two.text("id"), three.text("previous_secret"))
			s.mustWork(three.text("id"), three.text("secret"))
			if strings.Contains(s.remembered(after), one.text("id")) {
				t.Errorf("%s is still owed: %s", one.text("id"), s.remembered(after))
			}
			s.engine(versioned(version)).settled(after, config)
		})
	}
}

// TestPersonalAccessToken_owedGone settles by itself when somebody else has revoked what is owed.
func TestPersonalAccessToken_owedGone(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	first := s.made(overlapping())
	second := s.rotatedInPlace(first, overlapping(triggered("2")))
	config := overlapping(triggered("3"))
	e := s.engine()
	s.fault("DELETE", itemRoute, "status:403", 1)
	third, _ := e.tryApply(second, e.plan(second, config), config)
	if err := s.SailPoint.DeleteToken(e.attributes(first.state).text("id")); err != nil {
		t.Fatal(err)
	}
	s.engine().settled(third, config)
	s.RequireLive(t, 2)
}

// TestPersonalAccessToken_owedThroughMissing keeps the resource for a token that is still to be revoked, although both generations of the
// state are gone.
func TestPersonalAccessToken_owedThroughMissing(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	first := s.made(overlapping())
	second := s.rotatedInPlace(first, overlapping(triggered("2")))
	config := overlapping(triggered("3"))
	e := s.engine()
	s.fault("DELETE", itemRoute, "status:403", 1)
	third, _ := e.tryApply(second, e.plan(second, config), config)
	s.Clock().Advance(settled)
	for _, gone := range []*object{second, third} {
		if err := s.SailPoint.DeleteToken(e.attributes(gone.state).text("id")); err != nil {
			t.Fatal(err)
		}
	}
	s.only(e.attributes(first.state).text("id"))
	fourth := s.rotatedInPlace(third, config)
	s.only(s.state(fourth).text("id"))
	s.engine().isNull(fourth, previousNames()...)
	s.engine().settled(fourth, config)
}

// TestPersonalAccessToken_dueRevocationFails keeps the generation before in the state when it cannot be revoked after its overlap.
func TestPersonalAccessToken_dueRevocationFails(t *testing.T) {
	t.Parallel()
	for version, route := range contracts() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			config := overlapping(triggered("2"))
			second := s.rotatedInPlace(s.made(overlapping(), versioned(version)), config, versioned(version))
			s.Clock().Advance(25 * time.Hour)
			e, prior, _ := s.refreshed(second, versioned(version))
			plan := e.plan(prior, config)
			s.fault("DELETE", route+"/{id}", "status:500", 20)
			s.impatience = time.Second
			failed, diagnostics := s.engine(versioned(version)).tryApply(prior, plan, config)
			s.impatience = 0
			if failure := e.failed(diagnostics); failure == nil || !says("could not be revoked").MatchString(failure.Detail) {
				t.Errorf("failed with %+v", failure)
			}
			state := e.attributes(failed.state)
			if state.text("previous_id") == "" || state.text("previous_secret") == "" || state.text("previous_revoked_after") == "" {
				t.Errorf("state %v", state)
			}
			s.Faults().Clear()
			after, _ := s.run(failed, config, versioned(version))
			s.engine().isNull(after, previousNames()...)
			if strings.Contains(s.remembered(after), "previous_due") {
				t.Errorf("the verdict outlives the apply: %s", s.remembered(after))
			}
			s.only(state.text("id"))
			if left := s.minted(); len(left) != 1 {
				t.Errorf("the tenant keeps %d tokens", len(left))
			}
		})
	}
}

// TestPersonalAccessToken_dueRevocationBesideRefusal revokes what is due although the tenant refuses another change of the same plan.
func TestPersonalAccessToken_dueRevocationBesideRefusal(t *testing.T) {
	t.Parallel()
	for version, route := range contracts() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			config := overlapping(triggered("2"))
			second := s.rotatedInPlace(s.made(overlapping(), versioned(version)), config, versioned(version))
			s.Clock().Advance(25 * time.Hour)
			e, prior, _ := s.refreshed(second, versioned(version))
			key := ageReader(t)
			config = config.with(values{"scope": texts("a"), "encrypt_secret_to": list(key.recipient)})
			plan := e.plan(prior, config)
			s.fault("PATCH", route+"/{id}", "status:403", 1)
			failed, diagnostics := e.tryApply(prior, plan, config)
			if e.failed(diagnostics) == nil {
				t.Error("nothing failed")
			}
			e.isNull(failed, previousNames()...)
			state := e.attributes(failed.state)
			if left := s.minted(); len(left) != 1 || left[0].ID != state.text("id") {
				t.Errorf("the tenant keeps %v", left)
			}
			after, _ := s.run(failed, config, versioned(version))
			s.engine(versioned(version)).settled(after, config)
			s.mustWork(state.text("id"), key.decrypt(t, s.state(after).text("encrypted_secret")))
			s.only(state.text("id"))
		})
	}
}

// TestPersonalAccessToken_destroyFailsInPart destroys two generations of which one cannot be revoked: that one stays in the state, and the
// next destruction revokes it.
func TestPersonalAccessToken_destroyFailsInPart(t *testing.T) {
	t.Parallel()
	for name, times := range map[string]int{"previous": 1, "both": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			config := overlapping(triggered("2"))
			second := s.rotatedInPlace(s.made(overlapping()), config)
			state := s.state(second)
			s.fault("DELETE", itemRoute, "status:403", times)
			e := s.engine()
			left, diagnostics := e.destroyed(second)
			errors := 0
			for _, d := range diagnostics {
				if strings.Contains(d.Summary, "Unable to delete") {
					errors++
				}
			}
			if errors != times {
				t.Errorf("%d errors: %+v", errors, diagnostics)
			}
			if got := len(s.Minted()); got != times {
				t.Errorf("%d tokens are alive", got)
			}
			if got := e.attributes(left.state).text("previous_id"); got != state.text("previous_id") {
				t.Errorf("previous_id is %q", got)
			}
			want := map[string]string{"previous": rotation.StatusMissing, "both": rotation.StatusActive}[name]
			if got := e.attributes(left.state).text("status"); got != want {
				t.Errorf("status is %q", got)
			}
			s.Clock().Advance(settled)
			e, prior, _ := s.refreshed(left)
			e.destroy(prior)
			s.only()
		})
	}
}
