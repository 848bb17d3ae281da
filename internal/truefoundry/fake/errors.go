package fake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// problem is a refused request. Its details name the fields that failed validation.
type problem struct {
	status  int
	message string
	details []any
}

func bad(format string, args ...any) *problem {
	return &problem{status: http.StatusBadRequest, message: fmt.Sprintf(format, args...)}
}

func missing(format string, args ...any) *problem {
	return &problem{status: http.StatusNotFound, message: fmt.Sprintf(format, args...)}
}

func forbidden(right string) *problem {
	return &problem{status: http.StatusForbidden, message: "User does not have permission " + right}
}

// Fail implements [fakeapi.System] with the vendor's error body.
func (s *Server) Fail(w http.ResponseWriter, r *http.Request, status int) {
	p := &problem{status: status, message: http.StatusText(status)}
	switch status {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		// The vendor's router answers 404 for a known path with another method, too.
		p = missing("Cannot %s %s", r.Method, s.stage.Vault.Redact(r.URL.Path))
	case http.StatusUnauthorized:
		p.message = "Invalid or expired token"
	}
	refuse(w, s.Switches(), p)
}

func refuse(w http.ResponseWriter, switches Switches, p *problem) {
	body := map[string]any{"statusCode": p.status, "message": p.message}
	switch switches.ErrorBody {
	case "bare":
	case "numeric":
		body["code"] = p.status
	default:
		body["code"] = strings.ToUpper(strings.ReplaceAll(http.StatusText(p.status), " ", "_"))
	}
	if len(p.details) > 0 && switches.ErrorBody != "bare" {
		body["details"] = p.details
	}
	writeJSON(w, p.status, body)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
