package truefoundry_test

import (
	"testing"
	"time"

	acc "github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestAccTrueFoundry_planes runs both resources against control planes that differ in what the vendor leaves open.
func TestAccTrueFoundry_planes(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*fake.Switches){
		"older": func(w *fake.Switches) { *w = fake.Older() },
		"named": func(w *fake.Switches) { w.Rows = "named"; w.KeepDeadJWTs = true; w.CreatedBy = "minimal" },
		"nulls": func(w *fake.Switches) {
			w.CreatedBy = "nulls"
			w.NullToken = true
			w.ExtraKeys = true
			w.ErrorBody = "numeric"
		},
		"hidelist": func(w *fake.Switches) { w.HideJWTs = "list"; w.CreatedStatus = 201; w.GetReturnsToken = true },
		"hide":     func(w *fake.Switches) { w.HideJWTs = "always"; w.Day = "end"; w.PATManifest = "virtual-account" },
		"grants": func(w *fake.Switches) {
			w.PermissionsEcho = "grants"
			w.PageCap = 2
			w.NewestFirst = true
			w.BarePagination = true
		},
		"opaque": func(w *fake.Switches) {
			w.TokenType = "opaque"
			w.RegenerateAnswer = "account"
			w.OpaqueTokenStatus = 403
		},
		"ignored": func(w *fake.Switches) { w.OldFields = "ignored" },
		"edit":    func(w *fake.Switches) { w.ExpirationEdit = "keeps"; w.ManifestStatus = 400; w.DryRunAnswer = "empty" },
		"hideexp": func(w *fake.Switches) {
			w.HideExpiredPATs = true
			w.PATExpirationInput = "minutes"
			w.PATSecretAgain = "empty"
			w.ListPATsForOthers = true
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := emulate(t, change)
			var token, account string
			config := func(generation, day, tag string) string {
				triggers := `rotation_triggers = { n = "` + generation + `" }`
				// Older control planes refuse the fields that came late.
				lateToken, lateAccount := "team_name = \"blue\"\n  token_type = \"jwt\"", `tags = { a = "`+tag+`" }`
				if name == "older" {
					lateToken, lateAccount = "", ""
				}
				return p.config(block(patAddress, `name_prefix = "ci-"`, `lifetime = "720h"`, triggers, lateToken),
					block(vaAddress, `name = "loader"`, `permissions = [{ resource_fqn = "a:b", resource_type = "workspace", role_id = "viewer" }]`,
						`expiration_date = "`+day+`"`, `owned_by = { team = "blue" }`, `overlap = 1`, triggers, lateAccount))
			}
			work := all(save(patAddress, &token), save(vaAddress, &account), p.authenticates(&token, true), p.authenticates(&account, true))
			p.test(
				acc.TestStep{Config: config("1", "2035-01-31", "x"), Check: work},
				acc.TestStep{Config: config("1", "2035-02-01", "y"), Check: work},
				acc.TestStep{Config: config("2", "2035-02-01", "y"), Check: work},
				acc.TestStep{ResourceName: vaAddress, ImportState: true, ImportStateId: "loader"},
				acc.TestStep{PreConfig: func() { p.Stage().Clock.Advance(31 * 24 * time.Hour) }, Config: config("2", "2035-02-01", "y"), Check: work},
			)
		})
	}
}
