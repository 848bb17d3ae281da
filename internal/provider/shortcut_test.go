package provider_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"

	"github.com/tokenmint/terraform-provider-mint/internal/provider"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// A plan of an unchanged object is made without the framework: that is right only as long as attributes have no plan modifier and no default
// but those that the shortcut knows.
func TestShortcut_knowsPlanModifiersAndDefaults(t *testing.T) {
	t.Parallel()
	known := []reflect.Type{reflect.TypeOf(rotation.SameDuration()), reflect.TypeOf(stringplanmodifier.RequiresReplace())}
	planners := 0
	for _, newResource := range provider.New("test")().Resources(t.Context()) {
		r := newResource()
		if _, plans := r.(system.UnchangedPlanner); !plans {
			continue
		}
		planners++
		var declared resource.SchemaResponse
		r.Schema(t.Context(), resource.SchemaRequest{}, &declared)
		if len(declared.Schema.Blocks) > 0 {
			t.Errorf("%T has blocks", r)
		}
		for name, attribute := range declared.Schema.Attributes {
			checkPlanned(t, name, attribute, known, true)
		}
	}
	if planners < 5 {
		t.Errorf("only %d resources plan unchanged objects without the framework", planners)
	}
}

func checkPlanned(t *testing.T, name string, attribute schema.Attribute, known []reflect.Type, isTop bool) {
	t.Helper()
	of := reflect.ValueOf(attribute)
	if byDefault := of.FieldByName("Default"); byDefault.IsValid() && !byDefault.IsNil() {
		if _, isBool := attribute.(schema.BoolAttribute); !isBool || !isTop {
			t.Errorf("the shortcut does not know the default of %s", name)
		}
	}
	checkModifiers(t, name, of, known)
	// Whichever kind it is, a nested attribute has its attributes either itself or in the objects that are its elements.
	inner := of.FieldByName("Attributes")
	if objects := of.FieldByName("NestedObject"); objects.IsValid() {
		checkModifiers(t, name+"[*]", objects, known)
		inner = objects.FieldByName("Attributes")
	}
	if !inner.IsValid() {
		return
	}
	attributes, isKnown := inner.Interface().(map[string]schema.Attribute)
	if !isKnown {
		t.Errorf("%s has attributes of another kind: %s", name, inner.Type())
	}
	for nested, attribute := range attributes {
		checkPlanned(t, name+"."+nested, attribute, known, false)
	}
}

func checkModifiers(t *testing.T, name string, of reflect.Value, known []reflect.Type) {
	t.Helper()
	modifiers := of.FieldByName("PlanModifiers")
	texts, _ := modifiers.Interface().([]planmodifier.String)
	if len(texts) != modifiers.Len() {
		t.Errorf("the shortcut does not know the plan modifiers of %s", name)
	}
	for _, modifier := range texts {
		if !slices.Contains(known, reflect.TypeOf(modifier)) {
			t.Errorf("the shortcut does not know the plan modifier %T of %s", modifier, name)
		}
	}
}
