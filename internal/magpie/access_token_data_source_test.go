package magpie_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// look is a data source block.
func look(kind, name string, lines ...string) string {
	text := fmt.Sprintf("data %q %q {\n", kind, name)
	for _, line := range lines {
		text += "  " + line + "\n"
	}
	return text + "}\n"
}

// hides checks that no secret is in the state, neither these nor one that was minted.
func (o *organization) hides(secrets ...string) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		text := state.String()
		for _, secret := range append(o.Vault().Minted(), secrets...) {
			if strings.Contains(text, secret) {
				return errors.New("a secret is in the state")
			}
		}
		return nil
	}
}

// TestAccMagpieAccessToken_dataSources looks tokens up by their ID and selects with each filter, from one list for all of them.
func TestAccMagpieAccessToken_dataSources(t *testing.T) {
	o := emulate(t, switched(func(w *fake.Switches) { w.ListToken = "plain" }))
	now := time.Now().UTC()
	soon, late := now.Add(24*time.Hour).Truncate(time.Second), now.Add(9000*time.Hour)
	owner := o.owner(personal)
	off := o.seed(owner, func(k *fake.Token) { k.Description, k.Disabled = "theirs", true })
	ending := o.seed(owner, func(k *fake.Token) { k.Expires = &soon })
	lasting := o.seed(owner, func(k *fake.Token) { k.Expires = &late })
	old := o.seed(owner, func(k *fake.Token) { k.Created = now.Add(-9000 * time.Hour) })
	own := o.Magpie.Bootstrap().TokenID
	robots := o.seed(robot)
	user := fmt.Sprintf("user_name = %q", robot)
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
		"except":   {fmt.Sprintf("except_ids = [%q, null, %q]", own, old.ID), []string{off.ID, ending.ID, lasting.ID}},
		"several":  {"disabled = false\n  never_expires = true\n" + `created_before = "` + now.Add(-8000*time.Hour).Format(time.RFC3339) + `"`, []string{old.ID}},
	}
	blocks := []string{
		look(service+"s", "robots", user), look(service, "test", user, fmt.Sprintf("id = %q", robots.ID)),
		look(personal, "off", fmt.Sprintf("id = %q", off.ID)), look(personal, "ending", fmt.Sprintf("id = %q", ending.ID)),
	}
	is, isNull := resource.TestCheckResourceAttr, resource.TestCheckNoResourceAttr
	one := "data." + address(service)
	checks := []resource.TestCheckFunc{
		is("data."+service+"s.robots", "tokens.#", "1"), is("data."+personal+".off", "description", "theirs"),
		is("data."+personal+".off", "disabled", "true"), is("data."+personal+".off", "status", "disabled"),
		is("data."+personal+".ending", "expires_at", soon.Format(time.RFC3339)),
		isNull(one, "description"), is(one, "disabled", "false"), is(one, "status", "active"), isNull(one, "expires_at"),
		resource.TestCheckResourceAttrSet(one, "created_at"), isNull(one, "token"),
		o.hides(off.Secret, robots.Secret),
	}
	for name, c := range cases {
		blocks = append(blocks, look(personal+"s", name, c.line))
		at := "data." + personal + "s." + name
		checks = append(checks, is(at, "tokens.#", fmt.Sprint(len(c.want))))
		for i, id := range c.want {
			checks = append(checks, is(at, fmt.Sprintf("tokens.%d.id", i), id))
		}
	}
	o.testLeaving(
		resource.TestStep{
			PreConfig: o.Journal().Reset, Config: o.config(blocks...), Check: all(checks...),
			ConfigPlanChecks: then(resource.ConfigPlanChecks{}, func() {
				if lists, logins := o.requests("GET", ""), o.requests("POST", loginRoute); lists%2 != 0 || lists != 2*logins {
					t.Errorf("%d lists and %d logins", lists, logins)
				}
			}),
		},
	)
}

