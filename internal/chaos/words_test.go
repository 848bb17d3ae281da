package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestWords_ofProvider: what is looked for in the provider's messages is what they say; otherwise advice is not followed, and what was said to
// be left over counts as lost.
func TestWords_ofProvider(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	for _, folder := range []string{"lifecycle", "magpie", "rotation", "sailpoint", "system", "truefoundry"} {
		err := filepath.WalkDir(filepath.Join("..", folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			said.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	looked := regexp.MustCompile(`strings\.Contains\(m\.text, "([^"]+)"\)`)
	found := 0
	for _, file := range []string{"finish.go", "run.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range looked.FindAllStringSubmatch(string(text), -1) {
			if found++; !strings.Contains(said.String(), match[1]) {
				t.Errorf("%s looks for %q, which no message says", file, match[1])
			}
		}
	}
	for _, reason := range refusals() {
		if !strings.Contains(said.String(), reason) {
			t.Errorf("no message says %q", reason)
		}
	}
	if found < 10 {
		t.Errorf("only %d phrases were found", found)
	}
}
