package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/sink"
)

// withSink serves a sink to Terraform in this workshop, as these providers, and has the private key at hand that decrypts.
func (w *workshop) withSink(sources ...string) *sink.Sink {
	w.t.Helper()
	to := &sink.Sink{}
	w.env[sink.Variable] = to.Serve(w.t, sources...)
	identity, _ := newIdentity(w.t, "")
	w.env["TF_VAR_recipient"], w.env["TF_VAR_identity"] = identity.Recipient().String(), w.sandbox.Vault().Keep(identity.String())
	return to
}

// needsWriteOnly skips the test where Terraform has no write-only arguments.
func (w *workshop) needsWriteOnly() {
	w.t.Helper()
	if !w.atLeast("1.11.0") {
		w.t.Skip("write-only arguments need Terraform 1.11")
	}
}

// delivery is one token whose secret is delivered to a sink: by the function, by the ephemeral resource, and the previous one as well.
type delivery struct {
	*workshop
	member member
	sink   *sink.Sink
	// pairs are the ids and secrets of every token so far.
	pairs map[string]string
	count *searched
}

// searched counts what was searched for secrets.
type searched struct{ steps, secrets, searches, files, bytes atomic.Int64 }

const deliveryHeader = `
terraform {
  required_providers {
    mint = { source = "tokenmint/mint" }
    sink = { source = "tokenmint/sink" }
  }
}
variable "identity" {
  type      = string
  sensitive = true
  ephemeral = true
}
resource "sink_secret" "function" {
  slot              = "function"
  secret_wo         = provider::mint::decrypt(TOKEN.encrypted_secret, var.identity)
  secret_wo_version = TOKEN.secret_version
}
ephemeral "mint_decrypted_secret" "current" {
  encrypted_secret = TOKEN.encrypted_secret
  identity         = var.identity
}
resource "sink_secret" "ephemeral" {
  slot              = "ephemeral"
  secret_wo         = ephemeral.mint_decrypted_secret.current.secret
  secret_wo_version = TOKEN.secret_version
}
`

// deliveryPrevious hands on the secret of the previous token as well. It changes whenever the current one does, and so shares its version.
const deliveryPrevious = `
ephemeral "mint_decrypted_secret" "previous" {
  encrypted_secret = TOKEN.previous_encrypted_secret
  identity         = var.identity
}
resource "sink_secret" "previous" {
  slot              = "previous"
  secret_wo         = ephemeral.mint_decrypted_secret.previous.secret
  secret_wo_version = TOKEN.secret_version
}
`

func (d *delivery) configuration(o order, lifecycle string) string {
	text := deliveryHeader
	if d.member.overlap != "" {
		text += deliveryPrevious
	}
	return strings.ReplaceAll(text, "TOKEN", d.member.address()) + fmt.Sprintf("resource %q %q {\n  %s\n%s%s}\n",
		d.member.resource, d.member.name, d.member.arguments, o.arguments(d.member), lifecycle)
}

// step plans, applies the saved plan after what happens in between, and searches what is left in the folder.
func (d *delivery) step(name string, between func(), plan ...string) {
	d.t.Helper()
	d.count.steps.Add(1)
	// A version is the second of its mint, and a fast machine does two steps in one.
	d.sandbox.Clock().Advance(time.Minute)
	d.mustRun(append([]string{"plan", "-no-color", "-out=" + name + ".plan"}, plan...)...)
	d.holdsNoSecret(name+": the plan as JSON", d.mustRun("show", "-json", name+".plan"))
	if between != nil {
		between()
	}
	d.mustRun("apply", "-no-color", name+".plan")
	d.searchFolder()
}

