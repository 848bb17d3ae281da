package sailpoint_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

const (
	revokeType = "mint_sailpoint_revoke_personal_access_tokens"
	expireType = "mint_sailpoint_expire_personal_access_tokens"
	bulkRoute  = "/personal-access-tokens/v1/bulk-update"
)

// names are those of the tokens that a tenant still stores, bootstrap ones left out, in their order.
func (s *tenant) names() []string {
	var names []string
	for _, token := range s.minted() {
		if token.Name != "bootstrap" {
			names = append(names, token.Name)
		}
	}
	slices.Sort(names)
	return names
}

// without are names of which some are left out.
func without(all []string, some ...string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(name string) bool { return slices.Contains(some, name) })
}

// last is the last line of what an action says.
func last(progress []string) string {
	if len(progress) == 0 {
		return ""
	}
	return progress[len(progress)-1]
}

// TestPersonalAccessToken_revokedInBulk deletes just what passes all filters, and says so.
func TestPersonalAccessToken_revokedInBulk(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		filter values
		dies   []string
		says   string
	}{
		"a prefix":              {values{"name_prefix": "used-"}, []string{"used-lately", "used-long-ago"}, "2 revoked"},
		"a prefix of none":      {values{"name_prefix": "Used-"}, nil, "0 revoked"},
		"unused":                {values{"unused_for": "90d", "created_before": ahead(-100 * 24 * time.Hour)}, []string{"never-used", "used-long-ago"}, "2 revoked"},
		"never used":            {values{"never_used": true, "created_before": ahead(-48 * time.Hour)}, []string{"never-used"}, "1 revoked"},
		"expiring":              {values{"expires_within": "7d"}, []string{"expired", "expiring"}, "2 revoked"},
		"a scope":               {values{"scope": "sp:scopes:default"}, []string{"never-used-new"}, "1 revoked"},
		"everybody's":           {values{"name_prefix": "f", "all_owners": true}, []string{"foreign"}, "1 revoked"},
		"somebody's":            {values{"owner_id": "other", "never_used": false}, []string{"foreign"}, "1 revoked"},
		"managed are spared":    {values{"name_prefix": "platform"}, nil, "0 revoked, 1 skipped"},
		"the own one is spared": {values{"name_prefix": "bootstrap"}, nil, "0 revoked, 1 skipped"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			seeded := s.household()
			if c.filter["owner_id"] != nil {
				c.filter = c.filter.With(values{"owner_id": seeded["foreign"].Owner})
			}
			before := s.names()
			e := s.engine()
			s.fine(e.ValidateAction(revokeType, c.filter))
			s.fine(e.PlanAction(revokeType, c.filter))
			progress, said := e.Invoke(revokeType, c.filter)
			s.fine(said)
			if got := s.names(); !slices.Equal(got, without(before, c.dies...)) {
				t.Errorf("left are %q", got)
			}
			if last(progress) != c.says {
				t.Errorf("said %q", progress)
			}
			// The second time nothing is left to do.
			progress, said = s.engine().Invoke(revokeType, c.filter)
			s.fine(said)
			if got := s.requests(http.MethodDelete, ""); got != len(c.dies) || !strings.HasPrefix(last(progress), "0 revoked") {
				t.Errorf("%d deletions, said %q", got, progress)
			}
		})
	}
}

// TestPersonalAccessToken_revokedByID goes by ids: those that do not exist are said, and a managed token that is named is not spared.
func TestPersonalAccessToken_revokedByID(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	seeded := s.household()
	before, own := s.names(), s.SailPoint.Bootstrap().ClientID
	id := func(name string) string { return seeded[name].ID }
	e := s.engine()
	config := values{"ids": []any{id("lasting"), id("lasting"), "unknown", "unknown", nil, own, id("platform"), id("expiring")}}
	progress, said := e.Invoke(revokeType, config.With(values{"except_ids": []any{id("expiring"), nil}}))
	s.fine(said)
	if got := s.names(); !slices.Equal(got, without(before, "lasting", "platform")) {
		t.Errorf("left are %q", got)
	}
	if last(progress) != "2 revoked, 1 skipped, 1 not found" || !says("skipped bootstrap").MatchString(progress[0]) || !strings.HasSuffix(progress[0], ": the provider is logged in with it") ||
		!slices.Contains(progress, "not found: unknown. It does not exist, or the provider cannot see it") {
		t.Errorf("said %q", progress)
	}
	// With filters besides, both must hold.
	progress, said = e.Invoke(revokeType, values{"ids": []string{id("expired"), id("never-used")}, "name_prefix": "exp"})
	s.fine(said)
	if got := s.names(); !slices.Equal(got, without(before, "lasting", "platform", "expired")) || last(progress) != "1 revoked" {
		t.Errorf("left are %q, said %q", got, progress)
	}
}

