package truefoundry_test

import (
	"context"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry"
)

const (
	patType = "mint_truefoundry_personal_access_token"
	vaType  = "mint_truefoundry_virtual_account"
)

// engine speaks the plugin protocol like Terraform, as far as one resource needs it, without Terraform's weight. Each one is a
// provider process of its own, as each walk of Terraform has.
type engine struct {
	t      *testing.T
	server tfprotov6.ProviderServer
	schema *tfprotov6.GetProviderSchemaResponse
	name   string
}

// args are arguments by name; those that are left out are null.
type args map[string]any

// values are attributes as the protocol carries them.
type values map[string]tftypes.Value

// object is a resource as the protocol carries it.
type object struct {
	state    *tfprotov6.DynamicValue
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

// schemas are those of every provider: to assemble them takes longer than most of what a test does with them.
var schemas = sync.OnceValues(func() (*tfprotov6.GetProviderSchemaResponse, error) { //nolint:gochecknoglobals // they never change
	return providerserver.NewProtocol6(&lone{system: truefoundry.Impatient()})().GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
})

// engine starts a provider for a type of resource, configured for the plane, with these arguments beside the usual ones.
func (p *plane) engine(name string, more ...args) *engine {
	p.t.Helper()
	server, err := providerserver.NewProtocol6WithError(&lone{system: truefoundry.Impatient(), transport: p, timeout: p.timeout, now: p.now, warning: p.warning})()
	if err != nil {
		p.t.Fatal(err)
	}
	e := &engine{t: p.t, server: server, name: name}
	if e.schema, err = schemas(); err != nil {
		p.t.Fatal(err)
	}
	block := args{"base_url": p.base, "api_key": p.Bootstrap().Token}
	for _, these := range more {
		maps.Copy(block, these)
	}
	answer, err := server.ConfigureProvider(p.t.Context(), &tfprotov6.ConfigureProviderRequest{
		Config: e.dynamic(e.schema.Provider.ValueType(), args{"truefoundry": block}), TerraformVersion: "1.11.4",
	})
	if err != nil {
		p.t.Fatal(err)
	}
	e.fine(answer.Diagnostics)
	return e
}

// value builds a value of a type; what is not named is null.
func value(kind tftypes.Type, from any) tftypes.Value {
	switch made := from.(type) {
	case tftypes.Value:
		return made
	case int:
		return tftypes.NewValue(kind, int64(made))
	case []any:
		var of tftypes.Type
		switch kind := kind.(type) {
		case tftypes.Set:
			of = kind.ElementType
		case tftypes.List:
			of = kind.ElementType
		}
		elements := []tftypes.Value{}
		for _, element := range made {
			elements = append(elements, value(of, element))
		}
		return tftypes.NewValue(kind, elements)
	case args:
		fields := map[string]tftypes.Value{}
		switch kind := kind.(type) {
		case tftypes.Object:
			for name, of := range kind.AttributeTypes {
				fields[name] = value(of, made[name])
			}
		case tftypes.Map:
			for name, v := range made {
				fields[name] = value(kind.ElementType, v)
			}
		}
		return tftypes.NewValue(kind, fields)
	}
	return tftypes.NewValue(kind, from)
}

func (e *engine) dynamic(kind tftypes.Type, from any) *tfprotov6.DynamicValue {
	e.t.Helper()
	encoded, err := tfprotov6.NewDynamicValue(kind, value(kind, from))
	if err != nil {
		e.t.Fatal(err)
	}
	return &encoded
}

func (e *engine) kind() tftypes.Type { return e.schema.ResourceSchemas[e.name].ValueType() }

// attributes takes an object apart; nil when there is none.
func (e *engine) attributes(of *tfprotov6.DynamicValue) values {
	e.t.Helper()
	decoded, err := of.Unmarshal(e.kind())
	if err != nil {
		e.t.Fatal(err)
	}
	if decoded.IsNull() {
		return nil
	}
	attributes := map[string]tftypes.Value{}
	if err := decoded.As(&attributes); err != nil {
		e.t.Fatal(err)
	}
	return attributes
}

// text is a text attribute; empty when it is null or unknown.
func (v values) text(name string) string {
	var s string
	if value := v[name]; value.IsKnown() && !value.IsNull() {
		_ = value.As(&s)
	}
	return s
}

func (e *engine) text(of *object, name string) string {
	e.t.Helper()
	return e.attributes(of.state).text(name)
}

func (e *engine) none() *object { return &object{state: e.dynamic(e.kind(), nil)} }

// invalid says what the provider finds wrong with a configuration before it plans.
func (e *engine) invalid(config args) string {
	e.t.Helper()
	answer, err := e.server.ValidateResourceConfig(e.t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: e.name, Config: e.dynamic(e.kind(), config)})
	if err != nil {
		e.t.Fatal(err)
	}
	return failed(answer.Diagnostics)
}

