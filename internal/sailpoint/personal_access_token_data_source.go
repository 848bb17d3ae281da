package sailpoint

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

type reading = lifecycle.Reading[*api.Client]

func newPersonalAccessTokenDataSource() datasource.DataSource {
	return lifecycle.NewLookup[personalAccessTokenLookup, *api.Client](listing())
}

func newPersonalAccessTokensDataSource() datasource.DataSource {
	return lifecycle.NewSelection[personalAccessTokenSelection, *api.Client](listing())
}

func listing() lifecycle.Listing[api.PersonalAccessToken] {
	return lifecycle.Listing[api.PersonalAccessToken]{Noun: personalAccessTokenNoun, Facts: func(token api.PersonalAccessToken) rotation.Facts {
		return rotation.Facts{
			ID: token.ID, Name: token.Name, Owner: cmp.Or(token.Owner.Name, token.Owner.ID), CreatedAt: createdAt(token), ExpiresAt: token.ExpirationDate, LastUsedAt: token.LastUsed,
			Status: rotation.StatusActive, Platform: token.Managed,
		}
	}}
}

// personalAccessTokenFacts is a token as both data sources show it.
type personalAccessTokenFacts struct {
	ID                         types.String      `tfsdk:"id"`
	Name                       types.String      `tfsdk:"name"`
	Scope                      types.Set         `tfsdk:"scope"`
	AccessTokenValiditySeconds types.Int64       `tfsdk:"access_token_validity_seconds"`
	Owner                      types.Object      `tfsdk:"owner"`
	Managed                    types.Bool        `tfsdk:"managed"`
	MintedByProvider           types.Bool        `tfsdk:"minted_by_provider"`
	CreatedAt                  rotation.TimeText `tfsdk:"created_at"`
	ExpiresAt                  rotation.TimeText `tfsdk:"expires_at"`
	LastUsedAt                 rotation.TimeText `tfsdk:"last_used_at"`
	Status                     types.String      `tfsdk:"status"`
}

func factsAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":   lifecycle.TextFact("The token's id."),
		"name": lifecycle.TextFact("The token's name."),
		"scope": schema.SetAttribute{
			Computed: true, ElementType: types.StringType, MarkdownDescription: "The token's scopes; `sp:scopes:all` stands for all rights of the owner.",
		},
		"access_token_validity_seconds": schema.Int64Attribute{
			Computed: true, MarkdownDescription: "The life of a bearer token that is obtained with this token, in seconds.",
		},
		"owner": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "The identity that the token belongs to.",
			Attributes: map[string]schema.Attribute{
				"id":   lifecycle.TextFact("The owner's id."),
				"name": lifecycle.TextFact("The owner's display name."),
			},
		},
		"managed":            schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the platform itself manages the token."},
		"minted_by_provider": lifecycle.MintedFact(),
		"created_at":         lifecycle.TimeFact("When the token was minted, as an RFC 3339 time in UTC."),
		"expires_at":         lifecycle.TimeFact("When the token expires, as an RFC 3339 time in UTC. Null means never."),
		"last_used_at":       lifecycle.TimeFact("When the token was last used, as an RFC 3339 time in UTC that is exact to the day. Null means never."),
		"status":             lifecycle.TextFact("`active`, or `expired` once `expires_at` has passed."),
	}
}

func (f *personalAccessTokenFacts) FromAPI(token api.PersonalAccessToken, now time.Time) {
	f.ID, f.Name = types.StringValue(token.ID), types.StringValue(token.Name)
	f.Scope, f.AccessTokenValiditySeconds = scopeValue(token.Scope), types.Int64Value(token.AccessTokenValiditySeconds)
	f.Owner, f.Managed, f.MintedByProvider = rotation.OwnerValue(token.Owner.ID, token.Owner.Name), types.BoolValue(token.Managed), rotation.IsGenerated(token.Name)
	f.CreatedAt, f.ExpiresAt, f.LastUsedAt = rotation.TimeValue(createdAt(token)), rotation.TimeValue(token.ExpirationDate), rotation.TimeValue(token.LastUsed)
	f.Status = types.StringValue(rotation.Status(token.ExpirationDate, now))
}

