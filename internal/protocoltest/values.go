package protocoltest

import (
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Unknown is a value that only an apply will tell.
const Unknown = tftypes.UnknownValue

// Values are the arguments of a block by name. A value is what Go has for it: a string, a bool, an int, a slice, a map of one of
// these, [Unknown], or a [tftypes.Value]. What is nil or left out is null.
type Values map[string]any

// With returns values of which some are others; nil leaves one out.
func (v Values) With(more ...Values) Values {
	changed := maps.Clone(v)
	if changed == nil {
		changed = Values{}
	}
	for _, these := range more {
		maps.Copy(changed, these)
	}
	maps.DeleteFunc(changed, func(_ string, value any) bool { return value == nil })
	return changed
}

// Attributes are values as the protocol carries them, by name. There are none of what does not exist.
type Attributes map[string]tftypes.Value

// Text is a text; empty when it is null or unknown.
func (a Attributes) Text(name string) string {
	var text string
	if value, there := a[name]; there && value.IsKnown() && !value.IsNull() {
		_ = value.As(&text)
	}
	return text
}

// Time is a time that is written as RFC 3339; zero when it is null or unknown.
func (a Attributes) Time(name string) time.Time {
	at, _ := time.Parse(time.RFC3339Nano, a.Text(name))
	return at
}

// Number is a whole number; 0 when it is null or unknown.
func (a Attributes) Number(name string) int64 {
	number := new(big.Float)
	if value, there := a[name]; !there || !value.IsKnown() || value.IsNull() || value.As(&number) != nil {
		return 0
	}
	whole, _ := number.Int64()
	return whole
}

// IsNull reports whether a value is null, or not there.
func (a Attributes) IsNull(name string) bool { return a[name].IsNull() }

// IsKnown reports whether a value is known in all its parts.
func (a Attributes) IsKnown(name string) bool { return a[name].IsFullyKnown() }

// Differences names what others have otherwise, in order.
func (a Attributes) Differences(others Attributes) []string {
	var names []string
	for name, value := range others {
		if mine, there := a[name]; !there || !value.Equal(mine) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// String implements [fmt.Stringer].
func (a Attributes) String() string {
	lines := make([]string, 0, len(a))
	for _, name := range slices.Sorted(maps.Keys(a)) {
		lines = append(lines, fmt.Sprintf("%s = %s", name, a[name]))
	}
	return strings.Join(lines, ", ")
}

// encode makes a value of a type.
func encode(of tftypes.Type, from any) (tftypes.Value, error) {
	if ready, isReady := from.(tftypes.Value); isReady {
		return ready, nil
	}
	if from == nil || from == any(Unknown) {
		return tftypes.NewValue(of, from), nil
	}
	var parts any
	var err error
	switch value := reflect.ValueOf(from); value.Kind() {
	case reflect.Map:
		parts, err = encodeFields(of, value)
	case reflect.Slice:
		parts, err = encodeElements(of, value)
	default:
		parts = from
	}
	if err == nil {
		err = tftypes.ValidateValue(of, parts)
	}
	if err != nil {
		return tftypes.Value{}, err
	}
	return tftypes.NewValue(of, parts), nil
}

func encodeFields(of tftypes.Type, from reflect.Value) (map[string]tftypes.Value, error) {
	fields := map[string]tftypes.Value{}
	object, isObject := of.(tftypes.Object)
	for name, kind := range object.AttributeTypes {
		fields[name] = tftypes.NewValue(kind, nil)
	}
	for each := from.MapRange(); each.Next(); {
		name := each.Key().String()
		kind := object.AttributeTypes[name]
		if list, isMap := of.(tftypes.Map); isMap {
			kind = list.ElementType
		}
		if kind == nil {
			return nil, fmt.Errorf("there is no %q in %s (object %t)", name, of, isObject)
		}
		value, err := encode(kind, each.Value().Interface())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		fields[name] = value
	}
	return fields, nil
}

func encodeElements(of tftypes.Type, from reflect.Value) ([]tftypes.Value, error) {
	var kind tftypes.Type
	switch list := of.(type) {
	case tftypes.List:
		kind = list.ElementType
	case tftypes.Set:
		kind = list.ElementType
	default:
		return nil, fmt.Errorf("%s has no elements", of)
	}
	elements := []tftypes.Value{}
	for i := range from.Len() {
		value, err := encode(kind, from.Index(i).Interface())
		if err != nil {
			return nil, err
		}
		elements = append(elements, value)
	}
	return elements, nil
}

// agrees reports whether a value that is known better holds to one that was known less: what is known of the first is in the second.
// With freely, a null counts as not known.
func agrees(first, second tftypes.Value, freely bool) bool {
	switch {
	case !first.IsKnown(), freely && first.IsNull():
		return true
	case first.IsFullyKnown() && first.Equal(second):
		return true
	case first.IsNull() || second.IsNull() || !second.IsKnown() || first.IsFullyKnown() && !freely:
		return false
	}
	var fields, others map[string]tftypes.Value
	if first.As(&fields) == nil && second.As(&others) == nil {
		for name, value := range fields {
			if other, there := others[name]; !there || !agrees(value, other, freely) {
				return false
			}
		}
		return len(fields) == len(others)
	}
	var elements, rest []tftypes.Value
	if first.As(&elements) != nil || second.As(&rest) != nil {
		return false
	}
	if first.Type().Is(tftypes.Set{}) {
		// Elements that are not known yet may turn out to be the same.
		return len(rest) <= len(elements)
	}
	return slices.EqualFunc(elements, rest, func(a, b tftypes.Value) bool { return agrees(a, b, freely) })
}
