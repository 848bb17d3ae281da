package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

const adoptionGuide = "../../templates/guides/adopt-existing-tokens.md"

// adoptionGuideBlocks are what the guide shows: the query, the query that leaves out what is managed, the block of a token that rotates, that of
// one which is older than its new lifetime, that of a Magpie token, the output, and the imports.
type adoptionGuideBlocks struct{ query, again, rotated, old, byAge, output, imports string }

func adoptionBlocks(t *testing.T) adoptionGuideBlocks {
	t.Helper()
	blocks := guideBlocks(t, adoptionGuide)
	if len(blocks) != 7 {
		t.Fatalf("the guide has %d examples, and this test knows 7", len(blocks))
	}
	return adoptionGuideBlocks{blocks[0], blocks[1], blocks[2], blocks[3], blocks[4], blocks[5], blocks[6]}
}

// adoptedAsGuided has the tokens adopted as the guide says.
func adoptedAsGuided(t *testing.T) (*workshop, adoptionGuideBlocks) {
	t.Helper()
	w := newWorkshop(t)
	w.requireQueriesAndActions()
	w.seedGuide()
	blocks := adoptionBlocks(t)
	w.write("")
	w.folderHas("tokens.tfquery.hcl", blocks.query)
	w.mustRun("query", "-no-color", "-generate-config-out=adopted.tf")
	w.says(w.mustRun("apply", "-no-color", "-auto-approve"), "4 imported, 0 added, 1 changed, 0 destroyed")
	w.unchanged()
	w.mustHave(isWrite, 0)
	w.folderHas("adopted.tf", regexp.MustCompile(`(?s)\nimport \{.*?\n\}\n`).ReplaceAllString(w.file("adopted.tf"), ""))
	w.unchanged()
	return w, blocks
}

// replaced has other text in the place of the generated block with this label.
func (w *workshop) replaced(label, block string) {
	w.t.Helper()
	generated := w.generated(label)
	w.folderHas("adopted.tf", strings.Replace(w.file("adopted.tf"), generated, block, 1))
}

func (w *workshop) generated(label string) string {
	w.t.Helper()
	block := regexp.MustCompile(`(?s)resource "\w+" "` + label + `" \{.*?\n\}\n`).FindString(w.file("adopted.tf"))
	if block == "" {
		w.t.Fatalf("no block is called %s:\n%s", label, w.file("adopted.tf"))
	}
	return block
}

// TestAccAdoption_adoptGuide does what the guide says with a query, and with the tokens of two systems.
func TestAccAdoption_adoptGuide(t *testing.T) {
	t.Parallel()
	w, blocks := adoptedAsGuided(t)
	w.replaced("ci_0", blocks.rotated)
	w.replaced("loader_0", blocks.byAge)
	w.says(w.mustRun("apply", "-no-color", "-auto-approve"), "0 added, 2 changed, 0 destroyed")
	w.unchanged()
	if alive := w.namesAlive(); !slices.Equal(alive, []string{"ci-deploy", "ci-report"}) {
		t.Errorf("alive are %q", alive)
	}
	w.sandbox.Clock().Advance(77 * 24 * hour)
	w.mustRun("apply", "-no-color", "-auto-approve")
	if alive := w.namesAlive(); len(alive) != 3 || !slices.Contains(alive, "ci-deploy") || !slices.Contains(alive, "ci-report") {
		t.Errorf("alive after a rotation are %q", alive)
	}
	w.onlyNewIsListed(blocks.again)
	w.sandbox.Clock().Advance(14 * 24 * hour)
	w.mustRun("apply", "-no-color", "-auto-approve")
	if alive := w.sandbox.Live()[magpie.Name]; len(alive) != 2 {
		t.Errorf("alive after a rotation by age are %v", alive)
	}
	w.mustHoldNoSecret()
}

// onlyNewIsListed fails the test unless the query lists what is not managed, and no previous token.
func (w *workshop) onlyNewIsListed(query string) {
	w.t.Helper()
	if _, err := w.sandbox.SailPoint.AddToken(sailpoint.Token{ID: "new", Name: "ci-new"}); err != nil {
		w.t.Fatal(err)
	}
	w.folderHas("tokens.tfquery.hcl", query)
	rows, warnings := w.query()
	if len(rows) != 1 || rows[0].Identity["id"] != "new" || len(warnings) > 0 {
		w.t.Errorf("listed are %v, with warnings %q", rows, warnings)
	}
	w.folderHas("tokens.tfquery.hcl", "")
}

