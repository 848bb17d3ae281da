package magpie

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// anyNoun is what is acted on where an action takes both kinds of tokens.
var anyNoun = system.Noun{System: name, Type: "access_token", Words: "Magpie access token"}

// bulkSelection is what all actions select tokens by.
type bulkSelection struct {
	rotation.BaseAudit
	lifecycle.Bulk
}

// actionListing shows marks, too: who acts on the token of a run should see that.
func actionListing(noun system.Noun) lifecycle.Listing[ownedToken] {
	listing := ownedListing(noun)
	listing.Facts = func(token ownedToken) rotation.Facts {
		facts := token.facts()
		if token.Description != nil {
			facts.Description = *token.Description
		}
		return facts
	}
	return listing
}

// revocation is what both actions that revoke tokens share.
type revocation struct {
	bulkSelection
	Disabled types.Bool `tfsdk:"disabled"`
}

func (m *revocation) Passes(token ownedToken, _ time.Time) bool {
	return m.Disabled.IsNull() || m.Disabled.ValueBool() == isDisabled(token.AccessToken)
}

// personalRevocation, serviceRevocation and deactivation are the [lifecycle.ActionModel] of the actions.
type (
	personalRevocation struct{ revocation }
	serviceRevocation  struct {
		revocation
		UserName types.String `tfsdk:"user_name"`
	}
	deactivation struct {
		bulkSelection
		UserName types.String `tfsdk:"user_name"`
	}
)

func (*personalRevocation) account() api.Account  { return api.Own }
func (m *serviceRevocation) account() api.Account { return api.Account(m.UserName.ValueString()) }
func (m *deactivation) account() api.Account      { return api.Account(m.UserName.ValueString()) }

// Passes implements [lifecycle.ActionModel].
func (*deactivation) Passes(ownedToken, time.Time) bool { return true }

// List implements [lifecycle.ActionModel].
func (m *personalRevocation) List(ctx context.Context, r reading) ([]ownedToken, error) {
	return listForAction(ctx, r, m.account())
}

// List implements [lifecycle.ActionModel].
func (m *serviceRevocation) List(ctx context.Context, r reading) ([]ownedToken, error) {
	return listForAction(ctx, r, m.account())
}

// List implements [lifecycle.ActionModel].
func (m *deactivation) List(ctx context.Context, r reading) ([]ownedToken, error) {
	return listForAction(ctx, r, m.account())
}

// listForAction reads a list of the moment: what an earlier action of the run has done shows in it. It refuses an account that the
// provider may be logged in with a token of.
func listForAction(ctx context.Context, r reading, account api.Account) ([]ownedToken, error) {
	if account == api.Own && r.Client.UsesAccessToken() {
		r.Diags.Append(mayBeOwn("The provider is logged in with an access token of the user whose tokens this action would change, and Magpie's list does not show which of them it is.",
			"have the provider log in with username and password, or with session_token"))
		return nil, nil
	}
	all, err := r.Client.Refresh(ctx, account)
	if err != nil {
		return nil, err
	}
	if account != api.Own && r.Client.UsesAccessToken() {
		problem, err := checkForeign(ctx, r.Client, account, all)
		if problem != nil {
			r.Diags.Append(problem)
		}
		if problem != nil || err != nil {
			return nil, err
		}
	}
	return ownedBy(r.Client, account, all), nil
}

// checkForeign makes sure that the provider is not logged in with a token of an account: nothing tells whose the token is, but it is in
// the list of the provider's own tokens. So the account is another one if that list, which begins after the account's, shows none of its tokens.
func checkForeign(ctx context.Context, client *api.Client, account api.Account, all []api.AccessToken) (diag.Diagnostic, error) {
	own, err := client.Refresh(ctx, api.Own)
	if err != nil {
		return nil, fmt.Errorf("nothing was changed, because the provider is logged in with an access token, which could be one of %s, and its own tokens could not be listed: %w", account, err)
	}
	var shared []string
	for _, token := range own {
		if byID(all, token.ID) != nil {
			shared = append(shared, token.ID)
		}
	}
	if len(shared) == 0 {
		return nil, nil
	}
	return mayBeOwn(fmt.Sprintf("The provider is logged in with an access token, and the list of its own tokens shows tokens of %s: %s. Magpie does not show which of them the provider is logged in with.", account, strings.Join(shared, ", ")),
		"have the provider log in with username and password, with session_token, or with an access token of another user"), nil
}

func mayBeOwn(reason, remedy string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("The provider may be logged in with one of these tokens",
		reason+" Without that token the provider would lose its access, so nothing was changed. To use this action, "+remedy+".")
}

