package sailpoint_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestAccSailPointPersonalAccessToken_ownCredential imports the token that the provider is logged in with. It can be planned for anything,
// and is neither destroyed nor replaced; forgetting it is what is left.
func TestAccSailPointPersonalAccessToken_ownCredential(t *testing.T) {
	s := emulate(t)
	own := s.SailPoint.Bootstrap().ClientID
	config := func(generation string) string {
		return token(`name = "bootstrap"`, `scope = ["sp:scopes:all"]`, `never_expires = true`, `rotation_triggers = { generation = "`+generation+`" }`)
	}
	s.test(
		resource.TestStep{Config: s.config(importing(own), config("1")), Check: adopted(own)},
		resource.TestStep{PreConfig: s.Journal().Reset, Config: s.config(config("1")), Destroy: true, ExpectError: says(ownCredential)},
		resource.TestStep{Config: s.config(config("2")), ExpectError: says(ownCredential)},
		resource.TestStep{Config: s.config("removed {\n  from = " + address + "\n  lifecycle {\n    destroy = false\n  }\n}\n")},
	)
	if got := s.asked(); got.posts+got.patches+got.deletes != 0 {
		t.Errorf("the tenant was asked %+v", got)
	}
	if _, there := s.SailPoint.Token(own); !there {
		t.Error("the provider's own token is gone")
	}
}

// ownCredential is what the revocation of the token that the provider is logged in with is refused with.
const ownCredential = "The provider is logged in with this token"

// refusesOwn checks that an apply was refused because it would revoke the token that the provider is logged in with.
func (s *tenant) refusesOwn(diagnostics protocoltest.Diagnostics, id string) {
	s.t.Helper()
	failure := s.failed(diagnostics)
	if failure == nil || failure.Summary != ownCredential || !says("Revoking the token "+id).MatchString(failure.Detail) {
		s.t.Fatalf("failed with %+v", failure)
	}
	s.pointsAt(failure, "id")
}

// TestPersonalAccessToken_ownCredential manages the token that the provider is logged in with like any other, and refuses to destroy or to
// replace it before anything is sent, whatever it would be replaced for; the plan says nothing of that.
func TestPersonalAccessToken_ownCredential(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	id := s.SailPoint.Bootstrap().ClientID
	plain := values{"name": "bootstrap", "scope": []string{"sp:scopes:all"}, "never_expires": true}
	config := plain.With(triggered("1"))
	w := s.workspace(s.engine().MustImport(id))
	w.Settled(plain)
	own := w.Does(protocoltest.Update, config)
	s.isNull(own, "secret")
	s.Journal().Reset()
	for name, change := range map[string]values{
		"destruction": nil,
		"trigger":     config.With(triggered("2")),
		"validity":    config.With(values{"access_token_validity_seconds": 60}),
		"no scope":    config.With(triggered("2"), values{"scope": nil}),
	} {
		var said protocoltest.Diagnostics
		if change == nil {
			plan := s.engine().PlanDestroy(own)
			if len(plan.Diagnostics) != 0 {
				t.Errorf("%s: the plan says %s", name, plan.Diagnostics)
			}
			w.Object, said = s.engine().Apply(plan)
		} else {
			run := w.Run(change)
			if run.Action != protocoltest.Replace || run.Failed != "destroy" || run.Saved.Diagnostics.Failed() {
				t.Errorf("%s: the %s of %s has failed", name, run.Failed, run.Action)
			}
			said = run.Diagnostics
		}
		s.refusesOwn(said, id)
		if w.Object == nil || len(own.Differences(w.Object.Attributes)) != 0 {
			t.Fatalf("%s: the state has changed to %v", name, w.Object)
		}
	}
	if got := s.asked(); got.posts+got.patches+got.deletes != 0 {
		t.Errorf("the tenant was asked %+v", got)
	}
	if _, there := s.SailPoint.Token(id); !there {
		t.Error("the provider's own token is gone")
	}
	w.Settled(config)
}

