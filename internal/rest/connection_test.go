package rest_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// TestMintDoesNotGoOutOnAnIdleConnection: a server that closes idle connections does so at the moment when the next request
// comes. A read is sent again then, but a create would end as a lost answer.
func TestMintDoesNotGoOutOnAnIdleConnection(t *testing.T) {
	t.Parallel()
	for before, effect := range map[string]rest.Effect{"a read": rest.Reads, "a write": rest.Sets, "another create": rest.Mints} {
		t.Run("after "+before, func(t *testing.T) {
			t.Parallel()
			var served sync.Map
			server, s := online(t, func(_ http.ResponseWriter, r *http.Request, _ int) {
				if _, again := served.LoadOrStore(r.RemoteAddr, true); again {
					panic(http.ErrAbortHandler)
				}
			})
			api := client(t, server.URL, network(t))
			first := mint()
			first.Effect = effect
			for _, call := range []*rest.Call{first, mint()} {
				if _, err := api.Do(t.Context(), call); err != nil {
					t.Errorf("effect %d: %v", call.Effect, err)
				}
			}
			if s.count() != 2 {
				t.Errorf("%d requests, want 2", s.count())
			}
		})
	}
}

// TestWhatMayBeRepeatedSharesAConnection: a mint neither uses nor ends the connection that stays open for everything else.
func TestWhatMayBeRepeatedSharesAConnection(t *testing.T) {
	t.Parallel()
	for protocol, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := &seen{}
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { s.note(r) }))
			server.EnableHTTP2 = http2
			server.StartTLS()
			t.Cleanup(server.Close)
			via := network(t)
			trusted := x509.NewCertPool()
			trusted.AddCert(server.Certificate())
			via.ForceAttemptHTTP2, via.TLSClientConfig = http2, &tls.Config{RootCAs: trusted}
			api := client(t, server.URL, via)
			var connections []string
			for _, effect := range []rest.Effect{rest.Reads, rest.Mints, rest.Sets, rest.Reads} {
				call := mint()
				call.Effect = effect
				if _, err := api.Do(t.Context(), call); err != nil {
					t.Fatal(err)
				}
				last := s.requests[len(s.requests)-1]
				if last.Proto != protocol {
					t.Fatalf("the request came as %s", last.Proto)
				}
				connections = append(connections, last.RemoteAddr)
			}
			read, minted := connections[0], connections[1]
			if minted == read {
				t.Error("the create went out on the connection of the read before it")
			}
			if want := []string{read, minted, read, read}; !slices.Equal(connections, want) {
				t.Errorf("connections %q, want %q", connections, want)
			}
		})
	}
}
