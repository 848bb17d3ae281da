package fake

import "github.com/tokenmint/terraform-provider-mint/internal/fakeapi"

// Token returns a stored token, expired or not.
func (s *Server) Token(id string) (Token, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stored(id)
}

func (s *Server) stored(id string) (Token, bool) {
	a, known := s.accounts[s.owners[id]]
	if !known {
		return Token{}, false
	}
	token, exists := a.tokens.Get(id)
	return token.clone(), exists
}

// Tokens returns all stored tokens of a user, the bootstrap one included, in the order of creation.
func (s *Server) Tokens(user string) []Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, known := s.accounts[user]
	if !known {
		return nil
	}
	all := a.tokens.All()
	for i := range all {
		all[i] = all[i].clone()
	}
	return all
}

// PatchToken edits a token outside the API; its ID and user stay.
func (s *Server) PatchToken(id string, edit func(*Token)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, ok := s.stored(id)
	if !ok {
		return ErrNoToken
	}
	user := token.User
	edit(&token)
	token.ID, token.User = id, user
	s.put(token)
	return nil
}

// SetDisabled disables or enables a token outside the API.
func (s *Server) SetDisabled(id string, disabled bool) error {
	return s.PatchToken(id, func(t *Token) { t.Disabled = disabled })
}

// DeleteToken removes a token outside the API.
func (s *Server) DeleteToken(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, ok := s.stored(id)
	if !ok {
		return ErrNoToken
	}
	s.remove(token)
	return nil
}

// PatchUser edits a user, for instance its permissions; its name stays.
func (s *Server) PatchUser(name string, edit func(*User)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, known := s.accounts[name]
	if !known {
		return ErrNoUser
	}
	old := a.User
	edit(&a.User)
	a.Name = name
	if a.Password != old.Password {
		s.stage.Vault.Keep(a.Password)
	}
	return nil
}

// EnableUser does what only an administrator can: it unlocks an account and forgets its wrong passwords.
func (s *Server) EnableUser(name string) error {
	return s.lock(name, false)
}

// DisableUser locks an account, as an administrator can.
func (s *Server) DisableUser(name string) error {
	return s.lock(name, true)
}

func (s *Server) lock(name string, locked bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, known := s.accounts[name]
	if !known {
		return ErrNoUser
	}
	a.locked, a.wrongPasswords = locked, 0
	return nil
}

// Locked tells whether an account is locked.
func (s *Server) Locked(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, known := s.accounts[name]
	return known && a.locked
}

// WrongPasswords returns how many wrong passwords in a row an account has met.
func (s *Server) WrongPasswords(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, known := s.accounts[name]; known {
		return a.wrongPasswords
	}
	return 0
}

// DropUser removes a user together with its tokens; that is permanent.
func (s *Server) DropUser(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.accounts[name]; !known {
		return ErrNoUser
	}
	delete(s.accounts, name)
	s.endSessions(name)
	return nil
}

// OpenSession opens a session as a login by password would, and returns the session token.
func (s *Server) OpenSession(name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.accounts[name]; !known {
		return "", ErrNoUser
	}
	return s.open(session{user: name}), nil
}

// EndSessions ends all open sessions, as a restart of the vendor's server might.
func (s *Server) EndSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.sessions)
}

// Live returns the tokens that are neither disabled nor expired, without the bootstrap one; never nil. A token has no
// name, so its description stands there.
func (s *Server) Live() []fakeapi.LiveToken {
	s.mu.Lock()
	defer s.mu.Unlock()
	live := []fakeapi.LiveToken{}
	for _, a := range s.inOrder() {
		for _, t := range a.tokens.All() {
			if !t.bootstrap && t.works(s.now()) {
				live = append(live, fakeapi.LiveToken{
					ID: t.ID, Owner: t.User, Name: t.Description, Status: "active", Seeded: t.seeded,
				})
			}
		}
	}
	return live
}
