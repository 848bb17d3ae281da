package sailpoint_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// overlapLines are the arguments of a token that rotates in place.
func overlapLines(triggers string, more ...string) []string {
	return append([]string{`name_prefix = "ci-"`, scoped, `lifetime = "720h"`, `overlap = "24h"`, `rotation_triggers = { generation = ` + triggers + ` }`}, more...)
}

// follows checks that the state holds another token than a generation, and that one as the previous one, and that both work.
func (s *tenant) follows(g *generation) resource.TestCheckFunc {
	return all(g.replaced, s.works, func(state *terraform.State) error {
		var now generation
		if err := now.keep(state); err != nil {
			return err
		}
		if now.attributes["previous_id"] != g.id || now.attributes["previous_secret"] != g.secret {
			return fmt.Errorf("the previous token is %s instead of %s", now.attributes["previous_id"], g.id)
		}
		if probe := s.use(g); !probe.Works() {
			return fmt.Errorf("the previous token does not work: %+v", probe)
		}
		return nil
	}, s.alive(2))
}

// comesAfter fails the test unless an object has another token than it had, and that one as the previous one. Both work, and are all that
// is stored.
func (s *tenant) comesAfter(before, now *object) {
	s.t.Helper()
	one, two := before.Text("id"), now.Text("id")
	if one == two || before.Text("secret") == now.Text("secret") {
		s.t.Errorf("the token %s was not rotated", one)
	}
	s.shows(now, values{"previous_id": one, "previous_secret": before.Text("secret")})
	s.mustWork(one, before.Text("secret"))
	s.mustWork(two, now.Text("secret"))
	s.only(one, two)
	if minted := s.minted(); len(minted) != 2 {
		s.t.Errorf("the tenant keeps %d tokens instead of 2: %+v", len(minted), minted)
	}
}

// TestAccSailPointPersonalAccessToken_overlap rotates in place for a trigger that only the apply tells, and does not for one that turns
// out to be as it was. The first apply after the overlap leaves one token.
func TestAccSailPointPersonalAccessToken_overlap(t *testing.T) {
	s := emulate(t)
	var first, second generation
	config := func(input, again string) string {
		return s.config(`resource "terraform_data" "version" {`, `  input = "`+input+`"`, `  triggers_replace = "`+again+`"`, `}`,
			token(overlapLines("terraform_data.version.output")...))
	}
	alone := all(s.alive(1), s.stored(1), lacks("previous_id"), lacks("previous_secret"), lacks("previous_encrypted_secret"), lacks("previous_revoked_after"))
	s.test(
		resource.TestStep{Config: config("1", "a"), Check: all(first.keep, s.works, alone)},
		resource.TestStep{Config: config("1", "b"), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate), Check: all(first.same, alone)},
		resource.TestStep{Config: config("2", "b"), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate), Check: all(s.follows(&first), second.keep, s.stored(2))},
		resource.TestStep{
			PreConfig: func() { s.Clock().Advance(25 * time.Hour) },
			Config:    config("2", "b"), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate), Check: all(second.same, s.works, s.refuses(&first), alone),
		},
	)
}

// TestPersonalAccessToken_overlap rotates in place: both tokens work for the overlap, and the first apply after it leaves one. It does so
// again for another validity, and for a token that was deleted elsewhere, and a destruction takes both tokens.
func TestPersonalAccessToken_overlap(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"v1", "v2024"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			w := s.workspace(nil, versioned(version))
			first := w.Does(protocoltest.Create, overlapping())
			s.alone(first)
			config := overlapping(triggered("2"))
			second := w.Does(protocoltest.Rotate, config)
			s.comesAfter(first, second)
			s.Clock().Advance(23 * time.Hour)
			s.comesAfter(first, w.Does(protocoltest.Nothing, config))
			s.Clock().Advance(2 * time.Hour)
			// The newer contract ends it without an apply.
			if want := map[bool]int{true: 1, false: 2}[version == "v1"]; len(s.Minted()) != want {
				t.Errorf("%d tokens are alive after the overlap instead of %d", len(s.Minted()), want)
			}
			s.stays(second, w.Does(protocoltest.Update, config))
			s.mustFail(first.Text("id"), first.Text("secret"))

			config = config.With(values{"access_token_validity_seconds": 60})
			third := w.Does(protocoltest.Rotate, config)
			s.comesAfter(second, third)
			s.shows(third, values{"access_token_validity_seconds": 60})
			s.Clock().Advance(afterLag)
			s.remove(third.Text("id"))
			s.fine(w.Refresh())
			s.shows(w.Object, values{"id": third.Text("id"), "secret": third.Text("secret"), "status": rotation.StatusMissing})
			s.comesAfter(second, w.Does(protocoltest.Rotate, config))

			s.fine(w.Destroy())
			if left := s.minted(); w.Object != nil || len(left) != 0 {
				t.Errorf("the destroy left %+v", left)
			}
		})
	}
}

