package fake

import (
	"maps"
	"slices"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

const (
	// permissionAccessToken is what a user needs to create, manage and use own tokens.
	permissionAccessToken = "AccessToken"
	// maxWrongPasswords is how many wrong passwords in a row lock an account.
	maxWrongPasswords = 10
)

// account is a user or service account together with its tokens.
type account struct {
	User
	// locked is set by too many wrong passwords or by an administrator, and only an administrator takes it away.
	locked         bool
	wrongPasswords int

	tokens fakeapi.Store[Token]
	// rotated is what the latest rotation deleted, as long as no other write followed.
	rotated []Token
	// lag is how many lists still answer as before the latest write.
	lag int
}

func (a *account) permitted() bool {
	return slices.Contains(a.Permissions, permissionAccessToken)
}

// list returns what a list may see, and uses up the account's own lag.
func (a *account) list(lagging bool) []Token {
	if a.lag > 0 {
		a.lag--
		lagging = true
	}
	if lagging && a.rotated != nil {
		return slices.Clone(a.rotated)
	}
	return a.tokens.List(lagging)
}

// inOrder returns all accounts by name.
func (s *Server) inOrder() []*account {
	all := make([]*account, 0, len(s.accounts))
	for _, name := range slices.Sorted(maps.Keys(s.accounts)) {
		all = append(all, s.accounts[name])
	}
	return all
}

// find returns a token and its account. An expired token may be gone for good.
func (s *Server) find(id string) (*account, Token, bool) {
	a, known := s.accounts[s.owners[id]]
	if !known {
		return nil, Token{}, false
	}
	token, exists := a.tokens.Get(id)
	return a, token, exists && s.visible(token)
}

func (s *Server) visible(token Token) bool {
	return !s.switches.HideExpired || !token.expired(s.now())
}

// put adds or replaces a token of an existing account.
func (s *Server) put(token Token) {
	a := s.accounts[token.User]
	s.owners[token.ID] = token.User
	s.secrets[token.Secret] = token.ID
	a.tokens.Put(token.ID, token)
	a.rotated, a.lag = nil, s.switches.ListLag
}

func (s *Server) remove(token Token) {
	a := s.accounts[token.User]
	a.tokens.Delete(token.ID)
	a.rotated, a.lag = nil, s.switches.ListLag
}

// replaceAll is a rotation: one write as far as a lagging list is concerned.
func (s *Server) replaceAll(a *account, token Token) {
	old := a.tokens.All()
	for _, t := range old {
		s.remove(t)
	}
	s.put(token)
	a.rotated = old
}
