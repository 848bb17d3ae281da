package rotation

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// Guardrails are the rules of the provider block's policy, which hold for every token that the provider mints. A rule that is not set, or
// not known yet, asks for nothing.
type Guardrails struct {
	// MaxLifetime is the longest life that a token may have; 0 for any.
	MaxLifetime time.Duration
	// RequireRotation requires something that rotates the token.
	RequireRotation bool
	// RequireEncryption keeps secrets in plain text out of states.
	RequireEncryption bool
}

// Guarded is a token as guardrails judge it. What is not known yet is given the benefit of the doubt: it is judged when it is known.
type Guarded struct {
	// Name is what messages call a token that exists; empty for one that is to be minted.
	Name string
	// Lives is how long the token lives from its mint; 0 where it never expires, and where nothing tells. LivesUnknown is set as long
	// as that depends on what is not known yet.
	Lives        time.Duration
	LivesUnknown bool
	// Age is after how long a rotation has revoked the token, where the configuration cannot say when it expires; 0 for never.
	Age time.Duration
	// Rotates is set where something rotates the token, or may.
	Rotates bool
	// StoresPlain is set where its secret is stored in the state in plain text.
	StoresPlain bool
	// Lifetime and Rotation are how to obey max_lifetime and require_rotation.
	Lifetime, Rotation Remedy
}

// Remedy is the argument that breaks a rule, or that is missing, and what to do about it, as a sentence.
type Remedy struct{ Argument, Advice string }

// GuardedToken is a token of a configuration, a plan or a state as guardrails judge it, as far as the arguments tell that all share.
func GuardedToken(m Rotating) Guarded {
	return Guarded{
		Rotates:     !m.RotateBeforeExpiry.IsNull() || !m.RotateAfter.IsNull() || m.RotationTriggers.IsUnknown() || len(m.RotationTriggers.Elements()) > 0,
		StoresPlain: m.EncryptSecretTo.IsNull(),
		Rotation:    Remedy{"rotate_before_expiry", "Set rotate_before_expiry where the token expires, or rotate_after."},
	}
}

// BoundByAge bounds a token whose life the server alone decides by rotate_after and the overlap that follows: then a rotation has revoked it.
func (g *Guarded) BoundByAge(rotateAfter, overlap DurationText) {
	age, isSet := Duration(rotateAfter)
	g.LivesUnknown = rotateAfter.IsUnknown() || isSet && overlap.IsUnknown()
	if isSet && !g.LivesUnknown {
		after, _ := Duration(overlap)
		g.Age = age + after
	}
	g.Lifetime = Remedy{"rotate_after", "The server decides how long this token lives. Set rotate_after: together with overlap, it must be within this limit."}
}

// LifeBetween is how long a token lives whose creation and expiry are known. Servers keep times to the minute, and a lifetime is
// counted from before the creation: what is less than two minutes too long is not.
func LifeBetween(created, expiry time.Time) time.Duration {
	const within = 2 * time.Minute
	life := expiry.Sub(created)
	if life > within {
		return life.Truncate(within)
	}
	// One that has passed is refused for that.
	return max(life, 1)
}

// breach is a rule that a token breaks.
type breach struct {
	summary, rule string
	// verb is what a token does that exists, would what one would do; object follows either.
	verb, would, object string
	remedy              Remedy
}

// lifetime is how a token breaks max_lifetime; nil if it does not.
func (g Guardrails) lifetime(t Guarded) *breach {
	isWithin := func(d time.Duration) bool { return d > 0 && d <= g.MaxLifetime }
	if g.MaxLifetime == 0 || t.LivesUnknown || isWithin(t.Lives) || isWithin(t.Age) {
		return nil
	}
	broken := &breach{
		summary: "The token lives longer than the provider allows", rule: "policy.max_lifetime lets tokens live for " + formatDuration(g.MaxLifetime) + " at most",
		verb: "has", would: "have", object: "no expiry that is known", remedy: t.Lifetime,
	}
	switch {
	case t.Lives > 0:
		broken.verb, broken.would, broken.object = "lives", "live", "for "+formatDuration(t.Lives)
	case t.Age > 0:
		broken.object += ", and a rotation revokes it only after " + formatDuration(t.Age)
	}
	return broken
}

// rotation is how a token breaks require_rotation; nil if it does not.
func (g Guardrails) rotation(t Guarded) *breach {
	if !g.RequireRotation || t.Rotates {
		return nil
	}
	return &breach{"The token is never rotated", "policy.require_rotation requires that every token is rotated", "has", "have", "nothing that ever rotates it", t.Rotation}
}

// encryption is how a token breaks require_encryption; nil if it does not.
func (g Guardrails) encryption(t Guarded) *breach {
	if !g.RequireEncryption || !t.StoresPlain {
		return nil
	}
	return &breach{
		"The secret is not encrypted", "policy.require_encryption requires that no secret is stored in the state in plain text", "has", "have", "its secret stored in plain text",
		Remedy{"encrypt_secret_to", "Set encrypt_secret_to to the public keys for which the secret is to be encrypted."},
	}
}

// Check refuses a token that is to be minted and breaks a rule.
func (g Guardrails) Check(next Guarded) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, judge := range []func(Guarded) *breach{g.lifetime, g.rotation, g.encryption} {
		if broken := judge(next); broken != nil {
			diags.AddAttributeError(path.Root(broken.remedy.Argument), broken.summary, broken.detail(next))
		}
	}
	return diags
}

// Edited tells for each rule whether a plan changes the arguments that the rule is about.
type Edited struct{ Lifetime, Rotation, Encryption bool }

// CheckKept judges a token that stays: by what its arguments ask for, and by what it is. Only a change of the arguments is refused, because
// Terraform also plans before it destroys; otherwise it is warned of the token.
func (g Guardrails) CheckKept(asked, token Guarded, edited Edited) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, rule := range []struct {
		judge    func(Guarded) *breach
		isEdited bool
	}{{g.lifetime, edited.Lifetime}, {g.rotation, edited.Rotation}, {g.encryption, edited.Encryption}} {
		broken, judged := rule.judge(asked), asked
		if broken == nil {
			broken, judged = rule.judge(token), token
		} else if rule.isEdited {
			diags.AddAttributeError(path.Root(broken.remedy.Argument), broken.summary, broken.detail(asked))
			continue
		}
		if broken != nil {
			judged.Name = token.Name
			diags.AddAttributeWarning(path.Root(broken.remedy.Argument), broken.summary, broken.detail(judged)+" This plan leaves the token as it is.")
		}
	}
	return diags
}

// detail says which rule of the provider block a token breaks, and what to do about it.
func (b breach) detail(t Guarded) string {
	token := "the token would " + b.would
	if t.Name != "" {
		token = "the token " + t.Name + " " + b.verb
	}
	return "In the provider block, " + b.rule + ", and " + token + " " + b.object + ". " + b.remedy.Advice
}
