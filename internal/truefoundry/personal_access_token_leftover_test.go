package truefoundry_test

import (
	"testing"
	"time"
)

// cutOff rotates, and forgets that: the process has died between the mint and the state. It returns the secret of what is left behind,
// which nobody knows.
func (s *subject) cutOff(config args) string {
	s.t.Helper()
	before := s.Object
	s.succeeds(config)
	for _, pat := range s.PersonalAccessTokens() {
		if pat.ID == s.text("id") {
			s.Object = before
			return pat.Token.Secret
		}
	}
	s.t.Fatal("nothing was minted")
	return ""
}

// TestPersonalAccessToken_leftoverFound finds what a rotation that was cut off has left behind although the state does not hold the
// arguments that it had.
func TestPersonalAccessToken_leftoverFound(t *testing.T) {
	t.Parallel()
	noOverlap := args{"overlap": nil}
	for name, c := range map[string]struct{ config, edit, then args }{
		"overlap was new":    {with(overlapping("1"), noOverlap), overlapping("2"), with(overlapping("1"), noOverlap)},
		"prefix was new":     {args{"name": "fixed", "lifetime": "720h"}, with(overlapping("2"), args{"name_prefix": "new-"}), args{"name": "fixed", "lifetime": "720h"}},
		"prefix was another": {overlapping("1"), with(overlapping("2"), args{"name_prefix": "cd-"}), overlapping("1")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token := emulate(t).subject(patType)
			token.Does("create", c.config)
			lost := token.cutOff(c.edit)
			token.living(2)
			token.succeeds(c.then)
			token.Settled(c.then)
			token.works()
			token.end()
			token.check(lost, false)
		})
	}
}

// TestPersonalAccessToken_leftoverKeeps keeps the resource whose tokens are all gone but for what a rotation that was cut off has left
// behind: only the state leads there.
func TestPersonalAccessToken_leftoverKeeps(t *testing.T) {
	t.Parallel()
	each(t, []string{"rotated", "destroyed"}, nil, func(p *plane, then string) {
		token := p.subject(patType)
		token.Does("create", overlapping("1"))
		lost := token.cutOff(overlapping("2"))
		if err := p.DeletePersonalAccessToken(token.text("id")); err != nil {
			p.t.Fatal(err)
		}
		p.pass(time.Hour)
		contains(p.t, token.refresh().Warnings(), "is missing")
		if token.Object == nil {
			p.t.Fatal("nothing leads to what was left behind")
		}
		if then == "rotated" {
			token.Does("rotate", overlapping("2"))
			token.works()
			p.living(1)
		}
		token.end()
		p.check(lost, false)
	})
}
