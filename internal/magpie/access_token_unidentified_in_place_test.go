package magpie_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// unidentified is a token whose rotation in place has failed because the next token's id could not be told: somebody else has minted at
// the same time.
func unidentified(t *testing.T, kind string, happens func(o *organization) (others []string)) (o *organization, l *subject, own string, others []string) {
	t.Helper()
	o = emulate(t)
	l = o.subject(kind)
	first := l.Does("create", overlapping("1", values{"description": "mine"}))
	o.Clock().Advance(time.Hour)
	o.meanwhile(func() { others = happens(o) })
	puts := o.requests("PUT", "")
	run := l.Run(overlapping("2", values{"description": "mine"}))
	own = fmt.Sprint(18 + 1 + len(others))
	named := "tokens were created for the same account at the same time. It is one of: "
	for _, id := range append(others[:len(others):len(others)], own) {
		stored, _ := o.Magpie.Token(id)
		named += id + ", created " + stored.Created.Format(time.RFC3339) + "; "
	}
	o.refused(named[:len(named)-2]+".", run.Diagnostics)
	o.refused("The token "+first.Text("id")+" is still the one in the state, and still works. Find the new token that nobody else created, and delete it, because nobody knows its secret. Wait two minutes, and apply again.", run.Diagnostics)
	if run.Failed != "apply" || !same(l.Object, first) || !remembersUnknown(l.Object, first) {
		t.Fatalf("%s: the state holds %v and remembers %s", kind, l.Object.Attributes, l.Object.Remembered())
	}
	o.holdsWorking(l.Object)
	o.asked("POST", mintOf(kind), 2)
	o.asked("PUT", "", puts)
	o.left(append([]string{first.Text("id")}, append(others[:len(others):len(others)], own)...)...)
	l.waits(overlapping("2", values{"description": "mine"}))
	return o, l, own, others
}

// remembersUnknown reports whether an object remembers what it did before, and besides only when a token was minted whose id nobody knows.
func remembersUnknown(of, before *object) bool {
	return strings.HasPrefix(of.Remembered(), strings.TrimSuffix(before.Remembered(), "}")+`,"unknown_at":"`)
}

// waits expects that a rotation is refused at first: a list that shows an earlier token late would show it in place of the next one.
func (s *subject) waits(config values) {
	s.o.t.Helper()
	mints := s.o.requests("POST", mintOf(s.kind))
	s.fails("Nothing was rotated, because an earlier rotation may have minted a token a moment ago", config)
	s.o.asked("POST", mintOf(s.kind), mints)
	s.o.Clock().Advance(afterLag)
}

// another is somebody who mints one token.
func another(kind string) func(o *organization) []string {
	return func(o *organization) []string { return []string{o.seed(o.owner(kind)).ID} }
}

// TestMagpieAccessToken_unidentifiedInPlace leaves the state as it was when the id of the token that a rotation has minted could not be
// told. The next apply rotates, whatever has become of the candidates, and touches none of them.
func TestMagpieAccessToken_unidentifiedInPlace(t *testing.T) {
	t.Parallel()
	config := overlapping("2", values{"description": "mine"})
	cases := map[string][]int{"its own goes": {1}, "the other one goes": {0}, "both go": {0, 1}, "nothing goes": nil}
	eachCase(t, cases, func(t *testing.T, gone []int) {
		t.Helper()
		o, l, own, others := unidentified(t, service, another(service))
		first := l.Object
		candidates := []string{others[0], own}
		left := []string{}
		for i, id := range candidates {
			if len(gone) == 0 || len(gone) == 1 && gone[0] != i {
				left = append(left, id)
			} else {
				o.forget(id)
			}
		}
		if text := l.refresh(); text != "" || !same(l.Object, first) {
			t.Errorf("warned %q, read %v", text, l.Object.Attributes)
		}
		second := l.Does("rotate", config)
		o.hasPrevious(second, first)
		o.holdsWorking(second)
		o.left(append(append([]string{first.Text("id")}, left...), second.Text("id"))...)
		l.destroys(left...)
	})
}

// TestMagpieAccessToken_unidentifiedUnderLag counts the minted token among the candidates, although others show first.
func TestMagpieAccessToken_unidentifiedUnderLag(t *testing.T) {
	t.Parallel()
	o, l, own, others := unidentified(t, service, func(o *organization) []string {
		ids := []string{o.seed(o.owner(service)).ID, o.seed(o.owner(service)).ID}
		o.fault("GET", listOf(service), "lag:1", 1)
		return ids
	})
	o.forget(own)
	first := l.Object
	second := l.Does("rotate", overlapping("2", values{"description": "mine"}))
	o.hasPrevious(second, first)
	l.destroys(others...)
}

// TestMagpieAccessToken_unlistableInPlace leaves the state as it was when a list fails that would tell the id of the token that a
// rotation has minted, with its secret in plain text and encrypted.
func TestMagpieAccessToken_unlistableInPlace(t *testing.T) {
	t.Parallel()
	for _, encrypts := range []bool{false, true} {
		o := emulate(t)
		l := o.subject(service)
		key := newKey(t).Recipient().String()
		config := func(generation string) values {
			c := values{"rotation_triggers": generationOf(generation), "overlap": "72h", "description": "mine"}
			if encrypts {
				c["encrypt_secret_to"] = []string{key}
			}
			return c
		}
		first := l.Does("create", config("1"))
		o.Clock().Advance(time.Hour)
		o.meanwhile(func() { o.fault("GET", listOf(service), "html", 1) })
		kept := l.fails(`the token was created, but its id could not be found, because the list failed`, config("2"))
		if !same(kept, first) || !remembersUnknown(kept, first) {
			t.Errorf("the state holds %v", kept.Attributes)
		}
		o.left(first.Text("id"), "19")
		l.waits(config("2"))
		second := l.Does("rotate", config("2"))
		o.hasPrevious(second, first)
		if stored, _ := o.Magpie.Token(second.Text("id")); stored.Description != "mine" {
			t.Errorf("described as %q", stored.Description)
		}
		o.left(first.Text("id"), "19", second.Text("id"))
		l.destroys("19")
	}
}

// TestMagpieAccessToken_rotateAnswerLost keeps the state when the answer to a rotation in place was lost: the token is named if the list
// shows it, and left alone.
func TestMagpieAccessToken_rotateAnswerLost(t *testing.T) {
	t.Parallel()
	for lag, message := range map[int]string{
		0: `New on the account since then, and possibly created by this run: 19, created `,
		3: `New on the account since then, and possibly created by this run: 19, created `,
		4: `The account has no new token so far; if one appears that nobody else created, delete it, because nobody knows its secret. Wait two minutes, and apply again`,
	} {
		o := emulate(t)
		l := o.subject(service)
		first := l.Does("create", overlapping("1"))
		o.Clock().Advance(time.Hour)
		o.fault("POST", mintOf(service), "drop-after", 1)
		o.meanwhile(func() {
			if lag > 0 {
				o.fault("GET", listOf(service), fmt.Sprintf("lag:%d", lag), 1)
			}
		})
		if kept := l.fails(message, overlapping("2")); !same(kept, first) || !remembersUnknown(kept, first) {
			t.Errorf("the state holds %v", kept.Attributes)
		}
		o.asked("POST", mintOf(service), 2)
		l.waits(overlapping("2"))
		second := l.Does("rotate", overlapping("2"))
		o.hasPrevious(second, first)
		o.left(first.Text("id"), "19", second.Text("id"))
		l.destroys("19")
	}
}
