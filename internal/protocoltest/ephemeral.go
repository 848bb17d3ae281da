package protocoltest

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Opened is an ephemeral resource that is open.
type Opened struct {
	// Attributes are its result.
	Attributes
	// Name is the type of the ephemeral resource.
	Name string
	// Private is what the provider remembers, since it was opened or last renewed.
	Private []byte
	// RenewAt is when Terraform renews it; never when it is zero.
	RenewAt time.Time

	// atOpen is what the provider remembered when it was opened: Terraform closes with that, even after it was renewed.
	atOpen []byte
}

// Remembered is the private data in words.
func (o *Opened) Remembered() string {
	if o == nil {
		return ""
	}
	return remembered(o.Private)
}

// ValidateEphemeral says what the provider finds wrong with the configuration of an ephemeral resource by itself.
func (e *Engine) ValidateEphemeral(name string, config Values) Diagnostics {
	e.t.Helper()
	kind := declared(e, "ephemeral resource", e.schemas.ephemerals, name).ValueType()
	answer, err := e.server.ValidateEphemeralResourceConfig(e.ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{
		TypeName: name, Config: e.dynamic(kind, config),
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return answer.Diagnostics
}

// Open validates the configuration of an ephemeral resource, as Terraform does each time, and opens it. It returns nil when one of the two
// fails, after which Terraform closes nothing, and when the process has died.
func (e *Engine) Open(name string, config Values) (*Opened, Diagnostics) {
	e.t.Helper()
	schema := declared(e, "ephemeral resource", e.schemas.ephemerals, name)
	kind := schema.ValueType()
	request := &tfprotov6.OpenEphemeralResourceRequest{TypeName: name, Config: e.dynamic(kind, config)}
	asked := e.decode(kind, request.Config)
	e.allKnown(asked, "opened")
	diagnostics := e.ValidateEphemeral(name, config)
	if diagnostics.Failed() {
		return nil, diagnostics
	}
	answer := call(e, e.server.OpenEphemeralResource, request)
	if answer == nil {
		return nil, diagnostics
	}
	diagnostics = append(diagnostics, answer.Diagnostics...)
	e.blameless(answer.Diagnostics)
	switch {
	case diagnostics.Failed():
		return nil, diagnostics
	case answer.Deferred != nil:
		e.t.Fatalf("%s was deferred, which Terraform has not offered", name)
	}
	opened := &Opened{
		Attributes: e.decode(kind, answer.Result), Name: name, Private: answer.Private, RenewAt: answer.RenewAt, atOpen: answer.Private,
	}
	e.wholly(opened.Attributes, "the opening")
	for _, attribute := range schema.Block.Attributes {
		if given, made := asked[attribute.Name], opened.Attributes[attribute.Name]; !follows(attribute, given, made) {
			e.t.Errorf("%s is configured as %s and opened as %s", attribute.Name, given, made)
		}
	}
	e.keepsNoSecret(opened)
	return opened, diagnostics
}

// MustOpen opens an ephemeral resource, which must succeed.
func (e *Engine) MustOpen(name string, config Values) *Opened {
	e.t.Helper()
	opened, diagnostics := e.Open(name, config)
	e.NoError(diagnostics)
	return opened
}

// Renew renews an ephemeral resource.
func (e *Engine) Renew(opened *Opened) Diagnostics {
	e.t.Helper()
	answer := call(e, e.server.RenewEphemeralResource, &tfprotov6.RenewEphemeralResourceRequest{
		TypeName: opened.Name, Private: opened.Private,
	})
	if answer == nil {
		return nil
	}
	e.blameless(answer.Diagnostics)
	opened.RenewAt, opened.Private = answer.RenewAt, answer.Private
	e.keepsNoSecret(opened)
	return answer.Diagnostics
}

// Close closes an ephemeral resource.
func (e *Engine) Close(opened *Opened) Diagnostics {
	e.t.Helper()
	answer := call(e, e.server.CloseEphemeralResource, &tfprotov6.CloseEphemeralResourceRequest{
		TypeName: opened.Name, Private: opened.atOpen,
	})
	if answer == nil {
		return nil
	}
	e.blameless(answer.Diagnostics)
	return answer.Diagnostics
}

// keepsNoSecret fails the test when the private data of an ephemeral resource holds what its schema calls sensitive.
func (e *Engine) keepsNoSecret(opened *Opened) {
	e.t.Helper()
	attributes, kept := e.schemas.ephemerals[opened.Name].Block.Attributes, opened.Remembered()
	_ = tftypes.Walk(object(opened.Attributes), func(path *tftypes.AttributePath, part tftypes.Value) (bool, error) {
		if part.Type().Is(tftypes.String) && sensitive(attributes, path) && isWritten(kept, part) {
			e.t.Errorf("the private data of %s holds the sensitive %s", opened.Name, path)
		}
		return true, nil
	})
}

// isWritten reports whether JSON holds a text, which it may write in two ways.
func isWritten(in string, value tftypes.Value) bool {
	var text string
	if value.As(&text) != nil || text == "" {
		return false
	}
	escaped, err := json.Marshal(text)
	return strings.Contains(in, text) || err == nil && strings.Contains(in, string(escaped[1:len(escaped)-1]))
}

// sensitive reports whether a path leads to an attribute that is sensitive, or into one.
func sensitive(attributes []*tfprotov6.SchemaAttribute, path *tftypes.AttributePath) bool {
	for _, step := range path.Steps() {
		name, isName := step.(tftypes.AttributeName)
		if !isName {
			continue
		}
		i := slices.IndexFunc(attributes, func(one *tfprotov6.SchemaAttribute) bool { return one.Name == string(name) })
		switch {
		case i < 0:
			return false
		case attributes[i].Sensitive:
			return true
		case attributes[i].NestedType == nil:
			return false
		}
		attributes = attributes[i].NestedType.Attributes
	}
	return false
}

// allKnown stops the test where Terraform waits until everything is known.
func (e *Engine) allKnown(config Attributes, what string) {
	e.t.Helper()
	for name := range config {
		if !config.IsKnown(name) {
			e.t.Fatalf("%s is unknown: before it is known, nothing is %s", name, what)
		}
	}
}

// blameless fails the test when terraform-plugin-framework calls something a bug of the provider.
func (e *Engine) blameless(diagnostics Diagnostics) {
	e.t.Helper()
	for _, one := range diagnostics {
		if strings.Contains(one.Detail, "to the provider developer") {
			e.t.Errorf("%s: %s", one.Summary, one.Detail)
		}
	}
}
