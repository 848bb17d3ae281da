package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

const root = "/api/svc/v1"

// Config is how the client is made.
type Config struct {
	// APIKey is a personal access token or the token of a virtual account.
	APIKey rest.Secret
	// HTTP carries the base URL and what all systems share; the rest is filled in here.
	HTTP rest.Options
}

// Client speaks to one control plane with one API key. It is safe for concurrent use.
type Client struct {
	rest *rest.Client
	// prover asks whether the key is still accepted while the session of the other one waits for that.
	prover *rest.Client
	config Config
	// claims are read once: a list asks for each of its rows whether it is that of the key.
	claims claims

	tokens   collection
	accounts collection
	names    rest.Locks
	// existing are answers to whether accounts exist, by name, and planes what the client has learned of its control plane.
	existing rest.Lists[bool]
	planes   planes

	mu        sync.Mutex
	handedOut bool
	// isProven is set once the control plane has refused a request with 401 and answered another one with the same key.
	isProven bool
}

// New returns a client. It sends nothing.
func New(config Config) *Client {
	config.HTTP.Redactor.Add(config.APIKey)
	c := &Client{
		config: config, claims: claimsOf(config.APIKey),
		tokens: collection{key: "pat", route: tokensRoute}, accounts: collection{key: "va", route: accountsRoute},
	}
	options := config.HTTP
	options.Session = &rest.Session{LogIn: c.logIn, Put: putBearer, Clock: options.Now}
	options.Explain = explain
	options.RequestID = func(h http.Header) string { return h.Get("X-Request-Id") }
	c.rest = rest.New(options)
	// A session of its own: the other one waits meanwhile.
	options.Session = &rest.Session{LogIn: func(context.Context) (rest.Login, error) { return rest.Login{Credential: c.config.APIKey}, nil }, Put: putBearer, Clock: options.Now}
	c.prover = rest.New(options)
	idOf := func(a ServiceAccount) string { return a.ID }
	c.tokens.whole.ID, c.accounts.whole.ID = idOf, idOf
	c.tokens.whole.Now, c.accounts.whole.Now, c.existing.Now = c.rest.Now, c.rest.Now, c.rest.Now
	c.tokens.whole.Sleep = c.rest.Sleep
	return c
}

// Now is the time on the control plane's clock.
func (c *Client) Now() time.Time { return c.rest.Now() }

// Sleep waits for a time, or until the context ends, whose error it returns then.
func (c *Client) Sleep(ctx context.Context, d time.Duration) error { return c.rest.Sleep(ctx, d) }

// Tenant is the base URL, which tells one control plane from another.
func (c *Client) Tenant() string { return c.rest.BaseURL() }

func putBearer(r *http.Request, key rest.Secret) {
	r.Header.Set("Authorization", "Bearer "+key.Reveal())
}

// logIn hands the API key out. When it is asked for again, the control plane has refused a key that it accepted before, and there is
// nothing to renew it with: either the key is not accepted any more, or it is, and may not do this. Newer control planes do not let a
// personal access token create another one, and do not declare the status with which they refuse it.
func (c *Client) logIn(ctx context.Context) (rest.Login, error) {
	c.mu.Lock()
	isFirst := !c.handedOut
	c.handedOut = true
	c.mu.Unlock()
	if isFirst {
		return rest.Login{Credential: c.config.APIKey}, nil
	}
	if ctx.Value(forbidsKeys{}) != nil && c.isAccepted(ctx) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.isProven = true
		return rest.Login{Credential: c.config.APIKey}, nil
	}
	err := c.rest.LoginRefused(root, "the API key was accepted before in this run and is not any more: it was deleted or has expired")
	var e *rest.Error
	if errors.As(err, &e) {
		// There is no request for a login; every one carries the key.
		e.Method = "any"
	}
	return rest.Login{}, err
}

// forbidsKeys marks the context of a call that a control plane may refuse because of the kind of key, with any status.
type forbidsKeys struct{}

// isAccepted reports whether the control plane answers something else with the key.
func (c *Client) isAccepted(ctx context.Context) bool {
	_, err := c.prover.Do(ctx, oneRow())
	var refused *rest.Error
	return err == nil || errors.As(err, &refused) && refused.Kind == rest.Refused && refused.Status != http.StatusUnauthorized
}

