package rest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// bodyLimit bounds what is read of one answer, in bytes.
const bodyLimit = 64 << 20

var errTooLong = fmt.Errorf("the answer has more than %d MiB", bodyLimit>>20)

// transport sends one try and reads its whole answer, within the timeout. It notes whether anything may have reached the
// server: that decides whether a create may be tried again.
func transport(next http.RoundTripper, timeout time.Duration) link {
	return func(r *http.Request) (*http.Response, error) {
		a := attemptOf(r.Context())
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		ctx := r.Context()
		if a.call.Effect == Mints {
			// Once it is on its way, a mint is not abandoned when the run is interrupted: Terraform waits for its
			// providers after the first interrupt, and the answer is the only copy of the secret.
			ctx = context.WithoutCancel(ctx)
		}
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		var sent atomic.Bool
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
		try := r.WithContext(ctx)
		if a.call.MakeBody != nil {
			setBody(try, a.call.MakeBody())
		}
		resp, err := next.RoundTrip(try)
		if a.sent = sent.Load(); err != nil {
			if ctx.Err() != nil && r.Context().Err() == nil {
				return nil, fmt.Errorf("no answer within %s", timeout)
			}
			return nil, err
		}
		a.sent = true
		body, err := io.ReadAll(io.LimitReader(resp.Body, bodyLimit+1))
		_ = resp.Body.Close()
		if err != nil {
			return nil, fmt.Errorf("the answer broke off: %w", err)
		}
		if len(body) > bodyLimit {
			return nil, errTooLong
		}
		a.body, resp.Body = body, http.NoBody
		return resp, nil
	}
}

// setBody gives a request a body that can be read once.
func setBody(r *http.Request, body []byte) {
	if body == nil {
		r.Body, r.GetBody, r.ContentLength = nil, nil, 0
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
}
