package sailpoint_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

func TestAccSailPointPersonalAccessToken_deletedElsewhere(t *testing.T) {
	s := emulate(t)
	var first generation
	config := s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`))
	s.test(
		resource.TestStep{Config: config, Check: first.keep},
		resource.TestStep{
			PreConfig: func() {
				s.Clock().Advance(afterLag)
				if err := s.SailPoint.DeleteToken(first.id); err != nil {
					t.Fatal(err)
				}
			},
			Config:           config,
			ConfigPlanChecks: planned(plancheck.ResourceActionCreate),
			Check:            all(first.replaced, s.works, s.alive(1)),
		},
	)
}

// TestAccSailPointPersonalAccessToken_listLags reads a list that does not show the newest token yet.
func TestAccSailPointPersonalAccessToken_listLags(t *testing.T) {
	s := emulate(t)
	var first generation
	config := s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`))
	s.test(
		resource.TestStep{Config: config, Check: first.keep},
		resource.TestStep{
			PreConfig: func() { s.fault("GET", listRoute, "lag:1", 1) },
			Config:    config, ConfigPlanChecks: planned(plancheck.ResourceActionNoop), Check: first.same,
		},
	)
}

// TestAccSailPointPersonalAccessToken_changedElsewhere restores what somebody else has changed.
func TestAccSailPointPersonalAccessToken_changedElsewhere(t *testing.T) {
	other := time.Now().Add(24 * time.Hour)
	for name, c := range map[string]struct {
		lines []string
		edit  func(*fake.Token)
		check func(*tenant) resource.TestCheckFunc
	}{
		"name and scope": {
			[]string{`name = "ci"`, scoped, `never_expires = true`},
			func(k *fake.Token) { k.Name, k.Scope = "renamed", append(k.Scope, "sp:scopes:all") },
			func(*tenant) resource.TestCheckFunc { return all(has("name", "ci"), has("scope.#", "1")) },
		},
		"end": {
			[]string{`name = "ci"`, scoped, `lifetime = "720h"`},
			func(k *fake.Token) { k.Expiration = &other },
			func(s *tenant) resource.TestCheckFunc { return s.lives(720 * time.Hour) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := emulate(t)
			var first generation
			config := s.config(token(c.lines...))
			s.test(
				resource.TestStep{Config: config, Check: first.keep},
				resource.TestStep{
					PreConfig: func() { s.edit(c.edit) },
					Config:    config, ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
					Check: all(first.same, s.works, c.check(s), s.onServer(func(stored fake.Token) error {
						if stored.Name != "ci" || !slices.Equal(stored.Scope, []string{"sp:my-personal-access-tokens:read"}) {
							return fmt.Errorf("the tenant has %+v", stored)
						}
						return nil
					})),
				},
			)
		})
	}
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
			e.MustApply(planned)
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
				t.Errorf("the token ends at %v instead of %v", stored.Expiration, want)
			}
		})
	}
}

// TestAccSailPointPersonalAccessToken_expiryMovedOlderContract cannot move the end back: neither an update nor a new token is asked
// for.
func TestAccSailPointPersonalAccessToken_expiryMovedOlderContract(t *testing.T) {
	s := emulate(t)
	var first generation
	other := time.Now().Add(24 * time.Hour)
	config := s.configOf(argument("api_version", `"beta"`), token(`name = "ci"`, scoped, `lifetime = "720h"`))
	s.test(
		resource.TestStep{Config: config, Check: first.keep},
		resource.TestStep{
			PreConfig: func() { s.edit(func(k *fake.Token) { k.Expiration = &other }) },
			Config:    config, ConfigPlanChecks: planned(plancheck.ResourceActionNoop), Check: first.same,
		},
	)
}

// doubt runs a plan that meets a doubtful answer: it fails, and the token stays in the state.
func (s *tenant) doubt(wrong, message string, happens, ends func()) {
	s.t.Helper()
	var first generation
	config := s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`))
	if wrong == "" {
		wrong = s.configOf(impatient(), token(`name = "ci"`, scoped, `lifetime = "720h"`))
	}
	s.test(
		resource.TestStep{Config: config, Check: first.keep},
		resource.TestStep{
			PreConfig: func() { s.Clock().Advance(afterLag); happens() },
			Config:    wrong, PlanOnly: true, ExpectError: says(message),
		},
		resource.TestStep{PreConfig: ends, Config: config, ConfigPlanChecks: planned(plancheck.ResourceActionNoop), Check: all(first.same, s.works, s.alive(1))},
	)
}

func TestAccSailPointPersonalAccessToken_doubtfulList(t *testing.T) {
	for word, message := range map[string]string{
		"status:403":      `The server understood the request but refuses to authorize it`,
		"html":            `the answer is an HTML page, not JSON`,
		"truncate-silent": `the answer is not JSON, or broke off`,
	} {
		t.Run(word, func(t *testing.T) {
			s := emulate(t)
			s.doubt("", message, func() { s.fault("GET", listRoute, word, 20) }, s.Faults().Clear)
		})
	}
}

func TestAccSailPointPersonalAccessToken_listIsNull(t *testing.T) {
	s := emulate(t)
	var instead string
	s.env.Transport = answering{&instead}
	s.doubt("", `the answer is not a list`, func() { instead = "null" }, func() { instead = "" })
}

// TestAccSailPointPersonalAccessToken_listCut lacks the token in a list of just the length at which the tenant may cut it.
func TestAccSailPointPersonalAccessToken_listCut(t *testing.T) {
	s := emulate(t, switched(func(w *fake.Switches) { w.TokensPerUser = -1 }))
	for i := range 260 {
		s.seed(fmt.Sprintf("foreign-%03d", i))
	}
	cut := func(length int) func() {
		return func() {
			if err := s.SailPoint.SetSwitches(func(w *fake.Switches) { w.ListCut = length }); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.doubt("", `holds exactly 250 tokens, the length at which the tenant may cut it`, cut(250), cut(0))
}

func TestAccSailPointPersonalAccessToken_otherIdentity(t *testing.T) {
	for name, tokens := range map[string]int{"with its own token listed": 0, "with others": 2} {
		t.Run(name, func(t *testing.T) {
			s := emulate(t)
			other, err := s.SailPoint.AddUser(fake.User{Name: "other"})
			if err != nil {
				t.Fatal(err)
			}
			for i := range tokens {
				s.seed(fmt.Sprintf("foreign-%d", i), func(k *fake.Token) { k.Owner = other.IdentityID })
			}
			wrong := s.configOf(append(argument("client_id", `"`+other.ClientID+`"`), argument("client_secret", `"`+other.ClientSecret+`"`)...),
				token(`name = "ci"`, scoped, `lifetime = "720h"`))
			s.doubt(wrong, `was minted as `+s.SailPoint.Bootstrap().IdentityID+`, but the provider is logged in as `+other.IdentityID,
				func() {}, nil)
		})
	}
}

// TestAccSailPointPersonalAccessToken_listFailsOnce reads again what may be read again.
func TestAccSailPointPersonalAccessToken_listFailsOnce(t *testing.T) {
	s := emulate(t)
	config := s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`))
	s.test(
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: func() {
				s.fault("GET", listRoute, "status:502", 1)
				s.fault("GET", listRoute, "drop-before", 1)
			},
			Config: config, ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
		},
	)
}
