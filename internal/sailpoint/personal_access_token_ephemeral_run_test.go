package sailpoint_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestPersonalAccessToken_ephemeralContracts mints on every API version what was asked for. Only where the tenant changes an expiry the token is
// renewed, as often as the run lasts.
func TestPersonalAccessToken_ephemeralContracts(t *testing.T) {
	t.Parallel()
	for version, route := range contracts() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			s.env.Now = s.Clock().Now
			e := s.engine(versioned(version))
			config := lent(values{"lifetime": "24h", "name_prefix": "run-", "access_token_validity_seconds": 60, "verify": true})
			opened := e.MustOpen(patType, config)
			stored := s.onTenant(opened.Text("id"))
			if !stored.Expiration.Equal(opened.Time("expires_at")) || stored.Expiration.Sub(stored.Created).Round(time.Minute) != 24*time.Hour || stored.AccessTokenValiditySeconds != 60 ||
				!slices.Equal(stored.Scope, []string{"sp:my-personal-access-tokens:read"}) || !strings.HasPrefix(stored.Name, "run-") || len(stored.Name) != 14 {
				t.Errorf("minted %+v, opened %v", stored, opened.Attributes)
			}
			renews := version == "v1"
			if want := s.Clock().Now().Add(12 * time.Hour); renews && opened.RenewAt.Sub(want).Abs() > time.Minute || !renews && !opened.RenewAt.IsZero() {
				t.Errorf("renewed at %s", opened.RenewAt)
			}
			for range 3 {
				if !renews {
					break
				}
				s.Clock().Advance(12 * time.Hour)
				e.NoError(e.Renew(opened))
				if now := s.onTenant(opened.Text("id")); now.Expiration.Sub(s.Clock().Now()).Round(time.Minute) != 24*time.Hour || opened.RenewAt.Sub(s.Clock().Now()).Round(time.Minute) != 12*time.Hour {
					t.Errorf("expires at %s, renewed at %s", now.Expiration, opened.RenewAt)
				}
			}
			s.mustWork(opened.Text("id"), opened.Text("secret"))
			e.NoError(e.Close(opened))
			if s.only(); s.requests("POST", route) != 1 || s.requests("DELETE", route+"/{id}") != 1 {
				t.Errorf("%d mints, %d deletions", s.requests("POST", route), s.requests("DELETE", route+"/{id}"))
			}
		})
	}
}

// TestPersonalAccessToken_ephemeralDefault has the name, the lifetime and the owner that nobody has asked for.
func TestPersonalAccessToken_ephemeralDefault(t *testing.T) {
	t.Parallel()
	s := emulate(t, switched(func(w *fake.Switches) { w.Deprecated = true }))
	e := s.engine()
	opened, said := e.Open(patType, lent())
	if warned(said) != "SailPoint Identity Security Cloud marks its API version v1 as deprecated" || said.Failed() {
		t.Errorf("said %s", said)
	}
	var owner map[string]tftypes.Value
	if err := opened.Attributes["owner"].As(&owner); err != nil || protocoltest.Attributes(owner).Text("id") != s.SailPoint.Bootstrap().IdentityID {
		t.Errorf("the owner is %s, %v", opened.Attributes["owner"], err)
	}
	if !opened.IsNull("lifetime") || !opened.IsNull("name_prefix") || !opened.IsNull("verify") || opened.Time("created_at").IsZero() {
		t.Errorf("opened %v", opened.Attributes)
	}
	for _, secret := range []string{opened.Text("secret"), s.SailPoint.Bootstrap().ClientSecret} {
		if strings.Contains(opened.Remembered(), secret) {
			t.Errorf("it remembers a secret: %s", opened.Remembered())
		}
	}
	// The second one of the run says nothing of it.
	second, said := e.Open(patType, lent())
	if len(said) > 0 {
		t.Errorf("said %s", said)
	}
	e.NoError(e.Close(opened))
	s.only(second.Text("id"))
	e.NoError(e.Close(second))
	s.only()
}

// TestPersonalAccessToken_ephemeralNotNow mints nothing in a plan that is told not to, and asks for nothing, wrong credentials included.
func TestPersonalAccessToken_ephemeralNotNow(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	for name, more := range map[string]values{"usual": nil, "wrong credentials": {"client_secret": "wrong"}, "no credentials": {"client_id": nil, "client_secret": nil}} {
		e := s.engine(more)
		opened := e.MustOpen(patType, lent(values{"mint_when": false, "lifetime": "2h", "verify": true}))
		for _, attribute := range []string{"id", "name", "secret", "owner", "created_at", "expires_at"} {
			if !opened.IsNull(attribute) {
				t.Errorf("%s: %s is %s", name, attribute, opened.Attributes[attribute])
			}
		}
		if !opened.RenewAt.IsZero() || len(opened.Private) > 0 && opened.Remembered() != "" {
			t.Errorf("%s: it remembers %s until %s", name, opened.Remembered(), opened.RenewAt)
		}
		e.NoError(e.Close(opened))
	}
	if got := s.Journal().Count(fakeapi.Filter{}); got != 0 {
		t.Errorf("%d requests", got)
	}
	opened := s.engine().MustOpen(patType, lent(values{"mint_when": true}))
	s.only(opened.Text("id"))
	_, said := s.engine(values{"client_secret": "wrong"}).Open(patType, lent())
	s.failsWith(said, "does not accept the provider's credentials")
	_, said = s.engine(values{"client_id": nil, "client_secret": nil}).Open(patType, lent())
	s.failsWith(said, "SAIL_CLIENT_ID")
	s.only(opened.Text("id"))
}

