package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
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
	key  rest.Secret

	tokens   collection
	accounts collection
	names    rest.Locks

	mu        sync.Mutex
	handedOut bool
}

// New returns a client. It sends nothing.
func New(config Config) *Client {
	config.HTTP.Redactor.Add(config.APIKey)
	c := &Client{
		key:    config.APIKey,
		tokens: collection{key: "pat", route: tokensRoute}, accounts: collection{key: "va", route: accountsRoute},
	}
	options := config.HTTP
	options.Session = &rest.Session{LogIn: c.logIn, Put: putBearer, Clock: options.Now}
	options.Explain = explain
	options.RequestID = func(h http.Header) string { return h.Get("X-Request-Id") }
	c.rest = rest.New(options)
	c.tokens.whole.Now, c.accounts.whole.Now = c.rest.Now, c.rest.Now
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

// logIn hands the API key out once. When it is asked for again, the control plane has refused a key that it accepted before,
// and there is nothing to renew it with.
func (c *Client) logIn(context.Context) (rest.Login, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.handedOut {
		c.handedOut = true
		return rest.Login{Credential: c.key}, nil
	}
	err := c.rest.LoginRefused(root, "the API key was accepted before in this run and is not any more: it was deleted or has expired")
	var e *rest.Error
	if errors.As(err, &e) {
		// There is no request for a login; every one carries the key.
		e.Method = "any"
	}
	return rest.Login{}, err
}

// do carries a call out. A 401 is always about the API key: a key without the right is answered 403.
func (c *Client) do(ctx context.Context, call *rest.Call) (*rest.Answer, error) {
	answer, err := c.rest.Do(ctx, call)
	var e *rest.Error
	if errors.As(err, &e) && e.Kind == rest.Refused && e.Status == http.StatusUnauthorized {
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
			Path    string `json:"path"`
			Message string `json:"message"`
		}
		if json.Unmarshal(raw, &detail) != nil || detail.Message == "" || strings.Contains(message, detail.Message) {
			continue
		}
		message = strings.TrimSpace(message + " (" + strings.TrimSpace(detail.Path+" "+detail.Message) + ")")
	}
	return code, message
}

// LockName keeps this process from looking a name up and creating an object under it twice at the same time.
func (c *Client) LockName(ctx context.Context, kind, name string) (unlock func(), err error) {
	return c.names.Lock(ctx, kind+"/"+name)
}
