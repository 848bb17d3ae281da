package magpie_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// subject is one resource of a test, taken through runs of Terraform.
type subject struct {
	*protocoltest.Workspace
	o    *organization
	kind string
}

func (o *organization) subject(kind string) *subject {
	return &subject{o: o, kind: kind, Workspace: &protocoltest.Workspace{
		T: o.t, Start: func() *protocoltest.Engine { return o.engine(kind) },
	}}
}

// overlapping is a configuration whose token is rotated in place by its generation, with an overlap of three days.
func overlapping(generation string, more ...values) values {
	return values{"rotation_triggers": generationOf(generation), "overlap": "72h"}.With(more...)
}

// inOverlap is a token that has just been rotated from generation 1 to 2, on an organization of its own.
func inOverlap(t *testing.T, kind string, more ...values) (o *organization, l *subject, previous, current *object) {
	t.Helper()
	o = emulate(t)
	l = o.subject(kind)
	previous = l.Does("create", overlapping("1", more...))
	return o, l, previous, l.Does("rotate", overlapping("2", more...))
}

// refresh reads the object in a run of its own, and returns the warnings.
func (s *subject) refresh() string {
	s.o.t.Helper()
	diagnostics := s.Refresh()
	if diagnostics.Failed() {
		s.o.t.Fatal(diagnostics.Errors())
	}
	return diagnostics.Warnings().String()
}

// Plan plans a configuration in a run of its own, without a refresh.
func (s *subject) Plan(config values) *protocoltest.Saved {
	s.o.t.Helper()
	return s.Workspace.Plan(arguments(s.kind, config))
}

// plans plans a configuration that must be accepted.
func (s *subject) plans(config values) *protocoltest.Saved {
	s.o.t.Helper()
	saved := s.Plan(config)
	if saved.Failed() {
		s.o.t.Fatal(saved.Diagnostics.Errors())
	}
	return saved
}

// Run refreshes, plans and applies.
func (s *subject) Run(config values) protocoltest.Run {
	s.o.t.Helper()
	return s.Workspace.Run(arguments(s.kind, config))
}

// Apply applies a plan that was made before.
func (s *subject) Apply(saved *protocoltest.Saved, config values) protocoltest.Run {
	s.o.t.Helper()
	return s.Workspace.Apply(saved, arguments(s.kind, config))
}

// Does runs a configuration, and expects that this is done, and that nothing is left to do.
func (s *subject) Does(want protocoltest.Action, config values) *object {
	s.o.t.Helper()
	return s.Workspace.Does(want, arguments(s.kind, config))
}

// did expects that a run has done this, and returns the object.
func (s *subject) did(want protocoltest.Action, run protocoltest.Run) *object {
	s.o.t.Helper()
	if run.Failed != "" || run.Action != want {
		s.o.t.Errorf("%s instead of %s: %s", run.Action, want, run.Diagnostics.Errors())
	}
	return s.Object
}

// fails runs a configuration, and expects an error. It returns what there is then.
func (s *subject) fails(message string, config values) *object {
	s.o.t.Helper()
	s.o.refused(message, s.Run(config).Diagnostics)
	return s.Object
}

// destroys destroys the object, and expects that only these tokens are left.
func (s *subject) destroys(left ...string) {
	s.o.t.Helper()
	if diagnostics := s.Destroy(); diagnostics.Failed() {
		s.o.t.Fatal(diagnostics.Errors())
	}
	s.o.left(left...)
}

// alive checks that exactly the tokens of these secrets are alive on the organization, and that each works.
func (o *organization) alive(secrets ...string) {
	o.t.Helper()
	for _, secret := range secrets {
		if !o.use(secret).Works() {
			o.t.Error("a token does not work")
		}
	}
	minted := o.Minted()
	if len(minted) != len(secrets) {
		o.t.Errorf("alive are %v instead of %d", minted, len(secrets))
	}
	for _, token := range minted {
		if stored, _ := o.Magpie.Token(token.ID); !slices.Contains(secrets, stored.Secret) {
			o.t.Errorf("the token %s is alive", token.ID)
		}
	}
}

// hasPrevious checks the previous token of an object.
func (o *organization) hasPrevious(now, previous *object) {
	o.t.Helper()
	if now.Text("previous_id") != previous.Text("id") || now.Text("previous_secret") != previous.Text("token") ||
		now.Text("previous_encrypted_secret") != previous.Text("encrypted_secret") || now.Text("previous_revoked_after") == "" {
		o.t.Errorf("the previous token is %v", now)
	}
}

func (o *organization) hasNoPrevious(now *object) {
	o.t.Helper()
	for name, v := range now.Attributes {
		if strings.HasPrefix(name, "previous_") && !v.IsNull() {
			o.t.Errorf("%s is %s", name, v)
		}
	}
}

// around checks that a time is near another.
func around(t *testing.T, got, want time.Time) {
	t.Helper()
	if got.Sub(want).Abs() > time.Minute {
		t.Errorf("%s is not about %s", got, want)
	}
}

// eachOf runs a test for several resources, in parallel.
func eachOf(t *testing.T, kinds []string, test func(t *testing.T, kind string)) {
	t.Helper()
	cases := map[string]string{}
	for _, kind := range kinds {
		cases[kind] = kind
	}
	eachCase(t, cases, test)
}

// eachCase runs the cases of a test in parallel.
func eachCase[C any](t *testing.T, cases map[string]C, run func(t *testing.T, c C)) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, c)
		})
	}
}
