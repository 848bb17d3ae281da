package lifecycle_test

import (
	"slices"
	"testing"
)

// action is what a run does to an object. A rotation is an update after which the object has another id.
type action string

const (
	nothing action = "nothing"
	create  action = "create"
	update  action = "update"
	rotate  action = "rotate"
	replace action = "replace"
)

// workspace is where one resource is kept between runs of Terraform.
type workspace struct {
	t testing.TB
	// Start starts a provider process. Every run has two: one plans, the other applies.
	Start               func() *engine
	CreateBeforeDestroy bool

	// Object is the resource; nil while there is none.
	Object *object
	// Deposed have been replaced, and are not destroyed yet.
	Deposed []*object
}

// saved is a plan as Terraform saves it.
type saved struct {
	*plan
	Action action
	// Creation is what is planned from nothing, in place of a replaced object.
	Creation *plan
}

// run is what a run has done.
type run struct {
	Action action
	Saved  *saved
	// Failed is where the run has failed: in the "refresh", in the "plan", in the "destroy" of what is replaced, or in the "apply".
	Failed string
	// Diagnostics are those of the refresh, the plan and the apply; the plan that is made again repeats those of the plan.
	Diagnostics diagnostics
}

// Refresh reads the object. After an error everything is as it was.
func (w *workspace) Refresh() diagnostics {
	w.t.Helper()
	return w.refresh(w.Start())
}

func (w *workspace) refresh(e *engine) diagnostics {
	w.t.Helper()
	if w.Object == nil {
		return nil
	}
	read, said := e.Read(w.Object)
	if !said.Failed() {
		w.Object = read
	}
	return said
}

// Plan refreshes and plans, and keeps what the refresh has found.
func (w *workspace) Plan(config values) *saved {
	w.t.Helper()
	e := w.Start()
	if said := w.refresh(e); said.Failed() {
		w.t.Fatal(said)
	}
	return w.planIn(e, config)
}

func (w *workspace) planIn(e *engine, config values) *saved {
	w.t.Helper()
	prior := w.Object
	if prior != nil && prior.Tainted {
		creation := e.Plan(nil, config)
		return &saved{plan: creation, Action: replace, Creation: creation}
	}
	s := &saved{plan: e.Plan(prior, config)}
	switch {
	case s.Diagnostics.Failed():
		s.Action = nothing
	case s.Replaces():
		s.Action, s.Creation = replace, e.planFrom(nil, s.Private, config)
	default:
		s.Action = actionOf(s.plan)
	}
	return s
}

func actionOf(p *plan) action {
	switch changes := p.Changes(); {
	case p.prior == nil:
		return create
	case len(changes) == 0:
		return nothing
	case slices.Contains(changes, "id"):
		return rotate
	}
	return update
}

// Run refreshes, plans and applies, as terraform apply does.
func (w *workspace) Run(config values) run {
	w.t.Helper()
	e := w.Start()
	refreshed := w.refresh(e)
	if refreshed.Failed() {
		return run{Failed: "refresh", Diagnostics: refreshed}
	}
	done := w.Apply(w.planIn(e, config), config)
	done.Diagnostics = append(refreshed, done.Diagnostics...)
	return done
}

// Apply applies a saved plan in a process of its own, with a configuration in which everything is known by then.
func (w *workspace) Apply(s *saved, config values) run {
	w.t.Helper()
	done := run{Action: s.Action, Saved: s, Diagnostics: s.Diagnostics}
	e := w.Start()
	switch {
	case s.Diagnostics.Failed() || s.Creation != nil && s.Creation.Diagnostics.Failed():
		done.Failed = "plan"
	case s.Action == nothing:
	case s.Action != replace:
		w.change(e, s.plan, config, &done)
	case w.CreateBeforeDestroy:
		replaced := w.Object
		w.Object = nil
		if w.change(e, s.Creation, config, &done); w.Object == nil {
			w.Object = replaced
			break
		}
		w.Deposed = append(w.Deposed, replaced)
		if done.Failed == "" {
			w.destroyDeposed(e, &done)
		}
	default:
		left, said := w.destroyed(e, w.Object)
		done.Diagnostics = append(done.Diagnostics, said...)
		if w.Object = left; said.Failed() || e.dead() {
			done.Failed = "destroy"
			break
		}
		w.change(e, s.Creation, config, &done)
	}
	return done
}

