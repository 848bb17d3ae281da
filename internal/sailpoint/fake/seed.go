package fake

import (
	"errors"
	"fmt"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// User is an identity of the tenant.
type User struct {
	ID   string
	Name string
	// Admin gives the rights on the personal access tokens of everybody.
	Admin bool
	// ReadsManaged gives the right idn:managed-personal-access-tokens:read.
	ReadsManaged bool
}

// Credential is a user's bootstrap token: what the user made manually to begin with.
type Credential struct {
	IdentityID   string
	ClientID     string
	ClientSecret string
}

// ErrNoToken tells that the tenant has no token with the given ID.
var ErrNoToken = errors.New("no such personal access token")

// AddUser adds an identity and its bootstrap token, which never expires, may do everything that the user may, and
// counts against the limit of tokens per user. An empty ID is filled in.
func (s *Server) AddUser(user User) (Credential, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if user.ID == "" {
		user.ID = fakeapi.NewID()
	}
	if user.Name == "" {
		return Credential{}, errors.New("a user needs a name")
	}
	for _, key := range []string{user.ID, user.Name} {
		if _, taken := s.user(key); taken {
			return Credential{}, fmt.Errorf("a user %q exists already", key)
		}
	}
	s.users = append(s.users, user)
	token, err := s.add(Token{Owner: user.ID, Name: "bootstrap", bootstrap: true})
	return Credential{IdentityID: user.ID, ClientID: token.ID, ClientSecret: token.Secret}, err
}

// AddToken puts a token into the tenant as if somebody else had made it. Owner is the ID or the name of a user, the
// first administrator if empty; empty fields get what the API would give them, except that no Expiration means never.
// The limit of tokens per user does not apply.
func (s *Server) AddToken(token Token) (Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token.bootstrap, token.seeded = false, true
	return s.add(token)
}

func (s *Server) add(token Token) (Token, error) {
	if token.Owner == "" {
		token.Owner = s.bootstrap.IdentityID
	}
	owner, known := s.user(token.Owner)
	if !known {
		return Token{}, fmt.Errorf("owner %q is not a user; add the user first", token.Owner)
	}
	token.Owner = owner.ID
	if token.Name == "" {
		return Token{}, errors.New("a token needs a name")
	}
	if token.ID == "" {
		token.ID = fakeapi.NewID()
	}
	if _, taken := s.tokens.Get(token.ID); taken {
		return Token{}, fmt.Errorf("a token with ID %q exists already", token.ID)
	}
	if refused := s.freeName(token); refused != nil {
		return Token{}, errors.New(refused.detail)
	}
	if token.Secret == "" {
		token.Secret = s.stage.Vault.Hex(32)
	} else {
		s.stage.Vault.Keep(token.Secret)
	}
	if token.Scope == nil {
		token.Scope, token.ScopeOmitted = []string{scopeAll}, true
	}
	if token.Created.IsZero() {
		token.Created = s.now()
	}
	if token.AccessTokenValiditySeconds == 0 {
		token.AccessTokenValiditySeconds = defaultValiditySeconds
	}
	if token.Expiration == nil {
		token.UserAwareTokenNeverExpires = true
	}
	s.put(token.clone())
	return token, nil
}

// Live returns the tokens that the tenant would accept now, without the bootstrap ones; never nil.
func (s *Server) Live() []fakeapi.LiveToken {
	s.mu.Lock()
	defer s.mu.Unlock()
	live := []fakeapi.LiveToken{}
	for _, t := range s.tokens.All() {
		if !t.bootstrap && !t.expired(s.now()) {
			live = append(live, fakeapi.LiveToken{ID: t.ID, Owner: t.Owner, Name: t.Name, Status: "active", Seeded: t.seeded})
		}
	}
	return live
}
