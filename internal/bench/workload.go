package main

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// serviceAccounts is how many accounts of Magpie share the tokens.
const serviceAccounts = 100

// workload is many objects of one kind.
type workload struct {
	title string
	// system is the emulator that is asked; empty for none.
	system string
	// resource is the type, arguments its block without braces.
	resource, arguments string
	// refreshes is the target for requests of a refresh, creates that for creating n objects.
	refreshes int
	creates   func(n int) int
	// isCompared is set for the kind whose creation is compared with random's.
	isCompared bool
}

func sailpointTokens() workload {
	return workload{
		title: "SailPoint tokens", system: sailpoint.Name, resource: "mint_sailpoint_personal_access_token",
		arguments: "name     = \"token-${count.index}\"\n  scope    = [\"sp:my-personal-access-tokens:read\"]\n  lifetime = \"90d\"",
		refreshes: 2, creates: func(n int) int { return n + few },
	}
}

// few is the constant beside the requests per token: logins, pages and lists that do not grow with the tokens.
const few = 10

// unpaced is one workload for each other target on requests. SailPoint's client paces itself by the documented limit, so that its creations
// are counted where that is measured.
func unpaced() []workload {
	return []workload{
		{
			title: "virtual accounts", system: truefoundry.Name, resource: "mint_truefoundry_virtual_account",
			arguments: "name            = \"account-${count.index}\"\n  expiration_date = \"2099-01-31\"",
			refreshes: 2, creates: func(n int) int { return 2*n + few }, isCompared: true,
		},
		{
			title: "TrueFoundry tokens", system: truefoundry.Name, resource: "mint_truefoundry_personal_access_token",
			arguments: "name     = \"token-${count.index}\"\n  lifetime = \"90d\"",
			refreshes: 2, creates: func(n int) int { return n + few },
		},
		{
			title: "Magpie tokens", system: magpie.Name, resource: "mint_magpie_service_account_access_token",
			arguments: fmt.Sprintf("user_name   = \"loader-${count.index %% %d}@acme.example\"\n  description = \"token ${count.index}\"", serviceAccounts),
			refreshes: serviceAccounts + 1, creates: func(n int) int { return 2*n + serviceAccounts + few },
		},
	}
}

// pets is what is compared with: as many objects of hashicorp/random.
func pets() workload {
	return workload{
		title: "random_pet", resource: "random_pet",
		arguments: "prefix  = \"token\"\n  keepers = {\n    index = count.index\n  }",
	}
}

// blockSize is how many objects one block of a configuration asks for: what Terraform takes by itself for a block grows with the square
// of their number, and nobody writes one for thousands.
const blockSize = 100

// blockName is the name of a block in a configuration.
func blockName(block int) string { return fmt.Sprintf("block-%d", block) }

// configuration asks for n objects. In the arguments count.index is an object's number among all.
func (w workload) configuration(source string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "terraform {\n  required_providers {\n    %s = {\n      source = %q\n    }\n  }\n}\n", path.Base(source), source)
	for first := 0; first < n; first += blockSize {
		arguments := strings.ReplaceAll(w.arguments, "count.index", fmt.Sprintf("(count.index + %d)", first))
		fmt.Fprintf(&b, "\nresource %q %q {\n  count = %d\n  %s\n}\n", w.resource, blockName(first/blockSize), min(blockSize, n-first), arguments)
	}
	return b.String()
}

// startSandbox starts emulators that have room for any number of tokens, and the service accounts of the workload.
func startSandbox() (*sandbox.Sandbox, error) {
	box, err := sandbox.Start(sandbox.Options{
		SailPoint: sailpoint.Switches{RateLimit: -1, TokensPerUser: -1},
		Magpie:    magpie.Switches{TokenLifetime: fakeapi.Duration(90 * 24 * time.Hour)},
	})
	if err != nil {
		return nil, err
	}
	for i := range serviceAccounts {
		if _, err := box.Magpie.AddUser(magpie.User{Name: fmt.Sprintf("loader-%d@acme.example", i), ServiceAccount: true}); err != nil {
			_ = box.Close()
			return nil, err
		}
	}
	return box, nil
}
