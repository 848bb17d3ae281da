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
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
)

// wire carries requests to the emulators in the same process. Nothing on it takes time: a request that hangs has timed out at once, and
// one that is slow is not.
type wire struct {
	// hosts are the emulators by host, systems their names.
	hosts   map[string]http.Handler
	systems map[string]string
	sandbox *sandbox.Sandbox

	// lists are what each list would show, by its path.
	lists func() map[string]string

	mu sync.Mutex
	// expected are lists that are to lag behind the next change, lagging is how often each of them still does, by its path.
	expected []fakeapi.Fault
	lagging  map[string]int
}

func newWire(sb *sandbox.Sandbox, lists func() map[string]string) (*wire, error) {
	w := &wire{hosts: map[string]http.Handler{}, systems: map[string]string{}, sandbox: sb, lists: lists, lagging: map[string]int{}}
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
	w.lag(r)
	broken := written.by(handler, request)
	w.wrote(before)
	if broken {
		return w.broken(r, written)
	}
	return written.response(r, nil), nil
}

// expect lets a list lag behind the next change of what it shows.
func (w *wire) expect(lag fakeapi.Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expected = append(w.expected, lag)
}

// state is what each list would show, while one is expected to lag.
func (w *wire) state() map[string]string {
	w.mu.Lock()
	expecting := len(w.expected) > 0
	w.mu.Unlock()
	if !expecting {
		return nil
	}
	return w.lists()
}

// wrote lets the lists lag that have changed just now, as it was expected of them.
func (w *wire) wrote(before map[string]string) {
	if before == nil {
		return
	}
	for path, shows := range w.lists() {
		if shows == before[path] {
			continue
		}
		w.mu.Lock()
		w.expected = slices.DeleteFunc(w.expected, func(lag fakeapi.Fault) bool {
			times, isLag := strings.CutPrefix(lag.Fault, "lag:")
			count, err := strconv.Atoi(times)
			if !isLag || err != nil || !protocoltest.Route(http.MethodGet, lag.Route)(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}}) {
				return false
			}
			w.lagging[path] += count
			return true
		})
		w.mu.Unlock()
	}
}

// lag orders that a list lags, right before it is asked for: another list of the same route may have changed long ago, and show that.
func (w *wire) lag(r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.Method != http.MethodGet || w.lagging[r.URL.Path] == 0 {
		return
	}
	w.lagging[r.URL.Path]--
	// It is the name of a system and a word that were accepted before.
	_ = w.sandbox.Faults().Add(fakeapi.Fault{System: w.systems[r.URL.Host], Method: http.MethodGet, Fault: "lag:1"})
}

// prompt ends all lagging of lists, also what was ordered for a request that met an earlier fault. No request may be under way.
func (w *wire) prompt() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expected = nil
	clear(w.lagging)
	faults := w.sandbox.Faults().Pending()
	w.sandbox.Faults().Clear()
	for _, fault := range faults {
		if !strings.HasPrefix(fault.Fault, "lag:") {
			// It was accepted before.
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
