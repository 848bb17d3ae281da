package sailpoint_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

const patType = "mint_sailpoint_personal_access_token"

// lent is the configuration of an ephemeral token.
func lent(more ...values) values {
	return values{"scope": []string{"sp:my-personal-access-tokens:read"}}.With(more...)
}

// TestPersonalAccessToken_ephemeral mints a token that works until it is closed, and leaves nothing behind.
func TestPersonalAccessToken_ephemeral(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.env.Now = s.Clock().Now
	e := s.engine()
	opened := e.MustOpen(patType, lent(values{"verify": true}))
	id, secret := opened.Text("id"), opened.Text("secret")
	s.mustWork(id, secret)
	stored := s.onTenant(id)
	if !rotation.IsEphemeralName(stored.Name) || !strings.HasPrefix(stored.Name, rotation.EphemeralPrefix) || stored.Name != opened.Text("name") {
		t.Errorf("it is called %q", stored.Name)
	}
	if stored.Expiration == nil || stored.Expiration.Sub(stored.Created).Round(time.Minute) != time.Hour {
		t.Errorf("it expires at %v", stored.Expiration)
	}
	s.Clock().Advance(40 * time.Minute)
	e.NoError(e.Renew(opened))
	s.Clock().Advance(40 * time.Minute)
	s.mustWork(id, secret)
	e.NoError(e.Close(opened))
	s.only()
	s.mustFail(id, secret)
}

// TestPersonalAccessToken_ephemeralSwept deletes what an earlier run has left behind once it has expired, and nothing else.
func TestPersonalAccessToken_ephemeralSwept(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	made := s.made(values{"name_prefix": rotation.EphemeralPrefix, "lifetime": "30m", "scope": []string{"sp:my-personal-access-tokens:read"}})
	foreign := s.seed("mint-ephemeral-abcdefghij", func(k *fake.Token) {
		past := time.Now().Add(-time.Minute)
		k.Expiration = &past
	})
	left := s.engine().MustOpen(patType, lent(values{"lifetime": "30m"}))
	alive := s.engine().MustOpen(patType, lent(values{"lifetime": "10h"}))
	s.Clock().Advance(time.Hour)
	e := s.engine()
	opened := e.MustOpen(patType, lent())
	e.NoError(e.Close(opened))
	for id, stays := range map[string]bool{made.Text("id"): true, foreign.ID: true, left.Text("id"): false, alive.Text("id"): true} {
		if _, exists := s.SailPoint.Token(id); exists != stays {
			t.Errorf("%s exists: %t", id, exists)
		}
	}
}
