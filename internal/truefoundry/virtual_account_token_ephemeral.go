package truefoundry

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

var virtualAccountTokenNoun = system.Noun{System: name, Type: "virtual_account_token", Words: "TrueFoundry virtual account token"}

var _ ephemeral.EphemeralResourceWithConfigure = (*virtualAccountTokenEphemeral)(nil)

// virtualAccountTokenEphemeral reads the active token of an account that exists. It mints nothing, so there is nothing to renew or to close.
type virtualAccountTokenEphemeral struct {
	system.EphemeralBase[*api.Client]
}

func newVirtualAccountTokenEphemeral() ephemeral.EphemeralResource {
	return &virtualAccountTokenEphemeral{system.NewEphemeralBase[*api.Client](virtualAccountTokenNoun)}
}

// virtualAccountTokenModel is the configuration and the result.
type virtualAccountTokenModel struct {
	accountKey
	Verify    types.Bool        `tfsdk:"verify"`
	Token     types.String      `tfsdk:"token"`
	JWTID     types.String      `tfsdk:"jwt_id"`
	ExpiresAt rotation.TimeText `tfsdk:"expires_at"`
}

// Schema implements [ephemeral.EphemeralResource].
func (*virtualAccountTokenEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The active token of an existing virtual account on TrueFoundry, read for the duration of one run and never stored. The ephemeral resource mints no token, and revokes none at the end of the run: the account's other consumers use the same token.\n\nThe provider's key must be allowed to manage the account. An opaque token usually cannot be read again after it was issued, and reading it is then an error.",
		Attributes: map[string]schema.Attribute{
			"id":     schema.StringAttribute{Optional: true, Computed: true, Validators: accountKeyRules(), MarkdownDescription: accountIDArgument},
			"name":   schema.StringAttribute{Optional: true, Computed: true, MarkdownDescription: accountNameArgument},
			"verify": schema.BoolAttribute{Optional: true, MarkdownDescription: "`true` logs in with the token first. If that fails, the run stops. Default `false`."},
			"token":  schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "The token itself."},
			"jwt_id": schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the token. Null where the control plane does not show it."},
			"expires_at": schema.StringAttribute{
				Computed: true, CustomType: rotation.TimeType{}, MarkdownDescription: "When the token expires, as an RFC 3339 time in UTC. Null means never. Where the control plane shows only the account's expiration date, it is the beginning of that day.",
			},
		},
	}
}

// Open implements [ephemeral.EphemeralResource].
func (e *virtualAccountTokenEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m virtualAccountTokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	client, ok := e.Client(system.Applying, &resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	account, problem, err := m.find(ctx, client)
	if err == nil && problem == nil {
		problem = unusable(account, client)
	}
	if problem != nil {
		resp.Diagnostics.Append(problem)
		return
	}
	var token rest.Secret
	if err == nil {
		token, err = client.GetVirtualAccountToken(ctx, account.ID)
		if api.IsRefusal(err) {
			resp.Diagnostics.Append(e.Failure(system.Read, fmt.Errorf("TrueFoundry did not show the token of the virtual account %s: %w", called(account), err), adviceUnshown(*account)...))
			return
		}
	}
	if err == nil && m.Verify.ValueBool() {
		if err := client.Verify(ctx, token); err != nil {
			resp.Diagnostics.Append(e.Failure(system.Read, fmt.Errorf("the token of the virtual account %s was read, but logging in with it failed: %w", called(account), rest.OfAnother(err)), adviseUnverified(err)...))
			return
		}
	}
	if err != nil {
		resp.Diagnostics.Append(e.Failure(system.Read, err))
		return
	}
	m.ID, m.Name, m.Token = types.StringValue(account.ID), types.StringValue(account.Name), types.StringValue(token.Reveal())
	m.JWTID, m.ExpiresAt = types.StringNull(), rotation.TimeValue(account.End().Moment())
	if account.JWTID != nil {
		m.JWTID = textOrNull(*account.JWTID)
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, &m)...)
}

// unusable says why an account has no token that works.
func unusable(account *api.ServiceAccount, client *api.Client) diag.Diagnostic {
	switch {
	case account.HasExpired(client.Now()):
		return diag.NewErrorDiagnostic("The "+virtualAccountNoun.Words+" has expired",
			"The token of "+called(account)+" expired"+since(account.End().Moment())+", so there is none that works. Set a later expiration_date on the account, or have a new token issued.")
	case account.HasNoToken():
		return diag.NewErrorDiagnostic("The "+virtualAccountNoun.Words+" has no token",
			"The active token of "+called(account)+" was revoked. Issue a new one: regenerate the token in TrueFoundry, or change rotation_triggers of the resource that manages the account.")
	}
	return nil
}

// adviseUnverified is the next step where the control plane does not accept the token that it has just shown.
func adviseUnverified(err error) []string {
	if !rest.IsLoginRefused(err) {
		return nil
	}
	return []string{"Regenerate the token on TrueFoundry, or change rotation_triggers of the resource that manages the account."}
}

// adviceUnshown is what can be done about a token that TrueFoundry does not show.
func adviceUnshown(account api.ServiceAccount) []string {
	advice := "An opaque token usually cannot be read again after it was issued."
	if tokenType(account).ValueString() == tokenTypeJWT {
		advice = "The provider's key may not be allowed to manage the account."
	}
	return []string{advice + " If that is the reason, take the token from where it was stored when it was issued: from mint_truefoundry_virtual_account (with encrypt_secret_to, through the ephemeral mint_decrypted_secret), " +
		"or from the secret store that secret_store_config names. An account with token_type = \"jwt\" has a token that can be read again."}
}
