package sailpoint_test

import (
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// policed fails the test unless something is said of an argument that names a rule of the policy, and that something holds a text.
func policed(t *testing.T, said protocoltest.Diagnostics, argument, text string) {
	t.Helper()
	if about := said.At(argument).String(); !strings.Contains(about, "policy.") || !strings.Contains(about, text) {
		t.Errorf("of %s it says %q, and of all %s", argument, about, said)
	}
}

// TestPersonalAccessToken_guardrails: never_expires breaks max_lifetime like too long a life, and so does no decision at all where an
// older contract has a default of its own.
func TestPersonalAccessToken_guardrails(t *testing.T) {
	t.Parallel()
	never := overlapping(nullLifetime(), values{"never_expires": true})
	for name, c := range map[string]struct {
		version, argument, says string
		config                  values
	}{
		"never":          {"v1", "never_expires", "would have no expiry that is known. Set lifetime within this limit instead of never_expires", never},
		"too long":       {"v1", "lifetime", "would live for 30d", overlapping()},
		"too late":       {"v1", "expires_at", "Set an earlier expires_at", overlapping(nullLifetime(), values{"expires_at": "2090-01-31T12:00:00Z"})},
		"the default":    {"v2024", "lifetime", "Set lifetime within this limit.", overlapping(nullLifetime())},
		"in plain text":  {"v1", "encrypt_secret_to", "policy.require_encryption", overlapping(values{"lifetime": "240h"})},
		"never rotated":  {"v1", "rotate_before_expiry", "policy.require_rotation", overlapping(values{"lifetime": "240h", "rotation_triggers": nil})},
		"an older never": {"v2024", "never_expires", "", never},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			s.policy = values{"max_lifetime": "10d", "require_rotation": true, "require_encryption": true}
			w := s.workspace(nil, versioned(c.version))
			run := w.Run(c.config)
			if run.Failed != "plan" {
				t.Fatalf("failed is %q: %s", run.Failed, run.Diagnostics)
			}
			policed(t, run.Diagnostics.Errors(), c.argument, c.says)
			s.only()
			if n := s.requests("POST", listRoute); n != 0 {
				t.Errorf("%d tokens were asked for", n)
			}
		})
	}
}

// TestPersonalAccessToken_guardrailsInPlace: an expiry changes in place, and not to what breaks the rule. A token that exists is left
// alone, and can be destroyed.
func TestPersonalAccessToken_guardrailsInPlace(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	w := s.workspace(nil)
	w.Does(protocoltest.Create, overlapping())
	id := w.Object.Text("id")
	s.policy = values{"max_lifetime": "30d"}
	if run := w.Run(overlapping()); run.Failed != "" || strings.Contains(run.Diagnostics.String(), "policy.") {
		t.Fatal(run.Diagnostics)
	}
	policed(t, w.Run(overlapping(values{"lifetime": "31d"})).Diagnostics.Errors(), "lifetime", "would live for 31d")
	policed(t, w.Run(overlapping(nullLifetime(), values{"never_expires": true})).Diagnostics.Errors(), "never_expires", "no expiry that is known")
	s.only(id)

	// As long as it is not known whether it is to expire, there is nothing to refuse.
	saved := w.Plan(overlapping(nullLifetime(), values{"never_expires": protocoltest.Unknown}))
	if saved.Failed() {
		t.Fatal(saved.Diagnostics)
	}
	policed(t, w.Apply(saved, overlapping(nullLifetime(), values{"never_expires": true})).Diagnostics.Errors(), "never_expires", "no expiry that is known")
	s.only(id)

	s.policy = nil
	endless := overlapping(nullLifetime(), values{"never_expires": true})
	w.Does(protocoltest.Update, endless)
	s.policy = values{"max_lifetime": "30d"}
	run := w.Run(endless)
	if run.Failed != "" || run.Action != protocoltest.Nothing {
		t.Fatalf("%s: %s", run.Action, run.Diagnostics)
	}
	policed(t, run.Diagnostics.Warnings(), "never_expires", "This plan leaves the token as it is.")
	w.Does(protocoltest.Update, overlapping())
	s.only(id)
	if said := w.Destroy(); said.Failed() {
		t.Error(said)
	}
	s.only()
}
