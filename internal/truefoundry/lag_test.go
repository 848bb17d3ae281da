package truefoundry_test

import (
	"slices"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestPersonalAccessToken_listLags creates a token where a list shows it late: right after the mint, and at the next refresh.
func TestPersonalAccessToken_listLags(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	config := args{"name": "late", "lifetime": "720h"}
	token.afterwards["POST"] = func() { token.fault("GET", patsRoute, "lag:2", 1) }
	token.succeeds(config)
	token.fault("GET", patsRoute, "lag:2", 1)
	token.Does("nothing", config)
	token.works()
	token.end()
}

// TestPersonalAccessToken_lostAndLate loses the answer where a list shows the token late.
func TestPersonalAccessToken_lostAndLate(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	token.fault("POST", patsRoute, "drop-after", 1)
	token.afterwards["POST"] = func() { token.fault("GET", patsRoute, "lag:2", 1) }
	token.Does("create", args{"name": "late", "lifetime": "720h"})
	token.works()
	if err := token.alive(1)(nil); err != nil {
		t.Error(err)
	}
	token.end()
}

// late is a list that lags through all looks after a lost answer, with the delays that are shipped.
const (
	late    = "lag:4"
	allOver = 6*time.Second + time.Second/2
)

// TestPersonalAccessToken_orphanAppearsLate loses the answer where the list lags through all looks of the first try: the second one
// finds the name taken, knows the token for this run's own although it was minted before that try, deletes it and mints another.
func TestPersonalAccessToken_orphanAppearsLate(t *testing.T) {
	t.Parallel()
	each(t, []string{"created", "rotated"}, nil, func(p *plane, how string) {
		token := p.subject(patType)
		first, want := "", protocoltest.Create
		if how == "rotated" {
			token.Does("create", overlapping("1"))
			first, want = token.works(), protocoltest.Rotate
		}
		p.Stage().Journal.Reset()
		p.slept = 0
		p.fault("POST", patsRoute, "drop-after", 1)
		p.afterwards["POST"] = func() { p.fault("GET", patsRoute, late, 1) }
		token.Does(want, overlapping("2"))
		if p.slept != allOver {
			p.t.Errorf("waited %s", p.slept)
		}
		if got := []int{p.requests("POST", patsRoute), p.requests("DELETE", patsRoute+"/{id}")}; !slices.Equal(got, []int{3, 1}) {
			p.t.Errorf("%d mints and %d deletions were sent instead of 3 and 1", got[0], got[1])
		}
		token.works()
		if how == "rotated" {
			p.check(first, true)
			p.living(2)
		} else {
			p.living(1)
		}
		token.end()
	})
}

// TestVirtualAccount_appearsLate loses the answer where the list lags through all looks of the first try: the second request changes
// the account that the first one has created, and its token is read.
func TestVirtualAccount_appearsLate(t *testing.T) {
	t.Parallel()
	each(t, []string{"jwt", "opaque"}, func(w *fake.Switches, kind string) { w.TokenType = kind }, func(p *plane, _ string) {
		account := p.subject(vaType)
		p.fault("PUT", vasRoute, "drop-after", 1)
		p.afterwards["PUT"] = func() { p.fault("GET", vasRoute, late, 1) }
		account.Does("create", args{"name": "loader"})
		if n := p.requests("PUT", vasRoute); n != 2 || p.slept != allOver {
			p.t.Errorf("%d requests, waited %s", n, p.slept)
		}
		account.works()
		p.living(1)
		account.end()
	})
}

func TestVirtualAccount_listLags(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	config := args{"name": "late"}
	account.fault("PUT", vasRoute, "drop-after", 1)
	account.afterwards["PUT"] = func() { account.fault("GET", vasRoute, "lag:2", 1) }
	account.Does("create", config)
	account.fault("GET", vasRoute, "lag:1", 1)
	account.Does("nothing", config)
	account.works()
	account.end()
}

// TestPersonalAccessToken_importOfAName names a token by what several share, where the list does not tell whose they are, and by what none
// has.
func TestPersonalAccessToken_importOfAName(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { w.PATList, w.PATManifest, w.Rows = "made", "virtual-account", "page" })
	other, err := p.AddUser(fake.User{Email: "other@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	for _, owner := range []string{"", other.UserID} {
		if _, err := p.AddPersonalAccessToken(fake.PersonalAccessToken{
			Name: "shared", Owner: owner, CreatedBy: fake.Subject{ID: p.Bootstrap().UserID, Type: "user"},
		}); err != nil {
			t.Fatal(err)
		}
	}
	e := p.engine(patType)
	for name, message := range map[string]string{"shared": "Import by the id instead", "nobody": "has the id or the name"} {
		_, diagnostics := e.Import(name)
		contains(t, diagnostics.Errors(), message)
	}
}

// TestPersonalAccessToken_unidentifiedElsewhere creates a token whose id no list shows in time, and refreshes and destroys it with the key of somebody
// who cannot see it: it stays in the state, because the list lacks what the owner's list showed, the owner's key above all.
func TestPersonalAccessToken_unidentifiedElsewhere(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	token.afterwards["POST"] = func() { token.fault("GET", patsRoute, late, 1) }
	contains(t, token.Run(args{"name_prefix": "ci-", "lifetime": "720h"}).Diagnostics.Errors(), "its id could not be found")
	user, err := token.AddUser(fake.User{Email: "other@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	token.afterwards = map[string]func(){}
	token.pass(10 * time.Minute)
	token.block = args{"api_key": user.Token}
	if contains(t, token.Refresh().Errors(), "it may be the list of another user"); token.Object == nil {
		t.Fatal("the token was taken for deleted")
	}
	if contains(t, token.destroyed().Errors(), "it may be the list of another user"); token.Object == nil {
		t.Fatal("the token counts as deleted")
	}
	token.block = nil
	token.end()
}
