package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

var _ function.Function = decryptFunction{}

// The parameters of the function and the arguments of the ephemeral resource mean the same.
const (
	encryptedSecretDescription = "The encrypted secret in age's armored text form, such as the attribute `encrypted_secret` of a token or the output of `age --armor`."
	identityDescription        = "The private key of one of the recipients: a line that begins with `AGE-SECRET-KEY-`, or an SSH private key (ed25519 or RSA, without a passphrase) as `ssh-keygen` writes it. " +
		"It may be the content of a key file with several keys of either kind, one of which must match."
)

type decryptFunction struct{}

func newDecryptFunction() function.Function { return decryptFunction{} }

// Metadata implements [function.Function].
func (decryptFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "decrypt"
}

// Definition implements [function.Function].
func (decryptFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary:             "Decrypts a secret that encrypt_secret_to has encrypted.",
		MarkdownDescription: "Returns the plain secret of a token that `encrypt_secret_to` has encrypted, to pass it on without storing it in plain text. With an ephemeral identity, such as a variable with `ephemeral = true`, the result is ephemeral as well: Terraform accepts it only where it stores nothing, such as in a write-only argument or a provider block. With any other identity, Terraform stores the result in plain text in the plan and the state wherever it is used. The result is null if an argument is null, and unknown while an argument is unknown. OpenTofu 1.12 cannot pass null to a provider function: if the secret may be null there, use the ephemeral resource `mint_decrypted_secret`. The provider sends nothing to any system.",
		Parameters: []function.Parameter{
			function.StringParameter{
				Name: rotation.EncryptedSecretArgument, AllowNullValue: true,
				MarkdownDescription: encryptedSecretDescription,
			},
			function.StringParameter{
				Name: rotation.IdentityArgument, AllowNullValue: true,
				MarkdownDescription: identityDescription,
			},
		},
		Return: function.StringReturn{},
	}
}

// Run implements [function.Function].
func (decryptFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var encrypted, identity types.String
	if resp.Error = req.Arguments.Get(ctx, &encrypted, &identity); resp.Error != nil {
		return
	}
	secret, problem := rotation.Decrypt(encrypted, identity)
	if problem != nil {
		position := map[string]int64{rotation.EncryptedSecretArgument: 0, rotation.IdentityArgument: 1}[problem.Argument]
		resp.Error = function.NewArgumentFuncError(position, problem.Text)
		return
	}
	resp.Error = resp.Result.Set(ctx, secret)
}
