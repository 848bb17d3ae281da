package lifecycle_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// account is a configuration of a token without a name.
func account(more ...values) values {
	return values{"account": "acc", "overlap": "24h", "rotation_triggers": map[string]any{"n": "1"}}.With(more...)
}

// TestLostAnswer_nameless: tokens without names prove nothing. Nothing is deleted and nothing is minted again; what it could be is named.
func TestLostAnswer_nameless(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		setup func(w *toy)
		fault fault
		says  []string
	}{
		"nothing was made":               {nil, lostBefore, []string{"was lost", "has no new token"}},
		"one was made":                   {nil, lostAfter, []string{"New on the account", "t2, created 2030-01-31T12:00:00Z"}},
		"one was made, a list that lags": {func(w *toy) { w.Lag = 3 }, lostAfter, []string{"New on the account", "t2"}},
		"one was made, and somebody else makes one": {func(w *toy) {
			w.Before = func(request string) {
				if request == "create" {
					w.add(toyToken{Account: "acc"})
				}
			}
		}, lostAfter, []string{"t2, created", "; t3, created"}},
		"the list fails": {func(w *toy) {
			w.Before = func(request string) {
				if request == "list" && strings.Contains(strings.Join(w.journal, " "), "create") {
					w.Faults = map[string][]fault{"list": {unavailable}}
				}
			}
		}, lostAfter, []string{"the list failed too", "had these tokens: t1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, nameless)
			w.Add(toyToken{Account: "acc"})
			if c.setup != nil {
				c.setup(w)
			}
			w.Fail("create", c.fault)
			w.Fails("apply", account(), c.says...)
			w.Sent("create")
			if w.Object != nil {
				t.Error("something is in the state")
			}
			if alive := w.Alive(); !strings.HasPrefix(alive, "t1") || c.fault == lostAfter && !strings.Contains(alive, "t2") {
				t.Errorf("alive are %q", alive)
			}
		})
	}
}

// TestNameless_identified: without a name a new token must be the only one in two looks in a row, before it is taken for the one that
// was minted. A list that lags could show somebody else's first.
func TestNameless_identified(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tellsID bool
		lag     int
		// others are made by somebody else, in the same moment, and shown after so many lists.
		others []int
		id     string
		says   string
	}{
		"shown at once":                        {false, 0, nil, "t1", ""},
		"shown late":                           {false, 2, nil, "t1", ""},
		"shown in the last look only":          {false, 3, nil, "", "only in the last list, and could be somebody else's: t1"},
		"never shown":                          {false, 9, nil, "", "no new token has appeared"},
		"somebody else's is shown with it":     {false, 0, []int{0}, "", "It is one of: t1, created 2030-01-31T12:00:00Z; t2, created"},
		"somebody else's is shown before it":   {false, 1, []int{0}, "", "It is one of"},
		"somebody else's is shown after it":    {false, 0, []int{1}, "", "It is one of"},
		"somebody else's appears in the end":   {false, 2, []int{3}, "", "It is one of"},
		"the id is told":                       {true, 0, []int{0}, "t1", ""},
		"the id is told, and shown last":       {true, 3, []int{0}, "t1", ""},
		"the id is told, and never shown":      {true, 9, nil, "", "the answer names the id t1, but the list does not show it. New in the list: none"},
		"the id is told, and another is shown": {true, 9, []int{0}, "", "New in the list: t2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, nameless, func(s *toyServer) { s.TellsID, s.Lag = c.tellsID, c.lag })
			saved := w.RefreshAndPlan(account())
			w.Before = func(request string) {
				if request != "list" || w.minted == 0 {
					return
				}
				for _, hidden := range c.others {
					w.add(toyToken{Account: "acc"})
					w.tokens[len(w.tokens)-1].hidden = hidden
				}
				c.others = nil
			}
			done := w.Apply(saved, account())
			if c.says == "" {
				if done.Failed != "" {
					t.Fatal(done.Diagnostics)
				}
			} else {
				says(t, done.Diagnostics.Errors(), "could not be found", c.says, "state rm")
			}
			if got := w.Object.Text("id"); got != c.id || w.Object.Text("token") != "secret-t1" || w.Object.Tainted != (c.id == "") {
				t.Errorf("the id is %q instead of %q, tainted %t", got, c.id, w.Object.Tainted)
			}
			if got := w.Object.IdentityAttributes.Text("account"); got != "acc" {
				t.Errorf("the identity has the account %q", got)
			}
		})
	}
}

