package magpie_test

import "strings"

// arguments are those of the resource under test.
func arguments(kind string, more values) values {
	if kind == personal {
		return values{}.With(more)
	}
	return values{"user_name": robot}.With(more)
}

// generationOf are triggers.
func generationOf(name string) values { return values{"generation": name} }

// holdsWorking checks that an object's token works, and that its id is that of the token.
func (o *organization) holdsWorking(a *object) {
	o.t.Helper()
	if stored, ok := o.Magpie.Token(a.Text("id")); !ok || stored.Secret != a.Text("token") || !o.use(stored.Secret).Works() {
		o.t.Errorf("the token of the state does not work: %v", a)
	}
}

// left checks which tokens the organization holds.
func (o *organization) left(want ...string) {
	o.t.Helper()
	if ids := o.ids(); strings.Join(ids, " ") != strings.Join(want, " ") {
		o.t.Errorf("the organization holds %v instead of %v", ids, want)
	}
}

// asked checks how often the organization was asked for something.
func (o *organization) asked(method, route string, want int) {
	o.t.Helper()
	if err := o.sent(method, route, want)(nil); err != nil {
		o.t.Error(err)
	}
}
