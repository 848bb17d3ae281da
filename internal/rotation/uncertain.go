package rotation

import (
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// IsCertain reports whether the cause stands, whatever the arguments of the plan turn out to be that are not known yet. A plan of
// a rotation in place that is not certain may only promise what holds without the rotation, too; see [Previous.Either]. Of
// [CauseChanged] the caller knows which arguments it comes from.
func (c Cause) IsCertain(plan Rotating) bool {
	switch c {
	case CauseTriggered:
		if plan.RotationTriggers.IsUnknown() {
			return false
		}
		for _, element := range plan.RotationTriggers.Elements() {
			if element.IsUnknown() {
				return false
			}
		}
	case CauseDue:
		return !plan.RotateBeforeExpiry.IsUnknown()
	case CauseNone, CauseMissing, CauseExpired, CauseSecretLost, CauseChanged:
	}
	return true
}

// EitherHeld is the plan of a secret that turns out as one of two.
func EitherHeld(a, b Held) Held {
	return Held{Plain: Either(a.Plain, b.Plain, types.StringUnknown()), Sealed: Either(a.Sealed, b.Sealed, types.StringUnknown())}
}

// Either is the plan of a previous generation that turns out as one of two.
func (p Previous) Either(other Previous) Previous {
	p.PreviousID = Either(p.PreviousID, other.PreviousID, types.StringUnknown())
	p.PreviousSecret = Either(p.PreviousSecret, other.PreviousSecret, types.StringUnknown())
	p.PreviousEncryptedSecret = Either(p.PreviousEncryptedSecret, other.PreviousEncryptedSecret, types.StringUnknown())
	p.PreviousRevokedAfter = Either(p.PreviousRevokedAfter, other.PreviousRevokedAfter, timetypes.NewRFC3339Unknown())
	return p
}

// Either plans a value of which it is not known yet whether it will be the one or the other: unknown, unless they are the
// same. It serves a change that hangs on a value to come, which may turn out to be none.
func Either[T attr.Value](one, other, unknown T) T {
	if one.Equal(other) {
		return one
	}
	return unknown
}

// AsIfUnchanged returns the arguments with every value that is not known yet as if it turned out not to ask for a rotation:
// triggers as they were, and no rotate_before_expiry.
func (m Rotating) AsIfUnchanged(state Rotating) Rotating {
	if m.RotateBeforeExpiry.IsUnknown() {
		m.RotateBeforeExpiry = timetypes.NewGoDurationNull()
	}
	if m.RotationTriggers.IsUnknown() {
		m.RotationTriggers = state.RotationTriggers
		return m
	}
	before := state.RotationTriggers.Elements()
	elements := m.RotationTriggers.Elements()
	for key, value := range elements {
		if had, ok := before[key]; ok && value.IsUnknown() {
			elements[key] = had
		}
	}
	if !m.RotationTriggers.IsNull() {
		m.RotationTriggers = types.MapValueMust(types.StringType, elements)
	}
	return m
}
