package api_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestLifecycle goes from create to delete under every version.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	for _, word := range api.Versions() {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			s := start(t, fake.Switches{})
			c := s.client(t, api.Version(word))
			end := s.in(720 * time.Hour)
			want := dated("a", end)
			want.Scope, want.AccessTokenValiditySeconds = []string{"sp:b:read", "sp:a:read"}, new(int64(900))
			made := s.create(t, c, want)
			if made.Name != "a" || made.AccessTokenValiditySeconds != 900 || made.ExpirationDate == nil || !made.ExpirationDate.Equal(end) ||
				!slices.Equal(made.Scope, []string{"sp:a:read", "sp:b:read"}) || made.Owner.Name != "mint.bootstrap" || made.Created.IsZero() {
				t.Errorf("created %+v", made)
			}
			stored, _ := s.Token(made.ID)
			if made.Secret.IsEmpty() || made.Secret.Reveal() != stored.Secret {
				t.Error("the secret is not the one that the tenant keeps")
			}
			listed := find(list(t, c, api.Me), made.ID)
			expected := *made
			expected.Secret, expected.RequestedExpiration = rest.Secret{}, nil
			if diff := cmp.Diff(&expected, listed, cmp.AllowUnexported(rest.Secret{})); diff != "" {
				t.Errorf("listed otherwise than created:\n%s", diff)
			}

			patched, err := c.Patch(t.Context(), made.ID, api.Changes{Name: new("b"), Scope: []string{"sp:c:read"}})
			if err != nil || patched.Name != "b" || !slices.Equal(patched.Scope, []string{"sp:c:read"}) || !patched.Secret.IsEmpty() {
				t.Errorf("patched %+v, %v", patched, err)
			}
			if got := find(list(t, c, api.Me), made.ID); got == nil || got.Name != "b" {
				t.Errorf("listed after the patch: %+v", got)
			}
			later := s.in(1000 * time.Hour)
			patched, err = c.Patch(t.Context(), made.ID, api.Changes{Expiry: &api.Expiry{At: &later}})
			if c.Version().PatchesExpiry() {
				if err != nil || !patched.ExpirationDate.Equal(later) {
					t.Errorf("patched %+v, %v", patched, err)
				}
			} else if e := failure(t, err); !rest.IsBadRequest(err) || e.Executed {
				t.Errorf("the older contract patches an expiry: %v", err)
			}

			for range 2 {
				if err := c.Delete(t.Context(), made.ID, ""); err != nil {
					t.Error(err)
				}
			}
			if _, exists := s.Token(made.ID); exists || find(list(t, c, api.Me), made.ID) != nil {
				t.Error("the token is still there")
			}
			// One for all reads, and one that the 404 of the second deletion is believed by.
			if got := s.count(fakeapi.Filter{Method: http.MethodGet}); got != 2 {
				t.Errorf("%d lists", got)
			}
		})
	}
}

// TestExpiryContracts: what each contract makes of a token without an end.
func TestExpiryContracts(t *testing.T) {
	t.Parallel()
	for _, word := range api.Versions() {
		s := start(t, fake.Switches{})
		c := s.client(t, api.Version(word))
		plain, err := c.Create(t.Context(), api.NewPersonalAccessToken{Name: "plain"})
		aware, awareErr := c.Create(t.Context(), endless("aware"))
		if c.Version().PatchesExpiry() {
			if !rest.IsBadRequest(err) || rest.MayHaveExecuted(err) {
				t.Errorf("%s: without the acknowledgement: %v", word, err)
			}
			if awareErr != nil || aware.ExpirationDate != nil {
				t.Errorf("%s: with it: %+v, %v", word, aware, awareErr)
			}
			continue
		}
		if err != nil || plain.ExpirationDate == nil {
			t.Errorf("%s: %+v, %v", word, plain, err)
		}
		if !rest.IsBadRequest(awareErr) {
			t.Errorf("%s: the acknowledgement is accepted: %v", word, awareErr)
		}
	}
}

func TestChangesEmpty(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		changes api.Changes
		want    bool
	}{
		{api.Changes{}, true},
		{api.Changes{Name: new("")}, false},
		{api.Changes{Scope: []string{}}, false},
		{api.Changes{Expiry: &api.Expiry{}}, false},
	} {
		if c.changes.Empty() != c.want {
			t.Errorf("%+v: want %t", c.changes, c.want)
		}
	}
}

