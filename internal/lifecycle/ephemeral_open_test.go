package lifecycle_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// lent is a configuration of an ephemeral token of an account.
func lent(more ...values) values { return values{"account": "acc"}.With(more...) }

// openFailure is how an Open fails.
type openFailure struct {
	resource string
	config   values
	setup    func(w *toy)
	// sent and alive are what it does, and what is left on the server.
	sent, alive string
	// says are the errors, in order: what each of them says.
	says [][]string
}

// listFailsAfter makes every list fail after the first token is minted.
func listFailsAfter(w *toy) {
	w.Before = func(request string) {
		if request == "list" && w.minted > 0 {
			w.Faults = map[string][]fault{"list": {unavailable}}
		}
	}
}

func openFailures() map[string]openFailure {
	const open, namedWords, namelessWords = "Unable to mint ephemeral ", "Toy named token", "Toy nameless token"
	notRevoked := []string{"Unable to revoke ephemeral " + namelessWords, "t1, which nothing uses, might not have been revoked", "Nothing revokes it later"}
	return map[string]openFailure{
		"the login is refused":   {named, nil, func(w *toy) { w.Fail("login", refused) }, "", "", [][]string{{open + namedWords, "refused"}}},
		"the request is refused": {named, values{"note": "unspeakable"}, nil, "", "", [][]string{{"A note that cannot be sent"}}},
		"the list fails": {
			named, nil, func(w *toy) { w.Fail("list", unavailable) }, "", "", [][]string{{open + namedWords, "Nothing was created, because the tokens that exist could not be listed first"}},
		},
		"the mint is refused": {named, nil, func(w *toy) { w.Fail("create", refused) }, "create", "", [][]string{{open + namedWords, "refused", "Ask the administrator"}}},
		"answers are lost, and nothing was made": {
			named, nil, func(w *toy) { w.Fail("create", lostBefore, lostBefore, lostBefore) }, "create, create, create", "", [][]string{{open + namedWords, "was lost 3 times"}},
		},
		"answers are lost, and tokens were made": {
			named, nil, func(w *toy) { w.Fail("create", lostAfter, lostAfter, lostAfter) }, "create, delete t1, create, delete t2, create, delete t3", "",
			[][]string{{open + namedWords, "was lost 3 times"}},
		},
		"an answer is lost, and the list fails": {
			named, nil, func(w *toy) { w.Fail("create", lostAfter); listFailsAfter(w) }, "create", "t1",
			[][]string{{open + namedWords, `the creation of "mint-ephemeral-`, "could not be listed", "delete it"}},
		},
		"an answer is lost that nothing leads to": {
			nameless, lent(), func(w *toy) { w.Fail("create", lostAfter) }, "create", "t1",
			[][]string{{open + namelessWords, "was lost", "possibly created by this run: t1, created"}},
		},
		"no list shows the token": {
			named, nil, func(w *toy) { w.AnswersRow, w.Lag = false, 9 }, "create", "t1",
			[][]string{{open + namedWords, "could not be revoked", `Delete the token "mint-ephemeral-`, "its id could not be found"}},
		},
		"no list shows the token, which has no name": {
			nameless, lent(), func(w *toy) { w.Lag = 9 }, "create", "t1",
			[][]string{{open + namelessWords, "could not be revoked", "its id is not known", "nobody else created"}},
		},
		"no list shows the token, whose id is told": {
			nameless, lent(), func(w *toy) { w.TellsID, w.Lag = true, 9 }, "create, delete t1", "", [][]string{{open + namelessWords, "names the id t1"}},
		},
		"the id of an older token is told": {
			nameless, lent(), func(w *toy) { w.Add(toyToken{Account: "acc"}); w.TellsWrong = "t1" }, "create", "t1 t2",
			[][]string{{open + namelessWords, "could not be revoked", "nobody else created", "New in the list: t2"}},
		},
		"the list fails after the mint, and the id is told": {
			nameless, lent(), func(w *toy) { w.TellsID = true; listFailsAfter(w) }, "create, delete t1", "", [][]string{{open + namelessWords, "names the id t1"}},
		},
		"the completion is refused": {nameless, lent(), func(w *toy) { w.Fail("change t1", refused) }, "create, change t1, delete t1", "", [][]string{{open + namelessWords, "refused"}}},
		"the completion refuses":    {nameless, lent(), func(w *toy) { w.Finishes = "error" }, "create, delete t1", "", [][]string{{"Not finished"}}},
		"nor is the token revoked": {
			nameless, lent(), func(w *toy) { w.Fail("change t1", refused); w.Fail("delete t1", unavailable) }, "create, change t1, delete t1", "t1",
			[][]string{{open + namelessWords, "refused"}, notRevoked},
		},
		"the token cannot log in": {
			named,
			values{"verify": true},
			func(w *toy) { w.Fail("verify t1", refused) }, "create, verify t1, delete t1", "",
			[][]string{{open + namedWords, "The token was minted, but logging in with it failed"}},
		},
		"the token cannot log in, and is not revoked": {
			named,
			values{"verify": true},
			func(w *toy) { w.Fail("verify t1", refused); w.Fail("delete t1", refused) }, "create, verify t1, delete t1", "t1",
			[][]string{{open + namedWords, "logging in with it failed"}, {"Unable to revoke ephemeral " + namedWords, "mint-ephemeral-", "(t1), which nothing uses, was not revoked", "works until it expires"}},
		},
		"nothing can verify":             {nameless, lent(values{"verify": true}), nil, "", "", [][]string{{open + namelessWords, "remove verify"}}},
		"interrupted while it is minted": {named, nil, interrupts("create"), "create, delete t1", "", [][]string{{open + namedWords, "The run was interrupted"}}},
		"interrupted while it is completed": {
			nameless, lent(), interrupts("change t1"), "create, change t1, delete t1", "", [][]string{{open + namelessWords, "The run was interrupted"}},
		},
		"interrupted before": {named, nil, interrupts("login"), "", "", [][]string{{open + namedWords, "canceled"}}},
	}
}

