package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

const (
	// Me is the owner under whom the caller's own tokens are listed.
	Me = "me"
	// Everybody lists the tokens of the whole tenant; it needs the right idn:all-personal-access-tokens:read.
	Everybody = ""
	// ListCap is the length at which other collections of the vendor are cut. Whether this list is cut there is not
	// documented, so a list of just this length proves nothing about what it lacks.
	ListCap = 250
	// defaultValidity is the accessTokenValiditySeconds of a token that does not say.
	defaultValidity = 43200
)

// PersonalAccessToken is a token as the tenant describes it.
type PersonalAccessToken struct {
	ID   string
	Name string
	// Scope is nil where the tenant answers null.
	Scope []string
	Owner Owner
	// Created is zero where a create answer does not tell.
	Created time.Time
	// LastUsed is kept by the tenant to the day.
	LastUsed *time.Time
	// Managed tokens belong to the platform.
	Managed                    bool
	AccessTokenValiditySeconds int64
	// ExpirationDate is nil for a token that never expires.
	ExpirationDate *time.Time
	// Secret is there in a create's answer only.
	Secret rest.Secret
	// RequestedExpiration is, in a create's answer only, the end that was asked for.
	RequestedExpiration *time.Time
}

// Owner is the identity that a token belongs to.
type Owner struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// NewPersonalAccessToken is what a create asks for. Nil fields are not sent.
type NewPersonalAccessToken struct {
	Name                       string     `json:"name"`
	Scope                      []string   `json:"scope,omitempty"`
	AccessTokenValiditySeconds *int64     `json:"accessTokenValiditySeconds,omitempty"`
	ExpirationDate             *Timestamp `json:"expirationDate,omitempty"`
	// Lifetime, if not 0, makes the expiration date at the moment when the request is sent: waiting must not shorten it.
	Lifetime time.Duration `json:"-"`
	// NeverExpires is the acknowledgement that the newer contract demands when there is no expiration date.
	NeverExpires *bool `json:"userAwareTokenNeverExpires,omitempty"`
}

// Timestamp is an instant in the vendor's notation: RFC 3339, UTC, milliseconds.
type Timestamp time.Time

// MarshalJSON implements [json.Marshaler].
func (t Timestamp) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Time(t).UTC().Format("2006-01-02T15:04:05.000Z07:00"))
}

// wireToken is a token in an answer. Times stay text until it is known how strict to be with them.
type wireToken struct {
	ID                         string      `json:"id"`
	Name                       string      `json:"name"`
	Scope                      []string    `json:"scope"`
	Owner                      Owner       `json:"owner"`
	Created                    string      `json:"created"`
	LastUsed                   *string     `json:"lastUsed"`
	Managed                    bool        `json:"managed"`
	AccessTokenValiditySeconds *int64      `json:"accessTokenValiditySeconds"`
	ExpirationDate             *string     `json:"expirationDate"`
	Secret                     rest.Secret `json:"secret"`
}

// token converts, and names the first field that it cannot read.
func (w wireToken) token() (PersonalAccessToken, string) {
	t := PersonalAccessToken{
		ID: w.ID, Name: w.Name, Scope: w.Scope, Owner: w.Owner, Managed: w.Managed,
		AccessTokenValiditySeconds: defaultValidity, Secret: w.Secret,
	}
	if w.AccessTokenValiditySeconds != nil {
		t.AccessTokenValiditySeconds = *w.AccessTokenValiditySeconds
	}
	sort.Strings(t.Scope)
	problem := ""
	read := func(field string, text *string) *time.Time {
		// Null, absent and empty all stand for "none": what a tenant sends for a token without an end is not documented.
		if text == nil || *text == "" {
			return nil
		}
		at, err := time.Parse(time.RFC3339Nano, *text)
		if err != nil {
			problem = field
			return nil
		}
		return &at
	}
	if created := read("created", &w.Created); created != nil {
		t.Created = *created
	}
	t.LastUsed = read("lastUsed", w.LastUsed)
	t.ExpirationDate = read("expirationDate", w.ExpirationDate)
	return t, problem
}

// List returns the tokens of an owner from the run's one list.
func (c *Client) List(ctx context.Context, owner string) ([]PersonalAccessToken, error) {
	return c.owned.Get(ctx, owner, func(ctx context.Context) ([]PersonalAccessToken, error) { return c.list(ctx, owner, "") })
}

// ListRecent returns the run's one list if it is young enough to compare a later one with.
func (c *Client) ListRecent(ctx context.Context, owner string) ([]PersonalAccessToken, error) {
	return c.owned.Recent(ctx, owner, func(ctx context.Context) ([]PersonalAccessToken, error) { return c.list(ctx, owner, "") })
}

// Memo is what is remembered about an owner's list that was read from the run's one; nil where that has changed since.
func (c *Client) Memo(owner string, all []PersonalAccessToken) *rest.Memo {
	return c.owned.Memo(owner, all)
}

