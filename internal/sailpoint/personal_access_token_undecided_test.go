package sailpoint_test

import (
	"testing"
)

// TestPersonalAccessToken_undecidedInPlace asks when the next token expires, as a creation does, where the configuration does not say.
func TestPersonalAccessToken_undecidedInPlace(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	made := s.made(overlapping())
	e, prior, _ := s.refreshed(made)
	failure := s.failed(e.Plan(prior, overlapping(triggered("2"), nullLifetime())).Diagnostics)
	if failure == nil || failure.Summary != "How long the token lives is not set" {
		t.Fatalf("failed with %+v", failure)
	}
	s.pointsAt(failure, "lifetime")
	s.only(made.Text("id"))
}
