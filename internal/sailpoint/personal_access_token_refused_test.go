package sailpoint_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// What a mint and a change are warned of, and refused for, whose expiry has passed.
const (
	expiredWhenMinted = "The token would be expired when it is minted"
	expiredAtOnce     = "The token would be expired at once"
)

// warnsOfExpiry checks that a plan warns of a configured expiry that has passed, and that nothing else is said.
func (s *tenant) warnsOfExpiry(plan *protocoltest.Plan, summary string) {
	s.t.Helper()
	if got := warned(plan.Diagnostics); got != summary || plan.Diagnostics.Failed() {
		s.t.Fatalf("the plan says %s", plan.Diagnostics)
	}
	s.pointsAt(plan.Diagnostics[0], "expires_at")
	if detail := plan.Diagnostics[0].Detail; !strings.HasSuffix(detail, "Applying this plan fails.") {
		s.t.Error(detail)
	}
}

// TestPersonalAccessToken_expiryPassed mints nothing whose configured expiry has passed: the plan warns, and the apply is refused before
// anything is sent but a login.
func TestPersonalAccessToken_expiryPassed(t *testing.T) {
	t.Parallel()
	passed := values{"lifetime": nil, "expires_at": "2020-01-31T12:00:00Z"}
	soon := func() values { return values{"lifetime": nil, "expires_at": ahead(time.Hour)} }
	for name, c := range map[string]struct {
		version       string
		before, after values
		passes        time.Duration
	}{
		"new":                         {"v1", nil, lasting("1h").With(passed), 0},
		"new, older contract":         {"v2024", nil, lasting("1h").With(passed), 0},
		"rotated in place":            {"v1", overlapping(soon()), overlapping(triggered("2"), passed), 0},
		"rotated in place, expired":   {"v1", overlapping(soon()), overlapping(soon()), 2 * time.Hour},
		"rotated in place, older":     {"v2024", overlapping(soon()), overlapping(passed), 0},
		"replaced because it expired": {"v1", lasting("1h").With(soon()), lasting("1h").With(soon()), 2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			var made *object
			var alive []string
			if c.before != nil {
				made = s.made(c.before, versioned(c.version))
				alive = []string{made.Text("id")}
			}
			if s.Clock().Advance(c.passes); c.passes > 0 {
				alive = nil
			}
			w := s.workspace(made, versioned(c.version))
			if diagnostics := w.Refresh(); diagnostics.Failed() {
				t.Fatal(diagnostics)
			}
			saved := w.Plan(c.after)
			s.warnsOfExpiry(saved.Plan, expiredWhenMinted)
			stored := len(s.minted())
			s.Journal().Reset()
			before := w.Object
			run := w.Apply(saved, c.after)
			if failure := s.failed(run.Diagnostics); failure == nil || failure.Summary != expiredWhenMinted || !says("which has passed").MatchString(failure.Detail) {
				t.Fatalf("failed with %+v", failure)
			}
			if got := s.asked(); got.posts+got.patches != 0 || got.deletes != 0 && saved.Action != protocoltest.Replace {
				t.Errorf("the tenant was asked %+v", got)
			}
			s.only(alive...)
			if saved.Action == protocoltest.Replace {
				return
			}
			if got := len(s.minted()); got != stored {
				t.Errorf("the tenant keeps %d tokens instead of %d", got, stored)
			}
			if (w.Object == nil) != (before == nil) || before != nil && len(before.Differences(w.Object.Attributes)) != 0 {
				t.Errorf("the state has changed from %v to %v", before, w.Object)
			}
		})
	}
}

// TestPersonalAccessToken_changeRefused refuses a change to an expiry that has passed before anything is sent: the state keeps what it
// has, so that the next plan asks for the change again.
func TestPersonalAccessToken_changeRefused(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]values{
		"lifetime":   {"lifetime": "1h"},
		"expires_at": {"lifetime": nil, "expires_at": "2020-01-31T12:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			made := s.made(lasting("720h"))
			s.Clock().Advance(2 * time.Hour)
			config := lasting("720h").With(values{"name": "new"}, edit)
			e, prior, _ := s.refreshed(made)
			plan := e.MustPlan(prior, config)
			// In another process, which learns the tenant's time from its login.
			left, diagnostics := s.engine().Apply(plan)
			failure := s.failed(diagnostics)
			if failure == nil || failure.Summary != expiredAtOnce || !says("which has passed").MatchString(failure.Detail) {
				t.Fatalf("failed with %+v", failure)
			}
			s.pointsAt(failure, "expires_at")
			if name == "expires_at" {
				s.warnsOfExpiry(plan, expiredAtOnce)
			}
			if changed := prior.Differences(left.Attributes); len(changed) != 0 {
				t.Errorf("the state has other %v than before", changed)
			}
			if got := s.requests("PATCH", ""); got != 0 {
				t.Errorf("%d patches were sent", got)
			}
			again := s.workspace(left).Plan(config)
			if changed := plan.Attributes.Differences(again.Attributes); len(changed) != 0 {
				t.Errorf("the next plan has other %v", changed)
			}
			s.only(made.Text("id"))
			s.mustWork(left.Text("id"), left.Text("secret"))
			s.plansNothing(left, lasting("720h"))
		})
	}
}
