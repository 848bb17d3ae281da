package sink_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/sink"
)

// TestServe: every provider is served at an address of its own, in the form that Terraform reads.
func TestServe(t *testing.T) {
	t.Parallel()
	var to sink.Sink
	var served map[string]struct {
		Protocol        string
		ProtocolVersion int
		Addr            struct{ Network, String string }
	}
	if err := json.Unmarshal([]byte(to.Serve(t, sink.Sources()...)), &served); err != nil {
		t.Fatal(err)
	}
	var addresses []string
	for _, source := range sink.Sources() {
		at := served[source]
		if at.Protocol != "grpc" || at.ProtocolVersion != 6 || at.Addr.String == "" || slices.Contains(addresses, at.Addr.String) {
			t.Errorf("%s is served as %+v", source, at)
		}
		addresses = append(addresses, at.Addr.String)
	}
}
