package lifecycle_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest/randomrun"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// TestRandomRun takes a token of one kind or the other through random runs, on a server that does everything in one way or another.
func TestRandomRun(t *testing.T) {
	t.Parallel()
	randomrun.Test(t, func(t *testing.T, d *randomrun.Draw) *randomrun.Case {
		t.Helper()
		resource := randomrun.Pick(d, named, nameless)
		w := newToy(t, resource, func(s *toyServer) {
			s.AnswersRow, s.TellsID, s.HidesExpired, s.ExpiresPrevious, s.MovesExpiry = d.OneIn(2), d.OneIn(2), d.OneIn(2), d.OneIn(2), d.OneIn(2)
			s.Lag, s.Precision = d.IntN(3), randomrun.Pick(d, 0, time.Minute)
			if d.OneIn(2) {
				s.Normalizes = strings.ToUpper
			}
			if resource == nameless {
				s.Lifetime = 30 * day
			}
			// Ids of one length, of which none is a part of another.
			s.minted = 1000
		})
		c := w.randomCase(resource)
		c.CreateBeforeDestroy = d.OneIn(2)
		c.About = fmt.Sprintf("%s: row %t, id %t, hides expired %t, expires previous %t, moves expiry %t, lag %d, precision %s, normalizes %t", resource,
			w.AnswersRow, w.TellsID, w.HidesExpired, w.ExpiresPrevious, w.MovesExpiry, w.Lag, w.Precision, w.Normalizes != nil)
		return c
	})
}

// randomCase is a token without a name.
func (w *toy) randomCase(resource string) *randomrun.Case {
	route := func(method, path string) fakeapi.Fault { return fakeapi.Fault{Method: method, Route: path} }
	c := &randomrun.Case{
		Start: func(network *protocoltest.Network) *protocoltest.Engine { return w.startOn(network, resource, nil) },
		Clock: toyClock{w.toyServer}, Faults: toyFaults{w.toyServer}, Requests: 6,
		Mint: route("POST", "/create"), List: route("GET", "/list"),
		Routes: []fakeapi.Fault{
			route("POST", "/create"), route("GET", "/list"), route("DELETE", "/delete"), route("DELETE", "/delete"), route("PATCH", "/change"), route("PATCH", "/mark"),
		},
		Current: "id", Secret: "token", Config: account(values{"note": "a"}),
		Edits: []randomrun.Edit{
			randomrun.Triggers(), randomrun.Encrypts(), randomrun.Set("note", "a", "B", "c"), randomrun.Set("overlap", "24h", "72h", nil), randomrun.Set("rotate_before_expiry", "168h", nil),
			randomrun.Set("rotate_after", "200h", "400h", nil, nil),
		},
		Refusals: []string{"The token would be rotated in every run", "The id of the token is not known yet"},
		Stored: func() []randomrun.Token {
			var all []randomrun.Token
			for _, token := range w.tokens {
				all = append(all, randomrun.Token{ID: token.ID, Name: token.Name, Secret: token.Secret, Expires: token.Expiry})
			}
			return all
		},
		Works:  func(token randomrun.Token) bool { return slices.Contains(strings.Fields(w.Alive()), token.ID) },
		Delete: func(token randomrun.Token) { w.Remove(token.ID) },
		Findable: func(token randomrun.Token, of *object) bool {
			return of.Text("id") != "" && w.Token(token.ID).Mark == of.Text("id")
		},
		Tamper:   w.tamper,
		ImportID: func(of *object) string { return "acc/" + of.Text("id") },
		Stranger: func(*randomrun.Draw) randomrun.Token {
			token := w.Add(toyToken{Name: fmt.Sprint("theirs-", w.minted), Account: "acc"})
			return randomrun.Token{ID: token.ID, Name: token.Name, Secret: token.Secret}
		},
		Unprovable: true, Unlisted: "the list failed", Advised: w.followAdvice,
	}
	if resource == named {
		w.named(c)
	}
	return c
}

// named makes a case one of a token with a name.
func (w *toy) named(c *randomrun.Case) {
	c.Secret, c.Config, c.Needs = "secret", overlapping(), []string{"name_prefix", "scope", "region"}
	lifetimes := []any{"720h", "1000h"}
	if w.MovesExpiry {
		// A shorter one could move an expiry into the past, which is refused.
		lifetimes = lifetimes[1:]
	}
	c.Edits = append(c.Edits, randomrun.Set("scope", "r", "w", nil), randomrun.Set("lifetime", lifetimes...), randomrun.Set("region", "eu", "us"), randomrun.Set("name_prefix", "ci-", "cd-"))
	c.Mint.Route, c.Routes[len(c.Routes)-1].Route = "/create/{name}", "/end"
	c.ImportID = func(of *object) string { return of.Text("id") }
	c.Findable = func(token randomrun.Token, of *object) bool {
		prefix, _ := rotation.Prefix(token.Name)
		return token.Name == rotation.NextName(prefix, of.Text("id"))
	}
	c.Unprovable, c.Unlisted, c.Advised = false, "", nil
}

// tamper changes a token as somebody else might.
func (w *toy) tamper(d *randomrun.Draw, token randomrun.Token) string {
	if d.OneIn(2) || w.MovesExpiry {
		// Where an expiry is moved back, a token may be due then.
		w.Change(token.ID, func(token *toyToken) { token.Note = "intruder" })
		return "another note"
	}
	end := w.Now().Add(50 * day)
	w.Change(token.ID, func(token *toyToken) { token.Expiry = &end })
	return "another expiry"
}

// followAdvice deletes the token whose id a state lacks, as a person would who has found out which one it is.
func (w *toy) followAdvice(failure, secret string) (advised, removed bool) {
	if !strings.Contains(failure, "its id could not be found") && !strings.Contains(failure, "The id of the token could not be found") {
		return false, false
	}
	w.Remove(strings.TrimPrefix(secret, "secret-"))
	return true, strings.Contains(failure, "terraform state rm")
}

// toyClock lets time pass on the server, however little, until no list lags any more: without a name, what an apply has left behind
// could pass for the token of the next one, if a list showed it only then.
type toyClock struct{ *toyServer }

func (c toyClock) Advance(d time.Duration) {
	c.Pass(d)
	for _, token := range c.tokens {
		c.shows(token.ID)
	}
}

// toyFaults says what goes wrong in the words of the server, which knows a request by its first word.
type toyFaults struct{ *toyServer }

func (f toyFaults) Add(ordered fakeapi.Fault) error {
	if lists, lags := strings.CutPrefix(ordered.Fault, "lag:"); lags {
		hidden, err := strconv.Atoi(lists)
		f.Change(fmt.Sprint("t", f.minted), func(token *toyToken) { token.hidden = hidden })
		return err
	}
	kind, known := map[string]fault{
		"slow:0s": none, "status:403": refused, "status:400": refused, "status:500": unavailable, "drop-before": lostBefore, "html": lostBefore,
		"drop-after": lostAfter, "500-after": lostAfter, "502-after": lostAfter, "truncate": lostAfter,
	}[ordered.Fault]
	if !known {
		return fmt.Errorf("the toy does not know the fault %q", ordered.Fault)
	}
	f.Fail(strings.Split(ordered.Route, "/")[1], slices.Repeat([]fault{kind}, ordered.Times)...)
	return nil
}

func (f toyFaults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Faults = nil
}
