package provider_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// pages are what people read: at the root of the repository, and the documentation, of which the written part is in templates and the whole,
// as the registry shows it, in docs.
func pages(t *testing.T, patterns ...string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range patterns {
		files, err := filepath.Glob("../../" + pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no pages: %s: %v", pattern, err)
		}
		for _, file := range files {
			all[file] = read(t, file)
		}
	}
	return all
}

const indexPage = "../../templates/index.md.tmpl"

func writtenPages(t *testing.T) map[string]string {
	t.Helper()
	return pages(t, "*.md", "templates/*.tmpl", "templates/guides/*.md")
}

// TestPages_links follows every relative link to its page, and to the heading on it.
func TestPages_links(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for file, text := range pages(t, "*.md", "docs/*.md", "docs/*/*.md") {
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(match[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			to := file
			if target != "" {
				to = filepath.Join(filepath.Dir(file), target)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s links to %s, which does not exist", file, match[1])
			} else if anchor != "" && !slices.Contains(anchors(read(t, to)), anchor) {
				t.Errorf("%s links to %s, and %s has no such heading", file, match[1], to)
			}
		}
	}
}

// anchors are where links into a page can lead, as GitHub and the registry name them.
func anchors(text string) (all []string) {
	text = regexp.MustCompile("(?ms)^```.*?^```").ReplaceAllString(text, "")
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		plain := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		all = append(all, strings.ReplaceAll(plain, " ", "-"))
	}
	for _, id := range regexp.MustCompile(`<a id="([^"]+)">`).FindAllStringSubmatch(text, -1) {
		all = append(all, id[1])
	}
	return all
}

// TestPages_guidesAreLinked: each guide is on the index page and in the README.
func TestPages_guidesAreLinked(t *testing.T) {
	t.Parallel()
	readme, index := read(t, "../../README.md"), read(t, indexPage)
	for guide := range pages(t, "templates/guides/*.md") {
		name := filepath.Base(guide)
		if !strings.Contains(index, "](guides/"+name+")") {
			t.Errorf("the index page does not link to %s", name)
		}
		if !strings.Contains(readme, "](docs/guides/"+name+")") {
			t.Errorf("the README does not link to %s", name)
		}
	}
}

// TestPages_names finds what pages name and the code lacks: objects, arguments of the provider, targets of make, environment variables.
func TestPages_names(t *testing.T) {
	t.Parallel()
	answer := schemas(t)
	known := map[string]bool{}
	for object := range objects(answer) {
		known[object[strings.LastIndex(object, " ")+1:]] = true
	}
	arguments, attributes := map[string]bool{}, map[string]bool{}
	for object, schema := range objects(answer) {
		walk(object, schema.Block.Attributes, func(path string, a *tfprotov6.SchemaAttribute) { arguments[path], attributes[a.Name] = true, true })
	}
	code := sources(t)
	makefile := read(t, "../../GNUmakefile")
	for file, text := range writtenPages(t) {
		for _, name := range regexp.MustCompile(`\bmint_(?:sailpoint|magpie|truefoundry|access|decrypted)[a-z_]*`).FindAllString(text, -1) {
			if !known[name] {
				t.Errorf("%s names the object %s", file, name)
			}
		}
		for _, match := range regexp.MustCompile("`((?:sailpoint|magpie|truefoundry|http|policy)\\.[a-z_]+)`").FindAllStringSubmatch(text, -1) {
			if !arguments["provider."+match[1]] {
				t.Errorf("%s names the argument %s", file, match[1])
			}
		}
		for _, match := range regexp.MustCompile("`([a-z]+(?:_[a-z]+)+)(?: = [^`]*)?`").FindAllStringSubmatch(text, -1) {
			if name := match[1]; !attributes[name] && !known[name] && !slices.Contains(foreignWords(), name) && !strings.Contains(code, `"`+name) {
				t.Errorf("%s names %s, which is no attribute", file, name)
			}
		}
		for _, name := range regexp.MustCompile(`\b(?:SAIL|MAGPIE|TFY|MINT|CONTROL)_[A-Z][A-Z_]*\b`).FindAllString(text, -1) {
			if !regexp.MustCompile(`\b` + name + `\b`).MatchString(code) {
				t.Errorf("%s names the environment variable %s", file, name)
			}
		}
		for _, match := range regexp.MustCompile("(?m)(?:`|^|&& )make ([a-z][a-z -]*)").FindAllStringSubmatch(text, -1) {
			for _, target := range strings.Fields(match[1]) {
				if !strings.Contains(makefile, "\n"+target+":") {
					t.Errorf("%s names the target %q of make", file, target)
				}
			}
		}
	}
}

