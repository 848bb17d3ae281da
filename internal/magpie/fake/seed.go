package fake

import (
	"errors"
	"fmt"
	"slices"
)

// User is a user or a service account of the organization.
type User struct {
	// Name is the user name, normally an e-mail address.
	Name string
	// Password is filled in if empty.
	Password string
	// Admin marks an organization administrator.
	Admin bool
	// ServiceAccount marks an account whose tokens administrators handle.
	ServiceAccount bool
	// Permissions are permissions on the organization. Nil means AccessToken, the only one that matters here; an empty list
	// means none.
	Permissions []string
}

// Credential is what somebody can log in with.
type Credential struct {
	UserName string
	Password string
	// TokenID and AccessToken are of the first administrator's bootstrap token.
	TokenID     string
	AccessToken string
}

var (
	// ErrNoToken tells that the organization has no token with the given ID.
	ErrNoToken = errors.New("no such access token")
	// ErrNoUser tells that the organization has no user with the given name.
	ErrNoUser = errors.New("no such user")
)

// bootstrapAdministrator makes the first user and a token that never expires, whatever lifetime the organization gives.
func (s *Server) bootstrapAdministrator() (Credential, error) {
	credential, err := s.AddUser(User{Name: "mint.bootstrap@example.com", Admin: true})
	if err != nil {
		return Credential{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	token := s.newToken(credential.UserName)
	token.Expires, token.bootstrap, token.Description = nil, true, "bootstrap"
	s.put(token)
	credential.TokenID, credential.AccessToken = token.ID, token.Secret
	return credential, nil
}

// AddUser adds a user without tokens.
func (s *Server) AddUser(user User) (Credential, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if user.Name == "" {
		return Credential{}, errors.New("a user needs a name")
	}
	if _, taken := s.accounts[user.Name]; taken {
		return Credential{}, fmt.Errorf("a user %q exists already", user.Name)
	}
	if user.Permissions == nil {
		user.Permissions = []string{permissionAccessToken}
	}
	for _, permission := range user.Permissions {
		if permission != permissionAccessToken {
			return Credential{}, fmt.Errorf("permission %q is not emulated; only %q is", permission, permissionAccessToken)
		}
	}
	if user.Password == "" {
		user.Password = s.stage.Vault.Base64(16)
	} else {
		s.stage.Vault.Keep(user.Password)
	}
	user.Permissions = slices.Clone(user.Permissions)
	s.accounts[user.Name] = &account{User: user}
	return Credential{UserName: user.Name, Password: user.Password}, nil
}

// AddToken puts a token into the organization as if somebody else had made it. An empty User is the first administrator;
// other empty fields get what the API would give them.
func (s *Server) AddToken(token Token) (Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token.User == "" {
		token.User = s.bootstrap.UserName
	}
	if _, known := s.accounts[token.User]; !known {
		return Token{}, fmt.Errorf("user %q: %w; add the user first", token.User, ErrNoUser)
	}
	made := s.fill(token)
	if _, taken := s.owners[made.ID]; taken {
		return Token{}, fmt.Errorf("an access token with ID %q exists or existed already", made.ID)
	}
	if _, taken := s.secrets[made.Secret]; taken {
		return Token{}, errors.New("the same access token exists or existed already")
	}
	made.bootstrap, made.seeded = false, true
	s.put(made)
	return made.clone(), nil
}

func (s *Server) fill(token Token) Token {
	token = token.clone()
	if token.ID == "" {
		token.ID = s.newID()
	}
	if token.Secret == "" {
		token.Secret = s.stage.Vault.Base64(32)
	} else {
		s.stage.Vault.Keep(token.Secret)
	}
	if token.Created.IsZero() {
		token.Created = s.now()
	}
	if token.Expires == nil {
		s.limit(&token)
	}
	return token
}
