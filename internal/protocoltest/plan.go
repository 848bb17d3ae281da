package protocoltest

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Plan is what a provider plans for one object.
type Plan struct {
	// Attributes are the planned ones; none for a destruction.
	Attributes
	State           *tfprotov6.DynamicValue
	Private         []byte
	Identity        *tfprotov6.ResourceIdentityData
	RequiresReplace []*tftypes.AttributePath
	Diagnostics     Diagnostics

	// prior is what the plan starts from, config what it leads to; nil is nothing.
	prior  *Object
	config Values
}

// Replaces reports whether Terraform replaces the object. It does so for paths whose value the plan changes, and ignores others.
func (p *Plan) Replaces() bool {
	return p.prior != nil && p.Attributes != nil && slices.ContainsFunc(p.RequiresReplace, func(path *tftypes.AttributePath) bool {
		before, rest, failedBefore := tftypes.WalkAttributePath(object(p.prior.Attributes), path)
		after, restAfter, failed := tftypes.WalkAttributePath(object(p.Attributes), path)
		if failedBefore != nil || failed != nil || len(rest.Steps())+len(restAfter.Steps()) > 0 {
			return (failedBefore == nil) != (failed == nil)
		}
		old, isOld := before.(tftypes.Value)
		planned, isPlanned := after.(tftypes.Value)
		return isOld && isPlanned && (!planned.IsFullyKnown() || !planned.Equal(old))
	})
}

// object is a value of attributes, for walks by paths.
func object(of Attributes) tftypes.Value {
	kinds, values := map[string]tftypes.Type{}, map[string]tftypes.Value{}
	for name, value := range of {
		kinds[name], values[name] = value.Type(), value
	}
	return tftypes.NewValue(tftypes.Object{AttributeTypes: kinds}, values)
}

// Changes names the attributes that the plan changes.
func (p *Plan) Changes() []string {
	if p.prior == nil {
		return Attributes(nil).Differences(p.Attributes)
	}
	return p.prior.Differences(p.Attributes)
}

// Remembered is the planned private state in words.
func (p *Plan) Remembered() string { return remembered(p.Private) }

// Holds reports whether a text is in the plan, or in what it writes into private state.
func (p *Plan) Holds(text string) bool {
	return holds(p.Attributes, text) || (&Object{Private: p.Private}).Holds(text)
}

// Plan plans from an object, or from nothing, to a configuration.
func (e *Engine) Plan(prior *Object, config Values) *Plan {
	e.t.Helper()
	if prior == nil {
		return e.planFrom(nil, nil, config)
	}
	return e.planFrom(prior, prior.Private, config)
}

// MustPlan plans a configuration that must be accepted.
func (e *Engine) MustPlan(prior *Object, config Values) *Plan {
	e.t.Helper()
	plan := e.Plan(prior, config)
	e.NoError(plan.Diagnostics)
	return plan
}

// PlanCreation plans the second half of a replacement: from nothing, with what the first plan remembers.
func (e *Engine) PlanCreation(first *Plan) *Plan {
	e.t.Helper()
	return e.planFrom(nil, first.Private, first.config)
}

func (e *Engine) planFrom(prior *Object, private []byte, config Values) *Plan {
	e.t.Helper()
	sent := e.ignoring(prior, config)
	request := &tfprotov6.PlanResourceChangeRequest{
		TypeName: e.name, PriorState: e.none(), PriorPrivate: private,
		Config: e.dynamic(e.schema.kind, sent), ProposedNewState: e.dynamic(e.schema.kind, e.proposed(prior, sent)),
	}
	if prior != nil {
		request.PriorState, request.PriorIdentity = prior.State, prior.Identity
	}
	plan := e.plan(prior, call(e, e.server.PlanResourceChange, request))
	if plan.config = config; !plan.Diagnostics.Failed() && !e.network.Dead() {
		e.valid(plan, e.decode(e.schema.kind, request.Config))
	}
	return plan
}

