package truefoundry_test

import (
	"context"
	"net/http"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry"
)

const (
	patType = "mint_truefoundry_personal_access_token"
	vaType  = "mint_truefoundry_virtual_account"
)

// args are arguments by name; those that are left out are null.
type args = protocoltest.Values

var schemas = sync.OnceValues(func() (*protocoltest.Schemas, error) { //nolint:gochecknoglobals // they never change
	return protocoltest.LoadSchemas(context.Background(), providerserver.NewProtocol6(&lone{system: truefoundry.System()})())
})

// engine starts a provider process for a type of resource, configured for the plane, with these arguments beside the usual ones.
func (p *plane) engine(name string, more ...args) *protocoltest.Engine {
	p.t.Helper()
	return protocoltest.Start(p.t, p.process(name, more...))
}

func (p *plane) process(name string, more ...args) protocoltest.Process {
	return protocoltest.Process{
		Server: p.server, Schemas: schemas, Resource: name,
		Block: args{"truefoundry": args{"base_url": p.base, "api_key": p.Bootstrap().Token}.With(more...)},
	}
}

// server is a provider of this system alone.
func (p *plane) server() (tfprotov6.ProviderServer, error) { return p.serverOn(p)() }

// serverOn is one that sends its requests through a network.
func (p *plane) serverOn(network http.RoundTripper) func() (tfprotov6.ProviderServer, error) {
	return protocoltest.Compared(p.alone(network))
}

func (p *plane) alone(network http.RoundTripper) *lone {
	return &lone{Shortcut: system.NewShortcut("mint", truefoundry.System().Resources), system: truefoundry.System(), transport: network, timeout: p.timeout, now: p.now, sleep: p.sleep, warning: p.warning, policy: p.policy}
}
