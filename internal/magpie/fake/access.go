package fake

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// call is a request with a valid session.
type call struct {
	r       *http.Request
	account *account
}

// operation answers a call, or tells why it is refused.
type operation func(w http.ResponseWriter, c *call) *problem

// api wraps an operation in what every one of them shares: one lock and authentication.
func (s *Server) api(operate operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, operate) }
}

// serve tells whether the operation was done.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, operate operation) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.authenticate(r)
	if refused == nil {
		refused = operate(w, c)
	}
	if refused != nil {
		s.refuse(w, refused)
	}
	return refused == nil
}

// authenticate accepts a session, and no access token, in the two documented places. The scheme is the word "token", not
// "Bearer".
func (s *Server) authenticate(r *http.Request) (*call, *problem) {
	value := sessionValue(r)
	opened, known := s.sessions[value]
	a := s.accounts[opened.user]
	text := ""
	switch {
	case value == "":
		text = "A session token is required."
	case !known:
		text = "Invalid session token."
	case !opened.expires.IsZero() && !s.now().Before(opened.expires):
		text = "The session has expired."
	case a == nil || a.locked && !s.switches.LockKeepsTokens:
		text = "The account is disabled."
	case opened.token != "" && !s.switches.SessionsOutliveTokens && !s.tokenWorks(opened.token):
		text = "The access token of the session is no longer valid."
	}
	if text != "" {
		return nil, &problem{cmp.Or(s.switches.NoSessionStatus, http.StatusUnauthorized), text}
	}
	return &call{r: r, account: a}, nil
}

func (s *Server) tokenWorks(id string) bool {
	_, token, exists := s.find(id)
	return exists && token.works(s.now())
}

func sessionValue(r *http.Request) string {
	if value, ok := strings.CutPrefix(r.Header.Get("Authorization"), "token "); ok {
		return value
	}
	if cookie, err := r.Cookie("token"); err == nil {
		return cookie.Value
	}
	return ""
}

// Caller implements [fakeapi.System]: the ID of the access token behind the request, or the user name of a session that
// a password opened.
func (s *Server) Caller(r *http.Request) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path != loginPath {
		return s.sessions[sessionValue(r)].credential()
	}
	var fields map[string]string
	if fakeapi.DecodeStrict(r.Body, &fields) != nil {
		return ""
	}
	if id, known := s.secrets[fields["token"]]; known {
		return id
	}
	if _, known := s.accounts[fields["username"]]; known {
		return fields["username"]
	}
	return ""
}

// Positions of the parameters in the segments of a path.
const (
	idSegment   = 4
	userSegment = 5
)

// parameter reads a segment from the escaped path, where an unescaped plus sign still differs from an escaped one.
func (s *Server) parameter(r *http.Request, segment int) string {
	raw := strings.Split(r.URL.EscapedPath(), "/")[segment]
	if s.switches.PlusIsSpace {
		raw = strings.ReplaceAll(raw, "+", "%20")
	}
	value, _ := url.PathUnescape(raw)
	return value
}

// ownTokens refuses callers without the permission on own tokens.
func (c *call) ownTokens() *problem {
	if !c.account.permitted() {
		return forbidden("Permission %s on the organization is required.", permissionAccessToken)
	}
	return nil
}

// changeOwn refuses callers who may not change own tokens: those of service accounts are the administrators' business.
func (s *Server) changeOwn(c *call) *problem {
	if c.account.ServiceAccount && !c.account.Admin && !s.switches.ServiceAccountsManageOwn {
		return forbidden("Only administrators may change the access tokens of service accounts.")
	}
	return c.ownTokens()
}

// serviceAccount returns the account that the path names.
func (s *Server) serviceAccount(c *call) (*account, *problem) {
	if !c.account.Admin {
		return nil, forbidden("Only administrators may handle the access tokens of service accounts.")
	}
	a, known := s.accounts[s.parameter(c.r, userSegment)]
	if !known {
		return nil, s.unknownUser()
	}
	if !a.ServiceAccount {
		return nil, forbidden("The user is not a service account.")
	}
	return a, nil
}

// reach returns the token that the path names if the caller may change it: an own one, or an administrator that of a
// service account. Nobody reaches other people's tokens.
func (s *Server) reach(c *call) (Token, *problem) {
	owner, token, exists := s.find(s.parameter(c.r, idSegment))
	switch {
	case !exists:
		return Token{}, &problem{cmp.Or(s.switches.UnknownIDStatus, http.StatusNotFound), "The access token does not exist."}
	case owner == c.account:
		return token, s.changeOwn(c)
	case !c.account.Admin || !owner.ServiceAccount:
		return Token{}, forbidden("The access token belongs to another user.")
	}
	return token, nil
}