// foreignWords are Terraform's own and those of other providers.
func foreignWords() []string {
	return []string{
		"action_trigger", "create_before_destroy", "dev_overrides", "for_each", "ignore_changes", "prevent_destroy", "replace_triggered_by", "terraform_remote_state",
		"data_json_wo", "data_json_wo_version", "data_wo", "data_wo_revision", "secret_string_wo", "secret_string_wo_version", "value_encrypted",
		"rotate_when_changed", "rotation_days", "time_offset", "time_rotating", "time_static",
	}
}

// sources is the text of all Go files but tests.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			all.WriteString(read(t, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// TestPages_everything is the reverse: the index page names each argument of each system with its variable, and each object is in the guide of
// its system and has a page of its own.
func TestPages_everything(t *testing.T) {
	t.Parallel()
	index := read(t, indexPage)
	for variable := range everySystem(t).Env() {
		if !strings.Contains(index, "`"+variable+"`") {
			t.Errorf("the index page does not name the environment variable %s", variable)
		}
	}
	answer := schemas(t)
	walk("", answer.Provider.Block.Attributes, func(path string, a *tfprotov6.SchemaAttribute) {
		if strings.Count(path, ".") > 1 && !strings.HasPrefix(path, ".http.") && !strings.HasPrefix(path, ".policy.") && !strings.Contains(index, "| `"+path[1:]+"` |") {
			t.Errorf("the index page does not explain %s", path[1:])
		}
	})
	folders := map[string]string{"resource": "resources", "data source": "data-sources", "ephemeral": "ephemeral-resources", "list resource": "list-resources", "action": "actions"}
	for object := range objects(answer) {
		cut := strings.LastIndex(object, " ")
		if cut < 0 {
			continue
		}
		name := strings.TrimPrefix(object[cut+1:], "mint_")
		if _, err := os.Stat("../../docs/" + folders[object[:cut]] + "/" + name + ".md"); err != nil {
			t.Errorf("%s has no page: %v", object, err)
		}
		system, _, _ := strings.Cut(name, "_")
		if guide := "../../templates/guides/" + system + ".md"; slices.Contains([]string{sailpoint.Name, magpie.Name, truefoundry.Name}, system) &&
			!regexp.MustCompile("`mint_"+name+"`").MatchString(read(t, guide)) {
			t.Errorf("%s does not name %s", guide, object)
		}
	}
}

// everySystem is a sandbox, which emulates all systems.
func everySystem(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	box, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	return box
}

// TestPages_endpoints holds the endpoint map of each system's guide against its emulator, which is written from the vendor's pages: each request
// that the guide names exists, and each one that exists is in the guide or one that the provider does not send.
func TestPages_endpoints(t *testing.T) {
	t.Parallel()
	unused := []string{
		"GET /api/magpie/version", "DELETE /api/magpie/access-token/{id}/description",
		"GET /api/svc/v1/personal-access-tokens/{name}", "GET /api/svc/v1/personal-access-tokens/{name}/token",
	}
	prefixes := map[string]string{sailpoint.Name: "", magpie.Name: "/api/magpie", truefoundry.Name: "/api/svc/v1"}
	box := everySystem(t)
	for name, system := range map[string]fakeapi.System{sailpoint.Name: box.SailPoint, magpie.Name: box.Magpie, truefoundry.Name: box.TrueFoundry} {
		served, named := map[string]bool{}, map[string]bool{}
		for _, route := range system.Routes() {
			served[unplaced(route.Method+" "+route.Path)] = true
		}
		_, table, _ := strings.Cut(read(t, "../../templates/guides/"+name+".md"), "## Endpoints\n")
		table, _, _ = strings.Cut(table, "\n## ")
		for _, match := range regexp.MustCompile("(?m)^\\| `([A-Z]+) (/[^`]*)` \\|").FindAllStringSubmatch(table, -1) {
			named[unplaced(match[1]+" "+prefixes[name]+match[2])] = true
		}
		for request := range named {
			if !served[request] {
				t.Errorf("%s: the guide names %s, which does not exist", name, request)
			}
		}
		for _, request := range slices.Sorted(maps.Keys(served)) {
			isOtherVersion := name == sailpoint.Name && !strings.Contains(request, "/personal-access-tokens/v1") && !strings.Contains(request, "/oauth/")
			if !named[request] && !isOtherVersion && !slices.ContainsFunc(unused, func(u string) bool { return unplaced(u) == request }) {
				t.Errorf("%s: the guide lacks %s", name, request)
			}
		}
	}
}

// unplaced is a route whose placeholders have one name.
func unplaced(route string) string {
	return regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(route, "{}")
}
