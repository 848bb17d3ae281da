package sink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"

	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// Variable is the environment variable in which Terraform and OpenTofu take what [Sink.Serve] returns.
const Variable = "TF_REATTACH_PROVIDERS"

// Sources are the addresses of the providers that a sink serves.
func Sources() []string { return slices.Sorted(maps.Keys(kinds())) }

type reattach struct {
	Protocol        string
	ProtocolVersion int
	Pid             int
	Test            bool
	Addr            address
}

type address struct{ Network, String string }

// Serve serves these providers until the context ends, and returns the value of [Variable] that makes Terraform use them.
func (s *Sink) Serve(ctx context.Context, sources ...string) (string, error) {
	all := map[string]reattach{}
	for _, source := range sources {
		served, found := kinds()[source]
		if !found {
			return "", fmt.Errorf("no provider %q; there are %q", source, Sources())
		}
		configs, closed := make(chan *plugin.ReattachConfig), make(chan struct{})
		failed := make(chan error, 1)
		go func() {
			factory := func() tfprotov6.ProviderServer {
				return providerserver.NewProtocol6(vendor{sink: s, name: path.Base(source), kinds: served})()
			}
			failed <- tf6server.Serve(source, factory, tf6server.WithDebug(ctx, configs, closed), tf6server.WithoutLogStderrOverride())
		}()
		select {
		case config := <-configs:
			if config == nil {
				return "", fmt.Errorf("the provider %s could not be served", source)
			}
			all[source] = reattach{
				Protocol: string(config.Protocol), ProtocolVersion: config.ProtocolVersion, Pid: os.Getpid(), Test: true,
				Addr: address{Network: config.Addr.Network(), String: config.Addr.String()},
			}
		case err := <-failed:
			return "", errors.Join(fmt.Errorf("the provider %s could not be served", source), err)
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	text, err := json.Marshal(all)
	return string(text), err
}
