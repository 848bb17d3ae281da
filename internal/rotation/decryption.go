package rotation

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The arguments of [Decrypt], as a configuration names them.
const (
	EncryptedSecretArgument = "encrypted_secret"
	IdentityArgument        = "identity"
)

// decryptionLimit bounds each argument of [Decrypt], and with them the memory that it takes. A secret, encrypted for a hundred
// recipients, has some tens of KiB.
const decryptionLimit = 1 << 20

// DecryptionProblem says why a secret cannot be decrypted. It repeats neither the secret nor anything of an identity: so no error of
// a library becomes part of it.
type DecryptionProblem struct {
	// Argument is the one at fault.
	Argument string
	// Text follows the argument's name. It has no full stop, because Terraform puts one after the error of a function.
	Text string
}

// Decrypt decrypts what an [Encrypter] has encrypted, with one of the identities in a text. Where either is null, so is the secret.
func Decrypt(encrypted, identity types.String) (types.String, *DecryptionProblem) {
	if encrypted.IsNull() || identity.IsNull() {
		return types.StringNull(), nil
	}
	ciphertext, problem := unarmor(encrypted.ValueString())
	if problem != "" {
		return types.StringNull(), &DecryptionProblem{EncryptedSecretArgument, problem}
	}
	identities, problem := parseIdentities(identity.ValueString())
	if problem != "" {
		return types.StringNull(), &DecryptionProblem{IdentityArgument, problem}
	}
	secret, err := decrypt(ciphertext, identities)
	var noMatch *age.NoIdentityMatchError
	switch {
	case errors.As(err, &noMatch) && slices.Contains(noMatch.StanzaTypes, "scrypt"):
		return types.StringNull(), &DecryptionProblem{
			EncryptedSecretArgument,
			"must be encrypted for a public key, but it is encrypted with a passphrase. Encrypt the secret for a public key, as encrypt_secret_to does",
		}
	case errors.As(err, &noMatch):
		return types.StringNull(), &DecryptionProblem{IdentityArgument, unmatched(len(identities), noMatch.StanzaTypes)}
	case err != nil:
		return types.StringNull(), &DecryptionProblem{
			EncryptedSecretArgument,
			"must be exactly what age has encrypted, but it has been damaged or changed since. Copy it again from its source, such as the attribute encrypted_secret of a token",
		}
	case !utf8.Valid(secret):
		return types.StringNull(), &DecryptionProblem{
			EncryptedSecretArgument,
			"must hold encrypted text in UTF-8, but it holds binary data, which Terraform cannot represent. Encrypt the Base64 form of that data instead",
		}
	}
	return types.StringValue(string(secret)), nil
}

func decrypt(ciphertext []byte, identities []age.Identity) ([]byte, error) {
	plain, err := age.Decrypt(bytes.NewReader(ciphertext), identities...)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(plain)
}

// unarmor returns the ciphertext in an armor, or what is wrong with it.
func unarmor(text string) (ciphertext []byte, problem string) {
	if problem := tooLong(text); problem != "" {
		return nil, problem
	}
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return nil, "must be a secret that age has encrypted, but it is empty. Set it to the attribute encrypted_secret of a token"
	case strings.Contains(strings.ToUpper(text), "AGE-SECRET-KEY-"), strings.Contains(text, "PRIVATE KEY-----"):
		return nil, "must be a secret that age has encrypted, but it is a private key, which belongs in the argument identity"
	case strings.HasPrefix(text, "age-encryption.org/"):
		return nil, `must be armored, but it is in the binary format of age. Encrypt with "age --armor"`
	case !strings.Contains(text, armor.Header):
		return nil, `must be a secret that age has encrypted, beginning with "` + armor.Header + `", but it is some other text. ` +
			`Set it to the attribute encrypted_secret of a token, or to the output of "age --armor"`
	}
	ciphertext, err := io.ReadAll(armor.NewReader(strings.NewReader(text)))
	if err != nil {
		return nil, `must be one armored secret and nothing else, but its armor is incomplete, damaged, or has other text around it. ` +
			`Copy it unchanged, line by line and without indentation, from "` + armor.Header + `" to "` + armor.Footer + `"`
	}
	return ciphertext, ""
}

func tooLong(text string) string {
	if len(text) <= decryptionLimit {
		return ""
	}
	return fmt.Sprintf("must not be longer than %d bytes, but it has %d", decryptionLimit, len(text))
}

// unmatched says for which recipients a secret is encrypted, as far as its header tells, when none of the identities is one of them.
func unmatched(identities int, stanzas []string) string {
	var kinds []string
	for _, stanza := range stanzas {
		kind := "another kind (a plugin)"
		switch {
		case stanza == "X25519":
			kind = "age1…"
		case stanza == "mlkem768x25519":
			kind = "age1pq1…"
		case stanza == "ssh-ed25519", stanza == "ssh-rsa":
			kind = stanza
		case strings.HasSuffix(stanza, "-grease"):
			// Some implementations of age add recipients that do not exist, so that nobody relies on there being none.
			continue
		}
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	given := "the identity given is not"
	if identities > 1 {
		given = fmt.Sprintf("none of the %d identities given is", identities)
	}
	return "must be the private key of a recipient of the secret, but " + given + ". The secret is encrypted for recipients of these kinds: " +
		strings.Join(slices.Compact(kinds), ", ") + ". A change of encrypt_secret_to takes effect with the next rotation: until then the identity of a previous recipient is needed"
}
