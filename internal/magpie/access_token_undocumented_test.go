package magpie_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// undocumented are the answers that the vendor's pages leave open, several in each case: they do not touch each other.
func undocumented() map[string]func(*fake.Switches) {
	return map[string]func(*fake.Switches){
		"large number, snake_case, epoch milliseconds": func(w *fake.Switches) {
			w.IDKind, w.KeyCase, w.TimeForm, w.ListWrapper = "large_number", "snake_case", "epoch_millis", "access_tokens"
			w.IDName, w.CreatedName, w.ExpiresName, w.StatusName = "accessTokenId", "createdAt", "expirationDate", "tokenStatus"
		},
		"UUID, camelCase, epoch seconds, answers with text": func(w *fake.Switches) {
			w.IDKind, w.KeyCase, w.TimeForm, w.ListWrapper = "uuid", "camelCase", "epoch_seconds", "items"
			w.IDName, w.CreatedName, w.ExpiresName, w.StatusName = "tokenId", "creationDate", "validUntil", "accessTokenStatus"
			w.WriteBody, w.UnknownIDStatus, w.StatusWords, w.ListToken = "text", 500, "active/inactive", "masked"
			w.SessionsOutliveTokens, w.LoginCookie = true, true
		},
		"string, kebab-case, no zone, list lags": func(w *fake.Switches) {
			w.IDKind, w.KeyCase, w.TimeForm, w.PlusIsSpace, w.Latin1 = "string", "kebab-case", "iso_no_zone", true, true
			w.CreatedName, w.ExpiresName, w.StatusName, w.ListLag = "issuedAt", "expiresOn", "isDisabled", 1
		},
		"digits, PascalCase, offset, rotation keeps": func(w *fake.Switches) {
			w.IDKind, w.KeyCase, w.TimeForm, w.ListWrapper, w.ListOrder = "digits", "PascalCase", "iso_offset", "content", "newest_first"
			w.StatusWords, w.EmptyDescription, w.DescriptionName = "ENABLED/DISABLED", "empty", "comment"
			w.RotateKeepsDescription, w.RotateKeepsStatus = true, true
		},
		"times as text, no status": func(w *fake.Switches) {
			w.TimeForm, w.EmptyDescription, w.ListOrder, w.HideStatus, w.WriteStatus = "text", "missing", "shuffled", true, 204
		},
		"status boolean, no description": func(w *fake.Switches) {
			w.StatusForm, w.TimeForm, w.TokenLifetime, w.NeverExpires, w.HideDescription = "bool", "iso_z_millis", 0, "missing", true
		},
		"status as isActive, answers with more": func(w *fake.Switches) {
			w.CreateStatus, w.CreateID, w.WriteBody, w.UnknownIDStatus, w.ListToken = 201, true, "json", 200, "plain"
			w.StatusName, w.TokenLifetime, w.NeverExpires = "isActive", 0, "empty"
		},
	}
}

// TestMagpieAccessToken_undocumented runs a lifecycle with an import over each of the answers, for the kinds that the test below does
// not have.
func TestMagpieAccessToken_undocumented(t *testing.T) {
	t.Parallel()
	eachCase(t, undocumented(), func(t *testing.T, set func(*fake.Switches)) {
		t.Helper()
		eachOf(t, []string{personal, exclusive}, func(t *testing.T, kind string) {
			t.Helper()
			o := emulate(t)
			o.turn(func(w *fake.Switches) { w.TokenLifetime = fakeapi.Duration(720 * time.Hour); set(w) })()
			var last *object
			for _, more := range []values{
				{"description": "one"}, {"description": "two", "disabled": true}, {"disabled": true}, {"description": "three", "disabled": false},
			} {
				if _, given := more["disabled"]; !given {
					more["disabled"] = false
				}
				made := o.engine(kind).Change(last, arguments(kind, more))
				stored, _ := o.Magpie.Token(made.Text("id"))
				text, _ := more["description"].(string)
				if stored.Secret != made.Text("token") || stored.Description != text || stored.Disabled != more["disabled"] || o.use(stored.Secret).Works() == stored.Disabled {
					t.Errorf("%s, %v: the organization has %+v", kind, more, stored)
				}
				p := o.engine(kind)
				read := p.MustRead(made)
				if planned := p.MustPlan(read, arguments(kind, more)); !same(read, made) || len(planned.Changes()) > 0 {
					t.Errorf("%s, %v: applied %v, read %v, planned %v", kind, more, made.Attributes, read.Attributes, planned.Attributes)
				}
				last = read
			}
			p := o.engine(kind)
			imported := p.MustRead(p.MustImport(map[string]string{personal: last.Text("id"), exclusive: robot}[kind]))
			for name, v := range imported.Attributes {
				if name != "token" && name != "description" && name != "secret_version" && !v.Equal(last.Attributes[name]) {
					t.Errorf("%s: %s is imported as %s instead of %s", kind, name, v, last.Attributes[name])
				}
			}
			if hidden := o.Magpie.Switches().HideDescription; imported.Text("description") != "three" && !hidden {
				t.Errorf("%s: imported %v", kind, imported.Attributes)
			}
			p.Destroy(last)
			o.left()
		})
	})
}

// TestMagpieAccessToken_overlapUndocumented rotates in place over each of the answers: the description arrives, no mark stays, and the overlap ends. The
// token can be imported.
func TestMagpieAccessToken_overlapUndocumented(t *testing.T) {
	t.Parallel()
	eachCase(t, undocumented(), func(t *testing.T, set func(*fake.Switches)) {
		t.Helper()
		o := emulate(t)
		o.turn(func(w *fake.Switches) { w.TokenLifetime = fakeapi.Duration(720 * time.Hour); set(w) })()
		l := o.subject(service)
		config := func(generation string, text any) values {
			return values{"rotation_triggers": generationOf(generation), "overlap": "72h", "description": text, "disabled": false}
		}
		before := l.did("create", l.Run(config("1", "one")))
		for generation, text := range []any{"two", nil} {
			made := l.Does("rotate", config(fmt.Sprint("g", generation), text))
			o.hasPrevious(made, before)
			o.holdsWorking(made)
			want, _ := text.(string)
			if stored, _ := o.Magpie.Token(made.Text("id")); stored.Description != want {
				t.Errorf("described as %q", stored.Description)
			}
			if !o.use(before.Text("token")).Works() {
				t.Error("the previous token does not work")
			}
			before = made
		}
		o.Clock().Advance(73 * time.Hour)
		o.hasNoPrevious(l.Does("update", config("g1", nil)))
		o.left(l.Object.Text("id"))
		imported := o.engine(service).MustImport(robot + "/" + l.Object.Text("id"))
		for _, name := range []string{"id", "status", "disabled", "created_at", "expires_at"} {
			if v := imported.Attributes[name]; !v.Equal(l.Object.Attributes[name]) {
				t.Errorf("%s is imported as %s instead of %s", name, v, l.Object.Attributes[name])
			}
		}
		l.destroys()
	})
}
