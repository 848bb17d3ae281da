package truefoundry_test

import (
	"testing"

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

// TestPersonalAccessToken_importOfAName names a token by what several share, and by what none has.
func TestPersonalAccessToken_importOfAName(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { w.ListPATsForOthers = true })
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
	for name, message := range map[string]string{"shared": "Import by the id instead", "nobody": "none has the id or the name"} {
		_, diagnostics := e.Import(name)
		contains(t, diagnostics.Errors(), message)
	}
}
