package fake

import "slices"

// user finds an identity by its ID or, for convenience in seeds, by its name.
func (s *Server) user(key string) (User, bool) {
	index := slices.IndexFunc(s.users, func(u User) bool { return u.ID == key })
	if index < 0 {
		index = slices.IndexFunc(s.users, func(u User) bool { return u.Name == key })
	}
	if index < 0 {
		return User{ID: key}, false
	}
	return s.users[index], true
}

// put stores a token and keeps the index of names, without which thousands of creates would each search all tokens.
func (s *Server) put(token Token) {
	s.unname(token.ID)
	if s.names[token.Owner] == nil {
		s.names[token.Owner] = map[string]string{}
	}
	s.names[token.Owner][token.Name] = token.ID
	s.tokens.Put(token.ID, token)
}

func (s *Server) remove(id string) bool {
	s.unname(id)
	return s.tokens.Delete(id)
}

func (s *Server) unname(id string) {
	old, exists := s.tokens.Get(id)
	if exists && s.names[old.Owner][old.Name] == id {
		delete(s.names[old.Owner], old.Name)
	}
}

// admitToken holds a new token against the owner's other ones.
func (s *Server) admitToken(token Token) *problem {
	if refused := s.freeName(token); refused != nil {
		return refused
	}
	limit := s.switches.tokensPerUser()
	if limit < 0 {
		return nil
	}
	count := 0
	for _, id := range s.names[token.Owner] {
		if other, _ := s.tokens.Get(id); s.visible(other) {
			count++
		}
	}
	if count >= limit {
		return bad("The maximum of %d personal access tokens per user is reached.", limit)
	}
	return nil
}

// freeName refuses a name that another token of the same owner has.
func (s *Server) freeName(token Token) *problem {
	id, taken := s.names[token.Owner][token.Name]
	if other, _ := s.tokens.Get(id); taken && id != token.ID && s.visible(other) {
		return bad("A personal access token named %q exists already for this owner.", token.Name)
	}
	return nil
}

// visible tells whether the tenant still has a token: an expired one may be gone for good.
func (s *Server) visible(token Token) bool {
	return !s.switches.HideExpired || !token.expired(s.now())
}
