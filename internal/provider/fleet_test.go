package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// The fleet is one token of every kind that the provider mints, in one configuration: what rotation promises is promised for
// all of them.

const (
	loader  = "loader@acme.example"
	billing = "billing@acme.example"

	hour = time.Hour
	// overlap is how long the fleet keeps the token before, and life how long its tokens live.
	overlap = 48 * hour
	life    = 720 * hour
)

// member is one token resource of the fleet.
type member struct {
	name     string
	resource string
	// arguments are those that all configurations have.
	arguments string
	// secret is the attribute that holds the minted value.
	secret string
	// id is the attribute that holds the token's id.
	id string
	// overlap is the expression of two days; without it two generations never live together.
	overlap string
	// lifetime is set where that is an argument, expires where the tokens have an end to rotate before.
	lifetime, expires bool
	// endsByItself is set where the system ends the token before without an apply.
	endsByItself bool
	// mint is the request that mints, revoke the one that ends a generation.
	mint, revoke fakeapi.Filter
}

func (m member) address() string { return m.resource + "." + m.name }

func fleet() []member {
	const tokens, accounts, pats = "/api/magpie/access-token", "/api/svc/v1/virtual-accounts/{id}", "/api/svc/v1/personal-access-tokens"
	request := func(system, method, route string) fakeapi.Filter {
		return fakeapi.Filter{System: system, Method: method, Route: route}
	}
	return []member{
		{
			name: "newer", resource: "mint_sailpoint_personal_access_token", secret: "secret", id: "id", overlap: `"48h"`, lifetime: true, expires: true, endsByItself: true,
			arguments: "name_prefix = \"newer-\"\n  scope = [\"sp:my-personal-access-tokens:read\"]",
			mint:      request(sailpoint.Name, "POST", sailpointMint), revoke: request(sailpoint.Name, "DELETE", sailpointItem),
		},
		{
			name: "older", resource: "mint_sailpoint_personal_access_token", secret: "secret", id: "id", overlap: `"48h"`, lifetime: true, expires: true,
			arguments: "provider = mint.older\n  name_prefix = \"older-\"\n  scope = [\"sp:my-personal-access-tokens:read\"]",
			mint:      request(sailpoint.Name, "POST", "/v2024/personal-access-tokens"), revoke: request(sailpoint.Name, "DELETE", "/v2024/personal-access-tokens/{id}"),
		},
		{
			name: "pat", resource: "mint_truefoundry_personal_access_token", secret: "token", id: "id", overlap: `"48h"`, lifetime: true, expires: true,
			arguments: `name_prefix = "pat-"`,
			mint:      request(truefoundry.Name, "POST", pats), revoke: request(truefoundry.Name, "DELETE", pats+"/{id}"),
		},
		{
			name: "account", resource: "mint_truefoundry_virtual_account", secret: "token", id: "jwt_id", overlap: "2", endsByItself: true,
			arguments: `name = "account"`,
			mint:      request(truefoundry.Name, "POST", accounts+"/regenerate-token"), revoke: request(truefoundry.Name, "DELETE", accounts+"/jwt/{jwtId}"),
		},
		{
			name: "own", resource: "mint_magpie_personal_access_token", secret: "token", id: "id", overlap: `"48h"`, expires: true,
			arguments: `description = "own"`,
			mint:      request(magpie.Name, "POST", tokens), revoke: request(magpie.Name, "DELETE", tokens+"/{id}"),
		},
		{
			name: "service", resource: "mint_magpie_service_account_access_token", secret: "token", id: "id", overlap: `"48h"`, expires: true,
			arguments: "user_name = \"" + loader + "\"\n  description = \"service\"",
			mint:      request(magpie.Name, "POST", tokens+"/user/{user}"), revoke: request(magpie.Name, "DELETE", tokens+"/{id}"),
		},
		{
			name: "exclusive", resource: "mint_magpie_service_account_exclusive_access_token", secret: "token", id: "id", expires: true,
			arguments: "user_name = \"" + billing + "\"\n  description = \"exclusive\"",
			mint:      request(magpie.Name, "POST", tokens+"/rotate/{user}"), revoke: request(magpie.Name, "DELETE", tokens+"/{id}"),
		},
	}
}

// order is what a configuration asks of the whole fleet; empty texts ask for nothing.
type order struct {
	triggers, lead, lifetime string
	// accountTriggers are those of the virtual account where they differ: its token has no end to rotate before.
	accountTriggers string
	overlap         bool
	encryptTo       []string
	also            string
}

