package magpie

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

var (
	_ resource.ResourceWithConfigure   = (*accessTokenResource)(nil)
	_ resource.ResourceWithIdentity    = (*accessTokenResource)(nil)
	_ resource.ResourceWithImportState = (*accessTokenResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*accessTokenResource)(nil)
)

// accessTokenResource is a token of the caller's own or, with service, one of a service account. Several may live side by side
// on an account, so a new one replaces the old one in either order.
type accessTokenResource struct {
	system.ResourceBase[*api.Client]
	service bool
}

func newPersonalAccessTokenResource() resource.Resource {
	return &accessTokenResource{ResourceBase: system.NewResourceBase[*api.Client](personalNoun)}
}

func newServiceAccountAccessTokenResource() resource.Resource {
	return &accessTokenResource{ResourceBase: system.NewResourceBase[*api.Client](serviceNoun), service: true}
}

// Metadata implements [resource.Resource]. A rotation in place changes the id, and with it the identity.
func (r *accessTokenResource) Metadata(ctx context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	r.ResourceBase.Metadata(ctx, req, resp)
	resp.ResourceBehavior.MutableIdentity = true
}

// Schema implements [resource.Resource].
func (r *accessTokenResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := overlapAttributes()
	description := "An access token of the user that the provider logs in as, on Silectis Magpie. The user needs the organization permission `AccessToken`. " +
		"Always log in as the same user: a token of another user is not listed, so Terraform would take it for deleted, leave it alive and plan a new one."
	if r.service {
		attributes["user_name"] = userNameAttribute()
		description = "An access token of a service account, on Silectis Magpie. The provider must log in as an organization admin. " +
			"Do not manage tokens of an account here that `mint_magpie_service_account_exclusive_access_token` owns: it deletes them."
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: description + " How long a token lives is the organization's decision, and where Magpie tells no end in `expires_at`, `rotate_before_expiry` never rotates.\n\n" +
			"~> The token is stored in the state. Protect the state, keep it encrypted, or set `encrypt_secret_to`.",
		Attributes: attributes,
	}
}

// IdentitySchema implements [resource.ResourceWithIdentity].
func (r *accessTokenResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	attributes := map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "The token's id, as Magpie lists it."},
	}
	if r.service {
		attributes["user_name"] = identityschema.StringAttribute{RequiredForImport: true, Description: "The user name of the service account."}
	}
	resp.IdentitySchema = identityschema.Schema{Attributes: attributes}
}

// ModifyPlan implements [resource.ResourceWithModifyPlan].
func (r *accessTokenResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	client, connected := r.Client(system.Planning, &resp.Diagnostics)
	if !connected {
		client = nil
	}
	if req.State.Raw.IsNull() {
		plan, diags := load(ctx, req.Plan, r.service)
		resp.Diagnostics.Append(diags...)
		plan.hold(plan.PlanMint())
		plan.Previous = rotation.NoPrevious()
		resp.Diagnostics.Append(plan.save(ctx, &resp.Plan, r.service)...)
		if connected {
			resp.Diagnostics.Append(checkLogin(ctx, &r.ResourceBase, client)...)
		}
		return
	}
	state, diags := load(ctx, req.State, r.service)
	resp.Diagnostics.Append(diags...)
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(guardAll(client, state)...)
		return
	}
	plan, diags := load(ctx, req.Plan, r.service)
	resp.Diagnostics.Append(diags...)
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	r.planChange(client, state, &plan, record, resp)
	resp.Diagnostics.Append(plan.save(ctx, &resp.Plan, r.service)...)
}

