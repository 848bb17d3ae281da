package magpie_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// look is a data source block.
func look(kind, name string, lines ...string) string {
	text := fmt.Sprintf("data %q %q {\n", kind, name)
	for _, line := range lines {
		text += "  " + line + "\n"
	}
	return text + "}\n"
}

// TestAccMagpieAccessToken_dataSource looks tokens up by their ID, and says when there is none.
func TestAccMagpieAccessToken_dataSource(t *testing.T) {
	o := emulate(t)
	end := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)
	edit := func(k *fake.Token) { k.Description, k.Disabled, k.Expires = "theirs", true, &end }
	own, robots := o.seed(o.owner(personal), edit), o.seed(robot)
	user := fmt.Sprintf("user_name = %q", robot)
	at := func(kind, name, value string) resource.TestCheckFunc {
		return resource.TestCheckResourceAttr("data."+address(kind), name, value)
	}
	o.testLeaving(
		resource.TestStep{
			Config: o.config(look(personal, "test", fmt.Sprintf("id = %q", own.ID)), look(service, "test", user, fmt.Sprintf("id = %q", robots.ID))),
			Check: all(
				at(personal, "description", "theirs"), at(personal, "disabled", "true"), at(personal, "status", "disabled"), at(personal, "expires_at", end.Format(time.RFC3339)),
				resource.TestCheckNoResourceAttr("data."+address(service), "description"), at(service, "disabled", "false"), at(service, "status", "active"),
				resource.TestCheckNoResourceAttr("data."+address(service), "expires_at"), resource.TestCheckResourceAttrSet("data."+address(service), "created_at"),
				resource.TestCheckNoResourceAttr("data."+address(service), "token"),
			),
		},
		resource.TestStep{
			Config:      o.config(look(service, "test", user, `id = "4711"`)),
			ExpectError: says(`None of the account's 1 tokens has the id "4711"`),
		},
		resource.TestStep{
			Config:      o.config(look(service+"s", "test", `user_name = "nobody"`)),
			ExpectError: says(`Check user_name: it must be the user name of a service account of this organization`),
		},
		resource.TestStep{
			PreConfig: o.turn(func(w *fake.Switches) { w.HideStatus, w.HideDescription = true, true }),
			Config:    o.config(look(personal, "test", fmt.Sprintf("id = %q", own.ID))),
			Check:     all(resource.TestCheckNoResourceAttr("data."+address(personal), "disabled"), resource.TestCheckNoResourceAttr("data."+address(personal), "description"), resource.TestCheckNoResourceAttr("data."+address(personal), "status")),
		},
	)
}

// TestAccMagpieAccessTokens_dataSource selects with each filter, from one list for all of them.
func TestAccMagpieAccessTokens_dataSource(t *testing.T) {
	o := emulate(t, switched(func(w *fake.Switches) { w.ListToken = "plain" }))
	now := time.Now().UTC()
	soon, late := now.Add(24*time.Hour), now.Add(9000*time.Hour)
	owner := o.owner(personal)
	off := o.seed(owner, func(k *fake.Token) { k.Disabled = true })
	ending := o.seed(owner, func(k *fake.Token) { k.Expires = &soon })
	lasting := o.seed(owner, func(k *fake.Token) { k.Expires = &late })
	old := o.seed(owner, func(k *fake.Token) { k.Created = now.Add(-9000 * time.Hour) })
	own := o.Magpie.Bootstrap().TokenID
	o.seed(robot)
	cases := map[string]struct {
		line string
		want []string
	}{
		"all":      {"", []string{own, off.ID, ending.ID, lasting.ID, old.ID}},
		"disabled": {"disabled = true", []string{off.ID}},
		"enabled":  {"disabled = false", []string{own, ending.ID, lasting.ID, old.ID}},
		"ending":   {`expires_within = "48h"`, []string{ending.ID}},
		"endless":  {"never_expires = true", []string{own, off.ID, old.ID}},
		"with_end": {"never_expires = false", []string{ending.ID, lasting.ID}},
		"old":      {`created_before = "` + now.Add(-8000*time.Hour).Format(time.RFC3339) + `"`, []string{old.ID}},
		"several":  {"disabled = false\n  never_expires = true\n" + `created_before = "` + now.Add(-8000*time.Hour).Format(time.RFC3339) + `"`, []string{old.ID}},
	}
	var blocks []string
	var checks []resource.TestCheckFunc
	for name, c := range cases {
		blocks = append(blocks, look(personal+"s", name, c.line))
		at := "data." + personal + "s." + name
		checks = append(checks, resource.TestCheckResourceAttr(at, "tokens.#", fmt.Sprint(len(c.want))))
		for i, id := range c.want {
			checks = append(checks, resource.TestCheckResourceAttr(at, fmt.Sprintf("tokens.%d.id", i), id))
		}
	}
	blocks = append(blocks, look(service+"s", "robots", fmt.Sprintf("user_name = %q", robot)))
	checks = append(checks, resource.TestCheckResourceAttr("data."+service+"s.robots", "tokens.#", "1"), func(state *terraform.State) error {
		text := state.String()
		for _, secret := range o.Vault().Minted() {
			if says(secret).MatchString(text) {
				return fmt.Errorf("a secret is in the state")
			}
		}
		return nil
	})
	o.testLeaving(resource.TestStep{
		PreConfig: o.Journal().Reset, Config: o.config(blocks...), Check: all(checks...),
		ConfigPlanChecks: then(resource.ConfigPlanChecks{}, func() {
			if lists, logins := o.requests("GET", ""), o.requests("POST", loginRoute); lists%2 != 0 || lists != 2*logins {
				t.Errorf("%d lists and %d logins", lists, logins)
			}
		}),
	})
}
