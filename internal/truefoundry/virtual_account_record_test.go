package truefoundry_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// remembers decodes the private state, by key.
func (s *subject) remembers() map[string]string {
	s.t.Helper()
	var keys map[string][]byte
	if err := json.Unmarshal(s.Object.Private, &keys); err != nil {
		s.t.Fatal(err)
	}
	texts := map[string]string{}
	for key, raw := range keys {
		texts[key] = string(raw)
	}
	return texts
}

// unchanged fails the test unless refreshes leave state and private state as they are, to the byte: "terraform plan -refresh-only
// -detailed-exitcode" tells every other outcome as a change.
func (s *subject) unchanged(when string) {
	s.t.Helper()
	for _, refresh := range []string{"first", "second"} {
		before := s.Object
		if s.refresh(); s.Object == nil {
			s.t.Fatalf("%s: gone", when)
		}
		if !bytes.Equal(before.Private, s.Object.Private) {
			s.t.Errorf("%s, the %s refresh changes the private state\nfrom %s\nto   %s", when, refresh, before.Remembered(), s.Object.Remembered())
		}
		for _, name := range before.Differences(s.Object.Attributes) {
			s.t.Errorf("%s, the %s refresh changes %s from %s to %s", when, refresh, name, before.Attributes[name], s.Object.Attributes[name])
		}
		if !bytes.Equal(before.State.MsgPack, s.Object.State.MsgPack) {
			s.t.Errorf("%s, the %s refresh changes the state", when, refresh)
		}
	}
}

// TestVirtualAccount_refreshFindsNothing refreshes after all that changes an account, on every kind of control plane.
func TestVirtualAccount_refreshFindsNothing(t *testing.T) {
	t.Parallel()
	kinds := planes()
	kinds["current"] = func(*fake.Switches) {}
	kinds["kept"] = func(w *fake.Switches) { w.OmittedFields = "kept" }
	kinds["reissues"] = func(w *fake.Switches) { w.ExpirationEdit = "reissues" }
	kinds["instant"] = func(w *fake.Switches) { w.ExpirationEcho = "instant" }
	kinds["limited"] = limited
	switched(t, kinds, func(p *plane, name string) {
		// More than is left of any token, so that all of them are to be warned of.
		p.warning = 40 * day
		account := p.subject(vaType)
		on := func(days int) args {
			return args{"expiration_date": p.Stage().Clock.Now().AddDate(0, 0, days).Format(time.DateOnly)}
		}
		config := with(graced("1"), args{"permissions": []any{permission("a:b", "viewer")}})
		account.succeeds(with(config, on(10)))
		account.unchanged("after the creation")
		account.succeeds(with(config, on(20)))
		account.unchanged("after another day")
		account.succeeds(with(config, with(on(20), trigger("2"))))
		account.unchanged("after a rotation")
		account.succeeds(with(config, trigger("2")))
		account.unchanged("without a day")
		account.succeeds(with(config, with(trigger("2"), args{"rotate_before_expiry": "24h"})))
		account.unchanged("with rotate_before_expiry")
		account.succeeds(with(config, with(on(20), trigger("3"))))
		account.unchanged("after a rotation with a new day")
		account.imports("loader")
		account.unchanged("after an import")
		account.end()
	})
}

// TestPersonalAccessToken_refreshFindsNothing refreshes after all that changes a token, on every kind of control plane.
func TestPersonalAccessToken_refreshFindsNothing(t *testing.T) {
	t.Parallel()
	kinds := planes()
	kinds["current"] = func(*fake.Switches) {}
	kinds["capped"] = func(w *fake.Switches) { w.PATMaxAgeDays = 30 }
	for _, echo := range []string{"as_sent", "instant", "minutes", "date"} {
		kinds[echo] = func(w *fake.Switches) { w.PATExpirationEcho, w.HideJWTs = echo, "always" }
	}
	switched(t, kinds, func(p *plane, name string) {
		// More than is left of any token, so that all of them are to be warned of.
		p.warning = 400 * day
		token := p.subject(patType)
		config := func(n string) args { return with(overlapping(n), args{"lifetime": "2000h30m"}) }
		token.succeeds(config("1"))
		token.unchanged("after the creation")
		token.succeeds(config("2"))
		token.unchanged("after a rotation")
		token.succeeds(with(config("2"), args{"rotate_before_expiry": "24h"}))
		token.unchanged("with rotate_before_expiry")
		p.pass(73 * time.Hour)
		token.succeeds(config("2"))
		token.unchanged("after the overlap")
		fixed := args{"lifetime": nil, "expires_at": p.Stage().Clock.Now().Add(20*day + time.Second).Format(time.RFC3339)}
		token.succeeds(with(config("2"), fixed))
		token.unchanged("with a fixed expiry")
		token.imports(token.text("name"))
		token.unchanged("after an import")
		token.engine().NoError(token.destroyed())
	})
}

// TestVirtualAccount_olderRecord reads a state of the first version, which had three keys in private state where there is one now: they
// stay until the record changes.
func TestVirtualAccount_olderRecord(t *testing.T) {
	t.Parallel()
	p := emulate(t, limited, func(w *fake.Switches) { w.OmittedFields = "kept" })
	account := p.subject(vaType)
	account.Does("create", with(graced("1"), args{"tags": args{"a": "x"}, "expiration_date": "2035-01-31"}))
	config := graced("1")
	account.Does("update", config)
	day, id := "2035-01-31", account.text("jwt_id")
	private, err := json.Marshal(map[string][]byte{
		"mint": []byte(`{"imported":true,"owed":["0123456789abcdef01234567"]}`), "echoes": []byte(`{"expiration_date":"` + day + `","tags":{"a":"x"}}`),
		"issue": []byte(`{"jwt_id":"` + id + `","at":"2026-01-02T03:04:05.678Z","bounded":true}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	account.Object.Private = private
	// Only the pending revocation is planned.
	if names := account.Plan(config).Changes(); !slices.Equal(names, []string{"previous_revoked_after"}) {
		t.Errorf("changes of %v are planned", names)
	}
	account.succeeds(config)
	keys := account.remembers()
	if len(keys) != 1 || !strings.Contains(keys["mint"], `"imported":true`) || strings.Contains(keys["mint"], "owed") ||
		!strings.Contains(keys["mint"], `"normalized":{"expiration_date":"\"`+day+`\"","tags":"{\"a\":\"x\"}"}`) || !strings.Contains(keys["mint"], `"bounded":true`) {
		t.Errorf("remembers %v", keys)
	}
	account.unchanged("after an update")
	account.end()
}