// TestMagpieAccessToken_dataSource says when there is no such token or account, and does not guess what a list does not tell.
func TestMagpieAccessToken_dataSource(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	own := o.seed(o.owner(personal), func(k *fake.Token) { k.Description, k.Disabled = "theirs", true })
	o.seed(robot)
	_, missing := o.engine(service).ReadDataSource(service, values{"user_name": robot, "id": "4711"})
	o.refused(`None of the account's 1 tokens has the id "4711"`, missing)
	_, nobody := o.engine(service).ReadDataSource(service+"s", values{"user_name": "nobody"})
	o.refused(`Check user_name: it must be the user name of a service account of this organization`, nobody)

	read, said := o.engine(personal).ReadDataSource(personal, values{"id": own.ID})
	if said.Failed() || read.Text("description") != "theirs" || read.Text("status") != "disabled" {
		t.Errorf("read %v, said %s", read, said)
	}
	o.turn(func(w *fake.Switches) { w.HideStatus, w.HideDescription = true, true })()
	read, said = o.engine(personal).ReadDataSource(personal, values{"id": own.ID})
	if said.Failed() || read.Text("id") != own.ID || !read.IsNull("disabled") || !read.IsNull("description") || !read.IsNull("status") {
		t.Errorf("read %v, said %s", read, said)
	}
}

// TestMagpieAccessToken_dataSourceLeftovers lists exactly what no state holds: of a creation that was cut off, of a rotation that was cut
// off before its token was marked, and after that. Only the mark tells who minted a token, where the list shows it.
func TestMagpieAccessToken_dataSourceLeftovers(t *testing.T) {
	t.Parallel()
	eachOf(t, []string{personal, service}, func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t)
		l := o.subject(kind)
		config := func(generation string) values { return overlapping(generation, values{"description": "mine"}) }
		created := l.Does("create", config("1")).Text("id")
		// The process has died before there was a state.
		l.Object = nil
		l.Does("create", config("1"))
		l.Does("rotate", config("2"))
		o.Clock().Advance(time.Hour)
		isMint := func(r *http.Request) bool {
			return r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/access-token")
		}
		unmarked := l.interruptOn(&protocoltest.Network{DiesWith: 1, Counts: isMint}, config("3"))
		marked := l.interruptMarked(config("3"))
		shows := func(what string, want map[string]bool) {
			t.Helper()
			except := []any{nil, l.Object.Text("id"), l.Object.Text("previous_id"), o.Magpie.Bootstrap().TokenID}
			shown, said := o.engine(kind).ReadDataSource(kind+"s", arguments(kind, values{"except_ids": except}))
			var rows []tftypes.Value
			if err := shown["tokens"].As(&rows); err != nil || len(said) > 0 {
				t.Fatal(err, said)
			}
			got := map[string]bool{}
			for _, row := range rows {
				var fields protocoltest.Attributes
				if err := row.As((*map[string]tftypes.Value)(&fields)); err != nil {
					t.Fatal(err)
				}
				got[fields.Text("id")] = fields["minted_by_provider"].Equal(tftypes.NewValue(tftypes.Bool, true))
			}
			if !maps.Equal(got, want) {
				t.Errorf("%s: %v are shown instead of %v", what, got, want)
			}
		}
		shows("cut off", map[string]bool{created: false, unmarked: false, marked: true})
		one, said := o.engine(kind).ReadDataSource(kind, arguments(kind, values{"id": marked}))
		if len(said) > 0 || !one["minted_by_provider"].Equal(tftypes.NewValue(tftypes.Bool, true)) {
			t.Errorf("%v is shown, and it says %s", one, said)
		}
		o.turn(func(w *fake.Switches) { w.HideDescription = true })()
		shows("without descriptions", map[string]bool{created: false, unmarked: false, marked: false})
		o.turn(func(w *fake.Switches) { w.HideDescription = false })()
		// The next rotation deletes what its mark proves to be its own.
		l.Does("rotate", config("3"))
		shows("rotated again", map[string]bool{created: false, unmarked: false})
		o.forget(created)
		o.forget(unmarked)
		shows("nothing left", map[string]bool{})
		l.destroys()
	})
}
