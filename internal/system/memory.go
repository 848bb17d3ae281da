package system

import (
	"maps"
	"sync"
)

// memory is what a run remembers of a system; the mutex of the connection guards it.
type memory struct {
	// complained tells that the problem of the connection has been shown, and failed that a resource has shown it.
	complained, failed bool

	claimed, reported   map[error]bool
	notices, remembered map[string]bool
	counts, firsts      map[string]int
	onces               map[string]*sync.Once
	notes               map[string]string
}

func newMemory() memory {
	return memory{
		claimed: map[error]bool{}, reported: map[error]bool{}, notices: map[string]bool{}, remembered: map[string]bool{},
		counts: map[string]int{}, firsts: map[string]int{}, onces: map[string]*sync.Once{}, notes: map[string]string{},
	}
}

func (m memory) clone() memory {
	m.claimed, m.reported, m.notices, m.remembered = maps.Clone(m.claimed), maps.Clone(m.reported), maps.Clone(m.notices), maps.Clone(m.remembered)
	m.counts, m.firsts, m.onces, m.notes = maps.Clone(m.counts), maps.Clone(m.firsts), maps.Clone(m.onces), maps.Clone(m.notes)
	return m
}

// Memory is what a run remembers, by the names of the systems: what it has said and counted, and which objects it has seen. It is for whoever
// compares what two ways of doing the same leave behind; [reflect.DeepEqual] tells.
type Memory map[string]memory

// Memory returns a copy of what is remembered by now.
func (d ProviderData) Memory() Memory {
	all := Memory{}
	for name, c := range d {
		c.mu.Lock()
		all[name] = c.memory.clone()
		c.mu.Unlock()
	}
	return all
}

// Recall goes back to what was remembered before.
func (d ProviderData) Recall(all Memory) {
	for name, c := range d {
		c.mu.Lock()
		c.memory = all[name].clone()
		c.mu.Unlock()
	}
}

// Remember notes that an object of an id is in a state of this run.
func (c *Connection) Remember(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remembered[id] = true
}

// Remembers reports whether an object of an id is in a state of this run, as far as its states have been seen.
func (c *Connection) Remembers(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.remembered[id]
}

// Count notes how many more or fewer objects of a kind there are by what this run plans and does, and returns how many more there are
// by all of that.
func (c *Connection) Count(kind string, change int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[kind] += change
	return c.counts[kind]
}

// First returns the number that this run noted first for a kind.
func (c *Connection) First(kind string, number int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if first, isNoted := c.firsts[kind]; isNoted {
		return first
	}
	c.firsts[kind] = number
	return number
}

// Once does something the first time that it is asked for under a key. Who comes meanwhile waits.
func (c *Connection) Once(key string, do func()) {
	c.mu.Lock()
	once := c.onces[key]
	if once == nil {
		once = &sync.Once{}
		c.onces[key] = once
	}
	c.mu.Unlock()
	once.Do(do)
}

// Note remembers a text under a key for the run; an empty one forgets it.
func (c *Connection) Note(key, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notes[key] = text
}

// Noted is the text that was noted under a key; empty where there is none.
func (c *Connection) Noted(key string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.notes[key]
}
