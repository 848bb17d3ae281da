package sailpoint_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestAccSailPointPersonalAccessToken_limited goes on after the tenant has asked to wait. The date is one of the tenant's own clock,
// which is a day ahead.
func TestAccSailPointPersonalAccessToken_limited(t *testing.T) {
	for _, word := range []string{"429:1", "429-date:1", "429"} {
		t.Run(word, func(t *testing.T) {
			s := emulate(t)
			s.Clock().Advance(24 * time.Hour)
			s.fault("GET", listRoute, word, 1)
			s.fault("POST", listRoute, word, 1)
			config := s.config(token(`count = 3`, `name = "ci-${count.index}"`, scoped, `lifetime = "720h"`))
			s.test(
				resource.TestStep{Config: config, Check: all(s.alive(3), s.stored(3), s.sent("POST", listRoute, 4))},
				resource.TestStep{Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
			)
			if next, _ := s.resumed("GET", listRoute); next < time.Second {
				t.Errorf("the next list was sent after %s", next)
			}
			// The other mints may have been on their way already.
			if _, last := s.resumed("POST", listRoute); last < time.Second {
				t.Errorf("the last mint was sent after %s", last)
			}
		})
	}
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

func TestAccSailPointPersonalAccessToken_limitedLogin(t *testing.T) {
	s := emulate(t)
	s.fault("POST", loginRoute, "429:1", 1)
	s.test(resource.TestStep{Config: s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`)), Check: all(s.works, s.alive(1))})
}

// TestAccSailPointPersonalAccessToken_limitedForLong says how long the tenant asks to wait when that is too long.
func TestAccSailPointPersonalAccessToken_limitedForLong(t *testing.T) {
	for word, wait := range map[string]string{"429:600": "10m0s", "429-date:7200": ""} {
		t.Run(word, func(t *testing.T) {
			s := emulate(t)
			s.fault("POST", listRoute, word, 20)
			s.test(resource.TestStep{
				Config:      s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`)),
				ExpectError: says(`limits requests and asks to wait ` + wait),
			})
			if left := s.minted(); len(left) != 0 || s.requests("POST", listRoute) != 1 {
				t.Errorf("%d mints were sent, and %+v is there", s.requests("POST", listRoute), left)
			}
		})
	}
}

// TestAccSailPointPersonalAccessToken_limitedTenant stays within a limit that the tenant really counts.
func TestAccSailPointPersonalAccessToken_limitedTenant(t *testing.T) {
	s := emulate(t, switched(func(w *fake.Switches) {
		w.TokensPerUser, w.RateLimit, w.RateWindow = -1, 10, fakeapi.Duration(500*time.Millisecond)
	}))
	config := s.config(token(`count = 15`, `name = "ci-${count.index}"`, scoped, `lifetime = "720h"`))
	s.test(resource.TestStep{Config: config, Check: all(s.alive(15), s.stored(15))})
}
