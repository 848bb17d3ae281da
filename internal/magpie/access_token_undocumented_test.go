package magpie_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// undocumented are the answers that the vendor's pages leave open, several in each case: they do not touch each other.
func undocumented() map[string]func(*fake.Switches) {
	return map[string]func(*fake.Switches){
		"large number, snake_case, epoch milliseconds": func(w *fake.Switches) {
			w.IDKind, w.KeyCase, w.TimeForm, w.ListWrapper = "large_number", "snake_case", "epoch_millis", "access_tokens"
			w.IDName, w.CreatedName, w.ExpiresName, w.StatusName = "accessTokenId", "createdAt", "expirationDate", "tokenStatus"
		},
		"UUID, camelCase, epoch seconds": func(w *fake.Switches) {
			w.IDKind, w.KeyCase, w.TimeForm, w.ListWrapper = "uuid", "camelCase", "epoch_seconds", "items"
			w.IDName, w.CreatedName, w.ExpiresName, w.StatusName = "tokenId", "creationDate", "validUntil", "accessTokenStatus"
		},
		"string, kebab-case, no zone": func(w *fake.Switches) {
			w.IDKind, w.KeyCase, w.TimeForm, w.PlusIsSpace, w.Latin1 = "string", "kebab-case", "iso_no_zone", true, true
			w.CreatedName, w.ExpiresName, w.StatusName = "issuedAt", "expiresOn", "isDisabled"
		},
		"digits, PascalCase, offset": func(w *fake.Switches) {
			w.IDKind, w.KeyCase, w.TimeForm, w.ListWrapper, w.ListOrder = "digits", "PascalCase", "iso_offset", "content", "newest_first"
			w.StatusWords, w.EmptyDescription, w.DescriptionName = "ENABLED/DISABLED", "empty", "comment"
		},
		"times as text": func(w *fake.Switches) {
			w.TimeForm, w.StatusName, w.EmptyDescription, w.ListOrder = "text", "isActive", "missing", "shuffled"
		},
		"status boolean": func(w *fake.Switches) {
			w.StatusForm, w.TimeForm, w.TokenLifetime, w.NeverExpires = "bool", "iso_z_millis", 0, "missing"
		},
		"no description": func(w *fake.Switches) { w.HideDescription = true },
		"no status":      func(w *fake.Switches) { w.HideStatus, w.WriteStatus = true, 204 },
		"answers with more": func(w *fake.Switches) {
			w.CreateStatus, w.CreateID, w.WriteBody, w.UnknownIDStatus, w.ListToken = 201, true, "json", 200, "plain"
			w.TokenLifetime, w.NeverExpires = 0, "empty"
		},
		"answers with text": func(w *fake.Switches) {
			w.WriteBody, w.UnknownIDStatus, w.StatusWords, w.ListToken = "text", 500, "active/inactive", "masked"
			w.SessionsOutliveTokens, w.LoginCookie = true, true
		},
		"list lags":      func(w *fake.Switches) { w.ListLag = 1 },
		"rotation keeps": func(w *fake.Switches) { w.RotateKeepsDescription, w.RotateKeepsStatus = true, true },
	}
}

// TestAccMagpieAccessToken_undocumented runs one lifecycle of all three kinds over every answer that the vendor's pages leave open. The
// kinds take turns at being imported.
func TestAccMagpieAccessToken_undocumented(t *testing.T) {
	const second = "second@example.com"
	cases := undocumented()
	for i, name := range slices.Sorted(maps.Keys(cases)) {
		set, kind := cases[name], kinds()[i%len(kinds())]
		t.Run(name, func(t *testing.T) {
			o := emulate(t)
			o.user(second)
			foreign := o.seed(o.Magpie.Bootstrap().UserName)
			o.turn(func(w *fake.Switches) { w.TokenLifetime = fakeapi.Duration(720 * time.Hour); set(w) })()
			config := func(lines ...string) string {
				return o.config(block(personal, lines...), block(service, lines...), blockFor(exclusive, second, lines...))
			}
			own, robots, only := of(personal), of(service), of(exclusive)
			works := all(o.works(personal), o.works(service), o.works(exclusive))
			kept := all(own.same, robots.same, only.same)
			steps := []resource.TestStep{
				{Config: config(`description = "one"`), Check: all(own.keep, robots.keep, only.keep, works)},
				{Config: config(`description = "two"`, `disabled = true`), Check: all(kept, o.refuses(own), o.refuses(robots), o.refuses(only))},
				{Config: config(), Check: all(kept, works, lacks(personal, "description"), has(exclusive, "disabled", "false"))},
				importVerifies(kind),
			}
			o.test(steps...)
			if ids := o.ids(); len(ids) != 1 || ids[0] != foreign.ID {
				t.Errorf("left behind: %v", ids)
			}
		})
	}
}
