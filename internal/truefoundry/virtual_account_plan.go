package truefoundry

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// planCreate completes the plan of a new account.
func (m *virtualAccountModel) planCreate(config virtualAccountModel) {
	m.Permissions = config.Permissions
	m.setSecret(m.planMint())
	m.Previous = rotation.NoPrevious()
}

// planUpdate completes the plan of an account that exists, and reports whether it rotates. Where it hangs on an argument that is not
// known yet, both outcomes are planned, and what they do not have in common is unknown.
func (m *virtualAccountModel) planUpdate(ctx context.Context, config, state virtualAccountModel, record *accountRecord) (bool, diag.Diagnostics) {
	m.Permissions = config.Permissions
	rotation.KeepOmitted(m, &config, &state, "id", "jwt_id", "created_by", "created_at", "expires_at", "status", "secret_version", "rotation_due_at", permissionsAttribute)
	kept, assumed := *m, *m
	assumed.Rotating = m.AsIfUnchanged(state.Rotating)
	diags := kept.planKeep(state, record)
	isRotated, isCertain := m.rotates(state, record.Record), assumed.rotates(state, record.Record)
	switch {
	case !isRotated:
		*m = kept
	case isCertain:
		m.planRotate(state)
		diags = nil
	default:
		m.planRotate(state)
		rotation.UnknownUnlessEqual(ctx, m, &kept)
		diags = nil
	}
	if m.StoreToken.IsUnknown() {
		omits := *m
		omits.setSecret(rotation.NoSecret())
		omits.setPreviousSecret(rotation.NoSecret())
		rotation.UnknownUnlessEqual(ctx, m, &omits)
	}
	return isRotated, diags
}

// rotates reports whether the account gets a new token. That it has expired is no reason: a later expiration_date reactivates it. Nor is
// anything but the configuration where TrueFoundry would refuse it.
func (m *virtualAccountModel) rotates(state virtualAccountModel, record rotation.Record) bool {
	if m.hasMapping() {
		record.Due, record.Aged, record.SecretLost = false, false, false
	}
	return rotation.ReasonFor(m.Rotating, state.Rotating, types.StringNull(), record) != rotation.ReasonNone
}

// checkMapping refuses a rotation that TrueFoundry would refuse.
func (m *virtualAccountModel) checkMapping(isRotated bool) diag.Diagnostics {
	if !isRotated || !m.hasMapping() {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("rotation_triggers"), "TrueFoundry does not regenerate this token",
		"The change of rotation_triggers asks for a new token of "+m.subject()+", and TrueFoundry issues none for an account that has an identity_provider_mapping. "+
			"Undo the change, or remove identity_provider_mapping: the apply that removes it also regenerates the token.")}
}

// planMapping is [virtualAccountModel.checkMapping] in a plan: as long as the triggers may turn out unchanged, it warns.
func (m *virtualAccountModel) planMapping(isRotated bool, state virtualAccountModel) diag.Diagnostics {
	var diags diag.Diagnostics
	assumed := m.AsIfUnchanged(state.Rotating)
	for _, refused := range m.checkMapping(isRotated) {
		if rotation.Triggered(state.RotationTriggers, assumed.RotationTriggers) {
			diags.Append(refused)
			continue
		}
		diags.AddAttributeWarning(path.Root("rotation_triggers"), refused.Summary(), refused.Detail()+" Applying this plan fails if rotation_triggers turns out to be changed.")
	}
	return diags
}

// planKeep plans an account whose token stays.
func (m *virtualAccountModel) planKeep(state virtualAccountModel, record *accountRecord) diag.Diagnostics {
	var diags diag.Diagnostics
	m.Status = record.PlanStatus(m.Status)
	// TrueFoundry may issue a new token for another date: a signed token contains when it expires.
	isReissued := !m.ExpirationDate.Equal(state.ExpirationDate) || !m.TokenType.Equal(state.TokenType)
	if isReissued {
		m.planToken()
	} else {
		m.RotationDueAt = m.planDueAt(state, record)
	}
	secret, previous := rotation.NoSecret(), rotation.NoSecret()
	m.Previous = state.Previous.Plan(record.Record)
	if m.storesToken() {
		previous, _ = m.PlanStored(state.Rotating, m.previousSecret())
	}
	switch {
	case !m.storesToken():
	case isReissued, !state.storesToken():
		secret = m.planRead(state)
	default:
		secret, diags = m.PlanStored(state.Rotating, state.storedSecret())
	}
	m.setSecret(secret)
	m.setPreviousSecret(previous)
	diags.Append(m.warnings(state, record)...)
	return diags
}

