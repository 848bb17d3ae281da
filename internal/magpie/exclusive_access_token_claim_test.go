package magpie_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// contested is what is said of two resources that own the tokens of one account.
const contested = `More than one resource owns the tokens of ` + robot

// TestMagpieServiceAccountExclusiveAccessToken_two refuses two resources for one account while they are planned, whichever is planned
// first and whether or not anything is refreshed. An apply could not know: Terraform asks nothing about a resource that does not change.
func TestMagpieServiceAccountExclusiveAccessToken_two(t *testing.T) {
	t.Parallel()
	type planning struct {
		e    *protocoltest.Engine
		made *object
	}
	created := func(p planning) *protocoltest.Plan { return p.e.Plan(nil, arguments(exclusive, nil)) }
	kept := func(p planning) *protocoltest.Plan { return p.e.Plan(p.made, arguments(exclusive, nil)) }
	refreshed := func(p planning) *protocoltest.Plan {
		return p.e.Plan(p.e.MustRead(p.made), arguments(exclusive, nil))
	}
	rotated := func(p planning) *protocoltest.Plan {
		return p.e.Plan(p.made, arguments(exclusive, values{"rotation_triggers": generationOf("2")}))
	}
	replaced := func(p planning) *protocoltest.Plan {
		first := kept(p)
		if first.Diagnostics.Failed() {
			return first
		}
		return p.e.PlanCreation(first)
	}
	eachCase(t, map[string][]func(planning) *protocoltest.Plan{
		"both are created": {created, created}, "one is refreshed and stays": {created, refreshed}, "one stays": {created, kept},
		"one is rotated": {created, rotated}, "one is replaced": {created, replaced},
	}, func(t *testing.T, plans []func(planning) *protocoltest.Plan) {
		t.Helper()
		for first := range plans {
			o := emulate(t)
			p := planning{made: o.engine(exclusive).Create(arguments(exclusive, values{"rotation_triggers": generationOf("1")}))}
			p.e = o.engine(exclusive)
			early := plans[first](p)
			late := plans[1-first](p)
			o.refusedAt(contested, late.Diagnostics, "user_name")
			if early.Diagnostics.Failed() {
				t.Errorf("the first plan says %s", early.Diagnostics.Errors())
			}
			o.asked("POST", rotateRoute, 1)
			o.left(p.made.Text("id"))
		}
	})
}

// TestMagpieServiceAccountExclusiveAccessToken_twoMoved: a resource that changes its account is one of its new account, and none of its
// old one.
func TestMagpieServiceAccountExclusiveAccessToken_twoMoved(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	o.user("other@example.com")
	o.user("third@example.com")
	made := o.engine(exclusive).Create(arguments(exclusive, nil))
	third := o.engine(exclusive).Create(values{"user_name": "third@example.com"})
	e := o.engine(exclusive)
	first := e.Plan(made, values{"user_name": "other@example.com"})
	second := e.PlanCreation(first)
	e.MustPlan(nil, arguments(exclusive, nil))
	if !first.Replaces() || first.Diagnostics.Failed() || second.Diagnostics.Failed() {
		t.Errorf("planned was %v: %s", first.RequiresReplace, second.Diagnostics)
	}
	o.refused(`More than one resource owns the tokens of other@example.com`, e.Plan(third, values{"user_name": "other@example.com"}).Diagnostics)
}

// TestMagpieServiceAccountExclusiveAccessToken_twoKept: two resources that are both in the state are warned of, whatever is planned for
// them, and each can be destroyed.
func TestMagpieServiceAccountExclusiveAccessToken_twoKept(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	config := func(generation string) values {
		return arguments(exclusive, values{"rotation_triggers": generationOf(generation)})
	}
	first := o.engine(exclusive).Create(config("1"))
	second := o.engine(exclusive).Create(config("1"))
	for _, generation := range []string{"1", "2"} {
		e := o.engine(exclusive)
		for range 2 {
			// Terraform may plan one resource several times.
			if said := e.Plan(first, config("1")).Diagnostics; len(said) > 0 {
				t.Errorf("the first says %q", said)
			}
		}
		text := o.warned(e.Plan(second, config(generation)).Diagnostics)
		if !strings.Contains(text, contested) || !strings.Contains(text, "Whichever of them rotates next deletes the token of the others") {
			t.Errorf("warned %q", text)
		}
	}
	e := o.engine(exclusive)
	e.NoError(e.PlanDestroy(first).Diagnostics)
	if said := e.Plan(second, config("1")).Diagnostics; len(said) > 0 {
		t.Errorf("with the other one destroyed: %q", said)
	}
	o.asked("POST", rotateRoute, 2)
	o.left(second.Text("id"))
}

