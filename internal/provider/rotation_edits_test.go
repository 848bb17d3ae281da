package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
)

// TestAccRotation_editsThatRotateNothing: what is no request for a new token mints none, on any system.
func TestAccRotation_editsThatRotateNothing(t *testing.T) {
	t.Parallel()
	w := newFleet(t)
	w.apply(order{})
	count, first := w.mints(), w.tokens()
	for _, step := range []struct {
		edit string
		order
	}{
		{"triggers, a lead, an overlap and another lifetime", order{triggers: "1", lead: "24h", lifetime: "600h", overlap: true}},
		{"no triggers, a longer lead, a shorter life", order{lead: "48h", lifetime: "480h", overlap: true}},
		{"other triggers, no lead, no overlap", order{triggers: "2", lifetime: "480h"}},
		{"nothing at all", order{}},
	} {
		t.Log(step.edit)
		w.apply(step.order)
		count = w.mintedSince(count, all(0))
		w.unchanged()
	}
	for name, now := range w.tokens() {
		if now.ID != first[name].ID || now.Secret != first[name].Secret {
			t.Errorf("%s is another token", name)
		}
		w.works(named(name), now.ID, now.Secret, true)
	}
	w.balanced(each(1))

	w.apply(order{triggers: "3"})
	w.mintedSince(count, all(0))
	w.apply(order{triggers: "4"})
	w.mintedSince(count, all(1))
	w.balanced(each(1))
	w.destroyed()
}

// given are values that are known after apply when they change.
func given(values map[string]string) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(&text, "resource \"terraform_data\" %q {\n  input = %q\n}\n", name, values[name])
	}
	return text.String()
}

// TestAccRotation_unknown: arguments that are only known after apply. Triggers rotate when they become unknown; nothing else does.
func TestAccRotation_unknown(t *testing.T) {
	t.Parallel()
	w := newFleet(t)
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	o := order{
		triggers: "terraform_data.generation.output", lead: "terraform_data.lead.output", lifetime: "terraform_data.lifetime.output",
		encryptTo: []string{"terraform_data.recipient.output"}, overlap: true,
	}
	values := map[string]string{"generation": "1", "lead": "24h", "lifetime": "720h", "recipient": identity.Recipient().String()}
	change := func(name, value string) {
		values[name] = value
		o.also = given(values)
		w.apply(o)
	}
	change("generation", "1")
	w.balanced(each(1))
	w.encryptedState()
	w.unchanged()
	count := w.mints()

	change("generation", "2")
	count = w.mintedSince(count, all(1))
	w.decrypted(identity, true)
	w.balanced(each(2))
	w.unchanged()

	t.Log("triggers that become unknown and turn out as they were")
	o.also = given(values)
	o.also = strings.Replace(o.also, "\"generation\" {\n", "\"generation\" {\n  triggers_replace = \"again\"\n", 1)
	w.apply(o)
	count = w.mintedSince(count, all(0))
	w.balanced(each(2))
	w.unchanged()

	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	values["lead"], values["lifetime"] = "48h", "600h"
	change("recipient", other.Recipient().String())
	w.mintedSince(count, all(0))
	w.unchanged()
	w.decrypted(identity, true)

	t.Log("an overlap that is not known: the tokens are rotated in place")
	o.otherOverlap = "terraform_data.overlap.output"
	values["overlap"], values["generation"] = overlap.String(), "3"
	o.also = given(values)
	w.apply(o)
	w.mintedSince(count, all(1))
	for name, now := range w.tokens() {
		m := named(name)
		w.works(m, now.ID, w.opened(now.Encrypted, other), true)
		if m.overlap != "" {
			// It is encrypted for the recipients of its own time.
			w.works(m, now.PreviousID, w.opened(now.PreviousEncrypted, identity), true)
		}
	}
	w.balanced(each(2))
	w.destroyed()
}

// TestAccRotation_olderState: a state that was written before there was rotation, and lost its private part, is one without changes.
func TestAccRotation_olderState(t *testing.T) {
	t.Parallel()
	w := newFleet(t)
	w.apply(order{triggers: "1"})
	count := w.mints()
	path := filepath.Join(w.folder, "terraform.tfstate")
	var file map[string]any
	if err := json.Unmarshal([]byte(read(t, path)), &file); err != nil {
		t.Fatal(err)
	}
	stripped := 0
	for _, resource := range file["resources"].([]any) { //nolint:forcetypeassert // a panic fails the test as well
		for _, instance := range resource.(map[string]any)["instances"].([]any) { //nolint:forcetypeassert // likewise
			fields := instance.(map[string]any) //nolint:forcetypeassert // likewise
			delete(fields, "private")
			for _, name := range []string{
				"rotate_before_expiry", "encrypt_secret_to", "encrypted_secret", "overlap", "previous_id", "previous_secret", "previous_encrypted_secret", "previous_revoked_after",
			} {
				attributes := fields["attributes"].(map[string]any) //nolint:forcetypeassert // likewise
				if _, found := attributes[name]; found {
					stripped++
				}
				delete(attributes, name)
			}
		}
	}
	text, err := json.Marshal(file)
	if err != nil || stripped == 0 {
		t.Fatal(stripped, err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	w.unchanged()
	w.apply(order{triggers: "1", overlap: true, lead: "24h"})
	count = w.mintedSince(count, all(0))
	w.apply(order{triggers: "2", overlap: true, lead: "24h"})
	w.mintedSince(count, all(1))
	w.balanced(each(2))
	w.destroyed()
}
