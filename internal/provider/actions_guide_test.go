package provider_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

const auditGuide = "../../templates/guides/audit-and-revoke.md"

// auditBlocks are what the guide shows: the inventory, an action on all identities, one that spares what is managed, and the way without
// actions.
func auditBlocks(t *testing.T) (inventory, expire, revoke, without string) {
	t.Helper()
	blocks := guideBlocks(t, auditGuide)
	if len(blocks) != 4 {
		t.Fatalf("the guide has %d examples, and this test knows 4", len(blocks))
	}
	return blocks[0], blocks[1], blocks[2], blocks[3]
}

// TestAccGuides_auditInventory: the checks of the guide warn of what is unused and of what never expires.
func TestAccGuides_auditInventory(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.seedGuide()
	inventory, _, _, _ := auditBlocks(t)
	w.write(inventory)
	w.says(w.mustRun("apply", "-no-color", "-auto-approve"), "Tokens that nobody has used for 90 days: 1, see the output unused_tokens.", "Tokens that never expire: ")
	var unused []struct{ System, Kind, Name, Status string }
	if err := json.Unmarshal([]byte(w.mustRun("output", "-json", "unused_tokens")), &unused); err != nil {
		t.Fatal(err)
	}
	if len(unused) != 1 || unused[0].Name != "ci-report" || unused[0].System != "sailpoint" || unused[0].Status != "active" {
		t.Errorf("unused are %+v", unused)
	}
	w.unchanged()
	w.mustHave(isWrite, 0)
	w.mustHoldNoSecret()
}

// TestAccGuides_actionAudit: the actions of the guide, first as a dry run.
func TestAccGuides_actionAudit(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.requireQueriesAndActions()
	w.seedGuide()
	_, expire, revoke, _ := auditBlocks(t)
	invoke := []string{"apply", "-no-color", "-auto-approve", "-invoke=action.mint_sailpoint_expire_personal_access_tokens.unused"}
	w.write(expire)
	w.says(w.mustRun(invoke...), "would be set to expire: ci-report (deeefb150b9ceb6b48a45e238edef13b, owner ", "dry run: 1 would be set to expire, nothing was changed")
	w.mustHave(isWrite, 0)
	w.write(strings.Replace(expire, "dry_run    = true\n", "", 1))
	w.says(w.mustRun(invoke...), "set to expire: ci-report (", "1 set to expire")
	if token, _ := w.sandbox.SailPoint.Token("deeefb150b9ceb6b48a45e238edef13b"); token.Expiration == nil || token.Expiration.Sub(w.sandbox.Clock().Now()).Round(time.Hour) != 14*24*hour {
		t.Errorf("the token expires at %v", token.Expiration)
	}

	if _, err := w.sandbox.TrueFoundry.AddPersonalAccessToken(truefoundry.PersonalAccessToken{Name: "ci-former"}); err != nil {
		t.Fatal(err)
	}
	w.write(revoke)
	w.mustRun("apply", "-no-color", "-auto-approve")
	w.says(w.mustRun("apply", "-no-color", "-auto-approve", "-invoke=action.mint_truefoundry_revoke_personal_access_tokens.ci"), "revoked: ci-former (", "1 revoked")
	for _, token := range w.sandbox.Live()[truefoundry.Name] {
		if token.Name == "ci-former" {
			t.Error("the token is alive")
		}
	}
	w.unchanged()
	w.mustHoldNoSecret()
}

// TestAccGuides_auditWithoutActions: what the guide says where there are no actions.
func TestAccGuides_auditWithoutActions(t *testing.T) {
	t.Parallel()
	_, _, _, without := auditBlocks(t)
	const expiry = "  expires_at = \"2035-01-31T00:00:00Z\"\n"
	if !strings.Contains(without, expiry) {
		t.Fatalf("the guide sets no expiry:\n%s", without)
	}
	for name, c := range map[string]struct{ configuration, said string }{
		"expire": {without, "1 imported, 0 added, 1 changed, 0 destroyed"},
		"revoke": {strings.Replace(without, expiry, "", 1), "1 imported, 0 added, 0 changed, 0 destroyed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t)
			w.seedGuide()
			w.write(c.configuration)
			w.says(w.mustRun("apply", "-no-color", "-auto-approve"), c.said)
			if name == "expire" {
				token, _ := w.sandbox.SailPoint.Token("deeefb150b9ceb6b48a45e238edef13b")
				if want := time.Date(2035, time.January, 31, 0, 0, 0, 0, time.UTC); token.Expiration == nil || !token.Expiration.Equal(want) {
					t.Fatalf("the token expires at %v", token.Expiration)
				}
				w.sandbox.Clock().Advance(token.Expiration.Sub(w.sandbox.Clock().Now()) + hour)
			}
			w.write("")
			w.says(w.mustRun("apply", "-no-color", "-auto-approve"), "0 added, 0 changed, 1 destroyed")
			if alive := w.namesAlive(); slices.Contains(alive, "ci-report") {
				t.Errorf("alive are %q", alive)
			}
			w.mustHoldNoSecret()
		})
	}
}
