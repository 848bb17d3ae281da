package provider_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// lending is an ephemeral token in a workshop, which is delivered to a sink.
type lending struct {
	*delivery
	name string
	of   lentToken
	// mints and revocations are how many there were so far.
	mints, revocations int
}

// applying has a token minted in an apply only.
const applying = "mint_when = terraform.applying"

func newLending(t *testing.T, name string, of lentToken) *lending {
	t.Helper()
	w := newFleet(t)
	w.needsWriteOnly()
	w.env["TF_LOG"] = "TRACE"
	d := &delivery{workshop: w, member: named(of.like), sink: w.withSink("tokenmint/sink"), count: &searched{}}
	return &lending{delivery: d, name: name, of: of}
}

// order writes a configuration that hands the token on. The consumer takes it whenever the version is another one.
func (l *lending) order(version int, lines ...string) {
	l.t.Helper()
	l.write(fmt.Sprintf(`
terraform {
  required_providers {
    mint = { source = "tokenmint/mint" }
    sink = { source = "tokenmint/sink" }
  }
}
provider "mint" {
%s}
%sresource "sink_secret" "consumer" {
  slot              = "consumer"
  secret_wo         = jsonencode([ephemeral.%[3]s.run.id, ephemeral.%[3]s.run.%[4]s])
  secret_wo_version = %[5]d
}
`, patient, l.of.block(l.name, lines...), l.name, l.of.secret, version))
}

// given is the token that the sink has now.
func (l *lending) given() (id, secret string) {
	l.t.Helper()
	var pair [2]string
	text, _ := l.sink.Secret("consumer")
	if err := json.Unmarshal([]byte(text), &pair); err != nil || pair[0] == "" || pair[1] == "" {
		l.t.Fatalf("the sink has no token: %v", err)
	}
	return pair[0], pair[1]
}

// counts fails the test unless so many tokens were minted and revoked since the last call, and so many are alive.
func (l *lending) counts(after string, mints, revocations, alive int) {
	l.t.Helper()
	minted, revoked := l.succeeded(l.member.mint), l.succeeded(l.member.revoke)
	if minted-l.mints != mints || revoked-l.revocations != revocations || l.live() != alive {
		l.t.Errorf("%s: %d were minted instead of %d, %d revoked instead of %d, %d are alive instead of %d",
			after, minted-l.mints, mints, revoked-l.revocations, revocations, l.live(), alive)
	}
	l.mints, l.revocations = minted, revoked
}

// TestAccEphemeral_ephemeralLife takes an ephemeral token of every kind through plans, applies and a destruction, with and without
// mint_when: each mints as often as is documented, what it mints works where it is delivered, and afterwards nothing is alive and no file
// holds a secret.
func TestAccEphemeral_ephemeralLife(t *testing.T) {
	t.Parallel()
	for name, of := range mintedForOneRun(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLending(t, name, of)
			l.order(1, applying)
			l.mustRun("plan", "-no-color", "-out=first.plan")
			l.counts("a plan that is not to mint", 0, 0, 0)
			l.delivers("the apply of that plan", 1, "first.plan")

			l.order(2)
			l.mustRun("plan", "-no-color", "-out=second.plan")
			l.counts("a plan", 1, 1, 0)
			l.holdsNoSecret("the plan as JSON", l.mustRun("show", "-json", "second.plan"))
			l.delivers("an apply of a saved plan", 1, "second.plan")
			l.order(3)
			l.delivers("an apply that plans itself", 2, "-auto-approve")
			l.mustRun("destroy", "-no-color", "-auto-approve")
			l.counts("a destruction", 1, 1, 0)
			l.searchFolder()
			l.mustHoldNoSecret()
		})
	}
}

