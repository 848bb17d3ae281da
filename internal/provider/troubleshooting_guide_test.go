package provider_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const troubleshootingGuide = "../../templates/guides/troubleshooting.md"

// TestTroubleshooting_messages holds the guide against the code: each heading of the third level quotes the summary of a diagnostic, and each
// quoted sentence some text of the provider. An ellipsis stands for what is put in.
func TestTroubleshooting_messages(t *testing.T) {
	t.Parallel()
	guide, said := read(t, troubleshootingGuide), texts(t)
	headings := regexp.MustCompile(`(?m)^### (.+)$`).FindAllStringSubmatch(guide, -1)
	if len(headings) < 20 {
		t.Fatalf("the guide has only %d messages", len(headings))
	}
	for _, heading := range headings {
		for fragment := range strings.SplitSeq(heading[1], "…") {
			if fragment = strings.TrimSpace(fragment); fragment != "" && !strings.Contains(said, fragment) {
				t.Errorf("no message holds %q: %s", fragment, heading[0])
			}
		}
	}
	for _, system := range []string{"sailpoint", "magpie", "truefoundry"} {
		_, table, _ := strings.Cut(read(t, "../../templates/guides/"+system+".md"), "## Errors You May Meet")
		for _, quoted := range regexp.MustCompile("(?m)^\\| `([A-Z][^`]+)` \\|").FindAllStringSubmatch(table, -1) {
			for fragment := range strings.SplitSeq(quoted[1], "…") {
				if !strings.Contains(said, strings.TrimSpace(fragment)) && !strings.Contains(unnumbered(said), unnumbered(fragment)) {
					t.Errorf("%s.md: no message holds %q", system, fragment)
				}
			}
		}
	}
}

// unnumbered has a verb of fmt in the place of each number.
func unnumbered(text string) string { return regexp.MustCompile(`\d+`).ReplaceAllString(text, "%d") }

// texts are all string literals of what is shipped, one a line.
func texts(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if name := entry.Name(); name == "fake" || name == "fakeapi" || name == "sandbox" || name == "demo" || name == "chaos" || name == "bench" {
				return filepath.SkipDir
			}
			return nil
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				text, _ := strconv.Unquote(literal.Value)
				all.WriteString(text + "\n")
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
