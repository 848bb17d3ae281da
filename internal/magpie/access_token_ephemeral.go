package magpie

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure = (*personalAccessTokenEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithRenew     = (*personalAccessTokenEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithClose     = (*personalAccessTokenEphemeral)(nil)

	_ lifecycle.Lender[*serviceModel, api.AccessToken] = serviceKind{}
	_ lifecycle.Verifier                               = serviceKind{}
)

// personalAccessTokenEphemeral is a token of the user that the provider is logged in as, for one run.
type personalAccessTokenEphemeral struct {
	*lifecycle.Ephemeral[*api.Client, personalLoan, personalModel, *personalLoan, *personalModel, api.AccessToken]
}

func newPersonalAccessTokenEphemeral() ephemeral.EphemeralResource {
	return &personalAccessTokenEphemeral{lifecycle.NewEphemeral[*api.Client, personalLoan](personalNoun, newPersonalKind)}
}

func newServiceAccountAccessTokenEphemeral() ephemeral.EphemeralResource {
	return lifecycle.NewEphemeral[*api.Client, serviceLoan](serviceNoun, newServiceKind, "user_name")
}

// personalLoan and serviceLoan are the [lifecycle.EphemeralModel] of the two kinds.
type (
	personalLoan struct {
		lifecycle.Lent
		Secret types.String `tfsdk:"token"`
	}
	serviceLoan struct {
		lifecycle.Lent
		Secret   types.String `tfsdk:"token"`
		UserName types.String `tfsdk:"user_name"`
	}
)

const (
	loanNote  = ", for the duration of one run: it is minted when Terraform needs it, revoked at the end of the run, and never stored. Its description says when the run should be over: if the run was killed, the next ephemeral resource of the same account deletes the token after that time. A run that is killed between the request that mints the token and the one that sets its description leaves a token behind that the provider cannot recognize. Magpie does not report which token a request has minted: use one run at a time on an account, and `mint_when = terraform.applying`, so that plans mint no token."
	loanedFor = "After which time the token counts as left over, as a duration such as `30m`. From `1m` to `24h`; default `1h`. Terraform extends the time while the run lasts, and revokes the token at the end of the run. If that fails, because the run was killed or a consumer of the token failed, the next ephemeral resource of the same account revokes the token after this time. Until then the token works: the organization decides when a token expires, and Magpie cannot expire it sooner."
)

// loanAttributes are what both ephemeral resources have. The text about the lifetime is Magpie's own: nothing here ends a token by itself.
func loanAttributes(verify string) map[string]schema.Attribute {
	attributes := lifecycle.LentArguments("")
	if lifetime, ok := attributes["lifetime"].(schema.StringAttribute); ok {
		lifetime.MarkdownDescription = loanedFor
		attributes["lifetime"] = lifetime
	}
	if verified, ok := attributes["verify"].(schema.BoolAttribute); ok {
		verified.MarkdownDescription += verify
		attributes["verify"] = verified
	}
	attributes["token"] = schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "The token itself."}
	return attributes
}

func (*personalLoan) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "An access token on Silectis Magpie, of the user that the provider logs in as" + loanNote + " The user needs the organization permission `AccessToken`.",
		Attributes:          loanAttributes(" Not possible if the provider logs in with `session_token`: an organization may allow only one session per user, and the login would then end the provider's session."),
	}
}

func (*serviceLoan) Schema() schema.Schema {
	attributes := loanAttributes("")
	attributes["user_name"] = schema.StringAttribute{Required: true, Validators: []validator.String{userName()}, MarkdownDescription: "The user name of the service account."}
	return schema.Schema{
		MarkdownDescription: "An access token of a service account on Silectis Magpie" + loanNote + " The provider must log in as an organization admin. " +
			"Do not use it for an account that `mint_magpie_service_account_exclusive_access_token` owns: a rotation there deletes the ephemeral token.",
		Attributes: attributes,
	}
}

// Token implements [lifecycle.EphemeralModel].
func (*personalLoan) Token(time.Duration) *personalModel { return &personalModel{} }

// Token implements [lifecycle.EphemeralModel].
func (m *serviceLoan) Token(time.Duration) *serviceModel { return &serviceModel{UserName: m.UserName} }

// Show implements [lifecycle.EphemeralModel].
func (m *personalLoan) Show(token *personalModel) { m.Secret = token.Secret }

// Show implements [lifecycle.EphemeralModel].
func (m *serviceLoan) Show(token *serviceModel) { m.Secret = token.Secret }

