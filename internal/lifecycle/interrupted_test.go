package lifecycle_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// interrupted is a toy whose process died in a rotation in place, after a request: Terraform has not learnt of the token t2.
func interrupted(t *testing.T, resource, after string) (*toy, values) {
	t.Helper()
	w := newToy(t, resource)
	config := account(values{"note": "a"})
	if resource == named {
		config = overlapping()
	}
	w.Does(create, config)
	w.DiesWith = after
	if done := w.Run(config.With(triggered("2"))); done.Failed != "apply" || !done.Dead {
		t.Fatalf("the process did not die: %s", done.Diagnostics)
	}
	w.DiesWith = ""
	w.Holds("t1", "")
	w.HasAlive("t1 t2")
	w.Requests()
	return w, config
}

const leftBehind = "An interrupted rotation has left the token t2 behind"

// TestInterrupted: what a rotation has minted that was interrupted is found by the name that follows from the token's id, or by a mark.
// Every refresh says so once; the next rotation deletes it first, and so does a destruction.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for after, c := range map[string]struct{ resource, rotates string }{
		"create":  {named, "delete t2, create"},
		"mark t2": {nameless, "delete t2, create, mark t3, change t3"},
	} {
		t.Run(c.resource, func(t *testing.T) {
			t.Parallel()
			w, config := interrupted(t, c.resource, after)
			for range 2 {
				says(t, w.Refresh(), leftBehind, "t2, created 2030-01-31T12:00:0", "The next rotation of the resource deletes it, and so does its destruction.")
			}
			w.Does(nothing, config)
			w.Sent("")
			done := w.MustRun(rotate, config.With(triggered("2")))
			if got := count(done, "left the token"); got != 1 {
				t.Errorf("it is said %d times: %s", got, done.Diagnostics)
			}
			w.Sent(c.rotates)
			w.Holds("t3", "t1")
			w.HasAlive("t1 t3")
			if said := w.Refresh(); len(said) > 0 {
				t.Error(said)
			}
			w, _ = interrupted(t, c.resource, after)
			if said := w.Destroy(); len(said) > 0 {
				t.Error(said)
			}
			w.Sent("delete t2, delete t1")
			w.HasAlive("")
		})
	}
}

// TestInterrupted_used: somebody has the secret of a token that is in use. It is never touched: a rotation stops, before anything is
// minted, and a destruction leaves it alone.
func TestInterrupted_used(t *testing.T) {
	t.Parallel()
	for after, resource := range map[string]string{"create": named, "mark t2": nameless} {
		t.Run(resource, func(t *testing.T) {
			t.Parallel()
			w, config := interrupted(t, resource, after)
			w.Change("t2", func(token *toyToken) { token.Used = true })
			says(t, w.Refresh(), leftBehind, "It is in use, so somebody has its secret")
			w.Fails("apply", config.With(triggered("2")), "Nothing was created", "It is in use", "t2", "Two runs may have rotated the token from the same state")
			w.Sent("")
			w.Holds("t1", "")
			says(t, w.Destroy(), leftBehind, "It is in use")
			w.Sent("delete t1")
			w.HasAlive("t2")
		})
	}
}

// TestInterrupted_cannotBeDeleted: then nothing is minted; a destruction notes it, so that the next one deletes it.
func TestInterrupted_cannotBeDeleted(t *testing.T) {
	t.Parallel()
	w, config := interrupted(t, named, "create")
	w.Fail("delete t2", refused, unavailable)
	w.Fails("apply", config.With(triggered("2")), "Nothing was created", "It could not be deleted first", "t2")
	w.Sent("delete t2")
	says(t, w.Destroy().Errors(), "t2", "could not be deleted")
	w.HasAlive("t2")
	if said := w.Destroy(); said.Failed() || w.Object != nil {
		t.Error(said)
	}
	w.HasAlive("")
}

// TestInterrupted_pending: an orphan that a destruction has noted is deleted by the next rotation first, whose name it may have.
func TestInterrupted_pending(t *testing.T) {
	t.Parallel()
	w, config := interrupted(t, named, "create")
	w.Fail("delete t2", refused)
	w.Fail("delete t1", refused)
	if errors := w.Destroy().Errors(); len(errors) != 2 {
		t.Error(errors)
	}
	w.Requests()
	w.Does(rotate, config.With(triggered("2")))
	w.Sent("delete t2, create")
	w.Holds("t3", "t1")
}

// TestInterrupted_lag: a list may show an orphan only after the rotation has run into its name.
func TestInterrupted_lag(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		hidden int
		used   bool
		sent   string
		says   string
	}{
		"shown in the first look": {2, false, "create, delete t2, create", ""},
		"shown in the last look":  {5, false, "create, delete t2, create", ""},
		"not shown":               {99, false, "create", "name taken"},
		"in use":                  {3, true, "create", "It is in use"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, config := interrupted(t, named, "create")
			// The refresh has one list, and the apply another.
			w.Change("t2", func(token *toyToken) { token.hidden, token.Used = c.hidden, c.used })
			if c.says == "" {
				w.Does(rotate, config.With(triggered("2")))
				w.Holds("t3", "t1")
			} else {
				w.Fails("apply", config.With(triggered("2")), c.says)
				w.Holds("t1", "")
			}
			w.Sent(c.sent)
		})
	}
}

