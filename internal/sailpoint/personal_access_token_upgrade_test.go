package sailpoint_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

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
				case strings.HasPrefix(name, "previous_"), name == "overlap", strings.HasPrefix(name, "rotat"), strings.HasPrefix(name, "encrypt"):
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
