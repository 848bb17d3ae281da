package lifecycle_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	revokeNamed = "test_toy_revoke_named_tokens"
	noteNamed   = "test_toy_note_named_tokens"
)

// TestBulkAction_filters: nobody revokes everything by leaving something out.
func TestBulkAction_filters(t *testing.T) {
	t.Parallel()
	const words = "Without a filter this action would revoke every Toy named token that the provider can see, so nothing was changed. Set ids, or one of the filters created_before, expires_within, name_prefix, never_expires, never_used, scope, unused_for."
	for name, config := range map[string]values{
		"nothing": nil, "only what is left out": {"except_ids": []any{"t1"}}, "only a bound": {"max_count": 3}, "only a rehearsal": {"dry_run": true},
	} {
		w := stocked(t)
		says(t, w.Start().ValidateAction(revokeNamed, config), "No filter is set", words)
		progress, said := w.Start().Invoke(revokeNamed, config)
		if says(t, said, "No filter is set", words); len(progress) > 0 || w.Counted("list") > 0 {
			t.Errorf("%s: %q", name, progress)
		}
		w.Sent("")
	}
	for filter, value := range map[string]any{
		"ids": []any{"t1"}, "scope": "all", "expires_within": "1d", "never_expires": false, "created_before": "2030-01-01T00:00:00Z", "name_prefix": "a", "unused_for": "1d", "never_used": false,
	} {
		for _, given := range []any{value, unknown} {
			if said := stocked(t).Start().ValidateAction(revokeNamed, values{filter: given}); len(said) > 0 {
				t.Errorf("%s = %v: %s", filter, given, said)
			}
		}
	}
	for name, config := range map[string]values{
		"a bound of none": {"scope": "all", "max_count": 0}, "no id": {"ids": []any{}}, "an empty id": {"ids": []any{""}}, "an empty scope": {"scope": ""}, "no duration": {"unused_for": "0s"},
	} {
		if said := stocked(t).Start().ValidateAction(revokeNamed, config); len(said.Errors()) != 1 {
			t.Errorf("%s: %s", name, said)
		}
	}
	w := stocked(t)
	if said := w.Start().PlanAction(revokeNamed, values{"scope": "all"}); len(said) > 0 || w.Counted("list") > 0 {
		t.Errorf("a plan says %s", said)
	}
}

// bulk is what an action does.
type bulk struct {
	config values
	setup  func(w *toy)
	sent   string
	says   []string
}

func revocations() map[string]bulk {
	const (
		a, c, d1, d5 = "a (t4, owner OPS, never expires, last used 2030-01-31)", "c (t2, expired 2030-01-30, never used)", "d (t1, expires 2030-02-01, never used)", "d (t5, never expires, never used)"
		spared       = "skipped b (t6, never expires, never used): the system itself manages it (to include it, add its id to ids)"
	)
	own := func(id string) func(w *toy) { return func(w *toy) { w.Own = id } }
	return map[string]bulk{
		"all that match, by name": {
			values{"scope": "all"},
			nil, "delete t4, delete t2, delete t1, delete t5",
			[]string{spared, "revoked: a (t4)", "revoked: c (t2)", "revoked: d (t1)", "revoked: d (t5)", "4 revoked, 1 skipped"},
		},
		"none":                     {values{"scope": "none"}, nil, "", []string{"0 revoked"}},
		"audit filters":            {values{"name_prefix": "d", "except_ids": []any{"t1", nil}}, nil, "delete t5", []string{"revoked: d (t5)", "1 revoked"}},
		"one that does not expire": {values{"name_prefix": "d", "never_expires": true}, nil, "delete t5", []string{"revoked: d (t5)", "1 revoked"}},
		"by id":                    {values{"ids": []any{"t5", "t4"}}, nil, "delete t4, delete t5", []string{"revoked: a (t4)", "revoked: d (t5)", "2 revoked"}},
		"by id, and a filter":      {values{"ids": []any{"t5", "t4"}, "name_prefix": "a"}, nil, "delete t4", []string{"revoked: a (t4)", "1 revoked"}},
		"by id, but left out":      {values{"ids": []any{"t5"}, "except_ids": []any{"t5"}}, nil, "", []string{"0 revoked"}},
		"the server's own, by id":  {values{"ids": []any{"t6"}}, nil, "delete t6", []string{"revoked: b (t6)", "1 revoked"}},
		"an id twice, and null":    {values{"ids": []any{"t5", nil, "t5"}}, nil, "delete t5", []string{"revoked: d (t5)", "1 revoked"}},
		"no id but null":           {values{"ids": []any{nil}}, nil, "", []string{"0 revoked"}},
		"an id that is gone, twice": {
			values{"ids": []any{"t8", "t5", "t8"}}, nil, "delete t5", []string{"not found: t8. It does not exist, or the provider cannot see it", "revoked: d (t5)", "1 revoked, 1 not found"},
		},
		"the provider's own": {
			values{"name_prefix": "d"}, own("t1"), "delete t5", []string{"skipped " + d1 + ": the provider is logged in with it", "revoked: d (t5)", "1 revoked, 1 skipped"},
		},
		"the provider's own, by id":                {values{"ids": []any{"t1"}}, own("t1"), "", []string{"skipped " + d1 + ": the provider is logged in with it", "0 revoked, 1 skipped"}},
		"the provider's own, which does not match": {values{"name_prefix": "a"}, own("t1"), "delete t4", []string{"revoked: a (t4)", "1 revoked"}},
		"the provider's own, of the server itself": {values{"ids": []any{"t6"}}, own("t6"), "", []string{"skipped b (t6, never expires, never used): the provider is logged in with it", "0 revoked, 1 skipped"}},
		"deleted by somebody else since": {
			values{"name_prefix": "d"}, func(w *toy) {
				w.Before = func(request string) {
					if request == "delete t1" {
						w.remove("t1")
					}
				}
			}, "delete t1, delete t5", []string{"revoked: d (t1)", "revoked: d (t5)", "2 revoked"},
		},
		"a rehearsal": {
			values{"scope": "all", "dry_run": true},
			own("t4"), "",
			[]string{"skipped " + a + ": the provider is logged in with it", spared, "would be revoked: " + c, "would be revoked: " + d1, "would be revoked: " + d5, "dry run: 3 would be revoked, nothing was changed, 2 skipped"},
		},
		"a rehearsal of too many": {
			values{"name_prefix": "d", "dry_run": true, "max_count": 1},
			nil, "",
			[]string{"would be revoked: " + d1, "would be revoked: " + d5, "dry run: 2 would be revoked, nothing was changed; max_count is 1, so the action would fail"},
		},
		"as many as are allowed": {values{"name_prefix": "d", "max_count": 2}, nil, "delete t1, delete t5", []string{"revoked: d (t1)", "revoked: d (t5)", "2 revoked"}},
	}
}

