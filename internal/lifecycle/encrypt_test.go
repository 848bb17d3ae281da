package lifecycle_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// reader is somebody who can decrypt secrets.
type reader struct{ *age.X25519Identity }

func newReader(t *testing.T) reader {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return reader{identity}
}

// to is encrypt_secret_to.
func (r reader) to() values { return values{"encrypt_secret_to": []string{r.Recipient().String()}} }

// reads fails the test unless an attribute holds a secret for the reader.
func (r reader) reads(t *testing.T, o *object, attribute, secret string) {
	t.Helper()
	plain, err := age.Decrypt(armor.NewReader(strings.NewReader(o.Text(attribute))), r)
	if err != nil {
		t.Errorf("%s: %s", attribute, err)
		return
	}
	if text, err := io.ReadAll(plain); err != nil || string(text) != secret {
		t.Errorf("%s is %q, %v", attribute, text, err)
	}
}

// holdsNothingPlain fails the test if any secret is in the state, in a plan or in private state.
func (w *toy) holdsNothingPlain(done run) {
	w.T.Helper()
	if w.Object.Holds("secret-") || done.Saved.Holds("secret-") && done.Action != update {
		w.T.Error("a secret is stored in plain text")
	}
}

// TestEncrypted: with recipients no secret is ever stored in plain text, through rotations too.
func TestEncrypted(t *testing.T) {
	t.Parallel()
	one, two := newReader(t), newReader(t)
	for resource, config := range map[string]values{named: overlapping(), nameless: account(values{"note": "a"})} {
		w := newToy(t, resource)
		w.holdsNothingPlain(w.MustRun(create, config.With(one.to())))
		one.reads(t, w.Object, "encrypted_secret", "secret-t1")
		w.holdsNothingPlain(w.MustRun(rotate, config.With(one.to(), triggered("2"))))
		one.reads(t, w.Object, "encrypted_secret", "secret-t2")
		one.reads(t, w.Object, "previous_encrypted_secret", "secret-t1")
		// Other recipients get the next secret.
		done := w.MustRun(update, config.With(two.to(), triggered("2")))
		if count(done, "The change takes effect with the next rotation") != 1 {
			t.Error(done.Diagnostics)
		}
		one.reads(t, w.Object, "encrypted_secret", "secret-t2")
		w.holdsNothingPlain(w.MustRun(rotate, config.With(two.to(), triggered("3"))))
		two.reads(t, w.Object, "encrypted_secret", "secret-t3")
		one.reads(t, w.Object, "previous_encrypted_secret", "secret-t2")
		// Without recipients the next secret is in plain text.
		w.Does(update, config.With(triggered("3")))
		two.reads(t, w.Object, "encrypted_secret", "secret-t3")
		w.Does(rotate, config.With(triggered("4")))
		if !w.Object.IsNull("encrypted_secret") || w.Object.Text("secret")+w.Object.Text("token") != "secret-t4" {
			t.Error("the secret is not stored in plain text")
		}
		two.reads(t, w.Object, "previous_encrypted_secret", "secret-t3")
	}
}

// TestEncrypted_later: recipients that are set later encrypt what the state stores in plain text; nothing is minted for that.
func TestEncrypted_later(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	w, config := rotated(t)
	w.holdsNothingPlain(w.MustRun(update, config.With(r.to())))
	w.Sent("")
	r.reads(t, w.Object, "encrypted_secret", "secret-t2")
	r.reads(t, w.Object, "previous_encrypted_secret", "secret-t1")
	// In one apply with a rotation.
	w, _ = rotated(t)
	w.holdsNothingPlain(w.MustRun(rotate, overlapping(triggered("3"), r.to())))
	r.reads(t, w.Object, "encrypted_secret", "secret-t3")
	r.reads(t, w.Object, "previous_encrypted_secret", "secret-t2")
}

// TestEncrypted_unknown: recipients that are not known yet leave open how the secret is stored.
func TestEncrypted_unknown(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	for name, prepare := range map[string]func(t *testing.T, setups ...func(*toyServer)) (*toy, values){
		"create": func(t *testing.T, _ ...func(*toyServer)) (*toy, values) {
			t.Helper()
			return newToy(t, named), overlapping()
		},
		"change": rotated,
	} {
		w, config := prepare(t)
		saved := w.RefreshAndPlan(config.With(values{"encrypt_secret_to": unknown}))
		if done := w.Apply(saved, config.With(r.to())); done.Failed != "" {
			t.Fatalf("%s: %s", name, done.Diagnostics)
		}
		w.Settled(config.With(r.to()))
		r.reads(t, w.Object, "encrypted_secret", "secret-"+w.Object.Text("id"))
		w, config = prepare(t)
		saved = w.RefreshAndPlan(config.With(values{"encrypt_secret_to": unknown}))
		if done := w.Apply(saved, config); done.Failed != "" {
			t.Fatalf("%s: %s", name, done.Diagnostics)
		}
		w.Settled(config)
	}
}

// TestEncrypted_invalid: nothing is sent for recipients that nothing can be encrypted for.
func TestEncrypted_invalid(t *testing.T) {
	t.Parallel()
	invalid := values{"encrypt_secret_to": []string{"age1nonsense"}}
	w := newToy(t, named)
	w.Fails("apply", overlapping(invalid), "Invalid recipient")
	w.Does(create, overlapping())
	w.Requests()
	w.Fails("apply", overlapping(invalid, triggered("2")), "Invalid recipient")
	w.Fails("apply", overlapping(invalid), "Invalid recipient")
	w.Holds("t1", "")
	w.Sent("")
}

// TestEncrypted_failsAfterMint: a token whose secret could not be encrypted is in the state, without its secret, and the next apply
// mints another one and revokes it.
func TestEncrypted_failsAfterMint(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	t.Run("create", func(t *testing.T) {
		t.Parallel()
		w := newToy(t, named, func(s *toyServer) { s.FailsEncryption = true })
		w.Fails("apply", overlapping(r.to()), "Unable to encrypt the secret", "The next apply mints another token.")
		if w.Object.Text("id") != "t1" || !w.Object.Tainted || !w.Object.IsNull("secret") || !w.Object.IsNull("encrypted_secret") {
			t.Errorf("the state holds %v", w.Object)
		}
		w.FailsEncryption = false
		w.Does(replace, overlapping(r.to()))
		w.HasAlive("t2")
		r.reads(t, w.Object, "encrypted_secret", "secret-t2")
	})
	for resource, config := range map[string]values{named: overlapping(), nameless: account()} {
		t.Run("rotate "+resource, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, resource)
			w.Does(create, config.With(r.to()))
			w.FailsEncryption = true
			config := config.With(r.to(), triggered("2"))
			w.Fails("apply", config, "Unable to encrypt the secret")
			if w.Object.Text("id") != "t2" || w.Object.Tainted || !w.Object.IsNull("encrypted_secret") {
				t.Errorf("the state holds %v", w.Object)
			}
			// Whoever uses the previous one is not cut off.
			r.reads(t, w.Object, "previous_encrypted_secret", "secret-t1")
			until := w.Object.Text("previous_revoked_after")
			w.FailsEncryption = false
			w.Pass(time.Hour)
			w.Does(rotate, config)
			w.HasAlive("t1 t3")
			r.reads(t, w.Object, "encrypted_secret", "secret-t3")
			r.reads(t, w.Object, "previous_encrypted_secret", "secret-t1")
			if got := w.Object.Text("previous_revoked_after"); got != until {
				t.Errorf("the overlap ends at %s instead of %s", got, until)
			}
		})
	}
}
