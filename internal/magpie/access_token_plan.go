package magpie

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// settling is how long after its creation a token that a list lacks is looked for again.
const settling = 2 * time.Minute

type (
	// objects is what the helpers need of a resource's base.
	objects interface {
		Noun() system.Noun
		Failure(verb system.Verb, err error, advice ...string) diag.Diagnostic
		Shared(err error) bool
		ExpiryWarning() time.Duration
	}
	identitySetter interface {
		SetAttribute(ctx context.Context, at path.Path, value any) diag.Diagnostics
	}
)

// carry keeps what a change in place leaves alone.
func (m *accessTokenModel) carry(state accessTokenModel) {
	m.hold(state.held())
	m.ID, m.CreatedAt, m.ExpiresAt, m.Status = state.ID, state.CreatedAt, state.ExpiresAt, state.Status
	if !m.Disabled.Equal(state.Disabled) {
		m.Status = types.StringUnknown()
	}
}

// planMint plans what a mint decides. A tentative one may yet keep the token, however the state holds its secret.
func (m *accessTokenModel) planMint(tentative bool) {
	m.hold(m.PlanMint())
	if tentative {
		m.hold(rotation.Held{Plain: types.StringUnknown(), Sealed: types.StringUnknown()})
	}
	m.ID, m.Status = types.StringUnknown(), types.StringUnknown()
	m.CreatedAt, m.ExpiresAt = timetypes.NewRFC3339Unknown(), timetypes.NewRFC3339Unknown()
}

// planStay plans what becomes of the secret of a token that stays, and remarks what there is to say about it. previous is
// none where there is no overlap.
func (m *accessTokenModel) planStay(r objects, state serviceModel, previous rotation.Previous, record rotation.Record) diag.Diagnostics {
	held, diags := m.PlanHeld(state.Rotating, state.held())
	m.hold(held)
	known := state.ID.ValueString()
	if state.ID.IsNull() {
		known = "without a known id"
	}
	subject := rotation.Subject{Words: r.Noun().Words, Name: known + ofAccount(state)}
	diags.Append(subject.Remarks(m.Rotating, previous, rotation.Instant(state.ExpiresAt), record)...)
	return diags
}

// checkLead refuses a rotate_before_expiry that is not shorter than the life that the organization grants.
func (m *accessTokenModel) checkLead(state accessTokenModel, record rotation.Record) diag.Diagnostics {
	return rotation.CheckLead(m.Rotating, record.Expected(0, rotation.Instant(state.CreatedAt), rotation.Instant(state.ExpiresAt)))
}

// warnLead says of a token that was just minted what the next plan will refuse.
func (m *accessTokenModel) warnLead() diag.Diagnostics {
	var warnings diag.Diagnostics
	for _, problem := range m.checkLead(*m, rotation.Record{}) {
		warnings.AddAttributeWarning(path.Root("rotate_before_expiry"), problem.Summary(), problem.Detail()+" The next plan refuses it.")
	}
	return warnings
}

// promise puts back what the plan has promised; a server that made something else of it shows that at the next refresh.
func (m *accessTokenModel) promise(plan accessTokenModel) {
	m.Description, m.Disabled = plan.Description, plan.Disabled
	m.RotationTriggers, m.RotateBeforeExpiry, m.EncryptSecretTo = plan.RotationTriggers, plan.RotateBeforeExpiry, plan.EncryptSecretTo
	if !plan.Status.IsUnknown() {
		m.Status = plan.Status
	}
	if !plan.CreatedAt.IsUnknown() && !plan.ExpiresAt.IsUnknown() {
		m.CreatedAt, m.ExpiresAt = plan.CreatedAt, plan.ExpiresAt
	}
}

// change brings a token to a plan, in place. On failure the state is what the list shows.
func change(ctx context.Context, r objects, client *api.Client, state *serviceModel, plan serviceModel) diag.Diagnostics {
	var diags diag.Diagnostics
	if state.ID.IsNull() && !plan.differs(state.accessTokenModel) {
		state.promise(plan.accessTokenModel)
		return diags
	}
	if state.ID.IsNull() {
		diags.AddError("Unable to update "+r.Noun().Words,
			"The id of the token is not known, so it cannot be changed. "+adviceOf(r))
		return diags
	}
	all, err := client.List(ctx, plan.account())
	if err != nil {
		diags.Append(failure(r, system.Update, err))
		return diags
	}
	token := byID(all, state.ID.ValueString())
	if token == nil {
		diags.Append(failure(r, system.Update, fmt.Errorf("the token %s is not on the account any more: it was deleted outside Terraform. Plan again", state.ID.ValueString())))
		return diags
	}
	settled, more, err := settle(ctx, client, plan.account(), *token, state.accessTokenModel, plan.accessTokenModel)
	diags.Append(more...)
	state.settled(*settled, plan.accessTokenModel, err, client.Now())
	if err != nil {
		diags.Append(failure(r, system.Update, err))
	}
	return diags
}

