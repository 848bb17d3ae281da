package truefoundry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

var personalAccessTokenNoun = system.Noun{System: name, Type: "personal_access_token", Words: "TrueFoundry personal access token"}

// expiryPrecision is how exactly TrueFoundry keeps an expiry.
const expiryPrecision = time.Minute

// personalAccessTokenModel is the resource's state, plan and configuration.
type personalAccessTokenModel struct {
	lifecycle.Token
	lifecycle.Named
	UserEmail types.String `tfsdk:"user_email"`
	TeamName  types.String `tfsdk:"team_name"`
	TokenType types.String `tfsdk:"token_type"`
	Secret    types.String `tfsdk:"token"`
	Owner     types.Object `tfsdk:"owner"`
	CreatedBy types.Object `tfsdk:"created_by"`
}

// SecretAttribute implements [lifecycle.Model].
func (m *personalAccessTokenModel) SecretAttribute() *types.String { return &m.Secret }

// isAsRequested reports whether a token shows nothing that contradicts a request. A tenant may have it expire sooner.
func isAsRequested(t api.ServiceAccount, want api.NewPersonalAccessToken) bool {
	end := t.End()
	if want.ExpiresAt != nil && (end == nil || !end.Is(want.ExpiresAt) && end.At.After(*want.ExpiresAt)) {
		return false
	}
	team, kind := t.Team(), t.Manifest.Text(api.KeyTokenType)
	return (team == "" || want.TeamName == "" || team == want.TeamName) && (kind == "" || want.TokenType == "" || kind == want.TokenType)
}

// shownOwner is the attribute owner of a token that was minted for the user with an e-mail address, if there is one.
func shownOwner(token api.ServiceAccount, email string) types.Object {
	owner := ownerOf(token)
	if email != "" && !strings.EqualFold(owner.email, email) {
		owner = person{email: email}
	}
	return rotation.OwnerValue(owner.id, owner.email)
}

// row is what the life of a token needs to know of one. TrueFoundry keeps an expiry to the minute, and may tell only its day.
func (k personalAccessTokenKind) row(token api.ServiceAccount) lifecycle.Row {
	row := lifecycle.Row{
		ID: token.ID, Name: token.Name, CreatedAt: token.CreatedAt, Expiry: token.End().Moment(), Within: expiryPrecision,
		Expired: token.HasExpired(k.client.Now()), Used: token.LastAccessedAt != nil, Owner: token.OwnerEmail(),
	}
	if end := token.End(); end != nil && end.Day {
		row.Within = 24 * time.Hour
	}
	return row
}

// FromAPI implements [lifecycle.Kind].
func (k personalAccessTokenKind) FromAPI(m *personalAccessTokenModel, token api.ServiceAccount) {
	if team := textOrNull(token.Team()); !team.IsNull() || m.TeamName.IsUnknown() {
		m.TeamName = team
	}
	switch kind := tokenType(token); {
	case !m.UserEmail.IsNull():
		// Nobody can ask for it, and a configuration that names both is refused.
		m.TokenType = types.StringNull()
	case !kind.IsNull() || m.TokenType.IsUnknown():
		m.TokenType = kind
	}
	if owner := shownOwner(token, m.UserEmail.ValueString()); !owner.IsNull() || m.Owner.IsUnknown() {
		m.Owner = owner
	}
	if subject := subjectValue(token.CreatedBy); !subject.IsNull() || m.CreatedBy.IsUnknown() {
		m.CreatedBy = subject
	}
}

// ofAnotherUser tells a list that cannot hold the token from one that lacks it: the list is always that of the caller. That of the
// token's owner is never empty, because the key itself is in it.
func ofAnotherUser(all []api.ServiceAccount, m *personalAccessTokenModel, id string) error {
	creator := subjectID(m.CreatedBy)
	isCreators := func(a api.ServiceAccount) bool { return a.CreatedBy.ID == "" || a.CreatedBy.ID == creator }
	if creator == "" || slices.ContainsFunc(all, isCreators) {
		return nil
	}
	return fmt.Errorf("the token %s was created by %s, but the provider uses the key of another user, who cannot see it: nothing in the list was created by the token's owner. Set api_key to a key of the token's owner (several owners: one provider alias each), or forget the token with terraform state rm", id, creator)
}

// deleteToken deletes a token. Somebody else's is as unknown as one that is gone, so that the list has the last word.
func (k personalAccessTokenKind) deleteToken(ctx context.Context, m *personalAccessTokenModel, id string) error {
	if !m.UserEmail.IsNull() {
		return k.deleteOfUser(ctx, m, id)
	}
	found, err := k.client.DeletePersonalAccessToken(ctx, id)
	if err != nil || found {
		return err
	}
	all, err := k.client.ListPersonalAccessTokens(ctx)
	if err != nil {
		return err
	}
	return ofAnotherUser(all, m, id)
}
