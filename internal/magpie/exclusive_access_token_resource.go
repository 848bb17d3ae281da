package magpie

import (
	"context"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
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
	_ resource.ResourceWithConfigure   = (*exclusiveResource)(nil)
	_ resource.ResourceWithIdentity    = (*exclusiveResource)(nil)
	_ resource.ResourceWithImportState = (*exclusiveResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*exclusiveResource)(nil)
)

// exclusiveResource owns the one token of a service account. Creating and rotating it call the rotate endpoint, which deletes
// every other token of the account.
type exclusiveResource struct {
	system.ResourceBase[*api.Client]
}

type exclusiveModel struct {
	serviceModel
	OtherTokenIDs types.Set `tfsdk:"other_token_ids"`
}

func newServiceAccountExclusiveAccessTokenResource() resource.Resource {
	return &exclusiveResource{system.NewResourceBase[*api.Client](exclusiveNoun)}
}

// Schema implements [resource.Resource].
func (r *exclusiveResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := tokenAttributes()
	maps.Copy(attributes, map[string]schema.Attribute{
		"user_name": userNameAttribute(),
		"other_token_ids": schema.SetAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "The ids of tokens that others have created on the account since. They stay alive until the next rotation.",
		},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "The one access token of a service account, on Silectis Magpie. The provider must log in as an organization admin.\n\n" +
			"!> Creating this resource, and every rotation, calls Magpie's rotate endpoint: it **deletes every token of the service account**, also those that others use, and mints one. " +
			"Use `mint_magpie_service_account_access_token` for an account whose tokens are not all managed here.\n\n" +
			"A change of `rotation_triggers`, `rotate_before_expiry` and the end of the token rotate in place, without a time in which two tokens work. Where Magpie tells no end in `expires_at`, `rotate_before_expiry` never rotates. Another token that appears on the account is shown in `other_token_ids` with a warning, and left alone until the next rotation. " +
			"The account that the provider itself logs in as with an access token cannot be rotated. " +
			"Destroying deletes the token that this resource made, and no other.\n\n" +
			"~> The token is stored in the state. Protect the state, keep it encrypted, or set `encrypt_secret_to`.",
		Attributes: attributes,
	}
}

// IdentitySchema implements [resource.ResourceWithIdentity]. The account is the identity: its token changes with every rotation.
func (r *exclusiveResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"user_name": identityschema.StringAttribute{RequiredForImport: true, Description: "The user name of the service account."},
	}}
}

// ModifyPlan implements [resource.ResourceWithModifyPlan].
func (r *exclusiveResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	client, connected := r.Client(system.Planning, &resp.Diagnostics)
	var plan, state exclusiveModel
	if !req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	}
	if req.State.Raw.IsNull() {
		resp.Diagnostics.Append(warnOfRotation(plan))
		plan.hold(plan.PlanMint())
		resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
		if connected {
			resp.Diagnostics.Append(checkLogin(ctx, &r.ResourceBase, client)...)
		}
		return
	}
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if req.Plan.Raw.IsNull() || resp.Diagnostics.HasError() {
		if connected {
			resp.Diagnostics.Append(guard(client, state.serviceModel)...)
		}
		return
	}
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	plan.carry(state.accessTokenModel)
	plan.OtherTokenIDs = state.OtherTokenIDs
	cause := rotation.CauseOf(plan.Rotating, state.Rotating, state.Status, record.Verdict)
	if cause == rotation.CauseNone || cause == rotation.CauseDue {
		resp.Diagnostics.Append(plan.checkLead(state.accessTokenModel, record)...)
	}
	moves := !plan.UserName.Equal(state.UserName)
	switch {
	case moves:
	case cause != rotation.CauseNone:
		plan.planMint(!cause.IsCertain(plan.Rotating))
		plan.OtherTokenIDs = types.SetUnknown(types.StringType)
		resp.Diagnostics.Append(warnOfRotation(plan))
	default:
		resp.Diagnostics.Append(plan.planStay(&r.ResourceBase, state.serviceModel, rotation.NoPrevious(), record)...)
	}
	switch {
	case !connected:
	case moves, cause != rotation.CauseNone:
		resp.Diagnostics.Append(guard(client, state.serviceModel)...)
	default:
		resp.Diagnostics.Append(guardSwitch(client, state.serviceModel, plan.serviceModel)...)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

func warnOfRotation(plan exclusiveModel) diag.Diagnostic {
	account := "the service account"
	if name := plan.UserName.ValueString(); name != "" {
		account += " " + name
	}
	return diag.NewAttributeWarningDiagnostic(path.Root("user_name"), "Every other token of the service account will be deleted",
		"Applying this calls Magpie's rotate endpoint, which deletes every token of "+account+", also those that others use, and mints one.")
}

// Create implements [resource.Resource].
func (r *exclusiveResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan exclusiveModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	state := plan
	if r.rotate(ctx, client, plan, &state, target{system.Create, &resp.State, resp.Private, &resp.Diagnostics}) {
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
		resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("user_name"), state.UserName)...)
	}
}

// target is where a rotation puts what it makes.
type target struct {
	verb    system.Verb
	state   setter
	private rotation.PrivateWriter
	diags   *diag.Diagnostics
}

