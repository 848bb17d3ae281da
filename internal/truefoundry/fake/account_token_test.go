package fake_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// regenerate asks for a new token, with a grace period in the unit of the plane.
func (s *tenant) regenerate(id, period string) reply {
	s.t.Helper()
	unit := "Minutes"
	if s.Switches().AccountPlane == "older" {
		unit = "Days"
	}
	return s.send("POST", accounts+"/"+id+"/regenerate-token", `{"gracePeriodIn`+unit+`": `+period+`}`)
}

// get reads a virtual account.
func (s *tenant) get(id string) reply {
	s.t.Helper()
	return s.fine("GET", accounts+"/"+id, "")
}

func (r reply) jwts() []map[string]any {
	list, _ := r.at("data", "jwts").([]any)
	all := []map[string]any{}
	for _, item := range list {
		object, _ := item.(map[string]any)
		all = append(all, object)
	}
	return all
}

func TestAccount_deleteEndsTheToken(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	token, id := s.account("robot", "")
	regenerated := s.regenerate(id, "43200").string("token")
	if r := s.fine("DELETE", accounts+"/"+id, ""); r.text != "{}\n" {
		t.Errorf("%q", r.text)
	}
	if s.works(token) || s.works(regenerated) || len(s.Live()) != 0 {
		t.Error("a token survived")
	}
	item := accounts + "/" + id
	refused(t, s.send("GET", item, ""), 404, "not found")
	refused(t, s.send("DELETE", item, ""), 404, "not found")
	refused(t, s.send("GET", item+"/token", ""), 404, "not found")
	refused(t, s.regenerate(id, "0"), 404, "not found")
	refused(t, s.send("POST", item+"/sync-to-secret-store", ""), 404, "not found")
	refused(t, s.send("DELETE", item+"/jwt/x", ""), 404, "not found")
}

func TestAccount_token(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	token, id := s.account("robot", "")
	if r := s.fine("GET", accounts+"/"+id+"/token", ""); r.string("token") != token || len(r.body) != 1 {
		t.Errorf("%s", r.text)
	}
	if _, present := s.get(id).body["token"]; present {
		t.Error("GET answers the token")
	}
	s.set(func(w *fake.Switches) { w.GetReturnsToken = true })
	if s.get(id).string("token") != token {
		t.Error("GET does not answer the token")
	}
	dark, darkID := s.account("dark", `"token_type": "opaque"`)
	if !strings.HasPrefix(dark, "tfy_va_dark_") || !s.works(dark) {
		t.Error("no opaque token that works")
	}
	if _, present := s.get(darkID).body["token"]; present {
		t.Error("GET answers an opaque token")
	}
	for _, status := range []int{404, 403, 400} {
		s.set(func(w *fake.Switches) { w.OpaqueTokenStatus = status })
		refused(t, s.send("GET", accounts+"/"+darkID+"/token", ""), status, "Opaque")
	}
	s.set(func(w *fake.Switches) { w.OpaqueTokens = "again" })
	if s.fine("GET", accounts+"/"+darkID+"/token", "").string("token") != dark {
		t.Error("another opaque token is shown")
	}
	if fresh := s.regenerate(darkID, "0").string("token"); fresh == dark || !s.works(fresh) || s.works(dark) {
		t.Error("regenerating does not help after a loss")
	}
}

func TestRegenerate_grace(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{AccountPlane: "older"})
	old, id := s.account("robot", "")
	before := s.get(id)
	r := s.regenerate(id, "2")
	fresh := r.string("token")
	if r.status != 200 || len(r.body) != 1 || fresh == old || !s.works(old) || !s.works(fresh) {
		t.Fatalf("%d %s", r.status, r.text)
	}
	after := s.get(id)
	if after.string("data", "jwtId") == before.string("data", "jwtId") || len(after.jwts()) != 2 {
		t.Errorf("%s", after.text)
	}
	text, _ := after.jwts()[0]["expiry"].(string)
	grace, err := time.Parse(time.RFC3339, text)
	if left := grace.Sub(s.Stage().Clock.Now()); err != nil || left > 48*time.Hour || left < 47*time.Hour {
		t.Errorf("grace ends in %s", left)
	}
	if live := s.Live(); len(live) != 2 || live[0].Status != "grace" || live[1].Status != "active" || live[0].ID != id {
		t.Errorf("%+v", live)
	}
	s.advance(47 * time.Hour)
	if !s.works(old) {
		t.Error("the old token died early")
	}
	s.advance(time.Hour)
	if s.works(old) || !s.works(fresh) || len(s.get(id).jwts()) != 1 {
		t.Error("after the grace period")
	}
	if none := s.regenerate(id, "0").string("token"); s.works(fresh) || !s.works(none) {
		t.Error("no grace")
	}
	for _, days := range []string{"-1", "366", `"30"`, "null"} {
		refused(t, s.regenerate(id, days), 400, "gracePeriodInDays")
	}
	refused(t, s.send("POST", accounts+"/"+id+"/regenerate-token", `{}`), 400, "gracePeriodInDays")
	refused(t, s.send("POST", accounts+"/"+id+"/regenerate-token", `{"gracePeriod": 1}`), 400, "should not exist")
	s.set(func(w *fake.Switches) { w.RegenerateAnswer, w.KeepDeadJWTs = "account", true })
	if r := s.regenerate(id, "0.5"); r.string("data", "jwtId") == "" || r.string("token") == "" || len(r.jwts()) != 2 {
		t.Errorf("account: %s", r.text)
	}
	s.advance(day)
	if n := len(s.get(id).jwts()); n != 2 {
		t.Errorf("dead ones are dropped: %d", n)
	}
}