// TestAccAdoption_adoptOld has a token rotated that is older than its new lifetime: the lifetime alone fails, the steps of the guide do not.
func TestAccAdoption_adoptOld(t *testing.T) {
	t.Parallel()
	for name, expiry := range map[string]string{"never expires": "", "expires": time.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, blocks := adoptedAsGuided(t)
			before := w.namesAlive()
			generated := w.generated("ci_1")
			if expiry != "" {
				generated = regexp.MustCompile(`never_expires( +)= true`).ReplaceAllString(generated, "never_expires$1= null")
				generated = regexp.MustCompile(`expires_at( +)= null`).ReplaceAllString(generated, `expires_at$1= "`+expiry+`"`)
			}
			w.replaced("ci_1", strings.ReplaceAll(blocks.rotated, "ci_0", "ci_1"))
			w.mustFail("The token would be expired at once", "apply", "-no-color", "-auto-approve")
			w.replaced("ci_1", regexp.MustCompile(`rotation_triggers( +)= null`).ReplaceAllString(generated, `rotation_triggers$1= { adopted = "1" }`))
			w.mustRun("apply", "-no-color", "-auto-approve")
			w.unchanged()
			if alive := w.namesAlive(); !slices.Equal(alive, before) {
				t.Errorf("alive are %q", alive)
			}
			w.replaced("ci_1", blocks.old)
			w.says(w.mustRun("apply", "-no-color", "-auto-approve"), "0 added, 1 changed, 0 destroyed")
			w.unchanged()
			if alive := w.namesAlive(); len(alive) != 3 || !slices.Contains(alive, "ci-report") {
				t.Errorf("alive after a rotation are %q", alive)
			}
			w.mustHoldNoSecret()
		})
	}
}

// TestAccAdoption_adoptExpired adopts a token that has expired: the plan replaces it, and it can be applied once its expiry is no longer asked for.
func TestAccAdoption_adoptExpired(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.requireQueriesAndActions()
	w.seedGuide()
	w.write("")
	w.folderHas("tokens.tfquery.hcl", listBlock("mint_sailpoint_personal_access_token", "old", "name_prefix     = \"ci-old\"\n    include_expired = true"))
	w.mustRun("query", "-no-color", "-generate-config-out=adopted.tf")
	w.says(w.mustRun("plan", "-no-color"), "1 to import, 1 to add, 0 to change, 1 to destroy", "It is planned for replacement.", "Applying this plan fails.")
	w.mustHave(isWrite, 0)
	adopted := regexp.MustCompile(`expires_at +=.*\n`).ReplaceAllString(w.file("adopted.tf"), "")
	w.folderHas("adopted.tf", regexp.MustCompile(`lifetime( +)= null`).ReplaceAllString(adopted, `lifetime$1= "90d"`))
	w.says(w.mustRun("apply", "-no-color", "-auto-approve"), "1 imported, 1 added, 0 changed, 1 destroyed")
	w.unchanged()
	if alive := w.namesAlive(); !slices.Equal(alive, []string{"ci-deploy", "ci-old", "ci-report"}) {
		t.Errorf("alive are %q", alive)
	}
	w.mustHoldNoSecret()
}

// TestAccAdoption_rotateByAge has a token rotated by its age that never expires, before and after.
func TestAccAdoption_rotateByAge(t *testing.T) {
	t.Parallel()
	w, blocks := adoptedAsGuided(t)
	block := strings.NewReplacer("ci_0", "ci_1", `lifetime             = "90d"`, "never_expires = true", `rotate_before_expiry = "14d"`, `rotate_after = "90d"`).Replace(blocks.rotated)
	w.replaced("ci_1", block)
	w.says(w.mustRun("apply", "-no-color", "-auto-approve"), "0 added, 1 changed, 0 destroyed")
	w.mustHave(isWrite, 0)
	w.says(w.mustRun("apply", "-no-color", "-auto-approve"), "0 added, 1 changed, 0 destroyed")
	w.unchanged()
	if alive := w.namesAlive(); len(alive) != 3 || !slices.Contains(alive, "ci-report") {
		t.Errorf("alive after a rotation are %q", alive)
	}
	w.mustHoldNoSecret()
}

