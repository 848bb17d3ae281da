package truefoundry

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// The attributes of a manifest have the names of its keys, down to the innermost object, so that one pair of functions leads
// from JSON to values and back.

// valueOf reads JSON as a value of a type. Text takes whatever JSON stands there: tags may be of any kind.
func valueOf(raw json.RawMessage, kind attr.Type) (attr.Value, error) {
	isNull := len(raw) == 0 || bytes.Equal(bytes.TrimSpace(raw), []byte("null"))
	switch kind := kind.(type) {
	case basetypes.StringType:
		if isNull {
			return types.StringNull(), nil
		}
		return types.StringValue(textOf(raw)), nil
	case basetypes.Int64Type:
		if isNull {
			return types.Int64Null(), nil
		}
		var number float64
		if err := json.Unmarshal(raw, &number); err != nil {
			return nil, err
		}
		return types.Int64Value(int64(number)), nil
	case types.SetType:
		return setOf(raw, isNull, kind.ElemType)
	case types.MapType:
		return mapOf(raw, isNull, kind.ElemType)
	case types.ObjectType:
		return objectOf(raw, isNull, kind.AttrTypes)
	}
	return nil, fmt.Errorf("no JSON form of %s", kind)
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

func setOf(raw json.RawMessage, isNull bool, kind attr.Type) (attr.Value, error) {
	if isNull {
		return types.SetNull(kind), nil
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, err
	}
	elements := make([]attr.Value, 0, len(items))
	for _, item := range items {
		element, err := valueOf(item, kind)
		if err != nil {
			return nil, err
		}
		if !contains(elements, element) {
			elements = append(elements, element)
		}
	}
	return types.SetValueMust(kind, elements), nil
}

func contains(all []attr.Value, one attr.Value) bool {
	for _, v := range all {
		if v.Equal(one) {
			return true
		}
	}
	return false
}

func mapOf(raw json.RawMessage, isNull bool, kind attr.Type) (attr.Value, error) {
	if isNull {
		return types.MapNull(kind), nil
	}
	var items map[string]json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, err
	}
	elements := make(map[string]attr.Value, len(items))
	for key, item := range items {
		element, err := valueOf(item, kind)
		if err != nil {
			return nil, err
		}
		elements[key] = element
	}
	return types.MapValueMust(kind, elements), nil
}

func objectOf(raw json.RawMessage, isNull bool, kinds map[string]attr.Type) (attr.Value, error) {
	if isNull {
		return types.ObjectNull(kinds), nil
	}
	var items map[string]json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, err
	}
	values := make(map[string]attr.Value, len(kinds))
	for key, kind := range kinds {
		value, err := valueOf(items[key], kind)
		if err != nil {
			return nil, err
		}
		values[key] = value
	}
	return types.ObjectValueMust(kinds, values), nil
}

// jsonOf writes a known value as JSON. A tag that the server holds already is written as it stands there: it may be no text.
func jsonOf(value attr.Value, current json.RawMessage) json.RawMessage {
	switch value := value.(type) {
	case types.String:
		return mustJSON(value.ValueString())
	case types.Int64:
		return mustJSON(value.ValueInt64())
	case types.Set:
		items := make([]json.RawMessage, 0, len(value.Elements()))
		for _, element := range value.Elements() {
			items = append(items, jsonOf(element, nil))
		}
		return mustJSON(items)
	case types.Map:
		var held map[string]json.RawMessage
		_ = json.Unmarshal(current, &held)
		items := map[string]json.RawMessage{}
		for key, element := range value.Elements() {
			items[key] = jsonOf(element, nil)
			if text, ok := element.(types.String); ok && held[key] != nil && textOf(held[key]) == text.ValueString() {
				items[key] = held[key]
			}
		}
		return mustJSON(items)
	case types.Object:
		items := map[string]json.RawMessage{}
		for key, element := range value.Attributes() {
			if !element.IsNull() {
				items[key] = jsonOf(element, nil)
			}
		}
		return mustJSON(items)
	}
	return nil
}

// mustJSON writes what cannot fail.
func mustJSON(v any) json.RawMessage {
	raw, _ := json.Marshal(v)
	return raw
}

// sameJSON compares two texts by what they mean; nothing and null are the same.
func sameJSON(a, b json.RawMessage) bool {
	return canonical(a) == canonical(b)
}

func canonical(raw json.RawMessage) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return "null"
	}
	return string(mustJSON(v))
}