// TestPersonalAccessToken_bulkRefused does nothing without a filter that narrows down what is meant. What is not known when Terraform validates
// is held to the same rules when the action is invoked.
func TestPersonalAccessToken_bulkRefused(t *testing.T) {
	t.Parallel()
	unknown := protocoltest.Unknown
	for name, c := range map[string]struct {
		action            string
		validated, config values
		message           string
	}{
		"no filter":                {revokeType, values{}, nil, "Set ids, or one of the filters created_before, expires_within, name_prefix, never_expires, never_used, scope, unused_for"},
		"all owners is none":       {revokeType, values{"all_owners": true}, nil, "Without a filter this action would revoke every SailPoint personal access token"},
		"exceptions are none":      {revokeType, values{"except_ids": []string{"x"}}, nil, "No filter is set"},
		"no ids":                   {revokeType, values{"ids": []string{}}, nil, "at least 1"},
		"empty id":                 {revokeType, values{"ids": []string{""}}, nil, "at least 1"},
		"nobody":                   {revokeType, values{"never_used": true, "owner_id": ""}, nil, "at least 1"},
		"two owners":               {revokeType, values{"never_used": true, "owner_id": "x", "all_owners": true}, nil, "owner_id"},
		"no count":                 {revokeType, values{"never_used": true, "max_count": 0}, nil, "at least 1"},
		"no time":                  {expireType, values{"never_used": true}, nil, "expires_in"},
		"two times":                {expireType, values{"never_used": true, "expires_in": "14d", "expires_at": ahead(time.Hour)}, nil, "expires_in"},
		"no filter after all":      {revokeType, values{"name_prefix": unknown}, values{"name_prefix": nil}, "No filter is set"},
		"empty prefix after all":   {revokeType, values{"name_prefix": unknown}, values{"name_prefix": ""}, "name_prefix string length must be at least 1"},
		"nobody after all":         {revokeType, values{"never_used": true, "owner_id": unknown}, values{"owner_id": ""}, "owner_id"},
		"two owners after all":     {revokeType, values{"never_used": true, "owner_id": unknown, "all_owners": true}, values{"owner_id": "x"}, "owner_id"},
		"malformed after all":      {revokeType, values{"unused_for": unknown}, values{"unused_for": "soon"}, "soon"},
		"negative after all":       {revokeType, values{"unused_for": unknown}, values{"unused_for": "-1h"}, "unused_for"},
		"malformed time after all": {revokeType, values{"created_before": unknown}, values{"created_before": "2030"}, "2030"},
		"no time after all":        {expireType, values{"never_used": true, "expires_in": unknown}, values{"expires_in": nil}, "expires_in"},
		"two times after all":      {expireType, values{"never_used": true, "expires_in": unknown, "expires_at": ahead(time.Hour)}, values{"expires_in": "1h"}, "expires_in"},
		"at once after all":        {expireType, values{"never_used": true, "expires_in": unknown}, values{"expires_in": "0s"}, "expires_in"},
		"past":                     {expireType, values{"never_used": true, "expires_at": unknown}, values{"expires_at": ahead(-time.Hour)}, "has passed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			s.household()
			before := s.minted()
			e := s.engine()
			said := e.ValidateAction(c.action, c.validated)
			if c.config != nil {
				s.fine(said)
				_, said = e.Invoke(c.action, c.validated.With(c.config, values{"max_count": 1000}))
			}
			if failure := s.failed(said); failure == nil || !says(c.message).MatchString(failure.Summary+" "+failure.Detail) {
				t.Errorf("said %s", said)
			}
			if after := s.minted(); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("changed are %v", after)
			}
		})
	}
}

// TestPersonalAccessToken_bulkBounded changes nothing when more match than max_count, and in a dry run, which says what matches however much
// that is.
func TestPersonalAccessToken_bulkBounded(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	for i := range 12 {
		s.seed(fmt.Sprintf("old-%02d", i), func(k *fake.Token) { k.Scope = []string{"sp:scopes:default"} })
	}
	for action, verb := range map[string]string{revokeType: "revoke", expireType: "expire"} {
		filter := values{"name_prefix": "old-"}
		if action == expireType {
			filter["expires_in"] = "1h"
		}
		for bound, more := range map[string]values{"max_count is 10": nil, "max_count is 11": {"max_count": 11}} {
			progress, said := s.engine().Invoke(action, filter.With(more))
			failure := s.failed(said)
			if failure == nil || failure.Summary != "More SailPoint personal access tokens match than the action may "+verb || !says("12 match, and "+bound).MatchString(failure.Detail) || len(progress) > 0 {
				t.Errorf("said %q: %s", progress, said)
			}
		}
		progress, said := s.engine().Invoke(action, filter.With(values{"dry_run": true}))
		s.fine(said)
		if len(progress) != 13 || !strings.HasPrefix(progress[0], "would be ") || !strings.HasSuffix(progress[0], ", owner mint.bootstrap, never expires, never used)") || !strings.Contains(last(progress), "dry run: 12 would be") ||
			!strings.Contains(last(progress), "nothing was changed") || !strings.Contains(last(progress), "max_count is 10") {
			t.Errorf("said %q", progress)
		}
	}
	if got := len(s.names()); got != 12 || s.requests(http.MethodDelete, "")+s.requests(http.MethodPatch, "") != 0 {
		t.Errorf("%d tokens are left", got)
	}
}
