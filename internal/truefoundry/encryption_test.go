package truefoundry_test

import (
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// encrypting is an account with a grace period of three days, with recipients or without.
func encrypting(recipients ...any) args {
	config := with(args{"name": "loader", "overlap": "72h"}, trigger("1"))
	if len(recipients) > 0 {
		config["encrypt_secret_to"] = recipients
	}
	return config
}

// TestEncryption creates, rotates and overlaps with encrypted secrets of an account. Those of a personal access token are the life's.
func TestEncryption(t *testing.T) {
	t.Parallel()
	key, recipient := identity(t)
	sshKey, sshRecipient := sshIdentity(t)
	s := emulate(t).subject(vaType)
	config := encrypting(recipient, sshRecipient)
	first := s.sealed("create", config, key)
	text := s.text("encrypted_secret")
	if decrypt(t, text, sshKey) != first {
		t.Error("the SSH key opens another secret")
	}
	s.sealed("nothing", config, key)
	if s.text("encrypted_secret") != text {
		t.Error("an unchanged secret was encrypted again")
	}
	config = with(config, trigger("2"))
	second := s.sealed("update", config, sshKey)
	s.check(first, true)
	if s.text("previous_encrypted_secret") != text {
		t.Error("the previous secret is not in the state")
	}
	s.living(2)
	s.pass(73 * time.Hour)
	s.sealed("nothing", config, key)
	s.check(first, false)
	s.hasPrevious(false)
	// Other recipients rotate nothing, and take effect with the next rotation.
	other, otherRecipient := identity(t)
	config = with(config, args{"encrypt_secret_to": []any{otherRecipient}})
	_, diagnostics := s.plans(config)
	contains(t, diagnostics.Warnings(), "The change takes effect with the next rotation")
	if s.sealed("update", config, key) != second {
		t.Error("the secret has changed")
	}
	config = with(config, trigger("3"))
	third := s.sealed("update", config, other)
	if decrypt(t, s.text("previous_encrypted_secret"), key) != second {
		t.Error("the previous secret is another")
	}
	// Without recipients nothing is decrypted, and the next one is plain.
	config = with(config, args{"encrypt_secret_to": nil})
	if s.sealed("update", config, other) != third {
		t.Error("the secret has changed")
	}
	s.Does("update", with(config, trigger("4")))
	s.works()
	if decrypt(t, s.text("previous_encrypted_secret"), other) != third || s.mints() != 3 {
		t.Errorf("%d mints, or another secret before", s.mints())
	}
	s.end()
}

// TestEncryption_added encrypts in place what was held in plain, alone and together with a rotation.
func TestEncryption_added(t *testing.T) {
	t.Parallel()
	each(t, []string{"alone", "with a rotation"}, nil, func(p *plane, how string) {
		key, recipient := identity(p.t)
		s := p.subject(vaType)
		s.Does("create", encrypting())
		s.Does("update", with(encrypting(), trigger("2")))
		first, second := s.text("previous_secret"), s.works()
		next := with(encrypting(recipient), trigger("2"))
		if how != "alone" {
			next = with(next, trigger("3"))
		}
		current, former := s.sealed("update", next, key), decrypt(p.t, s.text("previous_encrypted_secret"), key)
		if how == "alone" && (current != second || former != first) || how != "alone" && former != second {
			p.t.Error("encrypted something else")
		}
		p.living(2)
		s.end()
	})
}

// TestEncryption_notPossible refuses recipients before anything is minted.
func TestEncryption_notPossible(t *testing.T) {
	t.Parallel()
	for kind, config := range map[string]args{patType: overlapping("1"), vaType: encrypting()} {
		s := emulate(t).subject(kind)
		bad := with(config, args{"encrypt_secret_to": []any{"age1notakey"}})
		contains(t, s.engine().Validate(bad), "must be a public key")
		s.fails("must be a public key", bad)
		s.living(0)
		if kind == patType {
			continue
		}
		s.Does("create", config)
		first := s.works()
		s.fails("must be a public key", with(bad, trigger("2")))
		s.check(first, true)
		s.living(1)
		s.end()
	}
}

// TestEncryption_readAgain encrypts what the control plane has rotated by itself, and nothing that has not changed.
func TestEncryption_readAgain(t *testing.T) {
	t.Parallel()
	each(t, []string{"jwt", "opaque"}, func(w *fake.Switches, kind string) { w.TokenType = kind }, func(p *plane, kind string) {
		key, recipient := identity(p.t)
		account := p.subject(vaType)
		config := args{"name": "loader", "encrypt_secret_to": []any{recipient}}
		first := account.sealed("create", config, key)
		text := account.text("encrypted_secret")
		if _, err := p.RegenerateToken(account.text("id"), 1); err != nil {
			p.t.Fatal(err)
		}
		account.refresh()
		if kind == "opaque" {
			if account.text("encrypted_secret") != text {
				p.t.Error("the secret of the state was lost")
			}
			account.end()
			return
		}
		again := account.sealed("nothing", config, key)
		text = account.text("encrypted_secret")
		account.refresh()
		if again == first || account.text("encrypted_secret") != text {
			p.t.Error("not read again, or encrypted twice")
		}
		account.end()
	})
}

// TestEncryption_storeToken keeps the secret out of the state in either form.
func TestEncryption_storeToken(t *testing.T) {
	t.Parallel()
	key, recipient := identity(t)
	account := emulate(t).subject(vaType)
	config := encrypting(recipient)
	without := with(config, args{"store_token": false})
	none := func(want protocoltest.Action, config args) {
		t.Helper()
		account.Does(want, config)
		for _, name := range []string{"token", "encrypted_secret", "previous_secret", "previous_encrypted_secret"} {
			if account.text(name) != "" {
				t.Errorf("the state holds %s", name)
			}
		}
	}
	none("create", without)
	none("update", with(without, trigger("2")))
	if account.text("previous_id") == "" {
		t.Error("the previous token is not in the state")
	}
	account.living(2)
	account.sealed("update", with(config, trigger("2")), key)
	account.sealed("update", with(config, trigger("3")), key)
	none("update", with(without, trigger("3")))
	account.filled(with(config, args{"store_token": unknown(), "rotation_triggers": args{"n": "3"}}), with(config, trigger("3")))
	account.sealed("nothing", with(config, trigger("3")), key)
	account.end()
}

// TestEncryption_imported has an imported account's token in no state in plain text, nor in a plan, and encrypted from the next apply on.
func TestEncryption_imported(t *testing.T) {
	t.Parallel()
	key, recipient := identity(t)
	p := emulate(t)
	seeded, err := p.AddVirtualAccount(fake.VirtualAccount{Manifest: fake.Manifest{"name": "loader"}})
	if err != nil {
		t.Fatal(err)
	}
	account := p.subject(vaType)
	account.imports("loader")
	p.hides("an import", account.Object)
	account.unchanged("after the import")
	config := args{"name": "loader", "encrypt_secret_to": []any{recipient}}
	if account.sealed("update", config, key) != seeded.Secret() {
		t.Error("another secret")
	}
	account.sealed("nothing", config, key)

	token := p.subject(patType)
	pat, err := p.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "ci-abc"})
	if err != nil {
		t.Fatal(err)
	}
	token.imports(pat.ID)
	config = with(args{"name_prefix": "ci-", "overlap": "1h", "encrypt_secret_to": []any{recipient}}, trigger("1"))
	token.Does("update", config)
	token.sealed("rotate", with(config, trigger("2")), key)
	if token.text("previous_id") != pat.ID || token.text("previous_encrypted_secret") != "" {
		t.Error("the imported token is not kept")
	}
	token.engine().NoError(token.destroyed())
	account.end()
}
