package truefoundry_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// rewrite changes the body of a message.
func rewrite(body io.ReadCloser, change func(string) string) (io.ReadCloser, int64) {
	raw, _ := io.ReadAll(body)
	text := change(string(raw))
	return io.NopCloser(strings.NewReader(text)), int64(len(text))
}

// rewrites has all requests of a method to a path changed on their way.
func (p *plane) rewrites(method, path string, change func(string) string) {
	p.intercept = func(r *http.Request) *http.Response {
		if r.Method == method && r.URL.Path == path {
			r.Body, r.ContentLength = rewrite(r.Body, change)
		}
		return nil
	}
}

func respond(text string) *http.Response {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(text)),
	}
}

// TestPersonalAccessToken_emptyList refreshes with a key whose list is empty: a user's own key stands in their list, so that the
// list is not that of the token's owner.
func TestPersonalAccessToken_emptyList(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	token.Does("create", args{"name": "ci-token", "lifetime": "720h"})
	token.Stage().Clock.Advance(10 * time.Minute)
	token.refresh()
	token.intercept = func(r *http.Request) *http.Response {
		if r.Method == http.MethodGet {
			return respond(`{"data":[],"pagination":{"total":0}}`)
		}
		return nil
	}
	next, diagnostics := token.engine().Read(token.Object)
	if next == nil {
		t.Error("the token was taken for deleted")
	}
	contains(t, diagnostics.Errors(), "the provider has the key of somebody else")
	token.intercept = nil
	token.end()
}

// TestPersonalAccessToken_destroyedWithOtherKey deletes without a refresh, with the key of somebody who does not see the token.
func TestPersonalAccessToken_destroyedWithOtherKey(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	token.Does("create", args{"name": "ci-token", "lifetime": "720h"})
	other, err := token.AddUser(fake.User{Email: "other@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	_, diagnostics := token.plane.engine(patType, args{"api_key": other.Token}).Apply(token.engine().PlanDestroy(token.Object))
	contains(t, diagnostics.Errors(), "the provider has the key of somebody else")
	token.works()
	token.end()
}

// TestPersonalAccessToken_otherTeam meets a tenant that spells the team, or decides the kind, in its own way: nothing about a token
// can be changed, so that a replacement would end the same.
func TestPersonalAccessToken_otherTeam(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	token.rewrites("POST", patsRoute, func(body string) string {
		return strings.NewReplacer(`"blue"`, `"team:blue"`, `"jwt"`, `"opaque"`).Replace(body)
	})
	config := args{"name": "ci-token", "team_name": "blue", "token_type": "jwt"}
	diagnostics := token.Run(config).Diagnostics
	contains(t, diagnostics.Warnings(), "team:blue")
	contains(t, diagnostics.Warnings(), "opaque")
	token.Does("nothing", config)
	token.end()
}

// TestPersonalAccessToken_imposedEndHidden reaches the end that the tenant imposed, where ended tokens are not listed any more.
func TestPersonalAccessToken_imposedEndHidden(t *testing.T) {
	t.Parallel()
	token := emulate(t, func(w *fake.Switches) { w.PATMaxAgeDays, w.HideExpiredPATs = 30, true }).subject(patType)
	config := args{"name": "capped", "expires_at": "2035-01-31T00:00:00Z"}
	token.Does("create", config)
	token.Stage().Clock.Advance(31 * 24 * time.Hour)
	if diagnostics := token.refresh(); token.Object == nil {
		t.Fatal("the token was taken for deleted")
	} else {
		contains(t, diagnostics.Warnings(), "has expired")
	}
	token.Does("replace", config)
	token.works()
	token.end()
}

// TestVirtualAccount_oldList creates an account long after the list was read: somebody has taken the name meanwhile.
func TestVirtualAccount_oldList(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	config := args{"name": "loader"}
	e := account.engine()
	plan := e.Plan(nil, config)
	stranger, err := account.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": "loader", "tags": map[string]any{"a": "theirs"}}})
	if err != nil {
		t.Fatal(err)
	}
	account.late = 10 * time.Minute
	_, diagnostics := e.Apply(plan)
	contains(t, diagnostics.Errors(), "The name is taken")
	if now, _ := account.VirtualAccount(stranger.ID); now.Manifest["tags"] == nil {
		t.Error("the stranger's account was changed")
	}
}

// TestVirtualAccount_strangerAfterLoss loses an answer, and nothing was done: the account that exists now is somebody else's.
func TestVirtualAccount_strangerAfterLoss(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	var stranger fake.VirtualAccount
	account.before["PUT"] = func() {
		stranger, _ = account.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": "loader", "tags": map[string]any{"a": "theirs"}}})
	}
	account.fault("PUT", vasRoute, "status:503", 1)
	account.fails("it is not certain that it comes from this run", args{"name": "loader", "tags": args{"a": "mine"}})
	if account.Object != nil || account.requests("GET", vasRoute+"/{id}/token") != 0 {
		t.Error("the stranger's account was taken over")
	}
	if now, _ := account.VirtualAccount(stranger.ID); now.Secret() != stranger.Secret() {
		t.Error("the stranger's token was regenerated")
	}
}

// TestVirtualAccount_replacedWhileChanging changes an account that somebody else deletes and makes anew in the same moment.
func TestVirtualAccount_replacedWhileChanging(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	account.Does("create", args{"name": "loader"})
	var stranger fake.VirtualAccount
	account.before["PUT"] = func() {
		_ = account.DeleteVirtualAccount(account.VirtualAccounts()[0].ID)
		stranger, _ = account.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": "loader"}})
	}
	account.fails("another one of that name", args{"name": "loader", "tags": args{"a": "1"}})
	if now, ok := account.VirtualAccount(stranger.ID); !ok || now.Secret() != stranger.Secret() {
		t.Error("the stranger's account or its token is gone")
	}
	account.refresh()
	account.end()
}

// TestVirtualAccount_listWithoutIssuedTokens rotates elsewhere where lists hold an empty list of issued tokens beside the id of the
// active one.
func TestVirtualAccount_listWithoutIssuedTokens(t *testing.T) {
	t.Parallel()
	account := emulate(t).subject(vaType)
	config := args{"name": "loader"}
	account.Does("create", config)
	if _, err := account.RegenerateToken(account.VirtualAccounts()[0].ID, 0); err != nil {
		t.Fatal(err)
	}
	issued := regexp.MustCompile(`"jwts":\[[^\]]*\]`)
	account.intercept = func(r *http.Request) *http.Response {
		if r.Method != http.MethodGet || r.URL.Path != vasRoute {
			return nil
		}
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return nil
		}
		answer.Body, answer.ContentLength = rewrite(answer.Body, func(body string) string { return issued.ReplaceAllString(body, `"jwts":[]`) })
		answer.Header.Del("Content-Length")
		return answer
	}
	account.refresh()
	account.works()
	account.Does("nothing", config)
	account.end()
}

// TestVirtualAccount_regeneratedReadLate reads an account right after the regeneration as it was before: the new token is not taken
// for one that was rotated elsewhere.
func TestVirtualAccount_regeneratedReadLate(t *testing.T) {
	t.Parallel()
	account := emulate(t, func(w *fake.Switches) { w.TokenType = "opaque" }).subject(vaType)
	config := func(trigger string) args { return args{"name": "loader", "rotation_triggers": args{"n": trigger}} }
	account.Does("create", config("1"))
	var old []byte
	path := vasRoute + "/" + account.text("id")
	account.intercept = func(r *http.Request) *http.Response {
		if r.Method != http.MethodGet || r.URL.Path != path {
			return nil
		}
		if old != nil {
			return respond(string(old))
		}
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return nil
		}
		old, _ = io.ReadAll(answer.Body)
		answer.Body = io.NopCloser(bytes.NewReader(old))
		return answer
	}
	account.Does("update", config("2"))
	account.works()
	if diagnostics := account.refresh(); len(diagnostics) > 0 {
		t.Error(diagnostics)
	}
	account.end()
}

