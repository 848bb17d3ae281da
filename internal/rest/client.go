package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Options is what a system decides about its client.
type Options struct {
	// System is the short name ("sailpoint"), Title the vendor's ("SailPoint").
	System, Title string
	// BaseURL is the host root, with a path prefix if a gateway adds one; it ends without a slash.
	BaseURL *url.URL
	// Session is how calls are authenticated; nil sends them without a credential.
	Session *Session
	// Limit is the documented request limit.
	Limit Limit
	// Explain reads the server's own code and message out of an error body.
	Explain func(status int, body []byte) (code, message string)
	// RequestID reads the server's handle for support out of an answer's headers.
	RequestID func(http.Header) string

	Transport  http.RoundTripper
	Timeout    time.Duration
	MaxRetries int
	UserAgent  string
	Now        func() time.Time
	// Sleep waits for a time, or until the context ends, whose error it returns then; nil means a real timer.
	Sleep    func(ctx context.Context, d time.Duration) error
	Redactor *Redactor
}

// Client speaks to one system for one run. It is safe for concurrent use.
type Client struct {
	options Options
	chain   *retryablehttp.Client

	mu         sync.Mutex
	skew       time.Duration
	deprecated bool
}

// New builds a client. This is where the chain's order is written down, from the outside in:
//
//  1. retry: tries again what may be tried again, with a growing pause
//  2. authorize: puts the session's credential in, renews it once on 401
//  3. rate limit: keeps below the documented limit, stands still after a 429
//  4. record: one log line a try, without headers and bodies
//  5. transport: a new connection for a create, timeout, whole body, and whether anything was sent
//
// Above the chain stand [Lists], which keep one list per run, and [Client.Do], which turns the outcome into an [Error]
// with every secret struck out.
func New(options Options) *Client {
	c := &Client{options: options}
	var chain http.RoundTripper = transport(options.Transport, options.Timeout)
	chain = record(c.requestID, chain)
	chain = limitRate(&rateLimiter{limit: options.Limit}, chain)
	chain = authorize(options.Session, chain)
	c.chain = retry(options.MaxRetries, chain)
	return c
}

// Redactor returns the run's redactor: a minted secret is added to it before anything else sees it.
func (c *Client) Redactor() *Redactor { return c.options.Redactor }

// BaseURL is the system's base URL, which holds no credential.
func (c *Client) BaseURL() string { return c.options.BaseURL.String() }

// Now is the time on the server's clock, as far as its answers have told it: it is the server who decides when a token has
// expired. Within two seconds of each other the two clocks count as the same.
func (c *Client) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.options.Now().Add(c.skew)
}

