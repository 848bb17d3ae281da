package sailpoint_test

import (
	"context"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/provider"
)

const (
	resourceType   = "mint_sailpoint_personal_access_token"
	dataSourceType = "mint_sailpoint_personal_access_tokens"
)

// engine speaks the plugin protocol like Terraform, as far as one resource needs it, and shows what Terraform's own messages
// hide: warnings, private state, and what a plan says before it is written down.
type engine struct {
	t      *testing.T
	server tfprotov6.ProviderServer
	schema *tfprotov6.GetProviderSchemaResponse
}

// values are attributes by name; those that are left out are null.
type values map[string]tftypes.Value

// object is a resource as the protocol carries it.
type object struct {
	state    *tfprotov6.DynamicValue
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

func text(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }

func flag(b bool) tftypes.Value { return tftypes.NewValue(tftypes.Bool, b) }

func texts(all ...string) tftypes.Value {
	elements := make([]tftypes.Value, 0, len(all))
	for _, s := range all {
		elements = append(elements, text(s))
	}
	return tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, elements)
}

// unknownText is a value that only an apply will tell.
func unknownText() tftypes.Value { return tftypes.NewValue(tftypes.String, tftypes.UnknownValue) }

// schemas are those of every provider: to assemble them takes longer than most of what a test does with them.
var schemas = sync.OnceValues(func() (*tfprotov6.GetProviderSchemaResponse, error) { //nolint:gochecknoglobals // they never change
	return providerserver.NewProtocol6(provider.New("test")())().GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
})

// engine starts a provider process of its own, configured for the tenant, with these arguments beside the usual ones.
func (s *tenant) engine(more ...values) *engine {
	s.t.Helper()
	server, err := s.factories()["mint"]()
	if err != nil {
		s.t.Fatal(err)
	}
	e := &engine{t: s.t, server: server}
	if e.schema, err = schemas(); err != nil {
		s.t.Fatal(err)
	}
	block, _ := e.schema.Provider.ValueType().(tftypes.Object)
	systems, _ := block.AttributeTypes["sailpoint"].(tftypes.Object)
	arguments := values{}
	for _, setting := range s.Settings("sailpoint") {
		arguments[setting.Argument] = text(setting.Value)
	}
	for _, these := range more {
		maps.Copy(arguments, these)
	}
	given := values{"sailpoint": complete(systems, arguments)}
	if s.impatience > 0 {
		http, _ := block.AttributeTypes["http"].(tftypes.Object)
		given["http"] = complete(http, values{"timeout": text(s.impatience.String()), "max_retries": tftypes.NewValue(tftypes.Number, 0)})
	}
	if s.expiryWarning != "" {
		given["expiry_warning"] = text(s.expiryWarning)
	}
	config := e.dynamic(block, given)
	answer, err := server.ConfigureProvider(s.t.Context(), &tfprotov6.ConfigureProviderRequest{Config: config, TerraformVersion: "1.11.4"})
	if err != nil {
		s.t.Fatal(err)
	}
	e.fine(answer.Diagnostics)
	return e
}

// complete fills an object up with nulls.
func complete(of tftypes.Object, given values) tftypes.Value {
	attributes := map[string]tftypes.Value{}
	for name, kind := range of.AttributeTypes {
		attributes[name] = tftypes.NewValue(kind, nil)
		if value, ok := given[name]; ok {
			attributes[name] = value
		}
	}
	return tftypes.NewValue(of, attributes)
}

func (e *engine) dynamic(of tftypes.Object, given values) *tfprotov6.DynamicValue {
	e.t.Helper()
	value, err := tfprotov6.NewDynamicValue(of, complete(of, given))
	if err != nil {
		e.t.Fatal(err)
	}
	return &value
}

func (e *engine) kind() tftypes.Object {
	kind, _ := e.schema.ResourceSchemas[resourceType].ValueType().(tftypes.Object)
	return kind
}

// read takes an object apart; nil when there is none.
func (e *engine) attributes(of *tfprotov6.DynamicValue) values {
	e.t.Helper()
	if of == nil {
		return nil
	}
	value, err := of.Unmarshal(e.kind())
	if err != nil {
		e.t.Fatal(err)
	}
	if value.IsNull() {
		return nil
	}
	attributes := map[string]tftypes.Value{}
	if err := value.As(&attributes); err != nil {
		e.t.Fatal(err)
	}
	return attributes
}

// text is a text attribute of an object; empty when it is null or unknown.
func (v values) text(name string) string {
	var s string
	if value := v[name]; value.IsKnown() && !value.IsNull() {
		_ = value.As(&s)
	}
	return s
}

// proposed is what Terraform proposes: the configuration, and the prior value where that says nothing and the provider may.
func (e *engine) proposed(prior *tfprotov6.DynamicValue, config values) values {
	next, before := values{}, e.attributes(prior)
	for _, attribute := range e.schema.ResourceSchemas[resourceType].Block.Attributes {
		if value, ok := config[attribute.Name]; ok {
			next[attribute.Name] = value
		} else if value, ok := before[attribute.Name]; ok && attribute.Computed {
			next[attribute.Name] = value
		}
	}
	return next
}

func (e *engine) null() *tfprotov6.DynamicValue {
	e.t.Helper()
	value, err := tfprotov6.NewDynamicValue(e.kind(), tftypes.NewValue(e.kind(), nil))
	if err != nil {
		e.t.Fatal(err)
	}
	return &value
}

