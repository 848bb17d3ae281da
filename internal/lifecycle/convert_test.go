package lifecycle_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	ephemeralschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// TestConvert: an argument is the same in every kind of schema: its type, its words, its rules.
func TestConvert(t *testing.T) {
	t.Parallel()
	shared := lifecycle.Attributes(rotation.AuditArguments(), lifecycle.ListedArguments(), map[string]schema.Attribute{"account": schema.StringAttribute{Required: true}})
	bulk := lifecycle.BulkArguments()
	lists, actions := lifecycle.ListArguments(shared), lifecycle.ActionArguments(shared, bulk)
	if len(lists) != len(shared) || len(actions) != len(shared)+len(bulk) {
		t.Errorf("%d and %d arguments", len(lists), len(actions))
	}
	for name, want := range lifecycle.Attributes(shared, bulk) {
		action := actions[name]
		if !action.GetType().Equal(want.GetType()) || action.GetMarkdownDescription() != want.GetMarkdownDescription() || action.IsOptional() != want.IsOptional() || action.IsRequired() != want.IsRequired() {
			t.Errorf("as an argument of an action, %s is %+v", name, action)
		}
		list, ok := lists[name]
		if ok && (!list.GetType().Equal(want.GetType()) || list.GetMarkdownDescription() != want.GetMarkdownDescription() || list.IsOptional() != want.IsOptional() || list.IsRequired() != want.IsRequired()) {
			t.Errorf("as an argument of a list, %s is %+v", name, list)
		}
	}
}

// TestConvert_rules: the rules go with the arguments.
func TestConvert_rules(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	for name, config := range map[string]values{
		"a text": {"scope": ""}, "a name": {"name_prefix": ""}, "a duration": {"unused_for": "0s"}, "no duration": {"expires_within": "soon"}, "no time": {"created_before": "soon"},
		"a truth": {"never_expires": true, "expires_within": "1d"}, "two": {"never_used": true, "unused_for": "1d"},
	} {
		if said := w.Start().ValidateList(named, config); !said.Failed() {
			t.Errorf("a list takes %s", name)
		}
		if said := w.Start().ValidateAction(revokeNamed, config); !said.Failed() {
			t.Errorf("an action takes %s", name)
		}
	}
	if said := w.Start().ValidateAction(revokeNamed, values{"ids": []any{}}); !said.Failed() {
		t.Error("an action takes no ids")
	}
}

// TestConvert_others: what a schema does not take is found as soon as the schema is loaded.
func TestConvert_others(t *testing.T) {
	t.Parallel()
	panics := func(convert func()) (said string) {
		defer func() { said, _ = recover().(string) }()
		convert()
		return ""
	}
	set := map[string]schema.Attribute{"account": schema.StringAttribute{Optional: true}, "owners": schema.SetAttribute{Optional: true}}
	for name, convert := range map[string]func(){
		"owners": func() { lifecycle.ActionArguments(set) }, "owners ": func() { lifecycle.ListArguments(set) }, "max_count": func() { lifecycle.ListArguments(lifecycle.BulkArguments()) },
	} {
		if said := panics(convert); !strings.Contains(said, strings.TrimSpace(name)) {
			t.Errorf("%s: %q", name, said)
		}
	}
}

// TestEphemeralAttributes: the later of two attributes with one name counts, and the parts stay as they are.
func TestEphemeralAttributes(t *testing.T) {
	t.Parallel()
	part := lifecycle.LentArguments("It depends.")
	all := lifecycle.EphemeralAttributes(part, map[string]ephemeralschema.Attribute{"id": ephemeralschema.StringAttribute{Required: true}, "more": ephemeralschema.BoolAttribute{Optional: true}})
	if !all["id"].IsRequired() || all["more"] == nil || part["id"].IsRequired() || part["more"] != nil || len(all) != len(part)+1 {
		t.Errorf("got %v of %v", all, part)
	}
	if got := all["lifetime"].GetMarkdownDescription(); !strings.HasSuffix(got, " It depends.") {
		t.Errorf("lifetime is described as %q", got)
	}
}
