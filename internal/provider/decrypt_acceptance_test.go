package provider_test

import (
	"errors"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	tf "github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/tokenmint/terraform-provider-mint/internal/provider"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// encryptedToken is a configuration of a token whose secret only the identity can decrypt; the identity is a variable with more
// arguments.
func encryptedToken(sb *sandboxtest.Sandbox, recipient, identity, variable string) string {
	return sb.ProviderBlock() + fmt.Sprintf(`
variable "identity" {
  type      = string
  sensitive = true
  default   = %q
  %s
}
resource "mint_sailpoint_personal_access_token" "test" {
  name              = "ci"
  scope             = ["sp:my-personal-access-tokens:read"]
  lifetime          = "720h"
  encrypt_secret_to = [%q]
}
`, identity, variable, recipient)
}

// decryptFactories serve the provider, and one that puts ephemeral values into the state, where a test can see them.
func decryptFactories() map[string]func() (tfprotov6.ProviderServer, error) {
	env := system.Env{Now: time.Now, Getenv: func(string) string { return "" }, Version: "test"}
	return map[string]func() (tfprotov6.ProviderServer, error){
		"mint": providerserver.NewProtocol6WithError(provider.NewIn(env)()), "echo": echoprovider.NewProviderServer(),
	}
}

// theSecret is the secret of the one token that is alive.
func theSecret(sb *sandboxtest.Sandbox) (string, error) {
	minted := sb.Minted()
	if len(minted) != 1 {
		return "", fmt.Errorf("%d tokens are alive", len(minted))
	}
	token, found := sb.SailPoint.Token(minted[0].ID)
	if !found || token.Secret == "" {
		return "", errors.New("the emulator has no secret")
	}
	return token.Secret, nil
}

// TestAccDecrypt_function: what the function returns is the secret that the server minted, in the same apply. Of a mistake Terraform
// names the argument.
func TestAccDecrypt_function(t *testing.T) {
	sb := sandboxtest.Start(t)
	sb.RequireEmulator(t)
	identity, _ := newIdentity(t, "")
	stranger, _ := newIdentity(t, "")
	const output = `
output "secret" {
  value     = provider::mint::decrypt(mint_sailpoint_personal_access_token.test.encrypted_secret, var.identity)
  sensitive = true
}
`
	to := identity.Recipient().String()
	sb.Test(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)},
		ProtoV6ProviderFactories: decryptFactories(),
		Steps: []resource.TestStep{
			{
				Config: encryptedToken(sb, to, identity.String(), "") + output,
				Check: func(state *tf.State) error {
					want, err := theSecret(sb)
					if got := state.RootModule().Outputs["secret"].Value; err == nil && got != want {
						err = fmt.Errorf("the function returns %v", got)
					}
					return err
				},
			},
			{
				Config:      encryptedToken(sb, to, stranger.String(), "") + output,
				ExpectError: regexp.MustCompile(`Invalid value for "identity" parameter: must be the private key of a\s+recipient of the secret`),
			},
		},
	})
}

// TestAccDecrypt_ephemeral: given an ephemeral identity, both ways reach what takes ephemeral values, and Terraform stores nothing of it.
func TestAccDecrypt_ephemeral(t *testing.T) {
	sb := sandboxtest.Start(t)
	sb.RequireEmulator(t)
	identity, _ := newIdentity(t, "")
	config := encryptedToken(sb, identity.Recipient().String(), identity.String(), "ephemeral = true") + `
ephemeral "mint_decrypted_secret" "test" {
  encrypted_secret = mint_sailpoint_personal_access_token.test.encrypted_secret
  identity         = var.identity
}
ephemeral "mint_decrypted_secret" "nothing" {
  encrypted_secret = null
  identity         = var.identity
}
`
	sb.Test(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)},
		ProtoV6ProviderFactories: decryptFactories(),
		Steps: []resource.TestStep{
			{
				Config: config + `
output "secret" {
  value     = provider::mint::decrypt(mint_sailpoint_personal_access_token.test.encrypted_secret, var.identity)
  sensitive = true
}
`,
				ExpectError: regexp.MustCompile(`(?s)Ephemeral value not allowed|Output does not allow ephemeral value`),
			},
			{
				Config: config + `
provider "echo" {
  data = {
    function = provider::mint::decrypt(mint_sailpoint_personal_access_token.test.encrypted_secret, var.identity)
    resource = ephemeral.mint_decrypted_secret.test.secret
    nothing  = ephemeral.mint_decrypted_secret.nothing.secret
  }
}
resource "echo" "test" {}
`,
				Check: func(state *tf.State) error {
					want, err := theSecret(sb)
					if err != nil {
						return err
					}
					data := state.RootModule().Resources["echo.test"].Primary.Attributes
					if data["data.function"] != want || data["data.resource"] != want || data["data.nothing"] != "" {
						return fmt.Errorf("what arrives is %v", data)
					}
					return nil
				},
			},
		},
	})
}