// Create implements [resource.Resource].
func (r *accessTokenResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	plan, diags := load(ctx, req.Plan, r.service)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	sealer, diags := rotation.NewSealer(ctx, plan.EncryptSecretTo)
	resp.Diagnostics.Append(diags...)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	state := plan
	// A replacement hands on what the object before was remembered by.
	record := rotation.Record{}
	token, err := mint(ctx, client, plan.account(), func(minted api.Minted) {
		resp.Diagnostics.Append(state.unidentified(minted, sealer)...)
		resp.Diagnostics.Append(state.save(ctx, &resp.State, r.service)...)
		resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
	})
	if err != nil {
		resp.Diagnostics.Append(failure(&r.ResourceBase, system.Create, err))
		resp.Diagnostics.Append(rememberLeads(ctx, resp.Private, err)...)
		return
	}
	state.describe(*token, client.Now())
	state.manage(client, record)
	resp.Diagnostics.Append(state.save(ctx, &resp.State, r.service)...)
	resp.Diagnostics.Append(r.identify(ctx, resp.Identity, state.serviceModel)...)
	settled, diags, err := settle(ctx, client, plan.account(), *token, accessTokenModel{}, plan.accessTokenModel)
	resp.Diagnostics.Append(diags...)
	state.settled(*settled, plan.accessTokenModel, err, client.Now())
	if err != nil {
		resp.Diagnostics.Append(failure(&r.ResourceBase, system.Create, err))
	}
	resp.Diagnostics.Append(state.warnLead()...)
	resp.Diagnostics.Append(state.save(ctx, &resp.State, r.service)...)
}

