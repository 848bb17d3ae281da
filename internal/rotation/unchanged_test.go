package rotation_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

func mixed(elements map[string]attr.Value) types.Map {
	return types.MapValueMust(types.StringType, elements)
}

// TestAsIfUnchanged: what is not known yet may turn out as it was; what is known to have changed has changed.
func TestAsIfUnchanged(t *testing.T) {
	t.Parallel()
	null, unknown := types.MapNull(types.StringType), types.MapUnknown(types.StringType)
	for name, c := range map[string]struct {
		state, plan types.Map
		// rotates is whether the plan asks for a rotation, and still whether it does so however the unknown turns out.
		rotates, still bool
	}{
		"none":                         {null, null, false, false},
		"the same":                     {triggers("a", "1"), triggers("a", "1"), false, false},
		"changed":                      {triggers("a", "1"), triggers("a", "2"), true, true},
		"unknown":                      {triggers("a", "1"), unknown, true, false},
		"an element unknown":           {triggers("a", "1"), mixed(map[string]attr.Value{"a": types.StringUnknown()}), true, false},
		"unknown, and one is new":      {triggers("a", "1"), mixed(map[string]attr.Value{"a": types.StringUnknown(), "b": types.StringValue("1")}), true, true},
		"unknown, and one changed":     {triggers("a", "1", "b", "1"), mixed(map[string]attr.Value{"a": types.StringUnknown(), "b": types.StringValue("2")}), true, true},
		"a new element, unknown":       {triggers("a", "1"), mixed(map[string]attr.Value{"a": types.StringValue("1"), "b": types.StringUnknown()}), true, true},
		"an element gone, one to come": {triggers("a", "1", "b", "1"), mixed(map[string]attr.Value{"a": types.StringUnknown()}), true, true},
		"added, unknown":               {null, unknown, false, false},
		"removed":                      {triggers("a", "1"), null, false, false},
	} {
		state, plan := rotation.Rotating{RotationTriggers: c.state}, rotation.Rotating{RotationTriggers: c.plan}
		if got := rotation.Triggered(c.state, c.plan); got != c.rotates {
			t.Errorf("%s: rotates %t", name, got)
		}
		before := c.plan.String()
		if got := rotation.Triggered(c.state, plan.AsIfUnchanged(state).RotationTriggers); got != c.still {
			t.Errorf("%s: rotates %t, whatever comes", name, got)
		}
		if c.plan.String() != before {
			t.Errorf("%s: the plan itself has changed to %s", name, c.plan)
		}
		// Whoever only asks whether a rotation is certain may be too careful, and never too sure.
	}
	due := rotation.Record{Decision: rotation.Decision{Due: true}}
	state := rotation.Rotating{RotateBeforeExpiry: duration(day)}
	plan := rotation.Rotating{RotateBeforeExpiry: rotation.DurationText{StringValue: types.StringUnknown()}}
	if rotation.ReasonFor(plan, state, types.StringNull(), due) != rotation.ReasonDue ||
		rotation.ReasonFor(plan.AsIfUnchanged(state), state, types.StringNull(), due) != rotation.ReasonNone {
		t.Error("a lead that is not known yet makes a rotation certain, or none")
	}
	if rotation.ReasonFor(state.AsIfUnchanged(state), state, types.StringNull(), due) != rotation.ReasonDue {
		t.Error("a lead that is known makes no certain rotation")
	}
}
