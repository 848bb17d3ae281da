package fake

import (
	"cmp"
	"io"
	"net/http"
)

// minting wraps an operation that makes a token: the hooks run outside the lock, so that they can use the server.
func (s *Server) minting(operate operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, before, after := s.hooks(r)
		if before != nil {
			before(user)
		}
		if s.serve(w, r, operate) && after != nil {
			after(user)
		}
	}
}

// hooks returns the hooks and the user name that a request is about; a request without a session meets none.
func (s *Server) hooks(r *http.Request) (user string, before, after func(string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.authenticate(r)
	if refused != nil {
		return "", nil, nil
	}
	if r.PathValue("user") != "" {
		return s.parameter(r, userSegment), s.beforeCreate, s.afterCreate
	}
	return c.account.Name, s.beforeCreate, s.afterCreate
}

func (s *Server) createOwn(w http.ResponseWriter, c *call) *problem {
	if refused := s.changeOwn(c); refused != nil {
		return refused
	}
	return s.create(w, c, c.account)
}

func (s *Server) createForServiceAccount(w http.ResponseWriter, c *call) *problem {
	a, refused := s.serviceAccount(c)
	if refused != nil {
		return refused
	}
	return s.create(w, c, a)
}

func (s *Server) create(w http.ResponseWriter, c *call, a *account) *problem {
	if refused := c.wantsNoBody(); refused != nil {
		return refused
	}
	token := s.newToken(a.Name)
	s.put(token)
	s.writeMinted(w, token)
	return nil
}

// rotate deletes every token of a service account, whoever made it, and makes one.
func (s *Server) rotate(w http.ResponseWriter, c *call) *problem {
	a, refused := s.serviceAccount(c)
	if refused != nil {
		return refused
	}
	if refused := c.wantsNoBody(); refused != nil {
		return refused
	}
	token := s.newToken(a.Name)
	if old := a.tokens.All(); len(old) > 0 {
		newest := old[len(old)-1]
		if s.switches.RotateKeepsDescription {
			token.Description = newest.Description
		}
		token.Disabled = s.switches.RotateKeepsStatus && newest.Disabled
	}
	s.replaceAll(a, token)
	s.writeMinted(w, token)
	return nil
}

// wantsNoBody refuses a body, which a real organization may just ignore: a field that has no effect must not pass
// unnoticed.
func (c *call) wantsNoBody() *problem {
	body, _ := io.ReadAll(c.r.Body)
	if len(body) > 0 {
		return bad("The request takes no body.")
	}
	return nil
}

// writeMinted is the only answer with the token. As documented it does not hold the ID.
func (s *Server) writeMinted(w http.ResponseWriter, token Token) {
	body := map[string]any{"token": token.Secret}
	if s.switches.CreateID {
		body[s.key(cmp.Or(s.switches.IDName, "id"))] = s.id(token.ID)
	}
	writeJSON(w, cmp.Or(s.switches.CreateStatus, http.StatusOK), body)
}
