package truefoundry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// planes are control planes that differ in what the vendor leaves open.
func planes() map[string]func(*fake.Switches) {
	return map[string]func(*fake.Switches){
		"older": func(w *fake.Switches) { *w = fake.Older() },
		// The older contract of virtual accounts alone.
		"days":  func(w *fake.Switches) { w.AccountPlane, w.GraceStatus = "older", 422 },
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
			w.HideExpiredPATs, w.PATExpirationInput, w.PATSecretAgain, w.PATList = true, "minutes", "empty", "made"
		},
	}
}

// set makes a control plane one of the kinds, or several at once, with a + between; "current" is what it is by itself.
func set(w *fake.Switches, kinds string) {
	for kind := range strings.SplitSeq(kinds, " + ") {
		if change := planes()[kind]; change != nil {
			change(w)
		}
	}
}

// tellsIDs reports whether a kind of control plane tells the ids of issued tokens.
func tellsIDs(name string) bool { return name != "older" }

// TestPlanes_virtualAccount takes an account through its life on every kind of control plane: changed, rotated with a grace period, after
// which the control plane revokes the previous token by itself and the next refresh drops it, rotated again, with another day and without
// one, and imported. No refresh changes anything that was not changed elsewhere.
func TestPlanes_virtualAccount(t *testing.T) {
	t.Parallel()
	// Kinds that have nothing to do with each other share a life.
	lives := []string{"older", "named + days", "nulls + no list of jwts", "no jwts + ignored", "opaque + edit", "grants + kept", "limited"}
	each(t, lives, func(w *fake.Switches, name string) {
		switch set(w, name); name {
		case "grants + kept":
			w.OmittedFields, w.ExpirationEcho = "kept", "instant"
		case "limited":
			w.AccountTokenDays, w.ExpirationEdit = 30, "reissues"
		}
	}, func(p *plane, name string) {
		// More than is left of any token, so that all of them are to be warned of.
		p.warning = 20 * 365 * day
		account := p.subject(vaType)
		config := func(generation, day, tag string) args {
			config := args{
				"name": "loader", "permissions": []any{permission("a:b", "viewer")}, "expiration_date": day, "owned_by": args{"team": "blue"},
				"tags": args{"a": tag}, "overlap": "24h", "rotation_triggers": args{"n": generation},
			}
			if name == "older" {
				// Older control planes refuse the fields that came late.
				delete(config, "tags")
			}
			return config
		}
		account.settles("create", config("1", "2035-01-31", "x"))
		account.works()
		account.hasPrevious(false)
		account.settles("update", config("1", "2035-02-01", "y"))
		account.rotatesWithGrace(name, config("2", "2035-02-01", "y"))
		if second := account.works(); slices.Contains([]string{"older", "named + days", "no jwts + ignored"}, name) {
			account.rotatesWithinGrace(name, config("3", "2035-02-01", "y"))
			p.check(second, !tellsIDs(name))
		}
		// What comes of another day depends on the control plane.
		for _, c := range []args{
			with(config("4", "", "y"), args{"expiration_date": nil}), with(config("4", "", "y"), args{"expiration_date": nil, "rotate_before_expiry": "24h"}),
			config("5", "2035-03-01", "y"),
		} {
			account.succeeds(c)
			account.unchanged(fmt.Sprint(c))
		}
		last := account.works()
		account.imports("loader")
		account.unchanged("after an import")
		p.hides("an import", account.Object)
		account.end()
		p.check(last, false)
	})
}

// rotatesWithGrace rotates an account whose configuration has an overlap of a day, and goes on until that is over.
func (s *subject) rotatesWithGrace(kind string, config args) {
	s.t.Helper()
	first, id := s.works(), s.text("jwt_id")
	if saved := s.Plan(config); !saved.Attributes["created_by"].Equal(s.Object.Attributes["created_by"]) {
		s.t.Errorf("created_by is planned as %s", saved.Attributes["created_by"])
	}
	s.settles("update", config)
	s.works()
	s.check(first, true)
	s.living(2)
	if s.text("previous_secret") != first || s.text("previous_id") != id || (id != "") != tellsIDs(kind) || s.mints() != 1 {
		s.t.Errorf("previous %q after %q, %d mints", s.text("previous_id"), id, s.mints())
	}
	if left := s.moment("previous_revoked_after").Sub(s.Stage().Clock.Now()); (left - day).Abs() > time.Minute {
		s.t.Errorf("the overlap is %s", left)
	}
	s.until(s.moment("previous_revoked_after").Add(-10 * time.Second))
	s.Does("nothing", config)
	s.check(first, true)
	s.pass(12 * time.Second)
	s.Does("nothing", config)
	s.check(first, false)
	s.hasPrevious(false)
	s.living(1)
}

