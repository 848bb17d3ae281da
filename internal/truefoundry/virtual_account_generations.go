package truefoundry

import (
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// cause is why a plan gives the account a new token. An account that has expired is not rotated for that: a later expiration_date
// mends it.
func (m *virtualAccountModel) cause(state virtualAccountModel, record rotation.Record) rotation.Cause {
	return rotation.CauseOf(m.Rotating, state.Rotating, types.StringNull(), record.Verdict)
}

// rotates reports whether a plan gives the account a new token.
func (m *virtualAccountModel) rotates(state virtualAccountModel, record rotation.Record) bool {
	return m.cause(state, record) != rotation.CauseNone
}

// planMint plans how the secret of a new token stands in the state.
func (m *virtualAccountModel) planMint() rotation.Held {
	if !m.StoreToken.IsUnknown() && !m.keeps() {
		return rotation.NoSecret()
	}
	return m.PlanMint()
}

// settleSecret plans the secret of an account that exists: a new one, one that may have to be read again, or the one that it is.
func (m *virtualAccountModel) settleSecret(state virtualAccountModel, rotates, mayMint bool) diag.Diagnostics {
	switch {
	case rotates, !m.StoreToken.IsUnknown() && !m.keeps():
		m.hold(m.planMint())
		return nil
	case mayMint, m.StoreToken.IsUnknown(), !state.keeps():
		held := m.planMint()
		if !state.EncryptedSecret.IsNull() {
			// What cannot be read again stays as it is.
			held.Sealed = types.StringUnknown()
		}
		m.hold(held)
		return nil
	}
	held, diags := m.PlanHeld(state.Rotating, state.held())
	m.hold(held)
	return diags
}

// planFormer plans the previous generation after a rotation: which token that is, and for how long it works, only the apply tells.
func (m *virtualAccountModel) planFormer() rotation.Previous {
	if !m.Overlap.IsUnknown() && m.Overlap.ValueInt64() == 0 {
		return rotation.NoPrevious()
	}
	former := rotation.Previous{
		PreviousID: types.StringUnknown(), PreviousSecret: types.StringUnknown(), PreviousEncryptedSecret: types.StringUnknown(),
		PreviousRevokedAfter: timetypes.NewRFC3339Unknown(),
	}
	minted := m.planMint()
	if minted.Plain.IsNull() {
		former.PreviousSecret = minted.Plain
		if minted.Sealed.IsNull() {
			former.PreviousEncryptedSecret = minted.Sealed
		}
	}
	return former
}

// planKept plans the previous generation of an account whose token stays.
func (m *virtualAccountModel) planKept(state virtualAccountModel, record rotation.Record) rotation.Previous {
	kept := state.Previous.Plan(record)
	held, _ := m.PlanHeld(state.Rotating, rotation.Held{Plain: kept.PreviousSecret, Sealed: kept.PreviousEncryptedSecret})
	switch {
	case m.StoreToken.IsUnknown():
		held.Plain, held.Sealed = unlessNull(held.Plain), unlessNull(held.Sealed)
	case !m.keeps():
		held = rotation.NoSecret()
	}
	kept.PreviousSecret, kept.PreviousEncryptedSecret = held.Plain, held.Sealed
	return kept
}

func unlessNull(v types.String) types.String {
	if v.IsNull() {
		return v
	}
	return types.StringUnknown()
}

// remarks are the warnings of a plan that keeps the token.
func (m *virtualAccountModel) remarks(state virtualAccountModel, record rotation.Record) diag.Diagnostics {
	about := rotation.Subject{
		Words: virtualAccountNoun.Words, Name: state.Name.ValueString(), EndsByItself: true, RotatesByItself: !m.AutoRotate.IsNull(),
	}
	var diags diag.Diagnostics
	if day := state.ExpirationDate.ValueString(); record.Ending && day != "" && m.ExpirationDate.Equal(state.ExpirationDate) {
		// No rotation helps against the end of the account.
		about.RotatesByItself = true
		diags.AddAttributeWarning(path.Root("expiration_date"), about.Words+" ends soon",
			"The account "+about.Name+" ends on "+day+", with all its tokens. Set a later expiration_date in time. How early this warning comes is the provider's expiry_warning.")
	}
	diags.Append(about.Remarks(m.Rotating, state.Previous, rotation.Instant(state.ExpiresAt), record)...)
	return diags
}

// warnExpired says what has ended, and what mends it.
func (m *virtualAccountModel) warnExpired(isDue bool) diag.Diagnostic {
	about := m.Name.ValueString() + " (" + m.ID.ValueString() + ")"
	switch {
	case !m.ExpirationDate.IsNull():
		about = "The account " + about + " has reached its end. Set a later expiration_date to bring it back; it is not replaced."
	case isDue:
		about = "The token of the account " + about + " has ended" + since(rotation.Instant(m.ExpiresAt)) + ". It is planned for rotation."
	default:
		about = "The token of the account " + about + " has ended" + since(rotation.Instant(m.ExpiresAt)) + ". Change rotation_triggers to have a new one issued, and set rotate_before_expiry to have that done in time."
	}
	return diag.NewWarningDiagnostic(virtualAccountNoun.Words+" has expired", about)
}

// forgetEnded forgets the earlier generations that have ended by themselves, or were revoked outside Terraform.
func (m *virtualAccountModel) forgetEnded(account api.ServiceAccount, record *accountRecord, now time.Time) {
	id := m.PreviousID.ValueString()
	if rotation.Expired(rotation.Instant(m.PreviousRevokedAfter), now) || id != "" && hasEnded(account, id, now) {
		m.Previous = rotation.NoPrevious()
	}
	for _, id := range slices.Clone(record.Owed) {
		if hasEnded(account, id, now) {
			record.Settle(id)
		}
	}
}

// hasEnded reports whether a row that shows the issued tokens lacks one, or shows its end. Some rows name the active token without
// showing any.
func hasEnded(account api.ServiceAccount, id string, now time.Time) bool {
	if account.JWTID == nil || account.ActiveJWT() == nil {
		return false
	}
	jwt := account.IssuedJWT(id)
	return jwt == nil || rotation.Expired(jwt.Expiry, now)
}

// ownAccount refuses to end a token of the account that the provider authenticates with.
func ownAccount(client *api.Client, state virtualAccountModel) diag.Diagnostic {
	if d := ownCredential(client, state.holder()); d != nil {
		return d
	}
	return ownCredential(client, api.Holder{Kind: api.KindVirtualAccount, JWTID: state.PreviousID.ValueString(), Token: state.PreviousSecret.ValueString()})
}
