package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// adoptable is a noun of which tokens exist that no state holds.
type adoptable struct {
	// lists holds the list blocks; %s stands for the id of the token that the provider is logged in with.
	lists string
	// own is that id.
	own func(w *workshop) string
	// seed makes the n-th token.
	seed func(w *workshop, n int) error
	// count is how many tokens there are of 200.
	count int
	// isRead is set where the first apply reads the token, which makes it a change.
	isRead bool
}

// adoptables are the nouns by their types. What the provider can list must be here.
func adoptables() map[string]adoptable {
	return map[string]adoptable{
		"mint_sailpoint_personal_access_token": {
			lists: listBlock("mint_sailpoint_personal_access_token", "adopted", "except_ids = [%q]"), count: 60,
			own:  func(w *workshop) string { return w.sandbox.SailPoint.Bootstrap().ClientID },
			seed: seedSailPoint,
		},
		"mint_truefoundry_personal_access_token": {
			lists: listBlock("mint_truefoundry_personal_access_token", "adopted", "except_ids = [%q]"), count: 50,
			own:  func(w *workshop) string { return w.sandbox.TrueFoundry.Bootstrap().ID },
			seed: seedPersonalAccessToken,
		},
		"mint_truefoundry_virtual_account": {
			lists: listBlock("mint_truefoundry_virtual_account", "adopted", ""), count: 20, isRead: true,
			seed: seedVirtualAccount,
		},
		"mint_magpie_personal_access_token": {
			lists: listBlock("mint_magpie_personal_access_token", "adopted", "except_ids = [%q]"), count: 40,
			own: func(w *workshop) string { return w.sandbox.Magpie.Bootstrap().TokenID },
			seed: func(w *workshop, n int) error {
				return seedMagpie(w, w.sandbox.Magpie.Bootstrap().UserName, n)
			},
		},
		"mint_magpie_service_account_access_token": {
			lists: listBlock("mint_magpie_service_account_access_token", "loader", "user_name = \""+loader+"\"") +
				listBlock("mint_magpie_service_account_access_token", "billing", "user_name = \""+billing+"\""), count: 30,
			seed: func(w *workshop, n int) error { return seedMagpie(w, []string{loader, billing}[n%2], n) },
		},
	}
}

// listBlock lists more rows than Terraform would by itself.
func listBlock(resource, label, arguments string) string {
	return fmt.Sprintf("list %q %q {\n  provider = mint\n  limit    = 1000\n\n  config {\n    %s\n  }\n}\n", resource, label, arguments)
}

// seedSailPoint makes tokens of every form, and some that nobody adopts: of somebody else, managed by the platform, expired.
func seedSailPoint(w *workshop, n int) error {
	now := w.sandbox.Clock().Now()
	token := sailpoint.Token{Name: fmt.Sprintf("ci-%03d", n), Created: now.Add(-time.Duration(n) * 24 * hour), LastUsed: before(now, n)}
	switch n % 4 {
	case 1:
		token.Expiration = after(now, n)
	case 2:
		token.Scope, token.AccessTokenValiditySeconds = []string{"sp:scopes:default", "idn:accounts:read"}, 600
	case 3:
		token.Name = fmt.Sprintf(`the "${nightly}" job, no. %d %%{of} many`, n)
	}
	if _, err := w.sandbox.SailPoint.AddToken(token); err != nil || n > 0 {
		return err
	}
	if _, err := w.sandbox.SailPoint.AddUser(sailpoint.User{Name: "jane.doe"}); err != nil {
		return err
	}
	for _, unlisted := range []sailpoint.Token{
		{Owner: "jane.doe", Name: "janes"}, {Name: "platform", Managed: true}, {Name: "over", Created: now.Add(-48 * hour), Expiration: before(now, 1)},
	} {
		if _, err := w.sandbox.SailPoint.AddToken(unlisted); err != nil {
			return err
		}
	}
	return nil
}

func seedPersonalAccessToken(w *workshop, n int) error {
	now := w.sandbox.Clock().Now()
	token := truefoundry.PersonalAccessToken{Name: fmt.Sprintf("ci-%03d", n), LastAccessed: before(now, n)}
	if n%2 == 1 {
		token.Expiration, token.Team = after(now, n), "platform"
	}
	_, err := w.sandbox.TrueFoundry.AddPersonalAccessToken(token)
	return err
}

func seedVirtualAccount(w *workshop, n int) error {
	manifest := map[string]any{"name": fmt.Sprintf("account-%03d", n)}
	if n%2 == 1 {
		manifest["expiration_date"], manifest["ownedBy"], manifest["tags"] = "2035-01-31", map[string]any{"team": "platform"}, map[string]any{"environment": "production"}
	}
	_, err := w.sandbox.TrueFoundry.AddVirtualAccount(truefoundry.VirtualAccount{Manifest: manifest})
	return err
}

// seedMagpie makes tokens of which some share their description, some have none, and some are disabled.
func seedMagpie(w *workshop, user string, n int) error {
	token := magpie.Token{User: user, Disabled: n%5 == 0}
	switch n % 3 {
	case 1:
		token.Description = "deployment pipeline"
	case 2:
		token.Description = fmt.Sprintf(`the "${nightly}" job, no. %d %%{of} many`, n)
	}
	_, err := w.sandbox.Magpie.AddToken(token)
	return err
}

func before(now time.Time, days int) *time.Time { return after(now, -days) }

func after(now time.Time, days int) *time.Time {
	at := now.Add(time.Duration(days) * 24 * hour).Truncate(time.Minute)
	return &at
}

// declared are the nouns that the provider lists, each with its entry.
func declared(t *testing.T) map[string]adoptable {
	t.Helper()
	all, listed := adoptables(), map[string]adoptable{}
	for name := range schemas(t).ListResourceSchemas {
		noun, found := all[name]
		if !found {
			t.Fatalf("%s is listed, and the tests of adoption do not know it: add it to adoptables", name)
		}
		listed[name] = noun
	}
	return listed
}

// queries are all list blocks.
func (w *workshop) queries(nouns map[string]adoptable) string {
	var text strings.Builder
	for _, noun := range nouns {
		if noun.own == nil {
			text.WriteString(noun.lists)
			continue
		}
		fmt.Fprintf(&text, noun.lists, noun.own(w))
	}
	return text.String()
}

// otherOrder has the servers list their tokens in another order.
func (w *workshop) otherOrder() {
	w.t.Helper()
	for _, err := range []error{
		w.sandbox.Magpie.SetSwitches(func(s *magpie.Switches) { s.ListOrder = "newest_first" }),
		w.sandbox.TrueFoundry.SetSwitches(func(s *truefoundry.Switches) { s.NewestFirst = true }),
	} {
		if err != nil {
			w.t.Fatal(err)
		}
	}
}
