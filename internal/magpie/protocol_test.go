package magpie_test

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

// protocol is the provider, configured for an organization, as an engine speaks to it.
type protocol struct {
	t       *testing.T
	ctx     context.Context //nolint:containedctx // it is the test's
	server  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
}

// answer is what the provider answered about one resource.
type answer struct {
	t            *testing.T
	state        *tfprotov6.DynamicValue
	kind         tftypes.Type
	identity     *tfprotov6.ResourceIdentityData
	identityType tftypes.Type
	private      []byte
	replaces     bool
	problems     []*tfprotov6.Diagnostic
}

// impatience makes the provider give up at once.
func impatience(config map[string]any) { config["http"] = map[string]any{"max_retries": 0} }

// schemas are those of every provider: to assemble them takes longer than most of what a test does with them.
var schemas = sync.OnceValues(func() (*tfprotov6.GetProviderSchemaResponse, error) { //nolint:gochecknoglobals // they never change
	return providerserver.NewProtocol6(provider.New("test")())().GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
})

// protocol starts a provider of its own: one run.
func (o *organization) protocol(options ...func(config map[string]any)) *protocol {
	o.t.Helper()
	server, err := o.factories()["mint"]()
	if err != nil {
		o.t.Fatal(err)
	}
	p := &protocol{t: o.t, ctx: o.t.Context(), server: server}
	if p.schemas, err = schemas(); err != nil {
		o.t.Fatal(err)
	}
	magpie := map[string]any{"base_url": o.URL("magpie"), "access_token": o.Magpie.Bootstrap().AccessToken}
	block := map[string]any{"magpie": magpie}
	for _, option := range options {
		option(block)
	}
	config := p.encode(p.schemas.Provider.ValueType(), block)
	configured, err := server.ConfigureProvider(p.ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.14.0", Config: config})
	if err != nil || len(configured.Diagnostics) > 0 {
		o.t.Fatalf("configure: %v %v", err, configured)
	}
	return p
}

func (p *protocol) typeOf(kind string) tftypes.Type {
	return p.schemas.ResourceSchemas[kind].ValueType()
}

// value builds a value of a type; what is not named is null.
func value(t tftypes.Type, from any) tftypes.Value {
	if made, ok := from.(tftypes.Value); ok {
		return made
	}
	object, isObject := t.(tftypes.Object)
	fields, given := from.(map[string]any)
	if !isObject || !given {
		return tftypes.NewValue(t, from)
	}
	values := map[string]tftypes.Value{}
	for name, kind := range object.AttributeTypes {
		values[name] = value(kind, fields[name])
	}
	return tftypes.NewValue(t, values)
}

func (p *protocol) encode(t tftypes.Type, from any) *tfprotov6.DynamicValue {
	p.t.Helper()
	encoded, err := tfprotov6.NewDynamicValue(t, value(t, from))
	if err != nil {
		p.t.Fatal(err)
	}
	return &encoded
}

func (p *protocol) answer(kind string, state *tfprotov6.DynamicValue, problems []*tfprotov6.Diagnostic) answer {
	return answer{t: p.t, state: state, kind: p.typeOf(kind), problems: problems}
}

func (p *protocol) imported(kind, id string) answer {
	return p.importing(kind, &tfprotov6.ImportResourceStateRequest{TypeName: kind, ID: id})
}

func (p *protocol) importedBy(kind string, identity map[string]string) answer {
	fields := map[string]any{}
	for name, text := range identity {
		fields[name] = text
	}
	data := p.encode(p.identityType(kind), fields)
	return p.importing(kind, &tfprotov6.ImportResourceStateRequest{TypeName: kind, Identity: &tfprotov6.ResourceIdentityData{IdentityData: data}})
}

func (p *protocol) identityType(kind string) tftypes.Type {
	p.t.Helper()
	all, err := p.server.GetResourceIdentitySchemas(p.ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		p.t.Fatal(err)
	}
	return all.IdentitySchemas[kind].ValueType()
}

func (p *protocol) importing(kind string, req *tfprotov6.ImportResourceStateRequest) answer {
	p.t.Helper()
	resp, err := p.server.ImportResourceState(p.ctx, req)
	if err != nil || len(resp.Diagnostics) > 0 || len(resp.ImportedResources) != 1 {
		p.t.Fatalf("import: %v %+v", err, resp)
	}
	imported := p.answer(kind, resp.ImportedResources[0].State, nil)
	imported.identity, imported.private = resp.ImportedResources[0].Identity, resp.ImportedResources[0].Private
	return imported
}

func (p *protocol) read(kind string, prior any) answer {
	p.t.Helper()
	req := &tfprotov6.ReadResourceRequest{TypeName: kind}
	switch prior := prior.(type) {
	case answer:
		req.CurrentState, req.CurrentIdentity, req.Private = prior.state, prior.identity, prior.private
	case *tfprotov6.DynamicValue:
		req.CurrentState = prior
	}
	resp, err := p.server.ReadResource(p.ctx, req)
	if err != nil {
		p.t.Fatal(err)
	}
	read := p.answer(kind, resp.NewState, resp.Diagnostics)
	read.private, read.identity, read.identityType = resp.Private, resp.NewIdentity, p.identityType(kind)
	return read
}

// plan plans a configuration; without a prior object, a creation.
func (p *protocol) plan(kind string, prior *answer, config map[string]any) answer {
	p.t.Helper()
	t := p.typeOf(kind)
	proposed := map[string]any{}
	maps.Copy(proposed, config)
	req := &tfprotov6.PlanResourceChangeRequest{TypeName: kind, PriorState: p.encode(t, nil), Config: p.encode(t, config)}
	var values map[string]tftypes.Value
	if prior != nil {
		req.PriorState, req.PriorPrivate, req.PriorIdentity = prior.state, prior.private, prior.identity
		values = prior.values()
	}
	for _, a := range p.schemas.ResourceSchemas[kind].Block.Attributes {
		if _, set := config[a.Name]; set || !a.Computed {
			continue
		}
		proposed[a.Name] = tftypes.UnknownValue
		if prior != nil {
			proposed[a.Name] = values[a.Name]
		}
	}
	req.ProposedNewState = p.encode(t, proposed)
	resp, err := p.server.PlanResourceChange(p.ctx, req)
	if err != nil {
		p.t.Fatal(err)
	}
	planned := p.answer(kind, resp.PlannedState, resp.Diagnostics)
	planned.private, planned.identity, planned.replaces = resp.PlannedPrivate, resp.PlannedIdentity, len(resp.RequiresReplace) > 0
	return planned
}

// apply plans and applies a configuration. A plan that fails is the answer; one that replaces is the test's to carry out.
func (p *protocol) apply(kind string, prior *answer, config map[string]any) answer {
	p.t.Helper()
	planned := p.plan(kind, prior, config)
	if planned.errors() != "" {
		return planned
	}
	return p.carryOut(kind, prior, planned, config)
}

// carryOut applies a plan.
func (p *protocol) carryOut(kind string, prior *answer, planned answer, config map[string]any) answer {
	p.t.Helper()
	t := p.typeOf(kind)
	req := &tfprotov6.ApplyResourceChangeRequest{
		TypeName: kind, PriorState: p.encode(t, nil), PlannedState: planned.state, PlannedPrivate: planned.private, PlannedIdentity: planned.identity,
		Config: p.encode(t, config),
	}
	if prior != nil {
		req.PriorState = prior.state
	}
	return p.applied(kind, planned, req)
}

// applied sends an apply, and holds a success to what was planned: Terraform takes anything else for a fault.
func (p *protocol) applied(kind string, planned answer, req *tfprotov6.ApplyResourceChangeRequest) answer {
	p.t.Helper()
	resp, err := p.server.ApplyResourceChange(p.ctx, req)
	if err != nil {
		p.t.Fatal(err)
	}
	applied := p.answer(kind, resp.NewState, resp.Diagnostics)
	applied.private, applied.identity, applied.identityType = resp.Private, resp.NewIdentity, p.identityType(kind)
	if applied.errors() == "" && !planned.isNull() {
		got := applied.values()
		for name, promised := range planned.values() {
			if promised.IsFullyKnown() && !promised.Equal(got[name]) || !got[name].IsFullyKnown() {
				p.t.Errorf("%s was planned as %s and is %s", name, promised, got[name])
			}
		}
	}
	return applied
}

// destroy plans and applies the end of an object.
func (p *protocol) destroy(kind string, prior answer) answer {
	p.t.Helper()
	none := p.encode(p.typeOf(kind), nil)
	resp, err := p.server.PlanResourceChange(p.ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: kind, PriorState: prior.state, PriorPrivate: prior.private, ProposedNewState: none, Config: none,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	planned := p.answer(kind, resp.PlannedState, resp.Diagnostics)
	if planned.errors() != "" {
		return planned
	}
	return p.applied(kind, planned, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: kind, PriorState: prior.state, PlannedState: none, PlannedPrivate: prior.private, Config: none,
	})
}

// isNull reports whether there is no object.
func (a answer) isNull() bool {
	a.t.Helper()
	decoded, err := a.state.Unmarshal(a.kind)
	if err != nil {
		a.t.Fatal(err)
	}
	return decoded.IsNull()
}

// fine fails the test on an error.
func (a answer) fine() answer {
	a.t.Helper()
	if text := a.errors(); text != "" {
		a.t.Fatal(text)
	}
	return a
}

// fails expects an error that says this.
func (a answer) fails(message string) answer {
	a.t.Helper()
	if text := a.errors(); !says(message).MatchString(text) {
		a.t.Errorf("no error says %q: %q", message, text)
	}
	return a
}

// values are the attributes.
func (a answer) values() map[string]tftypes.Value {
	a.t.Helper()
	decoded, err := a.state.Unmarshal(a.kind)
	if err != nil {
		a.t.Fatal(err)
	}
	values := map[string]tftypes.Value{}
	if err := decoded.As(&values); err != nil {
		a.t.Fatal(err)
	}
	return values
}

// text is a string attribute, empty if it is null.
func (a answer) text(name string) string {
	a.t.Helper()
	return textOf(a.t, a.values()[name])
}

func textOf(t *testing.T, v tftypes.Value) string {
	t.Helper()
	var text *string
	if err := v.As(&text); err != nil {
		t.Fatal(err)
	}
	if text == nil {
		return ""
	}
	return *text
}

func (a answer) identityValues() map[string]string {
	a.t.Helper()
	decoded, err := a.identity.IdentityData.Unmarshal(a.identityType)
	if err != nil {
		a.t.Fatal(err)
	}
	values, texts := map[string]tftypes.Value{}, map[string]string{}
	if err := decoded.As(&values); err != nil {
		a.t.Fatal(err)
	}
	for name, v := range values {
		texts[name] = textOf(a.t, v)
	}
	return texts
}

func (a answer) equals(other answer) bool {
	for name, v := range a.values() {
		if !v.Equal(other.values()[name]) {
			return false
		}
	}
	return true
}

func (a answer) errors() string {
	text := ""
	for _, problem := range a.problems {
		if problem.Severity == tfprotov6.DiagnosticSeverityError {
			text += problem.Summary + ": " + problem.Detail + "\n"
		}
	}
	return text
}

func (a answer) warnings() string {
	var text strings.Builder
	for _, problem := range a.problems {
		if problem.Severity != tfprotov6.DiagnosticSeverityWarning {
			a.t.Errorf("error: %s: %s", problem.Summary, problem.Detail)
		}
		text.WriteString(problem.Summary + ": " + problem.Detail + "\n")
	}
	return text.String()
}
