package truefoundry_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

const (
	vaTokenType = "mint_truefoundry_virtual_account_token"
	secretRoute = vasRoute + "/{id}/token"
)

// account adds a virtual account that somebody else has made.
func (p *plane) account(manifest fake.Manifest) fake.VirtualAccount {
	p.t.Helper()
	account, err := p.AddVirtualAccount(fake.VirtualAccount{Manifest: manifest})
	if err != nil {
		p.t.Fatal(err)
	}
	return account
}

// changesNothing fails the test if a request was sent that could change something.
func (p *plane) changesNothing() {
	p.t.Helper()
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		if n := p.requests(method, ""); n != 0 {
			p.t.Errorf("%d %s requests", n, method)
		}
	}
}

// TestVirtualAccountToken_ephemeral reads the active token by the account's id or its name, and changes nothing.
func TestVirtualAccountToken_ephemeral(t *testing.T) {
	t.Parallel()
	switched(t, map[string]func(*fake.Switches){
		"newer":  func(*fake.Switches) {},
		"older":  func(w *fake.Switches) { *w = fake.Older() },
		"named":  func(w *fake.Switches) { w.Rows = "named" },
		"opaque": func(w *fake.Switches) { w.TokenType, w.OpaqueTokens = "opaque", "again" },
	}, func(p *plane, kind string) {
		end := p.now().UTC().AddDate(0, 1, 0).Format(time.DateOnly)
		account := p.account(fake.Manifest{"name": "loader", "expiration_date": end})
		for _, config := range []args{{"id": account.ID}, {"name": "loader", "verify": true}} {
			e := p.engine(vaType)
			opened := e.MustOpen(vaTokenType, config)
			if opened.Text("token") != account.Secret() || opened.Text("id") != account.ID || opened.Text("name") != "loader" {
				p.t.Errorf("opened is the token of %s", opened.Text("name"))
			}
			if got := opened.Time("expires_at").Format(time.DateOnly); got != end {
				p.t.Errorf("it expires on %s instead of %s", got, end)
			}
			if kind != "older" && opened.Text("jwt_id") != account.ActiveID {
				p.t.Errorf("the token is %s instead of %s", opened.Text("jwt_id"), account.ActiveID)
			}
			if kind == "older" && !opened.IsNull("jwt_id") {
				p.t.Errorf("the token is %s", opened.Text("jwt_id"))
			}
			p.check(opened.Text("token"), true)
			e.NoError(e.Close(opened))
			p.check(opened.Text("token"), true)
		}
		p.changesNothing()
	})
}

// TestVirtualAccountToken_ephemeralRotated reads the token that is active now, and not the one that the run's list has shown.
func TestVirtualAccountToken_ephemeralRotated(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	account := p.account(fake.Manifest{"name": "loader"})
	e := p.engine(vaType)
	first := e.MustOpen(vaTokenType, args{"name": "loader"})
	second, err := p.RegenerateToken(account.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	again := e.MustOpen(vaTokenType, args{"name": "loader"})
	now, _ := p.VirtualAccount(account.ID)
	if again.Text("token") != second || again.Text("jwt_id") != now.ActiveID || again.Text("jwt_id") == first.Text("jwt_id") {
		t.Error("the previous token is opened")
	}
	p.check(again.Text("token"), true)
}

// TestVirtualAccountToken_ephemeralFails says why there is no token, and what to do.
func TestVirtualAccountToken_ephemeralFails(t *testing.T) {
	t.Parallel()
	yesterday := time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	for name, c := range map[string]struct {
		message string
		change  func(*fake.Switches)
		prepare func(p *plane, account fake.VirtualAccount)
		config  args
	}{
		"opaque": {"did not show the token of the virtual account loader", func(w *fake.Switches) { w.TokenType = "opaque" }, nil, nil},
		"refused": {"may not be allowed to manage the account", nil, func(p *plane, _ fake.VirtualAccount) {
			p.fault("GET", secretRoute, "status:403", 1)
		}, nil},
		"expired": {"The TrueFoundry virtual account has expired", nil, func(p *plane, account fake.VirtualAccount) {
			if err := p.EditVirtualAccount(account.ID, func(a *fake.VirtualAccount) { a.Manifest["expiration_date"] = yesterday }); err != nil {
				p.t.Fatal(err)
			}
		}, nil},
		"revoked": {"has no token", nil, func(p *plane, account fake.VirtualAccount) {
			if err := p.DeleteToken(account.ID, account.ActiveID); err != nil {
				p.t.Fatal(err)
			}
		}, nil},
		"verify": {"was read, but logging in with it failed", nil, func(p *plane, account fake.VirtualAccount) {
			p.intercept = func(r *http.Request) *http.Response {
				if !strings.HasSuffix(r.Header.Get("Authorization"), account.Secret()) {
					return nil
				}
				// The message must not show the token.
				refusal := respond(`{"statusCode":401,"message":"Invalid token ` + account.Secret() + `"}`)
				refusal.StatusCode = http.StatusUnauthorized
				return refusal
			}
		}, args{"name": "loader", "verify": true}},
		"nobody":  {"No such TrueFoundry virtual account", nil, nil, args{"name": "nobody"}},
		"nothing": {"There is no virtual account with the id \"nothing\" that", nil, nil, args{"id": "nothing"}},
		"list":    {"Unable to read TrueFoundry virtual account token", nil, func(p *plane, _ fake.VirtualAccount) { p.fault("GET", vasRoute, "status:403", 1) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := emulate(t, func(w *fake.Switches) {
				if c.change != nil {
					c.change(w)
				}
			})
			account := p.account(fake.Manifest{"name": "loader"})
			if c.prepare != nil {
				c.prepare(p, account)
			}
			if c.config == nil {
				c.config = args{"name": "loader"}
			}
			opened, said := p.engine(vaType).Open(vaTokenType, c.config)
			if opened != nil || len(said.Errors()) != 1 {
				t.Errorf("it is open, or says %s", said)
			}
			contains(t, strings.ToLower(saying(said)), strings.ToLower(c.message))
			if strings.Contains(saying(said), account.Secret()) {
				t.Error("the message shows the token")
			}
			if name == "verify" {
				contains(t, saying(said), "TrueFoundry does not accept the token")
				contains(t, saying(said), "Regenerate the token on TrueFoundry, or change rotation_triggers")
				if strings.Contains(saying(said), "the provider's credentials") {
					t.Errorf("it blames the provider's own key: %s", saying(said))
				}
			}
			p.changesNothing()
		})
	}
}

// saying are the words of diagnostics.
func saying(said protocoltest.Diagnostics) string {
	var words []string
	for _, one := range said {
		words = append(words, one.Summary, one.Detail)
	}
	return strings.Join(words, "\n")
}

// TestVirtualAccountToken_ephemeralRules takes the id or the name, and one of them only.
func TestVirtualAccountToken_ephemeralRules(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	e := p.engine(vaType)
	for _, config := range []args{{}, {"id": "a", "name": "loader"}} {
		contains(t, e.ValidateEphemeral(vaTokenType, config).Errors(), "one (and only one)")
	}
	p.neverAsked()
}
