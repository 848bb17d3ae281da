package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// planned is what the plan of an unchanged object needs to know of a resource type; it never changes.
type planned struct {
	newResource func() resource.Resource
	schema      schema.Schema
	kind        tftypes.Type
	// noIdentity is an identity of which nothing is known.
	noIdentity *tfprotov6.ResourceIdentityData
	defaults   map[string]defaults.Bool
}

// PlanUnchanged plans an object for which Terraform proposes just the state that it has, where that is all there is to plan; nil where the
// framework has to be asked. Most objects of most plans are such, and the framework takes three times as long for one: it applies
// defaults, runs the plan modifiers of every attribute, and then ModifyPlan. A default changes nothing that has it already, the plan
// modifiers of our attributes change nothing that is as in the state, and ModifyPlan's own decision is taken here, by the resource.
func (p *mint) PlanUnchanged(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) *tfprotov6.PlanResourceChangeResponse {
	data, isConfigured := p.data.Load().(system.ProviderData)
	if !isConfigured || req.PriorState == nil || req.ProposedNewState == nil || req.Config == nil || req.ProviderMeta != nil ||
		len(req.PriorState.MsgPack) == 0 || !bytes.Equal(req.PriorState.MsgPack, req.ProposedNewState.MsgPack) {
		return nil
	}
	of := p.planned()[req.TypeName]
	if of == nil {
		return nil
	}
	config, errConfig := req.Config.Unmarshal(of.kind)
	state, errState := req.PriorState.Unmarshal(of.kind)
	private, isOurs := readPrivate(req.PriorPrivate)
	if errConfig != nil || errState != nil || !isOurs || config.IsNull() || state.IsNull() || !of.hasDefaults(ctx, config, state) {
		return nil
	}
	r := of.newResource()
	if configurable, ok := r.(resource.ResourceWithConfigure); ok {
		configurable.Configure(ctx, resource.ConfigureRequest{ProviderData: data}, &resource.ConfigureResponse{})
	}
	planner, _ := r.(system.Planner)
	plansNothing, warnings := planner.PlansNothing(ctx, system.Unchanged{Config: config, State: state, Schema: of.schema, Private: private})
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

// hasDefaults reports whether every attribute that the configuration leaves out has its default already.
func (of *planned) hasDefaults(ctx context.Context, config, state tftypes.Value) bool {
	var given, has map[string]tftypes.Value
	if config.As(&given) != nil || state.As(&has) != nil {
		return false
	}
	for name, bool := range of.defaults {
		var answer defaults.BoolResponse
		bool.DefaultBool(ctx, defaults.BoolRequest{}, &answer)
		if given[name].IsNull() && !has[name].Equal(tftypes.NewValue(tftypes.Bool, answer.PlanValue.ValueBool())) {
			return false
		}
	}
	return true
}

// newPlanned returns nil for a resource type of which only the framework can plan an unchanged object.
func newPlanned(ctx context.Context, newResource func() resource.Resource) (string, *planned) {
	r := newResource()
	if _, ok := r.(system.Planner); !ok {
		return "", nil
	}
	var name resource.MetadataResponse
	r.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "mint"}, &name)
	var declared resource.SchemaResponse
	r.Schema(ctx, resource.SchemaRequest{}, &declared)
	of := &planned{newResource: newResource, schema: declared.Schema, kind: declared.Schema.Type().TerraformType(ctx), defaults: map[string]defaults.Bool{}}
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
		of.noIdentity = &tfprotov6.ResourceIdentityData{IdentityData: &null}
	}
	return name.TypeName, of
}

// planners are the resource types that can be asked, by their names.
func (p *mint) planners() map[string]*planned {
	all := map[string]*planned{}
	for _, newResource := range p.Resources(context.Background()) {
		if name, of := newPlanned(context.Background(), newResource); of != nil {
			all[name] = of
		}
	}
	return all
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

// withPlanners returns the provider with what [mint.PlanUnchanged] needs, to be made when it is first asked.
func (p *mint) withPlanners() *mint {
	p.planned = sync.OnceValue(p.planners)
	return p
}
