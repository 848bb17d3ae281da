package fake

// Token returns a stored token, expired or not.
func (s *Server) Token(id string) (Token, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, ok := s.tokens.Get(id)
	return token.clone(), ok
}

// Tokens returns all stored tokens, bootstrap ones included, in the order of creation.
func (s *Server) Tokens() []Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.tokens.All()
	for i := range all {
		all[i] = all[i].clone()
	}
	return all
}

// PatchToken edits a token outside the API; its ID stays.
func (s *Server) PatchToken(id string, edit func(*Token)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, ok := s.tokens.Get(id)
	if !ok {
		return ErrNoToken
	}
	next := token.clone()
	edit(&next)
	next.ID = id
	s.put(next)
	return nil
}

// DeleteToken removes a token outside the API.
func (s *Server) DeleteToken(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.remove(id) {
		return ErrNoToken
	}
	return nil
}
