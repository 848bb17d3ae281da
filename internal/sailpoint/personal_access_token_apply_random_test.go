package sailpoint_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// apply carries a saved plan out, in a process that may die.
func (c *course) apply(first *saved) {
	c.t.Helper()
	if c.bury(); c.t.Failed() {
		return
	}
	if c.calm = false; c.chance(3) {
		c.disturb()
	}
	e, fate := c.mortal()
	done := false
	switch before := c.now; {
	case first.replace && c.createFirst:
		if done = c.change(e, fate, nil, first); c.now != before {
			c.deposed = append(c.deposed, before)
		}
	case first.replace:
		if c.now = c.destroyed(e, fate, c.now); c.now == nil && !c.t.Failed() {
			done = c.change(e, fate, nil, first)
		}
	default:
		done = c.change(e, fate, c.now, first)
	}
	if c.undisturb(); c.t.Failed() {
		return
	}
	if c.known(); done {
		c.check()
	}
}

// change creates, updates or rotates, and reports whether that has succeeded.
func (c *course) change(e *engine, fate *mortal, from *object, first *saved) bool {
	c.t.Helper()
	plan := c.again(e, from, first, fate)
	if plan == nil || c.t.Failed() {
		return false
	}
	made, diagnostics := e.tryApply(from, plan, c.config)
	failure := failures(diagnostics)
	if c.note("apply: %s", failure); fate.died() {
		c.note("the process has died")
		if from == nil {
			// Nothing but its making tells of this one: it is for a person to find.
			c.strays(func(string, string) bool { return true })
		}
		return false
	}
	state := e.attributes(made.state)
	if state == nil {
		c.strays(func(id, name string) bool { return strings.Contains(failure, id) || strings.Contains(failure, name) })
	} else {
		c.now = made
		c.note("state %s, previous %s until %s, %s; %s", state.text("id"), state.text("previous_id"), state.text("previous_revoked_after"), state.text("status"), c.remembered(made))
	}
	if failure != "" {
		if !c.disturbed {
			c.t.Errorf("the apply failed: %s", failure)
		}
		return false
	}
	e.keeps(plan, made.state)
	c.accepted = c.config
	return true
}

// strays deletes the tokens that no state answers for, as whoever reads the error of a creation would. They must be nameable.
func (c *course) strays(nameable func(id, name string) bool) {
	c.t.Helper()
	for _, token := range c.Minted() {
		if c.answersFor(token.ID, token.Name) {
			continue
		}
		if !nameable(token.ID, token.Name) {
			c.t.Errorf("a creation has left %s behind, and does not say so", token.ID)
		}
		c.note("somebody deletes the stray %s", token.ID)
		c.remove(token.ID)
	}
}

// destroyNow destroys what there is, in a process that lives.
func (c *course) destroyNow() {
	c.t.Helper()
	c.calm = false
	e := c.process()
	e.fine(e.planDestroy(c.now).Diagnostics)
	c.now = c.destroyed(e, nil, c.now)
	c.known()
}

// destroyed is what is left of an object: nil where its end has succeeded.
func (c *course) destroyed(e *engine, fate *mortal, from *object) *object {
	c.t.Helper()
	left, diagnostics := e.destroyed(from)
	failure := failures(diagnostics)
	c.note("destroy: %s", failure)
	switch {
	case fate.died():
		c.note("the process has died")
		return from
	case failure == "":
		return nil
	case !c.disturbed:
		c.t.Errorf("the end failed: %s", failure)
	}
	return left
}

// bury destroys what has been replaced, as every apply begins with.
func (c *course) bury() {
	c.t.Helper()
	var left []*object
	for _, object := range c.deposed {
		e := c.process()
		read, diagnostics := e.read(object)
		if e.fine(diagnostics); e.attributes(read.state) == nil {
			continue
		}
		if object = c.destroyed(e, nil, read); object != nil {
			left = append(left, object)
		}
	}
	c.deposed = left
}

