package fake

import (
	"errors"
	"time"
)

// Errors of the methods that act outside the API.
var (
	// ErrNoPersonalAccessToken tells that the tenant has no personal access token with the given ID.
	ErrNoPersonalAccessToken = errors.New("no such personal access token")
	// ErrNoVirtualAccount tells that the tenant has no virtual account with the given ID.
	ErrNoVirtualAccount = errors.New("no such virtual account")
	// ErrNoToken tells that a virtual account has no token with the given jwtId.
	ErrNoToken = errors.New("no such token of the virtual account")
)

// PersonalAccessToken returns a stored token, expired or not.
func (s *Server) PersonalAccessToken(id string) (PersonalAccessToken, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pat, ok := s.pats.Get(id)
	return pat.clone(), ok
}

// PersonalAccessTokenNamed finds a token by owner (ID or email, the first administrator if empty) and name.
func (s *Server) PersonalAccessTokenNamed(owner, name string) (PersonalAccessToken, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if owner == "" {
		owner = s.bootstrap.UserID
	}
	user, _ := s.user(owner)
	pat, ok := s.pats.Get(s.patNames[user.ID][name])
	return pat.clone(), ok
}

// PersonalAccessTokens returns all stored tokens, bootstrap and system-made ones included, in the order of creation.
func (s *Server) PersonalAccessTokens() []PersonalAccessToken {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.pats.All()
	for i := range all {
		all[i] = all[i].clone()
	}
	return all
}

// EditPersonalAccessToken edits a token outside the API; its ID stays. Expiration decides when it ends.
func (s *Server) EditPersonalAccessToken(id string, edit func(*PersonalAccessToken)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	pat, ok := s.pats.Get(id)
	if !ok {
		return ErrNoPersonalAccessToken
	}
	next := pat.clone()
	edit(&next)
	next.ID = id
	s.putPAT(next)
	return nil
}

// DeletePersonalAccessToken removes a token outside the API.
func (s *Server) DeletePersonalAccessToken(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.removePAT(id) {
		return ErrNoPersonalAccessToken
	}
	return nil
}

// VirtualAccount returns a stored account as it is now: rotations that came due have happened.
func (s *Server) VirtualAccount(id string) (VirtualAccount, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.account(id)
	return a.clone(), ok
}

// VirtualAccountNamed finds an account by its name.
func (s *Server) VirtualAccountNamed(name string) (VirtualAccount, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.accountByName(name)
	return a.clone(), ok
}

// VirtualAccounts returns all stored accounts in the order of creation.
func (s *Server) VirtualAccounts() []VirtualAccount {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.accounts.All()
	for i := range all {
		all[i] = s.catchUp(all[i]).clone()
	}
	return all
}

// EditVirtualAccount edits an account, above all its manifest and grants, outside the API; its ID stays. A changed
// expiration_date reaches the active token as it does through the API.
func (s *Server) EditVirtualAccount(id string, edit func(*VirtualAccount)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.account(id)
	if !ok {
		return ErrNoVirtualAccount
	}
	next := old.clone()
	next.Updated = s.now().Truncate(time.Millisecond)
	edit(&next)
	next.ID = id
	next = s.editExpiration(old, next.clone())
	s.putStored(next)
	return nil
}

// DeleteVirtualAccount removes an account outside the API.
func (s *Server) DeleteVirtualAccount(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.removeAccount(id) {
		return ErrNoVirtualAccount
	}
	return nil
}

// RegenerateToken gives an account a new token outside the API, as the console does, and returns its secret.
func (s *Server) RegenerateToken(id string, graceDays float64) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.account(id)
	if !ok {
		return "", ErrNoVirtualAccount
	}
	a = s.regenerated(a, time.Duration(graceDays*float64(day)))
	s.putStored(a)
	return a.Secret(), nil
}

// DeleteToken revokes one token of an account outside the API.
func (s *Server) DeleteToken(id, jwtID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.account(id)
	if !ok {
		return ErrNoVirtualAccount
	}
	if _, issued := a.token(jwtID); !issued {
		return ErrNoToken
	}
	s.putStored(s.withoutToken(a, jwtID))
	return nil
}
