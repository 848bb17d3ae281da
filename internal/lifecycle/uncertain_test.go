package lifecycle_test

import (
	"strings"
	"testing"
	"time"
)

// TestUnknown: a plan that depends on a value that is not known yet promises only what holds either way, and the plan that is made
// again in the apply only fills in. What it promises is checked by [protocoltest.Engine.Narrows] and [protocoltest.Engine.Keeps].
func TestUnknown(t *testing.T) {
	t.Parallel()
	two := map[string]any{"n": "1", "m": "1"}
	fixed := values{"lifetime": nil, "rotate_before_expiry": nil, "expires_at": "2031-01-31T12:00:00Z"}
	for name, c := range map[string]struct {
		// config is created, planned is what is not known then.
		config, planned values
		happens         func(w *toy)
		// promises that the previous token is the current one: the rotation is certain.
		promises bool
		outcomes map[string]action
		texts    map[string]values
	}{
		"all triggers": {
			planned:  values{"rotation_triggers": unknown},
			outcomes: map[string]action{"as before": nothing, "changed": rotate, "added": rotate},
			texts:    map[string]values{"changed": triggered("2"), "added": {"rotation_triggers": two}},
		},
		"one trigger": {
			config: values{"rotation_triggers": two}, planned: values{"rotation_triggers": map[string]any{"n": unknown, "m": "1"}},
			outcomes: map[string]action{"as before": nothing, "changed": rotate},
			texts:    map[string]values{"changed": {"rotation_triggers": map[string]any{"n": "2", "m": "1"}}},
		},
		"one trigger, and another has changed": {
			config: values{"rotation_triggers": two}, planned: values{"rotation_triggers": map[string]any{"n": unknown, "m": "2"}}, promises: true,
			outcomes: map[string]action{"the one as before": rotate, "changed": rotate},
			texts:    map[string]values{"the one as before": {"rotation_triggers": map[string]any{"n": "1", "m": "2"}}, "changed": {"rotation_triggers": map[string]any{"n": "2", "m": "2"}}},
		},
		"all triggers, and a scope has changed": {
			planned: values{"rotation_triggers": unknown, "scope": "w"}, promises: true,
			outcomes: map[string]action{"as before": rotate, "changed": rotate},
			texts:    map[string]values{"as before": {"scope": "w"}, "changed": triggered("2").With(values{"scope": "w"})},
		},
		"triggers that are added do not rotate": {
			config: values{"rotation_triggers": nil}, planned: values{"rotation_triggers": unknown},
			outcomes: map[string]action{"added": update}, texts: map[string]values{"added": triggered("2")},
		},
		"a scope": {
			planned: values{"scope": unknown}, outcomes: map[string]action{"as before": nothing, "changed": rotate}, texts: map[string]values{"changed": {"scope": "w"}},
		},
		"a name_prefix": {
			planned: values{"name_prefix": unknown}, outcomes: map[string]action{"as before": nothing, "changed": rotate}, texts: map[string]values{"changed": {"name_prefix": "cd-"}},
		},
		"an expires_at": {
			config: fixed, planned: values{"expires_at": unknown},
			outcomes: map[string]action{"as before": nothing, "in other words": nothing, "changed": rotate, "none": nothing},
			texts:    map[string]values{"in other words": {"expires_at": "2031-01-31T13:00:00+01:00"}, "changed": {"expires_at": "2032-01-31T12:00:00Z"}, "none": {"expires_at": nil}},
		},
		"a rotate_before_expiry": {
			planned: values{"rotate_before_expiry": unknown}, outcomes: map[string]action{"as before": nothing, "changed": update, "none": update},
			texts: map[string]values{"changed": {"rotate_before_expiry": "24h"}, "none": {"rotate_before_expiry": nil}},
		},
		"a rotate_before_expiry of a token that is due": {
			planned: values{"rotate_before_expiry": unknown}, happens: func(w *toy) { w.Pass(23 * day) },
			outcomes: map[string]action{"as before": rotate, "longer": rotate, "shorter": update, "none": update},
			texts:    map[string]values{"longer": {"rotate_before_expiry": "200h"}, "shorter": {"rotate_before_expiry": "24h"}, "none": {"rotate_before_expiry": nil}},
		},
		"triggers of a token that has expired": {
			planned: values{"rotation_triggers": unknown}, happens: func(w *toy) { w.Pass(31 * day) },
			outcomes: map[string]action{"as before": rotate, "changed": rotate}, texts: map[string]values{"changed": triggered("2")},
		},
		"a note": {
			planned: values{"note": unknown}, outcomes: map[string]action{"as before": nothing, "changed": update, "none": update},
			texts: map[string]values{"changed": {"note": "b"}, "none": {"note": nil}},
		},
		"a note, and a rotation": {
			planned: values{"note": unknown}.With(triggered("2")), promises: true,
			outcomes: map[string]action{"as before": rotate, "changed": rotate},
			texts:    map[string]values{"as before": triggered("2"), "changed": triggered("2").With(values{"note": "b"})},
		},
		"a lifetime": {
			planned: values{"lifetime": unknown}, outcomes: map[string]action{"as before": nothing, "changed": update}, texts: map[string]values{"changed": {"lifetime": "8760h"}},
		},
		"an overlap": {
			planned: values{"overlap": unknown}, outcomes: map[string]action{"as before": nothing, "changed": update, "none": update},
			texts: map[string]values{"changed": {"overlap": "48h"}, "none": {"overlap": nil}},
		},
	} {
		for outcome, want := range c.outcomes {
			t.Run(name+", "+outcome, func(t *testing.T) {
				t.Parallel()
				w := newToy(t, named)
				created := overlapping().With(c.config)
				w.Does(create, created)
				w.Requests()
				if c.happens != nil {
					c.happens(w)
				}
				saved := w.RefreshAndPlan(created.With(c.planned))
				if saved.Diagnostics.Failed() {
					t.Fatal(saved.Diagnostics)
				}
				if isPromised := saved.Text("previous_id") == "t1"; isPromised != c.promises {
					t.Errorf("promised is that a token rotates: %t", isPromised)
				}
				config := created.With(c.texts[outcome])
				done := w.Apply(saved, config)
				if done.Failed != "" || done.Action != want {
					t.Fatalf("%s instead of %s: %s", done.Action, want, done.Diagnostics)
				}
				if isSent := strings.Contains(w.Requests(), "create"); isSent != (want == rotate) {
					t.Errorf("minted is %t", isSent)
				}
				w.Settled(config)
			})
		}
	}
}

