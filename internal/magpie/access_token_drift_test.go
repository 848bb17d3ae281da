package magpie_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// TestAccMagpieAccessToken_goneElsewhere plans again what somebody else has deleted, alone or with its account.
func TestAccMagpieAccessToken_goneElsewhere(t *testing.T) {
	const second = "second@example.com"
	o := emulate(t)
	o.user(second)
	config := o.config(block(personal), block(service), blockFor(exclusive, second))
	works := all(o.works(personal), o.works(service), o.works(exclusive))
	var before, after []*generation
	for _, kind := range kinds() {
		before, after = append(before, of(kind)), append(after, of(kind))
	}
	keep := func(these []*generation) resource.TestCheckFunc {
		return all(these[0].keep, these[1].keep, these[2].keep)
	}
	replaced := func(these []*generation) resource.TestCheckFunc {
		return all(these[0].replaced, these[1].replaced, these[2].replaced)
	}
	created := func(kinds ...string) resource.ConfigPlanChecks {
		var checks resource.ConfigPlanChecks
		for _, kind := range kinds {
			checks.PreApply = append(checks.PreApply, planned(kind, plancheck.ResourceActionCreate).PreApply...)
		}
		return checks
	}
	o.test(
		resource.TestStep{Config: config, Check: keep(before)},
		resource.TestStep{
			PreConfig: func() {
				o.Clock().Advance(afterLag)
				for _, g := range before {
					o.forget(g.id)
				}
			},
			Config: config, ConfigPlanChecks: created(kinds()...), Check: all(replaced(before), keep(after), works, o.holds(2)),
		},
		resource.TestStep{
			PreConfig: func() {
				o.Clock().Advance(afterLag)
				if err := errors.Join(o.Magpie.DropUser(robot), o.Magpie.DropUser(second)); err != nil {
					t.Error(err)
				}
			},
			Config: config, ExpectError: says(`Check user_name: it must be the user name of a service account of this organization`),
		},
		resource.TestStep{
			PreConfig: func() { o.user(robot); o.user(second) }, Config: config,
			ConfigPlanChecks: created(service, exclusive), Check: all(after[0].same, after[1].replaced, after[2].replaced, works, o.holds(2)),
		},
	)
}

// TestMagpieAccessToken_listLags reads a list that does not show the newest token yet.
func TestMagpieAccessToken_listLags(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		o := emulate(t)
		made := o.engine(kind).Create(arguments(kind, nil))
		o.fault("GET", listOf(kind), "lag:2", 1)
		if read := o.engine(kind).MustRead(made); !same(read, made) {
			t.Errorf("%s: %v", kind, read.Attributes)
		}
	}
}

// TestMagpieAccessToken_changedElsewhere plans back what somebody else has changed.
func TestMagpieAccessToken_changedElsewhere(t *testing.T) {
	t.Parallel()
	on, off := values{"description": "mine", "disabled": false}, values{"disabled": true}
	for _, kind := range distinctKinds() {
		o := emulate(t)
		made := o.engine(kind).Create(arguments(kind, on))
		id, secret := made.Text("id"), made.Text("token")
		for _, c := range []struct {
			config   values
			text     string
			disabled bool
			edit     func(*fake.Token)
		}{
			{on, "mine", false, func(k *fake.Token) { k.Description = "theirs" }},
			{on, "mine", false, func(k *fake.Token) { k.Description = "" }},
			{on, "mine", false, func(k *fake.Token) { k.Disabled = true }},
			{off, "", true, func(*fake.Token) {}},
			{off, "", true, func(k *fake.Token) { k.Description, k.Disabled = "theirs", false }},
		} {
			if err := o.Magpie.PatchToken(id, c.edit); err != nil {
				t.Error(err)
			}
			p := o.engine(kind)
			read := p.MustRead(made)
			planned := p.MustPlan(read, arguments(kind, c.config))
			if planned.Replaces() || len(planned.Changes()) == 0 {
				t.Errorf("%s: planned %v from %v", kind, planned.Attributes, read.Attributes)
			}
			made = o.engine(kind).MustApply(planned)
			now, _ := o.Magpie.Token(id)
			if now.Description != c.text || now.Disabled != c.disabled || made.Text("id") != id || made.Text("token") != secret {
				t.Errorf("%s: the organization has %+v, the state %v", kind, now, made.Attributes)
			}
		}
	}
}

