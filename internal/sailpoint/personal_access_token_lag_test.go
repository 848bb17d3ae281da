package sailpoint_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// TestPersonalAccessToken_listLags refreshes a token that was minted a moment ago and that the list does not show yet: it is looked for
// again, and if no look finds it, that is an error. The token is never taken for deleted, and stays in the state.
func TestPersonalAccessToken_listLags(t *testing.T) {
	t.Parallel()
	all := len(rest.LookDelays())
	for name, c := range map[string]struct {
		// lag is how many lists lack the token: the run's one list, and looks.
		lag   int
		looks int
		fails bool
	}{
		"prompt":           {0, 0, false},
		"one list":         {1, 1, false},
		"all but one look": {all, all, false},
		"all looks":        {all + 1, all, true},
	} {
		for rotation, rotates := range map[string]bool{"created": false, "rotated in place": true} {
			t.Run(name+", "+rotation, func(t *testing.T) {
				t.Parallel()
				s := emulate(t)
				// The newer contract patches the previous token after the mint, and a list lags behind the latest write only.
				config := overlapping(triggered("2"))
				var made *object
				if rotates {
					made = s.made(overlapping(), versioned("v2024"))
				}
				made, _ = s.run(made, config, versioned("v2024"))
				s.slept = nil
				s.Journal().Reset()
				if c.lag > 0 {
					s.fault("GET", contracts()["v2024"], "lag:"+strconv.Itoa(c.lag), 1)
				}
				read, diagnostics := s.engine(versioned("v2024")).Read(made)
				if read == nil || len(made.Differences(read.Attributes)) != 0 {
					t.Fatalf("the state has changed to %v", read)
				}
				failure := s.failed(diagnostics)
				if (failure != nil) != c.fails || c.fails && !says("The token "+made.Text("id")+" was minted a moment ago, and the list does not show it yet").MatchString(failure.Detail) {
					t.Errorf("failed with %+v", failure)
				}
				if got := s.requests("GET", contracts()["v2024"]); got != 1+c.looks {
					t.Errorf("%d lists instead of %d", got, 1+c.looks)
				}
				s.waited(c.looks)
				s.plansNothing(made, config, versioned("v2024"))
			})
		}
	}
}

// TestPersonalAccessToken_deletedAtOnce deletes a token right after it was minted: a list cannot tell that from one that lags, and only
// after two minutes the token counts as deleted.
func TestPersonalAccessToken_deletedAtOnce(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	made := s.made(lasting("720h"))
	if err := s.SailPoint.DeleteToken(made.Text("id")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		read, diagnostics := s.engine().Read(made)
		if failure := s.failed(diagnostics); failure == nil || read == nil || !says("Run again in two minutes").MatchString(failure.Detail) {
			t.Fatalf("read %v, failed with %+v", read, failure)
		}
	}
	s.Clock().Advance(2*time.Minute + tick)
	read, diagnostics := s.engine().Read(made)
	if read != nil || len(diagnostics) != 0 {
		t.Errorf("read %v with %s", read, diagnostics)
	}
}
