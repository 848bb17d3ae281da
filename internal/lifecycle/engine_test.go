package lifecycle_test

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// engine is one provider process and one type of resource.
type engine struct {
	t        testing.TB
	server   tfprotov6.ProviderServer
	resource string
	schema   *tfprotov6.Schema
	kind     tftypes.Type
	identity tftypes.Type
	// dead reports whether the process has died.
	dead func() bool
}

// start configures a provider process.
func start(tb testing.TB, server tfprotov6.ProviderServer, resource string, block values, dead func() bool) *engine {
	tb.Helper()
	all, err := server.GetProviderSchema(tb.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || diagnostics(all.Diagnostics).Failed() {
		tb.Fatal(err, diagnostics(all.Diagnostics))
	}
	identities, err := server.GetResourceIdentitySchemas(tb.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		tb.Fatal(err)
	}
	e := &engine{t: tb, server: server, resource: resource, schema: all.ResourceSchemas[resource], dead: dead}
	e.kind, e.identity = e.schema.ValueType(), identities.IdentitySchemas[resource].ValueType()
	answer, err := server.ConfigureProvider(tb.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.14.0", Config: e.dynamic(all.Provider.ValueType(), block),
	})
	if err != nil || diagnostics(answer.Diagnostics).Failed() {
		tb.Fatal(err, diagnostics(answer.Diagnostics))
	}
	return e
}

func (e *engine) dynamic(of tftypes.Type, from any) *tfprotov6.DynamicValue {
	e.t.Helper()
	encoded, err := tfprotov6.NewDynamicValue(of, encode(e.t, of, from))
	if err != nil {
		e.t.Fatal(err)
	}
	return &encoded
}

// decode takes a value apart; nil when it is null.
func (e *engine) decode(of tftypes.Type, from *tfprotov6.DynamicValue) attributes {
	e.t.Helper()
	value, err := from.Unmarshal(of)
	if err != nil {
		e.t.Fatal(err)
	}
	var fields map[string]tftypes.Value
	if !value.IsNull() {
		if err := value.As(&fields); err != nil {
			e.t.Fatal(err)
		}
	}
	return fields
}

func (e *engine) object(state *tfprotov6.DynamicValue, private []byte, identity *tfprotov6.ResourceIdentityData) *object {
	e.t.Helper()
	fields := e.decode(e.kind, state)
	if fields == nil {
		return nil
	}
	o := &object{attributes: fields, State: state, Private: private, Identity: identity}
	if identity != nil {
		o.IdentityAttributes = e.decode(e.identity, identity.IdentityData)
	}
	for name := range fields {
		if !o.IsKnown(name) {
			e.t.Errorf("%s is unknown in a state", name)
		}
	}
	return o
}

// Read refreshes an object. It returns nil when the object is gone.
func (e *engine) Read(prior *object) (*object, diagnostics) {
	e.t.Helper()
	answer, err := e.server.ReadResource(e.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: e.resource, CurrentState: prior.State, Private: prior.Private, CurrentIdentity: prior.Identity,
	})
	if err != nil {
		e.t.Fatal(err)
	}
	if diagnostics(answer.Diagnostics).Failed() {
		return prior, answer.Diagnostics
	}
	read := e.object(answer.NewState, answer.Private, answer.NewIdentity)
	if read != nil {
		read.Tainted = prior.Tainted
	}
	return read, answer.Diagnostics
}

// Import imports an object by its id and refreshes it.
func (e *engine) Import(id string) (*object, diagnostics) {
	e.t.Helper()
	return e.imported(&tfprotov6.ImportResourceStateRequest{TypeName: e.resource, ID: id})
}

// ImportByIdentity imports an object by its identity and refreshes it.
func (e *engine) ImportByIdentity(identity values) (*object, diagnostics) {
	e.t.Helper()
	return e.imported(&tfprotov6.ImportResourceStateRequest{
		TypeName: e.resource, Identity: &tfprotov6.ResourceIdentityData{IdentityData: e.dynamic(e.identity, identity)},
	})
}

func (e *engine) imported(request *tfprotov6.ImportResourceStateRequest) (*object, diagnostics) {
	e.t.Helper()
	answer, err := e.server.ImportResourceState(e.t.Context(), request)
	if err != nil {
		e.t.Fatal(err)
	}
	if diagnostics(answer.Diagnostics).Failed() {
		return nil, answer.Diagnostics
	}
	one := answer.ImportedResources[0]
	read, more := e.Read(e.object(one.State, one.Private, one.Identity))
	if more.Failed() {
		read = nil
	}
	return read, append(answer.Diagnostics, more...)
}

// plan is what a provider plans for one object.
type plan struct {
	attributes
	State           *tfprotov6.DynamicValue
	Private         []byte
	Identity        *tfprotov6.ResourceIdentityData
	RequiresReplace []*tftypes.AttributePath
	Diagnostics     diagnostics

	// prior is what the plan starts from, config what it leads to; nil is nothing.
	prior  *object
	config values
}

// Changes names the attributes that the plan changes.
func (p *plan) Changes() []string {
	if p.prior == nil {
		return attributes(nil).Differences(p.attributes)
	}
	return p.prior.Differences(p.attributes)
}

