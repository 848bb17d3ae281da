package sailpoint_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// renamed serves the tenant under whatever host it is asked for.
type renamed struct {
	to *url.URL
}

// RoundTrip implements [http.RoundTripper].
func (n renamed) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = n.to.Scheme, n.to.Host
	return http.DefaultTransport.RoundTrip(r)
}

// elsewhereCases are provider blocks under which a list does not show the tokens that another block has minted.
func elsewhereCases() map[string]struct {
	omitIdentity bool
	block        func(*tenant) values
	says         func(*tenant, values) []string
} {
	const other = "https://other.api.identitynow.com"
	return map[string]struct {
		omitIdentity bool
		block        func(*tenant) values
		says         func(*tenant, values) []string
	}{
		"another identity": {false, func(s *tenant) values { return s.stranger(nil) }, func(s *tenant, block values) []string {
			stored, _ := s.SailPoint.Token(fmt.Sprint(block["client_id"]))
			return []string{"was minted as " + s.SailPoint.Bootstrap().IdentityID + ", but the provider is logged in as " + stored.Owner, "one provider alias each"}
		}},
		"another identity that the login does not tell": {true, func(s *tenant) values { return s.stranger(nil) }, func(s *tenant, block values) []string {
			stored, _ := s.SailPoint.Token(fmt.Sprint(block["client_id"]))
			return []string{"belongs to the identity " + s.SailPoint.Bootstrap().IdentityID + ", but the provider is logged in as " + stored.Owner, "one provider alias each"}
		}},
		"another tenant": {false, func(*tenant) values { return values{"base_url": other} }, func(s *tenant, _ values) []string {
			return []string{"was minted on " + s.base() + ", but the provider is configured for " + other, "one provider alias each"}
		}},
	}
}

// TestPersonalAccessToken_elsewhere does not find a token in the list of another identity, or of another tenant: that is an error that
// names both, also for a token that was imported, and the token stays in the state.
func TestPersonalAccessToken_elsewhere(t *testing.T) {
	t.Parallel()
	for name, c := range elsewhereCases() {
		for _, imports := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, imported %t", name, imports), func(t *testing.T) {
				t.Parallel()
				s := emulate(t, switched(func(w *fake.Switches) { w.OmitIdentityID = c.omitIdentity }))
				to, err := url.Parse(s.base())
				if err != nil {
					t.Fatal(err)
				}
				s.env.Transport = renamed{to}
				made := s.made(lasting("720h"))
				if imports {
					made = s.workspace(s.engine().MustImport(made.Text("id"))).Does(protocoltest.Update, lasting("720h"))
				}
				s.Clock().Advance(afterLag)
				block := c.block(s)
				if name == "another tenant" {
					// The same identity sees the token there, unless it is gone.
					s.plansNothing(made, lasting("720h"), block)
					if err := s.SailPoint.DeleteToken(made.Text("id")); err != nil {
						t.Fatal(err)
					}
				}
				read, diagnostics := s.engine(block).Read(made)
				failure := s.failed(diagnostics)
				if failure == nil || read == nil {
					t.Fatalf("the token left the state, or nothing failed: %v, %v", read, diagnostics)
				}
				for _, text := range append(c.says(s, block), made.Text("id")) {
					if !strings.Contains(failure.Detail, text) {
						t.Errorf("%q is not in: %s", text, failure.Detail)
					}
				}
				if changed := made.Differences(read.Attributes); len(changed) != 0 {
					t.Errorf("the refresh changed %v", changed)
				}
			})
		}
	}
}
