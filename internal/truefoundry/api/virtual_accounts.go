package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

const (
	accountsRoute   = root + "/virtual-accounts"
	existsRoute     = accountsRoute + "/exists"
	accountRoute    = accountsRoute + "/{id}"
	secretRoute     = accountRoute + "/token"
	regenerateRoute = accountRoute + "/regenerate-token"
	syncRoute       = accountRoute + "/sync-to-secret-store"
	jwtRoute        = accountRoute + "/jwt/{jwt}"
)

// VirtualAccountFilter is what the control plane can select virtual accounts by. Older ones ignore all but the name.
type VirtualAccountFilter struct {
	NameContains string
	OwnedByTeams []string
	Expired      *bool
}

func (f VirtualAccountFilter) query() url.Values {
	query := url.Values{}
	if f.NameContains != "" {
		query.Set("nameSearchQuery", f.NameContains)
	}
	if len(f.OwnedByTeams) > 0 {
		query["ownedByTeams"] = f.OwnedByTeams
	}
	if f.Expired != nil {
		query.Set("isExpired", strconv.FormatBool(*f.Expired))
	}
	return query
}

// ListVirtualAccounts returns the accounts that the caller may see from the run's one list.
func (c *Client) ListVirtualAccounts(ctx context.Context) ([]ServiceAccount, error) {
	return c.accounts.get(ctx, c)
}

// RefreshVirtualAccounts returns a list that is begun after the call.
func (c *Client) RefreshVirtualAccounts(ctx context.Context) ([]ServiceAccount, error) {
	return c.accounts.refresh(ctx, c)
}

// RecentVirtualAccounts returns the run's one list, read again if that was a while ago.
func (c *Client) RecentVirtualAccounts(ctx context.Context) ([]ServiceAccount, error) {
	return c.accounts.recent(ctx, c)
}

// MemoOfVirtualAccounts is what is remembered about the run's one list; nil where that has changed since it was read.
func (c *Client) MemoOfVirtualAccounts(all []ServiceAccount) *rest.Memo { return c.accounts.memo(all) }

// SearchVirtualAccounts returns what the control plane selects.
func (c *Client) SearchVirtualAccounts(ctx context.Context, filter VirtualAccountFilter) ([]ServiceAccount, error) {
	query := filter.query()
	if len(query) == 0 {
		return c.ListVirtualAccounts(ctx)
	}
	return c.accounts.search(ctx, c, query)
}

// GetVirtualAccount reads one account.
func (c *Client) GetVirtualAccount(ctx context.Context, id string) (*ServiceAccount, error) {
	call := &rest.Call{Method: http.MethodGet, Route: accountRoute, Params: map[string]string{"id": id}}
	answer, err := c.do(ctx, call)
	if err != nil {
		return nil, err
	}
	account, _, err := c.readAccount(call, answer)
	if err == nil && account == nil {
		return nil, c.rest.Malformed(call, answer, "the answer holds no virtual account under data")
	}
	return account, err
}

// CreateVirtualAccount puts a manifest under a name that is free. The request is an upsert: when the answer holds no token, the
// name was taken, and the account behind it has been changed. The account is nil where the answer does not show it. An error for
// which [rest.MayHaveExecuted] is true leaves open what was done.
func (c *Client) CreateVirtualAccount(ctx context.Context, manifest Manifest) (*ServiceAccount, rest.Secret, error) {
	return c.putAccount(ctx, manifest, rest.Mints)
}

// UpdateVirtualAccount puts a manifest under the name of an account that exists. A token in the answer means that it did not
// exist any more, and has been created.
func (c *Client) UpdateVirtualAccount(ctx context.Context, manifest Manifest) (*ServiceAccount, rest.Secret, error) {
	return c.putAccount(ctx, manifest, rest.Sets)
}

func (c *Client) putAccount(ctx context.Context, manifest Manifest, effect rest.Effect) (*ServiceAccount, rest.Secret, error) {
	call := &rest.Call{Method: http.MethodPut, Route: accountsRoute, Effect: effect}
	answer, err := c.putManifest(ctx, call, manifest)
	if err != nil {
		return nil, rest.Secret{}, err
	}
	return c.readAccount(call, answer)
}

// readAccount reads an answer that holds an account and, at times, its token. A row that cannot be read is no reason to lose the
// token.
func (c *Client) readAccount(call *rest.Call, answer *rest.Answer) (*ServiceAccount, rest.Secret, error) {
	var wire struct {
		Data  json.RawMessage `json:"data"`
		Token rest.Secret     `json:"token"`
	}
	if err := c.rest.Decode(call, answer, &wire); err != nil {
		return nil, rest.Secret{}, err
	}
	c.rest.Redactor().Add(wire.Token)
	var account ServiceAccount
	if err := json.Unmarshal(wire.Data, &account); err != nil {
		if wire.Token.IsEmpty() {
			return nil, rest.Secret{}, c.rest.Malformed(call, answer, "the virtual account under data cannot be read: "+rest.RowProblem(err))
		}
		// There is an account now that the copies of the list do not show.
		c.accounts.whole.Drop()
		c.existing.Drop()
		return nil, wire.Token, nil
	}
	c.accounts.wrote(account)
	c.existing.Change(account.Name, func([]bool) []bool { return []bool{true} })
	return &account, wire.Token, nil
}

// DeleteVirtualAccount deletes an account with all its tokens. One that the control plane does not know and the list does not show
// counts as deleted.
func (c *Client) DeleteVirtualAccount(ctx context.Context, id string) error {
	call := &rest.Call{Method: http.MethodDelete, Route: accountRoute, Params: map[string]string{"id": id}, Effect: rest.Sets}
	err := c.erase(ctx, call)
	if isDoubtful(err) {
		err = c.confirmGone(ctx, &c.accounts, id, err, func() error { return c.erase(ctx, call) })
	}
	if err != nil {
		return err
	}
	c.accounts.removed(id)
	c.existing.Drop()
	return nil
}