// TestAnswersOfEveryKind: what the vendor leaves open reads the same in every form.
func TestAnswersOfEveryKind(t *testing.T) {
	t.Parallel()
	for name, switches := range map[string]fake.Switches{
		"null":         {NeverExpiration: "null"},
		"absent":       {NeverExpiration: "absent"},
		"empty":        {NeverExpiration: "empty"},
		"microseconds": {Microseconds: true},
		"shuffled":     {ShuffleScopes: true},
		"no flag":      {HideNeverExpiresFlag: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, switches)
			c := s.client(t, api.V1)
			want := endless("a")
			want.Scope = []string{"sp:c:read", "sp:a:read", "sp:b:read"}
			end := s.in(time.Hour)
			forever, limited := s.create(t, c, want), s.create(t, c, dated("b", end))
			for range 3 {
				tokens, err := c.Refresh(t.Context(), api.Me)
				if err != nil {
					t.Fatal(err)
				}
				for _, token := range []*api.PersonalAccessToken{forever, find(tokens, forever.ID)} {
					if token.ExpirationDate != nil || !slices.Equal(token.Scope, []string{"sp:a:read", "sp:b:read", "sp:c:read"}) {
						t.Errorf("got %+v", token)
					}
				}
				stored, _ := s.Token(limited.ID)
				for _, token := range []*api.PersonalAccessToken{limited, find(tokens, limited.ID)} {
					if !token.ExpirationDate.Equal(end) || token.Created.Sub(stored.Created).Abs() >= time.Millisecond {
						t.Errorf("got %+v", token)
					}
				}
			}
		})
	}
}

func TestOmittedScope(t *testing.T) {
	t.Parallel()
	for word, want := range map[string][]string{"all": {"sp:scopes:all"}, "null": nil} {
		s := start(t, fake.Switches{OmittedScope: word})
		if made := s.create(t, s.client(t, api.V1), endless("a")); !slices.Equal(made.Scope, want) || (made.Scope == nil) != (want == nil) {
			t.Errorf("%s: %v", word, made.Scope)
		}
	}
}

