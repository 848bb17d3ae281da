package truefoundry_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	acc "github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// data is a data source of this system.
func data(kind, name string, lines ...string) string {
	return fmt.Sprintf("data %q %q {\n  %s\n}\n", "mint_truefoundry_"+kind, name, strings.Join(lines, "\n  "))
}

// shows checks the names that a data source of many shows, in its order.
func shows(kind, name, attribute string, want ...string) acc.TestCheckFunc {
	address := "data.mint_truefoundry_" + kind + "." + name
	checks := []acc.TestCheckFunc{acc.TestCheckResourceAttr(address, attribute+".#", fmt.Sprint(len(want)))}
	for i, text := range want {
		checks = append(checks, acc.TestCheckResourceAttr(address, fmt.Sprintf("%s.%d.name", attribute, i), text))
	}
	return all(checks...)
}

// selection is a case of a data source of many: its filters, and the names that it shows.
type selection struct {
	filters string
	want    []string
}

// selects reads all cases at once.
func (p *plane) selects(kind, attribute string, cases map[string]selection) acc.TestStep {
	var blocks []string
	var checks []acc.TestCheckFunc
	for name, c := range cases {
		blocks = append(blocks, data(kind, name, c.filters))
		checks = append(checks, shows(kind, name, attribute, c.want...))
	}
	return acc.TestStep{Config: p.config(blocks...), Check: all(checks...)}
}

// TestAccTrueFoundryPersonalAccessToken_dataSourceFilters: the filters mean the same on control planes that ignore those which are
// sent to them.
func TestAccTrueFoundryPersonalAccessToken_dataSourceFilters(t *testing.T) {
	t.Parallel()
	switched(t, map[string]func(*fake.Switches){
		"newer": func(*fake.Switches) {}, "older": func(w *fake.Switches) { w.OldFilters = true },
	}, func(p *plane, _ string) {
		at := func(days int) *time.Time { t := p.now().AddDate(0, 0, days); return &t }
		for _, pat := range []fake.PersonalAccessToken{
			{Name: "seen-b", Expiration: at(1), LastAccessed: at(-1)},
			{Name: "seen-a", Created: *at(-400)},
			{Name: "seen-old", Created: *at(-400), Expiration: at(-1), LastAccessed: at(-200)},
		} {
			if _, err := p.AddPersonalAccessToken(pat); err != nil {
				p.t.Fatal(err)
			}
		}
		const seen = "name_contains = \"seen\"\n"
		p.test(p.selects("personal_access_tokens", "tokens", map[string]selection{
			"all":      {seen, []string{"seen-a", "seen-b", "seen-old"}},
			"none":     {`name_contains = "nowhere"`, nil},
			"ending":   {seen + `expires_within = "48h"`, []string{"seen-b", "seen-old"}},
			"endless":  {seen + `never_expires = true`, []string{"seen-a"}},
			"idle":     {seen + `unused_for = "2160h"`, []string{"seen-a", "seen-old"}},
			"unused":   {seen + `never_used = true`, []string{"seen-a"}},
			"not_both": {seen + "never_used = true\nnever_expires = false", nil},
		}))
	})
}

// TestAccTrueFoundryPersonalAccessToken_dataSourceLooksUp finds one token by its id or name, and says why it finds none.
func TestAccTrueFoundryPersonalAccessToken_dataSourceLooksUp(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { w.ListPATsForOthers = true })
	if _, err := p.AddUser(fake.User{Email: "robot@example.com"}); err != nil {
		t.Fatal(err)
	}
	user, err := p.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "twice"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "twice", Owner: "robot@example.com", CreatedBy: user.CreatedBy}); err != nil {
		t.Fatal(err)
	}
	const kind = "personal_access_token"
	fails := func(message string, lines ...string) acc.TestStep {
		return acc.TestStep{Config: p.config(data(kind, "one", lines...)), ExpectError: says(message)}
	}
	p.test(
		acc.TestStep{
			Config: p.config(data(kind, "one", fmt.Sprintf("id = %q", user.ID))),
			Check:  acc.TestCheckResourceAttr("data.mint_truefoundry_"+kind+".one", "name", "twice"),
		},
		fails(`is none whose id is "nothing"`, `id = "nothing"`),
		fails(`No such TrueFoundry personal access token`, `name = "nothing"`),
		fails(`Several TrueFoundry personal access tokens have this name`, `name = "twice"`),
		fails(`one (and only one) of [id,name] is required`),
		acc.TestStep{Config: p.config()},
	)
}

// TestAccTrueFoundryVirtualAccount_dataSourceFilters is the same for virtual accounts.
func TestAccTrueFoundryVirtualAccount_dataSourceFilters(t *testing.T) {
	t.Parallel()
	switched(t, map[string]func(*fake.Switches){
		"newer": func(*fake.Switches) {}, "older": func(w *fake.Switches) { w.OldFilters = true },
	}, func(p *plane, _ string) {
		day := func(days int) string { return p.now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
		team := func(name string) map[string]any { return map[string]any{"team": name} }
		for _, manifest := range []fake.Manifest{
			{"name": "b-loader", "ownedBy": team("blue"), "expiration_date": day(2)},
			{"name": "a-loader", "ownedBy": team("red")},
			{"name": "old-loader", "expiration_date": day(-2)},
		} {
			if _, err := p.AddVirtualAccount(fake.VirtualAccount{Manifest: manifest, Created: p.now().AddDate(-1, 0, 0)}); err != nil {
				p.t.Fatal(err)
			}
		}
		p.test(
			p.selects("virtual_accounts", "virtual_accounts", map[string]selection{
				"all":     {"", []string{"a-loader", "b-loader", "old-loader"}},
				"named":   {`name_contains = "old"`, []string{"old-loader"}},
				"teams":   {`owned_by_teams = ["red", "blue"]`, []string{"a-loader", "b-loader"}},
				"nobody":  {`owned_by_teams = ["green"]`, nil},
				"expired": {`expired = true`, []string{"old-loader"}},
				"valid":   {`expired = false`, []string{"a-loader", "b-loader"}},
				"ending":  {"expires_within = \"96h\"\nexpired = false", []string{"b-loader"}},
				"endless": {`never_expires = true`, []string{"a-loader"}},
			}),
			acc.TestStep{Config: p.config(data("virtual_account", "one", `name = "nobody"`)), ExpectError: says(`No such TrueFoundry virtual account`)},
			acc.TestStep{
				Config: p.config(data("virtual_account", "one", `name = "b-loader"`)),
				Check: all(
					acc.TestCheckResourceAttr("data.mint_truefoundry_virtual_account.one", "owned_by.team", "blue"),
					acc.TestCheckResourceAttr("data.mint_truefoundry_virtual_account.one", "expiration_date", day(2)),
					acc.TestCheckResourceAttr("data.mint_truefoundry_virtual_account.one", "status", "active"),
				),
			},
		)
	})
}
