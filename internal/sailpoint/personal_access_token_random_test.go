package sailpoint_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest/randomrun"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestPersonalAccessToken_random takes a token through random runs, on both contracts.
func TestPersonalAccessToken_random(t *testing.T) {
	t.Parallel()
	randomrun.Test(t, func(t *testing.T, d *randomrun.Draw) *randomrun.Case {
		t.Helper()
		version := randomrun.Pick(d, "v1", "v2024", "v3")
		habits := fake.Switches{
			HideExpired: d.OneIn(3), ShuffleScopes: d.OneIn(3), Microseconds: d.OneIn(3),
			NeverExpiration: randomrun.Pick(d, "null", "absent", "empty"), OmittedScope: randomrun.Pick(d, "all", "null"),
			// The pace is not what this is about.
			RateLimit: -1,
		}
		s := emulate(t, switched(func(w *fake.Switches) { *w = habits }))
		// A machine whose clock is right: that one which is wrong learns the tenant's time is another test's.
		s.env.Now = s.Clock().Now
		c := s.randomCase(version)
		c.About, c.CreateBeforeDestroy = fmt.Sprintf("%s, %+v", version, habits), d.OneIn(3)
		return c
	})
}

// randomCase is a token on the tenant.
func (s *tenant) randomCase(version string) *randomrun.Case {
	route := func(method, suffix string) fakeapi.Fault {
		return fakeapi.Fault{System: fake.Name, Method: method, Route: contracts()[version] + suffix}
	}
	c := &randomrun.Case{
		Start: func(network *protocoltest.Network) *protocoltest.Engine {
			return s.engineOn(network, versioned(version))
		},
		Clock:  s.Clock(),
		Faults: s.Faults(),
		Routes: []fakeapi.Fault{route("GET", ""), route("POST", ""), route("PATCH", "/{id}"), route("DELETE", "/{id}")},
		Mint:   route("POST", ""), List: route("GET", ""), Requests: 7,

		Current: "id", Secret: "secret", Config: overlapping(), Edits: randomEdits(),
		// With the newer contract an end can be moved.
		Needs: []string{"access_token_validity_seconds"},
		Refusals: []string{
			"The token would be rotated in every run", "The token would be expired at once", "How long the token lives is not set",
			"The token would be expired when it is minted", "would have more rights than the previous one", "every token expires",
		},
		Stored: s.storedTokens,
		Works: func(token randomrun.Token) bool {
			probe, err := fake.UseToken(s.t.Context(), s.base(), token.ID, token.Secret)
			return err == nil && probe.Works()
		},
		Delete:   func(token randomrun.Token) { s.remove(token.ID) },
		Findable: followsUp,
		Tamper:   s.tamper,
		ImportID: func(of *object) string { return of.Text("id") },
		Stranger: func(d *randomrun.Draw) randomrun.Token {
			token := s.seed(fmt.Sprintf("theirs-%d", d.Int()))
			return randomrun.Token{ID: token.ID, Name: token.Name, Secret: token.Secret}
		},
	}
	if version != "v1" {
		c.Needs = append(c.Needs, "lifetime", "expires_at", "never_expires")
	}
	return c
}

// storedTokens are all tokens but the provider's own.
func (s *tenant) storedTokens() []randomrun.Token {
	var all []randomrun.Token
	for _, token := range s.minted() {
		all = append(all, randomrun.Token{ID: token.ID, Name: token.Name, Secret: token.Secret, Expires: token.Expiration})
	}
	return all
}

// followsUp reports a token under the name that only the next generation of an object has.
func followsUp(token randomrun.Token, of *object) bool {
	prefix, _ := rotation.Prefix(token.Name)
	return token.Name == rotation.NextName(prefix, of.Text("id"))
}

func (s *tenant) remove(id string) {
	if err := s.SailPoint.DeleteToken(id); err != nil {
		s.t.Error(err)
	}
}

// tamper changes a token as somebody else might.
func (s *tenant) tamper(d *randomrun.Draw, token randomrun.Token) string {
	at := d.Now().Add(time.Duration(1+d.IntN(900)) * time.Hour).Truncate(time.Millisecond)
	edit := randomrun.Pick(d, func(k *fake.Token) { k.Expiration = &at }, func(k *fake.Token) { k.Scope = []string{"z"} }, func(k *fake.Token) { k.Name = "renamed-" + token.ID })
	if err := s.SailPoint.PatchToken(token.ID, edit); err != nil {
		s.t.Error(err)
	}
	changed, _ := s.SailPoint.Token(token.ID)
	return fmt.Sprintf("%s, %v, %v", changed.Name, changed.Scope, changed.Expiration)
}

// randomEdits are what a random run changes.
func randomEdits() []randomrun.Edit {
	end := func(d *randomrun.Draw) values {
		end := values{"lifetime": nil, "expires_at": nil, "never_expires": nil}
		switch d.IntN(8) {
		case 0:
			at := d.Now().Add(time.Duration(100+d.IntN(900)) * time.Hour)
			end["expires_at"], end["rotate_before_expiry"] = at.UTC().Format(time.RFC3339), nil
		case 1:
			end["never_expires"], end["rotate_before_expiry"] = true, nil
		case 2:
		default:
			end["lifetime"] = randomrun.Pick(d, "400h", "500h", "720h")
		}
		return end
	}
	return []randomrun.Edit{
		randomrun.Triggers(), randomrun.Encrypts(),
		randomrun.Set("overlap", "24h", "200h", nil),
		randomrun.Set("name_prefix", "ci-", "deploy-"),
		randomrun.Set("rotate_before_expiry", "48h", "100h", "450h", nil), randomrun.Set("rotate_after", nil, nil, "200h", "350h"),
		randomrun.Set("access_token_validity_seconds", 60, 600, nil),
		randomrun.Set("scope", []string{"a"}, []string{"a", "b"}, nil),
		{Name: "lifetime", Make: end},
		{Name: "expires_at", Make: end},
		{Name: "never_expires", Make: end},
	}
}
