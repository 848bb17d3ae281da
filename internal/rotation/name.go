package rotation

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"hash/crc32"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

const (
	// suffixRandom and suffixCheck are lengths in characters of 5 bits.
	suffixRandom = 8
	randomBytes  = suffixRandom * 5 / 8
	suffixCheck  = 2
	// SuffixLength is how much a generated name is longer than its prefix.
	SuffixLength = suffixRandom + suffixCheck
)

// alphabet has lower-case letters and digits only, and a suffix ends in one of them: the narrowest rule of the systems'
// name patterns.
const alphabet = "abcdefghijklmnopqrstuvwxyz234567"

// NewName makes a name that no other generation has: the prefix, 40 random bits, and 10 check bits by which [Prefix] knows a
// name of this provider's making.
func NewName(prefix string) string {
	var random [randomBytes]byte
	// Since Go 1.24 rand.Read never fails: it ends the program instead.
	_, _ = rand.Read(random[:])
	return complete(prefix, random[:])
}

// NextName makes the name of the generation that follows a token. It is always the same for the same token: should a rotation
// be cut off after the mint, the next one finds its orphan under this name. Ids are unique, and so are these names.
func NextName(prefix, id string) string {
	sum := sha256.Sum256([]byte(prefix + "\x00" + id))
	return complete(prefix, sum[:randomBytes])
}

// IsNextName reports a name that [NextName] has made for the token with an id, with whatever prefix.
func IsNextName(name, id string) bool {
	prefix, isGenerated := Prefix(name)
	return isGenerated && name == NextName(prefix, id)
}

func complete(prefix string, random []byte) string {
	body := base32.NewEncoding(alphabet).WithPadding(base32.NoPadding).EncodeToString(random)
	return prefix + body + check(prefix+body)
}

// Prefix returns the prefix of a name that [NewName] made, and false for any other name (but for one in a thousand).
func Prefix(name string) (string, bool) {
	if len(name) <= SuffixLength {
		return "", false
	}
	head, tail := name[:len(name)-suffixCheck], name[len(name)-suffixCheck:]
	body := head[len(head)-suffixRandom:]
	if strings.Trim(body, alphabet) != "" || check(head) != tail {
		return "", false
	}
	return head[:len(head)-suffixRandom], true
}

// IsGenerated reports a name that [NewName], [NextName] or [NewEphemeralName] has made: the value of minted_by_provider. Of a thousand other names it takes
// one for such a name, and a name of the configuration's own tells nothing.
func IsGenerated(name string) types.Bool {
	_, isGenerated := Prefix(name)
	return types.BoolValue(isGenerated || IsEphemeralName(name))
}

func check(text string) string {
	sum := crc32.ChecksumIEEE([]byte(text))
	return string([]byte{alphabet[sum&31], alphabet[sum>>5&31]})
}

// Naming is the two arguments that name a token, of a configuration, a plan or a state.
type Naming struct {
	Name, Prefix types.String
}

// PlanName plans the name of a token that exists. A name that has the prefix stays, and one that does not is replaced by a new one.
func PlanName(config, state Naming) Naming {
	planned := Naming{Name: types.StringUnknown(), Prefix: config.Prefix}
	switch {
	case !config.Name.IsNull():
		planned.Name = config.Name
	case config.Prefix.IsUnknown():
	case strings.HasPrefix(state.Name.ValueString(), config.Prefix.ValueString()) && (state.Prefix.IsNull() || state.Prefix.Equal(config.Prefix)):
		planned.Name = state.Name
	}
	return planned
}
