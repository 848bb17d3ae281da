package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/oasdiff/yaml"
)

// workflow is a file under .github/workflows.
type workflow struct {
	// Permissions is a map, or one word for all of them.
	Permissions json.RawMessage `json:"permissions"`
	Jobs        map[string]job  `json:"jobs"`
}

type job struct {
	Permissions json.RawMessage `json:"permissions"`
	Environment string          `json:"environment"`
	Steps       []step          `json:"steps"`
}

type step struct {
	Uses string         `json:"uses"`
	Run  string         `json:"run"`
	With map[string]any `json:"with"`
	Env  map[string]any `json:"env"`
}

// pinned is an action by the hash of a commit, with its version behind it.
var pinned = regexp.MustCompile(`^\s*(?:- )?uses: [\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$`)

// makeTarget is a target that a command makes.
var makeTarget = regexp.MustCompile(`\bmake ((?:[a-z-]+ ?)+)`)

// notOfTheRepository are commands that a job with a secret may run; everything else could be code of the repository.
var notOfTheRepository = regexp.MustCompile(`^echo "file=\$\(ls dist/\*_SHA256SUMS\)" >> "\$GITHUB_OUTPUT"$`)

// problems lists what a workflow does wrong, given its text and the targets of GNUmakefile.
func problems(text string, targets []string) []string {
	var found []string
	complain := func(format string, arguments ...any) { found = append(found, fmt.Sprintf(format, arguments...)) }
	for _, line := range strings.Split(text, "\n") {
		if strings.Contains(line, "uses:") && !pinned.MatchString(line) {
			complain("not pinned by a hash, with the version in a comment: %s", strings.TrimSpace(line))
		}
	}
	var parsed workflow
	if _, err := yaml.Unmarshal([]byte(text), &parsed, yaml.DecodeOpts{}); err != nil {
		return append(found, err.Error())
	}
	if string(parsed.Permissions) != `{"contents":"read"}` {
		complain("its jobs do not begin with contents: read alone, but with %s", parsed.Permissions)
	}
	for _, name := range slices.Sorted(maps.Keys(parsed.Jobs)) {
		for _, problem := range parsed.Jobs[name].problems(targets) {
			complain("job %s: %s", name, problem)
		}
	}
	return found
}

// problems lists what a job does wrong.
func (j job) problems(targets []string) []string {
	var found []string
	asText, _ := json.Marshal(j)
	readsSecret := strings.Contains(string(asText), "secrets.") || strings.Contains(string(asText), "secrets[")
	attests := strings.Contains(string(j.Permissions), "id-token") || strings.Contains(string(j.Permissions), "attestations")
	writes := strings.Contains(string(j.Permissions), "write")
	if readsSecret && j.Environment == "" {
		found = append(found, "reads a secret outside an environment")
	}
	if attests && !readsSecret {
		found = append(found, "may sign attestations and does not build the release")
	}
	for _, s := range j.Steps {
		if strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != false {
			found = append(found, "leaves its token in the checkout")
		}
		if writes && strings.HasPrefix(s.Uses, "actions/setup-go@") && s.With["cache"] != false {
			found = append(found, "builds a release from a cache that other jobs write")
		}
		if readsSecret && s.Run != "" && !notOfTheRepository.MatchString(strings.TrimSpace(s.Run)) {
			found = append(found, "reads a secret, and runs "+s.Run)
		}
		if strings.Contains(s.Run, "${{") {
			found = append(found, "puts an expression into a shell: "+s.Run)
		}
		for _, match := range makeTarget.FindAllStringSubmatch(s.Run, -1) {
			for _, target := range strings.Fields(match[1]) {
				if !slices.Contains(targets, target) {
					found = append(found, "makes "+target+", which GNUmakefile lacks")
				}
			}
		}
	}
	return found
}

// makeTargets are those of GNUmakefile that it explains.
func makeTargets(t *testing.T) []string {
	t.Helper()
	var targets []string
	for _, match := range regexp.MustCompile(`(?m)^([a-z-]+):.*## `).FindAllSubmatch(readFile(t, "../../GNUmakefile"), -1) {
		targets = append(targets, string(match[1]))
	}
	if !slices.Contains(targets, "test") {
		t.Fatalf("the targets are %q", targets)
	}
	return targets
}

