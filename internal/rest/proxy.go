package rest

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// proxyError is a request that did not get past the proxy. Blaming the server for it would send the reader to the wrong host.
type proxyError struct {
	// host is all that is shown of the proxy's URL, which may hold a password.
	host, variable string
	cause          error
}

func (e *proxyError) Error() string {
	return "the proxy " + e.host + ", set in " + e.variable + ", could not be used: " + unreachable(e.cause)
}

func (e *proxyError) Unwrap() error { return e.cause }

// blameProxy turns the error of a request into a [proxyError] if the request goes through a proxy and failed there: on the
// way to it, or before anything was said to the server behind it.
func blameProxy(via http.RoundTripper, r *http.Request, reachedServer bool, err error) error {
	proxy := proxyOf(via, r)
	if proxy == nil {
		return err
	}
	var connecting *net.OpError
	switch {
	case errors.As(err, &connecting) && connecting.Op == "proxyconnect":
		err = connecting.Err
	case reachedServer:
		return err
	}
	return &proxyError{host: proxy.Host, variable: proxyVariable(r.URL.Scheme), cause: err}
}

// proxyOf is the proxy through which a transport sends a request, or nil.
func proxyOf(via http.RoundTripper, r *http.Request) *url.URL {
	network, ok := via.(*http.Transport)
	if !ok || network.Proxy == nil {
		return nil
	}
	proxy, err := network.Proxy(r)
	if err != nil {
		return nil
	}
	return proxy
}

// proxyVariable is the variable that sets the proxy for a scheme. Like [http.ProxyFromEnvironment], it looks at the one in
// capitals first.
func proxyVariable(scheme string) string {
	capitals := strings.ToUpper(scheme) + "_PROXY"
	if small := strings.ToLower(capitals); os.Getenv(capitals) == "" && os.Getenv(small) != "" {
		return small
	}
	return capitals
}
