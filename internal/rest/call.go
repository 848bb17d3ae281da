package rest

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Effect says what a call does to the server, and with that what may be done when its answer is lost.
type Effect int

const (
	// Reads changes nothing: any failure may be tried again.
	Reads Effect = iota
	// Sets changes something, and doing it twice ends the same as doing it once: may be tried again.
	Sets
	// Mints makes something new each time: tried again only when the server surely did nothing, and not abandoned
	// half-way when the run is interrupted, because the answer holds the only copy of a secret.
	Mints
)

// Call is one operation of a system's API.
type Call struct {
	// Method is the HTTP method.
	Method string
	// Route is the path below the base URL with placeholders, such as "/access-token/{id}". Logs and errors show it.
	Route string
	// Params fills the placeholders; values are escaped here.
	Params map[string]string
	// Query is the query string.
	Query url.Values
	// ContentType labels Body; empty sends no label.
	ContentType string
	// Body is sent as it is; nil sends none.
	Body []byte
	// MakeBody, if set, makes the body of each try at the moment when it is sent, after all waiting.
	MakeBody func() []byte
	// Effect rules retries.
	Effect Effect
	// Anonymous calls (logins) are sent without a credential.
	Anonymous bool
}

// path fills the route's placeholders. A plus sign is escaped too: some servers read it as a space.
func (c *Call) path() string {
	path := c.Route
	for name, value := range c.Params {
		escaped := strings.ReplaceAll(url.PathEscape(value), "+", "%2B")
		path = strings.ReplaceAll(path, "{"+name+"}", escaped)
	}
	return path
}

// Answer is what a server said, whole.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// attempt is the state that the links of the chain share for one call. Only the goroutine of the call touches it.
type attempt struct {
	call     *Call
	number   int
	failures int
	paused   time.Duration
	// body is the newest answer's.
	body []byte
	// sent is set once bytes of the current try may have reached the server.
	sent bool
	// everSent is set once any try may have been executed.
	everSent bool
	// throttled is set once the provider does not wait any longer for the server's limit; refusal is what a 429 asked for
	// when that alone was too long.
	throttled bool
	refusal   time.Duration
}

type attemptKey struct{}

func withAttempt(ctx context.Context, a *attempt) context.Context {
	return context.WithValue(ctx, attemptKey{}, a)
}

func attemptOf(ctx context.Context) *attempt {
	if a, ok := ctx.Value(attemptKey{}).(*attempt); ok {
		return a
	}
	return &attempt{call: &Call{}}
}

// link is one step of the chain.
type link func(*http.Request) (*http.Response, error)

// RoundTrip implements [http.RoundTripper].
func (l link) RoundTrip(r *http.Request) (*http.Response, error) { return l(r) }
