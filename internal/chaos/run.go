package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// breach is a promise that was broken.
type breach struct {
	// rule names the promise, so that a shortened sequence is known to break the same one.
	rule, what string
}

func (b breach) String() string { return b.rule + ": " + b.what }

// runner takes a world through a sequence.
type runner struct {
	sequence Sequence
	world    *world
	driver   driver
	config   []Resource
	other    map[string]bool

	// handed are the tokens that a message has left to a person, killed those that a process has left that died, and released those
	// that a person has taken out of the state; by id.
	handed, killed, released map[string]bool
	// reported are the addresses whose token the last command has said something about.
	reported map[string]string
	breaches []breach
	tally    tally
	log      []string
}

func newRunner(s Sequence, w *world, d driver) *runner {
	return &runner{
		sequence: s, world: w, driver: d, other: map[string]bool{}, handed: map[string]bool{}, killed: map[string]bool{}, released: map[string]bool{},
		tally: tally{faults: map[string]int{}},
	}
}

// Run takes a new world through a sequence, and through its end. It returns the first promises that were broken.
func Run(ctx context.Context, s Sequence, start func(*world, Sequence) (driver, error)) (*runner, error) {
	w, err := newWorld(ctx, s)
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.Close() }()
	d, err := start(w, s)
	if err != nil {
		return nil, err
	}
	r := newRunner(s, w, d)
	for i, step := range s.Steps {
		if ctx.Err() != nil {
			break
		}
		r.note("step %d: %s", i, describe(step))
		r.step(ctx, step)
	}
	if ctx.Err() == nil && len(r.breaches) == 0 {
		r.finish(ctx)
	}
	r.count()
	if err := d.close(); err != nil {
		return nil, err
	}
	return r, ctx.Err()
}

func (r *runner) note(format string, args ...any) {
	r.log = append(r.log, fmt.Sprintf(format, args...))
}

func (r *runner) breaks(rule, format string, args ...any) {
	b := breach{rule, fmt.Sprintf(format, args...)}
	r.note("BREACH %s", b)
	r.breaches = append(r.breaches, b)
}

// describe is a step in a line.
func describe(s Step) string {
	parts := []string{string(s.Do), s.Resource.Address, s.To, s.Act, s.System, s.Unknown}
	if s.Do == Invoke || s.Do == Inquire || s.Do == Ephemeral {
		parts = append(parts, s.Resource.Type)
	}
	if len(s.Resource.IgnoreChanges) > 0 {
		parts = append(parts, fmt.Sprintf("ignores %q", s.Resource.IgnoreChanges))
	}
	if s.Do == Order {
		parts = append(parts, s.Fault.System, s.Fault.Method, s.Fault.Route, s.Fault.Fault, fmt.Sprintf("× %d after %d", s.Fault.Times, s.Fine))
	}
	if len(s.Resource.Arguments) > 0 {
		parts = append(parts, fmt.Sprint(s.Resource.Arguments))
	}
	if s.After != 0 {
		parts = append(parts, time.Duration(s.After).String())
	}
	if s.Kill != nil {
		parts = append(parts, fmt.Sprintf("%+v", *s.Kill))
	}
	for word, is := range map[string]bool{"skip": s.Skip, "no refresh": s.NoRefresh, "other": s.Other, "previous": s.Previous} {
		if is {
			parts = append(parts, word)
		}
	}
	return strings.Join(slices.DeleteFunc(parts, func(one string) bool { return one == "" }), " ")
}

func (r *runner) step(ctx context.Context, s Step) {
	switch s.Do {
	case Set:
		r.set(s.Resource)
	case Remove:
		r.config = slices.DeleteFunc(r.config, func(one Resource) bool { return one.Address == s.Resource.Address })
	case Move:
		r.move(s.Resource.Address, s.To)
	case Apply, Plan, ApplySaved, Destroy:
		r.command(ctx, command{do: s.Do, noRefresh: s.NoRefresh, kill: s.Kill, unknownAt: s.Resource.Address, unknown: s.Unknown})
	case Ephemeral:
		r.command(ctx, command{do: Ephemeral, lent: s.Resource, skip: s.Skip, kill: s.Kill})
	case Invoke, Inquire:
		if p, can := r.driver.(performer); can && p.performs() {
			r.perform(ctx, s)
		}
	case Import:
		r.reimport(ctx, s.Resource.Address)
	case Adopt:
		r.adopt(ctx, s.Resource)
	case Wait:
		// No list lags for so long.
		r.world.wire.prompt()
		r.world.Clock().Advance(time.Duration(s.After))
	case Outside:
		r.outside(s)
	case Login:
		r.world.wire.prompt()
		r.other[s.System] = s.Other
	case Order:
		r.order(s)
	}
}

