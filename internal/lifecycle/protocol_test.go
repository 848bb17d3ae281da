package lifecycle_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The tests speak the plugin protocol to the provider, as far as one resource needs it. What Terraform takes for a provider's bug
// fails a test. An [engine] is one provider process, a [workspace] what Terraform keeps between runs.

// unknown is a value that only an apply tells.
const unknown = tftypes.UnknownValue

// values are the arguments of a resource by name; what is nil or left out is null.
type values map[string]any

// With returns values of which some are others; nil leaves one out.
func (v values) With(more ...values) values {
	changed := maps.Clone(v)
	for _, these := range more {
		maps.Copy(changed, these)
	}
	maps.DeleteFunc(changed, func(_ string, value any) bool { return value == nil })
	return changed
}

// attributes are values as the protocol carries them.
type attributes map[string]tftypes.Value

// Text is a text; empty when it is null or unknown.
func (a attributes) Text(name string) string {
	var text string
	if value, there := a[name]; there && value.IsKnown() && !value.IsNull() {
		_ = value.As(&text)
	}
	return text
}

// Time is a time that is written as RFC 3339; zero when it is null or unknown.
func (a attributes) Time(name string) time.Time {
	at, _ := time.Parse(time.RFC3339Nano, a.Text(name))
	return at
}

func (a attributes) IsNull(name string) bool { return a[name].IsNull() }

func (a attributes) IsKnown(name string) bool { return a[name].IsFullyKnown() }

// Differences names what others have otherwise, in order.
func (a attributes) Differences(others attributes) []string {
	var names []string
	for name, value := range others {
		if mine, there := a[name]; !there || !value.Equal(mine) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// diagnostics are errors and warnings.
type diagnostics []*tfprotov6.Diagnostic

func (d diagnostics) Errors() diagnostics { return d.of(tfprotov6.DiagnosticSeverityError) }

func (d diagnostics) Warnings() diagnostics { return d.of(tfprotov6.DiagnosticSeverityWarning) }

func (d diagnostics) Failed() bool { return len(d.Errors()) > 0 }

func (d diagnostics) of(severity tfprotov6.DiagnosticSeverity) diagnostics {
	return slices.DeleteFunc(slices.Clone(d), func(one *tfprotov6.Diagnostic) bool { return one.Severity != severity })
}

func (d diagnostics) String() string {
	lines := make([]string, 0, len(d))
	for _, one := range d {
		lines = append(lines, one.Summary+": "+one.Detail)
	}
	return strings.Join(lines, "\n")
}

// Summaries are the first lines of them, in order.
func (d diagnostics) Summaries() string {
	lines := make([]string, 0, len(d))
	for _, one := range d {
		lines = append(lines, one.Summary)
	}
	return strings.Join(lines, "; ")
}

// object is a resource as Terraform keeps it between runs; nil is none.
type object struct {
	attributes
	State              *tfprotov6.DynamicValue
	Private            []byte
	Identity           *tfprotov6.ResourceIdentityData
	IdentityAttributes attributes
	// Tainted is set after a creation that failed halfway: Terraform replaces what there is of it.
	Tainted bool
}

// Record is the part of the private state that this provider writes; empty for none.
func (o *object) Record(tb testing.TB) string {
	tb.Helper()
	return string(privateKeys(tb, o.Private)["mint"])
}

// Remember returns the object with another record.
func (o *object) Remember(tb testing.TB, record string) *object {
	tb.Helper()
	keys := privateKeys(tb, o.Private)
	keys["mint"] = []byte(record)
	changed := *o
	raw, err := json.Marshal(keys)
	if err != nil {
		tb.Fatal(err)
	}
	changed.Private = raw
	return &changed
}

func privateKeys(tb testing.TB, private []byte) map[string][]byte {
	tb.Helper()
	keys := map[string][]byte{}
	if len(private) > 0 {
		if err := json.Unmarshal(private, &keys); err != nil {
			tb.Fatal(err)
		}
	}
	return keys
}

// Holds reports whether a text is in the state or in the private state.
func (o *object) Holds(tb testing.TB, text string) bool {
	tb.Helper()
	return o != nil && (holds(o.attributes, text) || strings.Contains(o.Record(tb), text))
}

func holds(in attributes, text string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(in)), func(v tftypes.Value) bool { return strings.Contains(v.String(), text) })
}

// encode makes a value of a type.
func encode(tb testing.TB, of tftypes.Type, from any) tftypes.Value {
	tb.Helper()
	switch value := from.(type) {
	case values:
		object, _ := of.(tftypes.Object)
		fields := map[string]tftypes.Value{}
		for name, kind := range object.AttributeTypes {
			fields[name] = encode(tb, kind, value[name])
		}
		for name := range value {
			if object.AttributeTypes[name] == nil {
				tb.Fatalf("there is no attribute %q", name)
			}
		}
		return tftypes.NewValue(of, fields)
	case map[string]any:
		elements := map[string]tftypes.Value{}
		for key, element := range value {
			elements[key] = encode(tb, tftypes.String, element)
		}
		return tftypes.NewValue(of, elements)
	case []string:
		elements := make([]tftypes.Value, 0, len(value))
		for _, element := range value {
			elements = append(elements, tftypes.NewValue(tftypes.String, element))
		}
		return tftypes.NewValue(of, elements)
	case tftypes.Value:
		return value
	}
	return tftypes.NewValue(of, from)
}

// agrees reports whether a value that is known better holds to one that was known less.
func agrees(first, second tftypes.Value) bool {
	if !first.IsKnown() || first.Equal(second) {
		return true
	}
	var fields, others map[string]tftypes.Value
	if first.IsNull() || second.IsNull() || first.IsFullyKnown() || !second.IsKnown() || first.As(&fields) != nil || second.As(&others) != nil || len(fields) != len(others) {
		return false
	}
	for name, value := range fields {
		if other, there := others[name]; !there || !agrees(value, other) {
			return false
		}
	}
	return true
}
