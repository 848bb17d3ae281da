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
	mu         sync.Mutex
	watch      func()
	slots      map[string]string
	deliveries int
	refusals   int
}

// Watch has the function called after every delivery, before the apply goes on, and not by two at a time. Nil ends that.
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
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusals > 0 {
		s.refusals--
		return errors.New("permission denied")
	}
	if s.slots == nil {
		s.slots = map[string]string{}
	}
	s.slots[slot] = secret
	s.deliveries++
	if s.watch != nil {
		s.watch()
	}
	return nil
}

func (s *Sink) drop(slot string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.slots, slot)
}
