package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
)

// wire carries requests to the emulators in the same process. Nothing on it takes time: a request that hangs has timed out at once, and
// one that is slow is not.
type wire struct {
	// hosts are the emulators by host, systems their names.
	hosts   map[string]http.Handler
	systems map[string]string
	sandbox *sandbox.Sandbox

	// fingerprint changes with what is stored.
	fingerprint func() string

	mu   sync.Mutex
	lags []fakeapi.Fault
}

func newWire(sb *sandbox.Sandbox, fingerprint func() string) (*wire, error) {
	w := &wire{hosts: map[string]http.Handler{}, systems: map[string]string{}, sandbox: sb, fingerprint: fingerprint}
	for name, handler := range map[string]http.Handler{"sailpoint": sb.SailPoint, "magpie": sb.Magpie, "truefoundry": sb.TrueFoundry} {
		base, err := url.Parse(sb.URL(name))
		if err != nil {
			return nil, err
		}
		w.hosts[base.Host], w.systems[base.Host] = handler, name
	}
	return w, nil
}

// RoundTrip implements [http.RoundTripper].
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	handler, known := w.hosts[r.URL.Host]
	if !known {
		return nil, fmt.Errorf("dial %s: no such host", r.URL.Host)
	}
	// An emulator that hangs, or is slow, waits for the end of the request, which has come already.
	over, end := context.WithCancel(r.Context())
	end()
	request := r.Clone(over)
	if request.Body == nil {
		request.Body = http.NoBody
	}
	written := &writing{header: http.Header{}}
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	before := w.state()
	broken := written.by(handler, request)
	if after := w.state(); before != after {
		w.lag(w.systems[r.URL.Host])
	}
	if broken {
		return w.broken(r, written)
	}
	return written.response(r, nil), nil
}

// expect lets a list lag once something was written on its system: that is what lists lag behind.
func (w *wire) expect(lag fakeapi.Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lags = append(w.lags, lag)
}

// state is the fingerprint of what is stored, while a list is expected to lag.
func (w *wire) state() string {
	w.mu.Lock()
	expecting := len(w.lags) > 0
	w.mu.Unlock()
	if !expecting {
		return ""
	}
	return w.fingerprint()
}

// lag orders what was expected of a system on which something was written just now.
func (w *wire) lag(system string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lags = slices.DeleteFunc(w.lags, func(lag fakeapi.Fault) bool {
		if lag.System != system {
			return false
		}
		// It was parsed when it was expected.
		_ = w.sandbox.Faults().Add(lag)
		return true
	})
}

// prompt ends all lagging of lists.
func (w *wire) prompt() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lags = nil
	pending := w.sandbox.Faults().Pending()
	w.sandbox.Faults().Clear()
	for _, fault := range pending {
		if !strings.HasPrefix(fault.Fault, "lag:") {
			_ = w.sandbox.Faults().Add(fault)
		}
	}
}

// broken is what becomes of a request whose connection is closed by the emulator.
func (w *wire) broken(r *http.Request, written *writing) (*http.Response, error) {
	if written.status != 0 {
		return written.response(r, io.ErrUnexpectedEOF), nil
	}
	entries := w.sandbox.Journal().Select(fakeapi.Filter{Method: r.Method})
	for i := len(entries) - 1; i >= 0; i-- {
		if entries[i].Status == 0 {
			if strings.HasPrefix(entries[i].Fault, "hang") {
				return nil, context.DeadlineExceeded
			}
			break
		}
	}
	return nil, io.EOF
}

// writing is an answer as an emulator writes it.
type writing struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// by lets a handler write it. It reports whether that has closed the connection.
func (w *writing) by(handler http.Handler, r *http.Request) (broken bool) {
	defer func() {
		if cause := recover(); cause != nil {
			if err, isError := cause.(error); !isError || !errors.Is(err, http.ErrAbortHandler) {
				panic(cause)
			}
			broken = true
		}
	}()
	handler.ServeHTTP(w, r)
	return false
}

// Header implements [http.ResponseWriter].
func (w *writing) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter].
func (w *writing) WriteHeader(status int) { w.status = status }

// Write implements [http.ResponseWriter].
func (w *writing) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.body.Write(p)
}

// response is the answer as a client sees it, whose body ends with an error, or well.
func (w *writing) response(r *http.Request, end error) *http.Response {
	length := int64(w.body.Len())
	if announced, err := strconv.ParseInt(w.header.Get("Content-Length"), 10, 64); err == nil {
		length = announced
	}
	var body io.Reader = &w.body
	if end != nil {
		body = io.MultiReader(body, failing{end})
	}
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(body), ContentLength: length, Request: r,
	}
}

// failing is the end of a body that broke off.
type failing struct{ err error }

// Read implements [io.Reader].
func (f failing) Read([]byte) (int, error) { return 0, f.err }
