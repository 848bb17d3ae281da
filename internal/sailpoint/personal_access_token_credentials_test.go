package sailpoint_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
)

// TestAccSailPointPersonalAccessToken_credentials takes every argument from the environment. A secret that is wrong, which the provider
// block sets instead, is one error and one login for all tokens, be they new or in the state, which keeps them.
func TestAccSailPointPersonalAccessToken_credentials(t *testing.T) {
	s := emulate(t)
	s.fromEnvironment(nil)
	others := strings.Replace(token(`count = 4`, `name = "ci-${count.index}"`, scoped, `lifetime = "720h"`), `"test"`, `"others"`, 1)
	tokens := token(`name = "ci"`, scoped, `lifetime = "720h"`) + others
	usual := s.configOf([]sandboxtest.BlockOption{sandboxtest.Without("sailpoint")}, tokens)
	wrong := s.configOf(argument("client_secret", `"wrong-secret"`), tokens)
	failures := 0
	s.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: s.factories(),
		ErrorCheck: func(err error) error {
			failures++
			if got, want := s.asked(), (tally{logins: 1}); got != want {
				return fmt.Errorf("asked %+v instead of %+v: %w", got, want, err)
			}
			return once(err, `does not accept the provider's credentials`, `Check the credentials in the provider's "sailpoint" block`, `Status: 401`)
		},
		Steps: []resource.TestStep{
			{Config: wrong},
			{Config: usual, Check: all(s.works, s.alive(5))},
			{PreConfig: s.Journal().Reset, Config: wrong, PlanOnly: true},
			{Config: usual, PlanOnly: true},
		},
	})
	if failures != 2 {
		t.Errorf("%d commands failed instead of 2", failures)
	}
}

// closedHost is one where nobody listens. A port that was free a moment ago may be another test's by now.
const closedHost = "127.0.0.1:1"

// TestPersonalAccessToken_loginFails is about logins that fail for other reasons than the credentials: one login, and one error for all.
func TestPersonalAccessToken_loginFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault    string
		block    values
		requests int
		words    []string
	}{
		"fault":        {"status:500", nil, 1, []string{`The request could not be processed`}},
		"HTML":         {"html", nil, 1, []string{`the answer to the login is not what the API promises`}},
		"broken off":   {"truncate-silent", nil, 1, []string{`the answer to the login is not what the API promises`}},
		"redirected":   {"redirect:https://elsewhere.example.com/", nil, 1, []string{`the server redirects elsewhere (to elsewhere.example.com)`}},
		"unreachable":  {"", values{"base_url": "http://" + closedHost}, 0, []string{`could not be reached at ` + closedHost, `Check base_url in the provider's "sailpoint" block`}},
		"wrong secret": {"", values{"client_secret": "wrong-secret"}, 1, []string{`does not accept the provider's credentials`, `Status: 401`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			s.http = values{"max_retries": 0}
			if c.fault != "" {
				s.fault("POST", loginRoute, c.fault, 20)
			}
			_, said := s.fleet(3).plan(numbered("ci", lasting("720h")), c.block)
			failure := s.failed(said)
			for _, word := range c.words {
				if failure == nil || !says(word).MatchString(failure.Detail) {
					t.Errorf("failed with %+v, want %q", failure, word)
				}
			}
			if got := s.requests("", ""); got != c.requests {
				t.Errorf("%d requests were sent instead of %d", got, c.requests)
			}
		})
	}
}

// TestPersonalAccessToken_unconfigured names every argument that is missing, and its variable.
func TestPersonalAccessToken_unconfigured(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	withoutSecret := values{"sailpoint": values{"base_url": s.base(), "client_id": s.SailPoint.Bootstrap().ClientID}}
	for name, c := range map[string]struct {
		block   values
		message string
	}{
		"no block":  {nil, `the provider does not know base_url (SAIL_BASE_URL), client_id (SAIL_CLIENT_ID), client_secret (SAIL_CLIENT_SECRET)`},
		"no secret": {withoutSecret, `the provider does not know client_secret (SAIL_CLIENT_SECRET)`},
	} {
		e, said := s.configured(c.block)
		if len(said) > 0 {
			t.Errorf("%s: the configuration of the provider says %s", name, said)
		}
		if failure := s.failed(e.Plan(nil, lasting("720h")).Diagnostics); failure == nil || !says(c.message).MatchString(failure.Detail) {
			t.Errorf("%s: failed with %+v", name, failure)
		}
	}
	if got := s.requests("", ""); got != 0 {
		t.Errorf("%d requests were sent", got)
	}
}