// TestMagpieAccessToken_undetermined shows no drift of what a list does not tell, or tells in words that are not understood.
func TestMagpieAccessToken_undetermined(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		o := emulate(t)
		config := arguments(kind, values{"description": "mine", "disabled": true})
		made := o.engine(kind).Create(config)
		for _, set := range []func(*fake.Switches){
			func(w *fake.Switches) { w.HideDescription = true },
			func(w *fake.Switches) { w.HideStatus = true },
			func(w *fake.Switches) { w.HideStatus, w.HideDescription, w.CreatedName = true, true, "createdOn" },
		} {
			o.turn(set)()
			p := o.engine(kind)
			read := p.MustRead(made)
			if planned := p.MustPlan(read, config); !same(read, made) || len(planned.Changes()) > 0 {
				t.Errorf("%s: read %v, planned %v", kind, read.Attributes, planned.Attributes)
			}
		}
	}
}

// TestMagpieAccessToken_updateAnswers believes the list about a change, and not its answer.
func TestMagpieAccessToken_updateAnswers(t *testing.T) {
	t.Parallel()
	type change struct {
		happens func(*organization)
		message string
	}
	eachCase(t, map[string]change{
		"done, answered 500, connection closed": {func(o *organization) {
			o.turn(func(w *fake.Switches) { w.FailingUpdates = 1 })()
			o.fault("PUT", statusRoute, "drop-after", 1)
		}, ""},
		"done, always answered 500": {func(o *organization) { o.turn(func(w *fake.Switches) { w.FailingUpdates = 99 })() }, ""},
		"done, answered by HTML":    {func(o *organization) { o.fault("PUT", textRoute, "html-after", 1) }, ""},
		"done, list lags":           {func(o *organization) { o.turn(func(w *fake.Switches) { w.ListLag = 2 })() }, ""},
		"not done, answered 200":    {func(o *organization) { o.turn(func(w *fake.Switches) { w.IgnoredUpdates = 2 })() }, `the list shows that it is not. Apply again`},
		"not done, always 503":      {func(o *organization) { o.fault("PUT", textRoute, "status:503", 9) }, `the description could not be set`},
		"answered by HTML":          {func(o *organization) { o.fault("PUT", textRoute, "html", 1) }, `the answer is an HTML page`},
		"refused":                   {func(o *organization) { o.fault("PUT", statusRoute, "status:403", 1) }, `the token could not be disabled`},
		"not read back":             {func(o *organization) { o.fault("GET", userRoute, "slow:1ms", 1); o.fault("GET", userRoute, "html", 1) }, `could not be read back`},
	}, func(t *testing.T, c change) {
		t.Helper()
		o := emulate(t)
		config := arguments(service, values{"description": "new", "disabled": true})
		made := o.engine(service).Create(arguments(service, values{"disabled": false}))
		c.happens(o)
		changed, diagnostics := o.engine(service, impatience).TryChange(made, config)
		if c.message != "" {
			o.refused(c.message, diagnostics)
			o.Faults().Clear()
			o.turn(func(w *fake.Switches) { w.IgnoredUpdates, w.FailingUpdates = 0, 0 })()
			p := o.engine(service)
			read := p.MustRead(changed)
			changed, diagnostics = p.TryChange(read, config)
		}
		if diagnostics.Failed() {
			t.Error(diagnostics.Errors())
		}
		now, _ := o.Magpie.Token(made.Text("id"))
		if changed.Text("token") != made.Text("token") || changed.Text("status") != "disabled" || !now.Disabled || now.Description != "new" {
			t.Errorf("the organization has %+v, the state %v", now, changed.Attributes)
		}
	})
}

