package fakeapi

import (
	"sync"
	"time"
)

// Window counts requests per key in a sliding window over real time. It is safe for concurrent use.
type Window struct {
	clock *Clock
	mu    sync.Mutex
	hits  map[string][]time.Time
}

// NewWindow returns a window without requests.
func NewWindow(clock *Clock) *Window {
	return &Window{clock: clock, hits: map[string][]time.Time{}}
}

// Take counts one request of key against limit requests per span. When the limit is reached the request is not counted,
// and wait says how long it takes until there is room.
func (w *Window) Take(key string, limit int, span time.Duration) (wait time.Duration, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock.Real()
	recent := w.hits[key]
	for len(recent) > 0 && now.Sub(recent[0]) >= span {
		recent = recent[1:]
	}
	if len(recent) < limit {
		w.hits[key] = append(recent, now)
		return 0, true
	}
	w.hits[key] = recent
	if len(recent) == 0 {
		return span, false
	}
	// With a limit that was lowered meanwhile, more than one request has to leave the window.
	leaving := recent[len(recent)-max(limit, 1)]
	return leaving.Add(span).Sub(now), false
}
