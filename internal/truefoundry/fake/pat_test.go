package fake_test

import (
	"maps"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

func TestPAT_createAnswersTheTokenAlone(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	expiration := s.in(48*time.Hour, "2006-01-02T15:04")
	r := s.fine("POST", pats, `{"name": "cicd", "expirationDate": "`+expiration+`",
		"teamName": "data", "accountName": "main", "tokenType": "jwt"}`)
	if r.status != 200 || len(r.body) != 1 || !slices.Contains(s.Stage().Vault.Minted(), r.string("token")) {
		t.Fatalf("%d %s", r.status, r.text)
	}
	if !regexp.MustCompile(`^eyJ[\w-]+\.[\w-]+\.[\w-]{43}$`).MatchString(r.string("token")) {
		t.Errorf("no JWT: %s", r.text)
	}
	listed := s.fine("GET", pats+"?nameSearchQuery=cicd&limit=1000", "")
	item := maps.Clone(listed.items()[0])
	want := map[string]any{
		"name": "cicd", "type": "pat", "user_fqn": "user:mint.bootstrap@example.com", "expiration_date": expiration,
		"ownedBy": map[string]any{"team": "data", "account": "main"}, "token_type": "jwt",
	}
	if diff := cmp.Diff(want, item["manifest"]); diff != "" {
		t.Error(diff)
	}
	jwts, _ := item["jwts"].([]any)
	jwt, _ := jwts[0].(map[string]any)
	if jwt["id"] != item["jwtId"] || jwt["expiry"] != expiration+":00.000Z" || jwt["tokenType"] != "jwt" {
		t.Errorf("%v", jwt)
	}
	for _, key := range []string{"id", "jwtId", "createdAt", "updatedAt", "accountId"} {
		if text, isText := item[key].(string); !isText || text == "" {
			t.Errorf("no %s", key)
		}
	}
	for key, value := range map[string]any{"type": "pat", "tenantName": "acme", "isExpired": false, "lastAccessedAt": nil} {
		if item[key] != value {
			t.Errorf("%s: %v", key, item[key])
		}
	}
	if _, present := item["name"]; present {
		t.Error("the top-level name shows")
	}
}

func TestPAT_refused(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	s.pat(`{"name": "taken"}`)
	for body, says := range map[string]string{
		`{}`:                           "name must be 3 to 36",
		`{"name": "ab"}`:               "name must be",
		`{"name": "1abc"}`:             "name must be",
		`{"name": "abc-"}`:             "name must be",
		`{"name": "aBc"}`:              "name must be",
		`{"name": 5}`:                  "name must be a string",
		`{"name": "` + long(37) + `"}`: "name must be",
		`{"name": "abc", "expiration_date": "2090-01-01"}`:      "expiration_date should not exist",
		`{"name": "abc", "expirationDate": "tomorrow"}`:         "ISO 8601",
		`{"name": "abc", "expirationDate": ""}`:                 "ISO 8601",
		`{"name": "abc", "expirationDate": "2020-01-01T00:00"}`: "in the future",
		`{"name": "abc", "tokenType": "magic"}`:                 "tokenType",
		`{"name": "abc", "teamName": ["a"]}`:                    "teamName must be a string",
		`[]`:                                                    "not a JSON object",
		`{`:                                                     "not a JSON object",
	} {
		refused(t, s.send("POST", pats, body), 400, says)
	}
	refused(t, s.send("POST", pats, ""), 400, "content type")
	refused(t, s.send("POST", pats, `{"name": "taken"}`), 409, "already exists")
	s.pat(`{"name": "` + long(36) + `", "expirationDate": null, "teamName": null, "accountName": null, "tokenType": null}`)
	if n := len(s.Live()); n != 2 {
		t.Errorf("%d tokens are alive", n)
	}
}

func long(n int) string { return string(slices.Repeat([]byte("a"), n)) }

func TestPAT_nameLimit25(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{NameMax: 25})
	s.pat(`{"name": "` + long(25) + `"}`)
	refused(t, s.send("POST", pats, `{"name": "`+long(26)+`"}`), 400, "3 to 25")
	refused(t, s.put(long(26), ""), 422, "3 to 25")
}

func TestPAT_namesAreUniquePerUser(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	other := s.user(fake.User{Email: "other@example.com"})
	s.pat(`{"name": "same"}`)
	if r := s.sendAs(other.Token, "POST", pats, `{"name": "same"}`); r.status != 200 {
		t.Errorf("another user: %d %s", r.status, r.text)
	}
	s.set(func(w *fake.Switches) { w.PATNames = "tenant" })
	refused(t, s.sendAs(other.Token, "POST", pats, `{"name": "bootstrap"}`), 409, "already exists")
	s.user(fake.User{Email: "third@example.com"})
	s.pat(`{"name": "fresh"}`)
	refused(t, s.sendAs(other.Token, "POST", pats, `{"name": "fresh"}`), 409, "already exists")
}

