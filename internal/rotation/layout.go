package rotation

import (
	"context"
	"fmt"
	"reflect"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// layout is where the attributes of one type of model are.
type layout struct {
	attributes []attribute
	// kinds are the types of the attributes, in their order, once a schema has told them.
	kinds func(Schema) ([]attr.Type, error)
}

type attribute struct {
	name  string
	index []int
	// validates tells that its values know which texts are none, as a [DurationText] does.
	validates bool
}

var validateable = reflect.TypeFor[xattr.ValidateableAttribute]() //nolint:gochecknoglobals // a type never changes

// layouts are those of all models by their Go type. They never change, and to find them takes longer than to use them.
var layouts sync.Map //nolint:gochecknoglobals // what a type of the program is like is the same for all

func layoutOf(model any) *layout {
	kind := reflect.TypeOf(model).Elem()
	if known, ok := layouts.Load(kind); ok {
		return known.(*layout) //nolint:forcetypeassert // nothing else is stored
	}
	l := &layout{}
	for _, field := range reflect.VisibleFields(kind) {
		if name := field.Tag.Get("tfsdk"); name != "" && !field.Anonymous {
			l.attributes = append(l.attributes, attribute{name, field.Index, field.Type.Implements(validateable)})
		}
	}
	l.kinds = l.kindsOnce()
	stored, _ := layouts.LoadOrStore(kind, l)
	return stored.(*layout) //nolint:forcetypeassert // nothing else is stored
}

// kindsOnce asks the first schema only: a model belongs to one schema, which is the same for every object.
func (l *layout) kindsOnce() func(Schema) ([]attr.Type, error) {
	var mu sync.Mutex
	var known []attr.Type
	return func(schema Schema) ([]attr.Type, error) {
		mu.Lock()
		defer mu.Unlock()
		if known != nil {
			return known, nil
		}
		all, _ := schema.Type().(attr.TypeWithAttributeTypes)
		if all == nil || len(all.AttributeTypes()) != len(l.attributes) {
			return nil, fmt.Errorf("the schema has other attributes than the model")
		}
		kinds := make([]attr.Type, 0, len(l.attributes))
		for _, a := range l.attributes {
			kind := all.AttributeTypes()[a.name]
			if kind == nil {
				return nil, fmt.Errorf("the schema has no attribute %s", a.name)
			}
			kinds = append(kinds, kind)
		}
		known = kinds
		return known, nil
	}
}

// Schema is a schema of the framework, as far as it tells the types of its attributes.
type Schema interface{ Type() attr.Type }

// ReadModel reads a configuration, a plan or a state into a model whose attributes are all of the framework's types. It does what the
// framework's Get does, which compiles a regular expression for every attribute each time: that alone was a quarter of the CPU time of a
// plan. It does not validate: what was not known when the configuration was validated is an apply's to validate, and that uses Get. A
// refresh reads a state with [ReadState].
func ReadModel(ctx context.Context, raw tftypes.Value, schema Schema, model any) diag.Diagnostics {
	if err := readModel(ctx, raw, schema, model); err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Provider bug: an object does not fit its model", fmt.Sprintf("%s. Please report this.", err))}
	}
	return nil
}

// ReadState reads a state for a refresh, or for a plan that the framework has no part in. As the framework's Get, it fails at a text that is
// no duration or no time: read as one that is not set, it would silently switch off what it is there for. Before ModifyPlan the framework
// has read every attribute of the state itself, and has failed.
func ReadState(ctx context.Context, raw tftypes.Value, schema Schema, model any) diag.Diagnostics {
	if diags := ReadModel(ctx, raw, schema, model); diags.HasError() {
		return diags
	}
	from := reflect.ValueOf(model).Elem()
	for _, a := range layoutOf(model).attributes {
		if !a.validates {
			continue
		}
		var resp xattr.ValidateAttributeResponse
		text, _ := from.FieldByIndex(a.index).Interface().(xattr.ValidateableAttribute)
		if text.ValidateAttribute(ctx, xattr.ValidateAttributeRequest{Path: path.Root(a.name)}, &resp); resp.Diagnostics.HasError() {
			return resp.Diagnostics
		}
	}
	return nil
}

func readModel(ctx context.Context, raw tftypes.Value, schema Schema, model any) error {
	var values map[string]tftypes.Value
	if err := raw.As(&values); err != nil {
		return err
	}
	l := layoutOf(model)
	kinds, err := l.kinds(schema)
	if err != nil {
		return err
	}
	to := reflect.ValueOf(model).Elem()
	for i, a := range l.attributes {
		v, err := kinds[i].ValueFromTerraform(ctx, values[a.name])
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		from, field := reflect.ValueOf(v), to.FieldByIndex(a.index)
		if !from.Type().AssignableTo(field.Type()) {
			return fmt.Errorf("%s is a %s in the model, and a %s in the schema", a.name, field.Type(), from.Type())
		}
		field.Set(from)
	}
	return nil
}

// WriteModel writes a model into a state or a plan. It does what the framework's Set does, without the regular expression for every attribute.
func WriteModel(ctx context.Context, model any, schema Schema, raw *tftypes.Value) diag.Diagnostics {
	written, err := writeModel(ctx, model, schema)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Provider bug: a model does not fit its object", fmt.Sprintf("%s. Please report this.", err))}
	}
	*raw = written
	return nil
}

func writeModel(ctx context.Context, model any, schema Schema) (tftypes.Value, error) {
	l := layoutOf(model)
	kinds, err := l.kinds(schema)
	if err != nil {
		return tftypes.Value{}, err
	}
	values := make(map[string]tftypes.Value, len(l.attributes))
	for i, a := range l.attributes {
		v := value(model, a.index)
		if !kinds[i].Equal(v.Type(ctx)) {
			return tftypes.Value{}, fmt.Errorf("%s is a %s in the model, and a %s in the schema", a.name, v.Type(ctx), kinds[i])
		}
		if values[a.name], err = v.ToTerraformValue(ctx); err != nil {
			return tftypes.Value{}, fmt.Errorf("%s: %w", a.name, err)
		}
	}
	return tftypes.NewValue(schema.Type().TerraformType(ctx), values), nil
}
