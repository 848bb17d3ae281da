package truefoundry

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// accountRecord is what a virtual account remembers beside its state, in the one record of [rotation.Record].
type accountRecord struct {
	rotation.Record
	accountMemory
}

// accountMemory is what only this kind of token remembers.
type accountMemory struct {
	issued
	// Permissions is set where the last apply sent permissions.
	Permissions bool `json:"permissions,omitempty"`
	// GraceUnit is the unit of grace periods to begin with, where the control plane has ignored the other one.
	GraceUnit string `json:"grace_unit,omitempty"`
}

// issued is when the active token was issued, for control planes that do not tell it in every answer.
type issued struct {
	JWTID string    `json:"jwt_id,omitempty"`
	At    time.Time `json:"at"`
	// Bounded is set where the account had an expiration_date: this token then does not tell how long the next one lives once the
	// account has none.
	Bounded bool `json:"bounded,omitempty"`
}

// The first version had two more keys beside the record.
const (
	oldNormalizedKey = "echoes"
	oldIssuedKey     = "issue"
)

func loadAccountRecord(ctx context.Context, private rotation.PrivateReader) (*accountRecord, diag.Diagnostics) {
	record, diags := rotation.LoadRecord(ctx, private)
	loaded := &accountRecord{Record: record}
	remembered := record.Extra
	if record.Version == 0 {
		answers, _ := private.GetKey(ctx, oldNormalizedKey)
		remembered, _ = private.GetKey(ctx, oldIssuedKey)
		answered, _ := decode[api.Manifest](answers)
		for _, f := range manifestFields() {
			if raw, ok := answered[f.attribute]; ok {
				value, _ := f.read(api.Manifest{f.key: raw})
				loaded.Normalize(f.attribute, value)
			}
		}
	}
	// What cannot be read counts as not remembered.
	loaded.accountMemory, _ = decode[accountMemory](remembered)
	return loaded, diags
}

// encode returns how the record is saved.
func (r *accountRecord) encode() []byte {
	r.Extra = mustJSON(r.accountMemory)
	return mustJSON(r.Record)
}

// save writes the record if it says something new: Terraform tells any change of private state as one that was made outside of it.
func (r *accountRecord) save(ctx context.Context, private rotation.PrivateWriter) diag.Diagnostics {
	if r.isSaved(ctx, private) {
		return nil
	}
	diags := r.Save(ctx, private)
	for _, key := range []string{oldNormalizedKey, oldIssuedKey} {
		diags.Append(private.SetKey(ctx, key, nil)...)
	}
	return diags
}

// isSaved reports whether the record says nothing new.
func (r *accountRecord) isSaved(ctx context.Context, private rotation.PrivateReader) bool {
	stored, _ := loadAccountRecord(ctx, private)
	return bytes.Equal(r.encode(), stored.encode())
}

// noteIssued notes when the active token was issued: as the row tells, or else at the moment of the mint; nil for a token that was
// not minted now.
func (r *accountRecord) noteIssued(account api.ServiceAccount, state virtualAccountModel, minted *time.Time) {
	at, id := minted, state.JWTID.ValueString()
	if r.issued.JWTID == "" && !r.issued.At.IsZero() {
		// The answer to the mint did not tell the id.
		r.issued.JWTID = id
	}
	if jwt := account.ActiveJWT(); jwt != nil && jwt.CreatedAt != nil {
		at = jwt.CreatedAt
	}
	if at != nil {
		wasBounded := minted == nil && r.issued.Bounded && r.issued.JWTID == id
		r.issued = issued{JWTID: id, At: *at, Bounded: wasBounded || !state.ExpirationDate.IsNull()}
	}
}

// minted is when the active token was issued, as far as that is known, or when a refresh first saw it.
func (r *accountRecord) minted(state virtualAccountModel) *time.Time {
	if r.issued.At.IsZero() || r.issued.JWTID != state.JWTID.ValueString() {
		return r.FirstSeen
	}
	return &r.issued.At
}

// noteToken notes, after a refresh, when the active token was minted, and its version.
func (r *accountRecord) noteToken(state *virtualAccountModel, before virtualAccountModel, now time.Time) {
	isReissued := state.isReissued(before)
	if isReissued {
		r.FirstSeen = nil
	}
	minted := r.minted(*state)
	if minted == nil {
		minted, r.FirstSeen = &now, &now
	}
	if isReissued {
		state.SecretVersion = rotation.NextVersion(before.SecretVersion, *minted)
	}
	state.SecretVersion = rotation.FillVersion(state.SecretVersion, *cmp.Or(rotation.Instant(state.CreatedAt), minted))
}

