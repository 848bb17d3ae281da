package truefoundry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// revocation is the configuration of the action that revokes tokens.
type revocation struct {
	rotation.Audit
	lifecycle.Bulk
	UserEmail    types.String `tfsdk:"user_email"`
	NameContains types.String `tfsdk:"name_contains"`
}

func newRevokePersonalAccessTokens() action.Action {
	return lifecycle.NewBulkAction[revocation](lifecycle.BulkAction[*api.Client, *revocation, api.ServiceAccount]{
		Listing: personalAccessTokenListing(), Name: "revoke_personal_access_tokens", Verb: system.Revoke, Done: "revoked", Filters: []string{"name_contains"},
		IsOwn: func(client *api.Client, token api.ServiceAccount) bool {
			return personalAccessTokenKind{client}.IsOwnCredential(token.ID, &token, "")
		},
		Act: func(ctx context.Context, client *api.Client, _ *revocation, tokens []api.ServiceAccount) error {
			for _, token := range tokens {
				if _, err := client.DeletePersonalAccessToken(ctx, token.ID); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

func (*revocation) Schema() actionschema.Schema {
	return actionschema.Schema{
		MarkdownDescription: "Revokes the personal access tokens on TrueFoundry that pass all filters: those of the user whose key the provider has or, with `user_email`, those of another user that TrueFoundry shows to that key. " +
			"The token that the provider is logged in with is always spared, and so are those whose names begin with `default-`, which the system itself makes, unless `ids` names them. " +
			"A token that is managed by Terraform is planned to be replaced afterwards: leave those out with `except_ids`. " +
			"Older control planes do not keep when a token was last used: there every token counts as never used.",
		Attributes: lifecycle.ActionArguments(rotation.AuditArguments(), lifecycle.BulkArguments(), nameFilter("tokens"), map[string]schema.Attribute{
			"user_email": schema.StringAttribute{
				Optional: true, Validators: emailRules(),
				MarkdownDescription: "The e-mail address of another user: only their tokens, as far as TrueFoundry shows the provider whose they are. The key of a virtual account needs it, because such an account owns no tokens. It is no filter by itself: to revoke all of a user's tokens there is `mint_truefoundry_revoke_user_personal_access_tokens`.",
			},
		}),
	}
}

// List reads a list of the moment: what an earlier action of the run has done shows in it. An administrator's list may show the tokens of
// others, which nobody has asked to revoke.
func (m *revocation) List(ctx context.Context, r reading) ([]api.ServiceAccount, error) {
	whole, err := r.Client.RefreshPersonalAccessTokens(ctx)
	if err != nil {
		return nil, err
	}
	kind, all := personalAccessTokenKind{r.Client}, whole
	if email := m.UserEmail.ValueString(); email != "" {
		all = slices.DeleteFunc(slices.Clone(all), func(a api.ServiceAccount) bool { return !strings.EqualFold(a.OwnerEmail(), email) })
	} else if all, err = kind.callersOwn(ctx, all); err != nil {
		return nil, err
	}
	if m.IDs.IsNull() && !kind.canSpareItself(ctx, whole, all) {
		return nil, errors.New("this control plane does not show which of the tokens the provider is logged in with, so it could not be spared, and nothing was changed. " +
			"Name the tokens to revoke in ids, or give the provider the API key of a virtual account and set user_email")
	}
	return all, nil
}

func (m *revocation) Passes(token api.ServiceAccount, _ time.Time) bool {
	return containsText(token.Name, m.NameContains)
}

// callersOwn are the tokens of a list that are the caller's. Where it is not known who that is, a list with tokens of several users does not
// tell which ones are meant.
func (k personalAccessTokenKind) callersOwn(ctx context.Context, all []api.ServiceAccount) ([]api.ServiceAccount, error) {
	const advice = "Set user_email to the e-mail address of the user whose tokens are meant"
	caller := k.caller(all)
	if caller == "" && k.ownsNone(ctx) {
		return nil, errors.New("the provider has the key of a virtual account, which owns no personal access tokens. " + advice)
	}
	if caller == "" {
		caller = k.likelyCaller(all)
	}
	isTold := slices.ContainsFunc(all, func(a api.ServiceAccount) bool { return a.OwnerEmail() != "" })
	if caller == "" && isTold {
		return nil, errors.New("TrueFoundry lists tokens of several users, and does not tell which of them the provider's key belongs to. " + advice)
	}
	return slices.DeleteFunc(slices.Clone(all), func(a api.ServiceAccount) bool { return caller != "" && !mayBelongTo(a, caller) }), nil
}

// canSpareItself reports whether the provider's own key would be known among some tokens of a list: the list shows it, it is no personal access
// token, or each of them tells enough to say that it is another one.
func (k personalAccessTokenKind) canSpareItself(ctx context.Context, whole, some []api.ServiceAccount) bool {
	isOwn := func(a api.ServiceAccount) bool { return k.IsOwnCredential(a.ID, &a, "") }
	isSilent := func(a api.ServiceAccount) bool { return a.JWTID == nil }
	return k.client.KeyKind(nil) != "" || slices.ContainsFunc(whole, isOwn) || !slices.ContainsFunc(some, isSilent) || k.ownAccount(ctx) != nil
}

// mayOwnKey says why the provider's own key may be a personal access token of a user; empty where it surely is none of theirs. The list of a
// user's key has that key in it.
func (k personalAccessTokenKind) mayOwnKey(ctx context.Context, all []api.ServiceAccount, isListed bool, email string) string {
	caller := k.caller(all)
	switch {
	case k.client.KeyKind(nil) == api.KindVirtualAccount:
		return ""
	case caller != "" && strings.EqualFold(caller, email):
		return "the provider is logged in with one of them"
	case caller != "":
		return ""
	case isListed && !slices.ContainsFunc(all, func(a api.ServiceAccount) bool { return mayBelongTo(a, email) }):
		return ""
	case k.ownAccount(ctx) != nil:
		return ""
	}
	return "the provider may be logged in with one of them: TrueFoundry does not tell whose its key is"
}

// describeTokens names tokens for a message.
func describeTokens(all []api.ServiceAccount) string {
	names := make([]string, 0, len(all))
	for _, token := range all {
		names = append(names, fmt.Sprintf("%s (%s)", token.Name, token.ID))
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
