package lifecycle_test

import (
	"strings"
	"testing"
	"time"
)

// TestOwnCredential_encrypted: recipients that the same apply adds do not hide which token the provider is logged in with.
func TestOwnCredential_encrypted(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]values{"a change": {}, "a rotation": triggered("3")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, nameless)
			w.Does(create, account())
			w.Does(rotate, account(triggered("2")))
			w.Own = "t1"
			w.Pass(25 * time.Hour)
			w.Requests()
			config := account(triggered("2"), newReader(t).to(), more)
			for range 2 {
				w.Fails("apply", config, ownToken, "t1")
			}
			w.Sent("")
			w.HasAlive("t1 t2")
			w.Own = "t2"
			w.Run(account(triggered("2"), newReader(t).to()))
			w.HasAlive("t2")
		})
	}
}

// TestMissing_backAgain: a token that only the list of one refresh lacked is not rotated away: somebody uses it.
func TestMissing_backAgain(t *testing.T) {
	t.Parallel()
	w, config := rotated(t)
	w.Pass(time.Hour)
	w.Change("t2", func(token *toyToken) { token.hidden = 1 })
	saved := w.RefreshAndPlan(config)
	if got := w.Object.Text("status"); got != "missing" || saved.Action != rotate {
		t.Fatalf("the status is %q, planned is to %s", got, saved.Action)
	}
	done := w.Apply(saved, config)
	says(t, done.Diagnostics.Errors(), "Nothing was rotated", "(t2), which the list lacked when this was planned, is there again. Plan again")
	w.Sent("")
	w.Does(nothing, config)
	w.Holds("t2", "t1")
	w.HasAlive("t1 t2")
}

// TestElsewhere_unidentified: a destruction does not take a token whose id is not known for gone where another tenant lacks it, and
// revokes nothing else there.
func TestElsewhere_unidentified(t *testing.T) {
	t.Parallel()
	for name, made := range map[string]func(t *testing.T) *toy{
		"nameless": unidentified,
		"named": func(t *testing.T) *toy {
			t.Helper()
			w := newToy(t, named, func(s *toyServer) { s.AnswersRow, s.Lag = false, 9 })
			w.Fails("apply", overlapping(), "could not be found")
			return w
		},
		"named, rotated": func(t *testing.T) *toy {
			t.Helper()
			w := newToy(t, named, func(s *toyServer) { s.AnswersRow = false })
			w.Does(create, overlapping())
			w.Lag = 9
			w.Fails("apply", overlapping(triggered("2")), "could not be found")
			return w
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := made(t)
			alive := w.Alive()
			w.Pass(time.Hour)
			w.Tenant = "https://other.example.com"
			for _, id := range strings.Fields(alive) {
				w.Change(id, func(token *toyToken) { token.hidden = 99 })
			}
			w.Requests()
			says(t, w.Destroy().Errors(), "was minted on https://acme.example.com", "one provider alias each")
			w.Sent("")
			if w.Object == nil {
				t.Error("it is forgotten")
			}
		})
	}
}

// TestElsewhere_unidentifiedReplaced: Terraform does not hand on what is remembered of a tainted token when it replaces it. Without that, the token
// could be missing from a list because that is another tenant's or user's: it stays in the state. A destruction knows whose the list is.
func TestElsewhere_unidentifiedReplaced(t *testing.T) {
	t.Parallel()
	for name, isAnonymous := range map[string]bool{"anybody's list": true, "an account's list": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := unidentified(t)
			w.Anonymous, w.Object.Tainted = isAnonymous, true
			w.Pass(time.Hour)
			remembered := w.Object
			for _, id := range []string{"t1", "t2"} {
				w.Change(id, func(token *toyToken) { token.hidden = 99 })
			}
			w.Requests()
			for range 2 {
				w.Fails("destroy", account(), "minted at 2030-01-31T12:00:00Z", "nothing proves that it was minted for the user", "terraform state rm")
				w.Sent("")
				if w.Object == nil || !w.Object.Tainted {
					t.Fatalf("the state holds %v", w.Object)
				}
			}
			says(t, w.Destroy().Errors(), "nothing proves that it was minted for the user")
			w.Object = remembered
			if said := w.Destroy(); said.Failed() || w.Object != nil {
				t.Errorf("what is remembered proves nothing: %s", said)
			}
		})
	}
}

