package provider_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/provider"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// The conformance tests hold every registered object to the house rules, so that an object cannot be added without them.

func schemas(t *testing.T) *tfprotov6.GetProviderSchemaResponse {
	t.Helper()
	server := providerserver.NewProtocol6(provider.New("test")())()
	answer, err := server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(answer.Diagnostics) > 0 {
		t.Fatalf("GetProviderSchema: %v %v", err, answer.Diagnostics)
	}
	return answer
}

// objects are all schemas under the names by which faults are reported.
func objects(answer *tfprotov6.GetProviderSchemaResponse) map[string]*tfprotov6.Schema {
	all := map[string]*tfprotov6.Schema{"provider": answer.Provider}
	for name, s := range answer.ResourceSchemas {
		all["resource "+name] = s
	}
	for name, s := range answer.DataSourceSchemas {
		all["data source "+name] = s
	}
	for name, s := range answer.EphemeralResourceSchemas {
		all["ephemeral "+name] = s
	}
	for name, s := range answer.ListResourceSchemas {
		all["list resource "+name] = s
	}
	for name, s := range answer.ActionSchemas {
		all["action "+name] = s.Schema
	}
	return all
}

// walk visits every attribute, nested ones too.
func walk(prefix string, attributes []*tfprotov6.SchemaAttribute, visit func(path string, a *tfprotov6.SchemaAttribute)) {
	for _, a := range attributes {
		path := prefix + "." + a.Name
		visit(path, a)
		if a.NestedType != nil {
			walk(path, a.NestedType.Attributes, visit)
		}
	}
}

func TestConformance_names(t *testing.T) {
	t.Parallel()
	// What belongs to no system.
	across := []string{"mint_decrypted_secret", "mint_access_tokens"}
	pattern := regexp.MustCompile(`^mint_([a-z]+)_[a-z]+(_[a-z]+)*$`)
	answer := schemas(t)
	systems := []string{}
	for _, a := range answer.Provider.Block.Attributes {
		systems = append(systems, a.Name)
	}
	for object := range objects(answer) {
		name := object[strings.LastIndex(object, " ")+1:]
		if name == "provider" || slices.Contains(across, name) {
			continue
		}
		match := pattern.FindStringSubmatch(name)
		if match == nil || !slices.Contains(systems, match[1]) {
			t.Errorf("%s is not mint_<system>_<noun>", object)
		}
	}
}

func TestConformance_descriptions(t *testing.T) {
	t.Parallel()
	for object, schema := range objects(schemas(t)) {
		if !strings.HasSuffix(schema.Block.Description, ".") {
			t.Errorf("%s has no description that ends in a full stop: %q", object, schema.Block.Description)
		}
		walk(object, schema.Block.Attributes, func(path string, a *tfprotov6.SchemaAttribute) {
			if !strings.HasSuffix(a.Description, ".") {
				t.Errorf("%s has no description that ends in a full stop: %q", path, a.Description)
			}
		})
	}
	for name, function := range schemas(t).Functions {
		texts := map[string]string{"its summary": function.Summary, "its description": function.Description}
		for _, parameter := range function.Parameters {
			texts[parameter.Name] = parameter.Description
		}
		for of, text := range texts {
			if !strings.HasSuffix(text, ".") {
				t.Errorf("function %s: %s does not end in a full stop: %q", name, of, text)
			}
		}
	}
}

// secretWords are names under which a credential may stand.
var secretWords = regexp.MustCompile(`^(token|.*secret|identity|password|.*api_key|access_token|session_token|bearer)$`)

func TestConformance_secretsAreSensitive(t *testing.T) {
	t.Parallel()
	found := 0
	for object, schema := range objects(schemas(t)) {
		walk(object, schema.Block.Attributes, func(path string, a *tfprotov6.SchemaAttribute) {
			// What is encrypted is made to be shown.
			if !secretWords.MatchString(a.Name) || a.NestedType != nil || strings.HasSuffix(a.Name, "encrypted_secret") {
				return
			}
			found++
			if !a.Sensitive {
				t.Errorf("%s looks like a secret and is not sensitive", path)
			}
		})
	}
	if found == 0 {
		t.Error("no secret was found at all: the test looks for the wrong names")
	}
}

