package truefoundry_test

import "testing"

// TestDelete_doubtful: neither a 404 nor a page deletes anything by itself. They may come from something between here and the control
// plane, and then what is to be deleted lives on.
func TestDelete_doubtful(t *testing.T) {
	t.Parallel()
	for kind, config := range map[string]args{patType: {"name": "pipeline", "lifetime": "720h"}, vaType: {"name": "loader"}} {
		route := vasRoute
		if kind == patType {
			route = patsRoute
		}
		each(t, []string{"lives", "list fails", "page"}, nil, func(p *plane, how string) {
			s := p.subject(kind)
			s.Does("create", config)
			secret := s.works()
			fault := "status:404"
			if how == "page" {
				fault = "html"
			}
			p.fault("DELETE", route+"/{id}", fault, 1)
			if how == "list fails" {
				p.fault("GET", route, "status:403", 1)
			}
			if !s.destroyed().Failed() {
				t.Error("what lives counts as deleted")
			}
			s.check(secret, true)
			p.Stage().Faults.Clear()
			s.end()
			s.check(secret, false)
		})
	}
}
