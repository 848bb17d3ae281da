package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

const patsPath = "/api/svc/v1/personal-access-tokens"

// emulated is a tenant on a loopback port, and a client that its administrator's key makes.
type emulated struct {
	*fake.Server
	client   *api.Client
	redactor *rest.Redactor
}

func emulate(t *testing.T, switches fake.Switches) emulated {
	t.Helper()
	s, err := fake.New(fake.Options{Switches: switches})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	redactor := &rest.Redactor{}
	return emulated{s, api.New(api.Config{APIKey: rest.NewSecret(s.Bootstrap().Token), HTTP: rest.Options{
		System: "truefoundry", Title: "TrueFoundry", BaseURL: base, Transport: http.DefaultTransport, Timeout: time.Minute, Now: time.Now, Redactor: redactor,
	}}), redactor}
}

// fill adds tokens of the administrator until there are so many, and returns the ids of all.
func (s emulated) fill(t *testing.T, n int) []string {
	t.Helper()
	for i := len(s.PersonalAccessTokens()); i < n; i++ {
		if _, err := s.AddPersonalAccessToken(fake.PersonalAccessToken{Name: fmt.Sprintf("token-%04d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	for _, pat := range s.PersonalAccessTokens() {
		ids = append(ids, pat.ID)
	}
	return ids
}

func (s emulated) lists() int {
	return s.Stage().Journal.Count(fakeapi.Filter{Method: http.MethodGet, Path: patsPath})
}

// TestList_pages: a list costs as many requests as it has pages; each page but the first begins with the last row of the previous one.
func TestList_pages(t *testing.T) {
	t.Parallel()
	for pageCap, requests := range map[int]int{0: 1, 500: 3, 100: 11} {
		s := emulate(t, fake.Switches{PageCap: pageCap})
		ids := s.fill(t, 1000)
		tokens, err := s.client.ListPersonalAccessTokens(t.Context())
		if err != nil || !slices.Equal(listed(tokens), ids) || s.lists() != requests {
			t.Errorf("pages of %d: %d rows in %d requests, %v", pageCap, len(tokens), s.lists(), err)
		}
	}
}

// TestList_incomplete: the rows before a page that fails come with the error, each once, and the failure is remembered.
func TestList_incomplete(t *testing.T) {
	t.Parallel()
	s := emulate(t, fake.Switches{PageCap: 100})
	ids := s.fill(t, 350)
	pages := 0
	s.AfterPage(func(fake.Page) {
		if pages++; pages == 3 {
			_ = s.Stage().Faults.Add(fakeapi.Fault{Method: http.MethodGet, Route: patsPath, Fault: "status:500"})
		}
	})
	for range 2 {
		tokens, err := s.client.ListPersonalAccessTokens(t.Context())
		var incomplete *api.Incomplete
		var e *rest.Error
		if tokens != nil || !errors.As(err, &incomplete) || !errors.As(err, &e) || e.Status != 500 || e.Kind != rest.Faulty || err.Error() != e.Error() {
			t.Fatalf("%d rows, %v", len(tokens), err)
		}
		// Three pages of 100 rows, two of which begin with a row of the page before.
		if !slices.Equal(listed(incomplete.Rows), ids[:298]) || s.lists() != 4 {
			t.Errorf("%d rows in %d requests", len(incomplete.Rows), s.lists())
		}
	}
	if tokens, err := s.client.RefreshPersonalAccessTokens(t.Context()); err != nil || len(tokens) != 350 {
		t.Errorf("read again: %d rows, %v", len(tokens), err)
	}
}

// TestList_firstPageFails: where nothing came there is nothing to return.
func TestList_firstPageFails(t *testing.T) {
	t.Parallel()
	s := emulate(t, fake.Switches{})
	if err := s.Stage().Faults.Add(fakeapi.Fault{Fault: "status:500"}); err != nil {
		t.Fatal(err)
	}
	_, err := s.client.ListPersonalAccessTokens(t.Context())
	var incomplete *api.Incomplete
	var e *rest.Error
	if errors.As(err, &incomplete) || !errors.As(err, &e) || e.Status != 500 {
		t.Errorf("%v", err)
	}
}

// TestRevokeAllPersonalAccessTokens ends every token of one user and nothing else, and no copy of a list shows them any more.
func TestRevokeAllPersonalAccessTokens(t *testing.T) {
	t.Parallel()
	s := emulate(t, fake.Switches{PATList: "tenant"})
	const email = "other@example.com"
	if _, err := s.AddUser(fake.User{Email: email}); err != nil {
		t.Fatal(err)
	}
	account, err := s.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": "loader"}})
	if err != nil {
		t.Fatal(err)
	}
	count := func() (whole, filtered int) {
		t.Helper()
		all, err := s.client.ListPersonalAccessTokens(t.Context())
		some, again := s.client.SearchPersonalAccessTokens(t.Context(), "bootstrap")
		if err != nil || again != nil {
			t.Fatal(err, again)
		}
		return len(all), len(some)
	}
	if whole, filtered := count(); whole != 4 || filtered != 2 {
		t.Fatal(whole, filtered)
	}
	if err := s.client.RevokeAllPersonalAccessTokens(t.Context(), "nobody@example.com"); !rest.IsNotFound(err) || !strings.Contains(err.Error(), "nobody@example.com") {
		t.Errorf("%v", err)
	}
	if err := s.client.RevokeAllPersonalAccessTokens(t.Context(), email); err != nil {
		t.Error(err)
	}
	if whole, filtered := count(); whole != 2 || filtered != 1 || len(s.PersonalAccessTokens()) != 2 {
		t.Errorf("%d and %d rows, and the tenant keeps %d", whole, filtered, len(s.PersonalAccessTokens()))
	}
	if err := s.client.Verify(t.Context(), rest.NewSecret(account.Secret())); err != nil {
		t.Errorf("the virtual account's token is dead: %v", err)
	}
	if err := s.Stage().Faults.Add(fakeapi.Fault{Method: http.MethodDelete, Fault: "html"}); err != nil {
		t.Fatal(err)
	}
	var e *rest.Error
	if err := s.client.RevokeAllPersonalAccessTokens(t.Context(), email); !errors.As(err, &e) || e.Kind != rest.Malformed || !e.Executed {
		t.Errorf("a page: %v", err)
	}
}

// TestVerify asks with another token; one without any right works, too, and the client's own key goes on.
func TestVerify(t *testing.T) {
	t.Parallel()
	s := emulate(t, fake.Switches{})
	powerless, err := s.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": "loader"}})
	if err != nil {
		t.Fatal(err)
	}
	own, err := s.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "own"})
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{powerless.Secret(), own.Token.Secret} {
		if err := s.client.Verify(t.Context(), rest.NewSecret(token)); err != nil {
			t.Error(err)
		}
		if s.redactor.Redact(token) == token {
			t.Error("the token is not redacted")
		}
	}
	if err := s.DeletePersonalAccessToken(own.ID); err != nil {
		t.Fatal(err)
	}
	before := len(s.Stage().Journal.Entries())
	var e *rest.Error
	if err := s.client.Verify(t.Context(), rest.NewSecret(own.Token.Secret)); !errors.As(err, &e) || e.Kind != rest.LoginRefused || len(s.Stage().Journal.Entries()) != before+1 {
		t.Errorf("a deleted token, in %d requests: %v", len(s.Stage().Journal.Entries())-before, err)
	}
	for word, kind := range map[string]rest.Kind{"status:503": rest.Faulty, "html": rest.Malformed, "status:404": rest.Refused} {
		if err := s.Stage().Faults.Add(fakeapi.Fault{Fault: word}); err != nil {
			t.Fatal(err)
		}
		if err := s.client.Verify(t.Context(), rest.NewSecret(powerless.Secret())); !errors.As(err, &e) || e.Kind != kind {
			t.Errorf("%s: %v", word, err)
		}
	}
	if _, err := s.client.ListPersonalAccessTokens(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestSyncVirtualAccountToken_force: a newer control plane writes what it has stored already only if it is forced to.
func TestSyncVirtualAccountToken_force(t *testing.T) {
	t.Parallel()
	for _, plane := range []string{"newer", "older"} {
		s := emulate(t, fake.Switches{AccountPlane: plane})
		account, err := s.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{
			"name": "loader", "secret_store_config": map[string]any{"type": "secret-store", "integration_fqn": "store", "secret_path": "p"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		at := func(force bool) time.Time {
			t.Helper()
			s.Stage().Clock.Advance(time.Minute)
			if _, err := s.client.SyncVirtualAccountToken(t.Context(), account.ID, force); err != nil {
				t.Fatal(err)
			}
			stored, _ := s.VirtualAccount(account.ID)
			return *stored.SyncedAt
		}
		first, second, forced := at(false), at(false), at(true)
		if second.Equal(first) != (plane == "newer") || !forced.After(second) {
			t.Errorf("%s: written at %v, %v and, by force, %v", plane, first, second, forced)
		}
	}
}
