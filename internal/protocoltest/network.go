package protocoltest

import (
	"context"
	"errors"
	"net/http"
	"path"
	"strings"
	"sync"
	"sync/atomic"
)

// Network is what one provider process sends its requests through: a transport, on which a machine that is busy makes no request late,
// because the provider's deadline holds for those alone that are to hang. It can let the process die with one of its requests, and let
// things happen in between.
//
// Its fields are set before it is used.
type Network struct {
	// Next sends requests; nil is [http.DefaultTransport].
	Next http.RoundTripper
	// DiesWith is the request, counted from 1, with which the process dies; 0 lets it live. With AfterAnswer it still gets the answer
	// to that one, but sends no other.
	DiesWith    int
	AfterAnswer bool
	// Counts selects the requests that are counted; nil counts all.
	Counts func(*http.Request) bool
	// Hangs selects requests whose work is done, if there is any, and that are never answered.
	Hangs func(*http.Request) bool
	// Before and After run around each request that is sent.
	Before, After func(*http.Request)

	mu     sync.Mutex
	once   sync.Once
	count  int
	killed chan struct{}
}

// errDead is what a process would see that is not there any more.
var errDead = errors.New("the process is dead")

// died is closed when the process is dead.
func (n *Network) died() chan struct{} {
	n.once.Do(func() { n.killed = make(chan struct{}) })
	return n.killed
}

// Dead reports whether the process has died.
func (n *Network) Dead() bool {
	if n == nil {
		return false
	}
	select {
	case <-n.died():
		return true
	default:
		return false
	}
}

// call asks a process for something. It returns nil when the process dies with that, or is dead already.
func call[Request, Answer any](e *Engine, ask func(context.Context, *Request) (*Answer, error), request *Request) *Answer {
	e.t.Helper()
	if e.network == nil || e.network.DiesWith == 0 {
		answer, err := ask(e.ctx, request)
		if err != nil {
			e.t.Fatal(err)
		}
		return answer
	}
	type result struct {
		answer *Answer
		err    error
	}
	results := make(chan result, 1)
	if e.network.Dead() {
		return nil
	}
	go func() {
		answer, err := ask(e.ctx, request)
		results <- result{answer, err}
	}()
	select {
	case made := <-results:
		if made.err != nil {
			e.t.Fatal(made.err)
		}
		if !e.network.Dead() {
			return made.answer
		}
	case <-e.network.died():
	}
	return nil
}

// last counts a request. It reports whether the process is dead already, and whether it dies with this one.
func (n *Network) last(r *http.Request) (dead, dies bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.Dead() {
		return true, false
	}
	if n.DiesWith == 0 || n.Counts != nil && !n.Counts(r) {
		return false, false
	}
	n.count++
	return n.count > n.DiesWith, n.count == n.DiesWith
}

// RoundTrip implements [http.RoundTripper].
func (n *Network) RoundTrip(r *http.Request) (*http.Response, error) {
	next := n.Next
	if next == nil {
		next = http.DefaultTransport
	}
	var answer *http.Response
	var err error
	send := func() {
		answer, err = next.RoundTrip(r.WithContext(context.WithoutCancel(r.Context()))) //nolint:bodyclose // it is closed below, or by who asked
	}
	if lost := n.Carry(r, send); lost != nil {
		if answer != nil {
			_ = answer.Body.Close()
		}
		return nil, lost
	}
	return answer, err
}

// Carry takes a request to where its work is done, which need not speak HTTP. It returns an error when there is no answer to wait for
// any more.
func (n *Network) Carry(r *http.Request, work func()) error {
	dead, dies := n.last(r)
	if dead {
		return n.nothing(r)
	}
	if n.Before != nil {
		n.Before(r)
	}
	work()
	if n.After != nil {
		n.After(r)
	}
	hangs := n.Hangs != nil && n.Hangs(r)
	if dies {
		close(n.died())
	}
	if hangs || dies && !n.AfterAnswer {
		return n.nothing(r)
	}
	return nil
}

// nothing is all that becomes of a request that is never answered: its process waits for as long as it does.
func (n *Network) nothing(r *http.Request) error {
	<-r.Context().Done()
	if n.Dead() {
		return errDead
	}
	return r.Context().Err()
}

// Route selects requests by method and path, in which a name in braces stands for any segment.
func Route(method, route string) func(*http.Request) bool {
	segments := strings.Split(route, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, "{") {
			segments[i] = "*"
		}
	}
	pattern := strings.Join(segments, "/")
	return func(r *http.Request) bool {
		matches, err := path.Match(pattern, r.URL.Path)
		return err == nil && matches && r.Method == method
	}
}

// First selects the first of the requests that are selected.
func First(of func(*http.Request) bool) func(*http.Request) bool {
	var seen atomic.Bool
	return func(r *http.Request) bool { return of(r) && !seen.Swap(true) }
}