// TestAccAdoption_rotateElsewhere has adopted TrueFoundry tokens rotated: one before it expires, and one that never expires by its age.
func TestAccAdoption_rotateElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.requireQueriesAndActions()
	now := w.sandbox.Clock().Now()
	for _, token := range []truefoundry.PersonalAccessToken{
		{Name: "ci-endless", Created: now.AddDate(0, 0, -200)}, {Name: "ci-expiring", Created: now.AddDate(0, 0, -200), Expiration: after(now, 30)},
	} {
		if _, err := w.sandbox.TrueFoundry.AddPersonalAccessToken(token); err != nil {
			t.Fatal(err)
		}
	}
	w.write("")
	w.folderHas("tokens.tfquery.hcl", listBlock("mint_truefoundry_personal_access_token", "ci", `name_prefix = "ci-"`))
	w.mustRun("query", "-no-color", "-generate-config-out=adopted.tf")
	w.says(w.mustRun("apply", "-no-color", "-auto-approve"), "2 imported, 0 added, 0 changed, 0 destroyed")
	w.folderHas("adopted.tf", regexp.MustCompile(`(?s)\nimport \{.*?\n\}\n`).ReplaceAllString(w.file("adopted.tf"), ""))
	block := strings.ReplaceAll(adoptionBlocks(t).rotated, "sailpoint", "truefoundry")
	block = regexp.MustCompile(`  scope.*\n`).ReplaceAllString(block, "")
	w.replaced("ci_1", strings.ReplaceAll(block, "ci_0", "ci_1"))
	w.replaced("ci_0", strings.Replace(block, `rotate_before_expiry = "14d"`, `rotate_after = "60d"`, 1))
	names := func() (names []string) {
		for _, token := range w.sandbox.Live()[truefoundry.Name] {
			names = append(names, token.Name)
		}
		return names
	}
	before := len(names())
	w.says(w.mustRun("apply", "-no-color", "-auto-approve"), "0 added, 2 changed, 0 destroyed")
	w.mustHave(isWrite, 0)
	// By its age, in the next apply.
	w.says(w.mustRun("apply", "-no-color", "-auto-approve"), "0 added, 1 changed, 0 destroyed")
	w.unchanged()
	if after := names(); len(after) != before+1 || !slices.Contains(after, "ci-endless") {
		t.Errorf("alive after a rotation by age are %q", after)
	}
	w.sandbox.Clock().Advance(17 * 24 * hour)
	w.mustRun("apply", "-no-color", "-auto-approve")
	if after := names(); len(after) != before+1 || slices.Contains(after, "ci-endless") || !slices.Contains(after, "ci-expiring") {
		t.Errorf("alive after a rotation in time are %q", after)
	}
	w.mustHoldNoSecret()
}

// TestAccAdoption_imports does what the guide says where there are no queries.
func TestAccAdoption_imports(t *testing.T) {
	t.Parallel()
	blocks := adoptionBlocks(t)
	for name, prepare := range map[string]func(w *workshop){
		"generated": func(w *workshop) { w.generatesImports(blocks.output) },
		"generated for TrueFoundry": func(w *workshop) {
			// The other one of the two is the token that the provider logs in with.
			for _, name := range []string{"ci-deploy", "default-reports"} {
				if _, err := w.sandbox.TrueFoundry.AddPersonalAccessToken(truefoundry.PersonalAccessToken{Name: name}); err != nil {
					w.t.Fatal(err)
				}
			}
			w.generatesImports(strings.NewReplacer("sailpoint", "truefoundry", `name_prefix = "ci-"`, "", "!token.managed", `!startswith(token.name, "default-")`).Replace(blocks.output))
		},
		"for_each": func(w *workshop) { w.write(blocks.imports) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t)
			w.seedGuide()
			prepare(w)
			w.says(w.mustRun("apply", "-no-color", "-auto-approve"), "2 imported, 0 added, 0 changed, 0 destroyed")
			w.unchanged()
			w.mustHave(isWrite, 0)
			if err := os.RemoveAll(filepath.Join(w.folder, "imports.tf")); err != nil {
				t.Fatal(err)
			}
			w.unchanged()
			w.mustHoldNoSecret()
		})
	}
}

// generatesImports has an output write import blocks, and Terraform the configuration of what they import.
func (w *workshop) generatesImports(output string) {
	w.t.Helper()
	if !w.isOpenTofu() && w.atLeast("1.14.0") {
		w.t.Skip("is for earlier releases")
	}
	w.write(output)
	w.mustRun("apply", "-no-color", "-auto-approve")
	w.folderHas("imports.tf", w.mustRun("output", "-no-color", "-raw", "imports"))
	w.mustRun("plan", "-no-color", "-generate-config-out=adopted.tf")
}

// seedGuide makes the tokens of which the guides are about, and others.
func (w *workshop) seedGuide() {
	w.t.Helper()
	now := w.sandbox.Clock().Now()
	scope := []string{"sp:my-personal-access-tokens:read"}
	for _, token := range []sailpoint.Token{
		{ID: "0cf83c58055effc96943c432b11ff4a3", Name: "ci-deploy", Scope: scope, Expiration: after(now, 30), LastUsed: &now},
		{ID: "deeefb150b9ceb6b48a45e238edef13b", Name: "ci-report", Scope: scope, Created: now.AddDate(0, 0, -200), LastUsed: before(now, 100)},
		{Name: "ci-old", Scope: scope, Created: now.AddDate(0, 0, -200), Expiration: before(now, 1)},
	} {
		if _, err := w.sandbox.SailPoint.AddToken(token); err != nil {
			w.t.Fatal(err)
		}
	}
	if _, err := w.sandbox.Magpie.AddUser(magpie.User{Name: loader, ServiceAccount: true}); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.sandbox.Magpie.AddToken(magpie.Token{User: loader, Description: "ingestion pipeline"}); err != nil {
		w.t.Fatal(err)
	}
	for name, team := range map[string]string{"reporting": "platform", "other": "research"} {
		manifest := map[string]any{"name": name, "ownedBy": map[string]any{"team": team}}
		if _, err := w.sandbox.TrueFoundry.AddVirtualAccount(truefoundry.VirtualAccount{Manifest: manifest}); err != nil {
			w.t.Fatal(err)
		}
	}
}
