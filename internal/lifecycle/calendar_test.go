package lifecycle_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// isDueAt fails the test unless the state says that time rotates the token then; zero is never.
func (w *toy) isDueAt(want time.Time) {
	w.T.Helper()
	if got := w.Object.Time("rotation_due_at"); !got.Equal(want) {
		w.T.Errorf("it is due at %s instead of %s", got, want)
	}
}

// forever is a token that never expires and is rotated in place, or replaced.
func forever(more ...values) values {
	return values{"name_prefix": "ci-", "overlap": "24h", "rotate_after": "240h"}.With(more...)
}

// TestRotateAfter: a token is due when it is that old, not before, and rotates once.
func TestRotateAfter(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind   string
		config values
		hides  bool
		does   action
	}{
		"in place":                {named, forever(), false, rotate},
		"replaced":                {named, forever(values{"overlap": nil}), false, replace},
		"no creation is told":     {named, forever(), true, rotate},
		"without a name":          {nameless, account(values{"rotate_after": "10d"}), false, rotate},
		"without either":          {nameless, account(values{"rotate_after": "10d"}), true, rotate},
		"replaced without a name": {nameless, account(values{"rotate_after": "1w3d", "overlap": nil}), true, replace},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, c.kind, func(s *toyServer) { s.TellsID, s.HidesCreation = true, c.hides })
			if saved := w.Plan(c.config); saved.IsKnown("rotation_due_at") {
				t.Errorf("a creation plans %s", saved.Attributes["rotation_due_at"])
			}
			w.Does(create, c.config)
			minted := w.Now()
			w.isDueAt(minted.Add(10 * day))
			w.Pass(10*day - time.Second)
			w.Does(nothing, c.config)
			w.HasAlive("t1")
			w.Pass(time.Second)
			if plan := w.Plan(c.config); plan.Action != nothing {
				t.Errorf("without a refresh: %s", plan.Action)
			}
			w.hasStatus("due")
			w.isDueAt(w.Now())
			if plan := w.Plan(c.config); plan.Action != c.does || plan.IsKnown("status") {
				t.Errorf("%s with the status %s", plan.Action, plan.Attributes["status"])
			}
			w.Does(c.does, c.config)
			w.hasStatus("active")
			w.isDueAt(w.Now().Add(10 * day))
			w.HasAlive(map[action]string{replace: "t2", rotate: "t1 t2"}[c.does])
			w.Pass(2 * day)
			if c.does == rotate {
				w.Does(update, c.config)
			}
			w.HasAlive("t2")
		})
	}
}

// TestRotateAfter_savedPlans: a plan that was made in time is applied on another day as it was made, in either direction.
func TestRotateAfter_savedPlans(t *testing.T) {
	t.Parallel()
	w := newToy(t, nameless, func(s *toyServer) { s.TellsID = true })
	config := account(values{"rotate_after": "240h"})
	w.Does(create, config)
	w.Pass(9 * day)
	early := w.RefreshAndPlan(config.With(values{"note": "b"}))
	w.Pass(2 * day)
	if done := w.Apply(early, config.With(values{"note": "b"})); done.Failed != "" || done.Action != update {
		t.Fatalf("%s: %s", done.Action, done.Diagnostics)
	}
	w.HasAlive("t1")
	config = config.With(values{"note": "b"})
	due := w.RefreshAndPlan(config)
	w.Pass(5 * day)
	if done := w.Apply(due, config); done.Failed != "" || done.Action != rotate {
		t.Fatalf("%s: %s", done.Action, done.Diagnostics)
	}
	w.Holds("t2", "t1")
	w.isDueAt(w.Now().Add(10 * day))
	w.Does(nothing, config)
}