// TestMagpieAccessToken_failsOnce reads again what may be read again.
func TestMagpieAccessToken_failsOnce(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	made := o.engine(personal).Create(nil)
	o.Clock().Advance(time.Hour)
	for _, word := range []string{"status:502", "drop-before", "429:1"} {
		o.fault("GET", ownRoute, word, 1)
	}
	if read := o.engine(personal).MustRead(made); !same(read, made) {
		t.Errorf("read %v", read.Attributes)
	}
}

// TestAccMagpieServiceAccountAccessToken_userNames brings unusual user names through every route.
func TestAccMagpieServiceAccountAccessToken_userNames(t *testing.T) {
	names := []string{"robot+ci@example.com", "team/robot", "two words", "żółw%2Fé?#&=", "{id}"}
	o := emulate(t, switched(func(w *fake.Switches) { w.PlusIsSpace = true }))
	for _, name := range names {
		o.user(name)
	}
	list := "[\"" + strings.Join(names, `", "`) + "\"]"
	config := func(lines ...string) string {
		text := o.config()
		for _, kind := range []string{service, exclusive} {
			text += fmt.Sprintf("resource %q \"test\" {\n  count = %d\n  user_name = %s[count.index]\n  %s\n", kind, len(names), list, strings.Join(lines, "\n  "))
			if kind == service {
				// The other kind deletes every token of the account.
				text += "  depends_on = [" + exclusive + ".test]\n"
			}
			text += "}\n"
		}
		return text + fmt.Sprintf("data %q \"test\" {\n  count = %d\n  user_name = %s[count.index]\n  depends_on = [%s.test]\n}\n", service+"s", len(names), list, service)
	}
	each := func(check func(fake.Token) bool) resource.TestCheckFunc {
		return func(*terraform.State) error {
			for _, name := range names {
				tokens := o.Magpie.Tokens(name)
				if len(tokens) != 2 || !check(tokens[0]) || !check(tokens[1]) {
					return fmt.Errorf("%s has %+v", name, tokens)
				}
			}
			return nil
		}
	}
	o.test(
		resource.TestStep{Config: config(), Check: each(func(k fake.Token) bool { return o.use(k.Secret).Login == http.StatusOK })},
		resource.TestStep{
			Config: config(`description = "x"`, `disabled = true`), Check: each(func(k fake.Token) bool { return k.Disabled && k.Description == "x" }),
		},
	)
	for _, name := range names {
		if left := o.Magpie.Tokens(name); len(left) != 0 {
			t.Errorf("%s has %+v", name, left)
		}
	}
}

// TestAccMagpieServiceAccountAccessToken_refusedUserNames refuses what would turn a route into another.
func TestAccMagpieServiceAccountAccessToken_refusedUserNames(t *testing.T) {
	o := emulate(t)
	var steps []resource.TestStep
	for _, name := range []string{"", ".."} {
		for _, text := range []string{
			blockFor(service, name), blockFor(exclusive, name), fmt.Sprintf("data %q \"test\" {\n  user_name = %q\n}\n", service+"s", name),
		} {
			steps = append(steps, resource.TestStep{Config: o.config(text), PlanOnly: true, ExpectError: says(`Attribute user_name`)})
		}
	}
	// A name that only the apply tells is refused then.
	late := strings.Replace(blockFor(service, ""), `user_name = ""`, `user_name = terraform_data.name.output`, 1)
	steps = append(steps, resource.TestStep{Config: o.config(blockFor(service, ".")), PlanOnly: true, ExpectError: says(`Attribute user_name`)})
	steps = append(steps, resource.TestStep{Config: o.config("resource \"terraform_data\" \"name\" {\n  input = \"\"\n}\n", late), ExpectError: says(`Attribute user_name`)})
	o.test(steps...)
	if got := o.requests("POST", "") - o.requests("POST", loginRoute) + o.requests("GET", ""); got != 0 {
		t.Errorf("%d requests were sent", got)
	}
}
