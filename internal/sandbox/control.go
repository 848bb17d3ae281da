package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// controlHandler serves the control routes.
func (sb *Sandbox) controlHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", sb.showHelp)
	for pattern, handle := range map[string]func(*http.Request) (any, error){
		"GET /live":       sb.showLive,
		"GET /journal":    sb.showJournal,
		"DELETE /journal": sb.resetJournal,
		"GET /clock":      sb.showClock,
		"POST /clock":     sb.advanceClock,
		"GET /faults":     sb.showFaults,
		"POST /faults":    sb.addFault,
		"DELETE /faults":  sb.clearFaults,
		"POST /seed":      sb.seed,
		"GET /switches":   sb.showSwitches,
		"PUT /switches":   sb.setSwitches,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			body, err := handle(r)
			status := http.StatusOK
			if err != nil {
				status, body = http.StatusBadRequest, map[string]string{"error": err.Error()}
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(body)
		})
	}
	return mux
}

func (sb *Sandbox) showHelp(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(sb.help()))
}

func (sb *Sandbox) showLive(r *http.Request) (any, error) {
	if _, err := parameters(r); err != nil {
		return nil, err
	}
	return sb.Live(), nil
}

func (sb *Sandbox) showJournal(r *http.Request) (any, error) {
	given, err := parameters(r, "system", "method", "route", "path", "status", "caller")
	if err != nil {
		return nil, err
	}
	filter := fakeapi.Filter{
		System: given.Get("system"), Method: given.Get("method"), Route: given.Get("route"),
		Path: given.Get("path"), Caller: given.Get("caller"),
	}
	if filter.System != "" && sb.find(filter.System) == nil {
		return nil, sb.unknown(filter.System)
	}
	if status := given.Get("status"); status != "" {
		if filter.Status, err = strconv.Atoi(status); err != nil {
			return nil, fmt.Errorf("status %q is not a number", status)
		}
	}
	return sb.Journal().Select(filter), nil
}

func (sb *Sandbox) resetJournal(r *http.Request) (any, error) {
	if _, err := parameters(r); err != nil {
		return nil, err
	}
	sb.Journal().Reset()
	return sb.Journal().Entries(), nil
}

func (sb *Sandbox) showClock(r *http.Request) (any, error) {
	_, err := parameters(r)
	return map[string]time.Time{"now": sb.Clock().Now()}, err
}

func (sb *Sandbox) advanceClock(r *http.Request) (any, error) {
	given, err := parameters(r, "advance")
	if err != nil {
		return nil, err
	}
	step, err := time.ParseDuration(given.Get("advance"))
	if err != nil || step < 0 {
		return nil, fmt.Errorf("the parameter advance wants a positive duration such as 24h, not %q", given.Get("advance"))
	}
	sb.Clock().Advance(step)
	return map[string]time.Time{"now": sb.Clock().Now()}, nil
}

func (sb *Sandbox) showFaults(r *http.Request) (any, error) {
	_, err := parameters(r)
	return sb.Faults().Pending(), err
}

func (sb *Sandbox) addFault(r *http.Request) (any, error) {
	if _, err := parameters(r); err != nil {
		return nil, err
	}
	var fault fakeapi.Fault
	if err := fakeapi.DecodeStrict(r.Body, &fault); err != nil {
		return nil, err
	}
	if err := sb.Faults().Add(fault); err != nil {
		return nil, err
	}
	return sb.Faults().Pending(), nil
}

func (sb *Sandbox) clearFaults(r *http.Request) (any, error) {
	if _, err := parameters(r); err != nil {
		return nil, err
	}
	sb.Faults().Clear()
	return sb.Faults().Pending(), nil
}

func (sb *Sandbox) seed(r *http.Request) (any, error) {
	made := map[string]any{}
	err := sb.each(r, func(s *system, object json.RawMessage) (err error) {
		made[s.name], err = s.emulator.SeedJSON(object)
		return err
	})
	return made, err
}

func (sb *Sandbox) showSwitches(r *http.Request) (any, error) {
	if _, err := parameters(r); err != nil {
		return nil, err
	}
	return sb.switches()
}

func (sb *Sandbox) setSwitches(r *http.Request) (any, error) {
	err := sb.each(r, func(s *system, object json.RawMessage) error { return s.emulator.SwitchJSON(object) })
	if err != nil {
		return nil, err
	}
	return sb.switches()
}

func (sb *Sandbox) switches() (any, error) {
	all := map[string]json.RawMessage{}
	var err error
	for _, s := range sb.systems {
		if all[s.name], err = s.emulator.SwitchesJSON(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// each hands every system its part of a body that has one key per system.
func (sb *Sandbox) each(r *http.Request, apply func(*system, json.RawMessage) error) error {
	if _, err := parameters(r); err != nil {
		return err
	}
	var parts map[string]json.RawMessage
	if err := fakeapi.DecodeStrict(r.Body, &parts); err != nil {
		return err
	}
	if len(parts) == 0 {
		return errors.New("an object with one key per system is required")
	}
	names := slices.Sorted(maps.Keys(parts))
	for _, name := range names {
		if sb.find(name) == nil {
			return sb.unknown(name)
		}
	}
	for _, name := range names {
		if err := apply(sb.find(name), parts[name]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (sb *Sandbox) unknown(name string) error {
	return fmt.Errorf("unknown system %q; the systems are %q", name, sb.Systems())
}

// parameters refuses a query parameter that the route does not know, because a misspelt one would be ignored silently.
func parameters(r *http.Request, known ...string) (url.Values, error) {
	given, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fmt.Errorf("invalid query: %w", err)
	}
	for name := range given {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("unknown parameter %q; known: %q", name, known)
		}
	}
	return given, nil
}
