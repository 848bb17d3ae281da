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

// Schema implements [resource.Resource].
func (r *accessTokenResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := tokenAttributes()
	description := "An access token of the user that the provider logs in as, on Silectis Magpie. The user needs the organization permission `AccessToken`. " +
		"Always log in as the same user: a token of another user is not listed, so Terraform would take it for deleted, leave it alive and plan a new one."
	if r.service {
		attributes["user_name"] = userNameAttribute()
		description = "An access token of a service account, on Silectis Magpie. The provider must log in as an organization admin. " +
			"Do not manage tokens of an account here that `mint_magpie_service_account_exclusive_access_token` owns: it deletes them."
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: description + " How long a token lives is the organization's decision.\n\n" +
			"~> The token is stored in the state. Protect the state, or keep it encrypted.",
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
	client, connected := r.Planner(&resp.Diagnostics)
	if req.State.Raw.IsNull() {
		if connected {
			resp.Diagnostics.Append(checkLogin(ctx, &r.ResourceBase, client)...)
		}
		return
	}
	state, diags := load(ctx, req.State, r.service)
	resp.Diagnostics.Append(diags...)
	if req.Plan.Raw.IsNull() {
		if connected {
			resp.Diagnostics.Append(guard(client, state)...)
		}
		return
	}
	plan, diags := load(ctx, req.Plan, r.service)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.carry(state.accessTokenModel)
	switch {
	case rotation.Triggered(state.RotationTriggers, plan.RotationTriggers):
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("rotation_triggers"))
	case state.Status.ValueString() == rotation.StatusExpired:
		plan.ID = types.StringUnknown()
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("id"))
	}
	switch {
	case !connected:
	case len(resp.RequiresReplace) > 0, !plan.UserName.Equal(state.UserName):
		resp.Diagnostics.Append(guard(client, state)...)
	default:
		resp.Diagnostics.Append(guardSwitch(client, state, plan)...)
	}
	resp.Diagnostics.Append(plan.save(ctx, &resp.Plan, r.service)...)
}

// Create implements [resource.Resource].
func (r *accessTokenResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	plan, diags := load(ctx, req.Plan, r.service)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	state := plan
	token, err := mint(ctx, client, plan.account(), func(minted api.Minted) {
		state.unidentified(minted)
		resp.Diagnostics.Append(state.save(ctx, &resp.State, r.service)...)
	})
	if err != nil {
		resp.Diagnostics.Append(failure(&r.ResourceBase, system.Create, err))
		resp.Diagnostics.Append(rememberLeads(ctx, resp.Private, err)...)
		return
	}
	state.describe(*token, client.Now())
	resp.Diagnostics.Append(state.save(ctx, &resp.State, r.service)...)
	resp.Diagnostics.Append(r.identify(ctx, resp.Identity, state)...)
	settled, diags, err := settle(ctx, client, plan.account(), *token, accessTokenModel{}, plan.accessTokenModel)
	resp.Diagnostics.Append(diags...)
	state.settled(*settled, plan.accessTokenModel, err, client.Now())
	if err != nil {
		resp.Diagnostics.Append(failure(&r.ResourceBase, system.Create, err))
	}
	resp.Diagnostics.Append(state.save(ctx, &resp.State, r.service)...)
}

// Read implements [resource.Resource].
func (r *accessTokenResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	state, diags := load(ctx, req.State, r.service)
	resp.Diagnostics.Append(diags...)
	// Also where nothing is read: Terraform insists on the identity.
	resp.Diagnostics.Append(r.identify(ctx, resp.Identity, state)...)
	client, ok := r.Reader(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	if state.ID.IsNull() {
		resp.Diagnostics.Append(remindUnidentified(&r.ResourceBase, state))
		return
	}
	token, err := find(ctx, client, state)
	if err != nil {
		if !r.Shared(err) {
			resp.Diagnostics.Append(failure(&r.ResourceBase, system.Read, err))
		}
		return
	}
	now := client.Now()
	switch {
	case token != nil:
		state.describe(*token, now)
	case rotation.Expired(rotation.Instant(state.ExpiresAt), now):
		// An expired token that is no longer listed has not been deleted by anybody.
		state.Status = types.StringValue(rotation.StatusExpired)
	default:
		resp.State.RemoveResource(ctx)
		return
	}
	if state.Status.ValueString() == rotation.StatusExpired {
		resp.Diagnostics.Append(warnExpired(&r.ResourceBase, state))
	}
	resp.Diagnostics.Append(state.save(ctx, &resp.State, r.service)...)
}

// Update implements [resource.Resource].
func (r *accessTokenResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	plan, diags := load(ctx, req.Plan, r.service)
	resp.Diagnostics.Append(diags...)
	state, diags := load(ctx, req.State, r.service)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	if resp.Diagnostics.Append(guardSwitch(client, state, plan)...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(change(ctx, &r.ResourceBase, client, &state, plan)...)
	resp.Diagnostics.Append(state.save(ctx, &resp.State, r.service)...)
	resp.Diagnostics.Append(r.identify(ctx, resp.Identity, state)...)
}

// Delete implements [resource.Resource].
func (r *accessTokenResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	state, diags := load(ctx, req.State, r.service)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(guard(client, state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if state.ID.IsNull() {
		resp.Diagnostics.Append(deleteUnidentified(ctx, &r.ResourceBase, client, state, req.Private)...)
		return
	}
	if err := remove(ctx, client, state.account(), state.ID.ValueString()); err != nil {
		resp.Diagnostics.Append(failure(&r.ResourceBase, system.Delete, err))
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
