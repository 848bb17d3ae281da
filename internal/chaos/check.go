package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// The rules that a breach names.
const (
	ruleLost     = "lost token"
	ruleDead     = "dead token in the state"
	ruleForeign  = "token of somebody else"
	ruleSecret   = "secret shown"
	rulePlan     = "plan is not empty"
	ruleConverge = "apply fails"
	ruleDestroy  = "left after destroy"
	// ruleRun is that a sequence can be run at all.
	ruleRun = "run"
)

// witnesses are tokens that a record names because the list has shown them beside its own: nothing revokes them.
var witnesses = regexp.MustCompile(`\\*"witnesses\\*":\[[^\]]*\]`)

// leadsTo reports whether what the state holds leads to a token, so that a later run revokes it.
func (r *runner) leadsTo(held document, k token) bool {
	n := nounOf(held.kind)
	if n.system != k.System {
		return false
	}
	id := held.text("id")
	switch {
	case k.ID == held.text(n.current), k.ID == held.text("previous_id"), k.Account != "" && k.Account == id, strings.Contains(witnesses.ReplaceAllString(held.private, ""), k.ID):
		return true
	case id == "":
		// The id of a token that was minted may still have to be found.
		return k.Secret == held.text(n.secret) || k.Name != "" && k.Name == held.text("name")
	case k.System == magpie.Name:
		// The mark of a rotation under way is a description, which not every organization shows.
		return !r.sequence.Switches.Magpie.HideDescription && k.Name == "terraform-provider-mint: rotation of "+id+" under way"
	}
	prefix, _ := rotation.Prefix(k.Name)
	return k.Name != "" && k.Name == rotation.NextName(prefix, id)
}

// lost are our tokens that are alive, that no state leads to, and that nobody was told of.
func (r *runner) lost() []token {
	held := r.driver.held()
	return slices.DeleteFunc(r.world.ours(), func(k token) bool {
		return r.handed[k.ID] || r.killed[k.ID] || r.released[k.ID] || slices.ContainsFunc(held, func(d document) bool { return r.leadsTo(d, k) })
	})
}

// losesNone checks that every live token of ours is in the state or was named to somebody.
func (r *runner) losesNone(rule string) {
	for _, k := range r.lost() {
		r.breaks(rule, "nobody knows the token %s", k)
	}
}

// leavesForeign checks that the tokens of others are as they were. The exclusive resource deletes those of its account: that is its
// business.
func (r *runner) leavesForeign() {
	stored := map[string]token{}
	for _, k := range r.world.stored() {
		stored[k.ID] = k
	}
	for id, was := range r.world.foreign {
		is, there := stored[id]
		switch {
		case strings.HasPrefix(was.Owner, "billing-"), was.expired(r.world.Clock().Now()):
		case !there:
			r.breaks(ruleForeign, "%s is gone", was)
		case is.Secret != was.Secret || is.Name != was.Name || is.Disabled != was.Disabled || fmt.Sprint(is.Expires) != fmt.Sprint(was.Expires):
			r.breaks(ruleForeign, "%s has become %s", was, is)
		}
	}
}

// holdsLive checks that every token in the state is alive, or that its status or a message says what is wrong with it, and that the
// secret is the token's.
func (r *runner) holdsLive() {
	stored := map[string]token{}
	for _, k := range r.world.stored() {
		stored[k.ID] = k
	}
	for _, held := range r.driver.held() {
		n := nounOf(held.kind)
		id, status := held.text(n.current), held.text("status")
		k, there := stored[id]
		switch {
		case id == "" || reports(r.reported[held.address], held, id):
		case k.Account != "" && r.sequence.Switches.TrueFoundry.HideJWTs != "never":
			// Such a control plane does not tell when the tokens of an account expire.
		case status == "active" && (!there || k.expired(r.world.Clock().Now()) || k.Disabled):
			r.breaks(ruleDead, "%s: %s is active in the state, and stored %t: %s", held.address, id, there, k)
		case there:
			r.holdsSecret(held, n, k)
		}
	}
}

// reports reports whether what was said about a resource tells what is wrong with its token: it names it, or says what has become of it.
func reports(said string, held document, id string) bool {
	name := held.text("name")
	return strings.Contains(said, id) || name != "" && strings.Contains(said, name) ||
		slices.ContainsFunc([]string{"missing", "expired", "revoked", "deleted", "disabled", "could not be found", "cannot see"}, func(word string) bool { return strings.Contains(said, word) })
}

// holdsSecret checks that a secret in the state is the one of its token.
func (r *runner) holdsSecret(held document, n noun, k token) {
	secret := held.text(n.secret)
	if armored := held.text("encrypted_secret"); secret == "" && armored != "" {
		var err error
		if secret, err = r.world.decrypt(armored); err != nil {
			r.breaks(ruleDead, "%s: %s", held.address, err)
			return
		}
	}
	if secret != "" && secret != k.Secret {
		r.breaks(ruleDead, "%s holds another secret than that of %s", held.address, k)
	}
}

// conceals checks that no secret is in what a command has shown, logged or left in the state, but where the schema says so.
func (r *runner) conceals(done result) {
	secrets := slices.DeleteFunc(r.world.Vault().Minted(), func(secret string) bool { return len(secret) < 8 })
	within := func(where, text string) {
		for _, secret := range secrets {
			if before, after, shown := strings.Cut(text, secret); shown {
				before, after = r.world.Vault().Redact(before), r.world.Vault().Redact(after)
				r.breaks(ruleSecret, "%s: …%s[the secret]%s…", where, before[max(0, len(before)-120):], after[:min(len(after), 60)])
				return
			}
		}
	}
	for _, m := range done.said {
		within("a message at "+m.address, m.text)
	}
	within("the log", done.logged)
	within("what was printed", done.printed)
	for _, d := range append(done.shown, r.driver.held()...) {
		allowed := []string{nounOf(d.kind).secret, "previous_secret"}
		d.texts(func(attribute, text string) {
			if d.encrypts() || !slices.Contains(allowed, attribute) {
				within(d.where+" of "+d.address+", "+attribute, text)
			}
		})
		within("private state of "+d.address, d.private)
	}
}
