package sailpoint_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// keeps fails the test unless the tenant keeps that many minted tokens, expired ones included.
func (s *tenant) keeps(want int) {
	s.t.Helper()
	if err := s.stored(want)(nil); err != nil {
		s.t.Error(err)
	}
}

// stored checks how many minted tokens the tenant keeps, expired ones included.
func (s *tenant) stored(want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if minted := s.minted(); len(minted) != want {
			return fmt.Errorf("the tenant keeps %d tokens instead of %d: %+v", len(minted), want, minted)
		}
		return nil
	}
}

// TestPersonalAccessToken_expired replaces a token that has expired, whether or not the tenant still lists it.
func TestPersonalAccessToken_expired(t *testing.T) {
	t.Parallel()
	for name, hide := range map[string]bool{"listed": false, "hidden": true} {
		for _, createFirst := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, create before destroy %t", name, createFirst), func(t *testing.T) {
				t.Parallel()
				s := emulate(t, switched(func(w *fake.Switches) { w.HideExpired = hide }))
				w := s.workspace(nil)
				w.CreateBeforeDestroy = createFirst
				config := lasting("720h").With(values{"name": nil, "name_prefix": "ci-"})
				first := w.Does(protocoltest.Create, config)
				s.isSame(first, w.Object)
				if got := first.Text("status"); got != "active" {
					t.Errorf("status %q", got)
				}
				s.Clock().Advance(721 * time.Hour)
				if diagnostics := w.Refresh(); warned(diagnostics) != "SailPoint personal access token has expired" || w.Object.Text("status") != "expired" {
					t.Errorf("status %q: %s", w.Object.Text("status"), diagnostics)
				}
				now := w.Does(protocoltest.Replace, config)
				s.isReplaced(first, now)
				s.tenantHas(now, livesFor(720*time.Hour))
				if got := now.Text("status"); got != "active" {
					t.Errorf("status %q", got)
				}
				kept := 1
				if hide {
					// The emulator keeps what it hides.
					kept = 2
				}
				s.keeps(kept)
			})
		}
	}
}

// TestPersonalAccessToken_expiredDestroyed deletes a token that has expired, and that the tenant still lists.
func TestPersonalAccessToken_expiredDestroyed(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	w := s.workspace(nil)
	w.Does(protocoltest.Create, lasting("1h"))
	s.Clock().Advance(61 * time.Minute)
	if diagnostics := w.Refresh(); diagnostics.Failed() || w.Object.Text("status") != "expired" {
		t.Errorf("status %q: %s", w.Object.Text("status"), diagnostics)
	}
	if diagnostics := w.Destroy(); len(diagnostics) != 0 || w.Object != nil {
		t.Errorf("left is %v: %s", w.Object, diagnostics)
	}
	s.keeps(0)
}

// TestPersonalAccessToken_expiredAbsolute is not replaced as long as the configured expiry has passed: the plan is accepted, so that
// the resource can be destroyed, and its apply mints nothing.
func TestPersonalAccessToken_expiredAbsolute(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	w := s.workspace(nil)
	absolute := func(d time.Duration) values {
		return lasting("1h").With(values{"lifetime": nil, "expires_at": ahead(d)})
	}
	config := absolute(time.Hour)
	first := w.Does(protocoltest.Create, config)
	s.Clock().Advance(2 * time.Hour)
	s.Journal().Reset()
	run := w.Run(config)
	if run.Action != protocoltest.Replace || run.Saved.Failed() {
		t.Errorf("%s is planned: %s", run.Action, run.Saved.Diagnostics)
	}
	s.pointsAt(s.failsWith(run.Diagnostics, `Attribute expires_at asks for an expiry at`), "expires_at")
	if got := s.asked(); run.Failed != "apply" || got.posts != 0 {
		t.Errorf("the %s has failed, and the tenant was asked %+v", run.Failed, got)
	}
	// What is left can be planned again.
	if diagnostics := w.Refresh(); diagnostics.Failed() {
		t.Error(diagnostics)
	}
	if saved := w.Plan(config); saved.Failed() || saved.Action != protocoltest.Create {
		t.Errorf("%s is planned: %s", saved.Action, saved.Diagnostics)
	}
	later := absolute(4 * time.Hour)
	s.isReplaced(first, w.Does(protocoltest.Create, later))
	s.keeps(1)
}

// TestPersonalAccessToken_expiresBeforeApply applies a plan of a token that was alive when the plan was made.
func TestPersonalAccessToken_expiresBeforeApply(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit   values
		action protocoltest.Action
		check  func(s *tenant, first, now *object)
		// then is what the next run does.
		then protocoltest.Action
	}{
		"renamed": {values{"name": "new"}, protocoltest.Update, func(s *tenant, first, now *object) {
			if now.Text("id") != first.Text("id") || now.Text("secret") != first.Text("secret") || now.Text("name") != "new" {
				s.t.Errorf("the token is %v", now)
			}
		}, protocoltest.Replace},
		"prolonged": {values{"lifetime": "720h"}, protocoltest.Update, func(s *tenant, first, now *object) {
			s.isSame(first, now)
			s.only(now.Text("id"))
		}, protocoltest.Nothing},
		"replaced": {values{"access_token_validity_seconds": 60}, protocoltest.Replace, func(s *tenant, first, now *object) {
			s.isReplaced(first, now)
			s.keeps(1)
		}, protocoltest.Nothing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			first := s.made(lasting("1h"))
			w := s.workspace(first)
			config := lasting("1h").With(c.edit)
			saved := w.Plan(config)
			s.Clock().Advance(2 * time.Hour)
			run := w.Apply(saved, config)
			if run.Action != c.action || run.Failed != "" {
				t.Fatalf("%s, the %s has failed: %s", run.Action, run.Failed, run.Diagnostics)
			}
			c.check(s, first, w.Object)
			w.Does(c.then, config)
		})
	}
}