func (o order) configuration() string {
	var text strings.Builder
	text.WriteString("provider \"mint\" {\n  alias = \"older\"\n  sailpoint = {\n    api_version = \"v2024\"\n  }\n}\n")
	for _, m := range fleet() {
		fmt.Fprintf(&text, "resource %q %q {\n  %s\n%s}\n", m.resource, m.name, m.arguments, o.arguments(m))
	}
	return text.String() + o.also
}

// arguments are those that the order sets on one member.
func (o order) arguments(m member) string {
	var text strings.Builder
	if m.lifetime {
		lifetime := o.lifetime
		if lifetime == "" {
			lifetime = life.String()
		}
		fmt.Fprintf(&text, "  lifetime = %q\n", lifetime)
	}
	if o.lead != "" {
		fmt.Fprintf(&text, "  rotate_before_expiry = %q\n", o.lead)
	}
	if o.overlap && m.overlap != "" {
		fmt.Fprintf(&text, "  overlap = %s\n", m.overlap)
	}
	triggers := o.triggers
	if m.name == "account" && o.accountTriggers != "" {
		triggers = o.accountTriggers
	}
	if triggers != "" {
		fmt.Fprintf(&text, "  rotation_triggers = {\n    generation = %q\n  }\n", triggers)
	}
	if len(o.encryptTo) > 0 {
		quoted := make([]string, 0, len(o.encryptTo))
		for _, line := range o.encryptTo {
			quoted = append(quoted, strconv.Quote(line))
		}
		fmt.Fprintf(&text, "  encrypt_secret_to = [%s]\n", strings.Join(quoted, ", "))
	}
	return text.String()
}

// newFleet is a workshop, not at trace level, whose servers know the fleet's accounts.
func newFleet(t *testing.T) *workshop {
	t.Helper()
	w := newWorkshop(t)
	w.env["TF_LOG"] = ""
	for _, name := range []string{loader, billing} {
		if _, err := w.sandbox.Magpie.AddUser(magpie.User{Name: name, ServiceAccount: true}); err != nil {
			t.Fatal(err)
		}
	}
	w.lifetime(life)
	// Consumers of this process would use up what real ones share with nobody.
	if err := w.sandbox.SailPoint.SetSwitches(func(s *sailpoint.Switches) { s.RateLimit = -1 }); err != nil {
		t.Fatal(err)
	}
	return w
}

// lifetime is how long the tokens live whose life is no argument.
func (w *workshop) lifetime(d time.Duration) {
	w.t.Helper()
	if err := w.sandbox.Magpie.SetSwitches(func(s *magpie.Switches) { s.TokenLifetime = fakeapi.Duration(d) }); err != nil {
		w.t.Fatal(err)
	}
}

// apply writes a configuration and applies it.
func (w *workshop) apply(o order) string {
	w.t.Helper()
	w.write(o.configuration())
	return w.mustRun("apply", "-no-color", "-auto-approve")
}

// unchanged fails the test if a plan has changes.
func (w *workshop) unchanged() {
	w.t.Helper()
	w.mustRun("plan", "-no-color", "-detailed-exitcode")
}

// generations is what the state holds of a member.
type generations struct {
	ID, Secret, Sealed, PreviousID, PreviousSecret, PreviousSealed, PreviousRevokedAfter, Status, ExpiresAt string
}

// state reads the state of all objects, by address.
func (w *workshop) state() map[string]map[string]any {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.folder, "terraform.tfstate"))
	if err != nil {
		w.t.Fatal(err)
	}
	var file struct {
		Resources []struct {
			Type, Name string
			Instances  []struct {
				Attributes map[string]any
				Deposed    string
			}
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		w.t.Fatal(err)
	}
	all := map[string]map[string]any{}
	for _, resource := range file.Resources {
		for _, instance := range resource.Instances {
			if instance.Deposed != "" {
				w.t.Errorf("%s.%s has a deposed object", resource.Type, resource.Name)
				continue
			}
			all[resource.Type+"."+resource.Name] = instance.Attributes
		}
	}
	return all
}

// tokens reads the state of the fleet, by the members' names.
func (w *workshop) tokens() map[string]generations {
	w.t.Helper()
	state, all := w.state(), map[string]generations{}
	for _, m := range fleet() {
		attributes, found := state[m.address()]
		if !found {
			w.t.Fatalf("%s is not in the state", m.address())
		}
		text := func(name string) string {
			value, _ := attributes[name].(string)
			return value
		}
		all[m.name] = generations{
			ID: text(m.id), Secret: text(m.secret), Sealed: text("encrypted_secret"), PreviousID: text("previous_id"), PreviousSecret: text("previous_secret"),
			PreviousSealed: text("previous_encrypted_secret"), PreviousRevokedAfter: text("previous_revoked_after"), Status: text("status"), ExpiresAt: text("expires_at"),
		}
	}
	return all
}

