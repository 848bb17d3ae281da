package sailpoint_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestPersonalAccessToken_lifetimeCounts counts a lifetime from the moment when the request is sent that mints the token: what the
// provider waits before that does not shorten it.
func TestPersonalAccessToken_lifetimeCounts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		version, route string
		order          func(*tenant, string)
		posts          int
	}{
		"at once": {"v1", listRoute, func(*tenant, string) {}, 1},
		"older":   {"beta", "/beta/personal-access-tokens", func(*tenant, string) {}, 1},
		"asked to wait": {"v1", listRoute, func(s *tenant, route string) {
			s.fault("POST", route, "429:1", 1)
			// By the clocks of both the pause takes a minute.
			s.env.Now, s.env.Transport = s.Clock().Now, pausing{s.Clock()}
		}, 2},
		"after a try that was never carried out": {"v1", listRoute, func(s *tenant, route string) { s.fault("POST", route, "drop-before", 1) }, 2},
		"after a lost try": {"v1", listRoute, func(s *tenant, route string) {
			s.fault("POST", route, "drop-after", 1)
			// The looks for the token come before the mint is begun again, and take their time.
			s.env.Transport = &meanwhile{happens: func() { s.fault("GET", route, "lag:2", 1) }}
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			c.order(s, c.route)
			e := s.engine(values{"api_version": c.version})
			e.Create(lasting("1h"))
			if got := s.requests("POST", c.route); got != c.posts {
				t.Errorf("%d mints were sent instead of %d", got, c.posts)
			}
			minted := s.minted()
			if len(minted) != 1 || minted[0].Expiration == nil {
				t.Fatalf("on the tenant: %+v", minted)
			}
			if got := minted[0].Expiration.Sub(minted[0].Created); (got - time.Hour).Abs() > 2*time.Second {
				t.Errorf("the token lives %s instead of an hour", got)
			}
		})
	}
}

// pausing moves the clock on when the tenant asks to wait.
type pausing struct {
	clock *fakeapi.Clock
}

// RoundTrip implements [http.RoundTripper].
func (p pausing) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && answer.StatusCode == http.StatusTooManyRequests {
		p.clock.Advance(time.Minute)
	}
	return answer, err
}

// agedCases are tokens made by somebody else, by how long they live.
func agedCases() map[string]struct{ lives, lifetime string } {
	return map[string]struct{ lives, lifetime string }{
		"90 minutes":         {"90m", "90m"},
		"90 minutes or so":   {"90m4s", "90m"},
		"720 hours or so":    {"720h0m29s", "720h"},
		"90 minutes, longer": {"90m20s", "90m"},
		"minutes, shorter":   {"44m45s", "45m"},
	}
}

// TestPersonalAccessToken_importedLifetime adopts a token that lives as long as its configuration says: only the state is filled in, and
// the tenant is not asked for anything.
func TestPersonalAccessToken_importedLifetime(t *testing.T) {
	t.Parallel()
	for name, c := range agedCases() {
		for _, version := range []string{"v1", "beta"} {
			t.Run(name+", "+version, func(t *testing.T) {
				t.Parallel()
				s := emulate(t)
				foreign := s.seed("ci", func(k *fake.Token) {
					lives, err := time.ParseDuration(c.lives)
					if err != nil {
						t.Fatal(err)
					}
					k.Created = time.Now().Add(-10 * time.Minute).UTC().Truncate(time.Millisecond)
					end := k.Created.Add(lives)
					k.Scope, k.Expiration = []string{"sp:my-personal-access-tokens:read"}, &end
				})
				e := s.engine(values{"api_version": version})
				config := lasting(c.lifetime)
				adopted := s.fillsIn(e, e.MustImport(foreign.ID), config, "lifetime")
				s.plansNothing(adopted, config, versioned(version))
				if got := s.asked(); got.posts+got.patches+got.deletes != 0 {
					t.Errorf("the tenant was asked %+v", got)
				}
				if stored := s.minted()[0]; !stored.Expiration.Equal(*foreign.Expiration) {
					t.Errorf("the end was moved from %s to %s", foreign.Expiration, stored.Expiration)
				}
			})
		}
	}
}

// fillsIn applies a plan that changes one attribute, and does so without a request.
func (s *tenant) fillsIn(e *protocoltest.Engine, from *object, config values, name string) *object {
	s.t.Helper()
	plan := e.Plan(from, config)
	e.NoError(plan.Diagnostics)
	if plan.Replaces() {
		s.t.Fatalf("replacement: %v", plan.RequiresReplace)
	}
	if changes := plan.Changes(); len(changes) != 1 || changes[0] != name {
		s.t.Errorf("changes of %v are planned", changes)
	}
	s.Journal().Reset()
	made := e.MustApply(plan)
	if got := s.requests("", ""); got != 0 {
		s.t.Errorf("%d requests were sent", got)
	}
	return made
}
