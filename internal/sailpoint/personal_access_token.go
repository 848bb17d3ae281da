package sailpoint

import (
	"context"
	"slices"
	"sort"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

var personalAccessTokenNoun = system.Noun{System: name, Type: "personal_access_token", Words: "SailPoint personal access token"}

const (
	// scopeAll stands for all rights of a token's owner.
	scopeAll = "sp:scopes:all"
	// tokenLimit is how many tokens an identity may have, on the vendor's page "Personal Access Tokens".
	tokenLimit = 10
	// sixMonthsMin and sixMonthsMax are the bounds of six calendar months, a day left over for time zones.
	sixMonthsMin = 180 * 24 * time.Hour
	sixMonthsMax = 185 * 24 * time.Hour
)

// personalAccessTokenModel is the resource's state, plan and configuration.
type personalAccessTokenModel struct {
	lifecycle.Token
	lifecycle.Named
	Scope                      types.Set    `tfsdk:"scope"`
	AccessTokenValiditySeconds types.Int64  `tfsdk:"access_token_validity_seconds"`
	NeverExpires               types.Bool   `tfsdk:"never_expires"`
	Secret                     types.String `tfsdk:"secret"`
	Owner                      types.Object `tfsdk:"owner"`
	Managed                    types.Bool   `tfsdk:"managed"`
}

// SecretAttribute implements [lifecycle.Model].
func (m *personalAccessTokenModel) SecretAttribute() *types.String { return &m.Secret }

// ownerID is the identity id of a token's owner; empty where it is not known.
func (m *personalAccessTokenModel) ownerID() string {
	id, _ := m.Owner.Attributes()["id"].(types.String)
	return id.ValueString()
}

func scopeValue(scope []string) types.Set {
	if scope == nil {
		return types.SetNull(types.StringType)
	}
	// The tenant echoes what it was given; a scope that was given twice is still one.
	scope = slices.Compact(slices.Sorted(slices.Values(scope)))
	elements := make([]attr.Value, 0, len(scope))
	for _, s := range scope {
		elements = append(elements, types.StringValue(s))
	}
	return types.SetValueMust(types.StringType, elements)
}

// hasAllRights reports a token with all rights of its owner.
func (m *personalAccessTokenModel) hasAllRights() bool {
	return m.Scope.IsNull() || m.Scope.Equal(scopeValue([]string{scopeAll}))
}

// newPersonalAccessToken is the request for a planned token.
func newPersonalAccessToken(ctx context.Context, plan *personalAccessTokenModel, name string) (api.NewPersonalAccessToken, diag.Diagnostics) {
	var diags diag.Diagnostics
	want := api.NewPersonalAccessToken{Name: name}
	if !plan.Scope.IsNull() && !plan.Scope.IsUnknown() {
		diags.Append(plan.Scope.ElementsAs(ctx, &want.Scope, false)...)
		sort.Strings(want.Scope)
	}
	if !plan.AccessTokenValiditySeconds.IsNull() && !plan.AccessTokenValiditySeconds.IsUnknown() {
		want.AccessTokenValiditySeconds = plan.AccessTokenValiditySeconds.ValueInt64Pointer()
	}
	if at := rotation.Instant(plan.ExpiresAt); at != nil {
		stamp := api.Timestamp(*at)
		want.ExpirationDate = &stamp
	} else {
		want.Lifetime, _ = rotation.Duration(plan.Lifetime)
	}
	if want.Lifetime == 0 && want.ExpirationDate == nil && plan.NeverExpires.ValueBool() {
		want.NeverExpires = plan.NeverExpires.ValueBoolPointer()
	}
	return want, diags
}

// isAsRequested reports whether a token was made to the letter of a request. What the request left open must be what the vendor
// documents as the default.
func isAsRequested(t api.PersonalAccessToken, want api.NewPersonalAccessToken) bool {
	validity := int64(validityDefault)
	if want.AccessTokenValiditySeconds != nil {
		validity = *want.AccessTokenValiditySeconds
	}
	return t.AccessTokenValiditySeconds == validity && hasExpiry(t, want) && hasScope(t.Scope, want.Scope)
}

func hasExpiry(t api.PersonalAccessToken, want api.NewPersonalAccessToken) bool {
	// A lifetime is counted when the request is sent, by a clock that is right to the second.
	const slack = 2 * time.Second
	switch {
	case want.Lifetime > 0:
		return t.ExpirationDate != nil && (t.ExpirationDate.Sub(t.Created)-want.Lifetime).Abs() <= slack
	case want.ExpirationDate != nil:
		return rotation.SameInstant((*time.Time)(want.ExpirationDate), t.ExpirationDate)
	case t.ExpirationDate == nil || want.NeverExpires != nil:
		return t.ExpirationDate == nil
	}
	// The older contract's six months.
	lives := t.ExpirationDate.Sub(t.Created)
	return lives > sixMonthsMin && lives < sixMonthsMax
}

func hasScope(scope, want []string) bool {
	if want == nil {
		// The vendor's pages contradict each other about what a token without a scope gets.
		return len(scope) == 0 || len(scope) == 1 && (scope[0] == scopeAll || scope[0] == "sp:scopes:default")
	}
	return scopeValue(want).Equal(scopeValue(scope))
}

// row is what the engine needs to know of a token.
func (k personalAccessTokenKind) row(token api.PersonalAccessToken) lifecycle.Row {
	return lifecycle.Row{
		ID: token.ID, Name: token.Name, Expiry: token.ExpirationDate,
		Expired: rotation.Expired(token.ExpirationDate, k.client.Now()), Used: token.LastUsed != nil, CreatedAt: createdAt(token),
	}
}

// createdAt is when a token was created; nil where an answer does not tell.
func createdAt(token api.PersonalAccessToken) *time.Time {
	if token.Created.IsZero() {
		return nil
	}
	return &token.Created
}

// FromAPI implements [lifecycle.Kind].
func (k personalAccessTokenKind) FromAPI(m *personalAccessTokenModel, token api.PersonalAccessToken) {
	m.Scope = scopeValue(token.Scope)
	m.AccessTokenValiditySeconds = types.Int64Value(token.AccessTokenValiditySeconds)
	m.NeverExpires = types.BoolValue(token.ExpirationDate == nil)
	m.Owner = rotation.OwnerValue(token.Owner.ID, token.Owner.Name)
	m.Managed = types.BoolValue(token.Managed)
}