// planDueAt plans when the token is due that the account keeps.
func (m *virtualAccountModel) planDueAt(state virtualAccountModel, record *accountRecord) rotation.TimeText {
	isChanged, known := m.IsRescheduled(state.Rotating)
	isChanged = isChanged || m.hasMapping() != state.hasMapping() || m.IdentityProviderMapping.IsUnknown()
	switch {
	case !isChanged:
		return state.RotationDueAt
	case !known, m.IdentityProviderMapping.IsUnknown():
		return rotation.UnknownTime()
	}
	return record.dueAt(*m)
}

// planRotate plans an account that gets a new token. Which token is the previous one then, and for how long it works, is known after
// the apply.
func (m *virtualAccountModel) planRotate(state virtualAccountModel) {
	m.planToken()
	m.setSecret(m.planMint())
	m.Previous = rotation.NoPrevious()
	if m.Overlap.IsUnknown() || m.overlap() > 0 {
		m.PreviousID, m.PreviousRevokedAfter = types.StringUnknown(), rotation.UnknownTime()
		m.setPreviousSecret(m.planRead(state))
	}
}

// planToken plans the attributes of a token that is issued in the apply.
func (m *virtualAccountModel) planToken() {
	m.JWTID, m.Status, m.ExpiresAt, m.SecretVersion = types.StringUnknown(), types.StringUnknown(), rotation.UnknownTime(), types.Int64Unknown()
	m.RotationDueAt = rotation.UnknownTime()
}

// planMint plans the secret of a new token.
func (m *virtualAccountModel) planMint() rotation.StoredSecret {
	if !m.storesToken() {
		return rotation.NoSecret()
	}
	return m.PlanMint()
}

// planRead plans a secret that is either read again or taken from the state.
func (m *virtualAccountModel) planRead(state virtualAccountModel) rotation.StoredSecret {
	secret := m.planMint()
	if m.storesToken() && !state.EncryptedSecret.IsNull() {
		// What is encrypted already stays so.
		secret.Encrypted = types.StringUnknown()
	}
	return secret
}

// warnings are those of a plan in which the token stays.
func (m *virtualAccountModel) warnings(state virtualAccountModel, record *accountRecord) diag.Diagnostics {
	about := rotation.Subject{
		Words: virtualAccountNoun.Words, Name: state.subject(), EndsByItself: true, RotatesByItself: !m.AutoRotate.IsNull(),
		MintedAt: record.minted(state), EndIsFixed: !m.ExpirationDate.IsNull(),
	}
	var diags diag.Diagnostics
	if day := state.ExpirationDate.ValueString(); record.Ending && day != "" && m.ExpirationDate.Equal(state.ExpirationDate) {
		// No rotation helps against the end of the account.
		about.RotatesByItself = true
		diags.AddAttributeWarning(path.Root("expiration_date"), about.Words+" expires soon",
			"The account "+about.Name+" expires on "+day+", with all its tokens. Set a later expiration_date in time. The provider's expiry_warning sets how early this warning appears.")
	}
	arguments := m.Rotating
	if m.hasMapping() {
		// Then it rotates nothing.
		arguments.RotateBeforeExpiry, arguments.RotateAfter = rotation.DurationText{}, rotation.DurationText{}
	}
	diags.Append(about.Warnings(arguments, state.Previous, m.ExpiresAt, record.Record)...)
	return diags
}

// warnPermissions says what it means that permissions are not in the configuration any more.
func (m *virtualAccountModel) warnPermissions() diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root(permissionsAttribute), "Removing permissions revokes no access",
		"The configuration of "+m.subject()+" no longer sets permissions. TrueFoundry leaves the access of the account as it is, and the state keeps showing it. "+
			"To revoke access, set permissions to those that should remain, or remove the account's role bindings in TrueFoundry. Plans repeat this warning until an apply changes something else about the account.")
}

// warnExpired says what has expired, and what to do about it.
func (m *virtualAccountModel) warnExpired(isDue bool) diag.Diagnostic {
	about := m.subject()
	switch {
	case !m.ExpirationDate.IsNull():
		about = "The account " + about + " has expired. Set a later expiration_date to reactivate it; it is not replaced."
	case isDue && !m.hasMapping():
		about = "The token of the account " + about + " expired" + since(rotation.Instant(m.ExpiresAt)) + ". It is planned for rotation in place."
	default:
		about = "The token of the account " + about + " expired" + since(rotation.Instant(m.ExpiresAt)) + ". " + m.howToRotate() + ", and set rotate_before_expiry to have that done in time."
	}
	return diag.NewWarningDiagnostic(virtualAccountNoun.Words+" has expired", about)
}
