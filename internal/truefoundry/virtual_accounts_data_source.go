package truefoundry

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

var _ datasource.DataSourceWithConfigure = (*virtualAccountsDataSource)(nil)

type virtualAccountsDataSource struct {
	system.DataSourceBase[*api.Client]
}

func newVirtualAccountsDataSource() datasource.DataSource {
	return &virtualAccountsDataSource{system.NewDataSourceBase[*api.Client](virtualAccountNoun, true)}
}

type virtualAccountsModel struct {
	rotation.Audit
	NameContains    types.String          `tfsdk:"name_contains"`
	OwnedByTeams    types.Set             `tfsdk:"owned_by_teams"`
	Expired         types.Bool            `tfsdk:"expired"`
	VirtualAccounts []virtualAccountFacts `tfsdk:"virtual_accounts"`
}

// Schema implements [datasource.DataSource].
func (d *virtualAccountsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"name_contains": nameContainsArgument("accounts"),
		"owned_by_teams": schema.SetAttribute{
			Optional: true, ElementType: types.StringType,
			Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))},
			MarkdownDescription: "Only accounts that belong to one of these teams.",
		},
		"expired": schema.BoolAttribute{
			Optional: true, MarkdownDescription: "`true`: only accounts that have expired; `false`: only others.",
		},
		"virtual_accounts": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "The accounts that pass all filters, ordered by name, then by id.",
			NestedObject: schema.NestedAttributeObject{Attributes: accountFactsAttributes()},
		},
	}
	maps.Copy(attributes, rotation.AuditArguments())
	resp.Schema = schema.Schema{
		MarkdownDescription: "Virtual accounts on TrueFoundry that the provider's key can see. The filters on name, team and expiry are sent to the control plane, all others are applied to its answer; the audit filters look at the account's token. " +
			"Older control planes do not record when a token was last used: there every token counts as never used.",
		Attributes: attributes,
	}
}

// Read implements [datasource.DataSource].
func (d *virtualAccountsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model virtualAccountsModel
	client, ok := d.Begin(ctx, req, resp, &model)
	if !ok {
		return
	}
	filter := api.VirtualAccountFilter{NameContains: model.NameContains.ValueString(), Expired: model.Expired.ValueBoolPointer()}
	if !model.OwnedByTeams.IsNull() {
		resp.Diagnostics.Append(model.OwnedByTeams.ElementsAs(ctx, &filter.OwnedByTeams, false)...)
		slices.Sort(filter.OwnedByTeams)
	}
	all, err := client.SearchVirtualAccounts(ctx, filter)
	if err != nil {
		resp.Diagnostics.Append(d.Failure(system.List, err))
		return
	}
	now := client.Now()
	model.VirtualAccounts = []virtualAccountFacts{}
	for _, account := range sorted(all) {
		selected, diags := model.Selects(facts(account), now)
		resp.Diagnostics.Append(diags...)
		if selected && model.passes(account, filter, now) {
			var shown virtualAccountFacts
			shown.fromAPI(account, now)
			model.VirtualAccounts = append(model.VirtualAccounts, shown)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// passes applies the filters that older control planes ignore.
func (m *virtualAccountsModel) passes(account api.ServiceAccount, filter api.VirtualAccountFilter, now time.Time) bool {
	if len(filter.OwnedByTeams) > 0 && !slices.Contains(filter.OwnedByTeams, account.Team()) {
		return false
	}
	return containsText(account.Name, m.NameContains) && (filter.Expired == nil || *filter.Expired == account.HasExpired(now))
}
