package magpie_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
)

func newKey(t *testing.T) *age.X25519Identity {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newSSHKey returns a key of SSH, and its public line.
func newSSHKey(t *testing.T) (age.Identity, string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := agessh.NewEd25519Identity(private)
	if err != nil {
		t.Fatal(err)
	}
	const kind = "ssh-ed25519"
	var line []byte
	for _, part := range [][]byte{[]byte(kind), public} {
		line = append(binary.BigEndian.AppendUint32(line, uint32(len(part))), part...)
	}
	return identity, kind + " " + base64.StdEncoding.EncodeToString(line)
}

// decrypt opens an encrypted secret, and expects that it works.
func (o *organization) decrypt(sealed string, key age.Identity) string {
	o.t.Helper()
	reader, err := age.Decrypt(armor.NewReader(strings.NewReader(sealed)), key)
	if err != nil {
		o.t.Fatalf("decrypt: %s", err)
	}
	secret, err := io.ReadAll(reader)
	if err != nil {
		o.t.Fatal(err)
	}
	if !o.use(string(secret)).Works() {
		o.t.Error("the decrypted secret does not work")
	}
	return string(secret)
}

// hidesSecrets checks that nothing of an answer holds a secret of the organization.
func (o *organization) hidesSecrets(a answer) {
	o.t.Helper()
	for _, token := range o.stored() {
		for _, part := range [][]byte{a.state.MsgPack, a.state.JSON, a.private} {
			if bytes.Contains(part, []byte(token.Secret)) {
				o.t.Errorf("the secret of the token %s stands in plain", token.ID)
			}
		}
	}
}

// TestMagpieAccessToken_encrypted holds secrets for their recipients alone, through creation, rotation, overlap and the end of it.
func TestMagpieAccessToken_encrypted(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		o := emulate(t)
		l := o.life(kind)
		key := newKey(t)
		other, line := newSSHKey(t)
		config := func(generation string) map[string]any {
			c := with("rotation_triggers", generation, "encrypt_secret_to", []string{key.Recipient().String(), line})
			if kind != exclusive {
				c["overlap"] = "72h"
			}
			return c
		}
		planned := l.plan(config("1")).fine()
		if !planned.values()["token"].IsNull() {
			t.Errorf("%s: planned %v", kind, planned.values())
		}
		first := l.does("create", config("1"))
		o.hidesSecrets(first)
		secret := o.decrypt(first.text("encrypted_secret"), key)
		if again := o.decrypt(first.text("encrypted_secret"), other); again != secret {
			t.Errorf("%s: two recipients, two secrets", kind)
		}
		l.refresh()
		o.hidesSecrets(l.plan(config("2")).fine())
		second := l.does("rotate", config("2"))
		o.hidesSecrets(second)
		next := o.decrypt(second.text("encrypted_secret"), other)
		if kind == exclusive {
			o.lives(next)
			l.ends()
			continue
		}
		second.hasPrevious(first)
		if before := o.decrypt(second.text("previous_encrypted_secret"), key); before != secret {
			t.Errorf("%s: the generation before has another secret", kind)
		}
		o.lives(secret, next)
		o.Clock().Advance(73 * time.Hour)
		l.does("update", config("2")).hasNoPrevious()
		o.lives(next)
		l.ends()
	}
}

// TestMagpieAccessToken_encryptedLater encrypts in place what was held in plain, and changes of recipients wait for the next rotation.
func TestMagpieAccessToken_encryptedLater(t *testing.T) {
	t.Parallel()
	atOnce(t, plainKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t)
		l := o.life(kind)
		key, newer := newKey(t), newKey(t)
		config := func(generation string, keys ...*age.X25519Identity) map[string]any {
			c := with("rotation_triggers", generation, "overlap", "72h")
			var recipients []string
			for _, k := range keys {
				recipients = append(recipients, k.Recipient().String())
			}
			if keys != nil {
				c["encrypt_secret_to"] = with("encrypt_secret_to", recipients)["encrypt_secret_to"]
			}
			return c
		}
		first := l.does("create", config("1"))
		second := l.does("rotate", config("2"))
		sealed := l.does("update", config("2", key))
		o.hidesSecrets(sealed)
		if o.decrypt(sealed.text("encrypted_secret"), key) != second.text("token") || o.decrypt(sealed.text("previous_encrypted_secret"), key) != first.text("token") {
			t.Errorf("%s: other secrets", kind)
		}
		for _, change := range []map[string]any{config("2", newer), config("2")} {
			early := l.plan(change).fine()
			if text := early.remarks(); !strings.Contains(text, "The change takes effect with the next rotation") {
				t.Errorf("%s: warned %q", kind, text)
			}
			if kept := l.does("update", change); kept.text("encrypted_secret") != sealed.text("encrypted_secret") || kept.text("id") != second.text("id") {
				t.Errorf("%s: %v", kind, kept.values())
			}
		}
		third := l.does("rotate", config("3"))
		if !third.values()["encrypted_secret"].IsNull() || third.text("previous_encrypted_secret") != sealed.text("encrypted_secret") {
			t.Errorf("%s: %v", kind, third.values())
		}
		o.lives(second.text("token"), third.text("token"))
		// Encryption that begins with a rotation covers the generation before.
		fourth := l.does("rotate", config("4", newer))
		o.hidesSecrets(fourth)
		o.lives(o.decrypt(fourth.text("previous_encrypted_secret"), newer), o.decrypt(fourth.text("encrypted_secret"), newer))
		l.ends()
	})
}

// TestMagpieAccessToken_encryptedBefore refuses recipients that are none before anything is minted, and an imported token has no
// secret to encrypt.
func TestMagpieAccessToken_encryptedBefore(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	token := o.seed(robot)
	imported := o.protocol().imported(service, robot+"/"+token.ID)
	l := o.life(service)
	l.now = &imported
	key := newKey(t)
	made := l.does("update", with("encrypt_secret_to", []string{key.Recipient().String()}))
	if !made.values()["encrypted_secret"].IsNull() || !made.values()["token"].IsNull() {
		t.Errorf("made %v", made.values())
	}
	l.ends()
	o.protocol().apply(service, nil, arguments(service, with("encrypt_secret_to", []string{key.String()}))).fails(`it is a private key`)
	o.asked("POST", userRoute, 0)
}
