package fake

import (
	"encoding/json"
	"fmt"
	"net/http"
)

const (
	requestIDHeader = "SLPT-Request-ID"
	loginPath       = "/oauth/token"
)

// problem is a refused request: its status and, for the statuses that carry one, the detailed reason.
type problem struct {
	status int
	detail string
}

func bad(format string, args ...any) *problem {
	return &problem{status: http.StatusBadRequest, detail: fmt.Sprintf(format, args...)}
}

// Fail implements [fakeapi.System] with the vendor's error body of a status, which differs between statuses.
func (s *Server) Fail(w http.ResponseWriter, r *http.Request, status int) {
	if r.URL.Path == loginPath {
		failLogin(w, status, "server_error", "The request could not be processed.")
		return
	}
	refuse(w, &problem{status: status})
}

func refuse(w http.ResponseWriter, p *problem) {
	switch p.status {
	case http.StatusUnauthorized:
		detail := p.detail
		if detail == "" {
			detail = "JWT validation failed: JWT is expired"
		}
		writeJSON(w, p.status, map[string]any{"error": detail})
	case http.StatusTooManyRequests:
		writeJSON(w, p.status, map[string]any{"message": " Rate Limit Exceeded "})
	default:
		code, text := describe(p.status)
		causes := []any{}
		if p.detail != "" {
			causes = append(causes, message(p.detail))
		}
		writeJSON(w, p.status, map[string]any{
			"detailCode": code,
			"trackingId": w.Header().Get(requestIDHeader),
			"messages":   []any{message(text)},
			"causes":     causes,
		})
	}
}

func failLogin(w http.ResponseWriter, status int, code, description string) {
	writeJSON(w, status, map[string]any{"error": code, "error_description": description})
}

func message(text string) map[string]any {
	return map[string]any{"locale": "en-US", "localeOrigin": "DEFAULT", "text": text}
}

func describe(status int) (code, text string) {
	switch status {
	case http.StatusBadRequest:
		return "400.1 Bad Request Content", "The request was syntactically correct but its content is semantically invalid."
	case http.StatusForbidden:
		return "403 Forbidden", "The server understood the request but refuses to authorize it."
	case http.StatusNotFound:
		return "404 Not found", "The server did not find a current representation for the target resource."
	case http.StatusInternalServerError:
		return "500.0 Internal Fault", "An internal fault occurred."
	default:
		return fmt.Sprintf("%d %s", status, http.StatusText(status)), "The request could not be processed."
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
