package api

import "maps"

// claims are what a run has seen of resources that own all tokens of a service account, of which there can be only one.
type claims struct {
	// created is set once one is planned to be created; kept are the ids of the tokens of those that are planned to stay, and stored
	// those of all that the state has.
	created      bool
	kept, stored map[string]bool
}

func (c *Client) claimsOf(account Account) *claims {
	if c.claims[account] == nil {
		c.claims[account] = &claims{kept: map[string]bool{}, stored: map[string]bool{}}
	}
	return c.claims[account]
}

// ClaimCreated notes that a resource is planned to be created that owns all tokens of an account. It reports whether another one is
// planned to own them, too.
func (c *Client) ClaimCreated(account Account) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	claimed := c.claimsOf(account)
	isContested := claimed.created || len(claimed.kept) > 0
	claimed.created = true
	return isContested
}

// ClaimKept does the same for a resource that stays, with the id of its token. It tells others that are to be created from others that
// stay.
func (c *Client) ClaimKept(account Account, id string) (withCreated, withKept bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	claimed := c.claimsOf(account)
	claimed.kept[id], claimed.stored[id] = true, true
	return claimed.created, len(claimed.kept) > 1
}

// NoteStored notes that the state has a resource that owns all tokens of an account, with the id of its token.
func (c *Client) NoteStored(account Account, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.claimsOf(account).stored[id] = true
}

// Stored returns the ids of the tokens that such resources have in the state, as far as this run has seen them.
func (c *Client) Stored(account Account) map[string]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.claimsOf(account).stored)
}