// plan plans from an object, which may be none, to a configuration.
func (e *engine) plan(from *object, config values) *tfprotov6.PlanResourceChangeResponse {
	e.t.Helper()
	if from == nil {
		from = &object{state: e.null()}
	}
	answer, err := e.server.PlanResourceChange(e.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: resourceType, PriorState: from.state, PriorPrivate: from.private, PriorIdentity: from.identity,
		Config: e.dynamic(e.kind(), config), ProposedNewState: e.dynamic(e.kind(), e.proposed(from.state, config)),
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return answer
}

// apply carries a plan out.
func (e *engine) apply(from *object, plan *tfprotov6.PlanResourceChangeResponse, config values) *object {
	e.t.Helper()
	e.fine(plan.Diagnostics)
	made, diagnostics := e.tryApply(from, plan, config)
	e.fine(diagnostics)
	e.keeps(plan, made.state)
	return made
}

// tryApply carries a plan out that may fail.
func (e *engine) tryApply(from *object, plan *tfprotov6.PlanResourceChangeResponse, config values) (*object, []*tfprotov6.Diagnostic) {
	e.t.Helper()
	if from == nil {
		from = &object{state: e.null()}
	}
	answer, err := e.server.ApplyResourceChange(e.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: resourceType, PriorState: from.state, Config: e.dynamic(e.kind(), config), PlannedState: plan.PlannedState,
		PlannedPrivate: plan.PlannedPrivate, PlannedIdentity: plan.PlannedIdentity,
	})
	if err != nil {
		e.t.Fatal(err)
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

// settled refreshes an object and fails the test unless the configuration then plans no change.
func (e *engine) settled(of *object, config values) *object {
	e.t.Helper()
	refreshed, diagnostics := e.read(of)
	e.fine(diagnostics)
	planned := e.plan(refreshed, config)
	e.fine(planned.Diagnostics)
	want := e.attributes(refreshed.state)
	for name, value := range e.attributes(planned.PlannedState) {
		if !value.Equal(want[name]) {
			e.t.Errorf("a change of %s is planned: %s to %s", name, want[name], value)
		}
	}
	return refreshed
}

// replace applies what a plan wants a new token for: the old one is deleted, then the configuration is planned from nothing.
func (e *engine) replace(from *object, plan *tfprotov6.PlanResourceChangeResponse, config values) *object {
	e.t.Helper()
	e.fine(plan.Diagnostics)
	e.destroy(from)
	return e.apply(nil, e.plan(nil, config), config)
}

// destroy plans and applies the end of an object.
func (e *engine) destroy(from *object) {
	e.t.Helper()
	e.fine(e.planDestroy(from).Diagnostics)
	e.fine(e.tryDestroy(from))
}

func (e *engine) planDestroy(from *object) *tfprotov6.PlanResourceChangeResponse {
	e.t.Helper()
	plan, err := e.server.PlanResourceChange(e.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: resourceType, PriorState: from.state, PriorPrivate: from.private, Config: e.null(), ProposedNewState: e.null(),
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return plan
}

func (e *engine) tryDestroy(from *object) []*tfprotov6.Diagnostic {
	e.t.Helper()
	_, diagnostics := e.destroyed(from)
	return diagnostics
}

// destroyed is what is left of an object after its end.
func (e *engine) destroyed(from *object) (*object, []*tfprotov6.Diagnostic) {
	e.t.Helper()
	answer, err := e.server.ApplyResourceChange(e.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: resourceType, PriorState: from.state, Config: e.null(), PlannedState: e.null(), PlannedPrivate: from.private,
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return &object{state: answer.NewState, private: answer.Private, identity: answer.NewIdentity}, answer.Diagnostics
}

// adopt imports a token and refreshes it.
func (e *engine) adopt(request *tfprotov6.ImportResourceStateRequest) *object {
	e.t.Helper()
	answer, err := e.server.ImportResourceState(e.t.Context(), request)
	if err != nil {
		e.t.Fatal(err)
	}
	e.fine(answer.Diagnostics)
	imported := answer.ImportedResources[0]
	adopted, diagnostics := e.read(&object{state: imported.State, private: imported.Private, identity: imported.Identity})
	e.fine(diagnostics)
	return adopted
}

// read refreshes an object.
func (e *engine) read(from *object) (*object, []*tfprotov6.Diagnostic) {
	e.t.Helper()
	return e.readIn(e.t.Context(), from)
}

func (e *engine) readIn(ctx context.Context, from *object) (*object, []*tfprotov6.Diagnostic) {
	answer, err := e.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: resourceType, CurrentState: from.state, Private: from.private, CurrentIdentity: from.identity,
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return &object{state: answer.NewState, private: answer.Private, identity: answer.NewIdentity}, answer.Diagnostics
}

// fine fails the test on any error.
func (e *engine) fine(diagnostics []*tfprotov6.Diagnostic) {
	e.t.Helper()
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			e.t.Fatalf("%s: %s", d.Summary, d.Detail)
		}
	}
}

// warned returns the summaries of the warnings.
func warned(diagnostics []*tfprotov6.Diagnostic) string {
	var summaries []string
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityWarning {
			summaries = append(summaries, d.Summary)
		}
	}
	return strings.Join(summaries, "; ")
}
