package magpie_test

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// healthy expects no error.
func (w *walk) healthy(what string, a answer) {
	if text := a.errors(); text != "" {
		w.t.Errorf("%s: %s", what, text)
	}
}

// check holds the organization and the state to what must hold after every step.
func (w *walk) check() {
	there := map[string]bool{}
	for _, token := range w.o.stored() {
		there[token.ID] = true
		if token.Expires != nil && !w.o.Clock().Now().Before(*token.Expires) || w.strangers[token.ID] || w.loose[token.ID] {
			continue
		}
		if !w.isKnown(token) && !w.isMarked(token.ID) {
			w.t.Errorf("nobody knows %+v", token)
		}
	}
	for id := range w.strangers {
		if !there[id] && w.overlaps() {
			w.t.Errorf("the token %s of somebody else was deleted", id)
		}
	}
	if w.now == nil {
		return
	}
	w.sealed(*w.now)
	w.holds("id", "token", "encrypted_secret")
	if w.overlaps() {
		w.holds("previous_id", "previous_secret", "previous_encrypted_secret")
	}
	w.note("the state: id %s, status %s, tainted %t, record %+v", w.now.text("id"), w.now.text("status"), w.tainted, w.record())
	if w.overlaps() && w.now.text("previous_id") != "" {
		w.note("before it: id %s until %s", w.now.text("previous_id"), w.now.text("previous_revoked_after"))
	}
}

// isKnown reports a token that the state knows, or the private state.
func (w *walk) isKnown(token fake.Token) bool {
	if w.now == nil {
		return false
	}
	if token.ID == w.now.text("id") || slices.Contains(w.record().Owed, token.ID) {
		return true
	}
	if w.overlaps() && token.ID == w.now.text("previous_id") {
		return true
	}
	return token.Secret == w.held("token", "encrypted_secret")
}

// record is what the private state remembers.
func (w *walk) record() rotation.Record {
	var keys map[string][]byte
	var record rotation.Record
	if len(w.now.private) == 0 {
		return record
	}
	if err := json.Unmarshal(w.now.private, &keys); err != nil {
		w.t.Error(err)
	}
	if raw := keys["mint"]; len(raw) > 0 {
		if err := json.Unmarshal(raw, &record); err != nil {
			w.t.Error(err)
		}
	}
	return record
}

// isMarked reports a token that a rotation of the state's token has marked, so that it can be told whose it is.
func (w *walk) isMarked(id string) bool {
	token, _ := w.o.Magpie.Token(id)
	if w.now == nil || !w.overlaps() || w.style.HideDescription {
		return false
	}
	of := w.now.text("id")
	if of == "" {
		of = w.now.text("previous_id")
	}
	return of != "" && token.Description == "terraform-provider-mint: rotation of "+of+" under way"
}

// held is a secret that the state holds, in plain or encrypted.
func (w *walk) held(plain, sealed string) string {
	if secret := w.now.text(plain); secret != "" {
		return secret
	}
	text := w.now.text(sealed)
	if text == "" {
		return ""
	}
	reader, err := age.Decrypt(armor.NewReader(strings.NewReader(text)), w.keys...)
	if err != nil {
		w.t.Errorf("%s: %s", sealed, err)
		return ""
	}
	secret, err := io.ReadAll(reader)
	if err != nil {
		w.t.Error(err)
	}
	return string(secret)
}

// holds checks that a secret of the state is that of its token, and works.
func (w *walk) holds(id, plain, sealed string) {
	token, there := w.o.Magpie.Token(w.now.text(id))
	if !there {
		return
	}
	if secret := w.held(plain, sealed); secret != token.Secret {
		w.t.Errorf("the state does not hold the secret of its %s %s", id, token.ID)
	}
	ended := token.Expires != nil && !w.o.Clock().Now().Before(*token.Expires)
	if !ended && !token.Disabled && !w.o.use(token.Secret).Works() {
		w.t.Errorf("the token %s does not work", token.ID)
	}
}

// sealed checks that nothing holds a secret in plain that is to be encrypted.
func (w *walk) sealed(a answer) {
	if to := a.values()["encrypt_secret_to"]; !to.IsNull() && to.IsFullyKnown() {
		w.o.hidesSecrets(a)
	}
}

// name checks that an apply has named, or handed to the state, all that it minted.
func (w *walk) name(made answer, before []string) {
	for _, id := range w.fresh(before) {
		token, _ := w.o.Magpie.Token(id)
		if w.isKnown(token) || w.isMarked(id) {
			continue
		}
		if text := made.errors(); !strings.Contains(text, id) && !strings.Contains(text, "the list failed too") {
			w.t.Errorf("the token %s was minted, and nothing says so: %q", id, text)
		}
		w.note("%s is loose", id)
		w.loose[id] = true
	}
}

// namesLoose checks that a rotation in place names what looks as if an earlier one had left it.
func (w *walk) namesLoose(before, made answer) {
	if !w.overlaps() || before.text("created_at") == "" {
		return
	}
	texts := map[string]bool{"": true, before.text("description"): true, made.text("description"): true}
	for id := range w.loose {
		token, there := w.o.Magpie.Token(id)
		if !there || token.Created.Sub(before.at("created_at")) < 2*time.Second || !texts[token.Description] && !w.style.HideDescription {
			continue
		}
		if !strings.Contains(made.remarks(), id) {
			w.t.Errorf("the token %s is not named: %q", id, made.remarks())
		}
	}
}

// quiet checks that nothing is left to do after an apply that succeeded, unless the clock says so.
func (w *walk) quiet() {
	read := w.o.protocol().read(w.kind, *w.now)
	w.healthy("refresh at once", read)
	if read.isNull() {
		w.t.Error("it is gone at once")
		return
	}
	w.now = &read
	planned := w.o.protocol().plan(w.kind, w.now, arguments(w.kind, w.config))
	if planned.errors() != "" {
		if !w.isRefused(planned) {
			w.healthy("plan at once", planned)
		}
		return
	}
	if w.isDue() {
		return
	}
	want := read.values()
	for name, got := range planned.values() {
		if !got.Equal(want[name]) {
			w.t.Errorf("not quiet: %s of %s becomes %s", name, want[name], got)
		}
	}
}

// isDue reports that the clock asks for a change.
func (w *walk) isDue() bool {
	now := w.o.Clock().Now()
	if end := w.now.text("expires_at"); end != "" {
		lead, _ := time.ParseDuration(w.now.text("rotate_before_expiry"))
		if w.now.at("expires_at").Sub(now) <= lead+time.Minute {
			return true
		}
	}
	return w.overlaps() && w.now.text("previous_revoked_after") != "" && w.now.at("previous_revoked_after").Before(now.Add(time.Minute))
}
