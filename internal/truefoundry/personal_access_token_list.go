package truefoundry

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

func newPersonalAccessTokenList() list.ListResource {
	return lifecycle.NewList[personalAccessTokenQuery](personalAccessTokenListing(), lifecycle.Listable[*api.Client, api.ServiceAccount](personalAccessTokens()))
}

// personalAccessTokenQuery is the [lifecycle.ListModel].
type personalAccessTokenQuery struct {
	rotation.Audit
	lifecycle.Listed
	NameContains types.String `tfsdk:"name_contains"`
}

// nameFilter is the argument that selects by a part of the name.
func nameFilter(what string) map[string]schema.Attribute {
	return map[string]schema.Attribute{"name_contains": lifecycle.TextArgument("Only " + what + " whose names contain this text.")}
}

func (*personalAccessTokenQuery) Schema() listschema.Schema {
	return listschema.Schema{
		MarkdownDescription: "Lists the personal access tokens on TrueFoundry that can be imported: those of the user whose key the provider uses, and those that were created for other users, as far as TrueFoundry shows them. Tokens that other users have created for themselves are left out, and so are those whose names begin with `default-`, which TrueFoundry itself creates: the data sources `mint_truefoundry_personal_access_tokens` and `mint_access_tokens` show them. Older control planes do not record when a token was last used, and there every token counts as never used.",
		Attributes:          lifecycle.ListArguments(rotation.AuditArguments(), lifecycle.ListedArguments(), nameFilter("tokens")),
	}
}

// List implements [lifecycle.ListModel]: the list that an import reads, too.
func (m *personalAccessTokenQuery) List(ctx context.Context, r reading) ([]api.ServiceAccount, error) {
	all, err := evenIncomplete(r.Client.ListPersonalAccessTokens(ctx))
	return personalAccessTokenKind{r.Client}.adoptable(all), err
}

func (m *personalAccessTokenQuery) Passes(token api.ServiceAccount, _ time.Time) bool {
	return containsText(token.Name, m.NameContains)
}

func (*personalAccessTokenQuery) Identify(token api.ServiceAccount) map[string]string {
	return map[string]string{"id": token.ID}
}

// adoptable are the tokens of a list that the resource can manage. An administrator's list may show those that other users have created for
// themselves: a rotation would mint the next one for the caller.
func (k personalAccessTokenKind) adoptable(all []api.ServiceAccount) []api.ServiceAccount {
	self := k.self(all)
	if self == (person{}) {
		var isSole bool
		if self, isSole = soleOwner(all); !isSole {
			return slices.DeleteFunc(slices.Clone(all), func(a api.ServiceAccount) bool { return !k.isForOther(a) })
		}
	}
	isOwn := belongsToUser(all, self)
	return slices.DeleteFunc(slices.Clone(all), func(a api.ServiceAccount) bool { return !k.isForOther(a) && !isOwn(a) })
}

// ownAccount is the virtual account whose key the provider has; nil where it is another key, and where nothing tells.
func (k personalAccessTokenKind) ownAccount(ctx context.Context) *api.ServiceAccount {
	all, _ := evenIncomplete(k.client.ListVirtualAccounts(ctx))
	at := slices.IndexFunc(all, func(a api.ServiceAccount) bool {
		holder := api.Holder{Kind: api.KindVirtualAccount, ID: a.ID, Name: a.Name}
		if a.JWTID != nil {
			holder.JWTID = *a.JWTID
		}
		return k.client.HoldsOwnKey(holder)
	})
	if at < 0 {
		return nil
	}
	return &all[at]
}

// ownsNone reports whether the provider surely has the key of a virtual account, which owns no personal access tokens.
func (k personalAccessTokenKind) ownsNone(ctx context.Context) bool {
	return k.client.KeyKind(nil) == api.KindVirtualAccount || k.ownAccount(ctx) != nil
}

// personalAccessTokenInventory is what this noun adds to the inventory: what TrueFoundry shows of the tokens. That it lists none for a virtual
// account's key is no failure.
func personalAccessTokenInventory() system.Inventory {
	return lifecycle.NewInventory(personalAccessTokenListing(), func(ctx context.Context, r reading, _ []string) ([]api.ServiceAccount, error) {
		all, err := evenIncomplete(r.Client.ListPersonalAccessTokens(ctx))
		if api.IsRefusal(err) && len(all) == 0 && (personalAccessTokenKind{r.Client}).ownsNone(ctx) {
			return nil, nil
		}
		return all, err
	})
}