// plan plans from an object, which may be nil, to a configuration.
func (e *engine) plan(from *object, config args) *tfprotov6.PlanResourceChangeResponse {
	e.t.Helper()
	if from == nil {
		from = e.none()
	}
	// What Terraform proposes: the configuration, and the prior value where that says nothing and the provider may.
	proposed, before := maps.Clone(config), e.attributes(from.state)
	for _, attribute := range e.schema.ResourceSchemas[e.name].Block.Attributes {
		if prior, ok := before[attribute.Name]; ok && attribute.Computed && config[attribute.Name] == nil {
			proposed[attribute.Name] = prior
		}
	}
	answer, err := e.server.PlanResourceChange(e.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: e.name, PriorState: from.state, PriorPrivate: from.private, PriorIdentity: from.identity,
		Config: e.dynamic(e.kind(), config), ProposedNewState: e.dynamic(e.kind(), proposed),
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return answer
}

// carryOut applies a plan that may fail.
func (e *engine) carryOut(from *object, plan *tfprotov6.PlanResourceChangeResponse, config args) (*object, []*tfprotov6.Diagnostic) {
	e.t.Helper()
	if from == nil {
		from = e.none()
	}
	answer, err := e.server.ApplyResourceChange(e.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: e.name, PriorState: from.state, Config: e.dynamic(e.kind(), config), PlannedState: plan.PlannedState,
		PlannedPrivate: plan.PlannedPrivate, PlannedIdentity: plan.PlannedIdentity,
	})
	if err != nil {
		e.t.Fatal(err)
	}
	if failed(answer.Diagnostics) == "" {
		e.keeps(plan, answer.NewState)
	}
	return &object{state: answer.NewState, private: answer.Private, identity: answer.NewIdentity}, answer.Diagnostics
}

// keeps fails the test unless a result keeps what its plan has promised: Terraform takes anything else for a fault.
func (e *engine) keeps(plan *tfprotov6.PlanResourceChangeResponse, result *tfprotov6.DynamicValue) {
	e.t.Helper()
	got := e.attributes(result)
	for name, promised := range e.attributes(plan.PlannedState) {
		if promised.IsFullyKnown() && !promised.Equal(got[name]) {
			e.t.Errorf("%s was planned as %s and is %s", name, promised, got[name])
		}
	}
	for name, value := range got {
		if !value.IsFullyKnown() {
			e.t.Errorf("%s is unknown after the apply", name)
		}
	}
}

// narrows fails the test unless the later of two plans only fills in what the earlier one left unknown.
func (e *engine) narrows(early, late *tfprotov6.PlanResourceChangeResponse) {
	e.t.Helper()
	planned := e.attributes(late.PlannedState)
	for name, promised := range e.attributes(early.PlannedState) {
		if promised.IsFullyKnown() && !promised.Equal(planned[name]) {
			e.t.Errorf("%s was planned as %s and then as %s", name, promised, planned[name])
		}
	}
}

