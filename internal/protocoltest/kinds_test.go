package protocoltest_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

func TestEngine_ephemerals(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.quirks.talks = true
	e := protocoltest.Start(t, s.process(nil))
	if _, diagnostics := e.Open("toy_loan", values{"name": "unspeakable"}); diagnostics.Summaries() != "Unspeakable" || len(s.ids()) > 0 {
		t.Errorf("opened %v: %s", s.ids(), diagnostics)
	}
	if diagnostics := e.ValidateEphemeral("toy_loan", values{"name": protocoltest.Unknown}); len(diagnostics) > 0 {
		t.Errorf("validated: %s", diagnostics)
	}
	opened, diagnostics := e.Open("toy_loan", values{"name": "a"})
	if diagnostics.Summaries() != "Opened" || opened.Text("name") != "a" || s.ids()[opened.Text("id")] != "a" {
		t.Fatalf("opened %v of %v: %s", opened, s.ids(), diagnostics)
	}
	if opened.Remembered() != `"t1"` || opened.RenewAt.Year() != 2030 {
		t.Errorf("remembers %s until %s", opened.Remembered(), opened.RenewAt)
	}
	if diagnostics := e.Renew(opened); len(diagnostics) > 0 || opened.Remembered() != `"renewed"` || opened.RenewAt.Year() != 2031 {
		t.Errorf("remembers %s until %s: %s", opened.Remembered(), opened.RenewAt, diagnostics)
	}
	// What a renewal remembers is not for the end, which finds its thing all the same.
	s.quirks.failDelete = true
	if diagnostics := e.Close(opened); diagnostics.Summaries() != "Stuck" || len(s.ids()) != 1 {
		t.Errorf("left %v: %s", s.ids(), diagnostics)
	}
	s.quirks.failDelete = false
	if diagnostics := e.Close(opened); len(diagnostics) > 0 || len(s.ids()) > 0 {
		t.Errorf("left %v: %s", s.ids(), diagnostics)
	}
	s.quirks.failOpen = true
	if opened, diagnostics := e.Open("toy_loan", values{"name": "a"}); opened != nil || diagnostics.Summaries() != "Opened; Out of stock" {
		t.Errorf("opened %v: %s", opened, diagnostics)
	}
}

// TestEngine_ephemeralsOfADeadProcess: the thing is there, and nobody learns of it.
func TestEngine_ephemeralsOfADeadProcess(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	e := protocoltest.Start(t, s.process(&protocoltest.Network{DiesWith: 1, AfterAnswer: false}))
	if opened, diagnostics := e.Open("toy_loan", values{"name": "a"}); opened != nil || len(diagnostics) > 0 || len(s.ids()) != 1 {
		t.Errorf("opened %v of %v: %s", opened, s.ids(), diagnostics)
	}
}

func TestEngine_lists(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	e := protocoltest.Start(t, s.process(nil))
	for _, name := range []string{"a", "b", "a"} {
		e.Create(values{"name": name})
	}
	s.quirks.talks = true
	for name, c := range map[string]struct {
		config  values
		options protocoltest.ListOptions
		rows    []string
		says    string
	}{
		"all":           {nil, protocoltest.ListOptions{}, []string{"t1 a", "t2 b", "t3 a"}, "Listing: 100 at most"},
		"some":          {values{"name": "a"}, protocoltest.ListOptions{IncludeResource: true}, []string{"t1 a", "t3 a"}, "Listing: 100 at most"},
		"up to a limit": {nil, protocoltest.ListOptions{Limit: 2}, []string{"t1 a", "t2 b"}, "Listing: 2 at most"},
		"none":          {values{"name": "c"}, protocoltest.ListOptions{}, nil, "Listing: 100 at most"},
		"invalid":       {values{"name": "unspeakable"}, protocoltest.ListOptions{}, nil, "Unspeakable: Take another one."},
	} {
		rows, diagnostics := e.List("toy_thing", c.config, c.options)
		var names []string
		for _, row := range rows {
			names = append(names, row.DisplayName)
			if id, _, _ := strings.Cut(row.DisplayName, " "); row.Identity.Text("id") != id {
				t.Errorf("%s: %s has the identity %s", name, row.DisplayName, row.Identity)
			}
			if (row.Resource != nil) != c.options.IncludeResource || row.Resource != nil && row.Resource.Text("name") != "a" {
				t.Errorf("%s: %s is %v", name, row.DisplayName, row.Resource)
			}
		}
		if !slices.Equal(names, c.rows) || diagnostics.String() != c.says {
			t.Errorf("%s: listed %q: %s", name, names, diagnostics)
		}
	}
	s.quirks.failList = true
	if rows, diagnostics := e.List("toy_thing", nil, protocoltest.ListOptions{}); rows != nil || diagnostics.Summaries() != "Listing; Torn off" {
		t.Errorf("listed %v: %s", rows, diagnostics)
	}
	if diagnostics := e.ValidateList("toy_thing", values{"name": protocoltest.Unknown}); len(diagnostics) > 0 {
		t.Errorf("validated: %s", diagnostics)
	}
}

