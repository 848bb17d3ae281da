package sailpoint_test

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/provider"
)

const (
	resourceType   = "mint_sailpoint_personal_access_token"
	dataSourceType = "mint_sailpoint_personal_access_tokens"
)

type (
	// values are arguments by name; those that are left out are null.
	values = protocoltest.Values
	// object is a resource as Terraform keeps it.
	object = protocoltest.Object
)

var schemas = sync.OnceValues(func() (*protocoltest.Schemas, error) { //nolint:gochecknoglobals // they never change
	return protocoltest.LoadSchemas(context.Background(), providerserver.NewProtocol6(provider.New("test")())())
})

// engine starts a provider process of its own, configured for the tenant, with these arguments beside the usual ones.
func (s *tenant) engine(more ...values) *protocoltest.Engine {
	s.t.Helper()
	return protocoltest.Start(s.t, s.process(more...))
}

func (s *tenant) process(more ...values) protocoltest.Process {
	arguments := values{}
	for _, setting := range s.Settings("sailpoint") {
		arguments[setting.Argument] = setting.Value
	}
	block := values{"sailpoint": arguments.With(more...)}
	if s.http != nil {
		block["http"] = s.http
	}
	if s.expiryWarning != "" {
		block["expiry_warning"] = s.expiryWarning
	}
	if s.policy != nil {
		block["policy"] = s.policy
	}
	return protocoltest.Process{Server: protocoltest.Compared(provider.NewIn(s.env)()), Schemas: schemas, Resource: resourceType, Block: block}
}

// engineOn starts a provider process with a network of its own.
func (s *tenant) engineOn(network *protocoltest.Network, more ...values) *protocoltest.Engine {
	s.t.Helper()
	process, env := s.process(more...), s.env
	env.Transport = network
	process.Server, process.Network = protocoltest.Compared(provider.NewIn(env)()), network
	return protocoltest.Start(s.t, process)
}

// workspace is one that holds an object, or nothing.
func (s *tenant) workspace(from *object, more ...values) *protocoltest.Workspace {
	return &protocoltest.Workspace{T: s.t, Object: from, Start: func() *protocoltest.Engine { return s.engine(more...) }}
}

// run refreshes, plans and applies as terraform apply does, if anything is planned. It returns what there is then, and the plan, which is
// nil when nothing was planned.
func (s *tenant) run(from *object, config values, more ...values) (*object, *protocoltest.Saved) {
	s.t.Helper()
	w := s.workspace(from, more...)
	run := w.Run(config)
	if run.Failed != "" {
		s.t.Fatalf("the %s has failed: %s", run.Failed, run.Diagnostics.Errors())
	}
	if run.Saved.Action == protocoltest.Nothing {
		return w.Object, nil
	}
	return w.Object, run.Saved
}

// plansNothing fails the test unless nothing is planned for an object, and returns it refreshed.
func (s *tenant) plansNothing(of *object, config values, more ...values) *object {
	s.t.Helper()
	w := s.workspace(of, more...)
	w.Settled(config)
	return w.Object
}

// made applies a configuration where there is nothing yet.
func (s *tenant) made(config values, more ...values) *object {
	s.t.Helper()
	made, _ := s.run(nil, config, more...)
	return made
}

// refreshed reads an object in a process of its own.
func (s *tenant) refreshed(from *object, more ...values) (*protocoltest.Engine, *object, protocoltest.Diagnostics) {
	s.t.Helper()
	e := s.engine(more...)
	read, diagnostics := e.Read(from)
	e.NoError(diagnostics)
	return e, read, diagnostics
}

// rotatedInPlace runs a configuration that must rotate in place.
func (s *tenant) rotatedInPlace(from *object, config values, more ...values) *object {
	s.t.Helper()
	after, saved := s.run(from, config, more...)
	switch {
	case saved == nil:
		s.t.Fatal("nothing is planned")
	case saved.Replaces():
		s.t.Fatalf("replacement for %v", saved.RequiresReplace)
	case after.Text("id") == from.Text("id"):
		s.t.Fatal("the token has not been rotated")
	}
	return after
}

// failed returns the one error; nil when there is none.
func (s *tenant) failed(diagnostics protocoltest.Diagnostics) *tfprotov6.Diagnostic {
	s.t.Helper()
	switch errors := diagnostics.Errors(); len(errors) {
	case 0:
		return nil
	case 1:
		return errors[0]
	default:
		s.t.Errorf("%d errors: %s", len(errors), errors)
		return errors[0]
	}
}

// pointsAt checks that a diagnostic stands at an attribute of the resource itself.
func (s *tenant) pointsAt(d *tfprotov6.Diagnostic, name string) {
	s.t.Helper()
	if want := tftypes.NewAttributePath().WithAttributeName(name); d.Attribute == nil || !d.Attribute.Equal(want) {
		s.t.Errorf("%q stands at %s instead of %s", d.Summary, d.Attribute, want)
	}
}

// warned returns the summaries of the warnings.
func warned(diagnostics protocoltest.Diagnostics) string { return diagnostics.Warnings().Summaries() }

// isNull fails the test unless all these attributes are null.
func (s *tenant) isNull(of *object, names ...string) {
	s.t.Helper()
	for _, name := range names {
		if !of.IsNull(name) {
			s.t.Errorf("%s is %s", name, of.Attributes[name])
		}
	}
}