// erase carries a deletion out. The answer to one is empty, or JSON; the status may be any but one that tells of something in between.
func (c *Client) erase(ctx context.Context, call *rest.Call) error {
	answer, err := c.do(ctx, call)
	if err != nil {
		return err
	}
	isAltered := answer.Status == http.StatusNonAuthoritativeInfo || answer.Status == http.StatusPartialContent
	media, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if isAltered || strings.HasSuffix(media, "html") || len(bytes.TrimSpace(answer.Body)) > 0 && !json.Valid(answer.Body) {
		return c.rest.Malformed(call, answer, "this is not how the API answers a deletion; something between here and the API may have answered")
	}
	return nil
}

// isDoubtful reports an outcome of a deletion that proves nothing: it can also come from something between here and the control
// plane, and then what was to be deleted lives.
func isDoubtful(err error) bool {
	var e *rest.Error
	return rest.IsNotFound(err) || errors.As(err, &e) && e.Kind == rest.Malformed
}

// confirmGone takes the word of the list where the answer to a deletion proves nothing. Where the list may not show the row yet, the deletion is
// sent again: what is deleted is not found then.
func (c *Client) confirmGone(ctx context.Context, l *collection, id string, answered error, again func() error) error {
	known, err := l.get(ctx, c)
	isSettling := err == nil && slices.ContainsFunc(known, func(a ServiceAccount) bool {
		return a.ID == id && a.CreatedAt != nil && rest.IsSettling(*a.CreatedAt, c.Now())
	})
	for _, delay := range rest.LookDelays() {
		if err := c.Sleep(ctx, delay); err != nil {
			return err
		}
		all, err := l.refresh(ctx, c)
		if err != nil {
			return fmt.Errorf("that %s is gone could not be confirmed by the list: %w", id, err)
		}
		if !slices.ContainsFunc(all, func(a ServiceAccount) bool { return a.ID == id }) {
			if !isSettling || rest.IsDone(answered) {
				return nil
			}
			if err := again(); err != nil && !rest.IsNotFound(err) {
				return fmt.Errorf("%s may still exist: the list lacks it, but it was created a moment ago, and the list may not show it yet: %w", id, err)
			}
			return nil
		}
	}
	return fmt.Errorf("the list still shows %s: %w", id, answered)
}

// GetVirtualAccountToken reads the active token's secret. Whether that is possible depends on the control plane and on the kind
// of token: [IsRefusal] tells a no from a failure.
func (c *Client) GetVirtualAccountToken(ctx context.Context, id string) (rest.Secret, error) {
	call := &rest.Call{Method: http.MethodGet, Route: secretRoute, Params: map[string]string{"id": id}}
	answer, err := c.do(ctx, call)
	if err != nil {
		return rest.Secret{}, err
	}
	return c.readToken(call, answer)
}

// SyncOutcome is what became of a push of the token to the secret store.
type SyncOutcome struct {
	UpdatedAt *time.Time
	// Problem is the control plane's text about a push that failed; it comes in an answer with status 200.
	Problem string
}

// SyncVirtualAccountToken pushes the active token to the account's secret store. Newer control planes write nothing while that token is stored
// already, unless they are forced to; older ones always write, and are not sent the word that they do not know unless it is asked for.
func (c *Client) SyncVirtualAccountToken(ctx context.Context, id string, force bool) (SyncOutcome, error) {
	call := &rest.Call{Method: http.MethodPost, Route: syncRoute, Params: map[string]string{"id": id}, Effect: rest.Sets}
	if force {
		call.Query = url.Values{"force": {"true"}}
	}
	answer, err := c.do(ctx, call)
	if err != nil {
		return SyncOutcome{}, err
	}
	var wire struct {
		Info *struct {
			UpdatedAt *string `json:"updatedAt"`
			Error     *string `json:"error"`
		} `json:"syncTokenInSecretStoreInfo"`
	}
	if err := c.rest.Decode(call, answer, &wire); err != nil {
		return SyncOutcome{}, err
	}
	if wire.Info == nil {
		return SyncOutcome{}, c.rest.Malformed(call, answer, "the answer does not say whether the token was synchronized")
	}
	outcome := SyncOutcome{UpdatedAt: optionalMoment(wire.Info.UpdatedAt)}
	if wire.Info.Error != nil {
		outcome.Problem = c.rest.Clean(*wire.Info.Error)
	}
	return outcome, nil
}

// DeleteVirtualAccountJWT revokes one issued token of an account, which stays. One that the control plane does not know, and that the account does
// not show, counts as revoked: found tells.
func (c *Client) DeleteVirtualAccountJWT(ctx context.Context, id, jwtID string) (found bool, err error) {
	call := &rest.Call{Method: http.MethodDelete, Route: jwtRoute, Params: map[string]string{"id": id, "jwt": jwtID}, Effect: rest.Sets}
	answered := c.erase(ctx, call)
	if !isDoubtful(answered) {
		return answered == nil, answered
	}
	account, err := c.GetVirtualAccount(ctx, id)
	switch {
	case rest.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("that the token %s is gone could not be confirmed by the account: %w", jwtID, err)
	case account.JWTs == nil && !rest.IsNotFound(answered):
		return false, fmt.Errorf("the account does not show whether the token %s is gone: %w", jwtID, answered)
	case slices.ContainsFunc(account.JWTs, func(j JWT) bool { return j.ID == jwtID && (j.Expiry == nil || j.Expiry.After(c.Now())) }):
		return false, fmt.Errorf("the account still shows the token %s: %w", jwtID, answered)
	}
	return false, nil
}
