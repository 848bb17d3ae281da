package truefoundry

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
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
	ID         types.String      `tfsdk:"id"`
	Name       types.String      `tfsdk:"name"`
	TeamName   types.String      `tfsdk:"team_name"`
	TokenType  types.String      `tfsdk:"token_type"`
	CreatedBy  types.Object      `tfsdk:"created_by"`
	CreatedAt  timetypes.RFC3339 `tfsdk:"created_at"`
	ExpiresAt  timetypes.RFC3339 `tfsdk:"expires_at"`
	LastUsedAt timetypes.RFC3339 `tfsdk:"last_used_at"`
	Status     types.String      `tfsdk:"status"`
}

func tokenFactsAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":         schema.StringAttribute{Computed: true, MarkdownDescription: "The token's id."},
		"name":       schema.StringAttribute{Computed: true, MarkdownDescription: "The token's name."},
		"team_name":  schema.StringAttribute{Computed: true, MarkdownDescription: "The team that the token belongs to; null for none."},
		"token_type": schema.StringAttribute{Computed: true, MarkdownDescription: "`jwt` or `opaque`; null where TrueFoundry does not tell."},
		"created_by": createdByFact(),
		"created_at": schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the token was minted, as an RFC 3339 time in UTC."},
		"expires_at": schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the token ends; null means never."},
		"last_used_at": schema.StringAttribute{
			Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the token was last used; null for never, and where the control plane does not keep it.",
		},
		"status": schema.StringAttribute{Computed: true, MarkdownDescription: "`active`, or `expired` once the end has passed."},
	}
}

func createdByFact() schema.Attribute {
	return schema.SingleNestedAttribute{
		Computed: true, MarkdownDescription: "Who created it.",
		Attributes: map[string]schema.Attribute{
			"type": schema.StringAttribute{Computed: true, MarkdownDescription: "The kind of subject, such as `user` or `virtualaccount`."},
			"id":   schema.StringAttribute{Computed: true, MarkdownDescription: "The subject's id."},
			"name": schema.StringAttribute{Computed: true, MarkdownDescription: "The subject's e-mail address or name; null where TrueFoundry does not tell."},
		},
	}
}

func (f *personalAccessTokenFacts) describe(token api.ServiceAccount, now time.Time) {
	f.ID, f.Name = types.StringValue(token.ID), types.StringValue(token.Name)
	f.TeamName, f.TokenType = textOrNull(token.Team()), tokenType(token)
	f.CreatedBy, f.CreatedAt = subjectValue(token.CreatedBy), rotation.TimeValue(token.CreatedAt)
	f.ExpiresAt, f.LastUsedAt = rotation.TimeValue(token.End().Moment()), rotation.TimeValue(token.LastAccessedAt)
	f.Status = statusOf(token, now)
}

func statusOf(account api.ServiceAccount, now time.Time) types.String {
	if account.HasExpired(now) {
		return types.StringValue(rotation.StatusExpired)
	}
	return types.StringValue(rotation.StatusActive)
}

// keyArguments are the arguments by which one object is looked up.
func keyArguments(what string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Optional: true, Computed: true,
			Validators:          []validator.String{stringvalidator.ExactlyOneOf(path.MatchRoot("name")), stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "The " + what + "'s id. Exactly one of `id` and `name` must be set.",
		},
		"name": schema.StringAttribute{
			Optional: true, Computed: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "The " + what + "'s name.",
		},
	}
}

// lookUp finds one object by its id or, if that is null, by its name.
func lookUp(all []api.ServiceAccount, id, name types.String, noun system.Noun) (*api.ServiceAccount, diag.Diagnostic) {
	left, attribute, wanted := named(all, name.ValueString()), "name", name.ValueString()
	if !id.IsNull() {
		left, attribute, wanted = nil, "id", id.ValueString()
		if account := byID(all, wanted); account != nil {
			left = append(left, *account)
		}
	}
	switch len(left) {
	case 0:
		return nil, diag.NewAttributeErrorDiagnostic(path.Root(attribute), "No such "+noun.Words,
			fmt.Sprintf("Among the %d that the provider's key can see is none whose %s is %q.", len(all), attribute, wanted))
	case 1:
		return &left[0], nil
	}
	return nil, diag.NewAttributeErrorDiagnostic(path.Root(attribute), "Several "+noun.Words+"s have this name",
		fmt.Sprintf("The name %q is shared: %s. Set id instead.", wanted, describeAll(left)))
}

// Schema implements [datasource.DataSource].
func (d *personalAccessTokenDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := tokenFactsAttributes()
	maps.Copy(attributes, keyArguments("token"))
	resp.Schema = schema.Schema{
		MarkdownDescription: "A personal access token of the user whose key the provider has, on TrueFoundry, looked up by its id or its name. The token itself cannot be looked up.",
		Attributes:          attributes,
	}
}

// Read implements [datasource.DataSource].
func (d *personalAccessTokenDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model personalAccessTokenFacts
	client, ok := d.Begin(ctx, req, resp, &model)
	if !ok {
		return
	}
	all, err := client.ListPersonalAccessTokens(ctx)
	if err != nil {
		resp.Diagnostics.Append(d.Failure(system.Read, err))
		return
	}
	token, problem := lookUp(all, model.ID, model.Name, d.Noun())
	if problem != nil {
		resp.Diagnostics.Append(problem)
		return
	}
	model.describe(*token, client.Now())
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
