package rotation

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Rotating is what every token resource has of [RotatingArguments], to be embedded in its model.
type Rotating struct {
	RotationTriggers   types.Map    `tfsdk:"rotation_triggers"`
	RotateBeforeExpiry DurationText `tfsdk:"rotate_before_expiry"`
	RotateAfter        DurationText `tfsdk:"rotate_after"`
	RotationDueAt      TimeText     `tfsdk:"rotation_due_at"`
	EncryptSecretTo    types.List   `tfsdk:"encrypt_secret_to"`
	EncryptedSecret    types.String `tfsdk:"encrypted_secret"`
	SecretVersion      types.Int64  `tfsdk:"secret_version"`
}

// Previous is the previous generation, as a resource has it of [PreviousAttributes]; all null when there is
// none.
type Previous struct {
	PreviousID              types.String `tfsdk:"previous_id"`
	PreviousSecret          types.String `tfsdk:"previous_secret"`
	PreviousEncryptedSecret types.String `tfsdk:"previous_encrypted_secret"`
	PreviousRevokedAfter    TimeText     `tfsdk:"previous_revoked_after"`
}

// Generation is one token of a resource's series: its id, and its secret in plain or encrypted.
type Generation struct {
	ID     types.String
	Secret StoredSecret
}

// HasPrevious reports whether a previous generation is kept.
func (p Previous) HasPrevious() bool { return p.PreviousID.ValueString() != "" }

// NoPrevious is a resource without a previous generation.
func NoPrevious() Previous {
	return Previous{types.StringNull(), types.StringNull(), types.StringNull(), TimeText{}}
}

// PlanNext plans what is the previous generation after a rotation in place: the current one, until a time that only the
// apply tells. One that has ended makes no previous generation; then the one that is there stays, unless its overlap is over.
func (p Previous) PlanNext(current Generation, reason Reason, due bool) Previous {
	switch {
	case reason.Ended() && due:
		return NoPrevious()
	case reason.Ended():
		return p
	}
	return Previous{
		PreviousID: current.ID, PreviousSecret: current.Secret.Plain, PreviousEncryptedSecret: current.Secret.Encrypted,
		PreviousRevokedAfter: UnknownTime(),
	}
}

// Next is the outcome of a rotation in place, which has happened: the previous generation, and the ids that have no place
// any more and are to be revoked. The current one, with its expiry, is kept for the overlap from now on, but not beyond its
// expiry; what was kept before makes way, and so does what has had its overlap.
func (p Previous) Next(current Generation, end *time.Time, overlap time.Duration, now time.Time, reason Reason, due bool) (Previous, []string) {
	var gone []string
	if p.HasPrevious() && (due || !reason.Ended()) {
		gone = append(gone, p.PreviousID.ValueString())
	}
	next := p.PlanNext(current, reason, due)
	switch {
	case reason == ReasonMissing:
		return next, gone
	case reason.Ended():
		return next, append(gone, current.ID.ValueString())
	case overlap <= 0:
		return NoPrevious(), append(gone, current.ID.ValueString())
	}
	until := now.Add(overlap)
	if end != nil && end.Before(until) {
		until = *end
	}
	next.PreviousRevokedAfter = TimeValue(&until)
	return next, gone
}

// Plan plans the previous generation of a token that stays: revoked when that is due, and else as it is. A revocation that
// is still pending from an earlier apply shows as a time that is not known yet, so that Terraform applies it.
func (p Previous) Plan(record Record) Previous {
	if p.HasPrevious() && record.PreviousDue {
		return NoPrevious()
	}
	if record.revocable() {
		p.PreviousRevokedAfter = UnknownTime()
	}
	return p
}

// Life is what a state knows of its generations, given when the current one was minted and its real end.
func (p Previous) Life(mintedAt, expiresAt *time.Time) Life {
	return Life{MintedAt: mintedAt, ExpiresAt: expiresAt, HasPrevious: p.HasPrevious(), PreviousRevokedAfter: Instant(p.PreviousRevokedAfter)}
}
