package rest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"runtime"
	"sync/atomic"
	"time"
)

// bodyLimit bounds what is read of one answer, in bytes.
const bodyLimit = 64 << 20

// longBody is the length from which the buffers of an answer are freed at once: they take as much memory as the answer, and what is alive when
// the collector runs by itself decides how far the process grows until it runs again.
const longBody = 1 << 20

var errTooLong = fmt.Errorf("the answer has more than %d MiB", bodyLimit>>20)

// transport sends one try and reads its whole answer, within the timeout. It notes whether anything may have reached the
// server: that decides whether a create may be tried again.
func transport(network http.RoundTripper, timeout time.Duration) link {
	fresh := onNewConnections(network)
	return func(r *http.Request) (*http.Response, error) {
		a := attemptOf(r.Context())
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		ctx, next := r.Context(), network
		if a.call.Effect == Mints {
			// Once it is on its way, a mint is not abandoned when the run is interrupted: Terraform waits for its
			// providers after the first interrupt, and the answer is the only copy of the secret.
			ctx, next = context.WithoutCancel(ctx), fresh
		}
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		var sent, greeted atomic.Bool
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			// Through a proxy, this is the first that is said to the server behind it.
			TLSHandshakeStart: func() { greeted.Store(true) },
			WroteHeaders:      func() { sent.Store(true) },
		})
		try := r.WithContext(ctx)
		if a.call.MakeBody != nil {
			setBody(try, a.call.MakeBody())
		}
		resp, err := next.RoundTrip(try)
		if a.sent = sent.Load(); err != nil {
			if ctx.Err() != nil {
				if r.Context().Err() != nil {
					return nil, err
				}
				err = fmt.Errorf("no answer within %s", timeout)
			}
			return nil, blameProxy(next, try, greeted.Load() || a.sent, err)
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
		if len(body) > longBody {
			runtime.GC()
		}
		a.body, resp.Body = body, http.NoBody
		return resp, nil
	}
}

// onNewConnections returns a transport that uses no connection twice; only over HTTP/2 do requests at the same time share one.
// Servers and load balancers close connections that are idle, and a request that crosses with the close gets no answer: a read
// is sent again, but a create would count as lost.
func onNewConnections(network http.RoundTripper) http.RoundTripper {
	pooled, ok := network.(*http.Transport)
	if !ok {
		return network
	}
	// The copy has connections of its own, so those that reads share stay open.
	fresh := pooled.Clone()
	fresh.DisableKeepAlives = true
	return fresh
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
