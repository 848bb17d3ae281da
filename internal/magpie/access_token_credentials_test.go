package magpie_test

import (
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
)

// blockOf makes a provider's Magpie block of these arguments; with none the provider block has no such block.
func blockOf(arguments values) func(block values) {
	return func(block values) {
		if block["magpie"] = arguments; len(arguments) == 0 {
			delete(block, "magpie")
		}
	}
}

// byPassword logs in with a user name and a password.
func (o *organization) byPassword(user, password string) func(block values) {
	return blockOf(values{"base_url": o.URL("magpie"), "username": user, "password": password})
}

// bySession uses a session that exists already.
func (o *organization) bySession(token string) func(block values) {
	return blockOf(values{"base_url": o.URL("magpie"), "session_token": token})
}

// session opens a session of the admin.
func (o *organization) session() string {
	o.t.Helper()
	token, err := o.Magpie.OpenSession(o.Magpie.Bootstrap().UserName)
	if err != nil {
		o.t.Fatal(err)
	}
	return token
}

// errorsOf does something ten times in parallel, and returns the errors that it shows.
func errorsOf(do func(i int) protocoltest.Diagnostics) []string {
	var mu sync.Mutex
	var errors []string
	inParallel(10, func(i int) {
		said := do(i)
		mu.Lock()
		defer mu.Unlock()
		for _, failed := range said.Errors() {
			errors = append(errors, protocoltest.Diagnostics{failed}.String())
		}
	})
	return errors
}

// TestMagpieAccessToken_wrongPassword costs one attempt and one error in a run, however many resources want to log in: ten attempts lock
// an account.
func TestMagpieAccessToken_wrongPassword(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	admin := o.Magpie.Bootstrap()
	var made [10]*object
	fails := func(attempts int, do func(p *protocoltest.Engine, i int) protocoltest.Diagnostics) {
		p := o.engine(personal, o.byPassword(admin.UserName, "wrong-password"))
		errors := errorsOf(func(i int) protocoltest.Diagnostics { return do(p, i) })
		const refused = `Silectis Magpie does not accept the provider's credentials: session or credentials not accepted: Invalid username or password`
		if len(errors) != 1 || !says(refused).MatchString(errors[0]) || !says(`Check the credentials in the provider's "magpie" block`).MatchString(errors[0]) {
			t.Errorf("run %d: %d errors: %q", attempts, len(errors), errors)
		}
		if got := o.Magpie.WrongPasswords(admin.UserName); got != attempts {
			t.Errorf("%d attempts in %d runs", got, attempts)
		}
	}
	for run := range 9 {
		fails(run+1, func(p *protocoltest.Engine, _ int) protocoltest.Diagnostics { return p.Plan(nil, values{}).Diagnostics })
	}
	// The last one meets tokens that exist.
	p := o.engine(personal)
	inParallel(len(made), func(i int) { made[i] = p.Create(values{}) })
	fails(10, func(p *protocoltest.Engine, i int) protocoltest.Diagnostics {
		_, said := p.Read(made[i])
		return said
	})
	if !o.Magpie.Locked(admin.UserName) {
		t.Error("ten wrong passwords in a row have not locked the account: the test proves nothing")
	}
	if err := o.Magpie.EnableUser(admin.UserName); err != nil {
		t.Error(err)
	}
	p = o.engine(personal)
	for _, object := range made {
		read := p.MustRead(object)
		if planned := p.MustPlan(read, values{}); !same(read, object) || len(planned.Changes()) > 0 {
			t.Errorf("read %v, planned %v", read, planned.Attributes)
		}
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
			p := o.engine(personal, o.byPassword(o.Magpie.Bootstrap().UserName, "wrong-password"))
			errors := errorsOf(func(int) protocoltest.Diagnostics { return p.Plan(nil, values{}).Diagnostics })
			if len(errors) != 1 || !says(c.message).MatchString(errors[0]) {
				t.Errorf("%d errors: %q", len(errors), errors)
			}
			o.asked("", "", 1)
		})
	}
}

// login is a way to log in: with which arguments and variables, and as whom the requests are sent then.
type login struct {
	block       values
	environment map[string]string
	logins      int
	caller      string
}

func (o *organization) logins() map[string]login {
	admin := o.Magpie.Bootstrap()
	base := map[string]string{"MAGPIE_BASE_URL": o.URL("magpie") + "/"}
	with := func(more map[string]string) map[string]string {
		maps.Copy(more, base)
		return more
	}
	other := map[string]string{"MAGPIE_ACCESS_TOKEN": "not-this-one"}
	return map[string]login{
		"access token": {values{"base_url": o.URL("magpie"), "access_token": admin.AccessToken}, nil, 1, admin.TokenID},
		"password":     {values{"base_url": o.URL("magpie"), "username": admin.UserName, "password": admin.Password}, other, 1, admin.UserName},
		"session":      {values{"base_url": o.URL("magpie"), "session_token": o.session()}, other, 0, admin.UserName},
		"access token of the environment": {
			nil, with(map[string]string{"MAGPIE_ACCESS_TOKEN": admin.AccessToken, "MAGPIE_USERNAME": "not-this-one", "MAGPIE_PASSWORD": "not-this-one"}), 1, admin.TokenID,
		},
		"password of the environment": {nil, with(map[string]string{"MAGPIE_USERNAME": admin.UserName, "MAGPIE_PASSWORD": admin.Password}), 1, admin.UserName},
		"half of each":                {values{"username": admin.UserName}, with(map[string]string{"MAGPIE_PASSWORD": admin.Password}), 1, admin.UserName},
	}
}

