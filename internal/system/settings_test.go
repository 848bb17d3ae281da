package system_test

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

func goodURLs() map[string]string {
	return map[string]string{
		"https://acme.api.identitynow.com":           "https://acme.api.identitynow.com",
		"https://acme.api.identitynow.com/":          "https://acme.api.identitynow.com",
		"https://acme.example.com//":                 "https://acme.example.com",
		" https://acme.example.com\n":                "https://acme.example.com",
		"HTTPS://acme.example.com":                   "https://acme.example.com",
		"https://acme.example.com:8443":              "https://acme.example.com:8443",
		"https://gw.example.com/isc/prod":            "https://gw.example.com/isc/prod",
		"https://gw.example.com/isc/":                "https://gw.example.com/isc",
		"https://gw.example.com/a%2Fb/":              "https://gw.example.com/a%2Fb",
		"https://10.0.0.1":                           "https://10.0.0.1",
		"https://[2001:db8::1]:8443":                 "https://[2001:db8::1]:8443",
		"https://localhost":                          "https://localhost",
		"http://localhost:8080":                      "http://localhost:8080",
		"http://LOCALHOST:8080/":                     "http://LOCALHOST:8080",
		"http://127.0.0.1":                           "http://127.0.0.1",
		"http://127.8.9.10:8080":                     "http://127.8.9.10:8080",
		"http://[::1]":                               "http://[::1]",
		"http://[::1]:8080/sailpoint":                "http://[::1]:8080/sailpoint",
		"http://[0:0:0:0:0:0:0:1]:8080":              "http://[0:0:0:0:0:0:0:1]:8080",
		"https://acme.example.com?":                  "https://acme.example.com",
		"https://acme.example.com/#":                 "https://acme.example.com",
		"https://xn--mnchen-3ya.example.com/pr%20ef": "https://xn--mnchen-3ya.example.com/pr%20ef",
	}
}

func badURLs() map[string]string {
	const (
		full, loopback  = "it must be a full URL", "plain http is accepted for loopback addresses only"
		userinfo, query = "it must not hold a user name or password", "it must not hold a query or a fragment"
	)
	return map[string]string{
		"":                                     full,
		"acme.api.identitynow.com":             full,
		"acme":                                 full,
		"//acme.example.com":                   full,
		"https://":                             full,
		"https:///path":                        full,
		"https://:8443":                        full,
		"https:acme.example.com":               full,
		"ftp://acme.example.com":               full,
		"acme.example.com:443":                 "",
		"https://acme example.com":             "it is not a URL",
		"https://acme.example.com:port":        "it is not a URL",
		"https://[::1":                         "it is not a URL",
		"https://user:pass-word@a.example.com": userinfo,
		"https://user@a.example.com":           userinfo,
		"https://@a.example.com":               userinfo,
		"https://a.example.com?key=pass-word":  query,
		"https://a.example.com/x#fragment":     query,
		"http://acme.example.com":              loopback,
		"http://10.0.0.1":                      loopback,
		"http://localhost.example.com":         loopback,
		"http://127.0.0.1.example.com":         loopback,
		// With the dot it is a name that a resolver may ask the network for.
		"http://localhost.:8080": loopback,
		"http://128.0.0.1":       loopback,
		"http://0.0.0.0:8080":    loopback,
		"http://[::]:8080":       loopback,
		"http://[2001:db8::1]":   loopback,
	}
}

func TestParseBaseURL(t *testing.T) {
	t.Parallel()
	for text, want := range goodURLs() {
		got, err := system.ParseBaseURL(text)
		if err != nil {
			t.Errorf("%q is refused: %v", text, err)
		} else if got.String() != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	for text, want := range badURLs() {
		got, err := system.ParseBaseURL(text)
		if err == nil {
			t.Errorf("%q is taken for %q", text, got)
		} else if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "pass-word") || strings.HasSuffix(err.Error(), ".") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	s, err := system.NewSettings(system.Env{Version: "1.2.3"}, nil, nil, "")
	if err != nil || s.Timeout != time.Minute || s.MaxRetries != 4 || s.Redactor == nil || s.Transport == nil {
		t.Errorf("defaults: %+v, %v", s, err)
	}
	if got := s.UserAgent(); got != "terraform-provider-mint/1.2.3" {
		t.Error(got)
	}
	timeout, retries, own := 5*time.Second, int64(0), &http.Transport{}
	s, err = system.NewSettings(system.Env{Transport: own}, &timeout, &retries, "")
	if err != nil || s.Timeout != timeout || s.MaxRetries != 0 || s.Transport != own {
		t.Errorf("settings: %+v, %v", s, err)
	}
	if _, err = system.NewSettings(system.Env{}, nil, nil, "not a certificate"); err == nil || strings.Contains(err.Error(), "not a certificate") {
		t.Errorf("got %v", err)
	}
}

// TestCertificates: a private certificate authority is trusted if, and only if, it is configured.
func TestCertificates(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	target, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for certificates, trusted := range map[string]bool{string(authority): true, "": false} {
		s, err := system.NewSettings(system.Env{}, nil, nil, certificates)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.Transport.RoundTrip(&http.Request{Method: http.MethodGet, URL: target, Header: http.Header{}})
		if (err == nil) != trusted {
			t.Errorf("trusted %t: %v", trusted, err)
		}
		if err == nil {
			_ = resp.Body.Close()
		}
	}
}

func TestRealEnv(t *testing.T) {
	t.Setenv("MINT_TEST_VARIABLE", "set")
	env := system.RealEnv("1.2.3")
	if env.Version != "1.2.3" || env.Getenv("MINT_TEST_VARIABLE") != "set" || time.Since(env.Now()).Abs() > time.Minute || env.Transport != nil {
		t.Errorf("%+v", env)
	}
}
