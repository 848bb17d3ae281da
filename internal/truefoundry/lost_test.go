package truefoundry_test

import (
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// losses are the ways to lose an answer, before or after the work was done.
func losses() []string {
	return []string{"drop-after", "502-after", "truncate", "html-after", "hang-after", "drop-before", "status:503", "html"}
}

// lose has the next request of a route go wrong; who waits for an answer that never comes gives up soon.
func (s *subject) lose(method, route, word string) {
	s.t.Helper()
	s.timeout, s.network.Hangs = time.Minute, nil
	if word != "hang-after" {
		s.fault(method, route, word, 1)
		return
	}
	s.timeout, s.network.Hangs = 50*time.Millisecond, protocoltest.First(protocoltest.Route(method, route))
}

func TestPersonalAccessToken_answersLost(t *testing.T) {
	t.Parallel()
	each(t, losses(), nil, func(p *plane, word string) {
		token := p.subject(patType)
		config := args{"name": "pipeline", "lifetime": "720h"}
		token.lose("POST", patsRoute, word)
		token.Does("create", config)
		secret := token.works()
		if err := token.alive(1)(nil); err != nil {
			p.t.Error(err)
		}
		if word != "html" {
			token.lose("DELETE", patsRoute+"/{id}", word)
		}
		token.end()
		token.check(secret, false)
	})
}

func TestVirtualAccount_answersLost(t *testing.T) {
	t.Parallel()
	// A token that cannot be read is regenerated once more, if it was done.
	for kind, words := range map[string][]string{"jwt": {"drop-after", "html-after", "hang-after", "drop-before", "status:503", "html"}, "opaque": {"drop-after", "drop-before"}} {
		each(t, words, func(w *fake.Switches, _ string) { w.TokenType = kind }, func(p *plane, word string) {
			account := p.subject(vaType)
			config := func(trigger, tag string) args {
				return args{"name": "loader", "rotation_triggers": args{"n": trigger}, "tags": args{"a": tag}}
			}
			account.lose("PUT", vasRoute, word)
			account.Does("create", config("1", "1"))
			first := account.works()
			if word == "html" {
				// What says nothing was done, and looks as if it was, is an error of a change; only a creation finds out.
				account.end()
				return
			}
			account.lose("PUT", vasRoute, word)
			account.Does("update", config("1", "2"))
			account.check(first, true)
			if word != "drop-before" && word != "status:503" {
				account.lose("POST", vasRoute+"/{id}/regenerate-token", word)
			}
			account.Does("update", config("2", "2"))
			second := account.works()
			account.check(first, false)
			if err := account.alive(1)(nil); err != nil {
				p.t.Error(err)
			}
			account.lose("DELETE", vasRoute+"/{id}", word)
			account.end()
			account.check(second, false)
		})
	}
}

// TestVirtualAccount_deletionUnproven: where the answer to the deletion proves nothing, neither does a list that may not show the new account
// yet. The deletion is sent again.
func TestVirtualAccount_deletionUnproven(t *testing.T) {
	t.Parallel()
	for times, message := range []string{1: "", 2: "may still exist"} {
		if times == 0 {
			continue
		}
		account := emulate(t).subject(vaType)
		e := account.engine()
		made := e.Create(args{"name": "loader"})
		account.fault("DELETE", vasRoute+"/{id}", "html", times)
		account.fault("GET", vasRoute, "lag:4", 1)
		_, said := e.TryDestroy(made)
		if message != "" {
			contains(t, said.Errors(), message)
		} else if said.Failed() {
			t.Error(said)
		}
		account.living(times - 1)
	}
}

// TestVirtualAccount_regenerateLostWithoutIDs loses the answer on a control plane that shows no ids of tokens.
func TestVirtualAccount_regenerateLostWithoutIDs(t *testing.T) {
	t.Parallel()
	account := emulate(t, func(w *fake.Switches) { w.Rows = "page" }).subject(vaType)
	config := func(trigger string) args { return args{"name": "loader", "rotation_triggers": args{"n": trigger}} }
	const route = vasRoute + "/{id}/regenerate-token"
	account.Does("create", config("1"))
	first := account.works()
	account.lose("POST", route, "drop-before")
	account.fails("whether it happened is not known", config("2"))
	account.check(first, true)
	account.lose("POST", route, "drop-after")
	account.Does("update", config("2"))
	account.works()
	account.check(first, false)
	account.end()
}

// TestPersonalAccessToken_idNotFound fails after the mint: the next run finds the token by its name and deletes it.
func TestPersonalAccessToken_idNotFound(t *testing.T) {
	t.Parallel()
	token := emulate(t).subject(patType)
	config := args{"name": "late", "lifetime": "720h"}
	token.afterwards["POST"] = func() { token.fault("GET", patsRoute, "status:403", 1) }
	token.fails("its id could not be found, because the list failed", config)
	token.works()
	token.refresh()
	if token.text("id") == "" {
		t.Error("the refresh has not found the id")
	}
	token.end()
}

// TestPersonalAccessToken_idNeverFound does not find the token's id before it expires, and expired tokens are not listed any more.
func TestPersonalAccessToken_idNeverFound(t *testing.T) {
	t.Parallel()
	token := emulate(t, func(w *fake.Switches) { w.HideExpiredPATs = true }).subject(patType)
	config := args{"name": "late", "lifetime": "720h"}
	token.afterwards["POST"] = func() { token.fault("GET", patsRoute, "status:403", 1) }
	token.fails("its id could not be found, because the list failed", config)
	token.pass(31 * day)
	token.refresh()
	token.Does("replace", config)
	token.works()
	token.living(1)
	token.end()
}