// TestPersonalAccessToken_providerUnknown plans a new token while the provider's arguments are not known yet; a token that exists cannot
// be read then.
func TestPersonalAccessToken_providerUnknown(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	unknown := values{"base_url": protocoltest.Unknown}
	w := s.workspace(nil)
	saved := s.workspace(nil, unknown).Plan(lasting("720h"))
	if got := s.requests("", ""); got != 0 || saved.Failed() {
		t.Errorf("%d requests were sent for the plan, which says %s", got, saved.Diagnostics)
	}
	if run := w.Apply(saved, lasting("720h")); run.Failed != "" || run.Action != protocoltest.Create {
		t.Fatalf("the %s failed: %s", run.Failed, run.Diagnostics)
	}
	made := w.Object
	s.only(made.Text("id"))
	s.mustWork(made.Text("id"), made.Text("secret"))
	s.Journal().Reset()
	run := s.workspace(made, unknown).Run(lasting("720h"))
	failure := s.failed(run.Diagnostics)
	if run.Failed != "refresh" || failure == nil || !says(`block is not known yet`).MatchString(failure.Summary) || s.requests("", "") != 0 {
		t.Errorf("the %s failed after %d requests with %+v", run.Failed, s.requests("", ""), failure)
	}
	s.plansNothing(made, lasting("720h"))
	s.only(made.Text("id"))
}

// TestPersonalAccessToken_bearerEnds outlives bearers under parallel operations, all of which find that theirs has ended: once with a
// clock by which the provider sees that, and once with one by which only the tenant's 401 tells. They share the next one.
func TestPersonalAccessToken_bearerEnds(t *testing.T) {
	t.Parallel()
	for name, seen := range map[string]bool{"seen": true, "refused": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t, switched(func(w *fake.Switches) { w.BearerSeconds, w.TokensPerUser = 600, -1 }))
			if seen {
				s.env.Now = s.Clock().Now
			}
			e, c := s.engine(), s.fleet(5)
			for _, round := range []string{"a", "b", "c"} {
				s.Clock().Advance(10 * time.Minute)
				config := numbered(round, lasting("720h"))
				if said := c.each(func(i int) (said protocoltest.Diagnostics) {
					c.objects[i], said = e.TryChange(nil, config(i))
					return said
				}); said.Failed() {
					t.Fatal(said)
				}
			}
			s.RequireLive(t, 15)
			s.Clock().Advance(10 * time.Minute)
			if said := c.each(func(i int) protocoltest.Diagnostics { _, said := e.TryDestroy(c.objects[i]); return said }); said.Failed() {
				t.Fatal(said)
			}
			s.RequireLive(t, 10)
			if got := len(s.minted()); got != 10 {
				t.Errorf("the tenant keeps %d tokens", got)
			}
			refused := s.Journal().Count(fakeapi.Filter{System: fake.Name, Status: http.StatusUnauthorized})
			if got := s.requests("POST", loginRoute); got != 4 || (refused == 0) != seen {
				t.Errorf("%d logins, and %d requests were refused", got, refused)
			}
		})
	}
}

// TestPersonalAccessToken_bearerRevoked renews a bearer that has worked and is refused before its end, once.
func TestPersonalAccessToken_bearerRevoked(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.stopTime()
	s.fault("POST", listRoute, "status:401", 1)
	c := s.fleet(1)
	s.mustAsk(tally{logins: 1, lists: 1}, tally{logins: 2, lists: 1, posts: 2})(c.run(numbered("ci", lasting("720h"))))
	s.only(c.objects[0].Text("id"))
	s.mustWork(c.objects[0].Text("id"), c.objects[0].Text("secret"))
}
