package fakeapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxBody is far above any documented request of the emulated systems.
const maxBody = 1 << 20

// Route is one operation of a system.
type Route struct {
	Method string
	// Path is a template such as "/things/{id}". A parameter is one segment; the handler reads it with PathValue.
	Path string
	// List tells that the route lists objects, so that a lagging list can be ordered for it.
	List bool
	// Login tells that the query may hold credentials, whose values the journal then leaves out.
	Login  bool
	Handle http.HandlerFunc
}

// System is a vendor's API as its emulator implements it. Its methods are called concurrently.
type System interface {
	// Name is the system's name in journal, faults and control routes.
	Name() string
	// Routes returns the same operations at every call.
	Routes() []Route
	// Caller returns the ID of the credential behind a request, or nothing if it is unknown. It has no effect.
	Caller(r *http.Request) string
	// Decorate sets the headers that every answer of the vendor carries.
	Decorate(header http.Header)
	// Fail writes the vendor's own error answer of a status.
	Fail(w http.ResponseWriter, r *http.Request, status int)
}

type laggingKey struct{}

// Lagging tells a list handler to answer as the store was before its latest write.
func Lagging(r *http.Request) bool {
	lagging, _ := r.Context().Value(laggingKey{}).(bool)
	return lagging
}

// Front serves a system: it matches routes, applies faults, stamps the clock's date and writes the journal.
type Front struct {
	stage  *Stage
	system System
	routes []Route
}

// NewFront puts a system on the stage.
func NewFront(stage *Stage, system System) *Front {
	routes := system.Routes()
	stage.Faults.register(system.Name(), routes)
	return &Front{stage: stage, system: system, routes: routes}
}

// ServeHTTP answers one request. A fault that drops the connection panics with [http.ErrAbortHandler], so it wants a real
// server around it.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := f.stage.Clock.Now()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	tooLarge := errors.As(err, new(*http.MaxBytesError))
	if err != nil && !tooLarge {
		panic(http.ErrAbortHandler)
	}
	rewind := func() { r.Body = io.NopCloser(bytes.NewReader(body)) }

	route, miss := f.match(r)
	rewind()
	entry := Entry{
		At: at, System: f.system.Name(), Method: r.Method, Route: route.Path,
		Path:   f.stage.Vault.Redact(r.URL.Path),
		Query:  f.stage.Vault.Redact(query(r.URL, route)),
		Caller: f.system.Caller(r),
	}
	rewind()

	a := &answer{header: http.Header{}, status: http.StatusOK}
	a.header.Set("Date", at.Format(http.TimeFormat))
	f.system.Decorate(a.header)
	var e effect
	switch {
	case tooLarge:
		f.system.Fail(a, r, http.StatusRequestEntityTooLarge)
	case miss != 0:
		f.system.Fail(a, r, miss)
	default:
		entry.Fault, e = f.stage.Faults.take(entry.System, route)
		f.act(a, r, route, e)
	}
	f.deliver(w, r, a, e, entry)
}

// act fills the answer: with the system's own one if the fault lets the request work, else with the fault's.
func (f *Front) act(a *answer, r *http.Request, route Route, e effect) {
	if e.works() {
		if e.kind == "lag" {
			r = r.WithContext(context.WithValue(r.Context(), laggingKey{}, true))
		}
		route.Handle(a, r)
	}
	switch e.kind {
	case "status":
		f.system.Fail(a, r, e.status)
	case "429", "429-date":
		e.retryAfter(a.header, f.stage.Clock.Now())
		f.system.Fail(a, r, http.StatusTooManyRequests)
	case "html", "html-after":
		a.page(http.StatusOK)
	case "status-after":
		a.page(e.status)
	case "redirect":
		a.header.Set("Location", e.target)
		a.status = http.StatusFound
	case "truncate", "truncate-silent":
		a.cut = a.body.Len() / 2
	}
}

// deliver writes the journal and then sends the answer, or as much of it as the fault leaves.
func (f *Front) deliver(w http.ResponseWriter, r *http.Request, a *answer, e effect, entry Entry) {
	entry.Status = a.status
	silent := e.kind == "drop-before" || e.kind == "drop-after" || e.kind == "hang" || e.kind == "hang-after" ||
		(e.kind == "truncate" && a.cut == 0)
	if silent {
		entry.Status = 0
	}
	f.stage.Journal.add(entry)

	switch e.kind {
	case "hang", "hang-after":
		<-r.Context().Done()
	case "slow":
		select {
		case <-time.After(e.wait):
		case <-r.Context().Done():
		}
	}
	if silent {
		// The server closes the connection without an answer, and logs nothing.
		panic(http.ErrAbortHandler)
	}
	a.send(w, e)
}

// match finds the route of a request, or the status that says why there is none.
func (f *Front) match(r *http.Request) (Route, int) {
	miss := http.StatusNotFound
	for _, route := range f.routes {
		values, ok := fits(route.Path, r.URL.EscapedPath())
		if !ok {
			continue
		}
		if route.Method != r.Method {
			miss = http.StatusMethodNotAllowed
			continue
		}
		for name, value := range values {
			r.SetPathValue(name, value)
		}
		return route, 0
	}
	return Route{}, miss
}

func fits(template, path string) (map[string]string, bool) {
	wanted, given := strings.Split(template, "/"), strings.Split(path, "/")
	if len(wanted) != len(given) {
		return nil, false
	}
	values := map[string]string{}
	for i, segment := range wanted {
		value, err := url.PathUnescape(given[i])
		if err != nil {
			return nil, false
		}
		if strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}") {
			if value == "" {
				return nil, false
			}
			values[segment[1:len(segment)-1]] = value
		} else if segment != value {
			return nil, false
		}
	}
	return values, true
}

func query(u *url.URL, route Route) string {
	if !route.Login || u.RawQuery == "" {
		return u.RawQuery
	}
	values := u.Query()
	for name := range values {
		values[name] = []string{"REDACTED"}
	}
	return values.Encode()
}
