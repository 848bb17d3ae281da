package rest

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

const (
	// longestPause is how long the provider waits when a server says when to come back. Past it the error tells the time.
	longestPause = 2 * time.Minute
	// pauseBudget bounds all pauses of one call together.
	pauseBudget = 5 * time.Minute
	// firstPause is taken after a 429 that does not say how long; it doubles with each further one.
	firstPause = time.Second
	// maxRetryAfter keeps absurd answers within what a duration can hold, in seconds: a year.
	maxRetryAfter = 365 * 24 * 3600
	// windowMargin is added to the window, in hundredths of it: the server counts at arrival, not at departure.
	windowMargin = 2
)

// Limit is a documented request limit: so many requests in any window of that length. The zero value means none.
type Limit struct {
	Requests int
	Per      time.Duration
}

// rateLimiter holds the whole system's calls to one pace: below the documented limit, and still while a pause lasts that the
// server asked for. The window slides, because a token bucket of the same rate either lets twice the limit through at the
// start or takes half as long again.
type rateLimiter struct {
	limit    Limit
	mu       sync.Mutex
	sent     []time.Time
	until    time.Time
	refusals int
}

// wait returns when the next request may be sent.
func (p *rateLimiter) wait(ctx context.Context) error {
	for {
		delay := p.reserve()
		if delay <= 0 {
			return ctx.Err()
		}
		timer := time.NewTimer(delay)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// reserve takes a place in the window, or tells how long to wait for one.
func (p *rateLimiter) reserve() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := realTime()
	if delay := p.until.Sub(now); delay > 0 {
		return delay
	}
	if p.limit.Requests <= 0 {
		return 0
	}
	if len(p.sent) == p.limit.Requests {
		window := p.limit.Per + p.limit.Per*windowMargin/100
		if delay := p.sent[0].Add(window).Sub(now); delay > 0 {
			return delay
		}
		p.sent = append(p.sent[:0], p.sent[1:]...)
	}
	p.sent = append(p.sent, now)
	return 0
}

// pause stops every call of the system for as long as the server asked, or for a growing while if it did not say. It
// returns how long they stand still from now on, and whether that prolonged a pause, so that ten callers who meet the same
// limit say so once and wait once.
func (p *rateLimiter) pause(asked time.Duration) (d time.Duration, prolonged bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := realTime()
	standing := p.until.After(now)
	if d = asked; d == 0 && !standing {
		d = firstPause << min(p.refusals, 5)
	}
	if !standing {
		p.refusals++
	}
	until := now.Add(d)
	prolonged = until.After(p.until.Add(time.Second))
	if until.After(p.until) {
		p.until = until
	}
	return p.until.Sub(now), prolonged
}

func (p *rateLimiter) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusals = 0
}

// limitRate holds calls to the rate limiter and turns a 429 into a pause for all.
func limitRate(p *rateLimiter, next http.RoundTripper) link {
	return func(r *http.Request) (*http.Response, error) {
		a := attemptOf(r.Context())
		a.sent = false
		if err := p.wait(r.Context()); err != nil {
			return nil, err
		}
		resp, err := next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode != http.StatusTooManyRequests {
			p.reset()
			return resp, nil
		}
		a.sent = false
		asked := retryAfter(resp.Header)
		if asked > longestPause {
			a.throttled, a.refusal = true, asked
			return resp, nil
		}
		pause, prolonged := p.pause(asked)
		if a.paused += pause; a.paused > pauseBudget {
			a.throttled = true
			return resp, nil
		}
		if prolonged {
			tflog.SubsystemWarn(r.Context(), subsystem, "the server limits requests; pausing all of them", map[string]any{
				"route": a.call.Route, "retry_after": asked.String(), "pause": pause.String(),
			})
		}
		return resp, nil
	}
}

// retryAfter reads both forms of the header: seconds, and a date, which is measured against the server's own clock.
// It returns 0 when there is none that can be read.
func retryAfter(header http.Header) time.Duration {
	text := header.Get("Retry-After")
	// A number that is too large to be read is returned as the largest one.
	if seconds, err := strconv.ParseUint(text, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, maxRetryAfter)) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		now = realTime()
	}
	return min(max(at.Sub(now), 0), maxRetryAfter*time.Second)
}

// realTime is the time by which waiting is measured; the provider's own clock may be moved in tests, a pause may not.
func realTime() time.Time {
	return time.Now() //nolint:forbidigo // a pause lasts as long as it lasts, whatever the injected clock says
}