// delivered fails the test unless the sink has the secret of the current token, both ways, and that of the previous one while there is
// one. It returns the id of the current token.
func (d *delivery) delivered(withPrevious bool) string {
	d.t.Helper()
	attributes := d.state()[d.member.address()]
	text := func(name string) string {
		value, _ := attributes[name].(string)
		return value
	}
	slots := d.sink.Slots()
	id, previousID := text(d.member.id), text("previous_id")
	if slots["function"] != slots["ephemeral"] || slots["function"] == "" {
		d.t.Fatalf("the function and the ephemeral resource deliver two secrets, or none")
	}
	d.works(d.member, id, slots["function"], true)
	if text(d.member.secret) != "" {
		d.t.Error("the secret is stored in plain text")
	}
	if withPrevious != (slots["previous"] != "") || withPrevious != (previousID != "") {
		d.t.Errorf("there is a previous secret: %t, and a previous token: %q", slots["previous"] != "", previousID)
	}
	if withPrevious {
		d.works(d.member, previousID, slots["previous"], true)
		if d.pairs[previousID] != slots["previous"] {
			d.t.Error("the previous secret is not the one that was delivered before")
		}
	}
	for known, secret := range d.pairs {
		if known != id && known != previousID {
			d.works(d.member, known, secret, false)
		}
	}
	d.pairs[id] = slots["function"]
	return id
}

// TestAccDelivery hands the secret of every kind of token to another provider's write-only argument, through everything that mints: the
// apply that mints delivers, the next plan is empty, and no file holds a secret that a server has minted, nor the key that decrypts.
func TestAccDelivery(t *testing.T) {
	t.Parallel()
	count := &searched{}
	t.Cleanup(func() {
		t.Logf("%d steps; %d secrets, searched for %d times in %d files (%d MB)",
			count.steps.Load(), count.secrets.Load(), count.searches.Load(), count.files.Load(), count.bytes.Load()>>20)
	})
	for _, m := range fleet() {
		if m.name == "older" {
			// The same noun as the newer one.
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			w := newFleet(t)
			w.needsWriteOnly()
			w.env["TF_LOG"] = "TRACE"
			d := &delivery{workshop: w, member: m, sink: w.withSink("tokenmint/sink"), pairs: map[string]string{}, count: count}
			d.life()
		})
	}
}

func (d *delivery) life() {
	d.t.Helper()
	m, overlaps := d.member, d.member.overlap != ""
	inPlace := m.name == "account" || !overlaps
	to := []string{d.env["TF_VAR_recipient"]}
	generation := func(n, lifecycle string, overlap bool) {
		d.write(d.configuration(order{triggers: n, overlap: overlap, encryptTo: to}, lifecycle))
	}
	slots := 2
	if overlaps {
		slots = 3
	}
	settled := func(mints int) {
		d.t.Helper()
		d.unchanged()
		if got := d.sink.Deliveries(); got != mints*slots {
			d.t.Errorf("%d secrets were delivered instead of %d", got, mints*slots)
		}
	}

	generation("1", "", true)
	d.step("create", nil)
	first := d.delivered(false)
	settled(1)

	generation("2", "", true)
	d.step("rotate", nil)
	second := d.delivered(overlaps)
	settled(2)

	generation("3", "", true)
	d.step("rotate-later", func() { d.sandbox.Clock().Advance(24 * hour) })
	third := d.delivered(overlaps)

	// The consumer has the new token before the old one is revoked.
	var alive []int
	d.sink.Watch(func() { alive = append(alive, len(d.alive(m))) })
	generation("4", "  lifecycle {\n    create_before_destroy = true\n  }\n", false)
	d.step("replace-before-destroy", nil)
	d.sink.Watch(nil)
	fourth := d.delivered(false)
	if len(alive) != slots || !inPlace && alive[0] < 2 {
		d.t.Errorf("at delivery so many tokens were alive: %d", alive)
	}

	generation("4", "", false)
	d.step("replace", nil, "-replace="+m.address())
	fifth := d.delivered(false)
	settled(5)

	d.step("destroy", nil, "-destroy")
	for id, secret := range d.pairs {
		d.works(m, id, secret, false)
	}
	if len(d.pairs) != 5 || d.live() != 0 || len(d.sink.Slots()) != 0 {
		d.t.Errorf("the tokens %q; %d are alive, the sink holds %d secrets", []string{first, second, third, fourth, fifth}, d.live(), len(d.sink.Slots()))
	}
	if _, err := os.Stat(filepath.Join(d.folder, "terraform.tfstate.backup")); err != nil {
		d.t.Errorf("no backup of the state was searched: %v", err)
	}
	d.mustHoldNoSecret()
	d.count.secrets.Add(int64(len(d.sandbox.Vault().Minted())))
}
