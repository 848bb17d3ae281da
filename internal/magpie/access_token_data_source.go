package magpie

import (
	"context"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*accessTokenDataSource)(nil)

// accessTokenDataSource looks one token up, of the caller's own or of a service account.
type accessTokenDataSource struct {
	system.DataSourceBase[*api.Client]
	service bool
}

func newPersonalAccessTokenDataSource() datasource.DataSource {
	return &accessTokenDataSource{DataSourceBase: system.NewDataSourceBase[*api.Client](personalNoun, false)}
}

func newServiceAccountAccessTokenDataSource() datasource.DataSource {
	return &accessTokenDataSource{DataSourceBase: system.NewDataSourceBase[*api.Client](serviceNoun, false), service: true}
}

// accessTokenFacts is a token as a data source shows it.
type accessTokenFacts struct {
	ID          types.String      `tfsdk:"id"`
	Description types.String      `tfsdk:"description"`
	Disabled    types.Bool        `tfsdk:"disabled"`
	CreatedAt   timetypes.RFC3339 `tfsdk:"created_at"`
	ExpiresAt   timetypes.RFC3339 `tfsdk:"expires_at"`
	Status      types.String      `tfsdk:"status"`
}

type serviceFacts struct {
	accessTokenFacts
	UserName types.String `tfsdk:"user_name"`
}

func factsAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":          schema.StringAttribute{Computed: true, MarkdownDescription: "The token's id, as Magpie lists it."},
		"description": schema.StringAttribute{Computed: true, MarkdownDescription: "The token's description; null where Magpie lists none."},
		"disabled":    schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the token is switched off; null where Magpie's list does not tell."},
		"created_at":  schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the token was minted, as an RFC 3339 time in UTC."},
		"expires_at":  schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the token ends; null where Magpie tells no end."},
		"status":      schema.StringAttribute{Computed: true, MarkdownDescription: "`active`, `disabled`, `expired`, or another word that Magpie lists; null where its list does not tell."},
	}
}

func userNameArgument() schema.Attribute {
	return schema.StringAttribute{Required: true, Validators: []validator.String{userName()}, MarkdownDescription: "The user name of the service account."}
}

func (d *accessTokenDataSource) described() string {
	if d.service {
		return "of a service account, on Silectis Magpie. The provider must log in as an organization admin"
	}
	return "of the user that the provider logs in as, on Silectis Magpie"
}

// Schema implements [datasource.DataSource].
func (d *accessTokenDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := factsAttributes()
	maps.Copy(attributes, map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: "The token's id, as Magpie lists it.",
		},
	})
	if d.service {
		attributes["user_name"] = userNameArgument()
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "An access token " + d.described() + ". The token itself cannot be looked up.", Attributes: attributes,
	}
}

// Read implements [datasource.DataSource].
func (d *accessTokenDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model serviceFacts
	var target any = &model.accessTokenFacts
	if d.service {
		target = &model
	}
	client, ok := d.Begin(ctx, req, resp, target)
	if !ok {
		return
	}
	all, err := client.List(ctx, api.Account(model.UserName.ValueString()))
	if err != nil {
		resp.Diagnostics.Append(d.Failure(system.Read, err, adviceFor(err)...))
		return
	}
	token := byID(all, model.ID.ValueString())
	if token == nil {
		resp.Diagnostics.Append(diag.NewAttributeErrorDiagnostic(path.Root("id"), "No such "+d.Noun().Words,
			fmt.Sprintf("None of the account's %d tokens has the id %q.", len(all), model.ID.ValueString())))
		return
	}
	model.describe(*token, client)
	resp.Diagnostics.Append(resp.State.Set(ctx, target)...)
}

func (f *accessTokenFacts) describe(token api.AccessToken, client *api.Client) {
	f.ID = types.StringValue(token.ID)
	f.Disabled = types.BoolPointerValue(token.Disabled)
	if token.Description != nil && *token.Description != "" {
		f.Description = types.StringValue(*token.Description)
	}
	f.CreatedAt, f.ExpiresAt = rotation.TimeValue(token.Created.At), rotation.TimeValue(token.Expires.At)
	if token.Disabled == nil && token.Status == "" && !rotation.Expired(token.Expires.At, client.Now()) {
		return
	}
	f.Status = types.StringValue(status(token, token.Disabled != nil && *token.Disabled, client.Now()))
}