// TestRotateAfter_both: whichever is due first rotates.
func TestRotateAfter_both(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lead, age string
		due       time.Duration
	}{"the age": {"168h", "240h", 10 * day}, "the expiry": {"600h", "240h", 5 * day}, "at once": {"480h", "240h", 10 * day}, "none but the expiry": {"", "", 30 * day}, "only the age": {"", "240h", 10 * day}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named)
			given := func(text string) any {
				if text == "" {
					return nil
				}
				return text
			}
			config := overlapping(values{"rotate_before_expiry": given(c.lead), "rotate_after": given(c.age)})
			w.Does(create, config)
			for _, alive := range []string{"t1 t2", "t2 t3"} {
				w.isDueAt(w.Now().Add(c.due))
				w.Pass(c.due - time.Second)
				if plan := w.RefreshAndPlan(config); plan.Action == rotate {
					t.Error("it rotates too early")
				}
				w.Pass(time.Second)
				w.Does(rotate, config)
				if c.due < 30*day {
					w.HasAlive(alive)
				}
			}
		})
	}
}

// TestRotateAfter_edited: an edit never rotates by itself. Its plan knows when the token is due then, and the refresh after it agrees.
func TestRotateAfter_edited(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	config := overlapping(values{"rotate_before_expiry": nil})
	w.Does(create, config)
	minted := w.Now()
	w.Pass(20 * day)
	for _, c := range []struct {
		edit values
		due  time.Duration
	}{
		{values{"rotate_after": "600h"}, 25 * day},
		{values{"rotate_before_expiry": "240h"}, 20 * day},
		{values{"rotate_before_expiry": "120h"}, 25 * day},
		{values{"rotate_after": "240h"}, 10 * day},
		{values{"rotate_after": "696h"}, 25 * day},
		{values{"rotate_before_expiry": nil}, 29 * day},
		{values{"rotate_after": nil}, 30 * day},
	} {
		config = config.With(c.edit)
		saved := w.RefreshAndPlan(config)
		if saved.Action != update || !saved.Time("rotation_due_at").Equal(minted.Add(c.due)) {
			t.Errorf("%v: %s, due at %s", c.edit, saved.Action, saved.Attributes["rotation_due_at"])
		}
		if done := w.Apply(saved, config); done.Failed != "" {
			t.Fatal(done.Diagnostics)
		}
		w.HasAlive("t1")
		w.hasStatus(map[bool]string{true: "due", false: "active"}[c.due <= 20*day])
		w.isDueAt(minted.Add(c.due))
		if _, isMore := c.edit["rotate_after"]; isMore && c.due == 10*day {
			// What only asks for more does not stop it, less does.
			if plan := w.Plan(config.With(values{"rotate_after": "120h"})); plan.Action != rotate {
				t.Errorf("for a shorter time: %s", plan.Action)
			}
		}
	}
	if saved := w.Plan(config.With(values{"note": "b"})); !saved.Time("rotation_due_at").Equal(minted.Add(30 * day)) {
		t.Errorf("another edit plans %s", saved.Attributes["rotation_due_at"])
	}
}

// TestRotateAfter_unknown: while it is not known, the plan promises nothing; it may turn out to be none.
func TestRotateAfter_unknown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		age   any
		does  action
		alive string
	}{"the same": {"240h", rotate, "t1 t2"}, "less": {"200h", rotate, "t1 t2"}, "none": {nil, update, "t1"}, "more": {"300h", update, "t1"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named)
			w.Does(create, forever())
			w.Pass(10 * day)
			saved := w.RefreshAndPlan(forever(values{"rotate_after": unknown}))
			if saved.Failed() || saved.IsKnown("id") || saved.IsKnown("secret_version") || saved.IsKnown("rotation_due_at") {
				t.Fatalf("%s: %s", saved.Attributes, saved.Diagnostics)
			}
			done := w.Apply(saved, forever(values{"rotate_after": c.age}))
			if done.Failed != "" || done.Action != c.does {
				t.Fatalf("%s, %q: %s", done.Action, done.Failed, done.Diagnostics)
			}
			w.HasAlive(c.alive)
			w.hasStatus("active")
		})
	}
	// A token that is not due yet.
	w := newToy(t, named)
	w.Does(create, forever())
	saved := w.RefreshAndPlan(forever(values{"rotate_after": unknown}))
	if saved.Action != update || saved.IsKnown("rotation_due_at") || !saved.IsKnown("secret_version") {
		t.Errorf("%s of %v", saved.Action, saved.Changes())
	}
	if done := w.Apply(saved, forever(values{"rotate_after": "48h"})); done.Failed != "" {
		t.Fatal(done.Diagnostics)
	}
	w.isDueAt(w.Now().Add(2 * day))
}

