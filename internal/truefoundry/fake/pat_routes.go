package fake

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// listPATs is GET on the collection: the caller's own tokens, the system-made one included, and perhaps those of others.
func (s *Server) listPATs(c *call) (int, any, *problem) {
	seesOthers := s.switches.PATList == "made" || s.switches.PATList == "tenant" && c.admin()
	if c.user == nil && (c.powerless() || !seesOthers && s.switches.AccountPATList != "empty") {
		return 0, nil, forbidden("to list personal access tokens")
	}
	search := ""
	if !s.switches.OldFilters {
		search = c.r.URL.Query().Get("nameSearchQuery")
	}
	own := []PersonalAccessToken{}
	for _, pat := range s.pats.List(fakeapi.Lagging(c.r)) {
		if s.lists(c, pat) && s.visible(pat) && strings.Contains(pat.Name, search) {
			own = append(own, pat)
		}
	}
	return paginate(s, c, patsPath, own, func(p PersonalAccessToken) any { return s.patRow(p, true) })
}

// lists tells whether a caller's list holds a token.
func (s *Server) lists(c *call, pat PersonalAccessToken) bool {
	switch {
	case c.user != nil && pat.Owner == c.user.ID:
		return true
	case s.switches.PATList == "made":
		return c.subject.ID == cmp.Or(pat.maker, pat.CreatedBy.ID)
	}
	return s.switches.PATList == "tenant" && c.admin()
}

// getOrCreatePAT is GET by name. It is no safe read: a token that does not exist is created, without an expiry.
func (s *Server) getOrCreatePAT(c *call) (int, any, *problem) {
	if c.user == nil {
		return 0, nil, forbidden("to read a personal access token")
	}
	name := c.r.PathValue("name")
	pat, exists := s.patByName(c.user.ID, name)
	if !exists {
		made, refused := s.createNamed(c, name)
		if refused != nil {
			return 0, nil, refused
		}
		return http.StatusOK, map[string]any{"data": s.patRow(made, false), "token": made.Token.Secret, "created": true}, nil
	}
	token := pat.Token.Secret
	switch s.switches.PATSecretAgain {
	case "empty":
		token = ""
	case "fresh":
		pat.Updated = s.now().Truncate(time.Millisecond)
		pat.Token = s.issue(pat.holder(*c.user), pat.TokenType, "", pat.Updated, pat.Expiration)
		s.putPAT(pat)
		token = pat.Token.Secret
	}
	return http.StatusOK, map[string]any{"data": s.patRow(pat, false), "token": token, "created": false}, nil
}

func (s *Server) createNamed(c *call, name string) (PersonalAccessToken, *problem) {
	pat := PersonalAccessToken{Name: name}
	if refused := s.refusePATByPAT(c); refused != nil {
		return pat, refused
	}
	if s.switches.OldFields == "" || s.switches.OldFields == "known" {
		pat.Team = c.r.URL.Query().Get("teamName")
	}
	if !s.validName(name) {
		return pat, bad("name must be %s", s.nameRule())
	}
	if s.switches.PATTeamRequired && (pat.Team == "" || pat.Team == "everyone") {
		return pat, bad("teamName is required and must not be everyone")
	}
	if s.nameTaken(c.user.ID, name) {
		return pat, bad("Personal access token with name %s already exists", name)
	}
	if refused := s.patExpiration(nil, &pat); refused != nil {
		return pat, refused
	}
	return s.makePAT(c, *c.user, pat), nil
}

// readPATToken is GET on the token of one of the caller's personal access tokens.
func (s *Server) readPATToken(c *call) (int, any, *problem) {
	if s.switches.HideNewRoutes {
		return 0, nil, missing("Cannot GET %s", c.r.URL.Path)
	}
	if c.user == nil || !s.switches.PATRetrieval {
		return 0, nil, &problem{
			status: http.StatusForbidden, message: "Retrieval of personal access tokens after creation is not enabled",
		}
	}
	pat, exists := s.patByName(c.user.ID, c.r.PathValue("name"))
	if !exists {
		return 0, nil, missing("Personal access token not found")
	}
	if pat.Token.Type == typeOpaque {
		return 0, nil, s.opaqueRefusal()
	}
	return http.StatusOK, map[string]any{"token": pat.Token.Secret}, nil
}

// deletePAT is DELETE by ID, which only the owner and administrators reach.
func (s *Server) deletePAT(c *call) (int, any, *problem) {
	pat, exists := s.pats.Get(c.r.PathValue("id"))
	owns := c.user != nil && pat.Owner == c.user.ID
	if !exists || !s.visible(pat) || !owns && (!c.admin() || s.switches.KeepPATsOfOthers) {
		return 0, nil, missing("Personal access token not found")
	}
	s.removePAT(pat.ID)
	return http.StatusOK, map[string]any{}, nil
}

// revokePATs is DELETE on revoke/all, with a JSON body. It spares neither the system-made token nor the caller's own.
func (s *Server) revokePATs(c *call) (int, any, *problem) {
	if !c.admin() {
		return 0, nil, forbidden("to revoke the personal access tokens of a user")
	}
	fields, refused := c.object("email")
	if refused != nil {
		return 0, nil, refused
	}
	email, refused := optional(fields, "email")
	if refused != nil {
		return 0, nil, refused
	}
	index := slices.IndexFunc(s.users, func(u User) bool { return u.Email == email })
	if index < 0 {
		return 0, nil, missing("User with email %s not found", email)
	}
	for _, pat := range s.pats.All() {
		if pat.Owner == s.users[index].ID {
			s.removePAT(pat.ID)
		}
	}
	return http.StatusOK, map[string]any{}, nil
}
