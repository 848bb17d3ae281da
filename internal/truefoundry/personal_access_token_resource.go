package truefoundry

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

var (
	_ resource.ResourceWithConfigure   = (*personalAccessTokenResource)(nil)
	_ resource.ResourceWithIdentity    = (*personalAccessTokenResource)(nil)
	_ resource.ResourceWithImportState = (*personalAccessTokenResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*personalAccessTokenResource)(nil)
)

type personalAccessTokenResource struct {
	system.ResourceBase[*api.Client]
}

func newPersonalAccessTokenResource() resource.Resource {
	return &personalAccessTokenResource{system.NewResourceBase[*api.Client](personalAccessTokenNoun)}
}

// Metadata implements [resource.Resource]. A rotation in place changes the id.
func (r *personalAccessTokenResource) Metadata(ctx context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	r.ResourceBase.Metadata(ctx, req, resp)
	resp.ResourceBehavior.MutableIdentity = true
}

// IdentitySchema implements [resource.ResourceWithIdentity].
func (r *personalAccessTokenResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "The token's id."},
	}}
}

// Create implements [resource.Resource].
func (r *personalAccessTokenResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan personalAccessTokenModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	sealer, diags := rotation.NewSealer(ctx, plan.EncryptSecretTo)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if isKnown(plan.Name) {
		unlock, err := client.LockName(ctx, r.Noun().Type, plan.Name.ValueString())
		if err != nil {
			resp.Diagnostics.Append(r.Failure(system.Create, err))
			return
		}
		defer unlock()
	}
	m, err := prepareToken(ctx, client, plan)
	if err != nil {
		resp.Diagnostics.Append(r.Failure(system.Create, err))
		return
	}
	secret, err := m.mint(ctx)
	if err != nil {
		resp.Diagnostics.Append(r.Failure(system.Create, err, r.createAdvice(ctx, m, err)...))
		return
	}
	state := plan
	held, sealing := sealer.Hold(secret.Reveal())
	state.unidentified(m.want.Name, held, m.want.ExpiresAt, client.Now())
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)

	if sealing != nil {
		resp.Diagnostics.Append(r.Failure(system.Create, sealing))
	}
	token, err := m.identify(ctx)
	if err != nil {
		resp.Diagnostics.Append(r.Failure(system.Create, err, "Terraform marks the resource as tainted: the next apply looks the token up by its name, deletes it and mints another one."))
		return
	}
	state.describe(*token, token.End(), client.Now())
	remark(plan, *token, &resp.Diagnostics)
	record := granted(plan, m.want.ExpiresAt, token.End(), &resp.Diagnostics)
	state.promise(plan)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
	resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
}

// granted notes what the tenant made of a requested end: it may impose an earlier one.
func granted(plan personalAccessTokenModel, requested *time.Time, end *api.End, diags *diag.Diagnostics) rotation.Record {
	record := rotation.Record{GrantedExpiry: end.Moment()}
	record.AskedLifetime, _ = rotation.Duration(plan.Lifetime)
	if end != nil && end.Day && end.Is(requested) {
		// The day alone would let the token seem to live shorter.
		record.GrantedExpiry = requested
	}
	if requested == nil || end.Is(requested) {
		return record
	}
	at := path.Root("lifetime")
	if isKnown(plan.ExpiresAt) {
		at, record.RequestedExpiry = path.Root("expires_at"), rotation.Instant(plan.ExpiresAt)
	}
	diags.AddAttributeWarning(at, "TrueFoundry gave the token another end",
		"The token was asked to end at "+rotation.Format(*requested)+", and ends "+endText(end)+". The tenant may limit how long tokens live.")
	return record
}

// remark tells what else the tenant made of a request.
func remark(plan personalAccessTokenModel, token api.ServiceAccount, diags *diag.Diagnostics) {
	for attribute, v := range map[string][2]types.String{
		"team_name": {plan.TeamName, textOrNull(token.Team())}, "token_type": {plan.TokenType, tokenType(token)},
	} {
		if asked, shown := v[0], v[1]; isKnown(asked) && !shown.IsNull() && !shown.Equal(asked) {
			diags.AddAttributeWarning(path.Root(attribute), "TrueFoundry made something else of the request",
				"The token was asked for with "+attribute+" = "+asked.String()+", and TrueFoundry shows "+shown.String()+". A new token would not change that, so the state keeps what was asked for.")
		}
	}
}

func endText(end *api.End) string {
	switch {
	case end == nil:
		return "never, as far as TrueFoundry tells"
	case end.Day:
		return "on " + end.At.Format(time.DateOnly)
	}
	return "at " + rotation.Format(end.At)
}

// createAdvice adds what can be done about a name that is taken, which also is how create_before_destroy ends with a fixed name.
func (r *personalAccessTokenResource) createAdvice(ctx context.Context, m *tokenMint, err error) []string {
	if !api.IsConflict(err) {
		return nil
	}
	holder := "another token"
	if all, listErr := m.client.ListPersonalAccessTokensAnew(ctx); listErr == nil {
		if left := named(all, m.want.Name, nil); len(left) == 1 {
			holder = "the token with the id " + left[0].ID
		}
	}
	return []string{"The name " + `"` + m.want.Name + `"` + " is taken by " + holder + ". " +
		"Use name_prefix instead of name, so that two generations can live side by side (create_before_destroy needs that), or import the token that exists."}
}

