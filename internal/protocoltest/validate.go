package protocoltest

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Validate says what the provider finds wrong with its block, before it is configured.
func (p Process) Validate(tb testing.TB) Diagnostics {
	tb.Helper()
	server, err := p.Server()
	if err != nil {
		tb.Fatal(err)
	}
	schemas, err := p.Schemas()
	if err != nil {
		tb.Fatal(err)
	}
	e := &Engine{t: tb, ctx: tb.Context()}
	answer, err := server.ValidateProviderConfig(e.ctx, &tfprotov6.ValidateProviderConfigRequest{Config: e.dynamic(schemas.provider, p.Block)})
	if err != nil {
		tb.Fatal(err)
	}
	return answer.Diagnostics
}

// ValidateDataSource says what the provider finds wrong with the configuration of a data source by itself.
func (e *Engine) ValidateDataSource(name string, config Values) Diagnostics {
	e.t.Helper()
	answer, err := e.server.ValidateDataResourceConfig(e.ctx, &tfprotov6.ValidateDataResourceConfigRequest{
		TypeName: name, Config: e.dynamic(e.schemas.dataSources[name], config),
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return answer.Diagnostics
}

// Generate is the configuration that Terraform writes for an object that it imports: all arguments that the state has a value for.
func (e *Engine) Generate(of *Object) Values {
	generated := Values{}
	for _, attribute := range e.schema.attributes {
		if attribute.Optional && !attribute.Deprecated && !of.IsNull(attribute.Name) {
			generated[attribute.Name] = of.Attributes[attribute.Name]
		}
	}
	return generated
}
