package truefoundry_test

import (
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// planes are control planes that differ in what the vendor leaves open.
func planes() map[string]func(*fake.Switches) {
	return map[string]func(*fake.Switches){
		"older": func(w *fake.Switches) { *w = fake.Older() },
		"named": func(w *fake.Switches) { w.Rows, w.KeepDeadJWTs, w.CreatedBy = "named", true, "minimal" },
		"nulls": func(w *fake.Switches) {
			w.CreatedBy, w.NullToken, w.ExtraKeys, w.ErrorBody = "nulls", true, true, "numeric"
		},
		"no list of jwts": func(w *fake.Switches) {
			w.HideJWTs, w.CreatedStatus, w.GetReturnsToken = "list", 201, true
		},
		"no jwts": func(w *fake.Switches) { w.HideJWTs, w.Day, w.PATManifest = "always", "end", "virtual-account" },
		"grants": func(w *fake.Switches) {
			w.PermissionsEcho, w.PageCap, w.NewestFirst, w.BarePagination = "grants", 2, true, true
		},
		"opaque": func(w *fake.Switches) {
			w.TokenType, w.RegenerateAnswer, w.OpaqueTokenStatus = "opaque", "account", 403
		},
		"ignored": func(w *fake.Switches) { w.OldFields = "ignored" },
		"edit":    func(w *fake.Switches) { w.ExpirationEdit, w.ManifestStatus = "keeps", 400 },
		"expired ones hidden": func(w *fake.Switches) {
			w.HideExpiredPATs, w.PATExpirationInput, w.PATSecretAgain, w.ListPATsForOthers = true, "minutes", "empty", true
		},
	}
}

// set makes a control plane one of the kinds; "current" is what it is by itself.
func set(w *fake.Switches, kind string) {
	if change := planes()[kind]; change != nil {
		change(w)
	}
}

func TestPlanes_virtualAccount(t *testing.T) {
	t.Parallel()
	switched(t, planes(), func(p *plane, name string) {
		account := p.subject(vaType)
		config := func(generation, day, tag string) args {
			config := args{
				"name": "loader", "permissions": []any{args{"resource_fqn": "a:b", "resource_type": "workspace", "role_id": "viewer"}},
				"expiration_date": day, "owned_by": args{"team": "blue"}, "overlap": 1, "rotation_triggers": args{"n": generation},
			}
			// Older control planes refuse the fields that came late.
			if name != "older" {
				config["tags"] = args{"a": tag}
			}
			return config
		}
		account.Does("create", config("1", "2035-01-31", "x"))
		account.works()
		account.Does("update", config("1", "2035-02-01", "y"))
		first := account.works()
		account.Does("update", config("2", "2035-02-01", "y"))
		second := account.works()
		p.check(first, true)
		account.engine().MustImport("loader")
		p.Stage().Clock.Advance(31 * 24 * time.Hour)
		account.Does("nothing", config("2", "2035-02-01", "y"))
		p.check(first, false)
		account.end()
		p.check(second, false)
	})
}

func TestPlanes_personalAccessToken(t *testing.T) {
	t.Parallel()
	switched(t, planes(), func(p *plane, name string) {
		token := p.subject(patType)
		config := func(generation string) args {
			config := args{"name_prefix": "ci-", "lifetime": "720h", "rotation_triggers": args{"n": generation}}
			if name != "older" {
				config["team_name"], config["token_type"] = "blue", "jwt"
			}
			return config
		}
		token.Does("create", config("1"))
		first := token.works()
		token.Does("nothing", config("1"))
		token.Does("replace", config("2"))
		second := token.works()
		p.check(first, false)
		p.Stage().Clock.Advance(31 * 24 * time.Hour)
		p.check(second, false)
		token.Does("replace", config("2"))
		token.works()
		token.end()
	})
}

func TestPersonalAccessToken_expiresAt(t *testing.T) {
	t.Parallel()
	for _, hide := range []string{"never", "always"} {
		change := func(w *fake.Switches, echo string) { w.PATExpirationEcho, w.HideJWTs = echo, hide }
		each(t, []string{"as_sent", "instant", "minutes", "date"}, change, func(p *plane, echo string) {
			token := p.subject(patType)
			config := args{"name": "audit", "expires_at": "2035-01-31T10:20:30Z"}
			token.Does("create", config)
			if got := token.text("expires_at"); got != "2035-01-31T10:20:30Z" {
				p.t.Errorf("ends at %s", got)
			}
			token.Does("nothing", args{"name": "audit", "expires_at": "2035-01-31T10:20:00Z"})
			token.imports("audit")
			// Where only the day is shown, an import cannot tell the minute.
			if run := token.Run(config); run.Failed != "" || run.Action == "replace" && (echo != "date" || hide == "never") {
				p.t.Errorf("%s after an import: %s", run.Action, run.Diagnostics.Errors())
			}
			token.Settled(config)
			token.end()
		})
	}
}
