package provider_test

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	module    = "github.com/tokenmint/terraform-provider-mint"
	terraform = "github.com/hashicorp/terraform-plugin-"
)

// imports is one package of the graph: what it imports, and what its tests
// import on top.
type imports struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// importGraph holds packages by import path.
type importGraph map[string]imports

// boundary forbids imports from some packages to others.
type boundary struct {
	name string
	// from and to tell by import path, given the names of all systems.
	from, to func(path string, systems []string) bool
	// chains also forbids reaching a package through others.
	chains bool
	// tests also holds the tests of the package to the boundary.
	tests bool
}

func boundaries() []boundary {
	return []boundary{
		{
			name:   "a client does not import Terraform",
			from:   part("api"),
			to:     func(path string, _ []string) bool { return strings.HasPrefix(path, terraform) },
			tests:  true,
			chains: false,
		},
		{
			// Logging is the one thing that a client's HTTP layer takes from there.
			name: "a client does not reach Terraform but for its logging",
			from: part("api"),
			to: func(path string, _ []string) bool {
				return strings.HasPrefix(path, terraform) && !strings.HasPrefix(path, terraform+"log/")
			},
			chains: true,
		},
		{
			name: "an emulator shares nothing with a client and knows nothing of Terraform",
			from: func(path string, systems []string) bool {
				return part("fake")(path, systems) || within(path, "fakeapi")
			},
			to: func(path string, systems []string) bool {
				return part("api")(path, systems) || within(path, "rest") || strings.HasPrefix(path, terraform)
			},
			tests:  true,
			chains: true,
		},
		{
			name: "the shipped provider does not reach emulators, tools or test support",
			from: func(path string, _ []string) bool { return path == module },
			to: func(path string, systems []string) bool {
				return part("fake")(path, systems) ||
					within(path, "fakeapi", "contract", "sandbox", "protocoltest", "sink", "engine", "demo", "chaos", "bench", "picture", "schemajson", "testtally", "distrust", "release") ||
					strings.HasPrefix(path, terraform+"testing")
			},
			chains: true,
		},
	}
}

// part accepts the given part of any system, such as its api.
func part(name string) func(string, []string) bool {
	return func(path string, systems []string) bool {
		return slices.ContainsFunc(systems, func(system string) bool { return within(path, system+"/"+name) })
	}
}

// within reports whether a package is, or stands under, one of these folders
// of internal.
func within(path string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool {
		return strings.HasPrefix(path+"/", module+"/internal/"+folder+"/")
	})
}