// Sleep waits for a time, or until the context ends, whose error it returns then.
func (c *Client) Sleep(ctx context.Context, d time.Duration) error {
	if c.options.Sleep != nil {
		return c.options.Sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Deprecated reports whether an answer carried a deprecation header.
func (c *Client) Deprecated() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.deprecated
}

// Ready logs in if that has not happened yet.
func (c *Client) Ready(ctx context.Context) error {
	if c.options.Session == nil {
		return nil
	}
	_, _, err := c.options.Session.Ready(logged(ctx, c.options.System, c.options.Redactor))
	return err
}

// Do carries a call out. Any answer outside the 2xx class is an [*Error].
func (c *Client) Do(ctx context.Context, call *Call) (*Answer, error) {
	a := &attempt{call: call}
	ctx = withAttempt(logged(ctx, c.options.System, c.options.Redactor), a)
	target := *c.options.BaseURL
	target.RawPath = target.EscapedPath() + call.path()
	path, err := url.PathUnescape(target.RawPath)
	if err != nil {
		return nil, fmt.Errorf("path of %s: %w", call.Route, err)
	}
	target.Path, target.RawQuery = path, call.Query.Encode()
	request, err := http.NewRequestWithContext(ctx, call.Method, target.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("request for %s: %w", call.Route, err)
	}
	setBody(request, call.Body)
	request.Header.Set("Accept", "application/json")
	if call.Effect == Reads {
		// A cache in between asks the server again; where one answers by itself all the same, that is an error.
		request.Header.Set("Cache-Control", "no-cache")
	}
	request.Header.Set("User-Agent", c.options.UserAgent)
	if call.ContentType != "" {
		request.Header.Set("Content-Type", call.ContentType)
	}
	retryable, err := retryablehttp.FromRequest(request)
	if err != nil {
		return nil, fmt.Errorf("request for %s: %w", call.Route, err)
	}
	resp, err := c.chain.Do(retryable) //nolint:bodyclose // transport has read and closed the body
	if err != nil {
		return nil, c.failed(ctx, a, err)
	}
	return c.answered(a, resp)
}

// explainedLimit is how much of an error's body is looked at, in bytes. Decoded, it may take many times its size.
const explainedLimit = 1 << 20

// answered reads the answer, learns the server's clock from it and turns refusals into errors.
func (c *Client) answered(a *attempt, resp *http.Response) (*Answer, error) {
	answer := &Answer{Status: resp.StatusCode, Header: resp.Header, Body: a.body}
	c.noteDeprecation(resp.Header)
	if answer.Status >= 200 && answer.Status < 300 {
		c.observe(resp.Header)
		return answer, nil
	}
	e := c.newError(a, Refused)
	e.Status, e.RequestID = answer.Status, c.requestID(answer.Status, answer.Header, answer.Body)
	e.Code, e.Message = c.options.Explain(answer.Status, answer.Body[:min(len(answer.Body), explainedLimit)])
	if e.Message == "" {
		e.Message = http.StatusText(answer.Status)
	}
	switch {
	case answer.Status == http.StatusTooManyRequests:
		e.Kind, e.Wait = Throttled, a.refusal
	case answer.Status >= 500:
		e.Kind, e.Executed = Faulty, a.call.Effect != Reads
	case a.call.Effect == Reads && outdated(answer.Header) != "":
		// That something was not there a while ago says nothing about now.
		e.Kind, e.Message = Altered, "the answer is not current; its header says "+outdated(answer.Header)
	case answer.Status < 400:
		e.Kind, e.Executed = Malformed, a.call.Effect != Reads
		e.Message = "the server redirects elsewhere" + redirectHost(answer.Header) + "; redirects are never followed"
	}
	// An earlier try of the same call may have been carried out, whatever the last one was answered.
	e.Executed = e.Executed || a.everSent && a.call.Effect != Reads
	e.Code, e.Message = c.Clean(e.Code), c.Clean(e.Message)
	return nil, e
}

// failed judges a call that has no answer.
func (c *Client) failed(ctx context.Context, a *attempt, err error) error {
	var judged *Error
	if errors.As(err, &judged) {
		return judged
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	e := c.newError(a, Unreachable)
	e.cause = err
	e.Message = c.Clean(err.Error())
	var proxy *proxyError
	if errors.As(err, &proxy) {
		e.ProxyVariable = proxy.variable
	}
	switch {
	case errors.Is(err, errTooLong):
		e.Kind, e.Executed = TooLong, a.call.Effect != Reads
	case a.everSent || a.sent:
		e.Kind, e.Executed = Lost, a.call.Effect != Reads
	case ctx.Err() != nil:
		e.Kind, e.Message = Interrupted, "the run was interrupted before the request was sent"
	default:
		e.Message = c.Clean(unreachable(err))
	}
	return e
}

func unreachable(err error) string {
	var proxy *proxyError
	var dns *net.DNSError
	switch {
	case errors.As(err, &proxy):
		return proxy.Error()
	case errors.As(err, &dns):
		return "the host name does not resolve: " + dns.Err
	}
	return err.Error()
}

// Malformed is the error for an answer of the 2xx class that is not what the API promises.
func (c *Client) Malformed(call *Call, answer *Answer, problem string) *Error {
	return c.untrusted(Malformed, call, answer, problem)
}

func (c *Client) untrusted(kind Kind, call *Call, answer *Answer, problem string) *Error {
	e := c.newError(&attempt{call: call}, kind)
	e.Status, e.RequestID = answer.Status, c.requestID(answer.Status, answer.Header, answer.Body)
	e.Executed = call.Effect != Reads
	e.Message = c.Clean(problem)
	return e
}

// Decode reads a JSON answer into a value. What cannot be decoded is an error that never quotes the body.
//
// The answer to a read may be what shows that a token is gone. So it has to be the API's own, whole, and of now. That of a write may
// hold the only copy of a secret, and is read as far as it can be.
func (c *Client) Decode(call *Call, answer *Answer, into any) error {
	if call.Effect == Reads {
		if kind, problem := doubt(answer); problem != "" {
			return c.untrusted(kind, call, answer, problem)
		}
	}
	err := json.Unmarshal(answer.Body, into)
	if err != nil {
		return c.undecoded(call, answer, err)
	}
	if call.Effect == Reads {
		if key, isRepeated := repeatedKey(answer.Body); isRepeated {
			return c.Malformed(call, answer, fmt.Sprintf("the answer has the key %q twice in one object", key))
		}
	}
	return nil
}

func (c *Client) undecoded(call *Call, answer *Answer, err error) error {
	var syntax *json.SyntaxError
	var unexpected *json.UnmarshalTypeError
	problem := "the answer is not the JSON that the API promises"
	switch {
	case len(answer.Body) == 0:
		problem = "the answer is empty"
	case strings.HasSuffix(mediaType(answer.Header), "html"):
		problem = isPage
	case errors.As(err, &unexpected):
		// The decoder's word for a number that does not fit is followed by the number.
		found, _, _ := strings.Cut(unexpected.Value, " ")
		where := "the answer"
		if unexpected.Field != "" {
			where = fmt.Sprintf("the answer's field %q", unexpected.Field)
		}
		problem = where + " is a JSON " + found + " where the API promises another type"
	case errors.As(err, &syntax):
		problem = fmt.Sprintf("the answer is not JSON, or broke off (after %d of %d bytes)", syntax.Offset, len(answer.Body))
	}
	return c.Malformed(call, answer, problem)
}

func (c *Client) newError(a *attempt, kind Kind) *Error {
	return &Error{
		System: c.options.Title, Host: c.options.BaseURL.Host,
		Method: a.call.Method, Route: a.call.Route, Kind: kind,
	}
}

// Clean makes a server's text fit to be shown: without a secret, without a character that a terminal obeys, on one line, and cut.
func (c *Client) Clean(text string) string { return cut(c.options.Redactor.Redact(text)) }

// pieceLength is the length of a piece of a request ID that is not in the body of a success by chance.
const pieceLength = 12

// requestID reads the server's handle for support. One that shares a piece with the body of a success is not shown: it may be of a secret
// in there, which is registered only when the body has been decoded. The body of an error has none, and tells the same handle.
func (c *Client) requestID(status int, header http.Header, body []byte) string {
	id := c.Clean(c.options.RequestID(header))
	if status < 200 || status >= 300 {
		return id
	}
	for end := pieceLength; end <= len(id); end++ {
		if bytes.Contains(body, []byte(id[end-pieceLength:end])) {
			return redacted
		}
	}
	return id
}

func (c *Client) noteDeprecation(header http.Header) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if strings.EqualFold(header.Get("X-Deprecated"), "true") || header.Get("Deprecation") != "" {
		c.deprecated = true
	}
}

// observe learns the server's time from an answer that is the API's own. One out of a cache tells an old time, and an error may
// come from anything in between: neither is believed.
func (c *Client) observe(header http.Header) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, err := http.ParseTime(header.Get("Date"))
	if err != nil || outdated(header) != "" {
		return
	}
	c.skew = 0
	if skew := at.Sub(c.options.Now()); skew.Abs() > 2*time.Second {
		c.skew = skew
	}
}

func redirectHost(header http.Header) string {
	if to, err := url.Parse(header.Get("Location")); err == nil && to.Host != "" {
		return " (to " + to.Host + ")"
	}
	return ""
}
