package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// whole is all that the real provider registers: its schema is sent once per process, and that costs too.
type whole interface {
	provider.ProviderWithFunctions
	provider.ProviderWithEphemeralResources
	provider.ProviderWithListResources
	provider.ProviderWithActions
}

// floor is a provider without a system behind it.
type floor struct{ whole }

// newProvider empties the handlers of a provider. One that registers less than the shipped one does is a fault of the benchmark.
func newProvider(shipped provider.Provider) provider.Provider {
	all, ok := shipped.(whole)
	if !ok {
		panic(fmt.Sprintf("%T does not register every kind of object", shipped))
	}
	return floor{all}
}

// Configure implements [provider.Provider].
func (floor) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

// Resources implements [provider.Provider].
func (f floor) Resources(ctx context.Context) []func() resource.Resource {
	var all []func() resource.Resource
	for _, newReal := range f.whole.Resources(ctx) {
		all = append(all, func() resource.Resource { return newEmpty(newReal()) })
	}
	return all
}

// empty is a resource that keeps what it is given.
type empty struct{ shipped resource.Resource }

// identified is an empty resource with an identity.
type identified struct {
	empty
	shipped resource.ResourceWithIdentity
}

func newEmpty(shipped resource.Resource) resource.Resource {
	if with, ok := shipped.(resource.ResourceWithIdentity); ok {
		return identified{empty{shipped}, with}
	}
	return empty{shipped}
}

// IdentitySchema implements [resource.ResourceWithIdentity].
func (r identified) IdentitySchema(ctx context.Context, req resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	r.shipped.IdentitySchema(ctx, req, resp)
}

// Read gives an object its identity where the engine has not kept it; engines before Terraform 1.12 never do.
func (r identified) Read(ctx context.Context, _ resource.ReadRequest, resp *resource.ReadResponse) {
	if resp.Identity != nil && resp.Identity.Raw.IsNull() {
		resp.Identity.Raw = sample(tftypes.NewAttributePath(), resp.Identity.Schema.Type().TerraformType(ctx))
	}
}

// Metadata implements [resource.Resource].
func (r empty) Metadata(ctx context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	r.shipped.Metadata(ctx, req, resp)
}

// Schema implements [resource.Resource].
func (r empty) Schema(ctx context.Context, req resource.SchemaRequest, resp *resource.SchemaResponse) {
	r.shipped.Schema(ctx, req, resp)
}

// Create stores the plan, with something in the place of everything that is computed.
func (r empty) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	known, err := filled(req.Plan.Raw)
	if err == nil && resp.Identity != nil {
		of := resp.Identity.Schema.Type().TerraformType(ctx)
		resp.Identity.Raw = sample(tftypes.NewAttributePath(), of)
	}
	if err != nil {
		resp.Diagnostics = diag.Diagnostics{diag.NewErrorDiagnostic("No value for a computed attribute", err.Error())}
	}
	resp.State.Raw = known
}

// Read implements [resource.Resource].
func (r empty) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

// Update implements [resource.Resource].
func (r empty) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	known, err := filled(req.Plan.Raw)
	if err != nil {
		resp.Diagnostics = diag.Diagnostics{diag.NewErrorDiagnostic("No value for a computed attribute", err.Error())}
	}
	resp.State.Raw = known
}

// Delete implements [resource.Resource].
func (r empty) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// filled replaces what is unknown.
func filled(plan tftypes.Value) (tftypes.Value, error) {
	return tftypes.Transform(plan, func(at *tftypes.AttributePath, value tftypes.Value) (tftypes.Value, error) {
		if value.IsKnown() {
			return value, nil
		}
		return sample(at, value.Type()), nil
	})
}

// sample is a value of the size that a real one has: a token has no previous one and is not encrypted, and its times are times.
func sample(at *tftypes.AttributePath, of tftypes.Type) tftypes.Value {
	name := attributeName(at)
	switch {
	case strings.HasPrefix(name, "previous_"), strings.HasPrefix(name, "encrypted_"):
		return tftypes.NewValue(of, nil)
	case strings.HasSuffix(name, "_at"), strings.HasSuffix(name, "_date"):
		return tftypes.NewValue(of, "2035-01-31T00:00:00Z")
	case of.Is(tftypes.String):
		return tftypes.NewValue(of, "2c9180867624cbd7017642d8c8c81f67")
	case of.Is(tftypes.Number):
		return tftypes.NewValue(of, 1)
	case of.Is(tftypes.Bool):
		return tftypes.NewValue(of, false)
	}
	object, ok := of.(tftypes.Object)
	if !ok {
		return tftypes.NewValue(of, nil)
	}
	values := map[string]tftypes.Value{}
	for field, fieldType := range object.AttributeTypes {
		values[field] = sample(at.WithAttributeName(field), fieldType)
	}
	return tftypes.NewValue(of, values)
}

// attributeName is the last name on a path, or nothing.
func attributeName(at *tftypes.AttributePath) string {
	if at == nil || len(at.Steps()) == 0 {
		return ""
	}
	name, _ := at.LastStep().(tftypes.AttributeName)
	return string(name)
}
