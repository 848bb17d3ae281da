package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	backoffFirst = 250 * time.Millisecond
	backoffLast  = 8 * time.Second
	// retryCeiling only satisfies the library; the decision is checkRetry's.
	retryCeiling = 10_000
)

// retry wraps the chain in the retry library, with this provider's own decision: the library's default looks at errors and
// statuses and never at what is being asked, and so repeats a create whose answer was lost.
func retry(maxRetries int, next http.RoundTripper) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport: next,
			// A redirect would turn a write into a read, or hand the credential to another host.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryMax:     retryCeiling,
		CheckRetry:   checkRetry(maxRetries),
		Backoff:      backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
}

func checkRetry(maxRetries int) retryablehttp.CheckRetry {
	return func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		a := attemptOf(ctx)
		if err != nil {
			a.everSent = a.everSent || a.sent
			if ctx.Err() != nil || isFinal(err) || a.sent && a.call.Effect == Mints {
				return false, nil //nolint:nilerr // the library hands the try's own error on
			}
			a.failures++
			return a.failures <= maxRetries, nil
		}
		switch {
		case resp.StatusCode == http.StatusTooManyRequests:
			// The pause is the rate limiter's; the call only comes back.
			return !a.throttled && ctx.Err() == nil, nil
		case resp.StatusCode == http.StatusRequestTimeout, resp.StatusCode >= http.StatusInternalServerError && resp.StatusCode != http.StatusNotImplemented:
			a.everSent = true
			a.failures++
			return a.call.Effect != Mints && ctx.Err() == nil && a.failures <= maxRetries, nil
		default:
			return false, nil
		}
	}
}

// isFinal reports failures that another try cannot fix: an error that this package has already judged, such as a refused
// login, a certificate that does not verify, and an answer that is too long.
func isFinal(err error) bool {
	var judged *Error
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &judged) || errors.As(err, &certificate) || errors.Is(err, errTooLong)
}

// backoff doubles with jitter; a Retry-After beside a 503 is followed as far as the longest pause.
func backoff(_, _ time.Duration, n int, resp *http.Response) time.Duration {
	if resp != nil {
		if resp.StatusCode == http.StatusTooManyRequests {
			return 0
		}
		if asked := retryAfter(resp.Header); asked > 0 {
			return min(asked, longestPause)
		}
	}
	wait := min(backoffFirst<<min(n, 10), backoffLast)
	return wait + rand.N(wait/4) //nolint:gosec // jitter needs no secrecy
}
