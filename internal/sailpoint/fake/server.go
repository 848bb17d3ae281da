// Package fake emulates the personal access tokens of SailPoint Identity Security Cloud: the OAuth login, the list, create,
// patch and delete operations of every API version and the bulk update of the newest, with the rules, limits and error bodies that the vendor
// documents. What the vendor leaves open is a switch, see [Switches].
//
// It is an independent witness of the wire format: written from the vendor's pages and specifications, it shares no type
// with the provider's client, so that a misspelt field cannot pass both sides.
package fake

import (
	"net/http"
	"sync"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// Name is the system's name on a stage and in the sandbox.
const Name = "sailpoint"

// Options are the choices at the start of an emulator; the zero value is a tenant with one administrator.
type Options struct {
	// Stage is shared with other emulators; nil makes one of its own.
	Stage *fakeapi.Stage
	// Switches are the initial switches; [Server.SetSwitches] changes them later.
	Switches Switches
	// Org is the tenant's name, "acme" by default.
	Org string
}

// Server is an emulated tenant. It is an [http.Handler] and safe for concurrent use.
type Server struct {
	stage     *fakeapi.Stage
	front     *fakeapi.Front
	window    *fakeapi.Window
	org       string
	tenantID  string
	bootstrap Credential

	mu       sync.Mutex
	switches Switches
	users    []User
	tokens   fakeapi.Store[Token]
	bearers  map[string]bearer
	// names finds a token ID by owner and name.
	names   map[string]map[string]string
	answers int
}

var (
	_ http.Handler   = (*Server)(nil)
	_ fakeapi.System = (*Server)(nil)
)

// New starts a tenant whose first user is an administrator with a bootstrap token.
func New(opts Options) (*Server, error) {
	if err := opts.Switches.validate(); err != nil {
		return nil, err
	}
	s := &Server{
		stage: opts.Stage, org: opts.Org, tenantID: fakeapi.NewID(),
		switches: opts.Switches, bearers: map[string]bearer{},
		names: map[string]map[string]string{},
	}
	if s.stage == nil {
		s.stage = fakeapi.NewStage()
	}
	if s.org == "" {
		s.org = "acme"
	}
	s.window = fakeapi.NewWindow(s.stage.Clock)
	s.front = fakeapi.NewFront(s.stage, s)
	credential, err := s.AddUser(User{Name: "mint.bootstrap", Admin: true, ReadsManaged: true})
	s.bootstrap = credential
	return s, err
}

// ServeHTTP answers as the tenant's API host does.
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
	routes := []fakeapi.Route{{Method: http.MethodPost, Path: loginPath, Login: true, Handle: s.login}}
	for _, v := range versions() {
		if v.bulk {
			// Before the route of one token, which it would match.
			routes = append(routes,
				fakeapi.Route{Method: http.MethodPatch, Path: v.collection + "/bulk-update", Handle: s.api(v, s.bulkUpdate)},
				fakeapi.Route{Method: http.MethodPost, Path: v.collection + "/bulk-update", Handle: s.api(v, s.bulkUpdate)},
			)
		}
		routes = append(routes,
			fakeapi.Route{Method: http.MethodGet, Path: v.collection, List: true, Handle: s.api(v, s.list)},
			fakeapi.Route{Method: http.MethodPost, Path: v.collection, Handle: s.api(v, s.create)},
			fakeapi.Route{Method: http.MethodPatch, Path: v.collection + "/{id}", Handle: s.api(v, s.patch)},
			fakeapi.Route{Method: http.MethodDelete, Path: v.collection + "/{id}", Handle: s.api(v, s.delete)},
		)
	}
	return routes
}

// Decorate implements [fakeapi.System]: every answer names its request.
func (s *Server) Decorate(header http.Header) {
	header.Set(requestIDHeader, fakeapi.NewID())
}

// Settings are the values that point a client at this tenant when it is served under base.
func (s *Server) Settings(base string) []fakeapi.Setting {
	return []fakeapi.Setting{
		{Argument: "base_url", Variable: "SAIL_BASE_URL", Value: base},
		{Argument: "client_id", Variable: "SAIL_CLIENT_ID", Value: s.bootstrap.ClientID},
		{Argument: "client_secret", Variable: "SAIL_CLIENT_SECRET", Value: s.bootstrap.ClientSecret},
	}
}

func (s *Server) now() time.Time { return s.stage.Clock.Now() }

// version is one API version: its path, which of the two expiry contracts it follows, and whether it has the bulk update.
type version struct {
	name       string
	collection string
	old        bool
	bulk       bool
}

func versions() []version {
	all := []version{{name: "v1", collection: "/personal-access-tokens/v1", bulk: true}}
	for _, name := range []string{"v2026", "v2025"} {
		all = append(all, version{name: name, collection: "/" + name + "/personal-access-tokens"})
	}
	for _, name := range []string{"v2024", "v3", "beta"} {
		all = append(all, version{name: name, collection: "/" + name + "/personal-access-tokens", old: true})
	}
	return all
}
