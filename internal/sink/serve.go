package sink

import (
	"encoding/json"
	"maps"
	"os"
	"path"
	"slices"
	"testing"

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

// Serve serves these providers until the test ends, and returns the value of [Variable] that makes Terraform use them.
func (s *Sink) Serve(t *testing.T, sources ...string) string {
	t.Helper()
	all := map[string]reattach{}
	for _, source := range sources {
		served, found := kinds()[source]
		if !found {
			t.Fatalf("there is no provider %q, only %q", source, Sources())
		}
		configs, failed := make(chan *plugin.ReattachConfig), make(chan error, 1)
		go func() {
			factory := func() tfprotov6.ProviderServer {
				return providerserver.NewProtocol6(vendor{sink: s, name: path.Base(source), kinds: served})()
			}
			failed <- tf6server.Serve(source, factory, tf6server.WithDebug(t.Context(), configs, make(chan struct{})), tf6server.WithLoggingSink(t))
		}()
		select {
		case config := <-configs:
			all[source] = reattach{
				Protocol: string(config.Protocol), ProtocolVersion: config.ProtocolVersion, Pid: os.Getpid(), Test: true,
				Addr: address{Network: config.Addr.Network(), String: config.Addr.String()},
			}
		case err := <-failed:
			t.Fatalf("the provider %s was not served: %v", source, err)
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
