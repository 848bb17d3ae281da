package fake

import (
	"slices"
	"time"
)

const day = 24 * time.Hour

// VirtualAccount is a virtual account as the tenant stores it.
type VirtualAccount struct {
	ID       string
	Manifest Manifest
	// Tokens are the issued tokens, oldest first; several live during a grace period.
	Tokens []IssuedToken
	// ActiveID is the jwtId of the active token.
	ActiveID string
	// Grants are the permissions in effect, which a manifest without permissions does not revoke.
	Grants       []Permission
	CreatedBy    Subject
	Created      time.Time
	Updated      time.Time
	LastAccessed *time.Time
	// Issued is when the active token was issued; automatic rotation counts from it.
	Issued time.Time
	// SyncedSecret is what the secret store holds, and SyncedID the jwtId of it.
	SyncedSecret string
	SyncedID     string
	SyncedAt     *time.Time

	seeded bool
}

// Name returns the name in the manifest.
func (a VirtualAccount) Name() string { return a.Manifest.text("name") }

// Secret returns the active token's secret, or nothing if there is none.
func (a VirtualAccount) Secret() string {
	token, _ := a.token(a.ActiveID)
	return token.Secret
}

func (a VirtualAccount) token(id string) (IssuedToken, bool) {
	index := slices.IndexFunc(a.Tokens, func(t IssuedToken) bool { return t.ID == id })
	if index < 0 {
		return IssuedToken{}, false
	}
	return a.Tokens[index], true
}

func (a VirtualAccount) subject() Subject {
	return Subject{ID: a.ID, Type: "virtualaccount", Slug: a.Name(), DisplayName: a.Name()}
}

// owner is the owning team, or whoever made the account.
func (a VirtualAccount) owner() string {
	if team := a.Manifest.team(); team != "" {
		return team
	}
	return a.CreatedBy.ID
}

// clone returns a copy that shares nothing with the store.
func (a VirtualAccount) clone() VirtualAccount {
	a.Manifest, a.Tokens, a.Grants = a.Manifest.clone(), cloneTokens(a.Tokens), slices.Clone(a.Grants)
	a.LastAccessed, a.SyncedAt = cloneTime(a.LastAccessed), cloneTime(a.SyncedAt)
	return a
}

// nextRotation is when the server rotates the token by itself; nil is never.
func (s *Server) nextRotation(a VirtualAccount) *time.Time {
	interval, _, rotates := a.Manifest.autoRotate()
	if !rotates {
		return nil
	}
	due := a.Issued.Add(interval)
	if end := s.expiration(a.Manifest); end != nil && !due.Before(*end) {
		return nil
	}
	return &due
}

// account finds a virtual account and lets the past happen to it first.
func (s *Server) account(id string) (VirtualAccount, bool) {
	a, exists := s.accounts.Get(id)
	if !exists {
		return a, false
	}
	return s.catchUp(a), true
}

func (s *Server) accountByName(name string) (VirtualAccount, bool) {
	return s.account(s.accountNames[name])
}

// catchUp does what the server did by itself since the account was last looked at: every rotation that came due, at the
// time it came due, and the end of grace periods. Nobody could have known the tokens in between.
func (s *Server) catchUp(a VirtualAccount) VirtualAccount {
	now := s.now()
	changed := false
	for {
		due := s.nextRotation(a)
		if due == nil || now.Before(*due) {
			break
		}
		_, grace, _ := a.Manifest.autoRotate()
		a, changed = s.reissue(a, *due, grace, ""), true
	}
	ended := func(t IssuedToken) bool { return t.ID != a.ActiveID && t.expired(now) }
	if !s.switches.KeepDeadJWTs && slices.ContainsFunc(a.Tokens, ended) {
		a.Tokens, changed = slices.DeleteFunc(cloneTokens(a.Tokens), ended), true
	}
	if changed {
		s.accounts.Touch(a.ID, a)
	}
	return a
}

// reissue gives an account a new active token and ends the previous one after a grace period.
func (s *Server) reissue(a VirtualAccount, at time.Time, grace time.Duration, secret string) VirtualAccount {
	a.Tokens = cloneTokens(a.Tokens)
	for i, t := range a.Tokens {
		end := at.Add(grace)
		if t.ID == a.ActiveID && (t.Expiry == nil || t.Expiry.After(end)) {
			a.Tokens[i].Expiry, a.Tokens[i].Updated = &end, at
		}
	}
	h := holder{kind: kindAccount, id: a.ID, name: a.Name(), subject: a.subject()}
	token := s.issue(h, a.Manifest.text("token_type"), secret, at, s.tokenEnd(a, at))
	a.Tokens = append(a.Tokens, token)
	a.ActiveID, a.Issued = token.ID, at
	return s.sync(a, at)
}

// tokenEnd is when a token expires that is issued for an account; nil is never.
func (s *Server) tokenEnd(a VirtualAccount, at time.Time) *time.Time {
	end := s.expiration(a.Manifest)
	limit := at.AddDate(0, 0, s.switches.AccountTokenDays)
	if s.switches.AccountTokenDays == 0 || end != nil && end.Before(limit) {
		return end
	}
	return &limit
}

// sync puts the active secret into the configured secret store.
func (s *Server) sync(a VirtualAccount, at time.Time) VirtualAccount {
	if a.Manifest["secret_store_config"] != nil && s.switches.SyncError == "" {
		a.SyncedSecret, a.SyncedID, a.SyncedAt = a.Secret(), a.ActiveID, &at
	}
	return a
}

// putStored stores an account and keeps the index of names.
func (s *Server) putStored(a VirtualAccount) {
	s.unnameAccount(a.ID)
	s.accountNames[a.Name()] = a.ID
	s.accounts.Put(a.ID, a)
}

func (s *Server) removeAccount(id string) bool {
	s.unnameAccount(id)
	return s.accounts.Delete(id)
}

func (s *Server) unnameAccount(id string) {
	old, exists := s.accounts.Get(id)
	if exists && s.accountNames[old.Name()] == id {
		delete(s.accountNames, old.Name())
	}
}

// accountRow is a virtual account as lists and single answers show it.
func (s *Server) accountRow(a VirtualAccount, listed bool) map[string]any {
	end := s.expiration(a.Manifest)
	return s.rowJSON(row{
		id: a.ID, name: a.Name(), manifest: s.manifestEcho(a), activeID: a.ActiveID, tokens: a.Tokens,
		subject: a.subject(), createdBy: a.CreatedBy, created: a.Created, updated: a.Updated,
		lastAccessed: a.LastAccessed, expired: end != nil && !s.now().Before(*end),
		grants: a.Grants, nextRotation: s.nextRotation(a),
	}, listed)
}