func (r *runner) set(resource Resource) {
	arguments, _ := r.world.resolve(resource.Arguments).(map[string]any)
	resource.Arguments = arguments
	for i := range r.config {
		if r.config[i].Address == resource.Address {
			// A time that counts from a step is not set again with every edit of something else.
			if old := r.config[i].Arguments["expires_at"]; old != nil && resource.Arguments["expires_at"] != nil && r.isAhead(old) {
				resource.Arguments["expires_at"] = old
			}
			r.config[i] = resource
			return
		}
	}
	r.config = append(r.config, resource)
}

// isAhead reports whether a time lies ahead.
func (r *runner) isAhead(text any) bool {
	at, err := time.Parse(time.RFC3339, fmt.Sprint(text))
	return err == nil && at.After(r.world.Clock().Now().Add(time.Hour))
}

func (r *runner) move(from, to string) {
	for i := range r.config {
		if r.config[i].Address == from {
			r.config[i].Address = to
			if err := r.driver.move(from, to); err != nil {
				r.breaks("move", "%s to %s: %s", from, to, err)
			}
		}
	}
}

// command runs one, and checks what holds after every one.
func (r *runner) command(ctx context.Context, c command) result {
	c.config, c.block = slices.Clone(r.config), r.world.block(r.other)
	before := map[string]bool{}
	for _, k := range r.world.stored() {
		before[k.ID] = true
	}
	sent := len(r.world.Journal().Entries())
	done := r.driver.run(ctx, c)
	r.tally.commands++
	if done.dead {
		r.tally.kills++
		// By the time that somebody starts the next run, lists are prompt. Where they are not, nothing tells a token without a name that a killed run
		// has left from the next run's own.
		r.world.wire.prompt()
		r.world.Faults().Clear()
	}
	for _, entry := range r.world.Journal().Entries()[sent:] {
		r.note("    %s %s %d %s", entry.Method, entry.Path, entry.Status, entry.Fault)
	}
	r.note("%s: failed in %q, dead %t, changes %q", c.do, done.failed, done.dead, done.changes)
	for _, m := range done.said {
		r.note("  %s: %s", m.address, m.text)
	}
	for _, bug := range done.bugs {
		r.breaks("terraform", "%s", bug)
	}
	r.conceals(done)
	r.accountFor(done, c.skip, before)
	r.reported = map[string]string{}
	for _, m := range done.said {
		r.reported[m.address] += m.text
	}
	return done
}

// accountFor notes of which new tokens that no state leads to a message has told, and which a dead process has left.
func (r *runner) accountFor(done result, skipped bool, before map[string]bool) {
	for _, k := range r.lost() {
		switch {
		case !before[k.ID] && slices.ContainsFunc(done.said, func(m message) bool { return describes(m, k) }),
			slices.ContainsFunc(done.said, func(m message) bool { return handsOver(m, k) }):
			r.note("  handed over: %s", k)
			r.handed[k.ID] = true
		case (done.dead || skipped) && !before[k.ID]:
			r.note("  left by a dead process: %s", k)
			r.killed[k.ID] = true
		default:
			r.note("  nobody knows, so far: %s", k)
		}
	}
}

// handsOver reports whether a message leaves a token to a person, and does not promise to revoke it with the next apply.
func handsOver(m message, k token) bool {
	return (strings.Contains(m.text, k.ID) || k.Name != "" && strings.Contains(m.text, `"`+k.Name+`"`)) && !strings.Contains(m.text, "It is not forgotten")
}

