package fake

import (
	"fmt"
	"strconv"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// Token is an access token as the organization stores it.
type Token struct {
	ID string
	// Secret is the token itself.
	Secret string
	// User is the name of the user or service account that it belongs to.
	User        string
	Description string
	Disabled    bool
	Created     time.Time
	// Expires is nil for a token that never expires.
	Expires *time.Time

	bootstrap bool
	seeded    bool
}

func (t Token) expired(now time.Time) bool {
	return t.Expires != nil && !now.Before(*t.Expires)
}

// works tells whether the token itself lets its user in.
func (t Token) works(now time.Time) bool {
	return !t.Disabled && !t.expired(now)
}

// clone returns a copy that shares nothing with the store.
func (t Token) clone() Token {
	if t.Expires != nil {
		at := *t.Expires
		t.Expires = &at
	}
	return t
}

// newID returns an ID that no account has or had.
func (s *Server) newID() string {
	for {
		s.sequence++
		id := s.numbered(s.sequence)
		if _, taken := s.owners[id]; !taken {
			return id
		}
	}
}

func (s *Server) numbered(n int64) string {
	switch s.switches.IDKind {
	case "large_number":
		// Odd numbers above 2^53: a client that reads them as floating point mistakes one token for another.
		return strconv.FormatInt(1<<53+1+2*n, 10)
	case "uuid":
		x := fakeapi.NewID()
		return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
	case "string":
		return fmt.Sprintf("at+%d=", n)
	default:
		return strconv.FormatInt(n, 10)
	}
}

// newToken returns a token of a user as the API makes it.
func (s *Server) newToken(user string) Token {
	token := Token{
		ID: s.newID(), Secret: s.stage.Vault.Base64(32), User: user, Created: s.now().Truncate(time.Millisecond),
	}
	s.limit(&token)
	return token
}

// limit applies the lifetime that the organization gives its tokens.
func (s *Server) limit(token *Token) {
	if lifetime := time.Duration(s.switches.TokenLifetime); lifetime > 0 {
		at := token.Created.Add(lifetime)
		token.Expires = &at
	}
}
