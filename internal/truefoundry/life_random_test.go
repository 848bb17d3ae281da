package truefoundry_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

const (
	// usualSeeds are how many random lives a test of them goes through unless MINT_SEEDS says how many.
	usualSeeds = 6
	// lifeSteps is how many runs of Terraform a random life has, shownSteps how much of it a failure tells.
	lifeSteps, shownSteps = 15, 40
	// longSettled is more than how long a list may lack what was made.
	longSettled = 5 * time.Minute
)

// life is a random sequence of runs for one resource: arguments change, time passes, requests and whole processes fail, and tokens are
// deleted by others. What is checked after each run holds whatever has happened.
type life struct {
	*subject
	dice      *rand.Rand
	key       age.Identity
	recipient string
	// config is what the configuration says; counter makes triggers that never were before.
	config  args
	counter int
	// choices makes a value for each argument that may change.
	choices map[string]func() any
	// routes are those of the resource by method.
	routes map[string]string
	// strays fails the test for a token that lives and is known neither to the state nor to what an error has told.
	strays func(l *life, told string)
	// tainted is set after a creation that has failed halfway: Terraform replaces what there is of it.
	tainted bool
	steps   []string
	// codec only decodes.
	codec *engine
}

// step is one run of Terraform.
type step struct {
	// vague is the configuration at the time of the plan, config that of the apply.
	vague, config args
	// stale is set where the clock has moved on since the last refresh, so that more may be due than was planned.
	stale bool
	// troubled is set where something goes wrong on purpose, dead is set by the end of the process.
	troubled bool
	dead     atomic.Bool
	replaces bool
	// early is what was planned first, late what Terraform plans when it applies, by the same process e.
	early, late *tfprotov6.PlanResourceChangeResponse
	e           *engine
}

// lives runs a test for each seed. A failure tells the seed and the last steps; MINT_SEEDS=<seed+1> -run '<test>/<seed>$' repeats it.
func lives(t *testing.T, test func(t *testing.T, seed uint64)) {
	t.Helper()
	count := uint64(usualSeeds)
	if text := os.Getenv("MINT_SEEDS"); text != "" {
		var err error
		if count, err = strconv.ParseUint(text, 10, 32); err != nil {
			t.Fatal(err)
		}
	}
	for seed := range count {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			test(t, seed)
		})
	}
}

// newLife begins a life on one of the kinds of control planes.
func newLife(t *testing.T, kind string, seed uint64, change func(*fake.Switches, *rand.Rand)) *life {
	t.Helper()
	dice := rand.New(rand.NewPCG(seed, 1))
	kinds := planes()
	names := append(slices.Sorted(maps.Keys(kinds)), "current")
	name := names[dice.IntN(len(names))]
	p := emulate(t, func(w *fake.Switches) {
		if set := kinds[name]; set != nil {
			set(w)
		}
		change(w, dice)
	})
	l := &life{subject: p.subject(kind), dice: dice}
	l.key, l.recipient = identity(t)
	l.codec = l.engine()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d, control plane %q, last steps:\n%s", seed, name, strings.Join(l.steps[max(0, len(l.steps)-shownSteps):], "\n"))
		}
	})
	return l
}

// text is a text of the state, read without another provider process.
func (l *life) text(name string) string { return l.codec.text(l.now, name) }

func (l *life) note(format string, values ...any) {
	l.steps = append(l.steps, fmt.Sprintf(format, values...))
}

// oneIn is true once in so many times.
func (l *life) oneIn(times int) bool { return l.dice.IntN(times) == 0 }

func pickOne[T any](dice *rand.Rand, of ...T) T { return of[dice.IntN(len(of))] }

// one chooses among these.
func (l *life) one(of ...any) func() any { return func() any { return pickOne(l.dice, of...) } }

// newTrigger makes triggers that never were before, or none.
func (l *life) newTrigger() any {
	if l.oneIn(6) {
		return nil
	}
	l.counter++
	return trigger(strconv.Itoa(l.counter))["rotation_triggers"]
}

// edit changes arguments; what the provider refuses before it plans is left as it was.
func (l *life) edit() {
	for range l.dice.IntN(3) {
		name := pickOne(l.dice, slices.Sorted(maps.Keys(l.choices))...)
		next := with(l.config, args{name: l.choices[name]()})
		if l.codec.invalid(next) == "" {
			l.config = next
			l.note("edit %s = %v", name, next[name])
		}
	}
}

// wait lets time pass.
func (l *life) wait() {
	for range l.dice.IntN(2) {
		d := pickOne(l.dice, time.Minute, time.Hour, 10*time.Hour, 25*time.Hour, 100*time.Hour, 300*time.Hour)
		l.pass(d)
		l.note("%s later", d)
	}
}

// begin makes the next run: an argument may not be known at its plan, and turn out as it was or as another.
func (l *life) begin() *step {
	s := &step{vague: l.config, config: l.config}
	if !l.oneIn(5) {
		return s
	}
	name := pickOne(l.dice, slices.Sorted(maps.Keys(l.choices))...)
	open := unknown()
	switch {
	case name == "rotation_triggers" && l.oneIn(2):
		open = args{"n": unknown()}
	case name == "encrypt_secret_to" && l.oneIn(2):
		open = []any{unknown()}
	}
	later := l.config
	if l.oneIn(2) {
		later = with(l.config, args{name: l.choices[name]()})
	}
	vague := with(l.config, args{name: open})
	if _, isPart := vague[name].(args); isPart && later[name] == nil {
		return s
	}
	if _, isPart := vague[name].([]any); isPart && later[name] == nil {
		return s
	}
	if l.codec.invalid(later) == "" && l.codec.invalid(vague) == "" {
		s.vague, s.config, l.config = vague, later, later
		l.note("%s = %v is not known, and becomes %v", name, open, later[name])
	}
	return s
}

