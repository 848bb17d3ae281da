package lifecycle_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// ignoring ignores changes of attributes: Terraform then plans with the state's values as if they were configured.
func ignoring(attributes ...string) func(w *toy) {
	return func(w *toy) { w.IgnoreChanges = attributes }
}

// TestIgnoreChanges: what the server has computed for one token is no wish for the next, whatever way Terraform sends it. What
// Terraform makes the plan promise is in the state until the next refresh.
func TestIgnoreChanges(t *testing.T) {
	t.Parallel()
	plain := values{"name_prefix": "ci-", "rotate_before_expiry": "168h"}
	for name, c := range map[string]struct {
		ignores []string
		config  values
		// lives is how long each token lives, alive are the tokens after the rotation.
		lives   time.Duration
		does    action
		alive   string
		isNamed bool
	}{
		"the expiry of a lifetime":               {[]string{"expires_at"}, overlapping(), 30 * day, rotate, "t1 t2", false},
		"the expiry of a lifetime, replacement":  {[]string{"expires_at"}, basic(), 30 * day, replace, "t2", false},
		"the expiry and the name":                {[]string{"expires_at", "name"}, overlapping(), 30 * day, rotate, "t1 t2", true},
		"all":                                    {[]string{protocoltest.IgnoreAll}, overlapping(), 30 * day, rotate, "t1 t2", true},
		"all, replacement":                       {[]string{protocoltest.IgnoreAll}, basic(), 30 * day, replace, "t2", false},
		"the expiry that the server has chosen":  {[]string{"expires_at"}, plain.With(values{"overlap": "24h"}), 20 * day, rotate, "t1 t2", false},
		"all, and the server chooses the expiry": {[]string{protocoltest.IgnoreAll}, plain.With(values{"overlap": "24h"}), 20 * day, rotate, "t1 t2", true},
		"arguments that are given":               {[]string{"lifetime", "scope", "name_prefix"}, overlapping(), 30 * day, rotate, "t1 t2", false},
	} {
		for _, answer := range []string{"row", "secret"} {
			for moves, way := range map[bool]string{false: "the expiry is fixed", true: "the expiry moves"} {
				t.Run(name+", "+answer+", "+way, func(t *testing.T) {
					t.Parallel()
					w := newToy(t, named, func(s *toyServer) {
						s.AnswersRow, s.Lifetime, s.MovesExpiry = answer == "row", 20*day, moves
					})
					w.IgnoreChanges = c.ignores
					w.Does(create, c.config)
					w.Pass(c.lives - 6*day)
					done := w.Run(c.config)
					if done.Failed != "" || done.Action != c.does {
						t.Fatalf("%s, %q: %s", done.Action, done.Failed, done.Diagnostics)
					}
					isPromised := c.does == rotate && !strings.Contains(name, "given")
					// Where nothing decides about the expiry, what Terraform sends may be the configuration's own.
					said := count(done, "A rotation changes arguments in ignore_changes")
					isOpen := isPromised && c.config["lifetime"] == nil
					if isOpen != (count(done, "The plan shows the expiry") == 1) || (said == 1) != (isPromised && (!isOpen || c.isNamed)) {
						t.Errorf("said is %s", done.Diagnostics)
					}
					if c.does == rotate && (isPromised != done.Saved.IsKnown("expires_at") || c.isNamed != done.Saved.IsKnown("name")) {
						t.Errorf("planned is %s", done.Saved.Attributes)
					}
					w.HasAlive(c.alive)
					// Nothing is left to do, with a refresh and without; the refresh shows what the token really has.
					w.Settled(c.config)
					second := w.Token("t2")
					if got := w.Object.Time("expires_at"); !got.Equal(w.Now().Add(c.lives)) || !got.Equal(*second.Expiry) {
						t.Errorf("the token expires at %s, and the state shows %s", second.Expiry, got)
					}
					if w.Object.Text("name") != second.Name || w.Object.Text("name_prefix") != "ci-" {
						t.Errorf("the state shows %s of %s, and the token is %s", w.Object.Text("name"), w.Object.Text("name_prefix"), second.Name)
					}
					// It goes on like that, also when the token has expired.
					w.Pass(c.lives + day)
					if done := w.Run(c.config); done.Failed != "" || w.Object.Text("id") != "t3" {
						t.Fatalf("%s, %q: %s", done.Action, done.Failed, done.Diagnostics)
					}
					w.HasAlive("t3")
					if said := w.Destroy(); said.Failed() {
						t.Error(said)
					}
					w.HasAlive("")
				})
			}
		}
	}
}

