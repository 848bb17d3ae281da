package fake

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// problem is a refused request.
type problem struct {
	status int
	text   string
}

func forbidden(format string, args ...any) *problem {
	return &problem{status: http.StatusForbidden, text: fmt.Sprintf(format, args...)}
}

func bad(text string) *problem {
	return &problem{status: http.StatusBadRequest, text: text}
}

// Fail implements [fakeapi.System] with the error body that the switches choose.
func (s *Server) Fail(w http.ResponseWriter, r *http.Request, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.switches.WebApp && !strings.HasPrefix(r.URL.Path, basePath+"/") {
		writePage(w, http.StatusOK, "Magpie")
		return
	}
	s.refuse(w, &problem{status: status, text: http.StatusText(status)})
}

// refuse writes an error; the caller holds the lock.
func (s *Server) refuse(w http.ResponseWriter, p *problem) {
	switch form := cmp.Or(s.switches.ErrorForm, "error"); form {
	case "text":
		writeText(w, p.status, p.text)
	case "html":
		writePage(w, p.status, p.text)
	case "empty":
		w.WriteHeader(p.status)
	default:
		writeJSON(w, p.status, map[string]any{form: p.text})
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) //nolint:gosec // plain text, and no browser reads it
}

// writePage shows a constant text of this package: nothing that a request carried.
func writePage(w http.ResponseWriter, status int, title string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<!DOCTYPE html>\n<html><head><title>%s</title></head><body></body></html>\n", title) //nolint:gosec // a constant text of this package
}
