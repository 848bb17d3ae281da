package provider_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/provider"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// values are arguments by name; those that are left out are null.
type values = protocoltest.Values

// protocolSchemas are those of the provider, for protocol tests.
var protocolSchemas = sync.OnceValues(func() (*protocoltest.Schemas, error) { //nolint:gochecknoglobals // they never change
	return protocoltest.LoadSchemas(context.Background(), providerserver.NewProtocol6(provider.New("test")())())
})

// process is a provider process that takes its settings from an environment.
func process(environment map[string]string, block values) protocoltest.Process {
	env := system.Env{Now: time.Now, Getenv: func(name string) string { return environment[name] }, Version: "test"}
	return protocoltest.Process{Server: providerserver.NewProtocol6WithError(provider.NewIn(env)()), Schemas: protocolSchemas, Block: block}
}

// listArguments are the arguments of every list block that needs some.
func listArguments() map[string]values {
	return map[string]values{
		"mint_sailpoint_personal_access_token":               {},
		"mint_magpie_personal_access_token":                  {},
		"mint_magpie_service_account_access_token":           {"user_name": loader},
		"mint_truefoundry_personal_access_token":             {},
		"mint_truefoundry_virtual_account":                   {},
		"mint_magpie_service_account_exclusive_access_token": {"user_name": loader},
	}
}

// actionArguments are arguments of every action with which it changes nothing: there is no such token.
func actionArguments() map[string]values {
	none := values{"ids": []string{"none"}, "dry_run": true}
	return map[string]values{
		"mint_sailpoint_revoke_personal_access_tokens":        none,
		"mint_sailpoint_expire_personal_access_tokens":        none.With(values{"expires_in": "14d"}),
		"mint_magpie_revoke_personal_access_tokens":           none,
		"mint_magpie_revoke_service_account_access_tokens":    none.With(values{"user_name": loader}),
		"mint_magpie_disable_access_tokens":                   none,
		"mint_truefoundry_revoke_personal_access_tokens":      none,
		"mint_truefoundry_revoke_user_personal_access_tokens": {"user_email": "nobody@acme.example"},
		"mint_truefoundry_sync_virtual_account_token":         {"name": "none"},
		"mint_truefoundry_revoke_virtual_account_token":       {"name": "none", "jwt_id": "none"},
	}
}

// TestConfigure_data: objects of every kind have the connection to their system. One that has none asks no server and calls that the provider's
// own bug, and nothing else notices.
func TestConfigure_data(t *testing.T) {
	t.Parallel()
	declared := schemas(t)
	t.Run("ephemeral", func(t *testing.T) {
		t.Parallel()
		arguments := map[string]values{}
		for name, of := range lentTokens() {
			arguments[name] = of.arguments
		}
		own := maps.Clone(declared.EphemeralResourceSchemas)
		delete(own, decryptedSecretType)
		reach(t, own, arguments, func(e *protocoltest.Engine, name string, config values) protocoltest.Diagnostics {
			opened, diagnostics := e.Open(name, config)
			if opened != nil {
				diagnostics = append(diagnostics, e.Close(opened)...)
			}
			return diagnostics
		})
	})
	t.Run("list", func(t *testing.T) {
		t.Parallel()
		reach(t, declared.ListResourceSchemas, listArguments(), func(e *protocoltest.Engine, name string, config values) protocoltest.Diagnostics {
			_, diagnostics := e.List(name, config, protocoltest.ListOptions{})
			return diagnostics
		})
	})
	t.Run("action", func(t *testing.T) {
		t.Parallel()
		reach(t, declared.ActionSchemas, actionArguments(), func(e *protocoltest.Engine, name string, config values) protocoltest.Diagnostics {
			_, diagnostics := e.Invoke(name, config)
			return diagnostics
		})
	})
}

// reach uses every declared object of a kind, which must have its system's server asked.
func reach[Schema any](t *testing.T, declared map[string]Schema, arguments map[string]values, use func(*protocoltest.Engine, string, values) protocoltest.Diagnostics) {
	t.Helper()
	if len(declared) == 0 {
		t.Error("the provider declares none")
	}
	sb := sandboxtest.Start(t)
	sb.RequireEmulator(t)
	staff(t, sb.Sandbox)
	environment := sb.Env()
	// An action may refuse to act on the tokens of the user whose token the provider is logged in with, before it asks for them.
	delete(environment, "MAGPIE_ACCESS_TOKEN")
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		config, known := arguments[name]
		if !known {
			t.Errorf("this test knows no arguments of %s: add them to its table", name)
			continue
		}
		before := sb.Journal().Count(systemOf(name))
		diagnostics := use(protocoltest.Start(t, process(environment, nil)), name, config)
		if asked := sb.Journal().Count(systemOf(name)) - before; asked == 0 || strings.Contains(diagnostics.String(), "Provider bug") {
			t.Errorf("%s sends %d requests and says %s", name, asked, diagnostics)
		}
	}
}

// systemOf are the requests to the system that an object belongs to.
func systemOf(name string) fakeapi.Filter {
	return fakeapi.Filter{System: strings.Split(name, "_")[1]}
}

// staff has Magpie know the service accounts of these tests.
func staff(t *testing.T, sb *sandbox.Sandbox) {
	t.Helper()
	for _, name := range []string{loader, billing} {
		if _, err := sb.Magpie.AddUser(magpie.User{Name: name, ServiceAccount: true}); err != nil {
			t.Fatal(err)
		}
	}
}
