package truefoundry_test

import (
	"maps"
	"testing"

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
			{"secret_store_config": args{"integration_fqn": "x:y", "secret_path": "a/b"}}, {"secret_store_config": args{"integration_fqn": "x:y", "secret_path": "a/c"}},
		},
		"owned_by":                  {{"owned_by": args{"team": "blue"}}, {"owned_by": args{"team": "red", "account": "acme"}}},
		"tags":                      {{"tags": args{"a": "1", "b": "2"}}, {"tags": args{"a": "3"}}},
		"identity_provider_mapping": {mapping("v"), mapping("w")},
		"token_type":                {{"token_type": "jwt"}, {"token_type": "opaque"}},
	}
}

// TestVirtualAccount_fields creates, changes, imports, removes and adds each field of the manifest alone.
func TestVirtualAccount_fields(t *testing.T) {
	t.Parallel()
	for field, change := range fields() {
		planes := map[string]func(*fake.Switches){
			"current": func(*fake.Switches) {}, "kept": func(w *fake.Switches) { w.OmittedFields = "kept" },
			"reissues": func(w *fake.Switches) { w.ExpirationEdit = "reissues" }, "instant": func(w *fake.Switches) { w.ExpirationEcho, w.ExtraKeys = "instant", true },
			"hidden": func(w *fake.Switches) { w.PermissionsEcho, w.HideJWTs = "hidden", "always" },
		}
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			switched(t, planes, func(p *plane, name string) {
				account := p.subject(vaType)
				of := func(more args) args {
					config := args{"name": "loader"}
					maps.Copy(config, more)
					return config
				}
				account.Does("create", of(change[0]))
				account.Does("update", of(change[1]))
				account.works()
				but := []string{"token"}
				if name == "hidden" {
					but = append(but, "permissions", "expires_at")
				}
				account.importsSame(but...)
				account.Does("update", of(nil))
				account.Does("update", of(change[1]))
				account.works()
				account.end()
			})
		})
	}
}
