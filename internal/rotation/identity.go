package rotation

import (
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"
)

// keyLimit bounds the text of one key, in bytes. The longest that ssh-keygen makes, of 16384 bits, has less than 13 KiB. What it takes to
// read an RSA key grows with the square of its length: one of 1 MiB keeps a processor busy for a minute.
const keyLimit = 16 << 10

// parseIdentities reads every identity in a text, or says what is wrong with it: the lines of an age identity file, and private keys
// of SSH as ssh-keygen writes them, in any order. One that cannot be used is a problem even if there are others, because only the
// author of the text knows which of them matters.
func parseIdentities(text string) (identities []age.Identity, problem string) {
	if problem := tooLong(text); problem != "" {
		return nil, problem
	}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case line == armor.Header, strings.HasPrefix(line, "age-encryption.org/"):
			return nil, "must be an identity, but it is itself encrypted with age. Decrypt an identity file that is protected by a passphrase " +
				`with "age --decrypt" first; the encrypted secret belongs in the argument encrypted_secret`
		}
		number := i + 1
		var identity age.Identity
		if strings.HasPrefix(line, "-----BEGIN ") {
			block := pemBlock(lines[i:])
			i += len(block) - 1
			identity, problem = parseSSHIdentity(strings.Join(block, "\n") + "\n")
		} else {
			identity, problem = parseAgeIdentity(line)
		}
		if problem != "" {
			return nil, fmt.Sprintf("must be an age or SSH private key, but line %d is %s", number, problem)
		}
		identities = append(identities, identity)
	}
	if len(identities) == 0 {
		return nil, "must be an age private key (AGE-SECRET-KEY-1…) or an SSH private key (ed25519 or RSA), but it is empty or holds nothing but comments"
	}
	return identities, ""
}

// pemBlock returns the lines that belong to the block in PEM form that begins with the first of them, without indentation. A block
// without an end stops where another begins, so that the good one does not hide the damaged one.
func pemBlock(lines []string) []string {
	block := []string{strings.TrimSpace(lines[0])}
	for _, line := range lines[1:] {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "-----BEGIN ") {
			break
		}
		block = append(block, line)
		if strings.HasPrefix(line, "-----END ") {
			break
		}
	}
	return block
}

// parseAgeIdentity reads one line of an age identity file. The problem follows "line 1 is".
func parseAgeIdentity(line string) (identity age.Identity, problem string) {
	upper := strings.ToUpper(line)
	switch {
	case strings.HasPrefix(upper, "AGE1"):
		return nil, "an age public key. Set identity to the matching private key, which begins with AGE-SECRET-KEY-"
	case strings.HasPrefix(line, "ssh-"), strings.HasPrefix(line, "ecdsa-"), strings.HasPrefix(line, "sk-"), strings.HasPrefix(line, "---- BEGIN SSH2 PUBLIC KEY"):
		return nil, "an SSH public key. Set identity to the matching private key, which is in the file of the same name without .pub"
	case strings.HasPrefix(upper, "AGE-PLUGIN-"):
		return nil, "an identity of an age plugin, and the provider does not run plugins. Add an age or SSH public key to the recipients and use its private key"
	case !strings.HasPrefix(upper, "AGE-SECRET-KEY-"):
		return nil, "neither. Set identity to the content of an age identity file or of an SSH private key file, with its line breaks"
	}
	identities, err := age.ParseIdentities(strings.NewReader(line))
	if err != nil || len(identities) != 1 {
		return nil, "an age private key that is damaged or incomplete. Copy it again, in capital letters as age-keygen wrote it"
	}
	return identities[0], ""
}

// parseSSHIdentity reads a private key in PEM form. The problem follows "line 1 is".
func parseSSHIdentity(text string) (identity age.Identity, problem string) {
	if len(text) > keyLimit {
		return nil, fmt.Sprintf("the beginning of a private key that is longer than %d bytes. Use a key that ssh-keygen makes: an RSA key has at most 16384 bits", keyLimit)
	}
	block, _ := pem.Decode([]byte(text))
	switch {
	case block == nil:
		return nil, "the beginning of a private key that is damaged or incomplete. Copy the whole file again, with its line breaks"
	case strings.HasSuffix(block.Type, "PUBLIC KEY"):
		return nil, "the beginning of a public key. Set identity to the matching private key"
	case block.Type == "ENCRYPTED PRIVATE KEY":
		return nil, protected
	}
	identity, err := agessh.ParseIdentity([]byte(text))
	var missing *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &missing):
		return nil, protected
	case err != nil:
		return nil, "the beginning of a private key that cannot be used: it is damaged, or it is neither an ed25519 nor an RSA key, the only SSH keys that age supports"
	}
	return identity, ""
}

const protected = `the beginning of a private key that is protected by a passphrase. Remove the passphrase from a copy of the file with "ssh-keygen -p -f COPY", and use that copy`