// rotatesWithinGrace rotates an account three times: the second rotation within the grace period of the first revokes the older token, and
// without a grace period there is no previous token.
func (s *subject) rotatesWithinGrace(kind string, config args) {
	s.t.Helper()
	second := s.works()
	s.settles("update", config)
	third := s.works()
	s.check(second, true)
	s.settles("update", with(config, trigger("within")))
	s.works()
	s.check(third, true)
	s.check(second, !tellsIDs(kind))
	if tellsIDs(kind) {
		s.living(2)
	}
	s.settles("update", config.With(trigger("without"), args{"overlap": nil}))
	s.works()
	s.hasPrevious(false)
	if tellsIDs(kind) {
		s.check(third, false)
		s.living(1)
	}
}

// TestPlanes_personalAccessToken takes a token through its life on every kind of control plane: rotated in place, with the revocation after
// the overlap, for another expiry, after it has expired, imported, and replaced. No refresh changes anything.
func TestPlanes_personalAccessToken(t *testing.T) {
	t.Parallel()
	each(t, []string{"older", "named + opaque", "nulls + no list of jwts", "no jwts + ignored", "grants + expired ones hidden"}, set, func(p *plane, name string) {
		// More than is left of any token, so that all of them are to be warned of.
		p.warning = 400 * day
		token := p.subject(patType)
		config := func(generation string) args {
			config := overlapping(generation)
			if name != "older" {
				config["team_name"], config["token_type"] = "blue", "jwt"
			}
			return config
		}
		token.settles("create", config("1"))
		token.hasPrevious(false)
		first, id := token.works(), token.text("id")
		saved := token.Plan(config("2"))
		for _, name := range []string{"owner", "created_by"} {
			if !saved.Attributes[name].Equal(token.Object.Attributes[name]) {
				p.t.Errorf("%s is planned as %s", name, saved.Attributes[name])
			}
		}
		token.settles("rotate", config("2"))
		second := token.works()
		p.check(first, true)
		p.living(2)
		if token.text("previous_id") != id || token.text("previous_secret") != first || token.text("id") == id || p.mints() != 2 {
			p.t.Errorf("previous %s, %d mints", token.text("previous_id"), p.mints())
		}
		if token.Object.IdentityAttributes.Text("id") != token.text("id") {
			p.t.Error("the identity is not that of the current token")
		}
		if left := token.moment("previous_revoked_after").Sub(p.Stage().Clock.Now()); (left - 72*time.Hour).Abs() > time.Minute {
			p.t.Errorf("the overlap is %s", left)
		}
		p.pass(72*time.Hour - time.Minute)
		token.Does("nothing", config("2"))
		p.check(first, true)
		p.pass(2 * time.Minute)
		token.settles("update", config("2"))
		p.check(first, false)
		p.living(1)
		token.hasPrevious(false)
		token.settles("rotate", with(config("2"), args{"lifetime": nil, "expires_at": p.Stage().Clock.Now().Add(20*day + time.Second).Format(time.RFC3339)}))
		third, owned := token.works(), token.Object
		token.imports(token.text("name"))
		token.unchanged("after an import")
		token.Object = owned
		// Both have expired by then.
		p.pass(31 * day)
		p.check(third, false)
		p.check(second, false)
		token.settles("rotate", config("2"))
		token.hasPrevious(false)
		last := token.works()
		p.living(1)
		token.settles("replace", with(config("3"), args{"overlap": nil}))
		p.check(last, false)
		last = token.works()
		token.end()
		p.check(last, false)
	})
}

// TestPersonalAccessToken_expiresAt keeps the expiry that was asked for, in whatever form a control plane shows it.
func TestPersonalAccessToken_expiresAt(t *testing.T) {
	t.Parallel()
	for _, hide := range []string{"never", "always"} {
		change := func(w *fake.Switches, echo string) { w.PATExpirationEcho, w.HideJWTs = echo, hide }
		// Where the issued token is shown, that tells the expiry.
		echoes := map[string][]string{"never": {"date"}, "always": {"as_sent", "instant", "minutes", "date"}}[hide]
		each(t, echoes, change, func(p *plane, echo string) {
			token := p.subject(patType)
			config := args{"name": "audit", "expires_at": "2035-01-31T10:20:30Z"}
			token.settles("create", config)
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
			if echo == "as_sent" || echo == "instant" {
				return
			}
			lived := p.subject(patType)
			odd := args{"lifetime": "2000h30m"}
			lived.settles("create", with(overlapping("1"), odd))
			lived.settles("rotate", with(overlapping("2"), odd))
			lived.end()
		})
	}
}