// delivers applies, which must deliver a token that works meanwhile and no more afterwards.
func (l *lending) delivers(what string, mints int, arguments ...string) {
	l.t.Helper()
	used := 0
	l.sink.Watch(func() {
		used++
		id, secret := l.given()
		l.works(l.member, id, secret, true)
	})
	l.mustRun(append([]string{"apply", "-no-color"}, arguments...)...)
	l.sink.Watch(nil)
	if used != 1 {
		l.t.Errorf("%s: %d deliveries", what, used)
	}
	l.counts(what, mints, mints, 0)
	id, secret := l.given()
	l.works(l.member, id, secret, false)
	l.searchFolder()
}

// TestAccEphemeral_ephemeralConsumerFails: Terraform closes nothing when a consumer of the token fails. The token is alive at most until it
// expires, and the next run deletes what is left of it.
func TestAccEphemeral_ephemeralConsumerFails(t *testing.T) {
	t.Parallel()
	for name, of := range mintedForOneRun(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLending(t, name, of)
			l.sink.Refuse(1)
			l.order(1, applying, `lifetime = "30m"`)
			l.mustFail("The store refuses the secret", "apply", "-no-color", "-auto-approve")
			l.counts("an apply whose consumer fails", 1, 0, 1)
			l.recovers()
		})
	}
}

// recovers waits until the token that a run has left behind has expired, and applies again.
func (l *lending) recovers() {
	l.t.Helper()
	l.sandbox.Clock().Advance(31 * time.Minute)
	if alive := l.live(); alive > 0 && !l.of.neverExpires {
		l.t.Errorf("%d tokens are alive after their expiry", alive)
	}
	l.mustRun("apply", "-no-color", "-auto-approve")
	l.counts("the next run", 1, 2, 0)
	l.mustHoldNoSecret()
}

// TestAccEphemeral_ephemeralProvider has a provider log in with an ephemeral token. What it manages works, and stays when the token is
// revoked; when it fails, the token that it was to log in with is alive at most until it expires.
func TestAccEphemeral_ephemeralProvider(t *testing.T) {
	t.Parallel()
	const name = "mint_sailpoint_personal_access_token"
	of := lentTokens()[name]
	of.arguments = values{"scope": []string{"sp:my-personal-access-tokens:manage"}}
	l := newLending(t, name, of)
	managed := func(name string) {
		l.write(l.of.block("mint_sailpoint_personal_access_token", `lifetime = "30m"`) + fmt.Sprintf(`
provider "mint" {
  alias = "lent"
  sailpoint = {
    client_id     = ephemeral.mint_sailpoint_personal_access_token.run.id
    client_secret = ephemeral.mint_sailpoint_personal_access_token.run.secret
  }
}
resource "mint_sailpoint_personal_access_token" "managed" {
  provider = mint.lent
  name     = %q
  scope    = ["sp:my-personal-access-tokens:read"]
  lifetime = "720h"
}
`, name))
	}
	if _, err := l.sandbox.SailPoint.AddToken(sailpoint.Token{Name: "taken", Scope: []string{"sp:my-personal-access-tokens:read"}}); err != nil {
		t.Fatal(err)
	}
	managed("free")
	if said := l.mustRun("apply", "-no-color", "-auto-approve"); strings.Contains(said, "expires soon") {
		t.Errorf("the apply warns of the token of this run:\n%s", said)
	}
	l.counts("an apply", 3, 2, 2)
	l.unchanged()
	l.counts("a plan", 1, 1, 2)
	managed("taken")
	l.mustFail("Unable to update SailPoint personal access token", "apply", "-no-color", "-auto-approve")
	l.counts("an apply that fails", 2, 1, 3)
	l.sandbox.Clock().Advance(31 * time.Minute)
	if alive := l.live(); alive != 2 {
		t.Errorf("%d tokens are alive", alive)
	}
	managed("free")
	l.mustRun("destroy", "-no-color", "-auto-approve")
	if alive := l.live(); alive != 1 {
		t.Errorf("%d tokens are alive after the destruction", alive)
	}
	l.mustHoldNoSecret()
}
