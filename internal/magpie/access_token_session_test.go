package magpie_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
)

// once expects that a failed command shows exactly one error, and that its text holds these words.
func once(words ...string) func(error) error {
	return func(err error) error {
		if got := strings.Count(err.Error(), "Error: "); got != 1 {
			return fmt.Errorf("%d errors instead of 1: %w", got, err)
		}
		for _, word := range words {
			if !says(word).MatchString(err.Error()) {
				return fmt.Errorf("the error does not say %q: %w", word, err)
			}
		}
		return nil
	}
}

// ten are ten tokens of one account.
func ten(kind string) string {
	return block(kind, "count = 10")
}

// byPassword logs in with a user name and a password.
func byPassword(user, password string) []sandboxtest.BlockOption {
	return []sandboxtest.BlockOption{argument("access_token", ""), argument("username", fmt.Sprintf("%q", user)), argument("password", fmt.Sprintf("%q", password))}
}

// TestAccMagpieAccessToken_wrongPassword costs one attempt and one error in a run, however many resources want to log in: ten attempts
// lock an account.
func TestAccMagpieAccessToken_wrongPassword(t *testing.T) {
	o := emulate(t)
	admin := o.Magpie.Bootstrap()
	wrong := o.configOf(byPassword(admin.UserName, "wrong-password"), ten(personal))
	failures := 0
	var steps []resource.TestStep
	for range 9 {
		steps = append(steps, resource.TestStep{Config: wrong})
	}
	// The last one meets tokens that exist.
	steps = append(steps, resource.TestStep{Config: o.config(ten(personal))}, resource.TestStep{Config: wrong}, resource.TestStep{
		PreConfig: func() {
			if !o.Magpie.Locked(admin.UserName) {
				t.Error("ten wrong passwords in a row have not locked the account: the test proves nothing")
			}
			if err := o.Magpie.EnableUser(admin.UserName); err != nil {
				t.Error(err)
			}
		},
		Config: o.config(ten(personal)), PlanOnly: true,
	})
	o.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: o.factories(), Steps: steps,
		ErrorCheck: func(err error) error {
			failures++
			if got := o.Magpie.WrongPasswords(admin.UserName); got != failures {
				return fmt.Errorf("%d attempts in %d runs: %w", got, failures, err)
			}
			return once(`Silectis Magpie does not accept the provider's credentials: session or credentials not accepted: Invalid username or password`,
				`Check the credentials in the provider's "magpie" block`)(err)
		},
	})
	if failures != 10 {
		t.Errorf("%d runs failed", failures)
	}
}

// TestMagpieAccessToken_loginFails is about logins that are refused or fail in other ways.
func TestMagpieAccessToken_loginFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(*organization)
		message string
	}{
		"refused with 200": {func(o *organization) { o.turn(func(w *fake.Switches) { w.LoginRefusedStatus = 200 })() }, `does not accept the provider's credentials: Invalid username or password`},
		"refused with 403": {func(o *organization) { o.turn(func(w *fake.Switches) { w.LoginRefusedStatus = 403 })() }, `does not accept the provider's credentials`},
		"html":             {func(o *organization) { o.fault("POST", loginRoute, "html", 9) }, `the answer is an HTML page, not JSON`},
		"answer lost":      {func(o *organization) { o.fault("POST", loginRoute, "drop-after", 9) }, `no whole answer came back`},
		"server fault":     {func(o *organization) { o.fault("POST", loginRoute, "status:500", 9) }, `Internal Server Error`},
		"redirected":       {func(o *organization) { o.fault("POST", loginRoute, "redirect:https://elsewhere.example.com/", 9) }, `redirects elsewhere (to elsewhere.example.com)`},
		"answered the slip": {func(o *organization) {
			o.turn(func(w *fake.Switches) { w.LoginRefusedStatus, w.ErrorForm = 200, "empty" })()
		}, `the answer is empty`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := emulate(t)
			c.happens(o)
			p := o.engine(personal, func(config values) {
				config["magpie"] = values{"base_url": o.URL("magpie"), "username": o.Magpie.Bootstrap().UserName, "password": "wrong-password"}
			})
			var mu sync.Mutex
			var errors []string
			var group sync.WaitGroup
			for range 10 {
				group.Go(func() {
					planned := p.Plan(nil, values{})
					mu.Lock()
					defer mu.Unlock()
					if failed := planned.Diagnostics.Errors(); len(failed) > 0 {
						errors = append(errors, failed.String())
					}
				})
			}
			group.Wait()
			if len(errors) != 1 || !says(c.message).MatchString(errors[0]) {
				t.Errorf("%d errors: %q", len(errors), errors)
			}
			o.asked("", "", 1)
		})
	}
}

