package system

import "sync"

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
