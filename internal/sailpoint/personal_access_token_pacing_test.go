package sailpoint_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestPersonalAccessToken_limited goes on after the tenant has asked to wait, whatever it is asked for. The date is one of the tenant's
// own clock, which is a day ahead. How each form is read, and that the pause is one for all, is tested with the transport.
func TestPersonalAccessToken_limited(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.Clock().Advance(24 * time.Hour)
	s.fault("POST", loginRoute, "429:1", 1)
	s.fault("GET", listRoute, "429-date:1", 1)
	s.fault("POST", listRoute, "429", 1)
	c := s.fleet(3)
	config := numbered("ci", lasting("720h"))
	plans, said := c.plan(config)
	if said = append(said, c.apply(plans, config)...); said.Failed() {
		t.Fatal(said)
	}
	s.RequireLive(t, 3)
	for _, c := range []struct {
		method, route string
		requests      int
		// together is set where others may have been on their way already when one was refused.
		together bool
	}{{"POST", loginRoute, 3, false}, {"GET", listRoute, 2, false}, {"POST", listRoute, 4, true}} {
		next, last := s.resumed(c.method, c.route)
		if last < time.Second || !c.together && next < time.Second {
			t.Errorf("%s %s: the next request was sent after %s and the last one after %s", c.method, c.route, next, last)
		}
		// On a busy machine a pause may make a list too old to be shared.
		if got := s.requests(c.method, c.route); got < c.requests || got > c.requests && c.method == "POST" {
			t.Errorf("%s %s: %d requests instead of %d", c.method, c.route, got, c.requests)
		}
	}
	if got := len(s.minted()); got != 3 {
		t.Errorf("the tenant keeps %d tokens", got)
	}
	s.mustAsk(tally{logins: 1, lists: 1}, tally{})(c.run(config))
}

// resumed is how long after a request that was answered with 429 the next one and the last one of its route were sent.
func (s *tenant) resumed(method, route string) (next, last time.Duration) {
	var refused time.Time
	for _, entry := range s.Journal().Select(fakeapi.Filter{System: fake.Name, Method: method, Route: route}) {
		switch {
		case entry.Status == http.StatusTooManyRequests:
			refused = entry.At
		case refused.IsZero():
		case next == 0:
			next = entry.At.Sub(refused)
			last = next
		default:
			last = entry.At.Sub(refused)
		}
	}
	return next, last
}

// TestPersonalAccessToken_limitedForLong says how long the tenant asks to wait when that is too long.
func TestPersonalAccessToken_limitedForLong(t *testing.T) {
	t.Parallel()
	for word, wait := range map[string]string{"429:600": "10m0s", "429-date:7200": ""} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			s.fault("POST", listRoute, word, 20)
			run := s.workspace(nil).Run(lasting("720h"))
			if failure := s.failed(run.Diagnostics); run.Failed != "apply" || failure == nil || !says(`limits requests and asks to wait `+wait).MatchString(failure.Detail) {
				t.Errorf("the %s failed with %+v", run.Failed, failure)
			}
			if left := s.minted(); len(left) != 0 || s.requests("POST", listRoute) != 1 {
				t.Errorf("%d mints were sent, and %+v is there", s.requests("POST", listRoute), left)
			}
		})
	}
}

// TestPersonalAccessToken_limitedTenant stays within a limit that the tenant really counts: nothing is minted twice.
func TestPersonalAccessToken_limitedTenant(t *testing.T) {
	t.Parallel()
	s := emulate(t, switched(func(w *fake.Switches) {
		w.TokensPerUser, w.RateLimit, w.RateWindow = -1, 10, fakeapi.Duration(500*time.Millisecond)
	}))
	c := s.fleet(15)
	c.run(numbered("ci", lasting("720h")))
	s.RequireLive(t, 15)
	if got := len(s.minted()); got != 15 {
		t.Errorf("the tenant keeps %d tokens", got)
	}
}
