package rotation

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Policy is what a resource's state and the provider block ask for over time; zero durations ask for nothing.
type Policy struct {
	// Lead is rotate_before_expiry.
	Lead time.Duration
	// Warning is the provider's expiry_warning.
	Warning time.Duration
	// Expected is how long a token would live that is minted now, as far as that can be told; see [Record.Expected].
	Expected time.Duration
}

// Life is what is known of a token's generations; nil times are absent.
type Life struct {
	// ExpiresAt is the real end of the current generation, nil for never.
	ExpiresAt *time.Time
	// HasPrevious is set while a previous generation is kept, which is to be revoked after PreviousRevokedAfter.
	HasPrevious          bool
	PreviousRevokedAfter *time.Time
}

// Verdict is what the clock says about a token. Read takes it and keeps it in private state; ModifyPlan obeys it, because
// Terraform plans a second time when it applies, with a later clock, and both plans must agree.
type Verdict struct {
	// Due asks for a rotation: less than rotate_before_expiry is left.
	Due bool `json:"due,omitempty"`
	// Ending asks for a warning: less than expiry_warning is left.
	Ending bool `json:"ending,omitempty"`
	// PreviousDue asks for the previous generation's revocation: its overlap is over.
	PreviousDue bool `json:"previous_due,omitempty"`
}

// Judge takes the verdict.
func Judge(policy Policy, life Life, now time.Time) Verdict {
	left := func(within time.Duration) bool {
		return within > 0 && life.ExpiresAt != nil && life.ExpiresAt.Sub(now) <= within
	}
	return Verdict{
		Due:         left(policy.Lead) && !isFutile(policy.Lead, policy.Expected),
		Ending:      left(policy.Warning) && !Expired(life.ExpiresAt, now),
		PreviousDue: life.HasPrevious && (life.PreviousRevokedAfter == nil || Expired(life.PreviousRevokedAfter, now)),
	}
}

// isFutile reports a rotation that would be due again as soon as it is done.
func isFutile(lead, expected time.Duration) bool { return expected > 0 && expected <= lead }

// Cause is why a token that exists gives way to a new generation.
type Cause string

// The causes, strongest first: what has ended anyway needs no overlap.
const (
	// CauseNone keeps the token.
	CauseNone Cause = ""
	// CauseMissing is a token that was deleted outside Terraform while the generation before it is still alive.
	CauseMissing Cause = "missing"
	// CauseExpired is a token past its end.
	CauseExpired Cause = "expired"
	// CauseSecretLost is a token whose secret nobody has, because it could not be kept when it was minted.
	CauseSecretLost Cause = "secret lost"
	// CauseTriggered is a change of rotation_triggers.
	CauseTriggered Cause = "triggered"
	// CauseDue is a token of which less than rotate_before_expiry is left.
	CauseDue Cause = "due"
	// CauseChanged is a change of another argument that only a new token can have.
	CauseChanged Cause = "changed"
)

// Ended reports that nobody can use the current generation, so that nothing of it is kept alive.
func (c Cause) Ended() bool { return c == CauseMissing || c == CauseExpired || c == CauseSecretLost }

// CauseOf decides whether a token gives way, from configuration, state and Read's verdict. An edit of rotate_before_expiry
// alone never rotates, but one that is still unknown, or that only asks for more, does not stop a rotation that is due.
func CauseOf(plan, state Rotating, status types.String, record Record) Cause {
	switch {
	case status.ValueString() == StatusMissing:
		return CauseMissing
	case status.ValueString() == StatusExpired:
		return CauseExpired
	case record.SecretLost:
		return CauseSecretLost
	case Triggered(state.RotationTriggers, plan.RotationTriggers):
		return CauseTriggered
	case record.Due && stillDue(plan.RotateBeforeExpiry, state.RotateBeforeExpiry):
		return CauseDue
	}
	return CauseNone
}

func stillDue(planned, judged timetypes.GoDuration) bool {
	if planned.IsUnknown() {
		return true
	}
	lead, isSet := Duration(planned)
	had, wasSet := Duration(judged)
	return isSet && wasSet && lead >= had
}

// Way is what a plan does with a token.
type Way int

// The ways.
const (
	// Stays keeps the token.
	Stays Way = iota
	// Replaced destroys the resource and creates it anew, in the order that its lifecycle says.
	Replaced
	// InPlace mints the next generation in place; the one before stays alive for the overlap.
	InPlace
	// Created mints the first token of a resource.
	Created
)

// HangsOnOverlap reports that it cannot be told yet how a token gives way.
func HangsOnOverlap(cause Cause, overlap attr.Value) bool {
	return overlap.IsUnknown() && cause != CauseNone && cause != CauseMissing
}

// WayOf decides how a token gives way: in place where an overlap is wanted, and where a replacement would kill the
// previous generation although it is the only one left.
func WayOf(cause Cause, overlap attr.Value) Way {
	switch {
	case cause == CauseNone:
		return Stays
	case cause == CauseMissing, !overlap.IsNull():
		return InPlace
	}
	return Replaced
}
