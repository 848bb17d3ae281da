package rotation_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

func TestNewName(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, prefix := range []string{"ci-", "a", "two words ", "ümläut-", "ends-like-abcdefgh22", strings.Repeat("x", 300)} {
		for range 2000 {
			name := rotation.NewName(prefix)
			suffix, found := strings.CutPrefix(name, prefix)
			if !found || len(suffix) != rotation.SuffixLength || strings.Trim(suffix, "abcdefghijklmnopqrstuvwxyz234567") != "" {
				t.Fatalf("%q does not fit the prefix %q", name, prefix)
			}
			if seen[name] {
				t.Fatalf("%q was made twice", name)
			}
			seen[name] = true
			if got, ok := rotation.Prefix(name); !ok || got != prefix {
				t.Fatalf("%q: the prefix is taken for %q, %t", name, got, ok)
			}
		}
	}
}

func TestPrefixOfOtherNames(t *testing.T) {
	t.Parallel()
	own := rotation.NewName("ci-")
	for name, text := range map[string]string{
		"empty":           "",
		"short":           "ci",
		"suffix only":     rotation.NewName(""),
		"ordinary":        "my deploy token",
		"cut":             own[:len(own)-1],
		"longer":          own + "a",
		"in capitals":     strings.ToUpper(own),
		"another prefix":  "x" + own[1:],
		"one letter else": own[:len(own)-1] + string('a'+(own[len(own)-1]-'a'+1)%26),
	} {
		// One in 1,024 passes by chance; these inputs are random, so only what cannot be right is a failure.
		if prefix, ok := rotation.Prefix(text); ok && (prefix == "" || !strings.HasPrefix(text, prefix)) {
			t.Errorf("%s: %q is taken for a name with the prefix %q", name, text, prefix)
		}
	}
	if _, ok := rotation.Prefix(rotation.NewName("")); ok {
		t.Error("a name without a prefix has one")
	}
}

// TestPrefixFalsePositives: of names that look like this provider's own, one in 1,024 is taken for one.
func TestPrefixFalsePositives(t *testing.T) {
	t.Parallel()
	const tries, alphabet = 400_000, "abcdefghijklmnopqrstuvwxyz234567"
	// A fixed seed, so that the count is the same in every run.
	random := rand.New(rand.NewPCG(1, 2))
	taken, bytes := 0, make([]byte, 14)
	for range tries {
		for i := range bytes {
			bytes[i] = alphabet[random.IntN(len(alphabet))]
		}
		if _, ok := rotation.Prefix(string(bytes)); ok {
			taken++
		}
	}
	if expected := tries / 1024; taken < expected/2 || taken > expected*2 {
		t.Errorf("%d of %d names are taken for the provider's own, about %d are expected", taken, tries, expected)
	}
}

func FuzzPrefix(f *testing.F) {
	for _, seed := range []string{"", "a", "ci-abcdefgh22", "ümläut", "ci-\xff\xfe345678aa", rotation.NewName("ci-")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if prefix, ok := rotation.Prefix(text); ok {
			if prefix == "" || !strings.HasPrefix(text, prefix) || len(prefix)+rotation.SuffixLength != len(text) {
				t.Errorf("%q: prefix %q", text, prefix)
			}
		}
		if text == "" {
			return
		}
		if prefix, ok := rotation.Prefix(rotation.NewName(text)); !ok || prefix != text {
			t.Errorf("%q becomes %q, %t", text, prefix, ok)
		}
	})
}
