// Package randomrun takes one resource through random runs of Terraform: arguments change or are not known yet, time passes, plans are
// applied a day later, requests and whole processes fail, and others delete, change and make tokens meanwhile. What is checked after each
// step holds whatever has happened; above all, that no token is lost: one that is alive is the current one, the previous one, still to
// be revoked, or can be found.
//
// A [Case] is one kind of token on one emulated system. The same seed draws the same events.
package randomrun

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

const (
	// seedsVariable is the environment variable that says how many random runs a test takes, usualSeeds how many it takes without.
	seedsVariable = "MINT_SEEDS"
	usualSeeds    = 6
	// steps is how long one is, and stepsShown how many lines of its log a failure shows.
	steps      = 20
	linesShown = 48
	// settled is longer than a list may lack what was made.
	settled = 5 * time.Minute
	// tolerance is how exactly a provider knows the time of the server.
	tolerance = time.Minute
)

// Token is one that a system stores, whether it has expired or not.
type Token struct {
	// ID is what a state knows it by, as the current token or as the previous one.
	ID string
	// Account is the id of the resource that it belongs to, where one resource may have several.
	Account string
	Name    string
	Secret  string
	// Expires is nil for never.
	Expires *time.Time
	// Disabled is set for one that does not work for now.
	Disabled bool
}

func (k Token) expired(now time.Time) bool { return k.Expires != nil && !now.Before(*k.Expires) }

// Edit changes an argument.
type Edit struct {
	// Name is the argument; the plan may not know it yet. Without a name what is edited is always known.
	Name string
	// Often is how often this edit is drawn among the others; 0 counts as 1.
	Often int
	// Make draws new arguments.
	Make func(d *Draw) protocoltest.Values
}

// Clock is the time of a system, which only a random run moves on.
type Clock interface {
	Now() time.Time
	Advance(d time.Duration)
}

// Faults are what is ordered to go wrong on a system.
type Faults interface {
	Add(fault fakeapi.Fault) error
	Clear()
}

// Case is one kind of token on one emulated system.
type Case struct {
	// About says what the draw has made of the system.
	About string
	// Start starts a provider process that sends its requests through a network.
	Start func(network *protocoltest.Network) *protocoltest.Engine
	Clock Clock
	// Faults are those of the system, Routes the requests that may meet one; their System is set. Mint is the one that mints, List the
	// one that shows what was minted.
	Faults     Faults
	Routes     []fakeapi.Fault
	Mint, List fakeapi.Fault
	// Requests is how many requests an apply takes at the most, or about so.
	Requests int

	// Current is the attribute with the ID of the current token, and Secret the one with its secret.
	Current, Secret string
	// Config is what a random run begins with, Edits are what it changes.
	Config protocoltest.Values
	Edits  []Edit
	// Needs names the arguments that only a new token can have. All others may change without one.
	Needs []string
	// Refusals are parts of the errors that a plan may give to arguments that go together by themselves.
	Refusals []string
	// CreateBeforeDestroy is the argument of the resource's lifecycle.
	CreateBeforeDestroy bool

	// Stored are the tokens that the system stores, without those from before.
	Stored func() []Token
	// Works tries a token as its consumer would.
	Works func(Token) bool
	// Delete deletes a token behind the provider's back.
	Delete func(Token)

	// What follows is nil or empty where there is no such thing.

	// Findable reports whether a token proves by itself to be what a rotation of an object has left behind, so that a later run finds it.
	Findable func(token Token, of *protocoltest.Object) bool
	// Tamper changes a token behind the provider's back, and says how.
	Tamper func(d *Draw, token Token) string
	// ImportID is what an object is imported by.
	ImportID func(of *protocoltest.Object) string
	// Stranger makes somebody else's token.
	Stranger func(d *Draw) Token
	// DeletesStrangers is set where it is the resource's business to delete what others have made.
	DeletesStrangers bool
	// Unprovable is set where a token may not prove to be a rotation's whose process has died, or whose answer was lost: then it is
	// only named, and lives on.
	Unprovable bool
	// Unlisted is what an error says that cannot name a token, because the list has failed too.
	Unlisted string
	// Advised does what an error advises a person to do with a token whose id is not known, but its secret. It reports whether it has
	// advised anything, and whether that takes the resource out of the state.
	Advised func(failure, secret string) (advised, removed bool)
	// Warns checks what a rotation in place has warned of, given the tokens that nothing proves to be the resource's.
	Warns func(before, after *protocoltest.Object, warnings string, named []Token)
	// End checks what else must hold at the end.
	End func()
}

// Test takes random runs, each with a case of its own. A failure tells the last steps; MINT_SEEDS=<seed+1> -run '<test>/<seed>$' repeats it.
func Test(t *testing.T, start func(t *testing.T, d *Draw) *Case) {
	t.Helper()
	seeds := uint64(usualSeeds)
	if text := os.Getenv(seedsVariable); text != "" {
		var err error
		if seeds, err = strconv.ParseUint(text, 10, 32); err != nil {
			t.Fatalf("%s: %s", seedsVariable, err)
		}
	}
	for seed := range seeds {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			d := newDraw(t, seed)
			c := start(t, d)
			d.clock = c.Clock
			r := newRun(t, d, c)
			for range steps {
				if r.step(); t.Failed() {
					return
				}
			}
			r.end()
		})
	}
}

