package sailpoint_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// livesFor checks that the tenant ends a token that long after its creation.
func livesFor(want time.Duration) func(fake.Token) error {
	return func(stored fake.Token) error {
		if stored.Expiration == nil {
			return fmt.Errorf("the token never expires")
		}
		if got := stored.Expiration.Sub(stored.Created); (got - want).Abs() > 5*time.Second {
			return fmt.Errorf("the token lives %s instead of %s", got, want)
		}
		return nil
	}
}

// isEndless checks that the tenant never ends a token.
func isEndless(stored fake.Token) error {
	if stored.Expiration != nil || !stored.UserAwareTokenNeverExpires {
		return fmt.Errorf("the token expires at %v", stored.Expiration)
	}
	return nil
}

// endsAt checks when the tenant ends a token.
func endsAt(want string) func(fake.Token) error {
	return func(stored fake.Token) error {
		at, err := time.Parse(time.RFC3339, want)
		if err != nil {
			return err
		}
		if stored.Expiration == nil || !stored.Expiration.Equal(at) {
			return fmt.Errorf("the token expires at %v instead of %s", stored.Expiration, want)
		}
		return nil
	}
}

// lives checks that the tenant ends the token of the state that long after its creation.
func (s *tenant) lives(want time.Duration) resource.TestCheckFunc { return s.onServer(livesFor(want)) }

// endless checks that the tenant never ends the token of the state.
func (s *tenant) endless() resource.TestCheckFunc { return s.onServer(isEndless) }

// tenantHas checks a token as the tenant stores it.
func (s *tenant) tenantHas(of *object, check func(fake.Token) error) {
	s.t.Helper()
	stored, there := s.SailPoint.Token(of.Text("id"))
	if !there {
		s.t.Fatalf("the tenant has no token %s", of.Text("id"))
	}
	if err := check(stored); err != nil {
		s.t.Error(err)
	}
}

// TestAccSailPointPersonalAccessToken_expiryForms goes from one form of an end to the next, of which one is only told by the apply, and
// then lets the token expire.
func TestAccSailPointPersonalAccessToken_expiryForms(t *testing.T) {
	s := emulate(t)
	var first generation
	end := ahead(1000 * time.Hour)
	config := func(form string, others ...string) string {
		return s.config(append(others, token(`name = "ci"`, scoped, form))...)
	}
	never, absolute, lifetime := `never_expires = true`, `expires_at = terraform_data.end.output`, `lifetime = "1h"`
	s.test(
		resource.TestStep{
			Config: config(never),
			Check:  all(first.keep, s.endless(), has("never_expires", "true"), lacks("expires_at"), lacks("lifetime")),
		},
		resource.TestStep{
			// Only the apply creates what tells it.
			Config: config(absolute, `resource "terraform_data" "end" {`, `  input = "`+end+`"`, `}`), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate), plancheck.ExpectUnknownValue(address, tfjsonpath.New("expires_at")),
			}},
			Check: all(first.same, s.works, s.onServer(endsAt(end)), has("never_expires", "false"), has("expires_at", end), lacks("lifetime")),
		},
		resource.TestStep{
			Config: config(lifetime), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check: all(first.same, s.works, s.lives(time.Hour), has("never_expires", "false"), has("lifetime", "1h")),
		},
		resource.TestStep{
			PreConfig: func() { s.Clock().Advance(2 * time.Hour) },
			Config:    config(lifetime), ConfigPlanChecks: planned(plancheck.ResourceActionDestroyBeforeCreate),
			Check: all(first.replaced, s.works, s.refuses(&first), s.alive(1), s.stored(1), has("status", "active"), s.lives(time.Hour)),
		},
	)
}

// TestPersonalAccessToken_lifetimeEdited moves the end, which counts from the creation. The same length in another notation moves nothing.
func TestPersonalAccessToken_lifetimeEdited(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	first := s.made(lasting("720h"))
	w := s.workspace(first)
	s.tenantHas(first, livesFor(720*time.Hour))
	s.isSame(first, w.Does(protocoltest.Nothing, lasting("43200m")))
	if got := s.requests("PATCH", ""); got != 0 {
		t.Errorf("%d patches were sent", got)
	}
	for _, lifetime := range []time.Duration{2160 * time.Hour, 24 * time.Hour} {
		written := fmt.Sprintf("%.0fh", lifetime.Hours())
		now := w.Does(protocoltest.Update, lasting(written))
		s.isSame(first, now)
		s.tenantHas(now, livesFor(lifetime))
		if got := now.Text("lifetime"); got != written {
			t.Errorf("lifetime is %s", got)
		}
	}
}

// TestPersonalAccessToken_lifetimeEditedOlderContract edits a lifetime where the end is fixed: it counts from the next mint.
func TestPersonalAccessToken_lifetimeEditedOlderContract(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	w := s.workspace(nil, versioned("beta"))
	first := w.Does(protocoltest.Create, lasting("720h").With(triggered("1")))
	s.tenantHas(first, livesFor(720*time.Hour))
	edited := w.Does(protocoltest.Update, lasting("2160h").With(triggered("1")))
	s.isSame(first, edited)
	s.tenantHas(edited, livesFor(720*time.Hour))
	if got := edited.Text("lifetime"); got != "2160h" {
		t.Errorf("lifetime is %s", got)
	}
	next := w.Does(protocoltest.Replace, lasting("2160h").With(triggered("2")))
	s.isReplaced(first, next)
	s.tenantHas(next, livesFor(2160*time.Hour))
	if got := s.requests("PATCH", ""); got != 0 {
		t.Errorf("%d patches were sent", got)
	}
}

