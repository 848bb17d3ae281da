package truefoundry_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// inventory is what the inventory shows with a key, as "kind name owner status", and why it lacks something, by kind.
func (p *plane) inventory(key string) (rows []string, failed map[string]error) {
	p.t.Helper()
	settings, err := system.NewSettings(system.Env{Now: p.now, Sleep: p.sleep, Getenv: func(string) string { return "" }, Version: "test", Transport: p}, &p.timeout, nil, "")
	if err != nil {
		p.t.Fatal(err)
	}
	block := types.ObjectValueMust(map[string]attr.Type{"base_url": types.StringType, "api_key": types.StringType},
		map[string]attr.Value{"base_url": types.StringValue(p.base), "api_key": types.StringValue(key)})
	of := truefoundry.System()
	run := system.NewConnection(of, block, settings)
	failed = map[string]error{}
	for _, one := range of.Inventory {
		facts, warnings, err := one.List(p.t.Context(), run, nil)
		if err != nil {
			failed[one.Noun.Type] = err
		}
		if len(warnings) != 0 {
			p.t.Errorf("it warns: %s", warnings)
		}
		for _, f := range facts {
			rows = append(rows, strings.Join([]string{one.Noun.Type, f.Name, f.Owner, f.Status}, " "))
			if f.ID == "" || f.CreatedAt == nil {
				p.t.Errorf("%+v", f)
			}
		}
	}
	slices.Sort(rows)
	return rows, failed
}

// TestInventory shows both nouns, the system's own tokens included, with their owners and states.
func TestInventory(t *testing.T) {
	t.Parallel()
	switched(t, map[string]func(*fake.Switches){"newer": func(*fake.Switches) {}, "older": func(w *fake.Switches) { *w = fake.Older() }}, func(p *plane, _ string) {
		me := p.Bootstrap()
		past := p.now().AddDate(0, 0, -3)
		if _, err := p.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "old", Expiration: &past}); err != nil {
			p.t.Fatal(err)
		}
		p.account(fake.Manifest{"name": "loader", "ownedBy": map[string]any{"team": "red"}})
		p.account(fake.Manifest{"name": "nobodys"})
		want := []string{
			"personal_access_token bootstrap " + me.Email + " active", "personal_access_token default-" + me.UserID + " " + me.Email + " active",
			"personal_access_token old " + me.Email + " expired",
			"virtual_account loader red active", "virtual_account nobodys " + me.Email + " active",
		}
		slices.Sort(want)
		rows, failed := p.inventory(me.Token)
		if len(failed) != 0 || !slices.Equal(rows, want) {
			p.t.Errorf("%q are shown instead of %q, %v", rows, want, failed)
		}
		p.changesNothing()
	})
}

// TestInventory_refused: that a virtual account is listed no personal access tokens is no failure, because it owns none; any other refusal is one, and spoils
// nothing else.
func TestInventory_refused(t *testing.T) {
	t.Parallel()
	each(t, []string{"jwt", "opaque"}, func(w *fake.Switches, kind string) { w.TokenType = kind }, func(p *plane, _ string) {
		rows, failed := p.inventory(p.administrator("admin"))
		if len(failed) != 0 || len(rows) != 1 || !strings.HasPrefix(rows[0], "virtual_account admin ") {
			p.t.Errorf("%q are shown, %v", rows, failed)
		}
		p.fault("GET", patsRoute, "status:403", 1)
		rows, failed = p.inventory(p.Bootstrap().Token)
		if len(failed) != 1 || failed["personal_access_token"] == nil || len(rows) != 1 {
			p.t.Errorf("%q are shown, %v", rows, failed)
		}
		p.fault("GET", vasRoute, "status:403", 1)
		rows, failed = p.inventory(p.Bootstrap().Token)
		if len(failed) != 1 || failed["virtual_account"] == nil || len(rows) != 2 {
			p.t.Errorf("%q are shown, %v", rows, failed)
		}
	})
}

// TestInventory_incomplete shows what came before a page that failed, beside the failure.
func TestInventory_incomplete(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { w.PageCap = 10 })
	p.fills(50)
	for noun, route := range map[string]string{"personal_access_token": patsRoute, "virtual_account": vasRoute} {
		p.Stage().Faults.Clear()
		seen := 0
		p.AfterPage(func(page fake.Page) {
			if page.Collection != route {
				return
			}
			if seen++; seen == 3 {
				p.fault("GET", route, "status:403", 1)
			}
		})
		rows, failed := p.inventory(p.Bootstrap().Token)
		if len(failed) != 1 || failed[noun] == nil || len(rows) != 50+28 {
			t.Errorf("%s: %d rows, %v", noun, len(rows), failed)
		}
	}
}