func TestEngine_actions(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	e := protocoltest.Start(t, s.process(nil))
	for _, name := range []string{"a", "b", "c"} {
		e.Create(values{"name": name})
	}
	config := values{"ids": []string{"t1", "t3"}}
	s.quirks.talks = true
	if diagnostics := e.ValidateAction("toy_remove", values{"ids": []string{}}); diagnostics.At("ids").Summaries() != "Nothing to remove" {
		t.Errorf("validated: %s", diagnostics)
	}
	if diagnostics := e.PlanAction("toy_remove", values{"ids": protocoltest.Unknown}); diagnostics.Summaries() != "Planned" || len(s.ids()) != 3 {
		t.Errorf("planned: %s", diagnostics)
	}
	progress, diagnostics := e.Invoke("toy_remove", config)
	if len(diagnostics) > 0 || !slices.Equal(progress, []string{"removing t1", "removing t3"}) {
		t.Errorf("%q: %s", progress, diagnostics)
	}
	if left := slices.Collect(maps.Keys(s.ids())); !slices.Equal(left, []string{"t2"}) {
		t.Errorf("left %v", left)
	}
	s.quirks.failRemove = true
	if progress, diagnostics = e.Invoke("toy_remove", values{"ids": []string{"t2"}}); diagnostics.Summaries() != "Stuck" || len(progress) != 1 {
		t.Errorf("%q: %s", progress, diagnostics)
	}
}

