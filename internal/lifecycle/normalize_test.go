package lifecycle_test

import (
	"strings"
	"testing"
)

// tidies is a server that trims a note and writes it in lower case.
func tidies(s *toyServer) {
	s.Normalizes = func(note string) string { return strings.ToLower(strings.TrimSpace(note)) }
}

const serverChanged = "The server changed the request"

// count is how often a run has said something.
func count(done run, summary string) int { return strings.Count(done.Diagnostics.Summaries(), summary) }

// TestNormalized: what the server makes of an argument is said once, and is no drift as long as it answers the same.
func TestNormalized(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, tidies)
	config := overlapping(values{"note": " Build "})
	steps := []struct {
		config values
		want   action
		warns  int
	}{
		{nil, create, 1},
		{nil, nothing, 0},
		{values{"note": " Deploy "}, update, 1},
		{values{"lifetime": "1000h"}, update, 0},
		// The next token is asked for the same, and gets the same.
		{triggered("2"), rotate, 0},
		{values{"note": " Test "}.With(triggered("3")), rotate, 1},
		{values{"note": "lower"}, update, 0},
		{values{"note": " Test "}, update, 1},
		{values{"note": nil}, update, 0},
	}
	for _, step := range steps {
		config = config.With(step.config)
		done := w.MustRun(step.want, config)
		if got := count(done, serverChanged); got != step.warns {
			t.Errorf("%v: %d warnings instead of %d: %s", step.config, got, step.warns, done.Diagnostics)
		}
		asked, _ := config["note"].(string)
		if got := w.Object.Text("note"); got != asked {
			t.Errorf("%v: the state holds the note %q instead of %q", step.config, got, asked)
		}
		if got := w.Token(w.Object.Text("id")).Note; got != strings.ToLower(strings.TrimSpace(asked)) {
			t.Errorf("%v: the server has the note %q", step.config, got)
		}
	}
}

// TestNormalized_drift: another answer than the one that was given at first is drift, and is shown and put right.
func TestNormalized_drift(t *testing.T) {
	t.Parallel()
	for name, changed := range map[string]string{"something else": "intruder", "nothing": ""} {
		w := newToy(t, named, tidies)
		config := overlapping(values{"note": " Build "})
		w.Does(create, config)
		w.Change("t1", func(token *toyToken) { token.Note = changed })
		saved := w.RefreshAndPlan(config)
		if got := w.Object.Text("note"); got != changed || saved.Action != update {
			t.Errorf("%s: the state holds the note %q, planned is %s", name, got, saved.Action)
		}
		w.Does(update, config)
		if got := w.Token("t1").Note; got != "build" {
			t.Errorf("%s: the note is %q", name, got)
		}
	}
}

// TestNormalized_earlier: what the server once made of an argument is no excuse for another answer after that was changed.
func TestNormalized_earlier(t *testing.T) {
	t.Parallel()
	w := newToy(t, named, tidies)
	w.Does(create, overlapping(values{"note": " Build "}))
	config := overlapping(values{"note": "deploy"})
	if done := w.Run(config); done.Failed != "" {
		t.Fatal(done.Diagnostics)
	}
	w.Change("t1", func(token *toyToken) { token.Note = "build" })
	if saved := w.RefreshAndPlan(config); saved.Action != update {
		t.Errorf("drift is not seen: %s", saved.Action)
	}
}

// TestNormalized_nameless: the same where an argument is set after the token is minted.
func TestNormalized_nameless(t *testing.T) {
	t.Parallel()
	w := newToy(t, nameless, tidies)
	config := account(values{"note": " Build "})
	for _, step := range []struct {
		config values
		want   action
		warns  int
	}{{nil, create, 1}, {nil, nothing, 0}, {triggered("2"), rotate, 0}, {values{"note": " Deploy "}, update, 1}} {
		config = config.With(step.config)
		if done := w.MustRun(step.want, config); count(done, serverChanged) != step.warns {
			t.Errorf("%v: %s", step.config, done.Diagnostics)
		}
	}
}

// TestFixed: what never changes on the server is shown there in its own spelling, which is no drift.
func TestFixed(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	config := overlapping(values{"team": "dev"})
	if done := w.MustRun(create, config); count(done, serverChanged) != 1 {
		t.Error(done.Diagnostics)
	}
	w.Does(nothing, config)
	w.Change("t1", func(token *toyToken) { token.Team = "Dev (team)" })
	w.Does(nothing, config)
	if got := w.Object.Text("team"); got != "dev" {
		t.Errorf("the team is %q", got)
	}
	w.Does(rotate, overlapping(values{"team": "ops"}))
	w.Does(nothing, overlapping())
	if got := w.Object.Text("team"); got != "ops" {
		t.Errorf("the team that is not configured any more is %q", got)
	}
}

// TestOmittedStays: what the configuration leaves out stays as the token has it, through a rotation in place too; what it never had is the
// server's to decide, for every token again.
func TestOmittedStays(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Does(create, overlapping())
	without := overlapping()
	delete(without, "scope")
	w.Does(nothing, without)
	w.Does(rotate, without.With(triggered("2")))
	if got := w.Token("t2").Scope; got != "r" || w.Object.Text("scope") != "r" {
		t.Errorf("the scope is %q, in the state %q", got, w.Object.Text("scope"))
	}
	w = newToy(t, named)
	w.Does(create, without)
	w.Does(rotate, without.With(triggered("2")))
	if got := w.Object.Text("scope"); got != "all" || !w.Object.IsNull("team") {
		t.Errorf("the scope is %q, the team %q", got, w.Object.Text("team"))
	}
}

// TestChange_refused: what was not sent is not in the state, and is planned again.
func TestChange_refused(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Does(create, overlapping())
	before := w.Object
	w.Requests()
	config := overlapping(values{"note": "forbidden", "lifetime": "1000h"})
	w.Fails("apply", config, "A note that is forbidden")
	w.Sent("")
	if changed := before.Differences(w.Object.Attributes); len(changed) > 0 {
		t.Errorf("the state has other values of %v", changed)
	}
	w.Does(update, config.With(values{"note": "allowed"}))
}

// TestChange_gone: a token that was deleted after the plan was made is not recreated by a change.
func TestChange_gone(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Does(create, overlapping())
	config := overlapping(values{"note": "b"})
	saved := w.RefreshAndPlan(config)
	w.Remove("t1")
	done := w.Apply(saved, config)
	says(t, done.Diagnostics.Errors(), "not found", "deleted outside Terraform after the plan was made. Plan again.")
	if got := w.Object.Text("note"); got != "a" {
		t.Errorf("the state holds the note %q", got)
	}
}
