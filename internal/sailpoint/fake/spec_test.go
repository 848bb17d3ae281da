package fake_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestSpecifications holds the emulator's answers against the vendor's OpenAPI files, in the folder that MINT_SPECS names.
func TestSpecifications(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("MINT_SPECS")
	if folder == "" {
		t.Skip("MINT_SPECS is not set")
	}
	for _, c := range []struct{ file, template, path string }{
		{"sailpoint-v1.json", v1, v1},
		{"sailpoint-v2026.json", "/personal-access-tokens", "/v2026/personal-access-tokens"},
		{"sailpoint-beta.json", "/personal-access-tokens", beta},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			document, err := openapi3.NewLoader().LoadFromFile(filepath.Join(folder, c.file))
			if err != nil {
				t.Fatal(err)
			}
			s := start(t, fake.Switches{RateLimit: 20})
			bearer := s.bearer()
			check := func(template, method string, r reply) {
				t.Helper()
				conforms(t, document, template, method, r)
			}
			made := s.created(c.path, bearer, `{"name": "a", "expirationDate": "`+s.in(time.Hour)+`"}`)
			item, id := c.template+"/{id}", made.string("id")
			check(c.template, http.MethodPost, made)
			check(c.template, http.MethodPost, s.create(c.path, bearer, `{}`))
			check(c.template, http.MethodGet, s.list(c.path, bearer, "?owner-id=me"))
			check(c.template, http.MethodGet, s.list(c.path, "none", ""))
			check(item, http.MethodPatch, s.patch(c.path, id, bearer, `[{"op": "replace", "path": "/name", "value": "b"}]`))
			check(item, http.MethodDelete, s.remove(c.path, id, bearer))
			check(item, http.MethodDelete, s.remove(c.path, id, bearer))
			check(c.template, http.MethodGet, s.list(c.path, s.scoped("", "idn:other:read"), ""))
			for range 20 {
				made = s.list(c.path, bearer, "")
			}
			if made.status != http.StatusTooManyRequests {
				t.Errorf("not limited: %d", made.status)
			}
			check(c.template, http.MethodGet, made)
		})
	}
}

// conforms checks a body against the schema of its status, and that it has no property that the schema lacks.
func conforms(t *testing.T, document *openapi3.T, template, method string, r reply) {
	t.Helper()
	response := document.Paths.Value(template).GetOperation(method).Responses.Status(r.status)
	if response == nil {
		t.Errorf("%s %s: status %d is not documented", method, template, r.status)
		return
	}
	media := response.Value.Content.Get("application/json")
	if media == nil {
		if r.text != "" {
			t.Errorf("%s %s: %d has a body: %s", method, template, r.status, r.text)
		}
		return
	}
	if err := media.Schema.Value.VisitJSON(r.body, openapi3.MultiErrors()); err != nil {
		t.Errorf("%s %s: %d %s\n%s", method, template, r.status, err, r.text)
	}
	schema, objects := media.Schema.Value, []map[string]any{r.object()}
	if schema.Items != nil {
		schema, objects = schema.Items.Value, r.items()
	}
	for _, object := range objects {
		for name := range object {
			if schema.Properties[name] == nil {
				t.Errorf("%s %s: %d has the undocumented property %q", method, template, r.status, name)
			}
		}
	}
}