// TestBulkAction: what is said is what was done, in order.
func TestBulkAction(t *testing.T) {
	t.Parallel()
	for name, c := range revocations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := stocked(t)
			if c.setup != nil {
				c.setup(w)
			}
			progress, said := w.Start().Invoke(revokeNamed, c.config)
			if len(said) > 0 {
				t.Error(said)
			}
			if !slices.Equal(progress, c.says) {
				t.Errorf("said is\n%s\ninstead of\n%s", strings.Join(progress, "\n"), strings.Join(c.says, "\n"))
			}
			if w.Counted("list") != 1 {
				t.Errorf("%d lists", w.Counted("list"))
			}
			w.Sent(c.sent)
		})
	}
}

// TestBulkAction_maxCount: where more match than are allowed, nothing is changed.
func TestBulkAction_maxCount(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tokens int
		config values
		limit  int
	}{
		"as many as by default": {10, nil, 0},
		"more than by default":  {11, nil, 10},
		"as many as are set":    {11, values{"max_count": 11}, 0},
		"more than are set":     {3, values{"max_count": 2}, 2},
		"far fewer":             {1, values{"max_count": 1000}, 0},
	} {
		w := newToy(t, named)
		for range c.tokens {
			w.Add(toyToken{Name: "ci"})
		}
		progress, said := w.Start().Invoke(revokeNamed, values{"name_prefix": "ci"}.With(c.config))
		if c.limit == 0 {
			if len(said) > 0 || w.Alive() != "" || progress[len(progress)-1] != fmt.Sprintf("%d revoked", c.tokens) {
				t.Errorf("%s: %q, %s", name, progress, said)
			}
			continue
		}
		says(t, said, "More Toy named tokens match than the action may revoke", fmt.Sprintf("%d match, and max_count is %d, so nothing was changed.", c.tokens, c.limit), fmt.Sprintf("max_count to %d or more", c.tokens), "dry_run = true")
		if got := said[0].Attribute.String(); !strings.Contains(got, "max_count") || len(progress) > 0 {
			t.Errorf("%s: the error is about %s; said is %q", name, got, progress)
		}
		w.Sent("")
	}
}

// TestBulkAction_fails: one that fails does not keep the others from it, and the counts tell.
func TestBulkAction_fails(t *testing.T) {
	t.Parallel()
	w := stocked(t)
	w.Own = "t4"
	w.Fail("delete t2", refused)
	w.Fail("delete t5", unavailable)
	progress, said := w.Start().Invoke(revokeNamed, values{"scope": "all"})
	w.Sent("delete t2, delete t1, delete t5")
	w.HasAlive("t3 t4 t5 t6 t7")
	if last := progress[len(progress)-1]; last != "1 revoked, 2 failed, 2 skipped" || !slices.Contains(progress, "could not revoke c (t2)") {
		t.Errorf("said is %q", progress)
	}
	if failed := said.Errors(); len(failed) != 2 {
		t.Errorf("%s", said)
	} else {
		says(t, failed[:1], "Unable to revoke Toy named token", "1 token was not revoked: c (t2).", "refused")
		says(t, failed[1:], "Unable to revoke Toy named token", "1 token was not revoked: d (t5).", "unavailable", "Status: 503")
	}
	// Nothing is chosen from a list that was read in part.
	for _, setup := range []func(w *toy){func(w *toy) { w.Shows = 3 }, func(w *toy) { w.Fail("list", refused) }} {
		w := stocked(t, func(s *toyServer) { setup(&toy{toyServer: s}) })
		progress, said := w.Start().Invoke(revokeNamed, values{"scope": "all"})
		if says(t, said, "Unable to list Toy named token", "Ask for the right to list."); len(progress) > 0 {
			t.Errorf("said is %q", progress)
		}
		w.Sent("")
	}
	progress, said = stocked(t).start(named, values{"host": unknown}).Invoke(revokeNamed, values{"scope": "all"})
	if says(t, said, "block is not known yet"); len(progress) > 0 {
		t.Errorf("said is %q", progress)
	}
}

