package truefoundry

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure = (*personalAccessTokenEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithClose     = (*personalAccessTokenEphemeral)(nil)
)

type personalAccessTokenEphemeral = lifecycle.Ephemeral[*api.Client, personalAccessTokenLoan, personalAccessTokenModel, *personalAccessTokenLoan, *personalAccessTokenModel, api.ServiceAccount]

func newPersonalAccessTokenEphemeral() ephemeral.EphemeralResource {
	return lifecycle.NewEphemeral[*api.Client, personalAccessTokenLoan](personalAccessTokenNoun, newPersonalAccessTokenKind, "user_email")
}

// personalAccessTokenLoan is the [lifecycle.EphemeralModel].
type personalAccessTokenLoan struct {
	lifecycle.Lent
	lifecycle.LentName
	UserEmail types.String `tfsdk:"user_email"`
	TeamName  types.String `tfsdk:"team_name"`
	TokenType types.String `tfsdk:"token_type"`
	Secret    types.String `tfsdk:"token"`
	Owner     types.Object `tfsdk:"owner"`
	CreatedBy types.Object `tfsdk:"created_by"`
}

func (*personalAccessTokenLoan) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A personal access token on TrueFoundry for the duration of one run: it is minted when Terraform needs it, revoked at the end of the run, and never stored. It belongs to the user whose key the provider uses or, with `user_email`, to another user.\n\nNewer control planes do not let a personal access token create personal access tokens. There, set `api_key` to the token of a virtual account that has the role of a tenant administrator, and set `user_email`. TrueFoundry may not show other users' tokens to that key. The provider then cannot revoke the token, warns of it, and the token works until it expires: keep `lifetime` short.",
		Attributes: lifecycle.EphemeralAttributes(
			lifecycle.LentArguments("TrueFoundry cannot extend a token, so the lifetime must be longer than the run. The expiry is rounded up to a whole minute. A tenant may limit how long tokens live."),
			lifecycle.LentNameArguments(append(prefixRules(), notSystemMade{})...),
			map[string]schema.Attribute{
				"user_email": schema.StringAttribute{
					Optional: true, Validators: emailRules(),
					MarkdownDescription: "The e-mail address of another user, to whom the token belongs. Without it the token belongs to the user whose key the provider uses. It requires a newer control plane, and as `api_key` the token of a virtual account that has the role of a tenant administrator.",
				},
				"team_name": schema.StringAttribute{
					Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
					MarkdownDescription: "The team that the token belongs to. Some tenants require one. With `user_email` the owner must be a member of the team.",
				},
				"token_type": schema.StringAttribute{
					Optional: true, Validators: []validator.String{stringvalidator.OneOf(tokenTypeJWT, tokenTypeOpaque), stringvalidator.ConflictsWith(path.MatchRoot("user_email"))},
					MarkdownDescription: "The form of the token: `jwt` or `opaque`. Default: the tenant's setting. Conflicts with `user_email`.",
				},
				"token": schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "The token itself."},
				"owner": schema.SingleNestedAttribute{
					Computed: true, MarkdownDescription: "The user that the token belongs to. Null where TrueFoundry does not report it.",
					Attributes: map[string]schema.Attribute{
						"id":   schema.StringAttribute{Computed: true, MarkdownDescription: ownerID},
						"name": schema.StringAttribute{Computed: true, MarkdownDescription: ownerName},
					},
				},
				"created_by": schema.SingleNestedAttribute{
					Computed: true, MarkdownDescription: "Who created the token. Null where TrueFoundry does not show the token to the provider.",
					Attributes: map[string]schema.Attribute{
						"type": schema.StringAttribute{Computed: true, MarkdownDescription: "The kind of subject, such as `user` or `virtualaccount`."},
						"id":   schema.StringAttribute{Computed: true, MarkdownDescription: "The subject's id."},
						"name": schema.StringAttribute{Computed: true, MarkdownDescription: "The subject's e-mail address or name; null where TrueFoundry does not report it."},
					},
				},
			}),
	}
}

// Token implements [lifecycle.EphemeralModel].
func (m *personalAccessTokenLoan) Token(time.Duration) *personalAccessTokenModel {
	token := &personalAccessTokenModel{UserEmail: m.UserEmail, TeamName: m.TeamName, TokenType: m.TokenType}
	token.Owner, token.CreatedBy = types.ObjectUnknown(rotation.OwnerTypes()), types.ObjectUnknown(subjectTypes())
	token.NamePrefix = m.NamePrefix
	return token
}

// Show implements [lifecycle.EphemeralModel].
func (m *personalAccessTokenLoan) Show(token *personalAccessTokenModel) {
	m.Name, m.Secret, m.Owner, m.CreatedBy = token.Name, token.Secret, token.Owner, token.CreatedBy
}

// Verify implements [lifecycle.Verifier].
func (k personalAccessTokenKind) Verify(ctx context.Context, _ string, secret rest.Secret) error {
	return k.client.Verify(ctx, secret)
}
