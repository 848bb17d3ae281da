package truefoundry_test

import (
	"encoding/json"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// apply carries out what is planned.
func (l *life) apply(s *step) {
	from := l.now
	if s.replaces {
		left, diagnostics := s.e.dismantle(l.now)
		l.note("destroy: %s", failed(diagnostics)+warned(diagnostics))
		if s.dead.Load() {
			return
		}
		if l.now = left; left != nil {
			l.afterApply(s, diagnostics)
			return
		}
		// A process that dies in a creation leaves behind what no state leads to.
		from, l.tainted, l.meddle = nil, false, nil
	}
	made, diagnostics := s.e.carryOut(from, s.late, s.config)
	l.note("apply: %s", failed(diagnostics))
	if s.dead.Load() {
		return
	}
	l.now = made
	if s.e.attributes(made.state) == nil {
		l.now = nil
	}
	l.tainted = from == nil && l.now != nil && failed(diagnostics) != ""
	l.afterApply(s, diagnostics)
}

// afterApply checks what an apply has left.
func (l *life) afterApply(s *step, diagnostics []*tfprotov6.Diagnostic) {
	text := failed(diagnostics)
	l.peace()
	if text != "" && !s.troubled {
		l.t.Errorf("apply: %s", text)
	}
	l.strays(l, text)
	if l.now == nil {
		return
	}
	l.holds()
	if text != "" {
		return
	}
	if !s.stale {
		l.overlaps()
	}
	l.quiet(s)
}

// record is what the provider remembers beside the state.
func (l *life) record() (record rotation.Record) {
	if l.now == nil || len(l.now.private) == 0 {
		return record
	}
	var keys map[string][]byte
	if err := json.Unmarshal(l.now.private, &keys); err != nil {
		l.t.Fatal(err)
	}
	if err := json.Unmarshal(keys["mint"], &record); err != nil && len(keys["mint"]) > 0 {
		l.t.Fatal(err)
	}
	return record
}

// quiet fails the test unless the next plan is empty, or has a reason that the one before could not have.
func (l *life) quiet(s *step) {
	before := l.record()
	e := l.engine()
	next, diagnostics := e.read(l.now)
	e.fine(diagnostics)
	if next == nil {
		// Only a run without a refresh does not see that the token was deleted.
		if l.now = nil; !s.stale {
			l.t.Error("gone at once")
		}
		l.living(0)
		return
	}
	plan := e.plan(next, s.config)
	if l.refused(plan) {
		return
	}
	was := l.now
	l.now = next
	after, status := l.record(), l.text("status")
	l.now = was
	// Without a refresh not everything that is due was planned, and a longer rotate_before_expiry takes effect in the next run.
	due := after.Due || after.PreviousDue || status != rotation.StatusActive
	if due && s.stale || after.Due && !before.Due {
		return
	}
	if names := e.changes(next, plan); len(names) > 0 {
		l.t.Errorf("changes of %v are planned right after the apply", names)
	}
}

// holds fails the test unless the secret that the state holds works, and is not in plain where it is to be encrypted.
func (l *life) holds() {
	attributes := l.codec.attributes(l.now.state)
	if !attributes["encrypt_secret_to"].IsNull() {
		hides(l.t, "the state", l.now.state, l.now.private, l.secrets()...)
	}
	secret := attributes.text("token")
	if sealed := attributes.text("encrypted_secret"); sealed != "" {
		secret = decrypt(l.t, sealed, l.key)
	}
	if id := attributes.text("id"); secret != "" && attributes.text("status") == rotation.StatusActive && (id == "" || l.isLive(id)) {
		l.check(secret, true)
	}
}

// overlaps fails the test unless the generation before works until its time is over.
func (l *life) overlaps() {
	attributes := l.codec.attributes(l.now.state)
	id := attributes.text("previous_id")
	if id == "" || !l.moment("previous_revoked_after").After(l.Stage().Clock.Now()) {
		return
	}
	secret := attributes.text("previous_secret")
	if sealed := attributes.text("previous_encrypted_secret"); sealed != "" {
		secret = decrypt(l.t, sealed, l.key)
	}
	// The id of an account's token is none that lives by itself.
	if secret == "" && l.name == patType && !l.isLive(id) {
		l.t.Errorf("the token before, %s, is dead", id)
	} else if secret != "" {
		l.check(secret, true)
	}
}

func (l *life) isLive(id string) bool {
	return slices.ContainsFunc(l.minted(), func(token fakeapi.LiveToken) bool { return token.ID == id })
}

// minted are the tokens that are alive and come from this test.
func (l *life) minted() []fakeapi.LiveToken {
	return slices.DeleteFunc(l.Live(), func(token fakeapi.LiveToken) bool { return token.Seeded })
}
