package sailpoint

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
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
	lifecycle.Resource[*api.Client, personalAccessTokenModel, *personalAccessTokenModel, api.PersonalAccessToken]
}

func newPersonalAccessTokenResource() resource.Resource { return personalAccessTokens() }

func personalAccessTokens() *personalAccessTokenResource {
	return &personalAccessTokenResource{lifecycle.NewResource(personalAccessTokenNoun,
		map[string]string{"id": "The token's id, which is also the client id for authenticating with it."}, newPersonalAccessTokenKind)}
}

func newPersonalAccessTokenKind(client *api.Client, run *system.Connection) lifecycle.Kind[*personalAccessTokenModel, api.PersonalAccessToken] {
	return personalAccessTokenKind{client, run}
}

// personalAccessTokenKind is what is particular about SailPoint's tokens. While planning it may be without a client.
type personalAccessTokenKind struct {
	client *api.Client
	run    *system.Connection
}

// version is the API's version; without a client the default.
func (k personalAccessTokenKind) version() api.Version {
	if k.client == nil {
		return api.V1
	}
	return k.client.Version()
}

// Server implements [lifecycle.Kind]: a token always belongs to the identity that the provider is logged in as.
func (k personalAccessTokenKind) Server(m *personalAccessTokenModel) lifecycle.Server[api.PersonalAccessToken] {
	if k.client == nil {
		return lifecycle.Server[api.PersonalAccessToken]{}
	}
	return lifecycle.Server[api.PersonalAccessToken]{
		Tenant: k.client.Tenant(), Login: k.client.Identity, Now: k.client.Now, Sleep: k.client.Sleep, Row: k.row, Lock: k.client.LockName,
		Memo: func(all []api.PersonalAccessToken) *rest.Memo { return k.client.Memo(api.Me, all) },
		List: func(ctx context.Context) ([]api.PersonalAccessToken, error) { return k.client.List(ctx, api.Me) },
		Recent: func(ctx context.Context) ([]api.PersonalAccessToken, error) {
			return k.client.ListRecent(ctx, api.Me)
		},
		Refresh: func(ctx context.Context) ([]api.PersonalAccessToken, error) { return k.client.Refresh(ctx, api.Me) },
		Delete:  func(ctx context.Context, id string) error { return k.client.Delete(ctx, id, m.ownerID()) },
	}
}

// Connect implements [lifecycle.Connector].
func (k personalAccessTokenKind) Connect(ctx context.Context, _ *personalAccessTokenModel) error {
	return k.client.Ready(ctx)
}

// Arguments implements [lifecycle.Kind].
func (k personalAccessTokenKind) Arguments() lifecycle.Arguments {
	arguments := lifecycle.Arguments{
		Renewed: []string{"access_token_validity_seconds"}, Kept: []string{"scope", "access_token_validity_seconds"},
	}
	if !k.version().PatchesExpiry() {
		arguments.Renewed = append(arguments.Renewed, "expires_at")
	}
	return arguments
}

// PlanKeep implements [lifecycle.Planner]: on the newer contract lifetime, expires_at and never_expires change in place; on the
// older one a lifetime counts from the next mint.
func (k personalAccessTokenKind) PlanKeep(p lifecycle.Planning[*personalAccessTokenModel]) {
	config, state, m := p.Config, p.State, p.Plan
	m.Owner, m.Managed = state.Owner, state.Managed
	m.NeverExpires = state.NeverExpires
	isMoved := false
	switch {
	case config.ExpiresAt.IsUnknown():
		isMoved = true
	case !config.ExpiresAt.IsNull():
		if !m.ExpiresAt.Equal(state.ExpiresAt) {
			m.NeverExpires = types.BoolValue(false)
		}
	case config.NeverExpires.IsUnknown():
		isMoved = true
	case config.NeverExpires.ValueBool():
		isMoved = !state.ExpiresAt.IsNull()
	case !config.Lifetime.IsNull():
		isMoved = k.version().PatchesExpiry() && (lifecycle.EditsLifetime(p) || p.Record.ExpiryMoved)
	}
	if isMoved {
		m.ExpiresAt, m.NeverExpires = rotation.UnknownTime(), types.BoolUnknown()
	}
	if !config.NeverExpires.IsNull() {
		m.NeverExpires = config.NeverExpires
	}
}