// TestPersonalAccessToken_ephemeralValidation refuses what the tenant would, and what would live too long.
func TestPersonalAccessToken_ephemeralValidation(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	e := s.engine()
	for name, c := range map[string]struct {
		config  values
		message string
	}{
		"no scope":       {values{"scope": nil}, "scope"},
		"empty scope":    {values{"scope": []string{}}, "scope"},
		"too long":       {values{"lifetime": "24h1s"}, "24h"},
		"nothing":        {values{"lifetime": "0s"}, "lifetime"},
		"malformed":      {values{"lifetime": "soon"}, "soon"},
		"empty prefix":   {values{"name_prefix": ""}, "name_prefix"},
		"short validity": {values{"access_token_validity_seconds": 14}, "access_token_validity_seconds"},
	} {
		if failure := s.failed(e.ValidateEphemeral(patType, lent(c.config))); failure == nil || !says(c.message).MatchString(failure.Summary+" "+failure.Detail+failure.Attribute.String()) {
			t.Errorf("%s: said %+v", name, failure)
		}
	}
	s.fine(e.ValidateEphemeral(patType, values{"scope": protocoltest.Unknown, "lifetime": protocoltest.Unknown, "mint_when": protocoltest.Unknown}))
}

// TestPersonalAccessToken_ephemeralGuardrails holds it to the provider's policy. It is stored nowhere and never rotated, so that only its lifetime counts.
func TestPersonalAccessToken_ephemeralGuardrails(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.policy = values{"max_lifetime": "30m", "require_rotation": true, "require_encryption": true}
	for lifetime, isRefused := range map[string]bool{"": false, "31m": true, "30m": false} {
		config := lent()
		if lifetime != "" {
			config["lifetime"] = lifetime
		}
		e := s.engine()
		opened, said := e.Open(patType, config)
		if isRefused {
			s.pointsAt(s.failsWith(said, "max_lifetime"), "lifetime")
			s.only()
			continue
		}
		s.fine(said)
		e.NoError(e.Close(opened))
	}
	if got := s.requests("POST", listRoute); got != 2 {
		t.Errorf("%d mints", got)
	}
}

// TestPersonalAccessToken_ephemeralTogether opens many at once: each has a token of its own, and they share one login and one list.
func TestPersonalAccessToken_ephemeralTogether(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.env.Now = s.Clock().Now
	for range 2 {
		left := s.engine().MustOpen(patType, lent(values{"lifetime": "30m"}))
		s.only(left.Text("id"))
		s.Clock().Advance(time.Hour)
	}
	s.asked()
	e := s.engine()
	all := make([]*protocoltest.Opened, 8)
	var wait sync.WaitGroup
	for i := range all {
		wait.Go(func() { all[i], _ = e.Open(patType, lent()) })
	}
	wait.Wait()
	var ids []string
	for _, opened := range all {
		ids = append(ids, opened.Text("id"))
	}
	s.only(ids...)
	if got := s.asked(); got.logins != 1 || got.lists != 1 || got.posts != len(all) || got.deletes != 1 {
		t.Errorf("asked %+v", got)
	}
	for _, opened := range all {
		wait.Go(func() { e.Close(opened) })
	}
	wait.Wait()
	if s.only(); len(s.minted()) > 0 {
		t.Errorf("left are %v", s.minted())
	}
}

// TestPersonalAccessToken_ephemeralRenewedElsewhere leaves a token alone that seemed to have expired until another run renewed it, and one that
// only looks like an ephemeral one.
func TestPersonalAccessToken_ephemeralRenewedElsewhere(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.env.Now = s.Clock().Now
	other, e := s.engine(), s.engine()
	opened := other.MustOpen(patType, lent(values{"lifetime": "1h"}))
	past := s.Clock().Now().Add(-time.Hour)
	lookalike := s.seed(rotation.NewName(rotation.EphemeralPrefix), func(k *fake.Token) { k.Expiration = &past })
	// This run knows a list in which it has an hour left.
	s.listed(e, values{})
	s.Clock().Advance(40 * time.Minute)
	other.NoError(other.Renew(opened))
	s.Clock().Advance(40 * time.Minute)
	own := e.MustOpen(patType, lent())
	s.mustWork(opened.Text("id"), opened.Text("secret"))
	e.NoError(e.Close(own))
	other.NoError(other.Close(opened))
	s.only()
	if _, exists := s.SailPoint.Token(lookalike.ID); !exists {
		t.Error("a token that was not ephemeral was deleted")
	}
}

// TestPersonalAccessToken_ephemeralRenewalFails is told when the token is closed, and the token is revoked at the end all the same.
func TestPersonalAccessToken_ephemeralRenewalFails(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	e := s.engine()
	opened := e.MustOpen(patType, lent())
	s.fault("PATCH", itemRoute, "status:403", 1)
	// Terraform shows nothing of a renewal that fails, and asks for no other after an error.
	if said := e.Renew(opened); len(said) > 0 || opened.RenewAt.IsZero() {
		t.Errorf("it is renewed at %s: %s", opened.RenewAt, said)
	}
	said := e.Close(opened)
	s.fine(said)
	if text := said.String(); !strings.Contains(text, "could not be extended") || !strings.Contains(text, opened.Text("name")) {
		t.Errorf("closing says %s", said)
	}
	s.only()
}
