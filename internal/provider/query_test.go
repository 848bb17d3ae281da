package provider_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestAccQuery_query shows the rows to people and to programs: sorted, with what they are known by, and without a secret.
func TestAccQuery_query(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.requireQueriesAndActions()
	end, used := time.Date(2035, time.January, 31, 12, 0, 0, 0, time.UTC), w.sandbox.Clock().Now().AddDate(0, 0, -100)
	over := used.AddDate(0, 0, 1)
	for _, token := range []sailpoint.Token{
		{ID: "d3", Name: "pipeline", Expiration: &end, LastUsed: &used},
		{ID: "c2", Name: "audit", LastUsed: &used},
		{ID: "a1", Name: "reports", Expiration: &end},
		{ID: "b4", Name: "expired", Created: used, Expiration: &over},
		{ID: "e5", Name: "platform", Managed: true},
		{ID: "f6", Name: rotation.NewEphemeralName("run-"), Expiration: &end},
	} {
		if _, err := w.sandbox.SailPoint.AddToken(token); err != nil {
			t.Fatal(err)
		}
	}
	w.write("")
	block := "list \"mint_sailpoint_personal_access_token\" \"all\" {\n  provider         = mint\n  include_resource = true\n\n  config {\n" +
		"    except_ids = [" + fmt.Sprintf("%q", w.sandbox.SailPoint.Bootstrap().ClientID) + "]\n    %s\n  }\n}\n"
	lastUsed := used.UTC().Format(time.DateOnly)
	expired := "expired (owner mint.bootstrap, expired " + over.UTC().Format(time.DateOnly) + ", never used)"
	names := []string{
		"audit (owner mint.bootstrap, never expires, last used " + lastUsed + ")",
		"pipeline (owner mint.bootstrap, expires 2035-01-31, last used " + lastUsed + ")",
		"reports (owner mint.bootstrap, expires 2035-01-31, never used)",
	}
	w.folderHas("tokens.tfquery.hcl", fmt.Sprintf(block, ""))
	w.listed([]string{"c2", "d3", "a1"}, names)
	w.folderHas("tokens.tfquery.hcl", fmt.Sprintf(block, "include_expired = true"))
	w.listed([]string{"c2", "b4", "d3", "a1"}, slices.Insert(slices.Clone(names), 1, expired))
	w.folderHas("tokens.tfquery.hcl", fmt.Sprintf(block, `unused_for = "90d"`))
	w.listed([]string{"c2", "d3"}, names[:2])
	w.mustHave(isWrite, 0)
	w.mustHoldNoSecret()
}

// listed fails the test unless the query has these rows, in this order, for people and for programs.
func (w *workshop) listed(ids, names []string) {
	w.t.Helper()
	rows, warnings := w.query()
	if len(warnings) > 0 {
		w.t.Error(warnings)
	}
	var gotIDs, gotNames, lines []string
	for _, row := range rows {
		gotIDs, gotNames = append(gotIDs, row.Identity["id"]), append(gotNames, row.DisplayName)
	}
	if !slices.Equal(gotIDs, ids) || !slices.Equal(gotNames, names) {
		w.t.Errorf("listed are %q and %q instead of %q and %q", gotIDs, gotNames, ids, names)
	}
	for line := range strings.Lines(w.mustRun("query", "-no-color")) {
		if row, isRow := strings.CutPrefix(line, "list.mint_sailpoint_personal_access_token.all"); isRow {
			lines = append(lines, strings.Join(strings.Fields(row), " "))
		}
	}
	for i, id := range ids {
		if i >= len(lines) || lines[i] != "id="+id+" "+names[i] {
			w.t.Errorf("people see %q", lines)
			return
		}
	}
}

