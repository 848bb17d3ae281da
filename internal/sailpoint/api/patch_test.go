package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestClearing: whichever patch the tenant takes, an end can be taken away. The form of the vendor's schema goes first, and the one that the
// tenant took is the only one that is sent from then on.
func TestClearing(t *testing.T) {
	t.Parallel()
	for word, requests := range map[string][2]int{"": {1, 2}, "both": {1, 2}, "remove": {1, 2}, "replace_null": {2, 3}} {
		for _, never := range []string{"null", "absent", "empty"} {
			s := start(t, fake.Switches{ClearExpiration: word, NeverExpiration: never})
			c := s.client(t, api.V1)
			for i, want := range requests {
				made := s.create(t, c, dated(fmt.Sprint("a", i), s.in(time.Hour)))
				name := fmt.Sprint("b", i)
				patched, err := c.Patch(t.Context(), made.ID, api.Changes{Name: &name, Expiry: &api.Expiry{}})
				if err != nil || patched.ExpirationDate != nil || patched.Name != name {
					t.Errorf("%q, %s: %+v, %v", word, never, patched, err)
				}
				if got := s.count(fakeapi.Filter{Method: http.MethodPatch}); got != want {
					t.Errorf("%q: %d requests, want %d", word, got, want)
				}
				if stored, _ := s.Token(made.ID); stored.Expiration != nil || !stored.UserAwareTokenNeverExpires {
					t.Errorf("%q: the tenant keeps %+v", word, stored)
				}
			}
		}
	}
}

// TestClearing_refused: where the tenant takes neither form, the error holds what it said about both, because one of them is the reason; and
// a form that the tenant has taken before is not doubted.
func TestClearing_refused(t *testing.T) {
	t.Parallel()
	for word, known := range map[string]bool{"remove": true, "replace_null": true, "both": false} {
		s := start(t, fake.Switches{ClearExpiration: word})
		c := s.client(t, api.V1)
		made := s.create(t, c, dated("a", s.in(time.Hour)))
		if known {
			if _, err := c.Patch(t.Context(), made.ID, api.Changes{Expiry: &api.Expiry{}}); err != nil {
				t.Fatal(err)
			}
		}
		before := s.count(fakeapi.Filter{Method: http.MethodPatch})
		_, err := c.Patch(t.Context(), made.ID, api.Changes{Name: new(" "), Expiry: &api.Expiry{}})
		if !rest.IsBadRequest(err) || !strings.Contains(err.Error(), "name is required") {
			t.Errorf("%s: %v", word, err)
		}
		if isTwofold := strings.Contains(err.Error(), "replacing it with null"); isTwofold == known {
			t.Errorf("%s: %v", word, err)
		}
		want := 2
		if known {
			want = 1
		}
		if got := s.count(fakeapi.Filter{Method: http.MethodPatch}) - before; got != want {
			t.Errorf("%s: %d requests, want %d", word, got, want)
		}
	}
}

// TestClearing_lost: a removal whose answer is lost may have been executed, and is not followed by the other form.
func TestClearing_lost(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	c := s.client(t, api.V1)
	made := s.create(t, c, dated("a", s.in(time.Hour)))
	for range 2 {
		s.fault(t, http.MethodPatch, "", "status:503")
	}
	if _, err := c.Patch(t.Context(), made.ID, api.Changes{Expiry: &api.Expiry{}}); !rest.MayHaveExecuted(err) {
		t.Errorf("got %v", err)
	}
	if got := s.count(fakeapi.Filter{Method: http.MethodPatch}); got != 2 {
		t.Errorf("%d requests: one, and one more try of it", got)
	}
}

// TestClearing_notTriedTwice where the second form cannot help.
func TestClearing_notTriedTwice(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	c := s.client(t, api.V1)
	made := s.create(t, c, dated("a", s.in(time.Hour)))
	past := s.in(-time.Hour)
	if _, err := c.Patch(t.Context(), made.ID, api.Changes{Expiry: &api.Expiry{At: &past}}); !rest.IsBadRequest(err) {
		t.Errorf("a past end: %v", err)
	}
	if _, err := c.Patch(t.Context(), "no-such-token", api.Changes{Expiry: &api.Expiry{}}); !rest.IsNotFound(err) {
		t.Errorf("no such token: %v", err)
	}
	if got := s.count(fakeapi.Filter{Method: http.MethodPatch}); got != 2 {
		t.Errorf("%d requests", got)
	}
}
