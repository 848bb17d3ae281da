// Package serve runs the provider as the plugin process that Terraform starts, without two costs that the libraries put on
// every object: logs that nobody reads, and requests that are kept in memory after their answer.
package serve

import (
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// Provider serves the provider until Terraform ends the process. With debug it prints how to attach Terraform, and stays.
func Provider(address string, newProvider func() provider.Provider, debug bool) error {
	options, err := options(debug)
	if err != nil {
		return err
	}
	return tf6server.Serve(address, func() tfprotov6.ProviderServer {
		return Server(newProvider())
	}, options...)
}

// Server is the protocol server of a provider, as it is served.
func Server(of provider.Provider) tfprotov6.ProviderServer {
	return forgetful(shortened(providerserver.NewProtocol6(of)(), of))
}

// options decides how to serve. A debugged process keeps its logs: they go to the terminal it was started from, and its
// environment says nothing about the Terraform that attaches to it.
func options(debug bool) ([]tf6server.ServeOpt, error) {
	switch {
	case debug:
		return []tf6server.ServeOpt{tf6server.WithManagedDebug()}, nil
	case logsWanted():
		return nil, nil
	}
	return []tf6server.ServeOpt{tf6server.WithGoPluginLogger(hclog.NewNullLogger())}, silence()
}