// needsRight ends the description of an argument that leads to others' tokens.
const needsRight = "Default `me`, the identity that the provider authenticates as. Any other identity requires the right `idn:all-personal-access-tokens:read`."

func ownerOrMe(owner types.String) string {
	if owner.IsNull() {
		return api.Me
	}
	return owner.ValueString()
}

// personalAccessTokenLookup is the [lifecycle.LookupModel].
type personalAccessTokenLookup struct {
	personalAccessTokenFacts
	OwnerID types.String `tfsdk:"owner_id"`
}

func (*personalAccessTokenLookup) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Looks up a personal access token on SailPoint Identity Security Cloud by its id or its name. The secret cannot be read.",
		Attributes: lifecycle.Attributes(factsAttributes(), lifecycle.KeyArguments("The token's id.", "The token's name, which is unique among its owner's tokens."), map[string]schema.Attribute{
			"owner_id": lifecycle.TextArgument("The id of the owner's identity. " + needsRight),
		}),
	}
}

func (m *personalAccessTokenLookup) List(ctx context.Context, r reading) ([]api.PersonalAccessToken, error) {
	all, err := r.Client.List(ctx, ownerOrMe(m.OwnerID))
	if err == nil {
		warnOfDeprecation(r)
	}
	return all, err
}

func (m *personalAccessTokenLookup) Absent(rows int, attribute, value string) string {
	text := fmt.Sprintf("None of the %d tokens of the owner %q has the %s %q. Check the %s, or set owner_id if the token belongs to another identity.",
		rows, ownerOrMe(m.OwnerID), attribute, value, attribute)
	if rows == api.ListCap {
		text += " The list may be incomplete, because the tenant may cut lists at exactly this length."
	}
	return text
}

// owners are the arguments that say whose tokens are meant.
type owners struct {
	OwnerID   types.String `tfsdk:"owner_id"`
	AllOwners types.Bool   `tfsdk:"all_owners"`
}

// meant is the owner whose tokens are listed.
func (o owners) meant() string {
	if o.AllOwners.ValueBool() {
		return api.Everybody
	}
	return ownerOrMe(o.OwnerID)
}

// ownersArguments are the arguments of [owners].
func ownersArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"owner_id": lifecycle.TextArgument("Only the tokens of the identity with this id. " + needsRight),
		"all_owners": schema.BoolAttribute{
			Optional: true, Validators: []validator.Bool{boolvalidator.ConflictsWith(path.MatchRoot("owner_id"))},
			MarkdownDescription: "`true` lists the tokens of the whole tenant, which requires the right `idn:all-personal-access-tokens:read`. Default `false`. Conflicts with `owner_id`.",
		},
	}
}

// personalAccessTokenSelection is the [lifecycle.SelectionModel].
type personalAccessTokenSelection struct {
	rotation.Audit
	owners
	Scope   types.String               `tfsdk:"scope"`
	Managed types.Bool                 `tfsdk:"managed"`
	Tokens  []personalAccessTokenFacts `tfsdk:"tokens"`
}

func (*personalAccessTokenSelection) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists personal access tokens on SailPoint Identity Security Cloud. The tenant applies the filters on the last use, which it records to the day; the provider applies all others to its answer.",
		Attributes: lifecycle.Attributes(rotation.AuditArguments(), ownersArguments(), scopeFilter(), map[string]schema.Attribute{
			"managed": schema.BoolAttribute{
				Optional: true, MarkdownDescription: "`true`: only tokens that the platform manages; `false`: only others. SailPoint lists managed tokens only to a caller with the right `idn:managed-personal-access-tokens:read`.",
			},
			"tokens": lifecycle.ListFact("The tokens that pass all filters, ordered by name, then by id.", factsAttributes()),
		}),
	}
}

