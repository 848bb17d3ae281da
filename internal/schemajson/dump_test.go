package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// declared is a provider server that only answers what it declares.
type declared struct {
	tfprotov6.ProviderServer
	schemas    *tfprotov6.GetProviderSchemaResponse
	identities *tfprotov6.GetResourceIdentitySchemasResponse
}

func (d declared) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return d.schemas, nil
}

func (d declared) GetResourceIdentitySchemas(
	context.Context, *tfprotov6.GetResourceIdentitySchemasRequest,
) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return d.identities, nil
}

func block(attributes ...*tfprotov6.SchemaAttribute) *tfprotov6.SchemaBlock {
	return &tfprotov6.SchemaBlock{Attributes: attributes}
}

// everyKind declares one object of each kind, with every feature of schemas
// among them.
func everyKind() declared {
	name := &tfprotov6.SchemaAttribute{Name: "name", Type: tftypes.String, Required: true}
	return declared{
		schemas: &tfprotov6.GetProviderSchemaResponse{
			Provider: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{
				Description: "A provider.", DescriptionKind: tfprotov6.StringKindMarkdown, Deprecated: true,
			}},
			ResourceSchemas: map[string]*tfprotov6.Schema{"x_r": {Version: 3, Block: &tfprotov6.SchemaBlock{
				Attributes: []*tfprotov6.SchemaAttribute{
					{Name: "tags", Type: tftypes.Map{ElementType: tftypes.String}, Optional: true, Computed: true, Deprecated: true, Description: "Tags."},
					{Name: "key", Type: tftypes.String, Optional: true, Sensitive: true, WriteOnly: true, DescriptionKind: tfprotov6.StringKindMarkdown},
					{Name: "owner", Computed: true, NestedType: &tfprotov6.SchemaObject{
						Nesting: tfprotov6.SchemaObjectNestingModeList, Attributes: []*tfprotov6.SchemaAttribute{name},
					}},
				},
				BlockTypes: []*tfprotov6.SchemaNestedBlock{{
					TypeName: "rule", Nesting: tfprotov6.SchemaNestedBlockNestingModeSet, MinItems: 1, MaxItems: 2, Block: block(name),
				}},
			}}},
			DataSourceSchemas:        map[string]*tfprotov6.Schema{"x_d": {Block: block(name)}},
			EphemeralResourceSchemas: map[string]*tfprotov6.Schema{"x_e": {Block: block(name)}},
			ListResourceSchemas:      map[string]*tfprotov6.Schema{"x_r": {Block: block(name)}},
			ActionSchemas:            map[string]*tfprotov6.ActionSchema{"x_a": {Schema: &tfprotov6.Schema{Block: block(name)}}},
			Functions: map[string]*tfprotov6.Function{"f": {
				Summary: "Does.", Description: "Does it.", DeprecationMessage: "Use g.",
				Parameters:        []*tfprotov6.FunctionParameter{{Name: "a", Type: tftypes.Bool, AllowNullValue: true, Description: "One."}},
				VariadicParameter: &tfprotov6.FunctionParameter{Name: "more", Type: tftypes.DynamicPseudoType},
				Return:            &tfprotov6.FunctionReturn{Type: tftypes.List{ElementType: tftypes.Number}},
			}},
		},
		identities: &tfprotov6.GetResourceIdentitySchemasResponse{
			IdentitySchemas: map[string]*tfprotov6.ResourceIdentitySchema{"x_r": {
				Version: 1, IdentityAttributes: []*tfprotov6.ResourceIdentitySchemaAttribute{
					{Name: "id", Type: tftypes.String, RequiredForImport: true, Description: "The ID."},
					{Name: "region", Type: tftypes.String, OptionalForImport: true},
				},
			}},
		},
	}
}

const everyKindDump = `{"format_version": "1.0", "provider_schemas": {"mint": {
  "provider": {"version": 0, "block": {"description": "A provider.", "description_kind": "markdown", "deprecated": true}},
  "resource_schemas": {"x_r": {"version": 3, "block": {"description_kind": "plain",
    "attributes": {
      "tags": {"type": ["map", "string"], "description": "Tags.", "description_kind": "plain", "optional": true, "computed": true, "deprecated": true},
      "key": {"type": "string", "description_kind": "markdown", "optional": true, "sensitive": true, "write_only": true},
      "owner": {"description_kind": "plain", "computed": true, "nested_type": {"nesting_mode": "list",
        "attributes": {"name": {"type": "string", "description_kind": "plain", "required": true}}}}},
    "block_types": {"rule": {"nesting_mode": "set", "min_items": 1, "max_items": 2, "block": {"description_kind": "plain",
      "attributes": {"name": {"type": "string", "description_kind": "plain", "required": true}}}}}}}},
  "data_source_schemas": {"x_d": {"version": 0, "block": {"description_kind": "plain",
    "attributes": {"name": {"type": "string", "description_kind": "plain", "required": true}}}}},
  "ephemeral_resource_schemas": {"x_e": {"version": 0, "block": {"description_kind": "plain",
    "attributes": {"name": {"type": "string", "description_kind": "plain", "required": true}}}}},
  "list_resource_schemas": {"x_r": {"version": 0, "block": {"description_kind": "plain",
    "attributes": {"name": {"type": "string", "description_kind": "plain", "required": true}}}}},
  "action_schemas": {"x_a": {"block": {"description_kind": "plain",
    "attributes": {"name": {"type": "string", "description_kind": "plain", "required": true}}}}},
  "functions": {"f": {"summary": "Does.", "description": "Does it.", "deprecation_message": "Use g.",
    "return_type": ["list", "number"],
    "parameters": [{"name": "a", "type": "bool", "is_nullable": true, "description": "One."}],
    "variadic_parameter": {"name": "more", "type": "dynamic"}}},
  "resource_identity_schemas": {"x_r": {"version": 1, "attributes": {
    "id": {"type": "string", "description": "The ID.", "required_for_import": true},
    "region": {"type": "string", "optional_for_import": true}}}}
}}}`

func TestWrite(t *testing.T) {
	t.Parallel()
	var written bytes.Buffer
	if err := write(t.Context(), &written, everyKind()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decoded(t, []byte(everyKindDump)), decoded(t, written.Bytes())); diff != "" {
		t.Errorf("the dump differs (-want +got):\n%s", diff)
	}
}

func TestWrite_failures(t *testing.T) {
	t.Parallel()
	broken := []*tfprotov6.Diagnostic{
		{Severity: tfprotov6.DiagnosticSeverityWarning, Summary: "Fine"},
		{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Broken", Detail: "entirely"},
	}
	cases := map[string]struct {
		breaks func(*declared)
		want   string
	}{
		"schemas":    {func(d *declared) { d.schemas.Diagnostics = broken }, "Broken: entirely"},
		"identities": {func(d *declared) { d.identities.Diagnostics = broken }, "Broken: entirely"},
		"nesting": {
			func(d *declared) { d.schemas.ResourceSchemas["x_r"].Block.BlockTypes[0].Nesting = 0 },
			"resource x_r: block rule: unknown nesting mode",
		},
		"version": {func(d *declared) { d.schemas.DataSourceSchemas["x_d"].Version = -1 }, "data source x_d: negative number"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := everyKind()
			test.breaks(&server)
			err := write(t.Context(), &bytes.Buffer{}, server)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func decoded(t *testing.T, dump []byte) map[string]any {
	t.Helper()
	var value map[string]any
	if err := json.Unmarshal(dump, &value); err != nil {
		t.Fatal(err)
	}
	return value
}
