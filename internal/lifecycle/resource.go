package lifecycle

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// Resource is the managed resource of a [Kind]: a system embeds it and adds the schema. C is the system's client, M the struct of
// the model, R a row of the server's list.
type Resource[C any, M any, P ModelOf[M], R any] struct {
	system.ResourceBase[C]
	kind func(client C, run *system.Connection) Kind[P, R]
	// identity are the attributes that identify the token, with their descriptions: "id", and what is needed besides.
	identity map[string]string
	// newEncrypter reads encrypt_secret_to.
	newEncrypter func(ctx context.Context, recipients types.List) (encrypter, diag.Diagnostics)
}

// NewResource returns the resource of a noun. The kind is made for each call; while planning its client may be the zero value.
func NewResource[C any, M any, P ModelOf[M], R any](noun system.Noun, identity map[string]string, kind func(C, *system.Connection) Kind[P, R]) Resource[C, M, P, R] {
	return Resource[C, M, P, R]{
		ResourceBase: system.NewResourceBase[C](noun), kind: kind, identity: identity,
		newEncrypter: func(ctx context.Context, recipients types.List) (encrypter, diag.Diagnostics) {
			return rotation.NewEncrypter(ctx, recipients)
		},
	}
}

// Metadata implements [resource.Resource]. A rotation in place changes the id, and with it the identity.
func (r *Resource[C, M, P, R]) Metadata(ctx context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	r.ResourceBase.Metadata(ctx, req, resp)
	resp.ResourceBehavior.MutableIdentity = true
}

// IdentitySchema implements [resource.ResourceWithIdentity].
func (r *Resource[C, M, P, R]) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	attributes := map[string]identityschema.Attribute{}
	for name, description := range r.identity {
		attributes[name] = identityschema.StringAttribute{RequiredForImport: true, Description: description}
	}
	resp.IdentitySchema = identityschema.Schema{Attributes: attributes}
}

// live returns the life of a token with a client.
func (r *Resource[C, M, P, R]) live(client C, m P) life[M, P, R] {
	kind := r.kind(client, r.Connection())
	return life[M, P, R]{kind: kind, server: kind.Server(m), report: &r.ResourceBase, guardrails: r.Guardrails(), secrets: secretsOf(m)}
}

// identifier returns what sets an identity from a state. An id that is not known is an empty one: the framework refuses an
// identity without any value.
func (r *Resource[C, M, P, R]) identifier(identity *tfsdk.ResourceIdentity) func(context.Context, Model) diag.Diagnostics {
	return func(ctx context.Context, m Model) diag.Diagnostics {
		var diags diag.Diagnostics
		for name := range r.identity {
			diags.Append(Identify(ctx, identity, name, rotation.Text(m, name))...)
		}
		return diags
	}
}

// Identify sets a text of an identity. The framework's own way converts and walks the whole of it: engines that store no identities bring
// none to any refresh.
func Identify(ctx context.Context, identity *tfsdk.ResourceIdentity, name, text string) diag.Diagnostics {
	kind, ok := identity.Schema.Type().TerraformType(ctx).(tftypes.Object)
	if !ok || !tftypes.String.Equal(kind.AttributeTypes[name]) {
		return identity.SetAttribute(ctx, path.Root(name), text)
	}
	var known map[string]tftypes.Value
	if err := identity.Raw.As(&known); err != nil {
		return identity.SetAttribute(ctx, path.Root(name), text)
	}
	values := map[string]tftypes.Value{}
	for attribute, of := range kind.AttributeTypes {
		values[attribute] = tftypes.NewValue(of, nil)
	}
	maps.Copy(values, known)
	values[name] = tftypes.NewValue(tftypes.String, text)
	identity.Raw = tftypes.NewValue(kind, values)
	return nil
}

