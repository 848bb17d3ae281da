package magpie

import (
	"cmp"
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

var (
	_ resource.ResourceWithConfigure   = (*exclusiveResource)(nil)
	_ resource.ResourceWithIdentity    = (*exclusiveResource)(nil)
	_ resource.ResourceWithImportState = (*exclusiveResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*exclusiveResource)(nil)
)

// exclusiveResource owns the one token of a service account. Creating and rotating it call the rotate endpoint, which deletes every
// other token of the account; so there are no series and no overlap, and its life is written here.
type exclusiveResource struct {
	system.ResourceBase[*api.Client]
}

func newServiceAccountExclusiveAccessTokenResource() resource.Resource {
	return &exclusiveResource{system.NewResourceBase[*api.Client](exclusiveNoun)}
}

// IdentitySchema implements [resource.ResourceWithIdentity]. The account is the identity: its token changes with every rotation.
func (r *exclusiveResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"user_name": identityschema.StringAttribute{RequiredForImport: true, Description: "The user name of the service account."},
	}}
}

func (r *exclusiveResource) account(client *api.Client, m exclusiveModel) account {
	return account{client: client, name: api.Account(m.UserName.ValueString())}
}

// ModifyPlan implements [resource.ResourceWithModifyPlan].
func (r *exclusiveResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	client, connected := r.Client(system.Planning, &resp.Diagnostics)
	if req.Plan.Raw.IsNull() {
		return
	}
	var plan, state exclusiveModel
	resp.Diagnostics.Append(rotation.ReadModel(ctx, req.Plan.Raw, req.Plan.Schema, &plan)...)
	record, diags := rotation.LoadRecord(ctx, req.Private)
	if req.State.Raw.IsNull() {
		plan.setSecret(plan.PlanMint())
		resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
		resp.Diagnostics.Append(claim(client, plan, nil, record)...)
		resp.Diagnostics.Append(r.Guardrails().Check(plan.guarded(0))...)
		if connected && !resp.Diagnostics.HasError() {
			if err := client.Ready(ctx); err != nil {
				if !r.Shared(err) {
					resp.Diagnostics.Append(r.Failure(system.Create, err))
				}
				return
			}
		}
		resp.Diagnostics.Append(r.warnOfOthers(ctx, client, plan, nil, record)...)
		return
	}
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(rotation.ReadModel(ctx, req.State.Raw, req.State.Schema, &state)...)
	resp.Diagnostics.Append(claim(client, plan, &state, record)...)
	if resp.Diagnostics.HasError() {
		return
	}
	proposed, kept := plan, plan
	diags = kept.planKeep(state, record)
	warnLead := rotation.WarnRotateBefore
	reason := rotation.ReasonFor(plan.Rotating, state.Rotating, state.Status, record)
	switch {
	case !plan.UserName.Equal(state.UserName):
		plan = kept
	case reason == rotation.ReasonNone:
		plan = kept
		resp.Diagnostics.Append(diags...)
		if connected {
			resp.Diagnostics.Append(checkSwitch(client, state, plan)...)
		}
	default:
		plan.setSecret(plan.PlanMint())
		plan.ID, plan.Status, plan.OtherTokenIDs = types.StringUnknown(), types.StringUnknown(), types.SetUnknown(types.StringType)
		plan.CreatedAt, plan.ExpiresAt, plan.SecretVersion = rotation.UnknownTime(), rotation.UnknownTime(), types.Int64Unknown()
		plan.RotationDueAt = rotation.UnknownTime()
		if assumed := plan.Rotating.AsIfUnchanged(state.Rotating); rotation.ReasonFor(assumed, state.Rotating, state.Status, record) == rotation.ReasonNone {
			rotation.UnknownUnlessEqual(ctx, &plan, &kept)
		}
		resp.Diagnostics.Append(r.warnOfOthers(ctx, client, plan, &state, record)...)
		warnLead = rotation.WarnRefusedRotateBefore
	}
	resp.Diagnostics.Append(r.planGuardrails(plan, state, record, reason)...)
	resp.Diagnostics.Append(warnLead(plan.Rotating, state.expected(record))...)
	if !rotation.IsEqual(&plan, &proposed) {
		resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
	}
}

