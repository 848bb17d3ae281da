package fakeapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// toy is a system with a list of words.
type toy struct {
	mu    sync.Mutex
	words fakeapi.Store[string]
}

func (s *toy) Name() string { return "toy" }

func (s *toy) Routes() []fakeapi.Route {
	return []fakeapi.Route{
		{Method: "POST", Path: "/login", Login: true, Handle: func(http.ResponseWriter, *http.Request) {}},
		{Method: "GET", Path: "/words", List: true, Handle: s.list},
		{Method: "POST", Path: "/words/{id}", Handle: s.add},
	}
}

func (s *toy) list(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = io.WriteString(w, `{"words": "`+strings.Join(s.words.List(fakeapi.Lagging(r)), " ")+`"}`)
}

func (s *toy) add(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	s.words.Put(r.PathValue("id"), string(body))
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, `{"added": true}`)
}

func (s *toy) Caller(r *http.Request) string {
	// Reading the body must not take it away from the handler.
	_, _ = io.ReadAll(r.Body)
	return r.Header.Get("Caller")
}

func (s *toy) Decorate(header http.Header) { header.Set("Toy", "yes") }

func (s *toy) Fail(w http.ResponseWriter, _ *http.Request, status int) {
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"toy": "error"}`)
}

func (s *toy) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.words.All(), " ")
}

type bench struct {
	t      *testing.T
	stage  *fakeapi.Stage
	system *toy
	url    string
	client *http.Client
}

func start(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, stage: fakeapi.NewStage(), system: &toy{}}
	server := httptest.NewServer(fakeapi.NewFront(b.stage, b.system))
	t.Cleanup(server.Close)
	// Without reused connections the transport repeats nothing by itself.
	b.client = &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	b.url = server.URL
	return b
}

// head is a response without its body.
type head struct {
	StatusCode int
	Header     http.Header
}

// send returns the response and its body; err is the error of either.
func (b *bench) send(method, path, body string) (head, string, error) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Caller", "me")
	response, err := b.client.Do(request)
	if err != nil {
		return head{}, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return head{response.StatusCode, response.Header}, string(text), err
}

func (b *bench) fault(word string) {
	b.t.Helper()
	if err := b.stage.Faults.Add(fakeapi.Fault{Fault: word}); err != nil {
		b.t.Fatal(err)
	}
}
