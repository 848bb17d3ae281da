package fake

import "time"

// PersonalAccessToken is a personal access token as the tenant stores it.
type PersonalAccessToken struct {
	ID   string
	Name string
	// Owner is the ID of the owning user.
	Owner   string
	Team    string
	Account string
	// TokenType is what was asked for; empty is the tenant's default.
	TokenType string
	// ExpirationDate is the text as it was sent, or as the tenant imposed it.
	ExpirationDate string
	// Expiration is nil for a token that never expires.
	Expiration   *time.Time
	Token        IssuedToken
	CreatedBy    Subject
	Created      time.Time
	Updated      time.Time
	LastAccessed *time.Time

	// own tells that the token belongs to the stage setting: system-made or bootstrap.
	own    bool
	seeded bool
	// maker is the ID of the subject whose request made the token, whatever its rows say; empty for one that the API has not made.
	maker string
}

func (p PersonalAccessToken) expired(now time.Time) bool {
	return p.Expiration != nil && !now.Before(*p.Expiration)
}

// clone returns a copy that shares nothing with the store.
func (p PersonalAccessToken) clone() PersonalAccessToken {
	p.Expiration, p.LastAccessed = cloneTime(p.Expiration), cloneTime(p.LastAccessed)
	p.Token.Expiry = cloneTime(p.Token.Expiry)
	return p
}

// visible tells whether the tenant still has a token: an expired one may be gone for good.
func (s *Server) visible(p PersonalAccessToken) bool {
	return !s.switches.HideExpiredPATs || !p.expired(s.now())
}

// putPAT stores a token and keeps the index of names.
func (s *Server) putPAT(p PersonalAccessToken) {
	s.unnamePAT(p.ID)
	if s.patNames[p.Owner] == nil {
		s.patNames[p.Owner] = map[string]string{}
	}
	s.patNames[p.Owner][p.Name] = p.ID
	p.Token.Expiry = cloneTime(p.Expiration)
	s.pats.Put(p.ID, p)
}

func (s *Server) removePAT(id string) bool {
	s.unnamePAT(id)
	return s.pats.Delete(id)
}

func (s *Server) unnamePAT(id string) {
	old, exists := s.pats.Get(id)
	if exists && s.patNames[old.Owner][old.Name] == id {
		delete(s.patNames[old.Owner], old.Name)
	}
}

// patByName finds a user's token.
func (s *Server) patByName(owner, name string) (PersonalAccessToken, bool) {
	pat, exists := s.pats.Get(s.patNames[owner][name])
	return pat, exists && s.visible(pat)
}

// nameTaken tells whether a name is taken where it has to be unique.
func (s *Server) nameTaken(owner, name string) bool {
	if s.switches.PATNames != "tenant" {
		_, taken := s.patByName(owner, name)
		return taken
	}
	for other := range s.patNames {
		if _, taken := s.patByName(other, name); taken {
			return true
		}
	}
	return false
}

// patRow is a personal access token as lists and get-or-create show it.
func (s *Server) patRow(p PersonalAccessToken, listed bool) map[string]any {
	owner, _ := s.user(p.Owner)
	manifest := map[string]any{"name": p.Name}
	if s.switches.PATManifest == "virtual-account" {
		manifest["type"], manifest["permissions"] = "virtual-account", []any{}
	} else {
		manifest["type"], manifest["user_fqn"] = "pat", "user:"+owner.Email
	}
	if p.Expiration != nil {
		manifest["expiration_date"] = s.patExpirationEcho(p)
	}
	if p.Team != "" {
		ownedBy := map[string]any{"team": p.Team}
		if p.Account != "" {
			ownedBy["account"] = p.Account
		}
		manifest["ownedBy"] = ownedBy
	}
	if p.TokenType != "" {
		manifest["token_type"] = p.TokenType
	}
	return s.rowJSON(row{
		id: p.ID, name: p.Name, manifest: manifest, activeID: p.Token.ID, tokens: []IssuedToken{p.Token},
		subject: owner.subject(), createdBy: p.CreatedBy, created: p.Created, updated: p.Updated,
		lastAccessed: p.LastAccessed, expired: p.expired(s.now()),
	}, listed)
}