// ModifyPlan implements [resource.ResourceWithModifyPlan].
func (r *Resource[C, M, P, R]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	client, isConnected := r.Client(system.Planning, &resp.Diagnostics)
	if isConnected && !req.State.Raw.IsNull() {
		var id types.String
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, at("id"), &id)...)
		r.Connection().Remember(id.ValueString())
	}
	if req.Plan.Raw.IsNull() {
		if isConnected {
			r.Connection().Count(r.Noun().Type, -1)
		}
		return
	}
	p := Planning[P]{Config: new(M), Plan: new(M)}
	resp.Diagnostics.Append(rotation.ReadModel(ctx, req.Config.Raw, req.Config.Schema, p.Config)...)
	resp.Diagnostics.Append(rotation.ReadModel(ctx, req.Plan.Raw, req.Plan.Schema, p.Plan)...)
	if !req.State.Raw.IsNull() {
		p.State = new(M)
		resp.Diagnostics.Append(rotation.ReadModel(ctx, req.State.Raw, req.State.Schema, p.State)...)
		var diags diag.Diagnostics
		p.Record, diags = rotation.LoadRecord(ctx, req.Private)
		resp.Diagnostics.Append(diags...)
	}
	proposed := clone(p.Plan)
	if resp.Diagnostics.HasError() {
		return
	}
	l := r.live(client, p.Plan)
	var action rotation.Action
	if p.State == nil {
		action = rotation.Create
		planCreate(p)
	} else {
		l.completeImported(ctx, p)
		outcome, diags := l.planChange(ctx, p)
		resp.Diagnostics.Append(diags...)
		resp.RequiresReplace = append(resp.RequiresReplace, outcome.replace...)
		action = outcome.action
	}
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(l.check(ctx, l.judgedConfig(p), action, isConnected)...)
	}
	// Last of all: by now the run's list has been read, if anything asks for it.
	r.WarnOwnCredential(&resp.Diagnostics)
	if !rotation.IsEqual(p.Plan, proposed) {
		resp.Diagnostics.Append(rotation.WriteModel(ctx, p.Plan, resp.Plan.Schema, &resp.Plan.Raw)...)
	}
}

