package fake_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

func TestCreate_answer(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	expiry := s.in(48 * time.Hour)
	made := s.created(v1, s.bearer(), `{"name": "ci", "scope": ["b", "a"], "accessTokenValiditySeconds": 900, "expirationDate": "`+expiry+`"}`)
	object := maps.Clone(made.object())
	id, secret, created := made.string("id"), made.string("secret"), made.string("created")
	for _, key := range []string{"id", "secret", "created"} {
		delete(object, key)
	}
	want := map[string]any{
		"name": "ci", "scope": []any{"b", "a"}, "accessTokenValiditySeconds": 900.0, "expirationDate": expiry,
		"owner": map[string]any{"type": "IDENTITY", "id": s.Bootstrap().IdentityID, "name": "mint.bootstrap"},
	}
	if diff := cmp.Diff(want, object); diff != "" {
		t.Error(diff)
	}
	for text, pattern := range map[string]string{
		id: `^[0-9a-f]{32}$`, secret: `^[0-9a-f]{64}$`, created: `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`,
	} {
		if !regexp.MustCompile(pattern).MatchString(text) {
			t.Errorf("%q does not look like %s", text, pattern)
		}
	}
	if !slices.Contains(s.Stage().Vault.Minted(), secret) {
		t.Error("the vault does not know the secret")
	}
	if r := s.list(v1, s.bearer(), "?owner-id=me"); strings.Contains(r.text, secret) {
		t.Error("the list shows the secret")
	}
	if probe, err := fake.UseToken(t.Context(), s.url, id, secret); err != nil || !probe.Works() {
		t.Errorf("the secret does not work: %+v %v", probe, err)
	}
}

func TestCreate_defaults(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	bearer := s.bearer()
	for _, body := range []string{
		`{"name": "a", "userAwareTokenNeverExpires": true}`,
		`{"name": "b", "scope": null, "accessTokenValiditySeconds": null, "expirationDate": null, "userAwareTokenNeverExpires": true}`,
	} {
		made := s.created(v1, bearer, body).object()
		if diff := cmp.Diff([]any{"sp:scopes:all"}, made["scope"]); diff != "" {
			t.Error(diff)
		}
		expiry, present := made["expirationDate"]
		if made["accessTokenValiditySeconds"] != 43200.0 || expiry != nil || !present {
			t.Errorf("%s: %v", body, made)
		}
	}
}

func TestCreate_refused(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	bearer, past, future := s.bearer(), s.in(-time.Second), s.in(time.Hour)
	s.created(v1, bearer, `{"name": "taken", "userAwareTokenNeverExpires": true}`)
	for _, c := range []struct{ path, body, says string }{
		{v1, `{"name": "x"}`, "userAwareTokenNeverExpires must be true"},
		{v1, `{"name": "x", "expirationDate": null, "userAwareTokenNeverExpires": false}`, "userAwareTokenNeverExpires must be true"},
		{v1, `{"name": "x", "expirationDate": "` + past + `"}`, "must be in the future"},
		{beta, `{"name": "x", "expirationDate": "` + past + `"}`, "must be in the future"},
		{v1, `{"name": "x", "expirationDate": "tomorrow"}`, "date-time"},
		{v1, `{"name": "x", "expirationDate": ""}`, "date-time"},
		{v1, `{"name": "x", "expirationDate": 5}`, "date-time"},
		{v1, `{"name": "x", "expirationDate": "` + future + `", "userAwareTokenNeverExpires": "yes"}`, "boolean"},
		{v1, `{"expirationDate": "` + future + `"}`, "name is required"},
		{beta, `{"name": " "}`, "name is required"},
		{beta, `{"name": null}`, "name is required"},
		{beta, `{"name": "x", "accessTokenValiditySeconds": 14}`, "between 15 and 43200"},
		{beta, `{"name": "x", "accessTokenValiditySeconds": 43201}`, "between 15 and 43200"},
		{beta, `{"name": "x", "accessTokenValiditySeconds": "900"}`, "between 15 and 43200"},
		{beta, `{"name": "x", "scope": "sp:scopes:all"}`, "array of strings"},
		{beta, `{"name": "x", "scope": [null]}`, "array of strings"},
		{beta, `{"name": "x", "scopes": []}`, `Unknown property \"scopes\"`},
		{beta, `{"name": "x", "userAwareTokenNeverExpires": true}`, "Unknown property"},
		{v1, `{"name": "taken", "expirationDate": "` + future + `"}`, "exists already"},
		{beta, `[]`, "not a JSON object"},
		{beta, `{`, "not a JSON object"},
		{beta, ``, "not a JSON object"},
	} {
		r := s.create(c.path, bearer, c.body)
		if refused(t, r, 400, c.says); r.string("detailCode") != "400.1 Bad Request Content" {
			t.Errorf("%s: %s", c.body, r.text)
		}
	}
	refused(t, s.send("POST", v1, bearer, "text/plain", `{"name": "x"}`), 415, "application/json")
	if n := len(s.Live()); n != 1 {
		t.Errorf("%d tokens are alive", n)
	}
}