// ignoring is the configuration as Terraform sends it for a plan: what ignore_changes names is as the state has it, if there is a state.
// For an apply it sends the configuration as it is.
func (e *Engine) ignoring(prior *Object, config Values) Values {
	sent := config.With()
	if prior == nil {
		return sent
	}
	for _, attribute := range e.schema.attributes {
		if slices.Contains(e.ignores, attribute.Name) || slices.Contains(e.ignores, IgnoreAll) && attribute.Optional {
			sent[attribute.Name] = prior.Attributes[attribute.Name]
		}
	}
	return sent
}

// PlanDestroy plans the end of an object.
func (e *Engine) PlanDestroy(prior *Object) *Plan {
	e.t.Helper()
	plan := e.plan(prior, call(e, e.server.PlanResourceChange, &tfprotov6.PlanResourceChangeRequest{
		TypeName: e.name, PriorState: prior.State, PriorPrivate: prior.Private, PriorIdentity: prior.Identity,
		Config: e.none(), ProposedNewState: e.none(),
	}))
	if plan.Attributes != nil && !plan.Diagnostics.Failed() {
		e.t.Error("something is planned in place of nothing")
	}
	return plan
}

func (e *Engine) plan(prior *Object, answer *tfprotov6.PlanResourceChangeResponse) *Plan {
	e.t.Helper()
	if answer == nil {
		return &Plan{prior: prior}
	}
	return &Plan{
		Attributes: e.decode(e.schema.kind, answer.PlannedState), State: answer.PlannedState, Private: answer.PlannedPrivate,
		Identity: answer.PlannedIdentity, RequiresReplace: answer.RequiresReplace, Diagnostics: answer.Diagnostics, prior: prior,
	}
}

// proposed is what Terraform proposes: the configuration, and where that says nothing and the provider may, what there is.
func (e *Engine) proposed(prior *Object, config Values) Values {
	proposed := config.With()
	if prior == nil {
		return proposed
	}
	for _, attribute := range e.schema.attributes {
		// What is optional and holds arguments of its own has been configured, and is not any more.
		removed := attribute.Optional && attribute.NestedType != nil
		if _, configured := proposed[attribute.Name]; !configured && attribute.Computed && !removed {
			proposed[attribute.Name] = prior.Attributes[attribute.Name]
		}
	}
	return proposed
}

// valid fails the test where a plan disagrees with its configuration. It may keep what there is: that says that both mean the same.
func (e *Engine) valid(plan *Plan, config Attributes) {
	e.t.Helper()
	for _, attribute := range e.schema.attributes {
		name := attribute.Name
		asked, planned := config[name], plan.Attributes[name]
		kept := plan.prior != nil && !plan.prior.IsNull(name) && planned.Equal(plan.prior.Attributes[name])
		if !follows(attribute, asked, planned) && (!kept || asked.IsNull()) {
			e.t.Errorf("%s is configured as %s and planned as %s", name, asked, planned)
		}
	}
}

// follows reports whether a provider may make a value of what is configured.
func follows(attribute *tfprotov6.SchemaAttribute, asked, made tftypes.Value) bool {
	switch {
	case made.Equal(asked), attribute.Computed && (asked.IsNull() || !attribute.Optional):
		return true
	default:
		return attribute.NestedType != nil && agrees(asked, made, true)
	}
}

// Narrows fails the test unless a later plan only fills in what an earlier one has left unknown.
func (e *Engine) Narrows(early, late *Plan) {
	e.t.Helper()
	for name, promised := range early.Attributes {
		if !agrees(promised, late.Attributes[name], false) {
			e.t.Errorf("%s was planned as %s and then as %s", name, promised, late.Attributes[name])
		}
	}
}

