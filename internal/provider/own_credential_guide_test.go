package provider_test

import (
	"maps"
	"strings"
	"testing"

	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

const ownCredentialGuide = "../../templates/guides/the-providers-own-credential.md"

// TestAccGuides_ownCredential does what the guide says, on each system: the first run logs in with a token that was made manually, every other
// one with what the state holds, and the token is rotated by the run that it logs in.
func TestAccGuides_ownCredential(t *testing.T) {
	t.Parallel()
	for i, system := range []string{sailpoint.Name, magpie.Name, truefoundry.Name} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t)
			w.populate("")
			identity, _ := newIdentity(t, "")
			w.env["TF_VAR_recipient"] = identity.Recipient().String()
			w.folderHas("key.txt", "# created: 2026-11-28T00:00:00Z\n# public key: "+identity.Recipient().String()+"\n"+w.sandbox.Vault().Keep(identity.String())+"\n")
			if system == truefoundry.Name {
				w.env["TFY_API_KEY"] = w.administrator().Secret()
			}
			w.write(guideBlocks(t, ownCredentialGuide)[i])
			run := w.script(system+".sh") + w.script("run.sh")
			w.shell(run)
			w.unchanged()
			// The manual token is not needed any more.
			maps.Copy(w.env, map[string]string{"SAIL_CLIENT_ID": "deleted", "MAGPIE_ACCESS_TOKEN": "deleted", "TFY_API_KEY": "deleted"})

			// The state's token is rotated by the run that it logs in, and works on.
			w.shell(run)
			w.sandbox.Clock().Advance(61 * 24 * hour)
			w.shell(run)
			alive := len(w.sandbox.Live()[system])
			w.sandbox.Clock().Advance(15 * 24 * hour)
			w.shell(run)
			if got := len(w.sandbox.Live()[system]); system != truefoundry.Name && got != alive-1 {
				t.Errorf("%d tokens are alive after the overlap, %d were before", got, alive)
			}
			w.shell(w.script(system+".sh") + "terraform plan -no-color -detailed-exitcode\n")
			w.mustHoldNoSecret()
		})
	}
}

// script is the shell script of the guide that begins with its own name.
func (w *workshop) script(name string) string {
	w.t.Helper()
	for _, block := range fenced(w.t, ownCredentialGuide, "shell") {
		if strings.HasPrefix(block, "# "+name+"\n") {
			return block
		}
	}
	w.t.Fatalf("the guide has no %s", name)
	return ""
}
