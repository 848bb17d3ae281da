package truefoundry

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

func newVirtualAccountList() list.ListResource {
	return lifecycle.NewList[virtualAccountQuery](virtualAccountListing(), lifecycle.Listable[*api.Client, api.ServiceAccount](virtualAccounts()))
}

// virtualAccountQuery is the [lifecycle.ListModel].
type virtualAccountQuery struct {
	rotation.Audit
	lifecycle.Listed
	NameContains types.String `tfsdk:"name_contains"`
	OwnedByTeams types.List   `tfsdk:"owned_by_teams"`
	Expired      types.Bool   `tfsdk:"expired"`
}

func (*virtualAccountQuery) Schema() listschema.Schema {
	return listschema.Schema{
		MarkdownDescription: "Lists the virtual accounts on TrueFoundry that the provider's key can see, for import. The filters on creation, expiry and last use look at the account's token. No token is read: the first apply after the import reads the token, if `store_token` is `true`. Older control planes do not record when a token was last used, and there every token counts as never used.",
		Attributes: lifecycle.ListArguments(rotation.AuditArguments(), lifecycle.ListedArguments(), nameFilter("accounts"), map[string]schema.Attribute{
			"owned_by_teams": schema.ListAttribute{
				Optional: true, ElementType: types.StringType,
				Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))},
				MarkdownDescription: "Only accounts that belong to one of these teams.",
			},
			"expired": schema.BoolAttribute{Optional: true, MarkdownDescription: "`true`: only accounts that have expired, as if `include_expired` were set; `false`: only others."},
		}),
	}
}

// List implements [lifecycle.ListModel]: the list that an import reads, too. The control plane could apply some filters, but not to the rows
// that are adopted.
func (m *virtualAccountQuery) List(ctx context.Context, r reading) ([]api.ServiceAccount, error) {
	if m.Expired.ValueBool() {
		m.IncludeExpired = types.BoolValue(true)
	}
	return evenIncomplete(r.Client.ListVirtualAccounts(ctx))
}

func (m *virtualAccountQuery) Passes(account api.ServiceAccount, now time.Time) bool {
	return containsText(account.Name, m.NameContains) &&
		(m.OwnedByTeams.IsNull() || slices.ContainsFunc(m.OwnedByTeams.Elements(), types.StringValue(account.Team()).Equal)) &&
		(m.Expired.IsNull() || m.Expired.ValueBool() == account.HasExpired(now))
}

func (*virtualAccountQuery) Identify(account api.ServiceAccount) map[string]string {
	return map[string]string{"id": account.ID}
}

// Adopt implements [lifecycle.Listable]: what an import by the identity and the refresh after it would store, without their warnings. An account
// is read by itself only where the list leaves the issued tokens out, so that the rows cost as many requests as the list has pages.
func (r *virtualAccountResource) Adopt(ctx context.Context, client *api.Client, row api.ServiceAccount, object *tfsdk.Resource) diag.Diagnostics {
	var state virtualAccountModel
	if diags := object.Get(ctx, &state); diags.HasError() {
		return diags
	}
	account := &row
	if !showsTokens(row) {
		var err error
		if account, err = withActiveToken(ctx, client, account, state); err != nil {
			return diag.Diagnostics{r.Failure(system.List, err)}
		}
	}
	diags := r.refresh(ctx, client, *account, &state, &accountRecord{Record: rotation.Record{Imported: true}}).Errors()
	if !diags.HasError() {
		diags.Append(object.Set(ctx, &state)...)
	}
	return diags
}

// virtualAccountInventory is what this noun adds to the inventory.
func virtualAccountInventory() system.Inventory {
	return lifecycle.NewInventory(virtualAccountListing(), func(ctx context.Context, r reading, _ []string) ([]api.ServiceAccount, error) {
		return evenIncomplete(r.Client.ListVirtualAccounts(ctx))
	})
}