// Replaces reports whether Terraform replaces the object. It does so for attributes that the plan changes, and ignores others.
func (p *plan) Replaces() bool {
	changes := p.Changes()
	return p.prior != nil && slices.ContainsFunc(p.RequiresReplace, func(path *tftypes.AttributePath) bool {
		name, _ := path.Steps()[0].(tftypes.AttributeName)
		return slices.Contains(changes, string(name))
	})
}

// Plan plans from an object, or from nothing, to a configuration.
func (e *engine) Plan(prior *object, config values) *plan {
	e.t.Helper()
	var private []byte
	if prior != nil {
		private = prior.Private
	}
	return e.planFrom(prior, private, config)
}

func (e *engine) planFrom(prior *object, private []byte, config values) *plan {
	e.t.Helper()
	proposed := config.With()
	for _, a := range e.schema.Block.Attributes {
		if _, configured := proposed[a.Name]; prior != nil && !configured && a.Computed {
			proposed[a.Name] = prior.attributes[a.Name]
		}
	}
	request := &tfprotov6.PlanResourceChangeRequest{
		TypeName: e.resource, PriorState: e.dynamic(e.kind, nil), PriorPrivate: private,
		Config: e.dynamic(e.kind, config), ProposedNewState: e.dynamic(e.kind, proposed),
	}
	if prior != nil {
		request.PriorState, request.PriorIdentity = prior.State, prior.Identity
	}
	made := e.plan(request, prior, config)
	if made.Diagnostics.Failed() {
		return made
	}
	// What is configured is planned, or kept as another text for the same; what is neither configured nor computed is null.
	asked := e.decode(e.kind, request.Config)
	for _, a := range e.schema.Block.Attributes {
		planned := made.attributes[a.Name]
		kept := prior != nil && planned.Equal(prior.attributes[a.Name]) && !planned.IsNull()
		if !planned.Equal(asked[a.Name]) && !(kept && !asked[a.Name].IsNull()) && !(a.Computed && asked[a.Name].IsNull()) {
			e.t.Errorf("%s is configured as %s and planned as %s", a.Name, asked[a.Name], planned)
		}
	}
	return made
}

func (e *engine) plan(request *tfprotov6.PlanResourceChangeRequest, prior *object, config values) *plan {
	e.t.Helper()
	answer, err := e.server.PlanResourceChange(e.t.Context(), request)
	if err != nil {
		e.t.Fatal(err)
	}
	return &plan{
		attributes: e.decode(e.kind, answer.PlannedState), State: answer.PlannedState, Private: answer.PlannedPrivate, Identity: answer.PlannedIdentity,
		RequiresReplace: answer.RequiresReplace, Diagnostics: answer.Diagnostics, prior: prior, config: config,
	}
}

// PlanDestroy plans the end of an object.
func (e *engine) PlanDestroy(prior *object) *plan {
	e.t.Helper()
	none := e.dynamic(e.kind, nil)
	return e.plan(&tfprotov6.PlanResourceChangeRequest{
		TypeName: e.resource, PriorState: prior.State, PriorPrivate: prior.Private, PriorIdentity: prior.Identity, Config: none, ProposedNewState: none,
	}, prior, nil)
}

// Apply carries a plan out. It returns nil when nothing is left. A result that is not what was planned fails the test.
func (e *engine) Apply(p *plan) (*object, diagnostics) {
	e.t.Helper()
	request := &tfprotov6.ApplyResourceChangeRequest{
		TypeName: e.resource, PriorState: e.dynamic(e.kind, nil), PlannedState: p.State, PlannedPrivate: p.Private, PlannedIdentity: p.Identity,
		Config: e.dynamic(e.kind, nil),
	}
	if p.attributes != nil {
		request.Config = e.dynamic(e.kind, p.config)
	}
	if p.prior != nil {
		request.PriorState = p.prior.State
	}
	answer, err := e.server.ApplyResourceChange(e.t.Context(), request)
	if err != nil {
		e.t.Fatal(err)
	}
	said := diagnostics(answer.Diagnostics)
	if e.dead() {
		return nil, said
	}
	made := e.object(answer.NewState, answer.Private, answer.NewIdentity)
	if made != nil {
		made.Tainted = p.prior == nil && said.Failed()
	}
	if said.Failed() {
		return made, said
	}
	if (made == nil) != (p.attributes == nil) {
		e.t.Fatalf("planned were %v and there are %v", p.attributes, made)
	}
	for name, promised := range p.attributes {
		if !agrees(promised, made.attributes[name]) {
			e.t.Errorf("%s was planned as %s and is %s", name, promised, made.attributes[name])
		}
	}
	return made, said
}

// Narrows fails the test unless a later plan only fills in what an earlier one has left unknown.
func (e *engine) Narrows(early, late *plan) {
	e.t.Helper()
	for name, promised := range early.attributes {
		if !agrees(promised, late.attributes[name]) {
			e.t.Errorf("%s was planned as %s and then as %s", name, promised, late.attributes[name])
		}
	}
}
