package rotation_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

type written struct {
	Name   types.String          `tfsdk:"name"`
	Scope  types.Set             `tfsdk:"scope"`
	Labels types.Map             `tfsdk:"labels"`
	Lead   rotation.DurationText `tfsdk:"lead"`
	Number types.Int64           `tfsdk:"number"`
}

func writtenSchema() schema.Schema {
	return schema.Schema{Attributes: map[string]schema.Attribute{
		"name":   schema.StringAttribute{Required: true},
		"scope":  schema.SetAttribute{Optional: true, ElementType: types.StringType},
		"labels": schema.MapAttribute{Optional: true, ElementType: types.StringType},
		"lead":   schema.StringAttribute{Optional: true, CustomType: rotation.DurationType{}},
		"number": schema.Int64Attribute{Computed: true},
	}}
}

// TestWriteModel writes and reads what the framework does.
func TestWriteModel(t *testing.T) {
	t.Parallel()
	declared := writtenSchema()
	for name, m := range map[string]written{
		"known": {
			types.StringValue("a"), types.SetValueMust(types.StringType, nil), triggers("a", "1"),
			rotation.DurationText{StringValue: types.StringValue("90d")},
			types.Int64Value(7),
		},
		"null and unknown": {
			types.StringNull(), types.SetUnknown(types.StringType), types.MapNull(types.StringType),
			rotation.DurationText{StringValue: types.StringUnknown()},
			types.Int64Unknown(),
		},
	} {
		state := tfsdk.State{Schema: declared}
		if diags := state.Set(t.Context(), &m); diags.HasError() {
			t.Fatal(diags)
		}
		var raw tftypes.Value
		if diags := rotation.WriteModel(t.Context(), &m, declared, &raw); diags.HasError() || !raw.Equal(state.Raw) {
			t.Errorf("%s: wrote %s instead of %s: %v", name, raw, state.Raw, diags)
		}
		var read written
		if diags := rotation.ReadModel(t.Context(), raw, declared, &read); diags.HasError() || !rotation.IsEqual(&read, &m) {
			t.Errorf("%s: read %v: %v", name, read, diags)
		}
	}
}

// TestReadState fails at a text that is no duration, in the framework's words; one that is not known is none yet.
func TestReadState(t *testing.T) {
	t.Parallel()
	declared := writtenSchema()
	for name, c := range map[string]struct {
		lead  types.String
		fails bool
	}{
		"a duration": {types.StringValue("90d"), false}, "none": {types.StringNull(), false}, "not known": {types.StringUnknown(), false},
		"no duration": {types.StringValue("90 days"), true},
	} {
		m := written{Lead: rotation.DurationText{StringValue: c.lead}, Labels: types.MapNull(types.StringType), Scope: types.SetNull(types.StringType)}
		state := tfsdk.State{Schema: declared}
		if diags := rotation.WriteModel(t.Context(), &m, declared, &state.Raw); diags.HasError() {
			t.Fatal(diags)
		}
		var read, got written
		diags := rotation.ReadState(t.Context(), state.Raw, declared, &read)
		if want := state.Get(t.Context(), &got); diags.HasError() != c.fails || !slices.EqualFunc(diags, want, diag.Diagnostic.Equal) {
			t.Errorf("%s: %v instead of %v", name, diags, want)
		}
		if !c.fails && !rotation.IsEqual(&read, &got) {
			t.Errorf("%s: read %v", name, read)
		}
	}
	if diags := rotation.ReadState(t.Context(), tftypes.NewValue(tftypes.String, "a"), declared, &written{}); !diags.HasError() {
		t.Error("a text is read as a state")
	}
}

// TestWriteModel_misfit: a model that is not of the schema writes nothing.
func TestWriteModel_misfit(t *testing.T) {
	t.Parallel()
	before := tftypes.NewValue(tftypes.String, "before")
	for name, m := range map[string]any{
		"untyped elements": &written{Name: types.StringValue("a"), Labels: triggers("a", "1")},
		"another type":     &written2{},
		"too few attributes": &struct {
			Name types.String `tfsdk:"name"`
		}{},
	} {
		raw := before
		diags := rotation.WriteModel(t.Context(), m, writtenSchema(), &raw)
		if !diags.HasError() || !raw.Equal(before) || !strings.Contains(diags[0].Summary(), "Provider bug") {
			t.Errorf("%s: wrote %s: %v", name, raw, diags)
		}
	}
}

// written2 has a number where the schema has a text.
type written2 struct {
	Name   types.Int64  `tfsdk:"name"`
	Scope  types.Set    `tfsdk:"scope"`
	Labels types.Map    `tfsdk:"labels"`
	Lead   types.String `tfsdk:"lead"`
	Number types.Int64  `tfsdk:"number"`
}
