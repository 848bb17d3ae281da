// Package protocoltest is a small Terraform for tests. It speaks the plugin protocol to a provider in the same process, as far as one
// resource needs it, and shows what Terraform's own messages hide: warnings, private state, and what a plan says before it is written
// down. What Terraform takes for a provider's bug fails the test.
//
// An [Engine] is one provider process: it validates, reads, plans, applies and imports; it opens ephemeral resources, lists, and invokes
// actions. A [Workspace] keeps one resource between runs, each of which refreshes, plans and applies, with the apply, which plans again,
// in another process. A [Network] is one that fails.
package protocoltest

import (
	"context"
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// version is the release of Terraform that providers are told.
const version = "1.14.0"

// Schemas are what a provider declares. To assemble them takes longer than most of what a test does with them, and they never change:
// load them once.
type Schemas struct {
	provider    tftypes.Type
	resources   map[string]resourceSchema
	dataSources map[string]tftypes.Type
	ephemerals  map[string]*tfprotov6.Schema
	lists       map[string]tftypes.Type
	actions     map[string]tftypes.Type
}

type resourceSchema struct {
	kind, identity tftypes.Type
	attributes     []*tfprotov6.SchemaAttribute
}

// LoadSchemas asks a provider for its schemas.
func LoadSchemas(ctx context.Context, server tfprotov6.ProviderServer) (*Schemas, error) {
	all, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, err
	}
	if failed := append(Diagnostics(all.Diagnostics), identities.Diagnostics...).Errors(); len(failed) > 0 {
		return nil, fmt.Errorf("%s", failed)
	}
	s := &Schemas{
		provider: all.Provider.ValueType(), resources: map[string]resourceSchema{}, dataSources: map[string]tftypes.Type{},
		ephemerals: all.EphemeralResourceSchemas, lists: map[string]tftypes.Type{}, actions: map[string]tftypes.Type{},
	}
	for name, schema := range all.ResourceSchemas {
		if len(schema.Block.BlockTypes) > 0 {
			return nil, fmt.Errorf("%s has nested blocks, which this package does not know", name)
		}
		resource := resourceSchema{kind: schema.ValueType(), attributes: schema.Block.Attributes}
		if identity := identities.IdentitySchemas[name]; identity != nil {
			resource.identity = identity.ValueType()
		}
		s.resources[name] = resource
	}
	for name, schema := range all.DataSourceSchemas {
		s.dataSources[name] = schema.ValueType()
	}
	for name, schema := range all.ListResourceSchemas {
		s.lists[name] = schema.ValueType()
	}
	for name, action := range all.ActionSchemas {
		s.actions[name] = action.Schema.ValueType()
	}
	return s, nil
}

// declared is what a provider must declare under a name.
func declared[Schema any](e *Engine, kind string, among map[string]Schema, name string) Schema {
	e.t.Helper()
	schema, there := among[name]
	if !there {
		e.t.Fatalf("the provider has no %s %q", kind, name)
	}
	return schema
}

// Process says how a provider process is started.
type Process struct {
	Server func() (tfprotov6.ProviderServer, error)
	// Schemas are those of the provider.
	Schemas func() (*Schemas, error)
	// Block is the provider block.
	Block Values
	// Resource is the type of the resource under test; empty for none.
	Resource string
	// Network is what the server sends its requests through, if that may die with the process; else nil.
	Network *Network
	// Context is that of every call; nil is the test's.
	Context context.Context
}

// Engine is one provider process, which is configured, and one type of resource.
type Engine struct {
	t       testing.TB
	ctx     context.Context
	server  tfprotov6.ProviderServer
	schemas *Schemas
	schema  resourceSchema
	name    string
	network *Network
	// ignores is the argument ignore_changes of the resource's lifecycle.
	ignores []string
}

// Start starts a provider process that must accept its configuration.
func Start(tb testing.TB, process Process) *Engine {
	tb.Helper()
	e, diagnostics := Configure(tb, process)
	e.NoError(diagnostics)
	return e
}