// Refresh returns a list that begins after the call.
func (c *Client) Refresh(ctx context.Context, owner string) ([]PersonalAccessToken, error) {
	return c.owned.Refresh(ctx, owner, func(ctx context.Context) ([]PersonalAccessToken, error) { return c.list(ctx, owner, "") })
}

// ListFiltered returns the tokens of an owner that the tenant selects by a filter expression, such as "lastUsed isnull".
func (c *Client) ListFiltered(ctx context.Context, owner, filter string) ([]PersonalAccessToken, error) {
	return c.filtered.Get(ctx, owner+"?"+filter, func(ctx context.Context) ([]PersonalAccessToken, error) { return c.list(ctx, owner, filter) })
}

func (c *Client) list(ctx context.Context, owner, filter string) ([]PersonalAccessToken, error) {
	call := &rest.Call{Method: http.MethodGet, Route: c.config.Version.collection(), Query: ownerQuery(owner)}
	if filter != "" {
		call.Query.Set("filters", filter)
	}
	answer, err := c.rest.Do(ctx, call)
	if err != nil {
		return nil, err
	}
	var list rest.Raw
	if err := c.rest.Decode(call, answer, &list); err != nil {
		return nil, err
	}
	tokens, err := rest.ReadRows(c.rest, call, answer, list, readRow)
	if err != nil {
		return nil, err
	}
	for _, token := range tokens {
		c.notice(token)
	}
	return tokens, nil
}

// readRow reads a row of a list. Should it hold a secret, that is not kept.
func readRow(row []byte) (PersonalAccessToken, error) {
	var wire wireToken
	if err := json.Unmarshal(row, &wire); err != nil {
		return PersonalAccessToken{}, err
	}
	token, problem := wire.token()
	if wire.ID == "" {
		problem = "id"
	}
	if problem != "" {
		return PersonalAccessToken{}, fmt.Errorf("its field %q is missing, or is not what the API promises", problem)
	}
	token.Secret = rest.Secret{}
	return token, nil
}

// Create mints a token. The answer holds its secret for the only time. An error for which [rest.MayHaveExecuted] is true leaves
// open whether a token was made.
func (c *Client) Create(ctx context.Context, want NewPersonalAccessToken) (*PersonalAccessToken, error) {
	call := &rest.Call{
		Method: http.MethodPost, Route: c.config.Version.collection(), ContentType: "application/json", Effect: rest.Mints,
	}
	call.MakeBody = func() []byte {
		if want.Lifetime > 0 {
			at := Timestamp(c.Now().Add(want.Lifetime).Truncate(time.Millisecond))
			want.ExpirationDate = &at
		}
		// Nothing in it can fail to be JSON.
		body, _ := json.Marshal(want)
		return body
	}
	answer, err := c.rest.Do(ctx, call)
	if err != nil {
		return nil, err
	}
	var wire wireToken
	unread := c.rest.Decode(call, answer, &wire)
	c.rest.Redactor().Add(wire.Secret)
	if unread != nil && (wire.ID == "" || wire.Secret.IsEmpty()) {
		return nil, unread
	}
	if wire.ID == "" || wire.Secret.IsEmpty() {
		return nil, c.rest.Malformed(call, answer, "the answer to the creation lacks the id or the secret")
	}
	token, problem := wire.token()
	if unread != nil || problem != "" {
		token.standIn(want)
	}
	token.Name = cmp.Or(token.Name, want.Name)
	token.RequestedExpiration = (*time.Time)(want.ExpirationDate)
	listed := token
	listed.Secret, listed.RequestedExpiration = rest.Secret{}, nil
	c.filtered.Drop()
	for _, key := range []string{Me, Everybody, cmp.Or(listed.Owner.ID, c.Identity(), Me)} {
		c.owned.Put(key, listed)
	}
	return &token, nil
}

// standIn puts what was asked for in the place of what cannot be read: a field of an unexpected form is no reason to lose the
// secret beside it.
func (t *PersonalAccessToken) standIn(want NewPersonalAccessToken) {
	if want.Scope != nil {
		t.Scope = slices.Sorted(slices.Values(want.Scope))
	}
	if want.AccessTokenValiditySeconds != nil {
		t.AccessTokenValiditySeconds = *want.AccessTokenValiditySeconds
	}
	t.AccessTokenValiditySeconds = cmp.Or(t.AccessTokenValiditySeconds, defaultValidity)
	if want.ExpirationDate != nil {
		at := time.Time(*want.ExpirationDate)
		t.ExpirationDate = &at
	}
}

// Delete deletes a token of the caller's. One that is not there any more counts as deleted, if the list agrees: a 404 can also come from
// something between here and the tenant, and then the token lives. So can any success but that of a deletion.
// The owner's identity id is empty where it is not known.
func (c *Client) Delete(ctx context.Context, id, owner string) error {
	return c.erase(ctx, id, func(answered error) error { return c.confirmDeleted(ctx, id, owner, answered) })
}

