package sailpoint_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestPersonalAccessToken_leftoverFound finds what an interrupted rotation has left behind although the state does not hold the arguments
// that it had.
func TestPersonalAccessToken_leftoverFound(t *testing.T) {
	t.Parallel()
	noTriggers := tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, nil)
	named := overlapping(values{"name_prefix": nullText(), "name": text("ci"), "overlap": nullText()})
	for name, c := range map[string]struct{ config, edit, then values }{
		"overlap was new":                  {overlapping(values{"overlap": nullText()}), values{"overlap": text("24h")}, values{"overlap": nullText()}},
		"prefix was new":                   {named, values{"name": nullText(), "name_prefix": text("ci-"), "overlap": text("24h")}, values{"overlap": nullText()}},
		"prefix has changed":               {overlapping(), nil, values{"name_prefix": text("deploy-")}},
		"no overlap any more, no triggers": {overlapping(), nil, values{"overlap": nullText(), "rotation_triggers": noTriggers}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			made := s.made(c.config)
			e := s.engine()
			next := c.config.with(c.edit).with(triggered("2"))
			e.apply(made, e.plan(made, next), next)
			s.RequireLive(t, 2)

			after, _ := s.run(made, c.config.with(c.then))
			if got := s.state(after).text("id"); got != s.state(made).text("id") {
				t.Fatalf("the token was rotated to %s", got)
			}
			_, read, diagnostics := s.refreshed(after)
			if got := warned(diagnostics); got != "A SailPoint personal access token of an interrupted rotation" {
				t.Errorf("warned of %q", got)
			}
			s.engine().destroy(read)
			s.only()
		})
	}
}

// TestPersonalAccessToken_leftoverStays keeps the resource as long as the destruction cannot delete what an interrupted rotation has left
// behind.
func TestPersonalAccessToken_leftoverStays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, route, fault string
		alive                int
	}{
		"undeletable": {"DELETE", itemRoute, "status:403", 1},
		"unlistable":  {"GET", listRoute, "status:403", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			made := s.made(overlapping())
			config := overlapping(triggered("2"))
			e := s.engine()
			e.apply(made, e.plan(made, config), config)
			s.RequireLive(t, 2)
			s.fault(c.method, c.route, c.fault, 1)
			e = s.engine()
			left, diagnostics := e.destroyed(made)
			if e.failed(diagnostics) == nil {
				t.Error("nothing failed")
			}
			s.RequireLive(t, c.alive)
			s.Clock().Advance(settled)
			e, prior, _ := s.refreshed(left)
			if e.attributes(prior.state) == nil {
				t.Fatal("the resource has left the state")
			}
			e.destroy(prior)
			s.only()
		})
	}
}
