package magpie_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/provider"
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

// impatience makes the provider give up at once.
func impatience(block values) { block["http"] = values{"max_retries": 0} }

// loggedInWith gives the provider another access token.
func (o *organization) loggedInWith(token any) func(block values) {
	return func(block values) {
		block["magpie"] = values{"base_url": o.URL("magpie"), "access_token": token}
	}
}

// engine starts a provider process for a resource, configured for the organization.
func (o *organization) engine(kind string, options ...func(block values)) *protocoltest.Engine {
	o.t.Helper()
	return protocoltest.Start(o.t, o.process(kind, options...))
}

// together starts one provider process for several resources.
func (o *organization) together(kinds ...string) map[string]*protocoltest.Engine {
	o.t.Helper()
	server, err := o.factories()["mint"]()
	engines := map[string]*protocoltest.Engine{}
	for _, kind := range kinds {
		process := o.process(kind)
		process.Server = func() (tfprotov6.ProviderServer, error) { return server, err }
		engines[kind] = protocoltest.Start(o.t, process)
	}
	return engines
}

func (o *organization) process(kind string, options ...func(block values)) protocoltest.Process {
	block := values{}
	o.loggedInWith(o.Magpie.Bootstrap().AccessToken)(block)
	if o.policy != nil {
		block["policy"] = o.policy
	}
	for _, option := range options {
		option(block)
	}
	return protocoltest.Process{Server: protocoltest.Compared(provider.NewIn(o.env)()), Schemas: schemas, Resource: kind, Block: block}
}

// engineOn starts a provider process with a network of its own.
func (o *organization) engineOn(network *protocoltest.Network, kind string, options ...func(block values)) *protocoltest.Engine {
	o.t.Helper()
	process, env := o.process(kind, options...), o.env
	env.Transport = network
	process.Server, process.Network = protocoltest.Compared(provider.NewIn(env)()), network
	return protocoltest.Start(o.t, process)
}

// refused expects an error that says this.
func (o *organization) refused(message string, diagnostics protocoltest.Diagnostics) {
	o.t.Helper()
	if text := diagnostics.Errors().String(); !says(message).MatchString(text) {
		o.t.Errorf("no error says %q: %q", message, text)
	}
}

// refusedAt expects an error that says this of an argument, which is named by its steps.
func (o *organization) refusedAt(message string, diagnostics protocoltest.Diagnostics, steps ...string) {
	o.t.Helper()
	at := tftypes.NewAttributePath()
	for _, step := range steps {
		at = at.WithAttributeName(step)
	}
	if !slices.ContainsFunc(diagnostics.Errors(), func(d *tfprotov6.Diagnostic) bool {
		return at.Equal(d.Attribute) && says(message).MatchString(d.Summary+": "+d.Detail)
	}) {
		o.t.Errorf("no error of %s says %q: %q", at, message, diagnostics)
	}
}

// fails expects an error that says this, and returns what there is in spite of it.
func (o *organization) fails(message string) func(*object, protocoltest.Diagnostics) *object {
	o.t.Helper()
	return func(left *object, diagnostics protocoltest.Diagnostics) *object {
		o.t.Helper()
		o.refused(message, diagnostics)
		return left
	}
}

// warned are the warnings of an answer without an error.
func (o *organization) warned(diagnostics protocoltest.Diagnostics) string {
	o.t.Helper()
	if diagnostics.Failed() {
		o.t.Error(diagnostics.Errors())
	}
	return diagnostics.Warnings().String()
}

// known is an object of which a state knows no more than this.
func (o *organization) known(e *protocoltest.Engine, attributes values) *object {
	o.t.Helper()
	raw, err := json.Marshal(attributes)
	if err != nil {
		o.t.Fatal(err)
	}
	return e.Upgrade(raw, nil)
}

// same reports whether two objects have the same attributes.
func same(a, b *object) bool {
	return a != nil && b != nil && len(a.Differences(b.Attributes)) == 0
}