// TestPersonalAccessToken_ownCredentialInPlace rotates the token that the provider is logged in with in place, after which the provider
// works on. What would revoke that token is refused before anything is sent: the destruction, the next rotation, and the revocation after
// the overlap. With another credential each of them is done.
func TestPersonalAccessToken_ownCredentialInPlace(t *testing.T) {
	t.Parallel()
	config := overlapping(values{"scope": []string{"sp:scopes:all"}})
	start := func(t *testing.T) (s *tenant, first, second *object, own values) {
		t.Helper()
		s = emulate(t)
		first = s.made(config)
		own = values{"client_id": first.Text("id"), "client_secret": first.Text("secret")}
		second = s.rotatedInPlace(first, config.With(triggered("2")), own)
		if second.Text("previous_id") != first.Text("id") || second.Text("previous_secret") != first.Text("secret") {
			t.Errorf("the previous token is %s", second.Text("previous_id"))
		}
		s.only(first.Text("id"), second.Text("id"))
		s.mustWork(first.Text("id"), first.Text("secret"))
		s.mustWork(second.Text("id"), second.Text("secret"))
		s.plansNothing(second, config.With(triggered("2")), own)
		s.Journal().Reset()
		return s, first, second, own
	}
	t.Run("destruction", func(t *testing.T) {
		t.Parallel()
		s, first, second, own := start(t)
		e := s.engine(own)
		plan := e.PlanDestroy(second)
		if len(plan.Diagnostics) != 0 {
			t.Errorf("the plan says %+v", plan.Diagnostics)
		}
		left, diagnostics := e.Apply(plan)
		s.refusesOwn(diagnostics, first.Text("id"))
		if left == nil || len(second.Differences(left.Attributes)) != 0 {
			t.Errorf("the state has changed to %v", left)
		}
		if got := s.asked(); got.posts+got.patches+got.deletes != 0 {
			t.Errorf("the tenant was asked %+v", got)
		}
		s.only(first.Text("id"), second.Text("id"))
		s.engine().Destroy(left)
		s.only()
	})
	t.Run("next rotation", func(t *testing.T) {
		t.Parallel()
		s, first, second, own := start(t)
		config := config.With(triggered("3"))
		e := s.engine(own)
		plan := e.MustPlan(second, config)
		// The rotation that is asked for has been preceded by a list, which shows when the overlap ends.
		if len(saysOf(plan.Diagnostics, ownExpires)) != 1 || len(plan.Diagnostics) != 1 {
			t.Errorf("the plan says %s", plan.Diagnostics)
		}
		left, diagnostics := e.Apply(plan)
		s.refusesOwn(diagnostics, first.Text("id"))
		if changed := second.Differences(left.Attributes); len(changed) != 0 {
			t.Errorf("the state has other %v than before", changed)
		}
		if got := s.asked(); got.posts+got.patches+got.deletes != 0 {
			t.Errorf("the tenant was asked %+v", got)
		}
		s.only(first.Text("id"), second.Text("id"))
		third := s.rotatedInPlace(left, config)
		s.only(second.Text("id"), third.Text("id"))
		s.plansNothing(third, config)
	})
	t.Run("after the overlap", func(t *testing.T) {
		t.Parallel()
		s, first, second, own := start(t)
		config := config.With(triggered("2"))
		// The older contract keeps it alive for long enough to be asked.
		if err := s.SailPoint.PatchToken(first.Text("id"), func(k *fake.Token) { k.Expiration = nil }); err != nil {
			t.Fatal(err)
		}
		s.Clock().Advance(25 * time.Hour)
		e, due, _ := s.refreshed(second, own)
		plan := e.MustPlan(due, config)
		if got := warned(plan.Diagnostics); got != "The previous token is due for revocation" {
			t.Errorf("warned of %q", got)
		}
		left, diagnostics := e.Apply(plan)
		s.refusesOwn(diagnostics, first.Text("id"))
		if changed := due.Differences(left.Attributes); len(changed) != 0 {
			t.Errorf("the state has other %v than before", changed)
		}
		if got := s.asked(); got.posts+got.patches+got.deletes != 0 {
			t.Errorf("the tenant was asked %+v", got)
		}
		s.only(first.Text("id"), second.Text("id"))
		after, _ := s.run(left, config)
		s.isNull(after, previousNames()...)
		s.only(second.Text("id"))
	})
}
