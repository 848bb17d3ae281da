package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// body reports the properties of a JSON body that the schema of its content type does not have. The contracts allow them
// everywhere, and a misspelt optional one would pass.
func body(content openapi3.Content, header http.Header, text []byte) error {
	media := content.Get(header.Get("Content-Type"))
	if media == nil || media.Schema == nil || len(text) == 0 {
		return nil
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return err
	}
	return undocumented("the body", value, media.Schema.Value)
}

// undocumented looks for properties that none of the schemas has which together describe a value.
func undocumented(where string, value any, schemas ...*openapi3.Schema) error {
	var problems []error
	schemas = applicable(value, schemas)
	switch value := value.(type) {
	case []any:
		var items []*openapi3.Schema
		for _, schema := range schemas {
			if schema.Items != nil {
				items = append(items, schema.Items.Value)
			}
		}
		for i, item := range value {
			problems = append(problems, undocumented(fmt.Sprintf("%s[%d]", where, i), item, items...))
		}
	case map[string]any:
		known := map[string][]*openapi3.Schema{}
		for _, schema := range schemas {
			for name, property := range schema.Properties {
				known[name] = append(known[name], property.Value)
			}
		}
		if len(known) == 0 {
			return nil // any object
		}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if known[name] == nil {
				problems = append(problems, fmt.Errorf("undocumented property %s of %s", name, where))
				continue
			}
			problems = append(problems, undocumented(where+"."+name, value[name], known[name]...))
		}
	}
	return errors.Join(problems...)
}

// applicable adds to schemas the parts that they consist of, and of the forms that they leave to choose from those that the value has.
func applicable(value any, schemas []*openapi3.Schema) []*openapi3.Schema {
	var all []*openapi3.Schema
	for _, schema := range schemas {
		var parts []*openapi3.Schema
		for _, part := range schema.AllOf {
			parts = append(parts, part.Value)
		}
		for _, form := range slices.Concat(schema.OneOf, schema.AnyOf) {
			if form.Value.VisitJSON(value) == nil {
				parts = append(parts, form.Value)
			}
		}
		all = append(append(all, schema), applicable(value, parts)...)
	}
	return all
}
