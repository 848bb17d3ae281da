package main

import (
	"encoding/json"
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// formatVersion is the version that Terraform itself writes for this format.
const formatVersion = "1.0"

// providerDump translates the protocol's answers, kind by kind.
func providerDump(
	answer *tfprotov6.GetProviderSchemaResponse,
	identities map[string]*tfprotov6.ResourceIdentitySchema,
) (*tfjson.ProviderSchemas, error) {
	var dump tfjson.ProviderSchema
	var err error
	if dump.ConfigSchema, err = schemaFrom(answer.Provider); err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	if dump.ResourceSchemas, err = each(answer.ResourceSchemas, schemaFrom); err != nil {
		return nil, fmt.Errorf("resource %w", err)
	}
	if dump.DataSourceSchemas, err = each(answer.DataSourceSchemas, schemaFrom); err != nil {
		return nil, fmt.Errorf("data source %w", err)
	}
	if dump.EphemeralResourceSchemas, err = each(answer.EphemeralResourceSchemas, schemaFrom); err != nil {
		return nil, fmt.Errorf("ephemeral resource %w", err)
	}
	if dump.ListResourceSchemas, err = each(answer.ListResourceSchemas, schemaFrom); err != nil {
		return nil, fmt.Errorf("list resource %w", err)
	}
	if dump.ActionSchemas, err = each(answer.ActionSchemas, actionFrom); err != nil {
		return nil, fmt.Errorf("action %w", err)
	}
	if dump.Functions, err = each(answer.Functions, functionFrom); err != nil {
		return nil, fmt.Errorf("function %w", err)
	}
	if dump.ResourceIdentitySchemas, err = each(identities, identityFrom); err != nil {
		return nil, fmt.Errorf("identity of %w", err)
	}
	return &tfjson.ProviderSchemas{
		FormatVersion: formatVersion,
		Schemas:       map[string]*tfjson.ProviderSchema{providerKey: &dump},
	}, nil
}

// each translates every object of one kind and names the one that failed.
func each[From, To any](from map[string]From, translate func(From) (To, error)) (map[string]To, error) {
	to := make(map[string]To, len(from))
	for name, object := range from {
		translated, err := translate(object)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		to[name] = translated
	}
	return to, nil
}

func schemaFrom(schema *tfprotov6.Schema) (*tfjson.Schema, error) {
	if schema == nil {
		schema = &tfprotov6.Schema{}
	}
	block, err := blockFrom(schema.Block)
	if err != nil {
		return nil, err
	}
	version, err := unsigned(schema.Version)
	return &tfjson.Schema{Version: version, Block: block}, err
}

func actionFrom(action *tfprotov6.ActionSchema) (*tfjson.ActionSchema, error) {
	schema, err := schemaFrom(action.Schema)
	if err != nil {
		return nil, err
	}
	return &tfjson.ActionSchema{Block: schema.Block}, nil
}

func blockFrom(block *tfprotov6.SchemaBlock) (*tfjson.SchemaBlock, error) {
	if block == nil {
		block = &tfprotov6.SchemaBlock{}
	}
	attributes, err := attributesFrom(block.Attributes)
	if err != nil {
		return nil, err
	}
	nested := make(map[string]*tfjson.SchemaBlockType, len(block.BlockTypes))
	for _, blockType := range block.BlockTypes {
		if nested[blockType.TypeName], err = nestedBlockFrom(blockType); err != nil {
			return nil, fmt.Errorf("block %s: %w", blockType.TypeName, err)
		}
	}
	return &tfjson.SchemaBlock{
		Attributes:      attributes,
		NestedBlocks:    nested,
		Description:     block.Description,
		DescriptionKind: descriptionKind(block.DescriptionKind),
		Deprecated:      block.Deprecated,
	}, nil
}

func nestedBlockFrom(nested *tfprotov6.SchemaNestedBlock) (*tfjson.SchemaBlockType, error) {
	block, err := blockFrom(nested.Block)
	if err != nil {
		return nil, err
	}
	mode, known := map[tfprotov6.SchemaNestedBlockNestingMode]tfjson.SchemaNestingMode{
		tfprotov6.SchemaNestedBlockNestingModeSingle: tfjson.SchemaNestingModeSingle,
		tfprotov6.SchemaNestedBlockNestingModeList:   tfjson.SchemaNestingModeList,
		tfprotov6.SchemaNestedBlockNestingModeSet:    tfjson.SchemaNestingModeSet,
		tfprotov6.SchemaNestedBlockNestingModeMap:    tfjson.SchemaNestingModeMap,
		tfprotov6.SchemaNestedBlockNestingModeGroup:  tfjson.SchemaNestingModeGroup,
	}[nested.Nesting]
	if !known {
		return nil, fmt.Errorf("unknown nesting mode %s", nested.Nesting)
	}
	minItems, err := unsigned(nested.MinItems)
	if err != nil {
		return nil, err
	}
	maxItems, err := unsigned(nested.MaxItems)
	return &tfjson.SchemaBlockType{NestingMode: mode, Block: block, MinItems: minItems, MaxItems: maxItems}, err
}

func attributesFrom(attributes []*tfprotov6.SchemaAttribute) (map[string]*tfjson.SchemaAttribute, error) {
	translated := make(map[string]*tfjson.SchemaAttribute, len(attributes))
	for _, attribute := range attributes {
		var err error
		if translated[attribute.Name], err = attributeFrom(attribute); err != nil {
			return nil, fmt.Errorf("attribute %s: %w", attribute.Name, err)
		}
	}
	return translated, nil
}

func attributeFrom(attribute *tfprotov6.SchemaAttribute) (*tfjson.SchemaAttribute, error) {
	translated := &tfjson.SchemaAttribute{
		Description:     attribute.Description,
		DescriptionKind: descriptionKind(attribute.DescriptionKind),
		Deprecated:      attribute.Deprecated,
		Required:        attribute.Required,
		Optional:        attribute.Optional,
		Computed:        attribute.Computed,
		Sensitive:       attribute.Sensitive,
		WriteOnly:       attribute.WriteOnly,
	}
	if attribute.NestedType == nil {
		return translated, convertType(attribute.Type, &translated.AttributeType)
	}
	nested, err := attributesFrom(attribute.NestedType.Attributes)
	if err != nil {
		return nil, err
	}
	mode, known := map[tfprotov6.SchemaObjectNestingMode]tfjson.SchemaNestingMode{
		tfprotov6.SchemaObjectNestingModeSingle: tfjson.SchemaNestingModeSingle,
		tfprotov6.SchemaObjectNestingModeList:   tfjson.SchemaNestingModeList,
		tfprotov6.SchemaObjectNestingModeSet:    tfjson.SchemaNestingModeSet,
		tfprotov6.SchemaObjectNestingModeMap:    tfjson.SchemaNestingModeMap,
	}[attribute.NestedType.Nesting]
	if !known {
		return nil, fmt.Errorf("unknown nesting mode %s", attribute.NestedType.Nesting)
	}
	translated.AttributeNestedType = &tfjson.SchemaNestedAttributeType{Attributes: nested, NestingMode: mode}
	return translated, nil
}

func functionFrom(function *tfprotov6.Function) (*tfjson.FunctionSignature, error) {
	translated := &tfjson.FunctionSignature{
		Description:        function.Description,
		Summary:            function.Summary,
		DeprecationMessage: function.DeprecationMessage,
	}
	if function.Return != nil {
		if err := convertType(function.Return.Type, &translated.ReturnType); err != nil {
			return nil, fmt.Errorf("return type: %w", err)
		}
	}
	for _, parameter := range function.Parameters {
		one, err := parameterFrom(parameter)
		if err != nil {
			return nil, err
		}
		translated.Parameters = append(translated.Parameters, one)
	}
	if function.VariadicParameter == nil {
		return translated, nil
	}
	variadic, err := parameterFrom(function.VariadicParameter)
	translated.VariadicParameter = variadic
	return translated, err
}

func parameterFrom(parameter *tfprotov6.FunctionParameter) (*tfjson.FunctionParameter, error) {
	translated := &tfjson.FunctionParameter{
		Name:        parameter.Name,
		Description: parameter.Description,
		IsNullable:  parameter.AllowNullValue,
	}
	if err := convertType(parameter.Type, &translated.Type); err != nil {
		return nil, fmt.Errorf("parameter %s: %w", parameter.Name, err)
	}
	return translated, nil
}

func identityFrom(identity *tfprotov6.ResourceIdentitySchema) (*tfjson.IdentitySchema, error) {
	version, err := unsigned(identity.Version)
	if err != nil {
		return nil, err
	}
	translated := &tfjson.IdentitySchema{
		Version:    version,
		Attributes: make(map[string]*tfjson.IdentityAttribute, len(identity.IdentityAttributes)),
	}
	for _, attribute := range identity.IdentityAttributes {
		one := &tfjson.IdentityAttribute{
			Description:       attribute.Description,
			RequiredForImport: attribute.RequiredForImport,
			OptionalForImport: attribute.OptionalForImport,
		}
		if err := convertType(attribute.Type, &one.IdentityType); err != nil {
			return nil, fmt.Errorf("attribute %s: %w", attribute.Name, err)
		}
		translated.Attributes[attribute.Name] = one
	}
	return translated, nil
}

func descriptionKind(kind tfprotov6.StringKind) tfjson.SchemaDescriptionKind {
	if kind == tfprotov6.StringKindMarkdown {
		return tfjson.SchemaDescriptionKindMarkdown
	}
	return tfjson.SchemaDescriptionKindPlain
}

// convertType goes through JSON because both type systems share that encoding
// and nothing else.
func convertType(from tftypes.Type, to json.Unmarshaler) error {
	encoded, err := json.Marshal(from)
	if err != nil {
		return fmt.Errorf("encoding the type: %w", err)
	}
	return to.UnmarshalJSON(encoded)
}

// unsigned refuses a negative number, which the dump's format cannot hold.
func unsigned(number int64) (uint64, error) {
	if number < 0 {
		return 0, fmt.Errorf("negative number %d in a schema", number)
	}
	return uint64(number), nil
}