// TestMagpieServiceAccountExclusiveAccessToken_movedWithoutRecord: a resource whose private state is lost, or cannot be read, and that
// changes its account is no second one; another resource for the new account is.
func TestMagpieServiceAccountExclusiveAccessToken_movedWithoutRecord(t *testing.T) {
	t.Parallel()
	eachCase(t, map[string][]byte{"lost": nil, "unreadable": []byte(`{"mint":"eyJ2ZXJzaW9uIjo5OX0="}`)}, func(t *testing.T, private []byte) {
		t.Helper()
		o := emulate(t)
		o.user("other@example.com")
		made := o.engine(exclusive).Create(arguments(exclusive, nil))
		made.Private = private
		moved := values{"user_name": "other@example.com"}
		e := o.engine(exclusive)
		first := e.Plan(made, moved)
		second := e.PlanCreation(first)
		if !first.Replaces() || first.Diagnostics.Failed() || second.Diagnostics.Failed() {
			t.Errorf("planned was %v: %s", first.RequiresReplace, second.Diagnostics)
		}
		o.refused(`More than one resource owns the tokens of other@example.com`, e.Plan(nil, moved).Diagnostics)
		e = o.engine(exclusive)
		e.NoError(e.Plan(made, moved).Diagnostics)
		e.NoError(e.PlanDestroy(made).Diagnostics)
	})
}

// TestMagpieServiceAccountExclusiveAccessToken_twoUnknown: two accounts that turn out to be one only in the apply. One resource is
// created, and the other one is refused when Terraform plans it again.
func TestMagpieServiceAccountExclusiveAccessToken_twoUnknown(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	e := o.engine(exclusive)
	e.MustPlan(nil, values{"user_name": protocoltest.Unknown})
	e.MustPlan(nil, values{"user_name": protocoltest.Unknown})
	e = o.engine(exclusive)
	made := e.MustApply(e.MustPlan(nil, arguments(exclusive, nil)))
	o.refused(contested, e.Plan(nil, arguments(exclusive, nil)).Diagnostics)
	o.asked("POST", rotateRoute, 1)
	o.left(made.Text("id"))
}

// TestMagpieServiceAccountExclusiveAccessToken_notTwo: a resource that is replaced, or destroyed while another one takes its place, is
// no second one.
func TestMagpieServiceAccountExclusiveAccessToken_notTwo(t *testing.T) {
	t.Parallel()
	for _, createsFirst := range []bool{false, true} {
		for _, isTainted := range []bool{false, true} {
			o := emulate(t)
			l := o.subject(exclusive)
			l.CreateBeforeDestroy = createsFirst
			first := l.Does("create", nil)
			saved := &protocoltest.Saved{Action: protocoltest.Replace}
			if l.Object.Tainted = isTainted; isTainted {
				saved = l.RefreshAndPlan(arguments(exclusive, nil))
			} else {
				// That is terraform apply -replace.
				e := o.engine(exclusive)
				saved.Plan = e.MustPlan(e.MustRead(first), arguments(exclusive, nil))
				saved.Creation = e.PlanCreation(saved.Plan)
			}
			if text := saved.Creation.Diagnostics.String(); text != "" {
				t.Errorf("the plan says %q", text)
			}
			if run := l.Apply(saved, nil); run.Failed != "" {
				t.Fatal(run.Diagnostics)
			}
			o.holdsWorking(l.Object)
			o.left(l.Object.Text("id"))
			if l.Object.Text("id") == first.Text("id") {
				t.Error("it was not replaced")
			}
		}
	}
	o := emulate(t)
	made := o.engine(exclusive).Create(arguments(exclusive, nil))
	for _, isFirst := range []bool{false, true} {
		e := o.engine(exclusive)
		e.MustRead(made)
		if isFirst {
			e.NoError(e.PlanDestroy(made).Diagnostics)
		}
		e.MustPlan(nil, arguments(exclusive, nil))
		e.NoError(e.PlanDestroy(made).Diagnostics)
	}
}

