package fake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// Seed is what the sandbox's control URL accepts for this system.
type Seed struct {
	Users  []SeedUser  `json:"users"`
	Tokens []SeedToken `json:"tokens"`
}

// SeedUser is a user or service account to add, see [User].
type SeedUser struct {
	Name           string   `json:"name"`
	Password       string   `json:"password"`
	Admin          bool     `json:"admin"`
	ServiceAccount bool     `json:"service_account"`
	Permissions    []string `json:"permissions"`
}

// SeedToken is a token to add, see [Server.AddToken]. Times are RFC 3339 or durations relative to the clock.
type SeedToken struct {
	ID          string       `json:"id"`
	User        string       `json:"user"`
	Description string       `json:"description"`
	Disabled    bool         `json:"disabled"`
	Created     fakeapi.When `json:"created"`
	Expires     fakeapi.When `json:"expires"`
}

func (t SeedToken) token(now time.Time) Token {
	token := Token{ID: t.ID, User: t.User, Description: t.Description, Disabled: t.Disabled, Expires: t.Expires.At(now)}
	if created := t.Created.At(now); created != nil {
		token.Created = *created
	}
	return token
}

// SeedJSON adds the users and tokens of a [Seed] and returns what was made, secrets included, in the same shape. It
// stops at the first one that is refused; those before it stay.
func (s *Server) SeedJSON(object json.RawMessage) (any, error) {
	var seed Seed
	if err := fakeapi.DecodeStrict(bytes.NewReader(object), &seed); err != nil {
		return nil, err
	}
	users, tokens := []map[string]string{}, []map[string]string{}
	for i, u := range seed.Users {
		credential, err := s.AddUser(User(u))
		if err != nil {
			return nil, fmt.Errorf("users[%d]: %w", i, err)
		}
		users = append(users, map[string]string{"name": credential.UserName, "password": credential.Password})
	}
	for i, t := range seed.Tokens {
		token, err := s.AddToken(t.token(s.now()))
		if err != nil {
			return nil, fmt.Errorf("tokens[%d]: %w", i, err)
		}
		tokens = append(tokens, map[string]string{
			"id": token.ID, "user": token.User, "description": token.Description, "token": token.Secret,
		})
	}
	return map[string]any{"users": users, "tokens": tokens}, nil
}