// TestNameless_unidentifiedPrevious: a state whose token nothing leads to, with a previous one, as an older version left it: the
// previous one is revoked after its overlap, or forgotten when somebody has revoked it, and is no candidate for the other.
func TestNameless_unidentifiedPrevious(t *testing.T) {
	t.Parallel()
	older := func(t *testing.T) (*toy, values) {
		t.Helper()
		w := newToy(t, nameless)
		w.Does(create, account())
		config := account(triggered("2"))
		w.Does(rotate, config)
		w.Requests()
		state := `{"account": "acc", "token": "secret-t2", "status": "active", "created_at": "2030-01-31T12:00:00Z", "overlap": "24h", "rotation_triggers": {"n": "2"},
			"previous_id": "t1", "previous_secret": "secret-t1", "previous_revoked_after": "2030-02-01T12:00:00Z"}`
		w.Object = w.Start().Upgrade([]byte(state), []byte(`{}`))
		return w, config
	}
	t.Run("revoked", func(t *testing.T) {
		t.Parallel()
		w, config := older(t)
		w.Pass(48 * time.Hour)
		done := w.Run(config)
		if done.Failed != "" || done.Action != update || strings.Contains(done.Diagnostics.String(), "tainted") {
			t.Errorf("%s, %s", done.Action, done.Diagnostics)
		}
		w.Sent("delete t1")
		w.HasAlive("t2")
		if w.Object.Text("previous_id") != "" || w.Object.Text("token") != "secret-t2" {
			t.Errorf("the state is %v", w.Object)
		}
	})
	t.Run("revoked elsewhere", func(t *testing.T) {
		t.Parallel()
		w, config := older(t)
		w.Pass(time.Hour)
		w.Remove("t1")
		if done := w.Run(config); done.Failed != "" || w.Object.Text("previous_id") != "" {
			t.Errorf("the state is %v, %s", w.Object, done.Diagnostics)
		}
	})
	t.Run("destroyed", func(t *testing.T) {
		t.Parallel()
		w, _ := older(t)
		w.Pass(time.Hour)
		said := w.Destroy().Errors()
		if says(t, said, "It is one of: t2, created"); strings.Contains(said.String(), "t1") {
			t.Errorf("the previous token is a candidate: %s", said)
		}
		w.HasAlive("t2")
	})
}

// TestDue_onlyRefreshed: an apply never makes a token due: without a refresh nothing rotates it.
func TestDue_onlyRefreshed(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]values{"a change": overlapping(), "a rotation": overlapping(triggered("2"))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The server lets tokens live shorter than rotate_before_expiry asks for.
			w := newToy(t, named)
			w.Does(create, overlapping())
			w.Pass(20 * day)
			config := config.With(values{"rotate_before_expiry": "300h"})
			if done := w.Run(config); done.Failed != "" {
				t.Fatal(done.Diagnostics)
			}
			if p := w.Start().Plan(w.Object, config); len(p.Changes()) > 0 {
				t.Errorf("without a refresh a change of %v is planned", p.Changes())
			}
		})
	}
}

// TestNameless_unidentifiedKnown: a rotation in place that was told the id of its token, which no list shows, revokes it later.
func TestNameless_unidentifiedKnown(t *testing.T) {
	t.Parallel()
	w := newToy(t, nameless, func(s *toyServer) { s.TellsID = true })
	w.Does(create, account())
	w.Lag = 9
	config := account(triggered("2"))
	w.Fails("apply", config, "the list does not show it", "Apply again in two minutes: that revokes the token t2")
	w.Holds("t1", "")
	w.Lag = 0
	// A list that lacks it still does not prove that it is gone.
	w.Change("t2", func(token *toyToken) { token.hidden = 1 })
	if said := w.Refresh(); said.Failed() {
		t.Fatal(said)
	}
	w.shows("t2")
	w.Requests()
	w.Fails("apply", config, "Nothing was rotated", "Apply again in two minutes")
	w.Sent("")
	w.Pass(3 * time.Minute)
	w.Does(rotate, config)
	w.Holds("t3", "t1")
	w.HasAlive("t1 t3")
}

// TestOwnCredential_identified: a token that only its destruction identifies may be the one that the provider is logged in with.
func TestOwnCredential_identified(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.AnswersRow, s.Lag = false, 9 })
	w.Fails("apply", overlapping(), "could not be found")
	w.Lag, w.Own = 0, "t1"
	w.shows("t1")
	w.Requests()
	says(t, w.Destroy().Errors(), ownToken, "t1")
	w.Sent("")
	w.HasAlive("t1")
}

// TestElsewhere_olderRecord: a change proves on which tenant a token is that an older version has minted.
func TestElsewhere_olderRecord(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Does(create, overlapping())
	w.Remember(`{}`)
	w.Does(update, overlapping(values{"note": "b"}))
	w.Pass(time.Hour)
	w.Remove("t1")
	w.Tenant = "https://other.example.com"
	says(t, w.Refresh(), "t1", "minted on https://acme.example.com")
}

