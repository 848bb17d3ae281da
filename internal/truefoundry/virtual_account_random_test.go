package truefoundry_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestVirtualAccount_random takes an account through random runs.
func TestVirtualAccount_random(t *testing.T) {
	t.Parallel()
	lives(t, func(t *testing.T, seed uint64) {
		t.Helper()
		l := newLife(t, vaType, seed, func(w *fake.Switches, dice *rand.Rand) {
			// An opaque token is told once: the secret of one that was minted by a process that died is lost, of which Read warns.
			w.TokenType = "jwt"
			if dice.IntN(3) == 0 {
				w.AccountTokenDays = 20
			}
		})
		l.routes = map[string]string{"GET": vasRoute, "PUT": vasRoute, "POST": vasRoute + "/{id}/regenerate-token", "DELETE": jwtRoute}
		l.choices, l.strays = l.accountChoices(), strayAccounts
		l.config = with(graced("0"), args{"permissions": []any{args{"resource_fqn": "a:b", "resource_type": "workspace", "role_id": "viewer"}}})
		for range lifeSteps {
			l.edit()
			l.wait()
			l.run()
			if t.Failed() {
				return
			}
		}
		l.note("the end")
		l.end()
	})
}

// accountChoices make values for the arguments of an account.
func (l *life) accountChoices() map[string]func() any {
	choices := map[string]func() any{
		"rotation_triggers":    l.newTrigger,
		"overlap":              l.one(nil, 1, 3),
		"encrypt_secret_to":    l.one(nil, []any{l.recipient}),
		"rotate_before_expiry": l.one(nil, "48h", "100h"),
		"store_token":          l.one(nil, nil, false),
		"expiration_date":      l.one(nil, nil, "2045-01-31"),
	}
	if l.Switches().OldFields == "" {
		choices["tags"] = l.one(nil, args{"a": "x"}, args{"a": "y"})
	}
	return choices
}

// strayAccounts accepts, beside the account of the state, one that an error names, which the user then deletes.
func strayAccounts(l *life, told string) {
	for _, token := range l.minted() {
		switch {
		case l.now != nil && (token.ID == l.text("id") || l.text("id") == "" && token.Name == l.text("name")):
		case strings.Contains(told, token.ID), strings.Contains(told, `"`+token.Name+`"`):
			l.note("the user deletes %s", token.ID)
			_ = l.DeleteVirtualAccount(token.ID)
		default:
			l.t.Errorf("nobody knows %+v", token)
		}
	}
}
