package sailpoint_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// changing makes of the tenant one that takes some texts for others, such as one that trims names.
type changing map[string]string

// RoundTrip implements [http.RoundTripper].
func (c changing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil || !strings.HasPrefix(r.URL.Path, listRoute) {
		return http.DefaultTransport.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	for asked, taken := range c {
		body = bytes.ReplaceAll(body, []byte(asked), []byte(taken))
	}
	r = r.Clone(r.Context())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return http.DefaultTransport.RoundTrip(r)
}

// TestPersonalAccessToken_requestChanged is answered something else than it asked for. One warning says so at the mint or the change; as
// long as the tenant answers the same, the state keeps what was asked for, and nothing is planned.
func TestPersonalAccessToken_requestChanged(t *testing.T) {
	t.Parallel()
	const warning = "The server changed the request"
	scope := func(scopes ...string) values { return values{"scope": scopes} }
	for name, c := range map[string]struct {
		tenant         changing
		attribute      string
		first, another values
		drift          func(*fake.Token)
	}{
		"name": {
			changing{`" ci "`: `"ci"`, `" deploy "`: `"deploy"`},
			"name",
			values{"name": " ci "},
			values{"name": " deploy "},
			func(k *fake.Token) { k.Name = "renamed" },
		},
		"scope": {
			changing{`"sp:a:manage"`: `"sp:a:read"`, `"sp:b:manage"`: `"sp:b:read"`},
			"scope",
			scope("sp:a:manage"), scope("sp:b:manage"), func(k *fake.Token) { k.Scope = []string{"sp:scopes:all"} },
		},
	} {
		for _, isMinted := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, minted %t", name, isMinted), func(t *testing.T) {
				t.Parallel()
				s := emulate(t)
				s.env.Transport = c.tenant
				warns := func(diagnostics protocoltest.Diagnostics, want string) {
					t.Helper()
					if got := warned(diagnostics); got != want {
						t.Fatalf("warned of %q instead of %q", got, want)
					}
					for _, d := range diagnostics {
						s.pointsAt(d, c.attribute)
					}
				}
				config := lasting("720h").With(c.first)
				var made *object
				if !isMinted {
					made = s.made(lasting("720h"))
				}
				made, diagnostics := s.change(made, config)
				warns(diagnostics, warning)
				made = s.plansNothing(made, config)
				// Another change says nothing of it again.
				config = config.With(values{"lifetime": "1000h"})
				made, diagnostics = s.change(made, config)
				warns(diagnostics, "")
				made = s.plansNothing(made, config)
				config = config.With(c.another)
				made, diagnostics = s.change(made, config)
				warns(diagnostics, warning)
				made = s.plansNothing(made, config)
				s.RequireLive(t, 1)
				// What somebody else makes of it is drift.
				s.edit(c.drift)
				patches := s.requests("PATCH", itemRoute)
				made, plan := s.run(made, config)
				if plan == nil || plan.Action != protocoltest.Update {
					t.Fatal("the drift is not corrected")
				}
				if got := s.requests("PATCH", itemRoute) - patches; got != 1 {
					t.Errorf("%d patches were sent", got)
				}
				s.plansNothing(made, config)
				s.only(made.Text("id"))
			})
		}
	}
}