// TestNameless_unidentifiedRotation: a rotation in place whose token cannot be identified leaves the old state, whose token still
// works; the next apply rotates.
func TestNameless_unidentifiedRotation(t *testing.T) {
	t.Parallel()
	for name, setup := range map[string]func(w *toy){
		"the list lags": func(w *toy) { w.Lag = 9 },
		"the list fails": func(w *toy) {
			w.Before = func(request string) {
				if request == "list" && w.minted > 1 {
					w.Faults = map[string][]fault{"list": {unavailable}}
				}
			}
		},
	} {
		for _, isOlder := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, a record of an older version %t", name, isOlder), func(t *testing.T) {
				t.Parallel()
				w := newToy(t, nameless)
				w.Does(create, account(values{"note": "a"}))
				before := w.Object
				if isOlder {
					// It is written as one of this version.
					w.Remember(`{"version":1,"imported":true}`)
					before = w.Object
					w.Remember(`{"imported":true}`)
				}
				w.Requests()
				setup(w)
				w.Fails("apply", account(triggered("2"), values{"note": "b"}), "could not be found", "t1 is still the one in the state", "nobody knows its secret")
				w.Sent("create")
				w.Holds("t1", "")
				was, is := strings.TrimSuffix(before.Remembered(), "}")+`,"unknown_at":"`, w.Object.Remembered()
				if changed := before.Differences(w.Object.Attributes); len(changed) > 0 || !strings.HasPrefix(is, was) {
					t.Errorf("the rotation that failed has changed %v, and the record from %s to %s", changed, before.Remembered(), is)
				}
				w.Lag, w.Before, w.Faults = 0, nil, nil
				// A list that shows t2 only now would show it in place of the next token.
				w.Fails("apply", account(triggered("2"), values{"note": "b"}), "Nothing was rotated", "Apply again in two minutes")
				w.Sent("")
				w.Pass(3 * time.Minute)
				w.shows("t2")
				w.Does(rotate, account(triggered("2"), values{"note": "b"}))
				w.Holds("t3", "t1")
				// What nobody can prove to be this resource's is not touched.
				w.HasAlive("t1 t2 t3")
			})
		}
	}
}

// unidentified is a toy whose creation could not identify its token t2; t1 was there before.
func unidentified(t *testing.T) *toy {
	t.Helper()
	w := newToy(t, nameless, func(s *toyServer) { s.Lag = 9 })
	w.Add(toyToken{Account: "acc"})
	w.Change("t1", func(token *toyToken) { token.hidden = 0 })
	w.Fails("apply", account(), "could not be found", "no new token")
	w.Lag = 0
	w.Requests()
	return w
}

// TestNameless_unidentifiedDelete: without an id nothing is deleted that could be somebody else's; the candidates are named. If there
// are none any more, there is nothing to delete.
func TestNameless_unidentifiedDelete(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(w *toy)
		says    []string
	}{
		"not shown yet": {nil, []string{"the list does not show it yet"}},
		"shown":         {func(w *toy) { w.shows("t2") }, []string{"It is one of: t2, created", "state rm"}},
		"others are younger": {func(w *toy) {
			w.shows("t2")
			w.Pass(time.Hour)
			w.Add(toyToken{Account: "acc"})
			w.Pass(31 * time.Hour)
			w.Add(toyToken{Account: "acc"})
		}, []string{"It is one of: t2, created 2030-01-31T12:00:00Z; t3, created 2030-01-31T13:00:"}},
		"deleted since": {func(w *toy) { w.Remove("t2"); w.Pass(time.Hour) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := unidentified(t)
			if c.happens != nil {
				c.happens(w)
			}
			said := w.Destroy()
			w.Sent("")
			if c.says == nil {
				if said.Failed() || w.Object != nil {
					t.Errorf("it is not destroyed: %s", said)
				}
				return
			}
			says(t, said.Errors(), c.says...)
			if strings.Contains(said.String(), "t1,") || strings.Contains(said.String(), "t4,") {
				t.Errorf("named is what it cannot be: %s", said)
			}
			if w.Object == nil || w.Object.Text("token") != "secret-t2" {
				t.Error("the secret is lost")
			}
		})
	}
}

func (s *toyServer) shows(id string) { s.Change(id, func(token *toyToken) { token.hidden = 0 }) }

