package sink_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/sink"
)

// TestServe: every provider is served at an address of its own, in the form that Terraform reads.
func TestServe(t *testing.T) {
	t.Parallel()
	var to sink.Sink
	text, err := to.Serve(t.Context(), sink.Sources()...)
	if err != nil {
		t.Fatal(err)
	}
	var served map[string]struct {
		Protocol        string
		ProtocolVersion int
		Addr            struct{ Network, String string }
	}
	if err := json.Unmarshal([]byte(text), &served); err != nil {
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
	if _, err := to.Serve(t.Context(), "hashicorp/nothing"); err == nil || !strings.Contains(err.Error(), "hashicorp/nothing") {
		t.Errorf("an unknown provider: %v", err)
	}
}
