package rotation

import (
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

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