// TestConformance_sharedArguments: what all resources share has one description. Where a system has a rule of its own, only the first
// sentence is the same.
func TestConformance_sharedArguments(t *testing.T) {
	t.Parallel()
	shared := []string{
		"name_prefix", "lifetime", "rotation_triggers", "rotate_before_expiry", "rotate_after", "encrypt_secret_to", "encrypted_secret",
		"secret_version", "previous_id", "previous_secret", "previous_encrypted_secret", "previous_revoked_after", "overlap",
	}
	about := func(a *tfprotov6.SchemaAttribute) string {
		first, _, _ := strings.Cut(a.Description, ". ")
		if slices.Contains([]string{"name_prefix", "lifetime", "overlap"}, a.Name) {
			return strings.TrimSuffix(first, ", up to `365d`")
		}
		return a.Description
	}
	first := map[string]*tfprotov6.SchemaAttribute{}
	for name, schema := range schemas(t).ResourceSchemas {
		for _, a := range schema.Block.Attributes {
			if !slices.Contains(shared, a.Name) {
				continue
			}
			if first[a.Name] == nil {
				first[a.Name] = a
			}
			if f := first[a.Name]; !f.Type.Equal(a.Type) || about(f) != about(a) {
				t.Errorf("%s.%s differs from the same argument of another resource", name, a.Name)
			}
		}
	}
}

// TestConformance_everyTokenRotates: whatever has a secret that was minted can be rotated and encrypted, and what can overlap shows
// the previous token.
func TestConformance_everyTokenRotates(t *testing.T) {
	t.Parallel()
	rotating := []string{"rotation_triggers", "rotate_before_expiry", "encrypt_secret_to", "encrypted_secret"}
	overlapping := []string{"previous_id", "previous_secret", "previous_encrypted_secret", "previous_revoked_after"}
	for name, schema := range schemas(t).ResourceSchemas {
		has := map[string]bool{}
		for _, a := range schema.Block.Attributes {
			has[a.Name] = true
		}
		want := rotating
		if has["overlap"] {
			want = append(slices.Clone(rotating), overlapping...)
		}
		for _, argument := range want {
			if !has[argument] {
				t.Errorf("%s has no %s", name, argument)
			}
		}
		if !has["overlap"] && has["previous_id"] {
			t.Errorf("%s has a previous token, and no overlap", name)
		}
	}
}

// TestConformance_auditFilters: every data source of many takes the same filters, in the same words. What some cannot take follows from
// what their rows have: without names there is no name_prefix, and without a last use there is no filter on it.
func TestConformance_auditFilters(t *testing.T) {
	t.Parallel()
	// The fact of a row that a filter goes by.
	filters := map[string]string{
		"except_ids": "id", "name_prefix": "name", "expires_within": "expires_at", "never_expires": "expires_at", "created_before": "created_at",
		"unused_for": "last_used_at", "never_used": "last_used_at",
	}
	first, found := map[string]*tfprotov6.SchemaAttribute{}, 0
	for name, schema := range schemas(t).DataSourceSchemas {
		arguments, facts := map[string]*tfprotov6.SchemaAttribute{}, map[string]bool{}
		for _, a := range schema.Block.Attributes {
			arguments[a.Name] = a
			if !a.Optional && !a.Required && a.NestedType != nil && a.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeList && strings.HasSuffix(name, "s") {
				for _, fact := range a.NestedType.Attributes {
					facts[fact.Name] = true
				}
			}
		}
		if len(facts) == 0 {
			continue
		}
		found++
		for filter, fact := range filters {
			a := arguments[filter]
			if (a != nil) != facts[fact] {
				t.Errorf("%s has %s: %t, and its rows have %s: %t", name, filter, a != nil, fact, facts[fact])
			}
			if a == nil {
				continue
			}
			if first[filter] == nil {
				first[filter] = a
			}
			if f := first[filter]; !a.Optional || !f.Type.Equal(a.Type) || f.Description != a.Description {
				t.Errorf("%s.%s differs from the same filter of another data source", name, filter)
			}
		}
	}
	if found < 5 || len(first) != len(filters) {
		t.Errorf("%d data sources of many with the filters %v were found: the test looks for the wrong ones", found, first)
	}
}

