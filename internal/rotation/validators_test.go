package rotation_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

func TestPositiveDuration(t *testing.T) {
	t.Parallel()
	for value, fails := range map[types.String]bool{
		types.StringNull():          false,
		types.StringUnknown():       false,
		types.StringValue("720h"):   false,
		types.StringValue("1h30m"):  false,
		types.StringValue("1ns"):    false,
		types.StringValue("0s"):     true,
		types.StringValue("0"):      true,
		types.StringValue("-1h"):    true,
		types.StringValue("-0.5ns"): true,
		// The attribute's type complains about these.
		types.StringValue("30 days"): false,
		types.StringValue(""):        false,
	} {
		req := validator.StringRequest{Path: path.Root("lifetime"), ConfigValue: value}
		var resp validator.StringResponse
		rotation.PositiveDuration().ValidateString(t.Context(), req, &resp)
		if resp.Diagnostics.HasError() != fails {
			t.Errorf("%s: %v", value, resp.Diagnostics)
		}
		for _, d := range resp.Diagnostics {
			want := `Attribute lifetime must be a duration longer than zero, such as "90d" or "36h", got ` + value.String() + "."
			if d.Summary() != "Invalid duration" || d.Detail() != want {
				t.Errorf("%s: %s", d.Summary(), d.Detail())
			}
		}
	}
	var resp validator.StringResponse
	rotation.PositiveDuration().ValidateString(t.Context(), validator.StringRequest{Path: path.Root("lifetime"), ConfigValue: types.StringValue(strings.Repeat("0", 5000) + "s")}, &resp)
	for _, d := range resp.Diagnostics {
		if len(d.Detail()) > 300 {
			t.Errorf("a long value is repeated: %s", d.Detail())
		}
	}
	v := rotation.PositiveDuration()
	if v.Description(t.Context()) == "" || v.Description(t.Context()) != v.MarkdownDescription(t.Context()) {
		t.Error("the validator is not described")
	}
}