// expectedLife is how long a token lives that is issued now, if that can be told from the active one; else 0.
func (r *accountRecord) expectedLife(state virtualAccountModel) time.Duration {
	if r.issued.At.IsZero() || r.issued.JWTID != state.JWTID.ValueString() || r.issued.Bounded || !state.ExpirationDate.IsNull() {
		return 0
	}
	return r.Expected(0, &r.issued.At, rotation.Instant(state.ExpiresAt))
}

// accountEnd is when the account itself expires, with all its tokens; nil for never.
func (m *virtualAccountModel) accountEnd() *time.Time {
	if day, readable := api.ParseEnd(m.ExpirationDate.ValueString()); readable {
		return day.Moment()
	}
	return nil
}

// schedule is what the arguments of an account ask for over time, and what is known of its token. No rotation changes when an account
// expires, and TrueFoundry refuses one of an account with a mapping.
func (r *accountRecord) schedule(m virtualAccountModel, warning time.Duration) (rotation.Policy, rotation.Life) {
	policy := m.Policy(warning, r.expectedLife(m))
	// TrueFoundry revokes the previous token by itself.
	known := rotation.Life{MintedAt: r.minted(m), ExpiresAt: rotation.Instant(m.ExpiresAt)}
	if !m.ExpirationDate.IsNull() {
		policy.RotateBefore = 0
	}
	if known.ExpiresAt == nil {
		known.ExpiresAt = m.accountEnd()
	}
	if m.hasMapping() {
		policy.RotateBefore, policy.RotateAfter = 0, 0
	}
	return policy, known
}

// dueAt is when time alone rotates the token. That it expires does not, and an account that has expired is not rotated.
func (r *accountRecord) dueAt(m virtualAccountModel) rotation.TimeText {
	due, end := rotation.DueAt(r.schedule(m, 0)), m.accountEnd()
	if due != nil && end != nil && !due.Before(*end) {
		due = nil
	}
	return rotation.TimeValue(due)
}

// evaluate decides about an account as it is now known. Only a refresh decides that a rotation is due: an edit of rotate_before_expiry
// must not rotate in a plan without a refresh.
func (r *accountRecord) evaluate(state virtualAccountModel, warning time.Duration, now time.Time, refreshes bool) {
	policy, known := r.schedule(state, warning)
	r.Decision = rotation.Evaluate(policy, known, now)
	r.Aged = r.Aged && !rotation.Expired(state.accountEnd(), now)
	if !refreshes {
		r.Decision = r.Applied(state.Status)
	}
}

// dropRevoked reads what a row says about the earlier tokens: when the previous one expires, and which are to be dropped, because they
// have expired or were revoked outside Terraform.
func (m *virtualAccountModel) dropRevoked(account api.ServiceAccount, record *accountRecord, now time.Time) {
	id, until := m.PreviousID.ValueString(), rotation.Instant(m.PreviousRevokedAfter)
	if jwt := account.IssuedJWT(id); until != nil && jwt != nil && jwt.Expiry != nil && jwt.Expiry.Before(*until) {
		until = jwt.Expiry
		m.PreviousRevokedAfter = rotation.TimeValue(until)
	}
	if rotation.Expired(until, now) || id != "" && hasEnded(account, id, now) {
		m.Previous = rotation.NoPrevious()
	}
	for _, id := range slices.Clone(record.Pending) {
		if hasEnded(account, id, now) {
			record.DropPending(id)
		}
	}
}

// hasEnded reports whether a row that shows the issued tokens lacks one, or shows that it has expired. Some rows name the active token without
// showing any.
func hasEnded(account api.ServiceAccount, id string, now time.Time) bool {
	if !showsTokens(account) {
		return false
	}
	jwt := account.IssuedJWT(id)
	return jwt == nil || rotation.Expired(jwt.Expiry, now)
}

// showsTokens reports whether a row shows the issued tokens, the active one among them.
func showsTokens(account api.ServiceAccount) bool {
	return account.JWTID != nil && account.ActiveJWT() != nil
}
