package rotation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// named is what the model below embeds, as resources do.
type named struct {
	Name types.String `tfsdk:"name"`
	Note types.String `tfsdk:"note"`
}

// model has an attribute of each kind that the models of resources have.
type model struct {
	named
	Enabled types.Bool            `tfsdk:"enabled"`
	Expires rotation.TimeText     `tfsdk:"expires_at"`
	Life    rotation.DurationText `tfsdk:"lifetime"`
	Tags    types.Map             `tfsdk:"tags"`
	Scope   types.Set             `tfsdk:"scope"`
	Owner   types.Object          `tfsdk:"owner"`
	// What is no attribute is left alone.
	Other string
}

// made makes a model whose attributes are null but for the given ones: "?" stands for an unknown value, a text with a comma for
// several elements.
func made(attributes ...string) *model {
	owner := map[string]attr.Type{"id": types.StringType}
	m := &model{Tags: types.MapNull(types.StringType), Scope: types.SetNull(types.StringType), Owner: types.ObjectNull(owner)}
	for _, given := range attributes {
		name, text, _ := strings.Cut(given, "=")
		isUnknown := text == "?"
		switch name {
		case "name":
			m.Name = textValue(text)
		case "note":
			m.Note = textValue(text)
		case "enabled":
			if m.Enabled = types.BoolValue(text == "true"); isUnknown {
				m.Enabled = types.BoolUnknown()
			}
		case "expires_at":
			if m.Expires = rotation.UnknownTime(); !isUnknown {
				m.Expires = rotation.TimeText{StringValue: types.StringValue(text)}
			}
		case "lifetime":
			m.Life = rotation.DurationText{StringValue: types.StringValue(text)}
			if isUnknown {
				m.Life = rotation.DurationText{StringValue: types.StringUnknown()}
			}
		case "tags":
			if m.Tags = types.MapUnknown(types.StringType); !isUnknown {
				elements := map[string]attr.Value{}
				for pair := range strings.SplitSeq(text, ",") {
					key, value, _ := strings.Cut(pair, ":")
					elements[key] = textValue(value)
				}
				m.Tags = types.MapValueMust(types.StringType, elements)
			}
		case "scope":
			if m.Scope = types.SetUnknown(types.StringType); !isUnknown {
				var elements []attr.Value
				for element := range strings.SplitSeq(text, ",") {
					elements = append(elements, textValue(element))
				}
				m.Scope = types.SetValueMust(types.StringType, elements)
			}
		case "owner":
			if m.Owner = types.ObjectUnknown(owner); !isUnknown {
				m.Owner = types.ObjectValueMust(owner, map[string]attr.Value{"id": types.StringValue(text)})
			}
		}
	}
	return m
}

func textValue(text string) types.String {
	if text == "?" {
		return types.StringUnknown()
	}
	return types.StringValue(text)
}

// all is a model in which every attribute has a value.
func all() *model {
	return made("name=n", "note=x", "enabled=true", "expires_at=2030-01-31T12:00:00Z", "lifetime=1h", "tags=a:1,b:2", "scope=r,w", "owner=o")
}

// unknown is a model in which no attribute is known.
func unknown() *model {
	return made("name=?", "note=?", "enabled=?", "expires_at=?", "lifetime=?", "tags=?", "scope=?", "owner=?")
}

func same(t *testing.T, name string, got, want *model) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(model{})); diff != "" {
		t.Errorf("%s:\n%s", name, diff)
	}
}

func TestKeepPlanned(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plan, result, want *model
		except             []string
		changed            map[string]string
	}{
		"as planned":            {all(), all(), all(), nil, map[string]string{}},
		"nothing was promised":  {unknown(), all(), all(), nil, map[string]string{}},
		"one is another":        {made("name=n", "note=X"), made("name=n", "note=x"), made("name=n", "note=X"), nil, map[string]string{"note": `"x"`}},
		"null was promised":     {made("name=n"), made("name=n", "note=x"), made("name=n"), nil, map[string]string{"note": `"x"`}},
		"null came":             {made("note=x"), made(), made("note=x"), nil, map[string]string{"note": "<null>"}},
		"unknown came":          {made("note=x"), made("note=?"), made("note=x"), nil, map[string]string{"note": "<unknown>"}},
		"excepted":              {made("name=n", "note=X"), made("name=N", "note=x"), made("name=n", "note=x"), []string{"note"}, map[string]string{"name": `"N"`}},
		"everything is another": {all(), made(), all(), []string{"tags"}, nil},
	} {
		if name == "everything is another" {
			c.want.Tags = types.MapNull(types.StringType)
		}
		c.result.Other, c.want.Other = "result's", "result's"
		changed := map[string]string{}
		for attribute, value := range rotation.KeepPlanned(c.result, c.plan, c.except...) {
			changed[attribute] = value.String()
		}
		same(t, name, c.result, c.want)
		if diff := cmp.Diff(c.changed, changed); diff != "" && c.changed != nil || c.changed == nil && len(changed) != 7 {
			t.Errorf("%s: changed are %v\n%s", name, changed, diff)
		}
	}
}

