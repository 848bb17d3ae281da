package protocoltest_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

type values = protocoltest.Values

// TestWorkspace takes a thing through everything that Terraform does to it.
func TestWorkspace(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	w := s.workspace()
	config := values{"name": "a", "color": "red"}
	if made := w.Does(protocoltest.Create, config); made.Text("id") != "t1" || made.Text("size") != "1" || made.IdentityAttributes.Text("id") != "t1" {
		t.Errorf("made %v", made)
	}
	w.Does(protocoltest.Nothing, config)
	config["name"] = "b"
	w.Does(protocoltest.Update, config)
	config["color"] = "blue"
	if made := w.Does(protocoltest.Rotate, config); made.Text("id") != "t2" {
		t.Errorf("rotated to %v", made)
	}
	config["generation"] = "1"
	if made := w.Does(protocoltest.Replace, config); made.Text("id") != "t3" {
		t.Errorf("replaced by %v", made)
	}
	w.CreateBeforeDestroy = true
	config["generation"] = "2"
	w.Does(protocoltest.Replace, config)
	if want := "POST t1, POST t2, DELETE t1, DELETE t2, POST t3, POST t4, DELETE t3"; strings.Join(s.log, ", ") != want {
		t.Errorf("the server has seen %v", s.log)
	}
	s.things = map[string]string{}
	w.Does(protocoltest.Create, config)
	if diagnostics := w.Destroy(); len(diagnostics) > 0 || w.Object != nil || len(s.ids()) > 0 {
		t.Errorf("left: %v, %v, %v", w.Object, s.ids(), diagnostics)
	}
}

// TestWorkspace_failures keeps what Terraform keeps of a run that fails.
func TestWorkspace_failures(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	w := s.workspace()
	s.quirks.failCreate = true
	run := w.Run(values{"name": "a"})
	if run.Failed != "apply" || run.Action != protocoltest.Create || run.Diagnostics.Errors().Summaries() != "Half made" || w.Object == nil || !w.Object.Tainted {
		t.Errorf("%+v", run)
	}
	s.quirks.failCreate = false
	w.Does(protocoltest.Replace, values{"name": "a"})
	if run := w.Run(values{"name": "unspeakable"}); run.Failed != "plan" || w.Object.Text("id") != "t2" {
		t.Errorf("%+v", run)
	}
	s.quirks.failDelete = true
	if run := w.Run(values{"name": "a", "generation": "2"}); run.Failed != "destroy" || w.Object.Text("id") != "t2" {
		t.Errorf("%+v", run)
	}
	w.CreateBeforeDestroy = true
	if run := w.Run(values{"name": "a", "generation": "2"}); run.Failed != "destroy" || w.Object.Text("id") != "t3" || len(w.Deposed) != 1 {
		t.Errorf("%+v", run)
	}
	s.quirks.failDelete = false
	w.Does(protocoltest.Nothing, values{"name": "a", "generation": "2"})
	if got := slices.Collect(maps.Keys(s.ids())); !slices.Equal(got, []string{"t3"}) {
		t.Errorf("there are %v", got)
	}
}