// Apply carries a plan out, also one that another process has made. It returns nil when nothing is left, or when the process has
// died. A result that is not what was planned fails the test.
func (e *Engine) Apply(plan *Plan) (*Object, Diagnostics) {
	e.t.Helper()
	request := &tfprotov6.ApplyResourceChangeRequest{
		TypeName: e.name, PriorState: e.none(), PlannedState: plan.State, PlannedPrivate: plan.Private, PlannedIdentity: plan.Identity,
		Config: e.dynamic(e.schema.kind, nil),
	}
	if plan.Attributes != nil {
		request.Config = e.dynamic(e.schema.kind, plan.config)
	}
	if plan.prior != nil {
		request.PriorState = plan.prior.State
	}
	return e.apply(request, plan)
}

// destroyReplaced carries the first half of a replacement out, whose second half is planned.
func (e *Engine) destroyReplaced(prior *Object, creation *Plan) (*Object, Diagnostics) {
	e.t.Helper()
	return e.apply(&tfprotov6.ApplyResourceChangeRequest{
		TypeName: e.name, PriorState: prior.State, PlannedState: e.none(), PlannedPrivate: creation.Private, Config: e.none(),
	}, &Plan{prior: prior})
}

func (e *Engine) apply(request *tfprotov6.ApplyResourceChangeRequest, plan *Plan) (*Object, Diagnostics) {
	e.t.Helper()
	answer := call(e, e.server.ApplyResourceChange, request)
	if answer == nil {
		return nil, nil
	}
	made, diagnostics := e.object(answer.NewState, answer.Private, answer.NewIdentity), Diagnostics(answer.Diagnostics)
	if made != nil {
		e.wholly(made.Attributes, "the apply")
		// Terraform keeps the mark on what it could not destroy.
		made.Tainted = diagnostics.Failed() && (plan.prior == nil || plan.prior.Tainted)
	}
	if !diagnostics.Failed() {
		e.Keeps(plan, made)
	}
	return made, diagnostics
}

// Keeps fails the test unless a result keeps what its plan has promised.
func (e *Engine) Keeps(plan *Plan, made *Object) {
	e.t.Helper()
	if (made == nil) != (plan.Attributes == nil) {
		e.t.Errorf("planned were %v and there are %v", plan.Attributes, made)
		return
	}
	for name, promised := range plan.Attributes {
		if !agrees(promised, made.Attributes[name], false) {
			e.t.Errorf("%s was planned as %s and is %s", name, promised, made.Attributes[name])
		}
	}
}

// MustApply carries a plan out that must succeed.
func (e *Engine) MustApply(plan *Plan) *Object {
	e.t.Helper()
	e.NoError(plan.Diagnostics)
	made, diagnostics := e.Apply(plan)
	e.NoError(diagnostics)
	return made
}

// Create plans and applies a configuration from nothing.
func (e *Engine) Create(config Values) *Object {
	e.t.Helper()
	return e.Change(nil, config)
}

// Change plans and applies a configuration, which must not replace the object.
func (e *Engine) Change(prior *Object, config Values) *Object {
	e.t.Helper()
	made, diagnostics := e.TryChange(prior, config)
	e.NoError(diagnostics)
	return made
}

// TryChange plans and applies a configuration. It returns what there is then: where the plan has failed, what there was.
func (e *Engine) TryChange(prior *Object, config Values) (*Object, Diagnostics) {
	e.t.Helper()
	plan := e.Plan(prior, config)
	switch {
	case plan.Diagnostics.Failed():
		return prior, plan.Diagnostics
	case plan.Replaces():
		e.t.Fatalf("a replacement is planned, because of %v", plan.RequiresReplace)
	}
	made, diagnostics := e.Apply(plan)
	return made, append(plan.Diagnostics, diagnostics...)
}

// Destroy plans and applies the end of an object.
func (e *Engine) Destroy(prior *Object) {
	e.t.Helper()
	e.MustApply(e.PlanDestroy(prior))
}

// TryDestroy applies the end of an object even if its plan is refused. It returns what is left.
func (e *Engine) TryDestroy(prior *Object) (*Object, Diagnostics) {
	e.t.Helper()
	return e.Apply(e.PlanDestroy(prior))
}
