package fake

import (
	"encoding/json"
	"maps"
	"time"
)

// Manifest is a virtual account's manifest as it is in JSON. The server never changes one in place.
type Manifest map[string]any

// Permission is one grant of a manifest.
type Permission struct {
	ResourceFQN  string
	ResourceType string
	RoleID       string
}

func (m Manifest) text(key string) string {
	text, _ := m[key].(string)
	return text
}

func (m Manifest) team() string {
	ownedBy, _ := m["ownedBy"].(map[string]any)
	team, _ := ownedBy["team"].(string)
	return team
}

func (m Manifest) autoRotate() (interval, grace time.Duration, rotates bool) {
	settings, rotates := m["auto_rotate"].(map[string]any)
	days := func(key string) time.Duration {
		number, _ := settings[key].(float64)
		return time.Duration(number) * day
	}
	interval, grace = days("auto_rotate_interval"), days("grace_period")
	return interval, grace, rotates && interval > 0
}

func (m Manifest) permissions() []Permission {
	list, _ := m["permissions"].([]any)
	all := []Permission{}
	for _, item := range list {
		object, _ := item.(map[string]any)
		text := Manifest(object).text
		all = append(all, Permission{
			ResourceFQN: text("resource_fqn"), ResourceType: text("resource_type"), RoleID: text("role_id"),
		})
	}
	return all
}

// clone copies a manifest through JSON, which also gives it the types that requests have.
func (m Manifest) clone() Manifest {
	text, err := json.Marshal(m)
	if err != nil {
		return Manifest{}
	}
	var copied Manifest
	_ = json.Unmarshal(text, &copied)
	return copied
}

// expiration is the moment at which tokens of a manifest end; nil is never.
func (s *Server) expiration(m Manifest) *time.Time {
	at, err := time.Parse(dayForm, m.text("expiration_date"))
	if err != nil {
		return nil
	}
	at = s.dayMoment(at)
	return &at
}

// manifestEcho is the manifest as answers show it.
func (s *Server) manifestEcho(a VirtualAccount) map[string]any {
	echo := maps.Clone(map[string]any(a.Manifest))
	switch s.switches.PermissionsEcho {
	case "hidden":
		delete(echo, "permissions")
	case "grants":
		all := []any{}
		for _, grant := range a.Grants {
			all = append(all, map[string]any{
				"resource_fqn": grant.ResourceFQN, "resource_type": grant.ResourceType, "role_id": grant.RoleID,
			})
		}
		echo["permissions"] = all
	}
	if at, err := time.Parse(dayForm, a.Manifest.text("expiration_date")); err == nil && s.switches.ExpirationEcho == "instant" {
		echo["expiration_date"] = timestamp(at)
	}
	return echo
}
