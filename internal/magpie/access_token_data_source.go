package magpie

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

func newPersonalAccessTokenDataSource() datasource.DataSource {
	return lifecycle.NewLookup[personalLookup, *api.Client](listing(personalNoun))
}

func newServiceAccountAccessTokenDataSource() datasource.DataSource {
	return lifecycle.NewLookup[serviceLookup, *api.Client](listing(serviceNoun))
}

func newPersonalAccessTokensDataSource() datasource.DataSource {
	return lifecycle.NewSelection[personalSelection, *api.Client](listing(personalNoun))
}

func newServiceAccountAccessTokensDataSource() datasource.DataSource {
	return lifecycle.NewSelection[serviceSelection, *api.Client](listing(serviceNoun))
}

func listing(noun system.Noun) lifecycle.Listing[api.AccessToken] {
	return lifecycle.Listing[api.AccessToken]{Noun: noun, Advise: adviceFor, Facts: func(token api.AccessToken) rotation.Facts {
		return rotation.Facts{ID: token.ID, CreatedAt: token.Created.At, ExpiresAt: token.Expires.At}
	}}
}

// accessTokenFacts is a token as both data sources show it.
type accessTokenFacts struct {
	ID               types.String      `tfsdk:"id"`
	Description      types.String      `tfsdk:"description"`
	Disabled         types.Bool        `tfsdk:"disabled"`
	MintedByProvider types.Bool        `tfsdk:"minted_by_provider"`
	CreatedAt        rotation.TimeText `tfsdk:"created_at"`
	ExpiresAt        rotation.TimeText `tfsdk:"expires_at"`
	Status           types.String      `tfsdk:"status"`
}

func factsAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":          lifecycle.TextFact("The token's id, as Magpie lists it."),
		"description": lifecycle.TextFact("The token's description. Null where Magpie lists none."),
		"disabled":    schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the token is disabled. Null where Magpie does not report it."},
		"minted_by_provider": schema.BoolAttribute{
			Computed:            true,
			MarkdownDescription: "`true` if the description is a mark that this provider sets. A rotation marks the token that it mints until the rotation is complete: a marked token is very likely left over from an interrupted rotation, unless Magpie could not clear the mark. The mark of an ephemeral token says when its run should be over; after that, the next ephemeral resource of the same account deletes the token. `false` does not prove the opposite, because most tokens that this provider mints have no mark.",
		},
		"created_at": lifecycle.TimeFact("When the token was minted, as an RFC 3339 time in UTC."),
		"expires_at": lifecycle.TimeFact("When the token expires, as an RFC 3339 time in UTC. Null where Magpie does not report it."),
		"status":     lifecycle.TextFact("`active`, `disabled`, `expired`, or another word that Magpie lists. Null where Magpie does not report it."),
	}
}

// FromAPI leaves null what the list does not tell.
func (f *accessTokenFacts) FromAPI(token api.AccessToken, now time.Time) {
	f.ID, f.Disabled = types.StringValue(token.ID), types.BoolPointerValue(token.Disabled)
	f.MintedByProvider = types.BoolValue(isMarked(token))
	if token.Description != nil && *token.Description != "" {
		f.Description = types.StringValue(*token.Description)
	}
	f.CreatedAt, f.ExpiresAt = rotation.TimeValue(token.Created.At), rotation.TimeValue(token.Expires.At)
	if token.Disabled != nil || token.Status != "" || rotation.Expired(token.Expires.At, now) {
		f.Status = types.StringValue(status(token, token.Disabled != nil && *token.Disabled, now))
	}
}

func (*accessTokenFacts) Absent(rows int, attribute, value string) string {
	return fmt.Sprintf("None of the account's %d tokens has the %s %q.", rows, attribute, value)
}

const (
	ofCaller  = "of the user on Silectis Magpie that the provider logs in as"
	ofAccount = "of a service account on Silectis Magpie. The provider must log in as an organization admin"
)

func userNameArgument() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"user_name": schema.StringAttribute{Required: true, Validators: []validator.String{userName()}, MarkdownDescription: "The user name of the service account."},
	}
}

// ownTokens are those of the user that the provider is logged in as.
type ownTokens struct{}

func (ownTokens) List(ctx context.Context, r lifecycle.Reading[*api.Client]) ([]api.AccessToken, error) {
	return r.Client.List(ctx, api.Own)
}

// accountTokens are those of a service account.
type accountTokens struct {
	UserName types.String `tfsdk:"user_name"`
}

func (m *accountTokens) List(ctx context.Context, r lifecycle.Reading[*api.Client]) ([]api.AccessToken, error) {
	return r.Client.List(ctx, api.Account(m.UserName.ValueString()))
}

func lookupSchema(whose string, arguments map[string]schema.Attribute) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Looks up an access token " + whose + ". The token itself cannot be read.",
		Attributes: lifecycle.Attributes(factsAttributes(), arguments, map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: "The token's id, as Magpie lists it.",
			},
		}),
	}
}

// personalLookup and serviceLookup are the models of the data sources of one token.
type (
	personalLookup struct {
		ownTokens
		accessTokenFacts
	}
	serviceLookup struct {
		accountTokens
		accessTokenFacts
	}
)

func (*personalLookup) Schema() schema.Schema { return lookupSchema(ofCaller, nil) }
func (*serviceLookup) Schema() schema.Schema  { return lookupSchema(ofAccount, userNameArgument()) }

func selectionSchema(whose string, arguments map[string]schema.Attribute) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists the access tokens " + whose + ". Magpie does not list when a token was last used.",
		Attributes: lifecycle.Attributes(rotation.BaseAuditArguments(), arguments, map[string]schema.Attribute{
			"disabled": schema.BoolAttribute{Optional: true, MarkdownDescription: "`true`: only tokens that are disabled; `false`: only others."},
			"tokens":   lifecycle.ListFact("The tokens that pass all filters, in the order in which Magpie lists them.", factsAttributes()),
		}),
	}
}

// accessTokenSelection is what passes the filters.
type accessTokenSelection struct {
	rotation.BaseAudit
	Disabled types.Bool         `tfsdk:"disabled"`
	Tokens   []accessTokenFacts `tfsdk:"tokens"`
}

func (m *accessTokenSelection) Passes(token api.AccessToken, _ time.Time) bool {
	return m.Disabled.IsNull() || m.Disabled.ValueBool() == (token.Disabled != nil && *token.Disabled)
}

func (m *accessTokenSelection) Show(rows []api.AccessToken, now time.Time) {
	m.Tokens = lifecycle.Shown(rows, now, (*accessTokenFacts).FromAPI)
}

// personalSelection and serviceSelection are the models of the data sources of many tokens.
type (
	personalSelection struct {
		ownTokens
		accessTokenSelection
	}
	serviceSelection struct {
		accountTokens
		accessTokenSelection
	}
)

func (*personalSelection) Schema() schema.Schema { return selectionSchema(ofCaller, nil) }
func (*serviceSelection) Schema() schema.Schema {
	return selectionSchema(ofAccount, userNameArgument())
}
