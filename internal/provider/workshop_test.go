package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/hashicorp/go-version"

	"github.com/tokenmint/terraform-provider-mint/internal/engine"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
)

// tools are built once for all workshops.
var tools = sync.OnceValues(func() (toolbox, error) { //nolint:gochecknoglobals // one build for all tests
	folder, err := os.MkdirTemp("", "mint-workshop-")
	if err != nil {
		return toolbox{}, err
	}
	var box toolbox
	if box.terraform, err = engine.Find(context.Background(), folder); err != nil {
		return box, err
	}
	if box.settings, err = engine.Build(context.Background(), folder); err != nil {
		return box, err
	}
	output, err := exec.Command(box.terraform, "version", "-json").Output()
	if err != nil {
		return box, err
	}
	var answer struct {
		Version string `json:"terraform_version"`
	}
	if err = json.Unmarshal(output, &answer); err != nil {
		return box, err
	}
	box.version, err = version.NewVersion(answer.Version)
	return box, err
})

type toolbox struct {
	terraform, settings string
	version             *version.Version
}

// isOpenTofu reports whether the engine is OpenTofu.
func (w *workshop) isOpenTofu() bool {
	w.t.Helper()
	is, err := engine.IsOpenTofu(w.t.Context(), w.tools.terraform)
	if err != nil {
		w.t.Fatal(err)
	}
	return is
}

// workshop is a folder in which real Terraform runs the built provider against a sandbox of its own, at trace level. What
// Terraform prints and logs is kept.
type workshop struct {
	t       *testing.T
	tools   toolbox
	folder  string
	env     map[string]string
	sandbox *sandbox.Sandbox
	printed bytes.Buffer
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("drives real Terraform: set TF_ACC=1")
	}
	box, err := tools()
	if err != nil {
		t.Fatal(err)
	}
	sb, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sb.Close() })
	w := &workshop{t: t, tools: box, folder: t.TempDir(), sandbox: sb}
	w.env = map[string]string{
		"PATH": filepath.Dir(box.terraform) + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME": w.folder, "TF_CLI_CONFIG_FILE": box.settings,
		"CHECKPOINT_DISABLE": "1", "TF_LOG": "TRACE", "TF_LOG_PATH": filepath.Join(w.folder, "trace.log"), "TF_IN_AUTOMATION": "1",
		"TF_VAR_sailpoint_client_secret": "of-no-use-to-anybody",
	}
	if garbage, isSet := os.LookupEnv("GOGC"); isSet {
		w.env["GOGC"] = garbage
	}
	maps.Copy(w.env, sb.Env())
	return w
}

func (w *workshop) atLeast(text string) bool {
	w.t.Helper()
	return w.tools.version.Core().GreaterThanOrEqual(version.Must(version.NewVersion(text)))
}

// requireQueriesAndActions skips the test where Terraform has neither.
func (w *workshop) requireQueriesAndActions() {
	w.t.Helper()
	if w.isOpenTofu() || !w.atLeast("1.14.0") {
		w.t.Skip("queries and actions need Terraform 1.14")
	}
}

// write makes the configuration; what it lacks to find the provider is added.
func (w *workshop) write(configuration string) {
	w.t.Helper()
	header := "terraform {\n  required_providers {\n    mint = {\n      source = \"tokenmint/mint\"\n    }\n  }\n}\n"
	if bytes.Contains([]byte(configuration), []byte("required_providers")) {
		header = ""
	}
	if err := os.WriteFile(filepath.Join(w.folder, "main.tf"), []byte(header+configuration), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// run runs Terraform and returns what it printed.
func (w *workshop) run(arguments ...string) (string, error) {
	command := exec.Command(w.tools.terraform, arguments...)
	command.Dir = w.folder
	for name, value := range w.env {
		command.Env = append(command.Env, name+"="+value)
	}
	output, err := command.CombinedOutput()
	w.printed.Write(output)
	if err != nil {
		err = fmt.Errorf("terraform %v: %w\n%s", arguments, err, output)
	}
	return string(output), err
}

func (w *workshop) mustRun(arguments ...string) string {
	w.t.Helper()
	output, err := w.run(arguments...)
	if err != nil {
		w.t.Fatal(err)
	}
	return output
}

// live counts the tokens that are alive on all systems.
func (w *workshop) live() int {
	count := 0
	for _, tokens := range w.sandbox.Live() {
		count += len(tokens)
	}
	return count
}

// mustHoldNoSecret searches everything that was printed and logged for every secret that the emulators know.
func (w *workshop) mustHoldNoSecret() {
	w.t.Helper()
	log, err := os.ReadFile(w.env["TF_LOG_PATH"])
	if err != nil {
		w.t.Fatal(err)
	}
	if !bytes.Contains(log, []byte("[TRACE]")) || !bytes.Contains(log, []byte("terraform-provider-mint")) {
		w.t.Error("the log is no trace of the provider: the search below proves nothing")
	}
	minted := w.sandbox.Vault().Minted()
	if !slices.Contains(minted, w.env["SAIL_CLIENT_SECRET"]) {
		w.t.Error("the vault does not know the provider's own secret: the search below proves nothing")
	}
	for _, secret := range minted {
		if i := bytes.Index(log, []byte(tail(secret))); i >= 0 {
			w.t.Errorf("the trace log holds a secret: …%s", log[max(0, i-200):i])
		}
		if bytes.Contains(w.printed.Bytes(), []byte(tail(secret))) {
			w.t.Error("Terraform printed a secret")
		}
	}
}

// tail is the end of a secret, which no two share: who shows that shows too much. A longer text takes 40 times as long to search for.
func tail(secret string) string { return secret[max(0, len(secret)-48):] }
