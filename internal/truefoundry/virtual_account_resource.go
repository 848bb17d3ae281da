package truefoundry

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

var (
	_ resource.ResourceWithConfigure      = (*virtualAccountResource)(nil)
	_ resource.ResourceWithIdentity       = (*virtualAccountResource)(nil)
	_ resource.ResourceWithImportState    = (*virtualAccountResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*virtualAccountResource)(nil)
	_ resource.ResourceWithValidateConfig = (*virtualAccountResource)(nil)
)

type virtualAccountResource struct {
	system.ResourceBase[*api.Client]
}

func newVirtualAccountResource() resource.Resource { return virtualAccounts() }

func virtualAccounts() *virtualAccountResource {
	return &virtualAccountResource{system.NewResourceBase[*api.Client](virtualAccountNoun)}
}

// IdentitySchema implements [resource.ResourceWithIdentity].
func (r *virtualAccountResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "The account's id."},
	}}
}

// ValidateConfig implements [resource.ResourceWithValidateConfig].
func (r *virtualAccountResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config virtualAccountModel
	resp.Diagnostics.Append(rotation.ReadModel(ctx, req.Config.Raw, req.Config.Schema, &config)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(checkDay(config.ExpirationDate)...)
		resp.Diagnostics.Append(checkTarget(config.NotificationTarget)...)
		resp.Diagnostics.Append(checkPolicy(config)...)
		resp.Diagnostics.Append(checkOverlap(config.Overlap)...)
		resp.Diagnostics.Append(checkPermissions(config.Permissions)...)
		resp.Diagnostics.Append(checkStore(config.SecretStoreConfig)...)
	}
}

