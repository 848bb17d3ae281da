package fake

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Rights that the vendor's custom roles can grant, as its error messages name them.
const (
	rightCreateAccount = "virtual-account:CreateVirtualAccount"
	rightReadAccount   = "virtual-account:ReadVirtualAccount"
	rightManageAccount = "virtual-account:ManageVirtualAccount"
	rightDeleteAccount = "virtual-account:DeleteVirtualAccount"
	roleTenantAdmin    = "tenant-admin"
)

// call is an authenticated API request.
type call struct {
	r       *http.Request
	subject Subject
	// user is nil behind a virtual account's token.
	user *User
	// account is nil behind a personal access token.
	account *VirtualAccount
	// credential is the ID of the personal access token or virtual account.
	credential string
	// page is what a list operation answered.
	page *Page
}

type operation func(c *call) (status int, body any, refused *problem)

// api wraps an operation in what every one of them shares: one lock, authentication, the rate limit and, after the lock,
// the hook between pages.
func (s *Server) api(operate operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, hook := s.perform(w, r, operate)
		if page != nil && hook != nil {
			hook(*page)
		}
	}
}

func (s *Server) perform(w http.ResponseWriter, r *http.Request, operate operation) (*Page, func(Page)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.authenticate(r)
	if refused == nil {
		refused = s.admit(w.Header(), c)
	}
	if refused != nil {
		refuse(w, s.switches, refused)
		return nil, nil
	}
	status, body, refused := operate(c)
	switch {
	case refused != nil:
		refuse(w, s.switches, refused)
	case body == nil:
		w.WriteHeader(status)
	default:
		if object, isObject := body.(map[string]any); isObject && s.switches.ExtraKeys {
			object["futureEnvelopeField"] = map[string]any{"nested": []any{1, "two"}}
		}
		writeJSON(w, status, body)
	}
	return c.page, s.afterPage
}

// authenticate finds the credential behind a request and moves its last access.
func (s *Server) authenticate(r *http.Request) (*call, *problem) {
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || value == "" {
		return nil, &problem{status: http.StatusUnauthorized, message: "Authorization token is missing"}
	}
	refused := &problem{status: http.StatusUnauthorized, message: "Invalid or expired token"}
	b, known := s.bearers[value]
	if !known {
		return nil, refused
	}
	now := s.now()
	if b.kind == kindPAT {
		pat, exists := s.pats.Get(b.id)
		user, _ := s.user(pat.Owner)
		if !exists || pat.Token.ID != b.tokenID || pat.Token.expired(now) || user.Inactive {
			return nil, refused
		}
		pat.LastAccessed = &now
		s.pats.Touch(pat.ID, pat)
		subject := user.subject()
		subject.PATName = pat.Name
		return &call{r: r, user: &user, subject: subject, credential: pat.ID}, nil
	}
	account, exists := s.account(b.id)
	token, issued := account.token(b.tokenID)
	if !exists || !issued || token.expired(now) {
		return nil, refused
	}
	account.LastAccessed = &now
	s.accounts.Touch(account.ID, account)
	return &call{r: r, account: &account, subject: account.subject(), credential: account.ID}, nil
}

// admit counts a request against the limit.
func (s *Server) admit(header http.Header, c *call) *problem {
	if s.switches.RateLimit == 0 {
		return nil
	}
	wait, ok := s.window.Take(c.credential, s.switches.RateLimit, s.switches.rateWindow())
	if ok {
		return nil
	}
	// Whole seconds, rounded up: whoever waits as told is let in.
	switch s.switches.RateHeader {
	case "none":
	case "reset":
		header.Set("X-RateLimit-Reset", strconv.FormatInt(s.now().Add(wait).Add(time.Second).Unix(), 10))
	default:
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	return &problem{status: http.StatusTooManyRequests, message: "Too many requests"}
}

// Caller implements [fakeapi.System].
func (s *Server) Caller(r *http.Request) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return s.bearers[value].id
}

// admin tells whether the caller administers the tenant.
func (c *call) admin() bool {
	if c.user != nil {
		return c.user.Admin
	}
	return slices.ContainsFunc(c.account.Grants, func(p Permission) bool { return p.RoleID == roleTenantAdmin })
}

// manages tells whether the caller may do everything with virtual accounts.
func (c *call) manages() bool {
	return c.admin() || c.user != nil && c.user.ManagesVirtualAccounts
}

// sees tells whether the caller may read a virtual account.
func (s *Server) sees(c *call, a VirtualAccount) bool {
	return c.admin() || c.manages() && !s.switches.HideForeignAccounts || a.CreatedBy.ID == c.subject.ID ||
		c.user != nil && slices.Contains(c.user.Teams, a.Manifest.team())
}

// powerless is a virtual account without any grant: its token is valid, yet every operation answers 403.
func (c *call) powerless() bool { return c.account != nil && len(c.account.Grants) == 0 }
