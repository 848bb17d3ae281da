package sailpoint_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// leftBehind is the warning about the token that an interrupted rotation has left behind.
func leftBehind(id string) string {
	return "An interrupted rotation has left the token " + id + " behind"
}

// TestPersonalAccessToken_orphanFound finds the token that an interrupted rotation has left behind, although the state does not hold the arguments
// that it had.
func TestPersonalAccessToken_orphanFound(t *testing.T) {
	t.Parallel()
	named := overlapping(values{"name_prefix": nil, "name": "ci", "overlap": nil})
	for name, c := range map[string]struct{ config, edit, then values }{
		"overlap was new":                  {overlapping(values{"overlap": nil}), values{"overlap": "24h"}, values{"overlap": nil}},
		"prefix was new":                   {named, values{"name": nil, "name_prefix": "ci-", "overlap": "24h"}, values{"overlap": nil}},
		"prefix has changed":               {overlapping(), nil, values{"name_prefix": "deploy-"}},
		"no overlap any more, no triggers": {overlapping(), nil, values{"overlap": nil, "rotation_triggers": nil}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			made := s.made(c.config)
			e := s.engine()
			next := c.config.With(c.edit).With(triggered("2"))
			orphan := e.MustApply(e.Plan(made, next))
			s.only(made.Text("id"), orphan.Text("id"))

			after, _ := s.run(made, c.config.With(c.then))
			if got := after.Text("id"); got != made.Text("id") {
				t.Fatalf("the token was rotated to %s", got)
			}
			_, read, diagnostics := s.refreshed(after)
			if got := warned(diagnostics); got != leftBehind(orphan.Text("id")) {
				t.Errorf("warned of %q", got)
			}
			s.engine().Destroy(read)
			s.only()
		})
	}
}

// TestPersonalAccessToken_orphanUndeletable keeps the resource as long as its destruction cannot delete what an interrupted rotation has
// left behind.
func TestPersonalAccessToken_orphanUndeletable(t *testing.T) {
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
			e.MustApply(e.Plan(made, config))
			s.RequireLive(t, 2)
			s.fault(c.method, c.route, c.fault, 1)
			e = s.engine()
			left, diagnostics := e.TryDestroy(made)
			if s.failed(diagnostics) == nil {
				t.Error("nothing failed")
			}
			s.RequireLive(t, c.alive)
			s.Clock().Advance(afterLag)
			e, prior, _ := s.refreshed(left)
			if prior.Attributes == nil {
				t.Fatal("the resource has left the state")
			}
			e.Destroy(prior)
			s.only()
		})
	}
}

// TestPersonalAccessToken_orphanPending rotates after a destruction that could not delete what an interrupted rotation has left behind
// under the very name that the next token gets.
func TestPersonalAccessToken_orphanPending(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	made := s.made(overlapping())
	config := overlapping(triggered("2"))
	e := s.engine()
	e.MustApply(e.Plan(made, config))
	s.fault("DELETE", itemRoute, "status:403", 1)
	left, _ := s.engine().TryDestroy(made)
	s.RequireLive(t, 1)
	s.Clock().Advance(afterLag)
	after := s.rotatedInPlace(left, config)
	s.only(after.Text("id"))
	s.plansNothing(after, config)
}

// TestPersonalAccessToken_orphanAlone keeps the resource when only the token that an interrupted rotation has left behind is alive: only
// the id of the one that is gone leads to it.
func TestPersonalAccessToken_orphanAlone(t *testing.T) {
	t.Parallel()
	for name, used := range map[string]bool{"unused": false, "used": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			made := s.made(overlapping())
			config := overlapping(triggered("2"))
			e := s.engine()
			orphan := e.MustApply(e.Plan(made, config))
			if used {
				s.mustWork(orphan.Text("id"), orphan.Text("secret"))
			}
			s.Clock().Advance(afterLag)
			if err := s.SailPoint.DeleteToken(made.Text("id")); err != nil {
				t.Fatal(err)
			}
			e, missing, diagnostics := s.refreshed(made)
			if got, want := warned(diagnostics), "SailPoint personal access token is missing; "+leftBehind(orphan.Text("id")); got != want {
				t.Errorf("warned of %q instead of %q", got, want)
			}
			after, diagnostics := e.Apply(e.Plan(missing, config))
			if failure := s.failed(diagnostics); used != (failure != nil && strings.Contains(failure.Detail, orphan.Text("id"))) {
				t.Fatalf("failed with %+v", failure)
			}
			if used {
				s.only(orphan.Text("id"))
				return
			}
			s.only(after.Text("id"))
			s.plansNothing(after, config)
		})
	}
}

// TestPersonalAccessToken_olderState plans nothing for a state that was written before there was anything about rotation in it.
func TestPersonalAccessToken_olderState(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"v1", "v2024"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			bare := overlapping(values{"overlap": nil, "rotation_triggers": nil})
			made := s.made(bare, versioned(version))
			e := s.engine(versioned(version))
			state := map[string]any{}
			for name, value := range made.Attributes {
				switch {
				case strings.HasPrefix(name, "previous_"), name == "overlap", name == "rotate_before_expiry", strings.HasPrefix(name, "encrypt"):
				case name == "scope":
					state[name] = []string{"sp:my-personal-access-tokens:read"}
				case value.Type().Is(tftypes.String):
					state[name] = made.Text(name)
				case name == "access_token_validity_seconds":
					state[name] = 43200
				case value.Type().Is(tftypes.Bool):
					state[name] = false
				}
			}
			raw, err := json.Marshal(state)
			if err != nil {
				t.Fatal(err)
			}
			private, err := json.Marshal(map[string][]byte{"mint": []byte(`{"granted_expiry":"` + made.Text("expires_at") + `"}`)})
			if err != nil {
				t.Fatal(err)
			}
			before := e.Upgrade(raw, private)
			s.plansNothing(before, bare, versioned(version))
			after := s.rotatedInPlace(s.armed(before, overlapping(), version), overlapping(triggered("2")), versioned(version))
			s.only(made.Text("id"), after.Text("id"))
		})
	}
}

// armed applies arguments of a rotation that rotate nothing yet.
func (s *tenant) armed(before *object, config values, version string) *object {
	s.t.Helper()
	after, _ := s.run(before, config, versioned(version))
	if got := after.Text("id"); got != before.Text("id") {
		s.t.Fatalf("the token was rotated to %s", got)
	}
	return after
}
