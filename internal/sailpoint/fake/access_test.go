package fake_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

func TestScopes_perOperation(t *testing.T) {
	t.Parallel()
	const (
		myRead, myManage   = "sp:my-personal-access-tokens:read", "sp:my-personal-access-tokens:manage"
		allRead, allManage = "sp:all-personal-access-tokens:read", "sp:all-personal-access-tokens:manage"
		all                = "sp:scopes:all"
	)
	// Statuses of: list me, list all, create, patch own, delete own, delete other's.
	for _, c := range []struct {
		admin  bool
		scopes string
		want   [6]int
	}{
		{true, all, [6]int{200, 200, 200, 200, 204, 204}},
		{true, allManage, [6]int{200, 200, 200, 403, 204, 204}},
		{true, allManage + " " + myManage, [6]int{200, 200, 200, 200, 204, 204}},
		{true, allRead, [6]int{200, 200, 403, 403, 403, 403}},
		{true, myManage, [6]int{200, 403, 200, 200, 204, 403}},
		{true, myRead, [6]int{200, 403, 403, 403, 403, 403}},
		{true, "sp:scopes:default", [6]int{403, 403, 403, 403, 403, 403}},
		{true, "idn:accounts:read", [6]int{403, 403, 403, 403, 403, 403}},
		{false, all, [6]int{200, 403, 200, 200, 204, 403}},
		{false, allManage, [6]int{403, 403, 403, 403, 403, 403}},
		{false, allRead + " " + myRead, [6]int{200, 403, 403, 403, 403, 403}},
	} {
		s := start(t, fake.Switches{})
		user, err := s.AddUser(fake.User{Name: "u", Admin: c.admin})
		if err != nil {
			t.Fatal(err)
		}
		bearer := s.scoped(user.IdentityID, strings.Fields(c.scopes)...)
		own, errOwn := s.AddToken(fake.Token{Owner: "u", Name: "own"})
		foreign, errForeign := s.AddToken(fake.Token{Name: "foreign"})
		if errOwn != nil || errForeign != nil {
			t.Fatal(errOwn, errForeign)
		}
		replies := []reply{
			s.list(v1, bearer, "?owner-id=me"),
			s.list(v1, bearer, ""),
			s.create(v1, bearer, `{"name": "new", "userAwareTokenNeverExpires": true}`),
			s.patch(v1, own.ID, bearer, `[{"op": "replace", "path": "/name", "value": "renamed"}]`),
			s.remove(v1, own.ID, bearer),
			s.remove(v1, foreign.ID, bearer),
		}
		for i, r := range replies {
			if r.status != c.want[i] {
				t.Errorf("admin %v, %s, operation %d: %d instead of %d", c.admin, c.scopes, i, r.status, c.want[i])
			}
			if r.status == 403 && r.string("detailCode") != "403 Forbidden" {
				t.Errorf("body: %s", r.text)
			}
		}
	}
}

func TestScopes_changeReachesOnlyNewBearers(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	admin := s.bearer()
	made := s.created(v1, admin, `{"name": "a", "userAwareTokenNeverExpires": true}`)
	before := s.bearerOf(made.string("id"), made.string("secret"))
	s.patch(v1, made.string("id"), admin, `[{"op": "replace", "path": "/scope", "value": ["sp:scopes:default"]}]`)
	if r := s.list(v1, before, "?owner-id=me"); r.status != 200 {
		t.Errorf("the old bearer: %d", r.status)
	}
	after := s.bearerOf(made.string("id"), made.string("secret"))
	refused(t, s.list(v1, after, "?owner-id=me"), 403, "idn:my-personal-access-tokens:read")
}

