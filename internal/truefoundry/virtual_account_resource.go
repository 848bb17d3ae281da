package truefoundry

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

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

func newVirtualAccountResource() resource.Resource {
	return &virtualAccountResource{system.NewResourceBase[*api.Client](virtualAccountNoun)}
}

// IdentitySchema implements [resource.ResourceWithIdentity].
func (r *virtualAccountResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "The account's id."},
	}}
}

// Create implements [resource.Resource].
func (r *virtualAccountResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan virtualAccountModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	sealer, diags := rotation.NewSealer(ctx, plan.EncryptSecretTo)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	// Two resources of one name in the same apply: the second must see the first's account.
	unlock, err := client.LockName(ctx, r.Noun().Type, plan.Name.ValueString())
	if err != nil {
		resp.Diagnostics.Append(r.Failure(system.Create, err))
		return
	}
	defer unlock()
	state := plan
	var account *api.ServiceAccount
	var sealing error
	creation := &accountCreation{client: client, name: plan.Name.ValueString(), manifest: plan.manifest(plan.Name.ValueString(), true, nil)}
	creation.keep = func(made *api.ServiceAccount, token rest.Secret) {
		account = made
		sealing = state.keep(sealer, token.Reveal())
		state.unidentified(client.Now())
		if made != nil {
			state.describe(*made)
		}
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
		resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
	}
	if err := creation.create(ctx); err != nil {
		var name *taken
		if errors.As(err, &name) {
			resp.Diagnostics.Append(nameTaken(name.account))
			return
		}
		resp.Diagnostics.Append(r.Failure(system.Create, err))
		return
	}
	if account == nil {
		if account, err = creation.identify(ctx); err != nil {
			resp.Diagnostics.Append(r.Failure(system.Create, err, "Terraform marks the resource as tainted: the next apply looks the account up by its name, deletes it and creates another one."))
			return
		}
	}
	if sealing != nil {
		resp.Diagnostics.Append(r.Failure(system.Create, sealing))
	}
	record, now := &accountRecord{}, client.Now()
	record.Normalized, diags = compare(plan.manifestModel, nil, account.Manifest)
	resp.Diagnostics.Append(diags...)
	state.describe(*account)
	state.describeToken(*account, true, now)
	state.keepPlanned(plan)
	record.noteIssued(*account, state, &now)
	record.decide(state, r.ExpiryWarning(), now, false)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
	resp.Diagnostics.Append(record.save(ctx, resp.Private)...)
}

