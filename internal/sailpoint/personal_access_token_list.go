package sailpoint

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

func newPersonalAccessTokenList() list.ListResource {
	return lifecycle.NewList[personalAccessTokenQuery](listing(), lifecycle.Listable[*api.Client, api.PersonalAccessToken](personalAccessTokens()))
}

// personalAccessTokenQuery is the [lifecycle.ListModel].
type personalAccessTokenQuery struct {
	rotation.Audit
	lifecycle.Listed
	Scope types.String `tfsdk:"scope"`
}

// scopeFilter is the argument that selects by a scope.
func scopeFilter() map[string]schema.Attribute {
	return map[string]schema.Attribute{"scope": lifecycle.TextArgument("Only tokens that have this scope.")}
}

func (*personalAccessTokenQuery) Schema() listschema.Schema {
	return listschema.Schema{
		MarkdownDescription: "Lists the personal access tokens on SailPoint Identity Security Cloud that can be imported: those of the identity that the provider authenticates as. Terraform cannot manage the tokens of other identities, and tokens that the platform manages are left out. The data sources `mint_sailpoint_personal_access_tokens` and `mint_access_tokens` show both.",
		Attributes:          lifecycle.ListArguments(rotation.AuditArguments(), lifecycle.ListedArguments(), scopeFilter()),
	}
}

// List implements [lifecycle.ListModel]: the list that an import reads, too.
func (m *personalAccessTokenQuery) List(ctx context.Context, r reading) ([]api.PersonalAccessToken, error) {
	all, err := r.Client.List(ctx, api.Me)
	if err != nil {
		return nil, err
	}
	warnOfDeprecation(r)
	if m.Strict.ValueBool() {
		return all, cutError(all)
	}
	warnOfCut(r, len(all) == api.ListCap, elsewhere)
	return all, nil
}

func (m *personalAccessTokenQuery) Passes(token api.PersonalAccessToken, _ time.Time) bool {
	return m.Scope.IsNull() || slices.Contains(token.Scope, m.Scope.ValueString())
}

func (*personalAccessTokenQuery) Identify(token api.PersonalAccessToken) map[string]string {
	return map[string]string{"id": token.ID}
}

// inventory is what this noun adds to the inventory: everybody's tokens where the caller may see them, and else the caller's own.
func inventory() system.Inventory {
	return lifecycle.NewInventory(listing(), func(ctx context.Context, r reading, _ []string) ([]api.PersonalAccessToken, error) {
		all, err := r.Client.List(ctx, api.Everybody)
		if rest.IsForbidden(err) {
			if all, err = r.Client.List(ctx, api.Me); err == nil {
				r.Diags.AddWarning("Only the provider's own SailPoint personal access tokens are listed",
					"The inventory lists only the tokens of the identity that the provider authenticates as. To list the tokens of other identities, give it the right idn:all-personal-access-tokens:read.")
			}
		}
		if err != nil {
			return nil, err
		}
		warnOfDeprecation(r)
		return all, cutError(all)
	})
}