func TestWorkflows(t *testing.T) {
	t.Parallel()
	targets := makeTargets(t)
	files, err := filepath.Glob("../../.github/workflows/*")
	if err != nil || len(files) < 3 {
		t.Fatalf("the workflows are %q, %v", files, err)
	}
	for _, file := range files {
		for _, problem := range problems(string(readFile(t, file)), targets) {
			t.Errorf("%s: %s", filepath.Base(file), problem)
		}
	}
}

// TestWorkflows_release holds the workflow to its order: the tests before the key, the key before the release is published.
func TestWorkflows_release(t *testing.T) {
	t.Parallel()
	type ordered struct {
		Needs       string            `json:"needs"`
		Environment string            `json:"environment"`
		Permissions map[string]string `json:"permissions"`
	}
	release := readYAML[struct {
		Jobs map[string]ordered `json:"jobs"`
	}](t, "../../.github/workflows/release.yml")
	if jobs := slices.Sorted(maps.Keys(release.Jobs)); !slices.Equal(jobs, []string{"check", "publish", "release"}) {
		t.Fatalf("the jobs are %q", jobs)
	}
	if release.Jobs["release"].Needs != "check" || release.Jobs["publish"].Needs != "release" {
		t.Errorf("the jobs have another order: %+v", release.Jobs)
	}
	if release.Jobs["release"].Environment != "release" || len(release.Jobs["check"].Permissions) != 0 {
		t.Errorf("the jobs have other rights: %+v", release.Jobs)
	}
	signs := map[string]string{"contents": "write", "id-token": "write", "attestations": "write"}
	if got := release.Jobs["release"].Permissions; !maps.Equal(got, signs) {
		t.Errorf("the release may %v, want %v", got, signs)
	}
	if got := release.Jobs["publish"].Permissions; !maps.Equal(got, map[string]string{"contents": "write"}) {
		t.Errorf("the last job may %v", got)
	}
}

// TestWorkflows_canFail spoils a good workflow in one way at a time.
func TestWorkflows_canFail(t *testing.T) {
	t.Parallel()
	const hash = "3d3c42e5aac5ba805825da76410c181273ba90b1"
	good := `
permissions:
  contents: read
jobs:
  check:
    steps:
      - uses: actions/checkout@` + hash + ` # v7.0.1
        with:
          persist-credentials: false
      - run: make check
  release:
    environment: release
    permissions:
      contents: write
      id-token: write
    steps:
      - uses: actions/setup-go@` + hash + ` # v7.0.0
        with:
          cache: false
      - uses: vendor/sign@` + hash + ` # v1
        with:
          key: ${{ secrets.KEY }}
`
	targets := []string{"check"}
	if found := problems(good, targets); len(found) != 0 {
		t.Fatalf("the good workflow has problems: %q", found)
	}
	cases := map[string][2]string{
		"a tag instead of a hash":    {"actions/checkout@" + hash, "actions/checkout@v7"},
		"a hash without a version":   {hash + " # v7.0.1", hash},
		"no permissions":             {"permissions:\n  contents: read\n", ""},
		"all may write":              {"permissions:\n  contents: read\n", "permissions: write-all\n"},
		"credentials stay":           {"persist-credentials: false", "persist-credentials: true"},
		"a target that is not there": {"make check", "make chekc"},
		"an expression in a shell":   {"make check", "echo ${{ github.ref_name }}"},
		"a secret beside a test":     {"          key: ${{ secrets.KEY }}\n", "          key: ${{ secrets.KEY }}\n      - run: make check\n"},
		"a secret for everybody":     {"    environment: release\n", ""},
		"an attestation elsewhere":   {"          key: ${{ secrets.KEY }}\n", "          key: none\n"},
		"a release from a cache":     {"cache: false", "cache: true"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spoilt := strings.Replace(good, c[0], c[1], 1)
			if spoilt == good {
				t.Fatal("the workflow is not spoilt")
			}
			if found := problems(spoilt, targets); len(found) == 0 {
				t.Error("the problem went unnoticed")
			}
		})
	}
}
