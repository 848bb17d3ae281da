// Package fake emulates the personal access tokens and virtual accounts of a TrueFoundry control plane: every documented
// route with its rules, rights, pagination and error bodies. What the vendor leaves open, or what differs between older
// and newer control planes, is a switch, see [Switches].
//
// It is an independent witness of the wire format: written from the vendor's pages and models, it shares no type with the
// provider's client, so that a misspelt field cannot pass both sides.
package fake

import (
	"net/http"
	"sync"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// Name is the system's name on a stage and in the sandbox.
const Name = "truefoundry"

// Collections of the two kinds of tokens.
const (
	patsPath     = "/api/svc/v1/personal-access-tokens"
	accountsPath = "/api/svc/v1/virtual-accounts"
)

// Options are the choices at the start of an emulator; the zero value is a tenant with one administrator.
type Options struct {
	// Stage is shared with other emulators; nil makes one of its own.
	Stage *fakeapi.Stage
	// Switches are the initial switches; [Server.SetSwitches] changes them later.
	Switches Switches
	// Tenant is the tenant's name, "acme" by default.
	Tenant string
}

// Server is an emulated control plane with one tenant. It is an [http.Handler] and safe for concurrent use.
type Server struct {
	stage     *fakeapi.Stage
	front     *fakeapi.Front
	window    *fakeapi.Window
	tenant    string
	accountID string
	bootstrap Credential

	mu        sync.Mutex
	switches  Switches
	users     []User
	pats      fakeapi.Store[PersonalAccessToken]
	accounts  fakeapi.Store[VirtualAccount]
	bearers   map[string]bearer
	afterPage func(Page)
	// patNames finds the ID of a personal access token by owner and name.
	patNames map[string]map[string]string
	// accountNames finds the ID of a virtual account by name.
	accountNames map[string]string
}

var (
	_ http.Handler   = (*Server)(nil)
	_ fakeapi.System = (*Server)(nil)
)

// New starts a tenant whose first user is a tenant administrator with a bootstrap token.
func New(opts Options) (*Server, error) {
	if err := opts.Switches.validate(); err != nil {
		return nil, err
	}
	s := &Server{
		stage: opts.Stage, tenant: opts.Tenant, accountID: newID(), switches: opts.Switches,
		bearers: map[string]bearer{}, patNames: map[string]map[string]string{}, accountNames: map[string]string{},
	}
	if s.stage == nil {
		s.stage = fakeapi.NewStage()
	}
	if s.tenant == "" {
		s.tenant = "acme"
	}
	s.window = fakeapi.NewWindow(s.stage.Clock)
	s.front = fakeapi.NewFront(s.stage, s)
	credential, err := s.AddUser(User{Email: "mint.bootstrap@example.com", Name: "Mint Bootstrap", Admin: true})
	s.bootstrap = credential
	return s, err
}

// ServeHTTP answers as the control plane does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.front.ServeHTTP(w, r)
}

// Stage returns clock, journal, faults and vault.
func (s *Server) Stage() *fakeapi.Stage { return s.stage }

// Bootstrap returns the credential of the first administrator.
func (s *Server) Bootstrap() Credential { return s.bootstrap }

// Name implements [fakeapi.System].
func (s *Server) Name() string { return Name }

// Routes implements [fakeapi.System].
func (s *Server) Routes() []fakeapi.Route {
	const account = accountsPath + "/{id}"
	return []fakeapi.Route{
		{Method: http.MethodGet, Path: patsPath, List: true, Handle: s.api(s.listPATs)},
		{Method: http.MethodPost, Path: patsPath, Handle: s.api(s.createPAT)},
		{Method: http.MethodPost, Path: patsPath + "/for-user", Handle: s.api(s.createPATForUser)},
		{Method: http.MethodDelete, Path: patsPath + "/revoke/all", Handle: s.api(s.revokePATs)},
		{Method: http.MethodGet, Path: patsPath + "/{name}", Handle: s.api(s.getOrCreatePAT)},
		{Method: http.MethodGet, Path: patsPath + "/{name}/token", Handle: s.api(s.readPATToken)},
		{Method: http.MethodDelete, Path: patsPath + "/{id}", Handle: s.api(s.deletePAT)},

		{Method: http.MethodGet, Path: accountsPath, List: true, Handle: s.api(s.listAccounts)},
		{Method: http.MethodPut, Path: accountsPath, Handle: s.api(s.putAccount)},
		{Method: http.MethodGet, Path: accountsPath + "/exists", Handle: s.api(s.accountExists)},
		{Method: http.MethodGet, Path: account, Handle: s.api(s.getAccount)},
		{Method: http.MethodDelete, Path: account, Handle: s.api(s.deleteAccount)},
		{Method: http.MethodGet, Path: account + "/token", Handle: s.api(s.readAccountToken)},
		{Method: http.MethodPost, Path: account + "/regenerate-token", Handle: s.api(s.regenerate)},
		{Method: http.MethodPost, Path: account + "/sync-to-secret-store", Handle: s.api(s.syncAccount)},
		{Method: http.MethodDelete, Path: account + "/jwt/{jwtId}", Handle: s.api(s.deleteJWT)},
	}
}

// Decorate implements [fakeapi.System]. The vendor documents no header of its own.
func (s *Server) Decorate(http.Header) {}

// Settings are the values that point a client at this tenant when it is served under base.
func (s *Server) Settings(base string) []fakeapi.Setting {
	return []fakeapi.Setting{
		{Argument: "base_url", Variable: "TFY_HOST", Value: base},
		{Argument: "api_key", Variable: "TFY_API_KEY", Value: s.bootstrap.Token},
	}
}

func (s *Server) now() time.Time { return s.stage.Clock.Now() }

// newID returns an identifier in the vendor's form: 24 lowercase characters that start with a letter.
func newID() string { return "c" + fakeapi.NewID()[:23] }