// TestWorkspace_diagnostics shows everything that a run says, once, also before a failure.
func TestWorkspace_diagnostics(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	w := s.workspace()
	w.Does(protocoltest.Create, values{"name": "a"})
	s.quirks.talks = true
	for _, c := range []struct {
		config       values
		failDelete   bool
		failed, says string
		createFirst  bool
	}{
		{values{"name": "b"}, false, "", "Refreshed; Planned", false},
		{values{"name": "unspeakable"}, false, "plan", "Refreshed; Unspeakable; Planned", false},
		{values{"name": "b", "generation": "2"}, true, "destroy", "Refreshed; Planned; Stuck", false},
		{values{"name": "b", "generation": "2"}, true, "destroy", "Refreshed; Planned; Stuck", true},
	} {
		s.quirks.failDelete, w.CreateBeforeDestroy = c.failDelete, c.createFirst
		if run := w.Run(c.config); run.Failed != c.failed || run.Diagnostics.Summaries() != c.says {
			t.Errorf("%v: failed in %q: %s", c.config, run.Failed, run.Diagnostics)
		}
	}
	s.quirks.failDelete = false
	if saved := w.RefreshAndPlan(values{"name": "b", "generation": "2"}); saved.Diagnostics.Summaries() != "Planned" || saved.Action != protocoltest.Nothing {
		t.Errorf("%s: %s", saved.Action, saved.Diagnostics)
	}
	if run := w.Apply(w.Plan(values{"name": "c", "generation": "2"}), values{"name": "c", "generation": "2"}); len(run.Diagnostics) > 0 {
		t.Errorf("the apply of a saved plan repeats %s", run.Diagnostics)
	}
}

// TestWorkspace_unknown applies a saved plan in which something was not known.
func TestWorkspace_unknown(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	w := s.workspace()
	w.Does(protocoltest.Create, values{"name": "a", "color": "red"})
	saved := w.Plan(values{"name": "a", "color": protocoltest.Unknown})
	if saved.Action != protocoltest.Rotate || saved.IsKnown("id") {
		t.Errorf("%s: %v", saved.Action, saved.Plan)
	}
	if run := w.Apply(saved, values{"name": "a", "color": "red"}); run.Action != protocoltest.Nothing || run.Failed != "" {
		t.Errorf("%+v", run)
	}
	if run := w.Apply(saved, values{"name": "a", "color": "green"}); run.Action != protocoltest.Rotate || run.Failed != "" {
		t.Errorf("%+v", run)
	}
	// A path that a plan does not change replaces nothing.
	s.quirks.insists = true
	w.Does(protocoltest.Update, values{"name": "b", "color": "green"})
}

func TestEngine_imports(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	e := protocoltest.Start(t, s.process(nil))
	made := e.Create(values{"name": "a"})
	byIdentity, diagnostics := e.ImportByIdentity(values{"id": made.Text("id")})
	e.NoError(diagnostics)
	for _, imported := range []*protocoltest.Object{e.MustImport(made.Text("id")), byIdentity} {
		if imported.Text("name") != "a" || imported.IdentityAttributes.Text("id") != made.Text("id") {
			t.Errorf("imported %v", imported)
		}
	}
	if !made.Holds("reads") || !made.Holds(made.Text("id")) || made.Holds("elsewhere") {
		t.Errorf("%v remembers %s", made, made.Remembered())
	}
	s.quirks.failRead = true
	if imported, diagnostics := e.Import(made.Text("id")); imported != nil || diagnostics.Summaries() != "Out of sight" {
		t.Errorf("imported %v: %s", imported, diagnostics)
	}
	process := s.process(nil)
	process.Block = values{"key": "wrong"}
	if _, diagnostics := protocoltest.Configure(t, process); diagnostics.Errors().String() != "Wrong key: It does not fit." {
		t.Errorf("configured: %s", diagnostics)
	}
}

