package sailpoint_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestPersonalAccessToken_revocationFailsInBulk: one that cannot be revoked keeps no other alive, and the counts say how many there are of each.
func TestPersonalAccessToken_revocationFailsInBulk(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault   string
		left    int
		says    string
		message string
	}{
		"forbidden":                 {"status:403", 1, "3 revoked, 1 failed", " old-00 ("},
		"not found by a gateway":    {"status:404", 1, "3 revoked, 1 failed", "is still in the list"},
		"a gateway's page":          {"html", 1, "3 revoked, 1 failed", "is still in the list"},
		"answer lost":               {"drop-after", 0, "4 revoked", ""},
		"failed after all was done": {"status-after:502", 0, "4 revoked", ""},
		"429":                       {"429:1", 0, "4 revoked", ""},
	} {
		for whose, owner := range map[string]string{"own": "", "another's": "other"} {
			t.Run(name+", "+whose, func(t *testing.T) {
				t.Parallel()
				s := emulate(t)
				user, err := s.SailPoint.AddUser(fake.User{Name: "other"})
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range []string{"old-00", "old-01", "old-02", "old-03"} {
					s.seed(name, func(k *fake.Token) { k.Owner = owner })
				}
				config := values{"name_prefix": "old-"}
				if owner != "" {
					config["owner_id"] = user.IdentityID
				}
				s.fault(http.MethodDelete, itemRoute, c.fault, 1)
				progress, said := s.engine().Invoke(revokeType, config)
				failure := s.failed(said)
				if (failure != nil) != (c.message != "") {
					t.Fatalf("failed with %s", said)
				}
				message := c.message
				if owner != "" {
					message = strings.Replace(message, "is still in the list", "may still exist", 1)
				}
				if failure != nil && !strings.Contains(failure.Detail, message) {
					t.Errorf("failed with %s", failure.Detail)
				}
				if got := len(s.names()); got != c.left || last(progress) != c.says {
					t.Errorf("%d are left, said %q", got, progress)
				}
				progress, said = s.engine().Invoke(revokeType, config)
				if s.fine(said); len(s.names()) != 0 || !strings.HasSuffix(last(progress), " revoked") {
					t.Errorf("%q are left, said %q", s.names(), progress)
				}
			})
		}
	}
}

// TestPersonalAccessToken_revokedMeanwhile revokes what the list has shown, and neither fails for what somebody else has deleted since nor
// touches what somebody else has minted since under the same prefix.
func TestPersonalAccessToken_revokedMeanwhile(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.crowded(3)
	first := protocoltest.First(protocoltest.Route(http.MethodDelete, itemRoute))
	network := &protocoltest.Network{Before: func(r *http.Request) {
		if first(r) {
			for _, token := range s.minted() {
				_ = s.SailPoint.DeleteToken(token.ID)
			}
			s.seed("old-new")
		}
	}}
	progress, said := s.engineOn(network).Invoke(revokeType, values{"name_prefix": "old-"})
	if s.fine(said); !slices.Equal(s.names(), []string{"old-new"}) || last(progress) != "3 revoked" {
		t.Errorf("%q are left, said %q", s.names(), progress)
	}
}

// TestPersonalAccessToken_listOfTheMoment: what one action of a run has done, the next one of the same run sees, and so does a data source.
func TestPersonalAccessToken_listOfTheMoment(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.household()
	e := s.engine()
	s.listed(e, values{})
	s.seed("used-meanwhile")
	for _, want := range []string{"3 revoked", "0 revoked"} {
		progress, said := e.Invoke(revokeType, values{"name_prefix": "used-"})
		if s.fine(said); last(progress) != want {
			t.Errorf("said %q", progress)
		}
	}
	if listed, said := s.listed(e, values{"name_prefix": "used-"}); len(listed) > 0 || len(said) > 0 {
		t.Errorf("listed %q: %s", listed, said)
	}
}

// TestPersonalAccessToken_doubtfulBulk acts on nothing when the list cannot be trusted.
func TestPersonalAccessToken_doubtfulBulk(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.http = values{"max_retries": 0}
	s.crowded(2)
	doubts := protocoltest.Doubts(`[{"id": "x", "name": "old-x", "created": "2020-01-01T00:00:00Z", "owner": {}}]`)
	doubts["a row without an id"] = protocoltest.Doubt{Message: `"id" is missing`, By: func(a *protocoltest.Answer) {
		a.Body = strings.Replace(a.Body, `"id"`, `"uid"`, 1)
	}}
	for name, doubt := range doubts {
		progress, said := s.spoiled(doubt.By).Invoke(revokeType, values{"name_prefix": "old-"})
		if failure := s.failed(said); failure == nil || len(progress) > 0 {
			t.Errorf("%s: said %q: %s", name, progress, said)
		}
	}
	if got := s.requests(http.MethodDelete, ""); got != 0 || len(s.names()) != 2 {
		t.Errorf("%d deletions", got)
	}
}

// TestPersonalAccessToken_bulkOfWhatIsNotTold spares a token about which the tenant does not tell what the filter asks for.
func TestPersonalAccessToken_bulkOfWhatIsNotTold(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.seed("old", func(k *fake.Token) { k.Created = s.Clock().Now().Add(-1000 * time.Hour) })
	untold := func(a *protocoltest.Answer) { a.Body = strings.ReplaceAll(a.Body, `"created"`, `"born"`) }
	for name, filter := range map[string]values{"created before": {"created_before": ahead(time.Hour)}, "unused": {"unused_for": "7d"}} {
		progress, said := s.spoiled(untold).Invoke(revokeType, filter)
		if s.fine(said); last(progress) != "0 revoked" {
			t.Errorf("%s: said %q", name, progress)
		}
	}
}

// TestPersonalAccessToken_bulkUnusedToTheDay: the tenant writes the last use down once a day at the most, so that a token may have been used a
// day later than it shows.
func TestPersonalAccessToken_bulkUnusedToTheDay(t *testing.T) {
	t.Parallel()
	for action, more := range map[string]values{revokeType: {"dry_run": true}, expireType: {"dry_run": true, "expires_in": "1h"}} {
		for ago, want := range map[time.Duration]int{13 * time.Hour: 0, 35 * time.Hour: 0, 37 * time.Hour: 1} {
			s := emulate(t)
			s.seed("old", func(k *fake.Token) {
				used := s.Clock().Now().Add(-ago)
				k.Created, k.LastUsed = used.Add(-100*time.Hour), &used
			})
			progress, said := s.engine().Invoke(action, values{"unused_for": "12h", "name_prefix": "old"}.With(more))
			if s.fine(said); len(progress) != want+1 {
				t.Errorf("used %s ago: said %q", ago, progress)
			}
		}
	}
}
