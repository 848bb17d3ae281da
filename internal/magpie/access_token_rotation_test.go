package magpie_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// TestMagpieAccessToken_rotationTriggerUnknown changes a trigger to a value that only the apply tells.
func TestMagpieAccessToken_rotationTriggerUnknown(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]protocoltest.Action{
		personal: protocoltest.Replace, service: protocoltest.Replace, exclusive: protocoltest.Rotate,
	} {
		o := emulate(t)
		l := o.subject(kind)
		first := l.Does("create", values{"rotation_triggers": generationOf("1")})
		saved := l.plans(values{"rotation_triggers": values{"generation": protocoltest.Unknown}})
		if saved.Action != want {
			t.Errorf("%s: %s is planned instead of %s", kind, saved.Action, want)
		}
		config := values{"rotation_triggers": generationOf("2")}
		second := l.did(want, l.Apply(saved, config))
		o.holdsWorking(second)
		o.alive(second.Text("token"))
		if o.use(first.Text("token")).Works() {
			t.Errorf("%s: the first token still works", kind)
		}
		l.Does("nothing", config)
		l.destroys()
	}
}

// TestMagpieAccessToken_userNameChanged moves tokens to other service accounts.
func TestMagpieAccessToken_userNameChanged(t *testing.T) {
	t.Parallel()
	const other = "other@example.com"
	for _, kind := range distinctKinds() {
		o := emulate(t)
		o.user(other)
		l := o.subject(kind)
		first := l.Does("create", nil)
		second := l.Does("replace", values{"user_name": other})
		o.holdsWorking(second)
		o.alive(second.Text("token"))
		if stored, _ := o.Magpie.Token(second.Text("id")); stored.User != other || o.use(first.Text("token")).Works() {
			t.Errorf("%s: the organization has %+v", kind, stored)
		}
		o.left()
		l.destroys()
		o.alive()
	}
}

// ended are the ways in which the organization shows a token that has ended.
func ended() map[string]func(*fake.Switches) {
	return map[string]func(*fake.Switches){
		"listed": func(*fake.Switches) {},
		"hidden": func(w *fake.Switches) { w.HideExpired = true },
		"word":   func(w *fake.Switches) { w.ExpiredWord = true },
	}
}

// TestMagpieAccessToken_expiredReplaced replaces tokens that have ended, in either order, and rotates an exclusive one.
func TestMagpieAccessToken_expiredReplaced(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind                string
		createBeforeDestroy bool
		want                protocoltest.Action
	}{
		{personal, false, protocoltest.Replace}, {service, true, protocoltest.Replace}, {exclusive, false, protocoltest.Rotate},
	} {
		o := emulate(t, switched(func(w *fake.Switches) { w.TokenLifetime, w.HideExpired = fakeapi.Duration(720*time.Hour), true }))
		l := o.subject(c.kind)
		l.CreateBeforeDestroy = c.createBeforeDestroy
		first := l.Does("create", nil)
		o.holdsWorking(first)
		o.Clock().Advance(721 * time.Hour)
		if l.refresh(); l.Object.Text("status") != "expired" {
			t.Errorf("%s: read %v", c.kind, l.Object)
		}
		second := l.Does(c.want, nil)
		o.holdsWorking(second)
		o.alive(second.Text("token"))
		if second.Text("status") != "active" || second.Text("id") == first.Text("id") || o.use(first.Text("token")).Works() {
			t.Errorf("%s: the state holds %v", c.kind, second)
		}
		// What has ended and is hidden cannot be deleted.
		if said := l.Destroy(); said.Failed() {
			t.Error(said.Errors())
		}
		o.alive()
	}
}

