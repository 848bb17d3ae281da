package lifecycle_test

import (
	"testing"
	"time"
)

// TestNameless_neighbor: a token that was minted and that no list has shown is not taken for the next one of the same account in the same
// run, which is refused before anything is sent, until lists must have shown it. What a list has shown is in nobody's way.
func TestNameless_neighbor(t *testing.T) {
	t.Parallel()
	failsAfterMint := func(w *toy) {
		w.Before = func(request string) {
			if request == "list" && w.minted > 1 {
				w.Faults = map[string][]fault{"list": {unavailable}}
				w.Before = nil
			}
		}
	}
	for name, c := range map[string]struct {
		// happens to the first mint; t1 is a token that the run has and rotates, t2 is the one that the first mint makes.
		happens func(w *toy)
		refuses bool
	}{
		"lost, and never made":            {func(w *toy) { w.Fail("create", lostBefore) }, true},
		"lost, and not shown":             {func(w *toy) { w.Lag = 4; w.Fail("create", lostAfter) }, true},
		"lost, and the list fails":        {func(w *toy) { w.Fail("create", lostAfter); failsAfterMint(w) }, true},
		"lost, and shown":                 {func(w *toy) { w.Fail("create", lostAfter) }, false},
		"lost, and shown in the end":      {func(w *toy) { w.Lag = 3; w.Fail("create", lostAfter) }, false},
		"answered, and not shown":         {func(w *toy) { w.Lag = 4 }, true},
		"answered, and shown in the end":  {func(w *toy) { w.Lag = 3 }, true},
		"answered, and the list fails":    {failsAfterMint, true},
		"answered with an id, not shown":  {func(w *toy) { w.Lag, w.TellsID = 4, true }, true},
		"answered, and shown as of two":   {func(w *toy) { w.Before = somebodyElse(w) }, false},
		"refused":                         {func(w *toy) { w.Fail("create", refused) }, false},
		"answered with an id, and a list": {func(w *toy) { w.TellsID = true }, false},
	} {
		for next, mint := range map[string]func(w *toy, e *engine) (*object, diagnostics){
			"a creation": func(_ *toy, e *engine) (*object, diagnostics) { return e.Apply(e.Plan(nil, account())) },
			"a rotation": func(w *toy, e *engine) (*object, diagnostics) {
				return e.Apply(e.Plan(w.Object, account(triggered("2"))))
			},
		} {
			t.Run(name+", then "+next, func(t *testing.T) {
				t.Parallel()
				w := newToy(t, nameless)
				w.Does(create, account())
				e := w.Start()
				c.happens(w)
				_, _ = e.Apply(e.Plan(nil, account()))
				w.Lag, w.Before, w.Faults = 0, nil, nil
				w.Requests()
				if c.refuses {
					_, said := mint(w, e)
					says(t, said.Errors(), "Nothing was minted", "could mistake that token for the new one", "Apply again in two minutes")
					w.Sent("")
					made, said := e.Apply(e.Plan(nil, account(values{"account": "another"})))
					if said.Failed() || made.Text("id") == "" {
						t.Errorf("another account: %s", said)
					}
					w.Pass(2 * time.Minute)
				}
				made, said := mint(w, e)
				if said.Failed() || "secret-"+made.Text("id") != made.Text("token") {
					t.Errorf("the state is %v: %s", made, said)
				}
			})
		}
	}
}

// somebodyElse mints a token for the same account right before the next one.
func somebodyElse(w *toy) func(request string) {
	return func(request string) {
		if request == "create" {
			w.add(toyToken{Account: "acc"})
		}
	}
}