// oneRow is a request that any key may send, and that costs the control plane little. One that may not see the list is told so with 403.
func oneRow() *rest.Call {
	return &rest.Call{Method: http.MethodGet, Route: accountsRoute, Query: url.Values{"limit": {"1"}}}
}

// Verify asks the control plane for something with a token instead of the client's own key. A token without any right works, too. An error of
// the kind [rest.LoginRefused] means that the control plane does not accept the token; any other leaves that open.
func (c *Client) Verify(ctx context.Context, token rest.Secret) error {
	config, call := c.config, oneRow()
	config.APIKey = token
	other := New(config)
	answer, err := other.do(ctx, call)
	var refused *rest.Error
	if errors.As(err, &refused) && refused.Kind == rest.Refused && refused.Status == http.StatusForbidden {
		return nil
	}
	if err != nil {
		return err
	}
	// What answers in the control plane's place does not look at the token.
	var list json.RawMessage
	return other.rest.Decode(call, answer, &list)
}

// do carries a call out. A 401 is about the API key, unless the control plane has just accepted that for something else.
func (c *Client) do(ctx context.Context, call *rest.Call) (*rest.Answer, error) {
	answer, err := c.rest.Do(ctx, call)
	c.mu.Lock()
	defer c.mu.Unlock()
	var e *rest.Error
	if errors.As(err, &e) && e.Kind == rest.Refused && e.Status == http.StatusUnauthorized && !c.isProven {
		e.Kind = rest.LoginRefused
	}
	return answer, err
}

// send carries out a call with a JSON body.
func (c *Client) send(ctx context.Context, call *rest.Call, body any) (*rest.Answer, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	call.Body, call.ContentType = raw, "application/json"
	return c.do(ctx, call)
}

// readToken takes the secret out of an answer and registers it before anything else sees it.
func (c *Client) readToken(call *rest.Call, answer *rest.Answer) (rest.Secret, error) {
	var minted struct {
		Token rest.Secret `json:"token"`
	}
	if err := c.rest.Decode(call, answer, &minted); err != nil {
		return rest.Secret{}, err
	}
	c.rest.Redactor().Add(minted.Token)
	if minted.Token.IsEmpty() {
		return rest.Secret{}, c.rest.Malformed(call, answer, "the answer holds no token")
	}
	return minted.Token, nil
}

// IsRefusal reports whether the control plane declines a request for what it asks: 400, 403, 404 or 422. What it does not
// accept the credential for, and what fails, is no refusal.
func IsRefusal(err error) bool {
	var e *rest.Error
	if !errors.As(err, &e) || e.Kind != rest.Refused {
		return false
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// explain reads the vendor's error body: a message, a code that is a string or a number, and details of any shape.
func explain(_ int, body []byte) (code, message string) {
	var e struct {
		Message json.RawMessage   `json:"message"`
		Code    json.RawMessage   `json:"code"`
		Details []json.RawMessage `json:"details"`
	}
	if json.Unmarshal(body, &e) != nil {
		return "", ""
	}
	var number float64
	if json.Unmarshal(e.Code, &code) != nil && json.Unmarshal(e.Code, &number) == nil {
		code = strconv.FormatFloat(number, 'f', -1, 64)
	}
	var several []string
	if json.Unmarshal(e.Message, &message) != nil && json.Unmarshal(e.Message, &several) == nil {
		message = strings.Join(several, "; ")
	}
	for _, raw := range e.Details {
		var detail struct {
			Path    json.RawMessage `json:"path"`
			Message string          `json:"message"`
		}
		if json.Unmarshal(raw, &detail) != nil || detail.Message == "" {
			continue
		}
		// The place of the problem is a text, or a list of its steps.
		var at string
		var steps []string
		if json.Unmarshal(detail.Path, &at) != nil && json.Unmarshal(detail.Path, &steps) == nil {
			at = strings.Join(steps, ".")
		}
		if strings.Contains(message, detail.Message) && strings.Contains(message, at) {
			continue
		}
		message = strings.TrimSpace(message + " (" + strings.TrimSpace(at+" "+detail.Message) + ")")
	}
	return code, message
}

// LockName keeps this process from looking a name up and creating an object under it twice at the same time.
func (c *Client) LockName(ctx context.Context, kind, name string) (unlock func(), err error) {
	return c.names.Lock(ctx, kind+"/"+name)
}
