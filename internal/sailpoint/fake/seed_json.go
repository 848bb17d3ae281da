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

// SeedUser is an identity to add.
type SeedUser struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	Admin        bool   `json:"admin"`
	ReadsManaged bool   `json:"reads_managed"`
}

// SeedToken is a token to add, see [Server.AddToken]. Times are RFC 3339 or durations relative to the clock.
type SeedToken struct {
	ID                         string       `json:"id"`
	Owner                      string       `json:"owner"`
	Name                       string       `json:"name"`
	Scope                      []string     `json:"scope"`
	Managed                    bool         `json:"managed"`
	AccessTokenValiditySeconds int          `json:"access_token_validity_seconds"`
	Created                    fakeapi.When `json:"created"`
	LastUsed                   fakeapi.When `json:"last_used"`
	Expiration                 fakeapi.When `json:"expiration"`
}

func (t SeedToken) token(now time.Time) Token {
	token := Token{
		ID: t.ID, Owner: t.Owner, Name: t.Name, Scope: t.Scope, Managed: t.Managed,
		AccessTokenValiditySeconds: t.AccessTokenValiditySeconds,
		LastUsed:                   t.LastUsed.At(now), Expiration: t.Expiration.At(now),
	}
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
		users = append(users, map[string]string{
			"id": credential.IdentityID, "name": u.Name,
			"client_id": credential.ClientID, "client_secret": credential.ClientSecret,
		})
	}
	for i, t := range seed.Tokens {
		token, err := s.AddToken(t.token(s.now()))
		if err != nil {
			return nil, fmt.Errorf("tokens[%d]: %w", i, err)
		}
		tokens = append(tokens, map[string]string{"id": token.ID, "owner": token.Owner, "name": token.Name, "secret": token.Secret})
	}
	return map[string]any{"users": users, "tokens": tokens}, nil
}