// TestOneListPerOwner: everybody who reads shares one list, and writes are worked into every copy that holds the token.
func TestOneListPerOwner(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	c := s.client(t, api.V1)
	other, err := s.AddUser(fake.User{Name: "other"})
	if err != nil {
		t.Fatal(err)
	}
	owners := map[string]bool{api.Me: true, api.Everybody: true, s.Bootstrap().IdentityID: true, other.IdentityID: false}
	var all sync.WaitGroup
	for range 10 {
		for owner := range owners {
			all.Go(func() {
				if _, err := c.List(t.Context(), owner); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	made := s.create(t, c, endless("a"))
	for owner, own := range owners {
		if got := find(list(t, c, owner), made.ID); (got != nil) != own || own && !got.Secret.IsEmpty() {
			t.Errorf("owner %q: %+v", owner, got)
		}
	}
	if _, err := c.Patch(t.Context(), made.ID, api.Changes{Name: new("b")}); err != nil {
		t.Error(err)
	}
	for owner, own := range owners {
		if got := find(list(t, c, owner), made.ID); (got != nil) != own || own && got.Name != "b" {
			t.Errorf("owner %q after the patch: %+v", owner, got)
		}
	}
	if err := c.Delete(t.Context(), made.ID, ""); err != nil {
		t.Error(err)
	}
	for owner := range owners {
		if find(list(t, c, owner), made.ID) != nil {
			t.Errorf("owner %q still lists the token", owner)
		}
	}
	if got := s.count(fakeapi.Filter{Method: http.MethodGet}); got != len(owners) {
		t.Errorf("%d lists for %d owners", got, len(owners))
	}
}

// TestCreateAnswerWithoutOwner belongs to the caller, and into nobody else's list.
func TestCreateAnswerWithoutOwner(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	other, err := s.AddUser(fake.User{Name: "other"})
	if err != nil {
		t.Fatal(err)
	}
	c := s.client(t, api.V1, func(c *api.Config) {
		via := c.HTTP.Transport
		c.HTTP.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			resp, err := via.RoundTrip(r)
			if err == nil && r.Method == http.MethodPost && r.URL.Path != "/oauth/token" {
				_ = resp.Body.Close()
				resp.ContentLength, resp.Body = -1, io.NopCloser(strings.NewReader(`{"id": "t1", "secret": "0123456789"}`))
			}
			return resp, err
		})
	})
	owners := map[string]bool{api.Me: true, api.Everybody: true, s.Bootstrap().IdentityID: true, other.IdentityID: false}
	for owner := range owners {
		list(t, c, owner)
	}
	s.create(t, c, endless("a"))
	for owner, own := range owners {
		if got := find(list(t, c, owner), "t1"); (got != nil) != own {
			t.Errorf("owner %q: %+v", owner, got)
		}
	}
}

// TestListFiltered is kept too, and asked for again after a write.
func TestListFiltered(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	c := s.client(t, api.V1)
	count := func(want, requests int) {
		t.Helper()
		tokens, err := c.ListFiltered(t.Context(), api.Me, "lastUsed isnull")
		if err != nil || len(tokens) != want || s.count(fakeapi.Filter{Method: http.MethodGet}) != requests {
			t.Errorf("%d tokens, want %d after %d requests: %v", len(tokens), want, requests, err)
		}
	}
	count(0, 1)
	count(0, 1)
	made := s.create(t, c, endless("a"))
	count(1, 2)
	count(1, 2)
	if err := c.Delete(t.Context(), made.ID, ""); err != nil {
		t.Error(err)
	}
	count(0, 3)
	if _, err := c.ListFiltered(t.Context(), api.Me, "name eq x"); !rest.IsBadRequest(err) {
		t.Errorf("got %v", err)
	}
}

// TestRefusals are told apart from what may have been executed.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	c := s.client(t, api.V1)
	s.create(t, c, endless("a"))
	_, taken := c.Create(t.Context(), endless("a"))
	_, past := c.Create(t.Context(), dated("b", s.in(-time.Hour)))
	_, blank := c.Create(t.Context(), endless(" "))
	for name, err := range map[string]error{"a taken name": taken, "a past end": past, "a blank name": blank} {
		e := failure(t, err)
		if e.Status != 400 || e.Executed || e.Code != "400.1 Bad Request Content" || e.RequestID == "" || e.Kind != rest.Refused {
			t.Errorf("%s: %+v", name, e)
		}
	}
	plain, err := s.AddUser(fake.User{Name: "plain"})
	if err != nil {
		t.Fatal(err)
	}
	modest := s.client(t, api.V1, func(c *api.Config) {
		c.ClientID, c.ClientSecret = plain.ClientID, rest.NewSecret(plain.ClientSecret)
	})
	if _, err := modest.List(t.Context(), api.Everybody); failure(t, err).Status != 403 {
		t.Errorf("everybody's list without the right: %v", err)
	}
	if got := list(t, modest, api.Me); len(got) != 1 {
		t.Errorf("own list: %+v", got)
	}
	if err := modest.Delete(t.Context(), s.Bootstrap().ClientID, ""); failure(t, err).Status != 403 {
		t.Errorf("deleting another's token: %v", err)
	}
}

// TestLostCreate: whatever happens after the request went out, it is sent once and may have been executed.
func TestLostCreate(t *testing.T) {
	t.Parallel()
	for word, done := range map[string]bool{
		"drop-before": false, "drop-after": true, "status:503": false, "502-after": true, "truncate": true,
		"truncate-silent": true, "html": false, "html-after": true, "redirect:https://login.example.com/": false,
	} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			s := start(t, fake.Switches{})
			c := s.client(t, api.V1)
			s.fault(t, http.MethodPost, "/personal-access-tokens/v1", word)
			_, err := c.Create(t.Context(), endless("a"))
			if !rest.MayHaveExecuted(err) || len(s.Live()) > 0 != done {
				t.Errorf("%d tokens live: %v", len(s.Live()), err)
			}
			if got := s.count(fakeapi.Filter{Method: http.MethodPost, Route: "/personal-access-tokens/v1"}); got != 1 {
				t.Errorf("sent %d times", got)
			}
			tokens, err := c.Refresh(t.Context(), api.Me)
			if err != nil || len(tokens) != 1+len(s.Live()) {
				t.Errorf("%d tokens are listed afterwards: %v", len(tokens), err)
			}
		})
	}
}
