package provider_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/provider"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// stocked is a sandbox with one token of each noun, whose rows it returns by noun.
func stocked(t *testing.T) (*sandboxtest.Sandbox, map[string]values) {
	t.Helper()
	sb := sandboxtest.Start(t)
	sb.RequireEmulator(t)
	staff(t, sb.Sandbox)
	end := time.Date(2035, time.January, 31, 0, 0, 0, 0, time.UTC)
	_, failed := sb.SailPoint.AddToken(sailpoint.Token{ID: "1d1bef2b9f426383447f64f69349fc7c", Name: "audit", Scope: []string{"sp:my-personal-access-tokens:read"}, Expiration: &end})
	for id, user := range map[string]string{"1017": sb.Magpie.Bootstrap().UserName, "1018": loader} {
		if _, err := sb.Magpie.AddToken(magpie.Token{ID: id, User: user, Description: "audit"}); err != nil {
			failed = err
		}
	}
	if _, err := sb.TrueFoundry.AddPersonalAccessToken(truefoundry.PersonalAccessToken{ID: "caudit0123456789abcdef01", Name: "audit", Expiration: &end}); err != nil {
		failed = err
	}
	account := truefoundry.VirtualAccount{ID: "creporting0123456789abcd", Manifest: map[string]any{"name": "reporting", "ownedBy": map[string]any{"team": "platform"}}}
	if _, err := sb.TrueFoundry.AddVirtualAccount(account); err != nil {
		failed = err
	}
	if failed != nil {
		t.Fatal(failed)
	}
	return sb, map[string]values{
		"sailpoint.personal_access_token":     {"id": "1d1bef2b9f426383447f64f69349fc7c", "name": "audit", "expires_at": "2035-01-31T00:00:00Z", "status": "active"},
		"magpie.personal_access_token":        {"id": "1017", "name": "audit"},
		"magpie.service_account_access_token": {"id": "1018", "name": "audit", "owner": loader},
		"truefoundry.personal_access_token":   {"id": "caudit0123456789abcdef01", "name": "audit", "expires_at": "2035-01-31T00:00:00Z"},
		"truefoundry.virtual_account":         {"id": "creporting0123456789abcd", "name": "reporting"},
	}
}

// shown is the row of a noun's token.
func shown(rows []protocoltest.Attributes, noun string, want values) (protocoltest.Attributes, bool) {
	i := slices.IndexFunc(rows, func(row protocoltest.Attributes) bool {
		return row.Text("system")+"."+row.Text("kind") == noun && row.Text("id") == want["id"]
	})
	if i < 0 {
		return nil, false
	}
	return rows[i], true
}

// TestInventory_everyNoun: every noun that takes part shows its token, with what the system tells.
func TestInventory_everyNoun(t *testing.T) {
	t.Parallel()
	sb, tokens := stocked(t)
	e := protocoltest.Start(t, process(sb.Env(), nil))
	rows, said := inventoried(t, e, values{"magpie_service_accounts": []string{loader}})
	if len(said) > 0 {
		t.Errorf("it says %s", said)
	}
	for _, noun := range provider.Inventoried() {
		name := noun.System + "." + noun.Type
		want, known := tokens[name]
		if !known {
			t.Errorf("this test has no token of %s: add one to its table", name)
			continue
		}
		row, found := shown(rows, name, want)
		if !found {
			t.Errorf("%s: its token is not in the inventory", name)
			continue
		}
		for attribute, text := range want {
			if row.Text(attribute) != text {
				t.Errorf("%s: %s is %s instead of %s", name, attribute, row[attribute], text)
			}
		}
		if want["owner"] == nil && row.Text("owner") == "" && name != "magpie.personal_access_token" {
			t.Errorf("%s: it has no owner", name)
		}
	}
}

// TestInventory_outage: a system that does not let the provider in is a warning that names it, and the others' tokens are listed. A resource of
// that system still shows its own error in the same run.
func TestInventory_outage(t *testing.T) {
	t.Parallel()
	for system, c := range map[string]struct{ title, variable, resource, id string }{
		"sailpoint":   {"SailPoint", "SAIL_CLIENT_SECRET", "mint_sailpoint_personal_access_token", "1d1bef2b9f426383447f64f69349fc7c"},
		"magpie":      {"Magpie", "MAGPIE_ACCESS_TOKEN", "mint_magpie_personal_access_token", "1017"},
		"truefoundry": {"TrueFoundry", "TFY_API_KEY", "mint_truefoundry_personal_access_token", "caudit0123456789abcdef01"},
	} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			sb, tokens := stocked(t)
			environment := sb.Env()
			environment[c.variable] = sb.Vault().Keep("of-no-use")
			takesPart := false
			outage := process(environment, nil)
			outage.Resource = c.resource
			e := protocoltest.Start(t, outage)
			rows, said := inventoried(t, e, values{"magpie_service_accounts": []string{loader}})
			for _, noun := range provider.Inventoried() {
				name := noun.System + "." + noun.Type
				takesPart = takesPart || noun.System == system
				if _, found := shown(rows, name, tokens[name]); found == (noun.System == system) {
					t.Errorf("the token of %s is shown: %t", name, found)
				}
			}
			if warned := said.Warnings(); said.Failed() || (len(warned) == 1) != takesPart || takesPart && !strings.Contains(warned.Summaries(), c.title) {
				t.Errorf("it says %s", said)
			}
			_, own := e.Import(c.id)
			if len(own.Errors()) != 1 || strings.Contains(own.String(), "the same as in the other") {
				t.Errorf("the resource says %s", own)
			}
			if _, said = inventoried(t, e, values{"strict": true, "magpie_service_accounts": []string{loader}}); said.Failed() != takesPart {
				t.Errorf("strict says %s", said)
			}
		})
	}
}
