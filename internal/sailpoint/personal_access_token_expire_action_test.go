package sailpoint_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// expiring are the names of the tokens that the tenant lets expire by then, and not before now.
func (s *tenant) expiring(by time.Time) []string {
	var names []string
	for _, token := range s.minted() {
		if at := token.Expiration; at != nil && at.After(s.Clock().Now()) && !at.After(by.Add(time.Second)) {
			names = append(names, token.Name)
		}
	}
	slices.Sort(names)
	return names
}

// crowded seeds numbered tokens.
func (s *tenant) crowded(count int) {
	s.t.Helper()
	for i := range count {
		s.seed(fmt.Sprintf("old-%02d", i))
	}
}

// as is the configuration of somebody else's credential.
func as(credential fake.Credential) values {
	return values{"client_id": credential.ClientID, "client_secret": credential.ClientSecret}
}

// TestPersonalAccessToken_expiredInBulk gives everybody's tokens an expiry, and lengthens none; the second time nothing is left to do.
func TestPersonalAccessToken_expiredInBulk(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]values{"in": {"expires_in": "14d"}, "at": {"expires_at": ahead(14 * 24 * time.Hour)}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			seeded := s.household()
			config := values{"all_owners": true, "created_before": ahead(time.Hour), "max_count": 100}.With(when)
			s.env.Now = s.Clock().Now
			e := s.engine()
			s.fine(e.ValidateAction(expireType, config))
			progress, said := e.Invoke(expireType, config)
			s.fine(said)
			end := s.Clock().Now().Add(14 * 24 * time.Hour)
			want := []string{"bootstrap", "expiring", "foreign", "lasting", "never-used", "never-used-new", "used-lately", "used-long-ago"}
			if got := s.expiring(end); !slices.Equal(got, want) {
				t.Errorf("expiring are %q", got)
			}
			if got := s.onTenant(seeded["expiring"].ID).Expiration; !got.Equal(*seeded["expiring"].Expiration) {
				t.Errorf("what expired sooner expires at %s now", got)
			}
			if got := s.onTenant(s.SailPoint.Bootstrap().ClientID).Expiration; got != nil {
				t.Errorf("the own token expires at %s", got)
			}
			if last(progress) != "7 set to expire, 2 skipped, 2 already done" || s.requests(http.MethodPatch, bulkRoute) != 1 {
				t.Errorf("%d requests, said %q", s.requests(http.MethodPatch, bulkRoute), progress)
			}
			s.Clock().Advance(24 * time.Hour)
			progress, said = s.engine().Invoke(expireType, config)
			s.fine(said)
			if last(progress) != "0 set to expire, 2 skipped, 9 already done" || s.requests(http.MethodPatch, bulkRoute) != 1 {
				t.Errorf("%d requests, said %q", s.requests(http.MethodPatch, bulkRoute), progress)
			}
		})
	}
}

// TestPersonalAccessToken_expiredInBatches asks once for 25 tokens. A batch that fails hides no other one, and what it has not changed is
// left for the next time.
func TestPersonalAccessToken_expiredInBatches(t *testing.T) {
	t.Parallel()
	config := values{"name_prefix": "old-", "expires_in": "14d", "max_count": 100}
	for name, c := range map[string]struct {
		fault                  string
		patches, failed, after int
	}{
		"all well":      {"", 2, 0, 0},
		"429":           {"429:1", 3, 0, 0},
		"lost answer":   {"drop-after", 3, 0, 0},
		"server failed": {"status-after:502", 3, 0, 0},
		"forbidden":     {"status:403", 3, 25, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			s.crowded(30)
			if c.fault != "" {
				times := 1
				if c.failed > 0 {
					times = 2
				}
				s.fault(http.MethodPatch, bulkRoute, c.fault, times)
			}
			progress, said := s.engine().Invoke(expireType, config)
			failure := s.failed(said)
			if (failure != nil) != (c.failed > 0) {
				t.Fatalf("failed with %s", said)
			}
			summary := fmt.Sprintf("%d set to expire", 30-c.failed)
			if failure != nil {
				summary += fmt.Sprintf(", %d failed", c.failed)
			}
			if last(progress) != summary || len(progress) != 31 {
				t.Errorf("said %q", progress)
			}
			if got := len(s.expiring(s.Clock().Now().Add(15 * 24 * time.Hour))); got != 30-c.failed || s.requests(http.MethodPatch, bulkRoute) != c.patches {
				t.Errorf("%d expire after %d requests", got, s.requests(http.MethodPatch, bulkRoute))
			}
			if failure != nil && !strings.Contains(failure.Detail, "old-00 (") {
				t.Errorf("failed with %s", failure.Detail)
			}
			_, said = s.engine().Invoke(expireType, config)
			s.fine(said)
			if got := s.requests(http.MethodPatch, bulkRoute); got != c.patches+c.after {
				t.Errorf("%d requests after the second time", got)
			}
		})
	}
}

