package system_test

import (
	"net/http"
	"os"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// TestMain names proxies for all of the package: the standard library reads the variables once.
func TestMain(m *testing.M) {
	for _, variable := range []string{"HTTP_PROXY", "HTTPS_PROXY"} {
		if err := os.Setenv(variable, "http://proxy.example.com:3128"); err != nil {
			panic(err)
		}
	}
	_ = os.Unsetenv("NO_PROXY")
	_ = os.Unsetenv("no_proxy")
	os.Exit(m.Run())
}

// TestLoopbackNeverGoesThroughAProxy: over plain HTTP the proxy would be told the credential, and every spelling of loopback is taken
// for a base URL.
func TestLoopbackNeverGoesThroughAProxy(t *testing.T) {
	t.Parallel()
	for base, proxied := range map[string]bool{
		"http://localhost:8080": false, "http://LOCALHOST:8080": false, "http://LocalHost": false, "https://LOCALHOST": false,
		"http://localhoſt:8080": false,
		"http://127.0.0.1":      false, "http://127.8.9.10:8080": false, "http://[::1]:8080": false, "http://[0:0:0:0:0:0:0:1]:8080": false,
		"http://[::ffff:127.0.0.1]:8080": false, "http://[::FFFF:7f00:1]": false,
		"https://acme.example.com": true, "https://localhost.example.com": true, "https://10.0.0.1": true,
	} {
		u, err := system.ParseBaseURL(base)
		if err != nil {
			t.Errorf("%s: %v", base, err)
			continue
		}
		s, err := system.NewSettings(system.Env{}, nil, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		transport, ok := s.Transport.(*http.Transport)
		if !ok {
			t.Fatalf("the transport is a %T", s.Transport)
		}
		proxy, err := transport.Proxy(&http.Request{URL: u})
		if err != nil || (proxy != nil) != proxied {
			t.Errorf("%s goes through %v, %v", base, proxy, err)
		}
	}
}