// isOwn is settled by [listForAction]: what it lets pass is not what the provider is logged in with.
func isOwn(*api.Client, ownedToken) bool { return false }

func newRevokePersonalAccessTokens() action.Action {
	return lifecycle.NewBulkAction[personalRevocation](lifecycle.BulkAction[*api.Client, *personalRevocation, ownedToken]{
		Listing: actionListing(personalNoun), Name: "revoke_personal_access_tokens", Verb: system.Revoke, Done: "revoked", Filters: []string{"disabled"}, IsOwn: isOwn,
		Act: func(ctx context.Context, client *api.Client, m *personalRevocation, tokens []ownedToken) error {
			return revokeAll(ctx, account{client, m.account()}, tokens)
		},
	})
}

func newRevokeServiceAccountAccessTokens() action.Action {
	return lifecycle.NewBulkAction[serviceRevocation](lifecycle.BulkAction[*api.Client, *serviceRevocation, ownedToken]{
		Listing: actionListing(serviceNoun), Name: "revoke_service_account_access_tokens", Verb: system.Revoke, Done: "revoked", Filters: []string{"disabled"}, IsOwn: isOwn,
		Act: func(ctx context.Context, client *api.Client, m *serviceRevocation, tokens []ownedToken) error {
			return revokeAll(ctx, account{client, m.account()}, tokens)
		},
	})
}

func newDisableAccessTokens() action.Action {
	return lifecycle.NewBulkAction[deactivation](lifecycle.BulkAction[*api.Client, *deactivation, ownedToken]{
		Listing: actionListing(anyNoun), Name: "disable_access_tokens", Verb: system.Disable, Done: "disabled", IsOwn: isOwn,
		IsDone: func(_ *api.Client, _ *deactivation, token ownedToken) bool { return isDisabled(token.AccessToken) },
		Act: func(ctx context.Context, client *api.Client, m *deactivation, tokens []ownedToken) error {
			for _, token := range tokens {
				off := settings{Description: types.StringUnknown(), Disabled: types.BoolValue(true)}
				if _, err := (account{client, m.account()}).update(ctx, token.AccessToken, settings{}, off, false); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

func revokeAll(ctx context.Context, of account, tokens []ownedToken) error {
	for _, token := range tokens {
		if err := of.remove(ctx, token.ID); err != nil {
			return err
		}
	}
	return nil
}

const (
	ownNote     = "The provider must log in with `username` and `password`, or with `session_token`: an access token would be one of these tokens, and Magpie does not report which one."
	serviceNote = "The provider must log in as an organization admin. If it does so with an access token, that token must belong to another account."
	managedNote = " Ephemeral tokens that a run may be using are left alone unless `ids` names them. If Terraform manages such a token, the next plan %s it again: leave the token out with `except_ids`. If Magpie reports no token's expiry, the filter `never_expires` is refused unless `ids` is set."
)

func bulkArguments(more ...map[string]schema.Attribute) map[string]actionschema.Attribute {
	return lifecycle.ActionArguments(append(more, rotation.BaseAuditArguments(), lifecycle.BulkArguments())...)
}

func (*personalRevocation) Schema() actionschema.Schema {
	return actionschema.Schema{
		MarkdownDescription: "Revokes the access tokens that pass all filters, " + ofCaller + ". " + ownNote + fmt.Sprintf(managedNote, "creates"),
		Attributes:          bulkArguments(disabledFilter()),
	}
}

func (*serviceRevocation) Schema() actionschema.Schema {
	return actionschema.Schema{
		MarkdownDescription: "Revokes the access tokens of a service account on Silectis Magpie that pass all filters. " + serviceNote + fmt.Sprintf(managedNote, "creates"),
		Attributes:          bulkArguments(disabledFilter(), userNameArgument()),
	}
}

func (*deactivation) Schema() actionschema.Schema {
	return actionschema.Schema{
		MarkdownDescription: "Disables the access tokens of one account on Silectis Magpie that pass all filters. Magpie refuses a disabled token until it is enabled again, in Magpie or with the resource's argument `disabled`. Without `user_name` the account is the user that the provider logs in as. " + ownNote + " With `user_name` it is that service account. " + serviceNote + fmt.Sprintf(managedNote, "enables"),
		Attributes: bulkArguments(map[string]schema.Attribute{
			"user_name": schema.StringAttribute{
				Optional: true, Validators: []validator.String{userName()},
				MarkdownDescription: "The user name of the service account. Default: the user that the provider logs in as.",
			},
		}),
	}
}
