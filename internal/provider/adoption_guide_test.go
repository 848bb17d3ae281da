package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

const adoptionGuide = "../../templates/guides/adopt-existing-tokens.md"

// adoptionBlocks are what the guide shows: the query, the block of a token that rotates, the output, and the imports.
func adoptionBlocks(t *testing.T) (query, rotated, output, imports string) {
	t.Helper()
	blocks := guideBlocks(t, adoptionGuide)
	if len(blocks) != 4 {
		t.Fatalf("the guide has %d examples, and this test knows 4", len(blocks))
	}
	return blocks[0], blocks[1], blocks[2], blocks[3]
}

// TestAccAdoption_adoptGuide does what the guide says with a query.
func TestAccAdoption_adoptGuide(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.requireQueriesAndActions()
	w.seedGuide()
	query, rotated, _, _ := adoptionBlocks(t)
	w.write("")
	w.folderHas("tokens.tfquery.hcl", query)
	w.mustRun("query", "-no-color", "-generate-config-out=adopted.tf")
	w.says(w.mustRun("apply", "-no-color", "-auto-approve"), "4 imported, 0 added, 1 changed, 0 destroyed")
	w.unchanged()
	w.mustHave(isWrite, 0)

	adopted := w.file("adopted.tf")
	w.folderHas("adopted.tf", regexp.MustCompile(`(?s)\nimport \{.*?\n\}\n`).ReplaceAllString(adopted, ""))
	w.unchanged()
	block := regexp.MustCompile(`(?s)resource "mint_sailpoint_personal_access_token" "ci_0" \{.*?\n\}\n`)
	w.folderHas("adopted.tf", block.ReplaceAllString(w.file("adopted.tf"), rotated))
	w.says(w.mustRun("apply", "-no-color", "-auto-approve"), "0 added, 1 changed, 0 destroyed")
	w.unchanged()
	if alive := w.namesAlive(); !slices.Equal(alive, []string{"ci-deploy", "ci-report"}) {
		t.Errorf("alive are %q", alive)
	}
	w.sandbox.Clock().Advance(77 * 24 * hour)
	w.mustRun("apply", "-no-color", "-auto-approve")
	if alive := w.namesAlive(); len(alive) != 3 || !slices.Contains(alive, "ci-deploy") || !slices.Contains(alive, "ci-report") {
		t.Errorf("alive after a rotation are %q", alive)
	}
	w.mustHoldNoSecret()
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

// TestAccAdoption_imports does what the guide says where there are no queries.
func TestAccAdoption_imports(t *testing.T) {
	t.Parallel()
	_, _, output, imports := adoptionBlocks(t)
	for name, prepare := range map[string]func(w *workshop){
		"generated": func(w *workshop) {
			if !w.isOpenTofu() && w.atLeast("1.14.0") {
				w.t.Skip("is for earlier releases")
			}
			w.write(output)
			w.mustRun("apply", "-no-color", "-auto-approve")
			w.folderHas("imports.tf", w.mustRun("output", "-no-color", "-raw", "imports"))
			w.mustRun("plan", "-no-color", "-generate-config-out=adopted.tf")
		},
		"for_each": func(w *workshop) { w.write(imports) },
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
