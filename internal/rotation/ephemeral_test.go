package rotation_test

import (
	"maps"
	"testing"

	ephemeral "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// TestEphemeral: every argument of this package means the same in an ephemeral resource, and none is lost on the way.
func TestEphemeral(t *testing.T) {
	t.Parallel()
	all := map[string]schema.Attribute{}
	for _, arguments := range []map[string]schema.Attribute{
		rotation.NameArguments(), rotation.ExpiryArguments(), rotation.RotatingArguments(rotation.ShorterThanLifetime()),
		rotation.OverlapArguments("It ends.", rotation.NeedsNamePrefix()), rotation.PreviousAttributes(), rotation.ComputedAttributes(),
	} {
		maps.Copy(all, arguments)
	}
	got := rotation.Ephemeral(all)
	if len(got) != len(all) || len(all) < 14 {
		t.Errorf("%d arguments become %d", len(all), len(got))
	}
	for name, from := range all {
		to, found := got[name]
		if !found {
			t.Errorf("%s is lost", name)
			continue
		}
		if !to.GetType().Equal(from.GetType()) || to.IsRequired() != from.IsRequired() || to.IsOptional() != from.IsOptional() ||
			to.IsComputed() != from.IsComputed() || to.IsSensitive() != from.IsSensitive() || to.GetMarkdownDescription() != from.GetMarkdownDescription() ||
			to.GetDescription() != from.GetDescription() {
			t.Errorf("%s has changed: %+v", name, to)
		}
		if validators(to) != validatorsOf(from) {
			t.Errorf("%s has %d validators instead of %d", name, validators(to), validatorsOf(from))
		}
	}
	if diags := (ephemeral.Schema{Attributes: got}).ValidateImplementation(t.Context()); diags.HasError() {
		t.Error(diags)
	}
	if diags := (schema.Schema{Attributes: all}).ValidateImplementation(t.Context()); diags.HasError() {
		t.Error(diags)
	}
}

func validators(a ephemeral.Attribute) int {
	switch a := a.(type) {
	case ephemeral.StringAttribute:
		return len(a.Validators)
	case ephemeral.MapAttribute:
		return len(a.Validators)
	case ephemeral.ListAttribute:
		return len(a.Validators)
	}
	return -1
}

func validatorsOf(a schema.Attribute) int {
	switch a := a.(type) {
	case schema.StringAttribute:
		return len(a.Validators)
	case schema.MapAttribute:
		return len(a.Validators)
	case schema.ListAttribute:
		return len(a.Validators)
	}
	return -1
}
