package magpie

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*accessTokensDataSource)(nil)

// accessTokensDataSource lists tokens, of the caller's own or of a service account.
type accessTokensDataSource struct {
	system.DataSourceBase[*api.Client]
	service bool
}

func newPersonalAccessTokensDataSource() datasource.DataSource {
	return &accessTokensDataSource{DataSourceBase: system.NewDataSourceBase[*api.Client](personalNoun, true)}
}

func newServiceAccountAccessTokensDataSource() datasource.DataSource {
	return &accessTokensDataSource{DataSourceBase: system.NewDataSourceBase[*api.Client](serviceNoun, true), service: true}
}

type accessTokensModel struct {
	rotation.ExpiryAudit
	Disabled types.Bool         `tfsdk:"disabled"`
	Tokens   []accessTokenFacts `tfsdk:"tokens"`
}

type serviceTokensModel struct {
	accessTokensModel
	UserName types.String `tfsdk:"user_name"`
}

// Schema implements [datasource.DataSource].
func (d *accessTokensDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"disabled": schema.BoolAttribute{
			Optional: true, MarkdownDescription: "`true`: only tokens that are switched off; `false`: only others.",
		},
		"tokens": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "The tokens that pass all filters, in the order in which Magpie lists them.",
			NestedObject: schema.NestedAttributeObject{Attributes: factsAttributes()},
		},
	}
	maps.Copy(attributes, rotation.ExpiryAuditArguments())
	one := accessTokenDataSource{service: d.service}
	if d.service {
		attributes["user_name"] = userNameArgument()
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Access tokens " + one.described() + ". Magpie does not list when a token was last used.", Attributes: attributes,
	}
}

// Read implements [datasource.DataSource].
func (d *accessTokensDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model serviceTokensModel
	var target any = &model.accessTokensModel
	if d.service {
		target = &model
	}
	client, ok := d.Begin(ctx, req, resp, target)
	if !ok {
		return
	}
	all, err := client.List(ctx, api.Account(model.UserName.ValueString()))
	if err != nil {
		resp.Diagnostics.Append(d.Failure(system.List, err, adviceFor(err)...))
		return
	}
	model.Tokens = []accessTokenFacts{}
	for _, token := range all {
		selected, diags := model.ExpiryAudit.Selects(rotation.Facts{CreatedAt: token.Created.At, ExpiresAt: token.Expires.At}, client.Now())
		resp.Diagnostics.Append(diags...)
		var facts accessTokenFacts
		facts.describe(token, client)
		if selected && (model.Disabled.IsNull() || model.Disabled.ValueBool() == facts.Disabled.ValueBool()) {
			model.Tokens = append(model.Tokens, facts)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, target)...)
}
