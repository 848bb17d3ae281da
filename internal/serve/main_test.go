package serve_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/tokenmint/terraform-provider-mint/internal/serve"
)

// servedBy is the variable that makes the program of these tests a provider process, and says how it serves.
const servedBy = "MINT_TEST_SERVED_BY"

// address is where the provider of these tests is registered.
const address = "registry.terraform.io/tokenmint/mint"

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(servedBy) {
	case "this package":
		err = serve.Provider(address, newChattyProbe, false)
	case "this package, debugged":
		err = serve.Provider(address, newChattyProbe, true)
	case "the framework":
		err = providerserver.Serve(context.Background(), newChattyProbe, providerserver.ServeOpts{Address: address})
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