// planKeep completes the plan of a token that stays, and warns of what there is to say about it.
func (m *exclusiveModel) planKeep(state exclusiveModel, record rotation.Record) diag.Diagnostics {
	m.ID, m.CreatedAt, m.ExpiresAt, m.OtherTokenIDs, m.SecretVersion = state.ID, state.CreatedAt, state.ExpiresAt, state.OtherTokenIDs, state.SecretVersion
	m.Status, m.RotationDueAt = m.planStatus(record.PlanStatus(state.Status), state.settings), state.RotationDueAt
	if isChanged, isKnown := m.IsRescheduled(state.Rotating); isChanged && isKnown {
		m.RotationDueAt = m.dueAt(record)
	} else if isChanged {
		m.RotationDueAt = rotation.UnknownTime()
	}
	stored, diags := m.PlanStored(state.Rotating, state.storedSecret())
	m.setSecret(stored)
	about := rotation.Subject{Words: exclusiveNoun.Words, Name: state.subject()}
	about.MintedAt = record.Minted(rotation.Instant(state.CreatedAt))
	return append(diags, about.Warnings(m.Rotating, rotation.NoPrevious(), m.ExpiresAt, record)...)
}

// checkSwitch refuses to switch off the token that the provider is logged in with.
func checkSwitch(client *api.Client, state, plan exclusiveModel) diag.Diagnostics {
	if !plan.Disabled.ValueBool() || state.Disabled.ValueBool() {
		return nil
	}
	return checkOwnSecret(client, state, "Disabling")
}

func checkOwnSecret(client *api.Client, state exclusiveModel, doing string) diag.Diagnostics {
	if !client.IsOwnCredential(state.Secret.ValueString()) {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("token"), "The provider is logged in with this token",
		doing+" it would cut off the provider in the middle of its work. Configure the provider with another credential first, or forget this token with terraform state rm.")}
}

// Create implements [resource.Resource].
func (r *exclusiveResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan exclusiveModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	resp.Diagnostics.Append(r.Guardrails().Check(plan.guarded(0))...)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	state := plan
	if r.rotate(ctx, client, plan, &state, target{system.Create, &resp.State, resp.Private, &resp.Diagnostics}) {
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
		resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("user_name"), state.UserName)...)
	}
}