func (m *personalAccessTokenSelection) List(ctx context.Context, r reading) ([]api.PersonalAccessToken, error) {
	// The login tells the tenant's time, from which the filters count.
	if err := r.Client.Ready(ctx); err != nil {
		return nil, err
	}
	all, isCut, err := listByUse(ctx, r.Client, m.meant(), m.UseAudit)
	if err != nil {
		return nil, err
	}
	warnOfDeprecation(r)
	warnOfCut(r, isCut, narrower)
	return all, nil
}

const (
	// isCutAt says why a list may lack tokens.
	isCutAt = "the tenant listed exactly %d tokens, a length at which it may cut lists"
	// narrower and oneOwner are what can be done about it where the tenant can be asked for fewer.
	narrower = "List one owner at a time, or filter by last use."
	oneOwner = "Set owner_id, to list the tokens of one identity only."
	// elsewhere is what can be done where it cannot.
	elsewhere = "The data source mint_sailpoint_personal_access_tokens can list one owner at a time, or filter by last use."
)

// cutError is the error about a list that may lack tokens and cannot be asked for in parts; nil where there is no reason to doubt it.
func cutError(all []api.PersonalAccessToken) error {
	if len(all) != api.ListCap {
		return nil
	}
	return fmt.Errorf(isCutAt+". %s", api.ListCap, strings.TrimSuffix(elsewhere, "."))
}

// warnOfCut warns of a list that may lack tokens.
func warnOfCut(r reading, isCut bool, advice string) {
	if isCut {
		r.Diags.AddWarning("The list of SailPoint personal access tokens may be incomplete", fmt.Sprintf("T"+isCutAt[1:]+". "+advice, api.ListCap))
	}
}

// listByUse lets the tenant select by last use where it can: it knows "not used since" and "never used", one at a time, and a
// token that was never used is not promised to pass the first. It reports whether a list may have been cut.
func listByUse(ctx context.Context, client *api.Client, owner string, use rotation.UseAudit) (all []api.PersonalAccessToken, isCut bool, err error) {
	unused, isLimited := rotation.Duration(use.UnusedFor)
	if !isLimited && !use.NeverUsed.ValueBool() {
		all, err = client.List(ctx, owner)
		return all, len(all) == api.ListCap, err
	}
	filters := []string{"lastUsed isnull"}
	if isLimited {
		// Counted from the full hour, so that several data sources of a run ask the same question.
		since := client.Now().Add(-unused).Truncate(time.Hour).Add(time.Hour)
		filters = []string{"lastUsed le " + rotation.Format(since), "lastUsed isnull"}
	}
	for _, filter := range filters {
		tokens, err := client.ListFiltered(ctx, owner, filter)
		if err != nil {
			return nil, false, err
		}
		isCut = isCut || len(tokens) == api.ListCap
		for _, token := range tokens {
			if !slices.ContainsFunc(all, func(t api.PersonalAccessToken) bool { return t.ID == token.ID }) {
				all = append(all, token)
			}
		}
	}
	return all, isCut, nil
}

func (m *personalAccessTokenSelection) Passes(token api.PersonalAccessToken, _ time.Time) bool {
	return (m.Managed.IsNull() || m.Managed.ValueBool() == token.Managed) && (m.Scope.IsNull() || slices.Contains(token.Scope, m.Scope.ValueString()))
}

func (m *personalAccessTokenSelection) Show(rows []api.PersonalAccessToken, now time.Time) {
	m.Tokens = lifecycle.Shown(rows, now, (*personalAccessTokenFacts).FromAPI)
}

func warnOfDeprecation(r reading) {
	system.WarnDeprecated(r.Run, string(r.Client.Version()), r.Client.Deprecated(), r.Diags)
}
