package truefoundry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// The attributes of a manifest have the names of its keys, down to the innermost object, so that one pair of functions leads
// from JSON to values and back.

// valueOf reads JSON as a value of a type: null where there is none, and beside an error. Text takes whatever JSON there is: tags
// may be of any kind.
func valueOf(raw json.RawMessage, kind attr.Type) (attr.Value, error) {
	switch kind := kind.(type) {
	case basetypes.StringType:
		if len(raw) == 0 || bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
			return types.StringNull(), nil
		}
		return types.StringValue(textOf(raw)), nil
	case basetypes.Int64Type:
		number, err := decode[*float64](raw)
		if err != nil || number == nil {
			return types.Int64Null(), err
		}
		return types.Int64Value(int64(*number)), nil
	case types.SetType:
		items, err := decode[[]json.RawMessage](raw)
		var elements []attr.Value
		for _, item := range items {
			element, problem := valueOf(item, kind.ElemType)
			if err = errors.Join(err, problem); !slices.ContainsFunc(elements, element.Equal) {
				elements = append(elements, element)
			}
		}
		if err != nil || items == nil {
			return types.SetNull(kind.ElemType), err
		}
		return types.SetValueMust(kind.ElemType, elements), nil
	case types.MapType:
		items, err := decode[map[string]json.RawMessage](raw)
		elements := map[string]attr.Value{}
		for key, item := range items {
			element, problem := valueOf(item, kind.ElemType)
			elements[key], err = element, errors.Join(err, problem)
		}
		if err != nil || items == nil {
			return types.MapNull(kind.ElemType), err
		}
		return types.MapValueMust(kind.ElemType, elements), nil
	case types.ObjectType:
		items, err := decode[map[string]json.RawMessage](raw)
		attributes := map[string]attr.Value{}
		for key, of := range kind.AttrTypes {
			attribute, problem := valueOf(items[key], of)
			attributes[key], err = attribute, errors.Join(err, problem)
		}
		if err != nil || items == nil {
			return types.ObjectNull(kind.AttrTypes), err
		}
		return types.ObjectValueMust(kind.AttrTypes, attributes), nil
	}
	return nil, fmt.Errorf("no JSON form of %s", kind)
}

// decode reads JSON; no text is the same as null.
func decode[T any](raw json.RawMessage) (into T, err error) {
	if len(raw) > 0 {
		err = json.Unmarshal(raw, &into)
	}
	return into, err
}

func textOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var compact bytes.Buffer
	_ = json.Compact(&compact, raw)
	return compact.String()
}

// jsonOf is what a known value is in JSON. A tag that the server has already is written as it stands there: it may be no text.
func jsonOf(value attr.Value, current json.RawMessage) any {
	switch value := value.(type) {
	case types.String:
		return value.ValueString()
	case types.Int64:
		return value.ValueInt64()
	case types.Set:
		items := []any{}
		for _, element := range value.Elements() {
			items = append(items, jsonOf(element, nil))
		}
		return items
	case types.Map:
		known, _ := decode[map[string]json.RawMessage](current)
		items := map[string]any{}
		for key, element := range value.Elements() {
			items[key] = jsonOf(element, nil)
			if raw := known[key]; raw != nil && items[key] == textOf(raw) {
				items[key] = raw
			}
		}
		return items
	case types.Object:
		items := map[string]any{}
		for key, attribute := range value.Attributes() {
			if !attribute.IsNull() {
				items[key] = jsonOf(attribute, nil)
			}
		}
		return items
	}
	return nil
}

// mustJSON writes what cannot fail.
func mustJSON(v any) json.RawMessage {
	raw, _ := json.Marshal(v)
	return raw
}