func TestErrors_bodies(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	r := s.remove(v1, "unknown", s.bearer())
	refused(t, r, 404, "404 Not found")
	if r.string("trackingId") == "" || r.string("trackingId") != r.header.Get("SLPT-Request-ID") {
		t.Errorf("trackingId %q, header %q", r.string("trackingId"), r.header.Get("SLPT-Request-ID"))
	}
	for _, word := range []string{`"messages":[{"locale":"en-US","localeOrigin":"DEFAULT","text":`, `"causes":[]`} {
		if !strings.Contains(r.text, word) {
			t.Errorf("%s lacks %s", r.text, word)
		}
	}
	refused(t, s.list("/v9/personal-access-tokens", s.bearer(), ""), 404, "404 Not found")
	for word, says := range map[string]string{
		"status:500": `"detailCode":"500.0 Internal Fault"`,
		"status:503": `"detailCode":"503 Service Unavailable"`,
		"status:401": `"error":"JWT validation failed`,
		"429:3":      `"message":" Rate Limit Exceeded "`,
	} {
		if err := s.Stage().Faults.Add(fakeapi.Fault{Route: v1, Fault: word}); err != nil {
			t.Fatal(err)
		}
		r := s.list(v1, s.bearer(), "")
		if !strings.Contains(r.text, says) || r.header.Get("SLPT-Request-ID") == "" {
			t.Errorf("%s: %s", word, r.text)
		}
	}
	if err := s.Stage().Faults.Add(fakeapi.Fault{Route: "/oauth/token", Fault: "status:503"}); err != nil {
		t.Fatal(err)
	}
	refused(t, s.login("x", "y"), 503, `"error_description":`)
}

func TestDeprecated_switch(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{Deprecated: true})
	if r := s.list(beta, s.bearer(), ""); r.header.Get("X-Deprecated") != "true" {
		t.Errorf("%v", r.header)
	}
	s.set(func(w *fake.Switches) { w.Deprecated = false })
	if r := s.list(beta, s.bearer(), ""); r.header.Get("X-Deprecated") != "" {
		t.Errorf("%v", r.header)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	bearer := s.bearer()
	for i := range 100 {
		if r := s.list(v1, bearer, "?owner-id=me"); r.status != 200 {
			t.Fatalf("request %d: %d", i, r.status)
		}
	}
	// A moved clock opens nothing, and a second bearer of the same token does not either.
	s.Stage().Clock.Advance(time.Minute)
	r := s.list(v1, s.bearer(), "?owner-id=me")
	refused(t, r, 429, `{"message":`)
	if wait, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || wait < 1 || wait > 10 {
		t.Errorf("Retry-After %q", r.header.Get("Retry-After"))
	}
	if r := s.list(beta, bearer, "?owner-id=me"); r.status != 200 {
		t.Errorf("another API version: %d", r.status)
	}
	second := s.scoped("mint.bootstrap", "sp:scopes:all")
	if r := s.list(v1, second, "?owner-id=me"); r.status != 200 {
		t.Errorf("another token: %d", r.status)
	}
	s.set(func(w *fake.Switches) { w.RateLimit = -1 })
	if r := s.list(v1, bearer, "?owner-id=me"); r.status != 200 {
		t.Errorf("without a limit: %d", r.status)
	}
}

func TestRateLimit_waitingAsToldIsEnough(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{RateLimit: 2, RateWindow: fakeapi.Duration(time.Second)})
	bearer := s.bearer()
	s.list(v1, bearer, "")
	s.list(v1, bearer, "")
	r := s.list(v1, bearer, "")
	refused(t, r, 429, "Rate Limit")
	wait, err := strconv.Atoi(r.header.Get("Retry-After"))
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Duration(wait) * time.Second)
	if r := s.list(v1, bearer, ""); r.status != 200 {
		t.Errorf("after the wait: %d", r.status)
	}
}

func TestParallelUse(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{TokensPerUser: -1, RateLimit: -1})
	bearer := s.bearer()
	t.Cleanup(func() {
		if n := len(s.Live()); n != 0 {
			t.Errorf("%d tokens are alive", n)
		}
	})
	for i := range 8 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			mine := &tenant{Server: s.Server, t: t, url: s.url, via: s.via}
			for j := range 5 {
				name := url.PathEscape(strconv.Itoa(i) + "-" + strconv.Itoa(j))
				made := mine.created(beta, bearer, `{"name": "`+name+`"}`)
				mine.list(beta, bearer, "")
				mine.remove(beta, made.string("id"), bearer)
				mine.set(func(w *fake.Switches) { w.ShuffleScopes = !w.ShuffleScopes })
				mine.Live()
			}
		})
	}
}
