package fake

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"
)

// Token types.
const (
	typeJWT    = "jwt"
	typeOpaque = "opaque"
)

// Kinds of token holders, as opaque tokens spell them.
const (
	kindPAT     = "pat"
	kindAccount = "va"
)

// IssuedToken is a secret that was issued for a personal access token or a virtual account: what the vendor calls a JWT
// even when it is opaque.
type IssuedToken struct {
	// ID is the jwtId.
	ID      string
	Secret  string
	Type    string
	Created time.Time
	Updated time.Time
	// Expiry is nil for a token that never expires.
	Expiry *time.Time
}

func (t IssuedToken) expired(now time.Time) bool {
	return t.Expiry != nil && !now.Before(*t.Expiry)
}

// expiry is what the vendor writes: its model has no token without one.
func (t IssuedToken) expiry() time.Time {
	if t.Expiry != nil {
		return *t.Expiry
	}
	return t.Created.AddDate(100, 0, 0)
}

// bearer says whose a secret is.
type bearer struct {
	kind    string
	id      string
	tokenID string
}

// holder is whom a token is issued for.
type holder struct {
	kind, id, name string
	subject        Subject
}

// issue mints a secret and registers it. A JWT carries its jwtId; an opaque token carries the holder's name.
func (s *Server) issue(h holder, tokenType, secret string, at time.Time, expiry *time.Time) IssuedToken {
	if tokenType == "" {
		tokenType = s.switches.tokenType()
	}
	t := IssuedToken{ID: newID(), Type: tokenType, Created: at, Updated: at, Expiry: expiry}
	switch {
	case secret != "":
		t.Secret = secret
	case tokenType == typeOpaque:
		t.Secret = "tfy_" + h.kind + "_" + h.name + "_" + s.stage.Vault.Hex(16)
	default:
		claims := map[string]any{
			"jti": t.ID, "sub": h.subject.ID, "subjectType": h.subject.Type, "userName": h.name,
			"tenantName": s.tenant, "iat": at.Unix(), "exp": t.expiry().Unix(),
		}
		t.Secret = part(map[string]any{"alg": "RS256", "typ": "JWT"}) + "." + part(claims) + "." + s.stage.Vault.Base64(32)
	}
	s.stage.Vault.Keep(t.Secret)
	s.bearers[t.Secret] = bearer{kind: h.kind, id: h.id, tokenID: t.ID}
	return t
}

func part(claims map[string]any) string {
	text, _ := json.Marshal(claims)
	return base64.RawURLEncoding.EncodeToString(text)
}

func cloneTokens(tokens []IssuedToken) []IssuedToken {
	tokens = slices.Clone(tokens)
	for i := range tokens {
		tokens[i].Expiry = cloneTime(tokens[i].Expiry)
	}
	return tokens
}

func cloneTime(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	copied := *at
	return &copied
}
