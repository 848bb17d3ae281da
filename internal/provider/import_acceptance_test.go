package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestAccImport_generated: the configuration that Terraform writes for the tokens it imports, of every kind, plans nothing but the import,
// and applying it changes nothing on any server.
func TestAccImport_generated(t *testing.T) {
	t.Parallel()
	w := newFleet(t)
	w.apply(order{also: `
resource "mint_sailpoint_personal_access_token" "fixed" {
  name       = "fixed"
  scope      = ["sp:scopes:default"]
  expires_at = "2080-01-31T12:00:07Z"
}

resource "mint_truefoundry_personal_access_token" "never" {
  name = "never"
}
`})
	// Terraform 1.16 wants to be told as long as there is no resource, and no release takes it when there is one.
	const provider = "  provider = mint\n"
	var blocks strings.Builder
	for address, attributes := range w.state() {
		id := attributes["id"]
		switch user := attributes["user_name"]; {
		case strings.Contains(address, "exclusive"):
			id = user
		case user != nil:
			id = fmt.Sprint(user, "/", id)
		}
		fmt.Fprintf(&blocks, "import {\n  to = %s\n  id = %q\n%s}\n", address, id, provider)
	}
	live, count := fmt.Sprint(w.sandbox.Live()), w.mints()
	if err := os.Remove(filepath.Join(w.folder, "terraform.tfstate")); err != nil {
		t.Fatal(err)
	}
	w.write(blocks.String())
	w.mustRun("plan", "-no-color", "-generate-config-out=generated.tf")
	w.write(strings.ReplaceAll(blocks.String(), provider, ""))
	imported := w.mustRun("apply", "-no-color", "-auto-approve")
	// The one change is the virtual account's: its token is read by the first apply, and not by the import.
	if !strings.Contains(imported, fmt.Sprintf("%d imported, 0 added, 1 changed, 0 destroyed", len(fleet())+2)) || !regexp.MustCompile(`\+ token +=`).MatchString(imported) {
		t.Error(imported)
	}
	w.unchanged()
	w.mintedSince(count, all(0))
	if now := fmt.Sprint(w.sandbox.Live()); now != live {
		t.Errorf("alive are %s instead of %s", now, live)
	}
	w.destroyed()
}
