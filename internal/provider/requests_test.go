package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/provider"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// How many requests a run makes is part of what the provider promises: the vendors limit them, and they are what a run waits for.

const (
	// many is how many tokens of one kind these tests create; those of service accounts are spread over a few.
	many     = 40
	accounts = 4
	// atOnce is how many objects Terraform works on at the same time.
	atOnce = 10
)

// counted is one kind of token, and what creating, reading and planning many of them may ask of its system at the most.
type counted struct {
	// title is the name of the test.
	title, resource string
	// arguments are those of one of them.
	arguments func(i int) values
	// plan and apply are bounds for the two processes of a run that creates them: the second plans again before it applies. Refresh is the one
	// for reading and planning all that exist.
	plan, apply, refresh int
}

func countedKinds() []counted {
	named := func(more values) func(int) values {
		return func(i int) values { return values{"name": fmt.Sprint("token-", i)}.With(more) }
	}
	ofAccount := func(count int, more values) func(int) values {
		return func(i int) values { return values{"user_name": accountName(i % count)}.With(more) }
	}
	const magpieToken = "mint_magpie_service_account_access_token"
	return []counted{
		// A login and the list; each answer tells all about its token.
		{"SailPoint", "mint_sailpoint_personal_access_token", named(values{"lifetime": "90d", "scope": []string{"sp:scopes:all"}}), 2, many + 2, 2},
		// The answer is the secret alone, so that a list has to tell the id. All that are minted at the same time share one.
		{"TrueFoundry", "mint_truefoundry_personal_access_token", named(values{"lifetime": "90d"}), 1, many + many/atOnce + 1, 1},
		// Whether a name is free is asked of the whole tenant, while planning for the first few.
		{"virtual accounts", "mint_truefoundry_virtual_account", named(nil), 5 + 1, 2*many + 1, 1},
		// The answer is the secret alone, and tokens have no names: two lists after each mint have to show the same new token.
		{"Magpie", "mint_magpie_personal_access_token", func(int) values { return nil }, 1, 3*many + 2, 2},
		{"Magpie accounts", magpieToken, ofAccount(accounts, nil), accounts + 1, 3*many + accounts + 1, accounts + 1},
		{"Magpie, an account each", magpieToken, ofAccount(many, nil), many + 1, 4*many + 1, many + 1},
		// A creation takes no description: it is set afterwards, and read back.
		{"Magpie, described", magpieToken, ofAccount(accounts, values{"description": "ci"}), accounts + 1, 5*many + accounts + 1, accounts + 1},
		{"Magpie, exclusive", "mint_magpie_service_account_exclusive_access_token", ofAccount(many, nil), many + 1, 4*many + 1, many + 1},
	}
}

func accountName(i int) string { return fmt.Sprintf("robot-%d@acme.example", i) }

// crew are tokens of one kind on a sandbox of their own.
type crew struct {
	counted
	t  *testing.T
	sb *sandboxtest.Sandbox

	mu sync.Mutex
	// waiting are creations that are under way, and arrived is closed when there are as many as there can be.
	waiting int
	arrived chan struct{}
}

func newCrew(t *testing.T, kind counted) *crew {
	t.Helper()
	sb := sandboxtest.Start(t, func(o *sandbox.Options) {
		o.SailPoint = sailpoint.Switches{RateLimit: -1, TokensPerUser: -1}
	})
	sb.RequireEmulator(t)
	for i := range many {
		if _, err := sb.Magpie.AddUser(magpie.User{Name: accountName(i), ServiceAccount: true}); err != nil {
			t.Fatal(err)
		}
	}
	return &crew{counted: kind, t: t, sb: sb, arrived: make(chan struct{})}
}

// RoundTrip implements [http.RoundTripper] for systems that are far away: creations of TrueFoundry's tokens reach it only when all that can be
// under way at the same time are. On a machine that is busy they would follow each other.
func (c *crew) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/personal-access-tokens") {
		c.mu.Lock()
		arrived := c.arrived
		if c.waiting++; c.waiting == atOnce {
			close(arrived)
			c.waiting, c.arrived = 0, make(chan struct{})
		}
		c.mu.Unlock()
		<-arrived
	}
	return http.DefaultTransport.RoundTrip(r)
}

// sleep is over at once where Magpie's lists are looked at again. Nothing else has to wait for a time at all.
func (c *crew) sleep(ctx context.Context, d time.Duration) error {
	if d > 0 && systemOf(c.resource).System != magpie.Name {
		<-ctx.Done()
	}
	return ctx.Err()
}

// process starts a provider process in which time stands still: no list becomes too old to be shared, however busy the machine is.
func (c *crew) process() *protocoltest.Engine {
	c.t.Helper()
	now, settings := time.Now(), c.sb.Env()
	env := system.Env{
		Now:       func() time.Time { return now },
		Sleep:     c.sleep,
		Getenv:    func(name string) string { return settings[name] },
		Transport: c,
		Version:   "test",
	}
	return protocoltest.Start(c.t, protocoltest.Process{
		Server: providerserver.NewProtocol6WithError(provider.NewIn(env)()), Schemas: protocolSchemas, Resource: c.resource,
	})
}

// each does something for every token, as many at the same time as Terraform does, and fails the test if more requests were sent than
// this.
func (c *crew) each(what string, most int, do func(i int)) {
	c.t.Helper()
	c.sb.Journal().Reset()
	free := make(chan struct{}, atOnce)
	var wait sync.WaitGroup
	for i := range many {
		free <- struct{}{}
		wait.Go(func() {
			do(i)
			<-free
		})
	}
	wait.Wait()
	asked := map[string]int{}
	total := 0
	for _, entry := range c.sb.Journal().Select(systemOf(c.resource)) {
		asked[entry.Method+" "+entry.Route]++
		total++
	}
	if total > most {
		c.t.Errorf("%s takes %d requests instead of %d: %v", what, total, most, asked)
	}
}

// TestRequests creates tokens of every kind as Terraform does, ten at a time, in one process that plans and another one that applies, then reads
// and plans them in a third, and counts what the system is asked each time.
func TestRequests(t *testing.T) {
	t.Parallel()
	for _, kind := range countedKinds() {
		t.Run(kind.title, func(t *testing.T) {
			t.Parallel()
			c := newCrew(t, kind)
			var plans [many]*protocoltest.Plan
			e := c.process()
			c.each("the plan", c.plan, func(i int) { plans[i] = e.MustPlan(nil, c.arguments(i)) })
			e = c.process()
			var made [many]*protocoltest.Object
			c.each("the apply", c.apply, func(i int) {
				late := e.MustPlan(nil, c.arguments(i))
				e.Narrows(plans[i], late)
				made[i] = e.MustApply(late)
			})
			c.sb.RequireLive(t, many)
			e = c.process()
			c.each("the refresh", c.refresh, func(i int) {
				read := e.MustRead(made[i])
				if changes := e.MustPlan(read, c.arguments(i)).Changes(); len(changes) > 0 {
					t.Errorf("a change of %v is planned", changes)
				}
			})
		})
	}
}