// TestKinds_canFail has the toy provider do wrong, once in each way.
func TestKinds_canFail(t *testing.T) {
	t.Parallel()
	opens := func(e *protocoltest.Engine) { e.Open("toy_loan", values{"name": "a"}) }
	lists := func(e *protocoltest.Engine) {
		e.Create(values{"name": "a"})
		e.Create(values{"name": "b"})
		e.List("toy_thing", nil, protocoltest.ListOptions{IncludeResource: true})
	}
	renews := func(e *protocoltest.Engine) { e.Renew(e.MustOpen("toy_loan", values{"name": "a"})) }
	for name, c := range map[string]struct {
		wrong func(*quirks)
		run   func(*protocoltest.Engine)
		says  string
	}{
		"a result that is not known":         {func(q *quirks) { q.vague = true }, opens, "id is unknown after the opening"},
		"a result that is not as configured": {func(q *quirks) { q.otherName = true }, opens, "name is configured as"},
		"a secret in private data":           {func(q *quirks) { q.leaks = true }, opens, "holds the sensitive"},
		"a secret in renewed private data":   {func(q *quirks) { q.leaksLater = true }, renews, "holds the sensitive"},
		"an error at the opening":            {func(q *quirks) { q.failOpen = true }, renews, "Out of stock"},
		"an opening of what is unknown": {func(*quirks) {}, func(e *protocoltest.Engine) {
			e.Open("toy_loan", values{"name": protocoltest.Unknown})
		}, "before it is known, nothing is opened"},
		"an ephemeral resource that there is none of": {func(*quirks) {}, func(e *protocoltest.Engine) { e.Open("toy_gift", nil) }, `no ephemeral resource "toy_gift"`},

		"a row without an identity":          {func(q *quirks) { q.nameless = true }, lists, "Incomplete List Result"},
		"a row without its resource":         {func(q *quirks) { q.bare = true }, lists, "listed without its resource"},
		"a row after an error":               {func(q *quirks) { q.failList, q.babbles = true, true }, lists, `"t2 b" is listed after an error`},
		"a list resource that there is none": {func(*quirks) {}, func(e *protocoltest.Engine) { e.ValidateList("toy_loan", nil) }, `no list resource "toy_loan"`},

		"an action of what is unknown": {func(*quirks) {}, func(e *protocoltest.Engine) {
			_, _ = e.Invoke("toy_remove", values{"ids": protocoltest.Unknown})
		}, "before it is known, nothing is invoked"},
		"an action that there is none of": {func(*quirks) {}, func(e *protocoltest.Engine) { e.PlanAction("toy_add", nil) }, `no action "toy_add"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failures := failuresOf(t, func(tb testing.TB) {
				tb.Helper()
				s := newShop(tb)
				c.wrong(&s.quirks)
				c.run(protocoltest.Start(tb, s.process(nil)))
			})
			if !strings.Contains(strings.Join(failures, "\n"), c.says) {
				t.Errorf("the failures %q do not say %q", failures, c.says)
			}
		})
	}
}

// careless is a server that no framework keeps from mistakes.
type careless struct {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	rows   []tfprotov6.ListResourceResult
	events []tfprotov6.InvokeActionEvent
}

func (c *careless) ListResource(context.Context, *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	return &tfprotov6.ListResourceServerStream{Results: slices.Values(c.rows)}, nil
}

func (c *careless) InvokeAction(context.Context, *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	return &tfprotov6.InvokeActionServerStream{Events: slices.Values(c.events)}, nil
}

// TestKinds_canFailWithoutFramework has a server do wrong what terraform-plugin-framework does not let a provider do.
func TestKinds_canFailWithoutFramework(t *testing.T) {
	t.Parallel()
	ends := tfprotov6.InvokeActionEvent{Type: tfprotov6.CompletedInvokeActionEventType{}}
	goesOn := tfprotov6.InvokeActionEvent{Type: tfprotov6.ProgressInvokeActionEventType{Message: "and"}}
	lists := func(e *protocoltest.Engine) { e.List("toy_thing", nil, protocoltest.ListOptions{}) }
	invokes := func(e *protocoltest.Engine) { _, _ = e.Invoke("toy_remove", values{"ids": []string{"t1"}}) }
	for name, c := range map[string]struct {
		server careless
		run    func(*protocoltest.Engine)
		says   string
	}{
		"a row without an identity": {careless{rows: make([]tfprotov6.ListResourceResult, 1)}, lists, "listed without an identity"},
		"an action without an end":  {careless{events: []tfprotov6.InvokeActionEvent{goesOn}}, invokes, "comes to no end"},
		"an action beyond its end":  {careless{events: []tfprotov6.InvokeActionEvent{ends, goesOn}}, invokes, "goes on after its end"},
		"an action with no event":   {careless{}, invokes, "comes to no end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failures := failuresOf(t, func(tb testing.TB) {
				tb.Helper()
				process := newShop(tb).process(nil)
				inner, err := process.Server()
				if err != nil {
					tb.Fatal(err)
				}
				server := c.server
				server.ProviderServer = inner
				server.ListResourceServer, _ = inner.(tfprotov6.ListResourceServer)
				server.ActionServer, _ = inner.(tfprotov6.ActionServer)
				process.Server = func() (tfprotov6.ProviderServer, error) { return &server, nil }
				c.run(protocoltest.Start(tb, process))
			})
			if !strings.Contains(strings.Join(failures, "\n"), c.says) {
				t.Errorf("the failures %q do not say %q", failures, c.says)
			}
		})
	}
}
