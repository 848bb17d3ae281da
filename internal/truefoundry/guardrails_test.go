package truefoundry_test

import (
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// policed fails the test unless something is said of an argument that names a rule of the policy, and that something holds a text.
func policed(t *testing.T, said protocoltest.Diagnostics, argument, text string) {
	t.Helper()
	if about := said.At(argument).String(); !strings.Contains(about, "policy.") || !strings.Contains(about, text) {
		t.Errorf("of %s it says %q, and of all %s", argument, about, said)
	}
}

func TestPersonalAccessToken_guardrails(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	token := p.subject(patType)
	p.policy = rotation.Guardrails{MaxLifetime: 10 * day, RequireEncryption: true, RequireRotation: true}
	run := token.Run(args{"name": "ci-token"})
	for _, argument := range []string{"lifetime", "encrypt_secret_to", "rotate_before_expiry"} {
		policed(t, run.Diagnostics.Errors(), argument, "the token would have")
	}
	p.living(0)
	// The control plane keeps an expiry to the minute, and rounds it up.
	p.policy = rotation.Guardrails{MaxLifetime: 10 * day}
	token.Does("create", args{"name": "ci-token", "lifetime": "10d"})
	if said := token.refresh(); len(said) > 0 {
		t.Error(said)
	}
	token.end()
}

// TestVirtualAccount_guardrails: an account's own expiry counts, and so does TrueFoundry's own rotation.
func TestVirtualAccount_guardrails(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	account := p.subject(vaType)
	date := func(days int) string { return p.now().AddDate(0, 0, days).UTC().Format("2006-01-02") }
	rotated := func(interval, grace int) args {
		return args{"auto_rotate": args{"auto_rotate_interval": interval, "grace_period": grace}}
	}
	base := args{"name": "loader", "rotation_triggers": args{"n": "1"}}
	p.policy = rotation.Guardrails{MaxLifetime: 60 * day}
	for _, c := range []struct {
		config args
		says   string
	}{
		{nil, "would have no expiry that is known. Set expiration_date to an earlier day. Or set rotate_after"},
		{args{"rotate_after": "50d", "overlap": "11d"}, "a rotation revokes it only after 61d. "},
		{args{"expiration_date": date(90)}, "would live for "},
		{rotated(30, 31), "would have no expiry that is known, and a rotation revokes it only after 61d."},
	} {
		run := account.Run(base.With(c.config))
		policed(t, run.Diagnostics.Errors(), "expiration_date", c.says)
		if run.Failed != "plan" {
			t.Errorf("failed is %q", run.Failed)
		}
	}
	p.policy.RequireRotation, p.policy.RequireEncryption = true, true
	run := account.Run(args{"name": "loader", "expiration_date": date(30)})
	policed(t, run.Diagnostics.Errors(), "auto_rotate", "policy.require_rotation")
	policed(t, run.Diagnostics.Errors(), "encrypt_secret_to", "policy.require_encryption")
	p.living(0)

	// All of these obey.
	hidden := args{"store_token": false}
	if run = account.Run(base.With(rotated(30, 30), hidden)); run.Failed != "" || strings.Contains(run.Diagnostics.String(), "policy.") {
		t.Fatal(run.Diagnostics)
	}
	if run = account.Run(base.With(args{"rotate_after": "50d", "overlap": "10d"}, hidden)); run.Failed != "" || strings.Contains(run.Diagnostics.String(), "policy.") {
		t.Fatal(run.Diagnostics)
	}
	if run = account.Run(base.With(args{"expiration_date": date(30)}, hidden)); run.Failed != "" || strings.Contains(run.Diagnostics.String(), "policy.") {
		t.Fatal(run.Diagnostics)
	}
	p.living(1)
	// A change to what does not is refused.
	policed(t, account.Run(base.With(args{"expiration_date": date(90)}, hidden)).Diagnostics.Errors(), "expiration_date", "would live for ")
	policed(t, account.Run(base.With(args{"expiration_date": date(30)})).Diagnostics.Errors(), "encrypt_secret_to", "policy.require_encryption")
	policed(t, account.Run(args{"name": "loader", "expiration_date": date(30), "store_token": false}).Diagnostics.Errors(), "auto_rotate", "policy.require_rotation")
	p.living(1)
	account.end()
}

// TestVirtualAccount_guardrailsUntouched: an account that exists is warned of, and can be destroyed. A change that issues a new token is refused in the
// plan, and what time brings about when it is applied.
func TestVirtualAccount_guardrailsUntouched(t *testing.T) {
	t.Parallel()
	p := emulate(t, limited)
	account := p.subject(vaType)
	config := due("72h").With(args{"rotation_triggers": args{"n": "1"}})
	account.Does("create", config)
	token := account.works()
	p.policy = rotation.Guardrails{MaxLifetime: 30 * day}
	if said := account.succeeds(config); strings.Contains(said.String(), "policy.") {
		t.Error(said)
	}
	p.policy = rotation.Guardrails{MaxLifetime: 10 * day, RequireEncryption: true}
	said := account.succeeds(config)
	policed(t, said.Warnings(), "expiration_date", "the token loader (")
	policed(t, said.Warnings(), "encrypt_secret_to", "This plan leaves the token as it is.")
	account.succeeds(config.With(args{"tags": args{"a": "b"}}))

	run := account.Run(config.With(args{"rotation_triggers": args{"n": "2"}}))
	policed(t, run.Diagnostics.Errors(), "expiration_date", "would live for 30d")
	if run.Failed != "plan" {
		t.Errorf("failed is %q", run.Failed)
	}
	p.pass(21 * day)
	run = account.Run(config)
	policed(t, run.Saved.Diagnostics.Warnings(), "expiration_date", "Applying this plan fails before anything is sent.")
	policed(t, run.Diagnostics.Errors(), "expiration_date", "would live for 30d")
	if run.Failed != "apply" {
		t.Errorf("failed is %q", run.Failed)
	}
	p.check(token, true)
	account.end()
}
