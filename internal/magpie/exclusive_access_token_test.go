package magpie_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// TestAccMagpieServiceAccountExclusiveAccessToken_rotates deletes every other token when it is created and when it rotates, in place, and none
// at other times. A second resource for the account is refused, and deletes none.
func TestAccMagpieServiceAccountExclusiveAccessToken_rotates(t *testing.T) {
	o := emulate(t)
	o.user("other@example.com")
	elsewhere := o.seed("other@example.com")
	o.seed(robot)
	o.seed(robot)
	var another fake.Token
	first, second := of(exclusive), of(exclusive)
	config := func(lines ...string) string { return o.config(block(exclusive, lines...)) }
	others := func(want int) resource.TestCheckFunc {
		return has(exclusive, "other_token_ids.#", fmt.Sprint(want))
	}
	o.testLeaving(
		resource.TestStep{Config: config(`description = "mine"`), Check: all(first.keep, o.works(exclusive), o.holds(1), others(0))},
		resource.TestStep{Config: config(`description = "mine"`) + strings.Replace(block(exclusive), `"test"`, `"second"`, 1), ExpectError: says(contested)},
		resource.TestStep{
			// Somebody else's token is shown, and left alone by everything but a trigger.
			PreConfig: func() { another = o.seed(robot) },
			Config:    config(`description = "new"`, `rotation_triggers = { generation = "1" }`), ConfigPlanChecks: planned(exclusive, plancheck.ResourceActionUpdate),
			Check: all(first.same, o.holds(2), others(1), func(state *terraform.State) error {
				return resource.TestCheckTypeSetElemAttr(address(exclusive), "other_token_ids.*", another.ID)(state)
			}),
		},
		resource.TestStep{
			Config: config(`description = "new"`, `rotation_triggers = { generation = "2" }`), ConfigPlanChecks: planned(exclusive, plancheck.ResourceActionUpdate),
			Check: all(first.replaced, second.keep, o.works(exclusive), o.refuses(first), o.holds(1), others(0), has(exclusive, "description", "new")),
		},
		resource.TestStep{
			PreConfig: func() { another = o.seed(robot) }, Config: config(`description = "new"`, `rotation_triggers = { generation = "2" }`), Destroy: true,
		},
	)
	if ids := o.ids(); !slices.Equal(ids, []string{another.ID}) {
		t.Errorf("after the destroy: %v", ids)
	}
	if _, there := o.Magpie.Token(elsewhere.ID); !there {
		t.Error("a token of another account is gone")
	}
}

// TestMagpieServiceAccountExclusiveAccessToken_otherCreator cannot tell which of two tokens the rotation made. The secret is kept; once
// the other one is gone, the token that is left is the managed one. Another rotation is the other way out.
func TestMagpieServiceAccountExclusiveAccessToken_otherCreator(t *testing.T) {
	t.Parallel()
	eachCase(t, map[string]bool{"deleted": true, "rotated": false}, func(t *testing.T, deletes bool) {
		t.Helper()
		o := emulate(t)
		config := func(generation string) values {
			return arguments(exclusive, values{"rotation_triggers": generationOf(generation), "disabled": false})
		}
		first := o.engine(exclusive).Create(config("1"))
		var another fake.Token
		o.Magpie.OnAfterCreate(func(user string) { another = o.seed(user) })
		second := o.fails(`the account does not have exactly one token, so the new one's id is not certain. New on the account: 19, 20`)(o.engine(exclusive).TryChange(first, config("2")))
		o.Magpie.OnAfterCreate(nil)
		p := o.engine(exclusive)
		read, diagnostics := p.Read(second)
		if text := o.warned(diagnostics); !strings.Contains(text, "the id of its new token could not be found. Its secret is in the state. Delete the account's other tokens in Magpie: the next plan then manages the one that is left. Or change rotation_triggers, which deletes them all and mints a new one.") {
			t.Errorf("warned %q", text)
		}
		if secret := read.Text("token"); read.Text("id") != "" || secret == first.Text("token") || !o.use(secret).Works() {
			t.Errorf("the state holds %v", read.Attributes)
		}
		described := config("2").With(values{"description": "x"})
		o.fails(`The token cannot be changed, because its id is not known. Delete the account's other tokens in Magpie`)(p.TryChange(read, described))
		edited := p.Change(read, config("2").With(values{"rotate_before_expiry": "24h"}))
		if read = p.Change(edited, config("2")); read.Text("token") != second.Text("token") {
			t.Errorf("the state holds %v", read.Attributes)
		}
		if deletes {
			o.forget(another.ID)
			p := o.engine(exclusive)
			found := p.MustRead(read)
			o.holdsWorking(found)
			if planned := p.MustPlan(found, config("2")); len(planned.Changes()) > 0 {
				t.Errorf("planned %v", planned.Attributes)
			}
			return
		}
		third := p.Change(read, config("3"))
		o.holdsWorking(third)
		o.left(third.Text("id"))
	})
}

