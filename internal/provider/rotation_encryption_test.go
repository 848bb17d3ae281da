package provider_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// opened decrypts a secret of the state.
func (w *workshop) opened(encrypted string, identity age.Identity) string {
	w.t.Helper()
	plain, err := age.Decrypt(armor.NewReader(strings.NewReader(encrypted)), identity)
	if err != nil {
		w.t.Errorf("%q cannot be decrypted: %v", encrypted, err)
		return ""
	}
	text, err := io.ReadAll(plain)
	if err != nil {
		w.t.Error(err)
	}
	return string(text)
}

// holdsNoSecret searches a text for everything that the servers have minted.
func (w *workshop) holdsNoSecret(what, text string) {
	w.t.Helper()
	for _, secret := range w.sandbox.Vault().Minted() {
		if i := strings.Index(text, tail(secret)); i >= 0 {
			w.t.Errorf("%s holds a secret: …%s", what, text[max(0, i-200):i])
		}
	}
}

// encryptedApply plans, applies, and searches plan and state for secrets.
func (w *workshop) encryptedApply(o order) {
	w.t.Helper()
	w.write(o.configuration())
	w.mustRun("plan", "-no-color", "-out=plan")
	w.holdsNoSecret("the plan", w.mustRun("show", "-json", "plan"))
	w.mustRun("apply", "-no-color", "plan")
	w.encryptedState()
}

func (w *workshop) encryptedState() {
	w.t.Helper()
	state, err := os.ReadFile(filepath.Join(w.folder, "terraform.tfstate"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.holdsNoSecret("the state", string(state))
}

// decrypted fails the test unless the secrets of the state decrypt to tokens that work.
func (w *workshop) decrypted(identity age.Identity, withPrevious bool) {
	w.t.Helper()
	for name, now := range w.tokens() {
		m := named(name)
		if now.Secret != "" || now.PreviousSecret != "" {
			w.t.Errorf("%s: a secret is in plain", name)
		}
		w.works(m, now.ID, w.opened(now.Encrypted, identity), true)
		switch {
		case withPrevious && m.overlap != "":
			w.works(m, now.PreviousID, w.opened(now.PreviousEncrypted, identity), true)
		case now.PreviousEncrypted != "":
			w.t.Errorf("%s: there is a previous one", name)
		}
	}
}

// TestAccRotation_encrypted: with encrypt_secret_to no secret is in plain text anywhere, from the first mint to the last revocation, and
// what is there instead is good for using the tokens.
func TestAccRotation_encrypted(t *testing.T) {
	t.Parallel()
	w := newFleet(t)
	w.env["TF_LOG"] = "TRACE"
	mine, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	yours, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	to := []string{mine.Recipient().String(), yours.Recipient().String()}
	w.encryptedApply(order{triggers: "1", overlap: true, encryptTo: to})
	w.decrypted(mine, false)
	w.decrypted(yours, false)
	w.unchanged()

	w.encryptedApply(order{triggers: "2", overlap: true, encryptTo: to})
	w.mustRun("show", "-no-color", "plan")
	w.mustRun("show", "-no-color")
	w.decrypted(mine, true)
	count := w.mints()

	// Other recipients are no reason to rotate, and those of before can read what was encrypted for them.
	w.encryptedApply(order{triggers: "2", overlap: true, encryptTo: to[:1]})
	w.mintedSince(count, all(0))
	w.decrypted(yours, true)
	w.unchanged()

	w.sandbox.Clock().Advance(overlap + hour)
	w.encryptedApply(order{triggers: "2", overlap: true, encryptTo: to[:1]})
	w.decrypted(mine, false)
	w.balanced(each(1))
	w.encryptedApply(order{triggers: "3", encryptTo: to[1:]})
	w.decrypted(yours, false)
	w.destroyed()
	w.mustHoldNoSecret()
}

// TestAccRotation_encryptedLater encrypts what the state holds in plain: without a new token, and with one.
func TestAccRotation_encryptedLater(t *testing.T) {
	t.Parallel()
	for _, triggers := range []string{"2", "3"} {
		t.Run(triggers, func(t *testing.T) {
			t.Parallel()
			w := newFleet(t)
			identity, err := age.GenerateX25519Identity()
			if err != nil {
				t.Fatal(err)
			}
			w.apply(order{triggers: "1", overlap: true})
			w.apply(order{triggers: "2", overlap: true})
			count := w.mints()
			w.apply(order{triggers: triggers, overlap: true, encryptTo: []string{identity.Recipient().String()}})
			w.encryptedState()
			w.decrypted(identity, true)
			w.balanced(each(2))
			if triggers == "2" {
				w.mintedSince(count, all(0))
			}
			w.unchanged()
		})
	}
}
