package provider_test

import (
	"strings"
	"testing"
	"time"

	frameworkprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/provider"
)

// providerBlock is a provider block that sets one argument and nothing else.
func providerBlock(t *testing.T, name string, value any) (tftypes.Value, frameworkprovider.SchemaResponse) {
	t.Helper()
	var resp frameworkprovider.SchemaResponse
	provider.New("test")().Schema(t.Context(), frameworkprovider.SchemaRequest{}, &resp)
	kind, isObject := resp.Schema.Type().TerraformType(t.Context()).(tftypes.Object)
	if !isObject {
		t.Fatal("the provider block is no object")
	}
	values := map[string]tftypes.Value{}
	for name, attribute := range kind.AttributeTypes {
		values[name] = tftypes.NewValue(attribute, nil)
	}
	values[name] = valueOf(kind.AttributeTypes[name], value)
	return tftypes.NewValue(kind, values), resp
}

func TestExpiryWarning(t *testing.T) {
	t.Parallel()
	const fortnight = 14 * 24 * time.Hour
	for _, c := range []struct {
		value any
		want  time.Duration
		says  string
	}{
		{nil, fortnight, ""},
		// What is not known yet cannot be waited for: a plan warns by the default.
		{tftypes.UnknownValue, fortnight, ""},
		{"48h", 48 * time.Hour, ""},
		{"3d", 72 * time.Hour, ""},
		{"0s", 0, ""},
		{"-1h", -time.Hour, "Attribute expiry_warning must be a duration that is not negative"},
		{"a week", fortnight, `Attribute expiry_warning must be a duration such as "90d" or "36h", got "a week".`},
	} {
		block, schema := providerBlock(t, "expiry_warning", c.value)
		got, _ := provider.ExpiryWarning(t.Context(), tfsdk.Config{Raw: block, Schema: schema.Schema})
		if got != c.want {
			t.Errorf("%v: %s, want %s", c.value, got, c.want)
		}
		config, err := tfprotov6.NewDynamicValue(block.Type(), block)
		if err != nil {
			t.Fatal(err)
		}
		server := providerserver.NewProtocol6(provider.New("test")())()
		answer, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: &config})
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for _, d := range answer.Diagnostics {
			said += d.Summary + ": " + d.Detail + "\n"
		}
		if (c.says == "") != (said == "") || !strings.Contains(said, c.says) {
			t.Errorf("%v: validation says %q", c.value, said)
		}
	}
}