// rotate carries a rotation out, saves the new secret in the statement after the answer, and completes the state. It reports
// whether there is a new secret.
func (r *exclusiveResource) rotate(ctx context.Context, client *api.Client, plan exclusiveModel, state *exclusiveModel, to target) bool {
	sealer, more := rotation.NewSealer(ctx, plan.EncryptSecretTo)
	if to.diags.Append(more...); to.diags.HasError() {
		return false
	}
	rotated := false
	token, err := rotate(ctx, client, plan.account(), func(minted api.Minted) {
		rotated = true
		to.diags.Append(state.unidentified(minted, sealer)...)
		// What follows may fail, and must not rotate a second time for the same change.
		state.RotationTriggers, state.RotateBeforeExpiry, state.EncryptSecretTo = plan.RotationTriggers, plan.RotateBeforeExpiry, plan.EncryptSecretTo
		state.OtherTokenIDs = types.SetNull(types.StringType)
		to.diags.Append(to.state.Set(ctx, state)...)
		record := rotation.Record{}
		to.diags.Append(record.Save(ctx, to.private)...)
	})
	if err != nil {
		to.diags.Append(failure(&r.ResourceBase, to.verb, err))
		to.diags.Append(rememberLeads(ctx, to.private, err)...)
		return rotated
	}
	state.describe(*token, client.Now())
	state.OtherTokenIDs = setOf(nil)
	to.diags.Append(to.state.Set(ctx, state)...)
	settled, more, err := settle(ctx, client, plan.account(), *token, accessTokenModel{}, plan.accessTokenModel)
	to.diags.Append(more...)
	state.settled(*settled, plan.accessTokenModel, err, client.Now())
	if err != nil {
		to.diags.Append(failure(&r.ResourceBase, to.verb, err))
	}
	to.diags.Append(state.warnLead()...)
	return true
}

// Read implements [resource.Resource].
func (r *exclusiveResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state exclusiveModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	// Also where nothing is read: Terraform insists on the identity.
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("user_name"), state.UserName)...)
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(system.Reading, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	var token *api.AccessToken
	all, err := client.List(ctx, state.account())
	switch {
	case err != nil:
	case state.ID.IsNull():
		hints, diags := loadLeads(ctx, req.Private)
		resp.Diagnostics.Append(diags...)
		token, err = findOnly(ctx, client, state, hints)
	default:
		token, err = find(ctx, client, state.serviceModel)
	}
	if err == nil {
		// The search may have listed anew.
		all, err = client.List(ctx, state.account())
	}
	if err == nil && token == nil && state.ID.IsNull() && (len(all) > 0 || isSettling(client, rotation.Instant(state.CreatedAt))) {
		resp.Diagnostics.Append(remindUnidentified(&r.ResourceBase, plainModel{serviceModel: state.serviceModel}))
		return
	}
	if err != nil && !isGone(err) {
		if !r.Shared(err) {
			resp.Diagnostics.Append(failure(&r.ResourceBase, system.Read, err))
		}
		return
	}
	now := client.Now()
	switch {
	case token != nil:
		state.describe(*token, now)
	case err == nil && rotation.Expired(rotation.Instant(state.ExpiresAt), now):
		state.Status = types.StringValue(rotation.StatusExpired)
	default:
		resp.State.RemoveResource(ctx)
		return
	}
	if state.Status.ValueString() == rotation.StatusExpired {
		resp.Diagnostics.Append(warnExpired(&r.ResourceBase, state.serviceModel))
	}
	resp.Diagnostics.Append(state.noteOthers(all)...)
	judge(&r.ResourceBase, &state.accessTokenModel, rotation.NoPrevious(), &record, client)
	resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

// noteOthers keeps and reports the account's tokens that are not this resource's.
func (m *exclusiveModel) noteOthers(all []api.AccessToken) diag.Diagnostics {
	var others []string
	for _, id := range idsOf(all) {
		if id != m.ID.ValueString() {
			others = append(others, id)
		}
	}
	m.OtherTokenIDs = setOf(others)
	if len(others) == 0 {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("other_token_ids"), "The service account has other tokens",
		"Somebody created tokens on the service account "+m.UserName.ValueString()+" besides the one that Terraform manages: "+strings.Join(others, ", ")+
			". They stay alive. Change rotation_triggers to delete them; that also replaces the managed token.")}
}

func setOf(ids []string) types.Set {
	elements := make([]attr.Value, 0, len(ids))
	for _, id := range ids {
		elements = append(elements, types.StringValue(id))
	}
	return types.SetValueMust(types.StringType, elements)
}

// Update implements [resource.Resource].
func (r *exclusiveResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state exclusiveModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	if plan.ID.IsUnknown() {
		r.rotate(ctx, client, plan, &state, target{system.Update, &resp.State, resp.Private, &resp.Diagnostics})
	} else {
		resp.Diagnostics.Append(guardSwitch(client, state.serviceModel, plan.serviceModel)...)
		if resp.Diagnostics.HasError() {
			return
		}
		if resp.Diagnostics.Append(state.reseal(ctx, plan.accessTokenModel)...); resp.Diagnostics.HasError() {
			return
		}
		resp.Diagnostics.Append(change(ctx, &r.ResourceBase, client, &state.serviceModel, plan.serviceModel)...)
		record := rotation.Record{}
		resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("user_name"), state.UserName)...)
}

// Delete implements [resource.Resource].
func (r *exclusiveResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state exclusiveModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(guard(client, state.serviceModel)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if state.ID.IsNull() {
		resp.Diagnostics.Append(deleteUnidentified(ctx, &r.ResourceBase, client, state.serviceModel, req.Private)...)
		return
	}
	if err := remove(ctx, client, state.account(), state.ID.ValueString()); err != nil {
		resp.Diagnostics.Append(failure(&r.ResourceBase, system.Delete, err))
	}
}

// ImportState implements [resource.ResourceWithImportState]: "<user_name>", or the identity.
func (r *exclusiveResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resource.ImportStatePassthroughWithIdentity(ctx, path.Root("user_name"), path.Root("user_name"), req, resp)
	var user types.String
	resp.Diagnostics.Append(resp.State.GetAttribute(ctx, path.Root("user_name"), &user)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(checkImportedUser(user.ValueString())...)
	}
}
