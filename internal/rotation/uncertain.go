package rotation

import (
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
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
	case CauseNone, CauseMissing, CauseExpired, CauseChanged:
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
