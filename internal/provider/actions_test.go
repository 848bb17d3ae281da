package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// revokesUnused is an action on tokens that nobody uses, and the arguments that it has beside the filters.
const revokesUnused = `
action "mint_sailpoint_revoke_personal_access_tokens" "unused" {
  config {
    name_prefix = "ci-"
    unused_for  = "90d"
    %s
  }
}
`

// TestAccActions_action invokes an action from the command line: a dry run says what would happen, max_count stops what is more than meant, and the
// real one does it, with the token that the provider is logged in with spared.
func TestAccActions_action(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.requireQueriesAndActions()
	w.seedUnused(3)
	before := w.live()
	invoke := []string{"apply", "-no-color", "-auto-approve", "-invoke=action.mint_sailpoint_revoke_personal_access_tokens.unused"}

	w.write(fmt.Sprintf(revokesUnused, "dry_run = true"))
	w.says(w.mustRun("plan", "-no-color", invoke[3]), "mint_sailpoint_revoke_personal_access_tokens.unused", "1 to invoke")
	w.says(w.mustRun(invoke...), "would be revoked: ci-0 (", "would be revoked: ci-1 (", "would be revoked: ci-2 (", "dry run: 3 would be revoked, nothing was changed")
	if now := w.live(); now != before {
		t.Errorf("%d tokens are alive after a dry run instead of %d", now, before)
	}
	w.write(fmt.Sprintf(revokesUnused, "max_count = 2"))
	w.mustFail("3 match, and max_count is 2, so nothing was changed.", invoke...)
	w.mustHave(isWrite, 0)

	w.write(fmt.Sprintf(revokesUnused, ""))
	w.says(w.mustRun(invoke...), "revoked: ci-0 (", "revoked: ci-1 (", "revoked: ci-2 (", "3 revoked")
	w.mustHave(isWrite, 3)
	if alive := w.namesAlive(); !slices.Equal(alive, []string{"ci-used", "people"}) {
		t.Errorf("alive are %q", alive)
	}
	w.says(w.mustRun(invoke...), "0 revoked")
	w.mustHave(isWrite, 3)
	w.mustHoldNoSecret()
}

// TestAccActions_actionExpire is the rule that a guide shows: what nobody has used for 90 days expires in 14.
func TestAccActions_actionExpire(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.requireQueriesAndActions()
	w.seedUnused(30)
	w.write(`
action "mint_sailpoint_expire_personal_access_tokens" "unused" {
  config {
    unused_for = "90d"
    expires_in = "14d"
    max_count  = 50
  }
}
`)
	invoke := []string{"apply", "-no-color", "-auto-approve", "-invoke=action.mint_sailpoint_expire_personal_access_tokens.unused"}
	w.says(w.mustRun(invoke...), "30 set to expire")
	w.says(w.mustRun(invoke...), "0 set to expire, 30 already done")
	if alive := w.live(); alive != 32 {
		t.Errorf("%d tokens are alive at once instead of 32", alive)
	}
	w.sandbox.Clock().Advance(14 * 24 * hour)
	if alive := w.namesAlive(); !slices.Equal(alive, []string{"ci-used", "people"}) {
		t.Errorf("alive are %q after 14 days", alive)
	}
	w.mustHoldNoSecret()
}

// TestAccActions_actionFails has one of three revocations refused: the others are done, and the run fails and says which one is not.
func TestAccActions_actionFails(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.requireQueriesAndActions()
	w.seedUnused(3)
	w.write(fmt.Sprintf(revokesUnused, ""))
	if err := w.sandbox.Faults().Add(fakeapi.Fault{System: sailpoint.Name, Method: "DELETE", Fault: "status:403"}); err != nil {
		t.Fatal(err)
	}
	invoke := []string{"apply", "-no-color", "-auto-approve", "-invoke=action.mint_sailpoint_revoke_personal_access_tokens.unused"}
	said, err := w.run(invoke...)
	if err == nil {
		t.Error("the run does not fail")
	}
	w.says(said, "could not revoke ci-0 (", "revoked: ci-1 (", "revoked: ci-2 (", "2 revoked, 1 failed", "Status: 403")
	if alive := w.namesAlive(); !slices.Equal(alive, []string{"ci-0", "ci-used", "people"}) {
		t.Errorf("alive are %q", alive)
	}
	w.says(w.mustRun(invoke...), "revoked: ci-0 (", "1 revoked")
	w.mustHoldNoSecret()
}

// TestAccActions_actionTriggered has the change of a resource trigger an action, which spares what the configuration holds.
func TestAccActions_actionTriggered(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.requireQueriesAndActions()
	w.seedUnused(2)
	w.write(`
resource "mint_sailpoint_personal_access_token" "ci" {
  name_prefix = "ci-"
  scope       = ["sp:my-personal-access-tokens:read"]
  lifetime    = "90d"

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.mint_sailpoint_revoke_personal_access_tokens.former]
    }
  }
}

action "mint_sailpoint_revoke_personal_access_tokens" "former" {
  config {
    name_prefix = "ci-"
    except_ids  = [mint_sailpoint_personal_access_token.ci.id]
  }
}
`)
	w.says(w.mustRun("apply", "-no-color", "-auto-approve"), "revoked: ci-0 (", "revoked: ci-1 (", "revoked: ci-used (", "3 revoked", "1 added")
	held := fmt.Sprint(w.state()["mint_sailpoint_personal_access_token.ci"]["name"])
	if alive := w.namesAlive(); !slices.Equal(alive, []string{held, "people"}) {
		t.Errorf("alive are %q instead of %q and one that people hold", alive, held)
	}
	w.unchanged()
	w.mustHoldNoSecret()
}

// seedUnused makes so many tokens that were last used 100 days ago, or never, and two that are in use.
func (w *workshop) seedUnused(count int) {
	w.t.Helper()
	now := w.sandbox.Clock().Now()
	tokens := []sailpoint.Token{{Name: "ci-used", LastUsed: &now}, {Name: "people", LastUsed: &now}}
	for n := range count {
		token := sailpoint.Token{Name: fmt.Sprintf("ci-%d", n), Created: now.AddDate(0, 0, -200)}
		if n%2 == 0 {
			token.LastUsed = before(now, 100)
		}
		tokens = append(tokens, token)
	}
	for _, token := range tokens {
		if _, err := w.sandbox.SailPoint.AddToken(token); err != nil {
			w.t.Fatal(err)
		}
	}
}

// namesAlive are those of the tokens that are alive on SailPoint, sorted.
func (w *workshop) namesAlive() []string {
	var names []string
	for _, token := range w.sandbox.Live()[sailpoint.Name] {
		names = append(names, token.Name)
	}
	slices.Sort(names)
	return names
}

// says fails the test unless Terraform printed all of these.
func (w *workshop) says(said string, want ...string) {
	w.t.Helper()
	flat := strings.Join(strings.Fields(said), " ")
	for _, text := range want {
		if !strings.Contains(flat, text) {
			w.t.Errorf("%q is missing:\n%s", text, ending(said))
		}
	}
}