// alive are the ids of a member's tokens that its server accepts.
func (w *workshop) alive(m member) []string {
	w.t.Helper()
	ids, now := []string{}, w.sandbox.Clock().Now()
	over := func(end *time.Time) bool { return end != nil && !now.Before(*end) }
	switch m.name {
	case "account":
		account, _ := w.sandbox.TrueFoundry.VirtualAccountNamed("account")
		for _, t := range account.Tokens {
			if !over(t.Expiry) {
				ids = append(ids, t.ID)
			}
		}
	case "newer", "older", "pat":
		for _, tokens := range w.sandbox.Live() {
			for _, t := range tokens {
				if strings.HasPrefix(t.Name, m.name+"-") {
					ids = append(ids, t.ID)
				}
			}
		}
	default:
		user := map[string]string{"own": w.sandbox.Magpie.Bootstrap().UserName, "service": loader, "exclusive": billing}[m.name]
		for _, t := range w.sandbox.Live()[magpie.Name] {
			if t.Owner == user {
				ids = append(ids, t.ID)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// known are the ids of a member's tokens that the state knows.
func (t generations) known() []string {
	ids := []string{t.ID}
	if t.PreviousID != "" {
		ids = append(ids, t.PreviousID)
	}
	slices.Sort(ids)
	return ids
}

// balanced fails the test unless what is alive on the servers is what the state knows: for each member so many tokens.
func (w *workshop) balanced(want map[string]int) {
	w.t.Helper()
	for name, t := range w.tokens() {
		m := named(name)
		alive := w.alive(m)
		if !slices.Equal(alive, t.known()) {
			w.t.Errorf("%s: alive are %q, the state knows %q", name, alive, t.known())
		}
		if count, asked := want[name]; asked && len(alive) != count {
			w.t.Errorf("%s: %d tokens are alive instead of %d", name, len(alive), count)
		}
	}
}

// each is a count that is the same for every member, but for those that cannot overlap: they have one.
func each(count int) map[string]int {
	all := map[string]int{}
	for _, m := range fleet() {
		all[m.name] = count
		if m.overlap == "" {
			all[m.name] = 1
		}
	}
	return all
}

func named(name string) member {
	all := fleet()
	return all[slices.IndexFunc(all, func(m member) bool { return m.name == name })]
}

// use uses a token as its consumer would, and tells whether the server accepts it.
func (w *workshop) use(ctx context.Context, m member, id, secret string) (bool, error) {
	switch m.mint.System {
	case sailpoint.Name:
		probe, err := sailpoint.UseToken(ctx, w.env["SAIL_BASE_URL"], id, secret)
		return probe.Works(), err
	case magpie.Name:
		probe, err := magpie.UseToken(ctx, w.env["MAGPIE_BASE_URL"], secret)
		return probe.Works(), err
	}
	probe, err := truefoundry.UseToken(ctx, w.env["TFY_HOST"], secret)
	return probe.Works(), err
}

// works fails the test unless a token is accepted, or refused.
func (w *workshop) works(m member, id, secret string, want bool) {
	w.t.Helper()
	got, err := w.use(w.t.Context(), m, id, secret)
	if got != want || err != nil && got {
		w.t.Errorf("%s: the token %s works: %t, %v", m.name, id, got, err)
	}
}

// mints counts the tokens that each member has minted so far; accounts are created with one that is not counted.
func (w *workshop) mints() map[string]int {
	counts := map[string]int{}
	for _, m := range fleet() {
		for _, entry := range w.sandbox.Journal().Select(m.mint) {
			if entry.Status/100 == 2 {
				counts[m.name]++
			}
		}
	}
	return counts
}

// mintedSince fails the test unless each member has minted so many tokens more than before, and returns the new counts.
func (w *workshop) mintedSince(before, want map[string]int) map[string]int {
	w.t.Helper()
	now := w.mints()
	for _, m := range fleet() {
		if got := now[m.name] - before[m.name]; got != want[m.name] {
			w.t.Errorf("%s: %d tokens were minted instead of %d", m.name, got, want[m.name])
		}
	}
	return now
}

// all is the same count for every member.
func all(count int) map[string]int {
	counts := map[string]int{}
	for _, m := range fleet() {
		counts[m.name] = count
	}
	return counts
}
