// Package sink is where tests deliver secrets: providers whose resources take a secret in a write-only argument, with a version beside it,
// as the providers of secret stores do. What is delivered is kept in memory, where a test reads it, and in no state.
package sink

import (
	"errors"
	"maps"
	"sync"
)

// Sink keeps what was delivered. The zero value is ready, and safe for concurrent use.
type Sink struct {
	// watching is held while the watching function runs, which may read the sink.
	watching sync.Mutex

	mu         sync.Mutex
	watch      func()
	slots      map[string]string
	deliveries int
	refusals   int
}

// Watch has the function called after every delivery, before the apply goes on, and not by two at a time. It may read the sink. Nil ends that.
func (s *Sink) Watch(watch func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watch = watch
}

// Refuse makes the sink refuse the next secrets, as a store does that is sealed or that lacks a right.
func (s *Sink) Refuse(times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusals = times
}

// Secret returns what a slot holds now.
func (s *Sink) Secret(slot string) (secret string, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	secret, found = s.slots[slot]
	return secret, found
}

// Slots returns what all slots hold now.
func (s *Sink) Slots() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.slots)
}

// Deliveries returns how often a secret has arrived.
func (s *Sink) Deliveries() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deliveries
}

func (s *Sink) deliver(slot, secret string) error {
	watch, err := s.keep(slot, secret)
	if err == nil && watch != nil {
		s.watching.Lock()
		defer s.watching.Unlock()
		watch()
	}
	return err
}

// keep keeps a secret, unless it is to be refused, and returns the function that watches.
func (s *Sink) keep(slot, secret string) (watch func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusals > 0 {
		s.refusals--
		return nil, errors.New("permission denied")
	}
	if s.slots == nil {
		s.slots = map[string]string{}
	}
	s.slots[slot] = secret
	s.deliveries++
	return s.watch, nil
}

func (s *Sink) drop(slot string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.slots, slot)
}
