package rest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// Anonymous lends the chain, without the session, to a library that logs in by itself. Every request of the returned
// transport goes to the given route below the base URL, may be repeated, and fails with an [*Error].
func (c *Client) Anonymous(route string) http.RoundTripper {
	return link(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		answer, err := c.Do(r.Context(), &Call{
			Method: r.Method, Route: route, Query: r.URL.Query(), Body: body,
			ContentType: r.Header.Get("Content-Type"), Effect: Sets, Anonymous: true,
		})
		if err != nil {
			return nil, err
		}
		return &http.Response{
			StatusCode: answer.Status, Header: answer.Header, Request: r, ContentLength: int64(len(answer.Body)),
			Body: io.NopCloser(bytes.NewReader(answer.Body)),
		}, nil
	})
}

// RefuseLogin judges a failed login: what the server answers with 400, 401 or 403 is a credential that it does not accept.
// Whatever became of the login, the call that needed it was not sent.
func (c *Client) RefuseLogin(err error, route string) error {
	var e *Error
	if !errors.As(err, &e) {
		e = c.newError(&attempt{call: &Call{Method: http.MethodPost, Route: route}}, Malformed)
		// The library's own text may quote the answer.
		e.Message = "the answer to the login is not what the API promises"
		return e
	}
	judged := *e
	judged.Executed = false
	switch e.Status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		judged.Kind = LoginRefused
	}
	return &judged
}

// LoginRefused is the error for a credential that is not accepted any more, without a request that said so.
func (c *Client) LoginRefused(route, message string) error {
	e := c.newError(&attempt{call: &Call{Method: http.MethodPost, Route: route}}, LoginRefused)
	e.Message = c.Clean(message)
	return e
}