// Read implements [resource.Resource].
func (r *exclusiveResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state exclusiveModel
	resp.Diagnostics.Append(rotation.ReadState(ctx, req.State.Raw, req.State.Schema, &state)...)
	// Also where nothing is read: Terraform requires the identity.
	resp.Diagnostics.Append(lifecycle.Identify(ctx, resp.Identity, "user_name", state.UserName.ValueString())...)
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(system.Reading, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	if !state.ID.IsNull() {
		client.NoteStored(api.Account(state.UserName.ValueString()), state.ID.ValueString())
	}
	before := state
	all, token, err := r.find(ctx, client, state, record)
	if err != nil && !isGone(err) {
		if !r.Shared(err) {
			resp.Diagnostics.Append(r.Failure(system.Read, err))
		}
		return
	}
	switch {
	case token != nil:
		if before.Status.IsNull() {
			// It was imported, or the rotation that minted it could not find its id.
			record.Tenant = client.Tenant()
		}
		record.Known = nil
		state.fromAPI(*token, client.Now())
		record.Restore(&state.settings, &before.settings)
	case state.ID.IsNull() && !isGone(err) && (len(all) > 0 || r.isYoung(client, state, record)):
		resp.Diagnostics.AddWarning("The id of a "+r.Noun().Words+" is not known",
			"When the account "+state.UserName.ValueString()+" was rotated, the id of its new token could not be found. Its secret is in the state. "+adviceUnidentified(state, false))
		return
	case err == nil && rotation.Expired(rotation.Instant(state.ExpiresAt), client.Now()):
		// An expired token that is no longer listed was not deleted by anybody.
		state.Status = types.StringValue(rotation.StatusExpired)
	default:
		resp.State.RemoveResource(ctx)
		return
	}
	if state.Status.ValueString() == rotation.StatusExpired {
		resp.Diagnostics.AddWarning(r.Noun().Words+" has expired",
			"The token "+state.ID.ValueString()+" of "+state.UserName.ValueString()+" expired at "+state.ExpiresAt.ValueString()+". It is planned for rotation in place.")
	}
	resp.Diagnostics.Append(state.noteOthers(all)...)
	created := rotation.Instant(state.CreatedAt)
	record.NoteSeen(created, client.Now())
	state.SecretVersion = rotation.FillVersion(state.SecretVersion, *record.Minted(created))
	record.Decision = r.evaluate(state, record, client)
	state.Status, state.RotationDueAt = record.Status(state.Status), state.dueAt(record)
	if !rotation.IsEqual(&state, &before) {
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	}
	resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
}

func (r *exclusiveResource) isYoung(client *api.Client, state exclusiveModel, record rotation.Record) bool {
	return lifecycle.IsYoung(record, rotation.Instant(state.CreatedAt), rotation.Instant(state.ExpiresAt), client.Now())
}

// find looks the token up in the account's list, which it returns too. A state without an id, from an import or from a rotation
// whose list failed, means the only token of the account; one that was there before the rotation shows that the list lags. A token
// with an id is not found only if a well-formed list of the right organization lacks it; every doubt is an error.
func (r *exclusiveResource) find(ctx context.Context, client *api.Client, state exclusiveModel, record rotation.Record) ([]api.AccessToken, *api.AccessToken, error) {
	pick := func(all []api.AccessToken) *api.AccessToken { return state.pick(all, record) }
	a := r.account(client, state)
	elsewhere := lifecycle.Elsewhere(record, client.Tenant(), "", cmp.Or(state.ID.ValueString(), "of "+state.UserName.ValueString()))
	if state.ID.IsNull() && elsewhere != nil {
		return nil, nil, elsewhere
	}
	all, err := client.List(ctx, a.name)
	if isGone(err) && elsewhere != nil {
		err = elsewhere
	}
	if err != nil {
		return nil, nil, err
	}
	if state.ID.IsNull() && state.Secret.IsNull() && state.EncryptedSecret.IsNull() && len(all) > 1 {
		// There is no secret whose loss an error would mean.
		return nil, nil, fmt.Errorf("the service account %s has %d tokens (%s), and the provider cannot know which of them the resource should own. Delete the others in Magpie first, or create the resource instead of importing it, which deletes them all and mints a new one",
			state.UserName.ValueString(), len(all), listed(all))
	}
	isYoung := r.isYoung(client, state, record)
	if pick(all) == nil && isYoung {
		err = a.look(ctx, func(now []api.AccessToken) bool { all = now; return pick(now) != nil })
	}
	token := pick(all)
	switch {
	case err != nil || token != nil || state.ID.IsNull():
		return all, token, err
	case elsewhere != nil:
		return nil, nil, elsewhere
	case isYoung:
		return nil, nil, lifecycle.NotShownYet(state.ID.ValueString())
	}
	return all, nil, nil
}

// Update implements [resource.Resource].
func (r *exclusiveResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state exclusiveModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	if plan.ID.IsUnknown() {
		// What the organization grants is only warned of in the plan, because Terraform also plans before it destroys.
		resp.Diagnostics.Append(r.Guardrails().Check(plan.guarded(state.expected(record)))...)
		if resp.Diagnostics.Append(rotation.CheckRotateBefore(plan.Rotating, state.expected(record))...); resp.Diagnostics.HasError() {
			return
		}
		r.rotate(ctx, client, plan, &state, target{system.Update, &resp.State, resp.Private, &resp.Diagnostics})
	} else {
		resp.Diagnostics.Append(r.change(ctx, client, &state, plan, &record)...)
		resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("user_name"), state.UserName)...)
}

