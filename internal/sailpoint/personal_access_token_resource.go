package sailpoint

import (
	"context"
	"errors"
	"net/http"
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

type personalAccessTokenResource struct {
	system.ResourceBase[*api.Client]
}

func newPersonalAccessTokenResource() resource.Resource {
	return &personalAccessTokenResource{system.NewResourceBase[*api.Client](personalAccessTokenNoun)}
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
	client, ok := r.Client(&resp.Diagnostics)
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
	state.Secret = types.StringValue(token.Secret.Reveal())
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)

	var record rotation.Record
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
	client, ok := r.Reader(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	token, err := r.find(ctx, client, state)
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
	switch {
	case token != nil:
		if isImport {
			state.infer(*token)
			record.GrantedExpiry = token.ExpirationDate
		}
		state.describe(*token, record.Seen(token.ExpirationDate, now), now)
		resp.Diagnostics.Append(state.remarkEnd(*token, record, now)...)
	case rotation.Expired(record.End(rotation.Instant(state.ExpiresAt)), now.Add(clockSlack)):
		// An expired token that the tenant no longer lists has not been deleted by anybody.
		state.Status = types.StringValue(rotation.StatusExpired)
		resp.Diagnostics.Append(state.remarkEnd(api.PersonalAccessToken{}, record, now)...)
	case isImport:
		resp.Diagnostics.AddAttributeError(path.Root("id"), "No such SailPoint personal access token",
			"Among the tokens of the identity that the provider authenticates as is none with the id "+state.ID.ValueString()+
				". Only its own tokens can be managed: configure the provider as the token's owner.")
		return
	default:
		resp.State.RemoveResource(ctx)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
}

// Update implements [resource.Resource].
func (r *personalAccessTokenResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state personalAccessTokenModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	record, diags := rotation.LoadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	changes, diags := changesBetween(ctx, client.Version(), state, plan, record)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	updated := state
	if !changes.Empty() {
		token, err := client.Patch(ctx, state.ID.ValueString(), changes)
		if err != nil {
			resp.Diagnostics.Append(r.Failure(system.Update, err, updateAdvice(err)...))
			return
		}
		expiry := token.ExpirationDate
		if changes.Expiry != nil {
			record.Granted(rotation.Instant(plan.ExpiresAt), expiry)
			resp.Diagnostics.Append(remarkExpiry(changes.Expiry.At, expiry)...)
		} else {
			expiry = record.Seen(expiry, client.Now())
		}
		updated.describe(*token, expiry, client.Now())
	}
	updated.promise(plan)
	resp.Diagnostics.Append(resp.State.Set(ctx, &updated)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), updated.ID)...)
	resp.Diagnostics.Append(record.Save(ctx, resp.Private)...)
	r.remark(client, &resp.Diagnostics)
}

// remarkEnd warns of a token that is over, and of one that is not although it should be.
func (m *personalAccessTokenModel) remarkEnd(token api.PersonalAccessToken, record rotation.Record, now time.Time) diag.Diagnostics {
	var diags diag.Diagnostics
	named := "The token " + m.Name.ValueString() + " (" + m.ID.ValueString() + ") "
	switch {
	case m.Status.ValueString() == rotation.StatusExpired:
		ended := rotation.TimeValue(record.End(rotation.Instant(m.ExpiresAt))).ValueString()
		diags.AddWarning("SailPoint personal access token has expired", named+"ended at "+ended+". It is planned for replacement.")
	case !m.Lifetime.IsNull() && record.Outlived(token.ExpirationDate, now):
		diags.AddAttributeWarning(path.Root("expires_at"), "SailPoint personal access token outlives its lifetime",
			named+"was to end at "+rotation.Format(*record.GrantedExpiry)+", and somebody has moved its end outside Terraform. An end in the past cannot be put back: change rotation_triggers to replace the token.")
	}
	return diags
}

// remarkExpiry tells when the tenant gave a token another end than it was asked for.
func remarkExpiry(requested, granted *time.Time) diag.Diagnostics {
	if rotation.SameInstant(requested, granted) || requested == nil {
		return nil
	}
	end := "never"
	if granted != nil {
		end = "at " + rotation.Format(*granted)
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("expires_at"), "SailPoint gave the token another end",
		"The token was to end at "+rotation.Format(*requested)+", and ends "+end+".")}
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
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	if d := ownCredential(client, state); d != nil {
		resp.Diagnostics.Append(d)
		return
	}
	if err := client.Delete(ctx, state.ID.ValueString(), ownerID(state)); err != nil {
		resp.Diagnostics.Append(r.Failure(system.Delete, err))
	}
}

// ImportState implements [resource.ResourceWithImportState].
func (r *personalAccessTokenResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resource.ImportStatePassthroughWithIdentity(ctx, path.Root("id"), path.Root("id"), req, resp)
	resp.Diagnostics.Append((&rotation.Record{Imported: true}).Save(ctx, resp.Private)...)
}

// ownCredential refuses to saw off the branch that the provider sits on.
func ownCredential(client *api.Client, state personalAccessTokenModel) diag.Diagnostic {
	if state.ID.ValueString() != client.ClientID() {
		return nil
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("id"), "The provider authenticates with this very token",
		"Deleting or replacing the token "+state.ID.ValueString()+" would cut off the provider in the middle of its work, and nothing could be created in its place. "+
			"Configure the provider with another token of the same identity first, or forget this one with terraform state rm.")
}

// remark passes on, once in a run, that the tenant marks the API version as deprecated.
func (r *personalAccessTokenResource) remark(client *api.Client, diags *diag.Diagnostics) {
	system.RemarkDeprecation(r.Link(), string(client.Version()), client.Deprecated(), diags)
}
