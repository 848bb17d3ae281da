package fake_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// listedPAT returns the row of a personal access token.
func (s *tenant) listedPAT(name string) map[string]any {
	s.t.Helper()
	for _, item := range s.fine("GET", pats+"?limit=1000", "").items() {
		if object, isObject := item["manifest"].(map[string]any); isObject && object["name"] == name {
			return item
		}
	}
	s.t.Fatalf("no token %s", name)
	return nil
}

func (s *tenant) patManifest(name string) map[string]any {
	s.t.Helper()
	object, _ := s.listedPAT(name)["manifest"].(map[string]any)
	return object
}

func TestPAT_expirationForms(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	for i, c := range []struct{ sent, instant string }{
		{"2090-09-01T12:00", "2090-09-01T12:00:00.000Z"},
		{"2090-09-01T12:00:30", "2090-09-01T12:00:30.000Z"},
		{"2090-09-01T12:00Z", "2090-09-01T12:00:00.000Z"},
		{"2090-09-01T12:00:00.5+02:00", "2090-09-01T10:00:00.500Z"},
		{"2090-09-01", "2090-09-01T00:00:00.000Z"},
	} {
		name := "form-" + string(rune('a'+i))
		_, id := s.pat(`{"name": "` + name + `", "expirationDate": "` + c.sent + `"}`)
		if got := s.patManifest(name)["expiration_date"]; got != c.sent {
			t.Errorf("%s: echoed as %v", c.sent, got)
		}
		stored, _ := s.PersonalAccessToken(id)
		if got := stored.Expiration.Format("2006-01-02T15:04:05.000Z"); got != c.instant {
			t.Errorf("%s: %s", c.sent, got)
		}
	}
	s.set(func(w *fake.Switches) { w.Day = "end" })
	_, id := s.pat(`{"name": "day", "expirationDate": "2090-09-01"}`)
	if stored, _ := s.PersonalAccessToken(id); stored.Expiration.Format("2006-01-02T15") != "2090-09-02T00" {
		t.Errorf("end of the day: %s", stored.Expiration)
	}
	s.set(func(w *fake.Switches) { w.PATExpirationInput = "date_time" })
	refused(t, s.send("POST", pats, `{"name": "abc", "expirationDate": "2090-09-01"}`), 400, "ISO 8601")
	s.set(func(w *fake.Switches) { w.PATExpirationInput = "minutes" })
	refused(t, s.send("POST", pats, `{"name": "abc", "expirationDate": "2090-09-01T12:00:00Z"}`), 400, "ISO 8601")
	s.pat(`{"name": "abc", "expirationDate": "2090-09-01T12:00"}`)
	s.set(func(w *fake.Switches) { w.AcceptPast = true })
	if token, _ := s.pat(`{"name": "past", "expirationDate": "2020-09-01T12:00"}`); s.works(token) {
		t.Error("a token of the past works")
	}
}

func TestPAT_expirationEcho(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	s.pat(`{"name": "abc", "expirationDate": "2090-09-01T12:00:30+02:00"}`)
	for echo, want := range map[string]string{
		"as_sent": "2090-09-01T12:00:30+02:00", "instant": "2090-09-01T10:00:30.000Z",
		"minutes": "2090-09-01T10:00", "date": "2090-09-01",
	} {
		s.set(func(w *fake.Switches) { w.PATExpirationEcho = echo })
		if got := s.patManifest("abc")["expiration_date"]; got != want {
			t.Errorf("%s: %v", echo, got)
		}
	}
}

func TestPAT_maxAge(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{PATMaxAgeDays: 30})
	near, far := s.in(10*day, "2006-01-02T15:04"), s.in(40*day, "2006-01-02T15:04")
	s.pat(`{"name": "near", "expirationDate": "` + near + `"}`)
	s.pat(`{"name": "far", "expirationDate": "` + far + `"}`)
	s.pat(`{"name": "none"}`)
	limit := s.in(30*day, "2006-01-02")
	if got := s.patManifest("near")["expiration_date"]; got != near {
		t.Errorf("near: %v", got)
	}
	for _, name := range []string{"far", "none"} {
		if got, _ := s.patManifest(name)["expiration_date"].(string); !strings.HasPrefix(got, limit) {
			t.Errorf("%s: %v", name, got)
		}
	}
	s.set(func(w *fake.Switches) { w.PATMaxAgeRefuses = true })
	refused(t, s.send("POST", pats, `{"name": "later"}`), 400, "within 30 days")
	refused(t, s.send("POST", pats, `{"name": "later", "expirationDate": "`+far+`"}`), 400, "within 30 days")
}

func TestPAT_teamRequired(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{PATTeamRequired: true})
	refused(t, s.send("POST", pats, `{"name": "abc"}`), 400, "teamName")
	refused(t, s.send("POST", pats, `{"name": "abc", "teamName": "everyone"}`), 400, "everyone")
	refused(t, s.send("GET", pats+"/abc", ""), 400, "teamName")
	s.pat(`{"name": "abc", "teamName": "data"}`)
}

func TestPAT_opaque(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{TokenType: "opaque"})
	token, _ := s.pat(`{"name": "abc"}`)
	if !strings.HasPrefix(token, "tfy_pat_abc_") || !s.works(token) {
		t.Error("no opaque token that works")
	}
	if token, _ := s.pat(`{"name": "web", "tokenType": "jwt"}`); !strings.HasPrefix(token, "ey") {
		t.Error("no JWT")
	}
}