// TestInterrupted_edited: the orphan is found although the arguments have changed since.
func TestInterrupted_edited(t *testing.T) {
	t.Parallel()
	w, config := interrupted(t, named, "create")
	w.Does(rotate, config.With(values{"name_prefix": "cd-", "scope": "w"}))
	w.Sent("delete t2, create")
	w.HasAlive("t1 t3")
	w, config = interrupted(t, named, "create")
	delete(config, "overlap")
	w.Does(update, config)
	w.Does(replace, config.With(triggered("2")))
	w.Sent("delete t2, delete t1, create")
	w.HasAlive("t3")
}

// TestInterrupted_everywhere: wherever a rotation is interrupted, nothing is lost: the next apply ends with the current and the previous
// token, and a destruction with none. Without names this holds until the last request of a rotation, which takes the mark away.
func TestInterrupted_everywhere(t *testing.T) {
	t.Parallel()
	for resource, requests := range map[string][]string{
		named: {"login", "list", "create", "delete t1", "end t2"}, nameless: {"login", "list", "mark t3", "delete t1"},
	} {
		for _, last := range requests {
			t.Run(resource+", "+last, func(t *testing.T) {
				t.Parallel()
				w := newToy(t, resource, func(s *toyServer) { s.ExpiresPrevious = true })
				config := account(values{"note": "a"})
				if resource == named {
					config = overlapping()
				}
				w.Does(create, config)
				w.Does(rotate, config.With(triggered("2")))
				config = config.With(triggered("3"))
				saved := w.RefreshAndPlan(config)
				w.DiesWith = last
				if done := w.Apply(saved, config); !done.Dead {
					t.Fatalf("it did not die: %s", done.Diagnostics)
				}
				w.DiesWith = ""
				w.Does(rotate, config)
				current := w.Object.Text("id")
				w.Holds(current, "t2")
				w.HasAlive("t2 " + current)
				if said := w.Destroy(); said.Failed() {
					t.Error(said)
				}
				w.HasAlive("")
			})
		}
	}
}

// TestInterrupted_unmarked: a token without a name that was not even marked proves nothing, and is never touched.
func TestInterrupted_unmarked(t *testing.T) {
	t.Parallel()
	w, config := interrupted(t, nameless, "create")
	if said := w.Refresh(); len(said) > 0 {
		t.Error(said)
	}
	w.Does(rotate, config.With(triggered("2")))
	w.HasAlive("t1 t2 t3")
	if said := w.Destroy(); said.Failed() {
		t.Error(said)
	}
	w.HasAlive("t2")
}

// TestInterrupted_foreign: names and marks of other tokens are somebody else's.
func TestInterrupted_foreign(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Does(create, overlapping())
	for _, name := range []string{"ci-", "ci-other", rotation.NewName("ci-"), rotation.NextName("ci-", "t9"), w.Object.Text("name") + "x"} {
		w.Add(toyToken{Name: name})
	}
	if said := w.Refresh(); len(said) > 0 {
		t.Error(said)
	}
	w.Does(rotate, overlapping(triggered("2")))
	w.Pass(25 * time.Hour)
	w.Does(update, overlapping(triggered("2")))
	if said := w.Destroy(); said.Failed() {
		t.Error(said)
	}
	w.HasAlive("t2 t3 t4 t5 t6")
	w = newToy(t, nameless)
	w.Does(create, account())
	w.Add(toyToken{Account: "acc", Mark: "t9"})
	w.Add(toyToken{Account: "other", Mark: "t1"})
	w.Does(rotate, account(triggered("2")))
	if said := w.Destroy(); said.Failed() {
		t.Error(said)
	}
	w.HasAlive("t2 t3")
}

// TestInterrupted_missing: an orphan that is all that is left of a resource is no token that it could give: it is deleted when the next
// one is minted.
func TestInterrupted_missing(t *testing.T) {
	t.Parallel()
	w, config := interrupted(t, named, "create")
	w.Pass(time.Hour)
	w.Remove("t1")
	said := w.Refresh()
	if !strings.Contains(said.Summaries(), "is missing") || !strings.Contains(said.Summaries(), leftBehind) || len(said) != 2 {
		t.Error(said)
	}
	w.Does(rotate, config)
	w.Sent("delete t2, create")
	w.HasAlive("t3")
}

// TestInterrupted_noted: an orphan that a destruction could not delete is known from then on, also where no list shows it.
func TestInterrupted_noted(t *testing.T) {
	t.Parallel()
	w, _ := interrupted(t, named, "create")
	w.Fail("delete t2", refused)
	says(t, w.Destroy().Errors(), "could not be deleted")
	w.Fail("list", unavailable)
	w.Requests()
	w.Destroy()
	w.Sent("delete t2")
	w.HasAlive("")
}

// TestInterrupted_unidentified: the orphan of a token whose own id was never found follows from its name, and is deleted with it.
func TestInterrupted_unidentified(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.AnswersRow, s.HidesExpired = false, true })
	w.Does(create, overlapping())
	w.Lag = 9
	config := overlapping(triggered("2"))
	w.Fails("apply", config, "could not be found")
	w.Pass(31 * day)
	w.Lag, w.DiesWith = 0, "create"
	if done := w.Run(config); done.Action != rotate || done.Failed != "apply" || !done.Dead {
		t.Fatalf("%s: %s", done.Action, done.Diagnostics)
	}
	w.DiesWith = ""
	w.HasAlive("t3")
	if said := w.Destroy(); said.Failed() || w.Object != nil {
		t.Error(said)
	}
	w.HasAlive("")
}
