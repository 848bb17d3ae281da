package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// GET on a personal access token by its name is not here: it creates the token if there is none.
const (
	tokensRoute    = root + "/personal-access-tokens"
	tokenRoute     = tokensRoute + "/{id}"
	revokeAllRoute = tokensRoute + "/revoke/all"
)

// ForUserRoute is where tokens for another user are created; an error about that shows it.
const ForUserRoute = tokensRoute + "/for-user"

// NewPersonalAccessToken is what a create asks for. Empty fields are not sent: older control planes do not know them all.
type NewPersonalAccessToken struct {
	Name string
	// UserEmail is the owner, for whom an administrator of the tenant asks; empty stands for the caller.
	UserEmail string
	// ExpiresAt is sent to the minute.
	ExpiresAt *time.Time
	TeamName  string
	// TokenType is not sent for another user: that route does not know it.
	TokenType string
}

// ListPersonalAccessTokens returns the caller's own tokens, and those of others that the control plane shows to the caller, from the
// run's one list.
func (c *Client) ListPersonalAccessTokens(ctx context.Context) ([]ServiceAccount, error) {
	return c.tokens.get(ctx, c)
}

// RecentPersonalAccessTokens returns the run's one list if it is young enough to compare a later one with.
func (c *Client) RecentPersonalAccessTokens(ctx context.Context) ([]ServiceAccount, error) {
	return c.tokens.recent(ctx, c)
}

// RefreshPersonalAccessTokens returns a list that is begun after the call.
func (c *Client) RefreshPersonalAccessTokens(ctx context.Context) ([]ServiceAccount, error) {
	return c.tokens.refresh(ctx, c)
}

// AnnouncePersonalAccessToken says that the caller is about to create a token, and to look for its id afterwards: see [rest.Lists.Announce].
func (c *Client) AnnouncePersonalAccessToken(ctx context.Context) (announced context.Context, withdraw func()) {
	return c.tokens.whole.Announce(ctx, c.tokens.key)
}

// MemoOfPersonalAccessTokens is what is remembered about the run's one list; nil where that has changed since it was read.
func (c *Client) MemoOfPersonalAccessTokens(all []ServiceAccount) *rest.Memo {
	return c.tokens.memo(all)
}

// SearchPersonalAccessTokens returns the caller's own tokens whose names contain a text. Older control planes ignore the filter.
func (c *Client) SearchPersonalAccessTokens(ctx context.Context, nameContains string) ([]ServiceAccount, error) {
	return c.tokens.search(ctx, c, url.Values{"nameSearchQuery": {nameContains}})
}

// CreatePersonalAccessToken mints a token. The answer is the secret and nothing else. An error for which
// [rest.MayHaveExecuted] is true leaves open whether a token was made.
func (c *Client) CreatePersonalAccessToken(ctx context.Context, want NewPersonalAccessToken) (rest.Secret, error) {
	body := map[string]string{"name": want.Name}
	if want.ExpiresAt != nil {
		body["expirationDate"] = wholeMinute(*want.ExpiresAt).Format(expirationForm)
	}
	if want.TeamName != "" {
		body["teamName"] = want.TeamName
	}
	call := &rest.Call{Method: http.MethodPost, Route: tokensRoute, Effect: rest.Mints}
	switch {
	case want.UserEmail != "":
		call.Route = ForUserRoute
		body["userEmail"] = want.UserEmail
	case want.TokenType != "":
		body["tokenType"] = want.TokenType
	}
	answer, err := c.send(context.WithValue(ctx, forbidsKeys{}, true), call, body)
	if err != nil {
		return rest.Secret{}, err
	}
	c.tokens.filtered.Drop()
	return c.readToken(call, answer)
}

// DeletePersonalAccessToken deletes a token. One that the control plane does not know and the list does not show counts as deleted,
// and so does one that the caller does not see: found tells.
func (c *Client) DeletePersonalAccessToken(ctx context.Context, id string) (found bool, err error) {
	call := &rest.Call{Method: http.MethodDelete, Route: tokenRoute, Params: map[string]string{"id": id}, Effect: rest.Sets}
	err = c.erase(ctx, call)
	found = err == nil
	if isDoubtful(err) {
		err = c.confirmGone(ctx, &c.tokens, id, err, func() error { return c.erase(ctx, call) })
	}
	if err != nil {
		return false, err
	}
	c.tokens.removed(id)
	return found, nil
}

// RevokeAllPersonalAccessTokens deletes every token of a user, which only an administrator of the tenant may. If the user is the
// caller, it deletes the client's own API key too. An error for which [rest.IsNotFound] is true means that there is no such user, or no such
// route: older control planes do not have it.
func (c *Client) RevokeAllPersonalAccessTokens(ctx context.Context, email string) error {
	body, err := json.Marshal(map[string]string{"email": email})
	if err != nil {
		return err
	}
	err = c.erase(ctx, &rest.Call{Method: http.MethodDelete, Route: revokeAllRoute, Body: body, ContentType: "application/json", Effect: rest.Sets})
	c.tokens.whole.Drop()
	c.tokens.filtered.Drop()
	return err
}
