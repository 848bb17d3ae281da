package magpie_test

import (
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

// hidesSecrets checks that nothing of a state or a plan holds a secret of the organization in plain text.
func (o *organization) hidesSecrets(in interface{ Holds(text string) bool }) {
	o.t.Helper()
	for _, token := range o.stored() {
		if in.Holds(token.Secret) {
			o.t.Errorf("the secret of the token %s is in plain text in %v", token.ID, in)
		}
	}
}

// TestMagpieAccessToken_encrypted holds secrets for their recipients alone, through creation, rotation, overlap and the end of it.
func TestMagpieAccessToken_encrypted(t *testing.T) {
	t.Parallel()
	for _, kind := range distinctKinds() {
		o := emulate(t)
		l := o.subject(kind)
		key := newKey(t)
		other, line := newSSHKey(t)
		config := func(generation string) values {
			c := values{"rotation_triggers": generationOf(generation), "encrypt_secret_to": []string{key.Recipient().String(), line}}
			if kind != exclusive {
				c["overlap"] = "72h"
			}
			return c
		}
		planned := l.plans(config("1"))
		if !planned.IsNull("token") {
			t.Errorf("%s: planned %v", kind, planned.Attributes)
		}
		first := l.Does("create", config("1"))
		o.hidesSecrets(first)
		secret := o.decrypt(first.Text("encrypted_secret"), key)
		if again := o.decrypt(first.Text("encrypted_secret"), other); again != secret {
			t.Errorf("%s: two recipients, two secrets", kind)
		}
		l.refresh()
		o.hidesSecrets(l.plans(config("2")))
		second := l.Does("rotate", config("2"))
		o.hidesSecrets(second)
		next := o.decrypt(second.Text("encrypted_secret"), other)
		if kind == exclusive {
			o.alive(next)
			l.destroys()
			continue
		}
		o.hasPrevious(second, first)
		if before := o.decrypt(second.Text("previous_encrypted_secret"), key); before != secret {
			t.Errorf("%s: the previous token has another secret", kind)
		}
		o.alive(secret, next)
		o.Clock().Advance(73 * time.Hour)
		o.hasNoPrevious(l.Does("update", config("2")))
		o.alive(next)
		l.destroys()
	}
}

// TestMagpieAccessToken_encryptedLater encrypts in place what was held in plain, and changes of recipients wait for the next rotation.
func TestMagpieAccessToken_encryptedLater(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	l := o.subject(service)
	key, newer := newKey(t), newKey(t)
	config := func(generation string, keys ...*age.X25519Identity) values {
		c := values{"rotation_triggers": generationOf(generation), "overlap": "72h"}
		var recipients []string
		for _, k := range keys {
			recipients = append(recipients, k.Recipient().String())
		}
		if keys != nil {
			c["encrypt_secret_to"] = recipients
		}
		return c
	}
	first := l.Does("create", config("1"))
	second := l.Does("rotate", config("2"))
	sealed := l.Does("update", config("2", key))
	o.hidesSecrets(sealed)
	if o.decrypt(sealed.Text("encrypted_secret"), key) != second.Text("token") || o.decrypt(sealed.Text("previous_encrypted_secret"), key) != first.Text("token") {
		t.Errorf("other secrets")
	}
	for _, change := range []values{config("2", newer), config("2")} {
		early := l.plans(change)
		if text := o.warned(early.Diagnostics); !strings.Contains(text, "The change takes effect with the next rotation") {
			t.Errorf("warned %q", text)
		}
		if kept := l.Does("update", change); kept.Text("encrypted_secret") != sealed.Text("encrypted_secret") || kept.Text("id") != second.Text("id") {
			t.Errorf("%v", kept.Attributes)
		}
	}
	third := l.Does("rotate", config("3"))
	if !third.IsNull("encrypted_secret") || third.Text("previous_encrypted_secret") != sealed.Text("encrypted_secret") {
		t.Errorf("%v", third.Attributes)
	}
	o.alive(second.Text("token"), third.Text("token"))
	// Encryption that begins with a rotation covers the previous token.
	fourth := l.Does("rotate", config("4", newer))
	o.hidesSecrets(fourth)
	o.alive(o.decrypt(fourth.Text("previous_encrypted_secret"), newer), o.decrypt(fourth.Text("encrypted_secret"), newer))
	l.destroys()
}

// TestMagpieAccessToken_encryptedBefore refuses recipients that are none before anything is minted, and an imported token has no
// secret to encrypt.
func TestMagpieAccessToken_encryptedBefore(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	token := o.seed(robot)
	imported := o.engine(service).MustImport(robot + "/" + token.ID)
	l := o.subject(service)
	l.Object = imported
	key := newKey(t)
	made := l.Does("update", values{"encrypt_secret_to": []string{key.Recipient().String()}})
	if !made.IsNull("encrypted_secret") || !made.IsNull("token") {
		t.Errorf("made %v", made.Attributes)
	}
	l.destroys()
	o.fails(`it is a private key`)(o.engine(service).TryChange(nil, arguments(service, values{"encrypt_secret_to": []string{key.String()}})))
	o.asked("POST", userRoute, 0)
}
