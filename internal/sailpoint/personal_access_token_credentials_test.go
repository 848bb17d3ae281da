package sailpoint_test

import (
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
)

func TestAccSailPointPersonalAccessToken_wrongSecret(t *testing.T) {
	five := token(`count = 5`, `name = "ci-${count.index}"`, scoped, `lifetime = "720h"`)
	t.Run("new", func(t *testing.T) {
		s := emulate(t)
		s.failsOnce(resource.TestStep{Config: s.configOf(argument("client_secret", `"wrong-secret"`), five)},
			`does not accept the provider's credentials`, `Check the credentials in the provider's "sailpoint" block`, `Status: 401`)
		if got, want := s.asked(), (tally{logins: 1}); got != want {
			t.Errorf("asked %+v instead of %+v", got, want)
		}
	})
	t.Run("existing", func(t *testing.T) {
		s := emulate(t)
		failures := 0
		s.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: s.factories(),
			ErrorCheck: func(err error) error {
				failures++
				if got, want := s.asked(), (tally{logins: 1}); got != want {
					return fmt.Errorf("asked %+v instead of %+v: %w", got, want, err)
				}
				return once(err, `does not accept the provider's credentials`)
			},
			Steps: []resource.TestStep{
				{Config: s.config(five)},
				{PreConfig: s.Journal().Reset, Config: s.configOf(argument("client_secret", `"wrong-secret"`), five), PlanOnly: true},
				{Config: s.config(five), PlanOnly: true},
			},
		})
		if failures != 1 {
			t.Errorf("%d commands failed instead of 1", failures)
		}
	})
}

// TestAccSailPointPersonalAccessToken_loginFails is about logins that fail for other reasons than the credentials.
func TestAccSailPointPersonalAccessToken_loginFails(t *testing.T) {
	for word, message := range map[string]string{
		"status:500":      `The request could not be processed`,
		"html":            `the answer to the login is not what the API promises`,
		"truncate-silent": `the answer to the login is not what the API promises`,
		"redirect:https://elsewhere.example.com/": `the server redirects elsewhere (to elsewhere.example.com)`,
	} {
		t.Run(word, func(t *testing.T) {
			s := emulate(t)
			s.fault("POST", loginRoute, word, 20)
			s.failsOnce(resource.TestStep{
				Config: s.configOf(impatient(), token(`count = 3`, `name = "ci-${count.index}"`, scoped, `lifetime = "720h"`)),
			}, message)
			if got := s.requests("", ""); got != 1 {
				t.Errorf("%d requests were sent instead of 1", got)
			}
		})
	}
}

func TestAccSailPointPersonalAccessToken_unreachable(t *testing.T) {
	s := emulate(t)
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := socket.Addr().String()
	if err := socket.Close(); err != nil {
		t.Fatal(err)
	}
	s.failsOnce(resource.TestStep{
		Config: s.configOf(append(argument("base_url", `"http://`+host+`"`), impatient()...), token(`count = 3`, `name = "ci-${count.index}"`, scoped, `lifetime = "720h"`)),
	}, `could not be reached at `+host, `Check base_url in the provider's "sailpoint" block`)
}

func TestAccSailPointPersonalAccessToken_unconfigured(t *testing.T) {
	s := emulate(t)
	for name, c := range map[string]struct {
		options []sandboxtest.BlockOption
		message string
	}{
		"no block":  {[]sandboxtest.BlockOption{sandboxtest.Without("sailpoint")}, `the provider does not know base_url (SAIL_BASE_URL), client_id (SAIL_CLIENT_ID), client_secret (SAIL_CLIENT_SECRET)`},
		"no secret": {argument("client_secret", ""), `the provider does not know client_secret (SAIL_CLIENT_SECRET)`},
	} {
		t.Run(name, func(t *testing.T) {
			s.Test(t, resource.TestCase{ProtoV6ProviderFactories: s.factories(), Steps: []resource.TestStep{{
				Config: s.configOf(c.options, token(`name = "ci"`, scoped, `lifetime = "720h"`)), PlanOnly: true, ExpectError: says(c.message),
			}}})
		})
	}
}

