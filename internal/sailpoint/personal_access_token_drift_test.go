package sailpoint_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestAccSailPointPersonalAccessToken_drift announces that what somebody else has changed is restored, and that a token that somebody
// else has deleted is minted again.
func TestAccSailPointPersonalAccessToken_drift(t *testing.T) {
	s := emulate(t)
	var first generation
	config := s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`))
	s.test(
		resource.TestStep{Config: config, Check: first.keep},
		resource.TestStep{
			PreConfig: func() {
				other := time.Now().Add(24 * time.Hour)
				s.edit(func(k *fake.Token) {
					k.Name, k.Scope, k.Expiration = "renamed", append(k.Scope, "sp:scopes:all"), &other
				})
			},
			Config: config, ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check: all(first.same, s.works, has("name", "ci"), has("scope.#", "1"), s.lives(720*time.Hour), s.onServer(func(stored fake.Token) error {
				if stored.Name != "ci" || !slices.Equal(stored.Scope, []string{"sp:my-personal-access-tokens:read"}) {
					return fmt.Errorf("the tenant has %+v", stored)
				}
				return nil
			})),
		},
		resource.TestStep{
			PreConfig: func() {
				s.Clock().Advance(afterLag)
				if err := s.SailPoint.DeleteToken(first.id); err != nil {
					t.Fatal(err)
				}
			},
			Config: config, ConfigPlanChecks: planned(plancheck.ResourceActionCreate),
			Check: all(first.replaced, s.works, s.alive(1)),
		},
	)
}

// TestPersonalAccessToken_changedElsewhere restores every kind of change in place.
func TestPersonalAccessToken_changedElsewhere(t *testing.T) {
	t.Parallel()
	end := time.Now().Add(1000 * time.Hour).UTC().Truncate(time.Second)
	other := time.Now().Add(24 * time.Hour)
	scope := []string{"sp:my-personal-access-tokens:read"}
	never := values{"name": "ci", "scope": scope, "never_expires": true}
	absolute := values{"name": "ci", "scope": scope, "expires_at": end.Format(time.RFC3339)}
	prefixed := values{"name_prefix": "ci-", "scope": scope, "never_expires": true}
	ended := func(k *fake.Token) { k.Expiration, k.UserAwareTokenNeverExpires = &other, false }
	endless := func(k *fake.Token) { k.Expiration, k.UserAwareTokenNeverExpires = nil, true }
	for name, c := range map[string]struct {
		config values
		edit   func(*fake.Token)
		lives  time.Duration
	}{
		"name":                  {never, func(k *fake.Token) { k.Name = "renamed" }, 0},
		"name prefix":           {prefixed, func(k *fake.Token) { k.Name = "renamed" }, 0},
		"scope":                 {never, func(k *fake.Token) { k.Scope = append(k.Scope, "sp:scopes:all") }, 0},
		"scope, all gone":       {never, func(k *fake.Token) { k.Scope = []string{} }, 0},
		"name and scope":        {never, func(k *fake.Token) { k.Name, k.Scope = "renamed", append(k.Scope, "sp:scopes:all") }, 0},
		"never_expires":         {never, ended, 0},
		"lifetime, other end":   {lasting("720h"), ended, 720 * time.Hour},
		"lifetime, no end":      {lasting("720h"), endless, 720 * time.Hour},
		"expires_at, other end": {absolute, ended, time.Until(end)},
		"expires_at, no end":    {absolute, endless, time.Until(end)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			e := s.engine()
			made := e.Create(c.config)
			s.edit(c.edit)
			e = s.engine()
			changed, diagnostics := e.Read(made)
			e.NoError(diagnostics)
			planned := e.Plan(changed, c.config)
			if e.NoError(planned.Diagnostics); planned.Replaces() {
				t.Fatalf("replacement: %v", planned.RequiresReplace)
			}
			s.isSame(made, e.MustApply(planned))
			if got := s.requests("PATCH", itemRoute); got != 1 {
				t.Errorf("%d patches instead of 1", got)
			}
			stored := s.minted()[0]
			if !strings.HasPrefix(stored.Name, "ci") || !slices.Equal(stored.Scope, []string{"sp:my-personal-access-tokens:read"}) {
				t.Errorf("the tenant has %+v", stored)
			}
			want := stored.Created.Add(c.lives)
			if _, isAbsolute := c.config["expires_at"]; isAbsolute {
				want = end
			}
			if (stored.Expiration == nil) != (c.lives == 0) || stored.Expiration != nil && stored.Expiration.Sub(want).Abs() > 5*time.Second {
				t.Errorf("the token expires at %v instead of %v", stored.Expiration, want)
			}
		})
	}
}

// TestPersonalAccessToken_expiryMovedOlderContract cannot move the end back: neither an update nor a new token is asked for.
func TestPersonalAccessToken_expiryMovedOlderContract(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	first := s.made(lasting("720h"), versioned("beta"))
	w := s.workspace(first, versioned("beta"))
	other := time.Now().Add(24 * time.Hour)
	s.edit(func(k *fake.Token) { k.Expiration = &other })
	s.Journal().Reset()
	s.isSame(first, w.Does(protocoltest.Nothing, lasting("720h")))
	for _, method := range []string{"POST", "PATCH", "DELETE"} {
		if got := s.requests(method, "/beta/personal-access-tokens") + s.requests(method, "/beta/personal-access-tokens/{id}"); got != 0 {
			t.Errorf("%d requests with %s were sent", got, method)
		}
	}
}

// TestPersonalAccessToken_listFailsOnce reads again what may be read again.
func TestPersonalAccessToken_listFailsOnce(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	first := s.made(lasting("720h"))
	w := s.workspace(first)
	s.fault("GET", listRoute, "status:502", 1)
	s.fault("GET", listRoute, "drop-before", 1)
	s.Journal().Reset()
	s.isSame(first, w.Does(protocoltest.Nothing, lasting("720h")))
	if left := s.Faults().Pending(); len(left) != 0 {
		t.Errorf("faults that nothing has met: %+v", left)
	}
}

// isSame fails the test unless an object is still the same token, whose secret is in the state and works.
func (s *tenant) isSame(first, now *object) {
	s.t.Helper()
	if now == nil || now.Text("id") != first.Text("id") || now.Text("secret") != first.Text("secret") {
		s.t.Fatalf("the token %s was replaced by %v", first.Text("id"), now)
	}
	s.mustWork(now.Text("id"), now.Text("secret"))
}

// isReplaced fails the test unless another token has taken the place of an object, works, and is the only one that does.
func (s *tenant) isReplaced(first, now *object) {
	s.t.Helper()
	if now == nil || now.Text("id") == first.Text("id") || now.Text("secret") == first.Text("secret") {
		s.t.Fatalf("the token %s was not replaced: %v", first.Text("id"), now)
	}
	s.mustWork(now.Text("id"), now.Text("secret"))
	s.mustFail(first.Text("id"), first.Text("secret"))
	s.only(now.Text("id"))
}