// change plans again and applies.
func (w *workspace) change(e *engine, early *plan, config values, done *run) {
	w.t.Helper()
	late := e.Plan(w.Object, config)
	if late.Diagnostics.Failed() {
		done.Failed, done.Diagnostics = "plan", late.Diagnostics
		return
	}
	e.Narrows(early, late)
	if late.Replaces() {
		w.t.Errorf("only the second plan replaces, because of %v", late.RequiresReplace)
	}
	if done.Action != replace {
		if done.Action = actionOf(late); done.Action == nothing {
			return
		}
	}
	made, said := e.Apply(late)
	if done.Diagnostics = append(done.Diagnostics, said...); said.Failed() || e.dead() {
		done.Failed = "apply"
	}
	// What a process has done that died then, nobody has learnt.
	if !e.dead() {
		w.Object = made
	}
}

func (w *workspace) destroyDeposed(e *engine, done *run) {
	w.t.Helper()
	var left []*object
	for _, deposed := range w.Deposed {
		rest, said := w.destroyed(e, deposed)
		if done.Diagnostics = append(done.Diagnostics, said...); rest != nil {
			left, done.Failed = append(left, rest), "destroy"
		}
	}
	w.Deposed = left
}

func (w *workspace) destroyed(e *engine, o *object) (*object, diagnostics) {
	w.t.Helper()
	p := e.PlanDestroy(o)
	if p.Diagnostics.Failed() {
		return o, p.Diagnostics
	}
	left, said := e.Apply(p)
	if e.dead() {
		return o, said
	}
	return left, append(p.Diagnostics, said...)
}

// Destroy destroys the object and what is deposed, without a refresh.
func (w *workspace) Destroy() diagnostics {
	w.t.Helper()
	e := w.Start()
	var done run
	w.destroyDeposed(e, &done)
	if w.Object != nil {
		var said diagnostics
		w.Object, said = w.destroyed(e, w.Object)
		done.Diagnostics = append(done.Diagnostics, said...)
	}
	return done.Diagnostics
}

// Does runs a configuration that must succeed, do what is expected, and leave nothing to do.
func (w *workspace) Does(want action, config values) run {
	w.t.Helper()
	done := w.Run(config)
	if done.Failed != "" {
		w.t.Fatalf("the %s has failed: %s", done.Failed, done.Diagnostics.Errors())
	}
	if done.Action != want {
		w.t.Errorf("%s instead of %s", done.Action, want)
	}
	w.Settled(config)
	return done
}

// Fails runs a configuration that must fail at a place, with one error that says all of the given texts.
func (w *workspace) Fails(where string, config values, texts ...string) run {
	w.t.Helper()
	done := w.Run(config)
	if done.Failed != where {
		w.t.Fatalf("failed is %q instead of %q: %s", done.Failed, where, done.Diagnostics)
	}
	says(w.t, done.Diagnostics.Errors(), texts...)
	return done
}

// Settled fails the test unless nothing is planned, with a refresh and without one, and the refresh leaves private state as it is,
// byte for byte.
func (w *workspace) Settled(config values) {
	w.t.Helper()
	e := w.Start()
	w.empty(e, config, "without a refresh")
	before := w.Object
	if said := w.refresh(e); said.Failed() {
		w.t.Fatal(said)
	}
	if w.Object == nil {
		w.t.Fatal("the object is gone")
	}
	if was, is := string(before.Private), string(w.Object.Private); was != is {
		w.t.Errorf("a refresh that has found nothing has changed private state from %s to %s", before.Record(w.t), w.Object.Record(w.t))
	}
	if len(before.Differences(w.Object.attributes)) > 0 {
		// Otherwise it is the same plan.
		w.empty(e, config, "after a refresh")
	}
}

func (w *workspace) empty(e *engine, config values, when string) {
	w.t.Helper()
	p := e.Plan(w.Object, config)
	if p.Diagnostics.Failed() {
		w.t.Fatal(p.Diagnostics)
	}
	for _, name := range p.Changes() {
		w.t.Errorf("%s, a change of %s is planned: %s to %s", when, name, w.Object.attributes[name], p.attributes[name])
	}
}
