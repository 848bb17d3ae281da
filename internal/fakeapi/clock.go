package fakeapi

import (
	"fmt"
	"sync"
	"time"
)

// Clock is the time of the emulators: the real time plus an offset that only grows by [Clock.Advance].
// The zero value shows the real time. It is safe for concurrent use.
type Clock struct {
	mu     sync.Mutex
	offset time.Duration
}

// Now returns the emulators' time in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Real().Add(c.offset).UTC().Round(0)
}

// Advance moves the clock by d.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// Real returns the time of the machine, for limits that a moved clock must not open or close.
func (c *Clock) Real() time.Time {
	return time.Now()
}

// When is a point in time in seed data: RFC 3339, or a duration such as "-48h" that counts from the emulators' clock.
type When struct {
	absolute time.Time
	relative time.Duration
	set      bool
}

// UnmarshalText reads a time or a duration; an empty text leaves the value unset.
func (w *When) UnmarshalText(text []byte) error {
	word := string(text)
	if word == "" {
		*w = When{}
		return nil
	}
	if absolute, err := time.Parse(time.RFC3339Nano, word); err == nil {
		*w = When{absolute: absolute.UTC(), set: true}
		return nil
	}
	relative, err := time.ParseDuration(word)
	if err != nil {
		return fmt.Errorf("%q is neither an RFC 3339 time nor a duration such as \"-48h\"", word)
	}
	*w = When{relative: relative, set: true}
	return nil
}

// At resolves the value against now; nil means that it is unset.
func (w When) At(now time.Time) *time.Time {
	if !w.set {
		return nil
	}
	at := w.absolute
	if at.IsZero() {
		at = now.Add(w.relative)
	}
	return &at
}

// Duration is a [time.Duration] that JSON writes as a word such as "10s".
type Duration time.Duration

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	value, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a duration such as \"10s\"", text)
	}
	*d = Duration(value)
	return nil
}

// MarshalText writes the duration.
func (d Duration) MarshalText() ([]byte, error) {
	return []byte(time.Duration(d).String()), nil
}