// TestMagpieAccessToken_expired says at the refresh what is going to happen, plans it, and can delete what has ended.
func TestMagpieAccessToken_expired(t *testing.T) {
	t.Parallel()
	for name, set := range ended() {
		for _, kind := range distinctKinds() {
			o := emulate(t, switched(func(w *fake.Switches) { w.TokenLifetime = fakeapi.Duration(time.Hour); set(w) }))
			made := o.engine(kind).Create(arguments(kind, nil))
			o.Clock().Advance(2 * time.Hour)
			p := o.engine(kind)
			read, diagnostics := p.Read(made)
			text := o.warned(diagnostics)
			want := "has expired: The token " + made.Text("id") + " expired at " + made.Text("expires_at") + ". It is planned for replacement."
			if kind == exclusive {
				want = "has expired: The token " + made.Text("id") + " of " + robot + " expired at " + made.Text("expires_at") + ". It is planned for rotation in place."
			}
			if !strings.Contains(text, want) {
				t.Errorf("%s, %s: %q", kind, name, text)
			}
			if read.Text("status") != "expired" {
				t.Errorf("%s, %s: %v", kind, name, read.Attributes)
			}
			planned := p.MustPlan(read, arguments(kind, nil))
			if planned.Replaces() != (kind != exclusive) || planned.IsKnown("id") {
				t.Errorf("%s, %s: planned %v", kind, name, planned.Attributes)
			}
			if kind == exclusive {
				o.holdsWorking(p.MustApply(planned))
				continue
			}
			p.Destroy(read)
			if name != "hidden" {
				o.left()
			}
		}
	}
}

// TestMagpieAccessToken_expiresBeforeApply applies a plan of a token that was alive when the plan was made, on a machine whose clock is slow:
// the organization's answers tell the time.
func TestMagpieAccessToken_expiresBeforeApply(t *testing.T) {
	t.Parallel()
	for name, set := range ended() {
		o := emulate(t, switched(func(w *fake.Switches) { w.TokenLifetime = fakeapi.Duration(time.Hour); set(w) }))
		o.env.Now = time.Now
		made := o.engine(service).Create(arguments(service, nil))
		config := arguments(service, values{"description": "new"})
		planned := o.engine(service).MustPlan(made, config)
		o.Clock().Advance(2 * time.Hour)
		applied, diagnostics := o.engine(service).Apply(planned)
		if name == "hidden" {
			o.refused(`it was deleted outside Terraform`, diagnostics)
		} else if diagnostics.Failed() {
			t.Error(diagnostics.Errors())
		}
		if applied == nil || applied.Text("token") != made.Text("token") {
			t.Errorf("%s: the state holds %v", name, applied)
		}
	}
}

// TestMagpieAccessToken_dueEdited: a token that is due stays where rotate_before_expiry is edited, and does not count as due any more. A
// disabled one is due like any other, and is disabled again then.
func TestMagpieAccessToken_dueEdited(t *testing.T) {
	t.Parallel()
	eachOf(t, distinctKinds(), func(t *testing.T, kind string) {
		t.Helper()
		for disabled, stays := range map[bool]string{false: "active", true: "disabled"} {
			o := monthly(t)
			l := o.subject(kind)
			config := values{"rotate_before_expiry": "168h", "disabled": disabled}
			first := l.Does("create", config)
			o.Clock().Advance(24 * day)
			if l.refresh(); l.Object.Text("status") != "due" {
				t.Errorf("%s: the status is %s", kind, l.Object.Text("status"))
			}
			edited := config.With(values{"rotate_before_expiry": "24h"})
			if plan := l.Plan(edited); plan.Text("status") != stays {
				t.Errorf("%s: the status is planned as %s", kind, plan.Attributes["status"])
			}
			if made := l.Does("update", edited); made.Text("token") != first.Text("token") || made.Text("status") != stays {
				t.Errorf("%s: the status is %s", kind, made.Text("status"))
			}
			// By a longer one it is due again, from the next refresh on.
			l.did("update", l.Run(config))
			if plan := l.Plan(config); plan.Action != protocoltest.Nothing {
				t.Errorf("%s: %s without a refresh", kind, plan.Action)
			}
			if run := l.Run(config); run.Failed != "" || l.Object.Text("token") == first.Text("token") || l.Object.Text("status") != stays {
				t.Errorf("%s: %s, the status is %s: %s", kind, run.Action, l.Object.Text("status"), run.Diagnostics)
			}
			l.destroys()
		}
	})
}
