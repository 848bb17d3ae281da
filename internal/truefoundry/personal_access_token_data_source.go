package truefoundry

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

func newPersonalAccessTokenDataSource() datasource.DataSource {
	return lifecycle.NewLookup[personalAccessTokenFacts, *api.Client](personalAccessTokenListing())
}

func newPersonalAccessTokensDataSource() datasource.DataSource {
	return lifecycle.NewSelection[personalAccessTokenSelection, *api.Client](personalAccessTokenListing())
}

// personalAccessTokenFacts is a token as both data sources show it, and the [lifecycle.LookupModel].
type personalAccessTokenFacts struct {
	ID               types.String      `tfsdk:"id"`
	Name             types.String      `tfsdk:"name"`
	TeamName         types.String      `tfsdk:"team_name"`
	TokenType        types.String      `tfsdk:"token_type"`
	Owner            types.Object      `tfsdk:"owner"`
	CreatedBy        types.Object      `tfsdk:"created_by"`
	MintedByProvider types.Bool        `tfsdk:"minted_by_provider"`
	CreatedAt        rotation.TimeText `tfsdk:"created_at"`
	ExpiresAt        rotation.TimeText `tfsdk:"expires_at"`
	LastUsedAt       rotation.TimeText `tfsdk:"last_used_at"`
	Status           types.String      `tfsdk:"status"`
}

func tokenFactsAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":         lifecycle.TextFact("The token's id."),
		"name":       lifecycle.TextFact("The token's name."),
		"team_name":  lifecycle.TextFact("The team that the token belongs to. Null for none."),
		"token_type": lifecycle.TextFact("The form of the token: `jwt` or `opaque`. Null where TrueFoundry does not report it."),
		"owner": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "The user that the token belongs to. Where TrueFoundry reports only who created the token, that user. Null where it reports neither.",
			Attributes: map[string]schema.Attribute{"id": lifecycle.TextFact(ownerID), "name": lifecycle.TextFact(ownerName)},
		},
		"created_by":         createdByFact(),
		"minted_by_provider": lifecycle.MintedFact(),
		"created_at":         lifecycle.TimeFact("When the token was minted, as an RFC 3339 time in UTC."),
		"expires_at":         lifecycle.TimeFact("When the token expires, as an RFC 3339 time in UTC. Null means never."),
		"last_used_at":       lifecycle.TimeFact("When the token was last used, as an RFC 3339 time in UTC. Null for never, and where the control plane does not record it."),
		"status":             lifecycle.TextFact("`active`, or `expired` once `expires_at` has passed."),
	}
}

func (*personalAccessTokenFacts) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Looks up a personal access token on TrueFoundry by its id or its name, among those of the user whose key the provider uses. The token itself cannot be read.",
		Attributes:          lifecycle.Attributes(tokenFactsAttributes(), lifecycle.KeyArguments("The token's id.", "The token's name.")),
	}
}

func (*personalAccessTokenFacts) List(ctx context.Context, r reading) ([]api.ServiceAccount, error) {
	return r.Client.ListPersonalAccessTokens(ctx)
}

func (*personalAccessTokenFacts) Absent(rows int, attribute, value string) string {
	return absent(rows, attribute, value)
}

func (f *personalAccessTokenFacts) FromAPI(token api.ServiceAccount, now time.Time) {
	f.ID, f.Name = types.StringValue(token.ID), types.StringValue(token.Name)
	f.TeamName, f.TokenType, f.MintedByProvider = textOrNull(token.Team()), tokenType(token), rotation.IsGenerated(token.Name)
	f.Owner = shownOwner(token, "")
	f.CreatedBy, f.CreatedAt = subjectValue(token.CreatedBy), rotation.TimeValue(token.CreatedAt)
	f.ExpiresAt, f.LastUsedAt = rotation.TimeValue(token.End().Moment()), rotation.TimeValue(token.LastAccessedAt)
	f.Status = statusOf(token, now)
}

// personalAccessTokenSelection is the [lifecycle.SelectionModel].
type personalAccessTokenSelection struct {
	rotation.Audit
	NameContains types.String               `tfsdk:"name_contains"`
	Tokens       []personalAccessTokenFacts `tfsdk:"tokens"`
}

func (*personalAccessTokenSelection) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists the personal access tokens on TrueFoundry of the user whose key the provider uses, including those that TrueFoundry itself creates. TrueFoundry may also show the tokens of other users to a tenant administrator. The control plane applies `name_contains`; the provider applies all other filters to its answer. Older control planes do not record when a token was last used, and there every token counts as never used.",
		Attributes: lifecycle.Attributes(rotation.AuditArguments(), map[string]schema.Attribute{
			"name_contains": lifecycle.TextArgument("Only tokens whose names contain this text."),
			"tokens":        lifecycle.ListFact("The tokens that pass all filters, ordered by name, then by id.", tokenFactsAttributes()),
		}),
	}
}

func (m *personalAccessTokenSelection) List(ctx context.Context, r reading) ([]api.ServiceAccount, error) {
	if m.NameContains.IsNull() {
		return r.Client.ListPersonalAccessTokens(ctx)
	}
	return r.Client.SearchPersonalAccessTokens(ctx, m.NameContains.ValueString())
}

// Passes applies the filter that older control planes ignore.
func (m *personalAccessTokenSelection) Passes(token api.ServiceAccount, _ time.Time) bool {
	return containsText(token.Name, m.NameContains)
}

func (m *personalAccessTokenSelection) Show(rows []api.ServiceAccount, now time.Time) {
	m.Tokens = lifecycle.Shown(rows, now, (*personalAccessTokenFacts).FromAPI)
}
