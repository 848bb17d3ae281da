package protocoltest

import (
	"bytes"
	"slices"
	"testing"
)

// Action is what a run does to an object.
type Action string

// The actions. A rotation is an update after which the object has another id.
const (
	Nothing Action = "nothing"
	Create  Action = "create"
	Update  Action = "update"
	Rotate  Action = "rotate"
	Replace Action = "replace"
)

// IgnoreAll stands for all arguments in ignore_changes.
const IgnoreAll = "all"

// Workspace is where one resource lives between runs of Terraform.
type Workspace struct {
	T testing.TB
	// Start starts a provider process. Every run has two: one plans, the other applies.
	Start func() *Engine
	// CreateBeforeDestroy is the argument of the resource's lifecycle.
	CreateBeforeDestroy bool
	// IgnoreChanges is another one: names of attributes, or [IgnoreAll] for all arguments.
	IgnoreChanges []string

	// Object is the resource; nil while there is none.
	Object *Object
	// Deposed have been replaced, and are not destroyed yet.
	Deposed []*Object
}

// Saved is a plan as Terraform saves it.
type Saved struct {
	// Plan is what is planned from the object that there is.
	*Plan
	Action Action
	// Creation is what is planned from nothing, in place of a replaced object.
	Creation *Plan
}

// Failed reports whether the plan has failed, and thus cannot be applied.
func (s *Saved) Failed() bool {
	return s.Diagnostics.Failed() || s.Creation != nil && s.Creation.Diagnostics.Failed()
}

// Run is what a run has done.
type Run struct {
	// Action is what was done, or what has failed.
	Action Action
	// Saved is the plan; nil where the refresh has failed.
	Saved *Saved
	// Planned is the plan that was applied; nil where nothing was.
	Planned *Plan
	// Failed is where the run has failed: in the "refresh", in the "plan", in the "destroy" of what is replaced, or in the "apply".
	// It is empty after a run that has succeeded.
	Failed string
	// Diagnostics are those of all that was done, also before a failure: of the refresh, the plan and the apply. The plan that is made
	// again in the apply repeats those of the plan; they are in here once.
	Diagnostics Diagnostics
	// Applied are those of the apply alone.
	Applied Diagnostics
	// Dead is set when the process that applied has died. What it did then, nobody has learnt.
	Dead bool
}

// start starts a provider process with the resource's lifecycle.
func (w *Workspace) start() *Engine {
	w.T.Helper()
	e := w.Start()
	e.ignores = w.IgnoreChanges
	return e
}

// Refresh reads the object, and those that are deposed. It returns what the provider says; after an error everything is as it was.
func (w *Workspace) Refresh() Diagnostics {
	w.T.Helper()
	return w.refresh(w.start())
}

func (w *Workspace) refresh(e *Engine) Diagnostics {
	w.T.Helper()
	var all Diagnostics
	var deposed []*Object
	for _, object := range w.Deposed {
		read, diagnostics := e.Read(object)
		if all = append(all, diagnostics...); read != nil {
			deposed = append(deposed, read)
		}
	}
	object := w.Object
	if object != nil {
		read, diagnostics := e.Read(object)
		all, object = append(all, diagnostics...), read
	}
	if !all.Failed() {
		w.Object, w.Deposed = object, deposed
	}
	return all
}

// Plan plans a configuration, in a process of its own and without a refresh.
func (w *Workspace) Plan(config Values) *Saved {
	w.T.Helper()
	return w.plan(w.start(), config)
}

// RefreshAndPlan does both in one process, as terraform plan does. The refresh must succeed; what it finds is kept.
func (w *Workspace) RefreshAndPlan(config Values) *Saved {
	w.T.Helper()
	e := w.start()
	e.NoError(w.refresh(e))
	return w.plan(e, config)
}

