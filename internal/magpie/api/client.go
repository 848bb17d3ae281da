package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

const (
	root       = "/api/magpie"
	loginRoute = root + "/login"
)

// Credential is how the client logs in: with an access token, with a user name and password, or not at all because there is a
// session already. Exactly one of them is set.
type Credential struct {
	AccessToken  rest.Secret
	Username     string
	Password     rest.Secret
	SessionToken rest.Secret
}

// Config is how the client is made.
type Config struct {
	Credential Credential
	// HTTP carries the base URL and what all systems share; the rest is filled in here.
	HTTP rest.Options
}

// Client speaks to one organization as one user. It is safe for concurrent use.
type Client struct {
	rest    *rest.Client
	config  Config
	lists   rest.Lists[AccessToken]
	minting rest.Locks

	mu   sync.Mutex
	used bool
	// seen are the ids that any list of an account has ever shown in this run.
	seen map[Account]map[string]bool
	// unknownAt is when a mint for an account may last have made a token that no list has shown.
	unknownAt map[Account]*time.Time
	claims    map[Account]*claims
}

// New returns a client. It sends nothing.
func New(config Config) *Client {
	config.HTTP.Redactor.Add(config.Credential.AccessToken, config.Credential.Password, config.Credential.SessionToken)
	c := &Client{
		config: config, seen: map[Account]map[string]bool{}, unknownAt: map[Account]*time.Time{}, claims: map[Account]*claims{},
	}
	options := config.HTTP
	options.Session = &rest.Session{LogIn: c.logIn, Put: putSession, Clock: options.Now}
	options.Explain = explain
	options.RequestID = func(h http.Header) string { return h.Get("X-Request-Id") }
	c.rest = rest.New(options)
	c.lists.Now = options.Now
	c.lists.ID = func(t AccessToken) string { return t.ID }
	return c
}

// Now is the time on the organization's clock.
func (c *Client) Now() time.Time { return c.rest.Now() }

// Ready logs in, if that has not happened yet in this run.
func (c *Client) Ready(ctx context.Context) error { return c.rest.Ready(ctx) }

// Sleep waits for a time, or until the context ends, whose error it returns then.
func (c *Client) Sleep(ctx context.Context, d time.Duration) error { return c.rest.Sleep(ctx, d) }

// Tenant is the base URL, which tells one organization from another.
func (c *Client) Tenant() string { return c.rest.BaseURL() }

// Username is the user that the client logs in as; empty where it does so with a token, which does not tell.
func (c *Client) Username() string { return c.config.Credential.Username }

// IsOwnCredential reports whether a token is the one that the client logs in with.
func (c *Client) IsOwnCredential(token string) bool {
	return token != "" && token == c.config.Credential.AccessToken.Reveal()
}

// UsesAccessToken reports whether the client logs in with an access token.
func (c *Client) UsesAccessToken() bool { return !c.config.Credential.AccessToken.IsEmpty() }

// UsesSessionToken reports whether the client was given a session, which ends for good when something ends it.
func (c *Client) UsesSessionToken() bool { return !c.config.Credential.SessionToken.IsEmpty() }

// Verify logs in with an access token, in a session of its own that is dropped at once: the client's own goes on. A login that is refused is
// not repeated. An error of the kind [rest.LoginRefused] means that the organization does not accept the token; any other leaves that open.
// Where an organization allows a user only one session, the login ends the one that this user has.
func (c *Client) Verify(ctx context.Context, token rest.Secret) error {
	if token.IsEmpty() {
		return errors.New("there is no access token to verify")
	}
	other := c.config
	other.Credential = Credential{AccessToken: token}
	return New(other).Ready(ctx)
}

// putSession writes the session the way the vendor's pages show it: the scheme word is "token", not "Bearer".
func putSession(r *http.Request, session rest.Secret) {
	r.Header.Set("Authorization", "token "+session.Reveal())
}

// logIn exchanges the credential for a session. Accounts lock after ten wrong passwords in a row, so a login with a password is
// sent again only when it surely did not arrive.
func (c *Client) logIn(ctx context.Context) (rest.Login, error) {
	if !c.config.Credential.SessionToken.IsEmpty() {
		return c.takeSession()
	}
	body := map[string]string{"token": c.config.Credential.AccessToken.Reveal()}
	effect := rest.Sets
	if c.config.Credential.AccessToken.IsEmpty() {
		body = map[string]string{"username": c.config.Credential.Username, "password": c.config.Credential.Password.Reveal()}
		effect = rest.Mints
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return rest.Login{}, err
	}
	call := &rest.Call{
		Method: http.MethodPost, Route: loginRoute, Body: raw, ContentType: "application/json",
		Effect: effect, Anonymous: true,
	}
	answer, err := c.rest.Do(ctx, call)
	if err != nil {
		return rest.Login{}, c.rest.RefuseLogin(err, loginRoute)
	}
	var login struct {
		Token rest.Secret `json:"token"`
	}
	if err := c.rest.Decode(call, answer, &login); err != nil {
		return rest.Login{}, err
	}
	c.rest.Redactor().Add(login.Token)
	if login.Token.IsEmpty() {
		// The status of a refused login is not documented: an error text where the session should be is a refusal, too.
		if _, message := explain(answer.Status, answer.Body); message != "" {
			return rest.Login{}, c.rest.LoginRefused(loginRoute, message)
		}
		return rest.Login{}, c.rest.Malformed(call, answer, "the answer to the login holds no session token")
	}
	return rest.Login{Credential: login.Token}, nil
}

// takeSession hands out a ready session once: when it has ended there is nothing to renew it with.
func (c *Client) takeSession() (rest.Login, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.used {
		return rest.Login{}, c.rest.LoginRefused(loginRoute, "the session has expired; log in again and set session_token to the new one")
	}
	c.used = true
	return rest.Login{Credential: c.config.Credential.SessionToken}, nil
}

// explain reads an error body. The vendor documents none: a few usual fields are tried, then short plain text is taken as it
// is.
func explain(status int, body []byte) (code, message string) {
	var fields map[string]any
	if json.Unmarshal(body, &fields) == nil {
		for _, name := range []string{"error", "message", "errorMessage", "detail"} {
			if text, ok := fields[name].(string); ok && strings.TrimSpace(text) != "" {
				message = text
				break
			}
		}
	} else if text := strings.TrimSpace(string(body)); text != "" && !strings.HasPrefix(text, "<") && !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		message = text
	}
	hint := ""
	switch status {
	case http.StatusUnauthorized:
		hint = "session or credentials not accepted"
	case http.StatusForbidden:
		hint = "the user needs the permission AccessToken, and must be an organization admin for service accounts' tokens"
	}
	switch {
	case message == "":
		return "", hint
	case hint != "":
		return "", hint + ": " + message
	}
	return "", message
}

// LockAccount keeps this process from minting two tokens of an account at the same time: the id of a new one is found by
// comparing lists.
func (c *Client) LockAccount(ctx context.Context, account Account) (unlock func(), err error) {
	return c.minting.Lock(ctx, string(account))
}
