package protocoltest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Object is a resource as Terraform keeps it between runs; nil is none.
type Object struct {
	// Attributes are those of the state.
	Attributes
	// State is what the provider knows and shows, Private what it remembers beside that.
	State    *tfprotov6.DynamicValue
	Private  []byte
	Identity *tfprotov6.ResourceIdentityData
	// IdentityAttributes are those of the identity, if there is one.
	IdentityAttributes Attributes
	// Tainted is set after a creation that failed halfway: Terraform replaces what there is of it.
	Tainted bool
}

// Remembered is the private state in words.
func (o *Object) Remembered() string {
	if o == nil {
		return ""
	}
	return remembered(o.Private)
}

// remembered decodes the private state of a provider that is written with terraform-plugin-framework: JSON, with bytes in base64.
func remembered(private []byte) string {
	var keys map[string][]byte
	if len(private) == 0 || json.Unmarshal(private, &keys) != nil {
		return string(private)
	}
	lines := make([]string, 0, len(keys))
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		lines = append(lines, string(keys[key]))
	}
	return strings.Join(lines, "\n")
}

// Holds reports whether a text is in the state or in the private state, whatever attribute it is in.
func (o *Object) Holds(text string) bool {
	return o != nil && (holds(o.Attributes, text) || strings.Contains(o.Remembered(), text))
}

func holds(in Attributes, text string) bool {
	for _, value := range in {
		found := false
		_ = tftypes.Walk(value, func(_ *tftypes.AttributePath, part tftypes.Value) (bool, error) {
			var s string
			if part.Type().Is(tftypes.String) && part.IsKnown() && !part.IsNull() && part.As(&s) == nil && strings.Contains(s, text) {
				found = true
			}
			return !found, nil
		})
		if found {
			return true
		}
	}
	return false
}

// Diagnostics are errors and warnings.
type Diagnostics []*tfprotov6.Diagnostic

// Errors are the errors among them.
func (d Diagnostics) Errors() Diagnostics { return d.of(tfprotov6.DiagnosticSeverityError) }

// Warnings are the warnings among them.
func (d Diagnostics) Warnings() Diagnostics { return d.of(tfprotov6.DiagnosticSeverityWarning) }

// Failed reports whether there is an error among them.
func (d Diagnostics) Failed() bool { return len(d.Errors()) > 0 }

func (d Diagnostics) of(severity tfprotov6.DiagnosticSeverity) Diagnostics {
	var some Diagnostics
	for _, one := range d {
		if one.Severity == severity {
			some = append(some, one)
		}
	}
	return some
}

// At are those about an attribute of the resource.
func (d Diagnostics) At(name string) Diagnostics {
	var about Diagnostics
	for _, one := range d {
		if one.Attribute.Equal(tftypes.NewAttributePath().WithAttributeName(name)) {
			about = append(about, one)
		}
	}
	return about
}

// String implements [fmt.Stringer].
func (d Diagnostics) String() string {
	lines := make([]string, 0, len(d))
	for _, one := range d {
		lines = append(lines, one.Summary+": "+one.Detail)
	}
	return strings.Join(lines, "\n")
}

// Summaries are the first lines of them.
func (d Diagnostics) Summaries() string {
	lines := make([]string, 0, len(d))
	for _, one := range d {
		lines = append(lines, one.Summary)
	}
	return strings.Join(lines, "; ")
}
