package provider_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// diagnosticCalls are the functions of the framework that take the summary of a diagnostic, with its place among their arguments.
var diagnosticCalls = map[string]int{
	"AddError": 0, "AddWarning": 0, "NewErrorDiagnostic": 0, "NewWarningDiagnostic": 0,
	"AddAttributeError": 1, "AddAttributeWarning": 1, "NewAttributeErrorDiagnostic": 1, "NewAttributeWarningDiagnostic": 1,
}

// passedOn are summaries that come from another diagnostic, or that a caller hands to a function that makes one: they are collected there.
var passedOn = regexp.MustCompile(`^<[A-Za-z.]*(Summary|summary)>$`)

// summarySource finds the texts of an expression: what is not known in the source is its expression in angle brackets.
type summarySource struct {
	constants map[string][]ast.Expr
	locals    map[string][]ast.Expr
	text      []byte
	offset    func(token.Pos) int
}

func (s summarySource) texts(e ast.Expr, depth int) []string {
	switch x := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(x.Value); err == nil {
			return []string{text}
		}
	case *ast.ParenExpr:
		return s.texts(x.X, depth)
	case *ast.BinaryExpr:
		var all []string
		for _, left := range s.texts(x.X, depth) {
			for _, right := range s.texts(x.Y, depth) {
				all = append(all, left+right)
			}
		}
		return all
	case *ast.Ident:
		values := s.locals[x.Name]
		if len(values) == 0 {
			values = s.constants[x.Name]
		}
		var all []string
		for _, value := range values {
			if value != ast.Expr(x) && depth > 0 {
				all = append(all, s.texts(value, depth-1)...)
			}
		}
		if len(all) > 0 {
			return all
		}
	case *ast.CallExpr:
		if called, ok := x.Fun.(*ast.SelectorExpr); ok && called.Sel.Name == "Sprintf" {
			return s.texts(x.Args[0], depth)
		}
	}
	return []string{"<" + string(s.text[s.offset(e.Pos()):s.offset(e.End())]) + ">"}
}

// assigned are the expressions that a piece of source gives to each name, when they may be texts.
func assigned(root ast.Node) map[string][]ast.Expr {
	found := map[string][]ast.Expr{}
	add := func(name ast.Expr, value ast.Expr) {
		ident, isName := name.(*ast.Ident)
		if isName {
			found[ident.Name] = append(found[ident.Name], value)
		}
	}
	ast.Inspect(root, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.AssignStmt:
			if len(x.Lhs) == len(x.Rhs) && (x.Tok == token.ASSIGN || x.Tok == token.DEFINE) {
				for i := range x.Lhs {
					add(x.Lhs[i], x.Rhs[i])
				}
			}
		case *ast.ValueSpec:
			for i := range x.Values {
				add(x.Names[i], x.Values[i])
			}
		case *ast.RangeStmt:
			// Only a run knows what these are; a constant of the same name is not meant.
			add(x.Key, x.Key)
			add(x.Value, x.Value)
		case *ast.Field:
			for _, name := range x.Names {
				add(name, name)
			}
		}
		return true
	})
	return found
}

// constantsOf are the constants of a package, by name.
func constantsOf(files []*ast.File) map[string][]ast.Expr {
	found := map[string][]ast.Expr{}
	for _, file := range files {
		for _, declaration := range file.Decls {
			if general, ok := declaration.(*ast.GenDecl); ok && general.Tok == token.CONST {
				for name, values := range assigned(general) {
					found[name] = append(found[name], values...)
				}
			}
		}
	}
	return found
}

// summariesOf collects the summaries of the diagnostics of one package.
func summariesOf(t *testing.T, folder string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	paths = slices.DeleteFunc(paths, func(path string) bool { return strings.HasSuffix(path, "_test.go") })
	positions, files := token.NewFileSet(), []*ast.File{}
	for _, path := range paths {
		file, err := parser.ParseFile(positions, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	var found []string
	constants := constantsOf(files)
	for i, file := range files {
		text, err := os.ReadFile(paths[i])
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			source := summarySource{constants: constants, locals: assigned(declaration), text: text, offset: func(at token.Pos) int { return positions.Position(at).Offset }}
			ast.Inspect(declaration, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				called, ok := call.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if place, isDiagnostic := diagnosticCalls[called.Sel.Name]; isDiagnostic && len(call.Args) == place+2 {
					found = append(found, source.texts(call.Args[place], 3)...)
				}
				return true
			})
		}
	}
	return found
}

// TestSummaries holds the summary of every diagnostic in testdata/summaries.txt, so that somebody reads a new one among the others. A part
// that only a run knows is in angle brackets, or a verb of fmt. UPDATE_SUMMARIES=1 writes the file.
func TestSummaries(t *testing.T) {
	t.Parallel()
	var found []string
	root := filepath.Join("..")
	for _, name := range append(loadImports(t).systems(), "lifecycle", "rotation", "system", "provider", "rest") {
		err := filepath.WalkDir(filepath.Join(root, name), func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				if entry.Name() == "fake" || entry.Name() == "testdata" {
					return filepath.SkipDir
				}
				found = append(found, summariesOf(t, path)...)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	found = slices.DeleteFunc(found, passedOn.MatchString)
	slices.Sort(found)
	found = slices.Compact(found)
	phrases := unidiomatic()
	for _, summary := range found {
		for _, fault := range faultsOf(phrases, summary) {
			t.Errorf("%q %s", summary, fault)
		}
	}
	golden := filepath.Join("testdata", "summaries.txt")
	if os.Getenv("UPDATE_SUMMARIES") != "" {
		if err := os.WriteFile(golden, []byte(strings.Join(found, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSpace(string(kept)), "\n")
	for _, summary := range found {
		if !slices.Contains(want, summary) {
			t.Errorf("%q is not in %s: read it aloud, then add it (UPDATE_SUMMARIES=1)", summary, golden)
		}
	}
	for _, summary := range want {
		if !slices.Contains(found, summary) {
			t.Errorf("%q is in %s, and no diagnostic has it", summary, golden)
		}
	}
}

// faultsOf says what is wrong with the form of a summary.
func faultsOf(phrases []phrase, summary string) []string {
	var faults []string
	if strings.HasSuffix(summary, ".") {
		faults = append(faults, "ends with a full stop")
	}
	if first := []rune(summary + " ")[0]; !unicode.IsUpper(first) && first != '<' && first != '%' {
		faults = append(faults, "does not begin with a capital")
	}
	if len(summary) > 100 || len(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(summary, "")) > 80 {
		faults = append(faults, "is longer than 80 characters")
	}
	for _, found := range stumbles(phrases, summary) {
		faults = append(faults, "has "+found)
	}
	return faults
}

func TestSummaries_canFail(t *testing.T) {
	t.Parallel()
	phrases := unidiomatic()
	for _, summary := range []string{"Unable to read.", "unable to read", "", strings.Repeat("A long one ", 8), "A token from elsewhere"} {
		if len(faultsOf(phrases, summary)) == 0 {
			t.Errorf("%q is taken for a summary", summary)
		}
	}
	if faults := faultsOf(phrases, "Unable to read <noun>"); len(faults) > 0 {
		t.Errorf("a good summary is refused: %q", faults)
	}
}
