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
	if !w.atLeast("1.10.0") {
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
	blocks := fencedIn(read(t, page), language)
	if len(blocks) == 0 {
		t.Fatalf("%s shows no %s", page, language)
	}
	return blocks
}

func fencedIn(text, language string) []string {
	var blocks []string
	for _, match := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```").FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, match[1])
	}
	return blocks
}

// checkout leads to where the guides run the sandbox.
const checkout = "git clone terraform-provider-mint\ncd terraform-provider-mint\n"

// inFolder makes a folder with files.
func (w *workshop) inFolder(folder string, files map[string]string) {
	w.t.Helper()
	if err := os.Mkdir(filepath.Join(w.folder, folder), 0o700); err != nil {
		w.t.Fatal(err)
	}
	for name, text := range files {
		w.folderHas(filepath.Join(folder, name), text)
	}
}

// commands makes a folder on PATH in which Terraform has the name that scripts call it by. Where something else is missing that they call, the
// test is skipped, and on OpenTofu, whose name they do not know.
func (w *workshop) commands() string {
	w.t.Helper()
	if w.isOpenTofu() {
		w.t.Skip("the scripts of guides call terraform")
	}
	for _, tool := range []string{"bash", "make", "curl", "jq", "ssh-keygen"} {
		if _, err := exec.LookPath(tool); err != nil {
			w.t.Skip(err)
		}
	}
	folder := w.t.TempDir()
	if err := os.Symlink(w.tools.terraform, filepath.Join(folder, "terraform")); err != nil {
		w.t.Fatal(err)
	}
	w.env["PATH"] = folder + string(os.PathListSeparator) + w.env["PATH"]
	return folder
}

// shell runs a script in the folder, which must not fail.
func (w *workshop) shell(script string) string {
	w.t.Helper()
	w.commands()
	command := exec.Command("bash", "-euo", "pipefail", "-c", script)
	command.Dir = w.folder
	for name, value := range w.env {
		command.Env = append(command.Env, name+"="+value)
	}
	output, err := command.CombinedOutput()
	w.printed.Write(output)
	if err != nil {
		w.t.Fatalf("the script ended with %v\n%s\n%s", err, script, output)
	}
	return string(output)
}

// pastes gives a shell what a reader pastes into it, and returns what it prints. The shell ends with the first command that fails, and so do
// the shells that it starts: they read on where it has stopped. Its home is empty, and a clone of the repository is this checkout.
func (w *workshop) pastes(script string) string {
	w.t.Helper()
	repository, err := filepath.Abs("../..")
	if err != nil {
		w.t.Fatal(err)
	}
	tools := w.commands()
	clone := "#!/bin/sh\ntest \"$1\" = clone && exec ln -s '" + repository + "' \"${2##*/}\"\n"
	if err = os.WriteFile(filepath.Join(tools, "git"), []byte(clone), 0o700); err != nil {
		w.t.Fatal(err)
	}
	command := exec.Command("bash")
	command.Dir, command.Stdin = w.folder, strings.NewReader(script)
	command.Env = []string{
		"PATH=" + w.env["PATH"], "HOME=" + w.folder, "CHECKPOINT_DISABLE=1", "NO_COLOR=1", "TF_CLI_ARGS=-no-color",
		"SHELLOPTS=errexit:pipefail", "TF_CLI_CONFIG_FILE=" + w.env["TF_CLI_CONFIG_FILE"],
	}
	for _, name := range []string{"GOPATH", "GOMODCACHE", "GOCACHE", "GOPROXY", "GOTOOLCHAIN", "GOFLAGS"} {
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			w.t.Fatal(err)
		}
		command.Env = append(command.Env, name+"="+strings.TrimSpace(string(value)))
	}
	// The git of this shell can only clone.
	command.Env[len(command.Env)-1] += " -buildvcs=false"
	output, err := command.CombinedOutput()
	if err != nil {
		w.t.Fatalf("the shell ended with %v\n%s", err, output)
	}
	return string(output)
}

// TestAccGuides_nightly runs the pipeline of the guide as it is written there, for three nights; and one night more with a token that nothing
// rotates, on which it fails.
func TestAccGuides_nightly(t *testing.T) {
	t.Parallel()
	const guide = "../../templates/guides/rotation-without-an-outage.md"
	_, section, _ := strings.Cut(read(t, guide), "## A Nightly Pipeline\n")
	section, _, _ = strings.Cut(section, "\n## ")
	configuration, scripts := fencedIn(section, "terraform"), fencedIn(section, "shell")
	if len(configuration) != 1 || len(scripts) != 2 || !strings.HasPrefix(scripts[0], "# nightly.sh\n") {
		t.Fatalf("the guide shows %d configurations and %d scripts", len(configuration), len(scripts))
	}
	w := newWorkshop(t)
	w.write(configuration[0])
	w.inFolder("tokens", map[string]string{"main.tf": w.file("main.tf"), "nightly.sh": scripts[0]})
	w.prints(w.pastes(checkout+scripts[1]), fencedIn(section, "text")...)

	w.shell(scripts[0])
	w.write(configuration[0] + "\nresource \"mint_sailpoint_personal_access_token\" \"forgotten\" {\n  name = \"forgotten\"\n  scope = [\"sp:scopes:default\"]\n  lifetime = \"30d\"\n}\n")
	w.shell(scripts[0])
	w.sandbox.Clock().Advance(20 * 24 * hour)
	w.prints(w.shell("if bash -c '"+strings.ReplaceAll(scripts[0], "'", `'\''`)+"'; then exit 1; fi"), "expires soon\nA token needs somebody")
}

// TestAccGuides_pipeline runs the pipeline of the guide about the sandbox as it is written there.
func TestAccGuides_pipeline(t *testing.T) {
	t.Parallel()
	_, section, _ := strings.Cut(read(t, "../../templates/guides/testing-against-the-sandbox.md"), "## In a Pipeline\n")
	scripts := fencedIn(section, "shell")
	if len(scripts) != 2 || !strings.HasPrefix(scripts[0], "# pipeline.sh\n") {
		t.Fatalf("the guide shows %d scripts", len(scripts))
	}
	w := newWorkshop(t)
	w.write(sailpointToken(`name = "pipeline"`, `lifetime = "30d"`))
	w.inFolder("tokens", map[string]string{"main.tf": w.file("main.tf"), "pipeline.sh": scripts[0]})
	w.prints(w.pastes(checkout+scripts[1]), "1 added\nNo changes.\n1 destroyed")
}