// TestChecks_canFail has the toy provider do wrong, once in each way.
func TestChecks_canFail(t *testing.T) {
	t.Parallel()
	config := values{"name": "a"}
	creates := func(w *protocoltest.Workspace) { w.Does(protocoltest.Create, config) }
	for name, c := range map[string]struct {
		wrong func(*quirks)
		run   func(*protocoltest.Workspace)
		says  string
	}{
		"a plan that disagrees with its configuration": {func(q *quirks) { q.overridden = true }, creates, `name is configured as`},
		"a second plan that differs":                   {func(q *quirks) { q.fickle = true }, creates, `size was planned as`},
		"a result that was not planned":                {func(q *quirks) { q.otherName = true }, creates, `name was planned as`},
		"a result that is not known":                   {func(q *quirks) { q.leavesUnknown = true }, creates, `size is unknown after the apply`},
		"a change that comes to no end":                {func(q *quirks) { q.restless = true }, creates, `a change of size is planned`},
		"private state that is rewritten":              {func(q *quirks) { q.forgetful = true }, creates, `has changed private state from`},
		"an error":                                     {func(q *quirks) { q.failCreate = true }, creates, `the apply has failed: Half made`},
		"another action":                               {func(*quirks) {}, func(w *protocoltest.Workspace) { w.Does(protocoltest.Update, config) }, `create instead of update`},
		"an argument that there is none of":            {func(*quirks) {}, func(w *protocoltest.Workspace) { w.Run(values{"nose": "a"}) }, `there is no "nose"`},
		"a value of another type":                      {func(*quirks) {}, func(w *protocoltest.Workspace) { w.Run(values{"name": 1}) }, `name: `},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failures := failuresOf(t, func(tb testing.TB) {
				tb.Helper()
				s := newShop(tb)
				c.wrong(&s.quirks)
				c.run(s.workspace())
			})
			if !strings.Contains(strings.Join(failures, "\n"), c.says) {
				t.Errorf("the failures %q do not say %q", failures, c.says)
			}
		})
	}
}

// TestNetwork lets a process die with a request: everything before it is done, nothing after it is, and nobody learns of it.
func TestNetwork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		diesWith    int
		afterAnswer bool
		left        []string
	}{
		"lives":                     {0, false, []string{"t2"}},
		"before the first answer":   {1, false, []string{"t1", "t2"}},
		"after the first answer":    {1, true, []string{"t1", "t2"}},
		"before the second answer":  {2, false, []string{"t2"}},
		"when everything was done":  {2, true, []string{"t2"}},
		"with a request too far on": {3, false, []string{"t2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			w := s.workspace()
			w.Does(protocoltest.Create, values{"name": "a", "color": "red"})
			config := values{"name": "a", "color": "blue"}
			network := &protocoltest.Network{DiesWith: c.diesWith, AfterAnswer: c.afterAnswer}
			e := protocoltest.Start(t, s.process(network))
			run := w.ApplyIn(e, w.Plan(config), config)
			if dies := c.diesWith == 1 || c.diesWith == 2; run.Dead != dies || network.Dead() != dies || (w.Object.Text("id") == "t1") != dies {
				t.Errorf("%+v leaves %v", run, w.Object)
			}
			if got := slices.Sorted(maps.Keys(s.ids())); !slices.Equal(got, c.left) {
				t.Errorf("left is %v", got)
			}
			// Of what it would read, nobody learns either.
			if read, _ := e.Read(w.Object); (read == w.Object) != network.Dead() {
				t.Errorf("read was %v", read)
			}
		})
	}
}

// TestNetwork_hangs waits for those requests alone that are to hang, however short the deadline is.
func TestNetwork_hangs(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var seen int
	network := &protocoltest.Network{
		Hangs:  protocoltest.First(protocoltest.Route(http.MethodDelete, "/{shelf}/things")),
		Before: func(*http.Request) { seen++ }, After: func(*http.Request) { seen++ },
	}
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	for _, method := range []string{http.MethodPost, http.MethodDelete} {
		request, err := http.NewRequestWithContext(ctx, method, s.base+"/1/things?id=t1", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := network.RoundTrip(request)
		if (err == nil) != (method == http.MethodPost) {
			t.Errorf("%s: %v", method, err)
		}
		if err == nil {
			_ = answer.Body.Close()
		}
	}
	if seen != 4 || len(s.ids()) != 0 || len(s.log) != 2 {
		t.Errorf("%d events; the server has seen %v", seen, s.log)
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	all := values{"a": "x", "b": 1}
	changed := all.With(values{"a": nil, "c": true}, values{"d": []string{"y"}})
	if len(all) != 2 || len(changed) != 3 || changed["b"] != 1 || changed["c"] != true {
		t.Errorf("%v became %v", all, changed)
	}
}
