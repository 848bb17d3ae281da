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
	Users                []SeedUser                `json:"users"`
	PersonalAccessTokens []SeedPersonalAccessToken `json:"personal_access_tokens"`
	VirtualAccounts      []SeedVirtualAccount      `json:"virtual_accounts"`
}

// SeedUser is a user to add.
type SeedUser struct {
	ID                     string   `json:"id"`
	Email                  string   `json:"email"`
	Name                   string   `json:"name"`
	Admin                  bool     `json:"admin"`
	ManagesVirtualAccounts bool     `json:"manages_virtual_accounts"`
	Teams                  []string `json:"teams"`
	Inactive               bool     `json:"inactive"`
}

// SeedPersonalAccessToken is a token to add, see [Server.AddPersonalAccessToken]. Times are RFC 3339 or durations relative
// to the clock.
type SeedPersonalAccessToken struct {
	ID           string       `json:"id"`
	Owner        string       `json:"owner"`
	Name         string       `json:"name"`
	Team         string       `json:"team"`
	Account      string       `json:"account"`
	TokenType    string       `json:"token_type"`
	Created      fakeapi.When `json:"created"`
	LastAccessed fakeapi.When `json:"last_accessed"`
	Expiration   fakeapi.When `json:"expiration"`
}

// SeedVirtualAccount is an account to add, see [Server.AddVirtualAccount]. Times are as in [SeedPersonalAccessToken].
type SeedVirtualAccount struct {
	ID           string       `json:"id"`
	Manifest     Manifest     `json:"manifest"`
	Created      fakeapi.When `json:"created"`
	LastAccessed fakeapi.When `json:"last_accessed"`
}

func (p SeedPersonalAccessToken) token(now time.Time) PersonalAccessToken {
	pat := PersonalAccessToken{
		ID: p.ID, Owner: p.Owner, Name: p.Name, Team: p.Team, Account: p.Account, TokenType: p.TokenType,
		LastAccessed: p.LastAccessed.At(now), Expiration: p.Expiration.At(now),
	}
	if created := p.Created.At(now); created != nil {
		pat.Created = *created
	}
	return pat
}

func (a SeedVirtualAccount) account(now time.Time) VirtualAccount {
	account := VirtualAccount{ID: a.ID, Manifest: a.Manifest, LastAccessed: a.LastAccessed.At(now)}
	if created := a.Created.At(now); created != nil {
		account.Created = *created
	}
	return account
}

// SeedJSON adds the users, tokens and accounts of a [Seed] and returns what was made, secrets included, in the same shape.
// It stops at the first one that is refused; those before it stay.
func (s *Server) SeedJSON(object json.RawMessage) (any, error) {
	var seed Seed
	if err := fakeapi.DecodeStrict(bytes.NewReader(object), &seed); err != nil {
		return nil, err
	}
	users, pats, accounts := []map[string]string{}, []map[string]string{}, []map[string]string{}
	for i, u := range seed.Users {
		made, err := s.AddUser(User(u))
		if err != nil {
			return nil, fmt.Errorf("users[%d]: %w", i, err)
		}
		users = append(users, map[string]string{
			"id": made.UserID, "email": made.Email, "personal_access_token_id": made.ID, "token": made.Token,
		})
	}
	for i, p := range seed.PersonalAccessTokens {
		made, err := s.AddPersonalAccessToken(p.token(s.now()))
		if err != nil {
			return nil, fmt.Errorf("personal_access_tokens[%d]: %w", i, err)
		}
		pats = append(pats, map[string]string{
			"id": made.ID, "owner": made.Owner, "name": made.Name, "jwt_id": made.Token.ID, "token": made.Token.Secret,
		})
	}
	for i, a := range seed.VirtualAccounts {
		made, err := s.AddVirtualAccount(a.account(s.now()))
		if err != nil {
			return nil, fmt.Errorf("virtual_accounts[%d]: %w", i, err)
		}
		accounts = append(accounts, map[string]string{
			"id": made.ID, "name": made.Name(), "jwt_id": made.ActiveID, "token": made.Secret(),
		})
	}
	return map[string]any{"users": users, "personal_access_tokens": pats, "virtual_accounts": accounts}, nil
}
