package lifecycle_test

import "testing"

// TestDuration_spelling: another spelling of the same durations is no change, whichever of them an earlier version has stored, and with
// or without a refresh.
func TestDuration_spelling(t *testing.T) {
	t.Parallel()
	spelt := func(lifetime, rotateBefore, overlap string) values {
		return overlapping(values{"lifetime": lifetime, "rotate_before_expiry": rotateBefore, "overlap": overlap})
	}
	hours, plain, days, weeks := spelt("2016h", "336h", "36h"), spelt("2016h0m0s", "336h0m0s", "36h0m0s"), spelt("84d", "14d", "1d12h"), spelt("12w", "2w", "1.5d")
	for name, first := range map[string]values{"hours": hours, "as Go writes them": plain, "days": days, "weeks": weeks} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named)
			id := w.Does(create, first).Text("id")
			for _, next := range []values{hours, plain, days, weeks} {
				w.Does(nothing, next)
			}
			if got := w.Object.Text("id"); got != id {
				t.Errorf("the token was rotated to %s", got)
			}
			w.Does(update, spelt("85d", "15d", "2d"))
			if got := w.Object.Text("lifetime"); got != "85d" {
				t.Errorf("the lifetime is %s", got)
			}
		})
	}
}
