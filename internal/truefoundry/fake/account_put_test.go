package fake_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

const permission = `{"resource_fqn": "tfy:cluster", "resource_type": "cluster", "role_id": "viewer"}`

func TestPut_createsOnce(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{Permissions: "required"})
	fields := `"permissions": [` + permission + `], "expiration_date": "2090-01-31",
		"auto_rotate": {"auto_rotate_interval": 30, "grace_period": 1},
		"notification_target": {"type": "email", "notification_channel": "ch", "to_emails": ["a@example.com"]},
		"secret_store_config": {"type": "secret-store", "integration_fqn": "store", "secret_path": "p/q"}, "ownedBy": {"team": "data", "account": null},
		"tags": {"a": {"b": 1}}, "identity_provider_mapping": [{"identity_provider": "idp", "value": "v"}], "token_type": "jwt"`
	made := s.put("robot", fields)
	if made.status != 200 || !s.works(made.string("token")) {
		t.Fatalf("%d %s", made.status, made.text)
	}
	want := map[string]any{
		"name": "robot", "type": "virtual-account", "expiration_date": "2090-01-31", "token_type": "jwt",
		"permissions": []any{map[string]any{"resource_fqn": "tfy:cluster", "resource_type": "cluster", "role_id": "viewer"}},
		"auto_rotate": map[string]any{"auto_rotate_interval": 30.0, "grace_period": 1.0},
		"notification_target": map[string]any{
			"type": "email", "notification_channel": "ch", "to_emails": []any{"a@example.com"},
		},
		"secret_store_config":       map[string]any{"type": "secret-store", "integration_fqn": "store", "secret_path": "p/q"},
		"ownedBy":                   map[string]any{"team": "data", "account": nil},
		"tags":                      map[string]any{"a": map[string]any{"b": 1.0}},
		"identity_provider_mapping": []any{map[string]any{"identity_provider": "idp", "value": "v"}},
	}
	if diff := cmp.Diff(any(want), made.at("data", "manifest")); diff != "" {
		t.Error(diff)
	}
	again := s.put("robot", `"permissions": []`)
	if _, present := again.body["token"]; present || again.string("data", "id") != made.string("data", "id") {
		t.Errorf("again: %s", again.text)
	}
	if again.string("data", "jwtId") != made.string("data", "jwtId") || !s.works(made.string("token")) {
		t.Error("an update touched the token")
	}
	want = map[string]any{"name": "robot", "type": "virtual-account", "permissions": []any{}}
	if diff := cmp.Diff(any(want), again.at("data", "manifest")); diff != "" {
		t.Errorf("omitted fields are not cleared: %s", diff)
	}
	if other := s.put("robot-two", `"permissions": []`); other.string("token") == "" || other.string("data", "id") == made.string("data", "id") {
		t.Errorf("another name: %s", other.text)
	}
	if n := len(s.VirtualAccounts()); n != 2 {
		t.Errorf("%d accounts", n)
	}
}

func TestPut_refused(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	for fields, says := range map[string]string{
		`"description": "x"`:                                             "manifest.description should not exist",
		`"type": "pat"`:                                                  "manifest.type",
		`"permissions": {}`:                                              "manifest.permissions must be a list",
		`"permissions": null`:                                            "manifest.permissions must be a list",
		`"permissions": ["x"]`:                                           "manifest.permissions[0] must be an object",
		`"permissions": [{"resource_fqn": "x"}]`:                         "manifest.permissions[0].role_id",
		`"expiration_date": "2090-02-30"`:                                "yyyy-mm-dd",
		`"expiration_date": "2090-01-31T00:00:00Z"`:                      "yyyy-mm-dd",
		`"expiration_date": null`:                                        "yyyy-mm-dd",
		`"expiration_date": "2020-01-31"`:                                "in the future",
		`"auto_rotate": {"auto_rotate_interval": 29, "grace_period": 1}`: "auto_rotate_interval",
		`"auto_rotate": {"auto_rotate_interval": 30, "grace_period": 0}`: "grace_period",
		`"auto_rotate": {"auto_rotate_interval": 30}`:                    "grace_period",
		`"auto_rotate": {"auto_rotate_interval": 30, "grace_period": 1, "interval": 5}`:                "auto_rotate.interval should not exist",
		`"notification_target": {"type": "fax", "notification_channel": "c"}`:                          "notification_target.type",
		`"notification_target": {"type": "email", "notification_channel": "c"}`:                        "to_emails",
		`"notification_target": {"type": "pagerduty", "notification_channel": "c", "channels": []}`:    "channels should not exist",
		`"notification_target": {"type": "slack-bot", "notification_channel": "", "channels": ["#a"]}`: "notification_channel",
		`"permissions": []`: "manifest.permissions should not be empty",
		`"secret_store_config": {"integration_fqn": "x", "secret_path": "y"}`:     "secret_store_config.type must be one of",
		`"secret_store_config": {"type": "secret-store", "integration_fqn": "x"}`: "secret_path",
		`"secret_store_config": {"type": "tfy-secrets", "secret_group": "x"}`:     "secret_store_config.key",
		`"secret_store_config": {"type": "tfy-secrets", "integration_fqn": "x"}`:  "integration_fqn should not exist",
		`"ownedBy": {"account": "x"}`:                                             "ownedBy.team",
		`"owned_by": {"team": "x"}`:                                               "owned_by should not exist",
		`"tags": ["a"]`:                                                           "manifest.tags must be an object",
		`"identity_provider_mapping": [{"value": "x"}]`:                           "identity_provider",
		`"token_type": "magic"`:                                                   "token_type",
	} {
		refused(t, s.put("robot", fields), 422, says)
	}
	for body, says := range map[string]string{
		`{}`:                            "manifest must be an object",
		`{"manifest": "x"}`:             "manifest must be an object",
		`{"manifest": {}, "dryrun": 1}`: "dryrun should not exist",
		`{"manifest": ` + manifest("robot", "") + `, "dryRun": "yes"}`: "dryRun",
		`[]`: "not a JSON object",
	} {
		refused(t, s.send("PUT", accounts, body), 422, says)
	}
	s.set(func(w *fake.Switches) { w.ManifestStatus = 400 })
	refused(t, s.put("-", ""), 400, "manifest.name")
	if n := len(s.VirtualAccounts()); n != 0 {
		t.Errorf("%d accounts", n)
	}
}

