// Package sandbox runs the emulators of all systems in one process, each on a loopback port of its own, next to a control
// server that shows what is alive, moves the clock, orders faults and seeds foreign objects.
package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// Options are the choices at the start of a sandbox; the zero value is good for tests.
type Options struct {
	// ControlPort is the port of the control server; 0 takes a free one.
	ControlPort int
	// Ports holds fixed ports by system name; a missing system takes a free one.
	Ports map[string]int
	// SailPoint holds the initial switches of the SailPoint emulator.
	SailPoint sailpoint.Switches
	// Magpie holds the initial switches of the Magpie emulator.
	Magpie magpie.Switches
	// TrueFoundry holds the initial switches of the TrueFoundry emulator.
	TrueFoundry truefoundry.Switches
}

// Sandbox is a running set of emulators.
type Sandbox struct {
	// SailPoint is the emulated SailPoint tenant.
	SailPoint *sailpoint.Server
	// Magpie is the emulated Magpie organization.
	Magpie *magpie.Server
	// TrueFoundry is the emulated TrueFoundry control plane.
	TrueFoundry *truefoundry.Server

	stage    *fakeapi.Stage
	systems  []*system
	control  *listener
	closing  sync.Once
	closeErr error
}

// Start starts every emulator and the control server.
func Start(opts Options) (*Sandbox, error) {
	sb := &Sandbox{stage: fakeapi.NewStage()}
	systems, err := sb.assemble(opts)
	if err != nil {
		return nil, err
	}
	sb.systems = systems
	for name := range opts.Ports {
		if sb.find(name) == nil {
			return nil, fmt.Errorf("port for unknown system %q", name)
		}
	}
	for _, s := range sb.systems {
		if s.listener, err = listen(opts.Ports[s.name], s.emulator); err != nil {
			return nil, errors.Join(fmt.Errorf("start the %s emulator: %w", s.name, err), sb.Close())
		}
	}
	if sb.control, err = listen(opts.ControlPort, sb.controlHandler()); err != nil {
		return nil, errors.Join(fmt.Errorf("start the control server: %w", err), sb.Close())
	}
	return sb, nil
}

// Close stops all servers and waits for them. Closing twice is harmless.
func (sb *Sandbox) Close() error {
	sb.closing.Do(func() {
		for _, s := range sb.systems {
			sb.closeErr = errors.Join(sb.closeErr, s.listener.close())
		}
		sb.closeErr = errors.Join(sb.closeErr, sb.control.close())
	})
	return sb.closeErr
}

// ControlURL returns the root of the control server, without a trailing slash.
func (sb *Sandbox) ControlURL() string { return sb.control.url() }

// URL returns the base URL of a system, or nothing if there is no such system.
func (sb *Sandbox) URL(name string) string {
	s := sb.find(name)
	if s == nil {
		return ""
	}
	return s.listener.url()
}

// Systems returns the names of the emulated systems.
func (sb *Sandbox) Systems() []string {
	names := make([]string, 0, len(sb.systems))
	for _, s := range sb.systems {
		names = append(names, s.name)
	}
	return names
}

// Settings returns what the provider needs to reach a system of this sandbox.
func (sb *Sandbox) Settings(name string) []fakeapi.Setting {
	s := sb.find(name)
	if s == nil {
		return nil
	}
	return s.emulator.Settings(s.listener.url())
}

// Env returns the environment that points the provider at this sandbox.
func (sb *Sandbox) Env() map[string]string {
	env := map[string]string{}
	for _, s := range sb.systems {
		for _, setting := range sb.Settings(s.name) {
			env[setting.Variable] = setting.Value
		}
	}
	return env
}

// Clock returns the clock of all emulators.
func (sb *Sandbox) Clock() *fakeapi.Clock { return sb.stage.Clock }

// Journal returns the journal of all emulators.
func (sb *Sandbox) Journal() *fakeapi.Journal { return sb.stage.Journal }

// Faults returns the queue of ordered faults.
func (sb *Sandbox) Faults() *fakeapi.Faults { return sb.stage.Faults }

// Vault returns every secret that the emulators minted.
func (sb *Sandbox) Vault() *fakeapi.Vault { return sb.stage.Vault }

// Live returns the live tokens by system name.
func (sb *Sandbox) Live() map[string][]fakeapi.LiveToken {
	live := map[string][]fakeapi.LiveToken{}
	for _, s := range sb.systems {
		live[s.name] = s.emulator.Live()
	}
	return live
}

// Connections counts the open connections to the emulators.
func (sb *Sandbox) Connections() int {
	open := 0
	for _, s := range sb.systems {
		open += int(s.listener.open.Load())
	}
	return open
}

func (sb *Sandbox) find(name string) *system {
	for _, s := range sb.systems {
		if s.name == name {
			return s
		}
	}
	return nil
}

// listener is one HTTP server on a loopback port.
type listener struct {
	server *http.Server
	addr   net.Addr
	done   chan error
	open   atomic.Int64
}

func listen(port int, handler http.Handler) (*listener, error) {
	socket, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return nil, err
	}
	l := &listener{
		server: &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second},
		addr:   socket.Addr(), done: make(chan error, 1),
	}
	l.server.ConnState = l.count
	go func() { l.done <- l.server.Serve(socket) }()
	return l, nil
}

// count keeps the number of open connections.
func (l *listener) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		l.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		l.open.Add(-1)
	case http.StateActive, http.StateIdle:
	}
}

func (l *listener) url() string { return "http://" + l.addr.String() }

// close ends open connections too, so that requests which hang do not hold the sandbox.
func (l *listener) close() error {
	if l == nil {
		return nil
	}
	err := l.server.Close()
	if served := <-l.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
