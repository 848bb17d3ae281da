package fakeapi

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
)

// Vault mints secrets and remembers every one of them, so that tests can search logs, plans and state for leaks.
// The zero value is ready and safe for concurrent use.
type Vault struct {
	mu     sync.Mutex
	minted []string
}

// Hex mints a secret of n random bytes in hexadecimal.
func (v *Vault) Hex(n int) string {
	return v.Keep(hex.EncodeToString(random(n)))
}

// Base64 mints a secret of n random bytes in unpadded base64url.
func (v *Vault) Base64(n int) string {
	return v.Keep(base64.RawURLEncoding.EncodeToString(random(n)))
}

// Keep remembers a secret that was composed elsewhere and returns it.
func (v *Vault) Keep(secret string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.minted = append(v.minted, secret)
	return secret
}

// Minted returns a copy of every secret minted so far, live or not.
func (v *Vault) Minted() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.minted)
}

// Redact replaces every minted secret in text.
func (v *Vault) Redact(text string) string {
	if text == "" {
		return text
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, secret := range v.minted {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "REDACTED")
		}
	}
	return text
}

// NewID returns a random identifier of 32 hexadecimal characters. It is no secret.
func NewID() string {
	return hex.EncodeToString(random(16))
}

func random(n int) []byte {
	raw := make([]byte, n)
	// crypto/rand never fails: it ends the process instead.
	_, _ = rand.Read(raw)
	return raw
}
