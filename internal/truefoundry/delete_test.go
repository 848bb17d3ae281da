package truefoundry_test

import "testing"

// TestDelete_notFound: a 404 deletes nothing by itself. It may come from something between here and the control plane, and then
// what is to be deleted lives on.
func TestDelete_notFound(t *testing.T) {
	t.Parallel()
	for kind, config := range map[string]args{patType: {"name": "pipeline", "lifetime": "720h"}, vaType: {"name": "loader"}} {
		route := vasRoute
		if kind == patType {
			route = patsRoute
		}
		each(t, []string{"lives", "list fails"}, nil, func(p *plane, how string) {
			s := p.subject(kind)
			s.does("create", config)
			secret := s.works()
			p.fault("DELETE", route+"/{id}", "status:404", 1)
			if how == "list fails" {
				p.fault("GET", route, "status:403", 1)
			}
			if failed(s.engine().destroy(s.now)) == "" {
				t.Error("what lives counts as deleted")
			}
			s.check(secret, true)
			p.Stage().Faults.Clear()
			s.end()
			s.check(secret, false)
		})
	}
}
