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
		MarkdownDescription: "Revokes the personal access tokens on TrueFoundry that pass all filters: those of the user whose key the provider uses or, with `user_email`, those of another user that TrueFoundry shows to that key. The token that the provider is logged in with is never revoked. Tokens whose names begin with `default-`, which TrueFoundry itself creates, are revoked only if `ids` names them. The next plan replaces a revoked token that Terraform manages: leave such tokens out with `except_ids`.\n\nSome older control planes do not show which token the provider is logged in with. There the action is refused, unless the provider uses the key of a virtual account or of another user. Older control planes do not record when a token was last used, and there every token counts as never used.",
		Attributes: lifecycle.ActionArguments(rotation.AuditArguments(), lifecycle.BulkArguments(), nameFilter("tokens"), map[string]schema.Attribute{
			"user_email": schema.StringAttribute{
				Optional: true, Validators: emailRules(),
				MarkdownDescription: "The e-mail address of another user: only this user's tokens, as far as TrueFoundry shows who owns a token. Required with the key of a virtual account, because such an account owns no tokens. It does not count as a filter: to revoke all of a user's tokens, use `mint_truefoundry_revoke_user_personal_access_tokens`.",
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
		all = ofOwner(all, email)
	} else if all, err = kind.callersOwn(ctx, all); err != nil {
		return nil, err
	}
	if !kind.canSpareItself(ctx, whole, all) {
		return nil, errors.New("this control plane does not show which of the tokens the provider is logged in with, so the action could revoke that one. Nothing was changed. Set api_key to the key of a virtual account, or of another user, and set user_email to the e-mail address of the user whose tokens to revoke")
	}
	return all, nil
}

func (m *revocation) Passes(token api.ServiceAccount, _ time.Time) bool {
	return containsText(token.Name, m.NameContains)
}

// ofOwner are the tokens of a list that belong to the user with an e-mail address.
func ofOwner(all []api.ServiceAccount, email string) []api.ServiceAccount {
	return slices.DeleteFunc(slices.Clone(all), func(a api.ServiceAccount) bool { return !strings.EqualFold(ownerOf(a).email, email) })
}

// callersOwn are the tokens of a list that are the caller's. Where it is not known who that is, a list with tokens of several users does not
// tell which ones are meant.
func (k personalAccessTokenKind) callersOwn(ctx context.Context, all []api.ServiceAccount) ([]api.ServiceAccount, error) {
	const advice = "Set user_email to the e-mail address of the user whose tokens to revoke"
	self := k.self(all)
	if self == (person{}) && k.ownsNone(ctx) {
		return nil, errors.New("the provider uses the key of a virtual account, which owns no personal access tokens. " + advice)
	}
	if self == (person{}) {
		sole, isSole := soleOwner(all)
		if !isSole {
			return nil, errors.New("TrueFoundry lists tokens of several users, and does not show which of these users the provider's key belongs to. " + advice)
		}
		self = sole
	}
	isTheirs := belongsToUser(all, self)
	return slices.DeleteFunc(slices.Clone(all), func(a api.ServiceAccount) bool { return !isTheirs(a) }), nil
}

// canSpareItself reports whether the provider's own key would be known among some tokens of a list: it is no personal access token, it is an opaque
// one, which tells its name, the list shows it, or each of them is told to be another user's. That no row names a signed key proves nothing:
// such a key may have an id that rows do not show.
func (k personalAccessTokenKind) canSpareItself(ctx context.Context, whole, some []api.ServiceAccount) bool {
	isOwn := func(a api.ServiceAccount) bool { return k.IsOwnCredential(a.ID, &a, "") }
	self := k.self(whole)
	isOthers := func(a api.ServiceAccount) bool {
		return self.email != "" && a.OwnerEmail() != "" && !strings.EqualFold(a.OwnerEmail(), self.email)
	}
	return k.client.KeyKind(nil) != "" || slices.ContainsFunc(whole, isOwn) || k.ownAccount(ctx) != nil ||
		!slices.ContainsFunc(some, func(a api.ServiceAccount) bool { return !isOthers(a) })
}

// mayOwnKey says why the provider's own key is a personal access token of a user, or may be; empty where it surely is none of theirs. The list of a
// user's key has that key in it.
func (k personalAccessTokenKind) mayOwnKey(ctx context.Context, all []api.ServiceAccount, isListed bool, email string) (why string, isSure bool) {
	caller := k.caller(all)
	switch {
	case k.client.KeyKind(nil) == api.KindVirtualAccount:
		return "", false
	case caller != "" && strings.EqualFold(caller, email):
		return "the provider is logged in with one of them", true
	case caller != "":
		return "", false
	case isListed && !slices.ContainsFunc(all, func(a api.ServiceAccount) bool { return mayBelongTo(a, email) }):
		return "", false
	case k.ownAccount(ctx) != nil:
		return "", false
	}
	return "the provider may be logged in with one of them: TrueFoundry does not show who owns the provider's key", false
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