// TestAccMagpieAccessToken_credentials takes each way to log in, from the block and from the environment.
func TestAccMagpieAccessToken_credentials(t *testing.T) {
	o := emulate(t)
	admin := o.Magpie.Bootstrap()
	session, err := o.Magpie.OpenSession(admin.UserName)
	if err != nil {
		t.Fatal(err)
	}
	environment := map[string]string{}
	o.env.Getenv = func(name string) string { return environment[name] }
	set := func(pairs ...string) func() {
		return func() {
			clear(environment)
			for i := 0; i < len(pairs); i += 2 {
				environment[pairs[i]] = pairs[i+1]
			}
			o.Journal().Reset()
		}
	}
	none := []sandboxtest.BlockOption{sandboxtest.Without("magpie")}
	step := func(name string, before func(), logins int, caller string, options ...sandboxtest.BlockOption) resource.TestStep {
		return resource.TestStep{
			PreConfig: before, Config: o.configOf(options, block(personal, `description = "`+name+`"`)), Check: o.works(personal),
			ConfigPlanChecks: then(resource.ConfigPlanChecks{}, func() {
				if got := o.requests("POST", loginRoute); got != logins {
					t.Errorf("%s: %d logins", name, got)
				}
				for _, entry := range o.Journal().Entries() {
					if entry.Caller != caller {
						t.Errorf("%s: a request as %q", name, entry.Caller)
					}
				}
			}),
		}
	}
	base := []string{"MAGPIE_BASE_URL", o.URL("magpie") + "/"}
	with := func(pairs ...string) func() { return set(append(pairs, base...)...) }
	o.test(
		step("access token", set(), 1, admin.TokenID),
		step("password", set("MAGPIE_ACCESS_TOKEN", "not-this-one"), 1, admin.UserName, byPassword(admin.UserName, admin.Password)...),
		step("session", set("MAGPIE_ACCESS_TOKEN", "not-this-one"), 0, admin.UserName, argument("access_token", ""), argument("session_token", fmt.Sprintf("%q", session))),
		step("access token of the environment", with("MAGPIE_ACCESS_TOKEN", admin.AccessToken, "MAGPIE_USERNAME", "not-this-one", "MAGPIE_PASSWORD", "not-this-one"), 1, admin.TokenID, none...),
		step("password of the environment", with("MAGPIE_USERNAME", admin.UserName, "MAGPIE_PASSWORD", admin.Password), 1, admin.UserName, none...),
		step("half of each", with("MAGPIE_PASSWORD", admin.Password), 1, admin.UserName,
			argument("base_url", ""), argument("access_token", ""), argument("username", fmt.Sprintf("%q", admin.UserName))),
	)
}

// TestAccMagpieAccessToken_credentialsRefused names the argument that is too much, or the one that is missing.
func TestAccMagpieAccessToken_credentialsRefused(t *testing.T) {
	o := emulate(t)
	var steps []resource.TestStep
	for _, c := range []struct {
		message string
		options []sandboxtest.BlockOption
	}{
		{`Attribute "magpie.username" cannot be specified when "magpie.access_token" is specified`, []sandboxtest.BlockOption{argument("username", `"u"`), argument("password", `"p"`)}},
		{`Attribute "magpie.session_token" cannot be specified when "magpie.access_token" is specified`, []sandboxtest.BlockOption{argument("session_token", `"s"`)}},
		{`Attribute "magpie.session_token" cannot be specified when "magpie.username" is specified`, append(byPassword("u", "p"), argument("session_token", `"s"`))},
		{`the provider does not know password (MAGPIE_PASSWORD)`, []sandboxtest.BlockOption{argument("access_token", ""), argument("username", `"u"`)}},
		{`the provider does not know username (MAGPIE_USERNAME)`, []sandboxtest.BlockOption{argument("access_token", ""), argument("password", `"p"`)}},
		{`the provider does not know base_url (MAGPIE_BASE_URL); access_token (MAGPIE_ACCESS_TOKEN), or username and password (MAGPIE_USERNAME, MAGPIE_PASSWORD), or session_token`, []sandboxtest.BlockOption{sandboxtest.Without("magpie")}},
		{`magpie.access_token string length must be at least 1`, []sandboxtest.BlockOption{argument("access_token", `""`)}},
		{`plain http is accepted for loopback addresses only`, []sandboxtest.BlockOption{argument("base_url", `"http://acme.silect.is"`)}},
	} {
		steps = append(steps, resource.TestStep{Config: o.configOf(c.options, block(personal)), PlanOnly: true, ExpectError: says(c.message)})
	}
	o.test(steps...)
	if got := o.requests("", ""); got != 0 {
		t.Errorf("%d requests were sent", got)
	}
}