// NeverExpires implements [lifecycle.Unlimited].
func (k personalAccessTokenKind) NeverExpires(m *personalAccessTokenModel) types.Bool {
	return m.NeverExpires
}

// PlanNext implements [lifecycle.Planner]. The owner of a token never changes in place.
func (k personalAccessTokenKind) PlanNext(p lifecycle.Planning[*personalAccessTokenModel]) {
	p.Plan.Owner, p.Plan.Managed = p.State.Owner, types.BoolUnknown()
	p.Plan.NeverExpires = p.Config.NeverExpires
	switch {
	case !p.Config.NeverExpires.IsNull():
	case rotation.Instant(p.Config.ExpiresAt) != nil:
		p.Plan.NeverExpires = types.BoolValue(false)
	default:
		p.Plan.NeverExpires = types.BoolUnknown()
	}
}

// Prepare implements [lifecycle.Kind].
func (k personalAccessTokenKind) Prepare(ctx context.Context, plan *personalAccessTokenModel, name string) (lifecycle.Request[api.PersonalAccessToken], diag.Diagnostics) {
	want, diags := newPersonalAccessToken(ctx, plan, name)
	return lifecycle.Request[api.PersonalAccessToken]{
		Name: name, Lifetime: want.Lifetime,
		Send: func(ctx context.Context) (lifecycle.Answer[api.PersonalAccessToken], error) {
			token, err := k.client.Create(ctx, want)
			if err != nil {
				return lifecycle.Answer[api.PersonalAccessToken]{}, err
			}
			return lifecycle.Answer[api.PersonalAccessToken]{Secret: token.Secret, Row: token, Expiry: token.RequestedExpiration}, nil
		},
		IsOwn: func(token api.PersonalAccessToken) bool { return isAsRequested(token, want) },
	}, diags
}

// Change implements [lifecycle.Changer].
func (k personalAccessTokenKind) Change(ctx context.Context, state, plan *personalAccessTokenModel, record rotation.Record) (lifecycle.Change[api.PersonalAccessToken], diag.Diagnostics, error) {
	var change lifecycle.Change[api.PersonalAccessToken]
	var changes api.Changes
	var diags diag.Diagnostics
	switch {
	case plan.Name.IsUnknown():
		generated := rotation.NewName(plan.NamePrefix.ValueString())
		changes.Name = &generated
	case !plan.Name.Equal(state.Name):
		changes.Name = plan.Name.ValueStringPointer()
	}
	if !plan.Scope.IsNull() && !plan.Scope.IsUnknown() && !plan.Scope.Equal(state.Scope) {
		diags.Append(plan.Scope.ElementsAs(ctx, &changes.Scope, false)...)
	}
	// With ignore_changes naming expires_at a plan has to keep what the state shows, and never_expires tells.
	isUnlimited := plan.NeverExpires.ValueBool() && record.End(rotation.Instant(state.ExpiresAt)) != nil
	if k.version().PatchesExpiry() && (isUnlimited || !plan.ExpiresAt.Equal(state.ExpiresAt)) {
		// The login comes first: its answer tells the tenant's time.
		if err := k.client.Ready(ctx); err != nil {
			return change, diags, err
		}
		changes.Expiry = plannedExpiry(state, plan, record)
		diags.Append(k.checkPlannedExpiry(changes.Expiry)...)
	}
	if changes.Empty() || diags.HasError() {
		return change, diags, nil
	}
	token, err := k.client.Patch(ctx, state.ID.ValueString(), changes)
	change.Row = token
	if change.MovedExpiry = changes.Expiry != nil; change.MovedExpiry {
		change.Requested = changes.Expiry.At
	}
	return change, diags, err
}

