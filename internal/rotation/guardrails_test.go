package rotation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

const guardedDay = 24 * time.Hour

// obedient is a token that breaks no rule.
func obedient(change func(*rotation.Guarded)) rotation.Guarded {
	token := rotation.Guarded{
		Lives: 90 * guardedDay, Rotates: true,
		Lifetime: rotation.Remedy{Argument: "lifetime", Advice: "Shorten it."}, Rotation: rotation.Remedy{Argument: "rotate_after", Advice: "Rotate it."},
	}
	if change != nil {
		change(&token)
	}
	return token
}

// placed are diagnostics as "severity argument", each.
func placed(diags diag.Diagnostics) string {
	var all []string
	for _, d := range diags {
		at, _ := d.(diag.DiagnosticWithPath)
		all = append(all, strings.ToLower(d.Severity().String())+" "+at.Path().String())
	}
	return strings.Join(all, ", ")
}

func TestGuardrails_check(t *testing.T) {
	t.Parallel()
	all := rotation.Guardrails{MaxLifetime: 90 * guardedDay, RequireRotation: true, RequireEncryption: true}
	for name, c := range map[string]struct {
		rules rotation.Guardrails
		token rotation.Guarded
		want  string
		says  string
	}{
		"no rules":                             {rotation.Guardrails{}, rotation.Guarded{StoresPlain: true}, "", ""},
		"obeys all":                            {all, obedient(nil), "", ""},
		"lives too long":                       {all, obedient(func(g *rotation.Guarded) { g.Lives += time.Second }), "error lifetime", "policy.max_lifetime lets tokens live for 90d at most, and the token would live for 90d1s. Shorten it."},
		"never expires, or nothing tells":      {all, obedient(func(g *rotation.Guarded) { g.Lives = 0 }), "error lifetime", "the token would have no expiry that is known. Shorten it."},
		"how long it lives is not known yet":   {all, obedient(func(g *rotation.Guarded) { g.Lives, g.LivesUnknown = 0, true }), "", ""},
		"its age is bounded instead":           {all, obedient(func(g *rotation.Guarded) { g.Lives, g.Age = 0, 90*guardedDay }), "", ""},
		"its age is, although it lives longer": {all, obedient(func(g *rotation.Guarded) { g.Lives, g.Age = 400*guardedDay, guardedDay }), "", ""},
		"its age is bounded too far":           {all, obedient(func(g *rotation.Guarded) { g.Lives, g.Age = 0, 91*guardedDay }), "error lifetime", "would have no expiry that is known, and a rotation revokes it only after 91d."},
		"never rotates":                        {all, obedient(func(g *rotation.Guarded) { g.Rotates = false }), "error rotate_after", "policy.require_rotation requires that every token is rotated, and the token would have nothing that ever rotates it. Rotate it."},
		"stores its secret in plain text":      {all, obedient(func(g *rotation.Guarded) { g.StoresPlain = true }), "error encrypt_secret_to", "policy.require_encryption requires that no secret is stored in the state in plain text, and the token would have its secret stored in plain text."},
		"breaks all":                           {all, obedient(func(g *rotation.Guarded) { g.Lives, g.Rotates, g.StoresPlain = 0, false, true }), "error lifetime, error rotate_after, error encrypt_secret_to", ""},
		"breaks what is no rule":               {rotation.Guardrails{RequireRotation: true}, obedient(func(g *rotation.Guarded) { g.Lives, g.StoresPlain = 0, true }), "", ""},
	} {
		said := c.rules.Check(c.token)
		if got := placed(said); got != c.want {
			t.Errorf("%s: %q instead of %q", name, got, c.want)
		}
		if c.says != "" && !strings.Contains(said[0].Detail(), c.says) {
			t.Errorf("%s: %s", name, said[0].Detail())
		}
	}
}

