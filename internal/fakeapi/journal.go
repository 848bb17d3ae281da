package fakeapi

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Entry is one request that reached an emulator. It carries no body and no secret.
type Entry struct {
	At     time.Time `json:"at"`
	System string    `json:"system"`
	Method string    `json:"method"`
	// Route is the template that the path matched, empty when none did.
	Route string `json:"route"`
	Path  string `json:"path"`
	Query string `json:"query"`
	// Status is what was answered; 0 means that no answer was sent.
	Status int `json:"status"`
	// Caller is the ID of the credential behind the request, empty when it has none that is known.
	Caller string `json:"caller"`
	// Fault is the fault that hit the request, as it was ordered.
	Fault string `json:"fault"`
}

// Filter selects journal entries; an empty field matches everything.
type Filter struct {
	System string
	Method string
	Route  string
	Path   string
	Status int
	Caller string
}

func (f Filter) matches(e Entry) bool {
	return (f.System == "" || f.System == e.System) &&
		(f.Method == "" || strings.EqualFold(f.Method, e.Method)) &&
		(f.Route == "" || f.Route == e.Route) &&
		(f.Path == "" || f.Path == e.Path) &&
		(f.Status == 0 || f.Status == e.Status) &&
		(f.Caller == "" || f.Caller == e.Caller)
}

// Journal records every request, in the order in which they were decided and always before the client sees the answer.
// The zero value is ready and safe for concurrent use.
type Journal struct {
	mu      sync.Mutex
	entries []Entry
}

func (j *Journal) add(e Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, e)
}

// Entries returns a copy of all entries, never nil.
func (j *Journal) Entries() []Entry {
	return j.Select(Filter{})
}

// Select returns a copy of the entries that match, never nil.
func (j *Journal) Select(filter Filter) []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	selected := slices.Clone(j.entries)
	selected = slices.DeleteFunc(selected, func(e Entry) bool { return !filter.matches(e) })
	if selected == nil {
		return []Entry{}
	}
	return selected
}

// Count returns how many entries match.
func (j *Journal) Count(filter Filter) int {
	return len(j.Select(filter))
}

// Reset forgets all entries.
func (j *Journal) Reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = nil
}
