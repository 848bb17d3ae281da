package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// lentToken is an ephemeral resource, as these tests configure it.
type lentToken struct {
	arguments values
	// secret is the attribute that holds the minted value.
	secret string
	// like is the member of the fleet whose kind of token it is; empty for one that mints nothing.
	like string
	// neverExpires is set where the system gives no token an expiry of the provider's choice: the next run deletes one that was left behind.
	neverExpires bool
}

// lentTokens are all ephemeral resources that belong to a system.
func lentTokens() map[string]lentToken {
	return map[string]lentToken{
		"mint_sailpoint_personal_access_token": {
			arguments: values{"scope": []string{"sp:my-personal-access-tokens:read"}}, secret: "secret", like: "newer",
		},
		"mint_magpie_personal_access_token":        {secret: "token", like: "own", neverExpires: true},
		"mint_magpie_service_account_access_token": {arguments: values{"user_name": loader}, secret: "token", like: "service", neverExpires: true},
		"mint_truefoundry_personal_access_token":   {secret: "token", like: "pat"},
		"mint_truefoundry_virtual_account_token":   {arguments: values{"name": "reporting"}, secret: "token"},
	}
}

// mintedForOneRun are the ephemeral resources that the provider declares and that mint.
func mintedForOneRun(t *testing.T) map[string]lentToken {
	t.Helper()
	all, minting := lentTokens(), map[string]lentToken{}
	for name := range schemas(t).EphemeralResourceSchemas {
		of, known := all[name]
		switch {
		case name == decryptedSecretType:
		case !known:
			t.Errorf("this test knows no arguments of the ephemeral resource %s: add them to its table", name)
		case of.like != "":
			minting[name] = of
		}
	}
	if len(minting) == 0 {
		t.Error("the provider mints no ephemeral token")
	}
	return minting
}

// block is the block of an ephemeral resource, with these lines beside its arguments.
func (l lentToken) block(name string, lines ...string) string {
	for _, argument := range slices.Sorted(maps.Keys(l.arguments)) {
		// What JSON has for a text or a list, Terraform reads as well.
		value, _ := json.Marshal(l.arguments[argument])
		lines = append(lines, fmt.Sprintf("%s = %s", argument, value))
	}
	return fmt.Sprintf("ephemeral %q \"run\" {\n  %s\n}\n", name, strings.Join(lines, "\n  "))
}

// succeeded counts the requests that a server has met.
func (w *workshop) succeeded(filter fakeapi.Filter) int {
	count := 0
	for _, entry := range w.sandbox.Journal().Select(filter) {
		if entry.Status/100 == 2 {
			count++
		}
	}
	return count
}
