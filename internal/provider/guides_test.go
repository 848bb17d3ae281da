package provider_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestAccGuides applies every configuration that a guide, the index page or the README shows, plans again, and destroys. Those that need other providers, tokens that
// exist already, or a newer Terraform are tested elsewhere.
func TestAccGuides(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../templates/guides/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no guides: %v", err)
	}
	found := 0
	for _, file := range append(files, indexPage, "../../README.md") {
		if slices.Contains([]string{deliveryGuide, adoptionGuide, auditGuide, ownCredentialGuide}, file) {
			continue
		}
		for i, block := range guideBlocks(t, file) {
			found++
			t.Run(fmt.Sprintf("%s/%d", strings.TrimSuffix(filepath.Base(file), ".md"), i+1), func(t *testing.T) {
				t.Parallel()
				w := newWorkshop(t)
				if strings.Contains(block, "ephemeral ") && !w.atLeast("1.10.0") {
					t.Skip("ephemeral values need Terraform 1.10")
				}
				w.populate(block)
				before := w.live()
				w.write(block)
				w.mustRun("apply", "-no-color", "-auto-approve")
				w.unchanged()
				if strings.Contains(block, "user_email") {
					w.sandbox.Clock().Advance(31 * 24 * hour) // No list shows it: as the guide says, it cannot be destroyed before it has expired.
				}
				w.mustRun("destroy", "-no-color", "-auto-approve")
				if live := w.sandbox.Live(); w.live() != before {
					t.Errorf("alive after destroy: %+v", live)
				}
				w.mustHoldNoSecret()
			})
		}
	}
	if found == 0 {
		t.Error("no guide shows a configuration")
	}
}

// TestAccGuides_formatted holds every configuration on a written page to Terraform's own format.
func TestAccGuides_formatted(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	for file := range writtenPages(t) {
		for i, block := range guideBlocks(t, file) {
			w.folderHas(fmt.Sprintf("%s-%d.tf", filepath.Base(file), i+1), block)
		}
	}
	if output, err := w.run("fmt", "-no-color", "-check", "-diff"); err != nil {
		t.Errorf("not formatted, or not Terraform's language: %v\n%s", err, output)
	}
}

// populate makes the accounts that guides are about, and gives the provider the key that a block asks for.
func (w *workshop) populate(block string) {
	w.t.Helper()
	for _, account := range []string{"loader@acme.example", "billing@acme.example"} {
		if _, err := w.sandbox.Magpie.AddUser(magpie.User{Name: account, ServiceAccount: true}); err != nil {
			w.t.Fatal(err)
		}
	}
	if strings.Contains(block, "user_email") {
		if _, err := w.sandbox.TrueFoundry.AddUser(truefoundry.User{Email: "alice@acme.example"}); err != nil {
			w.t.Fatal(err)
		}
		if err := w.sandbox.TrueFoundry.SetSwitches(func(s *truefoundry.Switches) { s.AccountPATList = "empty" }); err != nil {
			w.t.Fatal(err)
		}
		w.env["TFY_API_KEY"] = w.administrator().Secret()
	}
	identity, _ := newIdentity(w.t, "")
	w.env["TF_VAR_recipient"] = identity.Recipient().String()
	w.env["TF_VAR_reporting_id"], w.env["TF_VAR_reporting_secret"] = w.env["SAIL_CLIENT_ID"], w.env["SAIL_CLIENT_SECRET"]
}

// administrator is a virtual account that may administer the tenant.
func (w *workshop) administrator() truefoundry.VirtualAccount {
	w.t.Helper()
	account, err := w.sandbox.TrueFoundry.AddVirtualAccount(truefoundry.VirtualAccount{
		Manifest: truefoundry.Manifest{"name": "terraform"}, Grants: []truefoundry.Permission{{ResourceFQN: "acme", ResourceType: "tenant", RoleID: "tenant-admin"}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return account
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
