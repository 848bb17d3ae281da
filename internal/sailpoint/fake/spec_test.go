package fake_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/contract"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestSpecifications holds the emulator's answers, and the requests that it accepts, against the vendor's OpenAPI files, in the
// folder that MINT_SPECS names.
func TestSpecifications(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, path string }{
		{"sailpoint-v1.json", v1},
		{"sailpoint-v2026.json", "/v2026/personal-access-tokens"},
		{"sailpoint-beta.json", beta},
	} {
		document := contract.Open(t, c.file)
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			s := start(t, fake.Switches{RateLimit: 20})
			s.via = &contract.Watch{T: t, Document: document, Via: s.via, Outside: []string{"/oauth/token"}, Provokes: true}
			for _, route := range s.Routes() {
				if !strings.HasPrefix(route.Path, c.path) {
					continue
				}
				if err := document.Offer(route.Method, route.Path); err != nil {
					t.Error(err)
				}
			}
			bearer := s.bearer()
			id := s.created(c.path, bearer, `{"name": "a", "expirationDate": "`+s.in(time.Hour)+`"}`).string("id")
			s.create(c.path, bearer, `{}`)
			s.list(c.path, bearer, "?owner-id=me")
			s.list(c.path, "none", "")
			s.patch(c.path, id, bearer, `[{"op": "replace", "path": "/name", "value": "b"}]`)
			if c.path == v1 {
				for _, method := range []string{"PATCH", "POST"} {
					s.bulk(method, bearer, expires(s.in(2*time.Hour)), id)
					s.bulk(method, bearer, clearByRemove, id)
					s.bulk(method, bearer, clearByRemove, "no-such-token")
					s.bulk(method, "none", clearByRemove, id)
				}
			}
			s.remove(c.path, id, bearer)
			s.remove(c.path, id, bearer)
			s.list(c.path, s.scoped("", "idn:other:read"), "")
			var last reply
			for range 20 {
				last = s.list(c.path, bearer, "")
			}
			if last.status != http.StatusTooManyRequests {
				t.Errorf("not limited: %d", last.status)
			}
			if err := document.Account(nil); err != nil {
				t.Error(err)
			}
		})
	}
}