// TestAccQuery_queryIncomplete has the fourth page of a list fail: what came before is listed, with a warning, and strict makes it an error.
func TestAccQuery_queryIncomplete(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.requireQueriesAndActions()
	const noun = "mint_truefoundry_personal_access_token"
	if err := w.sandbox.TrueFoundry.SetSwitches(func(s *truefoundry.Switches) { s.PageCap = 10 }); err != nil {
		t.Fatal(err)
	}
	for n := range 45 {
		if err := seedPersonalAccessToken(w, n); err != nil {
			t.Fatal(err)
		}
	}
	var pages, seen atomic.Int64
	w.sandbox.TrueFoundry.AfterPage(func(page truefoundry.Page) {
		if page.Offset == 0 {
			pages.Store(0)
		}
		if pages.Add(1) != 3 {
			return
		}
		seen.Store(int64(page.Offset + page.Rows))
		if err := w.sandbox.Faults().Add(fakeapi.Fault{System: truefoundry.Name, Method: "GET", Route: page.Collection, Fault: "status:403"}); err != nil {
			t.Error(err)
		}
	})
	w.write("")
	w.folderHas("tokens.tfquery.hcl", listBlock(noun, "all", ""))
	rows, warnings := w.query()
	if len(warnings) != 1 || !strings.Contains(warnings[0], "incomplete") || !strings.Contains(warnings[0], "403") {
		t.Errorf("the warnings are %q", warnings)
	}
	// One of them is the token that the control plane has made itself.
	if int64(len(rows)) != seen.Load()-1 || len(rows) < 25 || !slices.IsSortedFunc(rows, func(a, b found) int { return strings.Compare(a.DisplayName, b.DisplayName) }) {
		t.Errorf("%d rows are listed: %v", len(rows), rows)
	}
	if said := w.mustRun("query", "-no-color"); !strings.Contains(said, "is incomplete") || strings.Count(said, "\nlist."+noun+".all") != len(rows) {
		t.Errorf("people see something else:\n%s", said)
	}
	w.folderHas("tokens.tfquery.hcl", listBlock(noun, "all", "strict = true"))
	w.mustFail("403", "query", "-no-color")
	w.mustHave(isWrite, 0)
	w.mustHoldNoSecret()
}

// TestAccQuery_queryObjects has every noun listed with all attributes, which Terraform prints as they are, sensitive ones included: none of them is
// a secret.
func TestAccQuery_queryObjects(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.requireQueriesAndActions()
	for _, name := range []string{loader, billing} {
		if _, err := w.sandbox.Magpie.AddUser(magpie.User{Name: name, ServiceAccount: true}); err != nil {
			t.Fatal(err)
		}
	}
	const each = 4
	nouns := declared(t)
	for _, noun := range nouns {
		for n := range each {
			if err := noun.seed(w, n); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.write("")
	w.folderHas("tokens.tfquery.hcl", strings.ReplaceAll(w.queries(nouns), "  limit    = 1000\n", "  include_resource = true\n"))
	rows, warnings := w.query()
	if len(rows) != each*len(nouns) || len(warnings) > 0 {
		t.Errorf("%d rows are listed instead of %d, with warnings %q", len(rows), each*len(nouns), warnings)
	}
	for _, row := range rows {
		if row.Object["id"] != row.Identity["id"] || row.Object["status"] == nil {
			t.Errorf("%s %q has the object %v", row.Address, row.DisplayName, row.Object)
		}
		for _, name := range []string{"secret", "token", "previous_secret", "encrypted_secret"} {
			if row.Object[name] != nil {
				t.Errorf("%s %q has the attribute %s", row.Address, row.DisplayName, name)
			}
		}
	}
	w.mustHave(isWrite, 0)
	w.mustHave(tokenReads, 0)
	w.mustHoldNoSecret()
}

// TestAccQuery_queryLimit lists more tokens than Terraform asks for by itself.
func TestAccQuery_queryLimit(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.requireQueriesAndActions()
	for n := range 104 {
		if err := seedPersonalAccessToken(w, n); err != nil {
			t.Fatal(err)
		}
	}
	w.write("")
	w.folderHas("tokens.tfquery.hcl", strings.Replace(listBlock("mint_truefoundry_personal_access_token", "all", `name_prefix = "ci-"`), "  limit    = 1000\n", "", 1))
	rows, warnings := w.query()
	if len(rows) != 100 || len(warnings) != 1 || !strings.Contains(warnings[0], "104 match, and the first 100 are listed.") {
		t.Errorf("%d rows are listed, and the warnings are %q", len(rows), warnings)
	}
}

// found is one row of a query, as -json prints it.
type found struct {
	Address     string
	DisplayName string `json:"display_name"`
	Identity    map[string]string
	Object      map[string]any `json:"resource_object"`
}

// query runs the query, and returns its rows in their order and what it warns of.
func (w *workshop) query() (rows []found, warnings []string) {
	w.t.Helper()
	for line := range strings.Lines(w.mustRun("query", "-json")) {
		var event struct {
			Type       string
			Found      found `json:"list_resource_found"`
			Diagnostic struct{ Severity, Summary, Detail string }
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			w.t.Fatalf("%v: %s", err, line)
		}
		switch {
		case event.Type == "list_resource_found":
			rows = append(rows, event.Found)
		case event.Type == "diagnostic" && !strings.Contains(event.Diagnostic.Summary, "overrides"):
			warnings = append(warnings, event.Diagnostic.Summary+": "+event.Diagnostic.Detail)
		}
	}
	return rows, warnings
}
