// Package fake emulates the access tokens of Silectis Magpie: the Login API and the whole Access Token API, for own tokens
// and for service accounts, with the rules that the vendor documents. What the vendor leaves open is a switch, see
// [Switches]; that is most of the wire format of a list.
//
// It is an independent witness of the wire format: written from the vendor's pages "Access Token API", "Login API",
// "Personal Access Tokens" and "Logging In and Out", it shares no type with the provider's client, so that a misspelt
// field cannot pass both sides.
package fake

import (
	"net/http"
	"sync"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// Name is the system's name on a stage and in the sandbox.
const Name = "magpie"

const (
	basePath   = "/api/magpie"
	loginPath  = basePath + "/login"
	tokensPath = basePath + "/access-token"
)

// Options are the choices at the start of an emulator; the zero value is an organization with one administrator.
type Options struct {
	// Stage is shared with other emulators; nil makes one of its own.
	Stage *fakeapi.Stage
	// Switches are the initial switches; [Server.SetSwitches] changes them later.
	Switches Switches
}

// Server is an emulated organization. It is an [http.Handler] and safe for concurrent use.
type Server struct {
	stage     *fakeapi.Stage
	front     *fakeapi.Front
	bootstrap Credential

	mu       sync.Mutex
	switches Switches
	accounts map[string]*account
	// owners finds a user name by token ID. It also keeps the IDs of deleted tokens, so that none is given twice.
	owners map[string]string
	// secrets finds a token ID by the token itself.
	secrets  map[string]string
	sessions map[string]session
	sequence int64
	answers  int

	beforeCreate func(user string)
	afterCreate  func(user string)
}

var (
	_ http.Handler   = (*Server)(nil)
	_ fakeapi.System = (*Server)(nil)
)

// New starts an organization whose first user is an administrator with a bootstrap token.
func New(opts Options) (*Server, error) {
	if err := opts.Switches.validate(); err != nil {
		return nil, err
	}
	s := &Server{
		stage: opts.Stage, switches: opts.Switches, sequence: 16,
		accounts: map[string]*account{}, owners: map[string]string{},
		secrets: map[string]string{}, sessions: map[string]session{},
	}
	if s.stage == nil {
		s.stage = fakeapi.NewStage()
	}
	s.front = fakeapi.NewFront(s.stage, s)
	credential, err := s.bootstrapAdministrator()
	s.bootstrap = credential
	return s, err
}

// ServeHTTP answers as the organization's host does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.front.ServeHTTP(w, r)
}

// Stage returns clock, journal, faults and vault.
func (s *Server) Stage() *fakeapi.Stage { return s.stage }

// Bootstrap returns the credential of the first administrator.
func (s *Server) Bootstrap() Credential { return s.bootstrap }

// OnBeforeCreate has hook called with the user name of every create and rotation that is about to happen, so that a
// foreign creator can act between a client's list and its create; nil ends it. The hook may call the server.
func (s *Server) OnBeforeCreate(hook func(user string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beforeCreate = hook
}

// OnAfterCreate is like [Server.OnBeforeCreate], but calls hook after the token was made and before the answer leaves.
func (s *Server) OnAfterCreate(hook func(user string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.afterCreate = hook
}

// Name implements [fakeapi.System].
func (s *Server) Name() string { return Name }

// Routes implements [fakeapi.System].
func (s *Server) Routes() []fakeapi.Route {
	const (
		one            = tokensPath + "/{id}"
		serviceAccount = tokensPath + "/user/{user}"
	)
	return []fakeapi.Route{
		{Method: http.MethodPost, Path: loginPath, Login: true, Handle: s.login},
		{Method: http.MethodGet, Path: basePath + "/version", Handle: s.version},
		{Method: http.MethodGet, Path: tokensPath, List: true, Handle: s.api(s.listOwn)},
		{Method: http.MethodPost, Path: tokensPath, Handle: s.minting(s.createOwn)},
		{Method: http.MethodGet, Path: serviceAccount, List: true, Handle: s.api(s.listOfServiceAccount)},
		{Method: http.MethodPost, Path: serviceAccount, Handle: s.minting(s.createForServiceAccount)},
		{Method: http.MethodPost, Path: tokensPath + "/rotate/{user}", Handle: s.minting(s.rotate)},
		{Method: http.MethodPut, Path: one + "/status/{disabled}", Handle: s.api(s.setStatus)},
		{Method: http.MethodPut, Path: one + "/description", Handle: s.api(s.describe)},
		{Method: http.MethodDelete, Path: one + "/description", Handle: s.api(s.clearDescription)},
		{Method: http.MethodDelete, Path: one, Handle: s.api(s.delete)},
	}
}

// Decorate implements [fakeapi.System]; the vendor documents no header that every answer carries.
func (s *Server) Decorate(http.Header) {}

// Settings are the values that point a client at this organization when it is served under base.
func (s *Server) Settings(base string) []fakeapi.Setting {
	return []fakeapi.Setting{
		{Argument: "base_url", Variable: "MAGPIE_BASE_URL", Value: base},
		{Argument: "access_token", Variable: "MAGPIE_ACCESS_TOKEN", Value: s.bootstrap.AccessToken},
		{Variable: "MAGPIE_USERNAME", Value: s.bootstrap.UserName},
		{Variable: "MAGPIE_PASSWORD", Value: s.bootstrap.Password},
	}
}

func (s *Server) now() time.Time { return s.stage.Clock.Now() }
