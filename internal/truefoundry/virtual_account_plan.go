package truefoundry

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// checkPolicy refuses rotate_before_expiry where it would rotate in every run, or beside TrueFoundry's own rotation.
func checkPolicy(config virtualAccountModel) diag.Diagnostics {
	var diags diag.Diagnostics
	at := path.Root("rotate_before_expiry")
	if !config.RotateBeforeExpiry.IsNull() && isKnown(config.ExpirationDate) {
		diags.AddAttributeError(at, "The token would be rotated in every run",
			"With expiration_date every token of the account expires on the same day, a new one as soon as the previous one. "+
				"Remove "+at.String()+", and set a later expiration_date in time; or remove expiration_date.")
	}
	if !config.RotateBeforeExpiry.IsNull() && isKnown(config.AutoRotate) {
		diags.AddAttributeError(at, "TrueFoundry rotates the token by itself",
			"With auto_rotate the control plane rotates the token, and "+at.String()+" would rotate it, too. Set one of the two.")
	}
	return diags
}

// checkName warns of a name under which an account exists, while it is still a plan; the creation refuses it. An error in the plan that
// Terraform makes again while it applies would keep a replaced account from being put back. It asks for the one list that all objects
// share, which also tries the key.
func (r *virtualAccountResource) checkName(ctx context.Context, client *api.Client, plan virtualAccountModel) diag.Diagnostics {
	var diags diag.Diagnostics
	all, err := client.ListVirtualAccounts(ctx)
	if err != nil && !r.Shared(err) {
		diags.Append(r.Failure(system.Create, err))
	}
	// An account that is in a state will be gone: its replacement is being planned.
	if left := named(all, plan.Name.ValueString()); len(left) > 0 && !r.Connection().Remembers(left[0].ID) {
		diags.AddAttributeWarning(path.Root("name"), "The name is taken by another TrueFoundry virtual account", nameTaken(left[0]).Error()+". Applying this plan fails.")
	}
	return diags
}

func nameTaken(account api.ServiceAccount) error {
	return fmt.Errorf("%q is the name of a virtual account that exists, with the id %s. Creating it again would take it over. Choose another name, or manage the one that exists: "+
		"terraform import <the resource's address> %s. If it is the one that is to be replaced, remove create_before_destroy: TrueFoundry has one account of a name", account.Name, account.ID, account.ID)
}

// planCreate completes the plan of a new account.
func (m *virtualAccountModel) planCreate(config virtualAccountModel) {
	m.Permissions = config.Permissions
	m.setSecret(m.planMint())
	m.Previous = rotation.NoPrevious()
}

// planUpdate completes the plan of an account that exists, and reports whether it rotates. Where it hangs on an argument that is not
// known yet, both outcomes are planned, and what they do not have in common is unknown.
func (m *virtualAccountModel) planUpdate(ctx context.Context, config, state virtualAccountModel, record rotation.Record) (bool, diag.Diagnostics) {
	m.Permissions = config.Permissions
	rotation.KeepOmitted(m, &config, &state, "id", "jwt_id", "created_by", "created_at", "expires_at", "status")
	if record.Imported {
		rotation.KeepOmitted(m, &config, &state, permissionsAttribute)
	}
	kept := *m
	diags := kept.planKeep(state, record)
	isRotated, isCertain := rotates(m.Rotating, state, record), rotates(m.AsIfUnchanged(state.Rotating), state, record)
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

// rotates reports whether the account gets a new token. That it has expired is no reason: a later expiration_date reactivates it.
func rotates(arguments rotation.Rotating, state virtualAccountModel, record rotation.Record) bool {
	return rotation.ReasonFor(arguments, state.Rotating, types.StringNull(), record) != rotation.ReasonNone
}

// planKeep plans an account whose token stays.
func (m *virtualAccountModel) planKeep(state virtualAccountModel, record rotation.Record) diag.Diagnostics {
	var diags diag.Diagnostics
	m.Status = record.PlanStatus(m.Status)
	// TrueFoundry may issue a new token for another date: a signed token contains when it expires.
	isReissued := !m.ExpirationDate.Equal(state.ExpirationDate) || !m.TokenType.Equal(state.TokenType)
	if isReissued {
		m.planToken()
	}
	secret, previous := rotation.NoSecret(), rotation.NoSecret()
	m.Previous = state.Previous.Plan(record)
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

// planRotate plans an account that gets a new token. Which token is the previous one then, and for how long it works, is known after
// the apply.
func (m *virtualAccountModel) planRotate(state virtualAccountModel) {
	m.planToken()
	m.setSecret(m.planMint())
	m.Previous = rotation.NoPrevious()
	if m.Overlap.IsUnknown() || m.Overlap.ValueInt64() > 0 {
		m.PreviousID, m.PreviousRevokedAfter = types.StringUnknown(), rotation.UnknownTime()
		m.setPreviousSecret(m.planRead(state))
	}
}

// planToken plans the attributes of a token that is issued in the apply.
func (m *virtualAccountModel) planToken() {
	m.JWTID, m.Status, m.ExpiresAt = types.StringUnknown(), types.StringUnknown(), rotation.UnknownTime()
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
func (m *virtualAccountModel) warnings(state virtualAccountModel, record rotation.Record) diag.Diagnostics {
	about := rotation.Subject{
		Words: virtualAccountNoun.Words, Name: state.subject(), EndsByItself: true, RotatesByItself: !m.AutoRotate.IsNull(),
	}
	var diags diag.Diagnostics
	if day := state.ExpirationDate.ValueString(); record.Ending && day != "" && m.ExpirationDate.Equal(state.ExpirationDate) {
		// No rotation helps against the end of the account.
		about.RotatesByItself = true
		diags.AddAttributeWarning(path.Root("expiration_date"), about.Words+" expires soon",
			"The account "+about.Name+" expires on "+day+", with all its tokens. Set a later expiration_date in time. The provider's expiry_warning sets how early this warning comes.")
	}
	diags.Append(about.Warnings(m.Rotating, state.Previous, m.ExpiresAt, record)...)
	return diags
}

// warnExpired says what has expired, and what to do about it.
func (m *virtualAccountModel) warnExpired(isDue bool) diag.Diagnostic {
	about := m.subject()
	switch {
	case !m.ExpirationDate.IsNull():
		about = "The account " + about + " has expired. Set a later expiration_date to reactivate it; it is not replaced."
	case isDue:
		about = "The token of the account " + about + " expired" + since(rotation.Instant(m.ExpiresAt)) + ". It is planned for rotation in place."
	default:
		about = "The token of the account " + about + " expired" + since(rotation.Instant(m.ExpiresAt)) + ". " + m.howToRotate() + ", and set rotate_before_expiry to have that done in time."
	}
	return diag.NewWarningDiagnostic(virtualAccountNoun.Words+" has expired", about)
}
