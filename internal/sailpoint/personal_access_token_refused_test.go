package sailpoint_test

import (
	"testing"
	"time"
)

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
			left, diagnostics := e.Apply(plan)
			failure := s.failed(diagnostics)
			if failure == nil || !says("which has passed").MatchString(failure.Detail) {
				t.Fatalf("failed with %+v", failure)
			}
			s.pointsAt(failure, "expires_at")
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
			s.settled(left, lasting("720h"))
		})
	}
}
