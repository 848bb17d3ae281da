package provider_test

import "testing"

// TestAccRotation_editsThatRotateNothing: what is no request for a new token mints none, on any system.
func TestAccRotation_editsThatRotateNothing(t *testing.T) {
	t.Parallel()
	w := newFleet(t)
	w.apply(order{})
	count, first := w.mints(), w.tokens()
	for _, step := range []struct {
		edit string
		order
	}{
		{"triggers added", order{triggers: "1"}},
		{"a lead, an overlap and another lifetime", order{triggers: "1", lead: "24h", lifetime: "600h", overlap: true}},
		{"a longer lead, a shorter life", order{triggers: "1", lead: "48h", lifetime: "480h", overlap: true}},
		{"triggers removed", order{lead: "48h", lifetime: "480h", overlap: true}},
		{"other triggers added", order{triggers: "2", lead: "48h", lifetime: "480h", overlap: true}},
		{"no lead, no overlap", order{triggers: "2", lifetime: "480h"}},
		{"nothing at all", order{}},
	} {
		t.Log(step.edit)
		w.apply(step.order)
		count = w.mintedSince(count, all(0))
		w.unchanged()
	}
	for name, now := range w.tokens() {
		if now.ID != first[name].ID || now.Secret != first[name].Secret {
			t.Errorf("%s is another token", name)
		}
		w.works(named(name), now.ID, now.Secret, true)
	}
	w.balanced(each(1))

	w.apply(order{triggers: "3"})
	w.mintedSince(count, all(0))
	w.apply(order{triggers: "4"})
	w.mintedSince(count, all(1))
	w.balanced(each(1))
	w.mustRun("destroy", "-no-color", "-auto-approve")
	if left := w.live(); left != 0 {
		t.Errorf("%d tokens are alive after destroy", left)
	}
}