// Revoke deletes a token of anybody's, which a list has shown; the same proves that it is gone.
func (c *Client) Revoke(ctx context.Context, token PersonalAccessToken) error {
	if token.Owner.ID == "" || token.Owner.ID == c.Identity() {
		return c.Delete(ctx, token.ID, token.Owner.ID)
	}
	return c.erase(ctx, token.ID, func(answered error) error {
		all, err := c.Refresh(ctx, token.Owner.ID)
		switch {
		case err != nil:
			return fmt.Errorf("whether the token %s is gone could not be confirmed by the list: %w", token.ID, err)
		case slices.ContainsFunc(all, func(t PersonalAccessToken) bool { return t.ID == token.ID }), len(all) == ListCap:
			return fmt.Errorf("the token %s may still exist: %w", token.ID, answered)
		}
		return nil
	})
}

// erase sends a deletion, and has the outcome confirmed where the answer proves nothing.
func (c *Client) erase(ctx context.Context, id string, confirm func(answered error) error) error {
	call := &rest.Call{Method: http.MethodDelete, Route: c.config.Version.item(), Params: map[string]string{"id": id}, Effect: rest.Sets}
	answer, err := c.rest.Do(ctx, call)
	if rest.IsNotFound(err) {
		return confirm(err)
	}
	if err == nil && answer.Status != http.StatusNoContent {
		return confirm(c.rest.Malformed(call, answer, "this is not how the API answers a deletion; something between here and the API may have answered"))
	}
	if err != nil {
		c.distrust(err)
		return err
	}
	c.filtered.Drop()
	c.owned.RemoveAll(id)
	return nil
}

// confirmDeleted takes the word of the list where the answer to a deletion proves nothing. Where the list may not show the token yet, the
// deletion is sent again: what is deleted is not found then.
func (c *Client) confirmDeleted(ctx context.Context, id, owner string, answered error) error {
	known, err := c.List(ctx, Me)
	isSettling := err == nil && slices.ContainsFunc(known, func(t PersonalAccessToken) bool { return t.ID == id && rest.IsSettling(t.Created, c.Now()) })
	all, err := c.Refresh(ctx, Me)
	if err != nil {
		return fmt.Errorf("whether the token %s is gone could not be confirmed by the list: %w", id, err)
	}
	if slices.ContainsFunc(all, func(t PersonalAccessToken) bool { return t.ID == id }) {
		return fmt.Errorf("the token %s is still in the list: %w", id, answered)
	}
	isAbsent := func(answered error) error {
		if doubt := c.AbsenceUnproven(all, id, owner); doubt != nil {
			return fmt.Errorf("%w: %w", doubt, answered)
		}
		return nil
	}
	if !isSettling || rest.IsDone(answered) {
		return isAbsent(answered)
	}
	return c.erase(ctx, id, func(again error) error {
		if !rest.IsNotFound(again) {
			return fmt.Errorf("the token %s may still exist: the list lacks it, but it was minted a moment ago, and the list may not show it yet: %w", id, again)
		}
		return isAbsent(again)
	})
}

// AbsenceUnproven says why a list of the caller's own tokens that lacks a token does not prove that the token is gone; nil if it does. The
// owner's identity id is empty where it is not known.
func (c *Client) AbsenceUnproven(all []PersonalAccessToken, id, owner string) error {
	if len(all) == ListCap {
		return fmt.Errorf("the token %s is not in the list of the owner's tokens, but that list has exactly %d tokens, a length at which the tenant may cut lists. The token may still exist. Delete tokens that are not needed, and run again", id, ListCap)
	}
	own := slices.IndexFunc(all, func(t PersonalAccessToken) bool { return t.ID == c.config.ClientID })
	caller := c.Identity()
	switch {
	case own >= 0:
		caller = all[own].Owner.ID
	case len(all) > 0:
		caller = all[0].Owner.ID
	}
	if owner != "" && caller != "" && owner != caller {
		return fmt.Errorf("the token %s belongs to the identity %s, but the provider is logged in as %s, which cannot see it. Configure the provider as the token's owner (several owners: one provider alias each), or forget the token with terraform state rm", id, owner, caller)
	}
	// Only a personal access token can log in here, and it is one of the caller's own.
	if own < 0 {
		return fmt.Errorf("the token %s is not in the list of the caller's tokens, but neither is the token that the provider has just logged in with: the list is not complete", id)
	}
	return nil
}

// distrust drops all copies after a write whose outcome is not known.
func (c *Client) distrust(err error) {
	if rest.MayHaveExecuted(err) {
		c.owned.Drop()
		c.filtered.Drop()
	}
}

// wrote works written tokens into every copy that has them, and drops the filtered ones.
func (c *Client) wrote(tokens ...PersonalAccessToken) {
	c.filtered.Drop()
	for _, token := range tokens {
		c.owned.Replace(token)
	}
}
