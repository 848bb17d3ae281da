package lifecycle_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestRandomRun goes through random runs of Terraform, with faults, crashes and changes outside Terraform in between. Whatever happens,
// no token is lost that could be revoked, and no other is touched.
func TestRandomRun(t *testing.T) {
	t.Parallel()
	seeds := 6
	if more, err := strconv.Atoi(os.Getenv("MINT_SEEDS")); err == nil {
		seeds = more
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			newRandomRun(t, uint64(seed)).run()
		})
	}
}

// randomRun is one of them. What the seed decides is logged, so that a failure shows its story.
type randomRun struct {
	*toy
	tb       *testing.T
	random   *rand.Rand
	resource string
	config   values
	// lost are tokens of which nothing can be proved: without names those whose answer was lost.
	lost map[string]bool
}

// foreign is how many tokens somebody else has.
const foreign = 2

func newRandomRun(t *testing.T, seed uint64) *randomRun {
	t.Helper()
	r := &randomRun{tb: t, random: rand.New(rand.NewPCG(seed, 1)), lost: map[string]bool{}, resource: named, config: overlapping()}
	if r.flip() {
		r.resource, r.config = nameless, account(values{"note": "a"})
	}
	r.toy = newToy(t, r.resource, func(s *toyServer) {
		s.AnswersRow, s.TellsID, s.HidesExpired, s.ExpiresPrevious, s.MovesExpiry = r.flip(), r.flip(), r.flip(), r.flip(), r.flip()
		s.Lag = r.random.IntN(3)
		s.Precision = []time.Duration{0, time.Minute}[r.random.IntN(2)]
		if r.flip() {
			s.Normalizes = strings.ToUpper
		}
		if r.resource == nameless {
			s.Lifetime = 30 * day
		}
	})
	r.CreateBeforeDestroy = r.flip()
	for range foreign {
		r.Add(toyToken{Name: fmt.Sprint("foreign-", len(r.tokens)), Account: map[bool]string{true: "acc"}[r.resource == nameless]})
		r.shows(fmt.Sprint("t", len(r.tokens)))
	}
	t.Logf("%s: row %t, id %t, hides expired %t, expires previous %t, moves expiry %t, lag %d, normalizes %t, create before destroy %t", r.resource,
		r.AnswersRow, r.TellsID, r.HidesExpired, r.ExpiresPrevious, r.MovesExpiry, r.Lag, r.Normalizes != nil, r.CreateBeforeDestroy)
	return r
}

func (r *randomRun) flip() bool { return r.random.IntN(2) == 0 }

func pick[T any](r *randomRun, from ...T) T { return from[r.random.IntN(len(from))] }

func (r *randomRun) run() {
	for range 12 {
		r.edit()
		r.passes(pick(r, 3*time.Minute, time.Hour, 25*time.Hour, 8*day, 31*day))
		if r.random.IntN(4) == 0 {
			r.tamper()
		}
		r.step()
		if r.tb.Failed() {
			return
		}
	}
	r.Faults, r.DiesAfter = nil, ""
	r.passes(3 * time.Minute)
	if said := r.Destroy(); said.Failed() {
		r.tb.Errorf("it is not destroyed: %s", said)
	}
	r.only()
}

// passes lets time pass, after which no list lags any more.
func (r *randomRun) passes(d time.Duration) {
	r.tb.Logf("%s pass", d)
	r.Pass(d)
	for _, token := range r.tokens {
		r.shows(token.ID)
	}
}

// edit changes the configuration. Where an expiry moves with the lifetime, one that has passed would be refused.
func (r *randomRun) edit() {
	edit := pick(r, values{}, triggered(fmt.Sprint(r.random.IntN(9))), values{"note": pick(r, "a", "B", "c")}, values{"overlap": pick(r, any("24h"), "72h", nil)})
	if r.resource == named && r.flip() {
		edit = pick(r, values{"scope": pick(r, any("r"), "w", nil)}, values{"lifetime": map[bool]any{true: "1000h", false: pick(r, "720h", "1000h")}[r.MovesExpiry]}, values{"region": pick(r, "eu", "us")},
			values{"name_prefix": pick(r, "ci-", "cd-")}, values{"rotate_before_expiry": pick(r, any("168h"), nil)})
	}
	maps.Copy(r.config, edit)
	r.config = r.config.With()
	r.tb.Logf("configured is %v", edit)
}

