package sailpoint

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
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
	Owner     types.String               `tfsdk:"owner"`
	AllOwners types.Bool                 `tfsdk:"all_owners"`
	Scope     types.String               `tfsdk:"scope"`
	Managed   types.Bool                 `tfsdk:"managed"`
	Tokens    []personalAccessTokenFacts `tfsdk:"tokens"`
}

// Schema implements [datasource.DataSource].
func (d *personalAccessTokensDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"owner": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "The identity id of the owner whose tokens are listed. Default `me`, the identity that the provider authenticates as. Another needs the right `idn:all-personal-access-tokens:read`.",
		},
		"all_owners": schema.BoolAttribute{
			Optional: true, Validators: []validator.Bool{boolvalidator.ConflictsWith(path.MatchRoot("owner"))},
			MarkdownDescription: "`true` lists the tokens of the whole tenant; it needs the right `idn:all-personal-access-tokens:read`. Conflicts with `owner`.",
		},
		"scope": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: "Only tokens that have this scope.",
		},
		"managed": schema.BoolAttribute{
			Optional: true, MarkdownDescription: "`true`: only tokens that the platform manages; `false`: only others. Managed tokens are listed only with the right `idn:managed-personal-access-tokens:read`.",
		},
		"tokens": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "The tokens that pass all filters, ordered by name, then by id.",
			NestedObject: schema.NestedAttributeObject{Attributes: factsAttributes()},
		},
	}
	maps.Copy(attributes, rotation.AuditArguments())
	resp.Schema = schema.Schema{
		MarkdownDescription: "Personal access tokens on SailPoint Identity Security Cloud. Filters on the last use are sent to the tenant, which keeps it to the day; all others are applied to its answer.",
		Attributes:          attributes,
	}
}

// Read implements [datasource.DataSource].
func (d *personalAccessTokensDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model personalAccessTokensModel
	client, ok := d.Begin(ctx, req, resp, &model)
	if !ok {
		return
	}
	owner := ownerOrMe(model.Owner)
	if model.AllOwners.ValueBool() {
		owner = api.Everybody
	}
	// The login tells the tenant's time, from which the filters count.
	err := client.Ready(ctx)
	var all []api.PersonalAccessToken
	var whole bool
	if err == nil {
		all, whole, err = listByUse(ctx, client, owner, model.UseAudit, client.Now())
	}
	if err != nil {
		resp.Diagnostics.Append(d.Failure(system.List, err))
		return
	}
	system.RemarkDeprecation(d.Connection(), string(client.Version()), client.Deprecated(), &resp.Diagnostics)
	if !whole {
		resp.Diagnostics.AddWarning("The list of SailPoint personal access tokens may be incomplete",
			fmt.Sprintf("The tenant listed exactly %d tokens, the length at which it may cut a list. Ask for one owner at a time, or filter by last use.", api.ListCap))
	}
	now := client.Now()
	model.Tokens = []personalAccessTokenFacts{}
	for _, token := range all {
		selected, diags := model.selects(token, now)
		resp.Diagnostics.Append(diags...)
		if selected {
			var facts personalAccessTokenFacts
			facts.describe(token, rotation.Status(token.ExpirationDate, now))
			model.Tokens = append(model.Tokens, facts)
		}
	}
	sort.Slice(model.Tokens, func(i, j int) bool {
		a, b := model.Tokens[i], model.Tokens[j]
		if a.Name.Equal(b.Name) {
			return a.ID.ValueString() < b.ID.ValueString()
		}
		return a.Name.ValueString() < b.Name.ValueString()
	})
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// listByUse lets the tenant select by last use where it can: it knows "not used since" and "never used", one at a time, and a
// token that was never used is not promised to pass the first.
// It reports whether all answers were shorter than the length at which a list may be cut.
func listByUse(ctx context.Context, client *api.Client, owner string, use rotation.UseAudit, now time.Time) ([]api.PersonalAccessToken, bool, error) {
	unused, ok := rotation.Duration(use.UnusedFor)
	switch {
	case use.NeverUsed.ValueBool():
		return measured(client.ListFiltered(ctx, owner, "lastUsed isnull"))
	case !ok:
		return measured(client.List(ctx, owner))
	}
	// Counted from the full hour, so that several data sources of a run ask the same question.
	since := now.Add(-unused).Truncate(time.Hour).Add(time.Hour)
	before, whole, err := measured(client.ListFiltered(ctx, owner, "lastUsed le "+rotation.Format(since)))
	if err != nil {
		return nil, false, err
	}
	never, alsoWhole, err := measured(client.ListFiltered(ctx, owner, "lastUsed isnull"))
	for _, token := range never {
		if !slices.ContainsFunc(before, func(t api.PersonalAccessToken) bool { return t.ID == token.ID }) {
			before = append(before, token)
		}
	}
	return before, whole && alsoWhole, err
}

func measured(all []api.PersonalAccessToken, err error) ([]api.PersonalAccessToken, bool, error) {
	return all, len(all) != api.ListCap, err
}

func (m *personalAccessTokensModel) selects(token api.PersonalAccessToken, now time.Time) (bool, diag.Diagnostics) {
	facts := rotation.Facts{CreatedAt: &token.Created, ExpiresAt: token.ExpirationDate, LastUsedAt: token.LastUsed}
	selected, diags := m.Audit.Selects(facts, now)
	if !m.Managed.IsNull() && m.Managed.ValueBool() != token.Managed {
		selected = false
	}
	if !m.Scope.IsNull() && !slices.Contains(token.Scope, m.Scope.ValueString()) {
		selected = false
	}
	return selected, diags
}
