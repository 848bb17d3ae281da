package provider_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestAccExamples applies every example as a reader would, with the built provider and real Terraform, against a sandbox of
// its own; plans again, which must come out empty; destroys, which must leave what was there before. All of it runs at trace
// level, and nothing that Terraform prints or logs may hold a secret.
func TestAccExamples(t *testing.T) {
	t.Parallel()
	files := exampleFiles(t, "*", ".tf")
	if len(files) == 0 {
		t.Fatal("no examples")
	}
	for _, file := range files {
		if kindOf(file) == "actions" {
			continue
		}
		t.Run(exampleName(file), func(t *testing.T) {
			t.Parallel()
			applyExample(t, newWorkshop(t), file)
		})
	}
}

// TestAccExamples_action applies every example of an action in the same way.
func TestAccExamples_action(t *testing.T) {
	t.Parallel()
	for _, file := range exampleFiles(t, "actions", ".tf") {
		t.Run(exampleName(file), func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t)
			w.requireQueriesAndActions()
			applyExample(t, w, file)
		})
	}
}

// TestAccExamples_query runs the query of every example of a list resource.
func TestAccExamples_query(t *testing.T) {
	t.Parallel()
	for _, file := range exampleFiles(t, "list-resources", ".tfquery.hcl") {
		t.Run(exampleName(file), func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t)
			w.requireQueriesAndActions()
			w.seed()
			before := w.live()
			w.write("")
			if err := os.WriteFile(filepath.Join(w.folder, filepath.Base(file)), []byte(read(t, file)), 0o600); err != nil {
				t.Fatal(err)
			}
			w.mustRun("validate", "-no-color", "-query")
			w.mustRun("query", "-no-color")
			if after := w.live(); after != before {
				t.Errorf("%d tokens are alive after the query, %d were before", after, before)
			}
			w.mustHoldNoSecret()
		})
	}
}

// TestAccExamples_formatted holds every example to Terraform's own format. It reads what an older release cannot run, too: the syntax is
// the same.
func TestAccExamples_formatted(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	for _, file := range append(exampleFiles(t, "*", ".tf"), exampleFiles(t, "*", ".tfquery.hcl")...) {
		command := exec.Command(w.tools.terraform, "fmt", "-no-color", "-check", "-diff", "-")
		command.Env, command.Stdin = []string{"HOME=" + w.folder}, strings.NewReader(strings.TrimSuffix(read(t, file), "\n"))
		if output, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s is not formatted, or not Terraform's language: %v\n%s", file, err, output)
		}
	}
}

// exampleFiles are the examples of a kind that Terraform reads; "*" is every kind.
func exampleFiles(t *testing.T, kind, extension string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "examples", kind, "*", "*"+extension))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// exampleName is the name of an example's object and the file.
func exampleName(file string) string {
	return filepath.Base(filepath.Dir(file)) + "/" + filepath.Base(file)
}

// kindOf is the kind of objects that an example is of.
func kindOf(file string) string { return filepath.Base(filepath.Dir(filepath.Dir(file))) }

func applyExample(t *testing.T, w *workshop, file string) {
	t.Helper()
	w.seed()
	before := w.live()
	configuration := read(t, file)
	if strings.Contains(configuration, "ephemeral") && !w.atLeast("1.10.0") {
		t.Skip("ephemeral values need Terraform 1.10")
	}
	identity, _ := newIdentity(t, "")
	w.env["TF_VAR_recipient"], w.env["TF_VAR_identity"] = identity.Recipient().String(), w.sandbox.Vault().Keep(identity.String())
	isImport := strings.HasPrefix(filepath.Base(file), "import-by")
	if isImport {
		if strings.Contains(file, "identity") && !w.atLeast("1.12.0") {
			t.Skip("import by identity needs Terraform 1.12")
		}
		configuration += read(t, filepath.Join(filepath.Dir(file), "resource.tf"))
	}
	w.write(configuration)
	plan := w.mustRun("plan", "-no-color", "-out=plan")
	if isImport && !strings.Contains(plan, " 1 to import,") {
		t.Errorf("the plan imports nothing:\n%s", plan)
	}
	if isImport && !strings.Contains(plan, changesAfterImport(file)) {
		t.Errorf("the plan changes what it imports, or does not read a token:\n%s", plan)
	}
	w.mustRun("apply", "-no-color", "plan")
	w.mustRun("plan", "-no-color", "-detailed-exitcode")
	w.mustRun("destroy", "-no-color", "-auto-approve")
	mayDelete := isImport || kindOf(file) == "actions"
	if after := w.live(); after > before || !mayDelete && after != before {
		t.Errorf("%d tokens are alive after destroy, %d were before", after, before)
	}
	w.mustHoldNoSecret()
}

