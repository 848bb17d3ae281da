package rest_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// TestPath looks at the path as it stands on the wire.
func TestPath(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		base, route string
		params      map[string]string
		query       url.Values
		want        string
	}{
		"plain":                   {"", "/tokens", nil, nil, "/tokens"},
		"parameter":               {"", "/tokens/{id}", map[string]string{"id": "ab12"}, nil, "/tokens/ab12"},
		"two parameters":          {"", "/u/{user}/t/{id}", map[string]string{"id": "2", "user": "1"}, nil, "/u/1/t/2"},
		"plus":                    {"", "/t/{id}", map[string]string{"id": "a+b"}, nil, "/t/a%2Bb"},
		"slash":                   {"", "/t/{id}", map[string]string{"id": "a/b"}, nil, "/t/a%2Fb"},
		"space":                   {"", "/t/{id}", map[string]string{"id": "a b"}, nil, "/t/a%20b"},
		"not ASCII":               {"", "/t/{id}", map[string]string{"id": "ä€"}, nil, "/t/%C3%A4%E2%82%AC"},
		"percent":                 {"", "/t/{id}", map[string]string{"id": "a%2Fb"}, nil, "/t/a%252Fb"},
		"question mark and hash":  {"", "/t/{id}", map[string]string{"id": "a?b#c"}, nil, "/t/a%3Fb%23c"},
		"a value like a place":    {"", "/u/{user}/t/{id}", map[string]string{"user": "{id}", "id": "2"}, nil, "/u/%7Bid%7D/t/2"},
		"prefix":                  {"/gateway/isc", "/t/{id}", map[string]string{"id": "a b"}, nil, "/gateway/isc/t/a%20b"},
		"escaped prefix":          {"/gate%2Fway", "/t/{id}", map[string]string{"id": "a/b"}, nil, "/gate%2Fway/t/a%2Fb"},
		"query":                   {"", "/t", nil, url.Values{"owner-id": {"a+b c/ä"}, "x": {"1"}}, "/t?owner-id=a%2Bb+c%2F%C3%A4&x=1"},
		"an empty query is none":  {"", "/t", nil, url.Values{}, "/t"},
		"a slash ends the route":  {"", "/t/", nil, nil, "/t/"},
		"dots are left as a name": {"", "/t/{id}", map[string]string{"id": "a..b"}, nil, "/t/a..b"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, s := online(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusNoContent) })
			call := &rest.Call{Method: http.MethodGet, Route: c.route, Params: c.params, Query: c.query}
			if _, err := client(t, server.URL+c.base, network(t)).Do(t.Context(), call); err != nil {
				t.Fatal(err)
			}
			if got := s.requests[0].RequestURI; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestRequestHeaders(t *testing.T) {
	t.Parallel()
	server, s := online(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusOK) })
	c := client(t, server.URL, network(t))
	if _, err := c.Do(t.Context(), mint()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), get("/tokens")); err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ kind, body, length string }{{"application/json", `{"name":"a"}`, "12"}, {"", "", ""}} {
		h := s.requests[i].Header
		if h.Get("User-Agent") != "terraform-provider-mint/test" || h.Get("Accept") != "application/json" {
			t.Errorf("request %d: %v", i, h)
		}
		if h.Get("Content-Type") != want.kind || s.bodies[i] != want.body || h.Get("Content-Length") != want.length {
			t.Errorf("request %d: %v with body %q", i, h, s.bodies[i])
		}
	}
}
