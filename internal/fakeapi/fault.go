package fakeapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault orders that the next requests which match go wrong. An empty System, Method or Route matches anything.
type Fault struct {
	System string `json:"system"`
	Method string `json:"method"`
	// Route is a template as the journal shows it.
	Route string `json:"route"`
	// Times is how many requests are hit; 0 means 1.
	Times int `json:"times"`
	// Fault is the word for what happens, see [FaultWords].
	Fault string `json:"fault"`
}

// FaultWord documents one word that [Fault] accepts.
type FaultWord struct {
	Word    string
	Meaning string
}

// FaultWords lists the words of faults.
func FaultWords() []FaultWord {
	return []FaultWord{
		{"status:503", "answers this status with the vendor's own error body, nothing is done"},
		{"429", "answers 429 without Retry-After"},
		{"429:7", "answers 429 with Retry-After in seconds"},
		{"429-date:7", "answers 429 with Retry-After as an HTTP date that many seconds ahead of the emulators' clock"},
		{"drop-before", "closes the connection, nothing is done"},
		{"drop-after", "does the work, then closes the connection"},
		{"status-after:502", "does the work, then answers this status with an HTML page"},
		{"502-after", "short for status-after:502, likewise for every other status"},
		{"truncate", "does the work, cuts the body although Content-Length announces all of it"},
		{"truncate-silent", "does the work, cuts the body, and Content-Length matches what is left"},
		{"html", "answers 200 with an HTML page, nothing is done"},
		{"html-after", "does the work, then answers 200 with an HTML page"},
		{"slow:500ms", "does the work, and answers only after this time"},
		{"hang", "never answers, nothing is done"},
		{"hang-after", "does the work and never answers"},
		{"redirect:URL", "answers 302 with this Location, nothing is done"},
		{"lag:2", "the next two list requests that match answer as the store was before its latest write"},
	}
}

// effect is a parsed fault word.
type effect struct {
	kind    string
	status  int
	seconds int
	lists   int
	wait    time.Duration
	target  string
}

// works tells whether the request still does what it asks for.
func (e effect) works() bool {
	switch e.kind {
	case "", "drop-after", "status-after", "truncate", "truncate-silent", "html-after", "slow", "hang-after", "lag":
		return true
	}
	return false
}

func parseFault(word string) (effect, error) {
	kind, argument, hasArgument := strings.Cut(word, ":")
	if status, isAfter := strings.CutSuffix(word, "-after"); isAfter && len(status) == 3 && !hasArgument {
		if _, err := strconv.Atoi(status); err == nil {
			kind, argument, hasArgument = "status-after", status, true
		}
	}
	e := effect{kind: kind}
	var err error
	switch kind {
	case "drop-before", "drop-after", "truncate", "truncate-silent", "html", "html-after", "hang", "hang-after":
		if hasArgument {
			err = errors.New("takes nothing after a colon")
		}
	case "status", "status-after":
		e.status, err = number(argument, 200, 599)
	case "429":
		if hasArgument {
			e.seconds, err = number(argument, 0, 86400)
		} else {
			e.seconds = -1
		}
	case "429-date":
		e.seconds, err = number(argument, 0, 86400)
	case "slow":
		if e.wait, err = time.ParseDuration(argument); err == nil && e.wait < 0 {
			err = errors.New("wants a positive duration")
		}
	case "lag":
		e.lists, err = number(argument, 1, 1000)
	case "redirect":
		e.target = argument
		if _, parseErr := url.Parse(argument); parseErr != nil || argument == "" {
			err = errors.New("wants a URL after the colon")
		}
	default:
		return effect{}, fmt.Errorf("unknown fault %q; one of %s is expected", word, faultList())
	}
	if err != nil {
		return effect{}, fmt.Errorf("fault %q: %w", word, err)
	}
	return e, nil
}

func number(text string, low, high int) (int, error) {
	value, err := strconv.Atoi(text)
	if err != nil || value < low || value > high {
		return 0, fmt.Errorf("wants a whole number between %d and %d after the colon", low, high)
	}
	return value, nil
}

func faultList() string {
	words := make([]string, 0, len(FaultWords()))
	for _, w := range FaultWords() {
		words = append(words, w.Word)
	}
	return strings.Join(words, ", ")
}

// Faults is the queue of ordered faults. The zero value is empty and safe for concurrent use.
type Faults struct {
	mu      sync.Mutex
	queue   []pending
	systems map[string][]Route
}

type pending struct {
	fault  Fault
	effect effect
	left   int
}

// Add queues a fault. A word, system, method or route that cannot hit anything is an error.
func (f *Faults) Add(fault Fault) error {
	e, err := parseFault(fault.Fault)
	if err != nil {
		return err
	}
	if fault.Times < 0 {
		return errors.New("times must not be negative")
	}
	left := max(fault.Times, 1)
	if e.kind == "lag" {
		left *= e.lists
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.reachable(fault, e); err != nil {
		return err
	}
	f.queue = append(f.queue, pending{fault: fault, effect: e, left: left})
	return nil
}

// reachable refuses a fault that no known route can meet, because a test that orders it would wait in vain.
func (f *Faults) reachable(fault Fault, e effect) error {
	routes, known := f.systems[fault.System]
	if fault.System == "" {
		for _, all := range f.systems {
			routes = append(routes, all...)
		}
	} else if !known {
		return fmt.Errorf("unknown system %q", fault.System)
	}
	for _, route := range routes {
		if fault.meets(fault.System, route) && (e.kind != "lag" || route.List) {
			return nil
		}
	}
	if e.kind == "lag" {
		return fmt.Errorf("no list route matches method %q and route %q", fault.Method, fault.Route)
	}
	return fmt.Errorf("no route matches method %q and route %q; a route is a template such as \"/things/{id}\"", fault.Method, fault.Route)
}

func (f Fault) meets(system string, route Route) bool {
	return (f.System == "" || f.System == system) &&
		(f.Method == "" || strings.EqualFold(f.Method, route.Method)) &&
		(f.Route == "" || f.Route == route.Path)
}

// Pending returns the faults that have hits left, with Times showing how many.
func (f *Faults) Pending() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]Fault, 0, len(f.queue))
	for _, p := range f.queue {
		fault := p.fault
		fault.Times = p.left
		all = append(all, fault)
	}
	return all
}

// Clear drops all faults.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queue = nil
}

func (f *Faults) register(system string, routes []Route) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.systems == nil {
		f.systems = map[string][]Route{}
	}
	f.systems[system] = routes
}

// take uses up one hit of the first fault that matches the request.
func (f *Faults) take(system string, route Route) (word string, e effect) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, p := range f.queue {
		if !p.fault.meets(system, route) || (p.effect.kind == "lag" && !route.List) {
			continue
		}
		f.queue[i].left--
		if f.queue[i].left == 0 {
			f.queue = append(f.queue[:i], f.queue[i+1:]...)
		}
		return p.fault.Fault, p.effect
	}
	return "", effect{}
}

// retryAfter writes the header that a 429 carries.
func (e effect) retryAfter(header http.Header, now time.Time) {
	switch {
	case e.kind == "429-date":
		header.Set("Retry-After", now.Add(time.Duration(e.seconds)*time.Second).UTC().Format(http.TimeFormat))
	case e.seconds >= 0:
		header.Set("Retry-After", strconv.Itoa(e.seconds))
	}
}