func (w *Workspace) plan(e *Engine, config Values) *Saved {
	w.T.Helper()
	prior := w.Object
	if prior != nil && prior.Tainted {
		// Terraform replaces it without asking.
		creation := e.Plan(nil, config)
		return &Saved{Plan: creation, Action: Replace, Creation: creation}
	}
	saved := &Saved{Plan: e.Plan(prior, config)}
	switch {
	case prior == nil:
		saved.Action = Create
	case saved.Diagnostics.Failed():
		saved.Action = Nothing
	case saved.Replaces():
		saved.Action, saved.Creation = Replace, e.PlanCreation(saved.Plan)
	default:
		saved.Action = actionOf(saved.Plan)
	}
	return saved
}

// actionOf is what a plan does that replaces nothing.
func actionOf(plan *Plan) Action {
	switch changes := plan.Changes(); {
	case plan.prior == nil:
		return Create
	case len(changes) == 0:
		return Nothing
	case slices.Contains(changes, "id"):
		return Rotate
	}
	return Update
}

// Run refreshes, plans and applies what is planned, as terraform apply does.
func (w *Workspace) Run(config Values) Run {
	w.T.Helper()
	e := w.start()
	refreshed := w.refresh(e)
	if refreshed.Failed() || e.network.Dead() {
		return Run{Failed: "refresh", Diagnostics: refreshed, Dead: e.network.Dead()}
	}
	saved := w.plan(e, config)
	run := w.Apply(saved, config)
	if run.Failed != "plan" {
		refreshed = append(refreshed, saved.Diagnostics...)
	}
	run.Diagnostics = append(refreshed, run.Diagnostics...)
	return run
}

// Apply applies a saved plan in a process of its own. It takes a configuration in which everything is known that was not known yet
// when the plan was made.
func (w *Workspace) Apply(saved *Saved, config Values) Run {
	w.T.Helper()
	return w.ApplyIn(w.start(), saved, config)
}

// ApplyIn applies a saved plan in a process.
func (w *Workspace) ApplyIn(e *Engine, saved *Saved, config Values) Run {
	w.T.Helper()
	run := Run{Action: saved.Action, Saved: saved}
	switch {
	case saved.Failed():
		run.Failed, run.Diagnostics = "plan", saved.Diagnostics
		if saved.Creation != nil && !saved.Diagnostics.Failed() {
			run.Diagnostics = saved.Creation.Diagnostics
		}
	case !run.goesOn("destroy", e, w.destroyDeposed(e)), saved.Action == Nothing:
	case saved.Action != Replace:
		w.change(e, saved.Plan, config, &run)
	case w.CreateBeforeDestroy:
		w.createThenDestroy(e, saved.Creation, config, &run)
	default:
		w.destroyThenCreate(e, saved.Creation, config, &run)
	}
	return run
}

// goesOn notes what was said in a step, and reports whether that has succeeded.
func (r *Run) goesOn(step string, e *Engine, said Diagnostics) bool {
	r.Diagnostics = append(r.Diagnostics, said...)
	if r.Dead = e.network.Dead(); r.Dead || said.Failed() {
		r.Failed = step
	}
	return r.Failed == ""
}

// change plans again and applies.
func (w *Workspace) change(e *Engine, early *Plan, config Values, run *Run) {
	w.T.Helper()
	late := e.Plan(w.Object, config)
	if late.Diagnostics.Failed() || e.network.Dead() {
		run.goesOn("plan", e, late.Diagnostics)
		return
	}
	e.Narrows(early, late)
	if late.Replaces() {
		w.T.Errorf("only the second plan replaces, because of %v", late.RequiresReplace)
	}
	if run.Action != Replace {
		// An update may turn out to be none, or one without a rotation.
		if run.Action = actionOf(late); run.Action == Nothing {
			return
		}
	}
	made, diagnostics := e.Apply(late)
	run.Planned, run.Applied = late, diagnostics
	if run.goesOn("apply", e, diagnostics); !run.Dead {
		w.Object = made
	}
}

