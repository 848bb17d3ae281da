package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// gateway serves the emulators to processes of their own, through the wire: lists lag and requests are lost there as they do in this
// process. It counts requests, and kills who sends them.
type gateway struct {
	wire    *wire
	servers []*http.Server
	// bases are the URLs by system.
	bases map[string]string

	mu sync.Mutex
	// isOpen is set while a command runs, whose requests are passed on; passing are those that are.
	isOpen  bool
	passing sync.WaitGroup
	kill    *Kill
	count   int
	// die ends the processes.
	die func()
}

// openGateway listens on a loopback port for each system.
func openGateway(ctx context.Context, w *world) (*gateway, error) {
	g := &gateway{wire: w.wire, bases: map[string]string{}}
	for _, name := range systems() {
		target, err := url.Parse(w.URL(name))
		if err != nil {
			return nil, err
		}
		socket, err := new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, errors.Join(err, g.close())
		}
		server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(to http.ResponseWriter, r *http.Request) {
			g.pass(to, r, target.Host)
		})}
		g.servers, g.bases[name] = append(g.servers, server), "http://"+socket.Addr().String()
		go func() { _ = server.Serve(socket) }()
	}
	return g, nil
}

func (g *gateway) close() error {
	var err error
	for _, server := range g.servers {
		err = errors.Join(err, server.Close())
	}
	return err
}

// open passes the requests of a command on, and lets it die by this function with the request that a kill names.
func (g *gateway) open(kill *Kill, die func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.isOpen, g.kill, g.count, g.die = true, kill, 0, die
}

// shut ends what open began: it waits for the requests that a dead process has left under way, and lets no later one through. What
// happens on the servers has happened then.
func (g *gateway) shut() {
	g.mu.Lock()
	g.isOpen, g.kill = false, nil
	g.mu.Unlock()
	g.passing.Wait()
}

// enters reports whether a request is passed on.
func (g *gateway) enters() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.isOpen {
		g.passing.Add(1)
	}
	return g.isOpen
}

// dies counts a request, and returns what ends the processes with it.
func (g *gateway) dies(r *http.Request) (now, after func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	none := func() {}
	if g.kill == nil || g.kill.OnlyWrites && r.Method == http.MethodGet {
		return none, none
	}
	if g.count++; g.count != g.kill.With {
		return none, none
	}
	if g.kill.AfterAnswer {
		return none, g.die
	}
	return g.die, none
}

// pass carries a request to an emulator and its answer back. A request that hangs is lost, like one whose connection breaks.
func (g *gateway) pass(to http.ResponseWriter, r *http.Request, host string) {
	if !g.enters() {
		panic(http.ErrAbortHandler)
	}
	defer g.passing.Done()
	now, after := g.dies(r)
	request := r.Clone(context.WithoutCancel(r.Context()))
	request.URL.Host = host
	answer, err := g.wire.RoundTrip(request)
	now()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = answer.Body.Close() }()
	for name, values := range answer.Header {
		to.Header()[name] = values
	}
	to.WriteHeader(answer.StatusCode)
	_, err = io.Copy(to, answer.Body)
	if flusher, can := to.(http.Flusher); can {
		flusher.Flush()
	}
	if after(); err != nil {
		panic(http.ErrAbortHandler)
	}
}
