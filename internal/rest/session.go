package rest

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// renewalMargin is the longest time before its end at which a session is renewed; short ones are renewed when a fifth is
// left, so that a 15-second bearer still serves for 12.
const renewalMargin = 30 * time.Second

// Login is what a login answered.
type Login struct {
	// Credential goes into the header of every other call.
	Credential Secret
	// Lifetime is how long the server says it lasts; 0 when it does not say.
	Lifetime time.Duration
}

// Session is a credential that is obtained by logging in, once for all calls of a run, and renewed when it ends.
// A refused login is final: it is never sent a second time, because repeated ones lock accounts.
type Session struct {
	// LogIn obtains a credential.
	LogIn func(context.Context) (Login, error)
	// Put writes the credential into a request.
	Put func(*http.Request, Secret)
	// Clock tells the time; monotonic readings are best.
	Clock func() time.Time

	once sync.Once
	// gate is a lock that a cancelled caller can stop waiting for.
	gate       chan struct{}
	current    Login
	obtained   time.Time
	generation int
	// accepted is the newest generation that the server has let through.
	accepted int
	refused  error
}

func (s *Session) lock(ctx context.Context) error {
	s.once.Do(func() { s.gate = make(chan struct{}, 1) })
	select {
	case s.gate <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Session) unlock() { <-s.gate }

// Ready logs in unless there is a credential that still serves, and returns it with its generation.
func (s *Session) Ready(ctx context.Context) (Secret, int, error) {
	if err := s.lock(ctx); err != nil {
		return Secret{}, 0, err
	}
	defer s.unlock()
	if s.refused != nil {
		return Secret{}, 0, s.refused
	}
	if s.generation > 0 && !s.ending() {
		return s.current.Credential, s.generation, nil
	}
	login, err := s.LogIn(ctx)
	if err != nil {
		// A run that is being stopped says nothing about the credential; everything else is remembered, so that ten
		// resources do not each wait for a host that does not answer.
		if ctx.Err() == nil {
			s.refused = err
		}
		return Secret{}, 0, err
	}
	s.current, s.obtained = login, s.Clock()
	s.generation++
	return login.Credential, s.generation, nil
}

// ending reports whether the credential is too close to its end to be sent.
func (s *Session) ending() bool {
	if s.current.Credential.IsEmpty() {
		return true
	}
	if s.current.Lifetime == 0 {
		return false
	}
	margin := min(s.current.Lifetime/5, renewalMargin)
	return s.Clock().Sub(s.obtained) >= s.current.Lifetime-margin
}

// Accepted notes that the server let a generation through.
func (s *Session) Accepted(ctx context.Context, generation int) {
	if s.lock(ctx) != nil {
		return
	}
	defer s.unlock()
	s.accepted = max(s.accepted, generation)
}

// Renewable is told that the server refused a generation with 401. It reports whether trying once more is worth it: a
// newer credential is there already, or this one worked before and has ended early. One that never worked is not asked
// for again.
func (s *Session) Renewable(ctx context.Context, generation int) bool {
	if s.lock(ctx) != nil {
		return false
	}
	defer s.unlock()
	if s.generation > generation {
		return true
	}
	if s.accepted < generation {
		return false
	}
	s.current.Credential = Secret{}
	return true
}

// authorize puts the session's credential into every call that is not anonymous and, on 401, renews it and sends the call
// once more: a request that was answered 401 has not been executed.
func authorize(session *Session, next http.RoundTripper) link {
	return func(r *http.Request) (*http.Response, error) {
		a := attemptOf(r.Context())
		if session == nil || a.call.Anonymous {
			return next.RoundTrip(r)
		}
		credential, generation, err := session.Ready(r.Context())
		if err != nil {
			return nil, err
		}
		resp, err := session.send(r, a, next, credential, generation)
		if err != nil || resp.StatusCode != http.StatusUnauthorized || !session.Renewable(r.Context(), generation) {
			return resp, err
		}
		_ = resp.Body.Close()
		a.sent = false
		if credential, generation, err = session.Ready(r.Context()); err != nil {
			return nil, err
		}
		return session.send(r, a, next, credential, generation)
	}
}

// send sends one try and notes whether the server let the credential through.
func (s *Session) send(r *http.Request, a *attempt, next http.RoundTripper, credential Secret, generation int) (*http.Response, error) {
	resp, err := next.RoundTrip(authorized(r, a, s, credential))
	if err == nil && resp.StatusCode != http.StatusUnauthorized && resp.StatusCode < http.StatusInternalServerError {
		s.Accepted(r.Context(), generation)
	}
	return resp, err
}

// authorized copies a request for one try, with a fresh body and the credential.
func authorized(r *http.Request, a *attempt, session *Session, credential Secret) *http.Request {
	r = r.Clone(r.Context())
	setBody(r, a.call.Body)
	session.Put(r, credential)
	return r
}
