package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

const (
	tokenRoute = "/oauth/token"
	// requestLimit is documented per client id and API version on the vendor's page "Rate Limit".
	requestLimit       = 100
	requestLimitWindow = 10 * time.Second
)

// Config is how the client is made.
type Config struct {
	ClientID     string
	ClientSecret rest.Secret
	Version      Version
	// HTTP carries the base URL and what all systems share; the rest is filled in here.
	HTTP rest.Options
}

// Client speaks to one tenant as one identity. It is safe for concurrent use.
type Client struct {
	rest   *rest.Client
	login  clientcredentials.Config
	config Config

	// owned holds whole lists by owner, filtered the answers to filtered requests.
	owned    rest.Lists[PersonalAccessToken]
	filtered rest.Lists[PersonalAccessToken]

	// clearing is how the tenant has cleared an expiration date in this run; nil before that.
	clearing atomic.Pointer[operation]

	mu       sync.Mutex
	identity string
	// own is the client's own token as an answer has last shown it; nil before that.
	own   *PersonalAccessToken
	names rest.Locks
}

// New returns a client. It sends nothing.
func New(config Config) *Client {
	config.HTTP.Redactor.Add(config.ClientSecret)
	c := &Client{config: config}
	c.login = clientcredentials.Config{
		ClientID: config.ClientID, ClientSecret: config.ClientSecret.Reveal(),
		TokenURL: config.HTTP.BaseURL.String() + tokenRoute,
		// In the body: the vendor also takes them from the query, where every proxy would log them.
		AuthStyle: oauth2.AuthStyleInParams,
	}
	options := config.HTTP
	options.Session = &rest.Session{LogIn: c.logIn, Put: putBearer, Clock: options.Now}
	options.Limit = rest.Limit{Requests: requestLimit, Per: requestLimitWindow}
	options.Explain = explain
	options.RequestID = func(h http.Header) string { return h.Get("SLPT-Request-ID") }
	c.rest = rest.New(options)
	c.owned.Now = options.Now
	c.owned.ID = func(t PersonalAccessToken) string { return t.ID }
	return c
}

// ClientID is the id of the token that the client itself authenticates with.
func (c *Client) ClientID() string { return c.config.ClientID }

// Version is the API version in use.
func (c *Client) Version() Version { return c.config.Version }

// Now is the time on the tenant's clock.
func (c *Client) Now() time.Time { return c.rest.Now() }

// Ready logs in, if that has not happened yet in this run.
func (c *Client) Ready(ctx context.Context) error { return c.rest.Ready(ctx) }

// Verify logs in with the credential of a token, in a session of its own that is dropped at once: the client's own goes on. An error of the
// kind [rest.LoginRefused] means that the tenant does not accept the credential; any other leaves that open.
func (c *Client) Verify(ctx context.Context, id string, secret rest.Secret) error {
	other := c.config
	other.ClientID, other.ClientSecret = id, secret
	return New(other).Ready(ctx)
}

// LockName waits until no other mint of this process is under way under a name, and keeps others waiting until it is unlocked:
// a mint that looks for its own lost token must not find a sibling's.
func (c *Client) LockName(ctx context.Context, name string) (unlock func(), err error) {
	return c.names.Lock(ctx, name)
}

// Sleep waits for a time, or until the context ends, whose error it returns then.
func (c *Client) Sleep(ctx context.Context, d time.Duration) error { return c.rest.Sleep(ctx, d) }

// Tenant is the base URL, which tells one tenant from another.
func (c *Client) Tenant() string { return c.rest.BaseURL() }

// Deprecated reports whether the tenant marks the API version as deprecated.
func (c *Client) Deprecated() bool { return c.rest.Deprecated() }

// Identity is the id of the identity that the client acts as; empty before the login, and where the login does not tell.
func (c *Client) Identity() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.identity
}

// CredentialExpiry is when the token expires that the client authenticates with, and what it is called: as far as an answer has shown it,
// because a login does not tell. The time is nil for never, and as long as it is not known.
func (c *Client) CredentialExpiry() (name string, at *time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.own == nil {
		return "", nil
	}
	return c.own.Name + " (" + c.own.ID + ")", c.own.ExpirationDate
}

// notice takes in what an answer shows of the client's own token.
func (c *Client) notice(token PersonalAccessToken) {
	if token.ID == c.config.ClientID {
		c.mu.Lock()
		defer c.mu.Unlock()
		own := token // a copy, so that not every token is kept on the heap
		c.own = &own
	}
}

func putBearer(r *http.Request, bearer rest.Secret) {
	r.Header.Set("Authorization", "Bearer "+bearer.Reveal())
}

// logIn obtains a bearer by the client credentials grant. Its lifetime is that of the token's accessTokenValiditySeconds, which
// may be as short as 15 seconds.
func (c *Client) logIn(ctx context.Context) (rest.Login, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: c.rest.Anonymous(tokenRoute)})
	token, err := c.login.Token(ctx)
	if err != nil {
		return rest.Login{}, c.rest.RefuseLogin(err, tokenRoute)
	}
	bearer := rest.NewSecret(token.AccessToken)
	c.rest.Redactor().Add(bearer)
	if identity, ok := token.Extra("identity_id").(string); ok {
		c.mu.Lock()
		c.identity = identity
		c.mu.Unlock()
	}
	return rest.Login{Credential: bearer, Lifetime: lifetime(token)}, nil
}

// lifetime reads expires_in out of the answer itself: this grant's library keeps only the end, by the machine's own clock.
func lifetime(token *oauth2.Token) time.Duration {
	seconds, _ := token.Extra("expires_in").(float64)
	return time.Duration(seconds) * time.Second
}

// explain reads the vendor's error bodies, which differ by status: a coded one with messages and causes for most, a bare error
// or message for 401 and 429, and OAuth's own at the login.
func explain(status int, body []byte) (code, message string) {
	type text struct {
		Text string `json:"text"`
	}
	var e struct {
		DetailCode       string          `json:"detailCode"`
		TrackingID       string          `json:"trackingId"`
		Messages         []text          `json:"messages"`
		Causes           []text          `json:"causes"`
		Error            json.RawMessage `json:"error"`
		ErrorDescription string          `json:"error_description"`
		Message          string          `json:"message"`
	}
	// A field of another type than expected is passed over; the others still say something.
	var unexpected *json.UnmarshalTypeError
	if err := json.Unmarshal(body, &e); err != nil && !errors.As(err, &unexpected) {
		return "", ""
	}
	var parts []string
	for _, t := range append(e.Messages, e.Causes...) {
		if t.Text != "" && !slices.Contains(parts, t.Text) {
			parts = append(parts, t.Text)
		}
	}
	var plain string
	_ = json.Unmarshal(e.Error, &plain)
	if e.ErrorDescription != "" {
		code, plain = plain, e.ErrorDescription
	}
	for _, t := range []string{plain, e.Message} {
		if t = strings.TrimSpace(t); t != "" && len(parts) == 0 {
			parts = append(parts, t)
		}
	}
	if e.DetailCode != "" {
		code = e.DetailCode
	}
	message = strings.Join(parts, " ")
	if e.TrackingID != "" {
		message = cmp.Or(message, http.StatusText(status))
		message += " (tracking id " + e.TrackingID + ")"
	}
	return code, message
}

func ownerQuery(owner string) url.Values {
	query := url.Values{}
	if owner != Everybody {
		query.Set("owner-id", owner)
	}
	return query
}
