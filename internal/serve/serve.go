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
//
// A debugged process keeps its logs: they go to the terminal it was started from, and its environment says nothing about the
// Terraform that attaches to it.
func Provider(address string, newProvider func() provider.Provider, debug bool) error {
	isLogged := debug || logsWanted()
	var options []tf6server.ServeOpt
	if debug {
		options = append(options, tf6server.WithManagedDebug())
	}
	if !isLogged {
		options = append(options, tf6server.WithGoPluginLogger(hclog.NewNullLogger()))
		if err := silence(address); err != nil {
			return err
		}
	}
	return tf6server.Serve(address, func() tfprotov6.ProviderServer {
		return Server(newProvider(), isLogged)
	}, options...)
}

// Server is the protocol server of a provider, as it is served. Where somebody wants its logs, every call is the framework's, which
// logs what it does.
func Server(of provider.Provider, isLogged bool) tfprotov6.ProviderServer {
	server := providerserver.NewProtocol6(of)()
	if !isLogged {
		server = shortened(server, of)
	}
	return forgetful(server)
}