// TestGuardrails_checkKept: a token that stays is only warned of, unless its arguments are changed to something that breaks a rule.
func TestGuardrails_checkKept(t *testing.T) {
	t.Parallel()
	all := rotation.Guardrails{MaxLifetime: 90 * guardedDay, RequireRotation: true, RequireEncryption: true}
	everything := rotation.Edited{Lifetime: true, Rotation: true, Encryption: true}
	bad := func(g *rotation.Guarded) { g.Lives, g.Rotates, g.StoresPlain = 400*guardedDay, false, true }
	for name, c := range map[string]struct {
		asked, token rotation.Guarded
		edited       rotation.Edited
		want, says   string
	}{
		"obeys":                       {obedient(nil), obedient(nil), everything, "", ""},
		"nothing is edited":           {obedient(bad), obedient(bad), rotation.Edited{}, "warning lifetime, warning rotate_after, warning encrypt_secret_to", "the token ci lives for 400d. Shorten it. This plan leaves the token as it is."},
		"everything is":               {obedient(bad), obedient(bad), everything, "error lifetime, error rotate_after, error encrypt_secret_to", "the token would live for 400d. Shorten it."},
		"what another rule is about":  {obedient(bad), obedient(bad), rotation.Edited{Encryption: true}, "warning lifetime, warning rotate_after, error encrypt_secret_to", ""},
		"an edit that obeys":          {obedient(nil), obedient(func(g *rotation.Guarded) { g.Lives = 400 * guardedDay }), everything, "warning lifetime", "the token ci lives for 400d."},
		"the server has granted less": {obedient(func(g *rotation.Guarded) { g.Lives = 400 * guardedDay }), obedient(nil), rotation.Edited{}, "warning lifetime", "lives for 400d"},
	} {
		c.token.Name = "ci"
		said := all.CheckKept(c.asked, c.token, c.edited)
		if got := placed(said); got != c.want {
			t.Errorf("%s: %q instead of %q", name, got, c.want)
		}
		if c.says != "" && !strings.Contains(said[0].Detail(), c.says) {
			t.Errorf("%s: %s", name, said[0].Detail())
		}
	}
}

// TestGuardedToken: what is not known yet may turn out to obey.
func TestGuardedToken(t *testing.T) {
	t.Parallel()
	triggers := types.MapValueMust(types.StringType, map[string]attr.Value{"n": types.StringValue("1")})
	none, key := types.MapNull(types.StringType), types.ListValueMust(types.StringType, []attr.Value{types.StringUnknown()})
	for name, c := range map[string]struct {
		arguments       rotation.Rotating
		rotates, stores bool
	}{
		"nothing":                      {rotation.Rotating{RotationTriggers: none}, false, true},
		"rotate_before_expiry":         {rotation.Rotating{RotationTriggers: none, RotateBeforeExpiry: rotation.DurationValue(guardedDay)}, true, true},
		"rotation_triggers":            {rotation.Rotating{RotationTriggers: triggers}, true, true},
		"rotation_triggers, empty":     {rotation.Rotating{RotationTriggers: types.MapValueMust(types.StringType, nil)}, false, true},
		"rotation_triggers, not known": {rotation.Rotating{RotationTriggers: types.MapUnknown(types.StringType)}, true, true},
		"encrypt_secret_to":            {rotation.Rotating{EncryptSecretTo: key}, false, false},
		"encrypt_secret_to, not known": {rotation.Rotating{EncryptSecretTo: types.ListUnknown(types.StringType)}, false, false},
	} {
		if got := rotation.GuardedToken(c.arguments); got.Rotates != c.rotates || got.StoresPlain != c.stores {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestLifeBetween(t *testing.T) {
	t.Parallel()
	from := time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)
	for life, want := range map[time.Duration]time.Duration{
		90 * guardedDay: 90 * guardedDay, 90*guardedDay + 90*time.Second: 90 * guardedDay, 90*guardedDay + 3*time.Minute: 90*guardedDay + 2*time.Minute,
		time.Minute: time.Minute, 0: 1, -time.Hour: 1,
	} {
		if got := rotation.LifeBetween(from, from.Add(life)); got != want {
			t.Errorf("%s: %s instead of %s", life, got, want)
		}
	}
}