// Read implements [resource.Resource].
func (r *accessTokenResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	state, diags := load(ctx, req.State, r.service)
	resp.Diagnostics.Append(diags...)
	// Also where nothing is read: Terraform insists on the identity.
	resp.Diagnostics.Append(r.identify(ctx, resp.Identity, state.serviceModel)...)
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(system.Reading, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	wasUnidentified := state.isUnidentified()
	token, err := r.look(ctx, client, &state, req.Private)
	var all []api.AccessToken
	if err == nil {
		// The search may have listed anew.
		all, err = client.List(ctx, state.account())
	}
	if err != nil && !isGone(err) {
		if !r.Shared(err) {
			resp.Diagnostics.Append(failure(&r.ResourceBase, system.Read, err))
		}
		return
	}
	if !r.take(client, &state, token, all, &record, &resp.Diagnostics) {
		resp.State.RemoveResource(ctx)
		return
	}
	if wasUnidentified && token != nil {
		resp.Diagnostics.Append(r.identify(ctx, resp.Identity, state.serviceModel)...)
	}
	judge(&r.ResourceBase, &state.accessTokenModel, state.Previous, &record, client)
	resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
	resp.Diagnostics.Append(state.save(ctx, &resp.State, r.service)...)
}

// take takes in what a list shows, and reports whether anything is left to keep.
func (r *accessTokenResource) take(client *api.Client, state *plainModel, token *api.AccessToken, all []api.AccessToken, record *rotation.Record, diags *diag.Diagnostics) bool {
	before := *state
	lives := state.noteGenerations(all, client, record)
	state.manage(client, *record)
	// Without this resource nobody would know any more whose they are, nor without the generation that their mark names.
	orphans := before.orphans(client, all)
	orphaned := len(orphans) > 0
	if markOf(state) != markOf(&before) {
		record.Owe(idsOf(orphans)...)
	}
	now := client.Now()
	switch {
	case token != nil:
		state.describe(*token, now)
	case state.isUnidentified():
		diags.Append(remindUnidentified(&r.ResourceBase, *state))
	case rotation.Expired(rotation.Instant(state.ExpiresAt), now):
		// An expired token that is no longer listed has not been deleted by anybody.
		state.Status = types.StringValue(rotation.StatusExpired)
	case lives, orphaned, state.ID.IsNull():
		state.missing()
		diags.Append(warnMissing(&r.ResourceBase, state, *record, orphaned))
	default:
		return false
	}
	if state.Status.ValueString() == rotation.StatusExpired {
		diags.Append(warnExpired(&r.ResourceBase, state.serviceModel))
	}
	return true
}

// look finds the state's token, or tries to tell which one it is.
func (r *accessTokenResource) look(ctx context.Context, client *api.Client, state *plainModel, private rotation.PrivateReader) (*api.AccessToken, error) {
	if !state.ID.IsNull() {
		return find(ctx, client, state.serviceModel)
	}
	return findUnidentified(ctx, client, state, private)
}

// Update implements [resource.Resource].
func (r *accessTokenResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	plan, diags := load(ctx, req.Plan, r.service)
	resp.Diagnostics.Append(diags...)
	state, diags := load(ctx, req.State, r.service)
	resp.Diagnostics.Append(diags...)
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(r.identify(ctx, resp.Identity, state.serviceModel)...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	if plan.ID.IsUnknown() {
		if resp.Diagnostics.Append(guardAll(client, state)...); !resp.Diagnostics.HasError() {
			r.rotate(ctx, client, state, plan, record, resp)
		}
		return
	}
	resp.Diagnostics.Append(guardSwitch(client, state.serviceModel, plan.serviceModel)...)
	if !plan.HasPrevious() {
		resp.Diagnostics.Append(guardBefore(client, state)...)
	}
	resp.Diagnostics.Append(state.reseal(ctx, plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(change(ctx, &r.ResourceBase, client, &state.serviceModel, plan.serviceModel)...)
	if !resp.Diagnostics.HasError() {
		state.Overlap = plan.Overlap
	}
	if !plan.HasPrevious() {
		resp.Diagnostics.Append(state.revokeBefore(ctx, &r.ResourceBase, client, system.Update)...)
	}
	if !state.isUnidentified() {
		resp.Diagnostics.Append(state.revokeOwed(ctx, &r.ResourceBase, client, &record, system.Update)...)
	}
	record.Verdict = rotation.Verdict{}
	resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
	resp.Diagnostics.Append(state.save(ctx, &resp.State, r.service)...)
}

// Delete implements [resource.Resource].
func (r *accessTokenResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	state, diags := load(ctx, req.State, r.service)
	resp.Diagnostics.Append(diags...)
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	if resp.Diagnostics.Append(guardAll(client, state)...); resp.Diagnostics.HasError() {
		return
	}
	// What marks name may be the generation before, which is forgotten as soon as it is revoked.
	whole := state
	resp.Diagnostics.Append(state.revokeBefore(ctx, &r.ResourceBase, client, system.Delete)...)
	resp.Diagnostics.Append(state.revokeOwed(ctx, &r.ResourceBase, client, &record, system.Delete)...)
	switch {
	case state.isUnidentified():
		resp.Diagnostics.Append(deleteUnidentified(ctx, &r.ResourceBase, client, state.serviceModel, req.Private)...)
	case state.ID.IsNull():
		// It is gone already.
	default:
		if err := remove(ctx, client, state.account(), state.ID.ValueString()); err != nil {
			resp.Diagnostics.Append(failure(&r.ResourceBase, system.Delete, err))
		}
	}
	resp.Diagnostics.Append(whole.deleteOrphans(ctx, &r.ResourceBase, client, &record)...)
	if resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
		resp.Diagnostics.Append(state.save(ctx, &resp.State, r.service)...)
	}
}

// ImportState implements [resource.ResourceWithImportState]: "<id>", for a service account "<user_name>/<id>", or the identity.
func (r *accessTokenResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if !r.service {
		resource.ImportStatePassthroughWithIdentity(ctx, path.Root("id"), path.Root("id"), req, resp)
		return
	}
	var user, id types.String
	if req.ID == "" {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("user_name"), &user)...)
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("id"), &id)...)
	} else {
		// A user name may hold a slash, an id does not.
		at := strings.LastIndex(req.ID, "/")
		if at <= 0 || at == len(req.ID)-1 {
			resp.Diagnostics.AddError("Invalid import ID", `The import ID of a `+r.Noun().Words+` is "<user_name>/<id>", got "`+req.ID+`".`)
			return
		}
		user, id = types.StringValue(req.ID[:at]), types.StringValue(req.ID[at+1:])
	}
	if resp.Diagnostics.Append(checkImportedUser(user.ValueString())...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("user_name"), user)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
}

// checkImportedUser refuses what the validator of user_name would, had it been asked.
func checkImportedUser(name string) diag.Diagnostics {
	var diags diag.Diagnostics
	if !api.IsPathName(name) {
		diags.AddError("Invalid import ID", fmt.Sprintf("%q is not a user name of a service account.", name))
	}
	return diags
}

func (r *accessTokenResource) identify(ctx context.Context, identity identitySetter, state serviceModel) diag.Diagnostics {
	// An id that is not known stands as an empty one: the framework refuses an identity without any value.
	diags := identity.SetAttribute(ctx, path.Root("id"), state.ID.ValueString())
	if r.service {
		diags.Append(identity.SetAttribute(ctx, path.Root("user_name"), state.UserName)...)
	}
	return diags
}