// TestNameless_unidentifiedRefresh keeps the state, and says what to do; nothing ever tells which token it means.
func TestNameless_unidentifiedRefresh(t *testing.T) {
	t.Parallel()
	w := unidentified(t)
	for _, hours := range []time.Duration{0, time.Hour, 1000 * time.Hour} {
		w.Pass(hours)
		w.shows("t2")
		before := w.Object
		says(t, w.Refresh(), "is not known", "state rm")
		if w.Object == nil || len(before.Differences(w.Object.Attributes)) > 0 {
			t.Error("the state has changed")
		}
	}
	w.Sent("")
}

// TestNamed_unidentified: a token whose id could not be found when it was minted is found by its name later, and not mistaken for
// another of that name.
func TestNamed_unidentified(t *testing.T) {
	t.Parallel()
	config := values{"name": "ci", "overlap": "24h"}
	for name, c := range map[string]struct {
		happens func(w *toy)
		id      string
		says    string
	}{
		"the list shows it": {func(w *toy) { w.shows("t1") }, "t1", ""},
		"another of that name": {func(w *toy) {
			w.Remove("t1")
			w.Pass(time.Hour)
			w.Add(toyToken{Name: "ci"})
		}, "", "cannot be determined now: t2"},
		"not yet":       {func(w *toy) { w.Change("t1", func(token *toyToken) { token.hidden = 99 }) }, "", "the list does not show it yet"},
		"without dates": {func(w *toy) { w.shows("t1"); w.HidesCreation = true }, "", "cannot be determined now: t1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named, func(s *toyServer) { s.AnswersRow, s.Lag = false, 9 })
			w.Fails("apply", config, "could not be found", "by its name")
			w.Lag = 0
			if c.happens != nil {
				c.happens(w)
			}
			said := w.Refresh()
			if c.says != "" {
				says(t, said.Errors(), c.says)
				says(t, w.Destroy().Errors(), c.says)
			} else if said.Failed() {
				t.Fatal(said)
			}
			if w.Object == nil || w.Object.Text("id") != c.id || w.Object.Text("secret") != "secret-t1" {
				t.Fatal("the state does not hold the token")
			}
			if c.says != "" {
				return
			}
			if said := w.Destroy(); said.Failed() {
				t.Error(said)
			}
			w.HasAlive("")
		})
	}
}

// TestNamed_unidentifiedRotation: its secret and the previous token are in the state; nothing rotates it before its id is known.
func TestNamed_unidentifiedRotation(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.AnswersRow = false })
	w.Does(create, overlapping())
	w.Lag = 9
	w.Fails("apply", overlapping(triggered("2")), "could not be found", "by its name", "previous token is in the state, too")
	if w.Object.Text("secret") != "secret-t2" || w.Object.Text("previous_secret") != "secret-t1" || w.Object.Text("id") != "" {
		t.Errorf("the state holds %v", w.Object)
	}
	w.HasAlive("t1 t2")
	saved := w.Plan(overlapping(triggered("3")))
	says(t, saved.Diagnostics.Warnings(), "not known yet", "with a refresh", "Applying this plan fails")
	w.Requests()
	says(t, w.Apply(saved, overlapping(triggered("3"))).Diagnostics.Errors(), "not known yet", "with a refresh")
	w.Sent("")
	w.HasAlive("t1 t2")
	w.Lag = 0
	w.shows("t2")
	w.Does(nothing, overlapping(triggered("2")))
	w.Holds("t2", "t1")
	w.Does(rotate, overlapping(triggered("3")))
	w.Holds("t3", "t2")
}

// TestNameless_unfinished: what a rotation could not set on the new token is set by the next apply; the new token is in the state, and
// the previous one works. Without a mark, which only matters if the rotation is interrupted, it goes on.
func TestNameless_unfinished(t *testing.T) {
	t.Parallel()
	config := account(values{"note": "a"})
	for _, f := range []fault{refused, lostBefore, lostAfter} {
		w := newToy(t, nameless)
		w.Does(create, config)
		w.Requests()
		w.Fail("mark", refused)
		w.Fail("change t2", f)
		w.Fails("apply", config.With(triggered("2")), "Unable to update")
		w.Holds("t2", "t1")
		w.HasAlive("t1 t2")
		w.Does(map[bool]action{true: nothing, false: update}[f == lostAfter], config.With(triggered("2")))
		w.Holds("t2", "t1")
		if got := w.Token("t2"); got.Note != "a" {
			t.Errorf("the note is %q", got.Note)
		}
	}
}
