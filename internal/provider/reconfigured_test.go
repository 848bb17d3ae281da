package provider_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/provider"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
	"github.com/tokenmint/terraform-provider-mint/internal/serve"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// TestReconfiguringKeepsNoConnections: Terraform configures a process that it is attached to again in every run, and the connections of
// the run before, each with two goroutines, would stay open until they have been idle for long enough.
func TestReconfiguringKeepsNoConnections(t *testing.T) {
	t.Parallel()
	box, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	attached := process(box.Env(), nil)
	server, err := attached.Server()
	if err != nil {
		t.Fatal(err)
	}
	attached.Server = func() (tfprotov6.ProviderServer, error) { return server, nil }
	const runs = 12
	for range runs {
		e := protocoltest.Start(t, attached)
		_, diagnostics := e.ReadDataSource("mint_sailpoint_personal_access_tokens", nil)
		e.NoError(diagnostics)
	}
	if len(box.Journal().Entries()) < 2*runs {
		t.Fatalf("%d requests in %d runs: a run did not log in and list", len(box.Journal().Entries()), runs)
	}
	// The server learns of a closed connection a little later.
	for deadline := time.Now().Add(time.Minute); box.Connections() > 1; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections are open after %d runs, want that of the last", box.Connections(), runs)
		}
	}
}

// TestReconfiguring_fails: when a later configuration of a process that Terraform is attached to fails, no object goes on with the earlier configuration.
// The framework takes that from the resources; nothing may be answered without it.
func TestReconfiguring_fails(t *testing.T) {
	t.Parallel()
	of := provider.NewIn(system.Env{Now: time.Now, Getenv: func(string) string { return "" }, Version: "test"})()
	shortened, ok := of.(interface{ Connected() system.ProviderData })
	if !ok {
		t.Fatalf("%T has no shortcut", of)
	}
	attached := process(nil, nil)
	attached.Server = func() (tfprotov6.ProviderServer, error) { return serve.Server(of, false), nil }
	protocoltest.Start(t, attached)
	if len(shortened.Connected()) == 0 {
		t.Fatal("a provider that is configured has no connections")
	}
	attached.Block = values{"http": values{"ca_certificate_pem": "none"}}
	if _, said := protocoltest.Configure(t, attached); !said.Failed() || shortened.Connected() != nil {
		t.Errorf("the provider goes on with %v after %s", shortened.Connected(), said)
	}
}