// Read implements [resource.Resource]. It is where the clock is read, for this plan and for the one that Terraform makes again
// when it applies.
func (r *personalAccessTokenResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state personalAccessTokenModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if !state.ID.IsNull() {
		// Also where nothing is read: Terraform insists on the identity.
		resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
	}
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(system.Reading, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	token, err := findToken(ctx, client, state)
	if err != nil {
		if !r.Shared(err) {
			resp.Diagnostics.Append(r.Failure(system.Read, err))
		}
		return
	}
	// The list that has just been looked at.
	all, err := client.ListPersonalAccessTokens(ctx)
	if err != nil {
		resp.Diagnostics.Append(r.Failure(system.Read, err))
		return
	}
	now := client.Now()
	switch {
	case token != nil:
		if record.Imported && state.Name.IsNull() {
			state.infer(*token)
			record.GrantedExpiry = token.End().Moment()
		}
		state.describe(*token, seen(&record, token.End(), now), now)
	case rotation.Expired(state.knownEnd(record), now):
		// An expired token that is no longer listed has not been deleted by anybody.
		state.Status = types.StringValue(rotation.StatusExpired)
	case state.leavesOthers(all, record, client):
		state.Status = types.StringValue(rotation.StatusMissing)
	default:
		resp.State.RemoveResource(ctx)
		return
	}
	state.forgetGone(all, &record)
	resp.Diagnostics.Append(r.judge(&state, &record, now)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	if !state.ID.IsNull() {
		resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
	}
	resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
}

// judge takes the verdict about what has been read, and warns of what has ended.
func (r *personalAccessTokenResource) judge(state *personalAccessTokenModel, record *rotation.Record, now time.Time) diag.Diagnostics {
	var diags diag.Diagnostics
	end := state.knownEnd(*record)
	lead, _ := rotation.Duration(state.RotateBeforeExpiry)
	policy := rotation.Policy{Lead: lead, Warning: r.ExpiryWarning(), Expected: state.expectedLife(*state, *record)}
	record.Verdict = rotation.Judge(policy, state.Previous.Life(end), now)
	switch token := "The token " + state.Name.ValueString() + " (" + state.ID.ValueString() + ") "; state.Status.ValueString() {
	case rotation.StatusExpired:
		diags.AddWarning(r.Noun().Words+" has expired", token+"has ended"+since(end)+". It is planned for rotation.")
	case rotation.StatusMissing:
		diags.AddWarning(r.Noun().Words+" is missing",
			token+"was deleted outside Terraform, and the generation before it is still alive. The next generation is planned in place, so that the one that is left is not lost.")
	}
	return diags
}

// seen is the end for the state: one that the tenant imposed, and keeps, shows no drift.
func seen(record *rotation.Record, end *api.End, now time.Time) *api.End {
	moment := record.Seen(end.Moment(), now)
	if record.RequestedExpiry != nil && moment == record.RequestedExpiry {
		return &api.End{At: *moment}
	}
	return end
}

func since(end *time.Time) string {
	if end == nil {
		return ""
	}
	return " at " + rotation.Format(*end)
}

// Update implements [resource.Resource]: a rotation in place, or what concerns the state and earlier generations only.
func (r *personalAccessTokenResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	u := &tokenUpdate{resp: resp}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &u.plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &u.state)...)
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	u.record = record
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	u.client = client
	u.sealer, diags = rotation.NewSealer(ctx, u.plan.EncryptSecretTo)
	resp.Diagnostics.Append(diags...)
	way := rotation.Stays
	if u.plan.ID.IsUnknown() {
		way = rotation.InPlace
	}
	resp.Diagnostics.Append(ownTokens(ctx, client, u.state, u.state.leaving(u.plan, way, record))...)
	if resp.Diagnostics.HasError() {
		return
	}
	if way == rotation.InPlace {
		r.rotate(ctx, u)
		return
	}
	r.amend(ctx, u)
}

// Delete implements [resource.Resource]: all generations, and the current one last.
func (r *personalAccessTokenResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state personalAccessTokenModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	if own := ownTokens(ctx, client, state, state.all(record)); own.HasError() {
		resp.Diagnostics.Append(own...)
		return
	}
	if resp.Diagnostics.Append(r.endOrphan(ctx, client, state, record)...); resp.Diagnostics.HasError() {
		return
	}
	if id := state.PreviousID.ValueString(); id != "" {
		if err := endToken(ctx, client, state, id); err != nil {
			resp.Diagnostics.Append(r.notRevoked(state, id, err))
		} else {
			state.Previous = rotation.NoPrevious()
		}
	}
	resp.Diagnostics.Append(r.settle(ctx, client, state, &record)...)
	token, err := &api.ServiceAccount{ID: state.ID.ValueString()}, error(nil)
	if state.ID.IsNull() {
		token, err = findToken(ctx, client, state)
	}
	if err == nil && token != nil {
		err = endToken(ctx, client, state, token.ID)
	}
	if err != nil {
		resp.Diagnostics.Append(r.Failure(system.Delete, err))
	}
	if resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
		resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
	}
}

// ImportState implements [resource.ResourceWithImportState]: the id, the name, or the identity.
func (r *personalAccessTokenResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if req.ID != "" {
		client, ok := r.Client(system.Applying, &resp.Diagnostics)
		if !ok {
			return
		}
		all, err := client.ListPersonalAccessTokens(ctx)
		if err != nil {
			resp.Diagnostics.Append(r.Failure(system.Import, err))
			return
		}
		id, problem := importID(all, req.ID, r.Noun())
		if problem != nil {
			resp.Diagnostics.Append(problem)
			return
		}
		req.ID = id
	}
	resource.ImportStatePassthroughWithIdentity(ctx, path.Root("id"), path.Root("id"), req, resp)
	record := rotation.Record{Imported: true}
	resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
}