// plannedExpiry is the expiry that a changed plan asks for, or nil where it asks for none.
func plannedExpiry(state, plan *personalAccessTokenModel, record rotation.Record) *api.Expiry {
	if plan.NeverExpires.ValueBool() {
		return &api.Expiry{}
	}
	if at := rotation.Instant(plan.ExpiresAt); at != nil {
		return &api.Expiry{At: at}
	}
	lifetime, ok := rotation.Duration(plan.Lifetime)
	created := rotation.Instant(state.CreatedAt)
	if !ok || created == nil {
		return nil
	}
	if plan.Lifetime.Equal(state.Lifetime) && record.ExpiryMoved {
		return &api.Expiry{At: record.GrantedExpiry}
	}
	end := created.Add(lifetime)
	return &api.Expiry{At: &end}
}

// checkPlannedExpiry refuses an expiry that has passed, before anything is sent: the tenant takes future ones only.
func (k personalAccessTokenKind) checkPlannedExpiry(expiry *api.Expiry) diag.Diagnostics {
	if expiry == nil || !rotation.Expired(expiry.At, k.client.Now()) {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("expires_at"), "The token would be expired at once",
		"The token would expire at "+rotation.Format(*expiry.At)+", which has passed. Choose a later expires_at, or a longer lifetime. Or keep the expiry that the token has and have it rotated (rotation_triggers): the next token gets the new lifetime. Or replace the token (terraform apply -replace).")}
}

// Ends and EndAt implement [lifecycle.Ender].
func (k personalAccessTokenKind) Ends() bool { return k.version().PatchesExpiry() }

// EndAt implements [lifecycle.Ender].
func (k personalAccessTokenKind) EndAt(ctx context.Context, id string, at time.Time) error {
	_, err := k.client.Patch(ctx, id, api.Changes{Expiry: &api.Expiry{At: &at}})
	return err
}

// IsOwnCredential implements [lifecycle.Kind]: a token's id is the client id.
func (k personalAccessTokenKind) IsOwnCredential(id string, _ *api.PersonalAccessToken, _ string) bool {
	return id == k.client.ClientID()
}

// AbsenceUnproven implements [lifecycle.Doubter].
func (k personalAccessTokenKind) AbsenceUnproven(_ context.Context, all []api.PersonalAccessToken, m *personalAccessTokenModel, id string) error {
	return k.client.AbsenceUnproven(all, id, m.ownerID())
}

// Advise implements [lifecycle.Adviser].
func (k personalAccessTokenKind) Advise(_ context.Context, request lifecycle.Request[api.PersonalAccessToken], all []api.PersonalAccessToken, _ error) []string {
	if len(all) < tokenLimit {
		return nil
	}
	limit := fmt.Sprintf("SailPoint allows %d tokens for each identity, and this one has %d, which may be the reason. ", tokenLimit, len(all))
	if rotation.IsEphemeralName(request.Name) {
		return []string{limit + "Delete a token that is not needed. While a run lasts, each of its ephemeral tokens takes one place; with mint_when = terraform.applying only an apply takes one."}
	}
	return []string{limit + "A rotation with overlap or create_before_destroy requires one free place, because the previous and the new token exist side by side. Delete a token that is not needed, or remove both arguments, so that the previous token makes room for the new one."}
}

// Foresee implements [lifecycle.Foreseer].
func (k personalAccessTokenKind) Foresee(_ context.Context, _ *personalAccessTokenModel, tokens int) diag.Diagnostic {
	if tokens <= tokenLimit {
		return nil
	}
	return diag.NewWarningDiagnostic(fmt.Sprintf("SailPoint allows %d personal access tokens for each identity", tokenLimit),
		"With the planned tokens, the identity that the provider authenticates as would have more, so SailPoint will probably refuse some of them when this plan is applied. First delete tokens that are not needed. A rotation with overlap takes one more place until the previous token is revoked.")
}

// Warn implements [lifecycle.Warner].
func (k personalAccessTokenKind) Warn(diags *diag.Diagnostics) {
	system.WarnDeprecated(k.run, string(k.client.Version()), k.client.Deprecated(), diags)
}