// TestBulkAction_batches: several tokens are acted on at once, those that need nothing are left alone, and a batch that fails does not keep the
// next one from it.
func TestBulkAction_batches(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config values
		setup  func(w *toy)
		sent   string
		last   string
		errors []string
	}{
		"all":                       {values{"scope": "all"}, nil, "note t4+t2, note t1+t5", "4 noted, 1 skipped", nil},
		"an odd number":             {values{"ids": []any{"t1", "t2", "t5"}}, nil, "note t2+t1, note t5", "3 noted", nil},
		"one needs nothing":         {values{"ids": []any{"t7", "t1"}, "note": "deploys"}, nil, "note t1", "1 noted, 1 already done", nil},
		"none needs anything":       {values{"scope": "write", "note": "deploys"}, nil, "", "0 noted, 1 already done", nil},
		"all sorts":                 {values{"ids": []any{"t7", "t1", "t4", "t8"}, "note": "deploys"}, func(w *toy) { w.Own = "t4" }, "note t1", "1 noted, 1 skipped, 1 already done, 1 not found", nil},
		"a batch fails":             {values{"scope": "all"}, func(w *toy) { w.Fail("note t4+t2", refused) }, "note t4+t2, note t1+t5", "2 noted, 2 failed, 1 skipped", []string{"2 tokens were not noted: a (t4), c (t2)."}},
		"both fail":                 {values{"scope": "all"}, func(w *toy) { w.Fail("note", refused, refused) }, "note t4+t2, note t1+t5", "0 noted, 4 failed, 1 skipped", []string{"4 tokens were not noted: a (t4), c (t2), d (t1), d (t5)."}},
		"it is refused":             {values{"scope": "all", "note": "forbidden"}, nil, "", "", []string{"A note that is forbidden"}},
		"it is refused, unfiltered": {values{"note": "forbidden"}, nil, "", "", []string{"No filter is set", "A note that is forbidden"}},
		"interrupted between":       {values{"scope": "all"}, interrupts("note t4+t2"), "note t4+t2", "2 noted, 1 skipped", []string{"2 of 4 matching tokens were not tried. Invoke the action again."}},
		"interrupted in the last":   {values{"scope": "all"}, interrupts("note t1+t5"), "note t4+t2, note t1+t5", "4 noted, 1 skipped", nil},
		"interrupted before":        {values{"scope": "all"}, interrupts("list"), "", "", []string{"Unable to list Toy named token"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := stocked(t)
			if c.setup != nil {
				c.setup(w)
			}
			progress, said := w.Start().Invoke(noteNamed, values{"note": "new"}.With(c.config))
			w.Sent(c.sent)
			last := ""
			if len(progress) > 0 {
				last = progress[len(progress)-1]
			}
			if last != c.last {
				t.Errorf("said is %q in the end instead of %q", last, c.last)
			}
			if len(said) != len(c.errors) {
				t.Fatalf("%d messages instead of %d: %s", len(said), len(c.errors), said)
			}
			for i, text := range c.errors {
				says(t, said[i:i+1], text)
			}
		})
	}
	progress, said := stocked(t).Start().Invoke(noteNamed, values{"scope": "write", "note": "warn me"})
	if says(t, said, "A note to be warned of"); said.Failed() || progress[len(progress)-1] != "1 noted" {
		t.Errorf("said is %q: %s", progress, said)
	}
}

// TestBulkAction_again: what an action has done shows in the next list of the same run.
func TestBulkAction_again(t *testing.T) {
	t.Parallel()
	w := stocked(t)
	e := w.Start()
	for i, want := range []string{"2 revoked", "0 revoked"} {
		if progress, said := e.Invoke(revokeNamed, values{"name_prefix": "d"}); len(said) > 0 || progress[len(progress)-1] != want {
			t.Errorf("%d: %q, %s", i, progress, said)
		}
	}
	if w.Counted("list") != 2 {
		t.Errorf("%d lists", w.Counted("list"))
	}
	if rows, _ := e.List(named, values{"name_prefix": "d"}, listOptions{}); len(rows) > 0 || w.Counted("list") != 2 {
		t.Errorf("listed are %v, %d lists", rows, w.Counted("list"))
	}
}