// changesAfterImport is what a plan says after the import of an example: nothing changes, but that the token of a virtual account is read
// by the apply. The import does not know yet whether it is to be encrypted.
func changesAfterImport(file string) string {
	if strings.Contains(file, "mint_truefoundry_virtual_account") {
		return " 1 to change,"
	}
	return " 0 to change,"
}

// TestAccExamples_importCommand runs the import command of every resource's example as it stands there.
func TestAccExamples_importCommand(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../examples/resources/*/import.sh")
	if err != nil || len(files) == 0 {
		t.Fatalf("no import commands: %v", err)
	}
	command := regexp.MustCompile(`(?m)^terraform import (\S+) (\S+)$`)
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t)
			w.seed()
			w.write(read(t, filepath.Join(filepath.Dir(file), "resource.tf")))
			match := command.FindStringSubmatch(read(t, file))
			if match == nil {
				t.Fatalf("%s holds no import command", file)
			}
			w.mustRun("import", "-no-color", match[1], strings.Trim(match[2], `'"`))
			if plan := w.mustRun("plan", "-no-color"); !strings.Contains(plan, changesAfterImport(file)+" 0 to destroy") {
				t.Errorf("the plan after the import changes something, or does not read a token:\n%s", plan)
			}
			w.mustHoldNoSecret()
		})
	}
}

// seed puts what the examples look up and import into the sandbox.
func (w *workshop) seed() {
	w.t.Helper()
	creates := strings.Contains(w.t.Name(), "/resource.tf")
	end := time.Date(2035, time.January, 31, 0, 0, 0, 0, time.UTC)
	name := "audit"
	if creates {
		// Out of the way of the example that creates one of the same name.
		name = "somebody else's"
	}
	_, err := w.sandbox.SailPoint.AddToken(sailpoint.Token{
		ID: "1d1bef2b9f426383447f64f69349fc7c", Name: name, Scope: []string{"sp:my-personal-access-tokens:read"},
		AccessTokenValiditySeconds: 600, Expiration: &end,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, account := range []string{"loader@acme.example", "billing@acme.example", "reporting@acme.example"} {
		if _, err := w.sandbox.Magpie.AddUser(magpie.User{Name: account, ServiceAccount: true}); err != nil {
			w.t.Fatal(err)
		}
	}
	tokens := []magpie.Token{
		{ID: "1017", User: w.sandbox.Magpie.Bootstrap().UserName, Description: "nightly notebook"},
		{ID: "1018", User: "loader@acme.example", Description: "ingestion pipeline"},
	}
	if !creates {
		// The exclusive token deletes all others of its account when it is created.
		tokens = append(tokens, magpie.Token{ID: "1019", User: "billing@acme.example", Description: "the only token of this account"})
	}
	for _, token := range tokens {
		if _, err := w.sandbox.Magpie.AddToken(token); err != nil {
			w.t.Fatal(err)
		}
	}
	if creates {
		// Their names are those of the examples.
		return
	}
	pat := truefoundry.PersonalAccessToken{ID: "caudit0123456789abcdef01", Name: "audit", Team: "platform", Expiration: &end}
	if _, err := w.sandbox.TrueFoundry.AddPersonalAccessToken(pat); err != nil {
		w.t.Fatal(err)
	}
	account := truefoundry.VirtualAccount{ID: "creporting0123456789abcd", Manifest: map[string]any{
		"name": "reporting", "expiration_date": "2035-01-31", "ownedBy": map[string]any{"team": "platform"}, "tags": map[string]any{"environment": "production"},
	}}
	if _, err := w.sandbox.TrueFoundry.AddVirtualAccount(account); err != nil {
		w.t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}
