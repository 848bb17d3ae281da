// Command terraform-provider-mint mints, rotates and revokes access tokens from Terraform.
package main

import (
	"flag"
	"log"

	"github.com/tokenmint/terraform-provider-mint/internal/provider"
	"github.com/tokenmint/terraform-provider-mint/internal/serve"
)

// version is set by the release build.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger: print how to attach, and stay")
	flag.Parse()
	if err := serve.Provider(provider.Address, provider.New(version), *debug); err != nil {
		log.Fatal(err)
	}
}