// interrupts cancels the context of a process while a request is under way.
func interrupts(with string) func(w *toy) {
	return func(w *toy) {
		ctx, cancel := context.WithCancel(w.T.Context())
		w.Context = ctx
		w.Before = func(request string) {
			if strings.HasPrefix(request+" ", with+" ") {
				cancel()
			}
		}
	}
}

// TestEphemeral_openFails: Terraform does not close what did not open, so that a token which was minted is revoked before the error, or named
// by it.
func TestEphemeral_openFails(t *testing.T) {
	t.Parallel()
	for name, c := range openFailures() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, c.resource)
			if c.setup != nil {
				c.setup(w)
			}
			opened, said := w.Start().Open(c.resource, c.config)
			if opened != nil {
				t.Error("it has opened")
			}
			w.Sent(c.sent)
			w.HasAlive(c.alive)
			failed := said.Errors()
			if len(failed) != len(c.says) {
				t.Fatalf("%d errors instead of %d: %s", len(failed), len(c.says), failed)
			}
			for i, texts := range c.says {
				says(t, failed[i:i+1], texts...)
			}
			if strings.Contains(said.String(), "secret-") {
				t.Errorf("a secret is said: %s", said)
			}
		})
	}
}

// forgiving is a test in which the provider may do what Terraform calls a bug of it.
type forgiving struct{ testing.TB }

func (forgiving) Errorf(string, ...any) {}

// TestEphemeral_resultFails: not even a bug leaves a token behind.
func TestEphemeral_resultFails(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.T = forgiving{t}
	opened, said := w.Start().Open(named, values{"note": "misshapen"})
	if opened != nil || !said.Failed() {
		t.Errorf("it has opened: %s", said)
	}
	w.T = t
	w.Sent("create, delete t1")
	w.HasAlive("")
}

// TestEphemeral_recovers: an answer that was lost is no failure where the name proves whose the token is, and neither is a completion that warns.
func TestEphemeral_recovers(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Fail("create", lostAfter)
	e := w.Start()
	opened := e.MustOpen(named, nil)
	if opened.Text("id") != "t2" || opened.Text("secret") != "secret-t2" {
		t.Errorf("opened is %s", opened.Attributes)
	}
	w.Sent("create, delete t1, create")
	w.HasAlive("t2")
	e.NoError(e.Close(opened))
	w.HasAlive("")

	w = newToy(t, nameless, func(s *toyServer) { s.Finishes, s.Notice = "warning", "Maintenance tonight" })
	opened, said := w.Start().Open(nameless, lent())
	if opened == nil || said.Failed() || !strings.Contains(said.Summaries(), "Finished in part") || !strings.Contains(said.Summaries(), "Maintenance tonight") {
		t.Errorf("opened is %v: %s", opened, said)
	}
	w.HasAlive("t1")
}

// TestEphemeral_standIn: a token that no list shows is handed out with a warning, and revoked as soon as a list shows it.
func TestEphemeral_standIn(t *testing.T) {
	t.Parallel()
	unseen := func(s *toyServer) { s.StandsIn, s.AnswersRow, s.ExpiresPrevious, s.Lag = true, false, true, 99 }
	for name, c := range map[string]struct {
		happens func(w *toy)
		closes  string
		alive   string
	}{
		"never shown":             {nil, "", "t1"},
		"shown since":             {func(w *toy) { w.shows("t1") }, "", ""},
		"the list fails":          {func(w *toy) { w.Fail("list", unavailable) }, "might not have been revoked", "t1"},
		"shown, but not revoked":  {func(w *toy) { w.shows("t1"); w.Fail("delete t1", refused) }, "was not revoked", "t1"},
		"deleted outside the run": {func(w *toy) { w.Remove("t1") }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named, unseen)
			e := w.Start()
			opened, said := e.Open(named, values{"verify": true, "lifetime": "30m"})
			says(t, said, "An ephemeral token might not be revoked", "mint-ephemeral-", "works", "expires at about 2030-01-31T12:3")
			if said.Failed() || opened.Text("secret") != "secret-t1" || opened.Text("id") != "called "+opened.Text("name") || opened.Time("expires_at").IsZero() {
				t.Fatalf("opened is %s", opened.Attributes)
			}
			if !opened.RenewAt.IsZero() {
				t.Error("it is to be renewed")
			}
			w.Sent("create, verify called " + opened.Text("name"))
			if c.happens != nil {
				c.happens(w)
			}
			said = e.Close(opened)
			if c.closes == "" && len(said) > 0 {
				t.Error(said)
			} else if c.closes != "" {
				says(t, said.Errors(), c.closes)
			}
			w.HasAlive(c.alive)
		})
	}
	t.Run("it cannot log in", func(t *testing.T) {
		t.Parallel()
		w := newToy(t, named, unseen)
		w.Fail("verify called", refused)
		opened, said := w.Start().Open(named, values{"verify": true})
		if failed := said.Errors(); opened != nil || len(failed) != 2 || !strings.Contains(failed.String(), "logging in with it failed") || !strings.Contains(failed.String(), "which nothing uses") {
			t.Errorf("opened is %v: %s", opened, said)
		}
		w.HasAlive("t1")
	})
}

