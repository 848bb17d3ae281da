package provider_test

import (
	"errors"
	"os/exec"
	"testing"
	"time"
)

// TestAccRotation_year: a pipeline that runs once a fortnight, with a configuration that nobody touches for a year. Each token is rotated
// when it is due, each previous token is revoked by the next run, and no other run has anything to do. In the second half, changes of all arguments
// are ignored, which changes nothing.
func TestAccRotation_year(t *testing.T) {
	t.Parallel()
	const fortnight, quarter, lead = 14 * 24 * hour, 2160 * hour, 672 * hour
	w := newFleet(t)
	w.lifetime(quarter)
	o := order{triggers: "1", lifetime: "2160h", lead: "672h", overlap: true}
	w.apply(o)
	start, count := w.sandbox.Clock().Now(), all(0)
	// Before the first run no time had passed: what was minted then is not counted as a rotation.
	before := w.mints()
	rotates := names(func(m member) bool { return m.expires })
	revokes := names(func(m member) bool { return m.expires && m.overlap != "" })
	due, revocation := start.Add(quarter-lead), time.Time{}
	for run := range 26 {
		if run == 13 {
			o.ignores = "all"
			w.write(o.configuration())
		}
		w.sandbox.Clock().Advance(fortnight)
		now, want := w.sandbox.Clock().Now(), []string(nil)
		isDue := !now.Before(due)
		switch {
		case isDue:
			want = rotates
		case !revocation.IsZero():
			want = revokes
		}
		_, err := w.run("plan", "-no-color", "-detailed-exitcode", "-out=plan")
		if err == nil && len(want) == 0 {
			continue
		}
		// With -detailed-exitcode a plan that has something to do exits with 2.
		if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != 2 || len(want) == 0 {
			t.Fatalf("run %d: %q should change: %v", run, want, err)
		}
		doing(t, w.planned(), "update", want...)
		w.mustRun("apply", "-no-color", "plan")
		revocation = time.Time{}
		if isDue {
			due, revocation = now.Add(quarter-lead), now
			for _, name := range rotates {
				count[name]++
			}
			w.balanced(nil)
		} else {
			w.balanced(each(1))
		}
	}
	w.mintedSince(before, count)
	if count["newer"] != 5 {
		t.Errorf("%d rotations in a year", count["newer"])
	}
	w.balanced(nil)
}
