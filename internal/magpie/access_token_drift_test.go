package magpie_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// TestMagpieAccessToken_goneElsewhere plans again what somebody else has deleted, alone or with its account.
func TestMagpieAccessToken_goneElsewhere(t *testing.T) {
	t.Parallel()
	eachOf(t, kinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t)
		l := o.subject(kind)
		first := l.Does("create", nil)
		o.Clock().Advance(afterLag)
		o.forget(first.Text("id"))
		second := l.Does("create", nil)
		o.holdsWorking(second)
		o.alive(second.Text("token"))
		if kind != personal {
			o.Clock().Advance(afterLag)
			if err := o.Magpie.DropUser(robot); err != nil {
				t.Error(err)
			}
			const message = `Check user_name: it must be the user name of a service account of this organization`
			if left := l.fails(message, nil); left != nil {
				t.Errorf("the state holds %v", left)
			}
			o.user(robot)
			third := l.Does("create", nil)
			o.holdsWorking(third)
			o.alive(third.Text("token"))
		}
		l.destroys()
	})
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
		"not read back":             {func(o *organization) { o.fault("GET", userRoute, "slow:1ms", 1); o.fault("GET", userRoute, "html", 1) }, `could not be read`},
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

// TestMagpieServiceAccountAccessToken_userNames brings unusual user names through every route.
func TestMagpieServiceAccountAccessToken_userNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"robot+ci@example.com", "team/robot", "two words", "żółw%2Fé?#&=", "{id}"} {
		o := emulate(t, switched(func(w *fake.Switches) { w.PlusIsSpace = true }))
		o.user(name)
		var made []*subject
		// The exclusive kind deletes every token of the account when it is created.
		for _, kind := range []string{exclusive, service} {
			l := o.subject(kind)
			made = append(made, l)
			o.holdsWorking(l.Does("create", values{"user_name": name}))
			l.did("update", l.Run(values{"user_name": name, "description": "x", "disabled": true}))
			stored, _ := o.Magpie.Token(l.Object.Text("id"))
			if stored.User != name || stored.Description != "x" || !stored.Disabled || l.Object.Text("status") != "disabled" {
				t.Errorf("%s of %s: the organization has %+v", kind, name, stored)
			}
		}
		read, diagnostics := o.engine(service).ReadDataSource(service+"s", values{"user_name": name})
		var listed []tftypes.Value
		if err := read["tokens"].As(&listed); err != nil || diagnostics.Failed() || len(listed) != 2 {
			t.Errorf("%s: listed %v, said %s", name, listed, diagnostics)
		}
		for _, l := range made {
			l.destroys()
		}
		if left := o.Magpie.Tokens(name); len(left) != 0 {
			t.Errorf("%s has %+v", name, left)
		}
	}
}

// TestMagpieServiceAccountAccessToken_refusedUserNames refuses what would turn a route into another. Terraform asks once more when an
// apply has told a name that the plan did not know.
func TestMagpieServiceAccountAccessToken_refusedUserNames(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	for _, kind := range distinctKinds() {
		p := o.engine(kind)
		for _, name := range []any{"", ".", ".."} {
			o.refusedAt(`Attribute user_name`, p.Validate(values{"user_name": name}), "user_name")
			o.refusedAt(`Attribute user_name`, p.ValidateDataSource(service+"s", values{"user_name": name}), "user_name")
		}
		for _, name := range []any{protocoltest.Unknown, "..."} {
			if said := p.Validate(values{"user_name": name}); len(said) > 0 {
				t.Errorf("%s: %v is refused: %s", kind, name, said)
			}
		}
	}
	o.asked("", "", 0)
}
