package system

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

const (
	defaultTimeout    = 60 * time.Second
	defaultMaxRetries = 4
)

// Settings is what all systems' clients share for one run.
type Settings struct {
	Env
	// Timeout bounds one try of one request, its answer included.
	Timeout time.Duration
	// MaxRetries is how often a request is tried again that may be.
	MaxRetries int
	// ExpiryWarning is the provider's expiry_warning; 0 warns of nothing.
	ExpiryWarning time.Duration
	// Guardrails are the provider's policy.
	Guardrails rotation.Guardrails
	// Unknown is set while some of this is not known yet: then nothing may be sent, by any system.
	Unknown bool
	// Redactor is shared, so that no system's secret shows in another's message.
	Redactor *rest.Redactor
}

// NewSettings fills in the defaults. The certificates, in PEM form, are trusted beside the machine's own.
func NewSettings(env Env, timeout *time.Duration, maxRetries *int64, certificates string) (Settings, error) {
	s := Settings{Env: env, Timeout: defaultTimeout, MaxRetries: defaultMaxRetries, Redactor: &rest.Redactor{}}
	if timeout != nil {
		s.Timeout = *timeout
	}
	if maxRetries != nil {
		s.MaxRetries = int(*maxRetries)
	}
	if s.Transport != nil {
		return s, nil
	}
	transport := &http.Transport{
		Proxy:                 proxy,
		DialContext:           (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   15 * time.Second,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
	if certificates != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM([]byte(certificates)) {
			return s, fmt.Errorf("no certificate in PEM form was found")
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	s.Transport = transport
	return s, nil
}

// UserAgent names the provider to the server.
func (s Settings) UserAgent() string {
	return "terraform-provider-mint/" + s.Version
}

// ParseBaseURL reads a system's base URL: the vendor's host root, with a path prefix if a gateway adds one. Plain HTTP is
// taken only for loopback, because the credential would travel in the clear.
func ParseBaseURL(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return nil, fmt.Errorf("it is not a URL")
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return nil, fmt.Errorf("it must be a full URL, such as https://acme.example.com")
	case u.User != nil:
		return nil, fmt.Errorf("it must not hold a user name or password")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("it must not hold a query or a fragment")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("plain http is accepted for loopback addresses only, because the credential would be sent unencrypted: use https")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	u.ForceQuery = false
	return u, nil
}

// proxy names the proxy of a request, as the environment does; never one for loopback, in whatever spelling it is accepted: over plain
// HTTP it would be told the credential. The standard library only knows "localhost" in lower case.
func proxy(r *http.Request) (*url.URL, error) {
	if isLoopback(r.URL.Hostname()) {
		return nil, nil
	}
	return http.ProxyFromEnvironment(r)
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