func TestPAT_listIsTheCallersOwn(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	other := s.user(fake.User{Email: "other@example.com"})
	s.pat(`{"name": "mine"}`)
	made := s.fine("POST", pats+"/for-user", `{"name": "theirs", "userEmail": "other@example.com", "expirationDate": null}`)
	if !s.works(made.string("token")) {
		t.Error("the token does not work")
	}
	own := s.fine("GET", pats, "")
	if own.names() != "bootstrap mine" || own.item(0, "manifest", "name") != "default-"+s.Bootstrap().UserID {
		t.Errorf("own: %s", own.text)
	}
	if own.at("pagination", "total") != 3.0 || own.at("pagination", "limit") != 100.0 || own.at("pagination", "offset") != 0.0 {
		t.Errorf("pagination: %v", own.at("pagination"))
	}
	theirs := s.sendAs(other.Token, "GET", pats, "")
	if theirs.names() != "bootstrap theirs" || theirs.item(2, "createdBySubject", "subjectId") != s.Bootstrap().UserID {
		t.Errorf("theirs: %s", theirs.text)
	}
	s.set(func(w *fake.Switches) { w.PATList = "made" })
	if got := s.fine("GET", pats, "").names(); got != "bootstrap mine theirs" {
		t.Errorf("with those for others: %q", got)
	}
	s.set(func(w *fake.Switches) { w.HideNewRoutes = true })
	refused(t, s.send("POST", pats+"/for-user", `{"name": "theirs", "userEmail": "other@example.com"}`), 404, "Cannot POST")
	refused(t, s.send("GET", pats+"/mine/token", ""), 404, "Cannot GET")
	s.set(func(w *fake.Switches) { w.HideNewRoutes = false })
	refused(t, s.send("POST", pats+"/for-user", `{"name": "abc", "userEmail": "nobody@example.com"}`), 404, "nobody@example.com")
	refused(t, s.send("POST", pats+"/for-user", `{"name": "abc"}`), 400, "userEmail")
}

func TestPAT_getByNameCreatesWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	made := s.fine("GET", pats+"/trap?teamName=data", "")
	if made.at("created") != true || !s.works(made.string("token")) || made.at("data", "manifest", "ownedBy", "team") != "data" {
		t.Errorf("%s", made.text)
	}
	if made.has("data", "manifest", "expiration_date") {
		t.Errorf("it has an expiry: %s", made.text)
	}
	again := s.fine("GET", pats+"/trap", "")
	if again.at("created") != false || again.string("token") != made.string("token") || again.at("data", "id") != made.at("data", "id") {
		t.Errorf("again: %s", again.text)
	}
	s.set(func(w *fake.Switches) { w.PATSecretAgain = "empty" })
	if r := s.fine("GET", pats+"/trap", ""); r.at("token") != "" {
		t.Errorf("empty: %s", r.text)
	}
	s.set(func(w *fake.Switches) { w.PATSecretAgain = "fresh" })
	if r := s.fine("GET", pats+"/trap", ""); s.works(made.string("token")) || !s.works(r.string("token")) {
		t.Errorf("fresh: %s", r.text)
	}
	refused(t, s.send("GET", pats+"/Trap", ""), 400, "name must be")
	if n := len(s.Live()); n != 1 {
		t.Errorf("%d tokens are alive", n)
	}
}

func TestPAT_readTokenNeedsTheTenantsSetting(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	token, _ := s.pat(`{"name": "abc"}`)
	refused(t, s.send("GET", pats+"/abc/token", ""), 403, "not enabled")
	s.set(func(w *fake.Switches) { w.PATRetrieval = true })
	if r := s.fine("GET", pats+"/abc/token", ""); r.string("token") != token {
		t.Error("another token")
	}
	refused(t, s.send("GET", pats+"/xyz/token", ""), 404, "not found")
	s.pat(`{"name": "dark", "tokenType": "opaque"}`)
	refused(t, s.send("GET", pats+"/dark/token", ""), 404, "Opaque")
}

func TestPAT_revokeAllSparesNothing(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	other := s.user(fake.User{Email: "other@example.com"})
	token, _ := s.pat(`{"name": "mine"}`)
	account, _ := s.account("loader", "")
	refused(t, s.send("DELETE", pats+"/revoke/all", ""), 400, "content type")
	refused(t, s.send("DELETE", pats+"/revoke/all", `{"email": "nobody@example.com"}`), 404, "nobody")
	refused(t, s.send("DELETE", pats+"/revoke/all", `{"userEmail": "other@example.com"}`), 400, "userEmail")
	if r := s.fine("DELETE", pats+"/revoke/all", `{"email": "other@example.com"}`); r.text != "{}\n" {
		t.Errorf("%q", r.text)
	}
	if s.works(other.Token) || !s.works(token) || !s.works(account) {
		t.Error("the wrong tokens are revoked")
	}
	s.fine("DELETE", pats+"/revoke/all", `{"email": "mint.bootstrap@example.com"}`)
	if s.works(token) || s.works(s.Bootstrap().Token) || !s.works(account) || len(s.Live()) != 1 || len(s.PersonalAccessTokens()) != 0 {
		t.Error("something survived")
	}
}
