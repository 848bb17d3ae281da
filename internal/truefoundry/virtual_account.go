package truefoundry

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

var virtualAccountNoun = system.Noun{System: name, Type: "virtual_account", Words: "TrueFoundry virtual account"}

// virtualAccountModel is the resource's state, plan and configuration.
type virtualAccountModel struct {
	manifestModel
	rotation.Rotating
	rotation.Previous
	ID         types.String          `tfsdk:"id"`
	Name       types.String          `tfsdk:"name"`
	Overlap    rotation.DurationText `tfsdk:"overlap"`
	StoreToken types.Bool            `tfsdk:"store_token"`
	Token      types.String          `tfsdk:"token"`
	JWTID      types.String          `tfsdk:"jwt_id"`
	CreatedBy  types.Object          `tfsdk:"created_by"`
	CreatedAt  rotation.TimeText     `tfsdk:"created_at"`
	ExpiresAt  rotation.TimeText     `tfsdk:"expires_at"`
	Status     types.String          `tfsdk:"status"`
}

// storesToken reports whether the token belongs into the state; as long as that is not known, it may. Null is an account that has been
// imported and not applied: whether its token is to be stored, and encrypted, only the configuration tells, which an import does not see.
func (m *virtualAccountModel) storesToken() bool {
	return m.StoreToken.IsUnknown() || m.StoreToken.ValueBool()
}

// overlap is how long the previous token is to work after a rotation.
func (m *virtualAccountModel) overlap() time.Duration {
	overlap, _ := rotation.Duration(m.Overlap)
	return overlap
}

// hasMapping reports whether identity provider tokens act as the account: TrueFoundry issues no new token for such a one.
func (m *virtualAccountModel) hasMapping() bool {
	return len(m.IdentityProviderMapping.Elements()) > 0
}

// storedSecret is the secret as the state stores it.
func (m *virtualAccountModel) storedSecret() rotation.StoredSecret {
	return rotation.StoredSecret{Plain: m.Token, Encrypted: m.EncryptedSecret}
}

// setSecret sets it, in a state or in a plan.
func (m *virtualAccountModel) setSecret(secret rotation.StoredSecret) {
	m.Token, m.EncryptedSecret = secret.Plain, secret.Encrypted
}

// previousSecret and setPreviousSecret do so with the previous token.
func (m *virtualAccountModel) previousSecret() rotation.StoredSecret {
	return rotation.StoredSecret{Plain: m.PreviousSecret, Encrypted: m.PreviousEncryptedSecret}
}

func (m *virtualAccountModel) setPreviousSecret(secret rotation.StoredSecret) {
	m.PreviousSecret, m.PreviousEncryptedSecret = secret.Plain, secret.Encrypted
}

// hasSecret reports whether the state has a secret, plain or encrypted.
func (m *virtualAccountModel) hasSecret() bool {
	return m.Token.ValueString() != "" || m.EncryptedSecret.ValueString() != ""
}

// storeSecret puts a secret into the state, if it belongs there.
func (m *virtualAccountModel) storeSecret(encrypter rotation.Encrypter, secret string) error {
	m.setSecret(rotation.NoSecret())
	if !m.storesToken() {
		return nil
	}
	stored, err := encrypter.Store(secret)
	m.setSecret(stored)
	return err
}

// fromAPI reads a row: what it says about the account itself. The manifest and the active token have methods of their own.
func (m *virtualAccountModel) fromAPI(account api.ServiceAccount) {
	if m.ID.IsNull() && account.CreatedAt != nil {
		// Until the account was identified, the moment of the answer stood in.
		m.CreatedAt = rotation.TimeValue(account.CreatedAt)
	}
	m.ID, m.Name = types.StringValue(account.ID), types.StringValue(account.Name)
	if subject := subjectValue(account.CreatedBy); !subject.IsNull() || m.CreatedBy.IsUnknown() {
		m.CreatedBy = subject
	}
	if account.CreatedAt != nil || m.CreatedAt.IsUnknown() {
		m.CreatedAt = sameInstant(m.CreatedAt, account.CreatedAt)
	}
}

// tokenFromAPI reads what a row says about the active token. Where it does not tell when the token expires, the known time stays as
// long as it is the same token with the same expiration_date; sameDay says so of the date. With isStale the state has the secret of an
// earlier token, and its id stays, so that the next refresh tries again.
func (m *virtualAccountModel) tokenFromAPI(account api.ServiceAccount, sameDay, isStale bool, now time.Time) {
	sameToken := account.JWTID == nil || *account.JWTID == m.JWTID.ValueString()
	if account.JWTID != nil && !isStale {
		m.JWTID = textOrNull(*account.JWTID)
	}
	end, told := account.TokenEnd()
	switch {
	case told:
		m.ExpiresAt = sameInstant(m.ExpiresAt, end.Moment())
	case m.ExpiresAt.IsUnknown() || !sameToken || !sameDay:
		m.ExpiresAt = rotation.TimeText{}
	}
	if m.JWTID.IsUnknown() {
		m.JWTID = types.StringNull()
	}
	m.Status = types.StringValue(rotation.StatusActive)
	if account.HasExpired(now) {
		m.Status = types.StringValue(rotation.StatusExpired)
	}
}

