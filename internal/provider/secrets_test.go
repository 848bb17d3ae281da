package provider_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

const (
	sailpointMint = "/personal-access-tokens/v1"
	sailpointItem = "/personal-access-tokens/v1/{id}"
)

// sailpointToken is a configuration of one token whose secret is also an output.
func sailpointToken(lines ...string) string {
	return "resource \"mint_sailpoint_personal_access_token\" \"test\" {\n  scope = [\"sp:my-personal-access-tokens:read\"]\n  " +
		strings.Join(lines, "\n  ") + "\n}\noutput \"secret\" {\n  value     = mint_sailpoint_personal_access_token.test.secret\n  sensitive = true\n}\n"
}

// fault orders one SailPoint fault.
func (w *workshop) fault(method, route, word string) {
	w.t.Helper()
	if err := w.sandbox.Faults().Add(fakeapi.Fault{System: sailpoint.Name, Method: method, Route: route, Fault: word}); err != nil {
		w.t.Fatal(err)
	}
}

// met fails the test unless each of these faults has hit a request: a search after something that did not happen proves nothing.
func (w *workshop) met(words ...string) {
	w.t.Helper()
	hit := map[string]bool{}
	for _, entry := range w.sandbox.Journal().Entries() {
		hit[entry.Fault] = true
	}
	for _, word := range words {
		if !hit[word] {
			w.t.Errorf("no request met the fault %s", word)
		}
	}
}

// shown plans into a file, has Terraform show that as people read it, and applies it.
func (w *workshop) shown(want string) {
	w.t.Helper()
	w.mustRun("plan", "-no-color", "-out=plan")
	if text := w.mustRun("show", "-no-color", "plan"); !strings.Contains(text, want) {
		w.t.Errorf("the plan does not say %q:\n%s", want, text)
	}
	w.mustRun("apply", "-no-color", "plan")
}

// mustFail runs Terraform, which must fail with these words.
func (w *workshop) mustFail(want string, arguments ...string) {
	w.t.Helper()
	output, err := w.run(arguments...)
	flat := strings.Join(strings.Fields(strings.ReplaceAll(output, "│", " ")), " ")
	if err == nil || !strings.Contains(flat, want) {
		w.t.Errorf("terraform %v does not fail with %q:\n%s", arguments, want, output)
	}
}

// minted is the one SailPoint token that was minted and still works.
func (w *workshop) minted() sailpoint.Token {
	w.t.Helper()
	for _, live := range w.sandbox.SailPoint.Live() {
		if token, ok := w.sandbox.SailPoint.Token(live.ID); ok && !live.Seeded {
			return token
		}
	}
	w.t.Fatal("no token is alive")
	return sailpoint.Token{}
}

// stateHolds tells whether the state file holds a text.
func (w *workshop) stateHolds(text string) bool {
	w.t.Helper()
	state, err := os.ReadFile(filepath.Join(w.folder, "terraform.tfstate"))
	if err != nil {
		w.t.Fatal(err)
	}
	return bytes.Contains(state, []byte(text))
}

// TestAccSecrets_sailpointLife leads one token through lost mints, a change, a rotation and its end: what Terraform prints and logs on
// the way holds no secret, and the state holds the one that it is for.
func TestAccSecrets_sailpointLife(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.write(sailpointToken(`name = "ci"`, `lifetime = "720h"`, `rotation_triggers = { generation = "1" }`))
	w.fault("POST", sailpointMint, "drop-after")
	w.fault("POST", sailpointMint, "truncate")
	w.mustRun("apply", "-no-color", "-auto-approve")
	w.met("drop-after", "truncate")
	first := w.minted()
	if !w.stateHolds(first.Secret) {
		t.Error("the state does not hold the token's secret: the searches below prove nothing")
	}

	w.write(sailpointToken(`name = "new"`, `lifetime = "1440h"`, `rotation_triggers = { generation = "1" }`))
	w.shown("will be updated in-place")
	if now := w.minted(); now.Secret != first.Secret || now.Name != "new" {
		t.Errorf("the token %s was replaced by %s", first.ID, now.ID)
	}
	w.write(sailpointToken(`name = "new"`, `lifetime = "1440h"`, `rotation_triggers = { generation = "2" }`))
	w.shown("must be replaced")
	w.sandbox.Clock().Advance(1441 * time.Hour)
	w.shown(`"expired"`)
	w.mustRun("show", "-no-color")
	last := w.minted()
	if !w.stateHolds(last.Secret) || w.stateHolds(first.Secret) {
		t.Error("the state does not hold the newest secret, and that alone")
	}
	w.mustHoldNoSecret()
}

// TestAccSecrets_sailpointFailures ends in errors: an orphan that cannot be deleted, a name that is taken, a list and a login that are
// refused.
func TestAccSecrets_sailpointFailures(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.write(sailpointToken(`name = "ci"`, `lifetime = "720h"`))
	w.fault("POST", sailpointMint, "truncate")
	w.fault("DELETE", sailpointItem, "status:403")
	w.mustFail("the token that it left behind could not be deleted", "apply", "-no-color", "-auto-approve")
	w.mustFail("is taken by the token "+w.minted().ID, "apply", "-no-color", "-auto-approve")

	orphan := w.minted()
	w.mustRun("import", "-no-color", "mint_sailpoint_personal_access_token.test", orphan.ID)
	// The state gets the lifetime, which no tenant tells.
	w.mustRun("apply", "-no-color", "-auto-approve")
	w.mustRun("plan", "-no-color", "-detailed-exitcode", "-out=plan")
	w.mustRun("show", "-no-color", "plan")
	if w.stateHolds(orphan.Secret) {
		t.Error("the state holds a secret that an import cannot know")
	}
	w.fault("GET", sailpointMint, "status:403")
	w.mustFail("Unable to read SailPoint personal access token", "plan", "-no-color")
	w.met("truncate", "status:403")

	right := w.env["SAIL_CLIENT_SECRET"]
	w.env["SAIL_CLIENT_SECRET"] = w.sandbox.Vault().Keep("a-secret-that-is-of-no-use-here")
	w.mustFail("does not accept the provider's credentials", "plan", "-no-color")
	w.env["SAIL_CLIENT_SECRET"] = right
	w.mustHoldNoSecret()
}
