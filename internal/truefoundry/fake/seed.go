package fake

import (
	"errors"
	"fmt"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// AddPersonalAccessToken puts a token into the tenant as if somebody else had made it. Owner is the ID or email of a user,
// the first administrator if empty; empty fields get what the API would give them. Token.Secret may name the secret. The
// rules on names and expirations do not apply, but a name stays unique.
func (s *Server) AddPersonalAccessToken(pat PersonalAccessToken) (PersonalAccessToken, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pat.own, pat.seeded = false, true
	return s.addPAT(pat.clone(), pat.Token.Secret)
}

func (s *Server) addPAT(pat PersonalAccessToken, secret string) (PersonalAccessToken, error) {
	if pat.Owner == "" {
		pat.Owner = s.bootstrap.UserID
	}
	owner, known := s.user(pat.Owner)
	if !known {
		return pat, fmt.Errorf("owner %q is not a user; add the user first", pat.Owner)
	}
	pat.Owner = owner.ID
	if pat.Name == "" {
		return pat, errors.New("a personal access token needs a name")
	}
	if pat.ID == "" {
		pat.ID = newID()
	}
	if _, taken := s.pats.Get(pat.ID); taken {
		return pat, fmt.Errorf("a personal access token with ID %q exists already", pat.ID)
	}
	if s.nameTaken(owner.ID, pat.Name) {
		return pat, fmt.Errorf("a personal access token named %q exists already", pat.Name)
	}
	if pat.Created.IsZero() {
		pat.Created = s.now()
	}
	if pat.Updated.IsZero() {
		pat.Updated = pat.Created
	}
	if pat.CreatedBy.ID == "" {
		pat.CreatedBy = owner.subject()
	}
	if pat.Expiration != nil && pat.ExpirationDate == "" {
		pat.ExpirationDate = timestamp(*pat.Expiration)
	}
	pat.Token = s.issue(pat.holder(owner), pat.TokenType, secret, pat.Created, pat.Expiration)
	s.putPAT(pat)
	return pat.clone(), nil
}

// AddVirtualAccount puts an account into the tenant as if somebody else had made it. Only the name in the manifest is
// required; empty fields get what the API would give them, and the first administrator is the creator. Tokens may hold one
// token whose Secret names the secret. The rules on manifests do not apply, but a name stays unique.
func (s *Server) AddVirtualAccount(a VirtualAccount) (VirtualAccount, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a = a.clone()
	if a.Name() == "" {
		return a, errors.New("a virtual account needs a name in its manifest")
	}
	if _, taken := s.accountNames[a.Name()]; taken {
		return a, fmt.Errorf("a virtual account named %q exists already", a.Name())
	}
	if a.ID == "" {
		a.ID = newID()
	}
	if _, taken := s.accounts.Get(a.ID); taken {
		return a, fmt.Errorf("a virtual account with ID %q exists already", a.ID)
	}
	if a.Manifest["type"] == nil {
		a.Manifest["type"] = "virtual-account"
	}
	if a.Created.IsZero() {
		a.Created = s.now()
	}
	if a.Updated.IsZero() {
		a.Updated = a.Created
	}
	if a.CreatedBy.ID == "" {
		creator, _ := s.user(s.bootstrap.UserID)
		a.CreatedBy = creator.subject()
	}
	if a.Grants == nil {
		a.Grants = a.Manifest.permissions()
	}
	secret := ""
	if len(a.Tokens) > 0 {
		secret = a.Tokens[0].Secret
	}
	a.Tokens, a.ActiveID, a.seeded = nil, "", true
	a = s.reissue(a, a.Created, 0, secret)
	s.putStored(a)
	return s.catchUp(a).clone(), nil
}

// Live returns the tokens that the tenant would accept now, without the bootstrap and system-made ones; never nil. A
// virtual account has one entry for each of its tokens: "active", and "grace" for an earlier one.
func (s *Server) Live() []fakeapi.LiveToken {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, live := s.now(), []fakeapi.LiveToken{}
	for _, p := range s.pats.All() {
		if owner, _ := s.user(p.Owner); !p.own && !p.expired(now) && !owner.Inactive {
			live = append(live, fakeapi.LiveToken{ID: p.ID, Owner: p.Owner, Name: p.Name, Status: "active", Seeded: p.seeded})
		}
	}
	for _, a := range s.accounts.All() {
		a = s.catchUp(a)
		for _, t := range a.Tokens {
			status := "active"
			if t.ID != a.ActiveID {
				status = "grace"
			}
			if !t.expired(now) {
				live = append(live, fakeapi.LiveToken{ID: a.ID, Owner: a.owner(), Name: a.Name(), Status: status, Seeded: a.seeded})
			}
		}
	}
	return live
}
