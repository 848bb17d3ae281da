package truefoundry

import (
	"bytes"
	"context"
	"encoding/json"
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
	// saved is the record as private state has it; nil where it has none.
	saved []byte
}

// accountMemory is what only virtual accounts remember.
type accountMemory struct {
	Answered normalized `json:"answered,omitempty"`
	Issued   issued     `json:"issued,omitzero"`
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
	take := func(raw []byte, into any) {
		// What cannot be read counts as not remembered.
		if len(raw) > 0 {
			_ = json.Unmarshal(raw, into)
		}
	}
	take(record.Extra, &loaded.accountMemory)
	if record.Extra == nil {
		for key, into := range map[string]any{oldNormalizedKey: &loaded.Answered, oldIssuedKey: &loaded.Issued} {
			raw, more := private.GetKey(ctx, key)
			diags.Append(more...)
			take(raw, into)
		}
	}
	loaded.saved = loaded.encode()
	return loaded, diags
}

// encode brings the memory into the record, and returns how that is saved.
func (r *accountRecord) encode() []byte {
	r.Extra = mustJSON(r.accountMemory)
	return mustJSON(r.Record)
}

// save writes the record if it has changed: Terraform tells any change of private state as one that was made outside of it.
func (r *accountRecord) save(ctx context.Context, private rotation.PrivateWriter) diag.Diagnostics {
	now := r.encode()
	if bytes.Equal(now, r.saved) {
		return nil
	}
	r.saved = now
	diags := r.Save(ctx, private)
	for _, key := range []string{oldNormalizedKey, oldIssuedKey} {
		diags.Append(private.SetKey(ctx, key, nil)...)
	}
	return diags
}

// noteIssued notes when the active token was issued: as the row tells, or else at the moment of the mint; nil for a token that was
// not minted now.
func (r *accountRecord) noteIssued(account api.ServiceAccount, state virtualAccountModel, minted *time.Time) {
	at, id := minted, state.JWTID.ValueString()
	if jwt := account.ActiveJWT(); jwt != nil && jwt.CreatedAt != nil {
		at = jwt.CreatedAt
	}
	if at != nil {
		wasBounded := minted == nil && r.Issued.Bounded && r.Issued.JWTID == id
		r.Issued = issued{JWTID: id, At: *at, Bounded: wasBounded || !state.ExpirationDate.IsNull()}
	}
}

// expectedLife is how long a token lives that is issued now, if that can be told from the active one; else 0.
func (r *accountRecord) expectedLife(state virtualAccountModel) time.Duration {
	if r.Issued.At.IsZero() || r.Issued.JWTID != state.JWTID.ValueString() || r.Issued.Bounded || !state.ExpirationDate.IsNull() {
		return 0
	}
	return r.Expected(0, &r.Issued.At, rotation.Instant(state.ExpiresAt))
}

// evaluate decides about an account as it is now known. Only a refresh decides that a rotation is due: an edit of rotate_before_expiry
// must not rotate in a plan without a refresh.
func (r *accountRecord) evaluate(state virtualAccountModel, warning time.Duration, now time.Time, refreshes bool) {
	end := rotation.Instant(state.ExpiresAt)
	if day, readable := api.ParseEnd(state.ExpirationDate.ValueString()); end == nil && readable {
		end = day.Moment()
	}
	lead, _ := rotation.Duration(state.RotateBeforeExpiry)
	policy := rotation.Policy{Lead: lead, Warning: warning, Expected: r.expectedLife(state)}
	// TrueFoundry revokes the previous token by itself.
	r.Verdict = rotation.Judge(policy, rotation.Life{ExpiresAt: end}, now)
	// A rotation does not change when the account expires.
	r.Due = r.Due && refreshes && state.ExpirationDate.IsNull()
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
	for _, id := range slices.Clone(record.Owed) {
		if hasEnded(account, id, now) {
			record.Settle(id)
		}
	}
}

// hasEnded reports whether a row that shows the issued tokens lacks one, or shows that it has expired. Some rows name the active token without
// showing any.
func hasEnded(account api.ServiceAccount, id string, now time.Time) bool {
	if account.JWTID == nil || account.ActiveJWT() == nil {
		return false
	}
	jwt := account.IssuedJWT(id)
	return jwt == nil || rotation.Expired(jwt.Expiry, now)
}