func TestCreate_oldContractSixMonths(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"beta", "v3", "v2024"} {
		s := start(t, fake.Switches{})
		s.moveTo(time.Date(time.Now().Year()+1, 3, 15, 12, 0, 0, 0, time.UTC))
		path, bearer, now := "/"+version+"/personal-access-tokens", s.bearer(), s.Stage().Clock.Now()
		made := s.created(path, bearer, `{"name": "default"}`)
		if got, want := parse(t, made.string("expirationDate")), now.AddDate(0, 6, 0); got.Sub(want).Abs() > time.Minute {
			t.Errorf("%s: default expiry %s instead of %s", version, got, want)
		}
		over, under := now.AddDate(0, 6, 0).Add(time.Hour), now.AddDate(0, 6, 0).Add(-time.Hour)
		refused(t, s.create(path, bearer, `{"name": "over", "expirationDate": "`+over.Format(time.RFC3339)+`"}`), 400, "6 months")
		s.created(path, bearer, `{"name": "under", "expirationDate": "`+under.Format(time.RFC3339)+`"}`)

		s.set(func(w *fake.Switches) { w.OldCapLifted = true })
		s.created(path, bearer, `{"name": "over", "expirationDate": "`+over.Format(time.RFC3339)+`"}`)
		s.set(func(w *fake.Switches) { w.OldDefaultLifted = true })
		if made := s.created(path, bearer, `{"name": "never", "expirationDate": null}`); made.object()["expirationDate"] != nil {
			t.Errorf("%s: lifted default: %s", version, made.text)
		}
	}
}

func TestCreate_sixMonthsEndWithAShorterMonth(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	s.moveTo(time.Date(time.Now().Year()+1, 8, 31, 12, 0, 0, 0, time.UTC))
	made := s.created(beta, s.bearer(), `{"name": "a"}`)
	if got := parse(t, made.string("expirationDate")); got.Month() != time.February || got.Day() < 28 {
		t.Errorf("six months after the last of August: %s", got)
	}
}

func TestCreate_newContractHasNoCap(t *testing.T) {
	t.Parallel()
	for _, path := range []string{v1, "/v2025/personal-access-tokens", "/v2026/personal-access-tokens"} {
		s := start(t, fake.Switches{})
		s.created(path, s.bearer(), `{"name": "x", "expirationDate": "2199-01-01T00:00:00Z"}`)
		refused(t, s.create(path, s.bearer(), `{"name": "y"}`), 400, "userAwareTokenNeverExpires")
	}
}

func TestCreate_limitPerUser(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	bearer := s.bearer()
	// The bootstrap token is the first of ten.
	for _, name := range strings.Fields("a b c d e f g h i") {
		s.created(beta, bearer, `{"name": "`+name+`"}`)
	}
	refused(t, s.create(beta, bearer, `{"name": "j"}`), 400, "maximum of 10")
	other, err := s.AddUser(fake.User{Name: "other"})
	if err != nil {
		t.Fatal(err)
	}
	s.created(beta, s.bearerOf(other.ClientID, other.ClientSecret), `{"name": "a"}`)
	s.set(func(w *fake.Switches) { w.TokensPerUser = -1 })
	s.created(beta, bearer, `{"name": "j"}`)
}

func (s *tenant) moveTo(at time.Time) {
	s.Stage().Clock.Advance(at.Sub(s.Stage().Clock.Now()))
}

func parse(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
