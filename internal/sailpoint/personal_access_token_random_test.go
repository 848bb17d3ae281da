package sailpoint_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

const (
	// coursesByDefault is how many courses run unless MINT_SEEDS says otherwise, and stepsOfCourse how long each is.
	coursesByDefault = 6
	stepsOfCourse    = 16
	// stepsShown is how many lines of its log a course shows that failed.
	stepsShown = 16
)

// TestPersonalAccessToken_random lives through random courses: edits, days that pass, values that only the apply tells, plans that are
// applied days later, requests that go wrong, processes that die in the middle, and others who change or delete tokens. What must
// hold after each step is in check and its like. MINT_SEEDS is how many courses there are.
func TestPersonalAccessToken_random(t *testing.T) {
	t.Parallel()
	courses := coursesByDefault
	if more := os.Getenv("MINT_SEEDS"); more != "" {
		var err error
		if courses, err = strconv.Atoi(more); err != nil {
			t.Fatalf("MINT_SEEDS: %s", err)
		}
	}
	for seed := range courses {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			c := newCourse(t, uint64(seed))
			for range stepsOfCourse {
				if c.step(); t.Failed() {
					return
				}
			}
			c.finish()
		})
	}
}

// course is what happens to one resource, drawn from a seed.
type course struct {
	*tenant
	draw    *rand.Rand
	version string
	key     reader
	// eyes is a process that only takes objects apart.
	eyes *engine
	// createFirst is create_before_destroy.
	createFirst bool

	// config is the configuration, and accepted the last one that was planned without an error.
	config, accepted values
	generation       int
	// now is what Terraform's state holds; nil for nothing.
	now *object
	// deposed have been replaced, and could not be destroyed yet.
	deposed []*object
	// calm is set while nothing has happened since an apply but that time has passed.
	calm bool
	// disturbed is set while requests are ordered to go wrong.
	disturbed bool
	log       []string
}

func newCourse(t *testing.T, seed uint64) *course {
	t.Helper()
	c := &course{draw: rand.New(rand.NewPCG(seed, 0)), key: ageReader(t), config: overlapping(), accepted: overlapping(), generation: 1}
	c.version, c.createFirst = pick(c, "v1", "v2024", "v3"), c.chance(3)
	habits := fake.Switches{
		HideExpired: c.chance(3), ShuffleScopes: c.chance(3), Microseconds: c.chance(3),
		NeverExpiration: pick(c, "null", "absent", "empty"), OmittedScope: pick(c, "all", "null"),
		// The pace is not what this is about.
		RateLimit: -1,
	}
	c.tenant = emulate(t, switched(func(w *fake.Switches) { *w = habits }))
	// A machine whose clock is right: that one which is wrong learns the tenant's time is another test's.
	c.env.Now = c.Clock().Now
	c.eyes = c.process()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d, %s, create_before_destroy %t, %+v; the last steps:\n%s", seed, c.version, c.createFirst, habits,
				strings.Join(c.log[max(0, len(c.log)-stepsShown):], "\n"))
		}
	})
	return c
}

// chance is true once in n times.
func (c *course) chance(n int) bool { return c.draw.IntN(n) == 0 }

func pick[T any](c *course, of ...T) T { return of[c.draw.IntN(len(of))] }

func (c *course) note(format string, args ...any) {
	c.log = append(c.log, fmt.Sprintf(format, args...))
}

// process is a provider process of its own.
func (c *course) process() *engine {
	c.t.Helper()
	return c.engine(versioned(c.version))
}

// attributes are those of an object.
func (c *course) attributes(of *object) values {
	c.t.Helper()
	return c.eyes.attributes(of.state)
}

// step is what happens until the end of the next terraform apply.
func (c *course) step() {
	c.t.Helper()
	c.edit()
	c.pass()
	c.meddle()
	if c.readopt(); c.now != nil && c.chance(16) {
		c.note("terraform destroy")
		c.disturb()
		c.destroyNow()
		c.undisturb()
		return
	}
	if c.chance(10) {
		c.disturb()
	}
	refreshed := c.refresh()
	c.undisturb()
	if !refreshed || c.t.Failed() {
		return
	}
	saved := c.plan()
	if saved == nil || saved.idle || c.t.Failed() {
		return
	}
	if c.chance(4) {
		c.Clock().Advance(30 * time.Hour)
		c.note("the plan is applied 30 h later")
	}
	c.apply(saved)
}

