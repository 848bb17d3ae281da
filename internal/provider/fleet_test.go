package provider_test

import (
	"fmt"
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
	// overlap is how long the fleet keeps the previous token, and life how long its tokens live.
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
	// endsByItself is set where the system ends the previous token without an apply.
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
			name: "account", resource: "mint_truefoundry_virtual_account", secret: "token", id: "jwt_id", overlap: `"48h"`, endsByItself: true,
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

// order is what a configuration asks of the whole fleet; empty texts ask for nothing, and texts that begin like an address are
// one.
type order struct {
	triggers, lead, lifetime string
	// accountTriggers are those of the virtual account where they differ: its token has no end to rotate before.
	accountTriggers string
	// accountOverlap is that of the virtual account where it differs.
	accountOverlap string
	overlap        bool
	// otherOverlap is that of all but the virtual account where it differs.
	otherOverlap string
	encryptTo    []string
	// ignores is the argument ignore_changes of all of them.
	ignores string
	also    string
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
		fmt.Fprintf(&text, "  lifetime = %s\n", expression(lifetime))
	}
	if o.lead != "" {
		fmt.Fprintf(&text, "  rotate_before_expiry = %s\n", expression(o.lead))
	}
	switch {
	case m.name == "account" && o.accountOverlap != "":
		fmt.Fprintf(&text, "  overlap = %s\n", o.accountOverlap)
	case m.name != "account" && o.otherOverlap != "" && m.overlap != "":
		fmt.Fprintf(&text, "  overlap = %s\n", expression(o.otherOverlap))
	case o.overlap && m.overlap != "":
		fmt.Fprintf(&text, "  overlap = %s\n", m.overlap)
	}
	triggers := o.triggers
	if m.name == "account" && o.accountTriggers != "" {
		triggers = o.accountTriggers
	}
	if triggers != "" {
		fmt.Fprintf(&text, "  rotation_triggers = {\n    generation = %s\n  }\n", expression(triggers))
	}
	if len(o.encryptTo) > 0 {
		quoted := make([]string, 0, len(o.encryptTo))
		for _, line := range o.encryptTo {
			quoted = append(quoted, expression(line))
		}
		fmt.Fprintf(&text, "  encrypt_secret_to = [%s]\n", strings.Join(quoted, ", "))
	}
	if o.ignores != "" {
		fmt.Fprintf(&text, "  lifecycle {\n    ignore_changes = %s\n  }\n", o.ignores)
	}
	return text.String()
}

func expression(text string) string {
	if strings.HasPrefix(text, "terraform_data.") {
		return text
	}
	return strconv.Quote(text)
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
	// Ids that no text holds by chance.
	if err := w.sandbox.Magpie.SetSwitches(func(s *magpie.Switches) { s.IDKind = "uuid" }); err != nil {
		t.Fatal(err)
	}
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