// Configure starts a provider process and returns what it says about its configuration.
func Configure(tb testing.TB, process Process) (*Engine, Diagnostics) {
	tb.Helper()
	server, err := process.Server()
	if err != nil {
		tb.Fatal(err)
	}
	schemas, err := process.Schemas()
	if err != nil {
		tb.Fatal(err)
	}
	e := &Engine{t: tb, ctx: tb.Context(), server: server, schemas: schemas, name: process.Resource, network: process.Network}
	if process.Context != nil {
		e.ctx = process.Context
	}
	if process.Resource != "" {
		e.schema = declared(e, "resource", schemas.resources, process.Resource)
	}
	answer, err := server.ConfigureProvider(e.ctx, &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: version, Config: e.dynamic(schemas.provider, process.Block),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return e, answer.Diagnostics
}

// Of is the same process, for another type of resource.
func (e *Engine) Of(resource string) *Engine {
	e.t.Helper()
	other := *e
	other.name, other.schema, other.ignores = resource, declared(e, "resource", e.schemas.resources, resource), nil
	return &other
}

// Type is the type of an attribute, for values that need it.
func (e *Engine) Type(attribute string) tftypes.Type {
	object, _ := e.schema.kind.(tftypes.Object)
	return object.AttributeTypes[attribute]
}

// Validate says what the provider finds wrong with a configuration by itself.
func (e *Engine) Validate(config Values) Diagnostics {
	e.t.Helper()
	answer, err := e.server.ValidateResourceConfig(e.ctx, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: e.name, Config: e.dynamic(e.schema.kind, config),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return answer.Diagnostics
}

// Read refreshes an object. It returns nil when the object is gone, and the object as it was when the process has died.
func (e *Engine) Read(prior *Object) (*Object, Diagnostics) {
	e.t.Helper()
	answer := call(e, e.server.ReadResource, &tfprotov6.ReadResourceRequest{
		TypeName: e.name, CurrentState: prior.State, Private: prior.Private, CurrentIdentity: prior.Identity,
	})
	if answer == nil {
		return prior, nil
	}
	read := e.object(answer.NewState, answer.Private, answer.NewIdentity)
	if read != nil {
		read.Tainted = prior.Tainted
		e.wholly(read.Attributes, "the refresh")
	}
	return read, answer.Diagnostics
}

// MustRead refreshes an object, which must succeed.
func (e *Engine) MustRead(prior *Object) *Object {
	e.t.Helper()
	read, diagnostics := e.Read(prior)
	e.NoError(diagnostics)
	return read
}

// Import imports an object by its id and refreshes it. It returns nil when there is none, or when one of the two fails.
func (e *Engine) Import(id string) (*Object, Diagnostics) {
	e.t.Helper()
	return e.imported(&tfprotov6.ImportResourceStateRequest{TypeName: e.name, ID: id})
}

// ImportByIdentity imports an object by its identity and refreshes it.
func (e *Engine) ImportByIdentity(identity Values) (*Object, Diagnostics) {
	e.t.Helper()
	data := &tfprotov6.ResourceIdentityData{IdentityData: e.dynamic(e.schema.identity, identity)}
	return e.imported(&tfprotov6.ImportResourceStateRequest{TypeName: e.name, Identity: data})
}

// MustImport imports an object that there must be.
func (e *Engine) MustImport(id string) *Object {
	e.t.Helper()
	imported, diagnostics := e.Import(id)
	if e.NoError(diagnostics); imported == nil {
		e.t.Fatalf("there is no %q to import", id)
	}
	return imported
}

func (e *Engine) imported(request *tfprotov6.ImportResourceStateRequest) (*Object, Diagnostics) {
	e.t.Helper()
	answer, err := e.server.ImportResourceState(e.ctx, request)
	switch {
	case err != nil:
		e.t.Fatal(err)
	case Diagnostics(answer.Diagnostics).Failed():
		return nil, answer.Diagnostics
	case len(answer.ImportedResources) != 1:
		e.t.Fatalf("%d objects were imported", len(answer.ImportedResources))
	}
	one := answer.ImportedResources[0]
	imported := e.object(one.State, one.Private, one.Identity)
	e.wholly(imported.Attributes, "the import")
	read, diagnostics := e.Read(imported)
	if diagnostics.Failed() {
		read = nil
	}
	return read, append(answer.Diagnostics, diagnostics...)
}

// Upgrade takes an object over from a state file, in which it is JSON.
func (e *Engine) Upgrade(state, private []byte) *Object {
	e.t.Helper()
	answer, err := e.server.UpgradeResourceState(e.ctx, &tfprotov6.UpgradeResourceStateRequest{
		TypeName: e.name, RawState: &tfprotov6.RawState{JSON: state},
	})
	if err != nil {
		e.t.Fatal(err)
	}
	e.NoError(answer.Diagnostics)
	return e.object(answer.UpgradedState, private, nil)
}

// Forget is an object as a version of the provider has left it that did not know some of the attributes.
func (e *Engine) Forget(of *Object, attributes ...string) *Object {
	e.t.Helper()
	known, older := Values{}, *of
	for name, value := range of.Attributes {
		known[name] = value
	}
	for _, name := range attributes {
		delete(known, name)
	}
	older.State = e.dynamic(e.schema.kind, known)
	older.Attributes = e.decode(e.schema.kind, older.State)
	return &older
}

// ReadDataSource reads a data source of the provider.
func (e *Engine) ReadDataSource(name string, config Values) (Attributes, Diagnostics) {
	e.t.Helper()
	kind := declared(e, "data source", e.schemas.dataSources, name)
	answer, err := e.server.ReadDataSource(e.ctx, &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: e.dynamic(kind, config)})
	if err != nil {
		e.t.Fatal(err)
	}
	return e.decode(kind, answer.State), answer.Diagnostics
}

// NoError fails the test on any error.
func (e *Engine) NoError(diagnostics Diagnostics) {
	e.t.Helper()
	if failed := diagnostics.Errors(); len(failed) > 0 {
		e.t.Fatal(failed)
	}
}

// wholly fails the test unless everything is known.
func (e *Engine) wholly(of Attributes, after string) {
	e.t.Helper()
	for name := range of {
		if !of.IsKnown(name) {
			e.t.Errorf("%s is unknown after %s", name, after)
		}
	}
}

func (e *Engine) dynamic(of tftypes.Type, from any) *tfprotov6.DynamicValue {
	e.t.Helper()
	if values, isBlock := from.(Values); isBlock && values == nil {
		// A block without arguments.
		from = Values{}
	}
	value, err := encode(of, from)
	if err != nil {
		e.t.Fatal(err)
	}
	encoded, err := tfprotov6.NewDynamicValue(of, value)
	if err != nil {
		e.t.Fatal(err)
	}
	return &encoded
}

// none is the state of what does not exist.
func (e *Engine) none() *tfprotov6.DynamicValue {
	e.t.Helper()
	return e.dynamic(e.schema.kind, nil)
}

// decode takes a value apart; nil when it is null.
func (e *Engine) decode(of tftypes.Type, from *tfprotov6.DynamicValue) Attributes {
	e.t.Helper()
	if from == nil {
		return nil
	}
	value, err := from.Unmarshal(of)
	if err != nil {
		e.t.Fatal(err)
	}
	if value.IsNull() {
		return nil
	}
	var fields map[string]tftypes.Value
	if err := value.As(&fields); err != nil {
		e.t.Fatal(err)
	}
	return fields
}

// object takes an answer apart; nil when there is nothing.
func (e *Engine) object(state *tfprotov6.DynamicValue, private []byte, identity *tfprotov6.ResourceIdentityData) *Object {
	e.t.Helper()
	attributes := e.decode(e.schema.kind, state)
	if attributes == nil {
		return nil
	}
	o := &Object{Attributes: attributes, State: state, Private: private, Identity: identity}
	if identity != nil && e.schema.identity != nil {
		o.IdentityAttributes = e.decode(e.schema.identity, identity.IdentityData)
	}
	return o
}