// ticking moves the organization's clock with every request.
type ticking struct {
	o    *organization
	step time.Duration
}

// RoundTrip implements [http.RoundTripper].
func (c ticking) RoundTrip(r *http.Request) (*http.Response, error) {
	c.o.Clock().Advance(c.step)
	return http.DefaultTransport.RoundTrip(r)
}

// TestAccMagpieAccessToken_sessionEnds renews a session that has ended in the middle of a run, once for all resources.
func TestAccMagpieAccessToken_sessionEnds(t *testing.T) {
	o := emulate(t)
	config := func(lines ...string) string { return o.config(block(personal, append(lines, "count = 10")...)) }
	o.test(
		resource.TestStep{Config: config()},
		resource.TestStep{
			PreConfig: o.Journal().Reset, Config: config(`description = "new"`),
			ConfigPlanChecks: then(resource.ConfigPlanChecks{}, func() {
				o.Journal().Reset()
				// The first write of the run ends all sessions.
				o.fault("PUT", textRoute, "status:401", 1)
			}),
			Check: all(o.sent("POST", loginRoute, 2), o.sent("PUT", textRoute, 11)),
		},
	)
}

// TestAccMagpieAccessToken_shortSessions outlives sessions that end again and again under parallel operations.
func TestAccMagpieAccessToken_shortSessions(t *testing.T) {
	o := emulate(t)
	o.turn(func(w *fake.Switches) { w.SessionLifetime = 60e9 })()
	o.env.Transport = ticking{o, time.Second}
	config := o.config(block(service, "count = 30"))
	o.test(resource.TestStep{Config: config, Check: o.holds(30)}, resource.TestStep{Config: config, PlanOnly: true})
	if mints, logins := o.requests("POST", userRoute), o.requests("POST", loginRoute); mints < 30 || logins < 4 {
		t.Errorf("%d mints, %d logins", mints, logins)
	}
}

// TestAccMagpieAccessToken_sessionTokenEnds has nothing to renew a ready session with.
func TestAccMagpieAccessToken_sessionTokenEnds(t *testing.T) {
	o := emulate(t)
	first := of(personal)
	ready := func(mentioned bool) []sandboxtest.BlockOption {
		session, err := o.Magpie.OpenSession(o.Magpie.Bootstrap().UserName)
		if err != nil {
			t.Fatal(err)
		}
		if !mentioned {
			session = "ended-long-ago"
		}
		return []sandboxtest.BlockOption{argument("access_token", ""), argument("session_token", fmt.Sprintf("%q", session))}
	}
	fine := o.configOf(ready(true), block(personal))
	o.test(
		resource.TestStep{Config: fine, Check: first.keep},
		resource.TestStep{Config: o.configOf(ready(false), block(personal)), ExpectError: says(`session or credentials not accepted`)},
		resource.TestStep{
			// The session serves the apply's list and ends before its writes.
			Config: o.configOf(ready(true), block(personal, `description = "new"`)), ExpectError: says(`the session token has ended; log in again and hand a new one to the provider`),
			ConfigPlanChecks: then(planned(personal, plancheck.ResourceActionUpdate), func() { o.fault("PUT", textRoute, "status:401", 1) }),
		},
		resource.TestStep{Config: fine, ConfigPlanChecks: planned(personal, plancheck.ResourceActionNoop), Check: all(first.same, o.works(personal))},
	)
}

