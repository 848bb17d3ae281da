package lifecycle_test

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestState_savedFirst: whatever fails after the answer to a creation, the state holds the secret. That nothing at all is sent
// before it does is checked in every test; see [toy.start].
func TestState_savedFirst(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		resource, fails string
		setup           func(*toyServer)
		config          values
		hasID           bool
	}{
		"the list fails":                       {named, "list", func(s *toyServer) { s.AnswersRow = false }, basic(), false},
		"the list fails, the id is told":       {named, "list", func(s *toyServer) { s.AnswersRow, s.TellsID = false, true }, basic(), false},
		"the list lags too long":               {named, "", func(s *toyServer) { s.AnswersRow, s.Lag = false, 9 }, basic(), false},
		"nameless: the list lags too long":     {nameless, "", func(s *toyServer) { s.Lag = 9 }, values{"account": "acc"}, false},
		"nameless: a later request is refused": {nameless, "change", func(*toyServer) {}, values{"account": "acc", "note": "a"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, c.resource, c.setup)
			saved := w.RefreshAndPlan(c.config)
			w.Before = func(request string) {
				if request == c.fails && w.minted > 0 {
					w.Faults = map[string][]fault{c.fails: {unavailable}}
				}
			}
			if c.fails == "change" {
				w.Fail("change", refused)
			}
			done := w.Apply(saved, c.config)
			if done.Failed != "apply" {
				t.Fatalf("it has not failed: %s", done.Diagnostics)
			}
			o := w.Object
			if secret := o.Text("secret") + o.Text("token"); secret != "secret-t1" || !o.Tainted {
				t.Errorf("the state holds %q, tainted %t", secret, o.Tainted)
			}
			if got := o.Text("id"); got != map[bool]string{true: "t1"}[c.hasID] {
				t.Errorf("the id is %q", got)
			}
		})
	}
}

// TestAnswer_describes: how much the answer to a creation says makes no difference, and neither does a list that lags for as long as
// the shipped delays wait.
func TestAnswer_describes(t *testing.T) {
	t.Parallel()
	for answer, setup := range map[string]func(*toyServer){
		"row": func(*toyServer) {}, "id": func(s *toyServer) { s.AnswersRow, s.TellsID = false, true }, "secret": func(s *toyServer) { s.AnswersRow = false },
	} {
		for lag := range 4 {
			t.Run(answer+", lag "+strings.Repeat("I", lag), func(t *testing.T) {
				t.Parallel()
				w := newToy(t, named, setup, func(s *toyServer) { s.Lag = lag })
				w.Does(create, overlapping())
				w.Holds("t1", "")
				w.Does(rotate, overlapping(triggered("2")))
				w.Holds("t2", "t1")
				w.Sent("create, create")
				waited := []time.Duration{0, time.Second / 2, 2 * time.Second, 4 * time.Second}[:lag+1]
				if answer != "row" && !slices.Equal(w.slept[:lag+1], waited) {
					t.Errorf("waited was %v instead of %v", w.slept, waited)
				}
			})
		}
	}
}

// TestLostAnswer_named: a token under the requested name that was not there before, made while the request was under way and to its
// letter, is this run's own: it is deleted, and the mint begins again. Nothing is minted twice unless that is proved.
func TestLostAnswer_named(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		setup  func(*toyServer)
		faults []fault
		sent   string
		alive  string
		says   []string
	}{
		"before the commit":       {nil, []fault{lostBefore}, "create, create", "t1", nil},
		"after the commit":        {nil, []fault{lostAfter}, "create, delete t1, create", "t2", nil},
		"a server that fails":     {nil, []fault{unavailable}, "create, create", "t1", nil},
		"twice":                   {nil, []fault{lostAfter, lostAfter}, "create, delete t1, create, delete t2, create", "t3", nil},
		"too often":               {nil, []fault{lostBefore, lostBefore, lostBefore}, "create, create, create", "", []string{"was lost 3 times"}},
		"too often, made":         {nil, []fault{lostAfter, lostAfter, lostAfter}, "create, delete t1, create, delete t2, create, delete t3", "", []string{"was lost 3 times"}},
		"a list that lags a look": {func(s *toyServer) { s.Lag = 3 }, []fault{lostAfter}, "create, delete t1, create", "t2", nil},
		// The name is taken by what the first try has made, and only then the list shows it.
		"a list that lags through all looks of the first try": {func(s *toyServer) { s.Lag, s.Before = 4, promptOnceCreated(s) }, []fault{lostAfter}, "create, create, delete t1, create", "t2", nil},
		"a list that lags through all looks of two tries":     {func(s *toyServer) { s.Lag = 9 }, []fault{lostAfter}, "create, create", "t1", []string{"name taken"}},
		"refused":                                  {nil, []fault{refused}, "create", "", []string{"refused", "Ask the administrator"}},
		"the orphan cannot be deleted":             {func(s *toyServer) { s.Faults = map[string][]fault{"delete": {refused}} }, []fault{lostAfter}, "create, delete t1", "t1", []string{"could not be deleted", "t1"}},
		"made before the request":                  {func(s *toyServer) { s.HidesCreation = true }, []fault{lostAfter}, "create", "t1", []string{"it is not certain", "nothing was touched", "t1"}},
		"the looks fail":                           {func(s *toyServer) { s.Before = failListAfterCreate(s) }, []fault{lostAfter}, "create", "t1", []string{"is not known", "could not be listed"}},
		"the list fails first, nothing is created": {func(s *toyServer) { s.Faults = map[string][]fault{"list": {unavailable, unavailable}} }, nil, "", "", []string{"Nothing was created"}},
	} {
		for _, kind := range []string{"row", "secret"} {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				w := newToy(t, named, func(s *toyServer) { s.AnswersRow = kind == "row" })
				if c.setup != nil {
					c.setup(w.toyServer)
				}
				w.Fail("create", c.faults...)
				done := w.Run(basic())
				w.Sent(c.sent)
				w.HasAlive(c.alive)
				if c.says == nil {
					if done.Failed != "" {
						t.Fatal(done.Diagnostics)
					}
					w.Settled(basic())
					w.Holds(c.alive, "")
					return
				}
				says(t, done.Diagnostics.Errors(), c.says...)
				if w.Object != nil {
					t.Errorf("something is in the state: %v", w.Object)
				}
			})
		}
	}
}

