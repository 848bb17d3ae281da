package fake_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/contract"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestSpecification holds the emulator's answers, and the requests that it accepts, against the OpenAPI file in the folder that
// MINT_SPECS names, in every setting of the switches that the file covers.
func TestSpecification(t *testing.T) {
	t.Parallel()
	document := contract.Open(t, "truefoundry.json")
	older := fake.Older()
	older.HideNewRoutes = false
	for name, switches := range map[string]fake.Switches{
		"current": {PATRetrieval: true},
		"older":   older,
		"newer":   {PATByPATStatus: 403, PATList: "tenant"},
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
			tour := &tour{start(t, switches)}
			tour.via = &contract.Watch{T: t, Document: document, Via: tour.via, Provokes: true, ExtraKeys: switches.ExtraKeys}
			for _, route := range tour.Routes() {
				if err := document.Offer(route.Method, route.Path); err != nil {
					t.Error(err)
				}
			}
			tour.pats()
			tour.accounts()
			tour.refusals()
		})
	}
	// What one setting refuses succeeds in another, so the balance is drawn when all are through.
	t.Cleanup(func() {
		if err := document.Account(nil); err != nil {
			t.Error(err)
		}
	})
}

// tour walks through the operations; every answer is checked on its way.
type tour struct {
	*tenant
}

func (s *tour) pats() {
	s.t.Helper()
	if s.Switches().PATByPATStatus != 0 {
		s.send("POST", pats, `{"name": "abc"}`)
		s.send("POST", pats+"/for-user", `{"name": "abc", "userEmail": "other@example.com"}`)
		s.send("GET", pats+"/abc", "")
		s.set(func(w *fake.Switches) { w.PATByPATStatus = 0 })
	}
	created := s.send("POST", pats, `{"name": "abc", "expirationDate": "`+s.in(2*day, "2006-01-02T15:04")+`"}`)
	s.works(created.string("token"))
	s.send("POST", pats, `{"name": "abc"}`)
	s.send("POST", pats, `{"name": "A"}`)
	s.user(fake.User{Email: "other@example.com", Teams: []string{"data"}})
	s.send("POST", pats+"/for-user", `{"name": "abc", "userEmail": "other@example.com", "teamName": "red"}`)
	s.send("POST", pats+"/for-user", `{"name": "abc", "userEmail": "other@example.com"}`)
	s.send("POST", pats+"/for-user", `{"name": "abc", "userEmail": "nobody@example.com"}`)
	s.send("GET", pats+"?limit=1000", "")
	s.send("GET", pats+"?limit=2&offset=1&nameSearchQuery=a", "")
	s.send("GET", pats+"/abc", "")
	s.send("GET", pats+"/trap", "")
	s.send("GET", pats+"/A", "")
	s.send("GET", pats+"/abc/token", "")
	stored, _ := s.PersonalAccessTokenNamed("", "abc")
	s.advance(3 * day)
	s.send("GET", pats, "")
	s.send("DELETE", pats+"/"+stored.ID, "")
	s.send("DELETE", pats+"/"+stored.ID, "")
	s.send("DELETE", pats+"/revoke/all", `{"email": "other@example.com"}`)
	s.send("DELETE", pats+"/revoke/all", `{"email": "nobody@example.com"}`)
}

func (s *tour) accounts() {
	s.t.Helper()
	full := `"permissions": [` + permission + `], "expiration_date": "2090-01-31",
		"auto_rotate": {"auto_rotate_interval": 30, "grace_period": 5}, "ownedBy": {"team": "data"},
		"notification_target": {"type": "slack-bot", "notification_channel": "ch", "channels": ["#a"]},
		"secret_store_config": {"integration_fqn": "store", "secret_path": "p"}`
	period := `{"gracePeriodInDays": 30}`
	if s.Switches().AccountPlane != "older" {
		period = `{"gracePeriodInMinutes": 43200}`
		full = strings.Replace(full, `{"integration_fqn"`, `{"type": "secret-store", "integration_fqn"`, 1)
	}
	if s.Switches().OldFields == "" {
		full += `, "tags": {"a": 1}, "identity_provider_mapping": [{"identity_provider": "idp", "value": "v"}]`
	}
	put := func(body string) reply {
		s.t.Helper()
		return s.send("PUT", accounts, body)
	}
	put(`{"dryRun": true, "manifest": ` + manifest("robot", full) + `}`)
	made := put(`{"manifest": ` + manifest("robot", full) + `}`)
	put(`{"manifest": ` + manifest("robot", full) + `}`)
	put(`{"manifest": {}}`)
	path := accounts + "/" + made.string("data", "id")
	s.works(made.string("token"))
	s.send("GET", path+"/token", "")
	s.send("POST", path+"/regenerate-token", period)
	put(`{"manifest": ` + manifest("robot", strings.Replace(full, `, "identity_provider_mapping": [{"identity_provider": "idp", "value": "v"}]`, "", 1)) + `}`)
	s.send("POST", path+"/regenerate-token", period)
	s.send("POST", path+"/regenerate-token", `{}`)
	s.send("GET", accounts+"/exists?name=robot", "")
	s.send("GET", path, "")
	s.advance(40 * day)
	rotated, _ := s.VirtualAccountNamed("robot")
	s.send("GET", path, "")
	s.send("POST", path+"/sync-to-secret-store", "")
	s.send("POST", path+"/sync-to-secret-store?force=true", "")
	put(`{"manifest": ` + manifest("robot", `"permissions": [`+permission+`], "secret_store_config": {"type": "tfy-secrets", "secret_group": "g", "key": "k"}`) + `}`)
	s.send("DELETE", path+"/jwt/"+rotated.ActiveID, "")
	s.send("GET", path+"/token", "")
	s.send("GET", accounts+"?limit=1000", "")
	s.send("GET", accounts+"?isExpired=false&ownedByTeams=data", "")
	s.send("DELETE", path, "")
	for _, visit := range []struct{ method, suffix, body string }{
		{"GET", "", ""},
		{"DELETE", "", ""},
		{"GET", "/token", ""},
		{"POST", "/regenerate-token", period},
		{"POST", "/sync-to-secret-store", ""},
	} {
		s.send(visit.method, path+visit.suffix, visit.body)
	}
	bare := put(`{"manifest": `+manifest("bare", `"permissions": [`+permission+`]`)+`}`).string("data", "id")
	s.send("POST", accounts+"/"+bare+"/sync-to-secret-store", "")
}

// refusals visits every route without a credential, and with one that has no rights.
func (s *tour) refusals() {
	s.t.Helper()
	powerless := s.add("powerless", nil).Secret()
	for _, route := range s.Routes() {
		path := regexp.MustCompile(`{[^}]*}`).ReplaceAllString(route.Path, "abc")
		s.sendAs("", route.Method, path, "")
		s.sendAs(powerless, route.Method, path, "")
	}
	s.set(func(w *fake.Switches) { w.RateLimit = 1 })
	for range 2 {
		s.send(http.MethodGet, pats, "")
	}
}