// ModifyPlan implements [resource.ResourceWithModifyPlan].
func (r *virtualAccountResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	client, connected := r.Client(system.Planning, &resp.Diagnostics)
	var config, plan, state virtualAccountModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(rotation.ReadModel(ctx, req.State.Raw, req.State.Schema, &state)...)
		if connected {
			r.Connection().Remember(state.ID.ValueString())
		}
	}
	if req.Plan.Raw.IsNull() {
		return
	}
	r.WarnOwnCredential(&resp.Diagnostics)
	resp.Diagnostics.Append(rotation.ReadModel(ctx, req.Config.Raw, req.Config.Schema, &config)...)
	resp.Diagnostics.Append(rotation.ReadModel(ctx, req.Plan.Raw, req.Plan.Schema, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	proposed := plan
	if req.State.Raw.IsNull() {
		plan.planCreate(config)
		resp.Diagnostics.Append(r.Guardrails().Check(plan.guarded(client, 0))...)
		if connected {
			resp.Diagnostics.Append(r.checkName(ctx, client, plan)...)
		}
	} else {
		record, diags := loadAccountRecord(ctx, req.Private)
		resp.Diagnostics.Append(diags...)
		resp.Diagnostics.Append(r.planExisting(ctx, client, config, state, &plan, record)...)
	}
	if !rotation.IsEqual(&plan, &proposed) {
		resp.Diagnostics.Append(rotation.WriteModel(ctx, &plan, resp.Plan.Schema, &resp.Plan.Raw)...)
	}
}

// planExisting completes the plan of an account that exists.
func (r *virtualAccountResource) planExisting(ctx context.Context, client *api.Client, config, state virtualAccountModel, plan *virtualAccountModel, record *accountRecord) diag.Diagnostics {
	isRotated, diags := plan.planUpdate(ctx, config, state, record)
	diags.Append(plan.planMapping(isRotated, state)...)
	if record.Permissions && config.Permissions.IsNull() {
		diags.Append(state.warnPermissions())
	}
	warn := rotation.WarnRotateBefore
	if isRotated {
		warn = rotation.WarnRefusedRotateBefore
	}
	diags.Append(warn(plan.Rotating, record.expectedLife(state))...)
	diags.Append(r.planGuardrails(client, *plan, state, record, isRotated)...)
	return diags
}

// Create implements [resource.Resource].
func (r *virtualAccountResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan virtualAccountModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	encrypter, diags := rotation.NewEncrypter(ctx, plan.EncryptSecretTo)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(r.Guardrails().Check(plan.guarded(client, 0))...)
	if resp.Diagnostics.HasError() {
		return
	}
	c := &creation{client: client, run: r.Connection(), state: plan, encrypter: encrypter, resp: resp}
	account, err := c.create(ctx)
	if unidentified := (*lifecycle.Unidentified)(nil); errors.As(err, &unidentified) {
		resp.Diagnostics.Append(r.Failure(system.Create, err, "Its token is in the state, and Terraform marks the resource as tainted: the next apply looks the account up by its name, deletes it and creates another one."))
		return
	} else if err != nil {
		resp.Diagnostics.Append(r.Failure(system.Create, err))
		return
	}
	state, record, now := &c.state, &accountRecord{Record: rotation.Record{Tenant: client.Tenant()}}, client.Now()
	resp.Diagnostics.Append(compare(plan.manifestModel, nil, account.Manifest, &record.Record)...)
	state.fromAPI(*account)
	state.tokenFromAPI(*account, true, false, now)
	_ = rotation.KeepPlanned(state, &plan)
	r.Connection().Remember(account.ID)
	record.Permissions = !plan.Permissions.IsNull()
	record.noteIssued(*account, *state, &now)
	record.evaluate(*state, r.ExpiryWarning(), now, false)
	state.RotationDueAt = record.dueAt(*state)
	resp.Diagnostics.Append(rotation.WriteModel(ctx, state, resp.State.Schema, &resp.State.Raw)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
	resp.Diagnostics.Append(record.save(ctx, resp.Private)...)
}

// Read implements [resource.Resource].
func (r *virtualAccountResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	s, isCarried := system.Carried[*accountSighting](ctx)
	if !isCarried {
		s = r.look(ctx, system.Stored{State: req.State.Raw, Schema: req.State.Schema, Private: req.Private})
	}
	// Also where nothing is read: Terraform insists on the identity.
	resp.Diagnostics.Append(lifecycle.Identify(ctx, resp.Identity, "id", s.state.ID.ValueString())...)
	resp.Diagnostics.Append(s.diags...)
	switch {
	case !s.isRead || resp.Diagnostics.HasError():
		return
	case s.found == nil:
		resp.State.RemoveResource(ctx)
		return
	case s.isChanged:
		resp.Diagnostics.Append(rotation.WriteModel(ctx, s.found, resp.State.Schema, &resp.State.Raw)...)
		resp.Diagnostics.Append(lifecycle.Identify(ctx, resp.Identity, "id", s.found.ID.ValueString())...)
	}
	resp.Diagnostics.Append(s.record.save(ctx, resp.Private)...)
}

// refresh reads an account into the state, and decides about its token.
func (r *virtualAccountResource) refresh(ctx context.Context, client *api.Client, account api.ServiceAccount, state *virtualAccountModel, record *accountRecord) diag.Diagnostics {
	isImport, day, before := record.Imported && state.Name.IsNull(), state.ExpirationDate, *state
	if isImport {
		record.Tenant = client.Tenant()
	}
	state.fromAPI(account)
	state.manifestModel.fromAPI(account.Manifest, record.Normalized, record.Imported || !state.Permissions.IsNull())
	isStale, diags := r.refreshToken(ctx, client, account, state, isImport)
	if diags.HasError() {
		return diags
	}
	now := client.Now()
	state.tokenFromAPI(account, day.Equal(state.ExpirationDate), isStale, now)
	record.noteIssued(account, *state, nil)
	record.noteToken(state, before, now)
	state.dropRevoked(account, record, now)
	record.evaluate(*state, r.ExpiryWarning(), now, true)
	state.Status, state.RotationDueAt = record.Status(state.Status), record.dueAt(*state)
	if rotation.Expired(state.accountEnd(), now) {
		state.RotationDueAt = rotation.TimeText{}
	}
	if state.Status.ValueString() == rotation.StatusExpired {
		diags.Append(state.warnExpired(record.IsDue()))
	}
	return diags
}

// refreshToken reads the secret again when the active token is another one than that of the state. It reports whether the state is left
// with a token that is not the active one. An import reads none, because it does not know whether the token is to be encrypted.
func (r *virtualAccountResource) refreshToken(ctx context.Context, client *api.Client, account api.ServiceAccount, state *virtualAccountModel, isImport bool) (isStale bool, diags diag.Diagnostics) {
	changed := isImport || state.tokenChanged(account)
	// Some lists name the active token without showing any: only reading it can tell.
	if account.HasNoToken() && (*account.JWTID == "" || !changed) {
		diags.AddWarning("A "+r.Noun().Words+" has no token",
			"The active token of "+state.subject()+" was revoked outside Terraform. "+state.howToRotate()+".")
		return !isImport, diags
	}
	if !changed {
		return false, diags
	}
	encrypter, diags := rotation.NewEncrypter(ctx, state.EncryptSecretTo)
	if diags.HasError() {
		return false, diags
	}
	isStale, more, err := state.readToken(ctx, client, encrypter, account.ID, "The token was rotated outside Terraform")
	diags.Append(more...)
	if err != nil {
		diags.Append(r.Failure(system.Read, err))
	}
	return isStale, diags
}

// Update implements [resource.Resource].
func (r *virtualAccountResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, plan, state virtualAccountModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(rotation.ReadModel(ctx, req.State.Raw, req.State.Schema, &state)...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	record, diags := loadAccountRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	encrypter, diags := rotation.NewEncrypter(ctx, plan.EncryptSecretTo)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	isRotated := plan.rotates(state, record.Record)
	resp.Diagnostics.Append(plan.checkMapping(isRotated)...)
	resp.Diagnostics.Append(r.refuse(client, plan, state, record, isRotated)...)
	if isRotated {
		resp.Diagnostics.Append(rotation.CheckRotateBefore(plan.Rotating, record.expectedLife(state))...)
		resp.Diagnostics.Append(ownRotated(client, plan, state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	c := &change{client: client, withPermissions: !config.Permissions.IsNull(), plan: plan, state: &state, record: record, encrypter: encrypter, resp: resp}
	err := c.apply(ctx, isRotated)
	switch {
	case rest.IsNotFound(err):
		resp.Diagnostics.Append(r.Failure(system.Update, err, "The account was deleted outside Terraform after the plan was made. Plan again."))
	case err != nil:
		resp.Diagnostics.Append(r.Failure(system.Update, err))
	default:
		_ = rotation.KeepPlanned(&state, &plan)
		record.Permissions = c.withPermissions
		record.evaluate(state, r.ExpiryWarning(), client.Now(), false)
	}
	if err != nil || plan.RotationDueAt.IsUnknown() {
		state.RotationDueAt = record.dueAt(state)
	}
	refused, ok := errors.AsType[*rest.Error](err)
	if err == nil || ok && refused.Kind == rest.Refused && !rest.IsNotFound(err) {
		// A change that is refused keeps no earlier token alive.
		resp.Diagnostics.Append(r.revokePending(ctx, client, state, record)...)
	}
	c.save(ctx)
}

// revokePending revokes the tokens whose revocation is pending, but never the active one; what fails stays pending.
func (r *virtualAccountResource) revokePending(ctx context.Context, client *api.Client, state virtualAccountModel, record *accountRecord) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, id := range slices.Clone(record.Pending) {
		if id != state.JWTID.ValueString() {
			if own := ownToken(client, state, id); own.HasError() {
				diags.Append(own...)
				continue
			}
			if _, err := client.DeleteVirtualAccountJWT(ctx, state.ID.ValueString(), id); err != nil {
				diags.Append(r.Failure(system.Update, fmt.Errorf("the token %s, an earlier one of %s, could not be revoked and still works. Apply again to revoke it: %w", id, state.subject(), err)))
				continue
			}
		}
		record.DropPending(id)
	}
	return diags
}

// Delete implements [resource.Resource].
func (r *virtualAccountResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state virtualAccountModel
	resp.Diagnostics.Append(rotation.ReadModel(ctx, req.State.Raw, req.State.Schema, &state)...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	if own := ownAccount(client, state); own.HasError() {
		resp.Diagnostics.Append(own...)
		return
	}
	record, diags := loadAccountRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	account, err := findAccount(ctx, client, state, record.Record)
	if err == nil && account != nil {
		err = client.DeleteVirtualAccount(ctx, account.ID)
	}
	if err != nil {
		resp.Diagnostics.Append(r.Failure(system.Delete, err))
	}
}

// ImportState implements [resource.ResourceWithImportState]: the id, the name, or the identity.
func (r *virtualAccountResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if req.ID != "" {
		client, ok := r.Client(system.Applying, &resp.Diagnostics)
		if !ok {
			return
		}
		all, err := client.ListVirtualAccounts(ctx)
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
	var id types.String
	resp.Diagnostics.Append(resp.State.GetAttribute(ctx, path.Root("id"), &id)...)
	if id.ValueString() == "" && !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(lifecycle.EmptyImportID(r.Noun(), "id"))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	record := &accountRecord{Record: rotation.Record{Imported: true}}
	resp.Diagnostics.Append(record.save(ctx, resp.Private)...)
}
