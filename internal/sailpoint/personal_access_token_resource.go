package sailpoint

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

var (
	_ resource.ResourceWithConfigure      = (*personalAccessTokenResource)(nil)
	_ resource.ResourceWithIdentity       = (*personalAccessTokenResource)(nil)
	_ resource.ResourceWithImportState    = (*personalAccessTokenResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*personalAccessTokenResource)(nil)
	_ resource.ResourceWithValidateConfig = (*personalAccessTokenResource)(nil)
)

// tokenLimit is how many tokens an identity may have, on the vendor's page "Personal Access Tokens".
const tokenLimit = 10

type personalAccessTokenResource struct {
	system.ResourceBase[*api.Client]
}

func newPersonalAccessTokenResource() resource.Resource {
	return &personalAccessTokenResource{system.NewResourceBase[*api.Client](personalAccessTokenNoun)}
}

// Metadata implements [resource.Resource]. A rotation in place changes the id, and with it the identity.
func (r *personalAccessTokenResource) Metadata(ctx context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	r.ResourceBase.Metadata(ctx, req, resp)
	resp.ResourceBehavior.MutableIdentity = true
}

// IdentitySchema implements [resource.ResourceWithIdentity].
func (r *personalAccessTokenResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "The token's id, which is also the client id for authenticating with it."},
	}}
}

// Create implements [resource.Resource].
func (r *personalAccessTokenResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan personalAccessTokenModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	sealer, diags := rotation.NewSealer(ctx, plan.EncryptSecretTo)
	resp.Diagnostics.Append(diags...)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	// The login comes first: its answer tells the tenant's time, from which a lifetime is counted.
	if err := client.Ready(ctx); err != nil {
		resp.Diagnostics.Append(r.Failure(system.Create, err))
		return
	}
	want, diags := newPersonalAccessToken(ctx, plan)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	token, err := mint(ctx, client, want)
	if err != nil {
		resp.Diagnostics.Append(r.Failure(system.Create, err, r.createAdvice(ctx, client, want, err)...))
		return
	}
	state := plan
	state.describe(*token, token.ExpirationDate, client.Now())
	state.promise(plan)
	held, err := sealer.Hold(token.Secret.Reveal())
	state.hold(held)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("encrypt_secret_to"), "Unable to encrypt the secret", err.Error()+".")
	}
	record := rotation.Record{AskedLifetime: want.Lifetime}
	record.Granted(rotation.Instant(plan.ExpiresAt), token.ExpirationDate)
	resp.Diagnostics.Append(remarkExpiry(token.RequestedExpiration, token.ExpirationDate)...)
	resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
	r.remark(client, &resp.Diagnostics)
}

// createAdvice adds what can be done about a refused creation. The likeliest reason is a name that is taken, which also is how
// create_before_destroy ends with a fixed name.
func (r *personalAccessTokenResource) createAdvice(ctx context.Context, client *api.Client, want api.NewPersonalAccessToken, err error) []string {
	var refused *rest.Error
	// A mint also fails because its orphan could not be looked for or deleted, and then says itself what to do about it.
	if !errors.As(err, &refused) || refused.Kind != rest.Refused || refused.Method != http.MethodPost {
		return nil
	}
	all, listErr := client.ListAnew(ctx, api.Me)
	if listErr != nil {
		return nil
	}
	for _, t := range all {
		if t.Name == want.Name {
			return []string{"The name " + `"` + want.Name + `"` + " is taken by the token with the id " + t.ID + ": names are unique among an owner's tokens. " +
				"Use name_prefix instead of name, so that two generations can live side by side (create_before_destroy needs that), or import the token that exists."}
		}
	}
	if len(all) >= tokenLimit {
		return []string{fmt.Sprintf("SailPoint allows %d tokens for each identity, and this one has %d. A rotation with overlap or create_before_destroy needs one free place, because the old and the new token live side by side: "+
			"delete a token that is not needed, or leave both arguments out, so that the old token makes room for the new one.", tokenLimit, len(all))}
	}
	return nil
}