// TestAccSailPointPersonalAccessToken_environment takes every argument from the environment.
func TestAccSailPointPersonalAccessToken_environment(t *testing.T) {
	s := emulate(t)
	environment := s.Env()
	s.env.Getenv = func(name string) string { return environment[name] }
	s.test(resource.TestStep{
		Config: s.configOf([]sandboxtest.BlockOption{sandboxtest.Without("sailpoint")}, token(`name = "ci"`, scoped, `lifetime = "720h"`)),
		Check:  all(s.works, s.alive(1)),
	})
}

// TestAccSailPointPersonalAccessToken_providerUnknown plans a new token while the provider's arguments are not known yet; a token
// that exists cannot be read then.
func TestAccSailPointPersonalAccessToken_providerUnknown(t *testing.T) {
	s := emulate(t)
	config := func(base string) string {
		return s.configOf(argument("base_url", `terraform_data.base.output`), `resource "terraform_data" "base" {`, `  input = "`+base+`"`, `}`,
			token(`name = "ci"`, scoped, `lifetime = "720h"`))
	}
	var first generation
	s.test(
		resource.TestStep{Config: config(s.base()), Check: all(first.keep, s.works, s.alive(1))},
		resource.TestStep{Config: config(s.base() + "/"), ExpectError: says(`block is not known yet`)},
		resource.TestStep{Config: config(s.base()), ConfigPlanChecks: planned(plancheck.ResourceActionNoop), Check: first.same},
	)
}

// ticking moves the tenant's clock with every request.
type ticking struct {
	clock *fakeapi.Clock
	step  time.Duration
}

// RoundTrip implements [http.RoundTripper].
func (c ticking) RoundTrip(r *http.Request) (*http.Response, error) {
	c.clock.Advance(c.step)
	return http.DefaultTransport.RoundTrip(r)
}

// TestAccSailPointPersonalAccessToken_shortBearer outlives bearers of 15 seconds under parallel operations: once with a clock by
// which the provider sees the end coming, and once with one by which only the tenant's 401 tells.
func TestAccSailPointPersonalAccessToken_shortBearer(t *testing.T) {
	for name, seen := range map[string]bool{"seen": true, "refused": false} {
		t.Run(name, func(t *testing.T) {
			s := emulate(t, switched(func(w *fake.Switches) { w.BearerSeconds, w.TokensPerUser = 15, -1 }))
			// Terraform has ten requests under way at a time: together they take less than a bearer's lifetime.
			s.env.Transport = ticking{s.Clock(), time.Second}
			if seen {
				s.env.Now = s.Clock().Now
			}
			config := s.config(token(`count = 15`, `name = "ci-${count.index}"`, scoped, `lifetime = "720h"`))
			s.test(
				resource.TestStep{Config: config, Check: all(s.alive(15), s.stored(15))},
				resource.TestStep{Config: config, PlanOnly: true},
			)
			if got := s.requests("POST", loginRoute); got < 6 {
				t.Errorf("only %d logins", got)
			}
		})
	}
}

// TestAccSailPointPersonalAccessToken_bearerRevoked renews a bearer that has worked and is refused before its end, once.
func TestAccSailPointPersonalAccessToken_bearerRevoked(t *testing.T) {
	s := emulate(t)
	s.fault("POST", listRoute, "status:401", 1)
	s.test(resource.TestStep{
		PreConfig: s.Journal().Reset, Config: s.config(token(`name = "ci"`, scoped, `lifetime = "720h"`)),
		ConfigPlanChecks: s.planAsks(tally{logins: 1}),
		Check:            all(s.works, s.alive(1)),
	})
	if got := s.requests("POST", listRoute); got != 2 {
		t.Errorf("%d mints were sent instead of 2", got)
	}
}