func TestUnknownUnlessEqual(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ plan, other, want *model }{
		"the same":        {all(), all(), all()},
		"all differ":      {all(), made(), unknown()},
		"the other way":   {made(), all(), unknown()},
		"one differs":     {made("name=n", "note=x"), made("name=n", "note=y"), made("name=n", "note=?")},
		"unknown already": {made("note=?"), made("note=y"), made("note=?")},
		"an element":      {made("tags=a:1"), made("tags=a:2"), made("tags=?")},
		"unknown in both": {made("scope=?"), made("scope=?"), made("scope=?")},
	} {
		rotation.UnknownUnlessEqual(t.Context(), c.plan, c.other)
		same(t, name, c.plan, c.want)
	}
}

func TestNullUnknown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ model, want *model }{
		"all":     {unknown(), made()},
		"none":    {all(), all()},
		"some":    {made("name=n", "note=?", "expires_at=?"), made("name=n")},
		"nothing": {made(), made()},
	} {
		rotation.NullUnknown(t.Context(), c.model)
		same(t, name, c.model, c.want)
	}
}

func TestFillUnknown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ model, other, want *model }{
		"all":                       {unknown(), all(), all()},
		"with null":                 {unknown(), made(), made()},
		"what is known stays":       {all(), made(), all()},
		"null is known":             {made(), all(), made()},
		"one":                       {made("name=n", "note=?"), made("name=m", "note=y"), made("name=n", "note=y")},
		"unknown in the other, too": {made("note=?"), made("note=?"), made("note=?")},
	} {
		rotation.FillUnknown(c.model, c.other)
		same(t, name, c.model, c.want)
	}
}

// TestAsIfUnchanged_model: what the configuration does not know yet turns out as it was, and everything else is as planned.
func TestAsIfUnchanged_model(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ plan, config, state, want *model }{
		"all to come":                       {unknown(), unknown(), all(), all()},
		"nothing to come":                   {all(), all(), made(), all()},
		"configured otherwise":              {made("note=y"), made("note=y"), made("note=x"), made("note=y")},
		"removed":                           {made(), made(), made("name=x"), made()},
		"computed stays unknown":            {made("note=?"), made(), made("note=x"), made("note=?")},
		"to come, and none before":          {made("note=?"), made("note=?"), made(), made()},
		"an element to come":                {made("tags=a:?,b:2"), made("tags=a:?,b:2"), made("tags=a:1,b:1"), made("tags=a:1,b:2")},
		"a new element to come":             {made("tags=a:1,c:?"), made("tags=a:1,c:?"), made("tags=a:1"), made("tags=a:1,c:?")},
		"an element to come, one removed":   {made("tags=a:?"), made("tags=a:?"), made("tags=a:1,b:2"), made("tags=a:1")},
		"an element to come, none before":   {made("tags=a:?"), made("tags=a:?"), made(), made("tags=a:?")},
		"a member of a set to come":         {made("scope=r,?"), made("scope=r,?"), made("scope=r,w"), made("scope=r,w")},
		"a set that is known is as it is":   {made("scope=r"), made("scope=r"), made("scope=r,w"), made("scope=r")},
		"a map that was removed is removed": {made(), made(), made("tags=a:1"), made()},
	} {
		config, state := fmt.Sprint(*c.config), fmt.Sprint(*c.state)
		rotation.AsIfUnchanged(c.plan, c.config, c.state)
		same(t, name, c.plan, c.want)
		if fmt.Sprint(*c.config) != config || fmt.Sprint(*c.state) != state {
			t.Errorf("%s: the configuration or the state itself has changed", name)
		}
	}
	// The configuration itself may be what is assumed.
	config := made("note=?", "tags=a:?")
	rotation.AsIfUnchanged(config, config, made("note=x", "tags=a:1"))
	same(t, "a configuration", config, made("note=x", "tags=a:1"))
}

func TestKeepOmitted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plan, config, state, want *model
		names                     []string
	}{
		"left out":      {made("note=?"), made(), made("note=x"), made("note=x"), []string{"note"}},
		"not named":     {made("note=?"), made(), made("note=x"), made("note=?"), []string{"name"}},
		"configured":    {made("note=y"), made("note=y"), made("note=x"), made("note=y"), []string{"note"}},
		"to come":       {made("note=?"), made("note=?"), made("note=x"), made("note=?"), []string{"note"}},
		"never had one": {made("note=?"), made(), made(), made(), []string{"note"}},
		"several":       {unknown(), made("name=n"), all(), made("name=?", "note=x", "enabled=?", "expires_at=?", "lifetime=?", "tags=?", "scope=r,w", "owner=?"), []string{"name", "note", "scope"}},
	} {
		rotation.KeepOmitted(c.plan, c.config, c.state, c.names...)
		same(t, name, c.plan, c.want)
	}
}