// randomRun is what happens to one resource.
type randomRun struct {
	*Draw
	*Case
	t *testing.T
	w *protocoltest.Workspace
	// validator is a process that only validates.
	validator *protocoltest.Engine
	// config is the configuration, and accepted the last one that was applied.
	config, accepted protocoltest.Values
	// calm is set while nothing has happened since an apply but that time has passed.
	calm bool
	// stale is set where the clock has moved on since the last refresh, or tokens have changed, so that more may be due than is planned.
	stale bool
	// troubled is set while something goes wrong on purpose, tampered while others have changed what was refreshed, and drifted from
	// then until an apply that has succeeded.
	troubled, tampered, drifted bool
	// refreshedAt is when the object was refreshed last.
	refreshedAt time.Time
	// strangers are the tokens that others have made. Named are those that nothing proves to be the resource's: an error has named them,
	// or their process has died, and it is for a person to find them.
	strangers, named map[string]Token
	// seen are the IDs of all tokens that there ever were, and doubted the IDs and secrets of previous tokens that may be gone without a
	// server's telling: others have deleted them, or a run without a refresh, or one that has died, has not seen that.
	seen, doubted map[string]bool
	// version is the last secret_version, and versionOf the secret that it is of; empty where that is not known.
	version   int64
	versionOf string
	log       []string
}

func newRun(t *testing.T, d *Draw, c *Case) *randomRun {
	t.Helper()
	r := &randomRun{
		Draw: d, Case: c, t: t, config: c.Config, accepted: c.Config,
		strangers: map[string]Token{}, named: map[string]Token{}, seen: map[string]bool{}, doubted: map[string]bool{},
	}
	r.w = &protocoltest.Workspace{
		T: t, CreateBeforeDestroy: c.CreateBeforeDestroy, Start: func() *protocoltest.Engine { return c.Start(&protocoltest.Network{}) },
	}
	r.validator = r.w.Start()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s, create_before_destroy %t; the last steps:\n%s", c.About, c.CreateBeforeDestroy, strings.Join(r.log[max(0, len(r.log)-linesShown):], "\n"))
		}
	})
	return r
}

func (r *randomRun) note(format string, args ...any) {
	r.log = append(r.log, fmt.Sprintf(format, args...))
}

// step is what happens until the end of the next run of Terraform.
func (r *randomRun) step() {
	r.t.Helper()
	r.note("---")
	r.edit()
	r.pass()
	r.tamper()
	r.reimport()
	if r.w.Object != nil && r.OneIn(20) {
		r.destroy()
		return
	}
	early, config := r.obscure()
	if !r.refresh() || r.t.Failed() {
		return
	}
	if saved := r.plan(early); saved != nil && !r.t.Failed() {
		if r.config = config; r.outdated(saved) {
			return
		}
		if r.OneIn(4) {
			r.note("the plan is applied 30 h later")
			r.Clock.Advance(30 * time.Hour)
			r.stale = true
		}
		r.apply(saved)
	}
}

// destroy destroys what there is, perhaps with trouble.
func (r *randomRun) destroy() {
	r.t.Helper()
	r.note("terraform destroy")
	r.calm = false
	if r.OneIn(2) {
		r.fault()
	}
	diagnostics := r.w.Destroy()
	r.peace()
	r.note("destroyed: %s", diagnostics.Errors())
	r.judge("destroy", diagnostics)
	r.accountFor(diagnostics)
	// What was deleted, and could not be confirmed, a run without a refresh still believes to be there.
	r.troubled, r.tampered = false, r.tampered || diagnostics.Failed()
}

// end destroys everything: of what was minted nothing is left then but what nobody could know.
func (r *randomRun) end() {
	r.t.Helper()
	r.note("the end")
	// An error may advise to do something first.
	for range 3 {
		if r.w.Object == nil && len(r.w.Deposed) == 0 {
			break
		}
		if diagnostics := r.w.Refresh(); diagnostics.Failed() {
			r.t.Errorf("the last refresh has failed: %s", diagnostics.Errors())
		}
		r.judge("destroy", r.w.Destroy())
	}
	if r.w.Object != nil || len(r.w.Deposed) > 0 {
		r.t.Errorf("left is %v, %v", r.w.Object, r.w.Deposed)
	}
	r.accountFor(nil)
	for _, token := range r.alive() {
		r.t.Errorf("left is %s, %s", token.ID, token.Name)
	}
	if r.End != nil {
		r.End()
	}
}

// alive are the tokens that are stored, have not expired, and may be the resource's.
func (r *randomRun) alive() []Token {
	return slices.DeleteFunc(r.Stored(), func(k Token) bool {
		_, isStranger := r.strangers[k.ID]
		_, isNamed := r.named[k.ID]
		return isStranger || isNamed || k.expired(r.Clock.Now())
	})
}
