package fake

import (
	"errors"
	"fmt"
	"slices"
)

// User is a person of the tenant.
type User struct {
	ID    string
	Email string
	// Name is the display name, the email by default.
	Name string
	// Admin makes a tenant administrator.
	Admin bool
	// ManagesVirtualAccounts gives the rights on virtual accounts that a custom role can grant.
	ManagesVirtualAccounts bool
	// Teams let their members see the virtual accounts that they own.
	Teams []string
	// Inactive users' personal access tokens are dead.
	Inactive bool
}

func (u User) subject() Subject {
	return Subject{ID: u.ID, Type: "user", Slug: u.Email, DisplayName: u.Name}
}

// Subject is who did something.
type Subject struct {
	ID          string
	Type        string
	Slug        string
	DisplayName string
	// PATName is the personal access token behind the subject.
	PATName string
}

func (s *Server) subjectJSON(who Subject) map[string]any {
	subject := map[string]any{"subjectId": who.ID, "subjectType": who.Type}
	switch s.switches.CreatedBy {
	case "minimal":
	case "nulls":
		for _, key := range []string{
			"subjectSlug", "subjectDisplayName", "subjectPatName", "subjectControllerName", "subjectExternalIdentitySlug",
		} {
			subject[key] = nil
		}
	default:
		subject["subjectSlug"], subject["subjectDisplayName"] = who.Slug, who.DisplayName
		if who.PATName != "" && s.switches.Rows != "page" {
			subject["subjectPatName"] = who.PATName
		}
	}
	return subject
}

// Credential is a user's bootstrap token: what the user made manually to begin with.
type Credential struct {
	UserID string
	Email  string
	// ID is the ID of the personal access token.
	ID    string
	Token string
}

// ErrNoUser tells that the tenant has no user with the given ID or email.
var ErrNoUser = errors.New("no such user")

// user finds a user by ID or email.
func (s *Server) user(key string) (User, bool) {
	index := slices.IndexFunc(s.users, func(u User) bool { return u.ID == key || u.Email == key })
	if index < 0 {
		return User{ID: key, Inactive: true}, false
	}
	return s.users[index], true
}

// AddUser adds a user and two personal access tokens without expiry: the system-made one that every user has, and the
// bootstrap one that is returned. An empty ID is filled in.
func (s *Server) AddUser(user User) (Credential, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if user.Email == "" {
		return Credential{}, errors.New("a user needs an email")
	}
	if user.ID == "" {
		user.ID = newID()
	}
	if user.Name == "" {
		user.Name = user.Email
	}
	for _, key := range []string{user.ID, user.Email} {
		if _, taken := s.user(key); taken {
			return Credential{}, fmt.Errorf("a user %q exists already", key)
		}
	}
	s.users = append(s.users, user)
	// The vendor's console keeps a token of its own for every user.
	made := PersonalAccessToken{Owner: user.ID, Name: "default-" + user.ID, own: true}
	if _, err := s.addPAT(made, ""); err != nil {
		return Credential{}, err
	}
	pat, err := s.addPAT(PersonalAccessToken{Owner: user.ID, Name: s.bootstrapName(), own: true}, "")
	return Credential{UserID: user.ID, Email: user.Email, ID: pat.ID, Token: pat.Token.Secret}, err
}

// bootstrapName gives every user the same name where names are unique per user.
func (s *Server) bootstrapName() string {
	if s.switches.PATNames == "tenant" && len(s.users) > 1 {
		return fmt.Sprintf("bootstrap-%d", len(s.users))
	}
	return "bootstrap"
}

// EditUser edits a user, found by ID or email, outside the API; the ID stays.
func (s *Server) EditUser(key string, edit func(*User)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	user, known := s.user(key)
	if !known {
		return ErrNoUser
	}
	id := user.ID
	user.Teams = slices.Clone(user.Teams)
	edit(&user)
	user.ID = id
	s.users[slices.IndexFunc(s.users, func(u User) bool { return u.ID == id })] = user
	return nil
}