// Read implements [resource.Resource]. It is where the clock is read, for this plan and for the one that Terraform makes again
// when it applies.
func (r *personalAccessTokenResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state personalAccessTokenModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	// First of all: the framework wants an identity even where nothing is read and of what is removed, and a state that an
	// engine without identities has written brings none.
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(system.Reading, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	all, token, err := r.find(ctx, client, state)
	if err != nil {
		// The same answer was awaited by others too, and one of them has shown it: the run has failed already.
		if !r.Shared(err) {
			resp.Diagnostics.Append(r.Failure(system.Read, err))
		}
		return
	}
	now := client.Now()
	r.remark(client, &resp.Diagnostics)
	isImport := record.Imported && state.Name.IsNull()
	end := record.End(rotation.Instant(state.ExpiresAt))
	switch survivor := state.survivor(all, record, now); {
	case token != nil:
		if isImport {
			state.infer(*token)
			record.GrantedExpiry = token.ExpirationDate
		}
		end = token.ExpirationDate
		state.describe(*token, record.Seen(end, now), now)
		resp.Diagnostics.Append(state.remarkEnd(*token, record, now)...)
	case rotation.Expired(end, now.Add(clockSlack)):
		// An expired token that the tenant no longer lists has not been deleted by anybody.
		state.Status = types.StringValue(rotation.StatusExpired)
		resp.Diagnostics.Append(state.remarkEnd(api.PersonalAccessToken{}, record, now)...)
	case isImport:
		resp.Diagnostics.AddAttributeError(path.Root("id"), "No such SailPoint personal access token",
			"Among the tokens of the identity that the provider authenticates as is none with the id "+state.ID.ValueString()+
				". Only its own tokens can be managed: configure the provider as the token's owner.")
		return
	case survivor != "":
		// Without the resource nobody would ever revoke that one.
		state.Status = types.StringValue(rotation.StatusMissing)
		resp.Diagnostics.Append(state.remarkMissing(survivor))
	default:
		resp.State.RemoveResource(ctx)
		return
	}
	state.forget(client, all, &record)
	record.Verdict = r.judge(state, record, end, now)
	resp.Diagnostics.Append(state.remarkPrevious(client.Version(), all)...)
	for _, left := range state.leftovers(all) {
		resp.Diagnostics.Append(remarkLeftover(client, left))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
}

// judge takes the verdict about a token that really ends at an instant.
func (r *personalAccessTokenResource) judge(state personalAccessTokenModel, record rotation.Record, end *time.Time, now time.Time) rotation.Verdict {
	lead, _ := rotation.Duration(state.RotateBeforeExpiry)
	policy := rotation.Policy{Lead: lead, Warning: r.ExpiryWarning(), Expected: state.expected(state, record)}
	return rotation.Judge(policy, state.Previous.Life(end), now)
}

// Update implements [resource.Resource].
func (r *personalAccessTokenResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state personalAccessTokenModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	// First of all: should the update fail, Terraform stores what stands here, and a state that an engine without identities has
	// written brings none.
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	sealer, diags := rotation.NewSealer(ctx, plan.EncryptSecretTo)
	resp.Diagnostics.Append(diags...)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	// Nothing has been sent yet that could not be taken back.
	resp.Diagnostics.Append(state.reseal(sealer)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.ID.IsUnknown() {
		r.rotate(ctx, generations{client: client, sealer: sealer, plan: plan, state: state, record: record}, resp)
	} else {
		r.change(ctx, client, plan, state, record, resp)
	}
	r.remark(client, &resp.Diagnostics)
}

// change brings a token that stays to its plan.
func (r *personalAccessTokenResource) change(ctx context.Context, client *api.Client, plan, state personalAccessTokenModel, record rotation.Record, resp *resource.UpdateResponse) {
	changes, diags := changesBetween(ctx, client.Version(), state, plan, record)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	updated := state
	// The secrets are held for these recipients already.
	updated.EncryptSecretTo = plan.EncryptSecretTo
	record.Verdict = rotation.Verdict{}
	// A change that is refused keeps no earlier generation alive.
	if state.HasPrevious() && plan.PreviousID.IsNull() {
		resp.Diagnostics.Append(r.revokePrevious(ctx, client, &updated)...)
	}
	resp.Diagnostics.Append(r.settle(ctx, client, updated, &record)...)
	var token *api.PersonalAccessToken
	var err error
	if !changes.Empty() {
		token, err = client.Patch(ctx, state.ID.ValueString(), changes)
	}
	switch {
	case err != nil:
		resp.Diagnostics.Append(r.Failure(system.Update, err, updateAdvice(err)...))
	case changes.Expiry != nil:
		record.AskedLifetime, _ = rotation.Duration(plan.Lifetime)
		record.Granted(rotation.Instant(plan.ExpiresAt), token.ExpirationDate)
		resp.Diagnostics.Append(remarkExpiry(changes.Expiry.At, token.ExpirationDate)...)
		updated.describe(*token, token.ExpirationDate, client.Now())
	case token != nil:
		updated.describe(*token, record.Seen(token.ExpirationDate, client.Now()), client.Now())
	}
	if err == nil {
		updated.promise(plan)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &updated)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), updated.ID)...)
	resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
}

func updateAdvice(err error) []string {
	if rest.IsNotFound(err) {
		return []string{"The token was deleted outside Terraform after the plan was made. Plan again."}
	}
	return nil
}

// Delete implements [resource.Resource].
func (r *personalAccessTokenResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state personalAccessTokenModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(system.Applying, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	if d := ownCredential(client, state.generations(record)...); d != nil {
		resp.Diagnostics.Append(d)
		return
	}
	// One that cannot be revoked keeps no other alive.
	if state.HasPrevious() {
		resp.Diagnostics.Append(r.revokePrevious(ctx, client, &state)...)
	}
	resp.Diagnostics.Append(r.settle(ctx, client, state, &record)...)
	resp.Diagnostics.Append(r.deleteLast(ctx, client, &state, &record)...)
	if resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
		resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
	}
}

// ImportState implements [resource.ResourceWithImportState].
func (r *personalAccessTokenResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resource.ImportStatePassthroughWithIdentity(ctx, path.Root("id"), path.Root("id"), req, resp)
	resp.Diagnostics.Append((&rotation.Record{Imported: true}).Save(ctx, resp.Private)...)
}

// generations are the ids of all tokens that a state answers for.
func (m *personalAccessTokenModel) generations(record rotation.Record) []string {
	return append([]string{m.ID.ValueString(), m.PreviousID.ValueString()}, record.Owed...)
}

// ownCredential refuses to saw off the branch that the provider sits on.
func ownCredential(client *api.Client, ids ...string) diag.Diagnostic {
	own := client.ClientID()
	if !slices.Contains(ids, own) {
		return nil
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("id"), "The provider authenticates with this very token",
		"Deleting, rotating or replacing the token "+own+" would cut off the provider in the middle of its work, and nothing could be created in its place. "+
			"Configure the provider with another token of the same identity first, or forget this one with terraform state rm.")
}

// remark passes on, once in a run, that the tenant marks the API version as deprecated.
func (r *personalAccessTokenResource) remark(client *api.Client, diags *diag.Diagnostics) {
	system.RemarkDeprecation(r.Connection(), string(client.Version()), client.Deprecated(), diags)
}
