package fake_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestSpecification holds the emulator's answers against the OpenAPI file in the folder that MINT_SPECS names, in every
// setting of the switches that the file covers.
func TestSpecification(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("MINT_SPECS")
	if folder == "" {
		t.Skip("MINT_SPECS is not set")
	}
	document, err := openapi3.NewLoader().LoadFromFile(filepath.Join(folder, "truefoundry.json"))
	if err != nil {
		t.Fatal(err)
	}
	older := fake.Older()
	older.HideNewRoutes = false
	for name, switches := range map[string]fake.Switches{
		"current": {},
		"older":   older,
		"named":   {Rows: "named", CreatedBy: "minimal", ErrorBody: "numeric", PATExpirationEcho: "instant"},
		"lenient": {
			ExtraKeys: true, CreatedBy: "nulls", NullToken: true, GetReturnsToken: true, KeepDeadJWTs: true, BarePagination: true,
			PermissionsEcho: "grants", RegenerateAnswer: "account", SyncError: "denied", PATExpirationEcho: "minutes",
		},
		"opaque": {
			TokenType: "opaque", OpaqueTokenStatus: 403, PATManifest: "virtual-account", PATExpirationEcho: "date",
			PermissionsEcho: "hidden", HideJWTs: "list", ErrorBody: "bare", ManifestStatus: 400, PATRetrieval: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tour := &tour{tenant: start(t, switches), document: document, seen: map[string]bool{}}
			tour.pats()
			tour.accounts()
			tour.refusals()
			tour.complete()
		})
	}
}

// tour walks through the operations and checks every answer.
type tour struct {
	*tenant
	document *openapi3.T
	seen     map[string]bool
}

// visit sends a request of a documented operation; the template has the document's parameter names.
func (s *tour) visit(token, method, template, path, body string) reply {
	s.t.Helper()
	r := s.sendAs(token, method, path, body)
	s.seen[method+" "+template] = true
	response := s.document.Paths.Value(template).GetOperation(method).Responses.Status(r.status)
	if response == nil {
		s.t.Errorf("%s %s: status %d is not documented: %s", method, template, r.status, r.text)
		return r
	}
	media := response.Value.Content.Get("application/json")
	if media == nil {
		if r.text != "" {
			s.t.Errorf("%s %s: %d has a body: %s", method, template, r.status, r.text)
		}
		return r
	}
	if err := media.Schema.Value.VisitJSON(any(r.body), openapi3.MultiErrors()); err != nil {
		s.t.Errorf("%s %s: %d %s\n%s", method, template, r.status, err, r.text)
	}
	if !s.Switches().ExtraKeys {
		s.documented(method+" "+template, media.Schema.Value, r.body)
	}
	return r
}

// documented checks that an object and everything in it has no property that the document lacks.
func (s *tour) documented(where string, schema *openapi3.Schema, value any) {
	s.t.Helper()
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			s.documented(where, schema.Items.Value, item)
		}
	case map[string]any:
		if len(schema.AnyOf) > 0 {
			kind, _ := value["type"].(string)
			schema = schema.AnyOf[map[string]int{"virtual-account": 0, "pat": 1}[kind]].Value
		}
		for name, inner := range value {
			switch property := schema.Properties[name]; {
			case property != nil:
				s.documented(where+" "+name, property.Value, inner)
			case len(schema.Properties) > 0:
				s.t.Errorf("%s: the undocumented property %q", where, name)
			}
		}
	}
}

func (s *tour) pats() {
	s.t.Helper()
	admin, key := s.Bootstrap().Token, pats+"/{key}"
	created := s.visit(admin, "POST", pats, pats, `{"name": "abc", "expirationDate": "`+s.in(2*day, "2006-01-02T15:04")+`"}`)
	s.works(created.string("token"))
	s.visit(admin, "POST", pats, pats, `{"name": "abc"}`)
	s.visit(admin, "POST", pats, pats, `{"name": "A"}`)
	s.user(fake.User{Email: "other@example.com"})
	s.visit(admin, "POST", pats+"/for-user", pats+"/for-user", `{"name": "abc", "userEmail": "other@example.com"}`)
	s.visit(admin, "POST", pats+"/for-user", pats+"/for-user", `{"name": "abc", "userEmail": "nobody@example.com"}`)
	s.visit(admin, "GET", pats, pats+"?limit=1000", "")
	s.visit(admin, "GET", pats, pats+"?limit=2&offset=1&nameSearchQuery=a", "")
	s.visit(admin, "GET", key, pats+"/abc", "")
	s.visit(admin, "GET", key, pats+"/trap", "")
	s.visit(admin, "GET", key, pats+"/A", "")
	s.visit(admin, "GET", key+"/token", pats+"/abc/token", "")
	stored, _ := s.PersonalAccessTokenNamed("", "abc")
	s.advance(3 * day)
	s.visit(admin, "GET", pats, pats, "")
	s.visit(admin, "DELETE", key, pats+"/"+stored.ID, "")
	s.visit(admin, "DELETE", key, pats+"/"+stored.ID, "")
	s.visit(admin, "DELETE", pats+"/revoke/all", pats+"/revoke/all", `{"email": "other@example.com"}`)
	s.visit(admin, "DELETE", pats+"/revoke/all", pats+"/revoke/all", `{"email": "nobody@example.com"}`)
}

