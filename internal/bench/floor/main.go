// Command floor serves this provider's schema with handlers that do nothing: what Terraform, the plugin protocol and the framework
// take by themselves. It derives its resources from the real ones when it starts, and is served as the real provider is.
package main

import (
	"log"

	"github.com/hashicorp/terraform-plugin-framework/provider"

	mint "github.com/tokenmint/terraform-provider-mint/internal/provider"
	"github.com/tokenmint/terraform-provider-mint/internal/serve"
)

func main() {
	newFloor := func() provider.Provider { return newProvider(mint.New("bench")()) }
	if err := serve.Provider(mint.Address, newFloor, false); err != nil {
		log.Fatal(err)
	}
}
