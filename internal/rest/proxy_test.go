package rest_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// throughProxy is a network that goes through a proxy, in whose URL the environment may hold a password.
func throughProxy(tb testing.TB, proxy string) *http.Transport {
	tb.Helper()
	scheme, host, _ := strings.Cut(proxy, "://")
	via := network(tb)
	via.DialContext = dialing
	via.Proxy = http.ProxyURL(&url.URL{Scheme: scheme, Host: host, User: url.UserPassword("me", "pass-word")})
	return via
}

// dialing stands in for what a test's network cannot show without waiting or luck.
func dialing(ctx context.Context, network, address string) (net.Conn, error) {
	switch host, _, _ := net.SplitHostPort(address); host {
	case "unknown.invalid":
		return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
	case "closed.invalid":
		return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	case "silent.invalid":
		time.Sleep(15 * time.Second)
		return nil, os.ErrDeadlineExceeded
	default:
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
}

// connecting is a proxy that connects to whatever it is asked for.
func connecting(w http.ResponseWriter, r *http.Request) {
	server, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer func() { _ = server.Close() }()
	// The client speaks as soon as it has the answer, so the connection is taken over before that.
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	_, _ = io.Copy(client, server)
	_ = client.Close()
}

// untrusted is a server with a certificate that nobody trusts.
func untrusted(tb testing.TB, handler http.HandlerFunc) *httptest.Server {
	tb.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	tb.Cleanup(server.Close)
	return server
}

// TestFailingProxyIsNamed: what fails before the server is reached is the proxy's fault, and the message names the proxy and the
// variable that it comes from, without the password.
func TestFailingProxyIsNamed(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "set")
	t.Setenv("HTTP_PROXY", "")
	t.Setenv("http_proxy", "set")
	refusing, _ := online(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	})
	hangingUp, _ := online(t, func(http.ResponseWriter, *http.Request, int) { panic(http.ErrAbortHandler) })
	distrusted := untrusted(t, connecting)
	const secure, plain, refused = "https://acme.example.com", "http://acme.example.com", "dial tcp: connect: connection refused"
	for name, c := range map[string]struct{ proxy, base, variable, problem string }{
		"does not resolve":      {"http://unknown.invalid:3128", secure, "HTTPS_PROXY", "the host name does not resolve: no such host"},
		"does not listen":       {"http://closed.invalid:3128", secure, "HTTPS_PROXY", refused},
		"plain http":            {"http://closed.invalid:3128", plain, "http_proxy", refused},
		"of another kind":       {"socks5://closed.invalid:1080", secure, "HTTPS_PROXY", refused},
		"never answers":         {"http://silent.invalid:3128", secure, "HTTPS_PROXY", "no answer within 10s"},
		"hangs up":              {hangingUp.URL, secure, "HTTPS_PROXY", "unexpected EOF"},
		"refuses":               {refusing.URL, secure, "HTTPS_PROXY", "Proxy Authentication Required"},
		"untrusted certificate": {distrusted.URL, secure, "HTTPS_PROXY", "tls: failed to verify certificate: x509: certificate signed by unknown authority"},
	} {
		for _, effect := range []rest.Effect{rest.Reads, rest.Mints} {
			synctest.Test(t, func(t *testing.T) {
				call := mint()
				call.Effect = effect
				_, err := client(t, c.base, throughProxy(t, c.proxy)).Do(t.Context(), call)
				// A bubble ends only when nothing in it is dialing any more.
				time.Sleep(time.Minute)
				_, host, _ := strings.Cut(c.proxy, "://")
				want := "the proxy " + host + ", set in " + c.variable + ", could not be used: " + c.problem
				if e := failure(t, err); e.Kind != rest.Unreachable || e.Executed || e.ProxyVariable != c.variable || e.Message != want {
					t.Errorf("%s, effect %d: %+v\nwant %s", name, effect, e, want)
				}
			})
		}
	}
}

// TestWorkingProxyIsNotBlamed for what comes of the server behind it, nor for a request that it has nothing to do with.
func TestWorkingProxyIsNotBlamed(t *testing.T) {
	t.Parallel()
	proxy := httptest.NewServer(http.HandlerFunc(connecting))
	t.Cleanup(proxy.Close)
	dropping := untrusted(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			panic(http.ErrAbortHandler)
		}
	})
	through, trusting, bypassing := throughProxy(t, proxy.URL), throughProxy(t, proxy.URL), throughProxy(t, proxy.URL)
	trusted := x509.NewCertPool()
	trusted.AddCert(dropping.Certificate())
	trusting.TLSClientConfig = &tls.Config{RootCAs: trusted}
	bypassing.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	if _, err := client(t, dropping.URL, trusting).Do(t.Context(), get("/tokens")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		base    string
		via     *http.Transport
		effect  rest.Effect
		kind    rest.Kind
		problem string
	}{
		"untrusted certificate":             {dropping.URL, through, rest.Mints, rest.Unreachable, "tls: failed to verify certificate: x509: certificate signed by unknown authority"},
		"lost answer":                       {dropping.URL, trusting, rest.Mints, rest.Lost, "EOF"},
		"lost answer on an open connection": {dropping.URL, trusting, rest.Sets, rest.Lost, "EOF"},
		"in NO_PROXY":                       {"https://closed.invalid", bypassing, rest.Mints, rest.Unreachable, "dial tcp: connect: connection refused"},
	} {
		call := mint()
		call.Effect = c.effect
		_, err := client(t, c.base, c.via, func(o *rest.Options) { o.MaxRetries = 0 }).Do(t.Context(), call)
		if e := failure(t, err); e.Kind != c.kind || e.ProxyVariable != "" || e.Message != c.problem {
			t.Errorf("%s: kind %d: %+v", name, e.Kind, e)
		}
	}
}

// TestInterruptionIsNotTheProxysFault: whoever stops the run while the proxy is dialed has not found a mistake in a variable.
func TestInterruptionIsNotTheProxysFault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := client(t, "https://acme.example.com", throughProxy(t, "http://silent.invalid:3128")).Do(ctx, get("/tokens"))
		time.Sleep(time.Minute)
		if e := failure(t, err); e.Kind != rest.Interrupted || e.ProxyVariable != "" {
			t.Errorf("kind %d: %+v", e.Kind, e)
		}
	})
}