// refresh reads what there is. It reports whether that worked.
func (c *course) refresh() bool {
	c.t.Helper()
	if c.now == nil {
		return true
	}
	e := c.process()
	read, diagnostics := e.read(c.now)
	if failure := failures(diagnostics); failure != "" {
		c.note("refresh: %s", failure)
		if !c.disturbed {
			c.t.Errorf("the refresh failed: %s", failure)
		}
		return false
	}
	if c.now = read; e.attributes(read.state) == nil {
		c.now = nil
		c.note("gone")
		c.known()
	}
	return true
}

// saved is a plan as Terraform saves it: the provider's, and what Terraform makes of it.
type saved struct {
	*tfprotov6.PlanResourceChangeResponse
	replace, idle bool
}

// plan plans the configuration, of which some may not be known yet. It returns nil where that is refused.
func (c *course) plan() *saved {
	c.t.Helper()
	e := c.process()
	config := c.obscured(e)
	plan := c.planned(e, c.now, config, nil)
	if plan == nil {
		c.config = c.accepted
		return nil
	}
	p := &saved{PlanResourceChangeResponse: plan, replace: len(plan.RequiresReplace) > 0}
	p.idle = c.now != nil && !p.replace && same(e.attributes(plan.PlannedState), e.attributes(c.now.state))
	if c.calm && !p.idle && !c.pending(e, c.now) && same(config, c.config) {
		c.t.Error("a change is planned although nothing has happened")
		c.note("planned %v for %v", e.attributes(plan.PlannedState), plan.RequiresReplace)
	}
	if p.replace {
		c.note("replacement for %v", plan.RequiresReplace)
		// Terraform plans the other half of a replacement as a creation.
		if p.PlanResourceChangeResponse = c.planned(e, nil, config, nil); p.PlanResourceChangeResponse == nil {
			c.config = c.accepted
			return nil
		}
	}
	return p
}

// planned validates and plans; nil when the configuration is refused for a good reason.
func (c *course) planned(e *engine, from *object, config values, fate *mortal) *tfprotov6.PlanResourceChangeResponse {
	c.t.Helper()
	if failure := failures(e.validated(config)); failure != "" {
		c.note("refused: %s", failure)
		return nil
	}
	plan := e.plan(from, config)
	failure := failures(plan.Diagnostics)
	if failure == "" {
		return plan
	}
	if c.note("refused: %s", failure); fate.died() {
		return nil
	}
	for _, reason := range []string{
		"The token would be rotated in every run", "The token would be expired at once", "The overlap is not known yet", "How long the token lives is not said",
		"The token would be expired when it is minted", "would have more rights than the token", "ends every token",
	} {
		if strings.Contains(failure, reason) {
			return nil
		}
	}
	c.t.Errorf("the plan failed: %s", failure)
	return nil
}

// again plans a second time, as Terraform does when it applies, and with everything known; nil when that is refused.
func (c *course) again(e *engine, from *object, first *saved, fate *mortal) *tfprotov6.PlanResourceChangeResponse {
	c.t.Helper()
	plan := c.planned(e, from, c.config, fate)
	if plan == nil {
		c.config = c.accepted
		return nil
	}
	e.narrows(first.PlanResourceChangeResponse, plan)
	if len(plan.RequiresReplace) > 0 {
		c.t.Errorf("only the second plan replaces, for %v", plan.RequiresReplace)
	}
	if !c.config["encrypt_secret_to"].IsNull() {
		c.conceals(plan.PlannedState.MsgPack)
	}
	return plan
}

// finish destroys everything: of all that was minted, nothing may live then.
func (c *course) finish() {
	c.t.Helper()
	if !c.refresh() {
		return
	}
	if c.now != nil {
		c.destroyNow()
	}
	if c.bury(); !c.t.Failed() {
		c.only()
	}
}

// failures are the errors among diagnostics.
func failures(diagnostics []*tfprotov6.Diagnostic) string {
	var all []string
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			all = append(all, d.Summary+": "+d.Detail)
		}
	}
	return strings.Join(all, "; ")
}

// validated is what the provider says about a configuration alone.
func (e *engine) validated(config values) []*tfprotov6.Diagnostic {
	e.t.Helper()
	answer, err := e.server.ValidateResourceConfig(e.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: resourceType, Config: e.dynamic(e.kind(), config), ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return answer.Diagnostics
}
