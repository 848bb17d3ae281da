package magpie_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

const (
	// usualSeeds is how many walks a usual test run takes of each kind; MINT_SEEDS takes more.
	usualSeeds = 6
	// stepsOfWalk is how long a walk is.
	stepsOfWalk = 20
	// stepsShown is how much of the way a failure tells.
	stepsShown = 24
)

// TestMagpieAccessToken_random walks through random edits, disturbances, plans and applies, and checks after each step what must hold
// whatever happens.
func TestMagpieAccessToken_random(t *testing.T) {
	t.Parallel()
	seeds := usualSeeds
	if text := os.Getenv("MINT_SEEDS"); text != "" {
		var err error
		if seeds, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	// Walks wait more than they work, but hundreds at the same time would make each other's requests late.
	const atATime = 24
	for from := 0; from < seeds; from += atATime {
		walks := map[string]func(*testing.T){}
		for seed := from; seed < min(seeds, from+atATime); seed++ {
			for _, kind := range []string{service, exclusive} {
				walks[fmt.Sprintf("%s/seed %d", kind, seed)] = func(t *testing.T) {
					t.Helper()
					newWalk(t, kind, uint64(seed)).run()
				}
			}
		}
		together(t, walks, func(t *testing.T, walk func(*testing.T)) {
			t.Helper()
			walk(t)
		})
	}
}

// walk is one resource on a random way, which depends on its seed alone.
type walk struct {
	*life
	t      *testing.T
	random *rand.Rand
	style  fake.Switches
	// config is the configuration as it is once everything in it is known.
	config     map[string]any
	generation int
	keys       []age.Identity
	recipients []string
	// tainted is set after a creation that has failed half-way.
	tainted bool
	// replaces is set when the last plan was one of a replacement, and destroyed when that got as far as its creation.
	replaces, destroyed bool
	// removed is set when somebody has deleted a generation between the last plan and its apply.
	removed bool
	// strangers are the tokens that others have made.
	strangers map[string]bool
	// loose are tokens that nothing proves to be this resource's: a process died after it had minted them and before it could mark
	// them, or their answer was lost. All that can be done is to name them.
	loose map[string]bool
	way   []string
}

func newWalk(t *testing.T, kind string, seed uint64) *walk {
	t.Helper()
	w := &walk{
		t: t, random: rand.New(rand.NewPCG(seed, uint64(len(kind)))),
		config: map[string]any{}, strangers: map[string]bool{}, loose: map[string]bool{},
	}
	w.style = w.anyStyle()
	w.life = emulate(t, switched(func(s *fake.Switches) { *s = w.style })).life(kind)
	for range 2 {
		key := newKey(t)
		w.keys, w.recipients = append(w.keys, key), append(w.recipients, key.Recipient().String())
	}
	w.generation = 1
	w.config = with("rotation_triggers", "1", "disabled", false)
	if w.overlaps() {
		w.config["overlap"] = "24h"
	}
	w.note("lifetime %s, ids told %t, expired hidden %t, descriptions hidden %t, empty %s, clearing %s, order %s, unknown ids %d", time.Duration(w.style.TokenLifetime),
		w.style.CreateID, w.style.HideExpired, w.style.HideDescription, w.style.EmptyDescription, w.style.ClearDescription, w.style.ListOrder, w.style.UnknownIDStatus)
	return w
}

// anyStyle is an organization of one kind or another.
func (w *walk) anyStyle() fake.Switches {
	return fake.Switches{
		TokenLifetime:    fakeapi.Duration(pick(w.random, 0, 720*time.Hour)),
		CreateID:         w.chance(2),
		HideExpired:      w.chance(2),
		HideDescription:  w.chance(6),
		ClearDescription: pick(w.random, "clears", "clears", "clears", "ignored", "refused"),
		EmptyDescription: pick(w.random, "null", "missing", "empty"),
		ListOrder:        pick(w.random, "oldest_first", "newest_first", "shuffled"),
		TimeForm:         pick(w.random, "iso_z", "iso_z_millis", "epoch_seconds"),
		UnknownIDStatus:  pick(w.random, 404, 400, 500, 200),
	}
}

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

// chance is true once in so many times.
func (w *walk) chance(in int) bool { return w.random.IntN(in) == 0 }

func (w *walk) overlaps() bool { return w.kind != exclusive }

func (w *walk) note(format string, args ...any) { w.way = append(w.way, fmt.Sprintf(format, args...)) }

// run walks. A failure tells the last steps; the seed is in the test's name.
func (w *walk) run() {
	defer func() {
		if w.t.Failed() {
			w.t.Logf("the way here:\n%s\n%s", w.way[0], strings.Join(w.way[max(1, len(w.way)-stepsShown):], "\n"))
		}
	}()
	for step := range stepsOfWalk {
		w.note("step %d", step)
		w.edit()
		w.wait(0, 0, 5*time.Minute, time.Hour, 10*time.Hour, 25*time.Hour, 100*time.Hour, 300*time.Hour)
		w.disturb()
		w.step()
		if w.t.Failed() {
			return
		}
	}
	w.end()
}

func (w *walk) wait(times ...time.Duration) {
	if d := pick(w.random, times...); d > 0 {
		w.note("%s pass", d)
		w.o.Clock().Advance(d)
	}
}

// edit changes the configuration, or does not.
func (w *walk) edit() {
	set := func(name string, value any) {
		maps.Copy(w.config, with(name, value))
		w.note("set %s to %v", name, value)
	}
	switch w.random.IntN(12) {
	case 0, 1, 2, 3:
		w.generation++
		set("rotation_triggers", strconv.Itoa(w.generation))
	case 4:
		if w.overlaps() {
			set("overlap", pick[any](w.random, nil, "24h", "24h", "48h"))
		}
	case 5:
		// Where a text cannot be cleared, the difference stays.
		if w.style.ClearDescription != "clears" {
			set("description", pick[any](w.random, "one", "two"))
		} else {
			set("description", pick[any](w.random, nil, "", "one", "two"))
		}
	case 6:
		set("disabled", w.chance(3))
	case 7:
		switch w.random.IntN(3) {
		case 0:
			set("encrypt_secret_to", nil)
		case 1:
			set("encrypt_secret_to", w.recipients[:1])
		default:
			set("encrypt_secret_to", w.recipients[1:])
		}
	case 8:
		set("rotate_before_expiry", pick[any](w.random, nil, "48h", "100h", "900h"))
	}
}

// disturb lets others do something.
func (w *walk) disturb() {
	switch {
	case w.chance(8):
		w.remove()
	case w.chance(10):
		w.stranger()
	}
}

// remove lets somebody else delete one of the generations, and reports whether there was one.
func (w *walk) remove() bool {
	if w.now == nil {
		return false
	}
	name := "id"
	if w.overlaps() && w.chance(2) {
		name = "previous_id"
	}
	if _, there := w.o.Magpie.Token(w.now.text(name)); !there {
		return false
	}
	w.note("%s %s is deleted elsewhere", name, w.now.text(name))
	w.o.forget(w.now.text(name))
	w.o.Clock().Advance(settled)
	return true
}

// stranger lets somebody else make a token.
func (w *walk) stranger() {
	text := pick(w.random, "", "theirs", "terraform-provider-mint: rotation of 4711 under way")
	token := w.o.seed(robot, func(t *fake.Token) { t.Description = text })
	w.strangers[token.ID] = true
	w.note("somebody makes %s, described as %q", token.ID, text)
}

// unsure makes something unknown that the configuration says: it is known only when the plan is applied, and may be another then.
func (w *walk) unsure() map[string]any {
	early := maps.Clone(w.config)
	if w.now == nil || !w.chance(5) {
		return early
	}
	names := []string{"rotation_triggers", "rotate_before_expiry", "encrypt_secret_to", "description"}
	if w.overlaps() {
		names = append(names, "overlap")
	}
	name := pick(w.random, names...)
	early[name] = unknownOf(w.o.protocol(), w.kind, name)
	if name == "rotation_triggers" {
		kind := tftypes.Map{ElementType: tftypes.String}
		early[name] = tftypes.NewValue(kind, map[string]tftypes.Value{"generation": tftypes.NewValue(tftypes.String, tftypes.UnknownValue)})
		if w.chance(2) {
			w.generation++
			maps.Copy(w.config, with(name, strconv.Itoa(w.generation)))
		}
	}
	w.note("%s is not known yet, and will be %v", name, w.config[name])
	return early
}
