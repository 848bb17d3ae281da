package truefoundry_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

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

// unchanged fails the test unless a refresh leaves state and private state as they are, to the byte: "terraform plan -refresh-only
// -detailed-exitcode" tells every other outcome as a change. Another refresh finds the same then.
func (s *subject) unchanged(when string) {
	s.t.Helper()
	before := s.Object
	if s.refresh(); s.Object == nil {
		s.t.Fatalf("%s: gone", when)
	}
	if !bytes.Equal(before.Private, s.Object.Private) {
		s.t.Errorf("%s, a refresh changes the private state\nfrom %s\nto   %s", when, before.Remembered(), s.Object.Remembered())
	}
	for _, name := range before.Differences(s.Object.Attributes) {
		s.t.Errorf("%s, a refresh changes %s from %s to %s", when, name, before.Attributes[name], s.Object.Attributes[name])
	}
	if !bytes.Equal(before.State.MsgPack, s.Object.State.MsgPack) {
		s.t.Errorf("%s, a refresh changes the state", when)
	}
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