// subject names the account for a message.
func (m *virtualAccountModel) subject() string {
	if id := m.ID.ValueString(); id != "" {
		return m.Name.ValueString() + " (" + id + ")"
	}
	return m.Name.ValueString()
}

// ownAccount refuses to end a token of the account that the provider is logged in with.
func ownAccount(client *api.Client, state virtualAccountModel) diag.Diagnostics {
	return ownCredential(client, "Deleting the account "+state.subject()+", or regenerating its token without an overlap,",
		api.Holder{Kind: api.KindVirtualAccount, ID: state.ID.ValueString(), Name: state.Name.ValueString(), JWTID: state.JWTID.ValueString(), Token: state.Token.ValueString()},
		api.Holder{JWTID: state.PreviousID.ValueString(), Token: state.PreviousSecret.ValueString()})
}

// ownRotated refuses a rotation that would revoke the token that the provider is logged in with, at once or as the previous one.
func ownRotated(client *api.Client, plan, state virtualAccountModel) diag.Diagnostics {
	switch {
	case plan.overlap() == 0:
		return ownAccount(client, state)
	case state.HasPrevious():
		return ownToken(client, state, state.PreviousID.ValueString())
	}
	return nil
}

// ownToken refuses to revoke an earlier token of the account that the provider is logged in with. An opaque key tells no more than the
// account: then only a secret that the state stores in plain text tells that it is another token.
func ownToken(client *api.Client, state virtualAccountModel, id string) diag.Diagnostics {
	for _, other := range []struct{ id, secret types.String }{{state.JWTID, state.Token}, {state.PreviousID, state.PreviousSecret}} {
		if client.HoldsOwnKey(api.Holder{Token: other.secret.ValueString()}) && other.id.ValueString() != id {
			return nil
		}
	}
	return ownCredential(client, "Revoking the token "+id+" of the account "+state.subject(), api.Holder{Kind: api.KindVirtualAccount, Name: state.Name.ValueString(), JWTID: id})
}

func ownCredential(client *api.Client, doing string, holders ...api.Holder) diag.Diagnostics {
	if !slices.ContainsFunc(holders, client.HoldsOwnKey) {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("token"), "The provider is logged in with this token",
		doing+" would cut off the provider in the middle of its work, so nothing was sent. Configure the provider with another credential first and apply again, or forget the account with terraform state rm.")}
}

// tokenChanged reports whether the active token is another one than that of the state.
func (m *virtualAccountModel) tokenChanged(account api.ServiceAccount) bool {
	return account.JWTID != nil && isKnown(m.JWTID) && *account.JWTID != m.JWTID.ValueString()
}

// isReissued reports whether the state has another token than before. Where the control plane shows no ids of tokens,
// the secrets tell, but for encrypted ones, which differ each time that one secret is encrypted.
func (m *virtualAccountModel) isReissued(before virtualAccountModel) bool {
	if isKnown(m.JWTID) && isKnown(before.JWTID) {
		return !m.JWTID.Equal(before.JWTID)
	}
	one, other := m.storedSecret().Plain, before.storedSecret().Plain
	return m.JWTID.IsNull() && isKnown(one) && isKnown(other) && !one.Equal(other)
}

// readToken reads the account's secret into the state. That the control plane does not give it away is no error: isStale reports that
// the state is left with the secret of an earlier token, and a warning begins with why the secret is read; without that there is none.
func (m *virtualAccountModel) readToken(ctx context.Context, client *api.Client, encrypter rotation.Encrypter, id, why string) (isStale bool, diags diag.Diagnostics, err error) {
	if !m.storesToken() {
		return false, nil, nil
	}
	secret, err := client.GetVirtualAccountToken(ctx, id)
	if api.IsRefusal(err) {
		if why != "" {
			diags.Append(m.warnUnread(why, err))
		}
		return m.hasSecret(), diags, nil
	}
	if err == nil {
		err = m.storeSecret(encrypter, secret.Reveal())
	}
	return false, nil, err
}

// warnUnread says that a token could not be read, and what the state has instead.
func (m *virtualAccountModel) warnUnread(why string, refusal error) diag.Diagnostic {
	stored := "The state has no token."
	if m.hasSecret() {
		stored = "The state has the previous token, which expires with its grace period, or has expired."
	}
	return diag.NewWarningDiagnostic("The token of a TrueFoundry virtual account could not be read",
		fmt.Sprintf("%s, and TrueFoundry refused to show the token of %s: %s. %s %s, or set store_token = false if consumers take it from a secret store.",
			why, m.subject(), refusal, stored, m.howToRotate()))
}

// howToRotate advises how to have a new token issued. To add rotation_triggers is not enough.
func (m *virtualAccountModel) howToRotate() string {
	if m.hasMapping() {
		return "TrueFoundry issues no new token for an account that has an identity_provider_mapping: remove it, and change rotation_triggers, which must have been applied once before"
	}
	if m.RotationTriggers.IsNull() {
		return "Add rotation_triggers and apply, then change it and apply again to have a new token issued"
	}
	return "Change rotation_triggers to have a new token issued"
}
