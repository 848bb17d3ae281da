package sailpoint_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// tally is what one command may ask of the tenant.
type tally struct {
	logins, lists, posts, patches, deletes int
}

// asked returns what the tenant was asked since the journal was emptied, and empties it.
func (s *tenant) asked() tally {
	defer s.Journal().Reset()
	return tally{
		logins: s.requests("POST", loginRoute), lists: s.requests("GET", listRoute), posts: s.requests("POST", listRoute),
		patches: s.requests("PATCH", itemRoute), deletes: s.requests("DELETE", itemRoute),
	}
}

// fleet are tokens that share the processes of a run: one refreshes and plans them all, another one applies the plans.
type fleet struct {
	s       *tenant
	objects []*object
	// createBeforeDestroy is the argument of their lifecycle.
	createBeforeDestroy bool
}

func (s *tenant) fleet(size int) *fleet { return &fleet{s: s, objects: make([]*object, size)} }

// numbered gives each token of a fleet a name of its own.
func numbered(name string, config values) func(i int) values {
	return func(i int) values { return config.With(values{"name": fmt.Sprintf("%s-%d", name, i)}) }
}

// each does something with every token, ten at a time as Terraform does, and returns all that is said.
func (c *fleet) each(do func(i int) protocoltest.Diagnostics) protocoltest.Diagnostics {
	var said protocoltest.Diagnostics
	var mu sync.Mutex
	var wait sync.WaitGroup
	free := make(chan struct{}, 10)
	for i := range c.objects {
		free <- struct{}{}
		wait.Go(func() {
			diagnostics := do(i)
			mu.Lock()
			said = append(said, diagnostics...)
			mu.Unlock()
			<-free
		})
	}
	wait.Wait()
	return said
}

// plan refreshes and plans in a process of its own.
func (c *fleet) plan(config func(i int) values, more ...values) ([]*protocoltest.Plan, protocoltest.Diagnostics) {
	c.s.t.Helper()
	e := c.s.engine(more...)
	plans := make([]*protocoltest.Plan, len(c.objects))
	said := c.each(func(i int) (said protocoltest.Diagnostics) {
		if c.objects[i] != nil {
			if c.objects[i], said = e.Read(c.objects[i]); said.Failed() {
				return said
			}
		}
		plans[i] = e.Plan(c.objects[i], config(i))
		return append(said, plans[i].Diagnostics...)
	})
	return plans, said
}

// apply plans again and applies in a process of its own.
func (c *fleet) apply(plans []*protocoltest.Plan, config func(i int) values) protocoltest.Diagnostics {
	c.s.t.Helper()
	e := c.s.engine()
	return c.each(func(i int) (said protocoltest.Diagnostics) {
		late := e.Plan(c.objects[i], config(i))
		e.Narrows(plans[i], late)
		switch replaced := c.objects[i]; {
		case late.Diagnostics.Failed():
			return late.Diagnostics
		case len(late.Changes()) == 0:
		case late.Replaces():
			if !c.createBeforeDestroy {
				c.s.t.Errorf("a replacement is planned, because of %v", late.RequiresReplace)
				return nil
			}
			if c.objects[i], said = e.Apply(e.PlanCreation(late)); !said.Failed() {
				_, said = e.Apply(e.PlanDestroy(replaced))
			}
		default:
			c.objects[i], said = e.Apply(late)
		}
		return said
	})
}

// run does all that must succeed, and returns what the plan and what the apply have asked of the tenant.
func (c *fleet) run(config func(i int) values) (planned, applied tally) {
	c.s.t.Helper()
	c.s.Journal().Reset()
	plans, said := c.plan(config)
	if said.Failed() {
		c.s.t.Fatal(said.Errors())
	}
	planned = c.s.asked()
	if said := c.apply(plans, config); said.Failed() {
		c.s.t.Fatal(said.Errors())
	}
	return planned, c.s.asked()
}

// destroy refreshes and plans the end of all, carries it out, and returns what both have asked of the tenant.
func (c *fleet) destroy() (planned, applied tally) {
	c.s.t.Helper()
	c.s.Journal().Reset()
	e := c.s.engine()
	plans := make([]*protocoltest.Plan, len(c.objects))
	said := c.each(func(i int) protocoltest.Diagnostics {
		read, said := e.Read(c.objects[i])
		if read != nil {
			plans[i] = e.PlanDestroy(read)
			said = append(said, plans[i].Diagnostics...)
		}
		return said
	})
	if said.Failed() || slices.Contains(plans, nil) {
		c.s.t.Fatalf("planned are %v, and %s", plans, said)
	}
	planned = c.s.asked()
	e = c.s.engine()
	said = c.each(func(i int) (said protocoltest.Diagnostics) {
		c.objects[i], said = e.Apply(plans[i])
		return said
	})
	if said.Failed() {
		c.s.t.Fatal(said.Errors())
	}
	return planned, c.s.asked()
}