// TestOwnCredential_notInState refuses to cut the provider off although the state does not hold its key.
func TestOwnCredential_notInState(t *testing.T) {
	t.Parallel()
	each(t, []string{"jwt", "opaque"}, func(w *fake.Switches, kind string) { w.TokenType = kind }, func(p *plane, _ string) {
		robot, err := p.AddVirtualAccount(fake.VirtualAccount{
			Manifest: fake.Manifest{"name": "robot"}, Grants: []fake.Permission{{ResourceFQN: "acme", ResourceType: "tenant", RoleID: "tenant-admin"}},
		})
		if err != nil {
			p.t.Fatal(err)
		}
		human, err := p.AddUser(fake.User{Email: "other@example.com", Admin: true})
		if err != nil {
			p.t.Fatal(err)
		}
		account := p.subject(vaType)
		account.block = args{"api_key": robot.Secret()}
		account.imports("robot")
		account.Does("update", args{"name": "robot", "store_token": false, "rotation_triggers": args{"n": "1"}})
		if run := account.fails("The provider authenticates with this very token", args{"name": "robot", "store_token": false, "rotation_triggers": args{"n": "2"}}); run.Failed != "plan" {
			p.t.Errorf("failed in the %s", run.Failed)
		}
		contains(p.t, account.planDestroy().Errors(), "The provider authenticates with this very token")

		token := p.subject(patType)
		token.block = args{"api_key": human.Token}
		row := ""
		for _, pat := range p.PersonalAccessTokens() {
			if pat.Token.Secret == human.Token {
				row = pat.ID
			}
		}
		token.imports(row)
		contains(p.t, token.planDestroy().Errors(), "The provider authenticates with this very token")
		contains(p.t, token.destroyed().Errors(), "The provider authenticates with this very token")
	})
}
