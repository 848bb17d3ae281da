package randomrun

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// accountFor fails the test if a token is alive that nobody would ever revoke, or if one of somebody else is gone. What a failure names
// is for a person to delete.
func (r *randomRun) accountFor(told protocoltest.Diagnostics) {
	r.t.Helper()
	r.account(told, false)
}

// accountForRun does so after an apply. Of a token that was minted by a process that has died, nothing may tell: that of a creation,
// or, where it cannot be proved, also that of a rotation.
func (r *randomRun) accountForRun(run protocoltest.Run) {
	r.t.Helper()
	creates := run.Action == protocoltest.Create || run.Action == protocoltest.Replace
	r.account(run.Diagnostics, run.Dead && (creates || r.Unprovable))
}

func (r *randomRun) account(told protocoltest.Diagnostics, untold bool) {
	r.t.Helper()
	failure := told.Errors().String()
	for _, token := range r.alive() {
		switch {
		case slices.ContainsFunc(append(r.w.Deposed, r.w.Object), func(of *protocoltest.Object) bool { return r.leadsTo(of, token) }):
		case handsOver(told, token), r.Unlisted != "" && strings.Contains(failure, r.Unlisted), untold:
			r.note("nothing proves whose %s is, %s", token.ID, token.Name)
			if r.named[token.ID] = token; !r.Unprovable {
				r.note("somebody deletes it")
				r.Delete(token)
			}
		default:
			r.t.Errorf("nobody knows the token %s, %s", token.ID, token.Name)
		}
	}
	if r.DeletesStrangers {
		return
	}
	stored := r.Stored()
	for id := range r.strangers {
		if !slices.ContainsFunc(stored, func(k Token) bool { return k.ID == id }) {
			r.t.Errorf("the token %s of somebody else was deleted", id)
		}
	}
}

// handsOver reports whether an error leaves a token to a person by naming it, and does not promise to revoke it with the next apply.
func handsOver(told protocoltest.Diagnostics, token Token) bool {
	return slices.ContainsFunc(told.Errors(), func(one *tfprotov6.Diagnostic) bool {
		said := one.Summary + ": " + one.Detail
		return (strings.Contains(said, token.ID) || strings.Contains(said, `"`+token.Name+`"`)) && !strings.Contains(said, "It is not forgotten")
	})
}

// leadsTo reports whether what Terraform holds leads to a token, so that a later run revokes it.
func (r *randomRun) leadsTo(of *protocoltest.Object, token Token) bool {
	if of == nil {
		return false
	}
	current := of.Text(r.Current)
	return token.ID == current || token.ID == of.Text("previous_id") || token.Account != "" && token.Account == of.Text("id") ||
		strings.Contains(of.Remembered(), token.ID) ||
		// The id of a token that was minted may still have to be found.
		of.Text("id") == "" && (token.Secret == r.secretOf(of) || token.Name != "" && token.Name == of.Text("name")) ||
		r.Findable != nil && r.Findable(token, of)
}

// secretOf is the current secret of a state, decrypted; empty when it holds none.
func (r *randomRun) secretOf(of *protocoltest.Object) string {
	r.t.Helper()
	if of == nil {
		return ""
	}
	return r.secret(of, r.Secret, "encrypted_secret")
}

func (r *randomRun) secret(of *protocoltest.Object, plain, encrypted string) string {
	r.t.Helper()
	if text := of.Text(encrypted); of.Text(plain) == "" && text != "" {
		return r.decrypt(text)
	}
	return of.Text(plain)
}

// hides fails the test if private state holds a secret, or a state that encrypts secrets one in plain text.
func (r *randomRun) hides(of *protocoltest.Object) {
	r.t.Helper()
	if of == nil {
		return
	}
	if encrypts(of.Attributes) {
		r.holdsNone("the state", of)
	}
	r.holdsNone("private state", &protocoltest.Object{Private: of.Private})
}

func (r *randomRun) holdsNone(what string, in interface{ Holds(text string) bool }) {
	r.t.Helper()
	for _, token := range r.Stored() {
		if in.Holds(token.Secret) {
			r.t.Errorf("%s holds the secret of %s in plain text", what, token.ID)
		}
	}
}

// works fails the test unless the secrets of a state are those of its tokens, and work as long as these do.
func (r *randomRun) works(of *protocoltest.Object) {
	r.t.Helper()
	ends := of.Time("expires_at")
	isAlive := of.Text("status") == "active" && (ends.IsZero() || ends.After(r.Clock.Now().Add(tolerance)))
	r.oneWorks("current", of.Text(r.Current), r.secretOf(of), isAlive)
	id, secret := of.Text("previous_id"), r.previousSecret(of)
	isKept := of.Time("previous_revoked_after").After(r.Clock.Now()) && !r.doubted[id] && !r.doubted[secret]
	r.oneWorks("previous", id, secret, isKept)
}

