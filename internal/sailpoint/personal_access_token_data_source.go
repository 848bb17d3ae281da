package sailpoint

import (
	"context"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

var _ datasource.DataSourceWithConfigure = (*personalAccessTokenDataSource)(nil)

type personalAccessTokenDataSource struct {
	system.DataSourceBase[*api.Client]
}

func newPersonalAccessTokenDataSource() datasource.DataSource {
	return &personalAccessTokenDataSource{system.NewDataSourceBase[*api.Client](personalAccessTokenNoun, false)}
}

// personalAccessTokenFacts is a token as a data source shows it.
type personalAccessTokenFacts struct {
	ID                         types.String      `tfsdk:"id"`
	Name                       types.String      `tfsdk:"name"`
	Scope                      types.Set         `tfsdk:"scope"`
	AccessTokenValiditySeconds types.Int64       `tfsdk:"access_token_validity_seconds"`
	Owner                      types.Object      `tfsdk:"owner"`
	Managed                    types.Bool        `tfsdk:"managed"`
	CreatedAt                  timetypes.RFC3339 `tfsdk:"created_at"`
	ExpiresAt                  timetypes.RFC3339 `tfsdk:"expires_at"`
	LastUsedAt                 timetypes.RFC3339 `tfsdk:"last_used_at"`
	Status                     types.String      `tfsdk:"status"`
}

func factsAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":   schema.StringAttribute{Computed: true, MarkdownDescription: "The token's id."},
		"name": schema.StringAttribute{Computed: true, MarkdownDescription: "The token's name."},
		"scope": schema.SetAttribute{
			Computed: true, ElementType: types.StringType, MarkdownDescription: "The token's scopes; `sp:scopes:all` stands for all rights of the owner.",
		},
		"access_token_validity_seconds": schema.Int64Attribute{
			Computed: true, MarkdownDescription: "How many seconds a bearer token lives that is obtained with this token.",
		},
		"owner": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "The identity that the token belongs to.",
			Attributes: map[string]schema.Attribute{
				"type": schema.StringAttribute{Computed: true, MarkdownDescription: "The owner's type, `IDENTITY`."},
				"id":   schema.StringAttribute{Computed: true, MarkdownDescription: "The owner's id."},
				"name": schema.StringAttribute{Computed: true, MarkdownDescription: "The owner's display name."},
			},
		},
		"managed":    schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the platform itself manages the token."},
		"created_at": schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the token was minted, as an RFC 3339 time in UTC."},
		"expires_at": schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the token ends; null means never."},
		"last_used_at": schema.StringAttribute{
			Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the token was last used, to the day; null means never.",
		},
		"status": schema.StringAttribute{Computed: true, MarkdownDescription: "`active`, or `expired` once `expires_at` has passed."},
	}
}

func (d *personalAccessTokenFacts) describe(token api.PersonalAccessToken, status string) {
	d.ID, d.Name = types.StringValue(token.ID), types.StringValue(token.Name)
	d.Scope, d.AccessTokenValiditySeconds = scopeValue(token.Scope), types.Int64Value(token.AccessTokenValiditySeconds)
	d.Owner, d.Managed = ownerValue(token.Owner), types.BoolValue(token.Managed)
	d.CreatedAt, d.ExpiresAt, d.LastUsedAt = rotation.TimeValue(&token.Created), rotation.TimeValue(token.ExpirationDate), rotation.TimeValue(token.LastUsed)
	d.Status = types.StringValue(status)
}

type personalAccessTokenDataSourceModel struct {
	personalAccessTokenFacts
	OwnerID types.String `tfsdk:"owner_id"`
}

// Schema implements [datasource.DataSource].
func (d *personalAccessTokenDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := factsAttributes()
	maps.Copy(attributes, map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Optional: true, Computed: true,
			Validators:          []validator.String{stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name")), stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "The token's id. Exactly one of `id` and `name` must be set.",
		},
		"name": schema.StringAttribute{
			Optional: true, Computed: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "The token's name, which is unique among its owner's tokens.",
		},
		"owner_id": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "The identity id of the owner. Default `me`, the identity that the provider authenticates as. Another needs the right `idn:all-personal-access-tokens:read`.",
		},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "A personal access token on SailPoint Identity Security Cloud, looked up by its id or its name. The secret cannot be looked up.",
		Attributes:          attributes,
	}
}

// Read implements [datasource.DataSource].
func (d *personalAccessTokenDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model personalAccessTokenDataSourceModel
	client, ok := d.Begin(ctx, req, resp, &model)
	if !ok {
		return
	}
	owner := ownerOrMe(model.OwnerID)
	all, err := client.List(ctx, owner)
	if err != nil {
		resp.Diagnostics.Append(d.Failure(system.Read, err))
		return
	}
	system.RemarkDeprecation(d.Connection(), string(client.Version()), client.Deprecated(), &resp.Diagnostics)
	attribute, wanted := "id", model.ID.ValueString()
	if model.ID.IsNull() {
		attribute, wanted = "name", model.Name.ValueString()
	}
	for _, token := range all {
		if attribute == "id" && token.ID == wanted || attribute == "name" && token.Name == wanted {
			model.describe(token, rotation.Status(token.ExpirationDate, client.Now()))
			resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
			return
		}
	}
	if len(all) == api.ListCap {
		resp.Diagnostics.AddWarning("The list of SailPoint personal access tokens may be incomplete",
			fmt.Sprintf("The tenant listed exactly %d tokens, the length at which it may cut a list.", api.ListCap))
	}
	resp.Diagnostics.AddAttributeError(path.Root(attribute), "No such SailPoint personal access token",
		fmt.Sprintf("Among the %d tokens of the owner %q is none whose %s is %q. Check the %s, or set owner_id if the token belongs to another identity.", len(all), owner, attribute, wanted, attribute))
}

func ownerOrMe(owner types.String) string {
	if owner.IsNull() {
		return api.Me
	}
	return owner.ValueString()
}
