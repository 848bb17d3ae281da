package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// kinds are the folders of the generated pages, and how the changelog announces their objects.
var kinds = map[string]string{ //nolint:gochecknoglobals // read only
	"resources": "New Resource", "data-sources": "New Data Source", "ephemeral-resources": "New Ephemeral Resource",
	"functions": "New Function", "list-resources": "New List Resource", "actions": "New Action",
}

// TestChangelog_objects finds every object that has a page announced in the changelog.
func TestChangelog_objects(t *testing.T) {
	t.Parallel()
	lines := strings.Split(string(readFile(t, "../../CHANGELOG.md")), "\n")
	for folder, announced := range kinds {
		pages, err := filepath.Glob(filepath.Join("../../docs", folder, "*.md"))
		if err != nil || len(pages) == 0 {
			t.Fatalf("no pages in %s: %v", folder, err)
		}
		for _, page := range pages {
			name := strings.TrimSuffix(filepath.Base(page), ".md")
			if folder != "functions" {
				name = "mint_" + name
			}
			if !slices.ContainsFunc(lines, func(line string) bool {
				return strings.HasPrefix(line, "* **"+announced+"**: ") && strings.Contains(line, "`"+name+"`")
			}) {
				t.Errorf("no line begins with **%s** and names %s", announced, name)
			}
		}
	}
}

// TestChangelog_sections holds the changelog to HashiCorp's sections and their order.
func TestChangelog_sections(t *testing.T) {
	t.Parallel()
	order := []string{"NOTES:", "BREAKING CHANGES:", "FEATURES:", "ENHANCEMENTS:", "BUG FIXES:"}
	release := regexp.MustCompile(`^## \d+\.\d+\.\d+ \((Unreleased|[A-Z][a-z]+ \d{1,2}, \d{4})\)$`)
	last, releases := -1, 0
	for _, line := range strings.Split(string(readFile(t, "../../CHANGELOG.md")), "\n") {
		switch section := slices.Index(order, line); {
		case line == "" || strings.HasPrefix(line, "* "):
		case release.MatchString(line):
			last, releases = -1, releases+1
		case section > last:
			last = section
		default:
			t.Errorf("this is no release, no section in the order of %q, and no entry: %s", order, line)
		}
	}
	if releases == 0 {
		t.Error("the changelog has no release")
	}
}
