package truefoundry_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestPersonalAccessToken_random takes a token through random runs. Whatever happens, a plan is kept, no token is lost that somebody
// would have to know, and nothing survives the end.
func TestPersonalAccessToken_random(t *testing.T) {
	t.Parallel()
	lives(t, func(t *testing.T, seed uint64) {
		t.Helper()
		l := newLife(t, patType, seed, func(w *fake.Switches, dice *rand.Rand) {
			if dice.IntN(4) == 0 {
				w.PATMaxAgeDays = 20
			}
		})
		l.routes = map[string]string{"GET": patsRoute, "POST": patsRoute, "DELETE": patsRoute + "/{id}"}
		l.choices, l.strays = l.tokenChoices(), strayTokens
		l.config = overlapping("0")
		for range lifeSteps {
			l.edit()
			l.wait()
			l.deleteTokens()
			l.forget()
			l.run()
			if t.Failed() {
				return
			}
		}
		l.note("the end")
		l.end()
	})
}

// tokenChoices make values for the arguments of a token; those that do not go together are refused and left out.
func (l *life) tokenChoices() map[string]func() any {
	choices := map[string]func() any{
		"rotation_triggers":    l.newTrigger,
		"overlap":              l.one(nil, "24h", "72h", "200h"),
		"name_prefix":          l.one(nil, "ci-", "deploy-"),
		"name":                 l.one(nil, nil, "fixed", "fast"),
		"encrypt_secret_to":    l.one(nil, []any{l.recipient}),
		"rotate_before_expiry": l.one(nil, "48h", "100h"),
		"lifetime":             l.one(nil, "720h", "400h", "500h"),
		"expires_at": func() any {
			return pickOne(l.dice, nil, any(rotation.Format(l.Stage().Clock.Now().Add(400*time.Hour))))
		},
	}
	if l.Switches().OldFields != "refused" {
		choices["team_name"], choices["token_type"] = l.one(nil, "red", "blue"), l.one(nil, "jwt", "opaque")
	}
	return choices
}

// deleteTokens deletes generations outside Terraform.
func (l *life) deleteTokens() {
	if l.now == nil || !l.oneIn(8) {
		return
	}
	for _, name := range pickOne(l.dice, []string{"id"}, []string{"previous_id"}, []string{"id", "previous_id"}) {
		if id := l.text(name); id != "" && l.DeletePersonalAccessToken(id) == nil {
			// Until a list is sure to show what was made, one that lacks it proves nothing.
			l.pass(longSettled)
			l.note("somebody deletes %s, the %s", id, name)
		}
	}
}

// strayTokens accepts, beside the generations of the state and what is owed, a token under the name of the next generation, which a
// later run finds, and one that an error names, which the user then deletes.
func strayTokens(l *life, told string) {
	var known []string
	id := ""
	if l.now != nil {
		id = l.text("id")
		known = append(l.record().Owed, id, l.text("previous_id"))
	}
	for _, token := range l.minted() {
		prefix, _ := rotation.Prefix(token.Name)
		switch {
		case slices.Contains(known, token.ID):
		case id == "" && l.now != nil && token.Name == l.text("name"):
		case id != "" && token.Name == rotation.NextName(prefix, id):
			l.note("left behind: %s, %s", token.ID, token.Name)
		case strings.Contains(told, token.ID), strings.Contains(told, `"`+token.Name+`"`):
			l.note("the user deletes %s", token.ID)
			_ = l.DeletePersonalAccessToken(token.ID)
		default:
			l.t.Errorf("nobody knows %+v", token)
		}
	}
}
