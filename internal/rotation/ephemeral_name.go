package rotation

import (
	"crypto/rand"
	"encoding/base32"
	"hash/crc32"
	"strings"
)

// EphemeralPrefix is how the name of an ephemeral token begins where the configuration does not say.
const EphemeralPrefix = "mint-ephemeral-"

const (
	// ephemeralRandom and ephemeralCheck are lengths in characters of 5 bits. Expired tokens are deleted by their names alone, so these
	// have twice the check characters of other generated names: one foreign name in a million passes.
	ephemeralRandom = SuffixLength - ephemeralCheck
	ephemeralCheck  = 4
)

// NewEphemeralName makes the name of an ephemeral token: the prefix and an ending of [SuffixLength] characters by which
// [IsEphemeralName] knows it. No name that [NewName] makes passes for one.
func NewEphemeralName(prefix string) string {
	for {
		var random [ephemeralRandom]byte
		// Since Go 1.24 rand.Read never fails: it ends the program instead.
		_, _ = rand.Read(random[:])
		body := base32.NewEncoding(alphabet).WithPadding(base32.NoPadding).EncodeToString(random[:])[:ephemeralRandom]
		if name := prefix + body + checkEphemeral(prefix+body); !isNewName(name) {
			return name
		}
	}
}

// IsEphemeralName reports a name that [NewEphemeralName] has made.
func IsEphemeralName(name string) bool {
	if len(name) <= SuffixLength {
		return false
	}
	head, tail := name[:len(name)-ephemeralCheck], name[len(name)-ephemeralCheck:]
	return strings.Trim(head[len(head)-ephemeralRandom:], alphabet) == "" && checkEphemeral(head) == tail && !isNewName(name)
}

// isNewName reports whether a name could also be one of [NewName]: then it is taken for that, and never deleted for its name alone.
func isNewName(name string) bool {
	return name[len(name)-suffixCheck:] == check(name[:len(name)-suffixCheck])
}

func checkEphemeral(text string) string {
	sum := crc32.ChecksumIEEE([]byte("ephemeral\x00" + text))
	var characters [ephemeralCheck]byte
	for i := range characters {
		characters[i] = alphabet[sum&31]
		sum >>= 5
	}
	return string(characters[:])
}
