package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

var _ ephemeral.EphemeralResource = decryptedSecret{}

// decryptedSecret is an ephemeral resource that opens nothing on any server, and so has nothing to close.
type decryptedSecret struct{}

func newDecryptedSecret() ephemeral.EphemeralResource { return decryptedSecret{} }

type decryptedSecretModel struct {
	EncryptedSecret types.String `tfsdk:"encrypted_secret"`
	Identity        types.String `tfsdk:"identity"`
	Secret          types.String `tfsdk:"secret"`
}

// Metadata implements [ephemeral.EphemeralResource].
func (decryptedSecret) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_decrypted_secret"
}

// Schema implements [ephemeral.EphemeralResource].
func (decryptedSecret) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Decrypts a secret that `encrypt_secret_to` has encrypted, to pass it to a write-only argument or a provider block without storing it in plain text. It does the same as the function `provider::mint::decrypt`, with two differences. The result is always ephemeral, whether or not the identity is. And a saved plan contains nothing of it, whereas Terraform records a digest of a function's result. The provider sends nothing to any system.",
		Attributes: map[string]schema.Attribute{
			rotation.EncryptedSecretArgument: schema.StringAttribute{
				Optional: true, MarkdownDescription: encryptedSecretDescription + " If it is null, as for a token without `encrypt_secret_to`, `secret` is null.",
			},
			rotation.IdentityArgument: schema.StringAttribute{
				Required: true, Sensitive: true, MarkdownDescription: identityDescription + " May be ephemeral.",
			},
			"secret": schema.StringAttribute{
				Computed: true, Sensitive: true, MarkdownDescription: "The plain secret.",
			},
		},
	}
}

// Open implements [ephemeral.EphemeralResource].
func (decryptedSecret) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model decryptedSecretModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	secret, problem := rotation.Decrypt(model.EncryptedSecret, model.Identity)
	if problem != nil {
		resp.Diagnostics.AddAttributeError(path.Root(problem.Argument), "Unable to decrypt the secret",
			"Attribute "+problem.Argument+" "+problem.Text+".")
		return
	}
	model.Secret = secret
	resp.Diagnostics.Append(resp.Result.Set(ctx, &model)...)
}