// TestPersonalAccessToken_expiryForms goes from every form of an end to every other one, and to another value of its own, unknown ones
// included.
func TestPersonalAccessToken_expiryForms(t *testing.T) {
	t.Parallel()
	bare := lasting("720h").With(nullLifetime())
	never := bare.With(values{"never_expires": true})
	forms := map[string]struct {
		before, after values
		// later is the argument that may be unknown.
		later string
	}{
		"never":    {never, never, ""},
		"lifetime": {lasting("720h"), lasting("24h"), "lifetime"},
		"absolute": {bare.With(values{"expires_at": ahead(2000 * time.Hour)}), bare.With(values{"expires_at": ahead(1000 * time.Hour)}), "expires_at"},
	}
	for from, before := range forms {
		for to, after := range forms {
			if from == "never" && to == from {
				continue
			}
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				s := emulate(t)
				first := s.plansNothing(s.made(before.before), before.before)
				e := s.engine()
				planned := e.MustPlan(first, after.after)
				if after.later != "" {
					// What is unknown while planning narrows down to what the apply plans.
					early := e.MustPlan(first, after.after.With(values{after.later: protocoltest.Unknown}))
					if early.Replaces() {
						t.Errorf("replacement: %v", early.RequiresReplace)
					}
					e.Narrows(early, planned)
				}
				if planned.Replaces() {
					t.Errorf("replacement: %v", planned.RequiresReplace)
				}
				now := s.engine().MustApply(planned)
				s.isSame(first, now)
				s.plansNothing(now, after.after)
				switch to {
				case "never":
					s.tenantHas(now, isEndless)
				case "lifetime":
					s.tenantHas(now, livesFor(day))
				default:
					s.tenantHas(now, endsAt(fmt.Sprint(after.after["expires_at"])))
				}
			})
		}
	}
}

// TestPersonalAccessToken_neverExpiresFalse says no more than that the token has an end.
func TestPersonalAccessToken_neverExpiresFalse(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	w := s.workspace(nil)
	first := w.Does(protocoltest.Create, lasting("720h").With(values{"never_expires": false}))
	s.tenantHas(first, livesFor(720*time.Hour))
	s.isSame(first, w.Does(protocoltest.Nothing, lasting("720h")))
}

// TestPersonalAccessToken_expiryLeftOut keeps the end that a token has when the configuration stops naming one.
func TestPersonalAccessToken_expiryLeftOut(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	first := s.made(lasting("720h"))
	w := s.workspace(first)
	now := w.Does(protocoltest.Update, lasting("720h").With(nullLifetime()))
	s.isSame(first, now)
	s.tenantHas(now, livesFor(720*time.Hour))
	s.isNull(now, "lifetime")
}

// TestPersonalAccessToken_expiresAtUnknown mints and changes a token whose end only the apply tells.
func TestPersonalAccessToken_expiresAtUnknown(t *testing.T) {
	t.Parallel()
	for version, action := range map[string]protocoltest.Action{"v1": protocoltest.Update, "beta": protocoltest.Replace} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			w := s.workspace(nil, versioned(version))
			until := func(end any) values {
				return lasting("720h").With(nullLifetime(), values{"expires_at": end})
			}
			applied := func(end string, want protocoltest.Action) *object {
				saved := w.Plan(until(protocoltest.Unknown))
				run := w.Apply(saved, until(end))
				if saved.Action != want || run.Failed != "" || run.Action != want {
					t.Fatalf("%s is planned and %s done, the %s has failed: %s", saved.Action, run.Action, run.Failed, run.Diagnostics)
				}
				w.Settled(until(end))
				if got := w.Object.Text("expires_at"); got != end {
					t.Errorf("expires_at is %s instead of %s", got, end)
				}
				s.tenantHas(w.Object, endsAt(end))
				return w.Object
			}
			first := applied(ahead(720*time.Hour), protocoltest.Create)
			s.isSame(first, w.Object)
			now := applied(ahead(1440*time.Hour), action)
			if action == protocoltest.Replace {
				s.isReplaced(first, now)
			} else {
				s.isSame(first, now)
			}
			s.only(now.Text("id"))
		})
	}
}

// TestPersonalAccessToken_expiresAtZone writes one instant in several ways.
func TestPersonalAccessToken_expiresAtZone(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"v1", "beta"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			w := s.workspace(nil, versioned(version))
			end := time.Now().Add(720 * time.Hour).Truncate(time.Second)
			until := func(text string) values {
				return lasting("720h").With(nullLifetime(), values{"expires_at": text})
			}
			first := w.Does(protocoltest.Create, until(end.In(time.FixedZone("", 5*3600+1800)).Format(time.RFC3339)))
			s.tenantHas(first, endsAt(end.UTC().Format(time.RFC3339)))
			for _, notation := range []string{time.RFC3339, "2006-01-02T15:04:05.000Z"} {
				s.isSame(first, w.Does(protocoltest.Nothing, until(end.UTC().Format(notation))))
			}
			if got := s.requests("PATCH", ""); got != 0 {
				t.Errorf("%d patches were sent", got)
			}
		})
	}
}