// failListAfterCreate makes every list fail once something was minted.
func failListAfterCreate(s *toyServer) func(string) {
	return func(request string) {
		if request == "list" && s.minted > 0 {
			s.Faults = map[string][]fault{"list": {unavailable}}
		}
	}
}

// promptOnceCreated lets the lists lag for the first token only.
func promptOnceCreated(s *toyServer) func(string) {
	return func(request string) {
		if strings.HasPrefix(request, "create") && s.minted > 0 {
			s.Lag = 0
		}
	}
}

// TestLostAnswer_foreign: a token of the same name that somebody else has made is never touched, whether it was there before, or was
// made in the meantime.
func TestLostAnswer_foreign(t *testing.T) {
	t.Parallel()
	config := values{"name": "ci", "scope": "r"}
	for name, c := range map[string]struct {
		before, meanwhile, after func(w *toy)
		says                     string
	}{
		"there before":                      {before: func(w *toy) { w.Add(toyToken{Name: "ci", Scope: "r"}) }, says: "is taken"},
		"made meanwhile, with other rights": {meanwhile: func(w *toy) { w.add(toyToken{Name: "ci", Scope: "w"}) }, says: "not certain"},
		"an older one that was renamed":     {meanwhile: func(w *toy) { w.rename("t1", "ci") }, before: func(w *toy) { w.Add(toyToken{Name: "old", Scope: "r"}); w.Pass(time.Minute) }, says: "t1"},
		"an older one that the first list lacked": {meanwhile: func(w *toy) {
			w.add(toyToken{Name: "ci", Scope: "r"})
			w.tokens[0].Created = w.now.Add(-time.Minute)
		}, says: "not certain"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named)
			if c.before != nil {
				c.before(w)
			}
			w.Fail("create", lostBefore)
			w.Before = func(request string) {
				if strings.HasPrefix(request, "create") && c.meanwhile != nil {
					c.meanwhile(w)
					c.meanwhile = nil
				}
			}
			w.Fails("apply", config, c.says)
			w.HasAlive("t1")
			if sent := w.Requests(); strings.Contains(sent, "delete") {
				t.Errorf("sent was %s", sent)
			}
		})
	}
}

func (s *toyServer) rename(id, name string) {
	_, _ = s.change(id, func(t *toyToken) { t.Name = name })
}

// TestLostAnswer_rotation recovers the same way, and the rotation goes on.
func TestLostAnswer_rotation(t *testing.T) {
	t.Parallel()
	for _, lag := range []int{0, 3, 4} {
		w := newToy(t, named)
		w.Does(create, overlapping())
		w.Lag = lag
		w.Fail("create", lostAfter)
		w.Does(rotate, overlapping(triggered("2")))
		w.Holds("t3", "t1")
		w.HasAlive("t1 t3")
	}
}

// TestRefused_rotation: a rotation that is refused leaves everything as it was, and says so.
func TestRefused_rotation(t *testing.T) {
	t.Parallel()
	w, config := rotated(t)
	for _, f := range []fault{refused, notFound} {
		w.Fail("create", f)
		w.Fails("apply", overlapping(triggered("3")), "Ask the administrator", "(t2) was not touched")
		w.Holds("t2", "t1")
	}
	w.Does(nothing, config)
	w.HasAlive("t1 t2")
}

// TestNameTaken says what can be done about it.
func TestNameTaken(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.CreateBeforeDestroy = true
	w.Does(create, values{"name": "ci", "scope": "r"})
	w.Fails("apply", values{"name": "ci", "scope": "w"}, `"ci" is taken by the token t1`, "name_prefix")
	w.Holds("t1", "")
	w.HasAlive("t1")
}
