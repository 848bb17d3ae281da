package provider_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestAccGuides applies every configuration that a guide shows, plans again, and destroys. Those that need other providers, tokens that
// exist already, or a newer Terraform are tested elsewhere.
func TestAccGuides(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../templates/guides/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no guides: %v", err)
	}
	found := 0
	for _, file := range files {
		if slices.Contains([]string{deliveryGuide, adoptionGuide, auditGuide}, file) {
			continue
		}
		for i, block := range guideBlocks(t, file) {
			found++
			t.Run(fmt.Sprintf("%s/%d", strings.TrimSuffix(filepath.Base(file), ".md"), i+1), func(t *testing.T) {
				t.Parallel()
				w := newWorkshop(t)
				w.write(block)
				w.mustRun("apply", "-no-color", "-auto-approve")
				w.unchanged()
				w.destroyed()
				w.mustHoldNoSecret()
			})
		}
	}
	if found == 0 {
		t.Error("no guide shows a configuration")
	}
}

// guideBlocks are the configurations that a guide shows.
func guideBlocks(t *testing.T, file string) []string {
	t.Helper()
	var blocks []string
	for _, match := range regexp.MustCompile("(?s)```terraform\n(.*?)```").FindAllStringSubmatch(read(t, file), -1) {
		blocks = append(blocks, match[1])
	}
	return blocks
}

// TestAccRotation_leak does what the guide says about a leaked token: neither it nor the previous token lives on.
func TestAccRotation_leak(t *testing.T) {
	t.Parallel()
	w := newFleet(t)
	w.apply(order{triggers: "1", overlap: true})
	first := w.tokens()
	w.apply(order{triggers: "2", overlap: true})
	second := w.tokens()
	w.balanced(each(2))
	w.write(order{triggers: "2", overlap: true, accountTriggers: "3", accountOverlap: `"0s"`}.configuration())
	arguments := []string{"apply", "-no-color", "-auto-approve"}
	for _, m := range fleet() {
		if m.name != "account" {
			arguments = append(arguments, "-replace="+m.address())
		}
	}
	w.mustRun(arguments...)
	w.balanced(each(1))
	w.refused(first)
	w.refused(second)
	w.unchanged()
}