// Read implements [resource.Resource].
func (r *virtualAccountResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state virtualAccountModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	// Also where nothing is read: Terraform insists on the identity.
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
	record, diags := loadAccountRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Reader(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	account, err := findAccount(ctx, client, state)
	if err == nil && account != nil {
		account, err = withActiveToken(ctx, client, *account, state)
	}
	if err != nil {
		if !r.Shared(err) {
			resp.Diagnostics.Append(r.Failure(system.Read, err))
		}
		return
	}
	if account == nil {
		resp.State.RemoveResource(ctx)
		return
	}
	client.Remember(account.ID)
	isImport := record.Imported && state.Name.IsNull()
	day := state.ExpirationDate
	state.describe(*account)
	state.manifestModel.describe(account.Manifest, record.Normalized, record.Imported || !state.Permissions.IsNull())
	held := state.JWTID
	isStale, diags := r.refreshToken(ctx, client, &state, *account, isImport)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	state.describeToken(*account, day.Equal(state.ExpirationDate), client.Now())
	if isStale {
		// The id stays with the token that the state holds, so that the next refresh tries again.
		state.JWTID = held
	}
	now := client.Now()
	record.noteIssued(*account, state, nil)
	state.forgetEnded(*account, record, now)
	record.decide(state, r.ExpiryWarning(), now, true)
	resp.Diagnostics.Append(record.save(ctx, resp.Private)...)
	if state.Status.ValueString() == rotation.StatusExpired {
		resp.Diagnostics.Append(state.warnExpired(record.Due))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
}

// refreshToken reads the secret again after an import, and when the active token is another one than that of the state. It
// reports whether the state is left with a token that is not the active one.
func (r *virtualAccountResource) refreshToken(ctx context.Context, client *api.Client, state *virtualAccountModel, account api.ServiceAccount, isImport bool) (isStale bool, diags diag.Diagnostics) {
	if isImport {
		state.StoreToken = types.BoolValue(true)
	}
	// Some lists name the active token without showing any: only reading it can tell.
	if account.HasNoToken() && (*account.JWTID == "" || !isImport && !state.hasMoved(account)) {
		diags.AddWarning("A "+r.Noun().Words+" has no token",
			"The active token of "+state.Name.ValueString()+" was revoked outside Terraform. Change rotation_triggers to have a new one issued.")
		return !isImport, diags
	}
	if !isImport && !state.hasMoved(account) {
		return false, diags
	}
	sealer, diags := rotation.NewSealer(ctx, state.EncryptSecretTo)
	if diags.HasError() {
		return false, diags
	}
	read, refusal, err := state.readToken(ctx, client, sealer, account.ID)
	switch {
	case err != nil:
		diags.Append(r.Failure(system.Read, err))
	case !read && isImport:
		diags.Append(state.warnUnread("The account is being imported", refusal))
	case !read:
		diags.Append(state.warnUnread("The token was rotated outside Terraform", refusal))
	}
	return !read && state.holdsSecret(), diags
}

// Update implements [resource.Resource].
func (r *virtualAccountResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, plan, state virtualAccountModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	var diags diag.Diagnostics
	c := change{config: config, plan: plan, state: &state, resp: resp}
	c.record, c.sealer, diags = loadChange(ctx, plan, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := r.change(ctx, client, c); err != nil {
		resp.Diagnostics.Append(r.Failure(system.Update, err, updateAdvice(err)...))
	} else {
		state.keepPlanned(plan)
		c.record.decide(state, r.ExpiryWarning(), client.Now(), false)
	}
	c.save(ctx)
}

// loadChange reads what a change needs beside plan and state.
func loadChange(ctx context.Context, plan virtualAccountModel, private rotation.PrivateReader) (*accountRecord, rotation.Sealer, diag.Diagnostics) {
	record, diags := loadAccountRecord(ctx, private)
	sealer, more := rotation.NewSealer(ctx, plan.EncryptSecretTo)
	diags.Append(more...)
	return record, sealer, diags
}

func updateAdvice(err error) []string {
	if rest.IsNotFound(err) {
		return []string{"The account was deleted outside Terraform after the plan was made. Plan again."}
	}
	return nil
}

// change is an update on its way: the state takes in step by step what has happened.
type change struct {
	config, plan virtualAccountModel
	state        *virtualAccountModel
	record       *accountRecord
	sealer       rotation.Sealer
	resp         *resource.UpdateResponse
}

// save puts the state and the record into the answer.
func (c *change) save(ctx context.Context) {
	c.resp.Diagnostics.Append(c.resp.State.Set(ctx, c.state)...)
	c.resp.Diagnostics.Append(c.record.save(ctx, c.resp.Private)...)
	c.resp.Diagnostics.Append(c.resp.Identity.SetAttribute(ctx, path.Root("id"), c.state.ID)...)
}

func (r *virtualAccountResource) change(ctx context.Context, client *api.Client, c change) error {
	rotates := c.plan.rotates(*c.state, c.record.Record)
	if rotates {
		if d := ownAccount(client, *c.state); d != nil {
			return errors.New(d.Detail())
		}
	}
	if rotates || c.plan.differs(c.state.manifestModel) || c.plan.keeps() && !c.state.keeps() {
		if err := r.changeAccount(ctx, client, c, rotates); err != nil {
			return err
		}
	}
	if err := c.reseal(); err != nil {
		return err
	}
	c.state.keepPlanned(c.plan)
	return c.settle(ctx, client)
}

// changeAccount changes the manifest, and then the token.
func (r *virtualAccountResource) changeAccount(ctx context.Context, client *api.Client, c change, rotates bool) error {
	// Right before the change, so that keys which others have added meanwhile survive it.
	current, err := client.GetVirtualAccount(ctx, c.state.ID.ValueString())
	if err != nil {
		return err
	}
	account, day := *current, c.state.ExpirationDate
	if c.plan.differs(c.state.manifestModel) {
		noted, diags := normalized(nil), diag.Diagnostics(nil)
		account, noted, diags, err = c.state.putManifest(ctx, client, account, c.plan, !c.config.Permissions.IsNull())
		c.resp.Diagnostics.Append(diags...)
		if err != nil {
			return err
		}
		c.record.Normalized = noted
	}
	if rotates {
		return r.rotate(ctx, client, account, c)
	}
	held := c.state.JWTID
	diags, err := c.followToken(ctx, client, account)
	c.resp.Diagnostics.Append(diags...)
	c.state.describeToken(account, day.Equal(c.state.ExpirationDate), client.Now())
	if err != nil || len(diags) > 0 && c.state.holdsSecret() {
		c.state.JWTID = held
	}
	c.record.noteIssued(account, *c.state, nil)
	return err
}

// Delete implements [resource.Resource].
func (r *virtualAccountResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state virtualAccountModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	if d := ownAccount(client, state); d != nil {
		resp.Diagnostics.Append(d)
		return
	}
	id := state.ID.ValueString()
	if state.ID.IsNull() {
		account, err := findAccount(ctx, client, state)
		if err != nil {
			resp.Diagnostics.Append(r.Failure(system.Delete, err))
			return
		}
		if account == nil {
			return
		}
		id = account.ID
	}
	if err := client.DeleteVirtualAccount(ctx, id); err != nil {
		resp.Diagnostics.Append(r.Failure(system.Delete, err))
	}
}

// ImportState implements [resource.ResourceWithImportState]: the id, the name, or the identity.
func (r *virtualAccountResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if req.ID != "" {
		client, ok := r.Client(&resp.Diagnostics)
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
	record := &accountRecord{Record: rotation.Record{Imported: true}}
	resp.Diagnostics.Append(record.save(ctx, resp.Private)...)
}
