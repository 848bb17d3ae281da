package truefoundry_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

func permission(fqn, role string) args {
	return args{"resource_fqn": fqn, "resource_type": "workspace", "role_id": role}
}

func mapping(value string) args {
	return args{"identity_provider_mapping": []any{args{"identity_provider": "x:y", "value": value}}}
}

// fields are the fields of a manifest as they are set first, and then.
func fields() map[string][2]args {
	return map[string][2]args{
		"permissions":     {{"permissions": []any{permission("a:b", "viewer"), permission("c:d", "viewer")}}, {"permissions": []any{permission("a:b", "member")}}},
		"expiration_date": {{"expiration_date": "2035-01-31"}, {"expiration_date": "2036-01-31"}},
		"auto_rotate": {
			{"auto_rotate": args{"auto_rotate_interval": 30, "grace_period": 1}}, {"auto_rotate": args{"auto_rotate_interval": 60, "grace_period": 2}},
		},
		"notification_target": {
			{"notification_target": args{"type": "email", "notification_channel": "x:y", "to_emails": []any{"b@example.com", "a@example.com"}}},
			{"notification_target": args{"type": "pagerduty", "notification_channel": "x:y"}},
		},
		"secret_store_config": {
			{"secret_store_config": args{"integration_fqn": "x:y", "secret_path": "a/b"}}, {"secret_store_config": args{"secret_group": "x:y", "key": "k"}},
		},
		"owned_by":                  {{"owned_by": args{"team": "blue"}}, {"owned_by": args{"team": "red", "account": "acme"}}},
		"tags":                      {{"tags": args{"a": "1", "b": "2"}}, {"tags": args{"a": "3"}}},
		"identity_provider_mapping": {mapping("v"), mapping("w")},
		"token_type":                {{"token_type": "jwt"}, {"token_type": "opaque"}},
	}
}

// TestVirtualAccount_fields sets, changes, imports and removes each field of the manifest alone; and creates, changes, imports, removes and
// adds all of them at once on control planes that differ in what becomes of fields.
func TestVirtualAccount_fields(t *testing.T) {
	t.Parallel()
	base, all := args{"name": "loader"}, [2]args{{}, {}}
	for _, change := range fields() {
		maps.Copy(all[0], change[0])
		maps.Copy(all[1], change[1])
	}
	t.Run("each alone", func(t *testing.T) {
		t.Parallel()
		account := emulate(t).subject(vaType)
		account.Does("create", base)
		for _, field := range slices.Sorted(maps.Keys(fields())) {
			change := fields()[field]
			account.Does("update", with(base, change[0]))
			account.Does("update", with(base, change[1]))
			account.works()
			// Permissions that are removed stay as they are, in the state too.
			account.importsSame("token", "store_token", "permissions")
			account.Does(map[bool]protocoltest.Action{true: "nothing", false: "update"}[field == "permissions"], base)
		}
		account.end()
	})
	// An opaque token that is issued by a change cannot be read.
	all[1]["token_type"] = "jwt"
	for name, change := range map[string]func(*fake.Switches){
		"kept":   func(w *fake.Switches) { w.OmittedFields, w.ExpirationEcho, w.ExtraKeys = "kept", "instant", true },
		"hidden": func(w *fake.Switches) { w.PermissionsEcho, w.HideJWTs = "hidden", "always" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			but := []string{"token", "store_token"}
			if name == "hidden" {
				but = append(but, "permissions", "expires_at")
			}
			account := emulate(t, change).subject(vaType)
			account.Does("create", with(base, all[0]))
			account.Does("update", with(base, all[1]))
			account.works()
			account.importsSame(but...)
			account.Does("update", base)
			account.Does("update", with(base, all[1]))
			account.works()
			account.end()
		})
	}
}