// TestPersonalAccessToken_expiredMeanwhile: one of the tokens is deleted between the list and the update. The others expire all the same, whatever
// the tenant makes of an id that it does not know.
func TestPersonalAccessToken_expiredMeanwhile(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"none", "others", "skip"} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			s := emulate(t, switched(func(w *fake.Switches) { w.BulkUpdateUnknown = word }))
			s.crowded(6)
			deletes := protocoltest.First(protocoltest.Route(http.MethodPatch, bulkRoute))
			network := &protocoltest.Network{Before: func(r *http.Request) {
				if deletes(r) {
					for _, token := range s.minted() {
						if token.Name == "old-03" {
							_ = s.SailPoint.DeleteToken(token.ID)
						}
					}
				}
			}}
			progress, said := s.engineOn(network).Invoke(expireType, values{"name_prefix": "old-", "expires_in": "1d"})
			s.fine(said)
			if got := len(s.expiring(s.Clock().Now().Add(25 * time.Hour))); got != 5 || last(progress) != "6 set to expire" {
				t.Errorf("%d expire, said %q", got, progress)
			}
		})
	}
}

// TestPersonalAccessToken_bulkRights says which right is missing, and changes nothing then.
func TestPersonalAccessToken_bulkRights(t *testing.T) {
	t.Parallel()
	everybodys := values{"all_owners": true, "name_prefix": "old-"}
	for name, c := range map[string]struct {
		action  string
		config  values
		message string
	}{
		"revoke everybody's": {revokeType, everybodys, "idn:all-personal-access-tokens:read"},
		"revoke another's":   {revokeType, values{"owner_id": "x", "name_prefix": "old-"}, "idn:all-personal-access-tokens:read"},
		"expire everybody's": {expireType, everybodys.With(values{"expires_in": "1h"}), "idn:all-personal-access-tokens:read"},
		"expire one's own":   {expireType, values{"name_prefix": "own", "expires_in": "1h"}, "idn:all-personal-access-tokens:update"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			user, err := s.SailPoint.AddUser(fake.User{Name: "other"})
			if err != nil {
				t.Fatal(err)
			}
			s.crowded(3)
			s.seed("own", func(k *fake.Token) { k.Owner = user.IdentityID })
			before := fmt.Sprint(s.names())
			_, said := s.engine(as(user)).Invoke(c.action, c.config)
			s.failsWith(said, c.message)
			if got := fmt.Sprint(s.names()); got != before || len(s.expiring(s.Clock().Now().Add(time.Hour))) > 0 {
				t.Errorf("left are %s", got)
			}
			// What is one's own can be revoked.
			progress, said := s.engine(as(user)).Invoke(revokeType, values{"name_prefix": "own"})
			s.fine(said)
			if last(progress) != "1 revoked" || slices.Contains(s.names(), "own") {
				t.Errorf("said %q", progress)
			}
		})
	}
}

// TestPersonalAccessToken_expiredOnOlderContract is refused before anything is sent.
func TestPersonalAccessToken_expiredOnOlderContract(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"v2026", "v2025", "v2024", "v3", "beta"} {
		s := emulate(t)
		s.crowded(1)
		_, said := s.engine(versioned(version)).Invoke(expireType, values{"name_prefix": "old-", "expires_in": "1h"})
		failure := s.failed(said)
		if failure == nil || failure.Summary != "API version "+version+" cannot set the expiry of tokens in bulk" || s.Journal().Count(fakeapi.Filter{}) != 0 {
			t.Errorf("%s: %d requests, failed with %s", version, s.Journal().Count(fakeapi.Filter{}), said)
		}
		// Revoking works with all of them.
		progress, said := s.engine(versioned(version)).Invoke(revokeType, values{"name_prefix": "old-"})
		if s.fine(said); last(progress) != "1 revoked" {
			t.Errorf("%s: said %q", version, progress)
		}
	}
}
