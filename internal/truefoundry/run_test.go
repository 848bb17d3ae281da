package truefoundry_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// subject is one resource of a test, taken through runs of Terraform.
type subject struct {
	*plane
	name string
	// block are arguments of the provider beside the usual ones.
	block args
	// now is the resource; nil while there is none.
	now *object
}

func (p *plane) subject(name string) *subject { return &subject{plane: p, name: name} }

func (s *subject) engine() *engine {
	s.t.Helper()
	return s.plane.engine(s.name, s.block)
}

// refresh is what every run begins with.
func (s *subject) refresh() []*tfprotov6.Diagnostic {
	s.t.Helper()
	e := s.engine()
	next, diagnostics := e.read(s.now)
	e.fine(diagnostics)
	s.now = next
	return diagnostics
}

// apply runs plan and apply, checks that the next plan is empty, and says what was done.
func (s *subject) apply(config args) string {
	s.t.Helper()
	done, diagnostics := s.try(config)
	s.engine().fine(diagnostics)
	s.settled(config)
	return done
}

// try runs plan and apply, which may fail: each in a provider process of its own, and the apply plans again.
func (s *subject) try(config args) (string, []*tfprotov6.Diagnostic) {
	s.t.Helper()
	e := s.engine()
	if s.now != nil {
		next, diagnostics := e.read(s.now)
		if failed(diagnostics) != "" {
			return "refresh", diagnostics
		}
		s.now = next
	}
	early := e.plan(s.now, config)
	if failed(early.Diagnostics) != "" {
		return "plan", early.Diagnostics
	}
	replaces := len(early.RequiresReplace) > 0
	if replaces {
		if created := e.plan(nil, config); failed(created.Diagnostics) != "" {
			return "plan", created.Diagnostics
		}
	}
	late := s.engine()
	again := late.plan(s.now, config)
	e.narrows(early, again)
	done := "update"
	switch {
	case s.now == nil:
		done = "create"
	case replaces:
		done = "replace"
		if diagnostics := late.destroy(s.now); failed(diagnostics) != "" {
			return done, diagnostics
		}
		s.now, again = nil, late.plan(nil, config)
	case len(e.changes(s.now, again)) == 0:
		return "nothing", nil
	}
	if failed(again.Diagnostics) != "" {
		return done, again.Diagnostics
	}
	made, diagnostics := late.carryOut(s.now, again, config)
	s.now = made
	if late.attributes(made.state) == nil {
		s.now = nil
	}
	return done, diagnostics
}

// settled fails the test unless the next plan is empty.
func (s *subject) settled(config args) {
	s.t.Helper()
	e := s.engine()
	next, diagnostics := e.read(s.now)
	e.fine(diagnostics)
	if s.now = next; next == nil {
		s.t.Fatal("the object is gone")
	}
	plan := e.plan(s.now, config)
	e.fine(plan.Diagnostics)
	if names := e.changes(s.now, plan); len(names) > 0 {
		s.t.Errorf("changes of %v are planned", names)
	}
}

// does applies and fails the test unless that did what is expected.
func (s *subject) does(want string, config args) {
	s.t.Helper()
	if got := s.apply(config); got != want {
		s.t.Errorf("%s instead of %s", got, want)
	}
}

func (s *subject) text(name string) string {
	s.t.Helper()
	return s.engine().text(s.now, name)
}

// works fails the test unless the token of the state authenticates, and returns it.
func (s *subject) works() string {
	s.t.Helper()
	token := s.text("token")
	s.check(token, true)
	return token
}

// check fails the test unless a token authenticates, or does not.
func (p *plane) check(token string, works bool) {
	p.t.Helper()
	if err := p.authenticates(&token, works)(nil); err != nil {
		p.t.Error(err)
	}
}

// imports fails the test unless an import by name has the same attributes, but for those that no server tells.
func (s *subject) imports(but ...string) {
	s.t.Helper()
	e := s.engine()
	adopted := e.adopt(s.text("name"))
	mine := e.attributes(s.now.state)
	for name, got := range e.attributes(adopted.state) {
		if !got.Equal(mine[name]) && !slices.Contains(but, name) {
			s.t.Errorf("%s was imported as %s instead of %s", name, got, mine[name])
		}
	}
}

// end destroys the resource; nothing that was minted may be alive afterwards, and nothing may have been read by its name.
func (s *subject) end() {
	s.t.Helper()
	e := s.engine()
	if s.now != nil {
		s.refresh()
	}
	if s.now != nil {
		e.fine(e.planDestroy(s.now))
		e.fine(s.engine().destroy(s.now))
	}
	if err := s.alive(0)(nil); err != nil {
		s.t.Error(err)
	}
	if n := s.requests("GET", getOrCreate); n != 0 {
		s.t.Errorf("%d requests to the route that creates on read", n)
	}
}

// contains fails the test unless a message holds a text.
func contains(t *testing.T, message, text string) {
	t.Helper()
	if !strings.Contains(message, text) {
		t.Errorf("%q does not hold %q", message, text)
	}
}

// each runs a test once for each word, in parallel, on a control plane of its own that may be switched by the word.
func each(t *testing.T, words []string, change func(w *fake.Switches, word string), test func(p *plane, word string)) {
	t.Helper()
	for _, word := range words {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			test(emulate(t, func(w *fake.Switches) {
				if change != nil {
					change(w, word)
				}
			}), word)
		})
	}
}

// switched runs a test once for each kind of control plane, in parallel.
func switched(t *testing.T, planes map[string]func(*fake.Switches), test func(*plane, string)) {
	t.Helper()
	for name, change := range planes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(emulate(t, change), name)
		})
	}
}