// TestMagpieAccessToken_credentials takes each way to log in, from the block and from the environment.
func TestMagpieAccessToken_credentials(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	made := o.engine(personal).Create(values{})
	for name, c := range o.logins() {
		o.env.Getenv = func(name string) string { return c.environment[name] }
		config := values{"description": name}
		o.Journal().Reset()
		p := o.engine(personal, blockOf(c.block))
		made = p.Change(p.MustRead(made), config)
		if got := o.requests("POST", loginRoute); got != c.logins {
			t.Errorf("%s: %d logins", name, got)
		}
		for _, entry := range o.Journal().Entries() {
			if entry.Caller != c.caller {
				t.Errorf("%s: a request as %q", name, entry.Caller)
			}
		}
		o.holdsWorking(made)
		if stored, _ := o.Magpie.Token(made.Text("id")); stored.Description != name {
			t.Errorf("%s: described as %q", name, stored.Description)
		}
	}
}

// TestAccMagpieAccessToken_credentials takes some of them with Terraform, and refuses two at once.
func TestAccMagpieAccessToken_credentials(t *testing.T) {
	o := emulate(t)
	logins := o.logins()
	var environment map[string]string
	o.env.Getenv = func(name string) string { return environment[name] }
	step := func(name string, options ...sandboxtest.BlockOption) resource.TestStep {
		return resource.TestStep{
			PreConfig: func() { environment = logins[name].environment; o.Journal().Reset() },
			Config:    o.configOf(options, block(personal, `description = "`+name+`"`)), Check: o.works(personal),
			ConfigPlanChecks: then(resource.ConfigPlanChecks{}, func() {
				if got := o.requests("POST", loginRoute); got != logins[name].logins {
					t.Errorf("%s: %d logins", name, got)
				}
				for _, entry := range o.Journal().Entries() {
					if entry.Caller != logins[name].caller {
						t.Errorf("%s: a request as %q", name, entry.Caller)
					}
				}
			}),
		}
	}
	o.test(
		resource.TestStep{
			Config: o.configOf([]sandboxtest.BlockOption{argument("session_token", `"s"`)}, block(personal)), PlanOnly: true,
			ExpectError: says(`block names access_token, and session_token`),
		},
		step("access token of the environment", sandboxtest.Without("magpie")),
		step("half of each", argument("base_url", ""), argument("access_token", ""), argument("username", fmt.Sprintf("%q", o.Magpie.Bootstrap().UserName))),
	)
}

// TestMagpieAccessToken_credentialsRefused names the argument that is too much, or the one that is missing.
func TestMagpieAccessToken_credentialsRefused(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	for _, c := range []struct {
		message string
		block   values
	}{
		{`names access_token, and username and password, which are different ways to log in. Set only one of them.`, values{"base_url": o.URL("magpie"), "access_token": "a", "username": "u", "password": "p"}},
		{`names access_token, and session_token, which are different ways to log in`, values{"base_url": o.URL("magpie"), "access_token": "a", "session_token": "s"}},
		{`names username and password, and session_token, which are different ways to log in`, values{"base_url": o.URL("magpie"), "username": "u", "password": "p", "session_token": "s"}},
		{`The argument magpie.access_token is empty: give it a value, or remove it, so that the environment variable MAGPIE_ACCESS_TOKEN is used.`, values{"base_url": o.URL("magpie"), "access_token": ""}},
		{`The argument magpie.base_url cannot be used: plain http is accepted for loopback addresses only`, values{"base_url": "http://acme.silect.is", "access_token": "a"}},
		{`the provider does not know password (MAGPIE_PASSWORD)`, values{"base_url": o.URL("magpie"), "username": "u"}},
		{`the provider does not know username (MAGPIE_USERNAME)`, values{"base_url": o.URL("magpie"), "password": "p"}},
		{`the provider does not know base_url (MAGPIE_BASE_URL); access_token (MAGPIE_ACCESS_TOKEN), or username and password (MAGPIE_USERNAME, MAGPIE_PASSWORD), or session_token`, nil},
	} {
		o.refused(c.message, o.engine(personal, blockOf(c.block)).Plan(nil, values{}).Diagnostics)
	}
	o.asked("", "", 0)
}
