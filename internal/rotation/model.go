package rotation

import (
	"context"
	"reflect"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The functions of this file treat models attribute by attribute. A model is a pointer to a struct whose fields have the tag
// tfsdk, as the framework reads it; fields of embedded structs count as its own. Several models given to one function are of
// one type.

// attributes calls visit with the name and the index of each attribute of a model.
func attributes(model any, visit func(name string, index []int)) {
	for _, a := range layoutOf(model).attributes {
		visit(a.name, a.index)
	}
}

// value is the attribute of a model at an index.
func value(model any, index []int) attr.Value {
	v, _ := reflect.ValueOf(model).Elem().FieldByIndex(index).Interface().(attr.Value)
	return v
}

func setValue(model any, index []int, v attr.Value) {
	reflect.ValueOf(model).Elem().FieldByIndex(index).Set(reflect.ValueOf(v))
}

// blank is the null or the unknown value of the type of another.
func blank(ctx context.Context, like attr.Value, of any) attr.Value {
	kind := like.Type(ctx)
	v, err := kind.ValueFromTerraform(ctx, tftypes.NewValue(kind.TerraformType(ctx), of))
	if err != nil {
		// A type can always make its own null and unknown values.
		return like
	}
	return v
}

// KeepPlanned puts back what a plan has promised: a known value of the plan wins over what the server made of it, because
// Terraform takes any other result for a fault of the provider. It returns the names of the attributes that it put back, with
// what the server made of them; those listed in except are left alone.
func KeepPlanned(result, plan any, except ...string) map[string]attr.Value {
	changed := map[string]attr.Value{}
	attributes(plan, func(name string, index []int) {
		promised, made := value(plan, index), value(result, index)
		if slices.Contains(except, name) || promised.IsUnknown() || promised.Equal(made) {
			return
		}
		changed[name] = made
		setValue(result, index, promised)
	})
	return changed
}

// UnknownUnlessEqual leaves in a plan only what another plan of the same object has, too: of a change that depends on a value
// that is not known yet, and may turn out to be none, a plan must promise nothing else.
func UnknownUnlessEqual(ctx context.Context, plan, other any) {
	attributes(plan, func(_ string, index []int) {
		if one := value(plan, index); !one.Equal(value(other, index)) {
			setValue(plan, index, blank(ctx, one, tftypes.UnknownValue))
		}
	})
}

// NullUnknown makes what is not known null: the result of an apply has no unknown values.
func NullUnknown(ctx context.Context, model any) {
	attributes(model, func(_ string, index []int) {
		if v := value(model, index); v.IsUnknown() {
			setValue(model, index, blank(ctx, v, nil))
		}
	})
}

// FillUnknown gives what is not known in a model the value of another.
func FillUnknown(model, other any) {
	attributes(model, func(_ string, index []int) {
		if value(model, index).IsUnknown() {
			setValue(model, index, value(other, index))
		}
	})
}

// AsIfUnchanged returns in model, a plan or a configuration, the values of the state for what the configuration does not know
// yet; of a map element by element. A rotate_before_expiry or a rotate_after that is not known may also turn out to be none, and is taken for that.
func AsIfUnchanged(model, config, state any) {
	attributes(model, func(name string, index []int) {
		given, had := value(config, index), value(state, index)
		if name == "rotate_before_expiry" || name == "rotate_after" {
			had = DurationText{}
		}
		switch all := given.(type) {
		case types.Map:
			setValue(model, index, knownElements(all, had))
		case types.Set:
			if !isWhole(all.Elements()) || all.IsUnknown() {
				setValue(model, index, had)
			}
		default:
			if given.IsUnknown() {
				setValue(model, index, had)
			}
		}
	})
}

// AsIfUnchanged returns the arguments with every value that is not known yet as if it turned out not to ask for a rotation.
func (m Rotating) AsIfUnchanged(state Rotating) Rotating {
	assumed := m
	AsIfUnchanged(&assumed, &m, &state)
	return assumed
}

func knownElements(given types.Map, state attr.Value) attr.Value {
	had, ok := state.(types.Map)
	if !ok || given.IsNull() {
		return given
	}
	if given.IsUnknown() {
		return had
	}
	elements, before := given.Elements(), had.Elements()
	for key, element := range elements {
		if old, ok := before[key]; ok && element.IsUnknown() {
			elements[key] = old
		}
	}
	// The maps of the models are of texts.
	return types.MapValueMust(types.StringType, elements)
}

func isWhole(elements []attr.Value) bool {
	return !slices.ContainsFunc(elements, func(e attr.Value) bool { return e.IsUnknown() })
}

// KeepOmitted plans the named attributes that the configuration leaves out as the state has them.
func KeepOmitted(plan, config, state any, names ...string) {
	attributes(plan, func(name string, index []int) {
		if slices.Contains(names, name) && value(config, index).IsNull() {
			setValue(plan, index, value(state, index))
		}
	})
}

// KeepGiven puts the named attributes of a state into a model where the state has a value for them.
func KeepGiven(model, state any, names ...string) {
	attributes(model, func(name string, index []int) {
		if had := value(state, index); slices.Contains(names, name) && !had.IsNull() {
			setValue(model, index, had)
		}
	})
}

// UnknownIfNull makes the named attributes of a plan unknown where they are null.
func UnknownIfNull(ctx context.Context, plan any, names ...string) {
	attributes(plan, func(name string, index []int) {
		if v := value(plan, index); slices.Contains(names, name) && v.IsNull() {
			setValue(plan, index, blank(ctx, v, tftypes.UnknownValue))
		}
	})
}

// Differing returns those of the named attributes that differ between two models.
func Differing(one, other any, names ...string) path.Paths {
	var differing path.Paths
	attributes(one, func(name string, index []int) {
		if slices.Contains(names, name) && !value(one, index).Equal(value(other, index)) {
			differing = append(differing, path.Root(name))
		}
	})
	return differing
}

// IsEqual reports whether two models have the same attributes.
func IsEqual(one, other any) bool {
	for _, a := range layoutOf(one).attributes {
		if !value(one, a.index).Equal(value(other, a.index)) {
			return false
		}
	}
	return true
}

// IsGiven reports whether a model, a configuration, has a value for an attribute.
func IsGiven(model any, attribute string) bool {
	given := false
	attributes(model, func(name string, index []int) { given = given || name == attribute && !value(model, index).IsNull() })
	return given
}

// HasAttribute reports whether a model has an attribute of a name.
func HasAttribute(model any, attribute string) bool {
	has := false
	attributes(model, func(name string, _ []int) { has = has || name == attribute })
	return has
}

// Text returns a text attribute of a model; empty where it is null or unknown.
func Text(model any, attribute string) string {
	text := ""
	attributes(model, func(name string, index []int) {
		if v, ok := value(model, index).(types.String); ok && name == attribute {
			text = v.ValueString()
		}
	})
	return text
}

// SetText sets a text attribute of a model.
func SetText(model any, attribute, text string) {
	attributes(model, func(name string, index []int) {
		if _, ok := value(model, index).(types.String); ok && name == attribute {
			setValue(model, index, types.StringValue(text))
		}
	})
}
