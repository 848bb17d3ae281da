package provider_test

import (
	"regexp"
	"strings"
	"testing"
)

const tofuGuide = "../../templates/guides/opentofu.md"

// TestAccGuides_stateEncryption applies the guide's configuration with an encrypted state on OpenTofu: the file hides the whole state, and who
// has its key still sees no secret.
func TestAccGuides_stateEncryption(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	if !w.isOpenTofu() {
		t.Skip("Terraform has no encryption of states")
	}
	var configuration string
	for _, match := range regexp.MustCompile("(?s)```hcl\n(.*?)```").FindAllStringSubmatch(read(t, tofuGuide), -1) {
		if strings.Contains(match[1], "key_provider") {
			configuration = match[1]
		}
	}
	if configuration == "" {
		t.Fatal("the guide shows no encryption of the state")
	}
	identity, _ := newIdentity(t, "")
	w.env["TF_VAR_recipient"] = identity.Recipient().String()
	w.env["TF_VAR_state_passphrase"] = w.sandbox.Vault().Keep("a passphrase that is long enough")
	w.write(configuration)
	w.mustRun("apply", "-no-color", "-auto-approve")
	if state := w.file("terraform.tfstate"); !strings.Contains(state, "encrypted_data") || strings.Contains(state, "pipeline-") {
		t.Errorf("the state is not encrypted: %s", state)
	}
	shown := w.mustRun("show", "-json")
	if !strings.Contains(shown, "BEGIN AGE ENCRYPTED FILE") {
		t.Errorf("the key of the state does not show the encrypted secret: %s", shown)
	}
	w.unchanged()
	w.destroyed()
	w.mustHoldNoSecret()
}