// describes reports whether a message describes a new token that has no name and whose id nobody knows.
func describes(m message, k token) bool {
	return k.System == magpie.Name && (strings.Contains(m.text, "nobody else created") || strings.Contains(m.text, "a new token, whose secret nobody knows"))
}

// reimport takes a resource out of the state and imports its token again, where that loses no other one.
func (r *runner) reimport(ctx context.Context, address string) {
	i := slices.IndexFunc(r.driver.held(), func(d document) bool { return d.address == address && !d.deposed })
	if i < 0 || slices.ContainsFunc(r.driver.held(), func(d document) bool { return d.address == address && d.deposed }) {
		return
	}
	held := r.driver.held()[i]
	id := importID(held)
	if id == "" || held.tainted || held.text("previous_id") != "" || r.leadsToOthers(held) {
		r.note("not imported: that would lose a token")
		return
	}
	if err := r.driver.forget(address); err != nil {
		r.breaks("forget", "%s: %s", address, err)
		return
	}
	done := r.command(ctx, command{do: Import, address: address, id: id})
	if done.failed == "" {
		return
	}
	// The person who has taken it out of the state looks after the token.
	for _, k := range r.world.ours() {
		if k.ID == held.text(nounOf(held.kind).current) || k.Account != "" && k.Account == held.text("id") {
			r.released[k.ID] = true
		}
	}
}

// importID is what an object is imported by.
func importID(held document) string {
	switch held.kind {
	case magpieService:
		if held.text("id") == "" {
			return ""
		}
		return held.text("user_name") + "/" + held.text("id")
	case magpieExclusive:
		return ""
	}
	return held.text("id")
}

// leadsToOthers reports whether an object leads to more than its current token.
func (r *runner) leadsToOthers(held document) bool {
	current := held.text(nounOf(held.kind).current)
	return slices.ContainsFunc(r.world.ours(), func(k token) bool { return k.ID != current && r.leadsTo(held, k) })
}

// adopt imports what somebody else has made.
func (r *runner) adopt(ctx context.Context, resource Resource) {
	name, _ := resource.Arguments["name"].(string)
	var names []string
	if name != "" {
		names = []string{name}
	}
	foreign, err := r.world.addForeign(resource.Type, names...)
	if err != nil {
		r.note("nothing to adopt: %s", err)
		return
	}
	id := foreign.ID
	switch resource.Type {
	case magpieService:
		id = loader + "/" + id
	case tfyAccount:
		id = foreign.Account
	}
	r.set(resource)
	delete(r.world.foreign, foreign.ID)
	if done := r.command(ctx, command{do: Import, address: resource.Address, id: id}); done.failed != "" {
		r.world.foreign[foreign.ID] = foreign
		r.config = slices.DeleteFunc(r.config, func(one Resource) bool { return one.Address == resource.Address })
	}
}

// order lets requests go wrong, after some that go well.
func (r *runner) order(s Step) {
	if s.Fine > 0 && !strings.HasPrefix(s.Fault.Fault, "lag:") {
		fine := s.Fault
		fine.Fault, fine.Times = "slow:0s", s.Fine
		if err := r.world.Faults().Add(fine); err != nil {
			r.breaks("fault", "%s", err)
		}
	}
	if strings.HasPrefix(s.Fault.Fault, "lag:") {
		r.world.wire.expect(s.Fault)
	} else if err := r.world.Faults().Add(s.Fault); err != nil {
		r.breaks("fault", "%s", err)
	}
}

// count adds up what the world has seen.
func (r *runner) count() {
	r.tally.sequences = 1
	for _, entry := range r.world.Journal().Entries() {
		r.tally.requests++
		if entry.Fault != "" && entry.Fault != "slow:0s" {
			r.tally.faults[entry.Fault]++
		}
	}
	alive := map[string]bool{}
	for _, k := range r.world.ours() {
		alive[k.ID] = true
	}
	for id := range maps.Keys(r.handed) {
		if alive[id] {
			r.tally.named++
		}
	}
	for id := range maps.Keys(r.killed) {
		if alive[id] && !r.handed[id] {
			r.tally.leftByKills++
		}
	}
}