// TestAccMagpieAccessToken_ownCredential refuses to delete, replace or disable the token that the provider is logged in with, before
// anything is sent. Plans of that succeed, but for the one that disables it.
func TestAccMagpieAccessToken_ownCredential(t *testing.T) {
	each(t, []string{service}, func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t)
		if err := o.Magpie.PatchUser(robot, func(u *fake.User) { u.Admin = true }); err != nil {
			t.Fatal(err)
		}
		o.user("other@example.com")
		own := of(kind)
		environment := map[string]string{"MAGPIE_BASE_URL": o.URL("magpie"), "MAGPIE_ACCESS_TOKEN": o.Magpie.Bootstrap().AccessToken}
		o.env.Getenv = func(name string) string { return environment[name] }
		none := []sandboxtest.BlockOption{sandboxtest.Without("magpie")}
		config := func(user string, lines ...string) string { return o.configOf(none, blockFor(kind, user, lines...)) }
		first := config(robot, `rotation_triggers = { generation = "1" }`)
		steps := []resource.TestStep{
			{Config: first, Check: all(own.keep, o.works(kind))},
			{PreConfig: func() { environment["MAGPIE_ACCESS_TOKEN"] = own.secret; o.Journal().Reset() }, Config: first, PlanOnly: true},
		}
		refused := []string{config(robot, `rotation_triggers = { generation = "2" }`), config(robot, `disabled = true`), o.configOf(none)}
		if kind != personal {
			refused = append(refused, config("other@example.com"))
		}
		for _, text := range refused {
			steps = append(steps, resource.TestStep{Config: text, ExpectError: says(`The provider is logged in with this token`)})
		}
		steps = append(steps,
			resource.TestStep{
				PreConfig: func() {
					if writes := o.requests("POST", mintOf(kind)) + o.requests("PUT", "") + o.requests("DELETE", ""); writes != 0 {
						t.Errorf("%d writes were sent", writes)
					}
				},
				Config: config(robot, `description = "still managed"`), Check: all(own.same, o.works(kind)),
			},
			resource.TestStep{PreConfig: func() { environment["MAGPIE_ACCESS_TOKEN"] = o.Magpie.Bootstrap().AccessToken }, Config: first, Destroy: true},
		)
		o.test(steps...)
	})
}

// TestMagpieAccessToken_ownCredential refuses the same without Terraform, for all kinds: where the token would be revoked, and not in the
// plan of that; and in an apply whose plan did not know the credential.
func TestMagpieAccessToken_ownCredential(t *testing.T) {
	t.Parallel()
	const message = `The provider is logged in with this token`
	for _, kind := range kinds() {
		o := emulate(t)
		if err := o.Magpie.PatchUser(robot, func(u *fake.User) { u.Admin = true }); err != nil {
			t.Fatal(err)
		}
		o.user("other@example.com")
		l := o.subject(kind)
		first := values{"disabled": false, "rotation_triggers": generationOf("1")}
		made := l.Does("create", first)
		l.Start = func() *protocoltest.Engine { return o.engine(kind, o.loggedInWith(made.Text("token"))) }
		o.Journal().Reset()
		o.refused(message, l.Plan(first.With(values{"disabled": true})).Diagnostics)
		for name, value := range (values{"rotation_triggers": generationOf("2"), "user_name": "other@example.com"}) {
			if kind == personal && name == "user_name" {
				continue
			}
			saved := l.plans(first.With(values{name: value}))
			if saved.Action == "nothing" {
				t.Errorf("%s: nothing is planned", kind)
			}
			run := l.Apply(saved, first.With(values{name: value}))
			want := message
			if kind == exclusive && name == "rotation_triggers" {
				want = `the provider is logged in as the service account ` + robot + ` with one of its access tokens, which a rotation would delete. Nothing was rotated.`
			}
			if o.refused(want, run.Diagnostics); !same(l.Object, made) || l.Object.Tainted {
				t.Errorf("%s: %v", kind, l.Object)
			}
		}
		o.refused(message, l.Destroy())
		unknown := o.engine(kind, o.loggedInWith(protocoltest.Unknown)).MustPlan(made, arguments(kind, first.With(values{"disabled": true})))
		o.fails(message)(l.Start().Apply(unknown))
		for _, method := range []string{"POST", "PUT", "DELETE"} {
			if got := o.requests(method, "") - o.requests(method, loginRoute); got != 0 {
				t.Errorf("%s: %d requests %s", kind, got, method)
			}
		}
		if described := l.Does("update", first.With(values{"description": "still managed"})); described.Text("token") != made.Text("token") {
			t.Errorf("%s: %v", kind, described.Attributes)
		}
	}
}

// TestMagpieAccessToken_ownCredentialDisabled mints a disabled token in place of the one that the provider is logged in with, which works
// until its overlap is over.
func TestMagpieAccessToken_ownCredentialDisabled(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	l := o.subject(personal)
	first := l.Does("create", values{"rotation_triggers": generationOf("1"), "overlap": "72h"})
	admin := l.Start
	l.Start = func() *protocoltest.Engine { return o.engine(personal, o.loggedInWith(first.Text("token"))) }
	second := l.Does("rotate", values{"rotation_triggers": generationOf("2"), "overlap": "72h", "disabled": true})
	o.hasPrevious(second, first)
	o.alive(first.Text("token"))
	l.Start = admin
	l.destroys()
}