// TestEphemeral_mintWhen: false mints nothing, and does not even log in.
func TestEphemeral_mintWhen(t *testing.T) {
	t.Parallel()
	for resource, config := range map[string]values{named: nil, nameless: lent()} {
		w := newToy(t, resource, func(s *toyServer) { s.Policy = rotation.Guardrails{MaxLifetime: time.Minute} })
		e := w.Start()
		opened := e.MustOpen(resource, config.With(values{"mint_when": false}))
		for _, attribute := range []string{"id", "created_at", "expires_at"} {
			if !opened.IsNull(attribute) {
				t.Errorf("%s: %s is %s", resource, attribute, opened.Attributes[attribute])
			}
		}
		if said := append(e.Close(opened), e.Renew(opened)...); len(said) > 0 || opened.Remembered() != "" && opened.Remembered() != "{}" {
			t.Errorf("%s: %s, and %s", resource, said, opened.Remembered())
		}
		if w.Counted("login")+w.Counted("list") > 0 {
			t.Errorf("%s: something was sent", resource)
		}
		w.Sent("")
		w.Policy = rotation.Guardrails{}
		w.Start().MustOpen(resource, config.With(values{"mint_when": true}))
		w.HasAlive("t1")
	}
}

// TestEphemeral_guardrails: policy.max_lifetime bounds the lifetime, whoever ends it. The other rules are about states.
func TestEphemeral_guardrails(t *testing.T) {
	t.Parallel()
	for resource, config := range map[string]values{named: nil, nameless: lent()} {
		for name, c := range map[string]struct {
			limit    time.Duration
			lifetime any
			lives    string
		}{
			"longer":             {time.Hour, "61m", "1h1m"},
			"as long":            {time.Hour, "1h", ""},
			"shorter":            {time.Hour, "59m", ""},
			"default, as long":   {time.Hour, nil, ""},
			"default, shortened": {59 * time.Minute, nil, ""},
			"no limit, a day":    {0, "24h", ""},
			"limit is no matter": {90 * day, "24h", ""},
		} {
			w := newToy(t, resource, func(s *toyServer) {
				s.Policy = rotation.Guardrails{MaxLifetime: c.limit, RequireRotation: true, RequireEncryption: true}
			})
			opened, said := w.Start().Open(resource, config.With(values{"lifetime": c.lifetime}))
			if c.lives == "" {
				if opened == nil || len(said) > 0 {
					t.Errorf("%s, %s: %s", resource, name, said)
				}
				continue
			}
			says(t, said, "The token lives longer than the provider allows", "policy.max_lifetime", "would live for "+c.lives+". Set lifetime within this limit.")
			if got := said[0].Attribute.String(); !strings.Contains(got, "lifetime") {
				t.Errorf("%s, %s: the error is about %s", resource, name, got)
			}
			w.Sent("")
		}
	}
}

// TestEphemeral_arguments: what an ephemeral token may not ask for is refused before it is opened.
func TestEphemeral_arguments(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	for lifetime, fails := range map[string]bool{"24h": false, "1d": false, "1s": true, "1m": false, "24h1s": true, "2d": true, "0s": true, "-1h": true, "soon": true} {
		if said := w.Start().ValidateEphemeral(named, values{"lifetime": lifetime}); said.Failed() != fails {
			t.Errorf("%s: %s", lifetime, said)
		}
	}
	for prefix, begin := range map[any]string{nil: rotation.EphemeralPrefix, "": rotation.EphemeralPrefix, "ci-": "ci-"} {
		opened := w.Start().MustOpen(named, values{"name_prefix": prefix})
		name := opened.Text("name")
		if !strings.HasPrefix(name, begin) || len(name) != len(begin)+rotation.SuffixLength || !rotation.IsEphemeralName(name) {
			t.Errorf("%v: it is called %q", prefix, name)
		}
		if stored := w.Token(opened.Text("id")); stored.Name != name || fmt.Sprint(stored.Expiry) != fmt.Sprint(ptr(w.Now().Add(time.Hour))) {
			t.Errorf("%v: on the server it is %+v", prefix, stored)
		}
	}
}