func TestPAT_expired(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	token, id := s.pat(`{"name": "abc", "expirationDate": "` + s.in(2*time.Hour, time.RFC3339) + `"}`)
	s.advance(2 * time.Hour)
	if s.works(token) || len(s.Live()) != 0 || s.listedPAT("abc")["isExpired"] != true {
		t.Error("not expired")
	}
	refused(t, s.send("POST", pats, `{"name": "abc"}`), 409, "already exists")
	s.set(func(w *fake.Switches) { w.HideExpiredPATs = true })
	if got := s.fine("GET", pats, "").names(); got != "bootstrap" {
		t.Errorf("hidden: %q", got)
	}
	refused(t, s.send("DELETE", pats+"/"+id, ""), 404, "not found")
	s.pat(`{"name": "abc"}`)
}

func TestRows_shapes(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	s.pat(`{"name": "abc"}`)
	keys := func() string {
		t.Helper()
		all := []string{}
		for key := range s.listedPAT("abc") {
			all = append(all, key)
		}
		slices.Sort(all)
		return strings.Join(all, " ")
	}
	const (
		current = "accountId createdAt createdBySubject id isExpired jwtId jwts lastAccessedAt manifest metadata " +
			"nextScheduledRotation roleIds rolesWithResource tenantName type updatedAt"
		named = "accountId createdAt createdBy createdBySubject id isExpired jwtId jwts manifest metadata name " +
			"nextScheduledRotation roleIds rolesWithResource tenantName type updatedAt"
		page = "createdAt createdBy createdBySubject id manifest name tenantName type updatedAt"
	)
	for rows, want := range map[string]string{"current": current, "named": named, "page": page} {
		s.set(func(w *fake.Switches) { w.Rows = rows })
		if got := keys(); got != want {
			t.Errorf("%s: %s", rows, got)
		}
	}
	s.set(func(w *fake.Switches) { w.Rows, w.HideJWTs, w.ExtraKeys = "current", "list", true })
	if got := keys(); strings.Contains(got, "jwts") || !strings.Contains(got, "futureField") {
		t.Errorf("hidden: %s", got)
	}
	if s.patManifest("abc")["future_field"] == nil || s.fine("GET", pats, "").at("futureEnvelopeField") == nil {
		t.Error("no extra keys")
	}
	if r := s.fine("GET", pats+"/abc", ""); r.at("data", "jwts") == nil {
		t.Errorf("outside of the list: %s", r.text)
	}
	s.set(func(w *fake.Switches) { w.HideJWTs, w.PATManifest, w.ExtraKeys = "always", "virtual-account", false })
	r := s.fine("GET", pats+"/abc", "")
	want := map[string]any{"name": "abc", "type": "virtual-account", "permissions": []any{}}
	if diff := cmp.Diff(want, r.at("data", "manifest")); diff != "" || r.at("data", "jwts") != nil {
		t.Errorf("%s %s", diff, r.text)
	}
}

func TestRows_createdBy(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	s.pat(`{"name": "abc"}`)
	id := s.Bootstrap().UserID
	for shape, want := range map[string]map[string]any{
		"full": {
			"subjectId": id, "subjectType": "user", "subjectSlug": "mint.bootstrap@example.com",
			"subjectDisplayName": "Mint Bootstrap", "subjectPatName": "bootstrap",
		},
		"minimal": {"subjectId": id, "subjectType": "user"},
		"nulls": {
			"subjectId": id, "subjectType": "user", "subjectSlug": nil, "subjectDisplayName": nil, "subjectPatName": nil,
			"subjectControllerName": nil, "subjectExternalIdentitySlug": nil,
		},
	} {
		s.set(func(w *fake.Switches) { w.CreatedBy = shape })
		if diff := cmp.Diff(any(want), s.listedPAT("abc")["createdBySubject"]); diff != "" {
			t.Errorf("%s: %s", shape, diff)
		}
	}
}

func TestOlder(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Older())
	for _, body := range []string{`{"name": "abc", "tokenType": "jwt"}`, `{"name": "abc", "teamName": "data"}`} {
		refused(t, s.send("POST", pats, body), 400, "should not exist")
	}
	s.pat(`{"name": "abc"}`)
	if got := s.fine("GET", pats+"?nameSearchQuery=abc", "").names(); got != "bootstrap abc" {
		t.Errorf("the search is not ignored: %q", got)
	}
	refused(t, s.put("robot", ""), 422, "manifest.permissions is required")
	refused(t, s.put("robot", `"permissions": [], "tags": {}`), 422, "manifest.tags should not exist")
	s.account("robot", `"permissions": []`)
	s.set(func(w *fake.Switches) { w.OldFields = "ignored" })
	s.pat(`{"name": "xyz", "tokenType": "opaque", "teamName": "data"}`)
	if got := s.patManifest("xyz"); got["token_type"] != nil || got["ownedBy"] != nil {
		t.Errorf("%v", got)
	}
	if r := s.put("robot", `"permissions": [], "tags": {"a": "b"}`); r.status != 200 || r.at("data", "manifest", "tags") != nil {
		t.Errorf("%d %s", r.status, r.text)
	}
}