// timeless is a network that does not tell the tenant's time.
type timeless struct{}

// RoundTrip implements [http.RoundTripper].
func (timeless) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		resp.Header.Del("Date")
	}
	return resp, err
}

// stopTime stops the provider's clock: on a busy machine no list becomes too old to be shared by the mints of a run.
func (s *tenant) stopTime() {
	now := time.Now()
	s.env.Now, s.env.Transport = func() time.Time { return now }, timeless{}
}

// mustAsk compares what a run has asked of the tenant.
func (s *tenant) mustAsk(planned, applied tally) func(gotPlanned, gotApplied tally) {
	return func(gotPlanned, gotApplied tally) {
		s.t.Helper()
		if gotPlanned != planned {
			s.t.Errorf("the plan asked %+v instead of %+v", gotPlanned, planned)
		}
		if gotApplied != applied {
			s.t.Errorf("the apply asked %+v instead of %+v", gotApplied, applied)
		}
	}
}

// TestPersonalAccessToken_requests counts every request for nine tokens, from creation to destruction: all that fit beside the
// provider's own.
func TestPersonalAccessToken_requests(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.stopTime()
	c := s.fleet(9)
	s.mustAsk(tally{logins: 1, lists: 1}, tally{logins: 1, lists: 1, posts: 9})(c.run(numbered("ci", lasting("720h"))))
	s.RequireLive(t, 9)
	s.mustAsk(tally{logins: 1, lists: 1}, tally{})(c.run(numbered("ci", lasting("720h"))))
	s.mustAsk(tally{logins: 1, lists: 1}, tally{logins: 1, patches: 9})(c.run(numbered("new", lasting("720h").With(values{"lifetime": nil, "never_expires": true}))))
	s.RequireLive(t, 9)
	s.mustAsk(tally{logins: 1, lists: 1}, tally{logins: 1, lists: 1, deletes: 9})(c.destroy())
	s.RequireLive(t, 0)
}

// TestPersonalAccessToken_requestsOfDataSources shares the one list between resources and data sources.
func TestPersonalAccessToken_requestsOfDataSources(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.seed("foreign")
	made := s.made(lasting("720h"))
	e := s.engine()
	s.Journal().Reset()
	reads := []func() protocoltest.Diagnostics{
		func() protocoltest.Diagnostics { _, said := e.Read(made); return said },
		func() protocoltest.Diagnostics {
			_, said := e.ReadDataSource(lookupType, values{"name": "foreign"})
			return said
		},
		func() protocoltest.Diagnostics { _, said := e.ReadDataSource(dataSourceType, nil); return said },
		func() protocoltest.Diagnostics {
			_, said := e.ReadDataSource(dataSourceType, values{"expires_within": "24h"})
			return said
		},
	}
	if said := s.fleet(len(reads)).each(func(i int) protocoltest.Diagnostics { return reads[i]() }); len(said) > 0 {
		t.Error(said)
	}
	if got, want := s.asked(), (tally{logins: 1, lists: 1}); got != want {
		t.Errorf("asked %+v instead of %+v", got, want)
	}
}

// TestPersonalAccessToken_requestsOfRotation replaces four tokens, the new ones first: one request to mint and one to revoke each.
func TestPersonalAccessToken_requestsOfRotation(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.stopTime()
	c := s.fleet(4)
	c.createBeforeDestroy = true
	config := func(generation string) func(int) values {
		return func(int) values { return overlapping(triggered(generation), values{"overlap": nil}) }
	}
	c.run(config("1"))
	first := slices.Clone(c.objects)
	s.mustAsk(tally{logins: 1, lists: 1}, tally{logins: 1, lists: 1, posts: 4, deletes: 4})(c.run(config("2")))
	s.RequireLive(t, 4)
	for i, replaced := range first {
		s.mustFail(replaced.Text("id"), replaced.Text("secret"))
		s.mustWork(c.objects[i].Text("id"), c.objects[i].Text("secret"))
	}
}
