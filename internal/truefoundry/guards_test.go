package truefoundry_test

import (
	"bytes"
	"fmt"
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

// TestPersonalAccessToken_nameForeseen: a name that is taken shows in the plan already, and not that of the token which is replaced.
func TestPersonalAccessToken_nameForeseen(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	token.Does("create", args{"name": "ci-token"})
	config := args{"name": "ci-token", "rotation_triggers": args{"n": "1"}}
	token.runs("update", config)
	if said := token.Run(with(config, trigger("2"))); said.Failed != "" || len(said.Diagnostics) > 0 {
		t.Error(said.Diagnostics)
	}
	said := token.engine().MustPlan(nil, config).Diagnostics
	contains(t, said.Summaries(), `The name "ci-token" is taken by another TrueFoundry personal access token`)
	contains(t, said, token.text("id"))
}

// TestPersonalAccessToken_ofAnotherUser refreshes and destroys with the key of somebody who cannot see the token, also with one whose
// list is empty: a user's own key is in their list, so that the list is not that of the token's owner.
func TestPersonalAccessToken_ofAnotherUser(t *testing.T) {
	t.Parallel()
	const elses = "the provider uses the key of another user"
	token := emulate(t).subject(patType)
	config := args{"name": "ci-token", "lifetime": "720h"}
	token.Does("create", config)
	other := func(isAdmin bool) args {
		t.Helper()
		user, err := token.AddUser(fake.User{Email: fmt.Sprintf("other-%t@example.com", isAdmin), Admin: isAdmin})
		if err != nil {
			t.Fatal(err)
		}
		return args{"api_key": user.Token}
	}
	token.pass(10 * time.Minute)
	token.intercept = func(r *http.Request) *http.Response {
		if r.Method == http.MethodGet {
			return respond(`{"data":[],"pagination":{"total":0}}`)
		}
		return nil
	}
	if contains(t, token.Refresh().Errors(), elses); token.Object == nil {
		t.Fatal("the token was taken for deleted")
	}
	token.intercept = nil
	token.block = other(true)
	if contains(t, token.Refresh().Errors(), elses); token.Object == nil {
		t.Fatal("the token was taken for deleted")
	}
	// Only an administrator can delete what is somebody else's.
	token.block = other(false)
	if contains(t, token.destroyed().Errors(), elses); token.Object == nil {
		t.Fatal("what somebody else cannot see counts as deleted")
	}
	token.works()
	token.block = nil
	token.pass(31 * day)
	token.Does("replace", config)
	if got := token.text("status"); got != "active" {
		t.Errorf("the status is %s", got)
	}
	token.end()
}

// TestOtherTenant has the provider configured for another control plane: what that does not know is neither forgotten nor deleted.
func TestOtherTenant(t *testing.T) {
	t.Parallel()
	for kind, config := range map[string]args{patType: {"name": "ci-token", "lifetime": "720h"}, vaType: {"name": "loader"}} {
		each(t, []string{"created", "imported"}, nil, func(p *plane, how string) {
			s, other := p.subject(kind), emulate(p.t)
			s.Does("create", config)
			if how == "imported" {
				s.imports(s.text("name"))
			}
			p.pass(10 * time.Minute)
			other.pass(10 * time.Minute)
			next, diagnostics := other.engine(kind).Read(s.Object)
			if next == nil {
				p.t.Error("what another tenant does not know was taken for deleted")
			}
			for _, base := range []string{p.base, other.base} {
				contains(p.t, diagnostics.Errors(), base)
			}
			left, diagnostics := other.engine(kind).TryDestroy(s.Object)
			if left == nil {
				p.t.Error("what another tenant does not know counts as deleted")
			}
			for _, base := range []string{p.base, other.base} {
				contains(p.t, diagnostics.Errors(), base)
			}
			if n := other.requests("DELETE", ""); n != 0 {
				p.t.Errorf("%d requests to delete", n)
			}
			s.end()
		})
	}
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
	diagnostics := token.succeeds(config)
	if got := diagnostics.Summaries(); got != "The server changed the request; The server changed the request" {
		t.Error(got)
	}
	contains(t, diagnostics.Warnings(), "team:blue")
	contains(t, diagnostics.Warnings(), "opaque")
	token.Does("nothing", config)
	// It is said once.
	if diagnostics := token.succeeds(with(config, trigger("1"))); len(diagnostics) > 0 {
		t.Error(diagnostics)
	}
	token.Does("nothing", with(config, trigger("1")))
	token.end()
}

// TestVirtualAccount_changedRequest meets control planes that do not know a field, and that do not remove one: that is said once, and is
// no drift as long as they answer the same.
func TestVirtualAccount_changedRequest(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*fake.Switches){
		"may not know the field": func(w *fake.Switches) { w.OldFields = "ignored" },
		"To remove it":           func(w *fake.Switches) { w.OmittedFields = "kept" },
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			account := emulate(t, change).subject(vaType)
			config := args{"name": "loader", "tags": args{"a": "1"}}
			said := account.succeeds(config)
			if says == "To remove it" {
				if len(said) > 0 {
					t.Error(said)
				}
				config = args{"name": "loader"}
				said = account.succeeds(config)
			}
			if got := said.Summaries(); got != "The server changed the request" {
				t.Error(got)
			}
			contains(t, said.Warnings(), says)
			account.Does("nothing", config)
			// Another change sends the same manifest.
			config = with(config, args{"expiration_date": "2035-01-31"})
			if diagnostics := account.succeeds(config); len(diagnostics) > 0 {
				t.Error(diagnostics)
			}
			account.Does("nothing", config)
			account.works()
			account.end()
		})
	}
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
	contains(t, diagnostics.Errors(), `"loader" is the name of a virtual account that exists, with the id `+stranger.ID)
	if n := account.requests("PUT", ""); n != 0 {
		t.Errorf("%d requests to put", n)
	}
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

// TestVirtualAccount_replacedWhileChanging changes an account that somebody else deletes and makes again in the same moment.
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
	// What is so young is not believed to be gone.
	contains(t, account.Refresh().Errors(), "was minted a moment ago")
	if account.Object == nil {
		t.Error("the account was taken for deleted")
	}
	account.pass(10 * time.Minute)
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
	account.reads("update", config("2"))
	account.works()
	if diagnostics := account.refresh(); len(diagnostics) > 0 {
		t.Error(diagnostics)
	}
	account.end()
}
