package provider_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// phrase is a turn of phrase that stumbles, and what plain technical English has for it.
type phrase struct {
	not, but string
	found    *regexp.Regexp
	// goesOn are words after which it is no such phrase: "the token before it expires".
	goesOn []string
}

// unidiomatic are the phrases that no text of this repository uses, comments and tests included.
func unidiomatic() []phrase {
	phrases := []phrase{
		{not: `the (token|one|generation|secret) before`, but: "the previous token", goesOn: []string{"it", "its", "that", "the", "a", "an"}},
		{not: `(its|a) generation before`, but: "the previous token"},
		{not: `tokens? ends?`, but: "expires"},
		{not: `ends? by itself`, but: "expires by itself"},
		{not: `another end`, but: "another expiry"},
		{not: `(has|have|had) had (its|their) time`, but: "its overlap is over"},
		{not: `stands? in (the|a) (state|plan|log|list|manifest|file|table)`, but: "is stored in the state"},
		{not: `(stands?|is) nowhere in plain`, but: "is never stored in plain text"},
		{not: `be had again`, but: "cannot be read again"},
		{not: `shows? (it|them) (a second time|twice)`, but: "cannot be read again"},
		{not: `mend(s|ed|ing)?`, but: "fix"},
		{not: `what (it|they) wants?`, but: "what it requires"},
		{not: `by hand`, but: "manually"},
		{not: `from elsewhere`, but: "outside Terraform"},
		{not: `anew`, but: "again"},
		{not: `something else of`, but: "changed the request"},
		{not: `leav(e|es|ing) (it|them) out later`, but: "removing it later"},
	}
	for i, p := range phrases {
		phrases[i].found = regexp.MustCompile(" " + p.not + " ")
	}
	return phrases
}

// spoken is a text as it is read aloud: in lower case, with one space around every word and every mark. What a line of a comment or of a
// string begins and ends with is no mark.
func spoken(text string) string {
	var words strings.Builder
	words.WriteByte(' ')
	space := true
	for _, r := range strings.ToLower(text) {
		isWord := unicode.IsLetter(r) || unicode.IsDigit(r)
		if !isWord && !space {
			words.WriteByte(' ')
			space = true
		}
		if unicode.IsSpace(r) || strings.ContainsRune(`/#"+`, r) {
			continue
		}
		words.WriteRune(r)
		space = false
		if !isWord {
			words.WriteByte(' ')
			space = true
		}
	}
	words.WriteByte(' ')
	return words.String()
}

// stumbles lists which of the phrases are found in a text, each with its advice.
func stumbles(phrases []phrase, text string) []string {
	text = spoken(text)
	var found []string
	for _, p := range phrases {
		for _, at := range p.found.FindAllStringIndex(text, -1) {
			next, _, _ := strings.Cut(text[at[1]:], " ")
			if !slices.Contains(p.goesOn, next) {
				found = append(found, strings.TrimSpace(text[at[0]:at[1]])+": say "+p.but)
			}
		}
	}
	return found
}

// TestWords reads every text of the repository.
func TestWords(t *testing.T) {
	t.Parallel()
	read := []string{".go", ".md", ".tmpl", ".tf", ".hcl", ".sh", ".yml", ".yaml", ".json"}
	phrases := unidiomatic()
	root, files := filepath.Join("..", ".."), 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (name == ".git" || name == ".terraform" || name == "dist" || name == "testdata") {
			return filepath.SkipDir
		}
		if entry.IsDir() || name == "words_test.go" || name == "summaries_test.go" || !slices.Contains(read, filepath.Ext(name)) && name != "GNUmakefile" {
			return nil
		}
		files++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, found := range stumbles(phrases, string(text)) {
			t.Errorf("%s: %s", strings.TrimPrefix(path, root+string(filepath.Separator)), found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 500 {
		t.Errorf("only %d files were read: the test looks in the wrong place", files)
	}
}

// TestWords_canFail finds each kind of phrase, across the end of a line too, and leaves good words alone.
func TestWords_canFail(t *testing.T) {
	t.Parallel()
	phrases := unidiomatic()
	for _, text := range []string{
		"The token before is revoked", "the one\n\t// before", "until the token ends", "it ends by itself", "for another end", "it had had its time",
		"It stands in \" +\n\t\"the state", "is nowhere in plain text", "cannot be had again", "shows it a second time", "cannot mend it", "what it wants",
		"made by hand", "from elsewhere", "issued anew", "made something else of the request", "leaving it out later keeps", "its generation before",
	} {
		if len(stumbles(phrases, text)) != 1 {
			t.Errorf("%q: found %q", text, stumbles(phrases, text))
		}
	}
	if found := stumbles(phrases, "The previous token expires. Nothing rotates the token before it expires. Recommend removing it later. It stands in for another endpoint, tried a second time."); len(found) > 0 {
		t.Errorf("good words are found: %q", found)
	}
}