// systems are the folders that have a client or an emulator.
func (g importGraph) systems() []string {
	var names []string
	for path := range g {
		name, rest, found := strings.Cut(strings.TrimPrefix(path, module+"/internal/"), "/")
		if found && (rest == "api" || rest == "fake") && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// violations lists the chains of imports that cross the boundary.
func (g importGraph) violations(rule boundary) []string {
	systems := g.systems()
	var found []string
	for path, node := range g {
		if !rule.from(path, systems) {
			continue
		}
		direct := node.Imports
		if rule.tests {
			direct = slices.Concat(direct, node.TestImports, node.XTestImports)
		}
		seen := map[string]bool{path: true}
		queue := [][]string{}
		for _, next := range direct {
			queue = append(queue, []string{path, next})
		}
		for len(queue) > 0 {
			chain := queue[0]
			queue = queue[1:]
			last := chain[len(chain)-1]
			if seen[last] {
				continue
			}
			seen[last] = true
			if rule.to(last, systems) {
				found = append(found, strings.Join(chain, " -> "))
				continue
			}
			if rule.chains {
				for _, next := range g[last].Imports {
					queue = append(queue, append(slices.Clone(chain), next))
				}
			}
		}
	}
	slices.Sort(found)
	return found
}

// mixed lists the imports from one system to another.
func (g importGraph) mixed() []string {
	var found []string
	systems := g.systems()
	for _, system := range systems {
		rule := boundary{
			from: func(path string, _ []string) bool { return within(path, system) },
			to: func(path string, _ []string) bool {
				return slices.ContainsFunc(systems, func(other string) bool { return other != system && within(path, other) })
			},
		}
		// A test may reach the others through the whole provider or the sandbox, and names none of them itself.
		rule.tests = true
		found = append(found, g.violations(rule)...)
		rule.tests, rule.chains = false, true
		found = append(found, g.violations(rule)...)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// testSupport lists the packages of this module that the provider ships and
// that import the testing package themselves.
func (g importGraph) testSupport() []string {
	shipped := boundary{
		from: func(path string, _ []string) bool { return path == module },
		to: func(path string, _ []string) bool {
			return strings.HasPrefix(path, module) && slices.Contains(g[path].Imports, "testing")
		},
		chains: true,
	}
	return g.violations(shipped)
}

func TestBoundaries(t *testing.T) {
	t.Parallel()
	graph := loadImports(t)
	if !slices.Contains(graph.systems(), "sailpoint") || len(graph[module].Imports) == 0 {
		t.Fatalf("the import graph is not this module's: systems %q", graph.systems())
	}
	for _, rule := range boundaries() {
		for _, chain := range graph.violations(rule) {
			t.Errorf("%s: %s", rule.name, chain)
		}
	}
	for _, chain := range graph.mixed() {
		t.Errorf("systems do not import each other: %s", chain)
	}
	for _, chain := range graph.testSupport() {
		t.Errorf("the shipped provider does not import testing: %s", chain)
	}
}

// TestBoundaries_canFail feeds the check a graph with exactly one crossing at a
// time.
func TestBoundaries_canFail(t *testing.T) {
	t.Parallel()
	const in = module + "/internal/"
	base := func(extra ...imports) importGraph {
		graph := importGraph{}
		for _, node := range append([]imports{
			{ImportPath: module, Imports: []string{in + "provider"}},
			{ImportPath: in + "provider", Imports: []string{in + "sun", in + "moon", terraform + "framework/provider"}},
			{ImportPath: in + "sun", Imports: []string{in + "sun/api"}},
			{ImportPath: in + "moon", Imports: []string{in + "moon/api"}},
			{ImportPath: in + "sun/api", Imports: []string{in + "rest"}},
			{ImportPath: in + "moon/api", Imports: []string{in + "rest"}},
			{ImportPath: in + "sun/fake", Imports: []string{in + "fakeapi"}, XTestImports: []string{"testing"}},
			{ImportPath: in + "fakeapi", Imports: []string{"net/http"}},
			{ImportPath: in + "rest", Imports: []string{terraform + "log/tflog"}},
		}, extra...) {
			graph[node.ImportPath] = node
		}
		return graph
	}
	count := func(graph importGraph) int {
		found := len(graph.mixed()) + len(graph.testSupport())
		for _, rule := range boundaries() {
			found += len(graph.violations(rule))
		}
		return found
	}
	if found := count(base()); found != 0 {
		t.Fatalf("the clean graph has %d violations", found)
	}
	cases := map[string]imports{
		"a client imports Terraform": {ImportPath: in + "moon/api", Imports: []string{terraform + "log/tflog"}},
		"a client reaches Terraform": {ImportPath: in + "rest", Imports: []string{terraform + "framework/types"}},
		"an emulator's test reads the client": {
			ImportPath: in + "sun/fake", Imports: []string{in + "fakeapi"}, XTestImports: []string{in + "sun/api"},
		},
		"emulators share the HTTP layer":    {ImportPath: in + "fakeapi", Imports: []string{in + "rest"}},
		"systems import each other":         {ImportPath: in + "sun", Imports: []string{in + "moon"}},
		"the provider ships an emulator":    {ImportPath: in + "moon", Imports: []string{in + "fakeapi"}},
		"the provider ships test support":   {ImportPath: in + "moon", Imports: []string{terraform + "testing/echoprovider"}},
		"the provider ships the sink":       {ImportPath: in + "provider", Imports: []string{in + "sink"}},
		"a system ships the test engine":    {ImportPath: in + "moon", Imports: []string{in + "protocoltest/randomrun"}},
		"the provider imports testing":      {ImportPath: in + "moon", Imports: []string{"testing"}},
		"the provider ships the demo":       {ImportPath: module, Imports: []string{in + "demo"}},
		"a system's folder under another's": {ImportPath: in + "sun/api/deep", Imports: []string{in + "moon/api"}},
	}
	for name, crossing := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if count(base(crossing)) == 0 {
				t.Error("the crossing went unnoticed")
			}
		})
	}
}

// TestBoundaries_systemsInOneFile holds the registration to one file.
func TestBoundaries_systemsInOneFile(t *testing.T) {
	t.Parallel()
	systems := loadImports(t).systems()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if file == "systems.go" || strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			if within(strings.Trim(spec.Path.Value, `"`), systems...) {
				t.Errorf("%s imports %s; only systems.go names systems", file, spec.Path.Value)
			}
		}
	}
}

// loadImports reads the graph of every package of the module and what they
// depend on.
func loadImports(t *testing.T) importGraph {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-deps",
		"-json=ImportPath,Imports,TestImports,XTestImports", module+"/...")
	output, err := command.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %s", exit.Stderr)
		}
		t.Fatal(err)
	}
	graph := importGraph{}
	decoder := json.NewDecoder(strings.NewReader(string(output)))
	for {
		var node imports
		if err := decoder.Decode(&node); errors.Is(err, io.EOF) {
			return graph
		} else if err != nil {
			t.Fatal(err)
		}
		graph[node.ImportPath] = node
	}
}