// TestUnknown_moves: where a server changes an expiry in place, one that is not known yet may turn out as it was.
func TestUnknown_moves(t *testing.T) {
	t.Parallel()
	for outcome, c := range map[string]struct {
		planned, config values
		want            action
		sent            string
	}{
		"lifetime as before":   {values{"lifetime": unknown}, nil, nothing, ""},
		"lifetime changed":     {values{"lifetime": unknown}, values{"lifetime": "1000h"}, update, "change t1"},
		"expires_at instead":   {values{"lifetime": nil, "expires_at": unknown}, values{"lifetime": nil, "expires_at": "2031-01-31T12:00:00Z"}, update, "change t1"},
		"expires_at not, then": {values{"lifetime": nil, "expires_at": unknown}, values{"lifetime": nil}, update, ""},
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named, func(s *toyServer) { s.MovesExpiry = true })
			w.Does(create, overlapping())
			w.Requests()
			config := overlapping().With(c.config)
			done := w.Apply(w.RefreshAndPlan(overlapping().With(c.planned)), config)
			if done.Failed != "" || done.Action != c.want {
				t.Fatalf("%s instead of %s: %s", done.Action, c.want, done.Diagnostics)
			}
			w.Sent(c.sent)
			w.Settled(config)
		})
	}
}

// TestUnknown_overlap: one that is not known yet is one, so that a token that gives way does so in place. Whatever makes it give way, that is
// no error: Terraform plans also before it destroys.
func TestUnknown_overlap(t *testing.T) {
	t.Parallel()
	const warning = "The overlap is not known yet"
	for name, c := range map[string]struct {
		passes time.Duration
		config values
		does   action
		alive  string
	}{
		"nothing":   {0, nil, nothing, "t1 t2"},
		"triggered": {0, triggered("3"), rotate, "t2 t3"},
		"changed":   {0, values{"scope": "w"}, rotate, "t2 t3"},
		"due":       {23 * day, nil, rotate, "t2 t3"},
		"expired":   {31 * day, nil, rotate, "t3"},
	} {
		for _, had := range []bool{true, false} {
			w, config := rotated(t)
			if !had {
				w.Does(update, config.With(values{"overlap": nil}))
			}
			w.Pass(c.passes)
			saved := w.RefreshAndPlan(config.With(values{"overlap": unknown}, c.config))
			warnings := map[bool]int{true: 1}[c.does == rotate]
			if saved.Failed() || strings.Count(saved.Diagnostics.Summaries(), warning) != warnings || (c.does == rotate) == saved.IsKnown("id") {
				t.Errorf("%s: %s, %s", name, saved.Attributes, saved.Diagnostics)
			}
			want := c.does
			if !had && want == nothing {
				want = update
			}
			done := w.Apply(saved, config.With(c.config))
			if done.Failed != "" || done.Action != want {
				t.Errorf("%s: %s, %q: %s", name, done.Action, done.Failed, done.Diagnostics)
			}
			w.HasAlive(c.alive)
		}
		// Should it turn out to be none, the plan that Terraform makes again is another one, which it refuses before anything is sent.
		w, config := rotated(t)
		w.Pass(c.passes)
		early := w.RefreshAndPlan(config.With(values{"overlap": unknown}, c.config))
		late := w.Plan(config.With(values{"overlap": nil}, c.config))
		if early.Replaces() || late.Failed() || (late.Action == replace) != (c.does == rotate) {
			t.Errorf("%s: %s: %s", name, late.Action, late.Diagnostics)
		}
	}
	w, config := rotated(t)
	w.Pass(time.Hour)
	w.Remove("t2")
	saved := w.RefreshAndPlan(config.With(values{"overlap": unknown}))
	if saved.Action != rotate {
		t.Errorf("%s: %s", saved.Action, saved.Diagnostics)
	}
	if done := w.Apply(saved, config); done.Failed != "" {
		t.Error(done.Diagnostics)
	}
	w.Holds("t3", "t1")
}