// look refreshes, and reports whether the run goes on. Some runs do without.
func (l *life) look(s *step) bool {
	if l.now == nil {
		return true
	}
	if l.oneIn(6) {
		l.note("no refresh")
		s.stale = true
		return true
	}
	if l.oneIn(10) {
		l.fault("GET", l.routes["GET"], "status:403", 1)
		_, diagnostics := l.engine().read(l.now)
		l.Stage().Faults.Clear()
		l.note("refresh: %s", failed(diagnostics))
		return false
	}
	next, diagnostics := l.engine().read(l.now)
	l.note("refresh: %s", failed(diagnostics)+warned(diagnostics))
	l.codec.fine(diagnostics)
	if l.now = next; next == nil {
		l.note("gone")
		l.tainted = false
		l.living(0)
		return true
	}
	l.holds()
	return true
}

// forget takes the resource out of the state and imports it, where no earlier generation would be lost with it.
func (l *life) forget() {
	if l.now == nil || l.tainted || !l.oneIn(15) || len(l.minted()) != 1 || l.text("previous_id") != "" || !l.isLive(l.text("id")) {
		return
	}
	l.note("imported")
	l.now = l.engine().adopt(l.text("id"))
}

// plan plans twice as Terraform does, with time between for a plan that is saved, and reports whether there is something to apply.
func (l *life) plan(s *step) bool {
	e := l.engine()
	if s.early = e.plan(l.now, s.vague); l.refused(s.early) {
		return false
	}
	s.replaces = l.now != nil && (l.tainted || len(s.early.RequiresReplace) > 0)
	if s.replaces {
		if s.early = e.plan(nil, s.vague); l.refused(s.early) {
			return false
		}
	} else if l.now != nil && len(e.changes(l.now, s.early)) == 0 {
		l.note("nothing to do")
		return false
	}
	if l.oneIn(4) {
		l.note("saved for 30h")
		l.pass(30 * time.Hour)
		s.stale = true
	}
	s.e = l.engine()
	from := l.now
	if s.replaces {
		from = nil
	}
	if s.late = s.e.plan(from, s.config); l.refused(s.late) {
		return false
	}
	s.e.narrows(s.early, s.late)
	if from != nil && len(s.late.RequiresReplace) > 0 {
		l.t.Errorf("an update has become a replacement because of %v", s.late.RequiresReplace)
	}
	if from != nil && len(s.e.changes(from, s.late)) == 0 {
		l.note("nothing to do after all")
		return false
	}
	return !l.t.Failed()
}

// refused reports whether a plan is refused, and fails the test unless the reason is one that the random arguments may give.
func (l *life) refused(plan *tfprotov6.PlanResourceChangeResponse) bool {
	text := failed(plan.Diagnostics)
	if text == "" {
		return false
	}
	l.note("plan: %s", text)
	for _, reason := range []string{
		"The token would be rotated in every run", "The overlap is not known yet", "The token would be expired when it is minted", "The id of the token is not known yet",
	} {
		if strings.Contains(text, reason) {
			return true
		}
	}
	l.t.Errorf("plan: %s", text)
	return true
}

// trouble lets something go wrong in the apply to come: requests, or the whole process after some requests that change something.
func (l *life) trouble(s *step) {
	if !l.oneIn(3) {
		return
	}
	s.troubled = true
	if l.now != nil && l.oneIn(2) {
		l.kill(s, 1+int32(l.dice.IntN(3)))
		return
	}
	if l.oneIn(3) {
		word := pickOne(l.dice, "status:403", "lag:2")
		l.note("trouble with the list after the mint: %s", word)
		l.afterwards[http.MethodPost] = func() { l.fault("GET", l.routes["GET"], word, 1) }
		return
	}
	method := pickOne(l.dice, slices.Sorted(maps.Keys(l.routes))...)
	word, times := pickOne(l.dice, "status:403", "drop-after", "502-after", "drop-before"), 1+l.dice.IntN(2)
	l.note("trouble: %d × %s %s", times, method, word)
	l.fault(method, l.routes[method], word, times)
}

// kill ends the process with one of the requests that change something: that one is still sent, and nothing after it.
func (l *life) kill(s *step, after int32) {
	l.note("dies after %d changes", after)
	var changes atomic.Int32
	l.meddle = func(r *http.Request) *http.Response {
		if s.dead.Load() {
			answer := respond(`{"statusCode":403,"message":"the process is dead"}`)
			answer.StatusCode = http.StatusForbidden
			return answer
		}
		if r.Method != http.MethodGet && changes.Add(1) == after {
			s.dead.Store(true)
		}
		return nil
	}
}

// peace ends all trouble.
func (l *life) peace() {
	l.meddle = nil
	l.mu.Lock()
	clear(l.afterwards)
	l.mu.Unlock()
	l.Stage().Faults.Clear()
}

// run is one run of Terraform.
func (l *life) run() {
	s := l.begin()
	if !l.look(s) || l.t.Failed() || !l.plan(s) {
		return
	}
	l.trouble(s)
	l.apply(s)
	l.peace()
}