// TestMagpieServiceAccountExclusiveAccessToken_warnings warns of a rotation only if it deletes somebody else's token, which it names.
func TestMagpieServiceAccountExclusiveAccessToken_warnings(t *testing.T) {
	t.Parallel()
	config := arguments(exclusive, values{"rotation_triggers": generationOf("1")})
	next := config.With(values{"rotation_triggers": generationOf("2")})
	o := emulate(t)
	warns := func(what string, p *protocoltest.Plan, texts ...string) {
		t.Helper()
		text := o.warned(p.Diagnostics)
		if len(p.Diagnostics) != min(1, len(texts)) {
			t.Errorf("%s: warned %q", what, text)
		}
		for _, want := range texts {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not said: %q", what, want, text)
			}
		}
	}
	warns("nothing is there", o.engine(exclusive).Plan(nil, config))
	made := o.engine(exclusive).Create(config)
	warns("nothing changes", o.engine(exclusive).Plan(made, config))
	warns("its own token", o.engine(exclusive).Plan(made, next))
	imported := o.engine(exclusive).MustImport(robot)
	warns("its own token, imported", o.engine(exclusive).Plan(imported, config.With(values{"encrypt_secret_to": []string{newKey(t).Recipient().String()}})))

	gone := time.Now().Add(-time.Hour)
	expired := o.seed(robot, func(k *fake.Token) { k.Created, k.Expires = gone.Add(-time.Hour), &gone })
	warns("one that has expired", o.engine(exclusive).Plan(made, next))
	other := o.seed(robot)
	rotates := o.engine(exclusive).Plan(made, next)
	warns("one token more", rotates, "Other tokens of "+robot+" will be deleted", "not known to belong to this resource: "+other.ID+".", "use mint_magpie_service_account_access_token instead")
	if text := rotates.Diagnostics.String(); strings.Contains(text, expired.ID) || strings.Contains(text, made.Text("id")+",") {
		t.Errorf("named is what does not die: %q", text)
	}
	another := o.seed(robot)
	e := o.engine(exclusive)
	warns("a creation", e.Plan(nil, config), "Other tokens of "+robot+" will be deleted", "not known to belong to this resource: "+made.Text("id")+", "+other.ID+", "+another.ID)
	e = o.engine(exclusive)
	warns("a replacement", e.PlanCreation(e.Plan(made, config)), "not known to belong to this resource: "+other.ID+", "+another.ID+".")

	warns("an account that is not known", o.engine(exclusive).Plan(nil, values{"user_name": protocoltest.Unknown}),
		"Other tokens of the service account may be deleted", "not known yet", "The token of another mint_magpie_service_account_exclusive_access_token for the same account would be deleted, too.")
	warns("an organization that is not known", o.engine(exclusive, o.loggedInWith(protocoltest.Unknown)).Plan(nil, config),
		"Other tokens of "+robot+" may be deleted", "not known yet")
	warns("no such account", o.engine(exclusive).Plan(nil, values{"user_name": "nobody@example.com"}),
		"Magpie knows no service account nobody@example.com", "Check user_name")
	o.fault("GET", userRoute, "status:403", 1)
	warns("a list that fails", o.engine(exclusive).Plan(nil, config), "Other tokens of "+robot+" may be deleted", "could not be listed", "organization admin")
}

// TestMagpieServiceAccountExclusiveAccessToken_warningsUnidentified: a token whose id is not known is its own if it is the only one; of
// several, one may be.
func TestMagpieServiceAccountExclusiveAccessToken_warningsUnidentified(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	config := func(generation string) values {
		return arguments(exclusive, values{"rotation_triggers": generationOf(generation)})
	}
	o.meanwhile(func() { o.fault("GET", userRoute, "html", 1) })
	made := o.fails(`the new token's id could not be found`)(o.engine(exclusive).TryChange(nil, config("1")))
	made.Tainted = false
	if said := o.engine(exclusive).Plan(made, config("2")).Diagnostics; len(said) > 0 {
		t.Errorf("said %q", said)
	}
	other := o.seed(robot)
	if text := o.warned(o.engine(exclusive).Plan(made, config("2")).Diagnostics); !strings.Contains(text, "18, "+other.ID) || !strings.Contains(text, "not known to belong to this resource") {
		t.Errorf("warned %q", text)
	}
}