// Open implements [ephemeral.EphemeralResource]. What would end the session of the provider is refused before anything is minted.
func (e *personalAccessTokenEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m personalLoan
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	if m.Verify.ValueBool() && !m.MintWhen.Equal(types.BoolValue(false)) {
		client, ok := e.Client(system.Applying, &resp.Diagnostics)
		if ok && client.UsesSessionToken() {
			resp.Diagnostics.AddAttributeError(path.Root("verify"), "The new token cannot be verified",
				"The provider is logged in with a session token of the same user. Where the organization allows a user only one session, logging in with the new token would end that session, and the provider could not renew it. Nothing was minted. Remove verify, or let the provider log in with an access token, or with username and password.")
		}
		if resp.Diagnostics.HasError() {
			return
		}
	}
	e.Ephemeral.Open(ctx, req, resp)
}

// Lend implements [lifecycle.Lender]: a creation takes no description, so that finishing the token writes the mark.
func (accessTokenKind[P]) Lend(plan P, until time.Time) {
	plan.token().Description = types.StringValue(lentMark(until))
}

// lend writes the mark of an ephemeral token. Without it nobody would ever know the token as one that is left over, so a token that
// did not get it is not lent. A mark that the organization changes, or that its list does not show, is all that can be had there.
func (a account) lend(ctx context.Context, token api.AccessToken, plan settings) (api.AccessToken, diag.Diagnostics, error) {
	marked, err := a.update(ctx, token, settings{}, plan, false)
	switch {
	case err != nil:
		return marked, nil, fmt.Errorf("the new token could not be marked as an ephemeral one: %w", err)
	case marked.Description != nil && *marked.Description == plan.Description.ValueString():
		return marked, nil, nil
	case marked.Description != nil && *marked.Description == "":
		return marked, nil, errors.New("the new token could not be marked as an ephemeral one: Magpie confirmed its description, but the list shows none")
	}
	return marked, diag.Diagnostics{diag.NewWarningDiagnostic("An ephemeral token may be left behind",
		fmt.Sprintf("The description of the token %s should mark it as an ephemeral one, but Magpie lists another text, or none. Terraform revokes the token at the end of the run. If that fails, because the run is killed, later runs cannot recognize the token: in that case, look for it in Magpie and delete it.", token.ID))}, nil
}

// Extend implements [lifecycle.Lender]. The answer proves nothing, so the list is read back, where it is known whose token it is.
func (k accessTokenKind[P]) Extend(ctx context.Context, id string, until time.Time) error {
	name, isKnown := k.client.AccountOf(id)
	if !isKnown {
		return k.client.SetDescription(ctx, id, lentMark(until))
	}
	a := account{client: k.client, name: name}
	all, err := k.client.Refresh(ctx, name)
	if err != nil {
		return err
	}
	token := byID(all, id)
	if token == nil {
		return deletedOutside(id)
	}
	extended, err := a.update(ctx, *token, settings{}, settings{Description: types.StringValue(lentMark(until)), Disabled: types.BoolUnknown()}, false)
	if err != nil {
		return err
	}
	if shown := k.LentUntil(extended); shown != nil && lentMark(*shown) != lentMark(until) {
		return fmt.Errorf("the new description of the token %s was confirmed by Magpie, but the list still shows %q", id, *extended.Description)
	}
	return nil
}

// Verify implements [lifecycle.Verifier]. What a login that is refused says is about the new token, and not about the provider's login.
func (k accessTokenKind[P]) Verify(ctx context.Context, _ string, secret rest.Secret) error {
	err := k.client.Verify(ctx, secret)
	var e *rest.Error
	if errors.As(err, &e) && e.Kind == rest.LoginRefused {
		return fmt.Errorf("the organization refuses it (%s). Its user needs the organization permission AccessToken, and must not be disabled", e.Message)
	}
	return err
}

// Verify implements [lifecycle.Verifier]. A session does not tell whose it is: if it is the service account's own, the login might end it.
func (k serviceKind) Verify(ctx context.Context, id string, secret rest.Secret) error {
	if k.client.UsesSessionToken() {
		own, err := k.client.Refresh(ctx, api.Own)
		if err != nil {
			return fmt.Errorf("the provider is logged in with a session token, and could not find out whether the session is one of this service account, which a login might end: %w", err)
		}
		if byID(own, id) != nil {
			return errors.New("the provider is logged in with a session token of this service account, and where the organization allows only one session, the login would end that session. Remove verify, or let the provider log in as another user")
		}
	}
	return k.accessTokenKind.Verify(ctx, id, secret)
}
