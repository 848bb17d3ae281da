package fake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// createPAT is POST on the collection. The answer is the secret alone.
func (s *Server) createPAT(c *call) (int, any, *problem) {
	if refused := s.refusePATByPAT(c); refused != nil {
		return 0, nil, refused
	}
	if c.user == nil {
		return 0, nil, forbidden("to create a personal access token")
	}
	fields, refused := c.object("name", "expirationDate", "accountName", "teamName", "tokenType")
	if refused != nil {
		return 0, nil, refused
	}
	return s.createPATFor(c, *c.user, fields)
}

// createPATForUser is POST on for-user: an administrator makes a token that somebody else owns.
func (s *Server) createPATForUser(c *call) (int, any, *problem) {
	if s.switches.HideNewRoutes {
		return 0, nil, missing("Cannot POST %s", c.r.URL.Path)
	}
	if refused := s.refusePATByPAT(c); refused != nil {
		return 0, nil, refused
	}
	if !c.admin() {
		return 0, nil, forbidden("to create a personal access token for another user")
	}
	// Neither an account nor a token type.
	fields, refused := c.object("name", "userEmail", "expirationDate", "teamName")
	if refused != nil {
		return 0, nil, refused
	}
	email, refused := optional(fields, "userEmail")
	if refused != nil {
		return 0, nil, refused
	}
	if email == "" {
		return 0, nil, bad("userEmail must be an email")
	}
	index := slices.IndexFunc(s.users, func(u User) bool { return u.Email == email })
	if index < 0 {
		return 0, nil, missing("User with email %s not found", email)
	}
	owner := s.users[index]
	if team, _ := optional(fields, "teamName"); team != "" && !slices.Contains(owner.Teams, team) {
		return 0, nil, bad("User %s is not a member of team %s", email, team)
	}
	return s.createPATFor(c, owner, fields)
}

// refusePATByPAT refuses what newer control planes do not let a personal access token do: make another one.
func (s *Server) refusePATByPAT(c *call) *problem {
	if c.user == nil || s.switches.PATByPATStatus == 0 {
		return nil
	}
	return &problem{status: s.switches.PATByPATStatus, message: "A personal access token cannot create a personal access token"}
}

func (s *Server) createPATFor(c *call, owner User, fields map[string]json.RawMessage) (int, any, *problem) {
	pat, refused := s.readPAT(fields)
	if refused != nil {
		return 0, nil, refused
	}
	if s.nameTaken(owner.ID, pat.Name) {
		return 0, nil, &problem{
			status:  http.StatusConflict,
			message: fmt.Sprintf("Personal access token with name %s already exists", pat.Name),
		}
	}
	pat = s.makePAT(c, owner, pat)
	return s.switches.createdStatus(), map[string]any{"token": pat.Token.Secret}, nil
}

// readPAT reads and judges the fields that every way to create a token shares.
func (s *Server) readPAT(fields map[string]json.RawMessage) (PersonalAccessToken, *problem) {
	var pat PersonalAccessToken
	if refused := s.hideLateFields(fields, "accountName", "teamName", "tokenType"); refused != nil {
		return pat, refused
	}
	into := []*string{&pat.Name, &pat.Team, &pat.Account, &pat.TokenType}
	for i, name := range []string{"name", "teamName", "accountName", "tokenType"} {
		var refused *problem
		if *into[i], refused = optional(fields, name); refused != nil {
			return pat, refused
		}
	}
	if !s.validName(pat.Name) {
		return pat, bad("name must be %s", s.nameRule())
	}
	if pat.TokenType != "" && pat.TokenType != typeJWT && pat.TokenType != typeOpaque {
		return pat, bad("tokenType must be one of the following values: jwt, opaque")
	}
	if s.switches.PATTeamRequired && (pat.Team == "" || pat.Team == "everyone") {
		return pat, bad("teamName is required and must not be everyone")
	}
	return pat, s.patExpiration(fields, &pat)
}

// hideLateFields treats fields as a control plane does that does not know them yet.
func (s *Server) hideLateFields(fields map[string]json.RawMessage, late ...string) *problem {
	for _, name := range late {
		_, present := fields[name]
		switch {
		case !present:
		case s.switches.OldFields == "refused":
			return bad("property %s should not exist", name)
		case s.switches.OldFields == "ignored":
			delete(fields, name)
		}
	}
	return nil
}

// makePAT mints and stores a token that passed every check.
func (s *Server) makePAT(c *call, owner User, pat PersonalAccessToken) PersonalAccessToken {
	pat.ID, pat.Owner, pat.CreatedBy, pat.maker = newID(), owner.ID, c.subject, c.subject.ID
	if s.switches.ForUserCreator == "owner" {
		pat.CreatedBy = owner.subject()
	}
	pat.Created = s.now().Truncate(time.Millisecond)
	pat.Updated = pat.Created
	pat.Token = s.issue(pat.holder(owner), pat.TokenType, "", pat.Created, pat.Expiration)
	s.putPAT(pat)
	return pat
}

func (p PersonalAccessToken) holder(owner User) holder {
	return holder{kind: kindPAT, id: p.ID, name: p.Name, subject: owner.subject()}
}

// validName holds a name against the rule that both kinds of tokens share.
func (s *Server) validName(name string) bool {
	return regexp.MustCompile(`^[a-z][a-z0-9-]+[a-z0-9]$`).MatchString(name) && len(name) <= s.switches.nameMax()
}

func (s *Server) nameRule() string {
	return fmt.Sprintf("3 to %d lower case characters long alphanumeric word, may contain - in between, "+
		"cannot start with a number", s.switches.nameMax())
}
