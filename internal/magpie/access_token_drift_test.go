package magpie_test

import (
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

// TestAccMagpieAccessToken_goneElsewhere plans anew what somebody else has deleted, alone or with its account.
func TestAccMagpieAccessToken_goneElsewhere(t *testing.T) {
	each(t, kinds(), func(t *testing.T, kind string) {
		o := emulate(t)
		first, second := of(kind), of(kind)
		config := o.config(block(kind))
		steps := []resource.TestStep{
			{Config: config, Check: first.keep},
			{
				PreConfig: func() { o.Clock().Advance(settled); o.forget(first.id) }, Config: config,
				ConfigPlanChecks: planned(kind, plancheck.ResourceActionCreate), Check: all(first.replaced, second.keep, o.works(kind), o.holds(1)),
			},
		}
		if kind != personal {
			steps = append(steps,
				resource.TestStep{
					PreConfig: func() {
						if err := o.Magpie.DropUser(robot); err != nil {
							t.Error(err)
						}
					},
					Config: config, ExpectError: says(`Check user_name: it must be the user name of a service account of this organization`),
				},
				resource.TestStep{
					PreConfig: func() { o.user(robot) }, Config: config,
					ConfigPlanChecks: planned(kind, plancheck.ResourceActionCreate), Check: all(second.replaced, o.works(kind), o.holds(1)),
				},
			)
		}
		o.test(steps...)
	})
}

// TestAccMagpieAccessToken_listLags reads a list that does not show the newest token yet.
func TestAccMagpieAccessToken_listLags(t *testing.T) {
	o := emulate(t)
	first := of(service)
	config := o.config(block(service))
	o.test(
		resource.TestStep{Config: config, Check: first.keep},
		resource.TestStep{
			PreConfig: func() { o.fault("GET", userRoute, "lag:2", 1) }, Config: config,
			ConfigPlanChecks: planned(service, plancheck.ResourceActionNoop), Check: first.same,
		},
	)
}

// TestAccMagpieAccessToken_changedElsewhere plans back what somebody else has changed.
func TestAccMagpieAccessToken_changedElsewhere(t *testing.T) {
	o := emulate(t)
	first := of(service)
	on := o.config(block(service, `description = "mine"`))
	off := o.config(block(service, `disabled = true`))
	steps := []resource.TestStep{{Config: on, Check: first.keep}}
	for _, c := range []struct {
		config, text string
		disabled     bool
		edit         func(*fake.Token)
	}{
		{on, "mine", false, func(k *fake.Token) { k.Description = "theirs" }},
		{on, "mine", false, func(k *fake.Token) { k.Description = "" }},
		{on, "mine", false, func(k *fake.Token) { k.Disabled = true }},
		{off, "", true, func(*fake.Token) {}},
		{off, "", true, func(k *fake.Token) { k.Description, k.Disabled = "theirs", false }},
	} {
		steps = append(steps, resource.TestStep{
			PreConfig: func() {
				if err := o.Magpie.PatchToken(first.id, c.edit); err != nil {
					t.Error(err)
				}
			},
			Config: c.config, ConfigPlanChecks: planned(service, plancheck.ResourceActionUpdate),
			Check: all(first.same, func(*terraform.State) error {
				if now, _ := o.Magpie.Token(first.id); now.Description != c.text || now.Disabled != c.disabled {
					return fmt.Errorf("the organization has %+v", now)
				}
				return nil
			}),
		})
	}
	o.test(steps...)
}

// TestAccMagpieAccessToken_undetermined shows no drift of what a list does not tell, or tells in words that are not understood.
func TestAccMagpieAccessToken_undetermined(t *testing.T) {
	o := emulate(t)
	first := of(service)
	config := o.config(block(service, `description = "mine"`, `disabled = true`))
	steps := []resource.TestStep{{Config: config, Check: first.keep}}
	for _, set := range []func(*fake.Switches){
		func(w *fake.Switches) { w.HideDescription = true },
		func(w *fake.Switches) { w.HideStatus = true },
		func(w *fake.Switches) { w.HideStatus, w.HideDescription, w.CreatedName = true, true, "createdOn" },
	} {
		steps = append(steps, resource.TestStep{PreConfig: o.turn(set), Config: config, PlanOnly: true})
	}
	o.test(steps...)
}

// TestAccMagpieAccessToken_descriptionNotKept warns when the organization makes something else of a description.
func TestAccMagpieAccessToken_descriptionNotKept(t *testing.T) {
	for name, c := range map[string]struct {
		set    func(*fake.Switches)
		second string
	}{
		"shortened":     {func(w *fake.Switches) { w.DescriptionLimit = 3 }, `description = "abcdef"`},
		"never cleared": {func(w *fake.Switches) { w.ClearDescription = "ignored" }, ``},
	} {
		t.Run(name, func(t *testing.T) {
			o := emulate(t, switched(c.set))
			o.test(
				resource.TestStep{Config: o.config(block(service, `description = "abc"`))},
				resource.TestStep{Config: o.config(block(service, c.second)), ExpectNonEmptyPlan: true},
			)
		})
	}
}

// TestAccMagpieAccessToken_updateAnswers believes the list about a change, and not its answer.
func TestAccMagpieAccessToken_updateAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(*organization)
		message string
	}{
		"done, answered 500, connection closed": {func(o *organization) {
			o.turn(func(w *fake.Switches) { w.FailingUpdates = 1 })()
			o.fault("PUT", statusRoute, "drop-after", 1)
		}, ""},
		"done, list lags":        {func(o *organization) { o.turn(func(w *fake.Switches) { w.ListLag = 2 })() }, ""},
		"not done, answered 200": {func(o *organization) { o.turn(func(w *fake.Switches) { w.IgnoredUpdates = 2 })() }, `the list shows that it is not. Apply again`},
		"answered by HTML":       {func(o *organization) { o.fault("PUT", textRoute, "html", 1) }, `the answer is an HTML page`},
		"refused":                {func(o *organization) { o.fault("PUT", statusRoute, "status:403", 1) }, `the token could not be disabled`},
		"not read back":          {func(o *organization) { o.fault("GET", userRoute, "slow:1ms", 1); o.fault("GET", userRoute, "html", 1) }, `could not be read back`},
	} {
		t.Run(name, func(t *testing.T) {
			o := emulate(t)
			first := of(service)
			second := o.config(block(service, `description = "new"`, `disabled = true`))
			var failed []resource.TestStep
			step := resource.TestStep{
				Config: second, ConfigPlanChecks: then(planned(service, plancheck.ResourceActionUpdate), func() { c.happens(o) }),
				Check: all(first.same, o.refuses(first), has(service, "status", "disabled")),
			}
			if c.message != "" {
				failed = []resource.TestStep{{Config: second, ExpectError: says(c.message), ConfigPlanChecks: step.ConfigPlanChecks}}
				step.ConfigPlanChecks = resource.ConfigPlanChecks{}
			}
			o.test(append(append([]resource.TestStep{{Config: o.config(block(service)), Check: first.keep}}, failed...), step)...)
		})
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

// TestAccMagpieAccessToken_failsOnce reads again what may be read again.
func TestAccMagpieAccessToken_failsOnce(t *testing.T) {
	o := emulate(t)
	config := o.config(block(personal))
	o.test(
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: func() {
				o.Clock().Advance(time.Hour)
				o.fault("GET", ownRoute, "status:502", 1)
				o.fault("GET", ownRoute, "drop-before", 1)
				o.fault("GET", ownRoute, "429:1", 1)
			},
			Config: config, PlanOnly: true,
		},
	)
}
