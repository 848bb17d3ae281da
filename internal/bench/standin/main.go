// Command standin is a provider to compare with where hashicorp/random cannot be had: one resource named random_pet with seven
// attributes, which makes up a text when it is created and keeps it. It is served as that provider is, with the framework's defaults.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
)

func main() {
	options := providerserver.ServeOpts{Address: "registry.terraform.io/hashicorp/random", ProtocolVersion: 5}
	if err := providerserver.Serve(context.Background(), newProvider, options); err != nil {
		log.Fatal(err)
	}
}
