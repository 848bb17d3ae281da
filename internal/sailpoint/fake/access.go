package fake

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Scopes of the personal access token operations.
const (
	scopeAll       = "sp:scopes:all"
	scopeMyRead    = "sp:my-personal-access-tokens:read"
	scopeMyManage  = "sp:my-personal-access-tokens:manage"
	scopeAllRead   = "sp:all-personal-access-tokens:read"
	scopeAllManage = "sp:all-personal-access-tokens:manage"
)

// call is an authenticated API request.
type call struct {
	r       *http.Request
	version version
	token   Token
	owner   User
	scopes  []string
}

type operation func(c *call) (status int, body any, refused *problem)

// api wraps an operation in what every one of them shares: one lock, authentication and the rate limit.
func (s *Server) api(v version, operate operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.switches.Deprecated {
			w.Header().Set("X-Deprecated", "true")
		}
		c, refused := s.authenticate(r)
		if refused != nil {
			refuse(w, refused)
			return
		}
		c.version = v
		if wait, ok := s.admit(c); !ok {
			// Whole seconds, rounded up: whoever waits as told is let in.
			seconds := int((wait + time.Second - 1) / time.Second)
			w.Header().Set("Retry-After", strconv.Itoa(seconds))
			refuse(w, &problem{status: http.StatusTooManyRequests})
			return
		}
		status, body, refused := operate(c)
		switch {
		case refused != nil:
			refuse(w, refused)
		case body == nil:
			w.WriteHeader(status)
		default:
			writeJSON(w, status, body)
		}
	}
}

func (s *Server) authenticate(r *http.Request) (*call, *problem) {
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || value == "" {
		return nil, &problem{http.StatusUnauthorized, "JWT validation failed: JWT is missing"}
	}
	b, known := s.bearers[value]
	if !known {
		return nil, &problem{http.StatusUnauthorized, "JWT validation failed: JWT is invalid"}
	}
	token, exists := s.tokens.Get(b.clientID)
	if !exists || token.expired(s.now()) {
		return nil, &problem{http.StatusUnauthorized, "JWT validation failed: client is not active"}
	}
	if !s.now().Before(b.expires) {
		return nil, &problem{http.StatusUnauthorized, "JWT validation failed: JWT is expired"}
	}
	owner, _ := s.user(token.Owner)
	return &call{r: r, token: token, owner: owner, scopes: b.scopes}, nil
}

// admit counts a request against the limit, which the vendor counts per client ID and API version.
func (s *Server) admit(c *call) (wait time.Duration, ok bool) {
	limit, window := s.switches.rate()
	if limit < 0 {
		return 0, true
	}
	return s.window.Take(c.token.ID+" "+c.version.name, limit, window)
}

// Caller implements [fakeapi.System].
func (s *Server) Caller(r *http.Request) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == loginPath {
		clientID := r.FormValue("client_id")
		if _, known := s.tokens.Get(clientID); known {
			return clientID
		}
		return ""
	}
	_, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return s.bearers[value].clientID
}

// may tells whether any one of the scopes is granted. The "all" scopes are beyond the level of a user who is no
// administrator: the vendor accepts and echoes them, but they give no right.
func (c *call) may(scopes ...string) bool {
	for _, scope := range scopes {
		beyond := (scope == scopeAllRead || scope == scopeAllManage) && !c.owner.Admin
		if !beyond && (slices.Contains(c.scopes, scope) || slices.Contains(c.scopes, scopeAll)) {
			return true
		}
	}
	return false
}

func (c *call) forbidden(right string) *problem {
	return &problem{http.StatusForbidden, "The caller lacks the right " + right + "."}
}