// tamper changes something outside Terraform.
func (r *randomRun) tamper() {
	mine := r.mine()
	if len(mine) == 0 {
		return
	}
	id := pick(r, mine...)
	r.tb.Logf("tampered with is %s", id)
	switch kind := r.random.IntN(3); {
	case kind == 0:
		r.Remove(id)
	case kind == 1:
		r.Change(id, func(token *toyToken) { token.Note = "intruder" })
	case !r.MovesExpiry:
		// Where it is moved back, a token may be due then.
		end := r.Now().Add(50 * day)
		r.Change(id, func(token *toyToken) { token.Expiry = &end })
	}
}

// mine are the tokens that are alive and that somebody could prove to be this resource's.
func (r *randomRun) mine() []string {
	return slices.DeleteFunc(strings.Fields(r.Alive()), func(id string) bool { return id == "t1" || id == "t2" || r.lost[id] })
}

// step is one run of Terraform.
func (r *randomRun) step() {
	before := r.minted
	fault, at := pick(r, lostBefore, lostAfter, refused, unavailable), pick(r, "", "", "create", "delete", "list", "change", "end", "mark")
	if at != "" {
		r.Fail(at, fault)
	}
	e := r.Start()
	if said := r.refresh(e); said.Failed() {
		r.tb.Logf("the refresh has failed: %s", said.Errors())
		r.Faults = nil
		return
	}
	saved := r.planIn(e, r.config)
	if dies := pick(r, "", "", "create", "delete", "list", "end", "mark"); saved.Action == rotate && (dies != "create" || r.resource == named) {
		r.DiesAfter = dies
	}
	done := r.Apply(saved, r.config)
	r.tb.Logf("%d minted, %s, fails %q of %s (%d), dies after %q: %s", r.minted, done.Action, done.Failed, at, fault, r.DiesAfter, done.Diagnostics.Errors())
	isClean := len(r.Faults[at]) > 0 || at == ""
	died := r.DiesAfter != ""
	r.Faults, r.DiesAfter = nil, ""
	if r.resource == nameless && done.Failed != "" {
		r.writeOff(before)
	}
	switch {
	case done.Failed != "" && isClean && !died:
		r.tb.Errorf("without a fault the %s has failed: %s", done.Failed, done.Diagnostics.Errors())
	case done.Failed == "":
		r.works()
	}
}

// writeOff notes the tokens without a name of a run that has failed of which nothing can be proved.
func (r *randomRun) writeOff(before int) {
	for i := before + 1; i <= r.minted; i++ {
		token := r.Token(fmt.Sprint("t", i))
		if token.Mark == "" && (r.Object == nil || r.Object.Text("id") != token.ID) {
			r.lost[token.ID] = true
		}
	}
	if r.Object != nil && r.Object.Text("id") == "" {
		// Nothing leads from it to its token: what is left is to forget it.
		r.Object = nil
	}
}

// works fails the test unless the state holds a token that works, with its secret, and nothing is left to do.
func (r *randomRun) works() {
	r.Settled(r.config)
	r.Holds(r.Object.Text("id"), r.Object.Text("previous_id"))
	if !slices.Contains(r.mine(), r.Object.Text("id")) {
		r.tb.Errorf("the current token %s is none of %v", r.Object.Text("id"), r.mine())
	}
}

// only fails the test unless just the tokens of somebody else are left.
func (r *randomRun) only() {
	if left := r.mine(); len(left) > 0 {
		r.tb.Errorf("left are %v", left)
	}
	for i := range foreign {
		if id := fmt.Sprint("t", i+1); r.Token(id).ID == "" {
			r.tb.Errorf("%s of somebody else is gone", id)
		}
	}
}
