package system

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// resourceType is what the refresh and the plan of an unchanged object need to know of a resource type; it never changes.
type resourceType struct {
	newResource func() resource.Resource
	schema      schema.Schema
	kind        tftypes.Type
	// identity is the type of its identity, noIdentity an identity of which nothing is known.
	identity   tftypes.Type
	noIdentity *tfprotov6.ResourceIdentityData
	defaults   map[string]defaults.Bool
}

// Shortcut refreshes and plans unchanged objects without the framework. A provider embeds it, made with [NewShortcut].
type Shortcut struct {
	// data is what the provider has made of its configuration, a [ProviderData].
	data      atomic.Value
	provider  string
	resources []func() resource.Resource
	once      sync.Once
	known     map[string]*resourceType
}

// NewShortcut returns the shortcut of the resources of a provider, by the beginning of their type names, whose schemas are loaded when it is first used.
func NewShortcut(provider string, resources []func() resource.Resource) *Shortcut {
	return &Shortcut{provider: provider, resources: resources}
}

// types are the types of resources of which an unchanged object can be refreshed and planned without the framework.
func (s *Shortcut) types(ctx context.Context) map[string]*resourceType {
	s.once.Do(func() {
		s.known = map[string]*resourceType{}
		for _, newResource := range s.resources {
			if name, of := newResourceType(ctx, s.provider, newResource); of != nil {
				s.known[name] = of
			}
		}
	})
	return s.known
}

// Connect hands over what the provider hands to its resources. Until then every answer is the framework's.
func (s *Shortcut) Connect(data ProviderData) { s.data.Store(data) }

// Disconnect takes back what was handed over: every answer is the framework's again.
func (s *Shortcut) Disconnect() { s.Connect(nil) }

// Connected is what the provider has handed over; nil for nothing.
func (s *Shortcut) Connected() ProviderData {
	data, _ := s.data.Load().(ProviderData)
	return data
}

// PlanUnchanged plans an object for which Terraform proposes just the state that it has, where that is all there is to plan; nil where the
// framework has to be asked. Most objects of most plans are such, and the framework takes some forty times as long for one: it applies
// defaults, runs the plan modifiers of every attribute, and then ModifyPlan. A default changes nothing that has it already, the plan
// modifiers of our attributes change nothing that is as in the state, and ModifyPlan's own decision is taken here, by the resource.
func (s *Shortcut) PlanUnchanged(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) *tfprotov6.PlanResourceChangeResponse {
	data := s.Connected()
	if data == nil || req.PriorState == nil || req.ProposedNewState == nil || req.Config == nil || req.ProviderMeta != nil ||
		len(req.PriorState.MsgPack) == 0 || !bytes.Equal(req.PriorState.MsgPack, req.ProposedNewState.MsgPack) {
		return nil
	}
	of := s.types(ctx)[req.TypeName]
	if of == nil {
		return nil
	}
	config, errConfig := req.Config.Unmarshal(of.kind)
	state, errState := req.PriorState.Unmarshal(of.kind)
	private, isOurs := readPrivate(req.PriorPrivate)
	if errConfig != nil || errState != nil || !isOurs || config.IsNull() || state.IsNull() || !of.hasDefaults(ctx, config, state) {
		return nil
	}
	planner, _ := of.configured(ctx, data).(UnchangedPlanner)
	plansNothing, warnings := planner.PlansNothing(ctx, Unchanged{Config: config, State: state, Schema: of.schema, Private: private})
	if !plansNothing {
		return nil
	}
	answer := &tfprotov6.PlanResourceChangeResponse{PlannedState: req.PriorState, PlannedPrivate: req.PriorPrivate, PlannedIdentity: req.PriorIdentity}
	if answer.PlannedIdentity == nil {
		answer.PlannedIdentity = of.noIdentity
	}
	for _, warning := range warnings {
		answer.Diagnostics = append(answer.Diagnostics, &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityWarning, Summary: warning.Summary(), Detail: warning.Detail()})
	}
	return answer
}

// ReadStored reads an object, and answers where it is as it is stored; nil where the framework has to answer. The resource has read it then,
// and the context that is returned, in which the framework is to be called, carries what it has found: it is not read again. Most objects of
// most refreshes have not changed, and most of what the framework does for one is to look whether anything has.
func (s *Shortcut) ReadStored(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, context.Context) {
	data := s.Connected()
	if data == nil || req.CurrentState == nil || len(req.CurrentState.MsgPack) == 0 || req.ProviderMeta != nil {
		return nil, ctx
	}
	of := s.types(ctx)[req.TypeName]
	if of == nil {
		return nil, ctx
	}
	state, err := req.CurrentState.Unmarshal(of.kind)
	private, isOurs := readPrivate(req.Private)
	reader, reads := of.configured(ctx, data).(Reader)
	if err != nil || state.IsNull() || !isOurs || !reads {
		return nil, ctx
	}
	sighting := reader.ReadStored(ctx, Stored{State: state, Schema: of.schema, Private: private})
	again := carrying(ctx, sighting)
	if !sighting.IsUnchanged() {
		return nil, again
	}
	identity, err := of.identify(sighting.Identity())
	if err != nil || !isIdentity(identity, req.CurrentIdentity) {
		return nil, again
	}
	return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: req.Private, NewIdentity: identity}, again
}