// TestYoung_expired: a young token that has expired need not be listed, and is not waited for.
func TestYoung_expired(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.HidesExpired = true })
	config := basic(values{"lifetime": "1m", "rotate_before_expiry": nil})
	if done := w.Run(config); done.Failed != "" {
		t.Fatal(done.Diagnostics)
	}
	w.Pass(90 * time.Second)
	if said := w.Refresh(); said.Failed() || w.Object.Text("status") != "expired" {
		t.Errorf("the status is %q: %s", w.Object.Text("status"), said)
	}
}

// TestLostAnswer_two: of two new tokens of one name none is certain to be this run's.
func TestLostAnswer_two(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Before = func(request string) {
		if request == "list" && w.minted == 1 {
			w.add(toyToken{Name: w.tokens[0].Name})
		}
	}
	w.Fail("create", lostAfter)
	w.Fails("apply", overlapping(), "it is not certain that it comes from this run", "t1, created", "t2, created")
	w.Sent("create")
	w.HasAlive("t1 t2")
}

// TestNameless_staleList: a token that somebody has made since the run's list is not taken for the one that is minted.
func TestNameless_staleList(t *testing.T) {
	t.Parallel()
	w := newToy(t, nameless)
	w.Does(create, account())
	e := w.Start()
	if _, said := e.Read(w.Object); said.Failed() {
		t.Fatal(said)
	}
	w.Pass(time.Minute)
	w.Add(toyToken{Account: "acc"})
	w.Lag = 9
	second, said := e.Apply(e.Plan(nil, account()))
	says(t, said.Errors(), "could not be found", "no new token")
	if second.Text("id") != "" || second.Text("token") != "secret-t3" {
		t.Errorf("the state is %v", second)
	}
}

// TestOwnCredential_identifiedRotated: nothing is sent before a destruction finds that the token without a known id is the provider's own.
func TestOwnCredential_identifiedRotated(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.AnswersRow = false })
	w.Does(create, overlapping())
	w.Lag = 9
	w.Fails("apply", overlapping(triggered("2")), "could not be found")
	w.Lag, w.Own = 0, "t2"
	w.shows("t2")
	w.Requests()
	says(t, w.Destroy().Errors(), ownToken, "t2")
	w.Sent("")
}

// TestLostAnswer_encrypted: a rotation whose answer was lost leaves the secret as the state had it.
func TestLostAnswer_encrypted(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]func(w *toy){
		"lost":         func(w *toy) { w.Fail("create", lostAfter) },
		"unidentified": func(w *toy) { w.Lag = 9 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, nameless)
			w.Does(create, account())
			fails(w)
			w.Fails("apply", account(triggered("2"), newReader(t).to()))
			w.Holds("t1", "")
			if !w.Object.IsNull("encrypted_secret") {
				t.Error("the secret is encrypted")
			}
			w.Does(nothing, account())
		})
	}
}

// TestElsewhere_shown: where a list shows another token of the resource, it is that of the right tenant, whatever that is called.
func TestElsewhere_shown(t *testing.T) {
	t.Parallel()
	w, _ := rotated(t)
	w.Pass(time.Hour)
	w.Remove("t2")
	w.Tenant = "https://new-name.example.com"
	if said := w.Refresh(); said.Failed() || w.Object.Text("status") != "missing" {
		t.Errorf("the status is %q: %s", w.Object.Text("status"), said)
	}
	if said := w.Destroy(); said.Failed() {
		t.Error(said)
	}
	w.HasAlive("")
}

// TestPrevious_young: soon after a mint a list that lacks the previous token does not prove that it is gone.
func TestPrevious_young(t *testing.T) {
	t.Parallel()
	w, config := rotated(t)
	w.Change("t1", func(token *toyToken) { token.hidden = 1 })
	if said := w.Refresh(); said.Failed() {
		t.Fatal(said)
	}
	w.Holds("t2", "t1")
	w.Pass(25 * time.Hour)
	w.Does(update, config)
	w.Holds("t2", "")
	w.HasAlive("t2")
}

// TestOwnCredential_encryptedByID: where the id tells the provider's own token, its secret is encrypted like any other.
func TestOwnCredential_encryptedByID(t *testing.T) {
	t.Parallel()
	w, config := rotated(t)
	w.Own, config = "t1", config.With(newReader(t).to())
	w.Pass(25 * time.Hour)
	for range 2 {
		w.Fails("apply", config, ownToken, "t1")
		if w.Object.Text("previous_id") != "t1" || !w.Object.IsNull("previous_secret") || w.Object.IsNull("previous_encrypted_secret") {
			t.Errorf("the state is %v", w.Object)
		}
	}
}