// TestConformance_mintedByProvider: every token that a data source shows tells whether this provider very likely minted it. A virtual
// account has the name that the configuration gives it, which tells nothing, and the inventory shows only what all systems tell.
func TestConformance_mintedByProvider(t *testing.T) {
	t.Parallel()
	found := 0
	for name, schema := range schemas(t).DataSourceSchemas {
		has := false
		walk(name, schema.Block.Attributes, func(path string, a *tfprotov6.SchemaAttribute) {
			if a.Name == "minted_by_provider" {
				has = true
				found++
				if !a.Computed || a.Optional {
					t.Errorf("%s is not just shown", path)
				}
			}
		})
		if has == (strings.Contains(name, "virtual_account") || name == "mint_access_tokens") {
			t.Errorf("%s has minted_by_provider: %t", name, has)
		}
	}
	if found == 0 {
		t.Error("no data source has minted_by_provider")
	}
}

// TestConformance_durationsKeepTheirSpelling: a duration that a resource takes, or infers, is no change when it is spelt in another way.
func TestConformance_durationsKeepTheirSpelling(t *testing.T) {
	t.Parallel()
	found := 0
	for _, construct := range provider.New("test")().Resources(t.Context()) {
		var answer resource.SchemaResponse
		construct().Schema(t.Context(), resource.SchemaRequest{}, &answer)
		for name, attribute := range answer.Schema.Attributes {
			if _, isDuration := attribute.GetType().(rotation.DurationType); !isDuration {
				continue
			}
			found++
			text, isText := attribute.(schema.StringAttribute)
			if !isText || !slices.Contains(text.PlanModifiers, rotation.SameDuration()) {
				t.Errorf("%s.%s lacks the plan modifier SameDuration", answer.Schema.MarkdownDescription, name)
			}
		}
	}
	if found == 0 {
		t.Error("no duration was found at all")
	}
}

func TestConformance_everyResourceImports(t *testing.T) {
	t.Parallel()
	for _, construct := range provider.New("test")().Resources(context.Background()) {
		r := construct()
		var name resource.MetadataResponse
		r.Metadata(context.Background(), resource.MetadataRequest{ProviderTypeName: "mint"}, &name)
		if _, ok := r.(resource.ResourceWithImportState); !ok {
			t.Errorf("%s does not import", name.TypeName)
		}
		if _, ok := r.(resource.ResourceWithIdentity); !ok {
			t.Errorf("%s has no identity", name.TypeName)
		}
	}
}

func TestConformance_everyObjectHasExamples(t *testing.T) {
	t.Parallel()
	answer := schemas(t)
	want := []string{"provider/provider.tf"}
	for name := range answer.ResourceSchemas {
		for _, file := range []string{"resource.tf", "import.sh", "import-by-string-id.tf", "import-by-identity.tf"} {
			want = append(want, filepath.Join("resources", name, file))
		}
	}
	for name := range answer.DataSourceSchemas {
		want = append(want, filepath.Join("data-sources", name, "data-source.tf"))
	}
	for name := range answer.EphemeralResourceSchemas {
		want = append(want, filepath.Join("ephemeral-resources", name, "ephemeral-resource.tf"))
	}
	for name := range answer.ListResourceSchemas {
		want = append(want, filepath.Join("list-resources", name, "list-resource.tfquery.hcl"))
	}
	for name := range answer.ActionSchemas {
		want = append(want, filepath.Join("actions", name, "action.tf"))
	}
	for name := range answer.Functions {
		want = append(want, filepath.Join("functions", name, "function.tf"))
	}
	for _, file := range want {
		if _, err := os.Stat(filepath.Join("..", "..", "examples", file)); err != nil {
			t.Errorf("no example %s", file)
		}
	}
}
