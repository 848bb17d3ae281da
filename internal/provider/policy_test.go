package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/provider"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// TestPolicy: what is not set, or not known yet, asks for nothing.
func TestPolicy(t *testing.T) {
	t.Parallel()
	const longest = 90 * 24 * time.Hour
	for name, c := range map[string]struct {
		value any
		want  rotation.Guardrails
		says  string
	}{
		"none":           {nil, rotation.Guardrails{}, ""},
		"not known":      {tftypes.UnknownValue, rotation.Guardrails{}, ""},
		"empty":          {arguments{}, rotation.Guardrails{}, ""},
		"all":            {arguments{"max_lifetime": "90d", "require_rotation": true, "require_encryption": true}, rotation.Guardrails{MaxLifetime: longest, RequireRotation: true, RequireEncryption: true}, ""},
		"all denied":     {arguments{"max_lifetime": "90d", "require_rotation": false, "require_encryption": false}, rotation.Guardrails{MaxLifetime: longest}, ""},
		"partly unknown": {arguments{"max_lifetime": tftypes.UnknownValue, "require_rotation": tftypes.UnknownValue, "require_encryption": true}, rotation.Guardrails{RequireEncryption: true}, ""},
		"an empty life":  {arguments{"max_lifetime": "0s"}, rotation.Guardrails{}, "Attribute policy.max_lifetime must be a duration longer than zero"},
		"no duration":    {arguments{"max_lifetime": "3 months"}, rotation.Guardrails{}, `Attribute policy.max_lifetime must be a duration such as "90d"`},
	} {
		block, schema := providerBlock(t, "policy", c.value)
		got, diags := provider.Guardrails(t.Context(), tfsdk.Config{Raw: block, Schema: schema.Schema})
		if got != c.want || diags.HasError() && c.says == "" {
			t.Errorf("%s: %+v, %v", name, got, diags)
		}
		config, err := tfprotov6.NewDynamicValue(block.Type(), block)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := providerserver.NewProtocol6(provider.New("test")())().ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: &config})
		if err != nil {
			t.Fatal(err)
		}
		if text := said(answer.Diagnostics); (c.says == "") != (text == "") || !strings.Contains(text, c.says) {
			t.Errorf("%s: validation says %q", name, text)
		}
	}
}