// settled takes in what became of a plan: if it was carried out, what a list leaves out is what was asked for.
func (m *accessTokenModel) settled(token api.AccessToken, plan accessTokenModel, err error, now time.Time) {
	if err != nil {
		m.describe(token, now)
		return
	}
	m.Description, m.Disabled = plan.Description, plan.Disabled
	m.describe(token, now)
	m.promise(plan)
}

// checkLogin tries the credential while it is still a plan, so that a run that cannot mint ends with one error before it begins.
func checkLogin(ctx context.Context, r objects, client *api.Client) diag.Diagnostics {
	var diags diag.Diagnostics
	if err := client.Ready(ctx); err != nil && !r.Shared(err) {
		diags.Append(failure(r, system.Create, err))
	}
	return diags
}

// guardSwitch is guard for a change in place: in an apply, too, because the plan may not have known the provider's credential.
func guardSwitch(client *api.Client, state, plan serviceModel) diag.Diagnostics {
	if !plan.Disabled.ValueBool() || state.Disabled.ValueBool() {
		return nil
	}
	return guard(client, state)
}

// guard refuses to delete, replace or disable the token that the provider logs in with.
func guard(client *api.Client, state serviceModel) diag.Diagnostics {
	return guardSecret(client, path.Root("token"), state.Token)
}

func guardSecret(client *api.Client, at path.Path, secret types.String) diag.Diagnostics {
	var diags diag.Diagnostics
	if client.IsOwnCredential(secret.ValueString()) {
		diags.AddAttributeError(at, "The provider logs in with this very token",
			"Deleting, replacing or disabling it would cut off the provider in the middle of its work. Configure the provider with another credential first, or forget this token with terraform state rm.")
	}
	return diags
}

// find looks a state's token up in its account's list. It returns nil only when a well-formed list lacks the token, or when the
// account is gone; every doubt is an error.
func find(ctx context.Context, client *api.Client, state serviceModel) (*api.AccessToken, error) {
	all, err := client.List(ctx, state.account())
	if isGone(err) {
		return nil, nil //nolint:nilnil // the token went with its account, and that is no error
	}
	if err != nil {
		return nil, err
	}
	created := rotation.Instant(state.CreatedAt)
	for _, delay := range lookDelays() {
		if token := byID(all, state.ID.ValueString()); token != nil {
			return token, nil
		}
		if !isSettling(client, created) {
			break
		}
		if err := pause(ctx, delay); err != nil {
			return nil, err
		}
		if all, err = client.ListAnew(ctx, state.account()); isGone(err) {
			return nil, nil //nolint:nilnil // as above
		} else if err != nil {
			return nil, err
		}
	}
	return byID(all, state.ID.ValueString()), nil
}

// isSettling reports whether a token is so young that a list may not show it yet.
func isSettling(client *api.Client, created *time.Time) bool {
	return created != nil && client.Now().Sub(*created) <= settling
}

// failure adds what can be done about a failure.
func failure(r objects, verb system.Verb, err error) diag.Diagnostic {
	var doubt *uncertain
	var lost *lostAnswer
	switch {
	case errors.As(err, &lost):
		return r.Failure(verb, err, lost.advice)
	case isGone(err), verb == system.Create && r.Noun() != personalNoun && rest.IsNotFound(err):
		return r.Failure(verb, err, "Check user_name: it must be the user name of a service account of this organization.")
	case errors.As(err, &doubt) && verb == system.Update && r.Noun() != exclusiveNoun:
		return r.Failure(verb, err, adviceInPlace)
	case errors.As(err, &doubt):
		return r.Failure(verb, err, adviceOf(r))
	}
	return r.Failure(verb, err)
}

// warnExpired says that a token has ended.
func warnExpired(r objects, state serviceModel) diag.Diagnostic {
	ended := "has ended"
	if !state.ExpiresAt.IsNull() {
		ended = "ended at " + state.ExpiresAt.ValueString()
	}
	return diag.NewWarningDiagnostic(r.Noun().Words+" has expired",
		"The token "+state.ID.ValueString()+ofAccount(state)+" "+ended+". It is planned for replacement.")
}