func TestRegenerate_graceDoesNotOutliveTheAccount(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	old, id := s.account("robot", `"expiration_date": "`+s.in(3*day, "2006-01-02")+`"`)
	fresh := s.regenerate(id, "43200").string("token")
	s.advance(3 * day)
	if s.works(old) || s.works(fresh) || s.get(id).at("data", "isExpired") != true {
		t.Error("a token outlived the account")
	}
}

func TestExpiration_startOrEndOfTheDay(t *testing.T) {
	t.Parallel()
	for edge, extra := range map[string]time.Duration{"start": 0, "end": day} {
		s := start(t, fake.Switches{Day: edge})
		date := s.in(2*day, "2006-01-02")
		token, _ := s.account("robot", `"expiration_date": "`+date+`"`)
		midnight, err := time.Parse("2006-01-02", date)
		if err != nil {
			t.Fatal(err)
		}
		s.advance(midnight.Add(extra - time.Minute).Sub(s.Stage().Clock.Now()))
		if !s.works(token) {
			t.Errorf("%s: dead too early", edge)
		}
		s.advance(time.Minute)
		if s.works(token) {
			t.Errorf("%s: alive too long", edge)
		}
	}
}

func TestExpiration_edit(t *testing.T) {
	t.Parallel()
	for edit, want := range map[string]struct{ sameID, oldLives bool }{
		"moves": {true, true}, "keeps": {true, false}, "reissues": {false, false},
	} {
		s := start(t, fake.Switches{ExpirationEdit: edit})
		token, id := s.account("robot", `"expiration_date": "`+s.in(2*day, "2006-01-02")+`"`)
		before := s.get(id).string("data", "jwtId")
		after := s.put("robot", `"expiration_date": "`+s.in(20*day, "2006-01-02")+`"`)
		if after.at("token") != nil || (after.string("data", "jwtId") == before) != want.sameID {
			t.Errorf("%s: %s", edit, after.text)
		}
		s.advance(3 * day)
		if s.works(token) != want.oldLives {
			t.Errorf("%s: the first token", edit)
		}
	}
}

func TestAutoRotate_onTheClock(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	first, id := s.account("robot", `"auto_rotate": {"auto_rotate_interval": 30, "grace_period": 2},
		"secret_store_config": {"type": "secret-store", "integration_fqn": "store", "secret_path": "p"}`)
	made := s.get(id)
	due, err := time.Parse(time.RFC3339, made.string("data", "nextScheduledRotation"))
	if left := due.Sub(s.Stage().Clock.Now()); err != nil || left.Round(time.Hour) != 30*day {
		t.Errorf("due in %s: %v", left, err)
	}
	s.advance(31 * day)
	if !s.works(first) {
		t.Error("the first token died within its grace period")
	}
	second := s.fine("GET", accounts+"/"+id+"/token", "").string("token")
	rotated := s.get(id)
	if second == first || !s.works(second) || rotated.string("data", "jwtId") == made.string("data", "jwtId") {
		t.Errorf("not rotated: %s", rotated.text)
	}
	if a, _ := s.VirtualAccount(id); a.SyncedSecret != second {
		t.Error("the secret store has another token")
	}
	s.advance(day)
	if s.works(first) {
		t.Error("the first token outlived its grace period")
	}
	// Nobody looked for several intervals.
	s.advance(95 * day)
	if a, _ := s.VirtualAccount(id); len(a.Tokens) != 1 || s.works(second) || !s.works(a.Secret()) {
		t.Errorf("%d tokens", len(a.Tokens))
	}
}

