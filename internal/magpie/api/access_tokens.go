package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// ErrNoAccount is answered for a service account that the organization does not know, as opposed to one without tokens.
var ErrNoAccount = errors.New("the organization has no such service account")

// List returns an account's tokens from the run's one list.
func (c *Client) List(ctx context.Context, account Account) ([]AccessToken, error) {
	return c.lists.Get(ctx, string(account), func(ctx context.Context) ([]AccessToken, error) { return c.list(ctx, account) })
}

// Recent returns the run's one list if it is young enough to compare a later one with.
func (c *Client) Recent(ctx context.Context, account Account) ([]AccessToken, error) {
	return c.lists.Recent(ctx, string(account), func(ctx context.Context) ([]AccessToken, error) { return c.list(ctx, account) })
}

// Refresh returns a list that begins after the call.
func (c *Client) Refresh(ctx context.Context, account Account) ([]AccessToken, error) {
	return c.lists.Refresh(ctx, string(account), func(ctx context.Context) ([]AccessToken, error) { return c.list(ctx, account) })
}

// Memo is what is remembered about an account's list that was read from the run's one; nil where that has changed since.
func (c *Client) Memo(account Account, all []AccessToken) *rest.Memo {
	return c.lists.Memo(string(account), all)
}

// Seen returns the ids of all tokens that an account's lists have shown so far in this run.
func (c *Client) Seen(account Account) map[string]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.seen[account])
}

// AccountOf returns the account whose lists have shown a token in this run.
func (c *Client) AccountOf(id string) (account Account, isKnown bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for account, ids := range c.seen {
		if ids[id] {
			return account, true
		}
	}
	return Own, false
}

// UnknownAt returns when a mint of this run may last have made a token for an account that no list has shown; nil for never.
func (c *Client) UnknownAt(account Account) *time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unknownAt[account]
}

// NoteUnknown remembers such a moment.
func (c *Client) NoteUnknown(account Account, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unknownAt[account] = &at
}

// Drop takes a token out of the run's list.
func (c *Client) Drop(account Account, id string) {
	c.lists.Remove(string(account), id)
}

func (c *Client) note(account Account, tokens []AccessToken) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen[account] == nil {
		c.seen[account] = map[string]bool{}
	}
	for _, token := range tokens {
		c.seen[account][token.ID] = true
	}
}

func (c *Client) list(ctx context.Context, account Account) ([]AccessToken, error) {
	route, params := account.tokens()
	call := &rest.Call{Method: http.MethodGet, Route: route, Params: params}
	answer, err := c.rest.Do(ctx, call)
	if rest.IsNotFound(err) && account != Own {
		return nil, c.unknownAccount(ctx, account, err)
	}
	if err != nil {
		return nil, err
	}
	if isPage(answer) {
		return nil, c.rest.Malformed(call, answer, "the answer is an HTML page, not JSON; the web application has the same host, so check the base URL")
	}
	var list json.RawMessage
	if err := c.rest.Decode(call, answer, &list); err != nil {
		return nil, err
	}
	tokens, err := parseList(list)
	if errors.Is(err, errTooManyRows) {
		return nil, c.rest.TooManyRows(call, answer)
	}
	if err != nil {
		return nil, c.rest.Malformed(call, answer, err.Error())
	}
	if len(tokens) == 0 && account == Own && c.UsesAccessToken() {
		return nil, c.rest.Malformed(call, answer,
			"the list is empty, although the provider is logged in with an access token, which is one of the user's own: the list is not complete, or that token was deleted")
	}
	c.note(account, tokens)
	return tokens, nil
}

// unknownAccount judges a 404 on a service account's list. It may mean that the account is gone, or that the path is wrong: the
// caller's own list tells which.
func (c *Client) unknownAccount(ctx context.Context, account Account, notFound error) error {
	if _, err := c.List(ctx, Own); err != nil {
		return fmt.Errorf("the tokens of the service account %q were not found, and whether the account is gone cannot be told, because the list of the provider's own tokens fails too (%s): %w",
			string(account), err.Error(), notFound)
	}
	return fmt.Errorf("service account %q: %w: %w", string(account), ErrNoAccount, notFound)
}

func isPage(answer *rest.Answer) bool {
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	return strings.HasSuffix(kind, "html") || bytes.HasPrefix(bytes.TrimSpace(answer.Body), []byte("<"))
}

// Minted is what the answer to a mint told.
type Minted struct {
	Token rest.Secret
	// ID is empty unless the answer held one after all: the vendor promises the token only.
	ID string
	// At is the server's time; zero if the answer did not tell it.
	At time.Time
}

// Create mints a token for an account.
func (c *Client) Create(ctx context.Context, account Account) (Minted, error) {
	route, params := account.tokens()
	return c.mint(ctx, &rest.Call{Method: http.MethodPost, Route: route, Params: params, Effect: rest.Mints})
}

// Rotate deletes every token of a service account and mints one.
func (c *Client) Rotate(ctx context.Context, account Account) (Minted, error) {
	return c.mint(ctx, &rest.Call{
		Method: http.MethodPost, Route: rotateRoute, Params: map[string]string{"user": string(account)}, Effect: rest.Mints,
	})
}

func (c *Client) mint(ctx context.Context, call *rest.Call) (Minted, error) {
	answer, err := c.rest.Do(ctx, call)
	if err != nil {
		return Minted{}, err
	}
	var minted struct {
		Token rest.Secret `json:"token"`
	}
	if err := c.rest.Decode(call, answer, &minted); err != nil {
		return Minted{}, err
	}
	c.rest.Redactor().Add(minted.Token)
	if minted.Token.IsEmpty() {
		return Minted{}, c.rest.Malformed(call, answer, "the answer holds no token")
	}
	at, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		at = time.Time{}
	}
	return Minted{Token: minted.Token, ID: idIn(answer.Body), At: at}, nil
}

// idIn looks for an id beside the secret; the vendor documents none.
func idIn(body []byte) string {
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil {
		return ""
	}
	fields := record{}
	if _, isRepeated := fields.fill(object); isRepeated {
		return ""
	}
	token, _ := fields.token()
	return token.ID
}

// SetDisabled disables or enables a token. In the path, true means disabled.
func (c *Client) SetDisabled(ctx context.Context, id string, disabled bool) error {
	return c.put(ctx, &rest.Call{
		Method: http.MethodPut, Route: statusRoute, Params: map[string]string{"id": id, "disabled": strconv.FormatBool(disabled)}, Effect: rest.Sets,
	})
}

// SetDescription replaces a token's description; the body is the text itself.
func (c *Client) SetDescription(ctx context.Context, id, text string) error {
	return c.put(ctx, &rest.Call{
		Method: http.MethodPut, Route: describeText, Params: map[string]string{"id": id}, Effect: rest.Sets,
		Body: []byte(text), ContentType: "text/plain; charset=utf-8",
	})
}

// Delete asks to delete a token. Whether that happened is for the list to say: the vendor documents no status for it. The
// vendor's page shows a second path for this call, with "/description" behind the id; it is a slip of the page.
func (c *Client) Delete(ctx context.Context, id string) error {
	return c.put(ctx, &rest.Call{Method: http.MethodDelete, Route: tokenRoute, Params: map[string]string{"id": id}, Effect: rest.Sets})
}

// put carries out a call whose answer has no documented body: any is ignored but a page of HTML.
func (c *Client) put(ctx context.Context, call *rest.Call) error {
	answer, err := c.rest.Do(ctx, call)
	if err != nil {
		return err
	}
	if isPage(answer) {
		return c.rest.Malformed(call, answer, "the answer is an HTML page, not the API's")
	}
	return nil
}
