package lifecycle_test

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// TestDue_status: a refresh that finds a token due shows it, and the rotation that follows has it as its visible reason.
func TestDue_status(t *testing.T) {
	t.Parallel()
	for kind, c := range map[action]struct{ config values }{replace: {basic()}, rotate: {overlapping()}} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named)
			w.Does(create, c.config)
			w.Pass(23*day - time.Second)
			w.hasStatus("active")
			w.Pass(time.Second)
			w.hasStatus("due")
			// What is known already is found again without a change.
			before := w.Object
			w.hasStatus("due")
			if w.Object.Remembered() != before.Remembered() || len(before.Differences(w.Object.Attributes)) > 0 {
				t.Errorf("a second refresh has changed %v, %s", before.Differences(w.Object.Attributes), w.Object.Remembered())
			}
			plan := w.Plan(c.config)
			if plan.Action != kind || plan.IsKnown("status") || !slices.Contains(plan.Changes(), "status") {
				t.Errorf("%s with the status %s", plan.Action, plan.Attributes["status"])
			}
			if paths := fmt.Sprint(plan.RequiresReplace); kind == replace && paths != `[AttributeName("status")]` {
				t.Errorf("the replacement is because of %s", paths)
			}
			w.Does(kind, c.config)
			w.hasStatus("active")
			w.HasAlive(map[action]string{replace: "t2", rotate: "t1 t2"}[kind])
		})
	}
}

// TestDue_ended: a token that has expired or is missing says that, whatever is left of it.
func TestDue_ended(t *testing.T) {
	t.Parallel()
	w, _ := rotated(t)
	w.Pass(23 * day)
	w.Remove("t2")
	w.hasStatus("missing")
	w = newToy(t, named)
	w.Does(create, basic())
	w.Pass(30 * day)
	w.hasStatus("expired")
	if paths := fmt.Sprint(w.Plan(basic()).RequiresReplace); paths != `[AttributeName("status")]` {
		t.Errorf("the replacement is because of %s", paths)
	}
}

// TestDue_edited: an edit never rotates by itself. Afterwards the token counts as active, until a refresh finds otherwise.
func TestDue_edited(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lead  any
		found string
	}{"is not due any more": {"24h", "active"}, "is due all the same": {"167h59m", "due"}, "is removed": {nil, "active"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named)
			w.Does(create, overlapping())
			w.Pass(23*day + 2*time.Minute)
			config := overlapping(values{"rotate_before_expiry": c.lead})
			done := w.Run(config)
			if done.Failed != "" || done.Action != update || done.Saved.Text("status") != "active" || w.Object.Text("status") != "active" {
				t.Fatalf("%s of %s with the status %s: %s", done.Action, done.Saved.Attributes["status"], w.Object.Text("status"), done.Diagnostics)
			}
			if plan := w.Plan(config); plan.Action != nothing {
				t.Errorf("without a refresh: %s", plan.Action)
			}
			w.hasStatus(c.found)
			w.HasAlive("t1")
		})
	}
}

// TestDue_unknownLead: while the lead is not known, the plan promises neither; it may turn out to be none.
func TestDue_unknownLead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lead  any
		does  action
		alive string
	}{"the same": {"168h", rotate, "t1 t2"}, "none": {nil, update, "t1"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named)
			w.Does(create, overlapping())
			w.Pass(23 * day)
			saved := w.RefreshAndPlan(overlapping(values{"rotate_before_expiry": unknown}))
			if saved.Failed() || saved.IsKnown("status") || saved.IsKnown("id") {
				t.Fatalf("%s: %s", saved.Attributes, saved.Diagnostics)
			}
			done := w.Apply(saved, overlapping(values{"rotate_before_expiry": c.lead}))
			if done.Failed != "" || done.Action != c.does {
				t.Fatalf("%s, %q: %s", done.Action, done.Failed, done.Diagnostics)
			}
			w.HasAlive(c.alive)
			w.hasStatus("active")
		})
	}
}

// TestDue_refused: after a change that was refused, the state and what is remembered still agree that the token is due.
func TestDue_refused(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Does(create, overlapping())
	w.Pass(23 * day)
	w.Fails("apply", overlapping(values{"rotate_before_expiry": "24h", "note": "forbidden"}), "A note that is forbidden")
	if got := w.Object.Text("status"); got != "due" {
		t.Errorf("the status is %s", got)
	}
	if plan := w.Plan(overlapping()); plan.Action != rotate {
		t.Errorf("without a refresh: %s", plan.Action)
	}
}

// TestDue_forgotten: where private state cannot be read, a plan without a refresh changes nothing, and the next refresh finds it again.
func TestDue_forgotten(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Does(create, overlapping())
	w.Pass(23 * day)
	w.hasStatus("due")
	w.Remember(`{"version":99}`)
	if plan := w.Plan(overlapping()); plan.Action != nothing {
		t.Errorf("%s of %v", plan.Action, plan.Changes())
	}
	w.Does(rotate, overlapping())
}

// hasStatus refreshes, which must succeed, and fails the test unless the state has a status then.
func (w *toy) hasStatus(want string) {
	w.T.Helper()
	if said := w.Refresh(); said.Failed() {
		w.T.Fatal(said)
	}
	if got := w.Object.Text("status"); got != want {
		w.T.Errorf("the status is %q instead of %q", got, want)
	}
}
