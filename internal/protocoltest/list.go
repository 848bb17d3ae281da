package protocoltest

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// defaultLimit is how many rows Terraform asks for when the list block does not say.
const defaultLimit = 100

// ListOptions are what a list block says beside its configuration.
type ListOptions struct {
	// IncludeResource asks for the resource of each row.
	IncludeResource bool
	// Limit is how many rows are wanted at most; 0 is what Terraform asks for by itself.
	Limit int64
}

// Listed is one row of a list.
type Listed struct {
	DisplayName string
	Identity    Attributes
	// Resource is nil unless it was asked for.
	Resource *Object
}

// lister is the provider, which must list.
func (e *Engine) lister() tfprotov6.ListResourceServer {
	e.t.Helper()
	server, lists := e.server.(tfprotov6.ListResourceServer)
	if !lists {
		e.t.Fatal("the provider lists nothing")
	}
	return server
}

// ValidateList says what the provider finds wrong with the configuration of a list by itself.
func (e *Engine) ValidateList(name string, config Values) Diagnostics {
	e.t.Helper()
	answer, err := e.lister().ValidateListResourceConfig(e.ctx, &tfprotov6.ValidateListResourceConfigRequest{
		TypeName: name, Config: e.dynamic(declared(e, "list resource", e.schemas.lists, name), config),
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return answer.Diagnostics
}

// List validates the configuration of a list, as Terraform does each time, and lists. It returns no rows when one of the two fails: one
// error hides the rows before it, too. It returns nothing when the process has died.
func (e *Engine) List(name string, config Values, options ListOptions) ([]Listed, Diagnostics) {
	e.t.Helper()
	kind := declared(e, "list resource", e.schemas.lists, name)
	schema := declared(e, "resource", e.schemas.resources, name)
	if schema.identity == nil {
		e.t.Fatalf("the resource %q has no identity, which every row of a list needs", name)
	}
	request := &tfprotov6.ListResourceRequest{
		TypeName: name, Config: e.dynamic(kind, config), IncludeResource: options.IncludeResource, Limit: options.Limit,
	}
	if request.Limit == 0 {
		request.Limit = defaultLimit
	}
	e.allKnown(e.decode(kind, request.Config), "listed")
	diagnostics := e.ValidateList(name, config)
	if diagnostics.Failed() {
		return nil, diagnostics
	}
	answers := call(e, rows(e.lister()), request)
	if answers == nil {
		return nil, diagnostics
	}
	var list []Listed
	for _, answer := range *answers {
		failed := diagnostics.Failed()
		diagnostics = append(diagnostics, answer.Diagnostics...)
		e.blameless(answer.Diagnostics)
		switch {
		case failed:
			e.t.Errorf("%q is listed after an error, where Terraform has stopped", answer.DisplayName)
		case Diagnostics(answer.Diagnostics).Failed(), isRemark(answer):
		default:
			list = append(list, e.listed(schema, answer, options))
		}
	}
	if diagnostics.Failed() {
		return nil, diagnostics
	}
	return list, diagnostics
}

// rows takes rows until there are as many as are wanted. It goes on after an error, to see whether the provider does.
func rows(from tfprotov6.ListResourceServer) func(context.Context, *tfprotov6.ListResourceRequest) (*[]tfprotov6.ListResourceResult, error) {
	return func(ctx context.Context, request *tfprotov6.ListResourceRequest) (*[]tfprotov6.ListResourceResult, error) {
		answer, err := from.ListResource(ctx, request)
		if err != nil {
			return nil, err
		}
		results, count := []tfprotov6.ListResourceResult{}, int64(0)
		for result := range answer.Results {
			results = append(results, result)
			if !isRemark(result) {
				count++
			}
			if count == request.Limit {
				break
			}
		}
		return &results, nil
	}
}

// isRemark reports whether a result is no row, but says something about the list.
func isRemark(result tfprotov6.ListResourceResult) bool {
	return len(result.Diagnostics) > 0 && (result.Identity == nil || result.Identity.IdentityData == nil)
}

// listed takes a row apart. It fails the test where Terraform could make nothing of it.
func (e *Engine) listed(schema resourceSchema, from tfprotov6.ListResourceResult, options ListOptions) Listed {
	e.t.Helper()
	row := Listed{DisplayName: from.DisplayName}
	if from.Identity != nil {
		row.Identity = e.decode(schema.identity, from.Identity.IdentityData)
	}
	if e.wholly(row.Identity, "the list"); allNull(row.Identity) {
		e.t.Errorf("%q is listed without an identity", row.DisplayName)
	}
	if !options.IncludeResource {
		return row
	}
	attributes := e.decode(schema.kind, from.Resource)
	if attributes == nil {
		e.t.Errorf("%q is listed without its resource", row.DisplayName)
		return row
	}
	e.wholly(attributes, "the list")
	row.Resource = &Object{Attributes: attributes, State: from.Resource, Identity: from.Identity, IdentityAttributes: row.Identity}
	return row
}

func allNull(attributes Attributes) bool {
	for name := range attributes {
		if !attributes.IsNull(name) {
			return false
		}
	}
	return true
}
