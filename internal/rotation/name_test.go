package rotation_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

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

func TestPlanName(t *testing.T) {
	t.Parallel()
	null, unknown, text := types.StringNull(), types.StringUnknown(), types.StringValue
	named := func(name, prefix types.String) rotation.Naming { return rotation.Naming{Name: name, Prefix: prefix} }
	for name, c := range map[string]struct {
		config, state rotation.Naming
		want          rotation.Naming
	}{
		"the same name":              {named(text("a"), null), named(text("a"), null), named(text("a"), null)},
		"another name":               {named(text("b"), null), named(text("a"), null), named(text("b"), null)},
		"a name known after apply":   {named(unknown, null), named(text("a"), null), named(unknown, null)},
		"the same prefix":            {named(null, text("a-")), named(text("a-x"), text("a-")), named(text("a-x"), text("a-"))},
		"another prefix":             {named(null, text("b-")), named(text("a-x"), text("a-")), named(unknown, text("b-"))},
		"a shorter prefix":           {named(null, text("a")), named(text("a-x"), text("a-")), named(unknown, text("a"))},
		"a prefix known after apply": {named(null, unknown), named(text("a-x"), text("a-")), named(unknown, unknown)},
		"renamed elsewhere":          {named(null, text("a-")), named(text("b"), text("a-")), named(unknown, text("a-"))},
		"from a name to its prefix":  {named(null, text("a-")), named(text("a-x"), null), named(text("a-x"), text("a-"))},
		"from a prefix to the name":  {named(text("a-x"), null), named(text("a-x"), text("a-")), named(text("a-x"), null)},
	} {
		if got := rotation.PlanName(c.config, c.state); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// TestNextName: the name of the next generation is the same each time, so that an orphan is found under it, and another for
// each token and each prefix.
func TestNextName(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, prefix := range []string{"ci-", "ci-a", "a", "ümläut-", strings.Repeat("x", 300)} {
		for _, id := range []string{"", "1", "2", "a1", "1d1bef2b9f426383447f64f69349fc7c"} {
			name := rotation.NextName(prefix, id)
			if name != rotation.NextName(prefix, id) {
				t.Errorf("%s after %s is not always the same", prefix, id)
			}
			if got, ok := rotation.Prefix(name); !ok || got != prefix {
				t.Errorf("%q: the prefix is taken for %q, %t", name, got, ok)
			}
			if suffix := strings.TrimPrefix(name, prefix); len(suffix) != rotation.SuffixLength || strings.Trim(suffix, "abcdefghijklmnopqrstuvwxyz234567") != "" {
				t.Errorf("%q has not the ending of a generated name", name)
			}
			if other, found := seen[name]; found {
				t.Errorf("%q follows both %q and %q", name, other, prefix+id)
			}
			seen[name] = prefix + id
		}
	}
	// The names stand on servers: a release that computed others would not find the orphans of the previous release.
	if got := rotation.NextName("ci-", "1"); got != "ci-abwtykifqs" {
		t.Errorf("got %s", got)
	}
}

func TestIsNextName(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		name, id string
		want     bool
	}{
		"of this token":              {rotation.NextName("ci-", "17"), "17", true},
		"with another prefix":        {rotation.NextName("deploy-", "17"), "17", true},
		"of another token":           {rotation.NextName("ci-", "18"), "17", false},
		"of no token":                {rotation.NewName("ci-"), "17", false},
		"with more of a beginning":   {"x" + rotation.NextName("ci-", "17"), "17", false},
		"a name that somebody chose": {"pipeline-of-the-team", "17", false},
		"too short":                  {"ci", "17", false},
	} {
		if got := rotation.IsNextName(c.name, c.id); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
