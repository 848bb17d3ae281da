package magpie

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// overlapModel is what tokens have that live side by side on an account.
type overlapModel struct {
	Overlap timetypes.GoDuration `tfsdk:"overlap"`
	rotation.Previous
}

// plainModel is a token that others may live beside, with the generation before it. A personal one has no service account.
type plainModel struct {
	serviceModel
	overlapModel
}

// personalModel is a plainModel as the schema without a service account has it.
type personalModel struct {
	accessTokenModel
	overlapModel
}

// load reads a model with or without a service account.
func load(ctx context.Context, from getter, service bool) (plainModel, diag.Diagnostics) {
	var m plainModel
	if service {
		return m, from.Get(ctx, &m)
	}
	var own personalModel
	diags := from.Get(ctx, &own)
	m.accessTokenModel, m.overlapModel = own.accessTokenModel, own.overlapModel
	return m, diags
}

func (m *plainModel) save(ctx context.Context, to setter, service bool) diag.Diagnostics {
	if service {
		return to.Set(ctx, m)
	}
	return to.Set(ctx, &personalModel{m.accessTokenModel, m.overlapModel})
}

// heldBefore is how the state holds the secret of the generation before.
func (m *plainModel) heldBefore() rotation.Held {
	return rotation.Held{Plain: m.PreviousSecret, Sealed: m.PreviousEncryptedSecret}
}

func (m *plainModel) holdBefore(held rotation.Held) {
	m.PreviousSecret, m.PreviousEncryptedSecret = held.Plain, held.Sealed
}

// generation is the current token.
func (m *plainModel) generation() rotation.Generation {
	return rotation.Generation{ID: m.ID, Secret: m.held()}
}

// isUnidentified reports a token that is there, and whose id could not be told.
func (m *plainModel) isUnidentified() bool {
	return m.ID.IsNull() && m.Status.ValueString() != rotation.StatusMissing
}

// differs reports a change that has to be sent to Magpie.
func (m *accessTokenModel) differs(state accessTokenModel) bool {
	return m.Description.ValueString() != state.Description.ValueString() || m.Description.IsUnknown() || !m.Disabled.Equal(state.Disabled)
}

// reseal encrypts what the state holds in plain when encrypt_secret_to has been added.
func (m *plainModel) reseal(ctx context.Context, plan plainModel) diag.Diagnostics {
	diags := m.accessTokenModel.reseal(ctx, plan.accessTokenModel)
	if diags.HasError() {
		return diags
	}
	sealer, more := rotation.NewSealer(ctx, plan.EncryptSecretTo)
	diags.Append(more...)
	diags.Append(m.resealBefore(sealer)...)
	return diags
}

func (m *plainModel) resealBefore(sealer rotation.Sealer) diag.Diagnostics {
	held, err := sealer.Reseal(m.heldBefore())
	if err != nil {
		return diag.Diagnostics{unsealed(err)}
	}
	m.holdBefore(held)
	return nil
}

// reseal encrypts the secret when encrypt_secret_to has been added to a token that is held in plain.
func (m *accessTokenModel) reseal(ctx context.Context, plan accessTokenModel) diag.Diagnostics {
	sealer, diags := rotation.NewSealer(ctx, plan.EncryptSecretTo)
	if diags.HasError() {
		return diags
	}
	held, err := sealer.Reseal(m.held())
	if err != nil {
		diags.Append(unsealed(err))
		return diags
	}
	m.hold(held)
	m.EncryptSecretTo = plan.EncryptSecretTo
	return diags
}

func unsealed(err error) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("encrypt_secret_to"), "A secret could not be encrypted",
		"Nothing was changed: "+err.Error()+". Check encrypt_secret_to.")
}

// revokeBefore revokes the generation before; if that fails, the state keeps it.
func (m *plainModel) revokeBefore(ctx context.Context, r objects, client *api.Client, verb system.Verb) diag.Diagnostics {
	var diags diag.Diagnostics
	if !m.HasPrevious() {
		return diags
	}
	if err := remove(ctx, client, m.account(), m.PreviousID.ValueString()); err != nil {
		diags.Append(unrevoked(r, verb, m.PreviousID.ValueString(), err))
		return diags
	}
	m.Previous = rotation.NoPrevious()
	return diags
}

// revokeOwed revokes the generations that an earlier apply could not.
func (m *plainModel) revokeOwed(ctx context.Context, r objects, client *api.Client, record *rotation.Record, verb system.Verb) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, id := range append([]string(nil), record.Owed...) {
		if err := remove(ctx, client, m.account(), id); err != nil {
			diags.Append(unrevoked(r, verb, id, err))
			continue
		}
		record.Settle(id)
	}
	return diags
}

func unrevoked(r objects, verb system.Verb, id string, err error) diag.Diagnostic {
	return r.Failure(verb, fmt.Errorf("the earlier token %s could not be revoked: %w", id, err), "It may still work. Apply again to revoke it.")
}

// noteGenerations takes in what a list says about earlier generations: what it lacks is gone. It reports whether one of them
// still lives.
func (m *plainModel) noteGenerations(all []api.AccessToken, client *api.Client, record *rotation.Record) bool {
	lives := false
	for _, id := range append([]string(nil), record.Owed...) {
		token := byID(all, id)
		if token == nil {
			record.Settle(id)
		}
		lives = lives || isAlive(token, client)
	}
	if m.HasPrevious() {
		token := byID(all, m.PreviousID.ValueString())
		if token == nil {
			m.Previous = rotation.NoPrevious()
		}
		lives = lives || isAlive(token, client)
	}
	return lives
}

func isAlive(token *api.AccessToken, client *api.Client) bool {
	return token != nil && !rotation.Expired(token.Expires.At, client.Now())
}

// manage notes the ids that a resource of this run holds.
func (m *plainModel) manage(client *api.Client, record rotation.Record) {
	client.Manage(append([]string{m.ID.ValueString(), m.PreviousID.ValueString()}, record.Owed...)...)
}

// judge takes the verdict of a refresh.
func judge(r objects, m *accessTokenModel, previous rotation.Previous, record *rotation.Record, client *api.Client) {
	lead, _ := rotation.Duration(m.RotateBeforeExpiry)
	created, end := rotation.Instant(m.CreatedAt), rotation.Instant(m.ExpiresAt)
	policy := rotation.Policy{Lead: lead, Warning: r.ExpiryWarning(), Expected: record.Expected(0, created, end)}
	record.Verdict = rotation.Judge(policy, previous.Life(end), client.Now())
}

// warnMissing says that the current token was deleted, and what keeps the resource alive.
func warnMissing(r objects, m *plainModel, record rotation.Record, orphaned bool) diag.Diagnostic {
	what := "The token " + m.ID.ValueString() + ofAccount(m.serviceModel) + " is not on the account any more: it was deleted outside Terraform."
	if m.ID.IsNull() {
		what = "The current token" + ofAccount(m.serviceModel) + ", whose id could not be told, is gone: it is not listed, or not accepted any more."
	}
	text := what + " The next apply mints a new one in place."
	switch {
	case m.HasPrevious():
		text += " The token before, " + m.PreviousID.ValueString() + ", stays as long as it would have."
	case len(record.Owed) > 0:
		text += " An earlier one that is still alive is revoked then."
	}
	if orphaned {
		text += " What an interrupted rotation has left is deleted then."
	}
	return diag.NewWarningDiagnostic(r.Noun().Words+" is missing", text)
}

// missing is the state of a token that was deleted elsewhere while an earlier generation is kept.
func (m *plainModel) missing() { m.Status = types.StringValue(rotation.StatusMissing) }
