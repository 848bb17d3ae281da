package rest_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// transport is a server without a network, for tests that run on the fake clock of [testing/synctest].
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// reply builds an answer; headers come in pairs.
func reply(r *http.Request, status int, body string, headers ...string) *http.Response {
	header := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		header.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: header, Request: r, Body: io.NopCloser(strings.NewReader(body))}
}

// written tells the client what a real connection tells once bytes are on their way.
func written(r *http.Request) {
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
}

// client builds a client of an imaginary vendor; the changes come last.
func client(tb testing.TB, base string, via http.RoundTripper, changes ...func(*rest.Options)) *rest.Client {
	tb.Helper()
	u, err := url.Parse(base)
	if err != nil {
		tb.Fatal(err)
	}
	options := rest.Options{
		System: "acme", Title: "Acme", BaseURL: u, Transport: via,
		Timeout: 10 * time.Second, MaxRetries: 1, UserAgent: "terraform-provider-mint/test",
		Now: time.Now, Redactor: &rest.Redactor{},
		RequestID: func(h http.Header) string { return h.Get("X-Request-ID") },
		Explain: func(_ int, body []byte) (code, message string) {
			var e struct{ Code, Message string }
			_ = json.Unmarshal(body, &e)
			return e.Code, e.Message
		},
	}
	for _, change := range changes {
		change(&options)
	}
	return rest.New(options)
}

const imaginary = "https://acme.example.com"

// offline builds a client whose server is a function.
func offline(tb testing.TB, answer transport, changes ...func(*rest.Options)) *rest.Client {
	tb.Helper()
	return client(tb, imaginary, answer, changes...)
}

// seen is what reached a server.
type seen struct {
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
	times    []time.Time
}

// note keeps a request and returns how many have come by now.
func (s *seen) note(r *http.Request) int {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.bodies, s.times = append(s.requests, r), append(s.bodies, string(body)), append(s.times, time.Now())
	return len(s.requests)
}

func (s *seen) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// online serves a handler over a real connection and counts what reaches it.
func online(tb testing.TB, handle func(w http.ResponseWriter, r *http.Request, number int)) (*httptest.Server, *seen) {
	tb.Helper()
	s := &seen{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(w, r, s.note(r)) }))
	tb.Cleanup(server.Close)
	return server, s
}

// network is a transport of its own for each test, which leaves no connection behind.
func network(tb testing.TB) *http.Transport {
	tb.Helper()
	via := &http.Transport{}
	tb.Cleanup(via.CloseIdleConnections)
	return via
}

func get(route string) *rest.Call { return &rest.Call{Method: http.MethodGet, Route: route} }

// mint is a call that makes something new each time.
func mint() *rest.Call {
	return &rest.Call{
		Method: http.MethodPost, Route: "/tokens", ContentType: "application/json",
		Body: []byte(`{"name":"a"}`), Effect: rest.Mints,
	}
}

func failure(tb testing.TB, err error) *rest.Error {
	tb.Helper()
	var e *rest.Error
	if !errors.As(err, &e) {
		tb.Fatalf("want a *rest.Error, got %T: %v", err, err)
	}
	return e
}
