package magpie_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// mortal is the network of a process that is killed after some requests: from then on nothing goes out or comes in.
type mortal struct {
	left atomic.Int64
	// deaf is set for one that is killed between the last request and its answer.
	deaf bool
}

// RoundTrip implements [http.RoundTripper].
func (m *mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	left := m.left.Add(-1)
	if left < 0 {
		return nil, errors.New("the process is dead")
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && left == 0 && m.deaf {
		_ = answer.Body.Close()
		return nil, errors.New("the process is dead")
	}
	return answer, err
}

// step refreshes, plans, and applies what was planned, perhaps later.
func (w *walk) step() {
	p := w.o.protocol()
	if w.now != nil {
		read := p.read(w.kind, *w.now)
		w.healthy("refresh", read)
		if w.now = &read; read.isNull() {
			w.note("it is gone")
			w.now, w.tainted = nil, false
		}
		w.check()
	}
	early, plans := w.plan(p)
	if !plans {
		return
	}
	if w.chance(4) {
		w.note("the plan is saved")
		w.wait(30 * time.Hour)
	}
	before := w.o.ids()
	w.removed = false
	switch w.random.IntN(6) {
	case 0:
		w.die(early, before)
	case 1, 2:
		w.apply(early, before, w.trouble())
	default:
		w.apply(early, before, false)
	}
	w.check()
}

// plan plans, and reports whether there is anything to apply. What is to be replaced Terraform plans again, as a creation.
func (w *walk) plan(p *protocol) (answer, bool) {
	config := arguments(w.kind, w.unsure())
	w.replaces = w.tainted
	var early answer
	if w.now != nil && !w.replaces {
		early = p.plan(w.kind, w.now, config)
		w.replaces = early.replaces
	}
	if w.now == nil || early.errors() == "" && w.replaces {
		early = p.plan(w.kind, nil, config)
	}
	if w.isRefused(early) {
		return early, false
	}
	w.sealed(early)
	return early, w.now == nil || w.replaces || !early.equals(*w.now)
}

// trouble makes something go wrong in an apply.
func (w *walk) trouble() bool {
	switch {
	case w.overlaps() && w.chance(4):
		w.note("somebody makes a token in the middle")
		w.o.meanwhile(w.stranger)
		return true
	case w.chance(8):
		w.removed = w.remove()
		return w.removed
	}
	at := pick(w.random, []string{"GET", userRoute}, []string{"POST", mintOf(w.kind)}, []string{"PUT", textRoute}, []string{"PUT", statusRoute}, []string{"DELETE", itemRoute})
	words := []string{"status:403", "status:400", "drop-before", "drop-after", "500-after", "html"}
	word := pick(w.random, words...)
	if slow := w.random.IntN(3); slow > 0 {
		w.o.fault(at[0], at[1], "slow:1ms", slow)
	}
	times := 1 + w.random.IntN(2)
	w.o.fault(at[0], at[1], word, times)
	w.note("%s %s meets %s, %d times", at[0], at[1], word, times)
	return true
}

// die applies in a process that is killed on the way: nobody learns of what it did.
func (w *walk) die(early answer, before []string) {
	network := &mortal{deaf: w.chance(2)}
	network.left.Store(int64(2 + w.random.IntN(16)))
	w.note("the process is killed after %d requests, deaf %t", network.left.Load(), network.deaf)
	known, tainted := w.now, w.tainted
	w.o.env.Transport = network
	w.carry(early)
	w.o.env.Transport = nil
	if w.destroyed {
		// That was saved before the creation began.
		known, tainted = nil, false
	}
	w.now, w.tainted = known, tainted
	for _, id := range w.fresh(before) {
		if !w.isMarked(id) {
			w.note("%s is loose", id)
			w.loose[id] = true
		}
	}
}

// fresh are the tokens that were minted since.
func (w *walk) fresh(before []string) []string {
	return slices.DeleteFunc(w.o.ids(), func(id string) bool { return slices.Contains(before, id) || w.strangers[id] })
}

// apply applies, and holds what became of it to what must hold.
func (w *walk) apply(early answer, before []string, troubled bool) {
	last := w.now
	done, made := w.carry(early)
	w.o.Faults().Clear()
	w.o.Magpie.OnBeforeCreate(func(string) {})
	w.note("%s: %s", done, made.errors())
	w.name(made, before)
	if made.errors() != "" {
		if !troubled && !w.isRefused(made) {
			w.t.Errorf("without any trouble: %s", made.errors())
		}
		return
	}
	if done == "rotate" {
		w.namesLoose(*last, made)
	}
	if !w.removed {
		w.quiet()
	}
}

// carry carries a plan out, replacement and all, and returns what was done and the last answer. Terraform plans again then, and holds
// that plan to the one before.
func (w *walk) carry(early answer) (string, answer) {
	p := w.o.protocol(impatience)
	w.destroyed = false
	config := arguments(w.kind, w.config)
	done := "update"
	switch {
	case w.now == nil:
		done = "create"
	case w.replaces:
		done = "replace"
		gone := p.destroy(w.kind, *w.now)
		if gone.errors() != "" {
			if !gone.isNull() {
				w.now = &gone
			}
			return "destroy", gone
		}
		w.now, w.tainted, w.destroyed = nil, false, true
	}
	late := p.plan(w.kind, w.now, config)
	if late.errors() != "" {
		return "plan", late
	}
	w.sealed(late)
	early.narrowsTo(late)
	if w.now != nil {
		if late.equals(*w.now) {
			return "nothing", late
		}
		if !late.values()["id"].IsKnown() {
			done = "rotate"
		}
	}
	made := p.carryOut(w.kind, w.now, late, config)
	if w.now == nil {
		w.tainted = made.errors() != ""
	}
	if w.now = &made; made.isNull() {
		w.now, w.tainted = nil, false
	}
	return done, made
}

// isRefused reports an error that is right, and does what it advises.
func (w *walk) isRefused(a answer) bool {
	text := a.errors()
	switch {
	case text == "":
		return false
	case strings.Contains(text, "rotated in every run"):
		w.config["rotate_before_expiry"] = nil
	case strings.Contains(text, "must be known while planning"):
	case strings.Contains(text, "its id could not be told"):
		w.findOut()
		if strings.Contains(text, "terraform state rm") && strings.Contains(text, "deleting it could hit") {
			w.now, w.tainted = nil, false
		}
	default:
		w.t.Errorf("refused: %s", text)
	}
	w.note("refused: %s", text)
	return true
}

// findOut deletes the token whose id the state lacks, as a person would who has found out which one it is.
func (w *walk) findOut() {
	for _, token := range w.o.stored() {
		if token.Secret == w.held("token", "encrypted_secret") {
			w.o.forget(token.ID)
			w.note("%s is found out and deleted", token.ID)
		}
	}
	w.o.Clock().Advance(settled)
}

// end destroys what there is: only what others made is left then, and what is loose.
func (w *walk) end() {
	for range 3 {
		if w.now == nil {
			break
		}
		read := w.o.protocol().read(w.kind, *w.now)
		w.healthy("refresh", read)
		if w.now = &read; read.isNull() {
			w.now = nil
			break
		}
		gone := w.o.protocol().destroy(w.kind, read)
		w.now = &gone
		if !w.isRefused(gone) {
			w.now = nil
		}
	}
	w.note("the end")
	w.check()
}
