package sailpoint_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// ownExpires is what a run says once of the provider's own credential.
const ownExpires = "The provider's own credential for SailPoint Identity Security Cloud expires soon"

// saysOf are the messages with this summary.
func saysOf(said protocoltest.Diagnostics, summary string) protocoltest.Diagnostics {
	var about protocoltest.Diagnostics
	for _, d := range said {
		if d.Summary == summary {
			about = append(about, d)
		}
	}
	return about
}

// ownToken is a token with all rights that the provider logs in with.
func (s *tenant) ownToken(expiry time.Time) (fake.Token, values) {
	s.t.Helper()
	own := s.seed("pipeline", func(k *fake.Token) { k.Scope, k.Expiration = []string{"sp:scopes:all"}, &expiry })
	return own, values{"client_id": own.ID, "client_secret": own.Secret}
}

// TestPersonalAccessToken_ownCredentialExpires warns once in a run, however many resources and data sources there are, of a login whose token
// expires soon, and asks for nothing to find out.
func TestPersonalAccessToken_ownCredentialExpires(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		left    time.Duration
		warning string
		warns   int
	}{
		"within the default":         {13 * day, "", 1},
		"later than the default":     {15 * day, "", 0},
		"within a longer warning":    {15 * day, "480h", 1},
		"later than a short warning": {13 * day, "24h", 0},
		"switched off":               {day, "0s", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			s.expiryWarning = c.warning
			own, login := s.ownToken(s.Clock().Now().Add(c.left))
			config := numbered("ci", values{"scope": []string{"sp:my-personal-access-tokens:read"}, "lifetime": "2160h"})
			fleet := s.fleet(5)
			plans, said := fleet.plan(config, login)
			if len(saysOf(said, ownExpires)) != c.warns || len(said) != c.warns {
				t.Errorf("the plan of their creation says %s", said)
			}
			if said := fleet.apply(plans, config); said.Failed() {
				t.Fatal(said)
			}
			s.Journal().Reset()
			_, said = fleet.plan(config, login)
			about := saysOf(said, ownExpires)
			if len(about) != c.warns || len(said) != c.warns {
				t.Errorf("the plan says %s", said)
			}
			if got := s.asked(); got != (tally{logins: 1, lists: 1}) {
				t.Errorf("the tenant was asked %+v", got)
			}
			for _, d := range about {
				for _, text := range []string{"pipeline (" + own.ID + ")", "expires at " + own.Expiration.UTC().Format(time.RFC3339), "SAIL_CLIENT_ID, SAIL_CLIENT_SECRET"} {
					if !strings.Contains(d.Detail, text) || d.Attribute != nil {
						t.Errorf("%q is not said by %s", text, d)
					}
				}
			}
			e := s.engine(login)
			for i, source := range []string{dataSourceType, lookupType} {
				_, said := e.ReadDataSource(source, map[string]values{lookupType: {"name": "pipeline"}}[source])
				if want := c.warns * (1 - i); said.Failed() || len(saysOf(said, ownExpires)) != want {
					t.Errorf("%s says %s", source, said)
				}
			}
		})
	}
}

// TestPersonalAccessToken_ownCredentialRotated has the provider rotate the token that it is logged in with, as the warning advises: the previous
// token is what expires soon then, until the provider is given the new one.
func TestPersonalAccessToken_ownCredentialRotated(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	own, login := s.ownToken(s.Clock().Now().Add(240 * time.Hour))
	config := values{"name_prefix": "pipe", "scope": []string{"sp:scopes:all"}, "lifetime": "2160h", "overlap": "48h"}.With(triggered("1"))
	w := s.workspace(s.engine(login).MustImport(own.ID), login)
	if said := w.RefreshAndPlan(config).Diagnostics; len(saysOf(said, ownExpires)) != 1 {
		t.Errorf("the plan says %s", said)
	}
	// The newer contract moves its expiry, which is another way out.
	w.Does(protocoltest.Update, config)
	if said := w.RefreshAndPlan(config).Diagnostics; len(said) != 0 {
		t.Errorf("the plan says %s", said)
	}
	config = config.With(triggered("2"))
	w.Does(protocoltest.Rotate, config)
	rotated := w.Object
	if rotated.Text("id") == own.ID || rotated.Text("previous_id") != own.ID {
		t.Fatalf("the tokens are %s and %s", rotated.Text("id"), rotated.Text("previous_id"))
	}
	s.mustWork(own.ID, own.Secret)
	s.mustWork(rotated.Text("id"), rotated.Text("secret"))
	// Logged in with the previous token, a run says that this one expires with its overlap; with the new one there is nothing to say.
	if said := w.RefreshAndPlan(config).Diagnostics; len(saysOf(said, ownExpires)) != 1 || !strings.Contains(said.String(), rotated.Time("previous_revoked_after").UTC().Format(time.RFC3339)) {
		t.Errorf("the plan says %s", said)
	}
	w.Start = s.workspace(nil, values{"client_id": rotated.Text("id"), "client_secret": rotated.Text("secret")}).Start
	if said := w.RefreshAndPlan(config).Diagnostics; len(said) != 0 {
		t.Errorf("the plan says %s", said)
	}
	s.Clock().Advance(49 * time.Hour)
	w.Does(protocoltest.Update, config)
	s.only(rotated.Text("id"))
	s.mustFail(own.ID, own.Secret)
}