// TestIgnoreChanges_asked: an expiry that the configuration names is asked for, whatever is ignored: one that has passed is warned of
// and refused.
func TestIgnoreChanges_asked(t *testing.T) {
	t.Parallel()
	for name, setup := range map[string]func(w *toy){
		"nothing": ignoring(), "expires_at": ignoring("expires_at"), "all": ignoring(protocoltest.IgnoreAll),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named)
			setup(w)
			config := until("2030-03-01T00:00:00Z")
			w.Does(create, config)
			w.Pass(60 * day)
			done := w.Fails("apply", config, "has passed")
			if count(done, "The token would be expired when it is minted") != 2 || len(done.Diagnostics.Errors()) != 1 {
				t.Error(done.Diagnostics)
			}
			w.HasAlive("")
			// What is ignored stays as it was asked for, also when the configuration does not name it any more.
			if name != "nothing" {
				w.Fails("apply", config.With(values{"expires_at": nil}), "has passed")
			}
			w.HasAlive("")
		})
	}
}

// TestIgnoreChanges_pinned: an expiry that is configured as it has been computed is asked for from then on.
func TestIgnoreChanges_pinned(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.Lifetime = 20 * day })
	config := values{"name_prefix": "ci-", "overlap": "24h", "rotation_triggers": map[string]any{"n": "1"}}
	w.Does(create, config)
	config = config.With(values{"expires_at": w.Object.Text("expires_at")})
	w.Does(nothing, config)
	w.Pass(day)
	w.Does(rotate, config.With(triggered("2")))
	if got := w.Token("t2").Expiry; !got.Equal(w.Now().Add(19 * day)) {
		t.Errorf("the new token expires at %s", got)
	}
}

// TestIgnoreChanges_pinnedPlain: without ignore_changes an expiry that is configured as it has been computed is one that the
// configuration sets: no plan takes it for missing, or speaks of ignore_changes, and the next token gets it. That holds also where no
// apply has learnt of it.
func TestIgnoreChanges_pinnedPlain(t *testing.T) {
	t.Parallel()
	for name, record := range map[string]string{"learnt": "", "unreadable": `{"version":99}`, "none": "{}"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named)
			config := overlapping(values{"lifetime": "240h", "rotate_before_expiry": nil})
			w.Does(create, config)
			config = config.With(values{"lifetime": nil, "expires_at": w.Object.Text("expires_at")})
			w.Does(update, config)
			w.Sent("create")
			if record != "" {
				w.Remember(record)
			}
			w.Policy = limited()
			w.Pass(day)
			done := w.Run(config)
			if done.Failed != "" || done.Action != nothing || !strings.Contains(done.Diagnostics.At("expires_at").String(), "because expires_at says so") && record == "" {
				t.Fatalf("%s, %q: %s", done.Action, done.Failed, done.Diagnostics)
			}
			done = w.Run(config.With(triggered("2")))
			if done.Failed != "" || done.Action != rotate || count(done, "ignore_changes") > 0 || record == "" && count(done, "The plan shows the expiry") > 0 {
				t.Fatalf("%s, %q: %s", done.Action, done.Failed, done.Diagnostics)
			}
			w.HasAlive("t1 t2")
			if got := w.Token("t2").Expiry; !got.Equal(*w.Token("t1").Expiry) || !got.Equal(w.Object.Time("expires_at")) {
				t.Errorf("the new token expires at %s", got)
			}
			// From now on it is known.
			if done = w.MustRun(rotate, config.With(triggered("3"))); count(done, "The plan shows the expiry") > 0 {
				t.Error(done.Diagnostics)
			}
		})
	}
}

// TestIgnoreChanges_edited: what is ignored stays as it was asked for, and does not come back as something to change in every run.
func TestIgnoreChanges_edited(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, func(s *toyServer) { s.MovesExpiry = true })
	w.IgnoreChanges = []string{"expires_at", "scope"}
	w.Does(create, overlapping())
	w.Requests()
	// The new lifetime counts from the next mint.
	w.Does(update, overlapping(values{"lifetime": "1000h", "scope": "w"}))
	w.Does(nothing, overlapping(values{"lifetime": "1000h", "scope": "w"}))
	w.Change("t1", func(token *toyToken) { end := w.now.Add(25 * day); token.Expiry = &end })
	w.Refresh()
	w.Does(nothing, overlapping(values{"lifetime": "1000h"}))
	w.Sent("")
	w.Does(rotate, overlapping(values{"lifetime": "1000h"}, triggered("2")))
	if second := w.Token("t2"); !second.Expiry.Equal(w.Now().Add(1000*time.Hour)) || second.Scope != "r" {
		t.Errorf("the new token is %v", second)
	}
}

// TestIgnoreChanges_imported: after an import, too, the name and the expiry of the token are no wish for the next.
func TestIgnoreChanges_imported(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Does(create, overlapping())
	w.Object = w.Start().MustImport("t1")
	w.IgnoreChanges = []string{"name", "expires_at"}
	w.Run(overlapping())
	w.Settled(overlapping())
	w.Pass(31 * day)
	w.Does(rotate, overlapping())
	if second := w.Token("t2"); !second.Expiry.Equal(w.Now().Add(30*day)) || !strings.HasPrefix(second.Name, "ci-") {
		t.Errorf("the new token is %v", second)
	}
	w.HasAlive("t2")
}
