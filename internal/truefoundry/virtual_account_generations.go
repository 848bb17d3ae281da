package truefoundry

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// issue is when the active token was issued, for control planes that do not tell it in every answer.
type issue struct {
	JWTID string    `json:"jwt_id,omitempty"`
	At    time.Time `json:"at"`
	// Bounded is set where the account had an end: that of the token says nothing about the next one's when the account's is gone.
	Bounded bool `json:"bounded,omitempty"`
}

// issueKey is where it stands in private state.
const issueKey = "issue"

func loadIssue(ctx context.Context, private rotation.PrivateReader) (issue, diag.Diagnostics) {
	var known issue
	raw, diags := private.GetKey(ctx, issueKey)
	if len(raw) > 0 {
		_ = json.Unmarshal(raw, &known)
	}
	return known, diags
}

func (i issue) save(ctx context.Context, private rotation.PrivateWriter) diag.Diagnostics {
	return private.SetKey(ctx, issueKey, mustJSON(i))
}

// issueOf is the issue of the active token: as the row tells it, or else now.
func issueOf(account api.ServiceAccount, state virtualAccountModel, now time.Time) issue {
	if jwt := account.ActiveJWT(); jwt != nil && jwt.CreatedAt != nil {
		now = *jwt.CreatedAt
	}
	return issue{JWTID: state.JWTID.ValueString(), At: now, Bounded: !state.ExpirationDate.IsNull()}
}

// expectedLife is how long a token lives that is issued now, if that can be told from the active one; else 0.
func (i issue) expectedLife(state virtualAccountModel, record rotation.Record) time.Duration {
	if i.At.IsZero() || i.JWTID != state.JWTID.ValueString() || i.Bounded || !state.ExpirationDate.IsNull() {
		return 0
	}
	return record.Expected(0, &i.At, rotation.Instant(state.ExpiresAt))
}

// cause is why a plan gives the account a new token. An account that has expired is not rotated for that: a later expiration_date
// mends it.
func (m *virtualAccountModel) cause(state virtualAccountModel, record rotation.Record) rotation.Cause {
	return rotation.CauseOf(m.Rotating, state.Rotating, types.StringNull(), record)
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

// judge takes the verdict about an account that has been read.
func (m *virtualAccountModel) judge(account api.ServiceAccount, issued issue, record *rotation.Record, warning time.Duration, now time.Time) {
	end := rotation.Instant(m.ExpiresAt)
	if end == nil {
		end = account.End().Moment()
	}
	lead, _ := rotation.Duration(m.RotateBeforeExpiry)
	policy := rotation.Policy{Lead: lead, Warning: warning, Expected: issued.expectedLife(*m, *record)}
	// TrueFoundry ends the previous generation by itself.
	record.Verdict = rotation.Judge(policy, rotation.Life{ExpiresAt: end}, now)
	if !m.ExpirationDate.IsNull() {
		// No rotation moves the account's end.
		record.Due = false
	}
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
func (m *virtualAccountModel) forgetEnded(account api.ServiceAccount, record *rotation.Record, now time.Time) {
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
