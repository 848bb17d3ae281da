package main

import (
	"strings"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// The types of the resources, and the accounts that those of Magpie belong to.
const (
	sailpointPAT    = "mint_sailpoint_personal_access_token"
	magpiePAT       = "mint_magpie_personal_access_token"
	magpieService   = "mint_magpie_service_account_access_token"
	magpieExclusive = "mint_magpie_service_account_exclusive_access_token"
	tfyPAT          = "mint_truefoundry_personal_access_token"
	tfyAccount      = "mint_truefoundry_virtual_account"

	loader = "loader@acme.example"
)

// noun is one type of resource.
type noun struct {
	name, system string
	// secret is the attribute with the minted value, current the one with the token's id.
	secret, current string
	// often is how often it is drawn among the others.
	often int
	// base are the arguments that the resource at an index has to begin with; they are accepted whatever the switches are.
	base func(index int) map[string]any
	// edits are arguments that may take one of these values.
	edits map[string][]any
	// ephemeral are the arguments of the ephemeral resource of the same type; nil where there is none.
	ephemeral []map[string]any
	// imports tells whether the resource can be imported.
	imports bool
}

func nouns() []noun {
	return append(namedNouns(), magpieNouns()...)
}

// shared are the arguments that all of them have.
func shared(more map[string][]any) map[string][]any {
	more["encrypt_secret_to"] = []any{nil, []any{"recipient:0"}, []any{"recipient:1"}}
	more["rotate_after"] = []any{nil, nil, "200h", "350h"}
	return more
}

func namedNouns() []noun {
	named := func(more map[string][]any) map[string][]any {
		more["name_prefix"] = []any{"ci-", "deploy-"}
		more["lifetime"] = []any{"400h", "500h", "720h"}
		more["rotate_before_expiry"] = []any{nil, "48h", "100h"}
		more["overlap"] = []any{nil, "24h", "72h", "200h"}
		return shared(more)
	}
	return []noun{
		{
			name: sailpointPAT, system: sailpoint.Name, secret: "secret", current: "id", often: 3, imports: true,
			base: func(int) map[string]any { return map[string]any{"name_prefix": "ci-", "lifetime": "720h"} },
			edits: named(map[string][]any{
				"scope": {nil, []any{"a"}, []any{"a", "b"}}, "access_token_validity_seconds": {nil, 60.0, 600.0},
				"expires_at": {"now+400h", "now+30h"}, "name": {"fixed"},
			}),
			ephemeral: []map[string]any{{"scope": []any{"a"}}, {"scope": []any{"a"}, "lifetime": "30m"}},
		},
		{
			name: tfyPAT, system: truefoundry.Name, secret: "token", current: "id", often: 3, imports: true,
			base: func(int) map[string]any { return map[string]any{"name_prefix": "ci-", "lifetime": "720h"} },
			edits: named(map[string][]any{
				"expires_at": {"now+400h"}, "name": {"fixed"},
			}),
			ephemeral: []map[string]any{{}, {"lifetime": "30m"}},
		},
		{
			name: tfyAccount, system: truefoundry.Name, secret: "token", current: "jwt_id", often: 3, imports: true,
			base: func(index int) map[string]any {
				return map[string]any{
					"name":        "account-" + string(rune('a'+index%26)),
					"permissions": []any{map[string]any{"resource_fqn": "a:b", "resource_type": "workspace", "role_id": "viewer"}},
				}
			},
			edits: shared(map[string][]any{
				"overlap": {nil, "24h", "72h", "90m"}, "rotate_before_expiry": {nil, "48h", "100h"},
				"store_token": {nil, nil, false}, "expiration_date": {nil, nil, "2045-01-31"},
			}),
		},
	}
}

func magpieNouns() []noun {
	edits := func() map[string][]any {
		return shared(map[string][]any{
			"description": {"one", "two", nil}, "disabled": {true, false, nil}, "rotate_before_expiry": {nil, "48h", "100h"},
			"overlap": {nil, "24h", "48h"},
		})
	}
	alone := edits()
	delete(alone, "overlap")
	return []noun{
		{
			name: magpiePAT, system: magpie.Name, secret: "token", current: "id", often: 2, imports: true,
			base: func(int) map[string]any { return map[string]any{} }, edits: edits(),
			ephemeral: []map[string]any{{}, {"lifetime": "30m"}},
		},
		{
			name: magpieService, system: magpie.Name, secret: "token", current: "id", often: 3, imports: true,
			base: func(int) map[string]any { return map[string]any{"user_name": loader} }, edits: edits(),
			ephemeral: []map[string]any{{"user_name": loader}},
		},
		{
			name: magpieExclusive, system: magpie.Name, secret: "token", current: "id", often: 1,
			base: func(index int) map[string]any { return map[string]any{"user_name": exclusiveAccount(index)} }, edits: alone,
		},
	}
}

// exclusiveAccounts is how many service accounts have one token of their own.
const exclusiveAccounts = 3

func exclusiveAccount(index int) string {
	return "billing-" + string(rune('a'+index%exclusiveAccounts)) + "@acme.example"
}

// nounOf is the noun of a type of resource.
func nounOf(typeName string) noun {
	for _, n := range nouns() {
		if n.name == typeName {
			return n
		}
	}
	return noun{}
}

// routesOf are the requests of a system that may meet a fault.
func routesOf(system, apiVersion string) []fakeapi.Fault {
	on := func(method, route string) fakeapi.Fault {
		return fakeapi.Fault{System: system, Method: method, Route: route}
	}
	switch system {
	case sailpoint.Name:
		tokens := "/" + apiVersion + "/personal-access-tokens"
		if apiVersion == "v1" {
			tokens = "/personal-access-tokens/v1"
		}
		return []fakeapi.Fault{on("GET", tokens), on("POST", tokens), on("PATCH", tokens+"/{id}"), on("DELETE", tokens+"/{id}"), on("POST", "/oauth/token")}
	case magpie.Name:
		const tokens = "/api/magpie/access-token"
		return []fakeapi.Fault{
			on("GET", tokens), on("POST", tokens), on("GET", tokens+"/user/{user}"), on("POST", tokens+"/user/{user}"), on("POST", tokens+"/rotate/{user}"),
			on("PUT", tokens+"/{id}/description"), on("PUT", tokens+"/{id}/status/{disabled}"), on("DELETE", tokens+"/{id}"), on("POST", "/api/magpie/login"),
		}
	default:
		const pats, accounts = "/api/svc/v1/personal-access-tokens", "/api/svc/v1/virtual-accounts"
		return []fakeapi.Fault{
			on("GET", pats), on("POST", pats), on("DELETE", pats+"/{id}"), on("GET", accounts), on("PUT", accounts), on("DELETE", accounts+"/{id}"),
			on("GET", accounts+"/{id}/token"), on("POST", accounts+"/{id}/regenerate-token"), on("DELETE", accounts+"/{id}/jwt/{jwtId}"),
		}
	}
}

// systems are the names of all systems.
func systems() []string { return []string{sailpoint.Name, magpie.Name, truefoundry.Name} }

// kindOf is the type in an address.
func kindOf(address string) string {
	kind, _, _ := strings.Cut(address, ".")
	return kind
}

// lists are the routes that list tokens, where a list can lag.
func lists() []string {
	return []string{
		"/personal-access-tokens/v1", "/v2025/personal-access-tokens", "/v2024/personal-access-tokens", "/v3/personal-access-tokens",
		"/api/magpie/access-token", "/api/magpie/access-token/user/{user}", "/api/svc/v1/personal-access-tokens", "/api/svc/v1/virtual-accounts",
	}
}
