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
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
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
	state.unidentified(m.want.Name, secret.Reveal(), m.want.ExpiresAt, client.Now())
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)

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
	// Also where nothing is read: Terraform insists on the identity.
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Reader(&resp.Diagnostics)
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
	now := client.Now()
	switch {
	case token != nil:
		if record.Imported && state.Name.IsNull() {
			state.infer(*token)
			record.GrantedExpiry = token.End().Moment()
		}
		state.describe(*token, seen(&record, token.End(), now), now)
	case rotation.Expired(record.End(rotation.Instant(state.ExpiresAt)), now):
		// An expired token that is no longer listed has not been deleted by anybody.
		state.Status = types.StringValue(rotation.StatusExpired)
	default:
		resp.State.RemoveResource(ctx)
		return
	}
	if state.Status.ValueString() == rotation.StatusExpired {
		resp.Diagnostics.AddWarning(r.Noun().Words+" has expired",
			"The token "+state.Name.ValueString()+" ("+state.ID.ValueString()+") has ended"+since(record.End(rotation.Instant(state.ExpiresAt)))+". It is planned for replacement.")
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
	resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
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

// Update implements [resource.Resource]: what reaches it concerns the state only.
func (r *personalAccessTokenResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state personalAccessTokenModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	state.promise(plan)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
}

// Delete implements [resource.Resource].
func (r *personalAccessTokenResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state personalAccessTokenModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	if d := ownToken(ctx, client, state); d != nil {
		resp.Diagnostics.Append(d)
		return
	}
	id := state.ID.ValueString()
	if state.ID.IsNull() {
		token, err := findToken(ctx, client, state)
		if err != nil {
			resp.Diagnostics.Append(r.Failure(system.Delete, err))
			return
		}
		if token == nil {
			return
		}
		id = token.ID
	}
	found, err := client.DeletePersonalAccessToken(ctx, id)
	if err == nil && !found {
		// Somebody else's token is as unknown as one that is gone.
		var all []api.ServiceAccount
		if all, err = client.ListPersonalAccessTokens(ctx); err == nil {
			err = ofAnotherUser(all, state)
		}
	}
	if err != nil {
		resp.Diagnostics.Append(r.Failure(system.Delete, err))
	}
}

// ImportState implements [resource.ResourceWithImportState]: the id, the name, or the identity.
func (r *personalAccessTokenResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if req.ID != "" {
		client, ok := r.Client(&resp.Diagnostics)
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