func TestKeepGiven(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		model, state, want *model
		names              []string
	}{
		"the state has one":       {made("note=y"), made("note=x"), made("note=x"), []string{"note"}},
		"the state has none":      {made("note=y"), made(), made("note=y"), []string{"note"}},
		"not named":               {made("note=y", "name=b"), made("note=x", "name=a"), made("note=y", "name=a"), []string{"name"}},
		"the server does not say": {made(), made("note=x"), made("note=x"), []string{"note"}},
	} {
		rotation.KeepGiven(c.model, c.state, c.names...)
		same(t, name, c.model, c.want)
	}
}

func TestUnknownIfNull(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plan, want *model
		names      []string
	}{
		"null":      {made(), made("note=?", "scope=?"), []string{"note", "scope"}},
		"not named": {made(), made("note=?"), []string{"note"}},
		"known":     {all(), all(), []string{"note", "scope", "owner"}},
	} {
		rotation.UnknownIfNull(t.Context(), c.plan, c.names...)
		same(t, name, c.plan, c.want)
	}
}

func TestDiffering(t *testing.T) {
	t.Parallel()
	every := []string{"name", "note", "enabled", "expires_at", "lifetime", "tags", "scope", "owner"}
	for name, c := range map[string]struct {
		one, other *model
		names      []string
		want       []string
	}{
		"none":               {all(), all(), every, nil},
		"all":                {all(), made(), every, every},
		"all, none is named": {all(), made(), nil, nil},
		"unknown differs":    {made("note=?"), made("note=x"), []string{"name", "note"}, []string{"note"}},
		"another is named":   {made("note=y"), made("note=x"), []string{"name"}, nil},
		"no such attribute":  {made("note=y"), made("note=x"), []string{"Note", "other"}, nil},
	} {
		var got []string
		for _, at := range rotation.Differing(c.one, c.other, c.names...) {
			got = append(got, at.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		isEqual := len(rotation.Differing(c.one, c.other, every...)) == 0
		if rotation.IsEqual(c.one, c.other) != isEqual || rotation.IsEqual(c.other, c.one) != isEqual {
			t.Errorf("%s: equal %t", name, !isEqual)
		}
	}
}

func TestIsGivenAndText(t *testing.T) {
	t.Parallel()
	m := made("name=n", "note=?", "enabled=false", "tags=a:1")
	for attribute, want := range map[string]bool{"name": true, "note": true, "enabled": true, "tags": true, "scope": false, "Name": false, "": false} {
		if rotation.IsGiven(m, attribute) != want {
			t.Errorf("%q is given: %t", attribute, !want)
		}
	}
	for attribute, want := range map[string]string{"name": "n", "note": "", "enabled": "", "scope": ""} {
		if got := rotation.Text(m, attribute); got != want {
			t.Errorf("the text of %q is %q", attribute, got)
		}
	}
}

// TestNormalizeAndRestore: what a server answers all along where it was asked for something else is no drift; another answer is.
func TestNormalizeAndRestore(t *testing.T) {
	t.Parallel()
	state := made("name=n", "note= X ", "scope=r")
	for name, c := range map[string]struct {
		shown, want *model
		kept        []string
	}{
		"the same answer":         {made("name=n", "note=x", "scope=r"), made("name=n", "note= X ", "scope=r"), []string{"note"}},
		"another answer":          {made("name=n", "note=y", "scope=r"), made("name=n", "note=y", "scope=r"), nil},
		"no answer any more":      {made("name=n", "scope=r"), made("name=n", "scope=r"), nil},
		"drift of something else": {made("name=m", "note=x", "scope=w"), made("name=m", "note= X ", "scope=w"), []string{"note"}},
	} {
		var record rotation.Record
		record.Restore(c.shown, state)
		if record.Normalized != nil {
			t.Errorf("%s: nothing was noted, and now there is %v", name, record.Normalized)
		}
		record.Normalize("note", types.StringValue("x"))
		record.Restore(c.shown, state)
		same(t, name, c.shown, c.want)
		var kept []string
		for attribute := range record.Normalized {
			kept = append(kept, attribute)
		}
		if !slices.Equal(kept, c.kept) {
			t.Errorf("%s: still noted are %q, want %q", name, kept, c.kept)
		}
	}
}
