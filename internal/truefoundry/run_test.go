package truefoundry_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// subject is one resource of a test, taken through runs of Terraform.
type subject struct {
	*plane
	*protocoltest.Workspace
	name string
	// block are arguments of the provider beside the usual ones.
	block args
}

func (p *plane) subject(name string) *subject {
	s := &subject{plane: p, name: name}
	s.Workspace = &protocoltest.Workspace{T: p.t, Start: s.engine}
	return s
}

func (s *subject) engine() *protocoltest.Engine {
	s.t.Helper()
	return s.plane.engine(s.name, s.block)
}

// Does is [protocoltest.Workspace.Does] with fewer calls: where a refresh changes nothing, to the byte, the plan after it is the plan
// without it, and a second refresh finds what the first has found.
func (s *subject) Does(want protocoltest.Action, config args) {
	s.t.Helper()
	s.runs(want, config)
	if !s.stays(config) {
		s.Settled(config)
	}
}

// settles is Does where a refresh may not change anything.
func (s *subject) settles(want protocoltest.Action, config args) {
	s.t.Helper()
	s.runs(want, config)
	if !s.stays(config) {
		s.unchanged("after this " + string(want))
	}
}

// runs runs a configuration that must succeed and do this.
func (s *subject) runs(want protocoltest.Action, config args) {
	s.t.Helper()
	run := s.Run(config)
	if run.Failed != "" {
		s.t.Fatalf("the %s has failed: %s", run.Failed, run.Diagnostics.Errors())
	}
	if run.Action != want {
		s.t.Errorf("%s instead of %s", run.Action, want)
	}
}

// stays reports whether a refresh leaves the object as it is, to the byte. Then nothing may be planned.
func (s *subject) stays(config args) bool {
	s.t.Helper()
	e := s.engine()
	read, diagnostics := e.Read(s.Object)
	if diagnostics.Failed() || read == nil || len(s.Deposed) > 0 || !bytes.Equal(read.Private, s.Object.Private) || !bytes.Equal(read.State.MsgPack, s.Object.State.MsgPack) {
		return false
	}
	for _, name := range e.MustPlan(s.Object, config).Changes() {
		s.t.Errorf("a change of %s is planned, from %s", name, s.Object.Attributes[name])
	}
	return true
}

// refresh is what every run begins with.
func (s *subject) refresh() protocoltest.Diagnostics {
	s.t.Helper()
	diagnostics := s.Refresh()
	if diagnostics.Failed() {
		s.t.Fatal(diagnostics.Errors())
	}
	return diagnostics
}

// fails runs a configuration, which must fail and say this. It returns the run.
func (s *subject) fails(message string, config args) protocoltest.Run {
	s.t.Helper()
	run := s.Run(config)
	contains(s.t, run.Diagnostics.Errors(), message)
	return run
}

// succeeds runs a configuration that must succeed, whether or not that leaves nothing to do. It returns what the provider says.
func (s *subject) succeeds(config args) protocoltest.Diagnostics {
	s.t.Helper()
	run := s.Run(config)
	if run.Failed != "" {
		s.t.Fatal(run.Diagnostics.Errors())
	}
	return run.Diagnostics
}

// reads runs a configuration that must do what is expected, whose apply is not told which token there is then: the next refresh reads
// it, and leaves nothing to do.
func (s *subject) reads(want protocoltest.Action, config args) {
	s.t.Helper()
	if run := s.Run(config); run.Failed != "" || run.Action != want {
		s.t.Fatalf("%s instead of %s: %s", run.Action, want, run.Diagnostics.Errors())
	}
	s.refresh()
	s.Settled(config)
}

// destroyed applies the end of the object, also one that its plan refuses, and returns what the provider says.
func (s *subject) destroyed() protocoltest.Diagnostics {
	s.t.Helper()
	left, diagnostics := s.engine().TryDestroy(s.Object)
	s.Object = left
	return diagnostics
}

// planDestroy is what the provider says to a plan of the object's end.
func (s *subject) planDestroy() protocoltest.Diagnostics {
	s.t.Helper()
	return s.engine().PlanDestroy(s.Object).Diagnostics
}

// imports takes the object out of the state, and imports one by its name or id.
func (s *subject) imports(name string) {
	s.t.Helper()
	s.Object = s.engine().MustImport(name)
}

func (s *subject) text(name string) string { return s.Object.Text(name) }

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

// importsSame fails the test unless an import by name has the same attributes, but for those that no server tells.
func (s *subject) importsSame(but ...string) {
	s.t.Helper()
	imported := s.engine().MustImport(s.text("name"))
	// The version is that of the creation by the server's word, and not by the answer to the mint.
	for _, name := range s.Object.Differences(imported.Attributes) {
		if !slices.Contains(append(but, "secret_version"), name) {
			s.t.Errorf("%s was imported as %s instead of %s", name, imported.Attributes[name], s.Object.Attributes[name])
		}
	}
}

// end destroys the resource; nothing that was minted may be alive afterwards, and nothing may have been read by its name.
func (s *subject) end() {
	s.t.Helper()
	s.refresh()
	if diagnostics := s.Destroy(); diagnostics.Failed() {
		s.t.Error(diagnostics.Errors())
	}
	s.living(0)
	s.neverCreatedByReading()
}

// neverCreatedByReading fails the test if a name was looked up in the way that creates what it does not find.
func (p *plane) neverCreatedByReading() {
	p.t.Helper()
	if n := p.requests("GET", getOrCreate); n != 0 {
		p.t.Errorf("%d requests to the route that creates on read", n)
	}
}

// contains fails the test unless a message holds a text.
func contains(t *testing.T, message any, text string) {
	t.Helper()
	if said := fmt.Sprint(message); !strings.Contains(said, text) {
		t.Errorf("%q does not hold %q", said, text)
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