func TestPut_dryRunSavesNothing(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	dry := func(name, fields string) reply {
		t.Helper()
		return s.send("PUT", accounts, `{"dryRun": true, "manifest": `+manifest(name, fields)+`}`)
	}
	r := dry("robot", `"tags": {}`)
	if r.status != 200 || r.at("token") != nil || r.string("data", "manifest", "name") != "robot" || r.at("data", "jwtId") != nil {
		t.Errorf("%s", r.text)
	}
	refused(t, dry("X", ""), 422, "manifest.name")
	if len(s.VirtualAccounts()) != 0 || len(s.Live()) != 0 {
		t.Error("something is saved")
	}
	_, id := s.account("robot", "")
	if r := dry("robot", `"tags": {"a": "b"}`); r.string("data", "id") != id || r.at("data", "manifest", "tags", "a") != "b" {
		t.Errorf("%s", r.text)
	}
	if a, _ := s.VirtualAccount(id); a.Manifest["tags"] != nil {
		t.Errorf("saved: %v", a.Manifest)
	}
}

func TestPut_permissionsMove(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	token, id := s.account("robot", `"permissions": [`+permission+`]`)
	r := s.put("robot", "")
	if r.has("data", "manifest", "permissions") {
		t.Errorf("%s", r.text)
	}
	if probe, err := fake.UseToken(t.Context(), s.url, token); err != nil || probe.Status != 200 {
		t.Errorf("leaving permissions out revoked the grant: %+v %v", probe, err)
	}
	s.set(func(w *fake.Switches) { w.PermissionsEcho = "grants" })
	if r := s.put("robot", ""); !strings.Contains(r.text, `"role_id":"viewer"`) {
		t.Errorf("%s", r.text)
	}
	s.set(func(w *fake.Switches) { w.PermissionsEcho, w.Permissions = "hidden", "required" })
	if r := s.put("robot", `"permissions": []`); strings.Contains(r.text, "permissions") {
		t.Errorf("%s", r.text)
	}
	if a, _ := s.VirtualAccount(id); len(a.Grants) != 0 {
		t.Errorf("an empty list did not revoke: %v", a.Grants)
	}
	s.set(func(w *fake.Switches) { w.Permissions = "not_empty" })
	refused(t, s.put("robot", `"permissions": []`), 422, "manifest.permissions is required")
}

func TestPut_switches(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{NullToken: true, CreatedStatus: 201, ExtraKeys: true, OmittedFields: "kept", AutoRotateFrozen: true})
	const rotate = `"auto_rotate": {"auto_rotate_interval": 30, "grace_period": 1}`
	made := s.put("robot", `"expiration_date": "2090-01-31", `+rotate)
	if made.status != 201 || made.string("token") == "" {
		t.Errorf("%d %s", made.status, made.text)
	}
	refused(t, s.put("robot", `"auto_rotate": {"auto_rotate_interval": 31, "grace_period": 1}`), 422, "auto_rotate cannot be changed")
	// A client that keeps keys it does not know sends them back.
	r := s.put("robot", `"future_field": {}, `+rotate)
	if token, present := r.body["token"]; r.status != 200 || !present || token != nil {
		t.Errorf("null: %s", r.text)
	}
	if r.at("data", "manifest", "expiration_date") != "2090-01-31" {
		t.Errorf("kept: %s", r.text)
	}
	s.set(func(w *fake.Switches) { w.ExpirationEcho = "instant" })
	if r := s.put("robot", rotate); r.at("data", "manifest", "expiration_date") != "2090-01-31T00:00:00.000Z" {
		t.Errorf("instant: %s", r.text)
	}
}
