package truefoundry

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

var _ datasource.DataSourceWithConfigure = (*personalAccessTokensDataSource)(nil)

type personalAccessTokensDataSource struct {
	system.DataSourceBase[*api.Client]
}

func newPersonalAccessTokensDataSource() datasource.DataSource {
	return &personalAccessTokensDataSource{system.NewDataSourceBase[*api.Client](personalAccessTokenNoun, true)}
}

type personalAccessTokensModel struct {
	rotation.Audit
	NameContains types.String               `tfsdk:"name_contains"`
	Tokens       []personalAccessTokenFacts `tfsdk:"tokens"`
}

func nameContainsArgument(what string) schema.Attribute {
	return schema.StringAttribute{
		Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		MarkdownDescription: "Only " + what + " whose names contain this text.",
	}
}

// containsText reports whether a name contains a text, without regard to case: how the control plane compares is not documented.
func containsText(name string, text types.String) bool {
	return strings.Contains(strings.ToLower(name), strings.ToLower(text.ValueString()))
}

// facts are what the audit filters look at.
func facts(account api.ServiceAccount) rotation.Facts {
	return rotation.Facts{CreatedAt: account.CreatedAt, ExpiresAt: account.End().Moment(), LastUsedAt: account.LastAccessedAt}
}

// sorted orders objects by name, then by id.
func sorted(all []api.ServiceAccount) []api.ServiceAccount {
	return slices.SortedFunc(slices.Values(all), func(a, b api.ServiceAccount) int {
		return strings.Compare(a.Name+"\x00"+a.ID, b.Name+"\x00"+b.ID)
	})
}

// Schema implements [datasource.DataSource].
func (d *personalAccessTokensDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"name_contains": nameContainsArgument("tokens"),
		"tokens": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "The tokens that pass all filters, ordered by name, then by id.",
			NestedObject: schema.NestedAttributeObject{Attributes: tokenFactsAttributes()},
		},
	}
	maps.Copy(attributes, rotation.AuditArguments())
	resp.Schema = schema.Schema{
		MarkdownDescription: "Personal access tokens of the user whose key the provider has, on TrueFoundry, those that the system itself has made included. The filter on names is sent to the control plane; all others are applied to its answer. " +
			"Older control planes do not keep when a token was last used: there every token counts as never used.",
		Attributes: attributes,
	}
}

// Read implements [datasource.DataSource].
func (d *personalAccessTokensDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model personalAccessTokensModel
	client, ok := d.Begin(ctx, req, resp, &model)
	if !ok {
		return
	}
	list := client.ListPersonalAccessTokens
	if !model.NameContains.IsNull() {
		list = func(ctx context.Context) ([]api.ServiceAccount, error) {
			return client.SearchPersonalAccessTokens(ctx, model.NameContains.ValueString())
		}
	}
	all, err := list(ctx)
	if err != nil {
		resp.Diagnostics.Append(d.Failure(system.List, err))
		return
	}
	now := client.Now()
	model.Tokens = []personalAccessTokenFacts{}
	for _, token := range sorted(all) {
		selected, diags := model.Selects(facts(token), now)
		resp.Diagnostics.Append(diags...)
		// Older control planes ignore the filter.
		if selected && containsText(token.Name, model.NameContains) {
			var shown personalAccessTokenFacts
			shown.describe(token, now)
			model.Tokens = append(model.Tokens, shown)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