// TestPersonalAccessToken_beforeExpiry rotates in time, by replacement and in place. A token that has expired is not kept in either case.
func TestPersonalAccessToken_beforeExpiry(t *testing.T) {
	t.Parallel()
	early := values{"rotation_triggers": nil, "rotate_before_expiry": "48h"}
	for name, c := range map[string]struct {
		config values
		// waits is how long the token stays as it is; 2 hours later it gives way.
		waits time.Duration
		want  protocoltest.Action
		keeps bool
	}{
		"replaced":          {overlapping(early, values{"overlap": nil}), 671 * time.Hour, protocoltest.Replace, false},
		"in place":          {overlapping(early), 671 * time.Hour, protocoltest.Rotate, true},
		"expired, in place": {overlapping(), 719 * time.Hour, protocoltest.Rotate, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			w := s.workspace(nil)
			first := w.Does(protocoltest.Create, c.config)
			s.Clock().Advance(c.waits)
			s.stays(first, w.Does(protocoltest.Nothing, c.config))
			s.Clock().Advance(2 * time.Hour)
			second := w.Does(c.want, c.config)
			if c.keeps {
				s.comesAfter(first, second)
			} else {
				s.givesWay(first, second)
			}
			s.endsAfter(second, 720*time.Hour)
			s.shows(second, values{"status": rotation.StatusActive})
		})
	}
}

// standingClock is a clock of the provider that only a test moves, and a network that does not tell the tenant's time: however busy the
// machine is, no list becomes too old to be shared by the mints of one run.
type standingClock struct{ at time.Time }

func (c *standingClock) now() time.Time { return c.at }

// RoundTrip implements [http.RoundTripper].
func (c *standingClock) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		resp.Header.Del("Date")
	}
	return resp, err
}

// TestPersonalAccessToken_requestsInPlace counts what four rotations in place, side by side, ask of the tenant. All have the same prefix
// and names of their own.
func TestPersonalAccessToken_requestsInPlace(t *testing.T) {
	t.Parallel()
	const count = 4
	s := emulate(t)
	clock := &standingClock{s.Clock().Now()}
	s.env.Now, s.env.Transport = clock.now, clock
	objects, plans, said := make([]*object, count), make([]*protocoltest.Plan, count), make([]protocoltest.Diagnostics, count)
	asks := func(what string, want tally, each func(e *protocoltest.Engine, i int)) {
		t.Helper()
		s.Journal().Reset()
		e := s.engine()
		var wait sync.WaitGroup
		for i := range count {
			wait.Go(func() { each(e, i) })
		}
		wait.Wait()
		for i := range count {
			e.NoError(said[i])
		}
		if got := s.asked(); got != want {
			t.Errorf("%s asks %+v instead of %+v", what, got, want)
		}
	}
	// Terraform plans in one process, after a refresh, and again in another one that applies.
	run := func(config values, planned, applied tally) {
		t.Helper()
		asks("the plan", planned, func(e *protocoltest.Engine, i int) {
			if objects[i] != nil {
				objects[i], said[i] = e.Read(objects[i])
			}
			plans[i] = e.Plan(objects[i], config)
			said[i] = append(said[i], plans[i].Diagnostics...)
		})
		asks("the apply", applied, func(e *protocoltest.Engine, i int) {
			again := e.Plan(objects[i], config)
			e.Narrows(plans[i], again)
			objects[i], said[i] = e.Apply(again)
		})
	}
	run(overlapping(), tally{logins: 1, lists: 1}, tally{logins: 1, lists: 1, posts: count})
	names := map[string]bool{}
	for _, stored := range s.minted() {
		names[stored.Name] = true
	}
	if len(names) != count {
		t.Errorf("names %v", names)
	}
	run(overlapping(triggered("2")), tally{logins: 1, lists: 1}, tally{logins: 1, lists: 1, posts: count, patches: count})
	s.RequireLive(t, 2*count)
	s.Clock().Advance(25 * time.Hour)
	clock.at = clock.at.Add(25 * time.Hour)
	run(overlapping(triggered("2")), tally{logins: 1, lists: 1}, tally{logins: 1, deletes: count})
	s.RequireLive(t, count)
	if left := s.minted(); len(left) != count {
		t.Errorf("the tenant keeps %d tokens", len(left))
	}
}