// configured returns a resource as the framework makes one for each call.
func (of *resourceType) configured(ctx context.Context, data ProviderData) resource.Resource {
	r := of.newResource()
	if configurable, ok := r.(resource.ResourceWithConfigure); ok {
		configurable.Configure(ctx, resource.ConfigureRequest{ProviderData: data}, &resource.ConfigureResponse{})
	}
	return r
}

// identify returns an identity of texts; nil for a type that has none.
func (of *resourceType) identify(texts map[string]string) (*tfprotov6.ResourceIdentityData, error) {
	if of.identity == nil {
		return nil, nil
	}
	values := make(map[string]tftypes.Value, len(texts))
	for name, text := range texts {
		values[name] = tftypes.NewValue(tftypes.String, text)
	}
	if err := tftypes.ValidateValue(of.identity, values); err != nil {
		return nil, err
	}
	identity, err := tfprotov6.NewDynamicValue(of.identity, tftypes.NewValue(of.identity, values))
	return &tfprotov6.ResourceIdentityData{IdentityData: &identity}, err
}

// isIdentity reports whether an identity is the current one, or the first; whether another one may follow is the framework's to say.
func isIdentity(identity, current *tfprotov6.ResourceIdentityData) bool {
	if current == nil || current.IdentityData == nil {
		return true
	}
	return identity != nil && bytes.Equal(identity.IdentityData.MsgPack, current.IdentityData.MsgPack)
}

// hasDefaults reports whether every attribute that the configuration leaves out has its default already.
func (of *resourceType) hasDefaults(ctx context.Context, config, state tftypes.Value) bool {
	var given, has map[string]tftypes.Value
	if config.As(&given) != nil || state.As(&has) != nil {
		return false
	}
	for name, fallback := range of.defaults {
		var answer defaults.BoolResponse
		fallback.DefaultBool(ctx, defaults.BoolRequest{}, &answer)
		if given[name].IsNull() && !has[name].Equal(tftypes.NewValue(tftypes.Bool, answer.PlanValue.ValueBool())) {
			return false
		}
	}
	return true
}

// newResourceType returns nil for a resource type of which only the framework can refresh and plan an unchanged object.
func newResourceType(ctx context.Context, provider string, newResource func() resource.Resource) (string, *resourceType) {
	r := newResource()
	if _, ok := r.(UnchangedPlanner); !ok {
		return "", nil
	}
	var name resource.MetadataResponse
	r.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: provider}, &name)
	var declared resource.SchemaResponse
	r.Schema(ctx, resource.SchemaRequest{}, &declared)
	of := &resourceType{newResource: newResource, schema: declared.Schema, kind: declared.Schema.Type().TerraformType(ctx), defaults: map[string]defaults.Bool{}}
	for name, attribute := range declared.Schema.Attributes {
		if withDefault, ok := attribute.(interface{ BoolDefaultValue() defaults.Bool }); ok && withDefault.BoolDefaultValue() != nil {
			of.defaults[name] = withDefault.BoolDefaultValue()
		}
	}
	if identified, ok := r.(resource.ResourceWithIdentity); ok {
		var identity resource.IdentitySchemaResponse
		identified.IdentitySchema(ctx, resource.IdentitySchemaRequest{}, &identity)
		kind := identity.IdentitySchema.Type().TerraformType(ctx)
		null, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, nil))
		if err != nil {
			return "", nil
		}
		of.identity, of.noIdentity = kind, &tfprotov6.ResourceIdentityData{IdentityData: &null}
	}
	return name.TypeName, of
}

// private is the private state of an object.
type private map[string][]byte

// readPrivate reads private state as the framework encodes it. With a key of the framework's own in it, it is not ours to read.
func readPrivate(raw []byte) (private, bool) {
	var keys private
	if err := json.Unmarshal(raw, &keys); err != nil {
		return nil, false
	}
	for key := range keys {
		if strings.HasPrefix(key, ".") {
			return nil, false
		}
	}
	return keys, true
}

// GetKey implements [rotation.PrivateReader].
func (p private) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) { return p[key], nil }