// Create implements [resource.Resource].
func (r *Resource[C, M, P, R]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	s := succession[P]{config: new(M), plan: new(M), warning: r.ExpiryWarning()}
	resp.Diagnostics.Append(req.Config.Get(ctx, s.config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, s.plan)...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	var diags diag.Diagnostics
	s.encrypter, diags = r.newEncrypter(ctx, s.plan.Shared().EncryptSecretTo)
	resp.Diagnostics.Append(diags...)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	s.asked = s.plan
	l := r.live(client, s.plan)
	l.mint(ctx, s, target{verb: system.Create, state: &resp.State, private: resp.Private, diags: &resp.Diagnostics, identify: r.identifier(resp.Identity)})
	l.warn(&resp.Diagnostics)
}

// Read implements [resource.Resource].
func (r *Resource[C, M, P, R]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	s, isCarried := system.Carried[*sighting[M, P]](ctx)
	if !isCarried {
		s = r.look(ctx, system.Stored{State: req.State.Raw, Schema: req.State.Schema, Private: req.Private})
	}
	identify := r.identifier(resp.Identity)
	// First of all: Terraform requires an identity even where nothing is read and of what is removed, and a state that an engine
	// without identities has written brings none.
	resp.Diagnostics.Append(identify(ctx, s.state)...)
	resp.Diagnostics.Append(s.diags...)
	switch {
	case !s.isRead || resp.Diagnostics.HasError():
		return
	case s.found == nil:
		resp.State.RemoveResource(ctx)
		return
	case s.isChanged:
		resp.Diagnostics.Append(rotation.WriteModel(ctx, s.found, resp.State.Schema, &resp.State.Raw)...)
		resp.Diagnostics.Append(identify(ctx, s.found)...)
	}
	resp.Diagnostics.Append(s.record.Save(ctx, resp.Private)...)
}

// Update implements [resource.Resource]: a rotation in place, or a change of a token that stays.
func (r *Resource[C, M, P, R]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	s := succession[P]{config: new(M), plan: new(M), state: new(M), warning: r.ExpiryWarning()}
	resp.Diagnostics.Append(req.Config.Get(ctx, s.config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, s.plan)...)
	resp.Diagnostics.Append(rotation.ReadModel(ctx, req.State.Raw, req.State.Schema, s.state)...)
	to := target{verb: system.Update, state: &resp.State, private: resp.Private, diags: &resp.Diagnostics, identify: r.identifier(resp.Identity)}
	// First of all: should the update fail, Terraform stores what is set here, and a state that an engine without identities has
	// written brings none.
	resp.Diagnostics.Append(to.identify(ctx, s.state)...)
	var diags diag.Diagnostics
	s.record, diags = rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	s.encrypter, diags = r.newEncrypter(ctx, s.plan.Shared().EncryptSecretTo)
	resp.Diagnostics.Append(diags...)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	// Nothing has been sent yet that could not be taken back.
	r.live(client, s.plan).completeImported(ctx, Planning[P]{Plan: s.plan, State: s.state, Record: s.record})
	s.stored = clone(s.state)
	if resp.Diagnostics.Append(encryptStored(s.state, s.encrypter)...); resp.Diagnostics.HasError() {
		return
	}
	l := r.live(client, s.stored)
	if s.plan.Shared().ID.IsUnknown() {
		s.asked = l.askedPlan(s.config, s.plan, s.state, s.record)
		s.reason, _ = l.reasonFor(Planning[P]{Config: s.config, Plan: s.plan, State: s.stored, Record: s.record})
		l.mint(ctx, s, to)
	} else if resp.Diagnostics.Append(l.refuseChange(s)...); !resp.Diagnostics.HasError() {
		l.change(ctx, s, to)
	}
	l.warn(&resp.Diagnostics)
}

// Delete implements [resource.Resource]: all tokens of the series, the current one last.
func (r *Resource[C, M, P, R]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	state := P(new(M))
	resp.Diagnostics.Append(rotation.ReadModel(ctx, req.State.Raw, req.State.Schema, state)...)
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(r.live(client, state).delete(ctx, state, &record)...)
	if resp.Diagnostics.HasError() {
		record.ForgetEarlier(knownIDs(state, record)...)
		resp.Diagnostics.Append(rotation.WriteModel(ctx, state, resp.State.Schema, &resp.State.Raw)...)
		resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
		return
	}
	r.Connection().Count(r.Noun().Type, -1)
}

// ImportState implements [resource.ResourceWithImportState]: by an id, which the kind reads, or by the identity.
func (r *Resource[C, M, P, R]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	attributes := map[string]string{"id": req.ID}
	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsNull() {
		for name := range r.identity {
			var value types.String
			resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(name), &value)...)
			attributes[name] = value.ValueString()
		}
	} else if req.ID != "" {
		client, ok := r.Client(system.Applying, &resp.Diagnostics)
		if !ok {
			return
		}
		if importer, ok := r.live(client, new(M)).kind.(Importer); ok {
			var problem diag.Diagnostic
			var err error
			if attributes, problem, err = importer.ImportID(ctx, req.ID); err != nil {
				problem = r.Failure(system.Import, err)
			}
			if problem != nil {
				resp.Diagnostics.Append(problem)
			}
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	for name, value := range attributes {
		if value == "" {
			resp.Diagnostics.Append(EmptyImportID(r.Noun(), name))
			return
		}
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
		if _, identifies := r.identity[name]; identifies {
			resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root(name), value)...)
		}
	}
	resp.Diagnostics.Append((&rotation.Record{Imported: true}).Save(ctx, resp.Private)...)
}

// EmptyImportID is the error about an import that leaves an attribute empty by which the token is found.
func EmptyImportID(noun system.Noun, attribute string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Invalid import ID", "The import of a "+noun.Words+" requires "+attribute+", and it is empty.")
}
