package rotation

import "time"

// Policy is what the arguments ask for over time, with the provider's expiry_warning and the life that a new token is expected to
// have; see [Record.Expected].
func (m Rotating) Policy(warning, expected time.Duration) Policy {
	lead, _ := Duration(m.RotateBeforeExpiry)
	age, _ := Duration(m.RotateAfter)
	return Policy{RotateBefore: lead, RotateAfter: age, Warning: warning, Expected: expected}
}

// beforeExpiry is when rotate_before_expiry rotates a token; nil for never. A rotation that would be due again as soon as it is done is
// none.
func (p Policy) beforeExpiry(life Life) *time.Time {
	if p.RotateBefore <= 0 || life.ExpiresAt == nil || isFutile(p.RotateBefore, p.Expected) {
		return nil
	}
	at := life.ExpiresAt.Add(-p.RotateBefore)
	return &at
}

// byAge is when rotate_after rotates a token; nil for never.
func (p Policy) byAge(life Life) *time.Time {
	if p.RotateAfter <= 0 || life.MintedAt == nil {
		return nil
	}
	at := life.MintedAt.Add(p.RotateAfter)
	return &at
}

// DueAt is when rotate_before_expiry or rotate_after rotates a token, whichever does so first; nil for never. It reads no clock, so a plan
// may promise it. [Evaluate] says that the token is due from that moment on.
func DueAt(policy Policy, life Life) *time.Time {
	return Earliest(policy.beforeExpiry(life), policy.byAge(life))
}

// Earliest is the first of several moments; those that are nil never come.
func Earliest(moments ...*time.Time) *time.Time {
	var first *time.Time
	for _, at := range moments {
		if at != nil && (first == nil || at.Before(*first)) {
			first = at
		}
	}
	return first
}

// IsRescheduled reports whether a plan may change when a token is due, as far as its shared arguments go, and whether that follows from
// what is known.
func (m Rotating) IsRescheduled(state Rotating) (isChanged, isKnown bool) {
	isChanged = !m.RotateBeforeExpiry.Equal(state.RotateBeforeExpiry) || !m.RotateAfter.Equal(state.RotateAfter)
	return isChanged, !m.RotateBeforeExpiry.IsUnknown() && !m.RotateAfter.IsUnknown()
}