// change brings a token that stays to its plan. On failure the state is what the list shows.
func (r *exclusiveResource) change(ctx context.Context, client *api.Client, state *exclusiveModel, plan exclusiveModel, record *rotation.Record) diag.Diagnostics {
	diags := checkSwitch(client, *state, plan)
	diags.Append(r.checkKept(plan, *state, *record).Errors()...)
	encrypter, more := rotation.NewEncrypter(ctx, plan.EncryptSecretTo)
	if diags.Append(more...); diags.HasError() {
		return diags
	}
	stored, err := encrypter.EncryptStored(state.storedSecret())
	if err != nil {
		diags.AddAttributeError(path.Root("encrypt_secret_to"), "Unable to encrypt the secret", "Nothing was changed: "+err.Error()+". Check encrypt_secret_to.")
		return diags
	}
	if rotation.IsEqual(&state.settings, &plan.settings) {
		// There is nothing to send, and so nothing to look for.
		state.take(plan, stored)
		state.Status, state.RotationDueAt = plan.Status, state.plannedDueAt(plan, *record)
		record.Decision = r.evaluate(*state, *record, client).Applied(state.Status)
		return diags
	}
	if state.ID.IsNull() {
		diags.AddError("Unable to update "+r.Noun().Words, "The token cannot be changed, because its id is not known. "+adviceUnidentified(*state, false))
		return diags
	}
	token, err := r.account(client, *state).find(ctx, state.ID.ValueString(), func() bool { return r.isYoung(client, *state, *record) })
	if err != nil {
		return append(diags, r.Failure(system.Update, err, adviceFor(err)...))
	}
	updated, err := r.account(client, *state).update(ctx, *token, state.settings, plan.settings, isNormalized(*record, *token))
	if err != nil {
		diags.Append(r.Failure(system.Update, err))
	} else {
		state.settings = plan.settings
		state.take(plan, stored)
	}
	created, expires := state.CreatedAt, state.ExpiresAt
	r.keep(state, plan, updated, err, record, &diags, client)
	state.CreatedAt, state.ExpiresAt = created, expires
	if err == nil {
		state.RotationDueAt = state.plannedDueAt(plan, *record)
	}
	return diags
}

// Delete implements [resource.Resource]: it deletes the token that this resource made, and no other.
func (r *exclusiveResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state exclusiveModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	if resp.Diagnostics.Append(checkOwnSecret(client, state, "Deleting")...); resp.Diagnostics.HasError() {
		return
	}
	id := state.ID.ValueString()
	if !state.ID.IsNull() && lifecycle.Elsewhere(record, client.Tenant(), "", id) != nil {
		// Asked there, the organization would not know the token, which would pass for deleted.
		if _, token, err := r.find(ctx, client, state, record); token == nil {
			resp.Diagnostics.Append(r.Failure(system.Delete, err))
			return
		}
	}
	if state.ID.IsNull() {
		all, token, err := r.find(ctx, client, state, record)
		switch {
		case isGone(err), err == nil && len(all) == 0 && !r.isYoung(client, state, record):
			return
		case err != nil:
			resp.Diagnostics.Append(r.Failure(system.Delete, err))
			return
		case token == nil:
			resp.Diagnostics.AddError("Unable to delete "+r.Noun().Words,
				"When the account "+state.UserName.ValueString()+" was rotated, the id of its new token could not be found, so the provider could delete somebody else's token. It is one of: "+listed(all)+
					". Find out in Magpie which one it is and delete it there; then remove the resource from the state with terraform state rm.")
			return
		case client.Stored(api.Account(state.UserName.ValueString()))[token.ID]:
			// It is what this run has put in the place of this one, whose token went with that rotation.
			return
		}
		id = token.ID
	}
	if err := r.account(client, state).remove(ctx, id); err != nil {
		resp.Diagnostics.Append(r.Failure(system.Delete, err))
	}
}

// ImportState implements [resource.ResourceWithImportState]: "<user_name>", or the identity.
func (r *exclusiveResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resource.ImportStatePassthroughWithIdentity(ctx, path.Root("user_name"), path.Root("user_name"), req, resp)
	var user types.String
	resp.Diagnostics.Append(resp.State.GetAttribute(ctx, path.Root("user_name"), &user)...)
	if problem := checkImportedUser(user.ValueString()); problem != nil && !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(problem)
	}
}
