package system

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
