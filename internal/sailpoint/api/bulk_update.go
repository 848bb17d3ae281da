package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// BulkLimit is how many tokens one bulk update may name.
const BulkLimit = 25

// BulkUpdateExpiry gives tokens another expiry in one request, whoever owns them, and returns those that the answer shows with it. Only v1 has
// the operation, and only an administrator of the tenant may use it.
//
// An error names the tokens that are not confirmed. What the refusal of one token means for the others is not documented, so that
// [rest.MayHaveExecuted] is true for the refusal of several.
func (c *Client) BulkUpdateExpiry(ctx context.Context, ids []string, expiry Expiry) ([]PersonalAccessToken, error) {
	if c.config.Version != V1 {
		return nil, fmt.Errorf("API version %s cannot change the expiry of other users' personal access tokens; only %s has the bulk update", c.config.Version, V1)
	}
	if len(ids) < 1 || len(ids) > BulkLimit {
		return nil, fmt.Errorf("a bulk update takes between 1 and %d tokens, not %d", BulkLimit, len(ids))
	}
	updated, err := sendChanges(c, Changes{Expiry: &expiry}, func(ops []operation) ([]PersonalAccessToken, error) {
		return c.bulkUpdate(ctx, ids, expiry, ops)
	})
	if err != nil {
		c.distrust(err)
	}
	return updated, err
}

func (c *Client) bulkUpdate(ctx context.Context, ids []string, expiry Expiry, ops []operation) ([]PersonalAccessToken, error) {
	body, err := json.Marshal(struct {
		IDs   []string    `json:"ids"`
		Patch []operation `json:"patch"`
	}{ids, ops})
	if err != nil {
		return nil, err
	}
	call := &rest.Call{
		Method: http.MethodPatch, Route: c.config.Version.bulk(), Body: body, ContentType: "application/json", Effect: rest.Sets,
	}
	answer, err := c.rest.Do(ctx, call)
	var e *rest.Error
	if errors.As(err, &e) && e.Status == http.StatusMethodNotAllowed {
		// The vendor's text has POST do the same, but declares no such operation. So it is for tenants behind a gateway that lets no PATCH through.
		call.Method = http.MethodPost
		answer, err = c.rest.Do(ctx, call)
	}
	if errors.As(err, &e) && e.Kind == rest.Refused && len(ids) > 1 {
		// A 401 and a 405 are about the request; the others may be about one token, with the rest updated.
		e.Executed = e.Executed || e.Status != http.StatusUnauthorized && e.Status != http.StatusMethodNotAllowed
	}
	if err != nil {
		return nil, err
	}
	shown, doubt := c.readUpdated(call, answer)
	if doubt == nil {
		doubt = c.rest.Malformed(call, answer, "the answer does not show every token with the new expiry")
	}
	confirmed := make([]PersonalAccessToken, 0, len(ids))
	var missing []string
	for _, id := range ids {
		token, isShown := shown[id]
		switch {
		case !isShown:
			missing = append(missing, id)
		case !expiry.matches(token.ExpirationDate):
			missing = append(missing, id+" (which "+expires(token.ExpirationDate)+")")
		default:
			c.notice(token)
			confirmed = append(confirmed, token)
		}
	}
	if len(missing) > 0 {
		// Not as a message of the answer: that would be cut, and every id is needed.
		return confirmed, fmt.Errorf("%d of the %d personal access tokens are not confirmed to have the new expiry: %s: %w",
			len(missing), len(ids), strings.Join(missing, ", "), doubt)
	}
	c.wrote(confirmed...)
	return confirmed, nil
}

// readUpdated reads the tokens of an answer. Those before a row that cannot be read are returned with the error.
func (c *Client) readUpdated(call *rest.Call, answer *rest.Answer) (map[string]PersonalAccessToken, error) {
	var list rest.Raw
	if err := c.rest.Decode(call, answer, &list); err != nil {
		return nil, err
	}
	tokens, err := rest.ReadRows(c.rest, call, answer, list, readRow)
	shown := make(map[string]PersonalAccessToken, len(tokens))
	for _, token := range tokens {
		shown[token.ID] = token
	}
	return shown, err
}

// matches reports whether a token has the expiry. The tenant may write less than a second of it.
func (e Expiry) matches(at *time.Time) bool {
	if e.At == nil || at == nil {
		return e.At == nil && at == nil
	}
	return at.Sub(*e.At).Abs() < time.Second
}

func expires(at *time.Time) string {
	if at == nil {
		return "never expires"
	}
	return "expires at " + at.UTC().Format(time.RFC3339)
}
