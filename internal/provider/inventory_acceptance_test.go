package provider_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

const inventoryExample = "../../examples/data-sources/mint_access_tokens/data-source.tf"

// TestAccInventory_example runs the example against tokens that break its rules and tokens that do not: each check warns of just what it is
// about, and the table shows every token but the managed one.
func TestAccInventory_example(t *testing.T) {
	t.Parallel()
	w := newFleet(t)
	now := w.sandbox.Clock().Now()
	day := func(days int) *time.Time {
		at := now.AddDate(0, 0, days)
		return &at
	}
	for _, token := range []sailpoint.Token{
		{Name: "good", Created: *day(-100), LastUsed: day(-1), Expiration: day(200)},
		{Name: "eternal", Created: *day(-100), LastUsed: day(-1)},
		{Name: "idle", Created: *day(-100), LastUsed: day(-91), Expiration: day(200)},
		{Name: "forgotten", Created: *day(-100), Expiration: day(200)},
		{Name: "new", Created: *day(-1), Expiration: day(200)},
		{Name: "expiring", Created: *day(-100), LastUsed: day(-1), Expiration: day(6)},
		{Name: "later", Created: *day(-100), LastUsed: day(-1), Expiration: day(8)},
	} {
		token.Scope = []string{"sp:my-personal-access-tokens:read"}
		if _, err := w.sandbox.SailPoint.AddToken(token); err != nil {
			t.Fatal(err)
		}
	}
	w.write(read(t, inventoryExample))
	w.mustRun("apply", "-no-color", "-auto-approve")
	plan := strings.Join(strings.Fields(strings.ReplaceAll(w.mustRun("plan", "-no-color", "-detailed-exitcode"), "│", " ")), " ")
	for _, warning := range []struct {
		words     string
		has, lack []string
	}{
		{"Tokens without an expiry: ", []string{"sailpoint eternal"}, []string{"good", "idle", "expiring", "pipeline-"}},
		{"Tokens that nobody has used for 90 days: ", []string{"sailpoint forgotten", "sailpoint idle"}, []string{"good", "new", "eternal", "magpie", "pipeline-"}},
		{"Tokens that expire within a week, or have expired: ", []string{"sailpoint expiring"}, []string{"good", "later", "eternal", "pipeline-"}},
	} {
		_, after, found := strings.Cut(plan, warning.words)
		names, _, _ := strings.Cut(after, ". ")
		for _, name := range warning.has {
			found = found && strings.Contains(names, name)
		}
		for _, name := range warning.lack {
			found = found && !strings.Contains(names, name)
		}
		if !found {
			t.Errorf("%q is not what the plan warns of:\n%s", warning.words, plan)
		}
	}
	var table map[string][]struct{ System, Kind, Name string }
	if err := json.Unmarshal([]byte(w.mustRun("output", "-json", "unmanaged_tokens")), &table); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, tokens := range table {
		for _, token := range tokens {
			names[token.Name] = true
			if strings.HasPrefix(token.Name, "pipeline-") || token.System == "" || token.Kind == "" {
				t.Errorf("the table shows %+v", token)
			}
		}
	}
	for _, name := range []string{"good", "eternal", "idle", "forgotten", "new", "expiring", "later"} {
		if !names[name] {
			t.Errorf("the table lacks %s", name)
		}
	}
	w.mustRun("destroy", "-no-color", "-auto-approve")
}
