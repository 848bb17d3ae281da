package fake

import (
	"slices"
	"time"
)

// Token is a personal access token as the tenant stores it.
type Token struct {
	ID     string
	Secret string
	Name   string
	// Owner is the ID of the owning identity.
	Owner string
	Scope []string
	// ScopeOmitted tells that the token was created without a scope.
	ScopeOmitted               bool
	Created                    time.Time
	LastUsed                   *time.Time
	Managed                    bool
	AccessTokenValiditySeconds int
	// Expiration is nil for a token that never expires.
	Expiration                 *time.Time
	UserAwareTokenNeverExpires bool

	bootstrap bool
	seeded    bool
}

const (
	defaultValiditySeconds = 43200
	minValiditySeconds     = 15
	maxValiditySeconds     = 43200
)

func (t Token) expired(now time.Time) bool {
	return t.Expiration != nil && !now.Before(*t.Expiration)
}

// clone returns a copy that shares nothing with the store.
func (t Token) clone() Token {
	t.Scope = slices.Clone(t.Scope)
	for _, moment := range []**time.Time{&t.LastUsed, &t.Expiration} {
		if *moment != nil {
			at := **moment
			*moment = &at
		}
	}
	return t
}

// created is the answer of create: the only one with the secret, and without the fields that only a list has.
func (s *Server) created(t Token) map[string]any {
	item := s.shared(t)
	item["secret"] = t.Secret
	return item
}

// listed is an item of a list and the answer of patch.
func (s *Server) listed(t Token, v version) map[string]any {
	item := s.shared(t)
	item["managed"] = t.Managed
	item["lastUsed"] = nil
	if t.LastUsed != nil {
		item["lastUsed"] = s.timestamp(*t.LastUsed)
	}
	if !v.old && !s.switches.HideNeverExpiresFlag {
		item["userAwareTokenNeverExpires"] = t.UserAwareTokenNeverExpires
	}
	return item
}

func (s *Server) shared(t Token) map[string]any {
	owner, _ := s.user(t.Owner)
	item := map[string]any{
		"id":                         t.ID,
		"name":                       t.Name,
		"scope":                      s.scope(t),
		"owner":                      map[string]any{"type": "IDENTITY", "id": owner.ID, "name": owner.Name},
		"created":                    s.timestamp(t.Created),
		"accessTokenValiditySeconds": t.AccessTokenValiditySeconds,
	}
	switch {
	case t.Expiration != nil:
		item["expirationDate"] = s.timestamp(*t.Expiration)
	case s.switches.NeverExpiration == "absent":
	case s.switches.NeverExpiration == "empty":
		item["expirationDate"] = ""
	default:
		item["expirationDate"] = nil
	}
	return item
}

func (s *Server) scope(t Token) any {
	if t.ScopeOmitted && s.switches.OmittedScope == "null" {
		return nil
	}
	scope := slices.Clone(t.Scope)
	if s.switches.ShuffleScopes && len(scope) > 1 {
		s.answers++
		turn := s.answers % len(scope)
		scope = append(scope[turn:], scope[:turn]...)
	}
	return scope
}

func (s *Server) timestamp(at time.Time) string {
	if s.switches.Microseconds {
		return at.UTC().Format("2006-01-02T15:04:05.000000Z")
	}
	return at.UTC().Format("2006-01-02T15:04:05.000Z")
}

// addMonths counts calendar months and keeps to the last day of a shorter month.
func addMonths(at time.Time, months int) time.Time {
	sum := at.AddDate(0, months, 0)
	if sum.Day() != at.Day() {
		sum = sum.AddDate(0, 0, -sum.Day())
	}
	return sum
}
