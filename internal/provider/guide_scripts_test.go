package provider_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestAccGuides_gettingStarted pastes every command of the guide into one shell, as its reader does: what the guide says of their output
// must come in that order.
func TestAccGuides_gettingStarted(t *testing.T) {
	t.Parallel()
	const guide = "../../templates/guides/getting-started.md"
	w := newWorkshop(t)
	if w.isOpenTofu() || !w.atLeast("1.10.0") {
		t.Skip("the guide has an ephemeral resource, which needs Terraform 1.10")
	}
	w.prints(w.pastes(strings.Join(fenced(t, guide, "shell"), "")), fenced(t, guide, "text")...)
}

// prints fails the test unless a shell has printed what a page says, line after line; white space does not count, nor what stands between.
func (w *workshop) prints(said string, promised ...string) {
	w.t.Helper()
	rest := squeezed(said)
	for _, block := range promised {
		for line := range strings.Lines(block) {
			_, after, found := strings.Cut(rest, squeezed(line))
			if !found {
				w.t.Fatalf("the guide says %q, which is not printed:\n%s", strings.TrimSpace(line), said)
			}
			rest = after
		}
	}
}

// squeezed is a text with one space between its words.
func squeezed(text string) string { return strings.Join(strings.Fields(text), " ") }

// fenced are the blocks of a page in one language.
func fenced(t *testing.T, page, language string) []string {
	t.Helper()
	var blocks []string
	for _, match := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```").FindAllStringSubmatch(read(t, page), -1) {
		blocks = append(blocks, match[1])
	}
	if len(blocks) == 0 {
		t.Fatalf("%s shows no %s", page, language)
	}
	return blocks
}

// pastes gives a shell what a reader pastes into it, and returns what it prints. The shell ends with the first command that fails, and so do
// the shells that it starts: they read on where it has stopped. Its home is empty, and a clone of the repository is this checkout.
func (w *workshop) pastes(script string) string {
	w.t.Helper()
	for _, tool := range []string{"bash", "make", "curl", "jq", "ssh-keygen"} {
		if _, err := exec.LookPath(tool); err != nil {
			w.t.Skip(err)
		}
	}
	checkout, err := filepath.Abs("../..")
	if err != nil {
		w.t.Fatal(err)
	}
	tools := filepath.Join(w.folder, "tools")
	if err = os.Mkdir(tools, 0o700); err != nil {
		w.t.Fatal(err)
	}
	clone := "#!/bin/sh\ntest \"$1\" = clone && exec ln -s '" + checkout + "' \"${2##*/}\"\n"
	if err = os.WriteFile(filepath.Join(tools, "git"), []byte(clone), 0o700); err != nil { //nolint:gosec // a program
		w.t.Fatal(err)
	}
	command := exec.Command("bash")
	command.Dir, command.Stdin = w.folder, strings.NewReader(script)
	command.Env = []string{
		"PATH=" + tools + string(os.PathListSeparator) + w.env["PATH"], "HOME=" + w.folder, "CHECKPOINT_DISABLE=1", "NO_COLOR=1", "TF_CLI_ARGS=-no-color",
		"SHELLOPTS=errexit:pipefail",
	}
	for _, name := range []string{"GOPATH", "GOMODCACHE", "GOCACHE", "GOPROXY", "GOFLAGS", "GOTOOLCHAIN"} {
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			w.t.Fatal(err)
		}
		command.Env = append(command.Env, name+"="+strings.TrimSpace(string(value)))
	}
	output, err := command.CombinedOutput()
	if err != nil {
		w.t.Fatalf("the shell ended with %v\n%s", err, output)
	}
	return string(output)
}