func (s *tour) accounts() {
	s.t.Helper()
	admin, item := s.Bootstrap().Token, accounts+"/{id}"
	full := `"permissions": [` + permission + `], "expiration_date": "2090-01-31",
		"auto_rotate": {"auto_rotate_interval": 30, "grace_period": 5}, "ownedBy": {"team": "data"},
		"notification_target": {"type": "slack-bot", "notification_channel": "ch", "channels": ["#a"]},
		"secret_store_config": {"integration_fqn": "store", "secret_path": "p"}`
	if s.Switches().OldFields == "" {
		full += `, "tags": {"a": 1}, "identity_provider_mapping": [{"identity_provider": "idp", "value": "v"}]`
	}
	put := func(body string) reply {
		s.t.Helper()
		return s.visit(admin, "PUT", accounts, accounts, body)
	}
	put(`{"dryRun": true, "manifest": ` + manifest("robot", full) + `}`)
	made := put(`{"manifest": ` + manifest("robot", full) + `}`)
	put(`{"manifest": ` + manifest("robot", full) + `}`)
	put(`{"manifest": {}}`)
	path := accounts + "/" + made.string("data", "id")
	s.works(made.string("token"))
	s.visit(admin, "GET", item+"/token", path+"/token", "")
	s.visit(admin, "POST", item+"/regenerate-token", path+"/regenerate-token", `{"gracePeriodInDays": 30}`)
	s.visit(admin, "GET", item, path, "")
	s.advance(40 * day)
	rotated, _ := s.VirtualAccountNamed("robot")
	s.visit(admin, "GET", item, path, "")
	s.visit(admin, "POST", item+"/sync-to-secret-store", path+"/sync-to-secret-store", "")
	s.visit(admin, "DELETE", item+"/jwt/{jwtId}", path+"/jwt/"+rotated.ActiveID, "")
	s.visit(admin, "GET", item+"/token", path+"/token", "")
	s.visit(admin, "GET", accounts, accounts+"?limit=1000", "")
	s.visit(admin, "GET", accounts, accounts+"?isExpired=false&ownedByTeams=data", "")
	s.visit(admin, "DELETE", item, path, "")
	for _, visit := range []struct{ method, suffix, body string }{
		{"GET", "", ""},
		{"DELETE", "", ""},
		{"GET", "/token", ""},
		{"POST", "/regenerate-token", `{"gracePeriodInDays": 0}`},
		{"POST", "/sync-to-secret-store", ""},
	} {
		s.visit(admin, visit.method, item+visit.suffix, path+visit.suffix, visit.body)
	}
	bare := put(`{"manifest": `+manifest("bare", `"permissions": []`)+`}`).string("data", "id")
	s.visit(admin, "POST", item+"/sync-to-secret-store", accounts+"/"+bare+"/sync-to-secret-store", "")
}

// refusals visits every operation without a credential, and with one that has no rights.
func (s *tour) refusals() {
	s.t.Helper()
	powerless := s.add("powerless", nil).Secret()
	for template, item := range s.document.Paths.Map() {
		path := strings.NewReplacer("{id}", "x", "{key}", "abc", "{jwtId}", "y").Replace(template)
		for method := range item.Operations() {
			s.visit("", method, template, path, "")
			s.visit(powerless, method, template, path, "")
		}
	}
	s.set(func(w *fake.Switches) { w.RateLimit = 1 })
	for range 2 {
		s.visit(s.Bootstrap().Token, http.MethodGet, pats, pats, "")
	}
}

func (s *tour) complete() {
	s.t.Helper()
	for template, item := range s.document.Paths.Map() {
		for method := range item.Operations() {
			if !s.seen[method+" "+template] {
				s.t.Errorf("%s %s was not visited", method, template)
			}
		}
	}
}
