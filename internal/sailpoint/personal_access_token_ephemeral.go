package sailpoint

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure = (*personalAccessTokenEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithRenew     = (*personalAccessTokenEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithClose     = (*personalAccessTokenEphemeral)(nil)
)

type personalAccessTokenEphemeral = lifecycle.Ephemeral[*api.Client, personalAccessTokenLoan, personalAccessTokenModel, *personalAccessTokenLoan, *personalAccessTokenModel, api.PersonalAccessToken]

func newPersonalAccessTokenEphemeral() ephemeral.EphemeralResource {
	return lifecycle.NewEphemeral[*api.Client, personalAccessTokenLoan](personalAccessTokenNoun, newPersonalAccessTokenKind)
}

// personalAccessTokenLoan is the [lifecycle.EphemeralModel].
type personalAccessTokenLoan struct {
	lifecycle.Lent
	lifecycle.LentName
	Scope                      types.Set    `tfsdk:"scope"`
	AccessTokenValiditySeconds types.Int64  `tfsdk:"access_token_validity_seconds"`
	Secret                     types.String `tfsdk:"secret"`
	Owner                      types.Object `tfsdk:"owner"`
}

func (*personalAccessTokenLoan) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A personal access token on SailPoint Identity Security Cloud for the duration of one run, of the identity that the provider authenticates as. It is minted when Terraform needs it, revoked at the end of the run, and never stored. While it exists, it counts towards the identity's limit of 10 tokens.",
		Attributes: lifecycle.EphemeralAttributes(
			lifecycle.LentArguments("With `api_version` `v1`, `v2026` or `v2025` the expiry is extended while the run lasts. With the older versions the lifetime must be longer than the run."),
			lifecycle.LentNameArguments(stringvalidator.LengthAtLeast(1)),
			map[string]schema.Attribute{
				"scope": schema.SetAttribute{
					Required: true, ElementType: types.StringType,
					Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))},
					MarkdownDescription: "The scopes of the token, such as `sp:my-personal-access-tokens:read`; `sp:scopes:all` stands for all rights of its owner.",
				},
				"access_token_validity_seconds": schema.Int64Attribute{
					Optional: true, Validators: []validator.Int64{int64validator.Between(validityMin, validityMax)},
					MarkdownDescription: "The life of a bearer token that is obtained with this token, in seconds, from 15 to 43200. Default: the `lifetime` of the token, within these bounds. A bearer token may keep working after the token is revoked.",
				},
				"secret": schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "The token's secret; `id` is the client id for authenticating with it."},
				"owner": schema.SingleNestedAttribute{
					Computed: true, MarkdownDescription: "The identity that the token belongs to.",
					Attributes: map[string]schema.Attribute{
						"id":   schema.StringAttribute{Computed: true, MarkdownDescription: "The owner's id."},
						"name": schema.StringAttribute{Computed: true, MarkdownDescription: "The owner's display name."},
					},
				},
			}),
	}
}

// Token implements [lifecycle.EphemeralModel].
func (m *personalAccessTokenLoan) Token(lifetime time.Duration) *personalAccessTokenModel {
	token := &personalAccessTokenModel{Scope: m.Scope, AccessTokenValiditySeconds: m.AccessTokenValiditySeconds, Owner: types.ObjectUnknown(rotation.OwnerTypes())}
	token.NamePrefix = m.NamePrefix
	if m.AccessTokenValiditySeconds.IsNull() {
		token.AccessTokenValiditySeconds = types.Int64Value(min(max(int64(lifetime/time.Second), validityMin), validityMax))
	}
	return token
}

// Show implements [lifecycle.EphemeralModel].
func (m *personalAccessTokenLoan) Show(token *personalAccessTokenModel) {
	m.Name, m.Secret, m.Owner = token.Name, token.Secret, token.Owner
}

// Verify implements [lifecycle.Verifier]. How soon the tenant accepts a new token is not documented.
func (k personalAccessTokenKind) Verify(ctx context.Context, id string, secret rest.Secret) error {
	var err error
	for _, delay := range rest.LookDelays() {
		if err = k.client.Sleep(ctx, delay); err != nil {
			return err
		}
		if err = k.client.Verify(ctx, id, secret); !rest.IsLoginRefused(err) {
			return err
		}
	}
	return err
}
