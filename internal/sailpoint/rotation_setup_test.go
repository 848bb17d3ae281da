package sailpoint_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// contracts are an API version of either contract, with the route of its tokens.
func contracts() map[string]string {
	return map[string]string{"v1": listRoute, "v2024": "/v2024/personal-access-tokens", "v3": "/v3/personal-access-tokens"}
}

// versioned sets the API version of an engine.
func versioned(version string) values { return values{"api_version": version} }

// overlapping is a token that rotates in place.
func overlapping(more ...values) values {
	return values{
		"name_prefix": "ci-", "scope": []string{"sp:my-personal-access-tokens:read"}, "lifetime": "720h",
		"overlap": "24h", "rotation_triggers": generationOf("1"),
	}.With(more...)
}

// triggered asks for a generation.
func triggered(generation string) values {
	return values{"rotation_triggers": generationOf(generation)}
}

func nullLifetime() values { return values{"lifetime": nil} }

// mustWork uses a secret as its consumer would.
func (s *tenant) mustWork(id, secret string) {
	s.t.Helper()
	if probe, err := fake.UseToken(s.t.Context(), s.base(), id, secret); err != nil || !probe.Works() {
		s.t.Errorf("the token %s does not work: %+v, %v", id, probe, err)
	}
}

// mustFail uses a secret that has been revoked.
func (s *tenant) mustFail(id, secret string) {
	s.t.Helper()
	if probe, err := fake.UseToken(s.t.Context(), s.base(), id, secret); err != nil || probe.Login != http.StatusUnauthorized {
		s.t.Errorf("the token %s still works: %+v, %v", id, probe, err)
	}
}

// lives fails the test unless just these tokens are alive.
func (s *tenant) only(ids ...string) {
	s.t.Helper()
	var alive []string
	for _, token := range s.Minted() {
		alive = append(alive, token.ID)
	}
	slices.Sort(alive)
	slices.Sort(ids)
	if !slices.Equal(alive, ids) {
		s.t.Fatalf("alive are %v instead of %v", alive, ids)
	}
}

func previousNames() []string {
	return []string{"previous_id", "previous_secret", "previous_encrypted_secret", "previous_revoked_after"}
}

// reader can decrypt.
type reader struct {
	recipient string
	identity  age.Identity
}

func ageReader(t *testing.T) reader {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return reader{identity.Recipient().String(), identity}
}

func sshReader(t *testing.T) reader {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := agessh.NewEd25519Identity(private)
	if err != nil {
		t.Fatal(err)
	}
	var wire []byte
	for _, part := range [][]byte{[]byte("ssh-ed25519"), public} {
		wire = append(binary.BigEndian.AppendUint32(wire, uint32(len(part))), part...)
	}
	return reader{"ssh-ed25519 " + base64.StdEncoding.EncodeToString(wire) + " ci@example.com", identity}
}

// decrypt reads an encrypted secret.
func (r reader) decrypt(t *testing.T, sealed string) string {
	t.Helper()
	opened, err := age.Decrypt(armor.NewReader(strings.NewReader(sealed)), r.identity)
	if err != nil {
		t.Fatalf("decrypt %q: %s", sealed, err)
	}
	secret, err := io.ReadAll(opened)
	if err != nil {
		t.Fatal(err)
	}
	return string(secret)
}
