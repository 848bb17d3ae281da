package rotation

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Policy is what a resource's state and the provider block ask for over time; zero durations ask for nothing.
type Policy struct {
	// RotateBefore is rotate_before_expiry, and RotateAfter rotate_after.
	RotateBefore, RotateAfter time.Duration
	// Warning is the provider's expiry_warning.
	Warning time.Duration
	// Expected is how long a token would live that is minted now, as far as that can be told; see [Record.Expected].
	Expected time.Duration
}

// Life is what is known of a token's generations; nil times are absent.
type Life struct {
	// MintedAt is when the current generation was minted; see [Record.Minted].
	MintedAt *time.Time
	// ExpiresAt is the real end of the current generation, nil for never.
	ExpiresAt *time.Time
	// HasPrevious is set while a previous generation is kept, which is to be revoked after PreviousRevokedAfter.
	HasPrevious          bool
	PreviousRevokedAfter *time.Time
}

// Decision is what the clock says about a token. Read takes it and keeps it in private state; ModifyPlan obeys it, because
// Terraform plans a second time when it applies, with a later clock, and both plans must agree.
type Decision struct {
	// Due asks for a rotation: less than rotate_before_expiry is left. Aged does so, too: the token is older than rotate_after.
	Due  bool `json:"due,omitempty"`
	Aged bool `json:"aged,omitempty"`
	// Ending asks for a warning: less than expiry_warning is left.
	Ending bool `json:"ending,omitempty"`
	// PreviousDue asks for the previous generation's revocation: its overlap is over.
	PreviousDue bool `json:"previous_due,omitempty"`
}

// Evaluate takes the decision.
func Evaluate(policy Policy, life Life, now time.Time) Decision {
	left := func(within time.Duration) bool {
		return within > 0 && life.ExpiresAt != nil && life.ExpiresAt.Sub(now) <= within
	}
	return Decision{
		Due:         Expired(policy.beforeExpiry(life), now),
		Aged:        Expired(policy.byAge(life), now),
		Ending:      left(policy.Warning) && !Expired(life.ExpiresAt, now),
		PreviousDue: life.HasPrevious && (life.PreviousRevokedAfter == nil || Expired(life.PreviousRevokedAfter, now)),
	}
}

// IsDue reports whether time asks for a rotation.
func (d Decision) IsDue() bool { return d.Due || d.Aged }

// Status is the status of a token that the decision is about, from what is known of it otherwise: that it is due is the reason that the
// plan of its rotation shows. What has ended says that.
func (d Decision) Status(known types.String) types.String {
	if known.ValueString() == StatusExpired || known.ValueString() == StatusMissing || !d.IsDue() {
		return known
	}
	return types.StringValue(StatusDue)
}

// PlanStatus plans the status of a token that stays: one that was due is not any more, because the argument that said so has been edited. An
// edit never rotates; whether the token is due by the new one is for the next refresh to find.
func (d Decision) PlanStatus(state types.String) types.String {
	if d.IsDue() && state.ValueString() == StatusDue {
		return types.StringValue(StatusActive)
	}
	return state
}

// Applied is the decision after an apply, which has left a token with a status: only a refresh finds that a token is due.
func (d Decision) Applied(status types.String) Decision {
	isDue := status.ValueString() == StatusDue
	d.Due, d.Aged = d.Due && isDue, d.Aged && isDue
	return d
}

// isFutile reports a rotation that would be due again as soon as it is done.
func isFutile(lead, expected time.Duration) bool { return expected > 0 && expected <= lead }

// Reason is why a token that exists gives way to a new generation.
type Reason string

// The causes, strongest first: what has ended anyway needs no overlap.
const (
	// ReasonNone keeps the token.
	ReasonNone Reason = ""
	// ReasonMissing is a token that was deleted outside Terraform while the previous token is still alive.
	ReasonMissing Reason = "missing"
	// ReasonExpired is a token past its end.
	ReasonExpired Reason = "expired"
	// ReasonSecretLost is a token whose secret nobody has, because it could not be kept when it was minted.
	ReasonSecretLost Reason = "secret lost"
	// ReasonTriggered is a change of rotation_triggers.
	ReasonTriggered Reason = "triggered"
	// ReasonDue is a token of which less than rotate_before_expiry is left, or that is older than rotate_after.
	ReasonDue Reason = "due"
	// ReasonChanged is a change of another argument that only a new token can have.
	ReasonChanged Reason = "changed"
)

// Ended reports that nobody can use the current generation, so that nothing of it is kept alive.
func (c Reason) Ended() bool {
	return c == ReasonMissing || c == ReasonExpired || c == ReasonSecretLost
}

// ByItself reports what time or the server brings about, as opposed to an edit of the configuration. A plan only warns of what prevents
// it, because Terraform also plans before it destroys.
func (c Reason) ByItself() bool { return c.Ended() || c == ReasonDue }

// ReasonFor decides whether a token gives way, from configuration, state and Read's decision. An edit of rotate_before_expiry
// or rotate_after alone never rotates, but one that is still unknown, or that only asks for an earlier rotation, does not stop one that is due.
func ReasonFor(plan, state Rotating, status types.String, record Record) Reason {
	switch {
	case status.ValueString() == StatusMissing:
		return ReasonMissing
	case status.ValueString() == StatusExpired:
		return ReasonExpired
	case record.SecretLost:
		return ReasonSecretLost
	case Triggered(state.RotationTriggers, plan.RotationTriggers):
		return ReasonTriggered
	case record.Due && stillDue(plan.RotateBeforeExpiry, state.RotateBeforeExpiry), record.Aged && stillAged(plan.RotateAfter, state.RotateAfter):
		return ReasonDue
	}
	return ReasonNone
}

func stillDue(planned, judged DurationText) bool {
	if planned.IsUnknown() {
		return true
	}
	lead, isSet := Duration(planned)
	had, wasSet := Duration(judged)
	return isSet && wasSet && lead >= had
}

func stillAged(planned, judged DurationText) bool {
	if planned.IsUnknown() {
		return true
	}
	age, isSet := Duration(planned)
	had, wasSet := Duration(judged)
	return isSet && wasSet && age <= had
}

// Action is what a plan does with a token.
type Action int

// The ways.
const (
	// Keep keeps the token.
	Keep Action = iota
	// Replace destroys the resource and creates it again, in the order that its lifecycle says.
	Replace
	// RotateInPlace mints the next generation in place; the previous one stays alive for the overlap.
	RotateInPlace
	// Create mints the first token of a resource.
	Create
)

// ActionFor decides how a token gives way: in place where an overlap is wanted or may be, because it is not known yet, and where a replacement would kill the
// previous generation although it is the only one left.
func ActionFor(reason Reason, overlap attr.Value) Action {
	switch {
	case reason == ReasonNone:
		return Keep
	case reason == ReasonMissing, !overlap.IsNull():
		return RotateInPlace
	}
	return Replace
}
