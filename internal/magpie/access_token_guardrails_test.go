package magpie_test

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

// TestMagpieAccessToken_guardrails: how long a token lives is the organization's decision. Before the first one nothing tells; then the
// token that exists does.
func TestMagpieAccessToken_guardrails(t *testing.T) {
	t.Parallel()
	eachOf(t, distinctKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := monthly(t)
		l := o.subject(kind)
		config := values{"rotation_triggers": generationOf("1"), "rotate_before_expiry": "168h"}
		if kind != exclusive {
			config["overlap"] = "48h"
		}
		again := config.With(values{"rotation_triggers": generationOf("2")})
		o.policy = values{"max_lifetime": "30d", "require_encryption": true}
		run := l.Run(config)
		policed(t, run.Diagnostics.Errors(), "rotate_after", "would have no expiry that is known. The server decides how long this token lives")
		policed(t, run.Diagnostics.Errors(), "encrypt_secret_to", "policy.require_encryption")
		o.policy = values{"require_rotation": true}
		policed(t, l.Run(values{}).Diagnostics.Errors(), "rotate_before_expiry", "nothing that ever rotates it")
		if run.Failed != "plan" {
			t.Fatalf("failed is %q", run.Failed)
		}
		// Its age can be bounded, whatever the organization decides.
		o.policy = values{"max_lifetime": "30d", "require_rotation": true}
		policed(t, l.Run(config.With(values{"rotate_after": "31d"})).Diagnostics.Errors(), "rotate_after", "a rotation revokes it only after")
		o.left()
		l.Does("create", values{"rotate_after": "28d", "overlap": config["overlap"]})
		l.destroys()
		o.left()

		o.policy = nil
		first := l.Does("create", config)
		o.policy = values{"max_lifetime": "30d", "require_rotation": true}
		if run = l.Run(config); run.Failed != "" || strings.Contains(run.Diagnostics.String(), "policy.") {
			t.Fatal(run.Diagnostics)
		}

		// A token that breaks the rule is left alone; a change that mints the next one is refused, and so is what time brings about, once it
		// is applied.
		o.policy = values{"max_lifetime": "10d"}
		run = l.Run(config)
		policed(t, run.Diagnostics.Warnings(), "rotate_after", "lives for 30d. The server decides")
		if run.Failed != "" || run.Action != protocoltest.Nothing {
			t.Fatalf("%s: %s", run.Action, run.Diagnostics)
		}
		policed(t, l.Run(again).Diagnostics.Errors(), "rotate_after", "would live for 30d")
		o.alive(first.Text("token"))
		o.Clock().Advance(24 * day)
		run = l.Run(config)
		policed(t, run.Saved.Diagnostics.Warnings(), "rotate_after", "Applying this plan fails before anything is sent.")
		policed(t, run.Diagnostics.Errors(), "rotate_after", "would live for 30d")
		if run.Failed != "apply" {
			t.Errorf("failed is %q", run.Failed)
		}
		o.alive(first.Text("token"))

		// What the token that exists tells holds for the next one.
		o.policy = values{"max_lifetime": "30d"}
		if run = l.Run(again); run.Failed != "" {
			t.Fatal(run.Diagnostics)
		}
		if kind == exclusive {
			o.alive(l.Object.Text("token"))
		} else {
			o.alive(first.Text("token"), l.Object.Text("token"))
		}
		o.policy = values{"max_lifetime": "10d", "require_encryption": true}
		l.destroys()
	})
}

// TestMagpieAccessToken_guardrailsReplacement: the creation of a replacement does not know the token that it replaces, so that nothing tells how
// long it will live. A plan that time brings about only warns of that, so that the token can be destroyed.
func TestMagpieAccessToken_guardrailsReplacement(t *testing.T) {
	t.Parallel()
	o := monthly(t)
	l := o.subject(service)
	config := values{"rotation_triggers": generationOf("1"), "rotate_before_expiry": "168h"}
	first := l.Does("create", config)
	o.policy = values{"max_lifetime": "30d"}
	run := l.Run(config.With(values{"rotation_triggers": generationOf("2")}))
	policed(t, run.Diagnostics.Errors(), "rotate_after", "would have no expiry that is known")
	o.Clock().Advance(24 * day)
	run = l.Run(config)
	policed(t, run.Saved.Diagnostics.Warnings(), "rotate_after", "Applying this plan fails before anything is sent.")
	policed(t, run.Diagnostics.Errors(), "rotate_after", "would have no expiry that is known")
	if run.Failed != "apply" {
		t.Errorf("failed is %q", run.Failed)
	}
	o.alive(first.Text("token"))
	l.destroys()
}
