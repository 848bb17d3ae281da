package magpie_test

import "testing"

// TestMagpieAccessToken_unidentifiedAndRefused does not take a refused login for a deleted token: the account may be locked, or the
// token disabled.
func TestMagpieAccessToken_unidentifiedAndRefused(t *testing.T) {
	t.Parallel()
	config := values{"rotation_triggers": generationOf("2"), "overlap": "72h"}
	atOnce(t, []string{"locked", "disabled", "locked, without another"}, func(t *testing.T, way string) {
		t.Helper()
		o, l, first, own, other := unidentified(t, service)
		o.Clock().Advance(settled)
		refuse := o.lock
		switch way {
		case "disabled":
			refuse = func(disabled bool) { o.disable(own, disabled) }
		case "locked, without another":
			o.forget(first.Text("id"))
		}
		refuse(true)
		l.refresh()
		if read := l.Object; read.Text("status") == "missing" || read.Text("token") == "" {
			t.Errorf("%s: read %v", way, l.Object)
		}
		l.Does("nothing", config)
		refuse(false)
		o.forget(other)
		found := l.Does("nothing", config)
		o.holdsWorking(found)
		if found.Text("id") != own {
			t.Errorf("%s: found %v", way, found.Attributes)
		}
		l.ends()
	})
}

// TestMagpieAccessToken_unidentifiedUnderLag counts the minted token among those that it could be, although others show first.
func TestMagpieAccessToken_unidentifiedUnderLag(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	l := o.subject(service)
	l.Does("create", values{"rotation_triggers": generationOf("1"), "overlap": "72h"})
	var others []string
	o.meanwhile(func() { others = []string{o.seed(robot).ID, o.seed(robot).ID}; o.fault("GET", userRoute, "lag:1", 1) })
	made := l.fails(`its id is not certain. It is one of: `, values{"rotation_triggers": generationOf("2"), "overlap": "72h"})
	for _, id := range others {
		o.forget(id)
	}
	o.Clock().Advance(settled)
	found := l.Does("nothing", values{"rotation_triggers": generationOf("2"), "overlap": "72h"})
	o.holdsWorking(found)
	if found.Text("token") != made.Text("token") {
		t.Errorf("found %v", found.Attributes)
	}
	l.ends()
}

// lock disables or enables the service account.
func (o *organization) lock(locked bool) {
	o.t.Helper()
	change := o.Magpie.EnableUser
	if locked {
		change = o.Magpie.DisableUser
	}
	if err := change(robot); err != nil {
		o.t.Error(err)
	}
}

func (o *organization) disable(id string, disabled bool) {
	o.t.Helper()
	if err := o.Magpie.SetDisabled(id, disabled); err != nil {
		o.t.Error(err)
	}
}
