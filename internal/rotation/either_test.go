package rotation_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

func TestEither(t *testing.T) {
	t.Parallel()
	a, b, unknown := types.StringValue("a"), types.StringValue("b"), types.StringUnknown()
	if got := rotation.Either(a, types.StringValue("a"), unknown); !got.Equal(a) {
		t.Errorf("two that are the same make %s", got)
	}
	for _, other := range []types.String{b, types.StringNull(), unknown} {
		if got := rotation.Either(a, other, unknown); !got.IsUnknown() {
			t.Errorf("%s or %s makes %s", a, other, got)
		}
	}
}

// TestRotating_asIfUnchanged asks for no rotation for the sake of a value to come, and for one for the sake of any other.
func TestRotating_asIfUnchanged(t *testing.T) {
	t.Parallel()
	triggers := func(of map[string]attr.Value) types.Map { return types.MapValueMust(types.StringType, of) }
	had := triggers(map[string]attr.Value{"a": types.StringValue("1"), "b": types.StringValue("2")})
	for name, c := range map[string]struct {
		planned types.Map
		asks    bool
	}{
		"all to come":              {types.MapUnknown(types.StringType), false},
		"one to come":              {triggers(map[string]attr.Value{"a": types.StringUnknown(), "b": types.StringValue("2")}), false},
		"one to come, one changed": {triggers(map[string]attr.Value{"a": types.StringUnknown(), "b": types.StringValue("3")}), true},
		"one to come, one removed": {triggers(map[string]attr.Value{"a": types.StringUnknown()}), true},
		"one to come, one added":   {triggers(map[string]attr.Value{"a": types.StringUnknown(), "b": types.StringValue("2"), "c": types.StringUnknown()}), true},
		"none":                     {types.MapNull(types.StringType), false},
		"as before":                {had, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state := rotation.Rotating{RotationTriggers: had}
			plan := rotation.Rotating{RotationTriggers: c.planned, RotateBeforeExpiry: timetypes.NewGoDurationUnknown()}
			resolved := plan.AsIfUnchanged(state)
			if !resolved.RotateBeforeExpiry.IsNull() {
				t.Errorf("rotate_before_expiry is %s", resolved.RotateBeforeExpiry)
			}
			if got := rotation.CauseOf(resolved, state, types.StringValue(rotation.StatusActive), rotation.Record{Verdict: rotation.Verdict{Due: true}}); (got != rotation.CauseNone) != c.asks {
				t.Errorf("the cause is %q", got)
			}
		})
	}
}
