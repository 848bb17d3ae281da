package truefoundry_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// spoils has the answers to all requests of a method changed on their way.
func (p *plane) spoils(method string, by func(*protocoltest.Answer)) {
	spoiled := protocoltest.Spoiled{Of: func(*http.Request) bool { return true }, By: by}
	p.intercept = func(r *http.Request) *http.Response {
		if r.Method != method {
			return nil
		}
		answer, err := spoiled.RoundTrip(r)
		if err != nil {
			p.t.Error(err)
		}
		return answer
	}
}

func doubtful() map[string]args {
	return map[string]args{patType: {"name": "ci-token", "lifetime": "720h"}, vaType: {"name": "loader"}}
}

// TestList_notCurrentOrNotOfTheControlPlane meets empty lists that are not the control plane's own, not whole or not current.
func TestList_notCurrentOrNotOfTheControlPlane(t *testing.T) {
	t.Parallel()
	doubts := protocoltest.Doubts(`{"data": [], "pagination": {"total": 0}}`)
	for name, body := range map[string]string{
		"list twice":        `{"data": [{"id": "1", "name": "x"}], "data": [], "pagination": {"total": 0}}`,
		"list in two cases": `{"data": [{"id": "1", "name": "x"}], "Data": [], "pagination": {"total": 0}}`,
		"total twice":       `{"data": [], "pagination": {"total": 1, "total": 0}}`,
	} {
		doubts[name] = protocoltest.Doubt{Message: `twice in one object`, By: func(a *protocoltest.Answer) { a.Body = body }}
	}
	for kind, config := range doubtful() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := emulate(t).subject(kind)
			s.Does("create", config)
			s.pass(10 * time.Minute)
			made := s.Object
			for name, doubt := range doubts {
				s.spoils(http.MethodGet, doubt.By)
				read, diagnostics := s.engine().Read(made)
				if text := diagnostics.Errors().String(); !says(doubt.Message).MatchString(text) {
					t.Errorf("%s: %q", name, text)
				}
				if read == nil || len(made.Differences(read.Attributes)) != 0 {
					t.Errorf("%s: the state changes to %v", name, read)
				}
			}
			s.intercept = nil
			s.works()
			s.end()
		})
	}
}

// TestList_harmlessAnswer reads lists that differ from others in what means nothing. So do tags that differ in their case.
func TestList_harmlessAnswer(t *testing.T) {
	t.Parallel()
	for kind, config := range doubtful() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := emulate(t).subject(kind)
			if kind == vaType {
				config["tags"] = args{"env": "a", "Env": "b"}
			}
			s.Does("create", config)
			for name, by := range protocoltest.Harmless() {
				s.spoils(http.MethodGet, by)
				if read, diagnostics := s.engine().Read(s.Object); len(diagnostics) > 0 || read == nil || len(s.Object.Differences(read.Attributes)) != 0 {
					t.Errorf("%s: read %v, said %q", name, read, diagnostics)
				}
			}
			s.intercept = nil
			s.end()
		})
	}
}

// TestDelete_notOfTheControlPlane does not count as deleted what something between here and the control plane says is.
func TestDelete_notOfTheControlPlane(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]func(*protocoltest.Answer){
		"203":  func(a *protocoltest.Answer) { a.Status = http.StatusNonAuthoritativeInfo },
		"206":  func(a *protocoltest.Answer) { a.Status = http.StatusPartialContent },
		"HTML": func(a *protocoltest.Answer) { a.Header.Set("Content-Type", "text/html") },
	} {
		for kind, config := range doubtful() {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				s := emulate(t).subject(kind)
				s.Does("create", config)
				secret := s.works()
				s.intercept = func(r *http.Request) *http.Response {
					if r.Method != http.MethodDelete {
						return nil
					}
					answer := protocoltest.Answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}}
					by(&answer)
					response := respond("{}")
					response.StatusCode, response.Header = answer.Status, answer.Header
					return response
				}
				if !s.destroyed().Failed() {
					t.Error("what lives counts as deleted")
				}
				s.check(secret, true)
				s.intercept = nil
				s.end()
			})
		}
	}
}
