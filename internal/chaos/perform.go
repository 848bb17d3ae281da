package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// deed is an action that may be invoked.
type deed struct {
	name, system string
	// arguments are those that it must have beside a filter.
	arguments map[string]any
}

func deeds() []deed {
	of := map[string]any{"user_name": loader}
	return []deed{
		{"mint_sailpoint_revoke_personal_access_tokens", sailpoint.Name, nil},
		{"mint_sailpoint_expire_personal_access_tokens", sailpoint.Name, map[string]any{"expires_in": "48h"}},
		{"mint_magpie_revoke_personal_access_tokens", magpie.Name, nil},
		{"mint_magpie_revoke_service_account_access_tokens", magpie.Name, of},
		{"mint_magpie_disable_access_tokens", magpie.Name, of},
		{"mint_truefoundry_revoke_personal_access_tokens", truefoundry.Name, nil},
	}
}

// invoke draws an action, and which tokens it is to hit: some of others, or whatever nobody manages any more.
func (g *generator) invoke() {
	drawn := pick(g, deeds()...)
	arguments := map[string]any{"dry_run": g.oneIn(4)}
	maps.Copy(arguments, drawn.arguments)
	switch {
	case g.oneIn(2):
		arguments["ids"] = []any{"theirs"}
	case drawn.system == magpie.Name:
		arguments["created_before"], arguments["except_ids"] = "now+0s", []any{"managed"}
	default:
		arguments["name_prefix"], arguments["except_ids"] = pick(g, "ci-", "theirs-"), []any{"managed"}
	}
	if g.oneIn(2) {
		g.trouble()
	}
	g.apply(Step{Do: Invoke, Resource: Resource{Type: drawn.name, Arguments: arguments}})
}

// inquire draws a list to read, with the inventory.
func (g *generator) inquire() {
	if n := g.noun(); n.imports {
		if g.oneIn(2) {
			g.trouble()
		}
		arguments := map[string]any{}
		if n.name == magpieService {
			arguments["user_name"] = loader
		}
		g.add(Step{Do: Inquire, Resource: Resource{Type: n.name, Arguments: arguments}})
	}
}

// perform invokes an action or reads a list, and checks what it has done: an action touches only what its arguments select, and a list nothing.
func (r *runner) perform(ctx context.Context, s Step) {
	arguments, _ := r.world.resolve(s.Resource.Arguments).(map[string]any)
	for _, name := range []string{"ids", "except_ids"} {
		if arguments[name] != nil {
			arguments[name] = r.ids(s.Resource.Type, arguments[name])
		}
	}
	before, sent := r.world.stored(), len(r.world.Journal().Entries())
	done := r.command(ctx, command{do: s.Do, lent: Resource{Type: s.Resource.Type, Arguments: arguments}, kill: s.Kill})
	after := map[string]token{}
	for _, k := range r.world.stored() {
		after[k.ID] = k
	}
	for _, was := range before {
		is, there := after[was.ID]
		if there && is.Disabled == was.Disabled && fmt.Sprint(is.Expires) == fmt.Sprint(was.Expires) {
			continue
		}
		r.note("  touched: %s", was)
		if was.expired(r.world.Clock().Now()) && s.Do == Inquire {
			continue
		}
		if s.Do == Inquire || arguments["dry_run"] == true || !selects(arguments, was) {
			r.breaks(ruleForeign, "%s has touched %s", s.Resource.Type, was)
		}
		if _, isForeign := r.world.foreign[was.ID]; isForeign {
			if r.world.foreign[was.ID] = is; !there {
				delete(r.world.foreign, was.ID)
			}
		}
	}
	for _, entry := range r.world.Journal().Entries()[sent:] {
		if s.Do == Inquire && entry.Method != http.MethodGet && !strings.HasSuffix(entry.Path, "/login") && !strings.HasSuffix(entry.Path, "/oauth/token") {
			r.breaks(ruleForeign, "a list sends %s %s", entry.Method, entry.Path)
		}
	}
	if done.failed == "" && !done.dead {
		r.note("  performed")
	}
}

// ids are those that a placeholder stands for.
func (r *runner) ids(of string, placeholders any) []any {
	ids := []any{}
	if fmt.Sprint(placeholders) == "[managed]" {
		for _, held := range r.driver.held() {
			for _, name := range []string{"id", "previous_id"} {
				if id := held.text(name); id != "" {
					ids = append(ids, id)
				}
			}
		}
		return ids
	}
	i := slices.IndexFunc(deeds(), func(d deed) bool { return d.name == of })
	for _, id := range slices.Sorted(maps.Keys(r.world.foreign)) {
		k := r.world.foreign[id]
		if k.System == deeds()[i].system && strings.HasPrefix(k.Name, "theirs-") && (len(deeds()[i].arguments) == 0 || k.System != magpie.Name || k.Owner == loader) {
			ids = append(ids, id)
		}
	}
	return ids
}

// selects reports whether the arguments of an action select a token.
func selects(arguments map[string]any, k token) bool {
	ids, _ := arguments["ids"].([]any)
	except, _ := arguments["except_ids"].([]any)
	prefix, _ := arguments["name_prefix"].(string)
	user, _ := arguments["user_name"].(string)
	return (arguments["ids"] == nil || slices.Contains(ids, any(k.ID))) && !slices.Contains(except, any(k.ID)) &&
		strings.HasPrefix(k.Name, prefix) && (user == "" || user == k.Owner)
}

// performs implements performer.
func (d *protocolDriver) performs() bool { return true }

// invokes plans and invokes an action.
func (d *protocolDriver) invokes(c command, done *result) {
	d.start(c, c.kill)
	d.says(done, c.lent.Type, "validate", d.process.ValidateAction(c.lent.Type, c.lent.Arguments))
	if done.failed == "" {
		d.says(done, c.lent.Type, "plan", d.process.PlanAction(c.lent.Type, c.lent.Arguments))
	}
	if done.failed == "" && !d.network.Dead() {
		progress, diagnostics := d.process.Invoke(c.lent.Type, c.lent.Arguments)
		done.printed = strings.Join(progress, "\n")
		d.says(done, c.lent.Type, "invoke", diagnostics)
	}
	done.dead = d.network.Dead()
}

// inquires reads a list, each row with its resource, and the inventory of all systems.
func (d *protocolDriver) inquires(c command, done *result) {
	d.start(c, nil)
	rows, diagnostics := d.process.List(c.lent.Type, c.lent.Arguments, protocoltest.ListOptions{IncludeResource: true})
	d.says(done, c.lent.Type, "list", diagnostics)
	for _, row := range rows {
		shown := document{where: "a list", address: row.DisplayName, values: plainOf(row.Identity)}
		done.shown = append(done.shown, shown)
		if row.Resource != nil {
			shown.values, shown.private = plainOf(row.Resource.Attributes), row.Resource.Remembered()
			done.shown = append(done.shown, shown)
		}
	}
	inventory, diagnostics := d.process.ReadDataSource("mint_access_tokens", protocoltest.Values{"magpie_service_accounts": []any{loader}})
	d.says(done, "mint_access_tokens", "read", diagnostics)
	done.shown = append(done.shown, document{where: "the inventory", address: "mint_access_tokens", values: plainOf(inventory)})
}

// planned are the arguments of a resource as the plan knows them.
func (c command) planned(r Resource) map[string]any {
	if c.unknown == "" || c.unknownAt != r.Address || r.Arguments[c.unknown] == nil {
		return r.Arguments
	}
	planned := maps.Clone(r.Arguments)
	planned[c.unknown] = protocoltest.Unknown
	return planned
}