// changes names the attributes that a plan would change.
func (e *engine) changes(from *object, plan *tfprotov6.PlanResourceChangeResponse) []string {
	e.t.Helper()
	var names []string
	before := e.attributes(from.state)
	for name, planned := range e.attributes(plan.PlannedState) {
		if !planned.Equal(before[name]) {
			names = append(names, name)
		}
	}
	return names
}

// destroy applies the end of an object.
func (e *engine) destroy(from *object) []*tfprotov6.Diagnostic {
	e.t.Helper()
	_, diagnostics := e.dismantle(from)
	return diagnostics
}

// dismantle applies the end of an object, and returns what is left of it; nil when it is gone.
func (e *engine) dismantle(from *object) (*object, []*tfprotov6.Diagnostic) {
	e.t.Helper()
	nothing := e.none().state
	answer, err := e.server.ApplyResourceChange(e.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: e.name, PriorState: from.state, Config: nothing, PlannedState: nothing, PlannedPrivate: from.private,
	})
	if err != nil {
		e.t.Fatal(err)
	}
	if e.attributes(answer.NewState) == nil {
		return nil, answer.Diagnostics
	}
	return &object{state: answer.NewState, private: answer.Private, identity: answer.NewIdentity}, answer.Diagnostics
}

func (e *engine) planDestroy(from *object) []*tfprotov6.Diagnostic {
	e.t.Helper()
	nothing := e.none().state
	answer, err := e.server.PlanResourceChange(e.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: e.name, PriorState: from.state, PriorPrivate: from.private, Config: nothing, ProposedNewState: nothing,
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return answer.Diagnostics
}

// adopt imports an object and refreshes it.
func (e *engine) adopt(id string) *object {
	e.t.Helper()
	answer, err := e.server.ImportResourceState(e.t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: e.name, ID: id})
	if err != nil {
		e.t.Fatal(err)
	}
	e.fine(answer.Diagnostics)
	imported := answer.ImportedResources[0]
	adopted, diagnostics := e.read(&object{state: imported.State, private: imported.Private, identity: imported.Identity})
	e.fine(diagnostics)
	return adopted
}

// tryImport imports what cannot be.
func (e *engine) tryImport(id string) []*tfprotov6.Diagnostic {
	e.t.Helper()
	answer, err := e.server.ImportResourceState(e.t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: e.name, ID: id})
	if err != nil {
		e.t.Fatal(err)
	}
	return answer.Diagnostics
}

// read refreshes an object; nil when it is gone.
func (e *engine) read(from *object) (*object, []*tfprotov6.Diagnostic) {
	e.t.Helper()
	answer, err := e.server.ReadResource(e.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: e.name, CurrentState: from.state, Private: from.private, CurrentIdentity: from.identity,
	})
	if err != nil {
		e.t.Fatal(err)
	}
	if e.attributes(answer.NewState) == nil {
		return nil, answer.Diagnostics
	}
	return &object{state: answer.NewState, private: answer.Private, identity: answer.NewIdentity}, answer.Diagnostics
}

// fine fails the test on any error.
func (e *engine) fine(diagnostics []*tfprotov6.Diagnostic) {
	e.t.Helper()
	if text := failed(diagnostics); text != "" {
		e.t.Fatal(text)
	}
}

func failed(diagnostics []*tfprotov6.Diagnostic) string {
	return told(diagnostics, tfprotov6.DiagnosticSeverityError)
}

func warned(diagnostics []*tfprotov6.Diagnostic) string {
	return told(diagnostics, tfprotov6.DiagnosticSeverityWarning)
}

func told(diagnostics []*tfprotov6.Diagnostic, severity tfprotov6.DiagnosticSeverity) string {
	var texts []string
	for _, d := range diagnostics {
		if d.Severity == severity {
			texts = append(texts, d.Summary+": "+d.Detail)
		}
	}
	return strings.Join(texts, "\n")
}
