package fake

import (
	"cmp"
	"io"
	"mime"
	"net/http"
	"strings"
)

// setStatus is PUT on the status. The vendor counts it the other way round: true disables, false enables.
func (s *Server) setStatus(w http.ResponseWriter, c *call) *problem {
	token, refused := s.reach(c)
	if refused != nil {
		return refused
	}
	if refused := c.wantsNoBody(); refused != nil {
		return refused
	}
	switch c.r.PathValue("disabled") {
	case "true":
		token.Disabled = true
	case "false":
		token.Disabled = false
	default:
		return bad("The status must be true or false.")
	}
	return s.update(w, func() { s.put(token) })
}

// describe is PUT on the description. The body is the text itself, neither JSON nor a form field: the vendor's two samples
// send the same bytes under different content types.
func (s *Server) describe(w http.ResponseWriter, c *call) *problem {
	token, refused := s.reach(c)
	if refused != nil {
		return refused
	}
	text := s.descriptionText(c.r)
	if text == "" {
		switch s.switches.ClearDescription {
		case "refused":
			return bad("The description must not be empty.")
		case "ignored":
			text = token.Description
		}
	}
	token.Description = text
	return s.update(w, func() { s.put(token) })
}

func (s *Server) descriptionText(r *http.Request) string {
	body, _ := io.ReadAll(r.Body)
	_, parameters, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	text := strings.ToValidUTF8(string(body), "\uFFFD")
	if s.switches.Latin1 && parameters["charset"] == "" {
		var decoded strings.Builder
		for _, octet := range body {
			decoded.WriteRune(rune(octet))
		}
		text = decoded.String()
	}
	if s.switches.TrimDescription {
		text = strings.TrimSpace(text)
	}
	if limit := s.switches.DescriptionLimit; limit > 0 {
		if letters := []rune(text); len(letters) > limit {
			text = string(letters[:limit])
		}
	}
	return text
}

// clearDescription is DELETE on the description, which the vendor's curl sample for deleting a token shows by a slip. The
// token lives on, whatever the answer says.
func (s *Server) clearDescription(w http.ResponseWriter, c *call) *problem {
	if s.switches.DeleteDescription == "405" {
		return &problem{http.StatusMethodNotAllowed, "The method is not allowed."}
	}
	token, refused := s.reach(c)
	if refused != nil {
		return refused
	}
	token.Description = ""
	return s.update(w, func() { s.put(token) })
}

func (s *Server) delete(w http.ResponseWriter, c *call) *problem {
	token, refused := s.reach(c)
	if refused != nil {
		return refused
	}
	return s.commit(w, &s.switches.IgnoredDeletes, &s.switches.FailingDeletes, func() { s.remove(token) })
}

func (s *Server) update(w http.ResponseWriter, write func()) *problem {
	return s.commit(w, &s.switches.IgnoredUpdates, &s.switches.FailingUpdates, write)
}

// commit does a write and acknowledges it, unless a switch that counts down wants the answer to lie.
func (s *Server) commit(w http.ResponseWriter, ignored, failing *int, write func()) *problem {
	if *ignored > 0 {
		*ignored--
		s.acknowledge(w)
		return nil
	}
	write()
	if *failing > 0 {
		*failing--
		return &problem{http.StatusInternalServerError, "An internal error occurred."}
	}
	s.acknowledge(w)
	return nil
}

func (s *Server) acknowledge(w http.ResponseWriter) {
	status := cmp.Or(s.switches.WriteStatus, http.StatusOK)
	switch {
	case status == http.StatusNoContent:
		w.WriteHeader(status)
	case s.switches.WriteBody == "text":
		writeText(w, status, "OK")
	case s.switches.WriteBody == "json":
		writeJSON(w, status, map[string]any{"success": true})
	default:
		w.WriteHeader(status)
	}
}