// TestMagpieServiceAccountExclusiveAccessToken_createdUnidentified cannot tell the id of its first token.
func TestMagpieServiceAccountExclusiveAccessToken_createdUnidentified(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	var another fake.Token
	o.Magpie.OnAfterCreate(func(user string) { another = o.seed(user) })
	made := o.fails(`so the new one's id is not certain. New on the account: 18, 19.`)(o.engine(exclusive).TryChange(nil, arguments(exclusive, nil)))
	o.Journal().Reset()
	kept := o.fails(`It is one of: 18, 19.`)(o.engine(exclusive).TryDestroy(made))
	o.asked("DELETE", "", 0)
	o.Magpie.OnAfterCreate(nil)
	o.forget(another.ID)
	found := o.engine(exclusive).MustRead(kept)
	o.holdsWorking(found)
	o.engine(exclusive).Destroy(found)
	o.left()
}

// TestMagpieServiceAccountExclusiveAccessToken_listFailsAfterRotation looks for the id again at the next refresh. A list that lags behind shows
// the token from before, or none: neither is taken for the new one, and the new one is not taken for deleted.
func TestMagpieServiceAccountExclusiveAccessToken_listFailsAfterRotation(t *testing.T) {
	t.Parallel()
	eachCase(t, map[string]int{"another token before": 1, "no token before": 0}, func(t *testing.T, before int) {
		t.Helper()
		o := emulate(t)
		for range before {
			o.seed(robot)
		}
		o.meanwhile(func() { o.fault("GET", userRoute, "html", 1) })
		made := o.fails(`the new token's id could not be found, because the list failed`)(o.engine(exclusive).TryChange(nil, arguments(exclusive, nil)))
		o.fault("GET", userRoute, "lag:2", 1)
		read, diagnostics := o.engine(exclusive).Read(made)
		if read == nil || read.Text("token") != made.Text("token") {
			t.Fatal("the state does not hold the token any more")
		}
		if len(diagnostics) > 0 {
			t.Errorf("said %q", diagnostics)
		}
		o.holdsWorking(read)
		if others := read.Attributes["other_token_ids"]; others.String() != setOfTexts().String() {
			t.Errorf("other tokens: %s", others)
		}
	})
}

// TestMagpieServiceAccountExclusiveAccessToken_replacedUnidentified: the creation of what replaces a token without an id has deleted that
// token, so the destruction that follows must not take the account's only token, which is the new one, for it.
func TestMagpieServiceAccountExclusiveAccessToken_replacedUnidentified(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	l := o.subject(exclusive)
	l.CreateBeforeDestroy = true
	o.meanwhile(func() { o.fault("GET", userRoute, "html", 1) })
	l.Object = o.fails(`the new token's id could not be found, because the list failed`)(o.engine(exclusive).TryChange(nil, arguments(exclusive, nil)))
	if run := l.Apply(l.Plan(arguments(exclusive, nil)), arguments(exclusive, nil)); run.Failed != "" || len(l.Deposed) > 0 {
		t.Fatal(run.Diagnostics)
	}
	o.holdsWorking(l.Object)
	o.left(l.Object.Text("id"))
}

