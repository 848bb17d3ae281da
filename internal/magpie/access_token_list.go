package magpie

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// reading is one read of this system's objects.
type reading = lifecycle.Reading[*api.Client]

// ownedToken is a token with the user name of its account, which no list tells; empty where that is not known.
type ownedToken struct {
	api.AccessToken
	owner string
}

// ownedBy are the tokens of an account's list, the oldest first: Magpie does not document an order.
func ownedBy(client *api.Client, account api.Account, all []api.AccessToken) []ownedToken {
	owner := string(account)
	if account == api.Own {
		owner = client.Username()
	}
	owned := make([]ownedToken, len(all))
	for i, token := range all {
		owned[i] = ownedToken{token, owner}
	}
	slices.SortStableFunc(owned, func(a, b ownedToken) int {
		// Ids may be numbers.
		return cmp.Or(a.created().Compare(b.created()), cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(a.ID, b.ID))
	})
	return owned
}

// created is when a token was minted; at the beginning of time where the list does not tell.
func (t ownedToken) created() time.Time {
	if t.Created.At == nil {
		return time.Time{}
	}
	return *t.Created.At
}

// ownedListing is the [lifecycle.Listing] of objects that show tokens of several accounts, or name what they show.
func ownedListing(noun system.Noun) lifecycle.Listing[ownedToken] {
	return lifecycle.Listing[ownedToken]{Noun: noun, Advise: adviceFor, Vague: true, Facts: ownedToken.facts}
}

// facts leave out the mark of a rotation, which is no description. That of an ephemeral token tells what it is.
func (t ownedToken) facts() rotation.Facts {
	facts := rotation.Facts{ID: t.ID, Owner: t.owner, CreatedAt: t.Created.At, ExpiresAt: t.Expires.At}
	if t.Description != nil && !isMark(*t.Description) {
		facts.Description, facts.LentUntil = *t.Description, lentUntil(*t.Description)
	}
	if t.Disabled != nil || t.Status != "" {
		// At no time: what follows from the expiry is not asked for.
		facts.Status = status(t.AccessToken, isDisabled(t.AccessToken), time.Time{})
	}
	return facts
}

func isDisabled(token api.AccessToken) bool { return token.Disabled != nil && *token.Disabled }

// disabledFilter is the argument that selects by the switch.
func disabledFilter() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"disabled": schema.BoolAttribute{Optional: true, MarkdownDescription: "`true`: only tokens that are disabled; `false`: only others."},
	}
}

// accessTokenQuery is what the list blocks of both kinds share.
type accessTokenQuery struct {
	rotation.BaseAudit
	lifecycle.Listed
	Disabled types.Bool `tfsdk:"disabled"`
}

// Passes leaves out what some run is at work with, or was: nobody should adopt that.
func (m *accessTokenQuery) Passes(token ownedToken, _ time.Time) bool {
	return !isMarked(token.AccessToken) && (m.Disabled.IsNull() || m.Disabled.ValueBool() == isDisabled(token.AccessToken))
}

// personalQuery and serviceQuery are the [lifecycle.ListModel] of the two kinds.
type (
	personalQuery struct{ accessTokenQuery }
	serviceQuery  struct {
		accessTokenQuery
		UserName types.String `tfsdk:"user_name"`
	}
)

// owned is a resource whose instances are listed with their owners.
type owned struct {
	lifecycle.Listable[*api.Client, api.AccessToken]
}

func ofOwned(resource lifecycle.Listable[*api.Client, api.AccessToken]) lifecycle.Listable[*api.Client, ownedToken] {
	return owned{resource}
}

// Adopt implements [lifecycle.Listable].
func (o owned) Adopt(ctx context.Context, client *api.Client, row ownedToken, object *tfsdk.Resource) diag.Diagnostics {
	return o.Listable.Adopt(ctx, client, row.AccessToken, object)
}

func newPersonalAccessTokenList() list.ListResource {
	return lifecycle.NewList[personalQuery](ownedListing(personalNoun), ofOwned(personalAccessTokens()))
}

func newServiceAccountAccessTokenList() list.ListResource {
	return lifecycle.NewList[serviceQuery](ownedListing(serviceNoun), ofOwned(serviceAccountAccessTokens()))
}

const queryNote = ", for import. Ephemeral tokens, and tokens that an unfinished rotation has minted, are left out: the data source `mint_access_tokens` shows them. An imported token keeps its id. The token itself cannot be read again, so `token` is null until the first rotation."

func (*personalQuery) Schema() listschema.Schema {
	return listschema.Schema{
		MarkdownDescription: "Lists the access tokens " + ofCaller + queryNote + " If the provider logs in with an access token, the list contains that token, too: leave it out with `except_ids`, unless you want to import it.",
		Attributes:          lifecycle.ListArguments(rotation.BaseAuditArguments(), lifecycle.ListedArguments(), disabledFilter()),
	}
}

func (*serviceQuery) Schema() listschema.Schema {
	return listschema.Schema{
		MarkdownDescription: "Lists the access tokens of a service account on Silectis Magpie" + queryNote + " The provider must log in as an organization admin.",
		Attributes:          lifecycle.ListArguments(rotation.BaseAuditArguments(), lifecycle.ListedArguments(), disabledFilter(), userNameArgument()),
	}
}

// List implements [lifecycle.ListModel]: the list that an import reads, too.
func (*personalQuery) List(ctx context.Context, r reading) ([]ownedToken, error) {
	return listOwned(ctx, r, api.Own)
}

// List implements [lifecycle.ListModel].
func (m *serviceQuery) List(ctx context.Context, r reading) ([]ownedToken, error) {
	return listOwned(ctx, r, api.Account(m.UserName.ValueString()))
}

func listOwned(ctx context.Context, r reading, account api.Account) ([]ownedToken, error) {
	if account != api.Own && !api.IsPathName(string(account)) {
		return nil, fmt.Errorf("%q is not a user name of a service account", account)
	}
	all, err := r.Client.List(ctx, account)
	return ownedBy(r.Client, account, all), err
}

// Identify implements [lifecycle.ListModel].
func (*personalQuery) Identify(token ownedToken) map[string]string {
	return map[string]string{"id": token.ID}
}

// Identify implements [lifecycle.ListModel].
func (m *serviceQuery) Identify(token ownedToken) map[string]string {
	return map[string]string{"id": token.ID, "user_name": m.UserName.ValueString()}
}

// personalInventory is what the caller's own tokens add to the inventory.
func personalInventory() system.Inventory {
	return lifecycle.NewInventory(ownedListing(personalNoun), func(ctx context.Context, r reading, _ []string) ([]ownedToken, error) {
		return listOwned(ctx, r, api.Own)
	})
}

// serviceInventory is what the tokens of the service accounts add that are named. One that fails does not hide the others'.
func serviceInventory() system.Inventory {
	return lifecycle.NewInventory(ownedListing(serviceNoun), func(ctx context.Context, r reading, accounts []string) ([]ownedToken, error) {
		var all []ownedToken
		var failed []string
		var first error
		for _, account := range accounts {
			owned, err := listOwned(ctx, r, api.Account(account))
			if err != nil {
				failed, first = append(failed, account), cmp.Or(first, err)
				continue
			}
			all = append(all, owned...)
		}
		if first == nil {
			return all, nil
		}
		return all, fmt.Errorf("the tokens of these service accounts could not be listed: %s. For %s: %w", strings.Join(failed, ", "), failed[0], first)
	})
}
