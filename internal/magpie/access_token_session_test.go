package magpie_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

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

// TestMagpieAccessToken_sessionEnds renews a session that has ended in the middle of a run, once for all resources.
func TestMagpieAccessToken_sessionEnds(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	var made [10]*object
	p := o.engine(personal)
	inParallel(len(made), func(i int) { made[i] = p.Create(values{}) })
	p = o.engine(personal)
	o.Journal().Reset()
	// The first write of the run ends all sessions.
	o.fault("PUT", textRoute, "status:401", 1)
	inParallel(len(made), func(i int) { made[i] = p.Change(made[i], values{"description": "new"}) })
	o.asked("POST", loginRoute, 2)
	o.asked("PUT", textRoute, 11)
	for _, object := range made {
		if stored, _ := o.Magpie.Token(object.Text("id")); stored.Description != "new" {
			t.Errorf("described as %q", stored.Description)
		}
		o.holdsWorking(object)
	}
}

// TestMagpieAccessToken_shortSessions outlives sessions that end again and again under parallel operations.
func TestMagpieAccessToken_shortSessions(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	o.turn(func(w *fake.Switches) { w.SessionLifetime = 60e9 })()
	o.env.Transport = ticking{o, 3 * time.Second}
	var made [30]*object
	p := o.engine(service)
	inParallel(len(made), func(i int) { made[i] = p.Create(arguments(service, nil)) })
	if mints, logins := o.requests("POST", userRoute), o.requests("POST", loginRoute); mints < 30 || logins < 4 {
		t.Errorf("%d mints, %d logins", mints, logins)
	}
	if ids := o.ids(); len(ids) != len(made) {
		t.Errorf("the organization holds %d tokens", len(ids))
	}
	p = o.engine(service)
	inParallel(len(made), func(i int) {
		if read := p.MustRead(made[i]); !same(read, made[i]) {
			t.Errorf("read %v", read)
		}
	})
}

// TestMagpieAccessToken_sessionTokenEnds has nothing to renew a ready session with.
func TestMagpieAccessToken_sessionTokenEnds(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	l := o.subject(personal)
	with := func(session string) func() *protocoltest.Engine {
		return func() *protocoltest.Engine { return o.engine(personal, o.bySession(session)) }
	}
	fine := with(o.session())
	l.Start = fine
	made := l.Does("create", nil)
	l.Start = with("ended-long-ago")
	if kept := l.fails(`session or credentials not accepted`, nil); !same(kept, made) {
		t.Errorf("the state holds %v", kept)
	}
	// The session serves the apply's list and ends before its writes.
	l.Start = with(o.session())
	described := values{"description": "new"}
	l.refresh()
	saved := l.plans(described)
	if saved.Action != protocoltest.Update {
		t.Errorf("%s is planned", saved.Action)
	}
	o.fault("PUT", textRoute, "status:401", 1)
	o.refused(`the session has expired; log in again and set session_token to the new one`, l.Apply(saved, described).Diagnostics)
	l.Start = fine
	if kept := l.Does("nothing", nil); !same(kept, made) {
		t.Errorf("the state holds %v", kept)
	}
	o.holdsWorking(l.Object)
	l.destroys()
}

// TestMagpieAccessToken_ownCredential refuses to delete, replace or disable the token that the provider is logged in with, before anything
// is sent: where the token would be revoked, and not in the plan of that; and in an apply whose plan did not know the credential.
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
	first := l.Does("create", overlapping("1"))
	admin := l.Start
	l.Start = func() *protocoltest.Engine { return o.engine(personal, o.loggedInWith(first.Text("token"))) }
	second := l.Does("rotate", overlapping("2", values{"disabled": true}))
	o.hasPrevious(second, first)
	o.alive(first.Text("token"))
	l.Start = admin
	l.destroys()
}