func TestAutoRotate_endsWithTheAccount(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	_, id := s.account("robot", `"expiration_date": "`+s.in(45*day, "2006-01-02")+`",
		"auto_rotate": {"auto_rotate_interval": 30, "grace_period": 2}`)
	s.advance(40 * day)
	if r := s.get(id); r.at("data", "nextScheduledRotation") != nil || len(s.Live()) != 1 {
		t.Errorf("%s", r.text)
	}
	s.advance(40 * day)
	if len(s.Live()) != 0 {
		t.Error("an expired account rotated")
	}
}

func TestSync(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{SyncError: "access denied"})
	_, bare := s.account("bare", "")
	refused(t, s.send("POST", accounts+"/"+bare+"/sync-to-secret-store", ""), 400, "Secret store config")
	token, id := s.account("robot", `"secret_store_config": {"type": "secret-store", "integration_fqn": "store", "secret_path": "p"}`)
	r := s.fine("POST", accounts+"/"+id+"/sync-to-secret-store", "")
	if r.status != 200 || r.string("syncTokenInSecretStoreInfo", "error") != "access denied" {
		t.Errorf("%s", r.text)
	}
	if a, _ := s.VirtualAccount(id); a.SyncedSecret != "" {
		t.Error("a failed sync wrote the secret")
	}
	s.set(func(w *fake.Switches) { w.SyncError = "" })
	r = s.fine("POST", accounts+"/"+id+"/sync-to-secret-store", "")
	active := s.get(id).string("data", "jwtId")
	if info, _ := r.at("syncTokenInSecretStoreInfo").(map[string]any); len(info) != 2 || info["updatedAt"] == "" || info["jwtId"] != active {
		t.Errorf("%s", r.text)
	}
	if a, _ := s.VirtualAccount(id); a.SyncedSecret != token {
		t.Error("the secret store has another token")
	}
	// Nothing is written while the store has the active token, unless it has to be.
	first := r.string("syncTokenInSecretStoreInfo", "updatedAt")
	s.advance(time.Hour)
	again := func(query string) string {
		t.Helper()
		return s.fine("POST", accounts+"/"+id+"/sync-to-secret-store"+query, "").string("syncTokenInSecretStoreInfo", "updatedAt")
	}
	if again("") != first || again("?force=false") != first || again("?force=true") == first {
		t.Error("written although nothing has changed, or not written by force")
	}
	refused(t, s.send("POST", accounts+"/"+id+"/sync-to-secret-store?force=perhaps", ""), 400, "force")
	s.set(func(w *fake.Switches) { w.AccountPlane = "older" })
	s.advance(time.Hour)
	first = again("")
	s.advance(time.Hour)
	r = s.fine("POST", accounts+"/"+id+"/sync-to-secret-store", "")
	if info, _ := r.at("syncTokenInSecretStoreInfo").(map[string]any); len(info) != 1 || info["updatedAt"] == first {
		t.Errorf("older: %s", r.text)
	}
}

func TestDeleteJWT(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{ActiveJWTDelete: "refused"})
	old, id := s.account("robot", `"secret_store_config": {"type": "secret-store", "integration_fqn": "store", "secret_path": "p"}`)
	oldID := s.get(id).string("data", "jwtId")
	fresh := s.regenerate(id, "30").string("token")
	path := accounts + "/" + id + "/jwt/"
	if r := s.fine("DELETE", path+oldID, ""); r.text != "" {
		t.Errorf("a body: %q", r.text)
	}
	if s.works(old) || !s.works(fresh) {
		t.Error("the wrong token is revoked")
	}
	refused(t, s.send("DELETE", path+oldID, ""), 404, "JWT not found")
	active := s.get(id).string("data", "jwtId")
	refused(t, s.send("DELETE", path+active, ""), 400, "active")
	s.set(func(w *fake.Switches) { w.ActiveJWTDelete = "stale" })
	s.fine("DELETE", path+active, "")
	if r := s.get(id); r.string("data", "jwtId") != active || s.works(fresh) {
		t.Errorf("stale: %s", r.text)
	}
	refused(t, s.send("GET", accounts+"/"+id+"/token", ""), 404, "no active token")
	refused(t, s.send("POST", accounts+"/"+id+"/sync-to-secret-store", ""), 404, "no active token")
	s.regenerate(id, "0")
	s.set(func(w *fake.Switches) { w.ActiveJWTDelete = "clear" })
	s.fine("DELETE", path+s.get(id).string("data", "jwtId"), "")
	want := map[string]any{"jwtId": nil, "jwts": []any{}}
	if diff := cmp.Diff(want, map[string]any{"jwtId": s.get(id).at("data", "jwtId"), "jwts": s.get(id).at("data", "jwts")}); diff != "" {
		t.Errorf("clear: %s", diff)
	}
}
