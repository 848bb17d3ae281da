package fakeapi

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
)

// answer holds a whole response back, so that a fault can decide what becomes of it.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
	cut    int
}

var _ http.ResponseWriter = (*answer)(nil)

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) { a.status = status }

func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

// page replaces the answer by what a proxy in front of the vendor would show.
func (a *answer) page(status int) {
	a.body.Reset()
	a.header.Del("Retry-After")
	a.header.Set("Content-Type", "text/html; charset=utf-8")
	a.status = status
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	fmt.Fprintf(&a.body, "<!DOCTYPE html>\n<html><head><title>%s</title></head><body><h1>%s</h1></body></html>\n", title, title)
}

func (a *answer) send(w http.ResponseWriter, e effect) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	body := a.body.Bytes()
	if e.kind == "truncate" || e.kind == "truncate-silent" {
		body = body[:a.cut]
	}
	switch {
	case e.kind == "truncate":
		w.Header().Set("Content-Length", strconv.Itoa(a.body.Len()))
	case len(body) > 0:
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body)
	if e.kind == "truncate" {
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
		panic(http.ErrAbortHandler)
	}
}
