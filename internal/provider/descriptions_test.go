package provider_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/provider"
)

const replacesResource = "Changing it replaces the resource"

// changes are the phrases by which a description says what a change of the argument does.
var changes = regexp.MustCompile(`[Cc]hanging it (replaces the resource|mints a new token|rotates the token|never rotates the token|renames the token in place|updates the (token|account) in place)`)

// replacedByPlan are arguments that no plan modifier replaces, but the plan of the resource: the life of a token decides there.
var replacedByPlan = []string{"mint_truefoundry_personal_access_token.user_email"}

// resourceSchemas are the schemas of the framework, which know the plan modifiers, by the names of the resources.
func resourceSchemas(t *testing.T) map[string]schema.Schema {
	t.Helper()
	all := map[string]schema.Schema{}
	for _, construct := range provider.New("test")().Resources(t.Context()) {
		r := construct()
		var name resource.MetadataResponse
		var answer resource.SchemaResponse
		r.Metadata(t.Context(), resource.MetadataRequest{ProviderTypeName: "mint"}, &name)
		r.Schema(t.Context(), resource.SchemaRequest{}, &answer)
		all[name.TypeName] = answer.Schema
	}
	return all
}

// TestConformance_changes: every argument of a resource says what changing it does. A nested one changes with the argument that it is in.
func TestConformance_changes(t *testing.T) {
	t.Parallel()
	found := 0
	for name, s := range resourceSchemas(t) {
		for argument, attribute := range s.Attributes {
			if !attribute.IsOptional() && !attribute.IsRequired() {
				continue
			}
			found++
			if text := attribute.GetMarkdownDescription(); !changes.MatchString(text) {
				t.Errorf("%s.%s does not say what changing it does: %q", name, argument, text)
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d arguments were found", found)
	}
}

// isReplacing reports a plan modifier that replaces the resource; there is one for each type of attribute, and the words are the same.
func isReplacing(ctx context.Context, attribute schema.Attribute) bool {
	text, isText := attribute.(schema.StringAttribute)
	if !isText {
		return false
	}
	for _, modifier := range text.PlanModifiers {
		if strings.Contains(modifier.Description(ctx), "destroy and recreate") {
			return true
		}
	}
	return false
}

// TestConformance_replacements: a description says that a change replaces the resource exactly where it does.
func TestConformance_replacements(t *testing.T) {
	t.Parallel()
	found := 0
	for name, s := range resourceSchemas(t) {
		for argument, attribute := range s.Attributes {
			replaces := isReplacing(t.Context(), attribute) || slices.Contains(replacedByPlan, name+"."+argument)
			if says := strings.Contains(attribute.GetMarkdownDescription(), replacesResource); says != replaces {
				t.Errorf("%s.%s says that a change replaces the resource: %t, and it does: %t", name, argument, says, replaces)
			}
			if replaces {
				found++
			}
		}
	}
	if found < 4 {
		t.Errorf("only %d arguments replace a resource: the test looks for the wrong ones", found)
	}
}

// TestConformance_defaults: an argument that has a value without being set names that value.
func TestConformance_defaults(t *testing.T) {
	t.Parallel()
	for name, s := range resourceSchemas(t) {
		for argument, attribute := range s.Attributes {
			text := strings.ToLower(attribute.GetMarkdownDescription())
			if attribute.IsOptional() && attribute.IsComputed() && !strings.Contains(text, "default") {
				t.Errorf("%s.%s does not name its default: %q", name, argument, text)
			}
		}
	}
}

// TestConformance_units: what is a time, or takes time, says in which form or unit, everywhere.
func TestConformance_units(t *testing.T) {
	t.Parallel()
	forms := []struct{ names, says *regexp.Regexp }{
		{
			regexp.MustCompile(`^(lifetime|max_lifetime|overlap|rotate_before_expiry|rotate_after|unused_for|expires_within|expires_in|expiry_warning|timeout)$`),
			regexp.MustCompile("as a duration such as `[0-9]+[a-z]`"),
		},
		{regexp.MustCompile(`(_at|_before|revoked_after)$`), regexp.MustCompile(`RFC 3339|as the control plane shows it`)},
		{regexp.MustCompile(`(_seconds|_interval|_period)$`), regexp.MustCompile(`in (seconds|days)`)},
		{regexp.MustCompile(`_date$`), regexp.MustCompile("`yyyy-mm-dd` in UTC")},
	}
	found := make([]int, len(forms))
	for object, s := range objects(schemas(t)) {
		walk(object, s.Block.Attributes, func(path string, a *tfprotov6.SchemaAttribute) {
			for i, form := range forms {
				if !form.names.MatchString(a.Name) {
					continue
				}
				found[i]++
				if !form.says.MatchString(a.Description) {
					t.Errorf("%s says nothing like %q: %q", path, form.says, a.Description)
				}
			}
		})
	}
	for i, count := range found {
		if count < 3 {
			t.Errorf("only %d attributes are called %q: the test looks for the wrong names", count, forms[i].names)
		}
	}
}