// TestRotateAfter_older: a state of the version before plans nothing, with and without a refresh, and the refresh fills in when it is due.
func TestRotateAfter_older(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	config := overlapping()
	w.Does(create, config)
	minted := w.Now()
	w.without(w.Object.Remembered(), "secret_version", "rotation_due_at", "rotate_after")
	if plan := w.Plan(config); plan.Action != nothing {
		t.Errorf("without a refresh: %s of %v", plan.Action, plan.Changes())
	}
	if plan := w.Plan(config.With(values{"note": "b"})); len(plan.Changes()) != 1 {
		t.Errorf("an edit without a refresh changes %v", plan.Changes())
	}
	w.Does(nothing, config)
	w.isDueAt(minted.Add(23 * day))
}

// TestRotateAfter_imported: the age of a token of which nothing tells when it was created counts from the import.
func TestRotateAfter_imported(t *testing.T) {
	t.Parallel()
	for _, hides := range []bool{false, true} {
		w := newToy(t, named, func(s *toyServer) { s.HidesCreation = hides })
		w.Add(toyToken{Name: rotation.NewName("ci-")})
		since := w.Now()
		w.Pass(5 * day)
		w.Object = w.Start().MustImport("t1")
		if hides {
			since = w.Now()
		}
		w.Does(update, forever())
		w.isDueAt(since.Add(10 * day))
		w.Pass(since.Add(10*day).Sub(w.Now()) - time.Second)
		w.Does(nothing, forever())
		w.Pass(time.Second)
		w.Does(rotate, forever())
	}
}

// TestRotationDueAt_futile: a lead that would rotate in every run rotates nothing; then the token is due when it expires.
func TestRotationDueAt_futile(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.MaxLifetime = 5 * day })
	config := overlapping()
	if done := w.Run(config); done.Failed != "" {
		t.Fatal(done.Diagnostics)
	}
	w.hasStatus("active")
	w.isDueAt(w.Now().Add(5 * day))
	w.Pass(5*day - time.Second)
	w.hasStatus("active")
	w.Pass(time.Second)
	w.hasStatus("expired")
}

// TestRotationDueAt_moved: where somebody moves the expiry, the due time moves with it; where a plan does, it is known after the apply.
func TestRotationDueAt_moved(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.MovesExpiry = true })
	config := overlapping()
	w.Does(create, config)
	minted := w.Now()
	config = config.With(values{"lifetime": "1440h"})
	if saved := w.RefreshAndPlan(config); saved.IsKnown("rotation_due_at") {
		t.Errorf("planned is %s", saved.Attributes["rotation_due_at"])
	}
	w.Does(update, config)
	w.isDueAt(minted.Add(53 * day))
}

// TestRotateAfter_warnings: what has no effect is said, with what has.
func TestRotateAfter_warnings(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.Lifetime = 5 * day })
	done := w.Run(forever())
	if done.Failed != "" {
		t.Fatal(done.Diagnostics)
	}
	plan := w.RefreshAndPlan(forever())
	says(t, plan.Diagnostics, "rotate_after has no effect", "expires at 2030-02-05T12:00:00Z, before it is 10d old")
	if plan = w.Plan(forever(values{"rotate_before_expiry": "24h"})); strings.Contains(plan.Diagnostics.String(), "has no effect") {
		t.Error(plan.Diagnostics)
	}
}
