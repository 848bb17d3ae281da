package magpie_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest/randomrun"
)

// TestMagpieAccessToken_random takes a token that lives beside others, and one that does not, through random runs.
func TestMagpieAccessToken_random(t *testing.T) {
	t.Parallel()
	randomrun.Test(t, func(t *testing.T, d *randomrun.Draw) *randomrun.Case {
		t.Helper()
		kind, habits := randomrun.Pick(d, distinctKinds()...), anyHabits(d)
		c := emulate(t, switched(func(w *fake.Switches) { *w = habits })).randomCase(kind)
		c.About, c.CreateBeforeDestroy = fmt.Sprintf("%s, %+v", kind, habits), d.OneIn(3)
		return c
	})
}

// anyHabits are those of an organization of one kind or another.
func anyHabits(d *randomrun.Draw) fake.Switches {
	return fake.Switches{
		// Short numbers would be found in times and addresses.
		IDKind:           randomrun.Pick(d, "large_number", "uuid"),
		TokenLifetime:    fakeapi.Duration(randomrun.Pick(d, 0, 720*time.Hour)),
		CreateID:         d.OneIn(2),
		HideExpired:      d.OneIn(2),
		HideDescription:  d.OneIn(6),
		ClearDescription: randomrun.Pick(d, "clears", "clears", "clears", "ignored", "refused"),
		EmptyDescription: randomrun.Pick(d, "null", "missing", "empty"),
		ListOrder:        randomrun.Pick(d, "oldest_first", "newest_first", "shuffled"),
		TimeForm:         randomrun.Pick(d, "iso_z", "iso_z_millis", "epoch_seconds"),
		UnknownIDStatus:  randomrun.Pick(d, 404, 400, 500, 200),
	}
}

// randomCase is a token of the service account.
func (o *organization) randomCase(kind string) *randomrun.Case {
	route := func(method, path string) fakeapi.Fault {
		return fakeapi.Fault{System: fake.Name, Method: method, Route: path}
	}
	c := &randomrun.Case{
		Start:  func(network *protocoltest.Network) *protocoltest.Engine { return o.engineOn(network, kind, impatience) },
		Clock:  o.Clock(),
		Faults: o.Faults(),
		Routes: []fakeapi.Fault{
			route("GET", userRoute), route("POST", mintOf(kind)), route("PUT", textRoute), route("PUT", statusRoute), route("DELETE", itemRoute),
		},
		Mint: route("POST", mintOf(kind)), List: route("GET", userRoute), Requests: 17,

		Current: "id", Secret: "token",
		Config: arguments(kind, values{"rotation_triggers": generationOf("0"), "disabled": false}),
		Edits: []randomrun.Edit{
			randomrun.Triggers(), randomrun.Encrypts(),
			randomrun.Set("description", nil, "", "one", "two"),
			randomrun.Set("disabled", true, false, false),
			randomrun.Set("rotate_before_expiry", nil, "48h", "100h", "900h"), randomrun.Set("rotate_after", nil, nil, "200h", "350h"),
		},
		Refusals: []string{"rotated in every run"},

		Stored:   o.storedTokens,
		Works:    func(token randomrun.Token) bool { return o.use(token.Secret).Works() },
		Delete:   func(token randomrun.Token) { o.forget(token.ID) },
		Findable: o.isMarked,
		ImportID: func(of *object) string {
			switch {
			case kind != exclusive:
				return robot + "/" + of.Text("id")
			case len(o.stored()) == 1:
				return robot
			}
			return ""
		},
		Stranger:         o.stranger,
		DeletesStrangers: kind == exclusive,
		Unprovable:       true,
		Unlisted:         "the list failed",
		Advised:          o.followExclusiveAdvice,
	}
	if o.Magpie.Switches().ClearDescription == "refused" {
		c.Edits[2] = randomrun.Set("description", "one", "two")
	}
	if kind != exclusive {
		c.Config = c.Config.With(values{"overlap": "24h"})
		c.Edits = append(c.Edits, randomrun.Set("overlap", nil, "24h", "24h", "48h"))
		c.Advised = o.followAdvice
	}
	return c
}

func (o *organization) storedTokens() []randomrun.Token {
	var all []randomrun.Token
	for _, token := range o.stored() {
		all = append(all, randomrun.Token{ID: token.ID, Secret: token.Secret, Expires: token.Expires, Disabled: token.Disabled})
	}
	return all
}

// isMarked reports a token that a rotation of an object has marked, so that it can be told whose it is.
func (o *organization) isMarked(token randomrun.Token, of *object) bool {
	id := of.Text("id")
	stored, _ := o.Magpie.Token(token.ID)
	return id != "" && !o.Magpie.Switches().HideDescription && stored.Description == "terraform-provider-mint: rotation of "+id+" under way"
}

// stranger is a token that somebody else makes.
func (o *organization) stranger(d *randomrun.Draw) randomrun.Token {
	text := randomrun.Pick(d, "", "theirs", "terraform-provider-mint: rotation of 4711 under way")
	token := o.seed(robot, func(t *fake.Token) { t.Description = text })
	return randomrun.Token{ID: token.ID, Name: text, Secret: token.Secret}
}

// followAdvice deletes the token whose id a state lacks, as a person would who has found out which one it is.
func (o *organization) followAdvice(failure, secret string) (advised, removed bool) {
	if !strings.Contains(failure, "its id could not be found") && !strings.Contains(failure, "The id of the token could not be found") {
		return false, false
	}
	for _, token := range o.stored() {
		if token.Secret == secret {
			o.forget(token.ID)
		}
	}
	return true, strings.Contains(failure, "terraform state rm")
}

// followExclusiveAdvice deletes the other tokens of the account, so that the one that is left is known to be the state's; or, where
// nothing else is advised, the state's own.
func (o *organization) followExclusiveAdvice(failure, secret string) (advised, removed bool) {
	isKept := strings.Contains(failure, "Delete the account's other tokens in Magpie")
	isRemoved := strings.Contains(failure, "deleting it could hit")
	if !isKept && !isRemoved {
		return false, false
	}
	for _, token := range o.stored() {
		if isKept != (token.Secret == secret) {
			o.forget(token.ID)
		}
	}
	return true, isRemoved
}