func (r *randomRun) previousSecret(of *protocoltest.Object) string {
	r.t.Helper()
	return r.secret(of, "previous_secret", "previous_encrypted_secret")
}

// oneWorks checks a token that a state knows by its id, or by its secret alone. It must be there unless others have deleted it.
func (r *randomRun) oneWorks(which, id, secret string, must bool) {
	r.t.Helper()
	if id == "" && secret == "" {
		return
	}
	stored := r.Stored()
	i := slices.IndexFunc(stored, func(k Token) bool { return k.ID == id || id == "" && k.Secret == secret })
	switch {
	case i < 0:
		if must && !r.tampered {
			r.t.Errorf("the %s token %s is gone", which, id)
		}
	case secret != "" && stored[i].Secret != secret:
		r.t.Errorf("the state does not hold the secret of its %s token %s", which, id)
	case !stored[i].Disabled && !stored[i].expired(r.Clock.Now()) && !r.Works(stored[i]):
		r.t.Errorf("the %s token %s does not work", which, id)
	}
}

// succeeded is what must hold after an apply that has succeeded: the secrets work, and nothing is left to do but what time asks for.
func (r *randomRun) succeeded() {
	r.t.Helper()
	if r.w.Object == nil || r.t.Failed() {
		return
	}
	r.works(r.w.Object)
	e := r.w.Start()
	read, diagnostics := e.Read(r.w.Object)
	if diagnostics.Failed() {
		r.t.Errorf("the refresh right after the apply has failed: %s", diagnostics.Errors())
		return
	}
	if read == nil {
		if !r.stale && !r.tampered {
			r.t.Error("gone right after the apply")
		}
		return
	}
	r.works(read)
	if again, _ := e.Read(read); again != nil && len(read.Differences(again.Attributes)) == 0 && !bytes.Equal(read.Private, again.Private) {
		r.t.Errorf("a refresh that has found nothing has changed private state from %s to %s", read.Remembered(), again.Remembered())
	}
	plan := e.Plan(read, r.config)
	if plan.Diagnostics.Failed() {
		r.note("right after the apply")
		r.refused(plan.Diagnostics.Errors().String())
		return
	}
	if r.pending(read) || r.tampered {
		return
	}
	if changes := plan.Changes(); len(changes) > 0 {
		r.t.Errorf("right after the apply a change of %v is planned, from %v to %v", changes, read, plan)
	}
	r.calm, r.drifted = true, false
}

// versioned fails the test unless the secret_version of what Terraform holds has grown with the token, and with nothing else. Of two tokens
// of a replacement the new one does not know the old one's version, so it may be the same within a second.
func (r *randomRun) versioned(replaced bool) {
	r.t.Helper()
	object := r.w.Object
	if object == nil {
		r.version, r.versionOf = 0, ""
		return
	}
	version, secret := object.Number("secret_version"), r.secretOf(object)
	switch isNew := secret != r.versionOf; {
	case version == 0:
		r.t.Error("there is no secret_version")
	case r.versionOf == "" || secret == "":
	case isNew && version <= r.version && !(replaced && version == r.version):
		r.t.Errorf("the secret_version is %d after %d, and the secret is another", version, r.version)
	case !isNew && version != r.version:
		r.t.Errorf("the secret_version has become %d from %d, and the secret is the same", version, r.version)
	}
	r.version, r.versionOf = version, secret
}

// pending reports that an object waits for an apply without any change of its arguments: because of the time, or because of a token that
// is still to be revoked.
func (r *randomRun) pending(of *protocoltest.Object) bool {
	r.t.Helper()
	if of == nil {
		return true
	}
	now := r.Clock.Now()
	until := of.Time("previous_revoked_after")
	return slices.Contains([]string{"expired", "missing", "due"}, of.Text("status")) || r.due(of, now) ||
		!until.IsZero() && until.Before(now.Add(tolerance)) || r.mentionsOthers(of)
}

// due reports whether less than rotate_before_expiry is left of a token, or about so.
func (r *randomRun) due(of *protocoltest.Object, now time.Time) bool {
	lead, _ := time.ParseDuration(of.Text("rotate_before_expiry"))
	return r.endsWithin(of, now, lead)
}

// endsWithin reports whether the current token expires within a time, or about so.
func (r *randomRun) endsWithin(of *protocoltest.Object, now time.Time, lead time.Duration) bool {
	ends := of.Time("expires_at")
	for _, token := range r.Stored() {
		if token.ID == of.Text(r.Current) && token.Expires != nil {
			ends = *token.Expires
		}
	}
	return !ends.IsZero() && ends.Sub(now) <= lead+tolerance
}