// TestSavedPlan: a plan that is applied later does what it says, with the decision of its own refresh: nothing more, and nothing else.
func TestSavedPlan(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, after time.Duration
		config        values
		want, then    action
		alive         string
	}{
		"due, and applied after it has expired":     {23 * day, 9 * day, nil, rotate, update, "t3"},
		"not due yet, but when it is applied":       {22 * day, 2 * day, values{"note": "b"}, update, rotate, "t2 t3"},
		"nothing to do, and applied when it is due": {22 * day, 2 * day, nil, nothing, rotate, "t2 t3"},
		"not expired yet, but when it is applied":   {22 * day, 9 * day, values{"note": "b"}, update, rotate, "t3"},
		"a trigger, applied after it has expired":   {22 * day, 9 * day, triggered("3"), rotate, update, "t3"},
		"expired":                {31 * day, 9 * day, nil, rotate, nothing, "t3"},
		"the overlap is over":    {2 * day, 2 * day, nil, update, nothing, "t2"},
		"the overlap ends later": {time.Hour, 2 * day, values{"note": "b"}, update, update, "t2"},
		"an hour later":          {time.Hour, time.Hour, triggered("3"), rotate, nothing, "t2 t3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, config := rotated(t)
			if c.before > 2*day {
				w.Pass(2 * day)
				w.Does(update, config)
				w.Pass(-2 * day)
			}
			config = config.With(c.config)
			w.Pass(c.before)
			saved := w.RefreshAndPlan(config)
			w.Pass(c.after)
			if done := w.Apply(saved, config); done.Failed != "" || done.Action != c.want {
				t.Fatalf("%s instead of %s: %s", done.Action, c.want, done.Diagnostics)
			}
			w.Does(c.then, config)
			w.HasAlive(c.alive)
		})
	}
}

// TestPlan_withoutRefresh: time alone decides nothing without a refresh.
func TestPlan_withoutRefresh(t *testing.T) {
	t.Parallel()
	w, config := rotated(t)
	for range 3 {
		w.Pass(20 * day)
		if changes := w.Start().Plan(w.Object, config).Changes(); len(changes) > 0 {
			t.Errorf("planned is a change of %v", changes)
		}
	}
}

// TestPlan_withoutClient: an object is planned although an argument of the provider is not known yet, without any request.
func TestPlan_withoutClient(t *testing.T) {
	t.Parallel()
	expires := values{"lifetime": nil, "rotate_before_expiry": nil, "expires_at": "2031-01-31T12:00:00Z"}
	for name, config := range map[string]values{"lifetime": overlapping(), "expires_at": overlapping().With(expires)} {
		w := newToy(t, named)
		for _, prior := range []bool{false, true} {
			if prior {
				w.Does(create, config)
			}
			w.Requests()
			p := w.start(named, values{"host": unknown}).Plan(w.Object, config.With(values{"note": "b"}))
			if p.Diagnostics.Failed() || len(p.Changes()) == 0 || w.Requests() != "" {
				t.Errorf("%s, planned is a change of %v: %s", name, p.Changes(), p.Diagnostics)
			}
		}
	}
}

// TestPlan_credential: a run that cannot mint fails while it is still a plan; one that mints nothing does not log in for that.
func TestPlan_credential(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Fail("login", refused)
	w.Fails("plan", overlapping(), "Unable to create", "refused")
	saved := w.RefreshAndPlan(overlapping())
	w.Fail("login", refused, refused)
	says(t, w.Apply(saved, overlapping()).Diagnostics.Errors(), "Unable to create", "refused")
	w.Sent("")
	w.Faults = nil
	w.Does(create, overlapping())
	w.Fail("login", refused)
	w.Does(update, overlapping(values{"note": "b"}))
	w.Fails("plan", overlapping(triggered("2")), "refused")
	w.Holds("t1", "")
}
