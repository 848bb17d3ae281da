package rest

import (
	"sort"
	"strings"
	"sync"
)

// shortestSecret keeps words such as "a" from being struck out of every message; no system mints anything near as short.
const shortestSecret = 6

// Redactor remembers every secret of a run and refusals it out of any text on its way to a log or a diagnostic.
// It is safe for concurrent use.
type Redactor struct {
	mu     sync.RWMutex
	values []string
}

// Add registers secrets. It must be called before anything else sees them.
func (r *Redactor) Add(secrets ...Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range secrets {
		if len(s.plain) < shortestSecret || r.has(s.plain) {
			continue
		}
		// A fresh slice each time: Values hands the old one out without a copy.
		values := append(append(make([]string, 0, len(r.values)+1), r.values...), s.plain)
		// Longest first, so that a secret which contains another is struck out whole.
		sort.Slice(values, func(i, j int) bool { return len(values[i]) > len(values[j]) })
		r.values = values
	}
}

func (r *Redactor) has(plain string) bool {
	for _, v := range r.values {
		if v == plain {
			return true
		}
	}
	return false
}

// Redact returns text without any registered secret.
func (r *Redactor) Redact(text string) string {
	for _, v := range r.Values() {
		text = strings.ReplaceAll(text, v, redacted)
	}
	return text
}

// Values returns the registered secrets, for the masks of the log context. The slice must not be changed.
func (r *Redactor) Values() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.values
}