func (w *Workspace) destroyThenCreate(e *Engine, creation *Plan, config Values, run *Run) {
	w.T.Helper()
	left, diagnostics := e.destroyReplaced(w.Object, creation)
	goesOn := run.goesOn("destroy", e, diagnostics)
	if !run.Dead {
		w.Object = left
	}
	if goesOn {
		w.change(e, creation, config, run)
	}
}

func (w *Workspace) createThenDestroy(e *Engine, creation *Plan, config Values, run *Run) {
	w.T.Helper()
	replaced := w.Object
	w.Object = nil
	if w.change(e, creation, config, run); w.Object == nil {
		w.Object = replaced
		return
	}
	// Of a replacement whose creation has failed Terraform destroys nothing: both are there until the next run.
	if w.Deposed = append(w.Deposed, replaced); run.Failed == "" {
		run.goesOn("destroy", e, w.destroyDeposed(e))
	}
}

// destroyDeposed destroys what has been replaced, as every apply does.
func (w *Workspace) destroyDeposed(e *Engine) Diagnostics {
	w.T.Helper()
	var all Diagnostics
	var left []*Object
	for _, object := range w.Deposed {
		rest, diagnostics := w.destroyed(e, object)
		if all = append(all, diagnostics...); rest != nil {
			left = append(left, rest)
		}
	}
	w.Deposed = left
	return all
}

// destroyed plans and applies the end of an object. It returns what is left of it.
func (w *Workspace) destroyed(e *Engine, object *Object) (*Object, Diagnostics) {
	w.T.Helper()
	plan := e.PlanDestroy(object)
	if plan.Diagnostics.Failed() || e.network.Dead() {
		return object, plan.Diagnostics
	}
	left, diagnostics := e.Apply(plan)
	if e.network.Dead() {
		left = object
	}
	return left, diagnostics
}

// Destroy destroys the object, and those that are deposed, without a refresh. It returns what the provider says.
func (w *Workspace) Destroy() Diagnostics {
	w.T.Helper()
	e := w.start()
	all := w.destroyDeposed(e)
	if w.Object != nil {
		left, diagnostics := w.destroyed(e, w.Object)
		all, w.Object = append(all, diagnostics...), left
	}
	return all
}

// Does runs a configuration that must succeed, and fails the test unless that does what is expected and leaves nothing to do. It
// returns the object.
func (w *Workspace) Does(want Action, config Values) *Object {
	w.T.Helper()
	w.MustRun(want, config)
	return w.Object
}

// MustRun is like Does, for who wants to know what the run has said.
func (w *Workspace) MustRun(want Action, config Values) Run {
	w.T.Helper()
	run := w.Run(config)
	if run.Failed != "" {
		w.T.Fatalf("the %s has failed: %s", run.Failed, run.Diagnostics.Errors())
	}
	if run.Action != want {
		w.T.Errorf("%s instead of %s", run.Action, want)
	}
	w.Settled(config)
	return run
}

// Settled fails the test unless nothing is planned, with a refresh and without one, and unless a refresh that finds nothing new leaves
// private state as it is, byte for byte.
func (w *Workspace) Settled(config Values) {
	w.T.Helper()
	e := w.start()
	w.empty(e, config, "without a refresh")
	before := w.Object
	e.NoError(w.refresh(e))
	if w.Object == nil {
		w.T.Fatal("the object is gone")
	}
	switch {
	case len(before.Differences(w.Object.Attributes)) > 0:
		// Otherwise it is the same plan.
		w.empty(e, config, "after a refresh")
	case !bytes.Equal(before.Private, w.Object.Private):
		w.T.Errorf("a refresh that has found nothing has changed private state from %s to %s", before.Remembered(), w.Object.Remembered())
	}
}

func (w *Workspace) empty(e *Engine, config Values, when string) {
	w.T.Helper()
	plan := e.Plan(w.Object, config)
	e.NoError(plan.Diagnostics)
	for _, name := range plan.Changes() {
		w.T.Errorf("%s, a change of %s is planned: %s to %s", when, name, w.Object.Attributes[name], plan.Attributes[name])
	}
}
