package lifecycle_test

import (
	"fmt"
	"strings"
	"testing"
)

// ci is a token of one name.
func ci(name string, more ...values) values {
	return values{"name": name, "rotation_triggers": map[string]any{"n": "1"}}.With(more...)
}

// TestForesee_name: a name that is taken shows in the plan already, once, and is no error there: the token may be gone by then.
func TestForesee_name(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Add(toyToken{Name: "ci"})
	e := w.Start()
	plan := e.MustPlan(nil, ci("ci"))
	says(t, plan.Diagnostics, `The name "ci" is taken by another Toy named token`, "t1, created 2030-01-31T12:00:00Z", "Applying this plan fails unless", "terraform import", " t1.")
	for config, silent := range map[string]values{"again": ci("ci"), "another": ci("cd"), "prefix": {"name_prefix": "ci"}, "unknown": {"name": unknown}} {
		if said := e.MustPlan(nil, silent).Diagnostics; len(said) > 0 {
			t.Errorf("%s: %s", config, said)
		}
	}
	w.Fails("apply", ci("ci"), "is taken by the token t1")
	// Without a list there is nothing to say, and nothing fails.
	w.Fail("list", refused)
	if said := w.Start().MustPlan(nil, ci("ci")).Diagnostics; len(said) > 0 {
		t.Error(said)
	}
	w.Remove("t1")
	w.Does(create, ci("ci"))
}

// TestForesee_replaced: the name of a token that is replaced, or destroyed, is free then.
func TestForesee_replaced(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.Limit = 1 })
	w.Does(create, ci("ci"))
	for n, tainted := range []bool{false, true} {
		if w.Object.Tainted = tainted; tainted {
			// Of a tainted token Terraform tells the plan nothing.
			w.Limit = 2
		}
		if done := w.MustRun(replace, ci("ci", triggered(fmt.Sprint(n+2)))); len(done.Diagnostics) > 0 {
			t.Errorf("tainted %t: %s", tainted, done.Diagnostics)
		}
	}
	e := w.Start()
	e.MustRead(w.Object)
	e.PlanDestroy(w.Object)
	if said := e.MustPlan(nil, ci("ci")).Diagnostics; len(said) > 0 {
		t.Error(said)
	}
}

// TestForesee_limit: what all plans of a run come to is counted, and said once, whatever they are applied in.
func TestForesee_limit(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.Limit = 4 })
	for _, name := range []string{"a", "b"} {
		w.Add(toyToken{Name: name})
	}
	planned := w.Start()
	var said diagnostics
	for _, name := range strings.Split("cdefg", "") {
		said = append(said, planned.MustPlan(nil, ci(name)).Diagnostics...)
	}
	says(t, said, "Too many toys", "There would be 5.")
	// An apply plans again: what it has made is not counted twice, and what it has deleted makes room.
	e := w.Start()
	c := e.Create(ci("c"))
	if said := e.MustPlan(nil, ci("d")).Diagnostics; len(said) > 0 {
		t.Error(said)
	}
	e.Destroy(c)
	if said := e.MustPlan(nil, ci("e")).Diagnostics; len(said) > 0 {
		t.Error(said)
	}
	w.Add(toyToken{Name: "foreign"})
	w.Does(create, ci("d"))
	if done := w.Run(ci("d", triggered("2"))); done.Failed != "" || len(done.Diagnostics) > 0 {
		t.Error(done.Diagnostics)
	}
	w.HasAlive("t1 t2 t4 t6")
	// A rotation with an overlap takes one more.
	overlapping := values{"name": nil, "name_prefix": "d", "overlap": "24h"}
	w.Does(update, ci("d", triggered("2"), overlapping))
	saved := w.RefreshAndPlan(ci("d", triggered("3"), overlapping))
	says(t, saved.Diagnostics, "Too many toys", "There would be 5.")
	if done := w.Apply(saved, ci("d", triggered("3"), overlapping)); done.Failed != "apply" {
		t.Error(done.Diagnostics)
	}
	w.HasAlive("t1 t2 t4 t6")
}