func setOfTexts() tftypes.Value {
	return tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, []tftypes.Value{})
}

// TestMagpieServiceAccountExclusiveAccessToken_listLags does not take the tokens that a rotation has deleted for new ones.
func TestMagpieServiceAccountExclusiveAccessToken_listLags(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	o.seed(robot)
	made := o.engine(exclusive).Create(arguments(exclusive, nil))
	o.fault("GET", userRoute, "lag:1", 1)
	read, diagnostics := o.engine(exclusive).Read(made)
	if len(diagnostics) > 0 || !same(read, made) {
		t.Errorf("said %q, read %v", diagnostics, read)
	}
}

// TestMagpieServiceAccountExclusiveAccessToken_ownAccount refuses to rotate the account whose token the provider logs in with.
func TestMagpieServiceAccountExclusiveAccessToken_ownAccount(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	if err := o.Magpie.PatchUser(robot, func(u *fake.User) { u.Admin, u.Permissions = true, []string{"AccessToken"} }); err != nil {
		t.Fatal(err)
	}
	own := o.seed(robot)
	p := o.engine(exclusive, func(config values) {
		config["magpie"] = values{"base_url": o.URL("magpie"), "access_token": own.Secret}
	})
	o.fails(`the provider is logged in as the service account ` + robot + ` with one of its access tokens`)(p.TryChange(nil, arguments(exclusive, nil)))
	o.asked("POST", rotateRoute, 0)
	o.left(own.ID)
	// Another account is none of that.
	o.user("other@example.com")
	o.seed("other@example.com")
	if made := p.Create(values{"user_name": "other@example.com"}); !o.use(made.Text("token")).Works() {
		t.Errorf("made %v", made.Attributes)
	}
}

// TestMagpieServiceAccountExclusiveAccessToken_updateFails has rotated when the description cannot be set: the next apply sets it and
// does not rotate again.
func TestMagpieServiceAccountExclusiveAccessToken_updateFails(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	config := func(generation string) values {
		return arguments(exclusive, values{"rotation_triggers": generationOf(generation), "description": "mine", "disabled": false})
	}
	first := o.engine(exclusive).Create(config("1"))
	o.fault("PUT", textRoute, "status:403", 1)
	second := o.fails(`the description could not be set`)(o.engine(exclusive).TryChange(first, config("2")))
	p := o.engine(exclusive)
	read := p.MustRead(second)
	third := p.Change(read, config("2"))
	o.holdsWorking(third)
	if third.Text("token") == first.Text("token") || third.Text("description") != "mine" {
		t.Errorf("the state holds %v", third.Attributes)
	}
	o.asked("POST", rotateRoute, 2)
}

// TestMagpieServiceAccountExclusiveAccessToken_others warns of another token when it is refreshed.
func TestMagpieServiceAccountExclusiveAccessToken_others(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	p := o.engine(exclusive)
	// An account that does not exist is named once.
	for i, user := range []any{"ghost", "ghost", protocoltest.Unknown} {
		text := p.Plan(nil, values{"user_name": user}).Diagnostics.Summaries()
		if strings.Contains(text, "Magpie knows no service account ghost") != (i == 0) {
			t.Errorf("%v: %s", user, text)
		}
	}
	state := o.engine(exclusive).MustImport(o.seedExclusive())
	other := o.seed(robot)
	_, diagnostics := o.engine(exclusive).Read(state)
	if text := o.warned(diagnostics); !strings.Contains(text, other.ID) || !strings.Contains(text, "They keep working until the next rotation, which deletes them and replaces the managed token.") {
		t.Errorf("with another token: %q", text)
	}
}

// seedExclusive gives the robot one token, and returns its import ID.
func (o *organization) seedExclusive() string {
	o.seed(robot)
	return robot
}
