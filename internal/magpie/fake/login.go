package fake

import (
	"cmp"
	"crypto/subtle"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// session is what a login opened.
type session struct {
	user string
	// token is the ID of the access token that opened the session, empty after a login by password or SSO.
	token string
	// expires is zero for a session without end.
	expires time.Time
}

// credential returns the ID that the journal shows for the session.
func (s session) credential() string { return cmp.Or(s.token, s.user) }

// login is POST /login.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fields, refused := loginFields(r)
	if refused != nil {
		s.refuse(w, refused)
		return
	}
	opened, refused := s.identify(fields)
	if refused != nil {
		s.refuse(w, refused)
		return
	}
	value := s.open(opened)
	if s.switches.LoginCookie {
		http.SetCookie(w, &http.Cookie{Name: "token", Value: value, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	}
	writeJSON(w, http.StatusOK, map[string]any{"token": value})
}

// loginFields reads one of the three documented bodies. A map keeps the keys as they were sent: decoding into a struct
// would let a key in another case pass.
func loginFields(r *http.Request) (map[string]string, *problem) {
	given, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || given != "application/json" {
		return nil, &problem{http.StatusUnsupportedMediaType, "The content type must be application/json."}
	}
	var fields map[string]string
	if err := fakeapi.DecodeStrict(r.Body, &fields); err != nil {
		return nil, bad("The request body is not a JSON object of strings.")
	}
	switch strings.Join(slices.Sorted(maps.Keys(fields)), " ") {
	case "password username", "token", "email":
		return fields, nil
	}
	return nil, bad("The request body must hold username and password, or token, or email, and nothing else.")
}

func (s *Server) identify(fields map[string]string) (session, *problem) {
	if secret, given := fields["token"]; given {
		return s.byToken(secret)
	}
	if email, given := fields["email"]; given {
		a, known := s.accounts[email]
		switch {
		case !s.switches.SSO:
			return session{}, s.noLogin("Single sign-on is not enabled.")
		case !known || a.locked:
			return session{}, s.noLogin("Unknown user.")
		}
		return session{user: a.Name}, nil
	}
	return s.byPassword(fields["username"], fields["password"])
}

// byPassword counts wrong passwords in a row; a right one does not open a locked account.
func (s *Server) byPassword(name, password string) (session, *problem) {
	a, known := s.accounts[name]
	if !known {
		return session{}, s.noLogin("Invalid username or password.")
	}
	if !a.locked && subtle.ConstantTimeCompare([]byte(a.Password), []byte(password)) == 1 {
		a.wrongPasswords = 0
		return session{user: name}, nil
	}
	if !a.locked {
		a.wrongPasswords++
		a.locked = a.wrongPasswords >= maxWrongPasswords
		return session{}, s.noLogin("Invalid username or password.")
	}
	return session{}, s.isLocked()
}

// byToken accepts an access token as long as it and its user are good. A session is no access token.
func (s *Server) byToken(secret string) (session, *problem) {
	a, token, exists := s.find(s.secrets[secret])
	switch {
	case !exists || token.Secret != secret || !token.works(s.now()):
		return session{}, s.noLogin("Invalid access token.")
	case a.locked && !s.switches.LockKeepsTokens:
		return session{}, s.isLocked()
	case !a.permitted():
		return session{}, s.noLogin("The user may not use access tokens.")
	}
	return session{user: a.Name, token: token.ID}, nil
}

func (s *Server) noLogin(text string) *problem {
	return &problem{cmp.Or(s.switches.LoginRefusedStatus, http.StatusUnauthorized), text}
}

func (s *Server) isLocked() *problem {
	return &problem{cmp.Or(s.switches.LockedStatus, http.StatusUnauthorized), "The account is disabled. Contact an administrator."}
}

// open starts a session and returns its secret value.
func (s *Server) open(opened session) string {
	if s.switches.SingleSession {
		s.endSessions(opened.user)
	}
	if lifetime := s.switches.sessionLifetime(); lifetime > 0 {
		opened.expires = s.now().Add(lifetime)
	}
	value := s.stage.Vault.Hex(32)
	s.sessions[value] = opened
	return value
}

func (s *Server) endSessions(user string) {
	maps.DeleteFunc(s.sessions, func(_ string, opened session) bool { return opened.user == user })
}

// version is GET /version, the vendor's sample of an authenticated call.
func (s *Server) version(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, refused := s.authenticate(r); refused != nil && !s.switches.OpenVersion {
		s.refuse(w, refused)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"version": "emulated"})
}