// check is what must hold after an apply that has succeeded.
func (c *course) check() {
	c.t.Helper()
	e := c.process()
	read, diagnostics := e.read(c.now)
	e.fine(diagnostics)
	state := e.attributes(read.state)
	if state == nil {
		c.t.Error("gone right after the apply")
		return
	}
	c.secrets(state, c.now)
	plan := e.plan(read, c.config)
	if failure := failures(plan.Diagnostics); failure != "" {
		c.note("plan right after the apply: %s", failure)
		return
	}
	c.calm = true
	if !c.pending(e, read) && (len(plan.RequiresReplace) > 0 || !same(e.attributes(plan.PlannedState), state)) {
		c.t.Errorf("right after the apply a change is planned, for %v: %v to %v", plan.RequiresReplace, state, e.attributes(plan.PlannedState))
	}
}

// secrets uses the secrets of a state for tokens that are alive. With recipients, none is there in plain.
func (c *course) secrets(state values, of *object) {
	c.t.Helper()
	if c.conceals([]byte(c.remembered(of))); !state["encrypt_secret_to"].IsNull() {
		c.conceals(of.state.MsgPack)
	}
	for _, token := range c.Minted() {
		for prefix, id := range map[string]string{"": "id", "previous_": "previous_id"} {
			plain, sealed := state.text(prefix+"secret"), state.text(prefix+"encrypted_secret")
			switch {
			case state.text(id) != token.ID:
			case plain != "":
				c.mustWork(token.ID, plain)
			case sealed != "":
				c.mustWork(token.ID, c.key.decrypt(c.t, sealed))
			}
		}
	}
}

// pending reports that an object waits for an apply without any change of the configuration.
func (c *course) pending(e *engine, of *object) bool {
	c.t.Helper()
	if of == nil {
		return true
	}
	var record rotation.Record
	if err := json.Unmarshal([]byte(c.remembered(of)), &record); err != nil {
		c.t.Fatal(err)
	}
	status := e.attributes(of.state).text("status")
	return record.Due || record.PreviousDue || record.ExpiryMoved || len(record.Owed) > 0 || status != rotation.StatusActive
}

// known fails the test if a token is alive that nobody would ever end.
func (c *course) known() {
	c.t.Helper()
	for _, token := range c.Minted() {
		if !c.answersFor(token.ID, token.Name) {
			c.t.Errorf("nobody knows the token %s, named %s", token.ID, token.Name)
		}
	}
}

// answersFor reports whether what Terraform holds leads to a token: by its id, or by the name that only the next generation of a
// token has.
func (c *course) answersFor(id, name string) bool {
	return slices.ContainsFunc(append([]*object{c.now}, c.deposed...), func(of *object) bool {
		if of == nil {
			return false
		}
		state := c.attributes(of)
		prefix, _ := rotation.Prefix(name)
		return state.text("id") == id || state.text("previous_id") == id || strings.Contains(c.remembered(of), id) || name == rotation.NextName(prefix, state.text("id"))
	})
}

// mortal is a transport of a process that dies with one of its requests, before its answer or after it.
type mortal struct {
	left        atomic.Int32
	afterAnswer bool
}

// RoundTrip implements [http.RoundTripper].
func (m *mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	left := m.left.Add(-1)
	if left < 0 {
		return nil, errors.New("the process is dead")
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if left == 0 && !m.afterAnswer && err == nil {
		_ = answer.Body.Close()
		return nil, errors.New("the process is dead")
	}
	return answer, err
}

// died reports whether the process has come to its end; one without a fate lives.
func (m *mortal) died() bool { return m != nil && m.left.Load() <= 0 }

// mortal is a process that dies, sometimes; its fate is nil if it lives.
func (c *course) mortal() (*engine, *mortal) {
	c.t.Helper()
	if !c.chance(5) {
		return c.process(), nil
	}
	fate := &mortal{afterAnswer: c.chance(2)}
	requests := 1 + c.draw.IntN(7)
	fate.left.Store(int32(requests))
	c.env.Transport, c.impatience = fate, 5*time.Second
	defer func() { c.env.Transport, c.impatience = nil, 0 }()
	c.note("the process dies with request %d, after its answer %t", requests, fate.afterAnswer)
	return c.process(), fate
}
