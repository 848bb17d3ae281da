package fake

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// manifestCheck collects everything that is wrong with a manifest.
type manifestCheck struct {
	server  *Server
	details []any
}

func (m *manifestCheck) wrong(path, format string, args ...any) {
	m.details = append(m.details, map[string]any{"path": path, "message": fmt.Sprintf(format, args...)})
}

// readManifest reads and judges a manifest.
func (s *Server) readManifest(raw json.RawMessage) (Manifest, *problem) {
	var manifest Manifest
	m := &manifestCheck{server: s}
	if err := json.Unmarshal(raw, &manifest); err != nil || manifest == nil {
		m.wrong("manifest", "must be an object")
		return nil, m.refusal()
	}
	delete(manifest, m.extraKey())
	if s.switches.OldFields == "ignored" {
		for _, name := range lateManifestFields() {
			delete(manifest, name)
		}
	}
	m.check(manifest)
	if refused := m.refusal(); refused != nil {
		return nil, refused
	}
	return manifest, nil
}

func (m *manifestCheck) refusal() *problem {
	if len(m.details) == 0 {
		return nil
	}
	texts := []string{}
	for _, detail := range m.details {
		object, _ := detail.(map[string]any)
		texts = append(texts, fmt.Sprintf("%s %s", object["path"], object["message"]))
	}
	return &problem{
		status:  m.server.switches.manifestStatus(),
		message: "Manifest validation failed: " + strings.Join(texts, "; "), details: m.details,
	}
}

// extraKey is the undocumented key that answers may carry: clients that send it back are not refused.
func (m *manifestCheck) extraKey() string {
	if m.server.switches.ExtraKeys {
		return "future_field"
	}
	return ""
}

func lateManifestFields() []string {
	return []string{"tags", "identity_provider_mapping", "token_type"}
}

func (m *manifestCheck) check(manifest Manifest) {
	known := []string{
		"name", "type", "permissions", "expiration_date", "auto_rotate", "notification_target", "secret_store_config", "ownedBy",
	}
	if m.server.switches.OldFields != "refused" {
		known = append(known, lateManifestFields()...)
	}
	m.keys("manifest", manifest, known...)
	if name, isText := manifest["name"].(string); !isText || !m.server.validName(name) {
		m.wrong("manifest.name", "must be %s", m.server.nameRule())
	}
	if manifest["type"] != "virtual-account" {
		m.wrong("manifest.type", "must be virtual-account")
	}
	m.permissions(manifest)
	m.expiration(manifest)
	m.autoRotate(manifest)
	m.notificationTarget(manifest)
	if store, present := m.object(manifest, "secret_store_config"); present {
		m.secretStore(store)
	}
	if owner, present := m.object(manifest, "ownedBy"); present {
		if owner["account"] == nil {
			owner = maps.Clone(owner)
			delete(owner, "account")
		}
		m.texts("manifest.ownedBy", owner, append(given(owner, "account"), "team")...)
	}
	m.object(manifest, "tags")
	for i, item := range m.list(manifest, "identity_provider_mapping") {
		m.texts(fmt.Sprintf("manifest.identity_provider_mapping[%d]", i), item, "identity_provider", "value")
	}
	if kind, present := manifest["token_type"]; present && kind != nil && kind != typeJWT && kind != typeOpaque {
		m.wrong("manifest.token_type", "must be one of jwt, opaque")
	}
}

// secretStore reads the place of the token, which newer planes have in two forms that a type tells apart. Whether they take the old
// form without a type is not documented: here they do not.
func (m *manifestCheck) secretStore(store map[string]any) {
	const path = "manifest.secret_store_config"
	kind := store["type"]
	switch {
	case !m.server.newerAccounts():
		m.texts(path, store, "integration_fqn", "secret_path")
	case kind == "secret-store":
		m.texts(path, store, "type", "integration_fqn", "secret_path")
	case kind == "tfy-secrets":
		m.texts(path, store, "type", "secret_group", "key")
	case kind == nil && m.server.switches.BareStores:
		m.texts(path, store, "integration_fqn", "secret_path")
	default:
		m.wrong(path+".type", "must be one of secret-store, tfy-secrets")
	}
}

func (m *manifestCheck) permissions(manifest Manifest) {
	list := m.list(manifest, "permissions")
	for i, item := range list {
		m.texts(fmt.Sprintf("manifest.permissions[%d]", i), item, "resource_fqn", "resource_type", "role_id")
	}
	_, present := manifest["permissions"]
	rule := m.server.switches.Permissions
	switch {
	case rule == "required" && !present, rule == "not_empty" && len(list) == 0:
		m.wrong("manifest.permissions", "is required")
	case rule != "required" && present && len(list) == 0:
		m.wrong("manifest.permissions", "should not be empty")
	}
}

func (m *manifestCheck) expiration(manifest Manifest) {
	if _, present := manifest["expiration_date"]; !present {
		return
	}
	end := m.server.expiration(manifest)
	switch {
	case end == nil:
		m.wrong("manifest.expiration_date", "must be in the format yyyy-mm-dd")
	case !m.server.switches.AcceptPast && !end.After(m.server.now()):
		m.wrong("manifest.expiration_date", "must be in the future")
	}
}

func (m *manifestCheck) autoRotate(manifest Manifest) {
	settings, present := m.object(manifest, "auto_rotate")
	if !present {
		return
	}
	m.keys("manifest.auto_rotate", settings, "auto_rotate_interval", "grace_period")
	least := func(key string, low float64) {
		number, isNumber := settings[key].(float64)
		if !isNumber || number < low || number != math.Trunc(number) {
			m.wrong("manifest.auto_rotate."+key, "must be a whole number not less than %v", low)
		}
	}
	least("auto_rotate_interval", 30)
	least("grace_period", 1)
}

func (m *manifestCheck) notificationTarget(manifest Manifest) {
	target, present := m.object(manifest, "notification_target")
	if !present {
		return
	}
	const path = "manifest.notification_target"
	recipients := map[string]string{
		"email": "to_emails", "slack-bot": "channels", "slack-webhook": "", "pagerduty": "", "ms-teams-webhook": "",
	}
	kind, _ := target["type"].(string)
	list, known := recipients[kind]
	if !known {
		m.wrong(path+".type", "must be one of %s", strings.Join(slices.Sorted(maps.Keys(recipients)), ", "))
		return
	}
	rest := maps.Clone(target)
	if list != "" {
		delete(rest, list)
		texts, isList := target[list].([]any)
		isText := func(v any) bool { _, ok := v.(string); return ok }
		if !isList || slices.ContainsFunc(texts, func(v any) bool { return !isText(v) }) {
			m.wrong(path+"."+list, "must be a list of strings")
		}
	}
	m.texts(path, rest, "type", "notification_channel")
}
